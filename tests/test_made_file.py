"""Files that verbs make: printed, or written with what became of each."""

from __future__ import annotations

from pathlib import Path

import pytest

from decom_nb.engagement import Engagement
from decom_nb.made_file import PLAIN_SQL, tell, written
from decom_nb.terminal import Out

FILES = {"load.sql": "SELECT 1;\n", "README.md": "# A load\n"}


def test_what_was_edited_by_hand_stays(tmp_path: Path) -> None:
    engagement = Engagement.create(tmp_path / "acme")

    def write(files: dict[str, str]) -> list[str]:
        return [each["outcome"] for each in written(engagement, "made", files, "decom x y DIR", (), PLAIN_SQL)]

    load = engagement.deliverables_path / "made" / "load.sql"
    assert write(FILES) == ["written", "written"]
    assert load.read_text(encoding="utf-8").splitlines()[1] == "-- Made by: decom x y DIR --write"
    assert write(FILES) == ["unchanged", "unchanged"]
    load.write_text(load.read_text(encoding="utf-8") + "SELECT 2;\n", encoding="utf-8")
    assert write(FILES | {"load.sql": "SELECT 3;\n"}) == ["kept", "unchanged"]
    assert load.read_text(encoding="utf-8").endswith("SELECT 2;\n")


def test_files_are_printed_unless_they_were_written(capsys: pytest.CaptureFixture[str]) -> None:
    tell(Out(as_json=False), {"load.sql": "SELECT 1;"}, [])
    assert capsys.readouterr().out == "SELECT 1;\n"
    tell(Out(as_json=False), FILES, [])
    assert capsys.readouterr().out.split("\n")[:4] == ["-- load.sql", "SELECT 1;", "", "<!-- README.md -->"]
    tell(Out(as_json=False), FILES, [{"file": "load.sql", "outcome": "written"}])
    assert capsys.readouterr().out == "load.sql: written\n"
