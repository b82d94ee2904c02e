"""Verbs of the rubric room: ``decom rubric recompute``, ``plan``, ``targets`` and ``trend``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from decom_nb.errors import GateFailed
from decom_nb.terminal import Dir, Json, Out

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)


@app.callback()
def _rubric() -> None:
    """Work with scores."""


@app.command(epilog="Example: decom rubric recompute acme/audits/20260101T000000000Z-1a2b3c4d")
def recompute(
    audit: Annotated[Path, typer.Argument(metavar="AUDIT", help="an audit's file or folder", show_default=False)],
    as_json: Annotated[bool, typer.Option("--json", help="print data instead of text")] = False,
) -> None:
    """Work the score out again from the audit's file alone; exit 1 if it is not the one in the file."""
    from decom_nb.audit import read, recomputed
    from decom_nb.score import shown

    kept = read(audit)
    again = recomputed(kept)
    same = again == kept.scorecard
    out = Out(as_json)
    out.data({"same": same, "scorecard": again.model_dump(mode="json")})
    out.line(f"Recomputed from {audit}: {shown(again.low)} to {shown(again.high)} of 100.")
    if not same:
        raise GateFailed(
            f"the file says {shown(kept.scorecard.low)} to {shown(kept.scorecard.high)}: it was changed after the audit"
        )
    out.line("The same as in the file.")


@app.command(epilog="Example: decom rubric plan acme")
def plan(context: typer.Context, folder: Dir, as_json: Json = False) -> None:
    """Give the cheapest repairs that reach the next band, and those that reach the targets, as things stand now."""
    from decom_nb.phases.rubric.way_sentence import openings, sentence
    from decom_nb.wording import points

    audit = context.obj(folder).audit()
    made = audit.plan
    out = Out(as_json)
    ways = [way for way in (made.band, made.targets) if way is not None]
    out.data({**made.model_dump(mode="json"), "sentences": {way.goal: sentence(made, way) for way in ways}})
    titles = {each.name: each.title for each in audit.rubric.dimensions}
    for way in ways:
        out.line(f"To {way.title}", "bold")
        out.line(sentence(made, way))
        if missing := openings(way, titles):
            rows = [(each["title"], each["message"], points(each["points"])) for each in missing]
            out.table(("dimension", "evidence is missing", "opens up to"), rows, right=("opens up to",))
        out.line()
    out.table(
        ("repair", "brings", "effort", "decided", "part of the way to"),
        [
            (
                each.remedy,
                f"+{points(each.gain)}",
                each.effort,
                "yes" if each.ticked else "",
                ", ".join(way.goal for way in ways if each.rule in way.steps),
            )
            for each in made.steps
        ],
        right=("brings",),
    )
    if made.gone:
        out.line(f"Decided on, with nothing left to repair: {', '.join(made.gone)}", "yellow")


@app.command(epilog="Example: decom rubric targets acme --json")
def targets(context: typer.Context, folder: Dir, as_json: Json = False) -> None:
    """Tell how far each dimension is meant to come, and how much of that is missing."""
    from decom_nb.phases.rubric.reasons import interval, lacks
    from decom_nb.wording import points

    card = context.obj(folder).audit().scorecard
    applying = [each for each in card.dimensions if each.basis != "not applicable"]
    out = Out(as_json)
    out.data(
        {
            "dimensions": [
                {
                    "name": each.name,
                    "weight": each.weight,
                    "target": each.aim,
                    "set": each.target is not None,
                    "because": each.target_because,
                    "low": each.low,
                    "high": each.high,
                    "short": each.short,
                    "short_at_best": each.short_at_best,
                }
                for each in applying
            ]
        }
    )
    numbers = ("aimed for", "of", "shown", "short")
    out.table(
        ("dimension", *numbers, "why"),
        [
            (
                each.title,
                points(each.aim),
                points(each.weight),
                interval(each),
                lacks(each),
                each.target_because if each.target is not None else "no target set: full points",
            )
            for each in applying
        ],
        right=numbers,
    )


@app.command(epilog="Example: decom rubric trend acme")
def trend(folder: Dir, as_json: Json = False) -> None:
    """Tell how the score and each dimension went, audit by audit, up to the last one that was taken."""
    from decom_nb.audit import last
    from decom_nb.gauge import interval
    from decom_nb.phases.rubric.way_here import rows, since, steps
    from decom_nb.wording import points_between

    audit = last(folder)
    told, judged = steps(audit), rows(audit)
    names = [each.name for each in audit.rubric.dimensions]
    out = Out(as_json)
    out.data({"milestones": [each.model_dump(mode="json") for each in told], "since": since(audit)})
    lines = []
    for each, row in zip(told, judged, strict=True):
        ends = {part.name: points_between(part.low, part.high) for part in each.dimensions}
        remark = ", ".join(filter(None, (each.name, "other rules" if row["other_rules"] else "")))
        lines.append(
            (
                f"{each.taken_at:%Y-%m-%d %H:%M}",
                interval(each.low, each.high),
                *(ends.get(name, "") for name in names),
                remark,
            )
        )
    heads = tuple(name.replace("_", " ") for name in names)
    out.table(("taken", "score", *heads, ""), lines, right=("score", *heads), whole=("taken",))
    out.line(since(audit))
