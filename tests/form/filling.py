"""How these tests fill in a form: they set widgets as the page would, and read what a person would see."""

from __future__ import annotations

import re
from typing import Any

import pytest

pytest.importorskip("ipywidgets", reason="needs the extra form")
pytest.importorskip("anywidget", reason="needs the extra form")

from decom_nb.form import Form
from tests.form.models import Everything


def view(form: Form[Any], *path: str | int) -> Any:
    """Give the view at a path, opened as a person would have."""
    found = form._root.find(path)
    assert found.path == path
    return found


def field(form: Form[Any], *path: str | int) -> Any:
    """Give the input at a path."""
    return view(form, *path).input


def everything(**answers: Any) -> Form[Everything]:
    """Give a form with every kind of field and no mistake in it."""
    return Form(Everything(code="JOB-1", **answers))


def status(form: Form[Any]) -> str:
    """Give the status line as it reads."""
    return re.sub(r"<[^>]+>", "", form._status.line.value)


def mistakes(form: Form[Any]) -> dict[str, str]:
    """Give what is wrong by key."""
    return {each.key: each.what for each in form.mistakes}


def below(part: Any) -> list[Any]:
    """Give all widgets inside a widget."""
    return [each for child in getattr(part, "children", ()) for each in [child, *below(child)]]
