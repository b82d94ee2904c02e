"""The package's notebooks are shown; an engagement's own only if who serves said so."""

from __future__ import annotations

from pathlib import Path

import pytest

from decom_nb.serving.notebooks import Notebooks
from tests.serving.served import notebook


@pytest.fixture
def package(tmp_path: Path) -> Path:
    folder = tmp_path / "package"
    folder.mkdir()
    notebook(folder, "00_start", ("markdown", "Text\n\n# Start\n"))
    notebook(folder, "01_more", ("code", "1"))
    return folder


@pytest.fixture
def engagement(tmp_path: Path) -> Path:
    folder = tmp_path / "acme" / "notebooks"
    folder.mkdir(parents=True)
    notebook(folder, "00_start", ("markdown", "# My start"))
    notebook(folder, "20_mine", ("markdown", "# Mine"))
    return folder.parent


def test_an_engagements_own_are_not_shown(package: Path, engagement: Path) -> None:
    shown = Notebooks(folder=package)
    assert [(each.name, each.title) for each in shown.all(engagement)] == [("00_start", "Start"), ("01_more", "More")]
    assert shown.find("20_mine", engagement) is None


def test_on_request_they_are_and_stand_in_for_the_packages(package: Path, engagement: Path) -> None:
    shown = Notebooks(folder=package, own=True)
    titles = [(each.name, each.title) for each in shown.all(engagement)]
    assert titles == [("00_start", "My start"), ("01_more", "More"), ("20_mine", "Mine")]


@pytest.mark.parametrize("name", ["", "..", "../acme/notebooks/20_mine", "00_start.ipynb", "/00_start"])
def test_a_name_is_one_of_those_listed(package: Path, engagement: Path, name: str) -> None:
    assert Notebooks(folder=package).find(name, engagement) is None
