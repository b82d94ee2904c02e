"""Feature stores as a page: features with their freshness and time to live, drawn and listed. `views.py` calls it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from decom_nb.chart import BAD, GOOD, MUTED, Figure, alt
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
    """Draw for each feature the time to live as a bar, and the time between runs as a tick on it."""
    states = ["lives until the next run", "expires before the next run"]
    base = alt.Chart(alt.Data(values=[dict(each) for each in rows])).encode(
        y=alt.Y("feature:N", sort=None, title=None),
    )
    bars = base.mark_bar(size=14).encode(
        x=alt.X("ttl_hours:Q", title="hours", scale=alt.Scale(zero=True)),
        color=alt.Color(
            "state:N", title=None, scale=alt.Scale(domain=states, range=[GOOD, BAD]), legend=alt.Legend(orient="top")
        ),
        tooltip=["feature:N", "every_hours:Q", "ttl_hours:Q", "state:N"],
    )
    ticks = base.mark_tick(thickness=3, size=26, color=MUTED).encode(x="every_hours:Q")
    return alt.layer(bars, ticks).properties(height=alt.Step(34))


def _told(store: Row) -> list[dict[str, Any]]:
    rows = []
    for each in store["features"]:
        how = each["aggregation"] or ""
        if each["window_days"]:
            how += f" of {each['window_days']:g} days"
        rows.append({**each, "how": how.strip(), "ttl": f"{each['ttl_hours']:g} h" if each["ttl_hours"] else ""})
    return rows


_NOTE = "A bar is how long a value may be served, the tick how far apart runs are: a bar that ends before its tick leaves a gap."
