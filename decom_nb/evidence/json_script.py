"""Reads files of JSON with a SQL script, and says what each file held.

`openlineage_events.py`, `airflow_exports.py` and `dbt_log_files.py` use it.

The script reads the view `texts` (`json_texts.py`), fills the declared relations, and leaves behind, as temporary tables:

- `tallies`: file, lines, blank, left_out, as_of;
- `kinds`: file, kind, events: how many of each kind were kept;
- `remarks`: file, origin, place, what;
- `totals`: one row of sums, by name, with underscores for spaces.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
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
    """What is read and how.

    The script fills the relations; `totals` are those of its sums that the source of a kind gives. An `element` is what an array,
    or the list under one of the `wrappers`, has many of; with `tables` also a row of a CSV file.
    """

    script: str
    relations: tuple[Relation, ...]
    totals: Mapping[str, Sequence[str]]
    element: str
    wrappers: tuple[str, ...] = ()
    tables: bool = False
    values: Mapping[str, Any] = field(default_factory=dict)
    """What else the script is given, by name."""

    def read(self, found: Sequence[Found], store: Store) -> tuple[Source, ...]:
        """Create the relations, fill them, and give a source for each kind that has files. Nothing that a file holds raises."""
        import duckdb

        ordered = sorted(found, key=lambda file: file.shown)
        with texts(ordered, self.wrappers, self.tables) as ready:
            try:
                return self._attempt(ready, store, {})
            except duckdb.Error as error:
                said = f"cannot be read: DuckDB says {type(error).__name__}"
            with store.ordered() as con:
                wrong = ready.broken(con)
            try:
                return self._attempt(ready, store, wrong)
            except duckdb.Error:
                self._create(store)
                wrong = {number: Problem(path=file.shown, what=said) for number, file in enumerate(ordered)}
                return self._refused(ordered, wrong)

    def _attempt(self, ready: Texts, store: Store, wrong: dict[int, Problem]) -> tuple[Source, ...]:
        """Read all but those that are known to be wrong."""
        self._create(store)
        with store.ordered() as con:
            script.run(con, script.WRITTEN)
            ready.view(con, tuple(wrong))
            values = {
                "numbers": list(range(len(ready.found))),
                "origins": [file.shown for file in ready.found],
                "kinds": [file.kind for file in ready.found],
                **self.values,
            }
            script.run(con, self.script, values)
            return self._sources(ready, con, wrong)

    def _create(self, store: Store) -> None:
        """Create the relations, whatever an attempt before has left."""
        for schema in {each.schema for each in self.relations}:
            store.con.execute(f"DROP SCHEMA IF EXISTS {schema} CASCADE")
        store.create(self.relations)

    def _sources(
        self, ready: Texts, con: duckdb.DuckDBPyConnection, wrong: Mapping[int, Problem]
    ) -> tuple[Source, ...]:
        tallies = {row["file"]: row for row in rows_of(con.execute("FROM tallies"))}
        kinds: dict[int, dict[str, int]] = {}
        for row in rows_of(con.execute("FROM kinds ORDER BY ALL")):
            kinds.setdefault(row["file"], {})[row["kind"]] = row["events"]
        lines = {file.found.shown: file for file in ready.lines}
        problems = [*wrong.values(), *ready.rejected()]
        listed = []
        for number, file in enumerate(ready.found):
            note = wrong[number].what if number in wrong else file.note
            if staged := lines.get(file.shown):
                held = tallies[number]["lines"] if number in tallies else 0
                note = staged.broken or note
                if staged.broken:
                    problems.append(Problem(path=file.shown, line=held, what=f"read up to here: {staged.broken}"))
                if held != staged.lines:
                    problems.append(Problem(path=file.shown, what="changed while it was being read; read it again"))
            listed.append(_file(file, tallies.get(number), kinds.get(number, {}), note))
        more = {row["origin"]: row["remarks"] for row in rows_of(con.execute(_REMARKS_BY_FILE))}
        for row in rows_of(con.execute(_FIRST_REMARKS, {"shown": SHOWN_PROBLEMS})):
            more[row["origin"]] -= 1
            by_line = row["origin"] in lines
            what = row["what"] if by_line else f"{self.element} {row['place']} {row['what']}"
            problems.append(Problem(path=row["origin"], line=row["place"] if by_line else 0, what=what))
        sums = rows_of(con.execute("FROM totals"))[0]
        return self._summed(listed, problems, sums, more)

    def _summed(
        self,
        listed: Sequence[SourceFile],
        problems: Sequence[Problem],
        sums: Mapping[str, Any],
        more: Mapping[str, int],
    ) -> tuple[Source, ...]:
        """Give a source for each kind; `more` counts the remarks on each file that `problems` does not give."""
        sources = []
        for kind, names in self.totals.items():
            files = [file for file in listed if file.kind == kind]
            if not files:
                continue
            paths = {file.path for file in files}
            totals: dict[str, Number] = {name: int(sums[name.replace(" ", "_")]) for name in names if sums}
            own = [problem for problem in problems if problem.path in paths]
            sources.append(
                source_of(kind, files, own, totals=totals, problems_more=sum(more.get(path, 0) for path in paths))
            )
        return tuple(sources)

    def _refused(self, found: Sequence[Found], wrong: Mapping[int, Problem]) -> tuple[Source, ...]:
        listed = [_file(file, None, {}, wrong[number].what) for number, file in enumerate(found)]
        return self._summed(listed, tuple(wrong.values()), {}, {})


def _file(file: Found, tally: Mapping[str, Any] | None, kinds: dict[str, int], note: str) -> SourceFile:
    return SourceFile(
        path=file.shown,
        kind=file.kind,
        sha256=file.sha256,
        bytes=file.bytes,
        rows=sum(kinds.values()),
        counts=kinds,
        as_of=tally["as_of"] if tally else None,
        note=note,
    )


_FIRST_REMARKS = "SELECT origin, place, what FROM remarks ORDER BY origin, place LIMIT $shown"

_REMARKS_BY_FILE = "SELECT origin, count(*) AS remarks FROM remarks GROUP BY origin"
