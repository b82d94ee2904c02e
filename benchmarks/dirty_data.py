"""How many wrong cells the proposed suite finds in tables whose errors are known, and how many right ones it blames.

Each folder holds dirty.csv and clean.csv, line by line the same; a folder of such folders is walked. The proposal sees
dirty.csv alone, once as text and once as DuckDB reads it. A cell is wrong if the two files differ in it; a cell is flagged
if its row violates a proposed check that blames its column. clean.csv is judged as well: whatever is flagged there is a
false alarm.

    python benchmarks/dirty_data.py FOLDER … [--columns]
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from decom_nb.evidence.tables import Column, Table
from decom_nb.phases.quality.suggest import cells, propose
from decom_nb.sql.text import string

Cells = set[tuple[int, str]]

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Score:
    """Flagged cells against wrong ones; `cells` is how many there are."""

    flagged: Cells
    wrong: Cells
    cells: int
    columns: Sequence[str]
    seconds: float = 0

    @property
    def precision(self) -> float:
        """Give the share of flagged cells that are wrong; 1 if none is flagged."""
        return len(self.flagged & self.wrong) / len(self.flagged) if self.flagged else 1.0

    @property
    def recall(self) -> float:
        """Give the share of wrong cells that are flagged; 1 if none is wrong."""
        return len(self.flagged & self.wrong) / len(self.wrong) if self.wrong else 1.0

    @property
    def false_alarms(self) -> float:
        """Give the share of all cells that are flagged and right."""
        return len(self.flagged - self.wrong) / self.cells if self.cells else 0.0

    def of(self, column: str) -> Score:
        """Give the score of one column."""
        flagged, wrong = ({each for each in some if each[1] == column} for some in (self.flagged, self.wrong))
        return Score(flagged, wrong, self.cells // len(self.columns), (column,))


def read(path: Path) -> list[list[str]]:
    """Give the lines of a CSV, the header first."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


def flagged(path: Path, *, as_text: bool) -> tuple[Cells, float]:
    """Give the cells that the proposal for a CSV blames, and the seconds it took to propose."""
    with duckdb.connect() as connection:
        connection.execute("SET threads = 2")
        options = ", all_varchar = true" if as_text else ""
        connection.execute(f"CREATE TABLE t AS FROM read_csv({string(str(path))}, header = true{options})")
        columns = tuple(Column(row[0], row[1]) for row in connection.execute("DESCRIBE t").fetchall())
        table = Table("t", "duckdb", path.name, "t", columns)
        began = time.perf_counter()
        proposal = propose(connection, table, now=NOW, samples=0)
        seconds = time.perf_counter() - began
        return cells(connection, table, proposal), seconds


def score(folder: Path, *, as_text: bool = True, clean: bool = False) -> Score:
    """Propose for one table and compare with the truth; with `clean`, for the clean table, in which nothing is wrong."""
    right = read(folder / "clean.csv")
    given = right if clean else read(folder / "dirty.csv")
    columns = given[0]
    wrong = {
        (at, columns[place])
        for at, (line, truth) in enumerate(zip(given[1:], right[1:], strict=True))
        for place in range(len(columns))
        if line[place] != truth[place]
    }
    found, seconds = flagged(folder / ("clean.csv" if clean else "dirty.csv"), as_text=as_text)
    return Score(found, wrong, len(columns) * (len(given) - 1), columns, seconds)


def nulls_as_expected(folder: Path) -> bool | None:
    """Tell whether the empty cells of dirty.csv are as many as expected.json says; None if it does not say."""
    from decom_nb.profile import profile_of

    expected = folder / "expected.json"
    if not expected.is_file():
        return None
    with duckdb.connect() as connection:
        path = string(str(folder / "dirty.csv"))
        connection.execute(f"CREATE TABLE t AS FROM read_csv({path}, header = true, all_varchar = true)")
        columns = tuple(Column(row[0], row[1]) for row in connection.execute("DESCRIBE t").fetchall())
        seen = profile_of(connection, Table("t", "duckdb", "t", "t", columns))
    told = json.loads(expected.read_text(encoding="utf-8"))["nulls_in_dirty"]
    return told == {each.name: each.nulls for each in seen.columns}


def folders(given: Sequence[Path]) -> Iterator[Path]:
    """Give the folders that hold a pair of files."""
    for each in given:
        if (each / "dirty.csv").is_file():
            yield each
        else:
            yield from sorted(path.parent for path in each.glob("*/dirty.csv"))


def main() -> None:
    """Print a table in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--columns", action="store_true", help="each column on a line of its own as well")
    asked = parser.parse_args()
    print("| table | read as | wrong | flagged | precision | recall | false alarms | clean: flagged | s |")
    print("|---|---|---|---|---|---|---|---|---|")
    for folder in folders(asked.folders):
        for as_text in (True, False):
            dirty, clean = score(folder, as_text=as_text), score(folder, as_text=as_text, clean=True)
            print(
                f"| {folder.name} | {'text' if as_text else 'sniffed'} | {len(dirty.wrong):,} | {len(dirty.flagged):,} | "
                f"{dirty.precision:.3f} | {dirty.recall:.3f} | {dirty.false_alarms:.2%} | "
                f"{len(clean.flagged):,} ({clean.false_alarms:.2%}) | {dirty.seconds:.1f} |"
            )
            for column in dirty.columns if asked.columns else ():
                one = dirty.of(column)
                if one.wrong or one.flagged:
                    print(
                        f"| – {column} | | {len(one.wrong):,} | {len(one.flagged):,} | {one.precision:.3f} | {one.recall:.3f} | "
                        f"{one.false_alarms:.2%} | {len(clean.of(column).flagged):,} | |"
                    )
        if (same := nulls_as_expected(folder)) is not None:
            print(f"{folder.name}: null counts {'as' if same else 'NOT as'} expected.json", file=sys.stderr)


if __name__ == "__main__":
    main()
