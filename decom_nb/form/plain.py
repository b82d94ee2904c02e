"""Says in plain words what pydantic found wrong with a value. Whoever shows a validation error to a person uses it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from enum import Enum
from typing import Any

_WORDS: dict[str, str] = {
    "missing": "needs an answer",
    "extra_forbidden": "is not a question of this form",
    "bool_parsing": "is neither yes nor no",
    "bool_type": "is neither yes nor no",
    "int_parsing": "must be a whole number",
    "int_parsing_size": "is too large a number",
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_parsing": "must be a number",
    "float_type": "must be a number",
    "decimal_parsing": "must be a number",
    "decimal_type": "must be a number",
    "finite_number": "must be a finite number",
    "greater_than": "must be more than {gt}",
    "greater_than_equal": "must be {ge} or more",
    "less_than": "must be less than {lt}",
    "less_than_equal": "must be {le} or less",
    "multiple_of": "must be a multiple of {multiple_of}",
    "decimal_max_digits": "has too many digits, at most {max_digits}",
    "decimal_max_places": "has too many digits after the point, at most {decimal_places}",
    "decimal_whole_digits": "has too many digits before the point, at most {whole_digits}",
    "string_type": "must be text",
    "string_unicode": "holds characters that are not text",
    "string_too_short": "is too short, at least {min_length} characters",
    "string_too_long": "is too long, at most {max_length} characters",
    "string_pattern_mismatch": "is not written in the expected form",
    "date_type": "must be a date such as 2026-03-31",
    "date_parsing": "must be a date such as 2026-03-31",
    "date_from_datetime_parsing": "must be a date such as 2026-03-31",
    "date_from_datetime_inexact": "must be a date without a time of day",
    "date_past": "must lie in the past",
    "date_future": "must lie in the future",
    "datetime_type": "must be a date and time such as 2026-03-31 14:00",
    "datetime_parsing": "must be a date and time such as 2026-03-31 14:00",
    "datetime_from_date_parsing": "must be a date and time such as 2026-03-31 14:00",
    "datetime_past": "must lie in the past",
    "datetime_future": "must lie in the future",
    "timezone_naive": "must come without a time zone",
    "timezone_aware": "needs a time zone",
    "time_parsing": "must be a time of day such as 14:30",
    "time_delta_parsing": "must be a length of time such as 1 day or 02:30:00",
    "literal_error": "must be one of: {expected}",
    "enum": "must be one of: {expected}",
    "union_tag_not_found": "needs a kind",
    "union_tag_invalid": "must be one of: {expected_tags}",
    "too_short": "needs at least {min_length} entries",
    "too_long": "may have at most {max_length} entries",
    "set_item_not_hashable": "must be plain values",
    "list_type": "must be a list",
    "tuple_type": "must be a list",
    "set_type": "must be a list",
    "frozen_set_type": "must be a list",
    "dict_type": "must be names with values",
    "model_type": "must be filled in",
    "model_attributes_type": "must be filled in",
    "none_required": "must stay empty",
    "uuid_parsing": "must be a UUID",
    "url_parsing": "must be a web address such as https://example.com",
    "url_scheme": "must be a web address starting with {expected_schemes}",
    "url_too_long": "is too long a web address",
}
_ONE = {
    "string_too_short": "needs an answer",
    "too_short": "needs at least one entry",
    "too_long": "may have only one entry",
    "string_too_long": "is too long, only one character fits",
}
_LIMIT = {
    "string_too_short": "min_length",
    "too_short": "min_length",
    "too_long": "max_length",
    "string_too_long": "max_length",
}


def plain(error: Mapping[str, Any]) -> str:
    """Give one of a `ValidationError`'s errors as the end of a sentence that starts with the field's name.

    >>> plain({"type": "greater_than_equal", "ctx": {"ge": 0}, "msg": "Input should be greater than or equal to 0"})
    'must be 0 or more'
    """
    kind, context = str(error["type"]), dict(error.get("ctx") or {})
    own = getattr(error.get("input"), "why", None)
    if isinstance(own, str):
        return own
    if kind in ("value_error", "assertion_error"):
        return _own_words(str(context.get("error", ""))) or "does not fit"
    if context.get(_LIMIT.get(kind, "")) == 1:
        return _ONE[kind]
    if kind in _WORDS:
        return _WORDS[kind].format_map(_Context({name: _say(value) for name, value in context.items()}))
    return (
        _own_words(re.sub(r"^(Input|Value|String|List|Data) should", "should", str(error.get("msg", ""))))
        or "does not fit"
    )


class _Context(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return "…"


def _say(value: Any) -> str:
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        value = int(value)
    if isinstance(value, int | Decimal) and not isinstance(value, bool | Enum):
        return f"{value:,}"
    return re.sub(r"'([^']*)'", r"\1", str(value)).replace(" or ", ", ")


def _own_words(text: str) -> str:
    """Give a sentence of a validator of ours without the full stop, so that it can stand in a list."""
    return text.strip().removesuffix(".")
