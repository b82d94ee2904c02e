"""The first two red flags: a pipeline that bears most of the bill, and a row that costs more every month."""

from __future__ import annotations

from decimal import Decimal

from decom_nb.phases.cost.flag import Flag, Looked, Row, dear_first, rounded
from decom_nb.phases.cost.money import ZERO, total
from decom_nb.series.trend import trend
from decom_nb.wording import percent

WITHOUT_A_BILL = "This cannot be told without a bill in the FOCUS format."


def no_pipeline_dominates(looked: Looked, *, share: float, pipelines_needed: int) -> Flag:
    """Look for pipelines that bear more than a share of the month's spend."""
    if looked.allocation is None or looked.month is None:
        return Flag("not_known", WITHOUT_A_BILL)
    costed = [
        row
        for row in looked.allocation.by_pipeline(looked.currency, looked.month.month)
        if row.pipeline and row.total > 0
    ]
    if not costed:
        return Flag("not_known", f"Nothing of {looked.month.month} is allocated to a pipeline.")
    whole = looked.whole
    if whole <= 0:
        return Flag("not_applicable", f"There is no spend in {looked.month.month}.")
    if len(costed) < pipelines_needed:
        bear = "pipeline bears" if len(costed) == 1 else "pipelines bear"
        text = f"Only {len(costed)} {bear} cost: with fewer than {pipelines_needed} one of them always bears most."
        return Flag("not_applicable", text)
    large = [row for row in costed if row.total > whole * Decimal(str(share))]
    rows = [
        {
            "pipeline": row.pipeline,
            "month": row.month,
            "cost": rounded(row.total),
            "currency": row.currency,
            "share of spend": percent(float(row.total / whole)),
        }
        for row in large
    ]
    unknown = total([whole, *(-row.total for row in costed)])
    if not large:
        # What nobody allocated may be one pipeline's.
        most = max(row.total for row in costed)
        if most + max(unknown, ZERO) > whole * Decimal(str(share)):
            text = (
                f"No pipeline is seen to bear more than {percent(share)} of {looked.month.month}, but "
                f"{percent(float(unknown / whole))} of it is allocated to none."
            )
            return Flag("not_known", text)
        return Flag("true", f"None of {len(costed)} pipelines bears more than {percent(share)} of the month's spend.")
    money = total(row.total for row in large)
    text = (
        f"{len(large)} of {len(costed)} pipelines {'bears' if len(large) == 1 else 'each bear'} more than {percent(share)} of "
        f"{looked.month.month}'s spend: {looked.amount(money)}."
    )
    return Flag("false", text, tuple(rows), money=money)


def unit_cost_is_stable(looked: Looked, *, months_needed: int, months_most: int, rise: float, chance: float) -> Flag:
    """Look for pipelines whose cost per row rises month over month: by a trend test, and by a size that matters."""
    if looked.allocation is None or looked.bill is None:
        return Flag("not_known", WITHOUT_A_BILL)
    allocation, bill = looked.allocation, looked.bill
    months = bill.complete(looked.currency)[-months_most:]
    series: dict[str, list[tuple[str, Decimal, int]]] = {}
    for month in months:
        for row in allocation.by_pipeline(looked.currency, month.month):
            if row.pipeline and row.per_row is not None and row.rows and row.per_row > 0:
                series.setdefault(row.pipeline, []).append((row.month, row.per_row, row.rows))
    long = {name: told for name, told in series.items() if len(told) >= months_needed}
    if not long:
        most = max((len(told) for told in series.values()), default=0)
        text = (
            f"Cost per row is known for {most} whole month{'' if most == 1 else 's'} at most; a trend takes {months_needed}. It "
            "needs a bill and the runs' rows in the same months."
        )
        return Flag("not_known", text)
    rising: list[Row] = []
    money = []
    for name, told in long.items():
        found = trend([float(cost) for _, cost, _ in told])
        if found is None or found.p_rising > chance or found.change is None or found.change < rise:
            continue
        more = max(told[-1][1] - Decimal(str(found.start)), ZERO) * told[-1][2]
        money.append(more)
        rising.append(
            {
                "pipeline": name,
                "months": len(told),
                "from": told[0][0],
                "to": told[-1][0],
                "per million rows, first": rounded(told[0][1] * 1_000_000),
                "per million rows, last": rounded(told[-1][1] * 1_000_000),
                "rise along the trend": percent(found.change),
                "chance of that by accident": percent(found.p_rising),
                "more per month": rounded(more),
                "currency": looked.currency,
            }
        )
    short = len(series) - len(long)
    more_text = f" {short} more have too few months to tell." if short else ""
    if not rising:
        return Flag("true", f"Cost per row does not rise in any of {len(long)} pipelines.{more_text}", money=ZERO)
    whole = total(money)
    text = (
        f"Cost per row rises month over month in {len(rising)} of {len(long)} pipelines, which comes to "
        f"{looked.amount(whole)} more than where the trend began.{more_text}"
    )
    return Flag("false", text, dear_first(rising, "more per month"), met=1 - len(rising) / len(long), money=whole)
