"""Builds the report of an audit: runs the notebooks and puts what they show into one self-contained page, or a PDF.

The audit has been taken before; nothing here computes a result. `cli.py` and `batch.py` call `build`.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from markupsafe import Markup

import decom_nb.quick_import  # noqa: F401 - before papermill, which brings jsonschema
from decom_nb import atomic, shipped
from decom_nb import audit as audits
from decom_nb import notebook as notebooks_
from decom_nb.audit import Audit
from decom_nb.engagement import Engagement
from decom_nb.errors import InputError, Mistake, need
from decom_nb.escape import html
from decom_nb.kernel import Kernels, kernels
from decom_nb.notebook import Shown, anchor
from decom_nb.page import Page, Section, package_version, section
from decom_nb.score import shown
from decom_nb.scrub import Scrubber
from decom_nb.wording import counted

TIME_LIMIT: Final = 600.0
"""Seconds that one cell may take."""

_AT_A_TIME: Final = 4

ensure_event_loop: Any = need("jupyter_core.utils", "report", "Building a report").ensure_event_loop


def build(
    engagement: Path,
    audit_id: str,
    out: Path,
    *,
    own_notebooks: bool = False,
    notebooks: Sequence[Path] = (),
    source: Kernels | None = None,
    time_limit: float = TIME_LIMIT,
) -> list[str]:
    """Build the report of an audit at `out`, .html or .pdf, and give the names of the notebooks that failed.

    The package's notebooks are run, or those given; `own_notebooks` runs the engagement's copies, and with them its
    code. `source` is where kernels come from; without one, a warm parent lives for as long as this takes.
    """
    check_place(engagement, out)
    audit = audits.read(Engagement.open(engagement).audit_path(audit_id))
    chosen = list(notebooks) or chosen_notebooks(engagement, own_notebooks)
    scrub = Scrubber(engagement)
    told = [_scrubbed(each, scrub) for each in run_all(engagement, audit_id, chosen, source, time_limit)]
    report = page(audit, [_linked(each, engagement, out) for each in told])
    if out.suffix.lower() == ".pdf":
        from decom_nb.pdf import pdf

        content = pdf(report, audit.taken_at)
    else:
        content = report.rendered().encode()
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        what = f"cannot be written: {error.strerror or error}"
        raise InputError(Mistake(str(out), 0, "", what, "choose a folder that you may write to")) from error
    atomic.write(out, content)
    return [each.name for each in told if each.failed]


def check_place(engagement: Path, out: Path) -> None:
    """Refuse a place where no report may be written, before anything is done for it."""
    if out.suffix.lower() not in (".html", ".pdf"):
        raise InputError(Mistake(str(out), 0, "", "a report is .html or .pdf", f"write to {out.stem}.html"))
    deliverables = Engagement(engagement).deliverables_path
    real = Path(os.path.realpath(out))
    if real.is_relative_to(os.path.realpath(engagement)) and not real.is_relative_to(os.path.realpath(deliverables)):
        what = "this lies in the engagement, where only deliverables/ is for what is made"
        raise InputError(Mistake(str(out), 0, "", what, f"write to {deliverables / out.name}"))


def chosen_notebooks(engagement: Path, own: bool) -> list[Path]:
    """Give the notebooks to run, in the book's order."""
    folder = engagement / "notebooks" if own else shipped.folder("notebooks")
    if not (found := sorted(folder.glob("[0-9]*.ipynb"))):
        raise InputError(Mistake(str(folder), 0, "", "there are no notebooks here", "make them: decom lab DIR"))
    return found


def run_all(
    engagement: Path, audit_id: str, paths: Sequence[Path], source: Kernels | None, time_limit: float = TIME_LIMIT
) -> list[Shown]:
    """Run the notebooks, a few at a time, and give what they show in their order."""
    parameters = {"engagement": str(engagement.resolve())}
    env = {"DECOM_FACE": "report", "DECOM_AUDIT": audit_id}
    with contextlib.nullcontext(source) if source else kernels() as found:
        pool = ThreadPoolExecutor(min(_AT_A_TIME, len(paths)))
        try:
            running = [pool.submit(_run, path, parameters, env, found, time_limit) for path in paths]
            return [each.result() for each in running]
        finally:
            # Interrupted, we do not wait: the end of the kernels below ends what still runs.
            pool.shutdown(wait=False, cancel_futures=True)


def _run(
    path: Path, parameters: Mapping[str, Any], env: Mapping[str, str], source: Kernels, time_limit: float
) -> Shown:
    try:
        return notebooks_.run(path, parameters, env, source, time_limit=time_limit)
    finally:
        ensure_event_loop().close()  # Jupyter gives each thread a loop and leaves it open when the thread ends


def page(audit: Audit, told: Sequence[Shown]) -> Page:
    """Put what the notebooks show into a page about the audit."""
    who, card = audit.engagement, audit.scorecard
    taken: set[str] = set()
    score = card.reason or f"Score {shown(card.low)} to {shown(card.high)} of 100"
    version = audit.versions.get("decom_nb", package_version())
    when = f"{audit.taken_at.day} {audit.taken_at:%B %Y}"
    return Page(
        heading=who.name,
        title=f"{who.name} · data platform assessment, {when}",
        subtitle=f"{who.client} · {when}" if who.client else when,
        description=f"{score}. Assessment of {who.name}, {when}.",
        notice=_notice([each for each in told if each.failed]),
        sections=[_section(each, taken) for each in told],
        footer=(
            f"Audit {audit.id}, taken {audit.taken_at:%Y-%m-%d %H:%M} UTC with decom_nb {version}.",
            f"It read {counted(len(audit.inputs), 'file')}. Every figure here comes from its audit.json, and from that file "
            "alone the score can be worked out again.",
        ),
    )


def _section(told: Shown, taken: set[str]) -> Section:
    body = told.body
    if told.failed:
        body += Markup(
            '\n<div class="decom-callout" data-kind="bad">'
            "<p><strong>This page ends here: its notebook {} failed.</strong></p><p>{}</p></div>"
        ).format(html(told.name), html(told.failed))
    return section(body, title=told.title, slug=anchor(told.name), taken=taken)


def _notice(failed: Sequence[Shown]) -> Markup:
    if not failed:
        return Markup()
    links = Markup(", ").join(
        Markup('<a href="#{}">{}</a>').format(anchor(each.name), html(each.title)) for each in failed
    )
    return Markup(
        '<div class="decom-callout" data-kind="bad" role="note">'
        "<p>Not everything could be shown. Incomplete: {}.</p></div>"
    ).format(links)


_DELIVERABLE = re.compile(r'<code data-deliverable="([^"<>]*)">([^<>]*)</code>')


def _linked(told: Shown, engagement: Path, out: Path) -> Shown:
    """Link the deliverables that a section names, where the report lies among them and a relative path leads there.

    From anywhere else the path would be of this machine, or break when the report is passed on: there it stays text.
    """
    folder = Path(os.path.realpath(Engagement(engagement).deliverables_path))
    place = Path(os.path.realpath(out)).parent
    if out.suffix.lower() != ".html" or not place.is_relative_to(folder):
        return told

    def link(found: re.Match[str]) -> str:
        file = folder / unescape(found[1])
        if not Path(os.path.realpath(file)).is_relative_to(folder) or not file.is_file():
            return found[0]
        to = quote(Path(os.path.relpath(file, place)).as_posix())
        return str(Markup('<a href="{}">{}</a>').format(f"./{to}", Markup(found[0])))  # noqa: S704 - as it was, and escaped

    return replace(told, body=Markup(_DELIVERABLE.sub(link, told.body)))  # noqa: S704 - the same markup with links


def _scrubbed(told: Shown, scrub: Scrubber) -> Shown:
    return Shown(told.name, scrub(told.title), Markup(scrub(told.body)), scrub(told.failed))  # noqa: S704 - HTML as before
