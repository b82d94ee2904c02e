"""A decision tree as a drawing: every question and every end, the path that was taken, and what it leaves behind in grey.

Rooms' views and the form that walks a tree draw with it. Rows in, chart out.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from decom_nb import palette
from decom_nb.chart import ACCENT, INK, MUTED, WARN, Figure, alt, layered
from decom_nb.decision_tree import Leaf, Tree, branches

_DEEP = 17
"""Steps of indentation that fill the drawing's width; words need most of it."""
_TAKEN, _HERE, _AHEAD, _LEFT = "taken", "here", "still possible", "left behind"


def tree_rows(tree: Tree, route: Sequence[str]) -> list[dict[str, Any]]:
    """Give a row for each question and end, from the top down, and whether the way along `route` came by.

    `route` are the names from the root to where a walk stands: an end, or the question that is open. ``state`` says ``taken``,
    ``here``, ``still possible`` (below an open question) or ``left behind``.
    """
    rows: list[dict[str, Any]] = []
    at_depth: dict[int, int] = {}
    for order, branch in enumerate(branches(tree)):
        at_depth[branch.depth] = order
        known = list(branch.route)
        if known == list(route):
            state = _HERE
        elif known == list(route[: len(known)]):
            state = _TAKEN
        else:
            state = _AHEAD if known[: len(route)] == list(route) else _LEFT
        is_end = isinstance(branch.here, Leaf)
        rows.append(
            {
                "text": f"{branch.answer} → {branch.here.short}" if branch.answer else branch.here.short,
                "what": "end" if is_end else "question",
                "state": state,
                "order": order,
                "depth": branch.depth,
                "from_order": at_depth.get(branch.depth - 1, order),
                "from_depth": max(branch.depth - 1, 0),
                "says": branch.here.recommends if isinstance(branch.here, Leaf) else branch.here.question,
            }
        )
    # What is taken is drawn last, so that no grey line crosses it.
    return sorted(rows, key=lambda row: (_STATES.index(row["state"]), row["order"]))


_STATES = (_LEFT, _AHEAD, _TAKEN, _HERE)


def tree_chart(rows: Sequence[dict[str, Any]]) -> Any:
    """Draw the tree from the top down, a line for each question and end."""
    most = max(row["order"] for row in rows)
    across = alt.Scale(domain=[-0.3, _DEEP], nice=False)
    down = alt.Scale(domain=[-0.6, most + 0.6], reverse=True, nice=False)
    x = alt.X("depth:Q", axis=None, scale=across)
    y = alt.Y("order:Q", axis=None, scale=down)
    grey = palette.LINE.light
    on_path = alt.FieldOneOfPredicate("state", [_TAKEN, _HERE])
    line = {
        "color": alt.condition(on_path, alt.value(ACCENT), alt.value(grey)),
        "strokeWidth": alt.condition(on_path, alt.value(3), alt.value(1.25)),
    }
    upright = (
        alt.Chart()
        .mark_rule()
        .encode(
            x=alt.X("from_depth:Q", axis=None, scale=across),
            y=alt.Y("from_order:Q", axis=None, scale=down),
            y2="order:Q",
            **line,
        )
    )
    level = alt.Chart().mark_rule().encode(x=alt.X("from_depth:Q", axis=None, scale=across), x2="depth:Q", y=y, **line)
    tooltip = [
        alt.Tooltip("says:N", title="in full"),
        alt.Tooltip("what:N", title="this is"),
        alt.Tooltip("state:N", title="it is"),
    ]
    dots = (
        alt.Chart()
        .mark_point(filled=True, opacity=1, size=95)
        .encode(
            x=x,
            y=y,
            shape=alt.Shape(
                "what:N", scale=alt.Scale(domain=["question", "end"], range=["circle", "square"]), legend=None
            ),
            color=alt.Color(
                "state:N",
                scale=alt.Scale(domain=list(_STATES), range=[grey, MUTED, ACCENT, _here_colour(rows)]),
                legend=None,
            ),
            tooltip=tooltip,
        )
    )
    words = [
        alt.Chart()
        .transform_filter(alt.FieldOneOfPredicate("state", states))
        .mark_text(align="left", baseline="middle", dx=10, fontSize=12.5, fontWeight=weight, color=colour)
        .encode(x=x, y=y, text="text:N", tooltip=tooltip)
        for states, weight, colour in (
            ([_LEFT], "normal", MUTED),
            ([_AHEAD], "normal", INK),
            ([_TAKEN, _HERE], "bold", INK),
        )
    ]
    return layered(upright, level, dots, *words, rows=rows, height=24 * (most + 1))


def _here_colour(rows: Sequence[dict[str, Any]]) -> str:
    """Give the colour of where the walk stands: an open question waits for somebody, an end does not."""
    is_open = any(row["state"] == _HERE and row["what"] == "question" for row in rows)
    return WARN if is_open else ACCENT


def tree_figure(tree: Tree, route: Sequence[str], title: str, note: str = "") -> Figure:
    """Draw a tree with the way that was taken, for every face."""
    rows = tree_rows(tree, route)
    by_order = sorted(rows, key=lambda row: row["order"])
    way = [row["text"] for row in by_order if row["state"] in (_TAKEN, _HERE)]
    here = next((row for row in rows if row["state"] == _HERE), None)
    end = f"It ends with: {here['says']}" if here and here["what"] == "end" else "It waits for an answer"
    told = f"{tree.title}: {len(rows)} questions and ends. The way: {'; '.join(way)}. {end}."
    shown = [{"question or end": "· " * row["depth"] + row["text"], "it is": row["state"]} for row in by_order]
    return Figure(tree_chart(rows), title, told, shown, note)
