"""The errors this package raises on purpose, and the mistakes they carry. Everything imports this; it imports nothing.

    DecomError
    ├── InputError       somebody's input is wrong: one or more mistakes, shown together        exit code 2
    │   └── ConflictError   a document changed on disk under the same keys as here (document.DocumentConflict)
    ├── MissingExtra     an optional package is not installed                                 exit code 2
    └── GateFailed       the audit is fine as a file and too low, or too severe, for the gate  exit code 1

Anything else that escapes is a bug of ours: exit code 3.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterable
from dataclasses import dataclass
from types import ModuleType
from typing import Any


@dataclass(frozen=True, order=True)
class Mistake:
    """One thing wrong in one place.

    `file` and `key` (a path such as ``data_consumers[0].team``) say where, `line` counts from 1 and is 0 where the place
    has no line; `what` says what is wrong there and `instead` what to write or do next.
    """

    file: str
    line: int
    key: str
    what: str
    instead: str = ""

    def __str__(self) -> str:
        """Give the mistake as one line: ``file:line: key: what - instead``."""
        place = ":".join(str(part) for part in (self.file, self.line or "") if part)
        said = ": ".join(part for part in (place, self.key, self.what) if part)
        return f"{said} - {self.instead}" if self.instead else said


class DecomError(Exception):
    """What this package raises on purpose."""

    exit_code = 3


class InputError(DecomError):
    """Somebody's input cannot be used; `mistakes` holds every reason, in the order of file and line."""

    exit_code = 2

    def __init__(self, mistakes: Iterable[Mistake] | Mistake) -> None:
        self.mistakes = (mistakes,) if isinstance(mistakes, Mistake) else tuple(sorted(mistakes))
        super().__init__("\n".join(str(mistake) for mistake in self.mistakes))


class ConflictError(InputError):
    """A document was changed here and on disk under the same keys; both versions are in the mistakes, neither is lost."""


class MissingExtra(DecomError):  # noqa: N818 - reads as what it says: the extra is missing
    """An optional package is not installed; the message says which extra brings it."""

    exit_code = 2


class GateFailed(DecomError):  # noqa: N818 - a failed gate is an answer, not a malfunction
    """The audit did not pass `--fail-under` or `--fail-on`."""

    exit_code = 1


def need(module: str, extra: str, purpose: str) -> ModuleType | Any:
    """Import an optional `module`, or say in one sentence which `extra` brings it and what it is for."""
    try:
        return importlib.import_module(module)
    except ImportError as error:
        missing = error.name or module
        raise MissingExtra(f'{purpose} needs {missing}: pip install "decom_nb[{extra}]"') from error
