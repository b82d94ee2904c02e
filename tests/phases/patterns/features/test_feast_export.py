"""Feast definitions: parsed, their names and keywords known, the on-demand function run; with Feast, its classes, too."""

from __future__ import annotations

import ast
import importlib.util
from datetime import datetime
from pathlib import Path

import pytest

from decom_nb.phases.patterns.features.feast_export import checked, feast_file, feast_installed
from tests.phases.patterns.features.feature_case import DOCUMENT, store


def calls(text: str, name: str) -> list[dict[str, str]]:
    nodes = [each for each in ast.walk(ast.parse(text)) if isinstance(each, ast.Call)]
    return [
        {keyword.arg or "": ast.unparse(keyword.value) for keyword in each.keywords}
        for each in nodes
        if isinstance(each.func, ast.Name) and each.func.id == name
    ]


def test_each_source_and_time_to_live_is_a_view() -> None:
    text = feast_file(store())
    assert checked(text) == []
    assert [(each["name"], each["ttl"]) for each in calls(text, "FeatureView")] == [
        ("'orders_48h_features'", "timedelta(hours=48)"),
        ("'orders_no_end_features'", "timedelta(0)"),
        ("'customers_6h_features'", "timedelta(hours=6)"),
        ("'customers_no_end_features'", "timedelta(0)"),
    ]
    assert calls(text, "FileSource")[0]["created_timestamp_column"] == "'loaded_at'"
    assert calls(text, "Entity") == [{"name": "'customer'", "join_keys": "['customer_id']"}]


def test_a_stream_is_pushed() -> None:
    sources = [{**DOCUMENT["sources"][0], "kind": "stream"}, DOCUMENT["sources"][1]]
    text = feast_file(store(sources=sources))
    assert checked(text) == []
    assert calls(text, "PushSource") == [{"name": "'orders_push'", "batch_source": "orders_history"}]
    assert {each["source"] for each in calls(text, "FeatureView")} == {"orders_push", "customers_source"}


def test_what_is_computed_on_demand_computes() -> None:
    pandas = pytest.importorskip("pandas")
    import duckdb

    tree = ast.parse(feast_file(store()))
    (function,) = [each for each in tree.body if isinstance(each, ast.FunctionDef)]
    function.decorator_list = []
    names = {"duckdb": duckdb, "pd": pandas}
    future = ast.ImportFrom("__future__", [ast.alias("annotations")], 0)
    module = ast.fix_missing_locations(ast.Module([future, function], []))
    exec(compile(module, "feast_features.py", "exec"), names)
    frame = pandas.DataFrame(
        {"last_seen_at": [datetime(2026, 1, 1, 10), None], "label_time": [datetime(2026, 1, 1, 12)] * 2}
    )
    hours = names["computed_on_demand"](frame)["hours_since_seen"]
    assert hours[0] == 2
    assert pandas.isna(hours[1])


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("from feast import Entity\nEntity(name='a')", "Entity takes join_keys"),
        ("from feast import Entity\nEntity(name='a', join_keys=[], ttl=1)", "knows no ttl"),
        ("from feast import Entitty", "feast has no Entitty"),
        ("a = b", "nothing is called b"),
        ("a = (", "line 1"),
    ],
)
def test_what_is_wrong_is_found(text: str, says: str) -> None:
    assert any(says in each for each in checked(text)), checked(text)


def test_a_hostile_text_stays_a_text() -> None:
    evil = '"""\nimport os  # \\'
    text = feast_file(store(entity=evil, owner=evil, features=[{**DOCUMENT["features"][0], "description": evil}]))
    assert checked(text) == []
    assert not [each for each in ast.parse(text).body if isinstance(each, ast.Import)]


@pytest.mark.skipif(not feast_installed(), reason="feast is not installed: the file is checked by its syntax tree only")
def test_feast_takes_it(tmp_path: Path) -> None:
    file = tmp_path / "feast_features.py"
    file.write_text(feast_file(store()), encoding="utf-8")
    spec = importlib.util.spec_from_file_location("feast_features", file)
    assert spec is not None
    assert spec.loader is not None
    spec.loader.exec_module(importlib.util.module_from_spec(spec))
