"""Verbs of the testing room: ``decom testing audit``, ``dbt-tests``, ``backfill plan``, ``backfill run``, ``backfill status``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from decom_nb.errors import InputError, Mistake
from decom_nb.made_file import tell, written
from decom_nb.option import Write
from decom_nb.phases.testing import backfill_verb
from decom_nb.terminal import Dir, Json, Out

if TYPE_CHECKING:
    from decom_nb.book import Book
    from decom_nb.phases.testing.dbt_audit import DbtAudit
    from decom_nb.phases.testing.dbt_checklist import Checklist

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)
app.add_typer(backfill_verb.app, name="backfill", help="Process history again, by the protocol.")


SHOWN = 8
"""How many names a line of the table shows."""


@app.callback()
def _testing() -> None:
    """Work with tests."""


@app.command(epilog="Example: decom testing audit acme --check model_fanout --json")
def audit(
    context: typer.Context,
    folder: Dir,
    check: Annotated[str, typer.Option(help="one check only, with all its rows", show_default=False)] = "",
    as_json: Json = False,
) -> None:
    """Hold every dbt project against what dbt-project-evaluator looks for; name what each check finds."""
    from decom_nb.phases.testing.dbt_audit import checks
    from decom_nb.suggest import instead
    from decom_nb.wording import counted

    if check and check not in checks():
        what = f"there is no check {check}"
        raise InputError(Mistake("", 0, "--check", what, instead(check, checks())))
    found: DbtAudit = _asked(context.obj(folder), "dbt_audit")
    chosen = {name: text for name, (text, _) in checks().items() if check in ("", name)}
    out = Out(as_json)
    out.data(
        {
            "projects": [each.project for each in found.projects],
            "models": len(found.models),
            "left_out": sum(each.graph.excluded for each in found.projects),
            "checks": [
                {
                    "check": name,
                    "theme": text.theme,
                    "title": text.title,
                    "because": text.because,
                    "names": found.names(name) if text.names else [],
                    "rows": found.rows(name),
                }
                for name, text in chosen.items()
            ],
        }
    )
    if check:
        out.line(f"{chosen[check].title} ({check})", style="bold")
        if rows := found.rows(check):
            columns = tuple(rows[0])
            out.table(columns, [tuple("" if v is None else str(v) for v in row.values()) for row in rows])
    else:
        out.table(("layer", "tested", "described"), _coverage(found), right=("tested", "described"))
        out.line()
        told = [(name, text, found.names(name)) for name, text in chosen.items() if text.names]
        lines = [
            (name, text.title, str(len(names)), ", ".join([*names[:SHOWN], *(["…"] if len(names) > SHOWN else [])]))
            for name, text, names in told
            if names
        ]
        out.table(("check", "what was found", "", "names"), lines, right=("",), whole=("check",))
        clean = sum(not names for _, _, names in told)
        out.line(f"{clean} of {len(told)} checks found nothing in {counted(len(found.models), 'model')}.")


@app.command(name="dbt-tests", epilog="Example: decom testing dbt-tests acme --write")
def dbt_tests(
    context: typer.Context,
    folder: Dir,
    write: Write = False,
    as_json: Json = False,
) -> None:
    """Generate the tests that models lack, as YAML to paste; bounds and values only where something tells them."""
    from decom_nb.phases.testing.deliverables import dbt_tests as files_of

    book = context.obj(folder)
    checklist: Checklist = _asked(book, "dbt_checklist")
    files = files_of(checklist)
    done = written(book.engagement, "", files, "decom testing dbt-tests DIR") if write else []
    out = Out(as_json)
    out.data({**_told(checklist), "files": files, "written": done})
    counts = checklist.counts
    out.table(
        ("item", "has", "asked", "can be written", "waits for somebody"),
        [(name, str(has), str(asked), *map(str, _split(checklist, name))) for name, (has, asked) in counts.items()],
        right=("has", "asked", "can be written", "waits for somebody"),
    )
    tell(out, files, done)


def _asked(book: Book, name: str) -> Any:
    """Give what a reader of this room gives; say what is missing where it gives nothing."""
    from datetime import UTC, datetime

    supply = book.supply(datetime.now(UTC).date())
    found = supply.get(name)
    if name in supply.failures:
        raise supply.failures[name]
    if found is None:
        what = "no manifest of a dbt project was found"
        hint = "copy target/manifest.json (and catalog.json, run_results.json) of the project to evidence/"
        raise InputError(Mistake(str(book.engagement.evidence_path), 0, "", what, hint))
    return found


def _coverage(found: DbtAudit) -> list[tuple[str, str, str]]:
    """Give a line for all models and for each layer that has some: which share is tested, and which described."""
    from decom_nb.wording import floored

    lines = []
    described = found.rows("documentation_coverage")
    for told, text in zip(found.rows("test_coverage"), described, strict=True):
        name = "" if len(described) == 1 else f"{told.get('project', '')} "
        for key, share in told.items():
            if not key.endswith("test_coverage_pct") or share is None:
                continue
            layer = key.removesuffix("test_coverage_pct").rstrip("_")
            other = text[key.replace("test_coverage", "documentation_coverage")]
            what = layer.replace("_", " ") or f"all {told['total_models']:,}"
            lines.append((f"{name}{what}", floored(share / 100), floored(other / 100)))
    return lines


def _split(checklist: Checklist, name: str) -> tuple[int, int]:
    lacking = [item for model in checklist.models for item in model.lacking if item.item == name]
    return sum(not item.open for item in lacking), sum(bool(item.open) for item in lacking)


def _told(checklist: Checklist) -> dict[str, Any]:
    return {
        "items": {name: {"has": has, "asked": asked} for name, (has, asked) in checklist.counts.items()},
        "models": [
            {
                "model": model.node.name,
                "project": model.node.project,
                "items": [
                    {
                        "item": item.item,
                        "columns": list(item.columns),
                        "has": item.has,
                        "because": item.because,
                        "arguments": dict(item.arguments),
                        "to_be_told": item.open,
                    }
                    for item in model.items
                ],
            }
            for model in checklist.models
        ],
    }
