"""Make the evidence of examples/nordwind anew.

Install what it needs into an environment of its own first: pip install -r examples/constraints-dbt.txt
With `--only runs` DuckDB is enough. With `--check` nothing is written, and it fails if other files come out.
"""

from __future__ import annotations

import argparse
import gzip
import shutil
import sys
import tempfile
from pathlib import Path

from nordwind_platform import dbt_evidence, run_log, runner

HERE = Path(__file__).resolve().parent
EVIDENCE = HERE / "nordwind" / "evidence"


def make(work: Path, only: str | None) -> Path:
    """Live through the ninety nights below `work`, run dbt over the result, and give the folder with the evidence."""
    evidence = work / "evidence"
    run_log.write(evidence / "runs", list(runner.nights(work)))
    if only == "runs":
        return evidence
    dbt_evidence.make(HERE / "nordwind_dbt", work / "warehouse.duckdb", work, evidence / "dbt")
    if only == "dbt":
        shutil.rmtree(evidence / "runs")
    return evidence


def content(file: Path) -> bytes:
    """Read a file; of a packed one the text, since compressors differ."""
    return gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()


def differences(made: Path, only: str | None) -> list[str]:
    """Name the files here that are not what was made."""
    below = only or ""
    names = {file.relative_to(top) for top in (made, EVIDENCE) for file in (top / below).rglob("*") if file.is_file()}
    same = {name for name in names if all((top / name).exists() for top in (made, EVIDENCE))}
    same = {name for name in same if content(made / name) == content(EVIDENCE / name)}
    return sorted(str(name) for name in names - same)


def main() -> int:
    """Do what the command line says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--only", choices=("runs", "dbt"))
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as work:
        made = make(Path(work), chosen.only)
        changed = differences(made, chosen.only)
        if not chosen.check:
            for folder in made.iterdir():
                shutil.rmtree(EVIDENCE / folder.name, ignore_errors=True)
                shutil.copytree(folder, EVIDENCE / folder.name)
    said = "differs" if chosen.check else "written"
    print("\n".join(f"{said}: {name}" for name in changed) or "Nothing changed.")
    return int(chosen.check and bool(changed))


if __name__ == "__main__":
    sys.exit(main())
