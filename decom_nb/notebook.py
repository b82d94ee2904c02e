"""Runs one notebook through papermill in a kernel of its own, and gives what it shows as HTML. `report.py` calls it.

Code is not shown, nor are parameters: a page holds the prose and what the cells show. A notebook that fails gives
what it showed up to there, and says why it ended.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from markdown_it import MarkdownIt
from markupsafe import Markup

import decom_nb.quick_import  # noqa: F401 - before papermill, which brings jsonschema
from decom_nb.errors import need
from decom_nb.escape import file_name, html, visible
from decom_nb.kernel import Kernels

nbformat: Any = need("nbformat", "report", "Building a report")
papermill: Any = need("papermill", "report", "Building a report")
_engines: Any = need("papermill.engines", "report", "Building a report")
_clients: Any = need("papermill.clientwrap", "report", "Building a report")
_failures: Any = need("nbclient.exceptions", "report", "Building a report")

ENGINE: Final = "decom"
_COLOUR_CODES: Final = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_LONGEST_MESSAGE: Final = 1000


@dataclass(frozen=True)
class Shown:
    """What a notebook came out as. `failed` says in a sentence why it ended early, and is empty if it did not."""

    name: str
    title: str
    body: Markup
    failed: str = ""


def run(
    path: Path, parameters: Mapping[str, Any], env: Mapping[str, str], kernels: Kernels, *, time_limit: float
) -> Shown:
    """Run the notebook in a fresh kernel with `env`; no cell may take longer than `time_limit` seconds."""
    try:
        notebook: Any = nbformat.read(path, as_version=4)
    except Exception as error:  # whatever nbformat's parts raise, for us it is one thing
        return Shown(path.stem, path.stem, Markup(), f"This is not a notebook that can be read: {_said(error)}")
    notebook.metadata.pop("papermill", None)
    title = _title(notebook, path.stem)
    ran: list[Any] = []
    failed = ""
    try:
        with kernels.start(env) as manager:
            papermill.execute_notebook(
                notebook,
                None,
                parameters=dict(parameters),
                engine_name=ENGINE,
                kernel_name="python3",
                progress_bar=False,
                execution_timeout=time_limit,
                manager=manager,
                ran=ran,
            )
    except papermill.PapermillExecutionError as error:
        failed = _plain(f"{error.ename}: {error.evalue}" if error.evalue else str(error.ename))
    except _failures.CellTimeoutError:
        failed = f"A cell took longer than {time_limit:g} seconds."
    except _failures.DeadKernelError:
        failed = "The process that ran it died: it was killed, or ran out of memory."
    except Exception as error:  # whatever one notebook fails of, the other pages stay whole
        failed = f"{type(error).__name__}: {_said(error)}"
    cells = ran[0].cells if ran else notebook.cells
    if failed:
        cells = _reached(cells) or cells[:1]
    return Shown(path.stem, title, _body(cells), failed)


class _Engine(_engines.NBClientEngine):  # type: ignore[misc] # papermill is imported late
    """papermill's own engine, with a kernel that has been started, keeping what a failing notebook showed."""

    @classmethod
    def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, **settings: Any) -> Any:
        settings["ran"].append(nb_man.nb)
        client = _clients.PapermillNotebookClient(
            nb_man,
            km=settings["manager"],
            timeout=settings["execution_timeout"],
            startup_timeout=60,
            kernel_name=kernel_name,
            store_widget_state=False,
        )
        try:
            return client.execute()
        finally:
            if client.kc is not None:  # nbclient leaves the lines to a kernel that it was given open
                client.kc.stop_channels()


_engines.papermill_engines.register(ENGINE, _Engine)


def _reached(cells: Iterable[Any]) -> list[Any]:
    """Give the cells up to the one that failed: a page must not promise what is no longer coming."""
    return [cell for cell in cells if cell.metadata.get("papermill", {}).get("start_time")]


def _body(cells: Iterable[Any]) -> Markup:
    parts = []
    for cell in cells:
        if "papermill-error-cell-tag" in cell.metadata.get("tags", []):
            continue
        if cell.cell_type == "markdown":
            parts.append(prose(cell.source))
        elif cell.cell_type == "code":
            parts += [shown for output in cell.get("outputs", []) if (shown := _output(output))]
    return Markup("\n").join(parts)


def prose(source: str) -> Markup:
    """Give a markdown cell as HTML; HTML in it stays text, and a link to another notebook leads to its section."""
    rendered = _markdown().render(visible(source))
    linked = re.sub(
        r'href="([^":]+)\.ipynb(?:#[^"]*)?"', lambda found: f'href="#{anchor(Path(found[1]).name)}"', rendered
    )
    return Markup(linked)  # noqa: S704 - the renderer escapes


def anchor(name: str) -> str:
    """Give the anchor of a notebook's section.

    >>> anchor("01_architecture")
    '01-architecture'
    """
    return file_name(name)


def _output(output: Any) -> Markup:
    if output.output_type == "stream":
        return _preformatted(output.text) if output.name == "stdout" and output.text.strip() else Markup()
    data = output.get("data", {})
    if "text/html" in data:
        return Markup('<div class="decom-view">{}</div>').format(Markup(data["text/html"]))  # noqa: S704 - views escape
    if "image/svg+xml" in data:
        return _image("image/svg+xml;charset=utf-8", data["image/svg+xml"])
    if "image/png" in data:
        return _image("image/png;base64", data["image/png"])
    if "text/markdown" in data:
        return prose(data["text/markdown"])
    if "text/plain" in data and not any("widget" in kind for kind in data):
        return _preformatted(data["text/plain"])
    return Markup()


def _image(kind: str, content: str) -> Markup:
    from urllib.parse import quote

    encoded = quote(content) if "svg" in kind else "".join(content.split())
    return Markup('<p><img alt="" src="data:{},{}"></p>').format(Markup(kind), encoded)  # noqa: S704 - one of two constants


def _preformatted(text: str) -> Markup:
    return Markup("<pre>{}</pre>").format(html(_COLOUR_CODES.sub("", text).rstrip()))


def _title(notebook: Any, otherwise: str) -> str:
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and (found := re.search(r"^#\s+(.+)$", cell.source, re.MULTILINE)):
            return found[1].strip()
    return otherwise


def _said(error: BaseException) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"line {error.lineno} is not JSON."
    return _plain(str(error)) or "no reason was given."


def _plain(text: str) -> str:
    """Give a message without terminal colours, cut where it becomes a listing."""
    plain = _COLOUR_CODES.sub("", text).strip()
    return plain if len(plain) <= _LONGEST_MESSAGE else plain[:_LONGEST_MESSAGE] + " …"


@lru_cache(maxsize=1)
def _markdown() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False, "typographer": False}).enable(["table", "strikethrough"])
