"""Bills in FOCUS 1.0 to 1.4: CSV, plain or gzipped, or Parquet, any number of files, into `billing.charges`.

Columns that a version does not have are taken from those that stood for them, or are NULL. A row of which the billed cost or the
currency cannot be read is left out, counted and shown: it is not nothing. A row in which something else is wrong is kept without
it, with a remark. A bill that is not in FOCUS is refused by name, one that lacks columns with their names.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from decom_nb.evidence import billing_repeats, files, focus
from decom_nb.evidence.billing import CHARGES, Billing, Repeat
from decom_nb.evidence.export_file import ExportFile, column_names, plain, scratch_in
from decom_nb.evidence.export_read import Wanted, fields
from decom_nb.evidence.rows import rows_of
from decom_nb.evidence.source import SHOWN_PROBLEMS, Found, Number, Problem, Source, SourceFile, source_of
from decom_nb.sql.text import string

if TYPE_CHECKING:
    from decom_nb.evidence.relation import Relation
    from decom_nb.evidence.store import Store

KIND = "focus bill"

# Columns of FOCUS that a column of the relation is read from, the first that the file has; others have its name.
_READ_FROM: dict[str, tuple[str, ...]] = {
    "provider_name": ("ProviderName", "ServiceProviderName"),
    "service_provider_name": ("ServiceProviderName", "ProviderName"),
    "usage_type": ("x_UsageType", "x_SkuMeterName"),
}
_NEVER_EMPTY = ("billed_cost", "effective_cost", "billing_currency")  # by the specification


class BillingFiles:
    """The collector."""

    name = "billing"
    words = "bills in FOCUS"
    kinds: tuple[str, ...] = (KIND,)
    relations: tuple[Relation, ...] = (CHARGES,)
    rest = KIND

    def recognises(self, path: Path, head: bytes) -> str:
        """Recognise a bill by its columns, in FOCUS or not: one that is not is refused here, and read as nothing else."""
        names = column_names(path, head)
        return KIND if names and (focus.is_telling(names) or focus.foreign(names)) else ""

    def load(self, found: Sequence[Found], store: Store) -> tuple[Billing | None, tuple[Source, ...]]:
        """Read all files, one after the other, then find what stands in two of them."""
        store.create(self.relations)
        with scratch_in(store.folder) as scratch:
            read = [_read(each, store, scratch) for each in sorted(found, key=lambda each: each.shown)]
        repeats = billing_repeats.find(store)
        tallies = _tallies(store)
        listed = [each.listed(tallies.get(each.found.shown)) for each in read]
        problems = [problem for each in read for problem in each.problems]
        problems += [billing_repeats.told(repeat) for repeat in repeats]
        left_out = sum(each.left_out for each in read)
        more = sum(each.problems_more for each in read)
        remarks, remarks_more = _remarks(store)
        value = Billing(store, repeats, left_out) if tallies else None
        totals = _totals(value, left_out, repeats) if value else {}
        return value, (source_of(KIND, listed, problems + remarks, totals=totals, problems_more=more + remarks_more),)


BILLING_FILES: BillingFiles = BillingFiles()


@dataclass
class _Read:
    """What became of one file."""

    found: Found
    note: str = ""
    left_out: int = 0
    problems: tuple[Problem, ...] = ()
    problems_more: int = 0

    def listed(self, tally: dict[str, Any] | None) -> SourceFile:
        """Give the file with what it held."""
        told = tally or {}
        return SourceFile(
            path=self.found.shown,
            kind=KIND,
            sha256=self.found.sha256,
            bytes=self.found.bytes,
            rows=told.get("charges", 0),
            counts=told.get("counts", {}),
            as_of=told.get("as_of"),
            note=self.note,
        )


def _read(found: Found, store: Store, scratch: Path) -> _Read:
    import duckdb

    refused = _refused(found)
    if refused:
        return _not_read(found, refused)
    try:
        file = ExportFile(found, store.con, scratch)
        file.read(lambda: _load(file, store), lambda: _forget(found, store))
        return _judged(file, store)
    except (duckdb.Error, *files.DAMAGED) as error:
        _forget(found, store)
        why = files.why(error) if isinstance(error, files.DAMAGED) else _said(error)
        return _not_read(found, why)


def _forget(found: Found, store: Store) -> None:
    store.con.execute("DELETE FROM billing.charges WHERE origin = $origin", {"origin": found.shown})


def _refused(found: Found) -> str:
    """Say why a file is no bill in FOCUS, if it is none."""
    try:
        names = column_names(found.path, files.head(found.path))
    except files.DAMAGED as error:
        return files.why(error)
    if (other := focus.foreign(names)) and (missing := focus.missing(names)):
        return f"{other.what}, not a bill in FOCUS (no {', '.join(missing)}): {other.instead}"
    if names.cut:
        return f"its header is longer than {files.HEAD_BYTES >> 10} KiB"
    if missing := focus.missing(names):
        return f"not a bill in FOCUS 1.0 to 1.4: no {', '.join(missing)}"
    return ""


def _not_read(found: Found, why: str) -> _Read:
    return _Read(found, note=f"not read: {why}", problems=(Problem(path=found.shown, what=f"not read: {why}"),))


def _said(error: Exception) -> str:
    """Give the first line of what DuckDB says, without the path it was given."""
    first = str(error).partition("\n")[0]
    return (
        f"DuckDB cannot read it ({type(error).__name__}: {first[:120]})"
        if "/" not in first
        else (f"DuckDB cannot read it ({type(error).__name__})")
    )


def _load(file: ExportFile, store: Store) -> None:
    """Put all rows of a file into the relation, what cannot be read as NULL and with a remark."""
    ours = ("version", "remark", "origin")
    wanted = [
        Wanted(
            column.name,
            column.type,
            next(filter(None, map(file.has, _READ_FROM.get(column.name, (column.name,)))), None),
            column.name in _NEVER_EMPTY,
        )
        for column in CHARGES.columns
        if column.name not in ours
    ]
    # A charge that the provider split carries the tags of what it was split for beside those of the whole.
    wanted.append(Wanted("allocated_tags", "MAP(VARCHAR, VARCHAR)", file.has("AllocatedTags")))
    said = {
        "tags": "coalesce(allocated_tags, tags)",
        "version": string(focus.version({plain(each.name) for each in file.columns})),
        "origin": string(file.found.shown),
    }
    selected = ", ".join(said.get(column.name, column.name) for column in CHARGES.columns)
    store.con.execute(" ".join(("INSERT INTO billing.charges SELECT", selected, "FROM", fields(file, wanted))))


def _judged(file: ExportFile, store: Store) -> _Read:
    """Take out the rows of which the billed cost could not be read, and say so."""
    found, con = file.found, store.con
    bad = rows_of(con.execute(_WITHOUT_COST, {"origin": found.shown}))
    if bad:
        con.execute(_DROP_WITHOUT_COST, {"origin": found.shown})
    unfit = file.rejected()
    file.drop_rejects()
    problems = [
        Problem(path=found.shown, what=f"left out: {each['what']}{_times(each['rows'])}")
        for each in bad[:SHOWN_PROBLEMS]
    ]
    problems += [
        Problem(path=found.shown, line=each["row"], what=f"left out: {each['error'].lower()}: {each['text']}")
        for each in unfit[:SHOWN_PROBLEMS]
    ]
    left_out = sum(each["rows"] for each in bad) + len(unfit)
    return _Read(found, _note(file), left_out, tuple(problems), left_out - len(problems))


_WITHOUT_COST = """
SELECT remark AS what, count(*) AS rows FROM billing.charges
WHERE origin = $origin AND (billed_cost IS NULL OR billing_currency IS NULL)
GROUP BY ALL ORDER BY ALL
"""

_DROP_WITHOUT_COST = """
DELETE FROM billing.charges
WHERE origin = $origin AND (billed_cost IS NULL OR billing_currency IS NULL)
"""


def _times(rows: int) -> str:
    return f" ({rows} rows)" if rows > 1 else ""


def _note(file: ExportFile) -> str:
    """Say what one should know of a file: its version, and what was not kept."""
    there = {plain(each.name) for each in file.columns}
    said = [f"FOCUS {focus.version(there)}"]
    own = [each.name for each in file.columns if plain(each.name) not in focus.COLUMNS]
    if own:
        shown = ", ".join(own[:5]) + (" …" if len(own) > 5 else "")
        said.append(
            f"{len(own)} columns that FOCUS does not have: {shown}" if len(own) > 1 else f"FOCUS has no column {shown}"
        )
    lacking = [each for each in focus.EXPECTED if plain(each) not in there]
    if lacking:
        said.append(f"no {', '.join(lacking)}")
    if file.recoded:
        said.append(f"{file.recoded} lines are not UTF-8 and are read as Windows-1252")
    return "; ".join(said)


def _tallies(store: Store) -> dict[str, dict[str, Any]]:
    return {row["origin"]: {**row, "charges": int(row["charges"])} for row in rows_of(store.con.execute(_TALLIES))}


_TALLIES = """
SELECT
    origin, sum(charges) AS charges, max(last) AS as_of,
    map_from_entries(list((category, charges) ORDER BY category)) AS counts
FROM (
    SELECT
        origin, coalesce(charge_category, 'no category') AS category,
        count(*) AS charges, max(charge_period_end) AS last
    FROM billing.charges GROUP BY ALL
)
GROUP BY origin
"""


def _totals(value: Billing, left_out: int, repeats: Sequence[Repeat]) -> dict[str, Number]:
    told: dict[str, Number] = {"left out": left_out}
    for total in value.totals:
        told[f"billed {total.currency}"] = float(total.billed)
        if total.effective is not None:
            told[f"effective {total.currency}"] = float(total.effective)
    if repeats:
        told["in two files"] = sum(each.charges for each in repeats)
    return told


def _remarks(store: Store) -> tuple[list[Problem], int]:
    """Give what could not be read in rows that were kept, each once a file, and how many rows that leaves unsaid."""
    said = rows_of(store.con.execute(_REMARKS, {"most": SHOWN_PROBLEMS}))
    total = store.con.execute("SELECT count(*) FROM billing.charges WHERE remark IS NOT NULL").fetchall()[0][0]
    problems = [Problem(path=row["origin"], what=f"kept: {row['remark']}{_times(row['rows'])}") for row in said]
    return problems, max(0, int(total) - len(problems))


_REMARKS = """
SELECT origin, remark, count(*) AS rows FROM billing.charges
WHERE remark IS NOT NULL GROUP BY ALL ORDER BY rows DESC, origin, remark LIMIT $most
"""
