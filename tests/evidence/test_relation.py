"""Relations: what collectors declare is what stands in the store."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from decom_nb.evidence import COLLECTORS
from decom_nb.evidence.collect import collect
from decom_nb.evidence.relation import Relation
from decom_nb.evidence.source import Loading
from tests.evidence.made import line, put

LOADING = tuple(each for each in COLLECTORS if isinstance(each, Loading))
DECLARED = tuple(relation for collector in LOADING for relation in collector.relations)


def test_a_relation_is_of_one_collector_in_a_schema_of_its_own() -> None:
    names = [each.name for each in DECLARED]
    assert len(set(names)) == len(names)
    schemas = [{relation.schema for relation in collector.relations} for collector in LOADING]
    assert all(len(each) == 1 for each in schemas)
    assert len(set().union(*schemas)) == len(schemas)


@pytest.mark.parametrize("relation", DECLARED, ids=lambda each: each.name)
def test_every_column_is_described(relation: Relation) -> None:
    assert relation.what.endswith(".")
    assert all(column.what for column in relation.columns)
    assert len({column.name for column in relation.columns}) == len(relation.columns)
    assert all(re.fullmatch(r"[a-z][a-z0-9_]*", column.name) for column in relation.columns)


def test_what_is_declared_stands_in_the_store(tmp_path: Path) -> None:
    """Each collector is given what it makes of a file of its kind, good or bad: the relations are there all the same."""
    for collector in LOADING:
        put(tmp_path, f"{collector.name}.txt", line())
    pointers = [_Said(f"{collector.name}.txt", collector.kinds[0]) for collector in LOADING]
    evidence = collect(pointers, tmp_path)
    assert evidence.store is not None
    for relation in DECLARED:
        schema, _, table = relation.name.partition(".")
        told = evidence.store.query(
            "SELECT column_name, data_type FROM duckdb_columns() "
            "WHERE schema_name = $schema AND table_name = $table ORDER BY column_index",
            {"schema": schema, "table": table},
        )
        found = [(row["column_name"], row["data_type"].replace(" ", "")) for row in told]
        declared = [(column.name, column.type.replace(" ", "")) for column in relation.columns]
        assert found == declared, relation.name


class _Said:
    """A pointer that says what a file is."""

    def __init__(self, path: str, kind: str) -> None:
        self.path = path
        self.kind = kind
