"""Which pipeline describes a captured table: its columns, its keys, where it goes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from decom_nb.phases.patterns.connector.capture_document import CapturedDatabase
from decom_nb.wording import counted, listed


class NotPossible(ValueError):  # noqa: N818 - reads as what it says
    """A sink that cannot be made as it was planned; the message says why and what to do."""


def feeding(database: CapturedDatabase, pipelines: Sequence[Any]) -> list[Any]:
    """Give the pipelines that a database is said to feed; a pipeline without a name is nobody's."""
    return [each for each in pipelines if database.pipeline and database.pipeline in (each.pipeline, each.instance)]


def captured(database: CapturedDatabase, pipelines: Sequence[Any]) -> tuple[str, ...]:
    """Give the tables that are captured, each once: those named, or else the one that the pipeline reads."""
    told = database.tables or tuple(each.extract.source_table for each in feeding(database, pipelines))
    return tuple(dict.fromkeys(each for each in told if each.strip()))


def pipeline_of(database: CapturedDatabase, table: str, pipelines: Sequence[Any]) -> Any:
    """Give the pipeline of a captured table. Raises `NotPossible` where none tells its columns and keys.

    It is one that reads this table, the one that the database feeds before others. Where none does, it is the one that the
    database feeds, if that names no table and no other is captured, or names this one without its schema.
    """
    fed = feeding(database, pipelines)
    reading = [each for each in (*fed, *pipelines) if each.extract.source_table == table]
    alone = len(captured(database, pipelines)) == 1
    reading += [each for each in fed if _unqualified(each.extract.source_table, table, alone)]
    for each in reading:
        if each.columns and (each.load.merge_keys or each.extract.natural_keys):
            return each
    hint = "a pipeline document that reads it, with its columns and keys"
    raise NotPossible(f"of {table} neither columns nor keys are known: it needs {hint}")


def _unqualified(read: str, table: str, alone: bool) -> bool:
    return table.endswith(f".{read}") if read else alone


def source_columns(pipeline: Any) -> dict[str, str]:
    """Give the source's column that each column of the target is, by the target's name, in order.

    Raises `NotPossible` for one that is computed: a stream has only the source's own columns, and expressions are DuckDB's.
    """
    found: dict[str, str] = {}
    computed: list[str] = []
    for each in pipeline.columns:
        if each.name in found:
            raise NotPossible(f"{pipeline.called} names the column {each.name} twice; name it once")
        plain = _plain(each.source.strip()) if each.source.strip() else each.name
        found[each.name] = plain
        if not plain:
            computed.append(f"{each.name} ({each.source.strip()})")
    if computed:
        hint = "carry the columns as they are and compute behind the sink"
        raise NotPossible(
            f"{pipeline.called} computes {counted(len(computed), 'column')} in DuckDB's SQL, which Flink does not speak: "
            f"{listed(computed)}; {hint}"
        )
    return found


def keys_of_source(pipeline: Any) -> tuple[str, ...]:
    """Give the columns of the source that name a row; raises `NotPossible` for one that is not carried."""
    by_target = source_columns(pipeline)
    keys: tuple[str, ...] = pipeline.extract.natural_keys
    if not keys:
        return tuple(by_target[each] for each in keys_of_target(pipeline))
    return _standing(keys, set(by_target.values()), pipeline, "extract.natural_keys", "of the source")


def keys_of_target(pipeline: Any) -> tuple[str, ...]:
    """Give the columns of the target that name a row; raises `NotPossible` for one that is not carried."""
    by_target = source_columns(pipeline)
    if keys := pipeline.load.merge_keys:
        return _standing(keys, set(by_target), pipeline, "load.merge_keys", "of the target")
    by_source = {source: target for target, source in reversed(by_target.items())}
    natural = _standing(
        pipeline.extract.natural_keys, set(by_source), pipeline, "extract.natural_keys", "of the source"
    )
    return tuple(by_source[each] for each in natural)


def _standing(keys: tuple[str, ...], columns: set[str], pipeline: Any, key: str, where: str) -> tuple[str, ...]:
    if missing := [each for each in dict.fromkeys(keys) if each not in columns]:
        raise NotPossible(
            f"{pipeline.called}: {listed(missing)} of {key} is no column {where} that is carried; carry it"
        )
    return tuple(dict.fromkeys(keys))


def _plain(written: str) -> str:
    """Give the column that an expression of DuckDB's is; empty if it is anything more.

    >>> [_plain(each) for each in ("id", '"paid at"', "order", "upper(id)", "o.id", "current_date", "1")]
    ['id', 'paid at', 'order', '', '', '', '']
    """
    import sqlglot
    from sqlglot import exp

    try:
        told = sqlglot.parse_one(written, read="duckdb")
    except sqlglot.errors.SqlglotError:
        return written if written.isidentifier() else ""  # a word that SQL keeps for itself, meant as a name
    if isinstance(told, exp.Column) and isinstance(told.this, exp.Identifier) and len(told.parts) == 1:
        return told.name
    return ""
