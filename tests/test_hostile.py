"""A stranger's words are text in every face: tags, quotes, SQL, templates, markup, control and direction characters.

The example engagement is filled twice over, wherever a document, a file of evidence, a decision record or a file's name
takes free text: once with `HOSTILE` and once with `CALM`. Whatever is made of the two must differ in those words alone.
"""

from __future__ import annotations

import datetime as dt
import html
import json
import re
import shutil
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
import yaml
from markdown_it import MarkdownIt
from markupsafe import Markup

from decom_nb import audit as audits
from decom_nb import report
from decom_nb.audit import Audit
from decom_nb.book import Book, document_classes, rooms
from decom_nb.cells import draw, find_view
from decom_nb.document import Document, load, save
from decom_nb.engagement import Engagement, Settings
from decom_nb.escape import visible
from decom_nb.kernel import kernels
from decom_nb.page import Page, section
from decom_nb.scrub import Scrubber
from decom_nb.view import View
from tests.hostile_words import CALM, HOSTILE, PARTS, file_safe, fill_files, filled, swapped
from tests.test_cli import Decom

pytestmark = pytest.mark.slow  # the example is filled, audited and reported twice over

TOP = Path(__file__).parent.parent
TAKEN_AT = dt.datetime(2026, 11, 1, 8, tzinfo=dt.UTC)

BAD = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
"""What no terminal and no page may be given as it is."""


@dataclass(frozen=True)
class Twin:
    """One of the two engagements."""

    folder: Path
    words: str
    audit: Audit
    file: Path


# filling


def record(words: str) -> str:
    """Write an accepted decision whose facts have moved since."""
    return (
        "---\nstatus: accepted\ndate: 2026-01-01\ndecom:\n  question: architecture.pattern\n"
        f"  chosen: {json.dumps('Chosen ' + words)}\n  winners: [{json.dumps(words)}]\n"
        f"  facts: {{gb_per_day: 50000, team_size: 90, {json.dumps(words)}: {json.dumps(words)}}}\n---\n\n# {words}\n"
    )


def documents(engagement: Engagement) -> Iterator[tuple[type[Document], Path]]:
    """Give every document's file, of each of which there are many the files of all."""
    for cls in document_classes().values():
        for path in engagement.instance_paths(cls) if cls.many else (engagement.document_path(cls),):
            yield cls, path


def twin(folder: Path, words: str) -> Twin:
    """Make the example into an engagement that says `words` wherever it can, and take its audit."""
    left_out = shutil.ignore_patterns("audits", "notebooks", "deliverables")
    shutil.copytree(TOP / "examples" / "nordwind", folder, ignore=left_out)
    engagement = Engagement(folder)
    fill_files(folder, words)
    # Evidence that lies elsewhere, under a name of theirs, and said to be of a kind of theirs.
    elsewhere = f"../elsewhere/{folder.name}/{file_safe(words)}"
    (folder / elsewhere).mkdir(parents=True)
    (folder / elsewhere / "x.json").write_text("{}")
    settings = load(Settings, engagement.settings_path)
    pointer = Settings.model_fields["evidence"].annotation.__args__[0](path=elsewhere, kind="x")
    save(engagement.settings_path, filled(settings.model_copy(update={"evidence": (pointer,)}), words))
    for cls, path in documents(engagement):
        document = filled(load(cls, path), words)
        save(path, document)
        assert load(cls, path) == document, "what was saved is read back to the letter"
    decisions = engagement.deliverables_path / "decisions"
    decisions.mkdir(parents=True)
    (decisions / f"0001-{file_safe(words)}.md").write_text(record(words), encoding="utf-8")
    taken, file = Book.open(folder).take_audit(TAKEN_AT)
    return Twin(folder, words, taken, file)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("place")


@pytest.fixture(scope="module")
def hostile(place: Path) -> Twin:
    return twin(place / f"a {file_safe(HOSTILE)}", HOSTILE)


@pytest.fixture(scope="module")
def calm(place: Path) -> Twin:
    return twin(place / f"a {CALM}", CALM)


@pytest.fixture
def decom(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Decom:
    monkeypatch.setenv("COLUMNS", "200")
    return Decom(monkeypatch, capsys)


# the filler itself


def strings(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    if isinstance(value, str):
        yield path, value
    pairs = value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, list | tuple) else ()
    for key, below in pairs:
        yield from strings(below, (*path, str(key)))


def test_every_document_is_full_of_hostile_strings(hostile: Twin) -> None:
    for name in set(document_classes()) - {"modeling_needs"}:  # which has no words of anybody's
        said = [words for _, words in strings(hostile.audit.documents[name]) if HOSTILE in words]
        assert said, name
    assert HOSTILE in hostile.audit.engagement.name
    assert HOSTILE in hostile.audit.engagement.client
    assert any(HOSTILE in words for _, words in strings([each.evidence for each in hostile.audit.findings]))
    assert any(HOSTILE in words for _, words in strings([each.message for each in hostile.audit.findings]))


# the audit


def forget_proposals(data: dict[str, Any]) -> None:
    """Take out what is made of the letters in the words, and so differs as they do: proposed names, loads of such names."""
    del data["measures"]["scd_dimensions"]
    named = [each for each in data["findings"] if each["rule"].endswith("_names_follow_the_conventions")]
    for each in named:
        each["message"] = ""
    for row in [*data["measures"]["naming_findings"]["rows"], *(row for each in named for row in each["evidence"])]:
        row["proposed"] = ""


def test_hostile_words_change_nothing_in_an_audit_but_themselves(hostile: Twin, calm: Twin) -> None:
    told = []
    for each in (hostile, calm):
        data = json.loads(each.audit.model_dump_json(exclude={"id", "inputs"}))
        for source in data["sources"]:
            for file in source["files"]:
                file.update(sha256="", bytes=0)
        forget_proposals(data)
        told.append(swapped(data, each.words))
    for part in told[0]:
        assert told[0][part] == told[1][part], part
    assert not [each for each in hostile.audit.findings if each.outcome == "error"]


def test_an_audit_of_hostile_words_reads_back_and_recomputes(hostile: Twin, decom: Decom) -> None:
    assert audits.read(hostile.file) == hostile.audit
    assert audits.recomputed(hostile.audit) == hostile.audit.scorecard
    assert hostile.audit.id.endswith(hostile.audit.digest()[:8])
    assert decom("rubric", "recompute", hostile.file)[0] == 0


def test_pipelines_with_sql_in_their_names_are_counted_like_any_other(hostile: Twin, calm: Twin) -> None:
    for rule in ("runs_succeed", "runs_keep_their_sla", "runs_have_headroom", "failed_runs_recover_by_themselves"):
        mine, theirs = (each.audit.finding(f"monitoring.{rule}") for each in (hostile, calm))
        assert (mine.met, mine.rows_total, mine.outcome) == (theirs.met, theirs.rows_total, theirs.outcome)
    rows = hostile.audit.finding("monitoring.runs_succeed").evidence
    assert all(HOSTILE in row["pipeline"] for row in rows)
    assert len(rows) == 7
    assert sum(row["runs"] for row in rows) > 900


# the terminal


def commands(each: Twin) -> list[tuple[object, ...]]:
    return [
        ("check", each.folder),
        ("evidence", each.folder),
        ("decide", each.folder, "architecture.pattern"),
        ("audit", each.folder),
        ("diff", each.file, each.file),
        ("rubric", "recompute", each.file),
        ("architecture", "adr", each.folder, "architecture.pattern"),
    ]


def plain(said: str) -> str:
    return " ".join(said.split())


def test_no_command_prints_what_a_terminal_would_obey(hostile: Twin, calm: Twin, decom: Decom) -> None:
    for mine, theirs in zip(commands(hostile), commands(calm), strict=True):
        code, out, err = decom(*mine)
        assert code == decom(*theirs)[0] == 0, (mine[0], err)
        assert not BAD.findall(out + err), (mine[0], BAD.findall(out + err))
    _, out, _ = decom("diff", calm.file, hostile.file)
    assert not BAD.findall(out)
    assert "[bold blue]rich[∕] [∕nothing] [link=javascript:pwned]x[∕link]" in out, "nothing is read as rich's markup"
    assert "⟨U+001B⟩[31m⟨U+001B⟩]0;title⟨U+0007⟩⟨U+009B⟩31m" in out


def test_data_on_the_terminal_is_whole_and_hides_nothing(hostile: Twin, decom: Decom) -> None:
    for words in commands(hostile):
        code, out, err = decom(*words, "--json")
        assert code == 0, err
        assert isinstance(json.loads(out), dict), words[0]
        assert not BAD.findall(out), (words[0], set(BAD.findall(out)))


# pages


class Elements(HTMLParser):
    """Every element with the names of its attributes, the texts, and what our own scripts are."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, tuple[str, ...]]] = []
        self.text: list[str] = []
        self.odd: list[str] = []
        self.addresses: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag != "wbr":  # where a long name may be broken, which the names themselves decide
            self.elements.append((tag, tuple(name for name, _ in attrs)))
        self.addresses += [value or "" for name, value in attrs if name in ("href", "src", "action", "data")]
        self.text += [value or "" for name, value in attrs if name in ("aria-label", "content")]

    def handle_data(self, data: str) -> None:
        self.text.append(data)

    def handle_comment(self, data: str) -> None:
        self.odd.append(data)

    def handle_decl(self, decl: str) -> None:
        self.odd.append(decl)

    def unknown_decl(self, data: str) -> None:
        self.odd.append(data)


def alike(mine: str, theirs: str) -> Elements:
    """Hold that two pages are made of the same elements, attributes and addresses, and give the first one's."""
    assert set(BAD.findall(mine)) <= {"\r"}, (
        "a browser reads a carriage return as a line feed, and nothing else of these"
    )
    made, meant = Elements(mine), Elements(theirs)
    # No element that the harmless page has not; it may have more: names that no SQL can hold have no load to show.
    assert not (more := Counter(made.elements) - Counter(meant.elements)), more
    assert made.odd == meant.odd
    assert [each for each in made.addresses if not each.startswith(("#", "data:"))] == [
        each for each in meant.addresses if not each.startswith(("#", "data:"))
    ]
    return made


def every_view(audit: Audit) -> Iterator[tuple[str, View]]:
    for room in rooms():
        for name in getattr(room.part("views"), "__all__", ()):
            asked = getattr(find_view(f"{room.name}.{name}"), "__kwdefaults__", None) or {}
            questions = [each.question for each in audit.decisions] if name == "decision" else [None]
            for question in questions:
                options = {"question": question} if question else {}
                yield f"{room.name}.{name}", draw(audit, f"{room.name}.{name}", {**asked, **options})


@pytest.fixture(scope="module")
def pages(hostile: Twin, calm: Twin) -> tuple[str, str]:
    return whole(hostile), whole(calm)


def whole(each: Twin) -> str:
    """Give one page with every view there is, as a report puts it together."""
    taken: set[str] = set()
    scrub = Scrubber(each.folder)
    parts = [
        section(Markup(scrub(view._repr_html_())), title=each.audit.engagement.name, slug=name, taken=taken)
        for name, view in every_view(each.audit)
    ]
    made = report.page(each.audit, [])
    return Page(
        made.heading, parts, made.title, made.subtitle, made.description, notice=made.notice, footer=made.footer
    ).rendered()


def test_every_view_and_the_page_around_them_hold_no_element_of_a_stranger(pages: tuple[str, str]) -> None:
    made = alike(*pages)
    text = plain(" ".join(made.text))
    for part in PARTS:
        assert plain(visible(part)) in text, part


def test_only_our_own_scripts_may_run(pages: tuple[str, str]) -> None:
    policies = [re.search(r'Content-Security-Policy" content="([^"]*)"', page) for page in pages]
    assert policies[0]
    assert policies[1]
    assert policies[0][1] == policies[1][1]
    allowed = html.unescape(policies[0][1])
    assert "unsafe" not in allowed.split("script-src")[1].split(";")[0]
    assert "default-src 'none'" in allowed


@pytest.fixture(scope="module")
def built(hostile: Twin, calm: Twin) -> tuple[str, str]:
    """Build both reports as the command does."""
    with kernels(warm=sys.platform == "linux") as source, ThreadPoolExecutor(2) as pool:
        failed = pool.map(
            lambda each: report.build(
                each.folder, each.audit.id, each.folder.parent / f"{len(each.words)}.html", source=source
            ),
            (hostile, calm),
        )
        assert list(failed) == [[], []]
    return tuple((each.folder.parent / f"{len(each.words)}.html").read_text("utf-8") for each in (hostile, calm))


def test_the_report_of_a_hostile_engagement_has_only_elements_that_a_harmless_one_has(built: tuple[str, str]) -> None:
    made = alike(*built)
    assert not [name for _, names in made.elements for name in names if name.startswith("on")]
    text = plain(" ".join(made.text))
    assert all(plain(visible(part)) in text for part in PARTS)


# decision records


def tokens(markdown: str) -> list[tuple[str, str, int]]:
    """Give what a record is made of, read by a renderer that lets HTML through, addresses and all."""
    read = MarkdownIt("gfm-like", {"html": True, "linkify": False}).parse(markdown)
    every = [each for token in read for each in (token, *(token.children or ()))]
    return [(each.type, each.tag, each.level) for each in every if each.type not in ("text", "softbreak")]


def adr_of(each: Twin, question: str, decom: Decom) -> str:
    written = decom.data("architecture", "adr", each.folder, question)
    return Path(written["record"]).read_text(encoding="utf-8")


def test_a_decision_record_holds_hostile_words_as_text(hostile: Twin, calm: Twin, decom: Decom) -> None:
    mine, theirs = (adr_of(each, "architecture.pattern", decom) for each in (hostile, calm))
    assert not BAD.findall(mine)
    heads, bodies = zip(*(text.removeprefix("---\n").split("\n---\n", 1) for text in (mine, theirs)), strict=True)
    assert yaml.safe_load(heads[0]) == yaml.safe_load(heads[1])
    assert tokens(bodies[0]) == tokens(bodies[1])
    assert "html_inline" not in {kind for kind, _, _ in tokens(bodies[0])}
    assert "script" in bodies[0]


def test_the_readme_of_an_engagement_with_a_hostile_name_holds_no_markup(tmp_path: Path) -> None:
    for name, words in (("mine", HOSTILE), ("theirs", CALM)):
        Engagement.create(tmp_path / name, name=words)
    mine, theirs = ((tmp_path / name / "README.md").read_text(encoding="utf-8") for name in ("mine", "theirs"))
    assert not BAD.findall(mine)
    assert tokens(mine) == tokens(theirs)


# forms


def shown_as_html(widget: Any) -> Iterator[str]:
    """Give all text below a widget that the browser would read as HTML."""
    from ipywidgets import HTML

    if isinstance(widget, HTML):
        yield widget.value
    if getattr(widget, "description_allow_html", False):
        yield widget.description
    for child in getattr(widget, "children", ()):
        yield from shown_as_html(child)


def test_forms_show_hostile_words_as_text(hostile: Twin, calm: Twin) -> None:
    pytest.importorskip("ipywidgets")
    from decom_nb.form import Form

    for (cls, path), (_, calm_path) in zip(
        *map(documents, (Engagement(hostile.folder), Engagement(calm.folder))), strict=True
    ):
        mine, theirs = ("".join(shown_as_html(Form(load(cls, each)).widget)) for each in (path, calm_path))
        assert alike(mine, theirs).elements, path.name
