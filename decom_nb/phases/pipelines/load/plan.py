"""What a load needs to know, read from a pipeline's document and held against what its strategy can keep. `script` calls it.

Everything a client wrote as SQL (columns, gates) goes through `sql.guard` here: it computes, and does nothing else.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from decom_nb.errors import InputError, Mistake
from decom_nb.phases.pipelines.load.words import ENGINES, qualified
from decom_nb.phases.pipelines.pipeline import Deletes, LoadStrategy, Pipeline, PipelineColumn
from decom_nb.phases.pipelines.strategy import STRATEGIES, Strategy
from decom_nb.sql import guard
from decom_nb.sql.text import name
from decom_nb.suggest import instead
from decom_nb.wording import listed

CONTROL = "control.watermarks"
"""Where positions are kept if the document names no table."""
DELETED = "deleted_at"
"""The column that marks what is gone, if the document names none."""
POSITION = "load_position"
"""What the incremental key is called in staging tables."""
Kind = Literal["time", "instant", "day", "number", "text"]

_WHOLE = (
    "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT",
)  # fmt: skip
_TABLE = re.compile(r"[\w$-]+(?:\.[\w$-]+){0,2}")
_LONGEST = 40
"""Bytes of a pipeline's name in those of staging tables: PostgreSQL cuts names at 63 bytes, and says nothing."""


@dataclass(frozen=True)
class Column:
    """A column of the target and the expression of the source that gives it, in DuckDB's SQL."""

    name: str
    type: str
    expression: str


@dataclass(frozen=True)
class Position:
    """What says how far the source was read."""

    expression: str
    type: str
    kind: Kind
    column: str
    """The column of the target that holds it; empty if none does."""
    lookback_seconds: int


@dataclass(frozen=True)
class Condition:
    """What must not be false of any row: as somebody wrote it, and as DuckDB's SQL. Unknown (NULL) passes."""

    written: str
    sql: str


@dataclass(frozen=True)
class Plan:
    """A load, checked. Names of tables are quoted; expressions and conditions are DuckDB's SQL."""

    pipeline: str
    dialect: str
    strategy: LoadStrategy
    source: str
    target: str
    columns: tuple[Column, ...]
    keys: tuple[str, ...]
    """The columns of the target that tell rows apart; none: the whole row does."""
    position: Position | None
    incremental: bool
    partition: str
    deletes: Deletes
    deleted_column: str
    control: str
    pre_load: tuple[Condition, ...]
    post_load: tuple[Condition, ...]
    landed: bool
    """The source is read in its own engine, and its rows wait in a landing table with the target's columns."""
    compares_keys: bool
    """All keys of the source are read, to find what vanished."""
    notes: tuple[str, ...]
    """What a reader of the files has to know about this load, in sentences."""

    @property
    def way(self) -> Strategy:
        """Give what its strategy keeps, needs and cannot do."""
        return STRATEGIES[self.strategy]

    @property
    def called(self) -> str:
        """Give what the target's columns are qualified with: its name without a schema, quoted."""
        return self.target.rpartition(".")[2]

    @property
    def names(self) -> tuple[str, ...]:
        """Give the columns' names."""
        return tuple(each.name for each in self.columns)

    @property
    def values(self) -> tuple[Column, ...]:
        """Give the columns that are no keys."""
        return tuple(each for each in self.columns if each.name not in self.keys)

    def table(self, role: str) -> str:
        """Give the quoted name of a table of this load's own, beside the target; pipelines that are called alike share none."""
        flat = re.sub(r"\W+", "_", self.pipeline).strip("_").lower() or "load"
        if flat != self.pipeline or len(flat.encode()) > _LONGEST:
            cut = flat.encode()[: _LONGEST - 9].decode(errors="ignore")
            flat = f"{cut}_{hashlib.sha256(self.pipeline.encode()).hexdigest()[:8]}"
        schema = self.target.rpartition(".")[0]
        return (f"{schema}." if schema else "") + name(f"{flat}__{role}")

    @property
    def keys_table(self) -> str:
        """Give the table that holds every key the source has now."""
        return self.table("keys") if self.compares_keys else self.table("staged")


def plan(pipeline: Pipeline, dialect: str, *, landed: bool = False, compare_keys: bool = True) -> Plan:
    """Read what a load needs; raises `InputError` with everything that is missing or contradicts itself.

    `landed`: the source lies in another engine, and its rows are put into a landing table beside the target.
    `compare_keys`: an incremental load reads all keys to find what vanished; without it, that is left to another time.
    """
    if dialect not in ENGINES:
        raise InputError(Mistake("", 0, "dialect", f"{dialect} is not known", instead(dialect, ENGINES)))
    load, extract = pipeline.load, pipeline.extract
    mistakes = [*_tables(pipeline), *_contradictions(pipeline)]
    columns = _columns(pipeline, mistakes)
    keys = _keys(pipeline, columns, mistakes)
    if load.partition_key and columns and load.partition_key not in {each.name for each in columns}:
        mistakes.append(_unknown("load.partition_key", load.partition_key, columns))
    deletes = _deletes(pipeline)
    way = STRATEGIES[load.strategy] if load.strategy else None
    if deletes != "ignore" and not keys and columns and way and deletes in way.deletes and not way.replaces_all:
        mistakes.append(
            Mistake("", 0, "load.merge_keys", "what vanished is found by keys, and there are none", "name them")
        )
    deleted = load.deleted_column or DELETED
    if deletes == "soft" and deleted in {each.name for each in columns}:
        hint = "let load.deleted_column name another one, which the load writes itself"
        mistakes.append(
            Mistake("", 0, "columns", f"{deleted} marks what is gone, and is no column of the source", hint)
        )
    gates = _gates(pipeline, columns, deleted if deletes == "soft" else "", mistakes)
    position = _position(pipeline, columns, mistakes)
    if mistakes:
        raise InputError([_of(each, pipeline) for each in mistakes])
    incremental = _incremental(pipeline)
    storage = extract.watermark_storage.strip()
    notes = list(_notes(pipeline, incremental, position))
    if storage and not _TABLE.fullmatch(storage):
        notes.append(f"The position is kept in {CONTROL}: {storage!r} names no table.")
        storage = ""
    assert load.strategy is not None  # noqa: S101 - `_contradictions` has seen to it
    return Plan(
        pipeline=pipeline.called,
        dialect=dialect,
        strategy=load.strategy,
        source=qualified(extract.source_table),
        target=qualified(load.target_table),
        columns=columns,
        keys=keys,
        position=position,
        incremental=incremental,
        partition=load.partition_key,
        deletes=deletes,
        deleted_column=deleted if deletes == "soft" else "",
        control=qualified(storage or CONTROL),
        pre_load=gates[0],
        post_load=gates[1],
        landed=landed,
        compares_keys=deletes in ("soft", "hard") and incremental and compare_keys,
        notes=tuple(notes),
    )


def _of(mistake: Mistake, pipeline: Pipeline) -> Mistake:
    file = f"documents/pipeline/{pipeline.instance}.yaml" if pipeline.instance else ""
    return Mistake(file, 0, mistake.key, mistake.what, mistake.instead)


def _tables(pipeline: Pipeline) -> Iterator[Mistake]:
    for key, table in (
        ("extract.source_table", pipeline.extract.source_table),
        ("load.target_table", pipeline.load.target_table),
    ):
        if not table.strip():
            yield Mistake("", 0, key, "is empty", "name the table")
        elif not _TABLE.fullmatch(re.sub(r'["`]', "", table.strip())):
            yield Mistake("", 0, key, f"{table!r} is no name of a table", "write it as schema.table")


def _contradictions(pipeline: Pipeline) -> Iterator[Mistake]:
    load, extract = pipeline.load, pipeline.extract
    if load.strategy is None:
        yield Mistake("", 0, "load.strategy", "is empty", "choose one; the decision of the pipeline proposes it")
    if not pipeline.columns:
        yield Mistake("", 0, "columns", "are empty", "write down the columns that the pipeline carries")
    way = STRATEGIES[load.strategy] if load.strategy else None
    if way and way.needs_keys and not load.merge_keys and not extract.natural_keys:
        yield Mistake("", 0, "load.merge_keys", f"are empty, and {way.name} needs them", "name what tells rows apart")
    if way and way.needs_partition and not load.partition_key:
        yield Mistake("", 0, "load.partition_key", f"is empty, and {way.name} needs it", "name the column")
    if extract.strategy in ("incremental", "CDC", "log-based") and not extract.incremental_key:
        what = f"is empty, and {extract.strategy} needs it"
        yield Mistake("", 0, "extract.incremental_key", what, "name the column that grows with each change")
    if way and way.replaces_all and _incremental(pipeline):
        what = f"{way.name} of an incremental extract would leave only the last changes in the target"
        yield Mistake("", 0, "extract.strategy", what, "read in full, or choose merge")
    if way and load.deletes and load.deletes not in way.deletes:
        can = [each.name for each in STRATEGIES.values() if load.deletes in each.deletes]
        what = f"{way.name} {way.does}: it cannot do what {load.deletes} says"
        hint = f"say {listed(way.deletes, 'or')}, or choose as the strategy {listed(can, 'or')}"
        yield Mistake("", 0, "load.deletes", what, hint)
    if extract.strategy in ("CDC", "log-based") and _deletes(pipeline) != "ignore":
        what = "a log of changes still names what was deleted, so that comparing keys finds nothing"
        yield Mistake(
            "", 0, "load.deletes", what, "reduce the log to a current table first (decom patterns cdc), and load that"
        )


def _incremental(pipeline: Pipeline) -> bool:
    extract = pipeline.extract
    return bool(extract.incremental_key) if extract.strategy is None else extract.strategy != "full"


def _deletes(pipeline: Pipeline) -> Deletes:
    """Give what becomes of what is gone; what the strategy implies where nobody said."""
    if pipeline.load.deletes is not None:
        return pipeline.load.deletes
    strategy = pipeline.load.strategy
    return STRATEGIES[strategy].deletes[0] if strategy else "ignore"


def _columns(pipeline: Pipeline, mistakes: list[Mistake]) -> tuple[Column, ...]:
    found: list[Column] = []
    for at, column in enumerate(pipeline.columns):
        try:
            found.append(_column(column, at))
        except InputError as error:
            mistakes += error.mistakes
    spelled = [each.name.casefold() for each in found]
    for each in sorted({one for one in spelled if spelled.count(one) > 1}):
        mistakes.append(Mistake("", 0, "columns", f"{each} is named twice", "name it once"))
    return tuple(found)


def _column(column: PipelineColumn, at: int) -> Column:
    type_ = guard.type_name(column.data_type, key=f"columns[{at}].data_type")
    written = column.source.strip()
    expression = guard.unbound_expression(written, key=f"columns[{at}].source") if written else name(column.name)
    return Column(column.name, type_, expression)


def _keys(pipeline: Pipeline, columns: tuple[Column, ...], mistakes: list[Mistake]) -> tuple[str, ...]:
    """Give the keys as columns of the target; natural keys are columns of the source."""
    known = {each.name for each in columns}
    if pipeline.load.merge_keys:
        if columns:
            mistakes += [
                _unknown("load.merge_keys", each, columns) for each in pipeline.load.merge_keys if each not in known
            ]
        return pipeline.load.merge_keys
    found: list[str] = []
    for each in pipeline.extract.natural_keys:
        column = _column_of(each, columns)
        if column:
            found.append(column)
        elif columns:
            mistakes.append(_unknown("extract.natural_keys", each, columns))
    return tuple(found)


def _column_of(source: str, columns: tuple[Column, ...]) -> str:
    """Give the column of the target that holds a column of the source as it is; empty if there is none."""
    return next((each.name for each in columns if each.expression == name(source)), "")


def _unknown(key: str, called: str, columns: tuple[Column, ...]) -> Mistake:
    return Mistake(
        "", 0, key, f"{called} is no column of the pipeline", instead(called, [each.name for each in columns])
    )


def _position(pipeline: Pipeline, columns: tuple[Column, ...], mistakes: list[Mistake]) -> Position | None:
    """Give the position; None without an incremental key, or where nobody says what type it has."""
    extract = pipeline.extract
    key, told = extract.incremental_key, extract.incremental_type.strip()
    if not key or not columns:
        return None
    column = _column_of(key, columns)
    type_ = next((each.type for each in columns if each.name == column), "")
    if told:
        try:
            told = guard.type_name(told, key="extract.incremental_type")
        except InputError as error:
            mistakes += error.mistakes
            return None
        if type_ and guard.canonical_type(told) != guard.canonical_type(type_):
            what = f"says {told}, and the column {column} says {type_}"
            mistakes.append(Mistake("", 0, "extract.incremental_type", what, "leave it empty: the column says it"))
    type_ = type_ or told
    if not type_:
        what = f"no column holds {key} as it is, so that nobody says its type"
        hint = f"add {key} to the columns, or say its type in extract.incremental_type"
        mistakes.append(Mistake("", 0, "extract.incremental_key", what, hint))
        return None
    kind = _kind(type_)
    if kind is None:
        what = f"{key} is {type_}, of which no position can be kept to the last digit"
        hint = "take a time, a date, a whole number, a DECIMAL of up to nine places, or text"
        mistakes.append(Mistake("", 0, "extract.incremental_key", what, hint))
        return None
    seconds = round((extract.lookback_minutes or 0) * 60) if kind in ("time", "instant", "day") else 0
    return Position(name(key), type_, kind, column, seconds)


def _kind(type_: str) -> Kind | None:
    """Give how positions of a type are kept; None if they cannot be: `control.POSITIONS` holds 29 digits and nine places."""
    upper = guard.canonical_type(type_).upper()
    if upper == "TIMESTAMP WITH TIME ZONE":
        return "instant"
    if upper.startswith("TIMESTAMP"):
        return "time"
    if upper == "DATE":
        return "day"
    if upper.startswith("DECIMAL("):
        digits, places = map(int, re.findall(r"\d+", upper))
        return "number" if places <= 9 and digits - places <= 29 else None
    if upper in _WHOLE:
        return "number"
    return "text" if upper in ("VARCHAR", "UUID") else None


def _gates(
    pipeline: Pipeline, columns: tuple[Column, ...], deleted: str, mistakes: list[Mistake]
) -> tuple[tuple[Condition, ...], tuple[Condition, ...]]:
    types = {each.name: guard.canonical_type(each.type) for each in columns}
    after = {**types, **({deleted: "TIMESTAMP"} if deleted else {})}
    found: dict[str, tuple[Condition, ...]] = {}
    for key, known, gates in (
        ("pre_load", types, pipeline.quality_gates.pre_load),
        ("post_load", after, pipeline.quality_gates.post_load),
    ):
        passed: list[Condition] = []
        for at, gate in enumerate(gates if columns else ()):
            try:
                passed.append(Condition(gate, guard.condition(gate, known, key=f"quality_gates.{key}[{at}]")))
            except InputError as error:
                mistakes += error.mistakes
        found[key] = tuple(passed)
    return found["pre_load"], found["post_load"]


def _notes(pipeline: Pipeline, incremental: bool, position: Position | None) -> Iterator[str]:
    load, extract = pipeline.load, pipeline.extract
    if load.strategy is None:
        return
    way, ignored = STRATEGIES[load.strategy], _deletes(pipeline) == "ignore"
    if way.replaces_all and load.deletes == "ignore":
        yield "What is gone from the source is gone from the target: a reload cannot keep it, whatever load.deletes says."
    if way.keeps_oldest:
        yield "A row that is there is never changed: a new version of a key in the source is not taken over."
    if way.needs_partition and ignored and incremental:
        yield (
            "A partition that is read again loses what is gone from the source; in one where nothing changed it stays. Which of "
            "the two comes to pass is not promised."
        )
    elif way.needs_partition and ignored:
        yield (
            "A partition that the source has holds what the source holds of it now, so what is gone from the source is gone "
            "there too; a partition of which the source has no row any more stays as it was."
        )
    elif incremental and not way.keeps_oldest and ignored:
        yield "An incremental extract does not see what vanished from the source; nothing is done about it, as the document says."
    if incremental and not (extract.lookback_minutes or 0):
        yield "Nothing is read again but the last position itself: a row that is written late with an earlier key is missed."
    if incremental and position and position.kind in ("number", "text") and extract.lookback_minutes:
        yield "A lookback in minutes says nothing of an incremental key that is no time; it is not used."
