"""Checks on the client's engine: the same suite where the data outgrows this machine. Rooms and the command call `run`."""

from __future__ import annotations

from decom_nb.pushdown.connect import connect, names_there
from decom_nb.pushdown.run import run

__all__ = ["connect", "names_there", "run"]
