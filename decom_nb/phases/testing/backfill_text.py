"""A backfill in words: the plan with its nine steps, what consumers are told, the SQL, and the record that stays.

Markdown; what people wrote is escaped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from decom_nb.escape import markdown, visible
from decom_nb.phases.testing.backfill_impact import Touched
from decom_nb.phases.testing.backfill_plan import Plan
from decom_nb.phases.testing.backfill_progress import Progress
from decom_nb.phases.testing.backfill_run import plan_metric
from decom_nb.phases.testing.backfill_sql import check_script, swap
from decom_nb.phases.testing.backfill_table import Step, backfill_table
from decom_nb.sql.dialect import NotSayable, statement
from decom_nb.sql.text import name
from decom_nb.wording import listed

_SHOWN = 40
"""How many parts and touched things a page lists; the data holds them all."""


def plan_page(plan: Plan) -> str:
    """Give the plan as a page: the nine steps, and what is still to be settled."""
    lines = [f"# Backfill: {markdown(plan.name)}", "", markdown(plan.backfill.reason) or "No reason is given.", ""]
    if plan.to_settle:
        lines += ["## Still to be settled", "", *(f"- [ ] {markdown(each)}" for each in plan.to_settle), ""]
    for number, step in enumerate(backfill_table().steps, start=1):
        end = "" if step.does.endswith("?") else "."
        lines += [f"## {number}. {step.title}", "", f"*{step.does}{end} {step.because}*", ""]
        lines += [*_STEPS[step.step](plan), ""]
    return "\n".join(lines)


def _scope(plan: Plan) -> Iterator[str]:
    asked = plan.backfill
    yield f"- Days: {asked.first_day} to {asked.last_day}, both included, as they begin and end in {asked.time_zone}"
    if any(each.kind != "date" for each in plan.tables):
        yield f"- In UTC: from {plan.oldest.starts_at:%Y-%m-%d %H:%M} to before {plan.newest.ends_at:%Y-%m-%d %H:%M}"
    yield f"- Tables: {listed(_code(each.table) for each in plan.tables)}"
    yield f"- Parts: {len(plan.parts):,} by {asked.chunk}"
    odd = [part for part in plan.parts if plan.tables[0].kind != "date" and part.hours % 24]
    if odd:
        yield f"- At the change of the clocks: {listed(f'{part.name} spans {part.hours:g} hours' for part in odd[:4])}"
    cut = [part.name for part in plan.parts if not part.whole]
    if cut and asked.chunk in ("week", "month"):
        yield f"- Not whole: {listed(cut)}"
    on = f" on {asked.requested_on}" if asked.requested_on else ""
    yield f"- Asked for by {markdown(asked.requester) or 'nobody by name'}{on}"


def _impact(plan: Plan) -> Iterator[str]:
    touched = plan.impact.touched
    if not touched:
        yield "- No lineage that was read knows of anything downstream."
    for kind, words in (
        ("dashboard", "Dashboards"),
        ("model", "Models"),
        ("snapshot", "Snapshots"),
        ("pipeline", "Pipelines"),
    ):
        those = [each for each in touched if each.kind == kind]
        if those:
            more = f" and {len(those) - _SHOWN} more" if len(those) > _SHOWN else ""
            yield f"- {words} ({len(those)}): {listed(map(_named, those[:_SHOWN]))}{more}"
    if plan.impact.owners:
        yield f"- Whose they are: {listed(map(markdown, plan.impact.owners))}"
    if plan.impact.rebuild:
        rebuilt = plan.impact.rebuild[:_SHOWN]
        yield f"- To be built anew afterwards, in this order: {listed(map(_code, rebuilt))}"
        yield f"- With dbt: `dbt build --select {' '.join(plan.impact.rebuild[:_SHOWN])}`"
    if plan.impact.unknown:
        yield f"- No lineage knows {listed(map(markdown, plan.impact.unknown))}"


def _named(each: Touched) -> str:
    owner = f" ({markdown(each.owner)})" if each.owner else ""
    return f"{markdown(each.name)}{owner}"


def _communication(plan: Plan) -> Iterator[str]:
    for each in plan.backfill.consumers:
        told = listed(markdown(part) for part in (each.channel, each.owes) if part)
        yield f"- {markdown(each.who)}{f': {told}' if told else ''}"
    known = {each.who.casefold() for each in plan.backfill.consumers}
    forgotten = [owner for owner in plan.impact.owners if owner.casefold() not in known]
    if forgotten:
        yield f"- Own something downstream and are not on this list: {listed(map(markdown, forgotten))}"
    yield "- The texts lie in `communication.md`"


def _isolation(plan: Plan) -> Iterator[str]:
    isolation, limits = plan.backfill.isolation, plan.backfill.limits
    yield f"- Compute: {markdown(isolation.compute) or 'not named'}"
    yield f"- Each part is made in the schema `{isolation.staging_schema}` and swapped in as a whole"
    if limits.window_from:
        yield f"- Parts begin between {limits.window_from} and {limits.window_to} UTC only"
    yield f"- At most {limits.max_parallel} at once; on DuckDB one after the other, with {limits.memory} of memory"


def _validation(plan: Plan) -> Iterator[str]:
    yield "- Before and after, over the whole range and beside it: `checks.sql`"
    for table in plan.tables:
        counted = [
            "rows",
            *map(_code, table.metrics),
            *(["keys that stand there twice"] if table.key else []),
        ]
        yield f"- {_code(table.table)}: {listed(counted)}"


def _execution(plan: Plan) -> Iterator[str]:
    if plan.refused:
        yield "- **Oldest first.** The most recent part cannot come first:"
        yield from (f"  - {markdown(each)}" for each in plan.refused)
    else:
        yield f"- {plan.order[0].upper()}{plan.order[1:]}: {plan.parts[0].name} to {plan.parts[-1].name}"
    yield "- Each part is one transaction: old rows go and new ones come at once, so that a part run twice counts once"


def _monitoring(plan: Plan) -> Iterator[str]:
    known, limits = backfill_table(), plan.backfill.limits
    yield f"- A part whose rows change by more than {known.rows_differ.value:.0%} is noted"
    yield f"- A part that takes {known.duration_factor.value:g} times as long as usual is noted"
    yield "- A part that gives a key twice, or no rows where there were some, is taken back, and the run stops"
    if limits.max_rows_per_part:
        yield f"- So is a part of more than {limits.max_rows_per_part:,} rows"
    if limits.max_gb_per_part:
        yield f"- So is a part of more than {limits.max_gb_per_part:g} GB"


def _verification(plan: Plan) -> Iterator[str]:
    for table in plan.tables:
        with_ = "against the source's query" if table.source_query else "not possible: no query of the source is given"
        yield f"- {_code(table.table)}: {with_}"
    yield "- Rows outside the range must be as many as before"


def _documentation(plan: Plan) -> Iterator[str]:
    approval = plan.backfill.approval
    yield f"- Approved by {markdown(approval.by) or 'nobody yet'}{f' on {approval.on}' if approval.on else ''}"
    yield "- The run keeps `progress.jsonl`, and leaves its record in `log.md`"


_STEPS: Mapping[Step, Callable[[Plan], Iterator[str]]] = {
    "scope": _scope,
    "impact": _impact,
    "communication": _communication,
    "isolation": _isolation,
    "validation": _validation,
    "execution": _execution,
    "monitoring": _monitoring,
    "verification": _verification,
    "documentation": _documentation,
}


def communication(plan: Plan) -> str:
    """Give what consumers are told, before and after."""
    asked = plan.backfill
    tables = listed(_code(each.table) for each in plan.tables)
    uses = [each for each in plan.impact.touched if each.kind == "dashboard"]
    seen = f"\n\nYou may see this in: {listed(_named(each) for each in uses[:_SHOWN])}." if uses else ""
    to = listed(markdown(each.who) for each in asked.consumers) or "everybody who reads these tables"
    by = markdown(asked.requester) or "the data team"
    window = asked.limits
    when = f"between {window.window_from} and {window.window_to} UTC" if window.window_from else "once it is approved"
    order = "the most recent days first" if plan.order == "most recent first" else "the oldest days first"
    return f"""# What to tell, and whom

To: {to}

## Before

**{tables}: the days from {asked.first_day} to {asked.last_day} are processed again**

Why: {markdown(asked.reason) or "see the plan"}

We process these days anew {when}, {order}, in {len(plan.parts):,} part{"" if len(plan.parts) == 1 else "s"}.
Until the last part is done, old and new figures stand side by side: please draw no conclusions from comparisons within this
range, and start no closing on it. Each single part is either old or new, never half.{seen}

Questions to {by}. We write again when it is done.

## After

**{tables}: the days from {asked.first_day} to {asked.last_day} are done**

The range has been compared with its source; what changed stands in the record (`log.md`). Figures that you copied from these days
before should be taken anew. If a number surprises you, tell {by} which one and which day.
"""


def log_page(plan: Plan, progress: Progress, finished: Mapping[str, Any]) -> str:
    """Give the record of a run: what was processed again, why, what changed, and what was odd."""
    asked, started = plan.backfill, progress.last("started") or {}
    parts = progress.parts
    rows = [
        f"| {markdown(part)} | {_code(table)} | {each['rows_before']:,} | {each['rows_after']:,} | {each['seconds']:g} |"
        for (part, table), each in parts.items()
    ]
    odd = [*progress.anomalies, *asked.anomalies]
    tables = listed(_code(each.table) for each in plan.tables)
    breaks = sum(each["event"] == "resumed" for each in progress.events)
    lines = [
        f"# Record of the backfill {markdown(plan.name)}",
        "",
        f"- What: {tables}, {asked.first_day} to {asked.last_day} ({asked.time_zone})",
        f"- Why: {markdown(asked.reason) or 'no reason was given'}",
        f"- Asked for by {markdown(asked.requester) or 'nobody by name'}, approved by {markdown(asked.approval.by)}",
        f"- When: {started.get('at', '?')} to {finished.get('at', '?')}; interrupted {breaks} time{'' if breaks == 1 else 's'}",
        f"- Order: {plan.order}{f', because {markdown(plan.refused[0])}' if plan.refused else ''}",
        f"- Parts: {len(parts):,} of {len(plan.tasks):,}",
        "",
        "## Before and after",
        "",
        "| table | figure | before | after | source |",
        "| --- | --- | ---: | ---: | ---: |",
        *_figures(plan, started.get("figures", ()), finished.get("figures", ())),
        "",
        "## Anomalies",
        "",
        *([f"- {markdown(each)}" for each in dict.fromkeys(odd)] or ["None."]),
        "",
        "## Parts",
        "",
        "| part | table | rows before | rows after | seconds |",
        "| --- | --- | ---: | ---: | ---: |",
        *rows,
        "",
    ]
    return "\n".join(lines)


def _figures(plan: Plan, before: Sequence[Mapping[str, Any]], after: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    words = {
        "row_count": "rows in the range",
        "outside": "rows outside it",
        "duplicated_keys": "keys that stand there twice",
    }
    for old, new in zip(before, after, strict=False):
        table = str(new["table"])
        source = new.get("source") or {}
        for key, value in new.items():
            if key in ("table", "source") or (value is None and old.get(key) is None):
                continue
            what = words.get(key) or _code(plan_metric(plan, table, key))
            yield f"| {_code(table)} | {what} | {_number(old.get(key))} | {_number(value)} | {_number(source.get(key))} |"


def _number(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:,}" if isinstance(value, int | float) else markdown(value)


def scripts(plan: Plan) -> dict[str, str]:
    """Give the SQL in the words of the plan's engine: the checks, and the parts in their order; what cannot be said is told."""
    files = {"checks.sql": _checks(plan)}
    lines = [f"-- {len(plan.tasks):,} parts, {plan.order}. Run them in this order; each may be run again."]
    if len(plan.parts) > _MOST_SCRIPTED:
        lines.append(f"-- The first {_MOST_SCRIPTED:,} parts; choose larger ones to have them all.")
    schema = plan.backfill.isolation.staging_schema
    lines += ["", statement(f"CREATE SCHEMA IF NOT EXISTS {name(schema)}", plan.dialect) + ";"]
    columns = dict(zip((each.table for each in plan.tables), plan.columns, strict=True))
    for part, table in plan.tasks[: _MOST_SCRIPTED * len(plan.tables)]:
        lines += ["", f"-- {_comment(table.table)}, {part.name}"]
        if not table.query:
            lines.append("-- The request gives no query that makes these rows anew.")
            continue
        try:
            lines.append(swap(table, part, plan.dialect, columns[table.table]))
        except NotSayable as error:
            lines.append(f"-- {_comment(str(error))}")
    files["parts.sql"] = "\n".join(lines) + "\n"
    return files


_MOST_SCRIPTED = 500
"""For how many parts SQL is written out."""


def _checks(plan: Plan) -> str:
    head = "-- Run before the first part and after the last, and compare.\n"
    made: Iterable[str] = (
        f"-- {_comment(table.table)}\n\n{check_script(table, plan.oldest, plan.newest, plan.dialect)}"
        for table in plan.tables
    )
    return head + "\n".join(("", *made))


def _code(text: str) -> str:
    """Give a text as code: nothing in it is markup, and it cannot end the code.

    >>> _code("marts.fct_orders")
    '`marts.fct_orders`'
    """
    return f"`{' '.join(visible(text).replace('`', '').replace('|', '¦').split())}`"


def _comment(text: str) -> str:
    """Keep a text within its line."""
    return " ".join(text.split())
