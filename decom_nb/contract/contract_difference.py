"""What changed between two versions of a contract, who is broken by it, and which version it has to be.

    told = difference(read_odcs("v1.yaml"), read_odcs("v2.yaml"))
    told.breaking, told.bump.part, [str(change) for change in told.changes]

Nothing is taken for renamed that only looks like it: a column that went and one that came are one only where a stable id or
the name in the database says so, or where the caller knows that they hold equal data.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from typing import Any, Literal

from decom_nb.contract.change_row import Part, Verdict, rows
from decom_nb.contract.entries import CONTAINER, Path, differs, entries
from decom_nb.contract.judgement import Side, Sorted, place, sort
from decom_nb.contract.model import Contract, Dialect, Policy
from decom_nb.contract.odcs import OdcsContract
from decom_nb.contract.server import dialect_of
from decom_nb.contract.types import DIALECTS
from decom_nb.errors import InputError, Mistake

Kind = Literal["added", "removed", "updated"]
SameData = Collection[tuple[str, str, str]]
"""Columns known to hold equal data: table, the column before, the column after."""

POLICY_PROPERTY = "breakingChangePolicy"
"""Among the customProperties of an ODCS contract: the template's breaking_change_policy."""

NOTICE = timedelta(days=30)
"""What `notify-30-days` asks for."""

_PARTS: tuple[Part, ...] = ("patch", "minor", "major")


@dataclass(frozen=True)
class Change:
    """One entry that is not as it was."""

    kind: Kind
    path: str
    """Items of lists by their names, such as ``schema.orders.properties.order_id.required``."""
    old: Any
    """The value before; nothing for a group or a list of groups."""
    new: Any
    sort: str
    """Which sort of change it is, as in `tables/changes.yaml`."""
    consumer: Verdict
    consumer_because: str
    producer: Verdict
    producer_because: str
    bump: Part
    part_of: str = ""
    """The path of the whole that came or went, with which this entry is judged; empty for one that is judged itself."""
    parts: tuple[str, ...] = ()
    """The path in its parts, for names that hold points themselves."""

    def __str__(self) -> str:
        """Give it as one line."""
        said = f"consumers: {self.consumer}, {_lower(self.consumer_because)}"
        said = f"part of {self.part_of}" if self.part_of else said
        values = f" ({_shown(self.old)} → {_shown(self.new)})" if self.kind == "updated" else ""
        return f"{self.kind} {self.path}{values}: {said}"


@dataclass(frozen=True)
class Rename:
    """Something that has another name now, and how that is known."""

    before: str
    after: str
    evidence: str
    certain: bool
    """False where it only may be one: then it counts as removed and added."""


@dataclass(frozen=True)
class Bump:
    """How much the version has to grow, and whether it did."""

    part: Part
    because: tuple[str, ...]
    told: str
    """The version that the new contract has."""
    proposed: str
    """The version that it should have at least; empty where the old one is not major.minor.patch."""
    enough: bool | None
    """Whether the version it has is high enough; nothing where one of the two cannot be read."""


@dataclass(frozen=True)
class PolicyVerdict:
    """What the contract's own policy says of the change."""

    policy: Policy | None
    outcome: Literal["allowed", "not allowed", "needs notice", "needs a look"]
    because: str
    not_before: date | None = None
    """For a change that consumers have to be told of: the first day on which it may come."""


@dataclass(frozen=True)
class ContractDifference:
    """All that changed, in the order of the paths."""

    changes: tuple[Change, ...]
    renames: tuple[Rename, ...] = ()
    bump: Bump = field(default_factory=lambda: Bump("patch", (), "", "", None))
    policy: PolicyVerdict = field(default_factory=lambda: PolicyVerdict(None, "allowed", ""))

    @cached_property
    def judged(self) -> tuple[Change, ...]:
        """The changes without what belongs to something that came or went as a whole."""
        return tuple(each for each in self.changes if not each.part_of)

    @property
    def breaking(self) -> bool:
        """Whether consumers break."""
        return any(each.consumer == "breaking" for each in self.judged)

    @property
    def breaking_for_producer(self) -> bool:
        """Whether what is delivered today is no longer enough."""
        return any(each.producer == "breaking" for each in self.judged)

    @property
    def needs_a_look(self) -> bool:
        """Whether somebody has to judge what cannot be judged here."""
        return any("needs a look" in (each.consumer, each.producer) for each in self.judged)

    @cached_property
    def summary(self) -> tuple[tuple[Kind, str], ...]:
        """The changes by what they belong to: tables and columns that came, went or changed, service levels, top keys."""
        found: dict[Path, Kind] = {}
        for each in self.judged:
            whole = _whole(each.parts)
            found[whole] = each.kind if whole == each.parts and whole not in found else "updated"
        return tuple((kind, ".".join(path)) for path, kind in sorted(found.items()))


def difference(
    before: Contract | OdcsContract,
    after: Contract | OdcsContract,
    *,
    dialect: Dialect | None = None,
    policy: Policy | None = None,
    same_data: SameData = (),
    notified_on: date | None = None,
    effective_on: date | None = None,
) -> ContractDifference:
    """Compare two versions of a contract.

    `dialect` says in whose words physical types are written where the contracts do not; `policy` overrides the one in
    force, which is that of the old version. `notified_on` and `effective_on` are the days on which consumers were told
    and on which the change comes, for the policy that asks for notice.
    """
    if isinstance(before, Contract) and isinstance(after, OdcsContract):
        after = _of_table(after, before.table, dialect)
    elif isinstance(before, OdcsContract) and isinstance(after, Contract):
        before = _of_table(before, after.table, dialect)
    old, new = _side(before, dialect), _side(after, dialect)
    changes = tuple(_changes(old, new))
    renames = tuple(_renames(changes, old, new, same_data))
    changes = tuple(_with_renames(changes, renames, old, new))
    bump = _bump(changes, _version(old), _version(new))
    rule = policy or _policy_of(old)
    return ContractDifference(
        changes,
        renames,
        bump,
        _judged_by(rule, changes, bump, (_version(old), _version(new)), notified_on, effective_on),
    )


def _of_table(odcs: OdcsContract, table: str, dialect: Dialect | None) -> Contract:
    """Give what an ODCS contract says of a table in the template's shape, in which both can be compared."""
    from decom_nb.contract.odcs_import import from_odcs

    found = from_odcs(odcs, dialect).contracts
    for each in found:
        if each.table == table or len(found) == 1:
            return each
    tables = ", ".join(each.table for each in found) or "none"
    what = f"is not about the table {table}, but about: {tables}"
    raise InputError(Mistake(odcs.file, 0, "schema", what, "compare contracts of the same table"))


def plain(contract: Contract | OdcsContract) -> dict[str, Any]:
    """Give what a contract says as plain data, in its own shape, without what nobody answered."""
    if isinstance(contract, OdcsContract):
        return dict(contract.data)
    told = contract.terms.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    if contract.columns:
        told["schema"] = [_column(each) for each in contract.columns]
    if contract.terms.checks:
        spelled = (
            {"check": each.kind} | each.model_dump(mode="json", exclude_defaults=True) for each in contract.terms.checks
        )
        told["checks"] = list(spelled)
    return told


def _column(column: Any) -> dict[str, Any]:
    told: dict[str, Any] = column.model_dump(mode="json", exclude_defaults=True)
    # Checks are told apart by kind, and those that are not filled in say nothing.
    if "checks" in told:
        told["checks"] = [each for each in told["checks"] if each.get("type")]
    return told


def _side(contract: Contract | OdcsContract, dialect: Dialect | None) -> Side:
    if isinstance(contract, Contract):
        found = entries({**plain(contract), "table": contract.table})
        return Side(found, (dialect or contract.terms.dialect,), odcs=False)
    found = entries(plain(contract))
    if dialect:
        return Side(found, (dialect,), odcs=True)
    told = dialect_of(contract.data)
    return Side(found, (told,) if told else DIALECTS, odcs=True)


def _changes(before: Side, after: Side) -> Iterator[Change]:
    wholes: list[Path] = []
    paths = sorted(before.entries.keys() | after.entries.keys())
    for path in paths:
        there, here = path in before.entries, path in after.entries
        old, new = before.get(path), after.get(path)
        if there and here and not differs(old, new):
            continue
        kind: Kind = "updated" if there and here else "added" if here else "removed"
        whole = next((each for each in wholes if path[: len(each)] == each), None)
        if whole:
            found = Sorted("part")
        else:
            found = sort(path, before, after)
            # Custom properties have nothing in common but their place: each is judged itself.
            if kind != "updated" and CONTAINER in (old, new) and path[-1] != "customProperties":
                wholes.append(path)
        yield _change(kind, path, old, new, found, ".".join(whole) if whole else "")


def _change(kind: Kind, path: Path, old: Any, new: Any, found: Sorted, part_of: str) -> Change:
    row = rows()[found.change]
    detail = f"{found.detail} " if found.detail else ""
    return Change(
        kind,
        ".".join(path),
        None if old is CONTAINER else old,
        None if new is CONTAINER else new,
        found.change,
        row.consumer,
        detail + row.because,
        row.producer,
        detail + row.producer_because,
        row.bump,
        part_of,
        path,
    )


# --- renames


def _renames(changes: tuple[Change, ...], before: Side, after: Side, same_data: SameData) -> Iterator[Rename]:
    gone = [each for each in changes if each.sort == "column_removed"]
    come = [each for each in changes if each.sort in ("column_added", "required_column_added")]
    taken: set[str] = set()
    for one in gone:
        old = one.parts
        candidates = [(other, other.parts) for other in come if other.path not in taken]
        near = [(other, new) for other, new in candidates if new[:-1] == old[:-1]]
        evident = [(other, told) for other, new in near if (told := _evidence(old, new, before, after, same_data))]
        if evident:
            taken.add(evident[0][0].path)
            yield Rename(one.path, evident[0][0].path, evident[0][1], certain=True)
            continue
        alike = [other for other, new in near if _alike(old, new, before, after)]
        for other in alike[:3]:
            yield Rename(one.path, other.path, "removed and added, with the same type: may be a rename", certain=False)


def _evidence(old: Path, new: Path, before: Side, after: Side, same_data: SameData) -> str:
    for key, words in (("id", "the same id"), ("stable_id", "the same stable_id")):
        one, other = before.get((*old, key)), after.get((*new, key))
        if one is not None and one == other:
            return f"{words}, {one}"
    if before.odcs:
        one, other = (side.get((*path, "physicalName")) or path[-1] for side, path in ((before, old), (after, new)))
        if one == other:
            return f"the same name in the database, {one}"
        table = place(old, odcs=True)[0][-1]
    else:
        table = str(before.get(("table",)) or before.get(("name",)) or "")
    return "equal data" if (table, old[-1], new[-1]) in same_data else ""


_TYPES = ("logicalType", "physicalType", "type")


def _alike(old: Path, new: Path, before: Side, after: Side) -> bool:
    types = [tuple(side.get((*path, key)) for key in _TYPES) for side, path in ((before, old), (after, new))]
    return types[0] == types[1] and any(types[0])


def _with_renames(
    changes: tuple[Change, ...], renames: tuple[Rename, ...], before: Side, after: Side
) -> Iterator[Change]:
    certain = {name: each for each in renames if each.certain for name in (each.before, each.after)}
    parts = {each.path: each.parts for each in changes}
    for change in changes:
        rename = certain.get(change.path)
        if rename is None or change.part_of:
            yield change
            continue
        old = before.get((*parts[rename.before], "physicalName")) or parts[rename.before][-1]
        new = after.get((*parts[rename.after], "physicalName")) or parts[rename.after][-1]
        kept = before.odcs and old == new
        name = "column_renamed_logically" if kept else "column_renamed"
        detail = f"{rename.before} is {rename.after} now: {rename.evidence}."
        yield _change(change.kind, change.parts, change.old, change.new, Sorted(name, detail), "")


# --- versions and policy

_VERSION = re.compile(r"v?(\d{1,9})(?:\.(\d{1,9}))?(?:\.(\d{1,9}))?(?:[-+].*)?")


def _version(side: Side) -> str:
    return str(side.get(("version",)) or "")


def _figures(version: str) -> tuple[int, int, int] | None:
    found = _VERSION.fullmatch(version.strip())
    return (int(found[1]), int(found[2] or 0), int(found[3] or 0)) if found else None


def _bump(changes: tuple[Change, ...], old: str, new: str) -> Bump:
    judged = [each for each in changes if not each.part_of and each.sort != "version"]
    part: Part = "patch"
    for each in judged:
        needed: Part = "major" if each.consumer == "breaking" else "minor" if each.bump == "major" else each.bump
        part = max(part, needed, key=_PARTS.index)
    decisive = [
        each
        for each in judged
        if (each.consumer == "breaking" if part == "major" else each.bump != "patch" or part == "patch")
    ]
    because = tuple(f"{each.path}: {_lower(each.consumer_because)}" for each in decisive)
    told, figures = _figures(new), _figures(old)
    if figures is None:
        return Bump(part, because, new, "", None)
    major, minor, patch = figures
    wanted = {"major": (major + 1, 0, 0), "minor": (major, minor + 1, 0), "patch": (major, minor, patch + 1)}[part]
    if not judged:
        wanted = figures
    proposed = ".".join(map(str, wanted))
    return Bump(part, because, new, proposed, None if told is None else told >= wanted)


def _policy_of(side: Side) -> Policy | None:
    for path in (("breaking_change_policy",), ("customProperties", POLICY_PROPERTY, "value")):
        told = side.get(path)
        if told in ("notify-30-days", "version-bump", "never-break"):
            return told  # type: ignore[no-any-return]  # it is one of the three
    return None


def _judged_by(
    policy: Policy | None,
    changes: tuple[Change, ...],
    bump: Bump,
    versions: tuple[str, str],
    notified_on: date | None,
    effective_on: date | None,
) -> PolicyVerdict:
    judged = [each for each in changes if not each.part_of]
    breaks = sum(each.consumer == "breaking" for each in judged)
    looks = sum(each.consumer == "needs a look" for each in judged)
    if not breaks:
        if looks:
            what = f"no change breaks consumers for certain, and {_counted(looks, 'change')} somebody has to judge"
            return PolicyVerdict(policy, "needs a look", what)
        return PolicyVerdict(policy, "allowed", "no change breaks consumers")
    what = f"{_counted(breaks, 'change')} break{'s' if breaks == 1 else ''} consumers"
    if policy is None:
        return PolicyVerdict(None, "needs a look", f"{what}, and the contract names no breaking_change_policy")
    if policy == "never-break":
        return PolicyVerdict(policy, "not allowed", f"{what}, and the contract promises that none ever does")
    if policy == "version-bump":
        old, new = map(_figures, versions)
        if old is None or new is None:
            return PolicyVerdict(policy, "needs a look", f"{what}, and the versions are not major.minor.patch")
        if new[0] > old[0]:
            return PolicyVerdict(policy, "allowed", f"{what}, and it comes as major version {new[0]}")
        return PolicyVerdict(policy, "not allowed", f"{what}: it has to come as version {bump.proposed}")
    if notified_on is None:
        return PolicyVerdict(policy, "needs notice", f"{what}: consumers have to be told 30 days ahead")
    first = notified_on + NOTICE
    if effective_on is not None and effective_on >= first:
        return PolicyVerdict(policy, "allowed", f"{what}, and consumers were told on {notified_on}", first)
    return PolicyVerdict(policy, "needs notice", f"{what}: told on {notified_on}, it may come on {first}", first)


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _lower(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:].rstrip(".")


def _shown(value: Any) -> str:
    told = "nothing" if value is None else str(value)
    return told if len(told) <= 60 else told[:57] + "…"


def _whole(parts: Path) -> Path:
    """Give the table, column, service level or top key that a path belongs to."""
    if parts[0] == "schema":
        end = 2
        while len(parts) > end + 1 and parts[end] == "properties":
            end += 2
        return parts[:end]
    return parts[:2] if parts[0] in ("slaProperties", "servers", "sla") else parts[:1]
