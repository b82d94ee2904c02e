"""A load as files that somebody uses as they are: load.sql, extract.sql, gates.sql, control.sql, and how they go together."""

from __future__ import annotations

from collections.abc import Iterable

from decom_nb.phases.pipelines.load import extract, gate
from decom_nb.phases.pipelines.load.control import set_up
from decom_nb.phases.pipelines.load.engine import engine_text
from decom_nb.phases.pipelines.load.plan import Plan, plan
from decom_nb.phases.pipelines.load.script import of_plan
from decom_nb.phases.pipelines.pipeline import Pipeline
from decom_nb.sql.script import Script, Step
from decom_nb.sql.script_text import native, one_line, remark, script_text
from decom_nb.sql.text import name, names


def files(pipeline: Pipeline, dialect: str, source_dialect: str = "") -> dict[str, str]:
    """Give the files of a pipeline's load, by name.

    With a `source_dialect` the source lies in another engine: extract.sql reads it there, and load.sql begins at the landing
    table. Without, load.sql reads the source itself, and extract.sql is what it reads, to look at.
    """
    reconciled = bool(pipeline.extract.reconciliation.strip())
    made = plan(pipeline, dialect, landed=bool(source_dialect), compare_keys=not reconciled)
    whole = plan(pipeline, dialect, landed=bool(source_dialect))
    told = {
        "load.sql": script_text(of_plan(made), [*_head(made, source_dialect), *_not_generated(pipeline)]),
        "extract.sql": _extract(whole, source_dialect or dialect),
        "gates.sql": _gates(whole),
        "control.sql": _control(whole),
        "README.md": _readme(made, whole, source_dialect, pipeline.extract.reconciliation.strip()),
    }
    if whole.compares_keys and not made.compares_keys:
        head = [*_head(whole, source_dialect), "", "Run in place of load.sql when all keys are to be compared."]
        told["reconcile.sql"] = script_text(of_plan(whole), head)
    return told


def _not_generated(pipeline: Pipeline) -> list[str]:
    """Say which handling of errors the document asks for and these files do not bring."""
    strategy = pipeline.error_handling.strategy
    if strategy not in ("dead-letter", "skip-and-alert"):
        return []
    return [f"Not generated: {strategy}. A row that a gate refuses stops the whole load, and nothing is put aside."]


def _head(made: Plan, source_dialect: str) -> list[str]:
    known = engine_text(made.dialect)
    source = f"{made.table('landing')}, where extract.sql has put the rows" if source_dialect else made.source
    return [
        f"{made.pipeline}: {made.strategy} into {made.target}, from {source} ({made.dialect}).",
        f"It {made.way.does}. It can be run again at any time, and after a kill anywhere.",
        known.holds,
        f"Run: {known.runs}",
        "loaded_at: TIMESTAMP, the instant of the load in UTC, one for all of its statements.",
        "One load of a pipeline at a time: its staging tables carry the pipeline's name.",
        *made.notes,
    ]


def _steps(steps: Iterable[Step], dialect: str) -> str:
    return "\n\n".join(f"{remark(each.what)}\n{native(each.sql, dialect)};" for each in steps) + "\n"


def _extract(made: Plan, dialect: str) -> str:
    keys = f", and those of the last query of {made.table('landing_keys')}" if made.compares_keys else ""
    head = (
        f"-- {one_line(made.pipeline)}: what is read from {made.source} ({dialect}).\n"
        f"-- The columns of the rows are those of {made.table('landing')}{keys}.\n\n"
    )
    return head + _steps(extract.queries(made, dialect), dialect)


def _gates(made: Plan) -> str:
    parts = [("before", [*gate.structure(made), *gate.before(made)]), ("after", list(gate.after(made)))]
    lines = [
        f"-- {one_line(made.pipeline)}: the rows that break a gate. load.sql stops where one of these gives a row."
    ]
    for when, gates in parts:
        for each in gates:
            lines += ["", remark(f"{when} the write: {each.says}"), f"{each.query(made.dialect)};"]
    return "\n".join(lines) + "\n"


def _control(made: Plan) -> str:
    head = (
        f"-- {one_line(made.pipeline)}: run once, before the first load. The position lives here, not in the code.\n\n"
    )
    steps = [*set_up(made).steps]
    if made.landed:
        steps += _landing(made)
    found = extract.begins(made)
    return head + _steps([*steps, *([found] if found else [])], made.dialect)


def _landing(made: Plan) -> list[Step]:
    from decom_nb.phases.pipelines.load.words import said

    columns = [f"{name(each.name)} {each.type}" for each in made.columns]
    if made.position:
        columns.append(f'"load_position" {made.position.type}')
    table = f"CREATE TABLE IF NOT EXISTS {made.table('landing')} ({', '.join(columns)})"
    steps = [Step(said(table, made.dialect), "Where the extract's rows land; emptied before each extract")]
    if made.compares_keys:
        keys = ", ".join(f"{name(each.name)} {each.type}" for each in made.columns if each.name in made.keys)
        table = f"CREATE TABLE IF NOT EXISTS {made.table('landing_keys')} ({keys})"
        steps.append(Step(said(table, made.dialect), "Where all keys of the source land"))
    return steps


def _readme(made: Plan, whole: Plan, source_dialect: str, reconciliation: str) -> str:
    known = engine_text(made.dialect)
    keys = names(made.keys) if made.keys else "none: rows are told apart by all of their columns"
    lines = [
        f"# {one_line(made.pipeline)} in {made.dialect}",
        "",
        f"The load {made.way.does}. {known.holds}",
        "",
        "1. Once: `control.sql`.",
    ]
    if source_dialect:
        lines += [
            f"2. Each time, in the source ({source_dialect}): `extract.sql`. Its rows go into `{made.table('landing')}`, "
            "emptied before.",
            "3. Each time, in the target: `load.sql`.",
        ]
    else:
        lines.append("2. Each time: `load.sql`; it reads the source itself. `extract.sql` shows what it reads.")
    if whole.compares_keys and not made.compares_keys:
        lines.append(
            f"- At `{reconciliation}` (UTC) in place of `load.sql`: `reconcile.sql`, which finds what vanished."
        )
    lines += [
        "",
        f"- How: {known.runs}. {known.because}",
        f"- Keys: {keys}.",
        "- `gates.sql` shows the rows that break a gate. A load that stopped has changed nothing"
        + (" unless a gate after the write stopped it." if made.dialect == "databricks" else "."),
        "- Two rows of one key: the newest counts; of those equally new, the one whose values order last.",
        *(f"- {each}" for each in made.notes),
    ]
    return "\n".join(lines) + "\n"


def shown(script: Script) -> list[dict[str, str | bool]]:
    """Give the statements of a script as rows, for a page: what each does, its SQL, whether it is part of the transaction."""
    return [
        {"what": step.what, "sql": native(step.sql, script.dialect), "atomic": block.atomic}
        for block in script.blocks
        for step in block.steps
    ]
