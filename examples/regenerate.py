"""Make the evidence of examples/nordwind anew.

Install what it needs into an environment of its own first: pip install -r examples/constraints-dbt.txt
With `--only runs`, `events` or `alerts` DuckDB is enough. Tables and the checks on them (`--only tables`), and what designs come
to on them (`--only designs`), need decom_nb itself, and are left out where it is not installed.
With `--check` nothing is written,
and it fails if other files come out.
"""

from __future__ import annotations

import argparse
import gzip
import importlib.util
import shutil
import sys
import tempfile
from pathlib import Path

import duckdb
from nordwind_platform import (
    alert_evidence,
    bill,
    bucket,
    dbt_evidence,
    lineage,
    query_history,
    run_log,
    runner,
    suite_evidence,
)

HERE = Path(__file__).resolve().parent
ENGAGEMENT = HERE / "nordwind"
PARTS = {
    "runs": ("evidence/runs",),
    "events": ("evidence/events",),
    "dbt": ("evidence/dbt",),
    "bills": ("evidence/billing", "evidence/objects", "evidence/queries"),
    "alerts": ("evidence/alerting",),
    "suite": ("evidence/reports",),
    "tables": ("evidence/checks", "evidence/mutations", "tables"),
    "designs": ("evidence/models", "evidence/proofs"),
}
"""What is made together, and the folders of the engagement that it fills."""


def make(work: Path, chosen: tuple[str, ...]) -> Path:
    """Live through the ninety nights below `work`, run dbt over the result, check tables; give an engagement's folder."""
    made = work / "made"
    if {"runs", "events", "dbt"} & set(chosen):
        (work / "nights").mkdir()
        done = list(runner.nights(work / "nights"))
        run_log.write(made / "evidence/runs", [each.record for each in done])
        lineage.write(made / "evidence/events", done)
    if "dbt" in chosen:
        dbt_evidence.make(
            HERE / "nordwind_dbt", work / "nights" / "warehouse.duckdb", work / "nights", made / "evidence/dbt"
        )
    if "alerts" in chosen:
        logs = made / "evidence/runs"
        alert_evidence.make(logs if logs.is_dir() else ENGAGEMENT / "evidence/runs", made / "evidence/alerting")
    if "bills" in chosen:
        logs, manifest = (made if "dbt" in chosen else ENGAGEMENT) / "evidence", "dbt/manifest.json"
        bill.write(made / "evidence/billing", logs / "runs")
        bucket.write(made / "evidence/objects")
        query_history.write(made / "evidence/queries", logs / "runs", logs / manifest)
    if "suite" in chosen:
        suite_evidence.make(ENGAGEMENT / "evidence/tests", made / "evidence/reports")
    if "tables" in chosen:
        from nordwind_platform import check_evidence

        check_evidence.make(ENGAGEMENT, work / "evenings", made / "tables", made / "evidence")
    if "designs" in chosen:
        from nordwind_platform import design_evidence

        design_evidence.make(ENGAGEMENT, made / "evidence")
    return made


def content(file: Path) -> object:
    """Read a file; of a packed one the text, and of Parquet the rows, since compressors differ."""
    if file.suffix == ".gz":
        return gzip.decompress(file.read_bytes())
    if file.suffix == ".parquet":
        return duckdb.connect().execute("SELECT * FROM read_parquet(?)", [str(file)]).fetchall()
    return file.read_bytes()


def differences(made: Path, folders: list[str]) -> list[str]:
    """Name the files here that are not what was made."""
    tops = (made, ENGAGEMENT)
    names = {
        file.relative_to(top)
        for top in tops
        for below in folders
        for file in (top / below).rglob("*")
        if file.is_file()
    }
    same = {name for name in names if all((top / name).exists() for top in tops)}
    same = {name for name in same if content(made / name) == content(ENGAGEMENT / name)}
    return sorted(str(name) for name in names - same)


def main() -> int:
    """Do what the command line says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--only", choices=tuple(PARTS))
    asked = parser.parse_args()
    chosen = (asked.only,) if asked.only else tuple(PARTS)
    if not asked.only and importlib.util.find_spec("decom_nb") is None:
        print("decom_nb is not installed here: tables, checks and designs are left out.")
        chosen = ("runs", "events", "dbt", "bills", "alerts")
    if not asked.only and importlib.util.find_spec("pytest") is None:
        print("pytest is not installed here: the report of Nordwind's own tests is left out.")
        chosen = tuple(part for part in chosen if part != "suite")
    folders = [folder for part in chosen for folder in PARTS[part]]
    with tempfile.TemporaryDirectory() as work:
        made = make(Path(work), chosen)
        changed = differences(made, folders)
        if not asked.check:
            for folder in folders:
                if not changed and (ENGAGEMENT / folder).exists():
                    continue
                shutil.rmtree(ENGAGEMENT / folder, ignore_errors=True)
                shutil.copytree(made / folder, ENGAGEMENT / folder)
    said = "differs" if asked.check else "written"
    print("\n".join(f"{said}: {name}" for name in changed) or "Nothing changed.")
    return int(asked.check and bool(changed))


if __name__ == "__main__":
    sys.exit(main())
