"""A dimensional model as SQL of dbt models: each fact and dimension from its source, keys looked up in dimensions.

Where an attribute has a history, a dbt snapshot keeps it and the dimension reads the snapshot: versions (types 2 and 6), the
value before (type 3), the history table (type 4). A fact finds the version that held at its own time, which its first key to the
calendar tells; before the first known version, the first one, since nobody knows an earlier.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from decom_nb.escape import jinja_safe
from decom_nb.phases.modeling.dimensional_model import Dimension, DimensionalModel, FactTable, ModelForeignKey
from decom_nb.phases.modeling.made.dbt_column import cast, expression
from decom_nb.phases.modeling.made.source_column import SourceColumns
from decom_nb.phases.modeling.made.tables import Known, Made, attributes, has_versions, is_date_dimension, scd_type
from decom_nb.sql import history_columns as history
from decom_nb.sql.date_dimension import select_dates
from decom_nb.sql.identifier import identifier

Relation = Callable[[str], str]
"""Gives ``ref`` or ``source`` of a table that the model names, as Jinja."""


class DbtModels:
    """Writes the SQL of one model's dbt models."""

    def __init__(
        self, model: DimensionalModel, made: Made, relation: Relation, dialect: str, known: Known | None = None
    ) -> None:
        self.model, self.made, self.relation, self.dialect = model, made, relation, dialect
        self.sources = SourceColumns(known or {})
        self.dimensions = {each.name: each for each in model.dimensions}
        self.assumed = {(table, column) for table, column, _ in made.assumed}

    def name(self, column: str) -> str:
        """Give a column's name as the engine writes it, safe in a template."""
        return jinja_safe(identifier(column, self.dialect))

    def typed(self, sql: str, table: str, column: str) -> str:
        """Give an expression as a column of a table; of the type that it has, where somebody said one."""
        named = self.name(column)
        if (table, column) in self.assumed:
            return f"{sql} as {named}"
        type_ = self.made.table(table).column(column).type
        return f"{cast(sql, type_, self.dialect, f'{table}.{column}')} as {named}"

    def calendar(self, table: str, first_year: int, last_year: int, fiscal_start: int) -> str:
        """Give the date dimension."""
        return select_dates(self.dialect, first_year, last_year, fiscal_start, self.made.table(table)) + "\n"

    def prepared(self, dimension: Dimension) -> str:
        """Give the dimension's source under the names of the model: what snapshots watch and the dimension reads."""
        base = _alias(dimension.source)
        said = {each.name: each for each in dimension.attributes}
        columns = []
        for column in (*dimension.natural_key, *(each.name for each in attributes(dimension, 1, 2, 3, 4, 6))):
            of = (said[column].source if column in said else "") or column
            of = self._own(of, column)
            sql = expression(of, self.name(base), {base: self.name(base)}, self.dialect, f"{dimension.name}.{column}")
            columns.append(self.typed(sql, dimension.name, column))
        for key in dimension.foreign_keys:
            columns += [
                f"{self.name(base)}.{self.name(each)}"
                for each in self._sources(key)
                if each not in dimension.natural_key
            ]
        source = f"from {self.relation(dimension.source)} as {self.name(base)}"
        return (
            "{{ config(materialized='ephemeral') }}\n"
            + _select(list(dict.fromkeys(columns)), distinct=True)
            + f"{source}\n"
        )

    def _own(self, of: str, column: str) -> str:
        """A column whose name is no plain SQL is taken for a name, unless it says that it is an expression."""
        return (
            of
            if of != column or column.isidentifier()
            else f'"{column}"'
            if self.dialect not in ("bigquery", "databricks")
            else f"`{column}`"
        )

    def dimension(self, dimension: Dimension) -> str:
        """Give the dimension."""
        return self._versions(dimension) if has_versions(dimension) else self._current(dimension)

    def _current(self, dimension: Dimension) -> str:
        """Give a dimension with a row for each natural key."""
        joins, columns = [f"from {_ref(prepared_name(dimension))} as prepared"], []
        if dimension.surrogate_key:
            hashed = _hashed([f"prepared.{self.name(each)}" for each in dimension.natural_key])
            columns.append(self.typed(hashed, dimension.name, dimension.surrogate_key))
        columns += [f"prepared.{self.name(each)}" for each in dimension.natural_key]
        columns += self._outward(dimension, joins, "prepared")
        before = ""
        if attributes(dimension, 3):
            before = self._before(dimension)
            joins += [f"left join before_{at} on {self._same(dimension.natural_key, 'prepared', f'before_{at}')}"
                      for at, _ in enumerate(attributes(dimension, 3))]  # fmt: skip
        columns += self._attributes(dimension, "prepared", "prepared")
        return before + _select(columns) + "\n".join(joins) + "\n"

    def _versions(self, dimension: Dimension) -> str:
        """Give a dimension with a row for each version: of the snapshot, and for what is overwritten, of the source now."""
        joins = [f"from {_ref(snapshot_name(dimension, 'versions'))} as versions"]
        same = self._same(dimension.natural_key, "versions", "prepared")
        joins.append(f"left join {_ref(prepared_name(dimension))} as prepared on {same}")
        columns = []
        if dimension.surrogate_key:
            columns.append(self.typed("versions.dbt_scd_id", dimension.name, dimension.surrogate_key))
        columns += [f"versions.{self.name(each)}" for each in dimension.natural_key]
        columns += self._outward(dimension, joins, "prepared")
        before = ""
        if attributes(dimension, 3):
            before = self._before(dimension)
            joins += [f"left join before_{at} on {self._same(dimension.natural_key, 'versions', f'before_{at}')}"
                      for at, _ in enumerate(attributes(dimension, 3))]  # fmt: skip
        columns += self._attributes(dimension, "prepared", "versions")
        columns += self._recorded(dimension.name, "versions")
        return before + _select(columns) + "\n".join(joins) + "\n"

    def _attributes(self, dimension: Dimension, now: str, then: str) -> list[str]:
        """Give the columns of attributes: as they are `now`, or as they were `then`; of what is gone, as last seen."""
        columns, before = [], 0
        gone = f"{now}.{self.name(dimension.natural_key[0])} is null" if dimension.natural_key else "false"
        for each in attributes(dimension, 1, 2, 3, 4, 6):
            named = self.name(each.name)
            kept = scd_type(dimension, each)
            newest = f"{now}.{named}" if now == then else f"case when {gone} then {then}.{named} else {now}.{named} end"
            columns.append(self.typed(f"{then}.{named}" if kept in (2, 6) else newest, dimension.name, each.name))
            if kept == 3:
                columns.append(self.typed(f"before_{before}.{named}", dimension.name, history.previous(each.name)))
                before += 1
            if kept == 6:
                columns.append(self.typed(newest, dimension.name, history.current(each.name)))
        return columns

    def _before(self, dimension: Dimension) -> str:
        """Give, for each attribute of type 3, the newest value that is not the one that holds now."""
        parts = []
        keys = ", ".join(f"kept.{self.name(each)}" for each in dimension.natural_key)
        bare = ", ".join(self.name(each) for each in dimension.natural_key)
        for at, each in enumerate(attributes(dimension, 3)):
            named = self.name(each.name)
            differs = f"kept.{named} <> newest.{named} or (kept.{named} is null) <> (newest.{named} is null)"
            parts.append(
                f"before_{at} as (\n  select {bare}, {named} from (\n    select {keys}, kept.{named},\n"  # noqa: S608 - names go through `identifier`
                f"      row_number() over (partition by {keys} order by kept.dbt_valid_from desc) as at_place\n"
                f"    from {_ref(snapshot_name(dimension, 'previous'))} as kept\n"
                f"    inner join {_ref(snapshot_name(dimension, 'previous'))} as newest\n"
                f"      on {self._same(dimension.natural_key, 'kept', 'newest')} and {self._open('newest')}\n"
                f"    where {differs}\n  ) as ranked\n  where at_place = 1\n)"
            )
        return "with " + ",\n".join(parts) + "\n"

    def history(self, dimension: Dimension) -> str:
        """Give the history table of type 4."""
        table = history.history_table(dimension.name)
        columns = [f"versions.{self.name(each)}" for each in dimension.natural_key]
        columns += [
            self.typed(f"versions.{self.name(each.name)}", table, each.name) for each in attributes(dimension, 4)
        ]
        columns += self._recorded(table, "versions")
        return _select(columns) + f"from {_ref(snapshot_name(dimension, 'history'))} as versions\n"

    def fact(self, fact: FactTable) -> str:
        """Give a fact table."""
        joins, columns, base, aliases = self._joined(fact)
        at = self._time(fact, base, aliases)
        for key in fact.foreign_keys:
            if not (key.several and key.bridge):
                columns.append(self._key(fact, key, base, aliases, joins, at))
        plain = [(each.name, each.source) for each in fact.degenerate_dimensions]
        measures = [(each.name, each.source) for each in fact.measures]
        done = {each.column for each in fact.foreign_keys}
        plain += [(each, "") for each in fact.grain_columns if each not in done | {name for name, _ in measures}]
        for name, of in [*plain, *measures]:
            if name not in done:
                done.add(name)
                columns.append(self._written(fact, name, of, base, aliases))
        return self._with_versions(fact, at) + _select(columns) + "\n".join(joins) + "\n"

    def _written(self, fact: FactTable, name: str, of: str, base: str, aliases: Mapping[str, str]) -> str:
        """Give a column of a fact that is no key to a dimension."""
        sql = self._of_fact(fact, self._own(of or name, name), base, aliases, f"{fact.name}.{name}")
        return self.typed(sql, fact.name, name)

    def _of_fact(self, fact: FactTable, of: str, base: str, aliases: Mapping[str, str], where: str) -> str:
        """Give a column or expression over a fact's sources: of a joined one, what the fact's own is known not to have."""
        elsewhere = {
            column: tuple(aliases[_alias(each)] for each in having)
            for column, having in self.sources.elsewhere(fact).items()
        }
        return expression(of, self.name(base), aliases, self.dialect, where, elsewhere)

    def _joined(self, fact: FactTable) -> tuple[list[str], list[str], str, Mapping[str, str]]:
        """Give where a fact's columns come from."""
        base = _alias(fact.source)
        aliases = {base: self.name(base)}
        joins = [f"from {self.relation(fact.source)} as {self.name(base)}"]
        for each in fact.joined_sources:
            alias = _alias(each.table)
            aliases[alias] = self.name(alias)
            same = self._same(each.by, self.name(base), self.name(alias))
            joins.append(f"left join {self.relation(each.table)} as {self.name(alias)} on {same}")
        return joins, [], base, aliases

    def _time(self, fact: FactTable, base: str, aliases: Mapping[str, str]) -> str:
        """Give the time of a fact: what its first key to the calendar is made from; empty if it has none."""
        for key in fact.foreign_keys:
            if is_date_dimension(key.dimension, self.dimensions.get(key.dimension)) and not key.level:
                of = key.source or key.column
                return self._of_fact(fact, of, base, aliases, f"{fact.name}.{key.column}")
        return ""

    def _with_versions(self, fact: FactTable, at: str) -> str:
        """Give the versions of each dimension that a fact looks up by time, the first of each key without a beginning."""
        if not at:
            return ""
        parts = []
        for name in dict.fromkeys(each.dimension for each in fact.foreign_keys):
            dimension = self.dimensions.get(name)
            if (
                dimension is None
                or not has_versions(dimension)
                or not dimension.surrogate_key
                or not is_written(dimension)
            ):
                continue
            keys = ", ".join(self.name(each) for each in dimension.natural_key)
            parts.append(
                f"{self.name(_held(name))} as (\n  select {self.name(dimension.surrogate_key)}, {keys}, {history.VALID_TO},\n"  # noqa: S608 - as above
                f"    lag({history.VALID_FROM}) over (partition by {keys} order by {history.VALID_FROM}) as valid_before,\n"
                f"    {history.VALID_FROM}\n  from {_ref(name)}\n)"
            )
        return f"with {', '.join(parts)}\n" if parts else ""

    def _key(
        self,
        pointing: FactTable | Dimension,
        key: ModelForeignKey,
        base: str,
        aliases: Mapping[str, str],
        joins: list[str],
        at: str,
        bridge: str = "",
    ) -> str:
        """Give a foreign key of a fact, its bridge or a dimension, and add the join that looks it up."""
        dimension = self.dimensions.get(key.dimension)
        table = bridge or pointing.name
        where = f"{table}.{key.column}"

        def said(of: str) -> str:
            own = self._own(of, key.column)
            if isinstance(pointing, FactTable):
                return self._of_fact(pointing, own, base, aliases, where)
            return expression(own, self.name(base), aliases, self.dialect, where)

        if is_date_dimension(key.dimension, dimension) and not key.level:
            day = said(key.source or key.column)
            number = f"extract(year from {day}) * 10000 + extract(month from {day}) * 100 + extract(day from {day})"
            return f"{cast(number, 'INTEGER', self.dialect, where)} as {self.name(key.column)}"
        if dimension is None or key.level or not dimension.surrogate_key or not is_written(dimension):
            return self.typed(said(key.source or key.column), table, key.column)
        alias = f"to_{key.column}" if key.column.isidentifier() else f"to_{len(joins)}"
        alias = self.name(alias)
        of = self._sources(key)
        if len(of) != len(dimension.natural_key):
            of = dimension.natural_key
        same = " and ".join(
            f"{said(each)} = {alias}.{self.name(natural)}"
            for each, natural in zip(of, dimension.natural_key, strict=True)
        )
        relation = _ref(key.dimension)
        if has_versions(dimension) and at:
            relation = self.name(_held(key.dimension))
            same += f"\n  and ({alias}.valid_before is null or {at} >= {alias}.{history.VALID_FROM})"
            same += f"\n  and ({self._open(alias, history.VALID_TO)} or {at} < {alias}.{history.VALID_TO})"
        elif has_versions(dimension):
            same += f" and {alias}.{history.IS_CURRENT}"
        joins.append(f"left join {relation} as {alias}\n  on {same}")
        return self.typed(f"{alias}.{self.name(dimension.surrogate_key)}", table, key.column)

    def _outward(self, dimension: Dimension, joins: list[str], base: str) -> list[str]:
        """Give the keys of a dimension to further dimensions."""
        return [self._key(dimension, key, base, {base: base}, joins, "") for key in dimension.foreign_keys]

    def bridge(self, fact: FactTable, key: ModelForeignKey) -> str:
        """Give the table between a fact and a dimension, from the fact's source: a row for each that it names."""
        joins, columns, base, aliases = self._joined(fact)
        named = {each.name: each.source for each in fact.degenerate_dimensions} | {
            each.name: each.source for each in fact.measures
        }
        keys = {each.column: each for each in fact.foreign_keys}
        at = self._time(fact, base, aliases)
        for column in fact.grain_columns:
            if column in keys:
                columns.append(self._key(fact, keys[column], base, aliases, joins, at))
                continue
            of = self._own(named.get(column) or column, column)
            sql = self._of_fact(fact, of, base, aliases, f"{key.bridge}.{column}")
            columns.append(self.typed(sql, fact.name, column))
        columns.append(self._key(fact, key, base, aliases, joins, at, key.bridge))
        return self._with_versions(fact, at) + _select(columns, distinct=True) + "\n".join(joins) + "\n"

    def _sources(self, key: ModelForeignKey) -> tuple[str, ...]:
        """Give the columns of the source that hold the natural key: several are joined by commas."""
        if key.source:
            return (
                tuple(filter(None, (each.strip() for each in key.source.split(","))))
                if "(" not in key.source
                else (key.source,)
            )
        dimension = self.dimensions.get(key.dimension)
        return dimension.natural_key if dimension else (key.column,)

    def _recorded(self, table: str, alias: str) -> list[str]:
        return [
            self.typed(f"{alias}.dbt_valid_from", table, history.VALID_FROM),
            self.typed(f"{alias}.dbt_valid_to", table, history.VALID_TO),
            self.typed(self._open(alias), table, history.IS_CURRENT),
        ]

    def _open(self, alias: str, column: str = "dbt_valid_to") -> str:
        """Say that a version still holds."""
        return f"{alias}.{column} is null"

    def _same(self, keys: Sequence[str], one: str, other: str) -> str:
        return " and ".join(f"{one}.{self.name(each)} = {other}.{self.name(each)}" for each in keys) or "true"


def is_written(told: Dimension | FactTable) -> bool:
    """Tell whether a dbt model can be written for a dimension or fact: it says what it is made from, and what of it."""
    if isinstance(told, Dimension):
        return bool(told.source and told.natural_key)
    return bool(
        told.source and (told.foreign_keys or told.degenerate_dimensions or told.measures or told.grain_columns)
    )


def entity(dimension: Dimension) -> str:
    """Give what a dimension is about.

    >>> entity(Dimension(name="dim_customers"))
    'customers'
    """
    return dimension.name.removeprefix("dim_")


def prepared_name(dimension: Dimension) -> str:
    """Name the model that prepares a dimension's source."""
    return f"int_{entity(dimension)}_prepared"


def snapshot_name(dimension: Dimension, what: str) -> str:
    """Name a snapshot of a dimension."""
    return f"snp_{entity(dimension)}_{what}"


def _held(dimension: str) -> str:
    return f"{dimension}_held"


def _ref(name: str) -> str:
    quoted = name.replace("\\", "\\\\").replace("'", "\\'")
    return f"{{{{ ref('{quoted}') }}}}"


def _alias(source: str) -> str:
    return source.rpartition(".")[2] or source


def _hashed(columns: Sequence[str]) -> str:
    """Give the hash of a natural key, in the words of whatever engine dbt runs on."""
    if len(columns) == 1:
        return f'{{{{ dbt.hash("{columns[0]}") }}}}' if '"' not in columns[0] else f"{{{{ dbt.hash('{columns[0]}') }}}}"
    texts = []
    for (
        each
    ) in columns:  # each with its length before it: ('x|y', 'z') and ('x', 'y|z') are two keys, and so are '' and NULL
        column = each.replace("\\", "\\\\").replace('"', '\\"')
        text = f'"cast({column} as " ~ dbt.type_string() ~ ")"'
        length = f'"coalesce(cast(" ~ dbt.length({text}) ~ " as " ~ dbt.type_string() ~ "), \'-\')"'
        texts += [length, "\"':'\"", f'"coalesce(" ~ {text} ~ ", \'\')"']
    return f"{{{{ dbt.hash(dbt.concat([{', '.join(texts)}])) }}}}"


def _select(columns: Sequence[str], distinct: bool = False) -> str:
    return f"select{' distinct' if distinct else ''}\n  " + ",\n  ".join(columns) + "\n"
