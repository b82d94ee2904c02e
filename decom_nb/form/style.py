"""The style sheet that every form, and everything that looks like one, brings along."""

from __future__ import annotations

from functools import cache

from decom_nb import shipped

FILES = ("form.css", "form_groups.css", "form_actions.css")


@cache
def style_sheet() -> str:
    """Give the style sheet."""
    return "".join(shipped.theme(name).read_text(encoding="utf-8") for name in FILES)
