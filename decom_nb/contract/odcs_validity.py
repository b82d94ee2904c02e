"""Says whether a contract in the Open Data Contract Standard is valid, and names each property that is not, with its line.

The verdict is that of the official JSON Schema of the contract's version; the words are ours.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from decom_nb.contract.odcs import OdcsContract
from decom_nb.contract.odcs_schema import OdcsVersion, schema
from decom_nb.errors import Mistake
from decom_nb.escape import visible
from decom_nb.suggest import did_you_mean
from decom_nb.yaml_text.file import KeyPath, key_path

if TYPE_CHECKING:
    from jsonschema import ValidationError
    from jsonschema.protocols import Validator

_TYPES = {
    "string": "a text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a group of keys",
    "null": "nothing",
}
_QUOTED = re.compile(r"'((?:[^'\\]|\\.)*)'|\"((?:[^\"\\]|\\.)*)\"")


@dataclass(frozen=True)
class Validity:
    """Whether a contract is valid, judged by the schema of which version, and every reason why not."""

    valid: bool
    version: OdcsVersion
    mistakes: tuple[Mistake, ...] = ()


def validity(contract: OdcsContract) -> Validity:
    """Judge a contract by the official JSON Schema of its version."""
    errors = list(_validator(contract.version).iter_errors(dict(contract.data)))
    found = _told(list(_leaves(errors)), contract)
    return Validity(not errors, contract.version, tuple(sorted(set(found))))


@cache
def _validator(version: OdcsVersion) -> Validator:
    from decom_nb.quick_import import quicken

    quicken()  # or importing jsonschema takes seconds
    from jsonschema import Draft201909Validator

    return Draft201909Validator(schema(version))


def _leaves(errors: Iterable[ValidationError]) -> Iterator[ValidationError]:
    """Give the errors that say something: of a choice of forms, those of the form that comes nearest."""
    for error in errors:
        if error.validator in ("oneOf", "anyOf") and error.context:
            forms: dict[Any, list[ValidationError]] = {}
            for each in error.context:
                forms.setdefault(each.relative_schema_path[0], []).append(each)
            yield from _leaves(min(forms.values(), key=_distance))
        else:
            yield error


def _distance(errors: Iterable[ValidationError]) -> tuple[bool, int]:
    """Tell how far a value is from a form: a value of another type altogether is farthest."""
    told = list(errors)
    return any(not each.relative_path and each.validator == "type" for each in told), len(told)


def _told(errors: list[ValidationError], contract: OdcsContract) -> Iterator[Mistake]:
    places = [tuple(error.absolute_path) for error in errors if error.validator != "unevaluatedProperties"]
    for error in errors:
        path: KeyPath = tuple(error.absolute_path)
        if error.validator in ("additionalProperties", "unevaluatedProperties"):
            # Where a part of a group is wrong, its known keys count as unevaluated too: that is no mistake of theirs.
            shaken = any(place[: len(path)] == path for place in places)
            for key in _unexpected(error):
                if not (shaken and key in _known(contract.version)):
                    yield _at(contract, (*path, key), *_unknown(error, key, contract.version))
        elif error.validator == "required":
            wanted: Any = error.validator_value
            missing = next(key for key in wanted if f"'{key}' is a" in error.message)
            yield _at(contract, (*path, missing), "is missing and has to be told", _required(missing, contract))
        else:
            yield _at(contract, path, *_wrong(error))


def _at(contract: OdcsContract, path: KeyPath, what: str, instead: str) -> Mistake:
    return Mistake(contract.file, contract.line(path), key_path(path), what, instead)


def _unexpected(error: ValidationError) -> list[str]:
    said = {single or double for single, double in _QUOTED.findall(error.message)}
    given = error.instance if isinstance(error.instance, dict) else {}
    return [key for key in given if key in said] or list(given)


def _unknown(error: ValidationError, key: str, version: OdcsVersion) -> tuple[str, str]:
    own = error.schema.get("properties", {}) if isinstance(error.schema, Mapping) else {}
    meant = did_you_mean(key, own or _known(version))
    what = f"ODCS {version} does not know this property here"
    if meant and meant != key:
        return what, f"did you mean `{visible(meant)}`?"
    return what, "remove it, or put it among customProperties"


def _required(key: str, contract: OdcsContract) -> str:
    if key == "map":  # ODCS 3.2 puts the condition for maps in such a way that it holds where no type is told, too
        return "write `logicalType`; without one, the schema of ODCS 3.2 takes a property for a map"
    if key == "status":
        return "write `status:`, such as draft, active or retired"
    del contract
    return f"write `{visible(key)}:`"


def _wrong(error: Any) -> tuple[str, str]:
    value, wanted = error.instance, error.validator_value
    found = _found(value)
    if error.validator == "type":
        kinds = [wanted] if isinstance(wanted, str) else list(wanted)
        needed = " or ".join(_TYPES.get(kind, kind) for kind in kinds)
        hint = f"write {str(value.lower() == 'yes').lower()}" if _is_yes(value) and "boolean" in kinds else ""
        return f"needs {needed}, found {found}", hint or ("write one, or remove the line" if value is None else "")
    if error.validator == "enum":
        meant = did_you_mean(str(value), map(str, wanted))
        allowed = " | ".join(map(str, wanted[:12])) + (" …" if len(wanted) > 12 else "")
        return f"needs one of {allowed}, found {found}", f"did you mean '{meant}'?" if meant else "choose one of them"
    if error.validator == "pattern":
        return f"{found} does not have the right form", f"it has to match {wanted}"
    return visible(error.message[:200]), ""


def _is_yes(value: object) -> bool:
    return isinstance(value, str) and value.lower() in ("yes", "no")


def _found(value: object) -> str:
    if value is None or value == "":
        return "nothing"
    if isinstance(value, dict):
        return "a group of keys"
    if isinstance(value, list):
        return "a list"
    told = visible(str(value).lower() if isinstance(value, bool) else str(value))
    told = told if len(told) <= 60 else told[:57] + "…"
    return f"the text '{told}'" if isinstance(value, str) else told


@cache
def _known(version: OdcsVersion) -> frozenset[str]:
    """Give every property that the schema knows anywhere."""
    return frozenset(_names(schema(version)))


def _names(found: Any) -> Iterator[str]:
    if isinstance(found, dict):
        if isinstance(found.get("properties"), dict):
            yield from found["properties"]
        for value in found.values():
            yield from _names(value)
    elif isinstance(found, list):
        for each in found:
            yield from _names(each)
