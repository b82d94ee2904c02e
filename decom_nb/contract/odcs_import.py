"""From the Open Data Contract Standard to contracts in the methodology's template: one for each table.

What the template has no place for is a note; what is promised and has no check becomes a clause in words. Nothing is dropped
in silence, and the ODCS file itself stays as it is.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from decom_nb.check import Check
from decom_nb.contract.contract_difference import POLICY_PROPERTY
from decom_nb.contract.judgement import amount
from decom_nb.contract.model import KIND_OF, Contract, Dialect
from decom_nb.contract.odcs import OdcsContract
from decom_nb.contract.quality_rule import RuleCheck, check_of, identifier, literal
from decom_nb.contract.server import dialect_of
from decom_nb.errors import InputError, Mistake

Plain = Mapping[str, Any]


@dataclass(frozen=True)
class Imported:
    """Contracts read from another form, and what of it they do not say."""

    contracts: tuple[Contract, ...]
    notes: tuple[str, ...] = ()


def from_odcs(odcs: OdcsContract, dialect: Dialect | None = None) -> Imported:
    """Make a contract of each table; raise an `InputError` where the file is too wrong to be read at all.

    `dialect` says in whose words physical types are written; else the servers say it, and DuckDB's are taken where
    they do not.
    """
    _ = odcs.typed  # refuses values of a wrong type before they are looked at
    reader = _Reader(odcs, dialect)
    contracts = tuple(reader.contract(table) for table in odcs.tables)
    if not contracts:
        reader.note("the file names no table: there is nothing to hold a contract to")
    return Imported(contracts, tuple(dict.fromkeys([*reader.told(), *reader.notes])))


_TAKEN_TOP = {
    "apiVersion", "kind", "id", "name", "version", "status", "schema", "slaProperties", "team", "support",
    "customProperties", "servers", "slaDefaultElement",
}  # fmt: skip
_TAKEN_TABLE = {"id", "name", "physicalName", "physicalType", "logicalType", "description", "properties", "quality",
                "relationships", "customProperties"}  # fmt: skip
_TAKEN_COLUMN = {
    "id", "name", "physicalName", "physicalType", "logicalType", "logicalTypeOptions", "description", "required",
    "unique", "primaryKey", "primaryKeyPosition", "quality", "classification", "relationships", "customProperties",
    "enum", "properties", "items", "map",
}  # fmt: skip


class _Reader:
    def __init__(self, odcs: OdcsContract, dialect: Dialect | None) -> None:
        self.odcs = odcs
        self.data = odcs.data
        self.dialect = dialect
        self.notes: list[str] = []
        self.unplaced: dict[str, list[str]] = {}
        self.own = customs(self.data)
        self.several = len(odcs.tables) > 1
        self.left(self.data, _TAKEN_TOP, "")

    def note(self, said: str) -> None:
        self.notes.append(said)

    def told(self) -> Iterator[str]:
        """Give a note for each key without a place, with where it stands."""
        for key, places in self.unplaced.items():
            of = list(dict.fromkeys(places))
            more = f" and {len(of) - 3} more" if len(of) > 3 else ""
            yield f"{key} of {', '.join(of[:3])}{more} has no place in the template and stays in the ODCS file"

    def left(self, data: Plain, taken: set[str], where: str) -> None:
        """Note what a group holds beside what is taken over."""
        for key, value in data.items():
            if key not in taken and value not in (None, "", [], {}, False):
                self.unplaced.setdefault(key, []).append(where or "the contract")

    def contract(self, table: Plain) -> Contract:
        name = str(table.get("physicalName") or table.get("name") or "")
        title = str(table.get("name") or name)
        self.left(table, _TAKEN_TABLE, f"schema.{title}")
        own = customs(table)
        listed = [each for each in table.get("properties") or [] if isinstance(each, dict)]
        dialect = str(own.get("dialect") or self.dialect or self._dialect(listed))
        columns, checks, further, keys = [], [], [], []
        for each in listed:
            column = _Column(self, each, name, title, dialect)
            columns.append(column.plain())
            checks += column.table_checks
            further += column.further
            if each.get("primaryKey") is True:
                position = each.get("primaryKeyPosition")
                keys.append((position if isinstance(position, int) and position > 0 else 1_000, column.name))
        rules = [each for each in table.get("quality") or [] if isinstance(each, dict)]
        for rule in rules:
            told = check_of(rule, name)
            if told.check is not None:
                checks.append(spelled(told.check))
            else:
                further.append(clause_in_words(rule, told, f"table {title}"))
        for check, clause in self._references(table.get("relationships"), title, []):
            checks += [check] if check else []
            further += [clause] if clause else []
        sla, freshness_column, levels = self._levels(title, name, listed)
        called = str(own.get("contractName") or (title if self.several else self.data.get("name") or title))
        known_as = str(self.data.get("id") or "")
        terms = {
            "name": called,
            "version": str(self.data.get("version") or ""),
            "owner": self._owner(),
            "consumers": _texts(self.own.get("consumers")),
            "sla": sla,
            "schema": columns,
            "breaking_change_policy": self.own.get(POLICY_PROPERTY),
            "notification_channel": self._channel(),
            "table": name,
            "key": [column for _, column in sorted(keys, key=lambda each: each[0])],
            "freshness_column": freshness_column,
            "pipeline": str(own.get("pipeline") or ""),
            "dialect": dialect,
            "closed": own.get("closed") is True,
            "description": str(table.get("description") or ""),
            "checks": checks,
            "further": [*further, *levels],
            "contract_id": "" if known_as in (called, name) else known_as,  # an id that is a name says nothing more
        }
        taken = {"dialect", "pipeline", "closed", "contractName"}
        self._customs(table, taken, f"schema.{title}")
        self._customs(self.data, {"contractName", "consumers", POLICY_PROPERTY, "supportHours"}, "")
        return contract_of(terms, self.odcs.file)

    def _customs(self, data: Plain, taken: set[str], where: str) -> None:
        for each in sorted(customs(data).keys() - taken):
            self.unplaced.setdefault(f"customProperties.{each}", []).append(where or "the contract")

    def _dialect(self, columns: Sequence[Plain]) -> Dialect:
        if columns and not any(each.get("physicalType") for each in columns):
            return "odcs"
        return dialect_of(self.data) or "duckdb"

    def _owner(self) -> str:
        team = self.data.get("team")
        members = team.get("members") if isinstance(team, dict) else team
        named = str(team.get("name") or "") if isinstance(team, dict) else ""
        people = [each for each in members or [] if isinstance(each, dict)] if isinstance(members, list) else []
        if people:
            self.note("team: its members stay in the ODCS file")
        owners = [each for each in people if str(each.get("role", "")).lower() == "owner" and not each.get("dateOut")]
        told = owners[0] if owners else {}
        return named or str(told.get("name") or told.get("username") or "")

    def _channel(self) -> str:
        channels = [each for each in self.data.get("support") or [] if isinstance(each, dict)]
        if len(channels) > 1 or any(set(each) - {"channel", "tool"} for each in channels):
            self.note("support: only the first channel's name is taken over")
        return str(channels[0].get("channel") or "") if channels else ""

    def _levels(
        self, title: str, name: str, columns: Sequence[Plain]
    ) -> tuple[dict[str, Any], str, list[dict[str, str]]]:
        """Give the SLA, the column freshness is told by, and the service levels that no check can see."""
        sla: dict[str, Any] = {}
        column, further = "", []
        if self.own.get("supportHours") in ("business-hours", "24x7"):
            sla["support_hours"] = self.own["supportHours"]
        levels = [each for each in self.data.get("slaProperties") or [] if isinstance(each, dict)]
        fresh = [each for each in levels if each.get("property") == "freshness"]
        for level in levels:
            what = str(level.get("property") or "")
            element = str(level.get("element") or self.data.get("slaDefaultElement") or "")
            if not self._concerns(element, title, name):
                continue
            value = level.get("value")
            hours = amount(value, level.get("unit") or "h")
            share = amount(value) if not str(level.get("unit") or "%").strip() not in ("%", "percent", "") else None
            if what in ("freshness", "latency") and hours and not (what == "latency" and fresh):
                sla["freshness_hours"] = hours
                column = _column_of(element, columns) or column
                if what == "latency":
                    self.note("sla.latency is taken for how old the newest row may be")
            elif what == "availability" and share is not None and 0 <= share <= 100:
                sla["availability_percent"] = share
            else:
                said = " ".join(str(level[key]) for key in ("value", "valueExt", "unit") if level.get(key) is not None)
                because = str(customs(level).get("uncheckedBecause") or "neither the table nor run logs show it")
                further.append({"about": f"sla.{what}", "says": f"{what} {said}", "unchecked_because": because})
        return sla, column, further

    def _concerns(self, element: str, title: str, name: str) -> bool:
        """Say whether a service level is about a table: one that names no table of this file is about all."""
        named = {each.strip().rsplit(".", 1)[0] for each in element.split(",") if "." in each}
        tables = {str(each.get(key)) for each in self.odcs.tables for key in ("name", "physicalName")}
        return not named & tables or bool(named & {title, name})

    def _references(
        self, listed: Any, title: str, columns: list[str]
    ) -> Iterator[tuple[dict[str, Any] | None, dict[str, str] | None]]:
        for each in listed or []:
            if not isinstance(each, dict):
                continue
            there = _ends(each.get("to"))
            here = columns or [end.rsplit(".", 1)[-1] for end in _ends(each.get("from"))]
            parents = {end.rsplit(".", 1)[0] for end in there}
            shorthand = all(re.fullmatch(r"[^/#.]+\.[^/#.]+", end) for end in there)
            if shorthand and len(parents) == 1 and len(here) == len(there):
                parent = parents.pop()
                known = next((one for one in self.odcs.tables if one.get("name") == parent), {})
                check = {
                    "check": "foreign_key",
                    "columns": here,
                    "parent": str(known.get("physicalName") or parent),
                    "parent_columns": [_physical(known, end.rsplit(".", 1)[-1]) for end in there],
                }
                yield check, None
            else:
                said = f"{', '.join(here)} refers to {', '.join(there)}"
                because = "what it refers to is named by an id or a path, not by table and column"
                yield None, {"about": f"table {title}", "says": said, "unchecked_because": because}


class _Column:
    """One property of a table: what of it the template holds, and what becomes checks or words."""

    def __init__(self, reader: _Reader, data: Plain, table: str, title: str, dialect: str) -> None:
        self.reader, self.data, self.table, self.dialect = reader, data, table, dialect
        self.logical = str(data.get("name") or "")
        self.name = str(data.get("physicalName") or self.logical)
        self.where = f"schema.{title}.{self.logical}"
        self.table_checks: list[dict[str, Any]] = []
        self.further: list[dict[str, str]] = []
        self.checks: list[dict[str, Any]] = []
        self.own = customs(data)

    def plain(self) -> dict[str, Any]:
        data = self.data
        self.reader.left(data, _TAKEN_COLUMN, self.where)
        taken = {"businessDefinition", "pii", "unit", "stableId", "type"}
        self.reader._customs(data, taken, self.where)
        if self.name != self.logical:
            self.reader.note(f"{self.where}: the contract names the column as the database does, {self.name}")
        if data.get("unique") is True and data.get("primaryKey") is not True:
            self.checks.append({"type": "unique"})
        self._options()
        self._enum()
        self._rules()
        self._nested()
        for check, clause in self.reader._references(data.get("relationships"), self.where, [self.name]):
            self.table_checks += [check] if check else []
            self.further += [clause] if clause else []
        required = data.get("required")
        pii = self.own.get("pii")
        return {
            "column": self.name,
            "type": self._type(),
            "nullable": None if not isinstance(required, bool) else not required,
            "description": str(data.get("description") or ""),
            "business_definition": str(self.own.get("businessDefinition") or ""),
            "pii": pii if isinstance(pii, bool) else None,
            "checks": self.checks,
            "unit": str(self.own.get("unit") or ""),
            "classification": str(data.get("classification") or ""),
            "stable_id": str(self.own.get("stableId") or data.get("id") or ""),
        }

    def _type(self) -> str:
        physical, logical = str(self.data.get("physicalType") or ""), str(self.data.get("logicalType") or "")
        if self.dialect == "odcs":
            return str(self.own.get("type") or logical)
        if logical and not physical:
            self.say(f"its logical type is {logical}", "which type it has in the table is left open")
        return physical

    def say(self, what: str, why: str) -> None:
        self.further.append({"about": f"schema.{self.name}", "says": what, "unchecked_because": why})

    def _options(self) -> None:
        options = self.data.get("logicalTypeOptions")
        options = options if isinstance(options, dict) else {}
        low, high = options.get("minimum"), options.get("maximum")
        below, above = options.get("exclusiveMaximum"), options.get("exclusiveMinimum")
        conditions = []
        # Before 3.1 these said whether the bound beside them is itself allowed.
        if above is True and low is not None:
            above, low = low, None
        if below is True and high is not None:
            below, high = high, None
        if (low, high) != (None, None):
            bounds = {key: value for key, value in (("min", low), ("max", high)) if value is not None}
            self.checks.append({"type": "range", "params": bounds})
        for operator, bound in ((">", above), ("<", below)):
            if bound is not None and not isinstance(bound, bool):
                conditions.append(f"{identifier(self.name)} {operator} {_sql(bound)}")
        if options.get("multipleOf"):
            conditions.append(f"{identifier(self.name)} % {_sql(options['multipleOf'])} = 0")
        self.checks += [{"type": "custom", "params": {"expression": each}} for each in conditions]
        lengths = {"min": options.get("minLength"), "max": options.get("maxLength")}
        if any(value is not None for value in lengths.values()):
            told = {key: value for key, value in lengths.items() if value is not None}
            self.checks.append({"type": "length", "params": told})
        if options.get("pattern"):
            self.checks.append({"type": "regex", "params": {"pattern": str(options["pattern"])}})
        taken = {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minLength", "maxLength",
                 "pattern"}  # fmt: skip
        for key in options.keys() - taken:
            self.say(f"{key}: {json.dumps(options[key], ensure_ascii=False)}", f"there is no check for `{key}`")
        self.further.sort(key=lambda each: each["says"])

    def _enum(self) -> None:
        listed = [each.get("value") for each in self.data.get("enum") or [] if isinstance(each, dict)]
        values = [each for each in listed if each is not None]
        if values and not any(isinstance(each, bool | list | dict) for each in values):
            self.checks.append({"type": "enum", "params": {"values": values}})
        elif values:
            self.say(f"its values are {', '.join(map(str, values))}", "they are neither texts nor numbers")

    def _rules(self) -> None:
        for rule in self.data.get("quality") or []:
            if not isinstance(rule, dict):
                continue
            told = check_of(rule, self.table, self.name)
            own = as_column_check(told.check, self.name) if told.check else None
            if own:
                self.checks.append(own)
            elif told.check:
                self.table_checks.append(spelled(told.check))
            else:
                self.further.append(clause_in_words(rule, told, f"schema.{self.name}"))

    def _nested(self) -> None:
        for path, below in _below(self.data, self.name):
            said = [str(below.get(key)) for key in ("logicalType", "physicalType") if below.get(key)]
            said += [key for key in ("required", "unique") if below.get(key) is True]
            said += [str(below["description"])] if below.get("description") else []
            self.further.append(
                {
                    "about": f"schema.{path}",
                    "says": ", ".join(said) or "it is there",
                    "unchecked_because": "it lies within a column, where no check looks",
                }
            )


def _below(data: Plain, path: str) -> Iterator[tuple[str, Plain]]:
    for each in data.get("properties") or []:
        if isinstance(each, dict):
            yield f"{path}.{each.get('name')}", each
            yield from _below(each, f"{path}.{each.get('name')}")
    if isinstance(data.get("items"), dict):
        yield f"{path}[]", data["items"]
        yield from _below(data["items"], f"{path}[]")
    told = data.get("map")
    held = told if isinstance(told, dict) else {}
    for part in ("key", "value"):
        if isinstance(held.get(part), dict):
            yield f"{path}.{part}", held[part]
            yield from _below(held[part], f"{path}.{part}")


def _sql(bound: Any) -> str:
    return literal(bound) if isinstance(bound, str) else repr(bound)


def spelled(check: Check) -> dict[str, Any]:
    """Give a check as plain data, its kind first and without what is left at its default."""
    return {"check": check.kind, **check.model_dump(mode="json", exclude_defaults=True)}


_TYPE_OF = {kind: type_ for type_, kind in KIND_OF.items()} | {"expression": "custom", "custom_sql": "custom"}


def as_column_check(check: Check, column: str) -> dict[str, Any] | None:
    """Give a check as one of a column in the template, None where it is about more than that column."""
    kind = _TYPE_OF.get(check.kind)
    told = check.model_dump(mode="json", exclude_defaults=True)
    told.pop("check", None)
    if kind is None:
        return None
    if "columns" in told:
        first, *rest = told.pop("columns")
        if first != column or (rest and check.kind == "not_null"):
            return None
        told |= {"with": rest} if rest else {}
    elif told.pop("column", column) != column:
        return None
    return {"type": kind, "params": told} if told else {"type": kind}


def clause_in_words(rule: Plain, told: RuleCheck, where: str) -> dict[str, str]:
    """Give a rule without a check as a clause in words; one that we wrote says itself what it is about."""
    own = customs(rule)
    about = str(own.get("about") or where)
    return {
        "about": about,
        "says": told.says,
        "unchecked_because": str(own.get("uncheckedBecause") or told.unchecked_because),
    }


def customs(data: Plain) -> dict[str, Any]:
    """Give the customProperties of a group by name."""
    listed = data.get("customProperties")
    pairs = listed if isinstance(listed, list) else []
    return {str(each["property"]): each.get("value") for each in pairs if isinstance(each, dict) and "property" in each}


def _texts(value: Any) -> list[str]:
    return [str(each) for each in value] if isinstance(value, list) else [str(value)] if value else []


def _ends(value: Any) -> list[str]:
    return [str(each) for each in value] if isinstance(value, list) else [str(value)] if value else []


def _physical(table: Plain, column: str) -> str:
    for each in table.get("properties") or []:
        if isinstance(each, dict) and each.get("name") == column:
            return str(each.get("physicalName") or column)
    return column


def _column_of(element: str, columns: Sequence[Plain]) -> str:
    wanted = element.split(",")[0].strip().rsplit(".", 1)[-1]
    for each in columns:
        if wanted and wanted in (each.get("name"), each.get("physicalName")):
            return str(each.get("physicalName") or each.get("name"))
    return ""


def contract_of(terms: Plain, file: str) -> Contract:
    """Make a contract of the plain data of its terms, empty values left out; raise an `InputError` if it is none."""
    try:
        return Contract.model_validate_json(json.dumps({"contract": _answered(terms)}), strict=True)
    except ValidationError as error:
        raise InputError(
            Mistake(
                file,
                0,
                ".".join(map(str, each["loc"][1:])),
                str(each["msg"]).removeprefix("Value error, "),
                "mend it in the file that is imported",
            )
            for each in error.errors(include_url=False)
        ) from None


def _answered(value: Any) -> Any:
    if isinstance(value, Mapping):
        told = {key: _answered(each) for key, each in value.items()}
        return {key: each for key, each in told.items() if each not in (None, "") and each != [] and each != {}}
    return [_answered(each) for each in value] if isinstance(value, list | tuple) else value
