"""``decom cost``: what each verb says and writes, from files in an engagement, and what it says where there is no bill."""

from __future__ import annotations

import csv
import json
import shutil
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from decom_nb.cli import app
from decom_nb.engagement import Engagement
from decom_nb.errors import InputError

RUNNER = CliRunner()


def decom(*arguments: str) -> Any:
    """Run the command; an error of ours is raised."""
    done = RUNNER.invoke(app, ["cost", *arguments], catch_exceptions=False, standalone_mode=False)
    if done.exception:
        raise done.exception
    return done


def data(*arguments: str) -> Any:
    return json.loads(decom(*arguments, "--json").stdout)


@pytest.fixture(scope="module")
def engagement(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cost") / "acme"
    Engagement.create(folder, "Acme")
    with (folder / "evidence" / "bill.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(charge(date(2026, 8, 1), "", {})))
        writer.writeheader()
        for day in range(92):
            for cost, tags in (("4.10", {"pipeline": "load_orders"}), ("0.90", {})):
                writer.writerow(charge(date(2026, 8, 1) + timedelta(days=day), cost, tags))
    (folder / "documents" / "cost_allocation.yaml").write_text(
        "document: cost_allocation\nversion: 1\npipelines:\n"
        "  - pipeline: load_orders\n    business_value: reorders\n    roi_justified: true\n"
    )
    return folder


def charge(day: date, cost: str, tags: dict[str, str]) -> dict[str, str]:
    month = day.replace(day=1)
    return {
        "BillingAccountId": "1",
        "BillingPeriodStart": f"{month}T00:00:00Z",
        "BillingPeriodEnd": f"{(month + timedelta(days=32)).replace(day=1)}T00:00:00Z",
        "ChargePeriodStart": f"{day}T00:00:00Z",
        "ChargePeriodEnd": f"{day + timedelta(days=1)}T00:00:00Z",
        **dict.fromkeys(("BilledCost", "EffectiveCost", "ListCost", "ContractedCost"), cost),
        "BillingCurrency": "USD",
        "ChargeCategory": "Usage",
        "ChargeDescription": "instance hours",
        "ServiceCategory": "Compute",
        "ServiceName": "Amazon Elastic Compute Cloud",
        "ProviderName": "AWS",
        "PricingCategory": "Standard",
        "ConsumedQuantity": "24",
        "ConsumedUnit": "Hours",
        "Tags": json.dumps(tags),
    }


@pytest.mark.slow
def test_allocate_gives_the_template_of_a_month(engagement: Path) -> None:
    told = data("allocate", str(engagement), "--month", "2026-09")
    owned, left = told["rows"]
    assert (owned["pipeline"], owned["total"], owned["business_value"]) == ("load_orders", 123.0, "reorders")
    assert (left["pipeline"], left["total"], left["reason"]) == ("", 27.0, "no tag, and no rule fits")
    text = decom("allocate", str(engagement)).stdout
    assert "2026-10, effective cost in USD" in text
    assert "127.10 USD of 155.00 USD is allocated" in text


def test_a_month_that_the_bill_does_not_have_is_a_mistake(engagement: Path) -> None:
    with pytest.raises(InputError, match="the bill has no 2025-01"):
        decom("allocate", str(engagement), "--month", "2025-01")


def test_flags_gives_all_seven(engagement: Path) -> None:
    told = data("flags", str(engagement))
    assert len(told) == 7
    assert {row["outcome"] for row in told} <= {"true", "false", "not_known", "not_applicable"}
    assert all(row["remedy"] for row in told)


@pytest.mark.slow
def test_levers_and_forecast_say_what_they_rest_on(engagement: Path) -> None:
    told = data("levers", str(engagement))
    assert [row["lever"] for row in told["levers"] if row["saves_middle"]] == ["right_size", "spot_for_batch"]
    assert 0 < told["low"] < told["high"] < told["spend"]
    assert "rules of thumb" in decom("levers", str(engagement)).stdout
    (row,) = data("forecast", str(engagement))
    assert row["made_of"] == "92 days, 2026-08-01 to 2026-10-31, with the season of the week"
    assert [each["month"] for each in row["ahead"]] == ["2026-11"]
    assert row["budget_why_not"].startswith("The brief states no budget")


def test_backlog_is_written_when_asked(engagement: Path) -> None:
    assert "Written" not in decom("backlog", str(engagement)).stdout
    told = data("backlog", str(engagement), "--write")
    tracking, backlog = (Path(file) for file in told["files"])
    assert yaml.safe_load(tracking.read_text())["cost_tracking"]["by_pipeline"][0]["total"] == 127.1
    assert len(list(csv.DictReader(backlog.read_text(encoding="utf-8-sig").splitlines()))) == len(told["rows"])


@pytest.mark.parametrize("verb", ["allocate", "levers", "forecast", "backlog"])
def test_without_a_bill_the_verbs_say_what_to_do(tmp_path: Path, verb: str) -> None:
    Engagement.create(tmp_path / "acme", "Acme")
    with pytest.raises(InputError, match="the evidence has no bill"):
        decom(verb, str(tmp_path / "acme"))


def test_a_misspelt_pipeline_is_told_and_not_refused(engagement: Path, tmp_path: Path) -> None:
    folder = tmp_path / "acme"
    shutil.copytree(engagement, folder)
    (folder / "documents" / "cost_allocation.yaml").write_text(
        "document: cost_allocation\nversion: 1\nrules:\n  - to_pipeline: load_ordrs\n    service: '*'\n"
    )
    said = decom("allocate", str(folder)).stdout
    assert "knows load_ordrs" in said
    assert "did you mean load_orders?" in " ".join(said.split())
