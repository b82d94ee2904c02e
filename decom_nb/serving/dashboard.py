"""The dashboards: a notebook, drawn by Voila for one engagement in a kernel of its own, and sent cell by cell.

The page that arrives is finished: no line leads from it back to the kernel, which is gone when the last cell is drawn.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Mapping
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import nbformat
from markdown_it import MarkdownIt
from markupsafe import Markup
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from voila.execute import VoilaExecutor
from voila.notebook_renderer import NotebookRenderer

from decom_nb.escape import visible
from decom_nb.scrub import Scrubber
from decom_nb.serving import asset
from decom_nb.serving.frame import address, day, report_address
from decom_nb.serving.handler import Handler
from decom_nb.serving.notebooks import Notebook, Notebooks
from decom_nb.serving.pool import Busy, Pool, Seat
from decom_nb.serving.press import Press, facts
from decom_nb.serving.shelf import Item, Shelf, audits_of

log = logging.getLogger("decom_nb.serve")

CELL_SECONDS = 60  # a cell that takes longer is cut off and the page goes on without it
PAGE_SECONDS = 180  # a page that takes longer ends where it stands
AGAIN_SECONDS = 10  # when a browser that found all kernels busy asks again

_COLOUR_CODES = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])

BUSY = (
    "All places are taken: others are opening dashboards right now. This page tries again by itself in a few seconds."
)
UNKNOWN = "There is no engagement of that name here. The list of engagements has all there are."
NO_NOTEBOOK = "There is no dashboard of that name here."


def prose(text: str, addresses: Mapping[str, str]) -> Markup:
    """Give a notebook's text as HTML; HTML in it stays text, and a link to another notebook leads to its dashboard."""

    def lead(found: re.Match[str]) -> str:
        return f'href="{addresses.get(Path(found[1]).name, "#")}"'

    return Markup(re.sub(r'href="([^":?#]+\.ipynb)[^"]*"', lead, _MARKDOWN.render(visible(text))))  # noqa: S704 - escaped


class Renderer(NotebookRenderer):
    """Voila's renderer with our notebooks, our kernels, and a failing cell that takes nothing down but itself."""

    def __init__(self, press: Press, notebook: Notebook, seat: Seat, handler: Dashboard, scrub: Scrubber) -> None:
        super().__init__(  # type: ignore[no-untyped-call] # Voila has no types
            request_handler=handler,
            notebook_path=notebook.path.name,
            page_config={},
            base_url="/",
            **press.parts,
        )
        self.handler = handler
        self.source = notebook
        self.seat = seat
        self.scrub = scrub
        self.failed = False

    async def load_notebook(self, path: str) -> nbformat.NotebookNode:
        """Give the notebook, with the kernel that it gets here whatever it names itself."""
        notebook: nbformat.NotebookNode = nbformat.read(self.source.path, as_version=4)  # type: ignore[no-untyped-call]
        notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
        notebook.metadata.pop("voila", None)  # a notebook chooses no template
        return notebook

    async def _jinja_kernel_start(self, nb: Any, kernel_id: str, kernel_future: Any) -> str:
        self.executor = VoilaExecutor(nb, km=self.seat.manager, timeout=CELL_SECONDS, config=self.traitlet_config)
        self.executor.kc = self.seat.client
        self.kernel_started = True
        return ""  # the page does not learn the kernel's id: it has nothing to say to it

    async def _jinja_cell_generator(self, nb: Any, kernel_id: str) -> Any:
        announced, alone = None, True  # a heading waits for what it announces, and goes if nothing comes
        for index, cell in enumerate(nb.cells):
            if cell.cell_type != "code":
                if announced and alone:
                    yield announced
                announced, alone = (cell, True) if cell.source.startswith("##") else (None, True)
                if not announced:
                    yield cell
                continue
            self.handler.send()  # what stands above is read while this one runs
            alone = False
            cell.outputs = []
            goes_on = await self._draw(cell, index)
            if cell.outputs or cell.metadata.get("decom_failed"):
                if announced:
                    yield announced
                announced = None
                yield cell
            if not goes_on:
                return
        if announced and alone:
            yield announced

    async def _draw(self, cell: Any, index: int) -> bool:
        """Run a cell; one that fails is marked for the template. Gives whether the next one can still be run."""
        try:
            await self.executor.async_execute_cell(cell, index, store_history=False)
        except CellTimeoutError:
            log.error("%s, cell %d: cut off after %d s", self.source.name, index, CELL_SECONDS)
            await self.seat.manager.interrupt_kernel()
            cell.metadata["decom_failed"] = "This part took too long and was cut off."
        except DeadKernelError:
            log.error("%s, cell %d: the kernel is gone", self.source.name, index)
            cell.metadata["decom_failed"] = "The page ends here: drawing it was cut off."
            self.failed = True
            return False
        except CellExecutionError as error:
            log.error("%s, cell %d: %s", self.source.name, index, _COLOUR_CODES.sub("", str(error)).strip())
            # What failed once fails again in each cell that builds on it: said once, not in each of them.
            follows = self.failed and error.ename == "NameError"
            cell.metadata["decom_failed"] = (
                "" if follows else "This part could not be drawn. The rest of the page stands."
            )
        else:
            for output in cell.outputs:
                for kind, said in output.get("data", {}).items():
                    if kind.startswith("text/"):
                        output["data"][kind] = self.scrub(said)
                if "text" in output:
                    output["text"] = self.scrub(output["text"])
            return True
        self.failed = True
        return True


class Dashboard(Handler):
    """One notebook for one engagement."""

    notebooks: Notebooks
    shelf: Shelf
    pool: Pool
    press: Press
    _seat: Seat | None = None
    _left = False

    async def get(self, name: str) -> None:
        """Check what is asked for before anything runs; then draw it, or show what was drawn of the same facts."""
        names = self.get_query_arguments("engagement", strip=False)
        path = self.shelf.find(names[0]) if len(names) == 1 else None
        if path is None:
            self.refuse(404, UNKNOWN, title="No such engagement")
            return
        notebook = self.notebooks.find(name, path)
        if notebook is None:
            self.refuse(404, NO_NOTEBOOK, title="No such dashboard")
            return
        item = self.shelf.item(path)
        audits = audits_of(path)
        if not audits or item.problem:
            self.show("unaudited", item=item)
            return
        key = (notebook.path, notebook.mark(), item, date.today(), facts(path))
        async with self.press.alone(key):
            if page := self.press.kept(key):
                self.finish(page)
            elif not self._left:
                await self._draw(notebook, path, item, key, audits[-1].parent.name)

    async def _draw(self, notebook: Notebook, path: Path, item: Item, key: Any, audit_id: str) -> None:
        env = {"DECOM_ENGAGEMENT": item.name, "DECOM_AUDIT": audit_id}
        cut: asyncio.TimerHandle | None = None
        try:
            async with self.pool.seat(env, notebook.path.parent if self.notebooks.own else None) as seat:
                self._seat = seat
                if self._left:
                    return
                cut = asyncio.get_running_loop().call_later(PAGE_SECONDS, self.pool.dismiss, seat)
                notebooks = self.notebooks.all(path)
                renderer = Renderer(self.press, notebook, seat, self, Scrubber(path))
                await renderer.initialize()
                renderer.resources["decom"] = {
                    "item": item,
                    "notebook": notebook,
                    "notebooks": notebooks,
                    "asset": asset.address,
                    "dashboard": address,
                    "report": report_address,
                    "day": day,
                    "prose": partial(prose, addresses={each.path.name: address(each, item) for each in notebooks}),
                }
                pieces = []
                async for piece, _ in renderer.generate_content_generator():
                    self.write(piece)
                    pieces.append(piece)
                if not renderer.failed:
                    self.press.keep(key, "".join(pieces).encode())
            self.finish()
        except Busy:
            self.refuse(503, BUSY, title="One moment, please", again=AGAIN_SECONDS)
        finally:
            self._seat = None
            if cut:
                cut.cancel()

    def send(self) -> None:
        """Send what is written, and do not wait: a reader who takes it slowly keeps no kernel from others."""
        self.flush().add_done_callback(lambda sent: sent.exception())  # one who has left is no error

    def on_connection_close(self) -> None:
        """Stop drawing for a reader who has left."""
        self._left = True
        if self._seat is not None:
            self.pool.dismiss(self._seat)
