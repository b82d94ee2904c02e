"""Small dbt artifacts written out from a few facts, for the cases of rules that judge dbt projects."""

from __future__ import annotations

from typing import Any


def manifest(case: dict[str, Any]) -> dict[str, Any]:
    """Write out a manifest of version 12 from {models, sources, exposures, unit_tests}.

    A model and a source may be told any field of a manifest's node under `node`; a source is a description or such a mapping.
    """
    nodes: dict[str, Any] = {}
    for name, model in case["models"].items():
        model = model or {}
        key = f"model.shop.{name}"
        columns = model.get("columns", {})
        path = model.get("path", f"models/{name}.sql")
        nodes[key] = {
            "unique_id": key,
            "name": name,
            "resource_type": "model",
            "package_name": model.get("package", "shop"),
            "original_file_path": path,
            "description": model.get("description", ""),
            "columns": {column: {"name": column, "description": text} for column, text in columns.items()},
            "depends_on": {"nodes": model.get("reads", [])},
            "access": model.get("access", "protected"),
            "config": {
                "contract": {"enforced": model.get("contract", False)},
                "enabled": True,
                "materialized": model.get("materialized", "table"),
            },
            "raw_code": model.get("sql", ""),
            **model.get("node", {}),
        }
        for test in model.get("tests", []):
            kind, _, column = test.partition(" ")
            test_key = f"test.shop.{kind}_{name}_{column}"
            arguments = {"combination_of_columns": column.split()} if kind == "unique_combination_of_columns" else {}
            nodes[test_key] = {
                "unique_id": test_key,
                "name": f"{kind}_{name}_{column}",
                "resource_type": "test",
                "package_name": "shop",
                "original_file_path": model.get("tests_in", f"{path.rpartition('/')[0]}/schema.yml"),
                "attached_node": key,
                "column_name": column or None,
                "test_metadata": {"name": kind, "kwargs": {"column_name": column, **arguments}, "namespace": None},
                "depends_on": {"nodes": [key]},
            }
    return {
        "metadata": {
            "dbt_schema_version": "https://schemas.getdbt.com/dbt/manifest/v12.json",
            "project_name": "shop",
            "generated_at": "2026-01-01T00:00:00Z",
        },
        "nodes": nodes,
        "sources": {
            f"source.shop.crm.{name}": {
                "unique_id": f"source.shop.crm.{name}",
                "name": name,
                "source_name": "crm",
                "resource_type": "source",
                "package_name": "shop",
                "original_file_path": "models/sources.yml",
                "database": "lake",
                "schema": "crm",
                "identifier": name,
                **({"description": told} if isinstance(told, str) else told),
            }
            for name, told in case.get("sources", {}).items()
        },
        "exposures": {
            f"exposure.shop.{name}": {
                "unique_id": f"exposure.shop.{name}",
                "name": name,
                "resource_type": "exposure",
                "package_name": "shop",
                "type": "dashboard",
                "owner": {"name": use.get("owner"), "email": None},
                "depends_on": {"nodes": use["reads"]},
            }
            for name, use in case.get("exposures", {}).items()
        },
        "unit_tests": {
            f"unit_test.shop.{model}.t": {
                "unique_id": f"unit_test.shop.{model}.t",
                "name": "t",
                "model": model,
                "resource_type": "unit_test",
                "package_name": "shop",
                "depends_on": {"nodes": [f"model.shop.{model}"]},
            }
            for model in case.get("unit_tests", [])
        },
        "disabled": {},
    }


def run_results(case: dict[str, Any]) -> dict[str, Any]:
    """Write out run results of version 6 from {results: {test: status}, command}."""
    return {
        "metadata": {
            "dbt_schema_version": "https://schemas.getdbt.com/dbt/run-results/v6.json",
            "generated_at": "2026-01-01T00:00:00Z",
        },
        "args": {"which": case.get("command", "build")},
        "results": [
            {
                "unique_id": f"test.shop.{name}",
                "status": status,
                "execution_time": 0.1,
                "failures": None,
                "message": None,
                "timing": [],
            }
            for name, status in case["results"].items()
        ],
        "elapsed_time": 1.0,
    }
