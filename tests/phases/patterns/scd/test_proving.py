"""Generated loads of dimensions hold in all that is tried with them, and loads known to be wrong do not."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from decom_nb.cli import app
from decom_nb.errors import GateFailed, InputError
from decom_nb.evidence.load_proofs import LoadProof
from decom_nb.phases.patterns.scd import ScdSpecification, proving
from decom_nb.proof.case import LoadCase
from decom_nb.proof.in_duckdb import InDuckDB
from decom_nb.proof.prove import prove
from decom_nb.proof.scenario import IN_TIME, SCENARIOS
from decom_nb.sql.script import Block, Step

NOW = datetime(2026, 3, 31, tzinfo=UTC)
BASE: dict[str, Any] = {
    "table": "marts.dim", "source": "staging.customers", "natural_key": ("id",), "surrogate_key": "sk", "surrogate": "identity",
}  # fmt: skip
TIMED: dict[str, Any] = {"type_2": ("a",), "type_1": ("b",), "effective": "seen"}
WAYS: dict[str, dict[str, Any]] = {
    "type 1": {"type_1": ("a", "b")},
    "type 1, timed": {"type_1": ("a", "b"), "effective": "seen"},
    "type 1, marked": {"type_1": ("a",), "complete": True, "deletes": "mark"},
    "type 2": {"type_2": ("a", "b"), "type_1": ("c",)},
    "type 2, timed": TIMED,
    "type 2, ordered": {**TIMED, "order_by": ("n",)},
    "type 2, ordered only": {"type_2": ("a",), "order_by": ("n",)},
    "type 2, two keys": {**TIMED, "natural_key": ("id", "part")},
    "type 2, hashed": {**TIMED, "surrogate": "hash"},
    "type 2, numbered, no ledger": {"type_2": ("a",), "surrogate": "number", "changes": ""},
    "type 2, worked out": {**TIMED, "expressions": {"a": "amount > 3"}},
    "type 3": {"type_3": ("a",), "type_1": ("b",)},
    "type 3, timed": {"type_3": ("a",), "type_1": ("b",), "effective": "seen"},
    "type 4": {"type_4": ("a",), "type_1": ("b",), "effective": "seen"},
    "type 4, closed": {"type_4": ("a",), "type_1": ("b",), "complete": True, "deletes": "close"},
    "type 6": {"type_6": ("a",), "type_2": ("b",), "kept": ("k",), "effective": "seen"},
    "flag, kept": {**TIMED, "deleted": "gone"},
    "flag, closed": {**TIMED, "deleted": "gone", "deletes": "close", "open_end": "far"},
    "flag, marked": {**TIMED, "deleted": "gone", "deletes": "mark"},
    "whole, kept": {**TIMED, "complete": True},
    "whole, closed": {**TIMED, "complete": True, "deletes": "close"},
    "whole, marked": {"type_2": ("a",), "kept": ("b",), "complete": True, "deletes": "mark"},
}
BY_NAME = {each.name: each for each in (*SCENARIOS, *IN_TIME)}
CLOSE = (
    "UPDATE marts.dim SET valid_to = s.seen, is_current = FALSE FROM staging.customers AS s"
    " WHERE dim.id = s.id AND dim.is_current AND s.a IS DISTINCT FROM dim.a"
)
OPEN = (
    "INSERT INTO marts.dim (id, a, b, valid_from, valid_to, is_current) SELECT s.id, s.a, s.b, s.seen, NULL, TRUE"
    " FROM (SELECT DISTINCT * FROM staging.customers) AS s WHERE NOT EXISTS"
    " (SELECT 1 FROM marts.dim AS d WHERE d.id = s.id AND d.is_current)"
)


def specification(**more: Any) -> ScdSpecification:
    return ScdSpecification.model_validate(BASE | more)


def proven(case: LoadCase, *scenarios: str) -> LoadProof:
    database = InDuckDB()
    try:
        return prove(case, database, taken_at=NOW, scenarios=[BY_NAME[each] for each in scenarios])
    finally:
        database.close()


def by_hand() -> LoadCase:
    """Give the load that many write by hand: close what differs, add what is not there."""
    (case,) = proving.cases(specification(**TIMED))
    block = Block((Step(CLOSE, "close what differs"), Step(OPEN, "add what is not there")), atomic=True)
    return replace(case, script=replace(case.script, blocks=(block,)))


@pytest.mark.parametrize("scenario", ["late_change", pytest.param("several_changes", marks=pytest.mark.slow)])
def test_a_load_by_hand_is_refuted_by_what_it_does_not_place(scenario: str) -> None:
    proof = proven(by_hand(), "twice", scenario)
    assert [each.outcome for each in proof.scenarios] == ["held", "refuted"]
    found = proof.first_difference
    assert found is not None
    assert found.key
    assert "must be" in found.says


def test_only_what_is_claimed_and_not_numbered_is_compared() -> None:
    (case,) = proving.cases(specification(**TIMED))
    assert case.left_out == ("sk",)
    assert case.compared == ("id", "a", "b", "valid_from", "valid_to", "is_current")
    with pytest.raises(InputError, match="marks deletions as well"):
        proving.cases(specification(**TIMED, complete=True, deleted="gone", deletes="close"))
    for odd in ("NO_SUCH_TYPE", "UNION"):
        with pytest.raises(InputError, match="give the types"):
            proving.cases(specification(**TIMED, types={"a": odd}))


def test_what_the_oracle_asks_is_what_is_true() -> None:
    """A version of each state, ended by the next one and by a deletion, whatever the order of arrival."""
    import duckdb

    from decom_nb.phases.patterns.scd.oracle import oracle

    connection = duckdb.connect()
    connection.execute("CREATE SCHEMA staging")
    connection.execute(
        "CREATE TABLE staging.customers_seen AS SELECT * FROM (VALUES"
        " (1, 'y', 'new', TIMESTAMP '2026-01-03', FALSE, 1), (1, 'x', 'old', TIMESTAMP '2026-01-01', FALSE, 2),"
        " (1, 'x', 'mid', TIMESTAMP '2026-01-02', FALSE, 2), (1, 'y', 'end', TIMESTAMP '2026-01-05', TRUE, 3))"
        " AS t (id, a, b, seen, gone, seen_in)"
    )
    spec = specification(**TIMED, deleted="gone", deletes="mark")
    day = [datetime(2026, 1, n) for n in range(7)[1:]]
    assert connection.execute(f"SELECT * FROM ({oracle(spec)}) ORDER BY valid_from").fetchall() == [
        (1, "x", "new", day[0], day[2], False, False),
        (1, "y", "new", day[2], day[4], False, False),
        (1, "y", "new", day[4], None, True, True),
    ]


@pytest.mark.slow
@pytest.mark.parametrize("way", WAYS)
def test_a_generated_load_holds(way: str) -> None:
    spec = specification(**WAYS[way])
    proofs = proving.proven([spec], NOW)
    assert [each.first_difference for each in proofs] == [None] * (1 + bool(spec.type_4))
    held = {each.name for proof in proofs for each in proof.scenarios if each.outcome == "held"}
    assert held >= {"twice", "doubled", "update", "nulls", "delete", "returned", "killed", "killed_then_new"}
    timed = {"late_change", "several_changes", "tied_changes", "killed_late_change"}
    assert bool(held & timed) is bool(spec.effective or spec.order_by)


def run(*words: str) -> tuple[dict[str, Any], BaseException | None]:
    ran = CliRunner().invoke(app, ["patterns", "scd2", *words, "--json"])
    return (json.loads(ran.stdout) if ran.stdout.startswith("{") else {}), ran.exception


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "customers.yaml"
    path.write_text(
        "document: scd_specification\nversion: 1\ntable: dim\nsource: stage\nnatural_key: [id]\ntype_2: [status]\n"
    )
    return str(path)


def test_the_verb_proves_and_fails_where_a_load_is_refuted(file: str, monkeypatch: pytest.MonkeyPatch) -> None:
    few = [BY_NAME[each] for each in ("twice", "update")]
    monkeypatch.setattr("decom_nb.proof.scenario.SCENARIOS", few)
    monkeypatch.setattr("decom_nb.proof.scenario.IN_TIME", ())
    told, error = run(file, "--prove")
    assert error is None
    assert [(each["pipeline"], each["passed"]) for each in told["proofs"]] == [("dim", True)]
    whole = proving.cases

    def without_last(spec: ScdSpecification) -> list[LoadCase]:
        return [
            replace(each, script=replace(each.script, blocks=(replace(block, steps=block.steps[:-1]),)))
            for each in whole(spec)
            for block in each.script.blocks
        ]

    monkeypatch.setattr(proving, "cases", without_last)
    told, error = run(file, "--prove")
    assert isinstance(error, GateFailed)
    assert "dim is refuted. Twice in a row: after load 1, there is no row of id" in str(error)
    assert told["proofs"][0]["passed"] is False
    _, error = run(file, "--prove", "--dialect", "snowflake")
    assert isinstance(error, InputError)
