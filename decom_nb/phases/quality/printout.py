"""What the commands of this room print: runs of checks, plans, profiles. For people as tables, for programs as data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.text import Text

from decom_nb.check import DIMENSIONS, PRIORITIES, Checked, CheckRun, Priority, Verdict
from decom_nb.terminal import Out
from decom_nb.wording import percent

if TYPE_CHECKING:
    from decom_nb.check.mutated import MutationRun
    from decom_nb.engine import Step
    from decom_nb.phases.quality.proposal import Proposal
    from decom_nb.phases.quality.proposing import Merged
    from decom_nb.profile import TableProfile

_ORDER: tuple[Verdict, ...] = ("fail", "error", "not_known", "warn", "pass")
_STYLES = {"fail": "red", "error": "bold red", "not_known": "yellow", "warn": "yellow", "pass": "green"}


def gate(found: CheckRun, levels: Sequence[Priority], fail_on: Priority | None) -> list[str]:
    """Say why a pipeline should stop: checks at this level or worse that fail or were not decided; nothing without a level."""
    if fail_on is None:
        return []
    limit = PRIORITIES.index(fail_on)
    return [
        f"{each.table}: {each.name} ({level}): {each.message or each.verdict}"
        for each, level in zip(found.checks, levels, strict=True)
        if each.verdict in ("fail", "error", "not_known") and PRIORITIES.index(level) <= limit
    ]


def run_data(found: CheckRun, levels: Sequence[Priority], kept: Path | None, failures: Sequence[str]) -> dict[str, Any]:
    """Give a run as data, with the severity by the evidence beside the declared one."""
    told = found.model_dump(mode="json")
    for check, level in zip(told["checks"], levels, strict=True):
        check["severity_by_evidence"] = level
    return {
        "kept": str(kept) if kept else None,
        "verdicts": _verdicts(found.checks),
        "by_dimension": {
            name: _verdicts(each for each in found.checks if each.dimension == name)
            for name in DIMENSIONS
            if any(each.dimension == name for each in found.checks)
        },
        "gate": list(failures),
        **told,
    }


def run(out: Out, found: CheckRun, levels: Sequence[Priority]) -> None:
    """Print what a run found: what does not pass, the worst first, then tables and dimensions."""
    both = [(each, level) for each, level in zip(found.checks, levels, strict=True) if each.verdict != "pass"]
    both.sort(key=lambda each: (_ORDER.index(each[0].verdict), PRIORITIES.index(each[1]), each[0].table, each[0].name))
    if both:
        out.table(
            ("verdict", "severity", "table", "check", "violations", "share", "says"),
            [
                (
                    Text(each.verdict.replace("_", " "), style=_STYLES[each.verdict]),
                    level if level == each.severity else f"{level} (declared {each.severity})",
                    each.table,
                    each.name,
                    "" if each.violations is None else f"{each.violations:,}",
                    "" if each.share is None else percent(each.share),
                    each.message,
                )
                for each, level in both
            ],
            right=("violations", "share"),
            whole=("verdict",),
        )
        out.line()
    _tally(
        out,
        "table",
        [(each.table, [check for check in found.checks if check.table == each.table]) for each in found.tables],
        {each.table: ("" if each.rows is None else f"{each.rows:,}", f"{each.seconds:.2f}") for each in found.tables},
    )
    out.line()
    _tally(
        out,
        "dimension",
        [(name, [each for each in found.checks if each.dimension == name]) for name in DIMENSIONS],
    )
    out.line()
    for each in found.tables:
        if each.note or not each.complete:
            out.line(f"{each.table}: {each.note or 'not looked at to the end'}", "yellow")
    said = ", ".join(f"{count} {verdict.replace('_', ' ')}" for verdict, count in _verdicts(found.checks).items())
    out.line(f"{len(found.checks)} checks of {len(found.tables)} tables: {said or 'none'}.", "bold")


def _tally(
    out: Out, what: str, groups: Sequence[tuple[str, Sequence[Checked]]], more: dict[str, tuple[str, str]] | None = None
) -> None:
    verdicts = list(reversed(_ORDER))
    heads = [verdict.replace("_", " ") for verdict in verdicts]
    rows = []
    for name, checks in groups:
        counts = Counter(each.verdict for each in checks)
        cells = [str(counts[verdict]) if checks else "–" for verdict in verdicts]
        rows.append((name, *(more[name][:1] if more else ()), *cells, *(more[name][1:] if more else ())))
    columns = (what, *(("rows",) if more else ()), *heads, *(("seconds",) if more else ()))
    out.table(columns, rows, right=columns[1:])


def steps(out: Out, plan: Sequence[Step]) -> None:
    """Print a plan: which checks are decided together, by which evidence, and why that one."""
    out.data({"steps": [dict(vars(each)) for each in plan]})
    out.table(
        ("table", "decided by", "checks", "because"),
        [(each.table, each.decided_by.replace("_", " "), ", ".join(each.checks), each.because) for each in plan],
    )


def proposal(out: Out, told: Proposal, merged: Merged | None) -> None:
    """Print a proposed suite: what the data in hand fails first."""
    written = {"file": str(merged.file), "added": merged.added, "there": merged.there} if merged else None
    out.data({**told.model_dump(mode="json"), "written": written})
    ordered = sorted(told.checks, key=lambda each: each.holds)
    out.table(
        ("check", "columns", "in hand", "because"),
        [
            (
                each.check.kind,
                ", ".join(each.check.looks_at),
                Text("holds", style="green")
                if each.holds
                else Text("fails" if each.violations is None else f"{each.violations:,} fail", style="red"),
                each.because,
            )
            for each in ordered
        ],
        whole=("in hand",),
    )
    for note in told.notes:
        out.line(note)
    out.line(f"{len(told.checks)} checks of {told.table}, of which the data in hand fails {len(told.failing)}.", "bold")
    if merged:
        out.line(f"Written: {merged.file} ({merged.added} new, {merged.there} were there)")
    else:
        out.line("Nothing is written; --write adds them to the table's suite.")


def profile(out: Out, told: TableProfile) -> None:
    """Print a profile: the table, its columns, keys and dependencies."""
    out.data(told.model_dump(mode="json"))
    basis = "all rows" if told.whole else f"details over a sample of {told.sample_rows:,} rows"
    out.line(f"{told.table}: {told.rows:,} rows, {len(told.columns)} columns, {basis}. {told.place}", "bold")
    out.table(
        ("column", "type", "missing", "distinct", "least", "most", "frequent", "remarks"),
        [
            (
                each.name,
                each.type,
                percent(each.null_share) if each.nulls else "",
                f"{'' if each.distinct_exact else '~'}{each.distinct:,}",
                _short(each.min),
                _short(each.max),
                ", ".join(f"{_short(value.value)} ({value.count:,})" for value in each.top[:3] if value.count > 1),
                "; ".join(_remarks(each)),
            )
            for each in told.columns
        ],
        right=("missing", "distinct"),
    )
    for key in told.keys:
        kept = "a key" if not key.duplicates else f"nearly a key, {key.duplicates:,} rows repeat it"
        out.line(f"{', '.join(key.columns)}: {kept}{'' if key.exact else ' (estimated)'}")
    for each in told.dependencies:
        out.line(
            f"{', '.join(each.determinant)} determines {each.dependent}"
            + (f", but for {each.violations:,} of {each.looked_at:,} rows" if each.violations else "")
        )
    for note in told.notes:
        out.line(note)


def _remarks(column: Any) -> Iterable[str]:
    if column.personal:
        yield f"looks personal: {column.personal}"
    if column.placeholders:
        yield f"placeholders: {', '.join(value.value for value in column.placeholders[:3])}"
    if column.padded:
        yield f"{column.padded:,} padded with spaces"
    if column.casts:
        best = column.casts[0]
        yield f"{100 * best.share:.3g} % can be read as {best.type}"
    if column.note:
        yield column.note


def _short(value: object, most: int = 24) -> str:
    text = "" if value is None else str(value)
    return text if len(text) <= most else f"{text[:most]}…"


def _verdicts(checks: Iterable[Checked]) -> dict[str, int]:
    counts = Counter(each.verdict for each in checks)
    return {verdict: counts[verdict] for verdict in _ORDER if counts[verdict]}


def mutation(out: Out, found: MutationRun, kept: Path) -> None:
    """Print what a test of the tests found: what went unseen, with the check that would have noticed, then the sums."""
    from decom_nb.phases.quality.fault import fault_texts

    told = found.model_dump(mode="json")
    out.data({"kept": str(kept), "caught_share": found.caught_share, **told})
    titles = {name: text.title for name, text in fault_texts().items()}
    unseen = [(table.table, each) for table in found.tables for each in table.mutants if not each.caught]
    if unseen:
        out.table(
            ("table", "unseen fault", "in", "would notice"),
            [
                (
                    table,
                    titles[each.fault],
                    ", ".join(each.columns) or "whole rows",
                    in_yaml(each.would_catch) or each.note,
                )
                for table, each in unseen
            ],
        )
        out.line()
    for table in found.tables:
        for each in table.left_out:
            out.line(f"{table.table}: not tried: {each}", style="yellow")
        seen = sum(each.caught for each in table.mutants)
        copy = "the whole table" if table.whole else f"a sample of {table.rows:,} rows"
        out.line(f"{table.table}: {table.checks} checks notice {seen} of {len(table.mutants)} faults ({copy}).")
    out.line(f"Run: {kept}")


def in_yaml(check: Mapping[str, Any] | None) -> str:
    """Give a check in one line, as it can be written into a suite; empty for none."""
    import yaml  # type: ignore[import-untyped]  # its stubs are a package of their own

    if not check:
        return ""
    text: str = yaml.safe_dump(dict(check), default_flow_style=True, sort_keys=False, allow_unicode=True, width=100_000)
    return f"- {text.strip()}"
