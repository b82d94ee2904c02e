"""dbt's Information Schema: Parquet files made with the columns that dbt contracts, and fewer."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from decom_nb.evidence.dbt_information import NODES, RELATIONS, DbtInformation
from decom_nb.evidence.dbt_information_files import DBT_INFORMATION, KIND
from tests.evidence.made import put, read, said, source

MONDAY, TUESDAY = "2026-09-28 00:00:00+00", "2026-09-29 00:00:00+00"


def written(folder: Path, table: str, *selected: str) -> None:
    """Write a file of the schema, with a row for each selection."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = " UNION ALL BY NAME ".join(f"SELECT {each}" for each in selected)
    duckdb.connect().execute(f"COPY ({rows}) TO '{folder / f'{table}.parquet'}'")


def project(folder: Path, at: str = MONDAY, name: str = "shop", version: int = 1) -> Path:
    place = folder / "target" / "info_schema" / "v1"
    written(
        place,
        "dbt.project",
        f"{version}::BIGINT AS schema_version, '{name}' AS project_name, TIMESTAMPTZ '{at}' AS ingested_at",
    )
    return place


def information(folder: Path) -> DbtInformation:
    value = read(folder).values["dbt_information"]
    assert isinstance(value, DbtInformation)
    return value


def rows(value: DbtInformation, columns: str, relation: str) -> list[tuple[Any, ...]]:
    return [
        tuple(row.values()) for row in value.query(f"SELECT {columns} FROM dbt_information.{relation} ORDER BY ALL")
    ]


def test_what_a_project_declares_is_read_by_the_names_of_the_columns(tmp_path: Path) -> None:
    place = project(tmp_path)
    model = "'model.shop.orders' AS unique_id, 'model' AS resource_type, 'public' AS access, ['id'] AS primary_key, 5 AS more"
    written(place, "dbt.models", model)
    written(place, "dbt.sources", "'source.shop.raw.o' AS unique_id, 'source' AS resource_type, 'raw' AS source_name")
    written(place, "dbt.edges", "'source.shop.raw.o' AS parent_unique_id, 'model.shop.orders' AS child_unique_id")
    written(
        place,
        "dbt.node_columns",
        "'model.shop.orders' AS node_unique_id, 'id' AS column_name, 0::UINTEGER AS column_index",
    )
    lineage = "'source.shop.raw.o' AS parent_node_unique_id, 'k' AS parent_column_name, 'model.shop.o' AS child_node_unique_id"
    written(place, "dbt.column_lineage", f"{lineage}, 'id' AS child_column_name, 'copy' AS evolution")
    value = information(tmp_path)
    assert rows(value, "project, schema_version, ingested_at", "projects") == [
        ("shop", 1, datetime(2026, 9, 28, tzinfo=UTC))
    ]
    assert rows(value, "unique_id, resource_type, access, primary_key, source_name", "nodes") == [
        ("model.shop.orders", "model", "public", ["id"], None),
        ("source.shop.raw.o", "source", None, None, "raw"),
    ]
    assert rows(value, "parent_unique_id, child_unique_id", "edges") == [("source.shop.raw.o", "model.shop.orders")]
    assert rows(value, "column_name, column_index", "node_columns") == [("id", 0)]
    assert rows(value, "parent_column_name, child_column_name, evolution", "column_lineage") == [("k", "id", "copy")]
    told = source(read(tmp_path), KIND)
    assert told.counts == {"column_lineage": 1, "edges": 1, "models": 1, "node_columns": 1, "project": 1, "sources": 1}
    assert (told.totals, told.problems) == ({"projects": 1, "sets": 1}, ())


def test_the_newest_set_declares_and_all_of_them_tell_what_happened(tmp_path: Path) -> None:
    for day, at, names in (("a", TUESDAY, ("new",)), ("b", MONDAY, ("old", "gone"))):
        place = project(tmp_path / day, at)
        written(place, "dbt.models", *(f"'{name}' AS unique_id" for name in names))
        results = [("m", "i1", "error")] if day == "b" else [("m", "i1", "error"), ("m", "i2", "success")]
        written(
            place,
            "dbt_rt.run_results",
            *(f"'{m}' AS unique_id, '{i}' AS invocation_id, '{s}' AS status" for m, i, s in results),
        )
    value = information(tmp_path)
    assert rows(value, "unique_id", "nodes") == [("new",)]
    assert rows(value, "invocation_id, status", "run_results") == [("i1", "error"), ("i2", "success")]
    assert value.statuses == {"error": 1, "success": 1}
    notes = {file.path: file.note for file in source(read(tmp_path), KIND).files if file.note}
    assert set(notes.values()) == {"superseded by a/target/info_schema/v1, a newer set of the same project"}


def test_projects_are_kept_apart(tmp_path: Path) -> None:
    for name in ("shop", "bank"):
        written(project(tmp_path / name, name=name), "dbt.models", "'model.common.a' AS unique_id")
    assert rows(information(tmp_path), "project, unique_id", "nodes") == [
        ("bank", "model.common.a"),
        ("shop", "model.common.a"),
    ]


def test_what_is_odd_is_said_and_stops_nothing(tmp_path: Path) -> None:
    place = project(tmp_path, version=2)
    written(place, "dbt.models", "'a' AS unique_id, 'maybe' AS enabled")
    written(place, "dbt.macros", "'macro.a' AS unique_id")
    put(place, "dbt.seeds.parquet", b"PAR1 and no more")
    evidence = read(tmp_path)
    told = source(evidence, KIND)
    where = "target/info_schema/v1"
    assert said(told) == [
        f"{where}/dbt.project.parquet: version 2 of the Information Schema is read as far as it is like version 1",
        f"{where}/dbt.seeds.parquet: cannot be read: DuckDB says InvalidInputException",
    ]
    assert rows(evidence.values["dbt_information"], "unique_id, enabled", "nodes") == [("a", None)]
    assert {file.note for file in told.files} >= {"the table macros is not used here"}


@pytest.mark.parametrize(
    ("name", "head", "known"),
    [
        ("dbt.models.parquet", b"PAR1", True),
        ("dbt_rt.run_results.parquet", b"PAR1", True),
        ("models.parquet", b"PAR1", False),
        ("dbt.models.parquet", b"{}", False),
    ],
)
def test_a_file_is_recognised_by_mark_and_name(name: str, head: bytes, known: bool) -> None:
    assert bool(DBT_INFORMATION.recognises(Path(name), head)) is known


def test_every_table_that_is_read_has_a_relation() -> None:
    assert {each.name for each in RELATIONS} >= {
        f"dbt_information.{name}" for name in ("projects", "nodes", "run_results")
    }
    assert not {f"dbt_information.{name}" for name in NODES} & {each.name for each in RELATIONS}
