"""The test pyramid: each test in one layer, none counted twice, and when it ran against when it should."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from decom_nb.chart import Figure
from decom_nb.evidence.collect import collect
from decom_nb.evidence.test_code import Command, TestCode, Trigger
from decom_nb.phases.testing import views
from decom_nb.phases.testing.measures import pyramid_of_tests
from decom_nb.phases.testing.pyramid_chart import pyramid_chart, pyramid_rows, state_of
from decom_nb.phases.testing.pyramid_layer import layers_of, placed
from decom_nb.phases.testing.pyramid_table import LAYERS, Need, pyramid_table
from decom_nb.phases.testing.pyramid_when import Seen, Start, kept, longest_gap
from tests.phases.dbt_case import manifest, run_results

TESTS = {
    "tests/unit/test_a.py": "def test_a(): pass\n",
    "tests/test_b.py": "import pytest\n@pytest.mark.e2e\ndef test_b(): pass\n@pytest.mark.slow\ndef test_c(): pass\n",
    "tests/integration/test_d.py": "def test_d(): pass\n",
    "tests/test_contract_orders.py": "def test_e(): pass\n",
    "tests/test_speed.py": "def test_f(benchmark): pass\n",
    "tests/test_source.py": "from testcontainers.postgres import X\ndef test_g(): pass\n",
    "tests/test_community.py": "def test_unity(): pass\n",
    "tests/quality/test_h.py": "import pytest\n@pytest.mark.integration\ndef test_h(): pass\n",
}
LAYER = {
    "test_a": "unit", "test_b": "e2e", "test_c": "unit", "test_d": "integration", "test_e": "contract",
    "test_f": "performance", "test_g": "integration", "test_unity": "unit", "test_h": "integration",
}  # fmt: skip


def evidence(folder: Path, files: dict[str, str]) -> dict[str, Any]:
    for name, content in files.items():
        place = folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(content, encoding="utf-8")
    return dict(collect([folder], folder).values)


def pyramid(folder: Path, files: dict[str, str], **more: Any) -> dict[str, dict[str, Any]]:
    values = evidence(folder, files)
    names = ("test_code", "dbt", "check_runs", "contracts")
    asked = {name: values.get(name) for name in names} | {"contract": None, "suite": None, "history": None} | more
    rows = pyramid_of_tests(**asked, service_levels=None)
    assert [row["layer"] for row in rows] == list(LAYERS)
    return {row["layer"]: row for row in rows}


def test_each_test_is_in_the_layer_that_its_signs_name(tmp_path: Path) -> None:
    code: TestCode = evidence(tmp_path, TESTS)["test_code"]
    assert {each.test.name: each.layer for each in placed(code)} == LAYER
    assert sum(row["tests"] for row in pyramid(tmp_path, {}).values()) == len(LAYER)


def test_a_reported_case_is_its_test_and_not_another(tmp_path: Path) -> None:
    report = """<testsuite timestamp="2026-10-01T00:00:00Z"><testcase classname="tests.unit.test_a" name="test_a"/>
    <testcase classname="tests.test_b" name="test_b[1]"><failure/></testcase><testcase classname="tests.test_b" name="test_b[2]"/>
    <testcase classname="com.acme.e2e.FlowTest" name="flows"/><testcase classname="com.acme.SumTest" name="test_a"/>
    </testsuite>"""
    rows = pyramid(tmp_path, {**TESTS, "report.xml": report})
    assert sum(row["tests"] for row in rows.values()) == len(LAYER) + 2
    assert rows["e2e"]["tests"] == 2
    ours = next(item for item in rows["e2e"]["items"] if item["what"] == "pytest tests")
    assert ours["outcomes"] == {"failed": 1}
    assert ours["last_run"] == "2026-10-01T00:00:00+00:00"
    assert "1 failed when last run." in rows["e2e"]["gaps"]


def test_dbt_tests_of_columns_are_contracts_and_of_rows_are_data_quality(tmp_path: Path) -> None:
    case = {
        "models": {
            "a": {
                "reads": ["model.shop.b"],
                "contract": True,
                "tests": ["unique id", "not_null id", "expect_column_to_exist id"],
            },
            "b": {"reads": ["source.shop.crm.x"]},
        },
        "sources": {"x": ""},
        "unit_tests": ["a"],
        "results": {"unique_a_id": "pass", "not_null_a_id": "fail"},
    }  # fmt: skip
    files = {"manifest.json": json.dumps(manifest(case)), "run_results.json": json.dumps(run_results(case))}
    rows = pyramid(tmp_path, files)
    assert {layer: rows[layer]["tests"] for layer in LAYERS} == {
        "unit": 1, "integration": 0, "contract": 2, "data_quality": 2, "e2e": 0, "performance": 0,
    }  # fmt: skip
    assert rows["data_quality"]["items"][0]["outcomes"] == {"fail": 1, "pass": 1}
    assert (rows["e2e"]["state"], rows["integration"]["state"]) == ("not_known", "not_known")
    assert rows["unit"]["gaps"] == ["1 were never seen to run."]


@pytest.mark.parametrize(
    ("words", "layers"),
    [
        ("tests/unit", {"unit"}),
        ("-m e2e", {"e2e"}),
        ("-q -n 4", set(LAYER.values())),
        ("-m 'not (e2e or slow)' tests/test_b.py", set()),
        ("./tests/integration/test_d.py::test_d", {"integration"}),
        ("--junitxml out.xml tests/unit tests/integration", {"unit", "integration"}),
    ],
)
def test_a_command_runs_the_layers_of_the_tests_it_chooses(tmp_path: Path, words: str, layers: set[str]) -> None:
    import shlex

    code: TestCode = evidence(tmp_path, TESTS)["test_code"]
    found = layers_of(Command("pytest", tuple(shlex.split(words)), ""), placed(code), ())
    assert found == layers


def test_options_that_a_repository_always_adds_count(tmp_path: Path) -> None:
    settings = {"pytest.ini": "[pytest]\naddopts = -m 'not e2e'\n"}
    code: TestCode = evidence(tmp_path, {**TESTS, **settings})["test_code"]
    assert "e2e" not in layers_of(Command("pytest", (), ""), placed(code), code.settings)
    assert layers_of(Command("pytest", ("-m", "e2e"), ""), placed(code), code.settings) == {"e2e"}


@pytest.mark.parametrize(
    ("cron", "days"),
    [
        ("*/5 * * * *", 5 / 1440), ("0 3,15 * * 1-5", 2.5), ("0 3 * * 1-5", 3), ("0 3 * * 6,0", 6),
        ("0 3 */2 * *", 2), ("@weekly", 7), ("0 0 1 * *", 31),
        ("0 0 13 * 5", 7), ("0 0 29 2 *", 1461), ("0 0 31 2 *", None), ("when asked", None), ("0 0 * * 9", None),
        ("0 0 1-x * *", None),
    ],
)  # fmt: skip
def test_the_longest_gap_of_a_schedule(cron: str, days: float | None) -> None:
    assert longest_gap(cron) == days


END = datetime(2026, 10, 31, tzinfo=UTC)
WEEKLY, DAILY = Need(within_days=7), Need(within_days=1)


def ran(*days_ago: float) -> tuple[datetime, ...]:
    return tuple(sorted(END - timedelta(days=each) for each in days_ago))


@pytest.mark.parametrize(
    ("need", "seen", "low", "high"),
    [
        (WEEKLY, Seen(ran(0, 7, 14), (), False, END), 1, 1),
        (WEEKLY, Seen(ran(0, 35), (), False, END), 0.25, 0.25),
        (WEEKLY, Seen(ran(30, 37), (), False, END), 15.75 / 37 + 0.0, 15.75 / 37),
        (WEEKLY, Seen(ran(3), (), False, END), 0, 1),
        (WEEKLY, Seen((), (), True, END), 0, 0),
        (WEEKLY, Seen((), (Start("nightly", (Trigger("schedule", "0 3 * * *"),)),), True, END), 1, 1),
        (DAILY, Seen((), (Start("weekly", (Trigger("schedule", "0 3 * * 0"),)),), True, END), 0, 0),
        (DAILY, Seen((), (Start("gitlab", (Trigger("schedule"),)),), True, END), 0, 1),
        (Need(on="release"), Seen((), (Start("x", (Trigger("tag"),)),), True, END), 1, 1),
        (Need(on="pull_request"), Seen((), (Start("x", (Trigger("push"),)),), True, END), 0, 0),
    ],
)
def test_a_need_is_met_by_schedules_or_by_runs(need: Need, seen: Seen, low: float, high: float) -> None:
    found = kept(need, seen)
    assert (found.low, found.high) == (pytest.approx(low), pytest.approx(high))


def test_the_picture_has_six_bands_the_base_the_widest(tmp_path: Path) -> None:
    layers = list(pyramid(tmp_path, TESTS).values())
    rows = pyramid_rows(layers)
    widths = [row["to"] - row["from"] for row in rows]
    assert widths == sorted(widths, reverse=True)
    assert [row["label"] for row in rows] == ["3 tests", "3 tests", "1 test", "none", "1 test", "1 test"]
    assert [state_of(each) for each in layers].count("missing") == 1
    assert pyramid_chart(rows).to_dict()
    (figure, _) = views.pyramid(layers).blocks
    assert isinstance(figure, Figure)
    assert "data quality, none, none found" in figure.alt


def test_every_layer_says_what_the_methodology_says() -> None:
    when = {each.layer: each.when for each in pyramid_table().layers}
    assert when == {
        "unit": "Every PR", "integration": "Daily + PR", "contract": "Every pipeline run",
        "data_quality": "Every pipeline run", "e2e": "Weekly + release", "performance": "Weekly",
    }  # fmt: skip
