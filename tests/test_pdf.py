"""The PDF holds what the page says, in words that can be searched, and reads no string as markup."""

from __future__ import annotations

import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
from markupsafe import Markup

from decom_nb.chart import Figure, alt
from decom_nb.gauge import bar, gauge, key
from decom_nb.page import Page, section
from decom_nb.row_table import row_table

pytest.importorskip("typst")

from decom_nb.pdf import pdf

AT = datetime(2026, 3, 4, tzinfo=UTC)
HOSTILE = '#panic("x") $ @x <y> *b* _i_ `c` \\ "q" [z] {w} // ~ = - + / % \u202e </script>'


EVERYTHING = """
<h1>Where we stand</h1>
<p>Prose with <strong>weight</strong>, <em>stress</em>, <code>code</code> and <a href="https://x.y">link</a>.</p>
<section class="decom-hero"><div>{gauge}</div><div><p class="decom-lead">Between 41 and 73.</p>
<ol class="decom-reasons"><li data-kind="bad"><strong>Runs fail.</strong> Often.</li></ol></div></section>
<ol class="decom-cards"><li class="decom-card"><p class="decom-gain">+6.8 points</p><h4>Retry</h4></li></ol>
<div class="decom-dimensions"><details class="decom-fold decom-dimension">
<summary><span class="decom-dimension-title">Testing</span><span class="decom-dimension-bar">{bar}</span>
<span class="decom-dimension-points">5–10 of 15</span>
<span class="decom-badge" data-kind="good">evidenced</span></summary>
<p>Reasons of testing</p></details></div>
{key}{figure}{table}
<article class="decom-finding"><h4>Finding</h4>
<details class="decom-fold"><summary>rows</summary>buried</details></article>
<div class="decom-columns"><ul class="decom-for"><li>pro</li></ul><ul class="decom-against"><li>con</li></ul></div>
<div class="decom-callout" data-kind="warn"><p>Notice</p></div>
<dl class="decom-facts"><dt>Name</dt><dd>Value</dd></dl>
<details><summary>Folded</summary><p>away</p></details>
<details open><summary>Open</summary><p>in sight</p></details>
<details data-print="open"><summary>Opened</summary><p>for paper</p></details>
<pre>as it is</pre><blockquote>said</blockquote><hr>
<p data-print="no">not on paper</p><p class="decom-hidden">aloud</p><table><tr><td>1</td></tr></table><p>{hostile}</p>
"""


SAID = (
    "Where we stand", "weight", "stress", "Between 41 and 73.", "Runs fail.", "+6.8 points", "Retry", "Testing",
    "5–10 of 15", "evidenced", "Reasons of testing", "not known yet", "Runs by pipeline", "1,234", "Finding", "pro",
    "con", "Notice", "Name", "Value", "Folded · in the HTML report", "in sight",
    "for paper", "as it is", "said", "Functional", "claimed 62",
)  # fmt: skip


def page(*bodies: str) -> Page:
    taken: set[str] = set()
    sections = [section(Markup(body), title="Part", taken=taken) for body in bodies]
    return Page(HOSTILE, sections, subtitle=HOSTILE, footer=(HOSTILE,))


def words(tmp_path: Path, page: Page) -> str:
    return " ".join(words_of_pages(tmp_path, page))


def words_of_pages(tmp_path: Path, page: Page) -> list[str]:
    if not shutil.which("pdftotext"):
        pytest.skip("pdftotext is not installed")
    (tmp_path / "x.pdf").write_bytes(pdf(page, AT))
    read = subprocess.run(
        ["pdftotext", "-layout", str(tmp_path / "x.pdf"), "-"], capture_output=True, text=True, check=True
    )
    return [" ".join(each.split()) for each in read.stdout.split("\f")[:-1]]


def everything() -> str:
    rows = [{"pipeline": "orders", "runs": 1234, "why": HOSTILE}]
    chart = alt.Chart(alt.Data(values=rows)).mark_bar().encode(x="runs:Q", y="pipeline:N")
    figure = Figure(chart, "Runs by pipeline", "Orders ran 1,234 times.", rows).to_html()
    return Markup(EVERYTHING).format(
        gauge=gauge(41, 73, 62, "Functional"),
        bar=bar(5, 10, 12, maximum=15),
        key=key(),
        figure=figure,
        table=row_table(rows, caption="Runs"),
        hostile=HOSTILE.replace("\u202e", ""),
    )


def test_everything_a_page_is_made_of_is_set(tmp_path: Path) -> None:
    told = words(tmp_path, page(everything()))
    for said in SAID:
        assert said in told
    for left_out in ("buried", "away", "not on paper", "aloud", "The numbers behind this chart"):
        assert left_out not in told


def test_a_strangers_strings_stay_text(tmp_path: Path) -> None:
    told = words(tmp_path, page(everything()))
    assert '#panic("x") $ @x <y> *b* _i_ `c` \\ "q" [z] {w} // ~ = - + / %' in told


def test_a_long_name_in_a_table_stays_in_its_column_and_can_be_found(tmp_path: Path) -> None:
    name = "rubric.sources_are_described_by_somebody"
    cells = "".join(f"<td>{each}</td>" for each in (f"<code>{name}</code>", "other", "why", "who", "when"))
    told = words(tmp_path, page(f"<h1>A</h1><p><code>{name}</code></p><table>{'<tr>' + cells + '</tr>'}</table>"))
    assert name in told
    assert f"{name}other" not in told
    assert "somebody other" not in told.split(name, 1)[1]


def test_a_heading_stays_with_what_it_announces(tmp_path: Path) -> None:
    lines = "".join("<p>line</p>" for _ in range(29))
    picture = f"<div class='decom-callout'>{'<p>tall</p>' * 12}</div>"
    told = words_of_pages(tmp_path, page(f"<h1>A</h1>{lines}<h2>Announced</h2><p>In short.</p>{picture}"))
    assert [["Announced" in each, "In short." in each, "tall" in each] for each in told] == [[False] * 3, [True] * 3]


def test_equal_pages_of_one_moment_are_equal_files() -> None:
    assert pdf(page(everything()), AT) == pdf(page(everything()), AT)


def test_an_empty_page_is_a_pdf() -> None:
    assert pdf(page(""), AT).startswith(b"%PDF")
