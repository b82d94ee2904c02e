"""Imports jsonschema without the grammars it would build: three seconds of every process that opens a notebook.

jsonschema imports `rfc3987_syntax` if it is there, to check IRIs, and that package builds parsers at import
(jsonschema issues 1428 and 1521). Nothing here asks for IRIs. While jsonschema is imported for the first time, its
import of that package finds nothing, which jsonschema is made for; afterwards anybody can import the package as ever.
A jsonschema that somebody has already imported stays as it is. `chart.py`, `report.py` and `warm_parent.py` import
this before anything that imports jsonschema.
"""

from __future__ import annotations

import contextlib
import importlib
import sys
from typing import Any

_SLOW = "rfc3987_syntax"


def quicken() -> None:
    """Import jsonschema now, if it is installed and nobody has imported it, without building grammars."""
    modules: dict[str, Any] = sys.modules
    if "jsonschema" in modules or _SLOW in modules:
        return
    modules[_SLOW] = None  # documented by Python: importing a module whose entry is None raises ModuleNotFoundError
    try:
        with contextlib.suppress(ImportError):
            importlib.import_module("jsonschema")
    finally:
        del modules[_SLOW]


quicken()
