"""What the notebook shows of patterns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from decom_nb.gauge import bar
from decom_nb.view import View, render, view
from decom_nb.wording import floored_between

__all__ = ["mesh"]


def mesh(mesh_readiness: Mapping[str, Any]) -> View:
    """The four principles of a data mesh: how far each is in place, and what its statements lack."""
    rows = mesh_readiness.get("principles", ())
    if not any(each["said"] for row in rows for each in row["statements"]):
        return view(render(__package__, "note.html", text="Nobody has said yet what is in place of a data mesh."))
    told = [
        {
            **row,
            "bar": bar(row["low"], row["high"], maximum=1, label=row["title"]),
            "share": floored_between(row["low"], row["high"]),
        }
        for row in rows
    ]
    return view(
        render(__package__, "mesh.html", principles=told, level=mesh_readiness["level"], kinds=_KINDS, marks=_MARKS)
    )


_KINDS = {"in place": "good", "started": "warn", "missing": "bad"}
_MARKS = {"yes": "good", "partly": "warn", "no": "bad"}
