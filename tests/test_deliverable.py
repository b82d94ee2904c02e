"""The list of deliverables tells of each file who made it, from what, and whether that still holds."""

from __future__ import annotations

from pathlib import Path

from decom_nb.deliverable import deliverables
from decom_nb.generated_file import Origin, origin, put


def test_each_file_has_the_state_that_it_is_in(tmp_path: Path) -> None:
    folder, document = tmp_path / "deliverables", tmp_path / "documents" / "model.yaml"
    document.parent.mkdir()
    document.write_text("a: 1\n", encoding="utf-8")
    made = origin("decom modeling ddl DIR", tmp_path, [document])
    for name in ("fresh.sql", "old.sql", "edited.sql", "offered.sql", "beside.json"):
        put(folder / "modeling" / name, "select 1\n", made=made)
    for name in ("edited.sql", "offered.sql"):
        path = folder / "modeling" / name
        path.write_text(path.read_text() + "-- mine\n", encoding="utf-8")
    put(folder / "modeling" / "offered.sql", "select 2\n", made=made)
    (folder / "notes.md").write_text("by hand\n", encoding="utf-8")
    (folder / "report.html").write_text("<p>\n", encoding="utf-8")
    (folder / "link.sql").symlink_to(document)
    document.write_text("a: 2\n", encoding="utf-8")
    again = origin("decom modeling ddl DIR", tmp_path, [document])
    put(folder / "modeling" / "fresh.sql", "select 1\n", made=again)
    told = {each.file: each for each in deliverables(tmp_path, folder)}
    assert {name: each.state for name, each in told.items()} == {
        "modeling/beside.json": "outdated",
        "modeling/edited.sql": "edited",
        "modeling/fresh.sql": "as generated",
        "modeling/offered.sql": "edited, newer offered",
        "modeling/old.sql": "outdated",
        "notes.md": "not ours",
    }
    assert told["modeling/old.sql"].changed == ("documents/model.yaml",)
    assert told["modeling/edited.sql"].changed == ("documents/model.yaml",)
    assert told["modeling/offered.sql"].offered == "modeling/offered.sql.new"
    assert told["modeling/fresh.sql"].made_by == "decom modeling ddl DIR"
    assert told["modeling/fresh.sql"].made_from == ("documents/model.yaml",)


def test_a_header_leads_nowhere_outside_the_engagement(tmp_path: Path) -> None:
    root = tmp_path / "engagement"
    put(
        root / "deliverables" / "a.sql",
        "x\n",
        made=Origin("decom x", (("../secret", "0" * 12), ("gone.yaml", "0" * 12))),
    )
    (told,) = deliverables(root, root / "deliverables")
    assert told.changed == ("gone.yaml",)


def test_an_engagement_without_deliverables_has_none(tmp_path: Path) -> None:
    assert deliverables(tmp_path, tmp_path / "deliverables") == ()
