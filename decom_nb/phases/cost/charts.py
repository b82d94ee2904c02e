"""Charts of cost: month by month, what the ways to save bring for their effort, and where spend is going. Rows in, chart out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from decom_nb import palette
from decom_nb.chart import ACCENT, BAD, MUTED, UNKNOWN, alt, layered

CATEGORY_COLOURS: Mapping[str, str] = {
    "compute": palette.SERIES[0].light,
    "storage": palette.SERIES[1].light,
    "egress": palette.SERIES[2].light,
    "other": palette.SERIES[7].light,
}
EFFORTS: Mapping[str, str] = {
    "low": palette.SERIES[2].light,
    "medium": palette.SERIES[1].light,
    "high": palette.SERIES[5].light,
}
NOBODYS_COLOUR = UNKNOWN
_SHORT_GAP = 3
_WITHOUT_CENTS = 100
_BAND = 0.7
"""The part of a month's room that its bar takes, however wide the page is."""
_SHORTENED = 1_000_000
_WHOLE = 10
LABELLED_MONTHS = 14
"""Up to so many months each bar has its sum on top."""


def category_rows(months: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Give a row for each month and category."""
    return [
        {
            "month": _marked(month["month"], month["complete"]),
            "kind": name,
            "rank": rank,
            "cost": month[name],
            "all": month["total"],
            "label": _amount(month["total"]),
            "currency": month["currency"],
        }
        for month in months
        for rank, name in enumerate(CATEGORY_COLOURS)
    ]


def pipeline_rows(series: Sequence[Mapping[str, Any]], complete: Mapping[str, bool]) -> list[dict[str, Any]]:
    """Give a row for each month and pipeline; `complete` says of months whether the bill covers them whole."""
    sums: dict[str, float] = {}
    for row in series:
        sums[row["month"]] = sums.get(row["month"], 0.0) + row["total"]
    return [
        {
            "month": _marked(row["month"], complete.get(row["month"], True)),
            "kind": row["pipeline"],
            "rank": row["rank"],
            "cost": row["total"],
            "all": sums[row["month"]],
            "label": _amount(sums[row["month"]]),
            "currency": row["currency"],
        }
        for row in series
    ]


def _amount(amount: float) -> str:
    return f"{amount:,.0f}" if abs(amount) >= _WITHOUT_CENTS else f"{amount:,.2f}"


def _axis(rows: Sequence[Mapping[str, Any]], *keys: str) -> Any:
    """Give an axis of amounts: written out as far as they are short."""
    most = max((abs(row[key]) for row in rows for key in keys if row[key] is not None), default=0.0)
    return alt.Axis(format="~s" if most >= _SHORTENED else ",.0f" if most >= _WHOLE else ",.2~f")


def _marked(month: str, complete: bool) -> str:
    """Mark a month of which the bill tells a part only."""
    return month if complete else f"{month} (part)"


def months_with_gaps(months: Sequence[str]) -> tuple[list[str], list[str]]:
    """Give the places of an axis of months, gaps among them, and the gaps in words.

    Up to `_SHORT_GAP` missing months have a place each; more share one, so that a long gap does not push all else together.

    >>> months_with_gaps(["2024-09 (part)", "2026-08", "2026-10"])
    (['2024-09 (part)', '…', '2026-08', '2026-09', '2026-10'], ['2024-10 to 2026-07', '2026-09'])
    """
    places: list[str] = []
    gaps: list[str] = []
    before: int | None = None
    for month in months:
        here = _place(month)
        missing = [] if before is None or here is None else [_named(at) for at in range(before + 1, here)]
        if missing:
            gaps.append(missing[0] if len(missing) == 1 else f"{missing[0]} to {missing[-1]}")
            # Each place needs a name of its own.
            places += missing if len(missing) <= _SHORT_GAP else ["…" + "\u200b" * (len(gaps) - 1)]
        places.append(month)
        before = here if here is not None else before
    return places, gaps


def _place(month: str) -> int | None:
    """Give a month as a number; nothing of a charge that has no month."""
    year, _, rest = month.partition("-")
    return int(year) * 12 + int(rest[:2]) - 1 if year.isdigit() and rest[:2].isdigit() else None


def _named(place: int) -> str:
    return f"{place // 12:04d}-{place % 12 + 1:02d}"


def _scale(rows: Sequence[Mapping[str, Any]]) -> tuple[list[str], Any]:
    """Give the places of the axis of months, and its scale, in which gaps are seen as gaps."""
    places, _ = months_with_gaps(list(dict.fromkeys(row["month"] for row in rows)))
    return places, alt.Scale(domain=places)


def stacked_months(rows: Sequence[dict[str, Any]], colours: Mapping[str, str]) -> Any:
    """Draw each month as a bar, parted by kind; the sum stands on top."""
    months, scale = _scale(rows)
    kinds = [kind for kind in colours if any(row["kind"] == kind for row in rows)]
    x = alt.X("month:O", sort=months, scale=scale, title=None, axis=alt.Axis(labelAngle=0, labelOverlap=True))
    bars = (
        alt.Chart()
        .mark_bar(width={"band": _BAND})
        .encode(
            x=x,
            y=alt.Y("cost:Q", title=rows[0]["currency"] if rows else "", axis=_axis(rows, "all")),
            color=alt.Color(
                "kind:N",
                title=None,
                sort=kinds,
                scale=alt.Scale(domain=kinds, range=[colours[kind] for kind in kinds]),
                legend=alt.Legend(columns=4 if len(kinds) <= 4 else 2),
            ),
            order=alt.Order("rank:Q"),
            tooltip=[
                alt.Tooltip("month:N"),
                alt.Tooltip("kind:N", title="what"),
                alt.Tooltip("cost:Q", format=",.2f"),
                alt.Tooltip("all:Q", format=",.2f", title="in all"),
            ],
        )
    )
    if len(months) > LABELLED_MONTHS:
        return layered(bars, rows=rows, height=240)
    totals = (
        alt.Chart()
        .transform_filter("datum.rank === 0")
        .mark_text(dy=-8)
        .encode(x=x, y=alt.Y("all:Q"), text=alt.Text("label:N"))
    )
    return layered(bars, totals, rows=rows, height=240)


def pipeline_colours(series: Sequence[Mapping[str, Any]], nobodys: str, others: str) -> dict[str, str]:
    """Give pipelines their colours, the dearest first; what belongs to nobody is grey, the rest of them too."""
    names = list(dict.fromkeys(row["pipeline"] for row in sorted(series, key=lambda row: row["rank"])))
    own = [name for name in names if name not in (nobodys, others)]
    colours = {name: palette.SERIES[at % (len(palette.SERIES) - 1)].light for at, name in enumerate(own)}
    if others in names:
        colours[others] = palette.SERIES[7].light
    if nobodys in names:
        colours[nobodys] = NOBODYS_COLOUR
    return colours


def lever_rows(levers: Sequence[Mapping[str, Any]], currency: str) -> list[dict[str, Any]]:
    """Give a row for each lever that applies: least effort first, then what saves most."""
    applying = [each for each in levers if each["saves_middle"] is not None]
    order = list(EFFORTS)
    ranked = sorted(applying, key=lambda each: (order.index(each["effort"]), -each["saves_middle"]))
    return [
        {
            "lever": each["title"].partition(" (")[0],
            "order": at,
            "effort": each["effort"],
            "low": each["saves_low"],
            "middle": each["saves_middle"],
            "high": each["saves_high"],
            "label": _amount(each["saves_middle"]),
            "touches": each["touches"],
            "currency": currency,
        }
        for at, each in enumerate(ranked)
    ]


def savings_by_effort(rows: Sequence[dict[str, Any]]) -> Any:
    """Draw what each lever saves in a month as a range with its middle; colour and order say the effort."""
    met = [effort for effort in EFFORTS if any(row["effort"] == effort for row in rows)]
    y = alt.Y("lever:N", sort=alt.SortField("order"), title=None, axis=None)
    colour = alt.Color(
        "effort:N",
        title="effort",
        sort=met,
        scale=alt.Scale(domain=met, range=[EFFORTS[effort] for effort in met]),
        legend=alt.Legend(offset=10),
    )
    tooltip = [
        alt.Tooltip("lever:N"),
        alt.Tooltip("low:Q", format=",.2f"),
        alt.Tooltip("middle:Q", format=",.2f"),
        alt.Tooltip("high:Q", format=",.2f"),
        alt.Tooltip("touches:Q", format=",.2f"),
        alt.Tooltip("effort:N"),
    ]
    title = f"{rows[0]['currency']} saved per month" if rows else ""
    x = alt.X("low:Q", title=title, scale=alt.Scale(zero=True, nice=True), axis=_axis(rows, "high"))
    ranges = (
        alt.Chart()
        .mark_bar(size=12, opacity=0.55, cornerRadius=6)
        .encode(x=x, x2="high:Q", y=y, color=colour, tooltip=tooltip)
    )
    middles = alt.Chart().mark_tick(size=18, thickness=3).encode(x="middle:Q", y=y, color=colour, tooltip=tooltip)
    figures = alt.Chart().mark_text(align="left", dx=10).encode(x="high:Q", y=y, text=alt.Text("label:N"))
    # The name stands above its range: beside it, on a narrow page, there would be no room for the range.
    names = (
        alt.Chart().mark_text(align="left", dy=-16, color=MUTED).encode(x=alt.value(4), y=y, text=alt.Text("lever:N"))
    )
    return layered(ranges, middles, figures, names, rows=rows, height=alt.Step(46))


def outlook_rows(outlook: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Give a row for each month: past with what it came to, coming with the band and its middle."""
    coming = {each["month"] for each in outlook["ahead"]}
    past = [
        {
            "month": _marked(each["month"], each["complete"]),
            "what": "spent",
            "cost": each["spend"],
            "low": None,
            "high": None,
            "budget": outlook["budget"],
            "currency": outlook["currency"],
        }
        for each in outlook["past"]
        if each["complete"] or each["month"] not in coming
    ]
    ahead = [
        {
            "month": each["month"],
            "what": "expected",
            "cost": each["middle"],
            "low": each["low"],
            "high": each["high"],
            "budget": outlook["budget"],
            "currency": outlook["currency"],
        }
        for each in outlook["ahead"]
    ]
    return past + ahead


def outlook_months(rows: Sequence[dict[str, Any]]) -> Any:
    """Draw months that were as bars, months to come as ranges with their middle, and the budget as a line."""
    months, scale = _scale(rows)
    x = alt.X("month:O", sort=months, scale=scale, title=None, axis=alt.Axis(labelAngle=0, labelOverlap=True))
    tooltip = [
        alt.Tooltip("month:N"),
        alt.Tooltip("what:N", title=" "),
        alt.Tooltip("cost:Q", format=",.2f"),
        alt.Tooltip("low:Q", format=",.2f"),
        alt.Tooltip("high:Q", format=",.2f"),
    ]
    y = alt.Y("cost:Q", title=rows[0]["currency"] if rows else "", axis=_axis(rows, "cost", "high", "budget"))
    pale = alt.OpacityValue(1, condition={"test": "indexof(datum.month, '(part)') >= 0", "value": 0.45})
    spent = (
        alt.Chart()
        .transform_filter("datum.what === 'spent'")
        .mark_bar(width={"band": _BAND})
        .encode(x=x, y=y, opacity=pale, tooltip=tooltip)
    )
    coming = alt.Chart().transform_filter("datum.what === 'expected'")
    bands = coming.mark_bar(width={"band": _BAND}, opacity=0.35, color=ACCENT).encode(
        x=x, y=alt.Y("low:Q"), y2="high:Q", tooltip=tooltip
    )
    middles = coming.mark_point(size=90, shape="diamond", color=ACCENT, filled=True).encode(
        x=x, y="cost:Q", tooltip=tooltip
    )
    layers = [spent, bands, middles]
    if any(row["budget"] is not None for row in rows):
        budget = alt.Chart().transform_filter("datum.budget !== null")
        layers.append(budget.mark_rule(color=BAD, strokeDash=[6, 4], strokeWidth=2).encode(y="min(budget):Q"))
    return layered(*layers, rows=rows, height=240)
