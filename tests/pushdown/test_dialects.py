"""Every question to every engine is SQL of that engine: written, read back, and free of words that only DuckDB has."""

from __future__ import annotations

from functools import cache

import pytest
import sqlglot
from sqlglot import exp

from decom_nb.errors import DecomError
from decom_nb.evidence.tables import Column, Table
from decom_nb.pushdown.ask import Asked, Asker
from decom_nb.pushdown.flavour import FLAVOURS
from decom_nb.pushdown.seen import NotTheSame, Seen
from decom_nb.sql.needs import needs
from decom_nb.sql.quantity import Quantity
from decom_nb.sql.violations import samples_sql, violations_sql
from tests.pushdown import conformance

TABLES = {
    called: Table(called, "postgres", called, called, tuple(Column(name, type_) for name, type_ in columns.items()))
    for called, columns in conformance.TABLES.items()
}
SEEN = {called: Seen(("Sales 2026", called), tuple(columns.items())) for called, columns in conformance.TABLES.items()}

UNKNOWN_TO_SQLGLOT = {
    "snowflake": {"REGEXP_INSTR", "BTRIM"},
    "bigquery": set(),
    "redshift": {"BTRIM"},
    "trino": set(),
    "postgres": {"BTRIM"},
    "spark": {"ISNAN"},
    "databricks": {"ISNAN"},
}
"""Functions that an engine has and sqlglot's reader of its SQL does not know by a name of its own."""
LEAST_ASKED = {
    "postgres": 0.97,
    "spark": 0.97,
    "databricks": 0.95,
    "snowflake": 0.9,
    "redshift": 0.8,
    "trino": 0.6,
    "bigquery": 0.5,
}
"""The share of these checks, which are chosen to be hard, that an engine can be asked with the same meaning."""


@cache
def quantities(*, whole: bool) -> dict[str, tuple[Quantity, ...]]:
    """Give what checks need: all of them, or one of each kind, with and without `where` and `by`."""
    found = {}
    kinds: list[tuple[str, bool, bool]] = []
    for check in conformance.suites()[0].checks:
        kind = (check.kind, bool(check.where), bool(check.by))
        if not whole and kind in kinds:
            continue
        try:
            found[check.called] = needs(check, TABLES["Facts é"], TABLES)
        except DecomError:
            continue
        kinds.append(kind)
    return found


@cache
def asked_of(dialect: str, *, whole: bool) -> Asked:
    return Asker(dialect, SEEN).ask(each for some in quantities(whole=whole).values() for each in some)


def see(asked: Asked, dialect: str) -> None:
    for query in asked.queries:
        tree = sqlglot.parse_one(query.text, read=dialect)
        assert isinstance(tree, exp.Select)
        unknown = {each.name.upper() for each in tree.find_all(exp.Anonymous)}
        assert unknown <= UNKNOWN_TO_SQLGLOT[dialect], query.text
        again = tree.sql(dialect=dialect, identify=True)
        assert sqlglot.parse_one(again, read=dialect) == tree, "what was read back is the same"
        for word in ("TRY_CAST", "QUANTILE", "FILTER", "strptime", "count_star", "::"):
            assert word.lower() not in query.text.lower()


@pytest.mark.slow
@pytest.mark.parametrize("dialect", sorted(FLAVOURS))
def test_every_query_is_sql_of_its_engine(dialect: str) -> None:
    asked = asked_of(dialect, whole=False)
    assert len(asked.queries) > 10
    see(asked, dialect)


@pytest.mark.slow
@pytest.mark.parametrize("dialect", sorted(FLAVOURS))
def test_most_can_be_asked_and_the_rest_says_why(dialect: str) -> None:
    asked, all_ = asked_of(dialect, whole=True), quantities(whole=True)
    see(asked, dialect)
    open_ = {name for name, some in all_.items() if any(each in asked.refused for each in some)}
    assert all(str(reason) and "\n" not in str(reason) for reason in asked.refused.values())
    assert 1 - len(open_) / len(all_) >= LEAST_ASKED[dialect], open_


@pytest.mark.slow
@pytest.mark.parametrize("dialect", sorted(FLAVOURS))
def test_rows_behind_a_count_are_asked_in_the_same_words(dialect: str) -> None:
    asker, all_ = Asker(dialect, SEEN), quantities(whole=False)
    written = 0
    for check in conformance.suites()[0].checks:
        if check.called not in all_ or check.kind == "schema":
            continue
        texts = [violations_sql(check, TABLES["Facts é"], asker.sources, TABLES)]
        texts += [samples_sql(check, TABLES["Facts é"], ["id"], ['na"me'], 5, asker.sources, TABLES)]
        for text in filter(None, texts):
            try:
                query = asker.text(asker.rows(text, all_[check.called]))
            except NotTheSame:
                continue
            sqlglot.parse_one(query, read=dialect)
            written += 1
    assert written > len(all_)


def test_what_a_client_wrote_stays_a_name_or_a_value() -> None:
    name = 'x"; DROP TABLE parents; --'
    table = Table("t", "postgres", "t", "t", (Column(name, "VARCHAR"),))
    check = conformance.Suite.model_validate(
        {
            "table": "t",
            "checks": [
                {
                    "check": "accepted_values",
                    "column": name,
                    "values": ["'; DROP TABLE parents; --", "\\'; SELECT 1 --"],
                }
            ],
        }
    ).checks[0]
    for dialect in FLAVOURS:
        seen = {"t": Seen(('a"b`c', name), ((name, "VARCHAR"),))}
        (query,) = Asker(dialect, seen).ask(needs(check, table)).queries
        (tree,) = sqlglot.parse(query.text, read=dialect)
        assert isinstance(tree, exp.Select)
        assert {each.name for each in tree.find_all(exp.Column)} == {name}
        assert {each.name for each in tree.find_all(exp.Literal) if each.is_string} == {
            "'; DROP TABLE parents; --",
            "\\'; SELECT 1 --",
        }
        assert tree.find(exp.Table).name == name
