"""What the notebook shows of mesh, lake and time: empty, full, and nothing of a client's unescaped."""

from __future__ import annotations

from datetime import UTC, datetime

from decom_nb.evidence.timings import Clock, Lateness, Timing, Timings, Window
from decom_nb.phases.patterns import views
from decom_nb.phases.patterns.measures import mesh_readiness, timing_looks
from decom_nb.phases.patterns.mesh.mesh_document import DataMesh

EVIL = "<script>alert(1)</script>"


def test_principles_are_shown_with_what_would_help() -> None:
    said = DataMesh.model_validate({"domain_ownership": {"owners_named": "yes", "engineers_in_domains": "no"}})
    page = views.mesh(mesh_readiness(said))._repr_html_()
    assert "25 % to 75 %" in page
    assert "Move or hire" in page
    assert "Name for each dataset" not in page, "what holds needs no help"
    assert "Nobody has said" in views.mesh(mesh_readiness(DataMesh()))._repr_html_()
    assert "Nobody has said" in views.mesh(mesh_readiness(None))._repr_html_()


def test_a_lake_is_shown_by_its_largest_datasets() -> None:
    row = {
        "dataset": EVIL, "formats": ["csv"], "table_format": "", "files": 1200, "small": 1000, "bytes": 2_000_000_000,
        "median_bytes": 20_000, "modified_at": None, "purpose": None, "owner": "", "consumers": [],
    }  # fmt: skip
    lake = {"datasets": 21, "files": 1200, "bytes": 2_000_000_000, "small": 1000, "small_mb": 2.5, "largest": [row]}
    page = views.lake(lake)._repr_html_()
    assert EVIL not in page
    assert "21 datasets with 1,200 data files, 2.0 GB in all; 1,000 files below 2.5 MB" in page
    assert "The 1 largest are shown" in page
    assert "No data files" in views.lake({})._repr_html_()


def test_times_are_shown_with_their_windows_and_clocks() -> None:
    windows = (Window(seconds=3600, late=9), Window(seconds=86400, late=0))
    late = Lateness(
        event=EVIL, arrived="b", compared=9, early=2, quantiles={"0.5": 1.0}, windows=windows, proposed_seconds=86400
    )
    clock = Clock(column=EVIL, type="TIMESTAMP", zone="Europe/Berlin", changes=(), verdict="local", says="told")
    look = Timing(taken_at=datetime(2026, 1, 1, tzinfo=UTC), table=EVIL, rows=10, lateness=late, clocks=(clock,))
    page = views.timing(timing_looks(Timings((look,))))._repr_html_()
    assert EVIL not in page
    assert "A window of <strong>1 day</strong>" in page
    assert "2 arrive before their event" in page
    assert "Nothing is measured yet" in views.timing(timing_looks(None))._repr_html_()
