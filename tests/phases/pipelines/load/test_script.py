"""Every strategy in every engine: parsed back, in the order that a kill anywhere does no harm to, as each engine can."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import pytest
import sqlglot
from sqlglot import exp

from decom_nb.phases.pipelines.load.control import set_up
from decom_nb.phases.pipelines.load.plan import plan
from decom_nb.phases.pipelines.load.script import script
from decom_nb.phases.pipelines.load.words import ENGINES, NotSayable
from decom_nb.sql.script import Script
from tests.phases.pipelines.load.made_pipeline import STRATEGIES, made

FIXTURES = Path(__file__).parent / "fixtures"
KINDS = (exp.Create, exp.Drop, exp.Select, exp.Insert, exp.Update, exp.Delete, exp.Merge)


def reads(strategy: str) -> tuple[str, str | None]:
    """How the strategy is tried here: with what makes it say most."""
    if strategy == "truncate-reload":
        return "full", None
    return "incremental", "hard" if strategy in ("merge", "partition-swap") else None


@lru_cache
def one(strategy: str, dialect: str) -> Script:
    return script(made(strategy, *reads(strategy)), dialect)


@pytest.mark.parametrize("dialect", ENGINES)
def test_every_statement_is_read_back_as_one_of_its_engine(dialect: str) -> None:
    steps = set_up(plan(made("merge"), dialect)).steps
    for strategy in STRATEGIES:
        steps += one(strategy, dialect).steps
    for step in {each.sql: each for each in steps}.values():
        trees = sqlglot.parse(step.sql, read=dialect)
        assert len(trees) == 1
        assert isinstance(trees[0], KINDS), step.sql
        assert step.what


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("dialect", ["postgres", "bigquery"])
def test_the_write_is_as_it_was_read(strategy: str, dialect: str) -> None:
    written = one(strategy, dialect).blocks[1]
    text = "\n\n".join(f"-- {step.what}\n{step.sql};" for step in written.steps) + "\n"
    assert text == (FIXTURES / f"{strategy}.{dialect}.sql").read_text(encoding="utf-8")


def test_the_position_moves_with_the_write_or_after_it() -> None:
    for dialect in ENGINES:
        for strategy in STRATEGIES:
            prepared, written, cleared = one(strategy, dialect).blocks
            assert written.atomic == (dialect != "databricks")
            assert written.steps[-1].sql.startswith("MERGE INTO control.watermarks")
            assert not prepared.atomic
            assert not cleared.atomic
            before = "\n".join(step.sql for step in prepared.steps)
            assert "INTO raw.orders" not in before
            assert "UPDATE" not in before
            assert all(step.sql.startswith("DROP TABLE") for step in cleared.steps)


def test_nothing_in_a_transaction_commits_by_itself() -> None:
    for dialect in ENGINES:
        for strategy in STRATEGIES:
            for step in one(strategy, dialect).blocks[1].steps:
                assert not step.sql.startswith(("CREATE", "DROP", "ALTER", "TRUNCATE"))


def test_engines_get_only_what_they_have() -> None:
    for strategy in STRATEGIES:
        redshift = "\n".join(step.sql for step in one(strategy, "redshift").steps)
        assert "MERGE INTO raw" not in redshift.replace('"', "")
        assert "ON CONFLICT" not in redshift
        assert "IS DISTINCT FROM" not in redshift
        for dialect in ("postgres", "snowflake"):
            assert "BY SOURCE" not in "\n".join(step.sql for step in one(strategy, dialect).steps)
    assert "ON CONFLICT" in "\n".join(step.sql for step in one("upsert", "postgres").steps)
    assert "INSERT OVERWRITE" in "\n".join(step.sql for step in one("truncate-reload", "databricks").steps)


def test_the_low_bound_is_read_again_and_the_high_one_is_fixed_first() -> None:
    steps = one("merge", "postgres").steps
    bounds = next(at for at, each in enumerate(steps) if "__bounds AS" in each.sql)
    read = next(at for at, each in enumerate(steps) if "__read AS" in each.sql)
    assert bounds < read
    assert "INTERVAL '3600 SECOND'" in steps[bounds].sql
    flat = " ".join(steps[read].sql.split())
    assert "updated_at >= ( SELECT b.low_bound" in flat
    assert "updated_at <= ( SELECT b.high_bound" in flat


def test_a_name_that_means_something_to_an_engine_stays_a_name() -> None:
    columns = [
        {"name": "user", "data_type": "BIGINT"},
        {"name": "Order Date", "data_type": "DATE"},
        {"name": "value", "data_type": "VARCHAR", "source": "'it''s ' || note"},
    ]
    pipeline = made(
        "merge",
        "full",
        columns=columns,
        extract={"incremental_type": "TIMESTAMP"},
        load={"merge_keys": ["user"]},
        quality_gates={"pre_load": [], "post_load": []},
    )
    for dialect in ENGINES:
        for step in script(pipeline, dialect).steps:
            assert len(sqlglot.parse(step.sql, read=dialect)) == 1
    assert '"user"' in "\n".join(step.sql for step in script(pipeline, "postgres").steps)


def test_what_an_engine_cannot_say_is_refused_with_the_reason() -> None:
    with pytest.raises(NotSayable, match="keys"):
        script(made("partition-swap", load={"merge_keys": []}), "databricks")
    likeness = {"name": "likeness", "data_type": "DOUBLE", "source": "jaro_similarity(status, 'a')"}
    columns = [*made("merge").model_dump()["columns"], likeness]
    with pytest.raises(NotSayable, match="bigquery"):
        script(made("merge", columns=columns), "bigquery")
