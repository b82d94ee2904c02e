"""What of the bill belongs to which pipeline, to the last digit; what nobody can tell stays a line of its own, with the reason.

For every month and currency the lines add up to the bill, in both amounts: what was billed, and what the use cost with
commitments spread over it (effective). `allocate` is called by readers.py, which every part of the room asks.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import Any

from decom_nb.phases.cost.activity import NOBODY, Activity, Named, Queried, canonical, query_weights
from decom_nb.phases.cost.category import CATEGORIES, Category
from decom_nb.phases.cost.documents import CostAllocation, Pool
from decom_nb.phases.cost.matching import charge_condition, environment, first_of, tag
from decom_nb.phases.cost.money import divided, total
from decom_nb.phases.cost.monthly_bill import Month, MonthlyBill
from decom_nb.phases.cost.unknown_pipeline import unknown_pipelines
from decom_nb.sql import text

REASONS: Mapping[str, str] = {
    "no_tag": "no tag, and no rule fits",
    "other_tags": "tags, but none names a pipeline, and no rule fits",
    "credit": "credits and refunds that name no pipeline",
    "tax": "taxes",
    "commitment_purchase": "commitments bought; their use is charged where it happens",
    "commitment_unused": "commitments paid for and not used",
    "pool": "shared, and no split is agreed",
    "pool_idle": "shared, and in that month there is nothing to divide it by",
    "pool_nobody": "shared: the part of queries that no pipeline is known to run",
}
"""Why a part of the bill belongs to no pipeline."""

MOST_SILENT = 0.1
"""Up to which share of a month's runs may keep silent on their rows: a cost per row is then high by no more than that."""
HOW_RULE = "rule"
HOW_TAG = "tag"


@dataclass(frozen=True, slots=True)
class Line:
    """A part of the bill, all of one month, currency and category; either a pipeline's or left with a `reason`.

    `spot` says whether it is machines on demand that could be had at a spot price.

    `how` says by which rule, tag or split it came there. `charges` counts those that are wholly in it: of what was divided,
    none.
    """

    month: str
    currency: str
    pipeline: str
    reason: str
    how: str
    pool: str
    category: Category
    development: bool | None
    spot: bool
    effective: Decimal
    billed: Decimal
    charges: int


@dataclass(frozen=True, eq=False)
class Allocation:
    """The whole bill as lines."""

    bill: MonthlyBill
    document: CostAllocation
    lines: tuple[Line, ...]
    activity: Activity
    notes: tuple[str, ...]

    def amount(self, line: Line) -> Decimal:
        """Give the amount of a line that the document asks to be shown."""
        return line.billed if self.document.amount == "billed" else line.effective

    def spent(self, month: Month) -> Decimal:
        """Give what a month comes to, in the amount that the document asks to be shown."""
        return month.billed if self.document.amount == "billed" else month.effective

    def of(self, currency: str, month: str | None = None) -> tuple[Line, ...]:
        """Give the lines in a currency, of one month or of all."""
        return tuple(each for each in self.lines if each.currency == currency and month in (None, each.month))

    def sum(self, lines: Iterable[Line]) -> Decimal:
        """Add up the shown amount of lines."""
        return total(self.amount(each) for each in lines)

    @cached_property
    def pipelines(self) -> tuple[str, ...]:
        """Every pipeline that bears a part of the bill."""
        return tuple(sorted({each.pipeline for each in self.lines if each.pipeline}))

    def by_pipeline(self, currency: str, month: str) -> tuple[Costed, ...]:
        """Give the methodology's template for one month: a row per pipeline, then a row per reason; the dearest first."""
        groups: dict[tuple[str, str], list[Line]] = {}
        for line in self.of(currency, month):
            groups.setdefault((line.pipeline, line.reason), []).append(line)
        rows = [self._costed(pipeline, reason, lines) for (pipeline, reason), lines in groups.items()]
        return tuple(sorted(rows, key=lambda row: (not row.pipeline, -row.total, row.pipeline, row.reason)))

    def _costed(self, pipeline: str, reason: str, lines: Sequence[Line]) -> Costed:
        parts = {name: self.sum(line for line in lines if line.category == name) for name in CATEGORIES}
        worked = self.activity.of(lines[0].month, pipeline) if pipeline else None
        worth = self.document.worth(pipeline) if pipeline else None
        return Costed(
            month=lines[0].month,
            currency=lines[0].currency,
            pipeline=pipeline,
            reason=reason,
            parts=parts,
            total=self.sum(lines),
            billed=total(line.billed for line in lines),
            effective=total(line.effective for line in lines),
            charges=sum(line.charges for line in lines),
            rows=worked.rows if worked else None,
            runs=worked.runs if worked else 0,
            silent_runs=worked.silent if worked else 0,
            business_value=worth.business_value if worth else "",
            value_monthly=worth.value_monthly if worth else None,
            roi_justified=worth.roi_justified if worth else None,
            said_by=worth.said_by if worth else "",
            how=tuple(dict.fromkeys(line.how for line in sorted(lines, key=self.amount, reverse=True) if line.how)),
        )

    def shares(self, currency: str, month: str | None = None) -> tuple[Decimal, Decimal, Decimal]:
        """Give what is to be allocated, what of it is, and what is left aside on purpose (taxes, commitments bought).

        Credits lessen what is to be allocated: a bill is not better known because somebody got a discount.
        """
        lines = self.of(currency, month)
        aside = self.sum(line for line in lines if line.reason in (REASONS["tax"], REASONS["commitment_purchase"]))
        allocated = self.sum(line for line in lines if line.pipeline)
        return total([self.sum(lines), -aside]), allocated, aside


@dataclass(frozen=True, slots=True)
class Costed:
    """A row of the methodology's template, for one month and currency: one pipeline, or what is left for one reason."""

    month: str
    currency: str
    pipeline: str
    reason: str
    parts: Mapping[Category, Decimal]
    total: Decimal
    billed: Decimal
    effective: Decimal
    charges: int
    rows: int | None
    runs: int
    silent_runs: int
    business_value: str
    value_monthly: float | None
    roi_justified: bool | None
    said_by: str
    how: tuple[str, ...]

    @property
    def per_row(self) -> Decimal | None:
        """What a row costs: nothing to say where no run tells rows, or more than a few tell none."""
        told = self.silent_runs <= MOST_SILENT * self.runs
        return self.total / self.rows if self.rows and told else None


def allocate(
    bill: MonthlyBill,
    document: CostAllocation | None,
    worked: Activity,
    query_log: Queried | None = None,
    named: Named | None = None,
) -> Allocation:
    """Allocate the bill by the document's rules, in order, then by tags; without a document by the ``pipeline`` tag alone."""
    rules = document or CostAllocation()
    lines = [line for group in _groups(bill, rules, named) for line in _placed(group, rules, named)]
    shared = _Shared(rules, worked, query_log, named)
    lines = [part for line in lines for part in shared.parts(line)]
    notes = (*unknown_pipelines(bill, rules, worked, named), *_notes(bill, document))
    return Allocation(bill, rules, tuple(_together(lines)), worked, notes)


def _groups(bill: MonthlyBill, rules: CostAllocation, named: Named | None) -> list[dict[str, Any]]:
    keys = bill.tag_keys
    tagged = tag(rules.pipeline_tags, keys)
    by_name = "NULL::VARCHAR"
    if named and named.by_name:  # a resource that bears a pipeline's name is that pipeline's
        listed = ", ".join(text.string(name.casefold()) for name in sorted(named.by_name))
        by_name = f"CASE WHEN lower(resource_name) IN ({listed}) THEN resource_name END"
    conditions = [charge_condition(rule, keys) for rule in rules.rules]
    sql = f"""
        SELECT
            month, currency, kind, category, {first_of(conditions)} AS rule, {tagged} AS tagged, {by_name} AS bears,
            {environment(rules.environment_tags, rules.not_production, keys)} AS development,
            coalesce(cardinality(tags), 0) > 0 AS has_tags, coalesce(spot, false) AS spot,
            sum(effective)::DECIMAL(38,12) AS effective, sum(billed)::DECIMAL(38,12) AS billed,
            sum(charges)::BIGINT AS charges
        FROM cost.monthly GROUP BY ALL ORDER BY ALL
    """  # noqa: S608 - conditions are quoted by matching.py
    return bill.query(sql)


def _placed(group: Mapping[str, Any], rules: CostAllocation, named: Named | None) -> Iterator[Line]:
    line = Line(
        month=group["month"],
        currency=group["currency"],
        pipeline="",
        reason="",
        how="",
        pool="",
        category=group["category"],
        development=group["development"],
        spot=group["spot"],
        effective=group["effective"],
        billed=group["billed"],
        charges=group["charges"],
    )
    kind, at = group["kind"], group["rule"]
    if at is not None:
        rule = rules.rules[at]
        how = f"{HOW_RULE} {at + 1}"
        if rule.to_pool:
            yield replace(line, pool=rule.to_pool, how=how)
        else:
            yield replace(line, pipeline=canonical(rule.to_pipeline, named), how=how)
    elif kind in ("tax", "commitment_purchase", "commitment_unused"):
        yield replace(line, reason=REASONS[kind])
    elif group["tagged"]:
        yield replace(line, pipeline=canonical(group["tagged"], named), how=HOW_TAG)
    elif group["bears"]:
        yield replace(line, pipeline=_by_name(group["bears"], named), how="resource's name")
    elif kind == "credit":
        yield replace(line, reason=REASONS["credit"])
    else:
        yield replace(line, reason=REASONS["other_tags" if group["has_tags"] else "no_tag"])


def _by_name(resource: str, named: Named | None) -> str:
    folded = {name.casefold(): level.pipeline for name, level in named.by_name.items()} if named else {}
    return str(folded[resource.casefold()])


class _Shared:
    """Divides what lies in pools."""

    def __init__(self, rules: CostAllocation, worked: Activity, query_log: Queried | None, named: Named | None) -> None:
        self._rules = rules
        self._worked = worked
        self._query_log = query_log
        self._named = named
        self._of_queries: dict[str, dict[str, dict[str, Fraction]]] = {}

    def parts(self, line: Line) -> Iterator[Line]:
        """Give a line that is in no pool as it is, and one that is as the parts that its document asks for."""
        if not line.pool:
            yield line
            return
        pool = self._rules.pool(line.pool)
        if pool.split_by == "none":
            yield replace(line, reason=REASONS["pool"])
            return
        weights = self.weights(pool, line.month)
        if not weights:
            yield replace(line, reason=REASONS["pool_idle"])
            return
        effective, billed = divided(line.effective, weights), divided(line.billed, weights)
        for name in weights:
            reason = REASONS["pool_nobody"] if name == NOBODY else ""
            how = "" if reason else f"pool {pool.pool} ({pool.split_by.replace('_', ' ')})"
            yield replace(
                line,
                pipeline=name,
                reason=reason,
                how=how,
                effective=effective[name],
                billed=billed[name],
                charges=0,
            )

    def weights(self, pool: Pool, month: str) -> dict[str, Fraction]:
        """Give what a pool is divided by in a month, by pipeline in the order of their names."""
        if pool.split_by == "fixed":
            fixed: dict[str, Fraction] = {}
            for each in pool.shares:
                name = canonical(each.pipeline, self._named)
                fixed[name] = fixed.get(name, Fraction(0)) + Fraction(str(each.share))
            return fixed
        if pool.split_by in ("query_bytes", "query_seconds"):
            if self._query_log is None:
                return {}
            if pool.pool not in self._of_queries:
                self._of_queries[pool.pool] = query_weights(self._query_log, self._rules, pool, self._named)
            found = self._of_queries[pool.pool].get(month, {})
        else:
            found = self._worked.weights(month, pool)
        return dict(sorted(found.items()))


def _together(lines: Iterable[Line]) -> Iterator[Line]:
    """Put lines together that are alike in all but the amounts, in a set order."""
    groups: dict[tuple[Any, ...], list[Line]] = {}
    for line in lines:
        development = {None: 0, False: 1, True: 2}[line.development]
        what = (line.category, line.spot, development)
        key = (line.month, line.currency, line.pipeline, line.reason, line.how, line.pool, *what)
        groups.setdefault(key, []).append(line)
    for key in sorted(groups):
        alike = groups[key]
        yield replace(
            alike[0],
            effective=total(each.effective for each in alike),
            billed=total(each.billed for each in alike),
            charges=sum(each.charges for each in alike),
        )


def _notes(bill: MonthlyBill, document: CostAllocation | None) -> Iterator[str]:
    if document is None:
        yield (
            "Nobody has written down what belongs where (documents/cost_allocation.yaml): charges count for the pipeline that "
            "their tag “pipeline” names, or that the resource is named after; all else is left open."
        )
    told = bill.query(
        "SELECT sum(unpriced)::BIGINT AS unpriced, sum(no_effective)::BIGINT AS no_effective FROM cost.monthly"
    )[0]
    if told["unpriced"]:
        yield f"{told['unpriced']:,} charges have no billed cost and add nothing to it."
    if told["no_effective"]:
        yield f"{told['no_effective']:,} charges have no effective cost; their billed cost stands in for it."
    if len(bill.currencies) > 1:
        yield f"The bill is in {', '.join(bill.currencies)}: they are kept apart."
