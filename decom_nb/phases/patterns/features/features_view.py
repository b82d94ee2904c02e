"""Feature stores as a page: features with their freshness and time to live, drawn and listed. `views.py` calls it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from decom_nb.chart import BAD, GOOD, MUTED, Figure, alt, layered
from decom_nb.view import View, render, view

Row = Mapping[str, Any]


def features_view(stores: Sequence[Row]) -> View:
    """Show every feature store: what it is, and how long its values live against how often they are made."""
    blocks: list[Any] = []
    for store in stores:
        blocks.append(render("decom_nb.phases.patterns", "features.html", store=store, told=_told(store)))
        rows = life_rows(store)
        if rows:
            short = [each["feature"] for each in rows if each["state"] == "expires before the next run"]
            alt = f"Time to live against the time between runs of {len(rows)} features; too short: {', '.join(short) or 'none'}."
            shown = [{name: each[name] for name in ("feature", "every_hours", "ttl_hours", "state")} for each in rows]
            blocks.append(
                Figure(life_chart(rows), "How long values live, against how often they are made", alt, shown, _NOTE)
            )
    return view(*blocks)


def life_rows(store: Row) -> list[dict[str, Any]]:
    """Give the features of which both times are told, hours and state."""
    rows = []
    for each in store["features"]:
        every, ttl = each["every_hours"], each["ttl_hours"]
        if every is None or ttl is None or each["computation"] == "on-demand":
            continue
        streamed = each["computation"] == "streaming" or every == 0
        state = "lives until the next run" if streamed or ttl > every else "expires before the next run"
        rows.append({"feature": each["name"], "every_hours": every, "ttl_hours": ttl, "state": state})
    return rows


def life_chart(rows: Sequence[Row]) -> Any:
    """Draw for each feature the time between runs as a tick and the time to live as a dot, hours growing by the power."""
    states = ["lives until the next run", "expires before the next run"]
    hours = alt.Axis(values=[0, 1, 6, 24, 168, 744, 8760], format=",d", labelOverlap="greedy")
    scale = alt.Scale(type="symlog", constant=1, domain=[0, max(24, *(each["ttl_hours"] for each in rows)) * 1.5])
    colour = alt.Color(
        "state:N", title=None, scale=alt.Scale(domain=states, range=[GOOD, BAD]), legend=alt.Legend(orient="top")
    )
    tooltip = ["feature:N", "every_hours:Q", "ttl_hours:Q", "state:N"]
    base = alt.Chart().encode(y=alt.Y("feature:N", sort=None, title=None, axis=alt.Axis(labelLimit=260)))
    x = alt.X("every_hours:Q", title="hours", scale=scale, axis=hours)
    lines = base.mark_rule(strokeWidth=3).encode(x=x, x2="ttl_hours:Q", color=colour)
    ticks = base.mark_tick(thickness=3, size=18, color=MUTED).encode(x=x)
    dots = base.mark_point(size=110, filled=True, opacity=1).encode(
        x=alt.X("ttl_hours:Q", scale=scale, axis=hours),
        color=colour,
        shape=alt.Shape("state:N", scale=alt.Scale(domain=states, range=["circle", "cross"]), title=None),
        tooltip=tooltip,
    )
    return layered(lines, ticks, dots, rows=[dict(each) for each in rows], height=alt.Step(30))


def _told(store: Row) -> list[dict[str, Any]]:
    rows = []
    for each in store["features"]:
        how = each["aggregation"] or ""
        if each["window_days"]:
            how += f" of {each['window_days']:g} days"
        rows.append({**each, "how": how.strip(), "ttl": f"{each['ttl_hours']:g} h" if each["ttl_hours"] else ""})
    return rows


_NOTE = (
    "The tick is how far apart runs are, the dot how long a value may be served, in hours: a dot on its tick, or left of it, "
    "leaves a gap in which nothing is served."
)
