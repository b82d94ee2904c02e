"""The book resolves what rooms read, works out only what changed, and shows mistakes all at once."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from decom_nb.book import Book, decision_tables, knowledge_digest, names, rooms
from decom_nb.engagement import Engagement
from decom_nb.errors import InputError
from decom_nb.phase import Phase
from tests.evidence.made import put
from tests.evidence.made_bill import bill, charge
from tests.phases.dbt_case import run_results

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)


@pytest.mark.slow
def test_the_example_has_no_mistakes_and_no_crashed_rule(example: Path) -> None:
    audit = Book.open(example).audit(NOON)
    assert [finding.rule for finding in audit.findings if finding.outcome == "error"] == []
    assert 0 < audit.scorecard.low < audit.scorecard.high < 100
    assert len(audit.findings) == sum(len(room.rules) for room in rooms())


def test_an_empty_engagement_has_no_score_and_says_why(tmp_path: Path) -> None:
    Engagement.create(tmp_path / "new", name="New")
    audit = Book.open(tmp_path / "new").audit(NOON)
    assert audit.scorecard.reason
    assert audit.repairs == ()


def test_a_replaced_document_shows_and_the_rest_is_remembered(example: Path) -> None:
    book = Book.open(example)
    before = book.audit(NOON)
    claims = book.documents["claims"]
    lower = claims.model_copy(update={"testing": claims.testing.model_copy(update={"points": 1.0})})
    after = book.replace(claims=lower).audit(NOON)
    assert after.claims["testing"].points == 1
    assert after.decisions == before.decisions
    assert book.audit(NOON) == before


def test_weights_of_the_engagement_reach_the_decision(example: Path) -> None:
    book = Book.open(example)
    question = "architecture.pattern"
    criterion = decision_tables()[question][1].criteria[0].name
    assert book.reweighted({question: {criterion: 0.0}}).decide(question).weights[criterion] == 0


def test_an_unknown_question_is_answered_with_the_closest(example: Path) -> None:
    with pytest.raises(InputError, match=r"did you mean architecture\.pattern"):
        Book.open(example).decide("architecture.patern")


def test_all_mistakes_of_all_files_are_shown_at_once(example: Path) -> None:
    (example / "documents" / "claims.yaml").write_text(
        "document: claims\nversion: 1\ntestng: {points: 5}\n", encoding="utf-8"
    )
    (example / "documents" / "brief.yaml").write_text(
        "document: brief\nversion: 1\nconstraints:\n  cloud_provider: Amazon\n  team_size: many\n", encoding="utf-8"
    )
    with pytest.raises(InputError) as caught:
        Book.open(example)
    told = [(Path(each.file).name, each.line) for each in caught.value.mistakes]
    assert told == [("brief.yaml", 4), ("brief.yaml", 5), ("claims.yaml", 3)]


def test_a_waiver_for_nothing_and_a_weight_for_nothing_are_mistakes(example: Path) -> None:
    waivers = example / "documents" / "waivers.yaml"
    waivers.write_text(
        waivers.read_text(encoding="utf-8").replace("unit_tests_exist", "unit_test_exists"), encoding="utf-8"
    )
    settings = example / "engagement.yaml"
    settings.write_text(
        settings.read_text(encoding="utf-8")
        + "weights:\n  architecture.patern: {team: 1}\n  architecture.pattern: {tem: 1}\n",
        encoding="utf-8",
    )
    with pytest.raises(InputError) as caught:
        Book.open(example)
    told = str(caught.value)
    for meant in ("testing.unit_tests_exist", "architecture.pattern?", "team?"):
        assert f"did you mean {meant.rstrip('?')}?" in told


@pytest.mark.slow
def test_a_waiver_counts_until_the_day_it_expires(example: Path) -> None:
    book = Book.open(example)
    until = {
        day: book.audit(datetime(*day, tzinfo=UTC)).finding("testing.unit_tests_exist").waived
        for day in ((2027, 1, 31), (2027, 2, 1))
    }
    assert until[2027, 1, 31]
    assert not until[2027, 2, 1]
    expired = [each.target for each in book.audit(NOON).waivers if each.expired]
    assert expired == ["rubric.sources_are_described"]


@pytest.mark.slow
def test_a_waiver_follows_a_rule_that_moved_to_another_room(example: Path) -> None:
    waivers = example / "documents" / "waivers.yaml"
    told = waivers.read_text(encoding="utf-8")
    waivers.write_text(told.replace("testing.unit_tests_exist", "rubric.unit_tests_exist"), encoding="utf-8")
    assert Book.open(example).audit(NOON).finding("testing.unit_tests_exist").waived


@pytest.mark.slow
def test_rules_can_ask_for_the_day(example: Path) -> None:
    assert Book.open(example).supply(date(2026, 1, 1)).get("today") == date(2026, 1, 1)


def test_two_things_of_one_name_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def brief() -> None: ...

    names.cache_clear()
    monkeypatch.setattr(Phase, "readers", {"brief": brief})
    with pytest.raises(LookupError, match="brief is given by a document and by a reader"):
        names()
    names.cache_clear()


@pytest.mark.slow
def test_a_measure_that_fails_ends_as_an_error_and_not_the_audit(
    example: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def growth(brief: object) -> None:
        raise ZeroDivisionError("no days")

    real = Phase.measures.fget
    monkeypatch.setattr(
        Phase,
        "measures",
        property(lambda room: {**real(room), **({"growth": growth} if "growth" in real(room) else {})}),
    )
    audit = Book.open(example).audit(NOON)
    assert audit.failures == ("growth could not be worked out: ZeroDivisionError: no days",)
    assert audit.measures["growth"] is None


def test_other_knowledge_gives_another_digest(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    before = knowledge_digest()
    (tmp_path / "phase.yaml").write_text("title: other", encoding="utf-8")
    room = next(iter(rooms()))
    monkeypatch.setitem(vars(room), "folder", tmp_path)
    knowledge_digest.cache_clear()
    assert knowledge_digest() != before
    monkeypatch.undo()
    knowledge_digest.cache_clear()
    assert knowledge_digest() == before


def test_unknown_names_are_told_with_their_lines_and_with_all_other_mistakes(example: Path) -> None:
    waivers = example / "documents" / "waivers.yaml"
    waivers.write_text(
        "document: waivers\nversion: 1\nwaivers:\n"
        "  - target: rubric.unit_test_exists\n    reason: other\n    reason: other\n    because: x\n    owner: ''\n"
        "    expires: 2027-01-31\n  - target: 5\n",
        encoding="utf-8",
    )
    settings = example / "engagement.yaml"
    lines = "document: engagement\nversion: 1\nclint: x\nweights:\n  architecture.patern: {team: 1}\n"
    settings.write_text(lines + "  architecture.pattern:\n    team: 1\n    tem: 1\n", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        Book.open(example)
    told = [(Path(each.file).name, each.line, each.key) for each in caught.value.mistakes]
    assert [each for each in told if each[0] == "engagement.yaml"] == [
        ("engagement.yaml", 3, "clint"),
        ("engagement.yaml", 5, 'weights["architecture.patern"]'),
        ("engagement.yaml", 8, 'weights["architecture.pattern"].tem'),
    ]
    assert [each[1:] for each in told if each[0] == "waivers.yaml"][:4] == [
        (4, "waivers[0].target"),
        (6, "waivers[0].reason"),
        (8, "waivers[0].owner"),
        (10, "waivers[1].because"),
    ]
    assert ("waivers.yaml", 10, "waivers[1].target") in told
    assert "who answers for leaving it out" in str(caught.value)
    assert len(told) == len(set(told))


@pytest.mark.slow
def test_what_ran_can_be_queried_before_any_audit() -> None:
    book = Book.open(Path(__file__).parents[1] / "examples" / "nordwind")
    (row,) = book.query("SELECT count(DISTINCT pipeline) AS pipelines FROM history.runs")
    assert row["pipelines"] == 6


@pytest.mark.parametrize("billed", [False, True])
def test_what_dbts_artifacts_alone_tell_can_be_queried_and_reaches_no_file(tmp_path: Path, billed: bool) -> None:
    folder = Engagement.create(tmp_path / "made", "Made").path
    put(folder / "evidence", "run_results.json", run_results({"results": {"unique_orders_id": "pass"}}))
    if billed:
        put(folder / "evidence", "bill.csv", bill(charge()))
    book = Book.open(folder)
    asked = book.query("SELECT status, checks_passed FROM history.runs")
    assert asked == [{"status": "success", "checks_passed": 1}]
    assert book.supply(date(2026, 3, 1)).get("history").store is book.evidence.store
    (folder / "secret.csv").write_text("a\n1\n", encoding="utf-8")
    with pytest.raises(InputError):
        book.query(f"FROM read_csv('{folder / 'secret.csv'}')")
    relations = {each.name for each in book.evidence.store.relations} if book.evidence.store else set()
    assert ("billing.charges" in relations) == billed
