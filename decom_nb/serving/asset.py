"""The files a page fetches, put together from the theme: one style sheet, one script, and Vega."""

from __future__ import annotations

import functools
import gzip
import hashlib
from dataclasses import dataclass

from decom_nb import page, shipped


@dataclass(frozen=True)
class Asset:
    """A file as it is sent: gzipped, for every browser takes it so."""

    kind: str
    packed: bytes

    @property
    def version(self) -> str:
        """The head of its digest: changes when the file does."""
        return hashlib.sha256(self.packed).hexdigest()[:16]


@functools.cache
def assets() -> dict[str, Asset]:
    """Give the files by name."""
    return {
        "decom.css": Asset("text/css; charset=utf-8", _pack(style())),
        "dashboard.js": Asset("text/javascript; charset=utf-8", _pack(script())),
        "vega.js": Asset("text/javascript; charset=utf-8", page.vega_gzip()),
    }


def address(name: str) -> str:
    """Give the address of a file in its present version, which a browser may keep for good."""
    return f"/static/{name}?v={assets()[name].version}"


@functools.cache
def style() -> str:
    """Give the style sheet: the report's, and what only these pages have."""
    return page.css() + _read("page.css") + _read("voila/serve.css")


@functools.cache
def script() -> str:
    """Give the script of a dashboard: what draws charts, its settings, and what has it draw as cells arrive."""
    from decom_nb.chart import drawing_settings, script_json

    settings = f"const decomSettings={script_json(drawing_settings())};"
    return "(()=>{" + "\n".join((page.chart_script(), settings, _read("voila/dashboard.js"))) + "})();"


def _read(name: str) -> str:
    return shipped.theme(name).read_text(encoding="utf-8")


def _pack(text: str) -> bytes:
    return gzip.compress(text.encode(), 9, mtime=0)
