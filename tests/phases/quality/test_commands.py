"""``decom quality``: runs that become evidence, runs in a pipeline, profiles, SQL; every mistake at once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from decom_nb.book import Book
from decom_nb.check import Suite
from decom_nb.cli import app
from decom_nb.contract import Contract
from decom_nb.document import load
from decom_nb.engagement import Engagement
from decom_nb.errors import GateFailed, InputError
from decom_nb.evidence import MutationRuns

SUITE = """document: suite
version: 1
table: orders
key: [id]
checks:
  - check: unique
    columns: [id]
    severity: P1
    because: An order is one order.
  - check: not_null
    columns: [id]
  - check: accepted_values
    column: status
    values: [new, done]
    severity: P2
    owner: Shop
"""
ROWS = "id,status\n1,new\n2,done\n2,lost\n"
RUNNER = CliRunner()


def decom(*arguments: str) -> Any:
    """Run the command; an error of ours is raised."""
    done = RUNNER.invoke(app, ["quality", *arguments], catch_exceptions=False, standalone_mode=False)
    if done.exception:
        raise done.exception
    return done


def data(*arguments: str) -> Any:
    return json.loads(decom(*arguments, "--json").stdout)


@pytest.fixture
def engagement(tmp_path: Path) -> Path:
    folder = tmp_path / "acme"
    Engagement.create(folder, "Acme")
    (folder / "data").mkdir()
    (folder / "data" / "orders.csv").write_text(ROWS)
    (folder / "documents" / "table_sources.yaml").write_text(
        "document: table_sources\nversion: 1\nsources:\n  - path: data/orders.csv\n"
    )
    (folder / "documents" / "suite").mkdir(exist_ok=True)
    (folder / "documents" / "suite" / "orders.yaml").write_text(SUITE)
    return folder


def test_a_run_becomes_evidence(engagement: Path) -> None:
    found = data("run", str(engagement))
    assert found["verdicts"] == {"fail": 2, "pass": 1}
    assert found["by_dimension"]["uniqueness"] == {"fail": 1}
    kept = Path(found["kept"])
    assert kept.parent == engagement / "evidence" / "checks"
    runs = Book.open(engagement).evidence.values["check_runs"]
    assert [(each.name, each.violations) for each in runs.checks if each.verdict == "fail"] == [
        ("unique_id", 1),
        ("accepted_values_status", 1),
    ]
    assert {path.name for path in kept.parent.iterdir()} == {kept.name}
    assert data("run", str(engagement))["kept"] != found["kept"]  # and none replaces another


def test_people_see_what_fails_first_and_what_it_means(engagement: Path) -> None:
    shown = decom("run", str(engagement)).stdout
    assert shown.index("unique_id") < shown.index("completeness")
    assert "3 checks of 1 tables: 2 fail, 1 pass." in shown


def test_a_plan_is_told_and_nothing_is_run(engagement: Path) -> None:
    steps = data("run", str(engagement), "--explain")["steps"]
    assert {check for each in steps for check in each["checks"]} == {
        "unique_id",
        "not_null_id",
        "accepted_values_status",
    }
    assert all(each["because"] for each in steps)
    assert not (engagement / "evidence" / "checks").exists()


def test_only_a_gate_fails_the_build(engagement: Path) -> None:
    assert decom("run", str(engagement)).exit_code == 0
    with pytest.raises(GateFailed, match=r"unique_id \(P1\)"):
        decom("run", str(engagement), "--fail-on", "P1")
    (engagement / "data" / "orders.csv").write_text(
        "id,status\n1,new\n2,late\n" + "".join(f"{n},new\n" for n in range(3, 99))
    )
    assert decom("run", str(engagement), "--fail-on", "P1").exit_code == 0  # one in 98 is no P1 by any evidence


def test_a_pipeline_needs_no_engagement(engagement: Path, tmp_path: Path) -> None:
    suite = str(engagement / "documents" / "suite" / "orders.yaml")
    source = f"orders={engagement / 'data' / 'orders.csv'}"
    output = tmp_path / "run.json"
    found = data("run", "--suite", suite, "--source", source, "-o", str(output))
    assert found["verdicts"] == {"fail": 2, "pass": 1}
    assert json.loads(output.read_text())["format"] == "decom check run 1"
    assert not (engagement / "evidence" / "checks").exists()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("run",), "--suite FILE --source FILE"),
        (("run", "DIR", "--table", "ordes"), "did you mean"),
        (("run", "DIR", "--suite", "x.yaml"), "leave them out"),
        (("run", "DIR", "--memory", "much"), "is not a size"),
        (("sql", "DIR", "--dialect", "snowflke"), "did you mean snowflake"),
        (("profile", "DIR", "ordes"), "did you mean"),
        (("profile", "nowhere"), "neither an engagement nor a file"),
    ],
)
def test_what_cannot_be_done_is_said_with_what_to_do(arguments: tuple[str, ...], says: str, engagement: Path) -> None:
    with pytest.raises(InputError) as caught:
        decom(*(str(engagement) if each == "DIR" else each for each in arguments))
    assert says in str(caught.value)
    assert not (engagement / "evidence" / "checks").exists()


def test_all_mistakes_in_suites_are_told_at_once(engagement: Path) -> None:
    for name in ("a", "b"):
        text = SUITE.replace("check: unique", "check: uniqe").replace("severity: P2", "severity: P9")
        (engagement / "documents" / "suite" / f"{name}.yaml").write_text(text)
    with pytest.raises(InputError) as caught:
        decom("run", str(engagement))
    assert {Path(each.file).name for each in caught.value.mistakes} == {"a.yaml", "b.yaml"}
    assert len(caught.value.mistakes) >= 4


def test_without_sources_or_suites_the_next_step_is_named(engagement: Path) -> None:
    (engagement / "documents" / "table_sources.yaml").unlink()
    with pytest.raises(InputError, match="names no table"):
        decom("run", str(engagement))
    (engagement / "documents" / "suite" / "orders.yaml").unlink()
    with pytest.raises(InputError, match="quality suggest"):
        decom("run", str(engagement))


def test_suites_are_written_as_sql_of_the_clients_engine(engagement: Path) -> None:
    import sqlglot

    written = decom("sql", str(engagement), "--dialect", "snowflake").stdout
    assert "-- An order is one order." in written
    assert len([each for each in sqlglot.parse(written, read="snowflake") if isinstance(each, sqlglot.exp.Select)]) == 3
    (told,) = data("sql", str(engagement))["suites"]
    assert (told["table"], told["checks"]) == ("orders", 3)
    assert "dupe_count" in told["sql"]


def test_a_name_in_a_comment_of_sql_stays_in_it(engagement: Path) -> None:
    file = engagement / "documents" / "suite" / "orders.yaml"
    file.write_text(SUITE.replace("An order is one order.", '"one\\nDROP TABLE x; --"'))
    assert "-- one DROP TABLE x; --\n" in decom("sql", str(engagement)).stdout


def test_a_profile_of_an_engagements_table_or_of_a_file(engagement: Path) -> None:
    ours = data("profile", str(engagement), "orders")
    assert (ours["rows"], [each["name"] for each in ours["columns"]]) == (3, ["id", "status"])
    alone = data("profile", str(engagement / "data" / "orders.csv"))
    assert alone["rows"] == 3
    assert "status: a key" in decom("profile", str(engagement)).stdout


def test_a_proposal_is_only_shown_unless_it_is_to_be_written(engagement: Path) -> None:
    (engagement / "documents" / "suite" / "orders.yaml").unlink()
    told = data("suggest", str(engagement), "orders")
    assert told["written"] is None
    assert {"not_null", "volume"} <= {each["check"]["check"] for each in told["checks"]}
    assert all(each["because"] for each in told["checks"])
    assert not list((engagement / "documents" / "suite").iterdir())
    assert "Nothing is written" in decom("suggest", str(engagement), "orders").stdout


def test_a_proposal_makes_a_suite_where_there_is_none_and_adds_to_one_that_is_there(engagement: Path) -> None:
    file = engagement / "documents" / "suite" / "orders.yaml"
    file.write_text(SUITE.replace("  - check: unique", "  # asked by Finance\n  - check: unique"))
    told = data("suggest", str(engagement), "orders", "--write")["written"]
    assert (Path(told["file"]), told["there"]) == (file, 3)
    text = file.read_text()
    assert "# asked by Finance\n  - check: unique" in text
    suite = load(Suite, file)
    assert [each.kind for each in suite.checks[:3]] == ["unique", "not_null", "accepted_values"]
    assert len(suite.checks) == 3 + told["added"]
    assert ("not_null", ("id",)) not in [(each.kind, each.looks_at) for each in suite.checks[3:]]
    assert data("suggest", str(engagement), "orders", "--write")["written"]["added"] == 0
    file.unlink()
    made = data("suggest", str(engagement), "orders", "--write")["written"]
    assert (Path(made["file"]), made["there"]) == (file, 0)


CONTRACT = """document: contract
version: 1
contract:
  name: orders
  version: 1.0.0
  owner: Shop
  schema:
    - column: id
      type: BIGINT
      nullable: false
      checks:
        - type: unique
    - column: status
      type: VARCHAR
"""


def test_a_contract_is_held_by_the_run_and_told_clause_by_clause(engagement: Path) -> None:
    place = engagement / "documents" / "contract"
    place.mkdir(exist_ok=True)
    (place / "orders.yaml").write_text(CONTRACT)
    with pytest.raises(InputError, match="no contract for items"):
        decom("contract", "enforce", str(engagement), "--table", "items")
    before = data("contract", "enforce", str(engagement))["contracts"][0]["clauses"]
    assert {each["outcome"] for each in before} == {"not_known"}
    decom("run", str(engagement))
    after = {
        each["path"]: each["outcome"]
        for each in data("contract", "enforce", str(engagement))["contracts"][0]["clauses"]
    }
    assert after["schema.id.checks.unique"] == "false"
    assert after["schema.status.type"] == "true"
    with pytest.raises(GateFailed, match=r"schema\.id\.checks\.unique"):
        decom("contract", "enforce", str(engagement), "--fail-on-breach")


def test_contracts_are_judged_put_out_brought_in_and_compared(engagement: Path, tmp_path: Path) -> None:
    file, odcs = tmp_path / "v1.yaml", tmp_path / "orders.odcs.yaml"
    file.write_text(CONTRACT)
    assert data("contract", "validate", str(file))["files"][0]["valid"]
    decom("contract", "export", str(file), "-o", str(odcs))
    told = data("contract", "validate", str(odcs))["files"][0]
    assert (told["form"], told["valid"], told["tables"]) == ("odcs", True, ["orders"])
    (written,) = data("contract", "import", str(engagement), str(odcs))["written"]
    assert load(Contract, written).columns[0].column == "id"
    with pytest.raises(InputError, match=r"there is a contract in orders\.yaml already"):
        decom("contract", "import", str(engagement), str(odcs))
    later = tmp_path / "v2.yaml"
    later.write_text(CONTRACT.replace("    - column: status\n      type: VARCHAR\n", ""))
    found = data("contract", "diff", str(file), str(later))
    assert found["breaking"]
    assert found["bump"]["part"] == "major"
    with pytest.raises(GateFailed, match="consumers break"):
        decom("contract", "diff", str(file), str(later), "--fail-on-breaking")
    file.write_text(CONTRACT.replace("unique", "uniqe"))
    with pytest.raises(InputError, match="uniqe"):
        decom("contract", "validate", str(file), str(odcs))


def test_tables_that_lie_in_the_evidence_need_no_source(engagement: Path) -> None:
    (engagement / "documents" / "table_sources.yaml").unlink()
    (engagement / "data" / "orders.csv").rename(engagement / "evidence" / "orders.csv")
    assert data("run", str(engagement))["tables"][0]["rows"] == 3


def test_faults_in_a_copy_are_noticed_or_told_with_what_would_notice(engagement: Path) -> None:
    found = data("mutate", str(engagement), "orders")
    (table,) = found["tables"]
    assert (table["table"], table["whole"], table["rows"]) == ("orders", True, 3)
    kept = Book.open(engagement).evidence.values["mutation_runs"]
    assert isinstance(kept, MutationRuns)
    assert kept.runs[0].caught_share == found["caught_share"]
    text = decom("mutate", str(engagement)).stdout
    assert "checks notice" in text
    with pytest.raises(InputError, match="no dbt test"):
        decom("mutate", str(engagement), "--tests", "dbt")


def test_a_contract_among_the_evidence_is_held_like_one_of_ours(engagement: Path, tmp_path: Path) -> None:
    file = tmp_path / "v1.yaml"
    file.write_text(CONTRACT)
    decom("contract", "export", str(file), "-o", str(engagement / "evidence" / "theirs.yaml"))
    found = data("run", str(engagement))
    assert {"schema.id.checks.unique", "schema.status.type"} <= {each["name"] for each in found["checks"]}
    clauses = data("contract", "enforce", str(engagement))["contracts"][0]["clauses"]
    assert {each["outcome"] for each in clauses if each["held_by"] != "nobody"} == {"true", "false"}


def test_a_draft_says_why_and_is_written_only_once(engagement: Path, tmp_path: Path) -> None:
    query = tmp_path / "report.sql"
    query.write_text("SELECT status, count(*) FROM orders GROUP BY status")
    told = data("contract", "draft", str(engagement), "orders", "--queries", str(query), "--owner", "Shop", "--write")
    assert told["contract"]["contract"]["owner"] == "Shop"
    assert all(each["because"] for each in told["clauses"])
    assert any("on it" in said for each in told["clauses"] for said in each["because"])
    assert load(Contract, told["written"]).table == "orders"
    with pytest.raises(InputError, match="already"):
        decom("contract", "draft", str(engagement), "orders", "--write")
    with pytest.raises(InputError, match="cannot be read"):
        decom("contract", "draft", str(engagement), "orders", "--queries", str(tmp_path / "none.sql"))
