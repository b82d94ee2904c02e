"""What is proposed for columns together: keys, dependencies, order, values that slid into a neighbour. Called by `suggest`.

The same thing told by several rows: what a column determines is found in the agreement within groups (see
`profile.dependency`), and who is outside the majority is the suspect. Where several sources report on the same things,
majorities are weaker and still the best guess without other knowledge (Li, Dong et al., Truth finding on the deep web,
PVLDB 6(2), 2012).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from decom_nb.check import Expression, ForeignKey, FunctionalDependency, NotNull, Unique
from decom_nb.phases.quality.candidate import Candidate, Case
from decom_nb.phases.quality.proposed_text import real
from decom_nb.profile import ColumnProfile, Dependency
from decom_nb.profile.dependency import pairs_that_are_keys
from decom_nb.sql.text import name, string

_KEY_NAME = re.compile(
    r"(^|_|-| )(id|key|uuid|guid|pk|sk)$|^(id|key|index|row_?id|tuple_?id)$|[a-z]I[dD]$", re.IGNORECASE
)
_PAIRS = (
    ("start", "end"), ("begin", "end"), ("from", "to"), ("min", "max"), ("low", "high"), ("first", "last"), ("net", "gross"),
    ("created", "updated"), ("ordered", "shipped"), ("shipped", "delivered"), ("birth", "death"), ("hire", "termination"),
    ("open", "close"), ("opened", "closed"), ("valid_from", "valid_to"), ("lower", "upper"),
)  # fmt: skip


def relations(case: Case) -> Iterator[Candidate]:
    """Propose keys, dependencies, completeness, order."""
    taken = _taken(case)
    yield from _keys(case)
    yield from _dependencies(case, taken)
    yield from _filled(case, taken)
    yield from _order(case)
    yield from _slid(case)


def _keys(case: Case) -> Iterator[Candidate]:
    named = False
    for each in case.profile.keys:
        column = case.profile.column(each.columns[0])
        called = bool(_KEY_NAME.search(column.name))
        share = 1 - each.duplicates / column.filled
        if column.type in ("DOUBLE", "FLOAT") or (column.family in ("time",) and not called):
            continue
        if each.duplicates == 0:
            named = True
            if called or column.family in ("number", "text"):
                yield Candidate(
                    Unique(columns=each.columns, severity="P1"),
                    case.say("unique_holds", rows=column.filled),
                    each.columns,
                )
        elif called and each.duplicates <= (1 - case.setting("nearly_unique")) * column.filled:
            named = True
            yield Candidate(
                Unique(columns=each.columns, severity="P1"),
                case.say("unique", share=share, rows=each.duplicates), each.columns, expected=True,
            )  # fmt: skip
    if not named:
        for pair in case.profile.keys:
            if len(pair.columns) > 1:
                yield Candidate(
                    Unique(columns=pair.columns, severity="P1"),
                    case.say("key_holds", rows=case.profile.rows),
                    pair.columns,
                )
                return


# ── dependencies ──


def _taken(case: Case) -> dict[str, tuple[Dependency, str]]:
    """Give for each dependent column the dependency that is taken, and the column of sources if it is a report."""
    best: dict[str, tuple[Dependency, str]] = {}
    strong = [each for each in case.profile.dependencies if _strong(case, each)]
    ranked = sorted(strong, key=lambda each: (-_worth(each), each.determinant))
    for each in ranked:
        best.setdefault(each.dependent, (each, ""))
    thing, source = _reported(case, strong)
    if thing:
        for each in case.profile.dependencies:
            if (
                each.determinant == (thing,)
                and each.agreement >= case.setting("reported_agreement")
                and each.dependent != source
            ):
                best[each.dependent] = (each, source)
        best = {dependent: each for dependent, each in best.items() if each[0].determinant == (thing,)}
    return best


def _worth(dependency: Dependency) -> float:
    """Give how much a dependency tells: agreement, and how many rows it speaks of."""
    return dependency.agreement + 0.2 * dependency.looked_at / max(1, dependency.basis.rows)


def _strong(case: Case, each: Dependency) -> bool:
    determinant = case.profile.column(each.determinant[0])
    dependent = case.profile.column(each.dependent)
    if (
        dependent.distinct > 0.95 * dependent.filled
        and dependent.distinct > case.profile.column(each.determinant[0]).distinct * 2
    ):
        return False
    return (
        each.agreement >= case.setting("depends")
        and each.share <= case.setting("depends_errors")
        and each.dominance >= case.setting("depends_rare")
        and each.groups >= case.setting("depends_groups")
        and each.looked_at >= case.setting("depends_group") * each.groups
        and each.looked_at >= case.setting("mixed") * min(each.basis.rows, determinant.filled)
    )


def _reported(case: Case, strong: list[Dependency]) -> tuple[str, str]:
    """Give the column of things and the column of sources, where several sources report on the same things.

    A source and a thing name a row; the thing has something that it nearly determines; the source determines nothing.
    """
    things = {
        each.determinant[0]
        for each in strong
        if each.violations and each.looked_at >= case.setting("reported_group") * each.groups
    }
    if not things:
        return "", ""
    pairs = pairs_that_are_keys(
        case.connection, case.sample, case.table, case.profile.columns, 1 - case.setting("reported_key")
    )
    settles = {
        each.determinant[0]
        for each in case.profile.dependencies
        if each.agreement >= case.setting("reported_agreement")
    }
    for thing in sorted(things):
        for pair in pairs:
            if thing not in pair.columns:
                continue
            source = next(each for each in pair.columns if each != thing)
            if source not in settles and _names_a_source(case, case.profile.column(source)):
                return thing, source
    return "", ""


def _names_a_source(case: Case, column: ColumnProfile) -> bool:
    """Tell whether a column may name who reports: a text that is no number or date, and comes again and again."""
    return (
        column.family == "text"
        and not column.casts
        and column.distinct * case.setting("reported_group") <= column.filled
    )


def _dependencies(case: Case, taken: dict[str, tuple[Dependency, str]]) -> Iterator[Candidate]:
    for dependent, (each, source) in sorted(taken.items()):
        of = each.determinant[0]
        where = " AND ".join(filter(None, (real(case.profile.column(column)) for column in (of, dependent))))
        called = f"{of}_determines_{dependent}"
        check = FunctionalDependency(columns=each.determinant, determine=(dependent,), where=where, name=called)
        if source:
            reason = case.say(
                "reported",
                source=source,
                what=dependent,
                of=of,
                rows=case.about(each.violations),
                looked=case.about(each.looked_at),
            )
        elif each.violations:
            reason = case.say(
                "dependency",
                of=of,
                what=dependent,
                rows=case.about(each.violations),
                looked=case.about(each.looked_at),
                groups=each.groups,
            )
        else:
            reason = case.say("dependency_holds", of=of, what=dependent, groups=each.groups)
        yield Candidate(check, reason, (dependent,), expected=each.violations > 0)


def _filled(case: Case, taken: dict[str, tuple[Dependency, str]]) -> Iterator[Candidate]:
    """Columns that every row fills, nearly every row, or whose gaps other rows of the same group could fill."""
    for column in case.profile.columns:
        if not column.rows or column.nulls == column.rows:
            continue
        check = NotNull(columns=(column.name,))
        if column.nulls == 0:
            yield Candidate(check, case.say("not_null_holds", rows=column.rows), (column.name,))
        elif column.null_share <= case.setting("nearly_filled"):
            reason = case.say("not_null", rows=column.nulls, share=column.null_share)
            yield Candidate(check, reason, (column.name,), expected=True)
        elif column.name in taken:
            each = taken[column.name][0]
            known = min(case.about(each.missing), column.nulls)
            if known >= case.setting("known_elsewhere") * column.nulls:
                reason = case.say(
                    "not_null_known", rows=column.nulls, share=column.null_share, known=known, of=each.determinant[0]
                )
                yield Candidate(check, reason, (column.name,), expected=True)


# ── order ──


def _order(case: Case) -> Iterator[Candidate]:
    """Pairs of dates, and pairs of numbers that are called so, of which one is never after the other."""
    columns = [each for each in case.profile.columns if each.family in ("time", "number") and each.filled]
    columns = [each for each in columns if not each.type.startswith("TIME") or each.type.startswith("TIMESTAMP")]
    for first in columns:
        for second in columns:
            if first.name == second.name or first.family != second.family or not _comparable(first, second):
                continue
            a, b = name(first.name), name(second.name)
            both, wrong, equal = case.asked(
                f"SELECT count(*), count(*) FILTER ({a} > {b}), count(*) FILTER ({a} = {b}) FROM {case.sample.source} "
                f"WHERE {a} IS NOT NULL AND {b} IS NOT NULL"
            )[0]
            if both < case.setting("least_numbers") or equal == both or wrong > (1 - case.setting("ordered")) * both:
                continue
            check = Expression(
                expression=f"{a} <= {b}", dimension="consistency", name=f"{first.name}_before_{second.name}"
            )
            said = {"first": first.name, "second": second.name}
            reason = (
                case.say("order", **said, share=1 - wrong / both, rows=case.about(wrong))
                if wrong
                else case.say("order_holds", **said)
            )
            yield Candidate(check, reason, (first.name, second.name), expected=wrong > 0)


def _comparable(first: ColumnProfile, second: ColumnProfile) -> bool:
    """Tell whether an order between two columns would mean something."""
    if first.family == "time":
        overlap = str(first.max) >= str(second.min) and str(second.max) >= str(first.min)
        return (
            overlap
            and (_paired(first.name, second.name) or str(first.min) <= str(second.min))
            and first.type == second.type
        )
    return _paired(first.name, second.name)


def _paired(first: str, second: str) -> bool:
    a, b = first.casefold(), second.casefold()
    return any(low in a and high in b and a.replace(low, "") == b.replace(high, "") for low, high in _PAIRS)


# ── slid into a neighbour ──


def _slid(case: Case) -> Iterator[Candidate]:
    """Rows in which a column is empty and its value stands at the end of another: `Bend OR` and no state."""
    texts = [each for each in case.profile.columns if each.family == "text" and each.filled]
    short = [
        each for each in texts if 0 < each.nulls < each.rows / 2 and 1 < each.distinct <= 4 * case.setting("few_values")
    ]
    for empty in short:
        for other in texts:
            if other.name == empty.name:
                continue
            a, b = name(empty.name), name(other.name)
            domain = f"SELECT DISTINCT {a} AS d FROM {case.sample.source} WHERE length({a}) > 1"
            last = f"regexp_extract({b}, '[\\s,;/|]+([^\\s,;/|]+)$', 1)"
            within, gaps, without = case.asked(
                f"SELECT count(*) FILTER ({a} IS NULL AND {last} IN ({domain})), count(*) FILTER ({a} IS NULL), "
                f"count(*) FILTER ({a} IS NOT NULL AND {last} IN ({domain})) FROM {case.sample.source}"
            )[0]
            # in rows that do have the value, the other column hardly ends in one
            if (
                within < 3
                or within < case.setting("mixed") * gaps
                or without > case.setting("outliers_most") * case.sample.rows
            ):
                continue
            words = sorted(row[0] for row in case.asked(domain))
            ends = "|".join(re.escape(each) for each in words)
            slid = f"{case.sample.source} WHERE {a} IS NULL AND {last} IN ({domain})"
            shown = [row[0] for row in case.asked(f"SELECT DISTINCT {b} FROM {slid} ORDER BY 1 LIMIT 3")]
            yield Candidate(
                Expression(
                    expression=f"{a} IS NOT NULL OR NOT regexp_matches({b}, {string(f'[ ,;/|]({ends})$')})",
                    dimension="consistency", name=f"{empty.name}_not_in_{other.name}",
                ),
                case.say("merged", rows=case.about(within), column=empty.name, other=other.name,
                         examples=case.examples(other.name, shown)),
                (empty.name, other.name), expected=True,
            )  # fmt: skip


# ── other tables ──


def references(case: Case) -> Iterator[Candidate]:
    """Columns whose values are found in the key of another table."""
    for other in case.others:
        for parent in other.columns:
            for column in case.profile.columns:
                if not _refers(column, other.name, parent.name, parent.type):
                    continue
                a, b = name(column.name), name(parent.name)
                unique = case.asked(f"SELECT count(*), count(DISTINCT {b}) FROM {other.source} WHERE {b} IS NOT NULL")[
                    0
                ]
                if not unique[0] or unique[0] != unique[1]:
                    continue
                filled, orphans = case.asked(
                    f"SELECT count({a}), count(*) FILTER ({a} IS NOT NULL AND NOT EXISTS "
                    f"(SELECT 1 FROM {other.source} AS p WHERE p.{b} = c.{a})) "
                    f"FROM {case.sample.source} AS c"
                )[0]
                if not filled or orphans > (1 - case.setting("referring")) * filled:
                    continue
                there = f"{other.name}.{parent.name}"
                reason = (
                    case.say("foreign", share=1 - orphans / filled, parent=there, rows=case.about(orphans))
                    if orphans else case.say("foreign_holds", parent=there)
                )  # fmt: skip
                check = ForeignKey(
                    columns=(column.name,), parent=other.name, parent_columns=(parent.name,), severity="P1"
                )
                yield Candidate(check, reason, (column.name,), expected=orphans > 0)


def _refers(column: ColumnProfile, table: str, parent: str, type_: str) -> bool:
    """Tell whether a column is called as if it referred to that one: customer_id to customers.customer_id or customers.id."""
    if column.type != type_ or column.family not in ("number", "text", "other") or column.type in ("DOUBLE", "FLOAT"):
        return False
    mine, theirs, singular = (
        column.name.casefold(),
        parent.casefold(),
        table.casefold().split(".")[-1].removesuffix("s"),
    )
    if not _KEY_NAME.search(parent) and not mine.endswith(("_code", "_no", "_nr")):
        return False
    return (mine == theirs and mine != "id") or mine in (f"{singular}_{theirs}", f"{singular}{theirs}")
