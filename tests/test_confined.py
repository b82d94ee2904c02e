"""What verbs write lies below the engagement's deliverables, whatever the documents call their tables and pipelines."""

from __future__ import annotations

import ast
import os
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

import decom_nb
from decom_nb.cli import app
from decom_nb.errors import InputError
from decom_nb.generated_file import LONGEST_NAME, put

RUNNER = CliRunner()
HOSTILE = {
    "upwards": "../../../../../evil",
    "upwards, a little": "../evil",
    "upwards for Windows": "..\\..\\..\\evil",
    "absolute": "{outside}/evil",
    "a drive": "C:evil",
    "a NUL": "evil\0.sql",
    "a line feed": "evil\nrm",
    "very long": "e" * 300,
}


def model(name: str) -> dict[str, Any]:
    key = {"column": "evil_key", "dimension": name, "several": True, "bridge": f"{name}_bridge", "source": "k"}
    fact = {"name": f"{name}_f", "source": "orders", "grain_columns": ["k"], "foreign_keys": [key]}
    attributes = [{"name": "a", "scd_type": 2}, {"name": "b", "scd_type": 4}]
    dimension = {
        "name": name,
        "natural_key": ["k"],
        "surrogate_key": "evil_key",
        "source": "things",
        "attributes": attributes,
    }
    return {"dimensional_model": {"dimensions": [dimension], "fact_tables": [fact]}}


def pipeline(name: str) -> dict[str, Any]:
    columns = [{"name": "id", "data_type": "BIGINT"}, {"name": "at", "data_type": "TIMESTAMP"}]
    extract = {"source_table": f"{name}_s", "strategy": "full", "natural_keys": ["id"]}
    load = {"target_table": name, "strategy": "merge", "merge_keys": ["id"]}
    return {
        "pipeline/one": {
            "pipeline": name,
            "columns": columns,
            "extract": extract,
            "load": load,
            "schedule": "0 2 * * *",
        }
    }


def capture(name: str) -> dict[str, Any]:
    database = {
        "connector": name,
        "database": "Postgres",
        "host": "db",
        "database_name": name,
        "tables": [f"public.{name}"],
    }
    sinks = [{"name": name, "kind": "object storage", "target": name}]
    return {"capture": {"databases": [database], "sinks": sinks}}


def features(name: str) -> dict[str, Any]:
    feature = {"name": name, "type": "INT", "source": name, "aggregation": "count", "window_days": 3}
    return {"feature_store/one": {"entity": name, "entity_key": name, "features": [feature]}}


TRIED = ("../../../../../evil", "{outside}/evil", "x.{outside}/evil")
"""What every verb is tried with: the last is a table of a schema, of which verbs take the part after the dot."""
VERBS = {
    "modeling ddl": model,
    "modeling erd": model,
    "modeling erd --format svg": model,
    "modeling dbt": model,
    "modeling draft": model,
    "patterns scd2 --source changes --effective at": model,
    "patterns connectors": capture,
    "patterns features": features,
    "pipelines sql": pipeline,
    "pipelines sql --dbt": pipeline,
    "pipelines orchestrate": pipeline,
    "monitoring alerts": pipeline,
}


@pytest.mark.slow
@pytest.mark.parametrize("verb", VERBS)
def test_no_name_in_a_document_leads_out_of_the_deliverables(verb: str, tmp_path: Path) -> None:
    home = tmp_path / "a" / "b" / "c" / "acme"
    for called in TRIED:
        shutil.rmtree(home, ignore_errors=True)
        (home / "documents").mkdir(parents=True)
        (home / "engagement.yaml").write_text("document: engagement\nversion: 1\nname: x\n", encoding="utf-8")
        for place, said in VERBS[verb](called.format(outside=tmp_path)).items():
            document = home / "documents" / f"{place}.yaml"
            document.parent.mkdir(exist_ok=True)
            head = {"document": place.partition("/")[0], "version": 1}
            document.write_text(yaml.safe_dump(head | said), encoding="utf-8")
        before = files(tmp_path)
        room, name, *options = verb.split()
        done = RUNNER.invoke(app, [room, name, str(home), *options, "--write"])
        assert isinstance(done.exception, InputError | SystemExit | None), (called, done.exception)
        strays = [each for each in files(tmp_path) - before if not each.is_relative_to(home / "deliverables")]
        assert not strays, (called, strays)


def files(folder: Path) -> set[Path]:
    return {each for each in folder.rglob("*") if each.is_file()}


def test_a_model_with_such_names_is_refused_by_dbt(tmp_path: Path) -> None:
    (tmp_path / "documents").mkdir()
    (tmp_path / "engagement.yaml").write_text("document: engagement\nversion: 1\nname: x\n", encoding="utf-8")
    said = {"document": "dimensional_model", "version": 1} | model("../../../../evil")["dimensional_model"]
    (tmp_path / "documents" / "dimensional_model.yaml").write_text(yaml.safe_dump(said), encoding="utf-8")
    with pytest.raises(InputError, match="leads elsewhere"):
        RUNNER.invoke(app, ["modeling", "dbt", str(tmp_path), "--write"], catch_exceptions=False)
    assert not files(tmp_path / "deliverables")  # not even those with harmless names


@pytest.mark.parametrize("name", HOSTILE)
def test_such_a_name_is_refused_before_anything_is_made(name: str, tmp_path: Path) -> None:
    root = tmp_path / "deliverables"
    called = HOSTILE[name].format(outside=tmp_path)
    with pytest.raises(InputError, match="is not written"):
        put(root / "models" / f"{called}.sql", "select 1\n", within=root)
    assert not files(tmp_path)
    assert not root.exists()


def test_no_link_leads_out(tmp_path: Path) -> None:
    root, outside = tmp_path / "deliverables", tmp_path / "outside"
    root.mkdir()
    outside.mkdir()
    (root / "folder").symlink_to(outside)
    (root / "a.sql").symlink_to(outside / "a.sql")
    (root / "b.json.made").symlink_to(outside / "b")
    (root / "c.sql.new").symlink_to(outside / "c")
    for name in ("folder/x.sql", "a.sql", "b.json", "c.sql"):
        with pytest.raises(InputError, match="leads out of"):
            put(root / name, "{}\n", within=root)
    assert not files(outside)


def test_deliverables_that_lie_elsewhere_take_what_is_theirs(tmp_path: Path) -> None:
    (tmp_path / "shared").mkdir()
    root = tmp_path / "deliverables"
    root.symlink_to(tmp_path / "shared")
    assert put(root / "m" / ("a" * (LONGEST_NAME - 4) + ".sql"), "select 1\n", within=root)[0] == "written"
    odd = put(root / "m" / "Ümsätze 2026, brutto.sql", "select 1\n", within=root)[1]
    assert os.path.realpath(odd).startswith(os.path.realpath(tmp_path / "shared"))


def test_every_writer_says_where_its_files_may_lie() -> None:
    said = []
    for path in Path(decom_nb.__file__).parent.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        calls = (
            [each for each in ast.walk(ast.parse(text)) if isinstance(each, ast.Call)]
            if "generated_file" in text
            else []
        )
        writing = [each for each in calls if ast.unparse(each.func) in ("generated_file.put", "put")]
        said += [(path.name, any(told.arg == "within" for told in each.keywords)) for each in writing]
    assert ("made_file.py", True) in said
    assert [name for name, told in said if not told] == []
