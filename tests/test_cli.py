"""The command line: what it prints, what it exits with, and that nothing it is given makes it fall over."""

from __future__ import annotations

import importlib.metadata
import json
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from decom_nb import cli, room_verbs
from decom_nb.audit import Audit


class Decom:
    """Runs the command in this process and keeps what it said."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.monkeypatch, self.capsys = monkeypatch, capsys

    def __call__(self, *words: object) -> tuple[int, str, str]:
        self.monkeypatch.setattr(sys, "argv", ["decom", *map(str, words)])
        code = 0
        try:
            cli.main()
        except SystemExit as stop:
            code = int(stop.code or 0)
        out, err = self.capsys.readouterr()
        return code, out, err

    def data(self, *words: object) -> Any:
        _, out, _ = self(*words, "--json")
        return json.loads(out)


@pytest.fixture
def decom(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Decom:
    monkeypatch.setenv("COLUMNS", "200")
    return Decom(monkeypatch, capsys)


def test_init_makes_an_engagement_that_passes_its_own_check(decom: Decom, tmp_path: Path) -> None:
    code, out, _ = decom("init", tmp_path / "acme", "--name", "Acme", "--client", "Acme <b>")
    assert code == 0
    assert "brief.yaml" in out
    assert decom("check", tmp_path / "acme")[0] == 0
    assert decom.data("check", tmp_path / "acme")["ok"] is True


def test_init_in_an_engagement_says_that_it_is_one_and_adds_what_is_missing(decom: Decom, tmp_path: Path) -> None:
    acme = tmp_path / "acme"
    assert decom.data("init", acme, "--name", "Acme")["created"] is True
    (acme / "documents" / "claims.yaml").unlink()
    code, out, _ = decom("init", acme, "--name", "Acme")
    assert code == 0
    assert "Created" not in out
    assert "is an engagement already. Nothing in it was changed." in out
    assert "Added what was missing: documents/claims.yaml." in out
    assert "Nothing was missing." in decom("init", acme)[1]
    told = decom.data("init", acme)
    assert (told["created"], told["added"]) == (False, [])
    code, _, err = decom("init", acme, "--name", "Other", "--client", "Them")
    assert code == 2
    assert "is an engagement already and has the name 'Acme'" in err
    assert "write `client: Them` in this file" in err


def test_init_in_an_engagement_with_mistakes_shows_them(decom: Decom, tmp_path: Path) -> None:
    decom("init", tmp_path)
    (tmp_path / "engagement.yaml").write_text("document: engagement\nversion: 1\nname: [\n")
    code, _, err = decom("init", tmp_path)
    assert code == 2
    assert "the file ends before a bracket is closed" in err


def test_init_in_a_full_folder_is_refused_and_touches_nothing(decom: Decom, tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("dear")
    code, _, err = decom("init", tmp_path)
    assert code == 2
    assert "not empty" in err
    assert [file.name for file in tmp_path.iterdir()] == ["letter.txt"]


def test_check_shows_every_mistake_with_its_place(decom: Decom, example: Path) -> None:
    brief = example / "documents" / "brief.yaml"
    brief.write_text(
        "document: brief\nversion: 1\nproject_nme: x\nconstraints: {cloud_provider: AWZ}\n", encoding="utf-8"
    )
    code, _, err = decom("check", example)
    assert code == 2
    assert f"{brief}:3" in err
    assert "project_name" in err
    assert "AWS" in err
    assert "2 mistakes" in err
    told = decom.data("check", example)
    assert [mistake["line"] for mistake in told["mistakes"]] == [3, 4]


@pytest.mark.parametrize(
    "words", [("check",), ("evidence",), ("decide", "architecture.pattern"), ("audit",), ("report",), ("lab",)]
)
def test_what_is_no_engagement_is_refused(decom: Decom, tmp_path: Path, words: tuple[str, ...]) -> None:
    code, _, err = decom(words[0], tmp_path / "nowhere", *words[1:])
    assert code == 2
    assert "decom init" in err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("adit",), "audit"),
        (("audit",), "DIR"),
        (("audit", ".", "--fail-under", "600"), "100"),
        (("decide", "{example}", "architecture.patern"), "architecture.pattern"),
        (("schema", "brif"), "brief"),
        (("rubric", "recompute", "nowhere"), "no audit here"),
        (("report", "{example}", "-o", "report.docx"), ".html or .pdf"),
        (("report", "{example}", "--audit", "../../etc"), "not the id"),
    ],
)
def test_wrong_words_exit_with_2_and_say_what_to_do(
    decom: Decom, example: Path, words: tuple[str, ...], said: str
) -> None:
    code, _, err = decom(*(word.format(example=example) for word in words))
    assert code == 2
    assert said in err
    assert "Traceback" not in err


@pytest.mark.slow
def test_evidence_tells_what_was_read(decom: Decom, example: Path) -> None:
    code, out, _ = decom("evidence", example)
    assert code == 0
    assert "run logs" in out
    sources = {source["kind"]: source for source in decom.data("evidence", example)["sources"]}
    assert sources["dbt run results"]["counts"]["fail"] == 2
    assert sources["run logs"]["problems_total"] == 6
    assert sources["run logs"]["age_days"] > 0


@pytest.mark.slow
def test_decide_prints_and_gives_the_same(decom: Decom, example: Path) -> None:
    code, out, _ = decom("decide", example, "architecture.processing")
    told = decom.data("decide", example, "architecture.processing")
    assert code == 0
    assert told["winners"][0] in out
    assert {option["name"] for option in told["options"]} == {
        "Spark",
        "DuckDB",
        "Polars",
        "Pandas",
        "Flink",
        "SQL (warehouse)",
    }


@pytest.mark.slow
def test_an_audit_can_be_gated_recomputed_and_compared(decom: Decom, example: Path) -> None:
    code, out, _ = decom("audit", example)
    assert code == 0
    first = decom.data("audit", example)
    assert f"Score {int(first['scorecard']['low'])}" in out
    code, _, err = decom("audit", example, "--fail-under", "99")
    assert code == 1
    assert "below 99" in err
    assert decom("audit", example, "--fail-on", "critical")[0] == 1
    assert decom("rubric", "recompute", first["audit"])[0] == 0
    assert decom.data("diff", first["audit"], first["audit"])["findings"] == []


def test_a_tampered_audit_does_not_recompute(decom: Decom, example: Path) -> None:
    file = Path(decom.data("audit", example)["audit"])
    told = json.loads(file.read_text(encoding="utf-8"))
    told["scorecard"]["low"] += 5
    forged = example / "audit.json"
    forged.write_text(json.dumps(told), encoding="utf-8")
    assert decom("rubric", "recompute", forged)[0] == 1


@pytest.mark.slow
def test_difference_names_what_changed(decom: Decom, example: Path) -> None:
    before = decom.data("audit", example)["audit"]
    shutil.rmtree(example / "evidence" / "runs")
    after = decom.data("audit", example)["audit"]
    told = decom.data("diff", before, after)
    assert "monitoring.runs_succeed" in {each["rule"] for each in told["findings"]}
    assert told["score"]["low_after"] < told["score"]["low_before"]
    assert "not_known" in decom("diff", before, after)[1]


def test_schemas_are_json_schemas(decom: Decom) -> None:
    for name in ("audit", "brief", "claims", "engagement"):
        code, out, _ = decom("schema", name)
        assert code == 0
        assert json.loads(out)["$schema"].startswith("https://json-schema.org/")
    assert (
        Audit.model_json_schema(mode="serialization")["properties"].keys()
        <= json.loads(decom("schema", "audit")[1])["properties"].keys()
    )


def test_catalogue_lists_every_rule(decom: Decom) -> None:
    told = decom.data("catalogue")
    assert {room["room"] for room in told["rooms"]} >= {"architecture", "rubric"}
    assert "monitoring.runs_succeed" in decom("catalogue")[1]


def test_every_command_has_help_with_an_example(decom: Decom) -> None:
    for command in cli.app.registered_commands:
        code, out, _ = decom(command.callback.__name__, "--help")  # type: ignore[union-attr]
        assert code == 0
        assert "Example: decom" in out


def test_a_bug_of_ours_exits_with_3_and_asks_for_a_report(
    decom: Decom, monkeypatch: pytest.MonkeyPatch, example: Path
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("boom")

    monkeypatch.setattr("decom_nb.book.Book.open", broken)
    code, _, err = decom("check", example)
    assert code == 3
    assert "boom" in err
    assert "report it" in err


def test_hostile_words_are_printed_as_words(decom: Decom, example: Path) -> None:
    settings = example / "engagement.yaml"
    settings.write_text(
        settings.read_text(encoding="utf-8").replace("Nordwind data platform", "[red]x[/red] \u202e"), encoding="utf-8"
    )
    _, out, err = decom("check", example)
    assert "\u202e" not in out + err


@pytest.mark.slow
@pytest.mark.parametrize(
    "words", ["catalogue --json", "catalogue", "schema audit", "batch {root} --json", "check {root}/nowhere --json"]
)
def test_a_reader_that_goes_away_is_no_failure(example: Path, words: str) -> None:
    if "batch" in words:
        (example / "documents" / "brief.yaml").write_text("nonsense: [", encoding="utf-8")
    root = shlex.quote(str(example.parent))
    command = f"{sys.executable} -m decom_nb {words.format(root=root)} | head -c 1; echo ${{PIPESTATUS[0]}}"
    told = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=True)
    assert told.stderr == ""
    assert told.stdout.split()[-1][-1] in "02"


@pytest.mark.slow
def test_a_batch_with_a_broken_engagement_gives_one_json_value(decom: Decom, example: Path) -> None:
    (example / "documents" / "brief.yaml").write_text("nonsense: [", encoding="utf-8")
    code, out, err = decom("batch", example.parent, "--json", "--workers", "1")
    (row,) = json.loads(out)["engagements"]
    assert (code, err) == (2, "")
    assert "brief.yaml" in row["error"]
    code, out, err = decom("batch", example.parent, "--workers", "1")
    assert code == 2
    assert "failed" in out
    assert "brief.yaml" in err


def test_names_are_never_broken_however_narrow_the_terminal(
    decom: Decom, example: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    out = decom("catalogue")[1]
    for room in decom.data("catalogue")["rooms"]:
        assert all(rule["rule"] in out for rule in room["rules"])
    assert "dbt run results" in decom("evidence", example)[1]


def test_evidence_names_what_it_did_not_recognise_and_what_is_to_be_known(decom: Decom, example: Path) -> None:
    for number in range(7):
        (example / "evidence" / f"odd-{number}.bin").write_bytes(b"\x00odd")
    out = decom("evidence", example)[1]
    assert "evidence/odd-4.bin: " in out
    assert "odd-5" not in out
    assert "2 more files of unrecognised" in out


HEAVY = ("pydantic", "numpy", "duckdb", "ruamel", "yaml", "rich", "sqlglot", "pandas", "decom_nb.book")


@pytest.mark.parametrize("words", [("--version",), ("--help",)])
def test_to_say_what_there_is_nothing_heavy_is_imported(words: tuple[str, ...]) -> None:
    assert _imported(*words) & set(HEAVY) == set()


def test_a_room_is_imported_when_one_of_its_verbs_is_called() -> None:
    imported = _imported("rubric", "recompute", "--help")
    assert "decom_nb.phases.rubric.commands" in imported
    assert not {
        name for name in imported if name.startswith(("decom_nb.phases.architecture.", "decom_nb.phases.quality."))
    }
    assert imported & {"numpy", "duckdb", "ruamel", "decom_nb.book", "decom_nb.audit"} == set()


@pytest.mark.slow
def test_numbers_are_crunched_only_to_decide(example: Path) -> None:
    assert "numpy" not in _imported("check", str(example))


def _imported(*words: str) -> set[str]:
    """Give the modules that a command has imported when it ends."""
    program = (
        "import sys; from decom_nb import cli; sys.argv = ['decom', *sys.argv[1:]]\n"
        "try: cli.main()\nexcept SystemExit as stop: assert not stop.code, stop.code\n"
        "sys.stdout.write('\\0' + ' '.join(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", program, *words], capture_output=True, text=True, check=True)
    return set(done.stdout.rpartition("\0")[2].split())


def test_help_lists_rooms_with_what_they_are_about(decom: Decom) -> None:
    out = decom("--help")[1]
    for name, title in (("architecture", "architecture"), ("rubric", "quality rubric")):
        assert f"{name} " in out
        assert f"Verbs of the {title} room." in out
    assert "recompute" in decom("rubric", "--help")[1]
    code, _, err = decom("rubrik", "recompute")
    assert code == 2
    assert "Did you mean 'rubric'?" in err


def test_a_room_of_another_package_is_mounted_too(
    decom: Decom, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    room = tmp_path / "otherhouse" / "attic"
    room.mkdir(parents=True)
    (tmp_path / "otherhouse" / "__init__.py").write_text("")
    (room / "__init__.py").write_text("")
    (room / "phase.yaml").write_text("title: Attic\n", encoding="utf-8")
    (room / "commands.py").write_text(
        "import typer\napp = typer.Typer()\n@app.callback()\ndef _attic() -> None: ...\n"
        "@app.command()\ndef sweep() -> None:\n    typer.echo('swept')\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    point = importlib.metadata.EntryPoint("attic", "otherhouse.attic", "decom_nb.phases")
    monkeypatch.setattr(importlib.metadata, "entry_points", lambda **_: [point])
    room_verbs._rooms_with_verbs.cache_clear()
    try:
        assert "Verbs of the attic room." in decom("--help")[1]
        assert decom("attic", "sweep")[1] == "swept\n"
    finally:
        room_verbs._rooms_with_verbs.cache_clear()


SUITE = "document: suite\nversion: 1\ntable: orders\nchecks:\n  - check: not_null\n    columns: [id]\n"


def test_a_document_of_which_there_are_many_has_a_folder_and_every_mistake_in_it_its_line(
    decom: Decom, tmp_path: Path
) -> None:
    acme = tmp_path / "acme"
    decom("init", acme)
    suites = acme / "documents" / "suite"
    assert suites.is_dir()
    assert list(suites.iterdir()) == []
    (suites / "orders.yaml").write_text(SUITE, encoding="utf-8")
    assert decom("check", acme)[0] == 0
    (suites / "customers.yaml").write_text(SUITE.replace("not_null", "not_nul"), encoding="utf-8")
    (suites / "lines.yaml").write_text(SUITE + "    colums: [x]\n", encoding="utf-8")
    (acme / "documents" / "suite.yaml").write_text(SUITE, encoding="utf-8")
    (suites / "late.yml").write_text(SUITE, encoding="utf-8")
    told = [(Path(each["file"]).name, each["line"], each["key"]) for each in decom.data("check", acme)["mistakes"]]
    assert told == [
        ("suite.yaml", 0, ""),
        ("customers.yaml", 5, "checks[0].check"),
        ("late.yml", 0, ""),
        ("lines.yaml", 7, "checks[0].colums"),
    ]


def test_evidence_needs_no_document_to_be_right(decom: Decom, example: Path) -> None:
    (example / "documents" / "brief.yaml").write_text("document: brief\nversion: 1\nconstrains: {}\n")
    code, out, _ = decom("evidence", example)
    assert code == 0
    assert "dbt run results" in out
    assert decom("check", example)[0] == 2


def test_evidence_tells_of_a_damaged_file_once(decom: Decom, example: Path) -> None:
    (example / "evidence" / "broken.json").write_text('{"a": ')
    (example / "evidence" / "bill.csv").write_text("BilledCost,BillingCurrency,ServiceName\n1,USD,Compute\n")
    _, out, _ = decom("evidence", example)
    assert out.count("evidence/broken.json") == 1
    assert out.count("evidence/bill.csv") == 1
    assert "not a bill in FOCUS 1.0 to 1.4: no EffectiveCost, BillingAccountId" in out
