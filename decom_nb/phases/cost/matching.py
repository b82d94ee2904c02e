"""Rules that the consultant edits, as conditions in SQL: what of a bill is whose, and which queries are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from decom_nb.sql import text

if TYPE_CHECKING:
    from decom_nb.phases.cost.documents import ChargeRule, QueryRule

ORDINARY = ("usage", "purchase", "credit", "adjustment")
"""Kinds of charge that a rule is about where it does not name one: not taxes, and not commitments bought or left unused."""

_PREFIXES = ":/"
"""What stands between a provider's prefix and the key that people chose, as in ``user:team``."""


def like(column: str, pattern: str) -> str:
    """Give the condition that a column is like a pattern, in which ``*`` stands for anything; letters' size is the same.

    >>> like("service_name", "Amazon*")
    "service_name ILIKE 'Amazon%' ESCAPE '!'"
    """
    escaped = pattern
    for special in "!%_":
        escaped = escaped.replace(special, f"!{special}")
    return f"{column} ILIKE {text.string(escaped.replace('*', '%'))} ESCAPE '!'"


def spelt(wanted: Iterable[str], keys: Sequence[str]) -> tuple[str, ...]:
    """Give the tags' keys, as a bill spells them, that are meant by those wanted; the strongest first.

    >>> spelt(["pipeline"], ["Pipeline", "user:pipeline", "pipeline_owner"])
    ('Pipeline', 'user:pipeline')
    """
    found: list[str] = []
    for each in wanted:
        asked = each.casefold()
        found += [
            key
            for key in keys
            if key not in found
            and (key.casefold() == asked or any(key.casefold().endswith(f"{sign}{asked}") for sign in _PREFIXES))
        ]
    return tuple(found)


def tag(wanted: Iterable[str], keys: Sequence[str]) -> str:
    """Give the expression for the first of the tags wanted that has a value; NULL where no charge has such a tag.

    >>> tag(["team"], ["Team"])
    "coalesce(nullif(trim(tags['Team']), ''), NULL)"
    """
    values = [f"nullif(trim(tags[{text.string(key)}]), '')" for key in spelt(wanted, keys)]
    return f"coalesce({', '.join([*values, 'NULL'])})" if values else "NULL::VARCHAR"


def charge_condition(rule: ChargeRule, keys: Sequence[str]) -> str:
    """Give a rule as a condition over ``cost.monthly``."""
    parts = []
    if rule.charge:
        parts.append(f"charge_category = {text.string(rule.charge)}")
    else:
        parts.append(f"kind IN ({', '.join(map(text.string, ORDINARY))})")
    if rule.tag_key:
        value = tag([rule.tag_key], keys)
        parts.append(like(value, rule.tag_value) if rule.tag_value else f"{value} IS NOT NULL")
    for pattern, columns in (
        (rule.service, ("service_name",)),
        (rule.sub_account, ("sub_account_id", "sub_account_name")),
        (rule.resource, ("resource_id", "resource_name")),
        (rule.description, ("charge_description",)),
    ):
        if pattern:
            parts.append(f"({' OR '.join(like(column, pattern) for column in columns)})")
    return " AND ".join(f"coalesce({part}, false)" for part in parts)


def query_condition(rule: QueryRule) -> str:
    """Give a rule as a condition over ``query_log.queries``."""
    asked = ((rule.user, "user_name"), (rule.warehouse, "warehouse"), (rule.tag, "tags"), (rule.text, "text"))
    return " AND ".join(f"coalesce({like(column, pattern)}, false)" for pattern, column in asked if pattern)


def first_of(conditions: Iterable[str]) -> str:
    """Give the expression for the position of the first condition that holds; NULL where none does.

    >>> first_of(["a = 1", "b"])
    'CASE WHEN a = 1 THEN 0 WHEN b THEN 1 END'
    """
    cases = [f"WHEN {condition} THEN {at}" for at, condition in enumerate(conditions)]
    return f"CASE {' '.join(cases)} END" if cases else "NULL::INTEGER"


def environment(tags: Iterable[str], words: Sequence[str], keys: Sequence[str]) -> str:
    """Give the expression for whether a charge is of development or staging: NULL where nothing tells.

    A tag decides by its whole value, a sub-account's name by a word in it.
    """
    if not words:
        return "NULL::BOOLEAN"
    value = tag(tags, keys)
    listed = ", ".join(text.string(word.casefold()) for word in words)
    sub = "regexp_split_to_array(lower(concat_ws(' ', sub_account_name, sub_account_id)), '[^a-z0-9]+')"
    return (
        f"CASE WHEN {value} IS NOT NULL THEN lower({value}) IN ({listed}) "
        f"WHEN list_has_any({sub}, [{listed}]) THEN true END"
    )
