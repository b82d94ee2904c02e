"""What the notebook shows of cost: the sum of it, months, the methodology's template, red flags, ways to save, the outlook."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from decom_nb.chart import Figure
from decom_nb.phases.cost import charts
from decom_nb.phases.cost.measures import NOBODYS, OTHERS
from decom_nb.phases.cost.money import chance, per_million, written
from decom_nb.row_table import row_table
from decom_nb.view import View, render, view
from decom_nb.wording import listed, percent

__all__ = ["allocation", "backlog", "flags", "months", "outlook", "pipelines", "savings", "summary"]

Row = Mapping[str, Any]

_NO_BILL = (
    "There is no bill yet. Have the provider export it in the FOCUS format, put the export into evidence/, and every pipeline "
    "gets its cost; a query log and a listing of the objects in storage show what of it is waste."
)
_BADGES = {"false": "bad", "true": "good", "not_known": "unknown", "not_applicable": "not_applicable", "error": "error"}
_OUTCOMES = {"false": "red flag", "true": "fine", "not_known": "not known", "not_applicable": "does not apply"}
_STANDINGS = {
    "applies": "applies",
    "not_applicable": "does not apply",
    "not_known": "not known",
    "done": "done",
    "refused": "not wanted",
}


def summary(
    costs: Row | None, cost_flags: Row | None, cost_savings: Row | None, cost_outlook: Sequence[Row] | None
) -> View:
    """What the platform costs in a month, how much of it is whose, what is waste, and what could be saved."""
    if not costs or not costs["months"]:
        return view(_note(_NO_BILL))
    newest = [_newest(costs, currency) for currency in costs["currencies"]]
    shares = {each["currency"]: each for each in costs["shares"]}
    return view(
        _html(
            "summary.html",
            newest=[month for month in newest if month],
            shares=shares,
            flags=cost_flags,
            flying=[each for each in (cost_flags or {}).get("flags", ()) if each["outcome"] == "false"],
            savings=cost_savings,
            outlook=next(iter(cost_outlook or ()), None),
            amount=costs["amount"],
            notes=costs["notes"],
        )
    )


def months(costs: Row | None) -> View:
    """What each month came to, by compute, storage, egress and other."""
    if not costs or not costs["months"]:
        return view(_note(_NO_BILL))
    figures = []
    for currency in costs["currencies"]:
        own = [each for each in costs["months"] if each["currency"] == currency and each["month"]]
        if not own:
            continue
        rows = charts.category_rows(own)
        first, last = own[0], own[-1]
        alt = (
            f"{len(own)} months: {first['month']} came to {written(first['total'], currency)}, {last['month']} to "
            f"{written(last['total'], currency)}."
        )
        note = f"{costs['amount'].capitalize()} cost. A month marked as a part is not told of to its end."
        note += _gaps(rows)
        title = f"Cost by month and kind, {currency}"
        figures.append(Figure(charts.stacked_months(rows, charts.CATEGORY_COLOURS), title, alt, rows, note))
    return view(*figures)


def pipelines(costs: Row | None) -> View:
    """What each month came to, by pipeline."""
    if not costs or not costs["series"]:
        return view(_note(_NO_BILL))
    figures = []
    for currency in costs["currencies"]:
        own = [each for each in costs["series"] if each["currency"] == currency and each["month"]]
        if not own:
            continue
        complete = {each["month"]: each["complete"] for each in costs["months"] if each["currency"] == currency}
        rows = charts.pipeline_rows(own, complete)
        colours = charts.pipeline_colours(own, NOBODYS, OTHERS)
        named = [name for name in colours if name not in (NOBODYS, OTHERS)]
        alt = f"Cost by month of {listed(named[:7]) if named else 'no pipeline'}, and of what belongs to none."
        note = "Grey belongs to no pipeline: no rule and no tag says whose it is." + _gaps(rows)
        figures.append(
            Figure(charts.stacked_months(rows, colours), f"Cost by month and pipeline, {currency}", alt, rows, note)
        )
    return view(*figures)


def allocation(costs: Row | None) -> View:
    """The methodology's template for the newest whole month: each pipeline's cost, per row, beside what it brings."""
    if not costs or not costs["pipelines"]:
        return view(_note(_NO_BILL))
    tables = []
    for currency in costs["currencies"]:
        rows = [each for each in costs["pipelines"] if each["currency"] == currency]
        if rows:
            tables.append(
                {
                    "currency": currency,
                    "month": rows[0]["month"],
                    "owned": [each for each in rows if each["pipeline"]],
                    "left": [each for each in rows if not each["pipeline"]],
                    "total": sum(each["total"] for each in rows),
                    "billed": sum(each["billed"] for each in rows),
                }
            )
    return view(_html("allocation.html", tables=tables, amount=costs["amount"], notes=costs["notes"]))


def flags(cost_flags: Row | None) -> View:
    """The methodology's seven red flags: what shows each, what it costs in a month, what to do."""
    if not cost_flags:
        return view(_note(_NO_BILL))
    order = ["false", "not_known", "true", "not_applicable"]
    ranked = sorted(cost_flags["flags"], key=lambda each: (order.index(each["outcome"]), -(each["money"] or 0)))
    return view(
        _html(
            "flags.html",
            told=cost_flags,
            flags=ranked,
            badges=_BADGES,
            outcomes=_OUTCOMES,
            row_table=row_table,
        )
    )


def savings(cost_savings: Row | None) -> View:
    """The eight ways to save: what each touches here and saves of it after those before it, against its effort."""
    if not cost_savings:
        return view(_note(_NO_BILL))
    currency = cost_savings["currency"]
    rows = charts.lever_rows(cost_savings["levers"], currency)
    drawn = None
    if rows:
        best = max(rows, key=lambda row: row["middle"])
        most = f"the most, {written(best['middle'], currency)} a month, comes from: {best['lever']}"
        alt = f"{len(rows)} of 8 ways to save apply; {most}."
        note = "Range: where the saving lies with a chance of 9 in 10, each way taking any value of its own range; mark: the "
        note += "middle. Least effort first. Parts add up to the total: none counts money twice."
        drawn = Figure(charts.savings_by_effort(rows), "Savings per month, by effort", alt, rows, note)
    table = _html("savings.html", told=cost_savings, standings=_STANDINGS, share=percent)
    return view(_html("savings_total.html", told=cost_savings), drawn, table)


def backlog(cost_savings: Row | None) -> View:
    """What to do about cost, ranked by what it saves for its effort."""
    if not cost_savings:
        return view(_note(_NO_BILL))
    return view(_html("backlog.html", rows=cost_savings["backlog"]))


def outlook(cost_outlook: Sequence[Row] | None) -> View:
    """Where spend is going, and whether it stays within the budget."""
    if not cost_outlook:
        return view(_note(_NO_BILL))
    blocks: list[Any] = []
    for each in cost_outlook:
        rows = charts.outlook_rows(each)
        currency = each["currency"]
        if rows:
            coming = each["ahead"]
            ends = (
                f"{coming[-1]['month']} is expected between {written(coming[-1]['low'], currency)} and "
                f"{written(coming[-1]['high'], currency)}."
                if coming
                else "Nothing is forecast."
            )
            alt = f"{len(each['past'])} months of spend. {ends}"
            note = f"Bars: spent. Ranges: 9 of 10 futures, from {each['made_of']}." if coming else "Bars: spent."
            note += (" Dashed: the budget." if each["budget"] is not None else "") + _gaps(rows)
            blocks.append(Figure(charts.outlook_months(rows), f"Spend and outlook, {currency}", alt, rows, note))
        blocks.append(_html("outlook.html", told=each))
    return view(*blocks)


def _gaps(rows: Sequence[Row]) -> str:
    """Say of which months there is no bill, though there is one before and after them."""
    _, gaps = charts.months_with_gaps(list(dict.fromkeys(row["month"] for row in rows)))
    return f" There is no bill of {listed(gaps)}." if gaps else ""


def _newest(costs: Row, currency: str) -> Row | None:
    own = [each for each in costs["months"] if each["currency"] == currency and each["month"]]
    whole = [each for each in own if each["complete"]]
    return next(reversed(whole or own), None)


def _note(text: str) -> Any:
    return _html("note.html", text=text)


def _html(template: str, **values: Any) -> Any:
    return render(
        "decom_nb.phases.cost",
        template,
        money=written,
        percent=percent,
        per_million=per_million,
        chance=chance,
        **values,
    )
