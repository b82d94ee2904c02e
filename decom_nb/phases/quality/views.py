"""What the notebook shows of data quality: the sum of it, tables against dimensions, history, the worst checks, the gaps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from decom_nb.chart import Figure
from decom_nb.check import DIMENSIONS
from decom_nb.phases.quality import charts
from decom_nb.phases.quality.fault import fault_texts
from decom_nb.phases.quality.printout import in_yaml
from decom_nb.phases.quality.severity import severity_table
from decom_nb.row_table import in_short, row_table
from decom_nb.view import View, render, view
from decom_nb.wording import listed, percent

if TYPE_CHECKING:
    from markupsafe import Markup

    from decom_nb.phases.quality.proposal import Proposal
    from decom_nb.phases.quality.proposing import Merged
    from decom_nb.profile import TableProfile

__all__ = ["contracts", "faults", "gaps", "heat_map", "history", "summary", "tables", "worst"]

SHOWN_CHECKS = 12
"""How many failing checks are shown one by one; the rest is a table."""

BADGES = {"P0": "critical", "P1": "high", "P2": "medium", "P3": "low"}
"""How the four levels are marked."""

_WHAT_SHOWS_IT = {
    "completeness": "not_null, volume or row_change",
    "uniqueness": "unique on the key",
    "validity": "accepted_values, range, regex or an expression",
    "accuracy": "reconciliation with another system, or a sample verified by hand",
    "freshness": "freshness on the column that says when a row came",
    "consistency": "foreign_key, reconciliation or functional_dependency",
}
_WHOSE = {"suite": "checks", "dbt": "dbt tests", "contract": "contract's checks"}
_NONE_YET = (
    "No checks have been run on tables yet. Copy tables to evidence/ or name them in documents/table_sources.yaml, "
    "have a suite proposed "
    "(decom quality suggest DIR TABLE --write), and run it (decom quality run DIR)."
)


def summary(quality_checks: Mapping[str, Any] | None, quality_tables: Mapping[str, Any] | None) -> View:
    """How many checks there are and how they stand, by dimension and by severity."""
    if not quality_checks:
        return view(_note(_NONE_YET))
    severity = severity_table()
    violated = quality_checks["violated_by_severity"]
    levels = [
        {"level": each, "badge": BADGES[each.level], "violated": violated.get(each.level, 0)}
        for each in severity.levels
    ]
    stop = [row for row in quality_checks["rows"] if row["verdict"] == "fail" and row["severity"] == "P0"]
    dimensions = [
        {"name": name, "shows": _WHAT_SHOWS_IT[name], "counts": quality_checks["by_dimension"].get(name, {})}
        for name in DIMENSIONS
    ]
    seen = [row for row in (quality_tables or {}).get("rows", ()) if row["rows"] is not None or row["place"]]
    return view(
        _html(
            "summary.html",
            checks=quality_checks,
            tables=len({row["table"] for row in seen}),
            levels=levels,
            dimensions=dimensions,
            stop=stop,
            incomplete=[row for row in seen if row["complete"] is False],
        )
    )


def heat_map(quality_tables: Mapping[str, Any] | None) -> View:
    """Every table against the six dimensions: what passes, what fails, what nobody looks at."""
    if not quality_tables:
        return view(_note(_NONE_YET))
    tables = quality_tables["rows"]
    rows = charts.heat_rows(tables[: charts.MOST_TABLES])
    counts = {
        means: sum(row["state"] == means for row in rows) for means in dict.fromkeys(row["state"] for row in rows)
    }
    alt = f"{min(len(tables), charts.MOST_TABLES)} tables by {len(DIMENSIONS)} dimensions: " + listed(
        f"{means} in {count} cells" for means, count in counts.items()
    )
    signs = dict.fromkeys((row["sign"], row["state"]) for row in rows)
    note = "; ".join(f"{sign or 'empty:'} {means}" for sign, means in signs) + "."
    if (left := quality_tables["total"] - charts.MOST_TABLES) > 0:
        note += f" {left:,} more tables are not drawn."
    return view(Figure(charts.heat_map(rows), "Tables by quality dimension", f"{alt}.", rows, note))


def history(quality_history: Sequence[Mapping[str, Any]] | None) -> View:
    """How the checks stood after each run."""
    if not quality_history:
        return view(_note("There is no history yet: each run of the checks adds to it."))
    rows = charts.history_rows(quality_history)
    first, last = quality_history[0], quality_history[-1]
    alt = (
        f"{len(quality_history)} runs from {first['taken_at'][:10]} to {last['taken_at'][:10]}; "
        f"failing checks: {first['fail']} after the first, {last['fail']} after the last."
    )
    note = "Each bar is how all checks stood after that run; tables that it did not look at stand as before."
    return view(Figure(charts.verdict_history(rows), "Verdicts, run by run", alt, rows, note))


def worst(quality_checks: Mapping[str, Any] | None) -> View:
    """The checks that fail, the worst first, each with its rows and the query that finds them all."""
    if not quality_checks:
        return view(_note(_NONE_YET))
    bad = [row for row in quality_checks["rows"] if row["verdict"] in ("fail", "error")]
    unsure = [row for row in quality_checks["rows"] if row["verdict"] in ("not_known", "warn")]
    more = [_short(row) for row in bad[SHOWN_CHECKS:]]
    return view(
        _html(
            "worst.html",
            shown=bad[:SHOWN_CHECKS],
            more=more,
            unsure=[_short(row) for row in unsure],
            badges=BADGES,
            row_table=row_table,
            total=quality_checks["total"],
            parts=_parts,
        )
    )


def tables(quality_tables: Mapping[str, Any] | None) -> View:
    """Every table that was looked at: how large it is, when it was checked, with what outcome."""
    seen = [row for row in (quality_tables or {}).get("rows", ()) if row["checks"]]
    if not seen:
        return view(_note(_NONE_YET))
    return view(_html("tables.html", tables=seen, total=len(seen)))


def gaps(quality_tables: Mapping[str, Any] | None) -> View:
    """What nobody looks at: the required dimensions of each table that no check decides, and checks that never ran."""
    if not quality_tables:
        return view(_note(_NONE_YET))
    lacking = [
        {
            "table": row["table"],
            "checks": row["checks"],
            "missing": [
                name for name in row["required"] if row["dimensions"][name] in ("none", "not_run", "not_known")
            ],
            "waiting": row["waiting"],
        }
        for row in quality_tables["rows"]
    ]
    lacking = [row for row in lacking if row["missing"] or row["waiting"]]
    unchecked = [row["table"] for row in lacking if not row["checks"]]
    partly = [row for row in lacking if row["checks"]]
    return view(
        _html(
            "gaps.html",
            partly=partly,
            waiting=any(row["waiting"] for row in partly),
            unchecked=unchecked,
            total=quality_tables["total"],
            shows=_WHAT_SHOWS_IT,
        )
    )


def contracts(quality_clauses: Sequence[Mapping[str, Any]] | None) -> View:
    """Every contract, clause by clause: what is kept, what is not, what nobody can tell."""
    if not quality_clauses:
        return view(
            _note(
                "No contract yet. Write one under documents/contract, or bring one in (decom quality contract import DIR "
                "FILE); the next run of the checks then holds it."
            )
        )
    return view(_html("contracts.html", contracts=quality_clauses, badges=BADGES))


def faults(quality_faults: Sequence[Mapping[str, Any]] | None) -> View:
    """The test of the tests: which faults the checks of each table notice, and what would notice the rest."""
    if not quality_faults:
        return view(
            _note(
                "The checks have not been tested yet: decom quality mutate DIR puts faults into a copy of each table and "
                "tells which of them go unseen."
            )
        )
    return view(*(block for told in quality_faults for block in _tried(told)))


def _tried(told: Mapping[str, Any]) -> list[Markup | Figure]:
    titles = {name: text.title for name, text in fault_texts().items()}
    unseen = [
        {
            "what happens": titles[each["fault"]],
            "in": ", ".join(each["columns"]) or "whole rows",
            "rows": each["rows_changed"],
            "would notice": in_yaml(each["would_catch"]) or each["note"],
        }
        for each in told["mutants"]
        if not each["caught"]
    ]
    rows = charts.fault_rows(told["mutants"], titles)
    title = f"{told['table']}: faults that its {_WHOSE[told['tests']]} notice"
    alt = f"{told['caught']} of {told['total']} faults put into a copy of {told['table']} are noticed."
    drawn = Figure(charts.fault_map(rows), title, alt, rows, "✓ noticed; ✕ unseen; empty: no place for that fault.")
    return [drawn, _html("faults.html", told=told, unseen=unseen, row_table=row_table)]


def profile(told: TableProfile) -> View:
    """A table as it was looked at once: its columns, keys and dependencies. The notebook's button shows it."""
    return view(_html("profile.html", told=told, short=_cut, share=percent))


def proposal(told: Proposal, merged: Merged | None = None) -> View:
    """A proposed suite: each check with its reason and what it finds in the data in hand. The notebook's button shows it."""
    return view(_html("proposal.html", told=told, merged=merged))


def _cut(value: object, most: int = 28) -> str:
    text = in_short(value)
    return text if len(text) <= most else f"{text[:most]}…"


def _short(row: Mapping[str, Any]) -> dict[str, Any]:
    """Give a check as a row of a table."""
    return {
        "severity": row["severity"],
        "verdict": row["verdict"].replace("_", " "),
        "table": row["table"],
        "check": row["check"],
        "violations": row["violations"],
        "what was found": row["message"],
        "owner": row["owner"],
    }


def _parts(row: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Give the partitions of a check as rows of a table."""
    return [
        {
            "partition": " · ".join("(none)" if each is None else str(each) for each in part["partition"]),
            "violations": part["violations"],
            "rows": part["rows"],
            "verdict": part["verdict"],
        }
        for part in row.get("partitions", ())
    ]


def _note(text: str) -> Any:
    return _html("note.html", text=text)


def _when(moment: str | None) -> tuple[str, str]:
    """Give day and time of a moment, in words that break nowhere but between them."""
    if not moment:
        return "", ""
    at = datetime.fromisoformat(moment)
    return f"{at.day}\u00a0{at:%b}\u00a0{at.year}", f"{at:%H:%M}"


def _html(template: str, **values: Any) -> Any:
    return render("decom_nb.phases.quality", template, when=_when, **values)
