from __future__ import annotations

from pathlib import Path

import pytest

from decom_nb.document import Sitting, load
from decom_nb.errors import ConflictError
from tests.document.briefs import HEAD, Brief


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "brief.yaml"
    path.write_text(HEAD + "project_name: a  # c\ntier: 1\n")
    return path


def in_conflict(file: Path) -> Sitting[Brief]:
    sitting = Sitting(Brief, file)
    file.write_text(HEAD + "project_name: theirs  # c\ntier: 2\ncontext: theirs\n")
    with pytest.raises(ConflictError):
        sitting(Brief(project_name="mine", tier=1))
    assert file.with_name("brief.conflict-1.yaml").exists()
    return sitting


def test_each_change_is_saved_and_given_back(file: Path) -> None:
    sitting = Sitting(Brief, file)
    assert sitting(Brief(project_name="b", tier=1)) == load(Brief, file) == sitting.document
    file.write_text(file.read_text().replace("tier: 1", "tier: 2"))
    assert sitting(Brief(project_name="c", tier=1)) == Brief(project_name="c", tier=2)


def test_a_conflict_is_left_by_keeping_mine(file: Path) -> None:
    sitting = in_conflict(file)
    settled = sitting.keep_mine(Brief(project_name="mine", tier=1))
    assert settled == load(Brief, file) == Brief(project_name="mine", tier=2, context="theirs")
    assert [path.name for path in file.parent.iterdir()] == ["brief.yaml"]
    assert "# c" in file.read_text()
    assert sitting(settled.model_copy(update={"tier": 3})) == load(Brief, file)


def test_a_conflict_is_left_by_taking_theirs(file: Path) -> None:
    sitting = in_conflict(file)
    assert sitting.take_theirs() == Brief(project_name="theirs", tier=2, context="theirs") == load(Brief, file)
    assert [path.name for path in file.parent.iterdir()] == ["brief.yaml"]


def test_the_kept_version_is_removed_once_the_file_holds_its_answers(file: Path) -> None:
    sitting = in_conflict(file)
    file.write_text(HEAD + "project_name: a\ntier: 2\ncontext: theirs\n")
    now = sitting(Brief(project_name="mine", tier=1))
    assert now == Brief(project_name="mine", tier=2, context="theirs")
    assert [path.name for path in file.parent.iterdir()] == ["brief.yaml"]


def test_what_another_sitting_kept_is_removed_once_its_answers_are_saved(file: Path) -> None:
    in_conflict(file)
    other = Sitting(Brief, file)
    other(Brief(project_name="mine", tier=2, context="theirs"))
    assert file.with_name("brief.conflict-1.yaml").exists()
    other(Brief(project_name="mine", tier=1))
    assert [path.name for path in file.parent.iterdir()] == ["brief.yaml"]


def test_a_kept_version_with_other_answers_or_none_that_can_be_read_stays(file: Path) -> None:
    sitting = in_conflict(file)
    file.with_name("brief.conflict-7.yaml").write_text("tier: [")
    file.with_name("briefs.conflict-1.yaml").write_text(file.read_text())
    sitting.opened = Sitting(Brief, file).opened
    sitting(Brief(project_name="neither", tier=2))
    assert sorted(path.name for path in file.parent.iterdir()) == [
        "brief.conflict-1.yaml",
        "brief.conflict-7.yaml",
        "brief.yaml",
        "briefs.conflict-1.yaml",
    ]
