"""Forms follow from models: `Form` turns a pydantic model into widgets for somebody who types during an interview.

Shapes say what a model looks like to a form, drafts hold what was typed, `settle` judges it, the views show it.
"""

from __future__ import annotations

from decom_nb.errors import need

for _module in ("ipywidgets", "anywidget"):
    need(_module, "form", "a form")

from decom_nb.form.action import ActionPanel, note  # noqa: E402 - the sentence about the missing extra comes first
from decom_nb.form.form import Form, Resolving  # noqa: E402 - the same
from decom_nb.form.instances import Instances  # noqa: E402 - the same
from decom_nb.form.plain import plain  # noqa: E402 - the same
from decom_nb.form.walk import TreeWalk  # noqa: E402 - the same

__all__ = ["ActionPanel", "Form", "Instances", "Resolving", "TreeWalk", "note", "plain"]
