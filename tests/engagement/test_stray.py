from __future__ import annotations

from pathlib import Path

import pytest

from decom_nb.engagement.stray import stray_documents, yaml_files
from tests.document.briefs import Brief, Note, Waivers


@pytest.mark.parametrize(
    ("file", "said"),
    [
        ("breif.yaml", "is no document that is known here, so nothing reads it - did you mean documents/brief.yaml?"),
        ("banana.yaml", "so nothing reads it - documents known here: brief, note, waivers"),
        ("brief.yml", "is not read under this name - rename it to brief.yaml"),
        ("note.yaml", "did you mean documents/note/note.yaml?"),
        ("notes/a.yaml", "did you mean documents/note/a.yaml?"),
        ("note/a.yml", "rename it to a.yaml"),
        ("note/deep/a.yaml", "so nothing reads it"),
        ("brief/brief.yaml", "did you mean documents/brief.yaml?"),
        (
            "brief.conflict-2.yaml",
            "while the file was changed elsewhere too - take over into brief.yaml what is right, then delete",
        ),
        ("note/a.conflict-1.yaml", "take over into a.yaml"),
    ],
)
def test_files_that_nothing_would_read_are_told(tmp_path: Path, file: str, said: str) -> None:
    (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / file).write_text("x")
    [mistake] = stray_documents(tmp_path, [Brief, Waivers, Note])
    assert mistake.file == str(tmp_path / file)
    assert said in str(mistake)


def test_all_else_is_nobodys_business(tmp_path: Path) -> None:
    (tmp_path / "note").mkdir()
    for name in (
        "brief.yaml",
        "note/a.yaml",
        "note/b c.yaml",
        "notes.md",
        ".hidden.yaml",
        "brief.yaml~",
        "brief.yaml.bak",
        ".brief.yaml.123.tmp",
    ):
        (tmp_path / name).write_text("x")
    assert stray_documents(tmp_path, [Brief, Waivers, Note]) == []
    assert [path.name for path in yaml_files(tmp_path / "note")] == ["a.yaml", "b c.yaml"]
    assert yaml_files(tmp_path / "none") == []


def test_a_kept_side_with_the_answers_of_its_document_is_nobodys_business_either(tmp_path: Path) -> None:
    (tmp_path / "note").mkdir()
    for name, text in (("brief", "document: brief\nversion: 1\n"), ("note/a", "document: note\nversion: 3\n")):
        (tmp_path / f"{name}.yaml").write_text(text)
        (tmp_path / f"{name}.conflict-1.yaml").write_text(f"# kept\n{text}")
    assert stray_documents(tmp_path, [Brief, Waivers, Note]) == []
    (tmp_path / "note" / "a.conflict-1.yaml").write_text("document: note\nversion: 3\nhours: 2\n")
    (tmp_path / "brief.yaml").write_text("tier: [")
    told = [Path(mistake.file).name for mistake in stray_documents(tmp_path, [Brief, Waivers, Note])]
    assert told == ["brief.conflict-1.yaml", "a.conflict-1.yaml"]
