"""Exports: the findings of an audit in the formats of other tools. Pure functions of the audit; `write` puts files down.

sarif.py     SARIF 2.1.0, for code scanning and editors
junit.py     JUnit XML, for build servers
backlog.py   the repairs as CSV and XLSX, for whoever plans the work
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from decom_nb import atomic
from decom_nb.audit import Audit
from decom_nb.errors import InputError, Mistake
from decom_nb.export import backlog, junit, sarif

FORMATS: Final[dict[str, Callable[[Audit], bytes]]] = {
    "sarif": sarif.sarif,
    "junit": junit.junit,
    "csv": backlog.csv,
    "xlsx": backlog.xlsx,
}
"""What gives the content of a file, by the name of the format."""


def write(audit: Audit, files: dict[str, Path]) -> list[Path]:
    """Write an audit in the named formats, each to its file, whole or not at all; give the files."""
    made = [(file, FORMATS[name](audit)) for name, file in files.items()]
    for file, content in made:
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            atomic.write(file, content)
        except OSError as error:
            what = f"cannot be written: {error.strerror or error}"
            raise InputError(Mistake(str(file), 0, "", what, "choose a file that you may write to")) from error
    return [file for file, _ in made]
