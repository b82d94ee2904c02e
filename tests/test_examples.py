"""The examples: what their README says of the evidence is so, and making the evidence anew gives the same files."""

from __future__ import annotations

import csv
import gzip
import io
import json
import subprocess
import sys
from collections import Counter, defaultdict
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from decom_nb.evidence.collect import collect

EXAMPLES = Path(__file__).parent.parent / "examples"
EVIDENCE = EXAMPLES / "nordwind" / "evidence"
FIELDS = 16


def lines() -> list[str]:
    files = sorted((EVIDENCE / "runs").iterdir())
    read = [gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes() for file in files]
    return [line for content in read for line in content.decode().splitlines()]


def records() -> list[dict[str, Any]]:
    found = []
    for line in lines():
        try:
            found.append(json.loads(line))
        except ValueError:
            continue
    return [
        record for record in found if record["pipeline_name"] and record["status"] in ("success", "failed", "partial")
    ]


def artifact(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((EVIDENCE / "dbt" / f"{name}.json").read_text())
    return found


def test_ninety_nights_of_six_pipelines_are_logged() -> None:
    assert {record["started_at"][:10] for record in records()} == {
        f"2026-{month:02}-{day:02}" for month, days in ((8, 31), (9, 30), (10, 29)) for day in range(1, days + 1)
    }
    assert len({record["pipeline_name"] for record in records()}) == 6
    assert all(len(record) == FIELDS for record in records())


def test_some_lines_are_spoilt() -> None:
    assert (len(lines()), len(records())) == (1017, 1012)


def test_failures_are_of_many_kinds() -> None:
    kinds = {record["error_message"].partition(":")[0] for record in records() if record["status"] == "failed"}
    assert kinds == {
        "[Errno 2] No such file or directory",
        "Binder Error",
        "Constraint Error",
        "Conversion Error",
        "Invalid Input Error",
    }


def test_failed_runs_load_nothing_and_do_not_move_on() -> None:
    failed = [record for record in records() if record["status"] == "failed"]
    assert {record["rows_loaded"] for record in failed} == {0}
    assert all(record["watermark_before"] == record["watermark_after"] for record in failed)


def test_dbt_found_some_things_wrong() -> None:
    found = Counter(result["status"] for result in artifact("run_results")["results"])
    assert found == {"success": 16, "pass": 25, "fail": 2, "warn": 2, "error": 1, "skipped": 5}
    assert {result["status"] for result in artifact("sources")["results"]} == {"pass", "warn", "error"}


def test_dbt_artifacts_are_small_and_tell_of_no_machine() -> None:
    files = list((EVIDENCE / "dbt").iterdir())
    assert sum(file.stat().st_size for file in files) < 300_000
    assert {file.stem for file in files if artifact(file.stem)["metadata"]["env"]} == set()


@pytest.mark.slow
@pytest.mark.parametrize("part", ["runs", "events"])
def test_the_nights_come_out_the_same_again(part: str) -> None:
    command = [sys.executable, str(EXAMPLES / "regenerate.py"), "--check", "--only", part]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_tables_are_small_and_their_faults_were_found_not_typed_in() -> None:
    files = [*(EXAMPLES / "nordwind" / "tables").iterdir(), *(EVIDENCE / "checks").iterdir()]
    assert sum(file.stat().st_size for file in files) < 300_000
    runs = [json.loads(file.read_text()) for file in sorted((EVIDENCE / "checks").iterdir())]
    assert [run["taken_at"] for run in runs] == [f"2026-10-{day}T06:10:00Z" for day in (16, 23, 30)]
    assert [sum(check["verdict"] == "fail" for check in run["checks"]) for run in runs] == [2, 5, 7]
    assert str(Path.home()) not in (EVIDENCE / "checks" / "20261030T061000Z.json").read_text()


@pytest.mark.slow
@pytest.mark.parametrize("part", ["tables", "designs"])
def test_tables_checks_and_designs_come_out_the_same_again(part: str) -> None:
    command = [sys.executable, str(EXAMPLES / "regenerate.py"), "--check", "--only", part]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def charges() -> list[dict[str, str]]:
    """All charges of the bill, read by nothing of ours."""
    found: list[dict[str, str]] = []
    for file in sorted((EVIDENCE / "billing").iterdir()):
        found += csv.DictReader(io.StringIO(gzip.decompress(file.read_bytes()).decode()))
    return found


def added(cost: str, by: str) -> dict[str, Decimal]:
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for charge in charges():
        sums[charge[by][:7]] += Decimal(charge[cost])
    return dict(sums)


def test_the_bill_adds_up_by_month() -> None:
    billed = {
        "2026-08": Decimal("3902.2299851204"),
        "2026-09": Decimal("3787.4190691764"),
        "2026-10": Decimal("3913.7614844498"),
    }
    assert added("BilledCost", "BillingPeriodStart") == billed
    assert added("EffectiveCost", "BillingPeriodStart") == billed  # what is committed is paid as it is used
    assert {charge["BillingCurrency"] for charge in charges()} == {"EUR"}


def test_the_evidence_reads_the_bill_to_the_last_digit() -> None:
    bills = collect([EVIDENCE / "billing"], EVIDENCE).values["billing"]
    (total,) = bills.totals
    assert total.charges == len(charges())
    assert total.billed == sum(added("BilledCost", "BillingPeriodStart").values())
    assert {share.value: share.cost for share in bills.by("version", "billed")} == {
        "1.0": added("BilledCost", "BillingPeriodStart")["2026-08"],
        "1.2": total.billed - added("BilledCost", "BillingPeriodStart")["2026-08"],
    }


def test_compute_of_a_pipeline_is_billed_for_as_long_as_its_runs_took() -> None:
    seconds: dict[str, Decimal] = defaultdict(Decimal)
    for line in lines():
        try:
            run = json.loads(line, parse_float=Decimal)
        except ValueError:
            continue
        seconds[run["pipeline_name"]] += run["duration_seconds"]
    hours: dict[str, Decimal] = defaultdict(Decimal)
    for charge in charges():
        if charge["ResourceId"].startswith("arn:aws:::instance/i-") and charge["ResourceName"] in seconds:
            hours[charge["ResourceName"]] += Decimal(charge["ConsumedQuantity"])
    assert set(hours) == set(seconds) - {""}
    assert all(abs(hours[name] - seconds[name] / 3600) < Decimal("0.0000001") for name in hours)


@pytest.mark.slow
def test_bills_queries_and_objects_are_small_and_come_out_the_same_again() -> None:
    folders = [EVIDENCE / name for name in ("billing", "objects", "queries")]
    files = [file for folder in folders for file in folder.rglob("*") if file.is_file()]
    assert sum(file.stat().st_size for file in files) < 300_000
    command = [sys.executable, str(EXAMPLES / "regenerate.py"), "--check", "--only", "bills"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_query_log_tells_what_nobody_reads() -> None:
    log = collect([EVIDENCE / "queries"], EVIDENCE).values["query_log"]
    assert (log.unparsed, f"{log.ends_at:%Y-%m-%d}") == (0, "2026-10-29")
    assert {use.table.rpartition(".")[2] for use in log.unread(30)} == {
        "customer_value",
        "mrt_marketing_roas",
        "raw_crm_scores",  # which is gone
        "raw_web_events",
        "snp_products_daily",
        "stg_web__events",
    }


def test_the_bill_of_the_landing_bucket_follows_from_its_listing() -> None:
    listed = collect([EVIDENCE / "objects"], EVIDENCE).values["objects"]
    (last,) = [
        charge
        for charge in charges()
        if charge["ResourceName"] == "nordwind-landing" and charge["ChargePeriodStart"].startswith("2026-10-29")
    ]
    before = listed.query("SELECT sum(bytes) AS size FROM objects.objects WHERE modified_at < TIMESTAMP '2026-10-30'")
    assert abs(Decimal(last["ConsumedQuantity"]) * 31 - Decimal(int(before[0]["size"])) / 2**30) < Decimal("0.0001")
    assert {folder.prefix.partition("/")[0] for folder in listed.uncompressed} == {"ads", "erp", "shop"}


def events() -> list[dict[str, Any]]:
    content = gzip.decompress((EVIDENCE / "events" / "lineage.jsonl.gz").read_bytes())
    return [json.loads(line) for line in content.decode().splitlines()]


@pytest.mark.slow
def test_lineage_events_tell_of_the_same_runs_as_the_logs() -> None:
    pipelines = {record["pipeline_name"] for record in records()}
    ends = {"success": "COMPLETE", "partial": "COMPLETE", "failed": "FAIL"}
    logged = Counter(
        (record["pipeline_name"], record["started_at"][:19], ends[record["status"]], record["rows_loaded"])
        for record in records()
        if record["run_id"].split("/")[1] >= "2026-09-30"
    )
    starts = {each["run"]["runId"]: each["eventTime"][:19] for each in events() if each["eventType"] == "START"}
    told = Counter(
        (
            each["job"]["name"],
            starts[each["run"]["runId"]],
            each["eventType"],
            sum(
                output.get("outputFacets", {}).get("outputStatistics", {}).get("rowCount", 0)
                for output in each["outputs"]
            ),
        )
        for each in events()
        if each["eventType"] != "START" and each["job"]["name"] in pipelines
    )
    # Two lines of these nights are spoilt in the logs, and one end never reached the lineage server.
    assert len(told) > 300
    assert (sum((told - logged).values()), sum((logged - told).values())) == (2, 1)


def test_one_run_started_and_its_end_never_arrived() -> None:
    ended = {each["run"]["runId"] for each in events() if each["eventType"] != "START"}
    open_ended = [each["job"]["name"] for each in events() if each["run"]["runId"] not in ended]
    assert open_ended == ["load_web_events"]


def test_lineage_events_are_small_and_name_their_parents() -> None:
    assert (EVIDENCE / "events" / "lineage.jsonl.gz").stat().st_size < 60_000
    runs = {each["run"]["runId"]: each["job"]["name"] for each in events()}
    parents = {
        (each["job"]["name"], runs[each["run"]["facets"]["parent"]["run"]["runId"]])
        for each in events()
        if "parent" in each["run"]["facets"]
    }
    assert parents == {
        (f"load_shop_orders.{feed}", "load_shop_orders") for feed in ("customers", "orders", "order_items")
    }
