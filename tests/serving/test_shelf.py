"""The shelf lists every engagement, and one that is broken keeps no other from being shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from decom_nb.serving.shelf import Shelf, report_of
from tests.serving.served import engagement


@pytest.fixture
def root(tmp_path: Path) -> Path:
    engagement(tmp_path / "acme", "Acme", "Acme Ltd", low=41.5, high=73.9)
    engagement(tmp_path / "deep" / "down", "Down")
    return tmp_path


def test_engagements_are_listed_with_where_they_stand(root: Path) -> None:
    acme, down = Shelf(root).items()
    assert (acme.name, acme.title, acme.client, acme.problem) == ("acme", "Acme", "Acme Ltd", "")
    assert acme.scored
    assert (acme.scored.low, acme.scored.high, acme.scored.band_low, acme.scored.band_high) == (
        41.5,
        73.9,
        "Low",
        "High",
    )
    assert (down.name, down.scored, down.report) == ("deep/down", None, None)


def test_what_cannot_be_read_is_listed_with_the_reason(root: Path) -> None:
    (root / "deep" / "down" / "engagement.yaml").write_text("name: [")
    newer = root / "acme" / "audits" / "20990101T000000Z-00000000"
    newer.mkdir()
    (newer / "audit.json").write_text('{"schema_version": 99}')
    acme, down = Shelf(root).items()
    assert (acme.title, acme.scored, acme.remedy) == ("Acme", None, "audit")
    assert "cannot be read" in acme.problem
    assert (down.title, down.remedy) == ("deep/down", "check")


def test_what_cannot_be_audited_is_listed_with_its_first_mistake(root: Path) -> None:
    brief = root / "deep" / "down" / "documents" / "brief.yaml"
    brief.parent.mkdir(exist_ok=True)
    brief.write_text("document: brief\nversion: 1\nproject_nme: x\n", encoding="utf-8")
    shelf = Shelf(root)
    down = shelf.items()[1]
    assert (down.remedy, down.mistake.split(":")[:2]) == ("check", ["documents/brief.yaml", "3"])
    assert str(root) not in down.mistake
    brief.write_text("document: brief\nversion: 1\nproject_name: x\n", encoding="utf-8")
    assert shelf.items()[1].problem == ""


def test_a_change_is_seen_and_what_has_not_changed_is_not_read_again(root: Path) -> None:
    shelf = Shelf(root)
    before = shelf.items()
    assert shelf.items()[0] is before[0]
    (root / "acme" / "engagement.yaml").write_text("document: engagement\nversion: 1\nname: Other\n")
    after = shelf.items()
    assert after[0].title == "Other"
    assert after[1] is before[1]


def test_only_engagements_below_the_root_are_found(root: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    outside = engagement(tmp_path_factory.mktemp("outside") / "other", "Other", low=1)
    (root / "link").symlink_to(outside)
    shelf = Shelf(root)
    assert shelf.find("acme") == root / "acme"
    assert shelf.find("deep/down") == root / "deep" / "down"
    for name in ("", ".", "..", "deep", "link", "acme/..", "acme\0", str(root / "acme"), str(outside), "../other"):
        assert shelf.find(name) is None, name
    assert "link" not in [item.name for item in shelf.items()]


def test_an_engagement_can_be_served_alone(root: Path) -> None:
    shelf = Shelf(root / "acme")
    assert [item.name for item in shelf.items()] == ["acme"]
    assert shelf.find("acme") == root / "acme"
    assert shelf.find("deep/down") is None


def test_a_name_that_no_address_can_have_is_told(root: Path) -> None:
    engagement(root / "50%", "Half", low=1)
    half = Shelf(root).items()[0]
    assert half.scored is None
    assert "Rename it" in half.problem


def test_hidden_characters_are_made_visible(root: Path) -> None:
    engagement(root / "x", "pay\u202eload", "\u200bclient")
    assert [(item.title, item.client) for item in Shelf(root).items()][-1] == ("pay⟨U+202E⟩load", "⟨U+200B⟩client")


def test_the_report_is_the_newest_file_of_the_engagements_own(
    root: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    import os

    acme = root / "acme"
    assert report_of(acme) is None
    (acme / "deliverables").mkdir()
    for name, when in (("report.html", 2), ("report-2026.html", 3), ("other.html", 9), ("report.pdf", 9)):
        (acme / "deliverables" / name).write_text(name)
        os.utime(acme / "deliverables" / name, (when, when))
    secret = tmp_path_factory.mktemp("outside") / "report.html"
    secret.write_text("secret")
    (acme / "deliverables" / "report-link.html").symlink_to(secret)
    (acme / "deliverables" / "report-folder.html").mkdir()
    found = report_of(acme)
    assert found
    assert found.name == "report-2026.html"
