"""An audit is one file that says everything: the score comes out of it again, and nothing changes it."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import jsonschema
import pytest

from decom_nb.audit import Audit, Waiver, first, identity, leaving, read, recomputed, write
from decom_nb.book import Book
from decom_nb.errors import InputError

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)


@pytest.fixture
def audit(example_audit: Audit) -> Audit:
    return example_audit


@pytest.mark.slow
def test_the_score_comes_out_of_the_file_alone(audit: Audit, tmp_path: Path) -> None:
    file = write(audit, tmp_path)
    assert recomputed(read(file)) == audit.scorecard
    assert read(file) == audit


@pytest.mark.slow
def test_unchanged_inputs_give_the_same_bytes_but_for_id_and_time(example: Path) -> None:
    first, second = (Book.open(example).audit(NOON + timedelta(minutes=at)) for at in (0, 5))
    assert first.digest() == second.digest()
    assert first.id != second.id
    assert first.model_dump_json(exclude={"id", "taken_at"}) == second.model_dump_json(exclude={"id", "taken_at"})


@pytest.mark.slow
def test_another_process_with_another_hash_seed_gives_the_same_digest(audit: Audit, example: Path) -> None:
    code = (
        "import sys; from datetime import datetime; from decom_nb import Book;"
        "print(Book.open(sys.argv[1]).audit(datetime.fromisoformat(sys.argv[2])).digest())"
    )
    command = [sys.executable, "-c", code, str(example), NOON.isoformat()]
    told = subprocess.run(command, check=True, capture_output=True, text=True, env={"PYTHONHASHSEED": "7"})
    assert told.stdout.strip() == audit.digest()


def test_a_changed_input_gives_another_digest(audit: Audit, example: Path) -> None:
    file = example / "documents" / "claims.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("points: 17", "points: 16"), encoding="utf-8")
    assert Book.open(example).audit(NOON).digest() != audit.digest()


def test_the_file_conforms_to_its_published_schema(audit: Audit) -> None:
    schema = Audit.model_json_schema(mode="serialization")
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(json.loads(audit.model_dump_json()), schema)


def test_an_audit_is_written_once_and_cannot_be_written_to(audit: Audit, tmp_path: Path) -> None:
    file = write(audit, tmp_path / "audits")
    assert write(audit, tmp_path / "audits") == file
    assert file.stat().st_mode & 0o222 == 0
    assert [entry.name for entry in (tmp_path / "audits").iterdir()] == [audit.id]


def test_what_is_not_an_audit_is_refused_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no audit here"):
        read(tmp_path)
    (tmp_path / "audit.json").write_text('{"id": 1}')
    with pytest.raises(InputError, match="not an audit this version can read"):
        read(tmp_path)


def test_ids_are_utc_and_sortable() -> None:
    east = datetime.fromisoformat("2026-01-01T01:00:00+02:00")
    assert identity(east, "ab" * 32) == "20251231T230000000Z-abababab"
    assert identity(east.replace(microsecond=9_000), "ff") < identity(east.replace(microsecond=10_000), "00")


def test_every_input_is_named_with_its_hash(audit: Audit) -> None:
    paths = [each.path for each in audit.inputs]
    assert "documents/brief.yaml" in paths
    assert "engagement.yaml" in paths
    assert any(path.startswith("evidence/dbt/") for path in paths)
    assert all(len(each.sha256) == 64 for each in audit.inputs)


def test_every_finding_with_a_number_has_rows_or_says_why(audit: Audit) -> None:
    for finding in audit.findings:
        assert finding.message
        if finding.outcome == "false" and finding.phase == "rubric":
            assert finding.evidence, finding.rule
            assert finding.sources, finding.rule


def test_repairs_come_with_the_best_gain_for_their_effort_first(audit: Audit) -> None:
    ranked = [repair.gain_per_effort for repair in audit.repairs]
    assert len(ranked) > 3
    assert ranked == sorted(ranked, reverse=True)
    for repair in audit.repairs:
        assert repair.gain_per_effort == pytest.approx(repair.gain / audit.rubric.efforts[repair.effort], abs=1e-6)


def test_an_expired_waiver_takes_no_dimension_out(audit: Audit) -> None:
    waiver = Waiver(
        target="cost_efficiency", reason="other", because="b", owner="o", expires="2026-10-31", expired=False
    )
    assert list(leaving((waiver,), audit.rubric)) == ["cost_efficiency"]
    assert leaving((waiver.model_copy(update={"expired": True}),), audit.rubric) == {}


def test_what_is_not_in_an_audit_is_refused_with_the_closest(audit: Audit) -> None:
    with pytest.raises(InputError, match=r"did you mean architecture\.pattern"):
        audit.decision("architecture.patern")
    with pytest.raises(InputError, match=r"did you mean monitoring\.runs_succeed"):
        audit.finding("monitoring.runs_suceed")


def test_the_largest_gain_is_always_among_what_to_do_first(audit: Audit) -> None:
    largest = max(audit.repairs, key=lambda repair: repair.gain)
    assert largest not in audit.repairs[:2]
    assert largest in first(audit.repairs, 2)
    assert first(audit.repairs, 2)[0] == audit.repairs[0]
    assert first((), 3) == ()
