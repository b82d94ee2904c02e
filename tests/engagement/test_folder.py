from __future__ import annotations

from pathlib import Path

import pytest

from decom_nb.document import load, save
from decom_nb.engagement import Engagement, Pointer, Settings
from decom_nb.errors import InputError
from tests.document.briefs import Brief, Note, Waivers

CLASSES = (Brief, Waivers, Note)


@pytest.fixture
def acme(tmp_path: Path) -> Engagement:
    return Engagement.create(tmp_path / "acme", name="Acme: orders", client="Acme #1", documents=CLASSES)


def contents(folder: Path) -> dict[str, str]:
    return {path.relative_to(folder).as_posix(): path.read_text() for path in folder.rglob("*") if path.is_file()}


def test_a_new_engagement_has_all_that_a_person_fills_in(acme: Engagement) -> None:
    assert sorted(path.relative_to(acme.path).as_posix() for path in acme.path.rglob("*")) == [
        ".gitignore",
        "README.md",
        "audits",
        "deliverables",
        "documents",
        "documents/brief.yaml",
        "documents/note",
        "documents/waivers.yaml",
        "engagement.yaml",
        "evidence",
    ]
    assert (acme.settings.title, acme.settings.client) == ("Acme: orders", "Acme #1")
    assert (acme.name, acme.client) == ("Acme: orders", "Acme #1")
    assert "# Acme: orders\n" in (acme.path / "README.md").read_text()
    assert acme.check(CLASSES) == ()


def test_what_was_filled_in_is_read_by_the_names_that_ask_for_it(acme: Engagement) -> None:
    save(acme.document_path(Brief), Brief(tier=1))
    save(acme.document_path(Note) / "b.yaml", Note(title="b"))
    save(acme.document_path(Note) / "a.yaml", Note(title="a"))
    acme.document_path(Waivers).unlink()
    assert acme.documents(CLASSES) == {
        "brief": Brief(tier=1),
        "waivers": None,
        "note": (Note(title="a"), Note(title="b")),
    }
    assert acme.document(Brief) == Brief(tier=1)
    assert acme.document(Waivers) is None
    assert acme.instances(Note) == (Note(title="a"), Note(title="b"))


def test_one_cannot_ask_for_the_one_of_many(acme: Engagement) -> None:
    with pytest.raises(TypeError, match="instances"):
        acme.document(Note)


def test_all_mistakes_of_all_files_are_told_at_once(acme: Engagement) -> None:
    documents = acme.documents_path
    acme.settings_path.write_text("document: engagement\nversion: 1\nclint: x\nevidence:\n  - path: nowhere\n")
    (documents / "brief.yaml").write_text("document: brief\nversion: 1\ntier: 9\nprojekt_name: x\n")
    (documents / "waivers.yaml").write_text("document: waivers\nversion: 1\nwaivers: [\n")
    for name in ("a", "b"):
        (documents / "note" / f"{name}.yaml").write_text("document: note\nversion: 3\nhours: long\n")
    (documents / "waiver.yaml").write_text("document: waivers\nversion: 1\n")
    with pytest.raises(InputError) as raised:
        acme.documents(CLASSES)
    assert [(mistake.file, mistake.key) for mistake in raised.value.mistakes] == [
        (str(documents / "brief.yaml"), "tier"),
        (str(documents / "brief.yaml"), "projekt_name"),
        (str(documents / "note/a.yaml"), "hours"),
        (str(documents / "note/b.yaml"), "hours"),
        (str(documents / "waiver.yaml"), ""),
        (str(documents / "waivers.yaml"), ""),
    ]
    assert "did you mean documents/waivers.yaml?" in str(raised.value)
    found = acme.check(CLASSES)
    assert found[:-1] == raised.value.mistakes
    assert (found[-1].key, found[-1].instead) == ("clint", "did you mean `client`?")
    with pytest.raises(InputError, match="clint"):
        Engagement.open(acme.path)


def test_evidence_lies_in_its_folder_and_where_the_settings_point(acme: Engagement) -> None:
    assert acme.evidence_pointers() == (Pointer(path="evidence"),)
    save(
        acme.settings_path,
        Settings(
            evidence=(Pointer(path="../dbt/target", kind="dbt"), Pointer(path="a\0b"), Pointer(path=str(acme.path)))
        ),
    )
    assert acme.evidence_pointers()[1:] == acme.settings.evidence
    found = acme.check(CLASSES)
    assert [(mistake.line > 0, mistake.key) for mistake in found] == [
        (True, "evidence[0].path"),
        (True, "evidence[1].path"),
    ]
    assert "'../dbt/target' does not exist - write a path that does" in str(found[0])
    acme.evidence_path.rmdir()
    assert len(acme.evidence_pointers()) == 3


def test_settings_hold_weights_and_are_called_by_their_name() -> None:
    assert Settings.name == "engagement"
    assert Settings(title="Orders").name == "Orders"
    assert Settings(weights={"architecture.pattern": {"latency": 2}}).weights == {
        "architecture.pattern": {"latency": 2.0}
    }


def test_settings_of_a_person_keep_their_comments(acme: Engagement) -> None:
    acme.settings_path.write_text("document: engagement\nversion: 1\nname: x  # mine\n")
    save(acme.settings_path, acme.settings.model_copy(update={"weights": {"a.b": {"c": 2.0}}}))
    assert (
        acme.settings_path.read_text()
        == "document: engagement\nversion: 1\nname: x  # mine\nweights:\n  a.b:\n    c: 2\n"
    )


def test_without_a_name_an_engagement_has_that_of_its_folder(tmp_path: Path) -> None:
    assert Engagement.create(tmp_path / "acme").name == "acme"


def test_creating_again_adds_what_is_missing_and_changes_nothing(acme: Engagement) -> None:
    save(acme.document_path(Brief), Brief(tier=1))
    acme.document_path(Waivers).unlink()
    (acme.path / "README.md").write_text("mine")
    before = contents(acme.path)
    acme.audits_path.rmdir()
    made = Engagement.make(acme.path, "Acme: orders", "Acme #1", documents=CLASSES)
    assert (made.engagement, made.new) == (acme, False)
    assert made.added == (acme.audits_path, acme.document_path(Waivers))
    after = contents(acme.path)
    assert after.pop("documents/waivers.yaml")
    assert after == before
    assert Engagement.make(acme.path, documents=CLASSES).added == ()


def test_creating_again_under_another_name_is_refused_and_says_where_to_change_it(acme: Engagement) -> None:
    acme.document_path(Waivers).unlink()
    acme.settings_path.write_text("document: engagement\nversion: 1\nname: Acme\n")
    before = contents(acme.path)
    with pytest.raises(InputError) as raised:
        Engagement.create(acme.path, name="other: x", client="Them", documents=CLASSES)
    name, client = sorted(raised.value.mistakes, key=lambda mistake: mistake.key != "name")
    assert (name.file, name.line, name.key) == (str(acme.settings_path), 3, "name")
    assert "is an engagement already and has the name 'Acme'; nothing was changed" in name.what
    assert name.instead == 'to change it, write `name: "other: x"` in this file'
    assert "has no client yet" in client.what
    acme.settings_path.write_text("document: engagement\nversion: 1\nnam: Acme\n")
    before["engagement.yaml"] = acme.settings_path.read_text()
    with pytest.raises(InputError, match="did you mean `name`"):
        Engagement.create(acme.path, documents=CLASSES)
    assert contents(acme.path) == before


def test_what_is_promised_to_be_read_is_read(acme: Engagement) -> None:
    assert "billing" not in (acme.path / "README.md").read_text()


def test_a_folder_with_other_things_in_it_is_refused(tmp_path: Path) -> None:
    (tmp_path / "thesis.doc").write_text("x")
    with pytest.raises(
        InputError, match=r"not an engagement and not empty: it holds thesis.doc - choose a new folder, for example"
    ):
        Engagement.create(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.doc"]


def test_a_fresh_repository_is_as_good_as_an_empty_folder(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "README.md").write_text("mine")
    Engagement.create(tmp_path)
    assert (tmp_path / "README.md").read_text() == "mine"


def test_where_nothing_can_be_made_it_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(InputError, match="cannot be made"):
        Engagement.create(tmp_path / "file")
    with pytest.raises(InputError, match="cannot be made"):
        Engagement.create(tmp_path / "file" / "below")


def test_opening_what_is_none_says_where_one_is(acme: Engagement, tmp_path: Path) -> None:
    def said(path: Path) -> str:
        with pytest.raises(InputError) as raised:
            Engagement.open(path)
        return str(raised.value)

    assert (
        said(tmp_path) == f"{tmp_path}: is not an engagement: it holds no engagement.yaml - did you mean {acme.path}?"
    )
    assert said(acme.documents_path).endswith(f"did you mean {acme.path}?")
    assert said(tmp_path / "acmee") == f"{tmp_path / 'acmee'}: does not exist - did you mean {acme.path}?"
    assert (
        said(tmp_path / "other")
        == f"{tmp_path / 'other'}: does not exist - make one with: decom init {tmp_path / 'other'}"
    )
    (tmp_path / "file").write_text("x")
    assert "is a file" in said(tmp_path / "file")


def test_audits_are_listed_when_they_are_finished(acme: Engagement) -> None:
    assert acme.audits() == ()
    for name in ("20260331T083000Z-1a2b", "20250101T000000Z-ffff", ".unfinished", "empty"):
        (acme.audits_path / name).mkdir()
        if name != "empty":
            (acme.audits_path / name / "audit.json").write_text("{}")
    assert [path.name for path in acme.audits()] == ["20250101T000000Z-ffff", "20260331T083000Z-1a2b"]
    assert acme.audit_path("20250101T000000Z-ffff") == acme.audits()[0]


@pytest.mark.parametrize("audit", ["", ".", "..", "../x", "a/b", "/etc", "a..b", ".hidden", "a\0", "a\n", "a b", "x."])
def test_an_audit_is_named_by_an_id_and_nothing_else(acme: Engagement, audit: str) -> None:
    with pytest.raises(InputError, match="is not the id of an audit"):
        acme.audit_path(audit)


def test_an_engagement_that_is_a_link_works(acme: Engagement, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(acme.path)
    assert Engagement.open(tmp_path / "link").settings == load(Settings, acme.settings_path)
