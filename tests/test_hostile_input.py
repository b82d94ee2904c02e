"""Wrong and hostile input ends in one clear error or a right result: never in a traceback, and nothing is lost.

What looks like a secret is taken out of a page without taking the page apart.
"""

from __future__ import annotations

import json
import os
import shutil
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from markupsafe import escape

from decom_nb import audit as audits
from decom_nb import report
from decom_nb.audit import Audit
from decom_nb.book import Book
from decom_nb.chart import script_json
from decom_nb.document import load, save
from decom_nb.engagement import Settings
from decom_nb.errors import InputError
from decom_nb.escape import visible
from decom_nb.evidence import Pointer
from decom_nb.evidence.collect import collect
from decom_nb.scrub import Scrubber
from tests.evidence.made import LINE
from tests.test_cli import Decom
from tests.test_hostile import BAD, HOSTILE, TAKEN_AT, TOP, Elements, file_safe

pytestmark = pytest.mark.slow


class Taken(NamedTuple):
    """An audit and its file."""

    audit: Audit
    file: Path


@pytest.fixture(scope="module")
def calm(tmp_path_factory: pytest.TempPathFactory) -> Taken:
    """An audit of the example, to forge."""
    left_out = shutil.ignore_patterns("audits", "notebooks", "deliverables")
    folder = tmp_path_factory.mktemp("calm") / "nordwind"
    shutil.copytree(TOP / "examples" / "nordwind", folder, ignore=left_out)
    return Taken(*Book.open(folder).take_audit(TAKEN_AT))


@pytest.fixture
def decom(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Decom:
    monkeypatch.setenv("COLUMNS", "200")
    return Decom(monkeypatch, capsys)


def test_mistakes_quote_hostile_words_without_obeying_them(tmp_path: Path, decom: Decom) -> None:
    folder = tmp_path / file_safe(HOSTILE)
    assert decom("init", folder, "--name", HOSTILE, "--client", HOSTILE)[0] == 0
    words = json.dumps(HOSTILE)
    (folder / "documents" / "brief.yaml").write_text(
        f"document: brief\nversion: 1\n{words}: 1\nproject_name: {{{words}: 1}}\n"
        f"constraints: {{team_size: {words}, cloud_provider: {words}, compliance: [{words}]}}\n"
        f"signals: {{as_of: {words}, pipelines: {words}, production: {words}}}\n"
    )
    (folder / "documents" / "claims.yaml").write_text(f"document: {words}\nversion: {words}\n")
    (folder / "documents" / f"{file_safe(HOSTILE)}.yaml").write_text("a: b")
    code, out, err = decom("check", folder)
    assert code == 2
    assert not BAD.findall(out + err)
    assert "mistakes." in err
    for wrong in (("decide", folder, HOSTILE), ("check", HOSTILE), ("schema", HOSTILE), ("diff", HOSTILE, HOSTILE)):
        code, out, err = decom(*wrong)
        assert code == 2, (wrong[0], err)
        assert not BAD.findall(out + err), wrong[0]


def test_weights_of_what_is_not_there_are_refused_in_words(example: Path, decom: Decom) -> None:
    settings = load(Settings, example / "engagement.yaml")
    weights = {HOSTILE: {HOSTILE: 1.0}, "architecture.pattern": {HOSTILE: 2.0}}
    save(example / "engagement.yaml", settings.model_copy(update={"weights": weights}))
    code, _, err = decom("check", example)
    assert code == 2
    assert not BAD.findall(err)
    assert "2 mistakes." in err


# what takes secrets out must not take the page apart


@pytest.mark.parametrize(
    "words",
    [
        "-----BEGIN PRIVATE KEY-----",
        "-----BEGIN RSA PRIVATE KEY----- no end",
        'password="open',
        '://a:"b@c',
        '/home/<b>/x" /tmp/"\'',
    ],
)
def test_a_word_that_looks_like_a_secret_takes_nothing_but_itself_out_of_a_page(words: str, tmp_path: Path) -> None:
    scrub = Scrubber(tmp_path)
    page = f'<p title="{escape(words)}">{escape(words)}</p><p id="after">stays</p>'
    assert Elements(scrub(page)).elements == Elements(page).elements
    assert "stays" in scrub(page)
    spec = f"<script>{script_json({'a': words, 'b': 'stays'})}</script>"
    told = json.loads(scrub(spec).removeprefix("<script>").removesuffix("</script>"))
    assert told["b"] == "stays"


@pytest.mark.parametrize("name", ["code", "section", "table"])
def test_where_an_engagement_lies_takes_no_element_out_of_a_page(name: str) -> None:
    page = f"<{name}>words</{name}>"
    assert Scrubber(Path(f"/{name}"))(page) == page


def test_what_looks_like_the_beginning_of_a_token_does_not_hold_a_page_up(tmp_path: Path) -> None:
    began = time.perf_counter()
    Scrubber(tmp_path)("eyJ-" * 20_000)
    assert time.perf_counter() - began < 1


# wrong input: one clear error, and nothing lost


def small(folder: Path, settings: str = "", **documents: str) -> Path:
    """Make an engagement with next to nothing in it."""
    (folder / "documents").mkdir(parents=True)
    (folder / "evidence").mkdir()
    (folder / "engagement.yaml").write_text(f"document: engagement\nversion: 1\n{settings}", encoding="utf-8")
    for name, text in documents.items():
        (folder / "documents" / f"{name}.yaml").write_text(f"document: {name}\nversion: 1\n{text}", encoding="utf-8")
    return folder


def nordwind(folder: Path, settings: str) -> Path:
    """Make an engagement with the example's brief and no evidence."""
    brief = (TOP / "examples" / "nordwind" / "documents" / "brief.yaml").read_text(encoding="utf-8")
    return small(folder, settings, brief=brief.split("version: 1\n", 1)[1])


def log(folder: Path, *lines: Mapping[str, Any]) -> Path:
    told = [{**LINE, "run_id": f"r{at}", **each} for at, each in enumerate(({},) * 40 + lines)]
    (folder / "evidence" / "runs.jsonl").write_text("".join(f"{json.dumps(each)}\n" for each in told))
    return folder


def files(folder: Path) -> dict[str, bytes]:
    return {
        file.relative_to(folder).as_posix(): file.read_bytes()
        for file in folder.rglob("*")
        if file.is_file() and "audits" not in file.parts
    }


CRITERIA = ("correctness", "cost", "freshness", "machine_learning", "organisation", "storage", "team")
DEEP = '{"metadata":{"dbt_schema_version":"https://schemas.getdbt.com/dbt/manifest/v12.json"},"sources":{},"nodes":{"model.a.b":'
DEEP += '{"resource_type":"model","package_name":"a","name":' + "[" * 860 + "]" * 860 + "}}}"


def every_criterion(weight: str) -> str:
    return f"weights: {{architecture.pattern: {{{', '.join(f'{name}: {weight}' for name in CRITERIA)}}}}}\n"


Made = Callable[[Path], Path]
WRONG: dict[str, tuple[Made, tuple[str, ...]]] = {
    "a name that is too long": (lambda at: small(at / "a").with_name("a" * 300), ("check",)),
    "a file for a folder": (lambda at: small(at / "a") / "engagement.yaml", ("audit",)),
    "100 MB of YAML": (lambda at: small(at / "a", brief=f"project_name: {'a' * 3_000_000}\n"), ("audit",)),
    "an alias bomb": (
        lambda at: small(at / "a", brief="a: &a [x,x]\n" + "".join(f"a{n}: &a [*a,*a]\n" for n in range(40))),
        ("check",),
    ),
    "audits is a file": (lambda at: touched(small(at / "a") / "audits"), ("audit",)),
    "deliverables is a file": (lambda at: touched(small(at / "a") / "deliverables"), ("architecture", "adr")),
    "a folder for a record": (lambda at: folder_in(small(at / "a"), "deliverables/decisions/0001-x.md"), ("audit",)),
    "a link to nowhere for a record": (
        lambda at: link_in(small(at / "a"), "deliverables/decisions/0001-x.md"),
        ("audit",),
    ),
    "a number of 400 digits": (
        lambda at: small(at / "a", brief=f"constraints: {{team_size: {'9' * 400}}}\n"),
        ("audit",),
    ),
    "weights near the largest number": (lambda at: small(at / "a", every_criterion("1e308"), brief=BRIEF), ("audit",)),
    "a weight near the smallest number": (
        lambda at: nordwind(at / "a", "weights: {architecture.pattern: {freshness: 1e-320}}\n"),
        ("audit",),
    ),
    "negative weights": (lambda at: small(at / "a", every_criterion("-1"), brief=BRIEF), ("audit",)),
    "a weight that is no number": (lambda at: small(at / "a", every_criterion(".nan"), brief=BRIEF), ("audit",)),
    "a run that ends in the year 10000": (
        lambda at: log(small(at / "a"), dict.fromkeys(("started_at", "completed_at"), "9999-12-31T23:59:59-12:00")),
        ("audit",),
    ),
    "counts that add up beyond 64 bits": (
        lambda at: log(small(at / "a"), *[{"quality_checks_passed": 9e15}] * 1100),
        ("audit",),
    ),
    "a name of 860 nested lists": (lambda at: written_in(small(at / "a"), "evidence/manifest.json", DEEP), ("audit",)),
    "a decision record that is not UTF-8 in its name": (
        lambda at: written_in(small(at / "a"), "deliverables/decisions/0001-caf\udce9.md", "x"),
        ("audit",),
    ),
}
BRIEF = "data_consumers: [{team: a, use_case: analytics, latency_requirement: batch}]\nconstraints: {team_size: 4}\n"


def touched(file: Path) -> Path:
    file.write_text("mine")
    return file.parent


def folder_in(folder: Path, name: str) -> Path:
    (folder / name).mkdir(parents=True)
    return folder


def link_in(folder: Path, name: str) -> Path:
    (folder / name).parent.mkdir(parents=True)
    (folder / name).symlink_to("nowhere")
    return folder


def written_in(folder: Path, name: str, text: str) -> Path:
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text)
    return folder


@pytest.mark.parametrize("what", WRONG)
def test_wrong_input_ends_in_one_clear_error_or_a_right_result_and_loses_nothing(
    what: str, tmp_path: Path, decom: Decom
) -> None:
    made, words = WRONG[what]
    folder = made(tmp_path)
    before = files(tmp_path)
    code, _, err = decom(*words, folder, *(["architecture.pattern"] if "adr" in words else []))
    assert code in (0, 2), err
    assert "Traceback" not in err
    assert before.items() <= files(tmp_path).items()
    if code == 0:
        taken = sorted((folder / "audits").glob("*/audit.json"))[-1]
        assert audits.recomputed(audits.read(taken)) == audits.read(taken).scorecard
        assert not [each for each in audits.read(taken).findings if each.outcome == "error"]
    else:
        assert err.strip()


def test_a_private_key_is_taken_out_of_json_to_its_end_and_no_further(tmp_path: Path) -> None:
    key = "-----BEGIN PRIVATE KEY-----\nMIIEvQ/abc\nmore\n-----END PRIVATE KEY-----"
    said = Scrubber(tmp_path)(
        json.dumps({"a": f'x {key} "y"', "b": "-----BEGIN PRIVATE KEY-----\nMIIEvQ", "c": "stays"})
    )
    assert json.loads(said) == {"a": 'x ••• "y"', "b": "•••", "c": "stays"}


def test_a_record_that_is_a_pipe_is_left_alone(tmp_path: Path, decom: Decom) -> None:
    folder = folder_in(small(tmp_path / "a"), "deliverables/decisions")
    os.mkfifo(folder / "deliverables" / "decisions" / "0001-x.md")
    assert decom("audit", folder)[0] == 0


def test_a_pipe_is_no_audit(calm: Taken, tmp_path: Path, decom: Decom) -> None:
    os.mkfifo(tmp_path / "audit.json")
    assert decom("diff", calm.file, tmp_path / "audit.json")[0] == 2


def test_an_empty_folder_of_an_audit_is_no_audit(calm: Taken, tmp_path: Path) -> None:
    (tmp_path / calm.audit.id).mkdir()
    assert audits.read(audits.write(calm.audit, tmp_path)) == calm.audit
    (tmp_path / "b" / calm.audit.id / "mine").mkdir(parents=True)
    with pytest.raises(InputError, match=r"b: the audit cannot be kept here: .*"):
        audits.write(calm.audit, tmp_path / "b")


@pytest.mark.parametrize("place", ["x.docx", "nordwind/x.html", "nordwind/documents/x.html"])
def test_a_report_in_a_wrong_place_is_refused_before_the_audit(
    place: str, example: Path, tmp_path: Path, decom: Decom
) -> None:
    before = files(tmp_path)
    assert decom("report", example, "-o", tmp_path / place)[0] == 2
    assert files(tmp_path) == before
    assert not list(example.glob("audits/*"))


def test_evidence_that_may_not_be_looked_into_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "x.json").write_text("{}")

    def closed(self: Path, **_: object) -> os.stat_result:
        if self.name == "x.json":
            raise PermissionError(13, "Permission denied")
        return os.stat(self)  # noqa: PTH116 - the method is what is replaced here

    monkeypatch.setattr(Path, "stat", closed)
    told = collect([Pointer("a"), Pointer("a/x.json")], tmp_path)
    assert [problem.what for problem in told.sources[0].problems] == ["cannot be read: permission denied"]


def test_a_link_to_the_whole_machine_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "root").symlink_to("/")
    assert not collect([Pointer("a")], tmp_path).sources


@pytest.mark.parametrize("sign", "\r\u00ad\u180e\u2028\u2029\u3164\ufff9\ufffb\U000e0000\U000e0041\U000e007f")
def test_what_overwrites_or_shows_as_nothing_is_shown_by_name(sign: str) -> None:
    assert visible(f"a{sign}b") == f"a⟨U+{ord(sign):04X}⟩b"


def not_a_number(data: dict[str, Any]) -> None:
    data["scorecard"]["low"] = float("nan")


def infinite(data: dict[str, Any]) -> None:
    data["scorecard"]["high"] = float("inf")


@pytest.mark.parametrize("forge", [not_a_number, infinite])
def test_an_audit_with_numbers_that_are_none_is_refused(
    forge: Callable[[dict[str, Any]], None], calm: Taken, tmp_path: Path, decom: Decom
) -> None:
    data = json.loads(calm.file.read_text(encoding="utf-8"))
    forge(data)
    (tmp_path / "audit.json").write_text(json.dumps(data))
    assert decom("diff", calm.file, tmp_path)[0] == 2
    assert decom("rubric", "recompute", tmp_path)[0] == 2


def test_a_forged_audit_takes_only_its_own_engagement_off_the_shelf(calm: Taken, tmp_path: Path) -> None:
    pytest.importorskip("voila")
    from decom_nb.serving.frame import render
    from decom_nb.serving.shelf import Shelf

    data = json.loads(calm.file.read_text(encoding="utf-8"))
    not_a_number(data)
    folder = small(tmp_path / "acme") / "audits" / calm.audit.id
    folder.mkdir(parents=True)
    (folder / "audit.json").write_text(json.dumps(data))
    render("shelf", items=Shelf(tmp_path).items(), root=tmp_path, notebooks=(), nonce="x")


@pytest.mark.parametrize("below", ["audit.json/audit.json", "a" * 300], ids=["folder", "long"])
def test_what_cannot_be_read_as_an_audit_is_refused(below: str, calm: Taken, tmp_path: Path, decom: Decom) -> None:
    (tmp_path / "audit.json" / "audit.json").mkdir(parents=True)
    assert decom("diff", calm.file, tmp_path / below)[0] == 2


def test_two_who_write_the_same_audit_at_once_both_find_it(calm: Taken, tmp_path: Path) -> None:
    told: list[object] = []

    def write(audit: Audit) -> None:
        try:
            told.append(audits.write(audit, tmp_path).is_file())
        except OSError as error:
            told.append(error)

    for at in range(20):
        audit = calm.audit.model_copy(update={"id": f"{at}"})
        threads = [threading.Thread(target=write, args=(audit,)) for _ in range(8)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
    assert set(told) == {True}


def test_a_report_below_a_file_is_refused(example: Path, tmp_path: Path, decom: Decom, monkeypatch: Any) -> None:
    monkeypatch.setattr(report, "run_all", lambda *_: [])
    (tmp_path / "file").write_text("mine")
    assert decom("report", example, "-o", tmp_path / "file" / "x.html")[0] == 2
    assert (tmp_path / "file").read_text() == "mine"


def test_a_report_does_not_overwrite_a_document_through_a_link(
    example: Path, tmp_path: Path, decom: Decom, monkeypatch: Any
) -> None:
    monkeypatch.setattr(report, "run_all", lambda *_: [])
    brief = (example / "documents" / "brief.yaml").read_bytes()
    (tmp_path / "x.html").symlink_to(example / "documents" / "brief.yaml")
    decom("report", example, "-o", tmp_path / "x.html")
    assert (example / "documents" / "brief.yaml").read_bytes() == brief


def test_an_interrupted_command_does_not_end_as_if_all_were_well(
    example: Path, decom: Decom, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Book, "take_audit", interrupted)
    assert decom("audit", example)[0] == 130


def test_the_record_after_the_ten_thousandth_overwrites_none(tmp_path: Path, decom: Decom) -> None:
    folder = written_in(
        small(tmp_path / "a", brief=BRIEF), "deliverables/decisions/10000-architecture-pattern.md", "mine"
    )
    written_in(folder, "deliverables/decisions/9999-x.md", "mine")
    decom("architecture", "adr", folder, "architecture.pattern")
    assert (folder / "deliverables" / "decisions" / "10000-architecture-pattern.md").read_text() == "mine"
