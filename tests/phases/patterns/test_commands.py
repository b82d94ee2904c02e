"""Verbs of the patterns room on engagements: mesh, connectors and timing, with input that is right and wrong."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import pytest

from tests.test_cli import Decom


@pytest.fixture
def decom(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Decom:
    monkeypatch.setenv("COLUMNS", "200")
    return Decom(monkeypatch, capsys)


@pytest.fixture
def acme(decom: Decom, tmp_path: Path) -> Path:
    decom("init", tmp_path / "acme", "--name", "Acme")
    return tmp_path / "acme"


def write(folder: Path, name: str, text: str) -> None:
    (folder / "documents" / f"{name}.yaml").write_text(f"document: {name}\nversion: 1\n{text}", encoding="utf-8")


@pytest.mark.slow
def test_mesh_tells_readiness_and_decision(decom: Decom, acme: Path) -> None:
    write(acme, "data_mesh", 'domain_ownership: {owners_named: "no"}\n')
    code, out, _ = decom("patterns", "mesh", acme)
    assert code == 0
    assert "Name for each dataset" in out
    assert "Ownership of data" in out
    told = decom.data("patterns", "mesh", acme)
    assert told["readiness"]["principles"][0]["high"] == 0.75
    assert told["decision"]["question"] == "patterns.data_mesh"


@pytest.mark.slow
def test_connectors_are_written_and_kept_once_edited(decom: Decom, acme: Path) -> None:
    code, _, err = decom("patterns", "connectors", acme)
    assert (code, "no database is named" in err) == (2, True)
    database = "{connector: shop, database: postgres, host: db, database_name: shop, tables: [public.orders]}"
    write(acme, "capture", f"serialization: JSON\ndatabases:\n  - {database}\n")
    assert '"slot.name": "debezium_shop"' in decom("patterns", "connectors", acme)[1]
    decom("patterns", "connectors", acme, "--write")
    file = acme / "deliverables" / "patterns" / "capture" / "shop.json"
    assert json.loads(file.read_text())["name"] == "shop"
    assert decom("patterns", "connectors", acme, "--check", file)[0] == 0
    edited = file.read_text().replace('"database.hostname": "db"', '"database.hostname": ""')
    file.write_text(edited)
    code, out, _ = decom("patterns", "connectors", acme, "--check", file)
    assert (code, "database.hostname: it is missing" in out) == (1, True)
    decom("patterns", "connectors", acme, "--write")
    assert file.read_text() == edited


def test_timing_measures_keeps_and_refuses(decom: Decom, acme: Path) -> None:
    moments = "SELECT TIMESTAMP '2026-01-01' + to_minutes(i) AS happened, happened + to_hours(2) AS there FROM range(100) AS t(i)"
    with duckdb.connect() as con:
        con.execute(f"COPY ({moments}) TO '{acme / 'evidence' / 'orders.parquet'}' (FORMAT parquet)")
    told = decom.data("patterns", "timing", acme, "orders", "--event", "happened", "--arrived", "there", "--write")
    assert told["lateness"]["proposed_seconds"] == 21_600
    assert Path(told["kept"]).is_file()
    kinds = {each["kind"]: each for each in decom.data("evidence", acme)["sources"]}
    assert kinds["timings"]["rows"] == 1
    code, _, err = decom("patterns", "timing", acme, "orders", "--event", "happend", "--zone", "Mars")
    assert code == 2
    assert "no column happend" in err
    assert "no time zone Mars" in err
