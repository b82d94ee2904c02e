"""What the notebook shows of testing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from decom_nb.phases.testing.pyramid_view import pyramid_view
from decom_nb.view import View, render, view

__all__ = ["pyramid"]


def pyramid(pyramid_of_tests: Sequence[Mapping[str, Any]] | None) -> View:
    """The test pyramid: which layers exist, when they run, what is missing."""
    if not pyramid_of_tests:
        return view(render(__package__, "note.html", text="Nothing was read that tells of tests."))
    return pyramid_view(pyramid_of_tests)
