"""DuckDB's extensions, from the packages that an extra of ours brings. Nothing is downloaded, nothing is installed.

An extension is loaded from where its package lies; DuckDB's own ``INSTALL`` would copy it into the home of whoever runs
this. DuckDB verifies the signature, and refuses an extension of another version than its own.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from decom_nb.errors import MissingExtra
from decom_nb.sql.text import string

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


Loader = Callable[[str, str, str], None]
"""Loads an extension by its name, the extra that brings it, and what it is for."""


def loader(connection: DuckDBPyConnection) -> Loader:
    """Give what loads each extension into this connection once."""
    done: set[str] = set()

    def load_once(extension: str, extra: str, purpose: str) -> None:
        if extension not in done:
            load(connection, extension, extra, purpose)
            done.add(extension)

    return load_once


def load(connection: DuckDBPyConnection, extension: str, extra: str, purpose: str) -> None:
    """Load an extension; raises `MissingExtra` if its package is not there, or is one for another DuckDB."""
    import duckdb

    found = importlib.util.find_spec(f"duckdb_extension_{extension}")
    folders = [Path(each) for each in (found.submodule_search_locations or ())] if found else []
    version = f"v{duckdb.__version__}"
    file = next(
        (each for folder in folders for each in folder.glob(f"extensions/{version}/{extension}.duckdb_extension")), None
    )
    if file is None:
        package = f"duckdb-extension-{extension.replace('_', '-')}=={duckdb.__version__}"
        raise MissingExtra(f'{purpose} needs {package}: pip install "decom_nb[{extra}]"')
    connection.execute(f"LOAD {string(str(file))}")
