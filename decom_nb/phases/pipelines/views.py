"""What the notebook shows of pipelines: all at a glance, how each should read, how each should write."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from decom_nb.chart import Figure
from decom_nb.decision_tree import Leaf
from decom_nb.phases.pipelines import charts
from decom_nb.phases.pipelines.design import extraction_tree, limits
from decom_nb.phases.pipelines.load.written import loads
from decom_nb.phases.pipelines.proof.view import proofs
from decom_nb.tree_chart import tree_figure
from decom_nb.view import View, render, view
from decom_nb.wording import counted, listed

__all__ = ["extraction", "load_strategies", "loads", "overview", "proofs"]

SHOWN = 40
"""How many pipelines the table shows; those that are critical come first."""
FOLDED = 12
"""How many load decisions are spelt out."""
Row = Mapping[str, Any]

_NONE = "No pipeline is described yet: begin one in the form above, or put documents/pipeline/NAME.yaml."
_AGREES = {
    True: '<span class="decom-badge" data-kind="good">as reasons say</span>',
    False: '<span class="decom-badge" data-kind="bad">otherwise</span>',
    None: '<span class="decom-badge" data-kind="unknown">not known</span>',
}


def overview(pipeline_designs: Mapping[str, Any] | None) -> View:
    """Show every pipeline: when it runs, how it reads and writes, and whether it can be run again; then the laws, one by one."""
    if not pipeline_designs or not pipeline_designs["pipelines"]:
        return view(render(__package__, "note.html", text=_NONE))
    pipelines = pipeline_designs["pipelines"]
    table = render(
        __package__,
        "overview.html",
        lead=_lead(pipeline_designs),
        total=pipeline_designs["total"],
        shown=pipelines[:SHOWN],
        badge=lambda agrees: Markup(_AGREES[agrees]),  # noqa: S704 - one of three texts of ours
    )
    rows = charts.law_rows(pipelines)
    wrong = [row for row in rows if row["state"] == "broken"]
    alt = f"{counted(len(pipelines[: charts.MOST_PIPELINES]), 'pipeline')} by law. " + (
        "Broken: " + listed(f"{row['pipeline']}: {row['law']}" for row in wrong[:FOLDED]) + "."
        if wrong
        else "None is broken."
    )
    shown = [{name: row[name] for name in ("pipeline", "law", "state", "says")} for row in rows]
    note = "✓ kept; ✕ broken; ? not known; empty: the law is about pipelines of another kind."
    return view(
        table, Figure(charts.law_chart(rows), "Pipelines by the laws of loads that can be run again", alt, shown, note)
    )


def _lead(told: Mapping[str, Any]) -> str:
    found = {
        how: sum(each["repeatable"]["how"] == how for each in told["pipelines"]) for how in ("holds", "broken", "open")
    }
    among = counted(len(told["pipelines"]), "pipeline")
    again = f"{found['holds']} of {among} can be run again without harm, as far as the documents say"
    more = [f"{found['broken']} cannot"] if found["broken"] else []
    more += [f"of {found['open']} it is not known"] if found["open"] else []
    said = "; ".join([again, *more])
    parts = (("extraction", "read"), ("load", "write"))
    differ = [
        f"{told['agreement'][part]['differ']} {verb}" for part, verb in parts if told["agreement"][part]["differ"]
    ]
    if differ:
        return f"{said}. {listed(differ)} otherwise than their own answers recommend."
    return f"{said}. None is known to read or write otherwise than its own answers recommend."


def extraction(pipeline_designs: Mapping[str, Any] | None) -> View:
    """Draw the extraction tree with the path of each pipeline; those that came the same way share a drawing."""
    if not pipeline_designs or not pipeline_designs["pipelines"]:
        return view(tree_figure(extraction_tree(), (extraction_tree().root,), "How to read from a source"))
    by_route: dict[tuple[str, ...], list[Row]] = {}
    for each in pipeline_designs["pipelines"]:
        by_route.setdefault(tuple(each["extraction"]["route"]), []).append(each)
    most = int(limits().paths_drawn.value)
    # Where the design and the tree differ there is something to see; then the way that most came.
    ways = sorted(
        by_route.items(), key=lambda way: (-any(each["extraction_agrees"] is False for each in way[1]), -len(way[1]))
    )
    blocks: list[Markup | Figure] = []
    for route, pipelines in ways[:most]:
        names = listed(each["pipeline"] for each in pipelines[:FOLDED])
        more = f" and {len(pipelines) - FOLDED} more" if len(pipelines) > FOLDED else ""
        blocks.append(tree_figure(extraction_tree(), route, f"How to read: {names}{more}"))
        blocks.append(_end(route, pipelines))
    if len(ways) > most:
        rest = sum(len(pipelines) for _, pipelines in ways[most:])
        text = f"{counted(rest, 'more pipeline', 'more pipelines')} came other ways; the table above has what each came to."
        blocks.append(render(__package__, "note.html", text=text))
    return view(*blocks)


def _end(route: Sequence[str], pipelines: Sequence[Row]) -> Markup:
    here = extraction_tree().by_name.get(route[-1])
    leaf = here if isinstance(here, Leaf) else None
    return render(
        __package__, "end.html", leaf=leaf, open=pipelines[0]["extraction"]["open"] or "", pipelines=pipelines[:FOLDED]
    )


def load_strategies(pipeline_designs: Mapping[str, Any] | None) -> View:
    """Show for each pipeline what speaks for and against each way to write; those that differ from it come first."""
    if not pipeline_designs or not pipeline_designs["pipelines"]:
        return view(render(__package__, "note.html", text=_NONE))
    pipelines = sorted(
        pipeline_designs["pipelines"], key=lambda each: {False: 0, None: 1, True: 2}[each["load_agrees"]]
    )
    blocks = [
        render(__package__, "strategy.html", each=each, first=not at) for at, each in enumerate(pipelines[:FOLDED])
    ]
    if len(pipelines) > FOLDED:
        more = counted(len(pipelines) - FOLDED, "more pipeline", "more pipelines")
        text = f"{more}: decom pipelines check DIR --json has them all."
        blocks.append(render(__package__, "note.html", text=text))
    return view(*blocks)
