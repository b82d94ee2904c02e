"""Reads files of JSON with a SQL script, and says what each file held. `openlineage_events.py` and `dbt_log_files.py` use it.

The script reads the view `texts` (`json_texts.py`), fills the declared relations, and leaves behind, as temporary tables:

- `tallies`: file, lines, blank, left_out, as_of;
- `kinds`: file, kind, events: how many of each kind were kept;
- `remarks`: file, origin, place, what;
- `totals`: one row of sums, by name, with underscores for spaces.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from decom_nb.evidence import script
from decom_nb.evidence.json_texts import Texts, texts
from decom_nb.evidence.rows import rows_of
from decom_nb.evidence.source import SHOWN_PROBLEMS, Found, Number, Problem, Source, SourceFile, source_of

if TYPE_CHECKING:
    import duckdb

    from decom_nb.evidence.relation import Relation
    from decom_nb.evidence.store import Store


@dataclass(frozen=True)
class ScriptReading:
    """What is read and how: the kind of its files, the script, the relations that it fills, and what an element is called."""

    kind: str
    script: str
    relations: tuple[Relation, ...]
    wrappers: tuple[str, ...]
    element: str

    def read(self, found: Sequence[Found], store: Store, totals: Sequence[str]) -> Source:
        """Create the relations, fill them, and give the source with these of the totals. Nothing that a file holds raises."""
        import duckdb

        ordered = sorted(found, key=lambda file: file.shown)
        with texts(ordered, self.wrappers) as ready:
            try:
                return self._attempt(ready, store, {}, totals)
            except duckdb.Error as error:
                said = f"cannot be read: DuckDB says {type(error).__name__}"
            with store.ordered() as con:
                wrong = ready.broken(con)
            try:
                return self._attempt(ready, store, wrong, totals)
            except duckdb.Error:
                self._create(store)
                wrong = {number: Problem(path=file.shown, what=said) for number, file in enumerate(ordered)}
                return self._refused(ordered, wrong)

    def _attempt(self, ready: Texts, store: Store, wrong: dict[int, Problem], totals: Sequence[str]) -> Source:
        """Read all but those that are known to be wrong."""
        self._create(store)
        with store.ordered() as con:
            script.run(con, script.WRITTEN)
            ready.view(con, tuple(wrong))
            values = {"numbers": list(range(len(ready.found))), "origins": [file.shown for file in ready.found]}
            script.run(con, self.script, values)
            return self._source(ready, con, wrong, totals)

    def _create(self, store: Store) -> None:
        """Create the relations, whatever an attempt before has left."""
        for schema in {each.schema for each in self.relations}:
            store.con.execute(f"DROP SCHEMA IF EXISTS {schema} CASCADE")
        store.create(self.relations)

    def _source(
        self, ready: Texts, con: duckdb.DuckDBPyConnection, wrong: dict[int, Problem], totals: Sequence[str]
    ) -> Source:
        tallies = {row["file"]: row for row in rows_of(con.execute("FROM tallies"))}
        kinds: dict[int, dict[str, int]] = {}
        for row in rows_of(con.execute("FROM kinds ORDER BY ALL")):
            kinds.setdefault(row["file"], {})[row["kind"]] = row["events"]
        listed, problems = [], list(wrong.values())
        lines = {file.found.shown: file for file in ready.lines}
        for number, file in enumerate(ready.found):
            tally = tallies.get(number)
            note = wrong[number].what if number in wrong else ""
            if file.shown in lines:
                staged = lines[file.shown]
                held = tally["lines"] if tally else 0
                note = staged.broken
                if staged.broken:
                    problems.append(Problem(path=file.shown, line=held, what=f"read up to here: {staged.broken}"))
                if held != staged.lines:
                    problems.append(Problem(path=file.shown, what="changed while it was being read; read it again"))
            listed.append(self._file(file, tally, kinds.get(number, {}), note))
        for row in rows_of(con.execute(_FIRST_REMARKS, {"shown": SHOWN_PROBLEMS})):
            by_line = row["origin"] in lines
            what = row["what"] if by_line else f"{self.element} {row['place']} {row['what']}"
            problems.append(Problem(path=row["origin"], line=row["place"] if by_line else 0, what=what))
        sums = rows_of(con.execute("FROM totals"))[0]
        counted: dict[str, Number] = {name: int(sums[name.replace(" ", "_")]) for name in totals}
        more = int(con.execute("SELECT count(*) FROM remarks").fetchall()[0][0]) - SHOWN_PROBLEMS
        return source_of(self.kind, listed, problems, totals=counted, problems_more=max(0, more))

    def _refused(self, found: Sequence[Found], wrong: dict[int, Problem]) -> Source:
        listed = [self._file(file, None, {}, wrong[number].what) for number, file in enumerate(found)]
        return source_of(self.kind, listed, wrong.values())

    def _file(self, file: Found, tally: dict[str, Any] | None, kinds: dict[str, int], note: str) -> SourceFile:
        return SourceFile(
            path=file.shown,
            kind=self.kind,
            sha256=file.sha256,
            bytes=file.bytes,
            rows=sum(kinds.values()),
            counts=kinds,
            as_of=tally["as_of"] if tally else None,
            note=note,
        )


_FIRST_REMARKS = "SELECT origin, place, what FROM remarks ORDER BY origin, place LIMIT $shown"
