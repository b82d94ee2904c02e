"""The front page, the built reports, and the files of the theme."""

from __future__ import annotations

import asyncio
import gzip

from decom_nb.serving.asset import assets
from decom_nb.serving.handler import Handler
from decom_nb.serving.notebooks import Notebooks
from decom_nb.serving.shelf import Shelf, report_of

# A report is a file from an engagement's folder, so it is a stranger's: it may draw itself, and reach nothing. Without
# allow-same-origin, `sandbox` keeps it away from the other pages of this server even where its scripts run.
REPORT_POLICY = (
    "sandbox allow-scripts allow-modals allow-downloads; default-src 'none'; script-src 'unsafe-inline' blob: data:; "
    "style-src 'unsafe-inline'; img-src data: blob:; font-src data:; connect-src data: blob:; worker-src blob:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


class Front(Handler):
    """All engagements, with where they stand."""

    shelf: Shelf
    notebooks: Notebooks

    async def get(self) -> None:
        """Show the shelf."""
        items = await asyncio.to_thread(self.shelf.items)
        self.show("shelf", items=items, root=self.shelf.root, notebooks=self.notebooks.all(self.shelf.root))


class Report(Handler):
    """The newest report that was built for an engagement."""

    shelf: Shelf

    def get(self, name: str) -> None:
        """Send the page as it was built."""
        path = self.shelf.find(name)
        report = report_of(path) if path else None
        if path is None:
            self.refuse(404, "There is no engagement of that name here.", title="No such engagement")
        elif report is None:
            self.refuse(
                404, f"No report has been built for {name} yet. To build it: decom report", title="No report yet"
            )
        else:
            self.set_header("Content-Security-Policy", REPORT_POLICY)
            self.finish(report.read_bytes())


class File(Handler):
    """A file of the theme: style, the script that draws charts, and what it draws with."""

    def get(self, name: str) -> None:
        """Send the file; an address that names its version may be kept by the browser."""
        file = assets().get(name)
        if file is None:
            self.send_error(404)
            return
        self.set_header("Content-Type", file.kind)
        self.set_header("Vary", "Accept-Encoding")
        if self.get_query_argument("v", "") == file.version:
            self.set_header("Cache-Control", "private, max-age=31536000, immutable")
        if "gzip" in self.request.headers.get("Accept-Encoding", ""):
            self.set_header("Content-Encoding", "gzip")
            self.finish(file.packed)
        else:
            self.finish(gzip.decompress(file.packed))
