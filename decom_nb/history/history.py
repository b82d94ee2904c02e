"""The value that rules, measures and charts of any room ask for under the name ``history``."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self
from weakref import WeakKeyDictionary, WeakSet, ref

from decom_nb.history.incident import INCIDENTS, Incident, chained, upstream_of
from decom_nb.history.naming import named, readable
from decom_nb.history.relations import RELATIONS
from decom_nb.history.told import SOURCES, WORDS, tell

if TYPE_CHECKING:
    from decom_nb.evidence.dbt import Dbt
    from decom_nb.evidence.runs import Runs
    from decom_nb.evidence.store import Store


@dataclass(frozen=True, slots=True)
class PipelineHistory:
    """The runs of one pipeline, counted; `runs` are those that ended as success, failed or partial.

    `unknown` counts runs of which no line could be read, `doubtful` successes of which a line could not: both only run logs have.
    """

    name: str
    source: str
    """What its runs are counted from."""
    also_in: tuple[str, ...]
    """Other sources that tell of it too and do not count."""
    runs: int
    success: int
    failed: int
    partial: int
    skipped: int
    running: int
    incomplete: int
    retried: int | None
    """Runs that were tried again by themselves; nothing where the source does not tell."""
    healed: int
    """Those of them that succeeded in the end."""
    first_started_at: datetime | None
    last_started_at: datetime | None
    last_success_at: datetime | None
    """When the last success ended."""
    seconds_median: float | None
    seconds_p95: float | None
    checks_passed: int | None
    checks_failed: int | None
    unknown: int = 0
    doubtful: int = 0

    @property
    def success_range(self) -> tuple[float, float]:
        """The lowest and the highest share of successes that lines which could not be read leave possible."""
        runs = self.runs + self.unknown
        if not runs:
            return 0.0, 1.0
        return (self.success - self.doubtful) / runs, (self.success + self.unknown) / runs


@dataclass(frozen=True, eq=False)
class History:
    """What ran, from all sources, in ``history.runs``, ``history.steps`` and ``history.datasets`` of the store.

    `names` gives pipelines by the names they have elsewhere, `writes` the tables that people say they write. `made` makes the
    relations; should another history have been made in the same store since, a query makes them again.
    """

    store: Store
    runs: Runs | None = None
    dbt: Dbt | None = None
    names: tuple[tuple[str, str], ...] = ()
    writes: tuple[tuple[str, str], ...] = ()

    def query(self, sql: str, parameters: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
        """Give the rows of a query; values go in as ``$name``. Its timestamps are in UTC, and say so."""
        with _LOCK:
            return self.made().store.query(sql, parameters)

    def made(self) -> Self:
        """Give the same history, its relations being those in the store."""
        with _LOCK:
            current = _CURRENT.get(self.store)
            if current is None or current() is not self:
                self._make()
                _CURRENT[self.store] = ref(self)
        return self

    @cached_property
    def pipelines(self) -> tuple[PipelineHistory, ...]:
        """All pipelines with their runs counted, by name; those of which no line could be read included."""
        unread = self._unread()
        also: dict[str, set[str]] = {}
        for row in self.query("SELECT DISTINCT pipeline, source FROM history.names WHERE NOT counts AND runs > 0"):
            also.setdefault(row["pipeline"], set()).add(row["source"])
        found = {}
        for row in self.query(_PIPELINES):
            others = tuple(each for each in SOURCES if each in also.get(row["name"], ()))
            unknown, doubtful = unread.pop(row["name"], (0, 0)) if row["source"] == "run_logs" else (0, 0)
            found[row["name"]] = PipelineHistory(**row, also_in=others, unknown=unknown, doubtful=doubtful)
        for name, (unknown, doubtful) in unread.items():
            if name not in found:
                found[name] = _unread_only(name, unknown, doubtful)
        return tuple(found[name] for name in sorted(found))

    @cached_property
    def incidents(self) -> tuple[Incident, ...]:
        """Runs that did not succeed, in a row, with what ended them, by when they began."""
        return tuple(Incident(**row) for row in self.query(INCIDENTS))

    def chains(self, within: timedelta) -> tuple[Incident, ...]:
        """Give the incidents, each with the one upstream that caused it, if one did no longer than `within` before."""
        return chained(self.incidents, self.upstream, within)

    @cached_property
    def upstream(self) -> Mapping[str, frozenset[str]]:
        """For each pipeline those that write what it reads."""
        rows = self.query("SELECT DISTINCT pipeline, dataset, direction FROM history.datasets ORDER BY ALL")
        return upstream_of((row["pipeline"], row["dataset"], row["direction"]) for row in rows)

    @cached_property
    def ends_at(self) -> Mapping[str, datetime]:
        """When what each source tells ends: nothing can be said of what came after."""
        rows = self.query(
            "SELECT source, max(greatest(started_at, coalesce(ended_at, started_at))) AS ends_at"
            " FROM history.told_runs GROUP BY source ORDER BY source"
        )
        return {row["source"]: row["ends_at"] for row in rows if row["ends_at"]}

    @cached_property
    def end(self) -> datetime | None:
        """When the newest of it is from."""
        return max(self.ends_at.values(), default=None)

    @cached_property
    def sources(self) -> Mapping[str, int]:
        """How many pipelines are counted from each source, by the source in words."""
        counted = {source: sum(each.source == source for each in self.pipelines) for source in SOURCES}
        return {WORDS[source]: pipelines for source, pipelines in counted.items() if pipelines}

    def durations(self, pipeline: str) -> tuple[float, ...]:
        """Give how many seconds the runs of a pipeline took that ended and did not fail, shortest first."""
        sql = (
            "SELECT seconds FROM history.runs WHERE pipeline = $pipeline AND status IN ('success', 'partial')"
            " AND seconds IS NOT NULL ORDER BY seconds"
        )
        return tuple(row["seconds"] for row in self.query(sql, {"pipeline": pipeline}))

    def pipeline_of(self, source: str, name: str) -> str:
        """Give what the pipeline is called that a source calls by that name; the name itself where nobody says."""
        return self._named.get((source, name), dict(self.names).get(name, name))

    @cached_property
    def _named(self) -> Mapping[tuple[str, str], str]:
        rows = self.query("SELECT source, told, pipeline FROM history.names")
        return {(row["source"], row["told"]): row["pipeline"] for row in rows}

    def _unread(self) -> dict[str, tuple[int, int]]:
        found: dict[str, tuple[int, int]] = {}
        for each in self.runs.pipelines if self.runs else ():
            if each.unknown or each.doubtful:
                name = self.pipeline_of("run_logs", each.name)
                unknown, doubtful = found.get(name, (0, 0))
                found[name] = unknown + each.unknown, doubtful + each.doubtful
        return found

    def _make(self) -> None:
        """Make the relations in the store: what sources tell once, then names, then what counts."""
        con = self.store.con.cursor()
        con.execute("BEGIN")
        if self.store not in _TOLD:
            tell(con, self.store, self.dbt)
        told = con.execute(
            "SELECT source, pipeline, sum(runs) FROM ("
            "SELECT source, pipeline, count(*) AS runs FROM history.told_runs GROUP BY ALL"
            " UNION ALL SELECT DISTINCT source, pipeline, 0 FROM history.told_datasets) GROUP BY ALL ORDER BY ALL"
        ).fetchall()
        found = named(((source, name) for source, name, _ in told), dict(self.names))
        rows = [(source, name, found[source, name], int(runs)) for source, name, runs in told]
        for statement in _MAKE:
            con.execute(statement, _columns(rows) if "$source" in statement else {})
        if self.writes:
            con.execute(
                _WRITES, {"names": [name for name, _ in self.writes], "tables": [table for _, table in self.writes]}
            )
        con.execute("COMMIT")
        con.close()
        _TOLD.add(self.store)
        self.store.declare(RELATIONS)


def _unread_only(name: str, unknown: int, doubtful: int) -> PipelineHistory:
    """Give a pipeline of whose runs no line could be read."""
    return PipelineHistory(
        name=name,
        source="run_logs",
        also_in=(),
        runs=0,
        success=0,
        failed=0,
        partial=0,
        skipped=0,
        running=0,
        incomplete=0,
        retried=None,
        healed=0,
        first_started_at=None,
        last_started_at=None,
        last_success_at=None,
        seconds_median=None,
        seconds_p95=None,
        checks_passed=None,
        checks_failed=None,
        unknown=unknown,
        doubtful=doubtful,
    )


_LOCK = threading.RLock()
_CURRENT: WeakKeyDictionary[Store, ref[History]] = WeakKeyDictionary()
"""Whose relations stand in each store; held weakly, as a history holds its store and no store would ever go."""
_TOLD: WeakSet[Store] = WeakSet()
"""The stores in which everything has been told."""


def _columns(rows: Sequence[tuple[str, str, str, int]]) -> dict[str, list[Any]]:
    """Give rows of (source, its name for a pipeline, the pipeline, runs) as the parameters of `_MAKE`."""
    source, key, pipeline, runs = (list(column) for column in zip(*rows, strict=True)) if rows else ([], [], [], [])
    rank = [SOURCES.index(each) for each in source]
    told = [readable(each) for each in key]
    return {"source": source, "told": told, "key": key, "pipeline": pipeline, "runs": runs, "rank": rank}


_MAKE = (
    """
CREATE OR REPLACE TABLE history.names AS
WITH given AS (
    SELECT
        unnest(CAST($source AS VARCHAR[])) AS source, unnest(CAST($told AS VARCHAR[])) AS told,
        unnest(CAST($key AS VARCHAR[])) AS key,
        unnest(CAST($pipeline AS VARCHAR[])) AS pipeline, unnest(CAST($runs AS BIGINT[])) AS runs,
        unnest(CAST($rank AS BIGINT[])) AS rank
)

SELECT
    *, runs > 0 AND source = arg_min(source, rank) FILTER (runs > 0)
        OVER (PARTITION BY pipeline) AS counts
FROM given
""",
    """
CREATE OR REPLACE TABLE history.runs AS
SELECT told_runs.* REPLACE (names.pipeline AS pipeline)
FROM history.told_runs JOIN history.names ON names.source = told_runs.source AND names.key = told_runs.pipeline
WHERE names.counts
""",
    """
CREATE OR REPLACE VIEW history.steps AS
SELECT told_steps.* REPLACE (names.pipeline AS pipeline)
FROM history.told_steps JOIN history.names ON names.source = told_steps.source AND names.key = told_steps.pipeline
WHERE names.counts
""",
    """
CREATE OR REPLACE TABLE history.datasets AS
SELECT told_datasets.* REPLACE (names.pipeline AS pipeline)
FROM history.told_datasets
JOIN history.names ON names.source = told_datasets.source AND names.key = told_datasets.pipeline
""",
)

_WRITES = """
INSERT INTO history.datasets BY NAME
SELECT 'service_levels' AS source, unnest($names) AS pipeline, unnest($tables) AS dataset, 'writes' AS direction
"""

_PIPELINES = """
SELECT
    pipeline AS name,
    any_value(source) AS source,
    count(*) FILTER (status IN ('success', 'failed', 'partial')) AS runs,
    count(*) FILTER (status = 'success') AS success,
    count(*) FILTER (status = 'failed') AS failed,
    count(*) FILTER (status = 'partial') AS partial,
    count(*) FILTER (status = 'skipped') AS skipped,
    count(*) FILTER (status = 'running') AS running,
    count(*) FILTER (status = 'incomplete') AS incomplete,
    CASE WHEN count(retried) > 0 THEN count(*) FILTER (retried) END AS retried,
    count(*) FILTER (retried AND status = 'success') AS healed,
    min(started_at) AS first_started_at,
    max(started_at) AS last_started_at,
    max(ended_at) FILTER (status = 'success') AS last_success_at,
    median(seconds) AS seconds_median,
    quantile_cont(seconds, 0.95) AS seconds_p95,
    CAST(sum(checks_passed) AS HUGEINT) AS checks_passed,
    CAST(sum(checks_failed) AS HUGEINT) AS checks_failed
FROM history.runs GROUP BY pipeline ORDER BY pipeline
"""
