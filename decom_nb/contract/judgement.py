"""Names what a change of one entry of a contract is: tightened, loosened, widened, another meaning.

`contract_difference.py` calls it. What each sort of change is to consumers and producers is knowledge, in `tables/changes.yaml`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from decom_nb.contract.change_row import by_key, levels
from decom_nb.contract.entries import CONTAINER, Path
from decom_nb.contract.types import Words, type_change


@dataclass(frozen=True)
class Sorted:
    """What sort of change it is, and what there is to say of this one beyond what holds for all of its sort."""

    change: str
    detail: str = ""


@dataclass(frozen=True)
class Side:
    """One of the two versions."""

    entries: Mapping[Path, Any]
    words: Sequence[Words]
    """In whose words its physical types may be written."""
    odcs: bool
    """Whether it is in the shape of the standard, or in that of the methodology's template."""

    def get(self, path: Path) -> Any:
        """Give a value, None if there is none."""
        return self.entries.get(path)


def sort(path: Path, before: Side, after: Side) -> Sorted:
    """Say what sort of change happened at a path; both sides are looked at around it."""
    return next(
        found
        for found in (
            _custom(path, before, after),
            _of_top(path, before, after),
            _of_schema(path, before, after),
            _of_key(path, before, after),
            Sorted("unknown"),
        )
        if found
    )


# --- the contract as a whole


def _of_top(path: Path, before: Side, after: Side) -> Sorted | None:
    top = path[0]
    if top == "version":
        return Sorted("version")
    if top in ("slaProperties", "sla"):
        return _level(path, before, after)
    if top == "servers":
        if len(path) <= 2:
            return _came_or_went(path, before, after, "server_added", "server_removed", "server_changed")
        return _of_key(path, before, after) or Sorted("server_changed")
    if top == "roles":
        return Sorted("access_changed")
    if top == "status":
        retired = str(after.get(path)) in ("deprecated", "retired") and before.get(path) != after.get(path)
        return Sorted("retired" if retired else "documentation_changed")
    if top == "breaking_change_policy":
        return _policy(before.get(path), after.get(path))
    if top == "closed":
        return Sorted("closed_now" if after.get(path) else "open_now")
    if top == "key":
        return _key(before.get(path) or (), after.get(path) or ())
    if top == "checks":
        return _rule(path, before, after)
    if top == "table":
        return Sorted("physical_name_changed") if before.get(path) else Sorted("documentation_changed")
    if top == "dialect":
        return Sorted("server_changed")
    if top in ("description", "further", "team", "support"):
        return _of_key((top,), before, after)
    return None


_STRICTER = {"notify-30-days": 1, "version-bump": 1, "never-break": 2}


def _policy(old: Any, new: Any) -> Sorted:
    one, other = (_STRICTER.get(str(each), 0) for each in (old, new))
    if one == other:
        return Sorted("meaning_changed", "Neither policy is stricter than the other.")
    return Sorted("policy_tightened" if other > one else "policy_loosened")


def _custom(path: Path, before: Side, after: Side) -> Sorted | None:
    """Sort a change of what stands among customProperties; those that our exports write mean what they mean here."""
    if "customProperties" not in path:
        return None
    inside = path[path.index("customProperties") + 1 :]
    if not inside:
        return Sorted("documentation_changed")
    head = path[: len(path) - len(inside) + 1]
    name, old, new = inside[0], before.get((*head, "value")), after.get((*head, "value"))
    if len(inside) > 1 and inside[1] != "value":
        return Sorted("documentation_changed")
    if name == "breakingChangePolicy":
        return _policy(old, new)
    if name == "supportHours":
        hours = (amount(old) or 0, amount(new) or 0)
        return Sorted("sla_tightened" if hours[1] > hours[0] else "sla_loosened")
    if name == "pii":
        return _flip((old is True, new is True), "personal_now", "personal_no_longer")
    if name == "unit":
        return _unit(old, new)
    if name in ("businessDefinition", "uncheckedBecause"):
        return Sorted("meaning_changed" if old else "meaning_told")
    if name == "closed":
        return Sorted("closed_now" if new else "open_now")
    if name in ("consumers", "contractName", "about", "stableId"):
        return Sorted("documentation_changed")
    if name == "pipeline":
        return Sorted("rule_changed")
    return Sorted("unknown")


def _unit(old: Any, new: Any) -> Sorted:
    return Sorted("unit_changed" if old and new else "meaning_told" if new else "meaning_changed")


_HOURS = {
    "s": 1 / 3600, "sec": 1 / 3600, "second": 1 / 3600, "seconds": 1 / 3600, "ms": 1 / 3_600_000,
    "m": 1 / 60, "min": 1 / 60, "minute": 1 / 60, "minutes": 1 / 60, "h": 1, "hr": 1, "hour": 1, "hours": 1,
    "d": 24, "day": 24, "days": 24, "w": 168, "week": 168, "weeks": 168, "month": 730.5, "months": 730.5,
    "y": 8766, "yr": 8766, "year": 8766, "years": 8766,
}  # fmt: skip


def amount(value: Any, unit: Any = None) -> float | None:
    """Give a service level as a number: durations in hours, shares in percent, dates in days; None if it is neither.

    >>> amount("99.9%"), amount(2, "d"), amount("30m"), amount("24x7")
    (99.9, 48.0, 0.5, 24.0)
    """
    if isinstance(value, bool) or value is None:
        return None
    factor = _HOURS.get(str(unit).strip().lower(), 1) if unit else 1
    if isinstance(value, int | float):
        return float(value) * factor
    told = str(value).strip()
    if told in ("business-hours", "24x7"):
        return 24.0 if told == "24x7" else 8.0
    if day := re.fullmatch(r"(\d{4})-(\d\d)-(\d\d)([T ].*)?", told):
        return int(day[1]) * 372 + int(day[2]) * 31 + int(day[3])
    found = re.fullmatch(r"(-?\d+(?:\.\d+)?)\s*([a-zA-Z]*)\s*%?", told)
    if not found or (found[2] and found[2].lower() not in _HOURS):
        return None
    return float(found[1]) * (_HOURS[found[2].lower()] if found[2] else factor)


def _level(path: Path, before: Side, after: Side) -> Sorted:
    if path[0] == "sla":
        if len(path) < 2:
            return _came_or_went(path, before, after, "sla_added", "sla_removed", "sla_changed")
        name, value, unit = path[1], path, None
    else:
        if len(path) <= 2:
            return _came_or_went(path, before, after, "sla_added", "sla_removed", "sla_changed")
        if path[2] not in ("value", "valueExt", "unit"):
            return _of_key(path, before, after) or Sorted("sla_changed")
        name, value, unit = path[1], (*path[:2], "value"), (*path[:2], "unit")
        if path[2] == "valueExt":
            return Sorted("sla_changed")
    old, new = (amount(side.get(value), side.get(unit) if unit else None) for side in (before, after))
    if path[0] == "sla":
        if not before.get(value):
            return Sorted("sla_added")
        if not after.get(value):
            return Sorted("sla_removed")
    better = levels().get(re.sub(r"\[\d+\]$", "", name))
    if old is None or new is None or better is None:
        return Sorted("sla_changed")
    if old == new:
        return Sorted("documentation_changed", "It is the same amount.")
    return Sorted("sla_tightened" if (new > old) == (better == "more") else "sla_loosened")


# --- tables and columns


def _of_schema(path: Path, before: Side, after: Side) -> Sorted | None:
    if path[0] != "schema":
        return None
    table, column, facet = place(path, odcs=after.odcs)
    if len(path) == 1:
        return _came_or_went(path, before, after, "table_added", "table_removed", "unknown")
    if not column and not facet:
        return _came_or_went(path, before, after, "table_added", "table_removed", "unknown")
    if not facet:
        return _whole_column(path, table, before, after)
    if column:
        found = _of_column(path, column, facet, before, after)
        if found:
            return found
    return _of_either(path, (*table, *column), table, facet, before, after)


def place(path: Path, *, odcs: bool) -> tuple[Path, Path, Path]:
    """Take a path below `schema` apart: the table, the column in it (nested ones with all above), and what of it."""
    if not odcs:
        return (), path[:2], path[2:]
    table, rest = path[:2], path[2:]
    column: Path = ()
    while rest:
        if rest[0] == "properties" and len(rest) > 1:
            column, rest = (*column, *rest[:2]), rest[2:]
        elif rest[0] in ("items", "map") and column:
            taken = 2 if rest[0] == "map" and len(rest) > 1 else 1
            column, rest = (*column, *rest[:taken]), rest[taken:]
        else:
            break
    return table, column, rest


def _whole_column(path: Path, table: Path, before: Side, after: Side) -> Sorted:
    came = path not in before.entries
    side = after if came else before
    keys = (_primary_key(table, before), _primary_key(table, after))
    if table and side.get((*path, "primaryKey")) is True and (table in before.entries and table in after.entries):
        return Sorted("key_changed" if all(keys) else "key_added" if came else "key_removed")
    if not came:
        return Sorted("column_removed")
    required = side.get((*path, "required")) is True or side.get((*path, "nullable")) is False
    return Sorted("required_column_added" if required else "column_added")


def _of_column(path: Path, column: Path, facet: Path, before: Side, after: Side) -> Sorted | None:
    del column
    old, new = before.get(path), after.get(path)
    name = facet[0]
    if name in ("logicalType", "type", "physicalType") and len(facet) == 1:
        return _type(name, old, new, before, after)
    if name in ("required", "nullable"):
        filled = (old is (name == "required"), new is (name == "required"))
        return _flip(filled, "filled_now", "empty_now")
    if name == "unique":
        return _flip((old is True, new is True), "unique_now", "repeated_now")
    if name == "pii":
        return _flip((old is True, new is True), "personal_now", "personal_no_longer")
    if name == "unit":
        return _unit(old, new)
    if name == "logicalTypeOptions":
        return _bound(path, facet[1:], before, after)
    if name == "enum":
        return _listed(path, facet, before, after)
    if name == "checks":
        return _column_check(path, facet, before, after)
    return None


def _of_either(path: Path, whole: Path, table: Path, facet: Path, before: Side, after: Side) -> Sorted | None:
    """Sort what tables and columns have alike."""
    name = facet[0]
    if name in ("primaryKey", "primaryKeyPosition"):
        return _key(_primary_key(table, before), _primary_key(table, after))
    if name == "physicalName":
        old, new = (side.get((*whole, "physicalName")) or whole[-1] for side in (before, after))
        return Sorted("physical_name_changed" if old != new else "documentation_changed")
    if name == "physicalType":
        return Sorted("layout_changed")
    if name == "relationships":
        if len(facet) == 1 or len(facet) == 2:
            return _came_or_went(path, before, after, "reference_added", "reference_removed", "reference_changed")
        return _of_key(path, before, after) or Sorted("reference_changed")
    if name == "quality":
        return _rule(path, before, after)
    return None


def _primary_key(table: Path, side: Side) -> tuple[str, ...]:
    found: list[tuple[int, int, str]] = []
    head = (*table, "properties")
    for path, value in side.entries.items():
        if path[: len(head)] == head and path[-1] == "primaryKey" and value is True:
            position = side.get((*path[:-1], "primaryKeyPosition"))
            place_ = position if isinstance(position, int) and not isinstance(position, bool) else 0
            found.append((place_, len(found), path[-2]))
    return tuple(name for _, _, name in sorted(found))


def _key(old: Iterable[str], new: Iterable[str]) -> Sorted:
    one, other = tuple(old), tuple(new)
    if set(one) == set(other):
        return Sorted("documentation_changed", "The key consists of the same columns.")
    if not one:
        return Sorted("key_added")
    return Sorted("key_changed" if other else "key_removed")


def _type(name: str, old: Any, new: Any, before: Side, after: Side) -> Sorted:
    if not old or not new:
        return Sorted("type_told" if new else "type_untold")
    words: Sequence[Words] = ("odcs",) if name == "logicalType" else after.words or before.words
    told = type_change(str(old), str(new), words)
    return Sorted(f"type_{told.direction}", told.because)


def _flip(held: tuple[bool, bool], now: str, no_longer: str) -> Sorted:
    if held[0] == held[1]:
        return Sorted("documentation_changed", "It is the same promise.")
    return Sorted(now if held[1] else no_longer)


_MORE_IS_TIGHTER = {"minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties", "min"}
_LESS_IS_TIGHTER = {"maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties", "max"}
_BITS = re.compile(r"[iuf](\d+)")


def _bound(path: Path, option: Path, before: Side, after: Side) -> Sorted:
    if not option:
        return _came_or_went(path, before, after, "tightened", "loosened", "moved")
    old, new, name = before.get(path), after.get(path), option[0]
    if name in _MORE_IS_TIGHTER | _LESS_IS_TIGHTER:
        return _compared(old, new, more_is_tighter=name in _MORE_IS_TIGHTER)
    if name == "pattern":
        return Sorted("pattern_changed") if old and new else Sorted("tightened" if new else "loosened")
    if name == "multipleOf" and old and new:
        if new % old == 0:
            return Sorted("tightened")
        return Sorted("loosened" if old % new == 0 else "moved")
    if name == "format" and old and new:
        one, other = _BITS.fullmatch(str(old)), _BITS.fullmatch(str(new))
        if one and other and str(old)[0] == str(new)[0]:
            return Sorted("type_widened" if int(other[1]) > int(one[1]) else "type_narrowed")
        return Sorted("format_changed")
    if name == "format":
        return Sorted("format_changed")
    if name == "required":
        return _sets(old or (), new or (), grown="tightened", shrunk="loosened", both="moved")
    if name == "uniqueItems":
        return _flip((old is True, new is True), "tightened", "loosened")
    if name in ("timezone", "defaultTimezone"):
        return Sorted("type_unclear")
    return Sorted("tightened" if old is None else "loosened" if new is None else "moved")


def _compared(old: Any, new: Any, *, more_is_tighter: bool) -> Sorted:
    if old is None or new is None or isinstance(old, bool) or isinstance(new, bool):
        return Sorted("tightened" if new not in (None, False) else "loosened")
    try:
        grew = new > old
    except TypeError:
        return Sorted("moved")
    return Sorted("tightened" if grew == more_is_tighter else "loosened")


def _listed(path: Path, facet: Path, before: Side, after: Side) -> Sorted | None:
    """Sort a change of the values that the standard's `enum` counts out."""
    if len(facet) == 1 and CONTAINER in (before.get(path), after.get(path)):
        return _came_or_went(path, before, after, "tightened", "loosened", "values_replaced")
    if len(facet) == 2:
        return Sorted("values_added" if path not in before.entries else "values_removed")
    return None


def _sets(old: Iterable[Any], new: Iterable[Any], *, grown: str, shrunk: str, both: str) -> Sorted:
    # Values may be lists themselves, so that they cannot be put into a set.
    one, other = list(old), list(new)
    came, went = [each for each in other if each not in one], [each for each in one if each not in other]
    if not came and not went:
        return Sorted("documentation_changed", "They are the same values.")
    return Sorted(both if came and went else grown if came else shrunk)


# --- checks and rules

_ADDED_CHECK = {"not_null": ("filled_now", "empty_now"), "unique": ("unique_now", "repeated_now")}


def _column_check(path: Path, facet: Path, before: Side, after: Side) -> Sorted | None:
    if len(facet) == 1:
        return _came_or_went(path, before, after, "rule_added", "rule_removed", "rule_changed")
    kind = re.sub(r"\[\d+\]$", "", facet[1])
    if len(facet) == 2:
        if kind == "custom":
            return _came_or_went(path, before, after, "rule_added", "rule_removed", "rule_changed")
        return _came_or_went(path, before, after, *_ADDED_CHECK.get(kind, ("tightened", "loosened")), "moved")
    if facet[2] == "params":
        return _parameter(path, facet[3:], before, after)
    return None


def _parameter(path: Path, option: Path, before: Side, after: Side) -> Sorted:
    if not option:
        return Sorted("part")
    old, new, name = before.get(path), after.get(path), option[-1]
    if name in ("values", "validValues"):
        return _sets(old or (), new or (), grown="values_added", shrunk="values_removed", both="values_replaced")
    if name == "pattern":
        return Sorted("pattern_changed")
    if name in ("min", "max") and option[0] not in ("warn", "fail"):
        return _compared(old, new, more_is_tighter=name == "min")
    if option[0] == "fail":
        return _tolerance(old, new)
    if option[0] == "warn" or name in ("name", "owner"):
        return Sorted("documentation_changed")
    return _of_key(path, before, after) or Sorted("rule_changed")


def _tolerance(old: Any, new: Any) -> Sorted:
    found = _compared(old or 0, new or 0, more_is_tighter=False)
    return Sorted("rule_tightened" if found.change == "tightened" else "rule_loosened")


_RULE_BOUNDS: Mapping[str, bool] = {
    "mustBeGreaterThan": True,
    "mustBeGreaterOrEqualTo": True,
    "mustBeLessThan": False,
    "mustBeLessOrEqualTo": False,
    "min_rows": True,
    "max_rows": False,
    "min": True,
    "max": False,
    "max_age_hours": False,
    "max_change": False,
    "max_share": False,
    "max_distance": False,
    "tolerance": False,
    "tolerance_share": False,
}


def _rule(path: Path, before: Side, after: Side) -> Sorted:
    start = max(at for at, part in enumerate(path) if part in ("quality", "checks"))
    inside = path[start + 1 :]
    if len(inside) <= 1:
        return _came_or_went(path, before, after, "rule_added", "rule_removed", "rule_changed")
    name, old, new = inside[-1], before.get(path), after.get(path)
    if name in _RULE_BOUNDS and old is not None and new is not None:
        found = _compared(old, new, more_is_tighter=_RULE_BOUNDS[name])
        return Sorted(f"rule_{found.change}" if found.change != "moved" else "rule_changed")
    if inside[1] in ("arguments", "values") and name in ("validValues", "values"):
        return _sets(old or (), new or (), grown="values_added", shrunk="values_removed", both="values_replaced")
    if inside[1] == "fail" and len(inside) == 3:
        return _tolerance(old, new)
    return _of_key(path, before, after) or Sorted("rule_changed")


# --- the rest


def _came_or_went(path: Path, before: Side, after: Side, came: str, went: str, changed: str) -> Sorted:
    """Sort the coming or going of an item; `changed` where there is one on both sides."""
    if path not in before.entries:
        return Sorted(came)
    return Sorted(changed if path in after.entries else went)


def _of_key(path: Path, before: Side, after: Side) -> Sorted | None:
    """Sort by what the innermost key that is known says, wherever it stands."""
    del after
    for part in reversed(path):
        row = by_key().get(part)
        if row:
            told = before.get(path) in (None, "") and path not in before.entries
            return Sorted(row.told if told else row.change)
    return None
