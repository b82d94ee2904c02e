"""A training set as one query: for each label, every feature as it was known at the label's time, in an engine's SQL.

A row of a source is known from the later of its event time and the time since when it could be read. Newest values come from
an as-of join where the engine has one (DuckDB, Snowflake), else from the intervals in which each value was the newest; the
sources' histories are reduced to those first, so that an old value that arrives late does not replace a newer one. Windows are
computed as of each label's time. Between rows of one instant the later arrival wins, then `sequence`, then the larger value.
Times are in UTC before they are compared, those without a zone as they are, so that the session's zone decides nothing.
"""

# ruff: noqa: S608 - writing SQL is what this is for; names are quoted, expressions are parsed before

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from decom_nb.errors import InputError, Mistake
from decom_nb.phases.patterns.features.feature_document import Feature, FeatureSource, FeatureStore
from decom_nb.phases.patterns.features.feature_expression import LABEL_TIME, in_order, of_source, written
from decom_nb.sql.dialect import NotSayable, as_dialect
from decom_nb.sql.text import name as quoted
from decom_nb.sql.utc import utc
from decom_nb.suggest import instead

if TYPE_CHECKING:
    from sqlglot import exp

ENGINES = ("duckdb", "postgres", "snowflake", "bigquery", "redshift", "databricks")
"""The engines whose SQL can be written."""

ASOF = ("duckdb", "snowflake")
"""Engines that have an as-of join."""

_AGGREGATES = {
    "count": "count({0})",
    "count distinct": "count(DISTINCT {0})",
    "sum": "sum({0})",
    "avg": "avg({0})",
    "min": "min({0})",
    "max": "max({0})",
}


def training_sql(store: FeatureStore, dialect: str, *, shown: str = "") -> str:
    """Give the query of a feature store's training set in an engine's SQL; `shown` names the document in messages.

    Raises `InputError` where the document does not say enough, or where the engine has no word for an expression.
    """
    if dialect not in ENGINES:
        raise InputError(Mistake("", 0, "--dialect", f"{dialect} is not known", instead(dialect, ENGINES)))
    if wrong := store.wrong():
        raise InputError(Mistake(shown, 0, _path(place), what, todo) for place, what, todo in wrong)
    asof = dialect == "duckdb"
    text = _Query(store, asof).text()
    try:
        if dialect == "duckdb":
            return as_dialect(text, dialect)
        said = as_dialect(text, dialect)
        return _with_asof(said) if dialect == "snowflake" else said
    except NotSayable as error:
        raise InputError(Mistake(shown, 0, "features", str(error), "write the expression in another way")) from None


def naive_sql(store: FeatureStore) -> str:
    """Give what is written where nobody thinks of time, in DuckDB's SQL: the newest values of today, joined by key alone.

    The proof runs it beside the right one, to show what leaks.
    """
    return _Query(store, asof=False, naive=True).text()


@dataclass
class _Query:
    """The parts of one query, in the order in which they are written."""

    store: FeatureStore
    asof: bool
    naive: bool = False
    parts: list[tuple[str, str]] = field(default_factory=list)
    joins: list[str] = field(default_factory=list)
    values: dict[str, str] = field(default_factory=dict)

    @property
    def before(self) -> str:
        """Give the comparison that says that a time is known at the label's."""
        return "<=" if self.store.labels.knows_its_instant else "<"

    @property
    def not_before(self) -> str:
        """Give the comparison that says the opposite."""
        return ">" if self.store.labels.knows_its_instant else ">="

    def text(self) -> str:
        """Write the query."""
        labels, key = self.store.labels, self.store.entity_key
        label_key, time = quoted(labels.entity_key or key), utc(f"l.{quoted(labels.label_time)}")
        table = _table(labels.table)
        self.parts.append(
            (
                "moments",
                f"SELECT DISTINCT l.{label_key} AS entity_key, {time} AS label_time FROM {table} AS l "
                f"WHERE NOT l.{label_key} IS NULL AND NOT {time} IS NULL",
            )
        )
        for at, (name, features) in enumerate(self._by_source().items(), 1):
            source = self.store.source(name)
            if source is not None:
                self._of_source(f"source_{at}", source, features)
        stored = [each for each in self.store.features if each.name in self.values]
        values = "".join(f", {self.values[each.name]} AS {quoted(each.name)}" for each in stored)
        self.parts.append(
            (
                "known",
                f"SELECT m.entity_key, m.label_time{values} FROM moments AS m {' '.join(self.joins)}".rstrip(),
            )
        )
        others = "".join(f", l.{quoted(each)}" for each in labels.columns)
        joined = (
            f"SELECT l.{label_key} AS {quoted(key)}, {time} AS label_time{others}"
            f"{''.join(f', k.{quoted(each.name)}' for each in stored)} FROM {table} AS l "
            f"LEFT JOIN known AS k ON k.entity_key = l.{label_key} AND k.label_time = {time}"
        )
        if not self.store.demanded:
            return f"{self._with()} {joined}"
        self.parts.append(("training", joined))
        last = self._demanded(stored)
        return f"{self._with()} {last}"

    def _demanded(self, stored: Sequence[Feature]) -> str:
        """Compute what is computed on demand, in as many steps as it takes for each to find the ones that it needs."""
        columns = [quoted(self.store.entity_key), LABEL_TIME, *map(quoted, self.store.labels.columns)]
        columns += [quoted(each.name) for each in stored]
        steps = in_order(self.store.demanded)
        rows = "training"
        for at, step in enumerate(steps, 1):
            made = [f"{written(each.expression)} AS {quoted(each.name)}" for each in step]
            text = f"SELECT {', '.join([*columns, *made])} FROM {rows}"
            if at == len(steps):
                return text
            rows = f"training_{at}"
            self.parts.append((rows, text))
            columns += [quoted(each.name) for each in step]
        raise AssertionError("there is at least one step")

    def _with(self) -> str:
        return "WITH " + ", ".join(f"{name} AS ({text})" for name, text in self.parts)

    def _by_source(self) -> Mapping[str, list[Feature]]:
        found: dict[str, list[Feature]] = {}
        for each in self.store.stored:
            found.setdefault(each.source, []).append(each)
        return found

    def _of_source(self, cte: str, source: FeatureSource, features: Sequence[Feature]) -> None:
        """Read a source once: its key, its times, and the expressions of its features."""
        named = {each.name: f"v{at}" for at, each in enumerate(features, 1) if each.expression}
        event = utc(quoted(source.event_time))
        available = utc(quoted(source.available_at)) if source.available_at else event
        columns = [
            f"{quoted(self.store.key_in(source))} AS entity_key",
            f"{event} AS event_time",
            f"{available} AS available_at",
        ]
        columns += [f"{quoted(source.sequence)} AS tie"] if source.sequence else []
        columns += [f"{quoted(each)} AS row_key_{at}" for at, each in enumerate(source.row_key, 1)]
        columns += [f"{of_source(each, source)} AS {named[each.name]}" for each in features if each.name in named]
        self.parts.append(
            (cte, f"SELECT {', '.join(columns)} FROM {_table(source.name)} WHERE NOT {available} IS NULL")
        )
        tie = (["tie"] if source.sequence else []) + list(named.values())
        if source.row_key:
            keys = ", ".join(f"row_key_{at}" for at in range(1, len(source.row_key) + 1))
            order = _ascending(
                "available_at", *tie[: 1 if source.sequence else 0], "event_time", "entity_key", *named.values()
            )
            self.parts.append(
                (
                    f"{cte}_versions",
                    f"SELECT *, lead(available_at) OVER (PARTITION BY {keys} ORDER BY {order}) AS corrected_at FROM {cte}",
                )
            )
        newest = [each for each in features if each.aggregation == "last"]
        if newest:
            self._newest(cte, source, newest, named, tie)
        windows: dict[float | None, list[Feature]] = {}
        for each in features:
            if each.aggregation != "last":
                windows.setdefault(each.window_days, []).append(each)
        for at, (days, of_it) in enumerate(windows.items(), 1):
            self._window(f"{cte}_window_{at}", cte, source, of_it, named, days)

    def _is_known(self, source: FeatureSource) -> str:
        """Say that a row `s` was known at a moment `m`, and was not corrected before it."""
        if self.naive:
            return "s.entity_key = m.entity_key AND NOT s.event_time IS NULL"
        said = f"s.entity_key = m.entity_key AND s.event_time {self.before} m.label_time"
        said += f" AND s.available_at {self.before} m.label_time"
        if source.row_key:
            said += f" AND (s.corrected_at IS NULL OR s.corrected_at {self.not_before} m.label_time)"
        return said

    def _newest(
        self, cte: str, source: FeatureSource, features: Sequence[Feature], named: Mapping[str, str], tie: Sequence[str]
    ) -> None:
        alias = f"{cte}_newest"
        values = ", ".join(named[each.name] for each in features)
        if source.row_key or self.naive:
            order = ", ".join([f"s.{each} DESC NULLS LAST" for each in ("event_time", "available_at", *tie)])
            ranked = (
                f"SELECT m.entity_key, m.label_time, s.event_time, {', '.join(f's.{named[each.name]}' for each in features)}, "
                f"row_number() OVER (PARTITION BY m.entity_key, m.label_time ORDER BY {order}) AS place "
                f"FROM moments AS m JOIN {cte}{'_versions' if source.row_key else ''} AS s ON {self._is_known(source)}"
            )
            self.parts.append((alias, ranked))
            on = f"{alias}.entity_key = m.entity_key AND {alias}.label_time = m.label_time AND {alias}.place = 1"
            self.joins.append(f"LEFT JOIN {alias} ON {on}")
        else:
            self._history(cte, alias, values, tie)
        for each in features:
            value = f"{alias}.{named[each.name]}"
            if each.ttl_hours is not None and not self.naive:
                alive = f"{alias}.event_time >= m.label_time - {_interval(each.ttl_hours)}"
                value = f"CASE WHEN {alive} THEN {value} END"
            self.values[each.name] = value

    def _history(self, cte: str, alias: str, values: str, tie: Sequence[str]) -> None:
        """Reduce a source to the rows that were the newest known ones for a while, each with since when and until when."""
        order = _ascending("event_time", "available_at", *tie)
        placed = (
            "SELECT *, CASE WHEN available_at > event_time THEN available_at ELSE event_time END AS known_at, "
            f"row_number() OVER (PARTITION BY entity_key "
            f"ORDER BY {order}) AS place FROM {cte} WHERE NOT entity_key IS NULL AND NOT event_time IS NULL"
        )
        best = (
            "SELECT *, max(place) OVER (PARTITION BY entity_key ORDER BY known_at NULLS FIRST, place NULLS FIRST "
            f"ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS newest FROM ({placed}) AS placed"
        )
        kept = (
            f"SELECT entity_key, event_time, known_at, {values}, lead(known_at) OVER (PARTITION BY entity_key "
            f"ORDER BY known_at, place) AS replaced_at FROM ({best}) AS ranked WHERE place = newest"
        )
        some = f"SELECT * FROM ({kept}) AS kept WHERE replaced_at IS NULL OR replaced_at > known_at"
        self.parts.append((alias, some))
        same = f"{alias}.entity_key = m.entity_key"
        known = f"{alias}.known_at {self.before} m.label_time"
        if self.asof:
            compared = f"m.label_time {_turned(self.before)} {alias}.known_at"
            self.joins.append(f"ASOF LEFT JOIN {alias} ON {same} AND {compared}")
        else:
            until = f"({alias}.replaced_at IS NULL OR {alias}.replaced_at {self.not_before} m.label_time)"
            self.joins.append(f"LEFT JOIN {alias} ON {same} AND {known} AND {until}")

    def _window(
        self,
        alias: str,
        cte: str,
        source: FeatureSource,
        features: Sequence[Feature],
        named: Mapping[str, str],
        days: float | None,
    ) -> None:
        made = []
        for each in features:
            value = f"s.{named[each.name]}" if each.name in named else "*"
            made.append(f"{_AGGREGATES[each.aggregation or 'count'].format(value)} AS {quoted(each.name)}")
        within = ""
        if days is not None and not self.naive:
            within = f" AND s.event_time >= m.label_time - {_interval(days * 24)}"
        elif days is not None:
            within = f" AND s.event_time >= (SELECT max(event_time) FROM {cte}) - {_interval(days * 24)}"
        rows = f"{cte}_versions" if source.row_key and not self.naive else cte
        self.parts.append(
            (
                alias,
                f"SELECT m.entity_key, m.label_time, {', '.join(made)} FROM moments AS m "
                f"JOIN {rows} AS s ON {self._is_known(source)}{within} GROUP BY m.entity_key, m.label_time",
            )
        )
        self.joins.append(
            f"LEFT JOIN {alias} ON {alias}.entity_key = m.entity_key AND {alias}.label_time = m.label_time"
        )
        for each in features:
            value = f"{alias}.{quoted(each.name)}"
            counts = each.aggregation in ("count", "count distinct")
            self.values[each.name] = f"coalesce({value}, 0)" if counts else value


def _ascending(*columns: str) -> str:
    return ", ".join(f"{each} NULLS FIRST" for each in columns)


def _interval(hours: float) -> str:
    """Write a length of time, in hours where they are whole: a day is not always 24 of them."""
    seconds = round(hours * 3600)
    return f"INTERVAL '{seconds}' SECOND" if seconds % 3600 else f"INTERVAL '{seconds // 3600}' HOUR"


def _turned(before: str) -> str:
    return before.replace("<", ">")


def _table(written: str) -> str:
    """Write a table's name, its schema first where it has one."""
    return ".".join(quoted(part) for part in written.split(".") if part)


def _path(place: Sequence[str | int]) -> str:
    said = ""
    for part in place:
        said += f"[{part}]" if isinstance(part, int) else f".{part}" if said else part
    return said


def _with_asof(text: str) -> str:
    """Put Snowflake's as-of join in the place of intervals."""
    import sqlglot
    from sqlglot import exp

    tree = sqlglot.parse_one(text, read="snowflake")
    for join in tree.find_all(exp.Join):
        alias = join.this.alias_or_name.lower()
        condition = join.args.get("on")
        if not alias.endswith("_newest") or condition is None or not condition.find(exp.Or):
            continue
        same, known = _first_two(condition)
        turned = exp.GTE if isinstance(known, exp.LTE) else exp.GT
        join.set("match_condition", turned(this=known.expression.copy(), expression=known.this.copy()))
        join.set("on", same.copy())
        join.set("method", "ASOF")
        join.set("side", None)
    made = tree.sql(dialect="snowflake", pretty=True)
    sqlglot.parse_one(made, read="snowflake")
    return made


def _first_two(condition: exp.Expr) -> tuple[exp.Expr, exp.Expr]:
    """Give the first two of the conditions that are joined by AND: the same key, and known before."""
    first, second, *_ = condition.flatten()
    return first, second
