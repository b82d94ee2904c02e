"""``decom patterns mesh``: how ready the four principles are, and whether a mesh fits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from decom_nb.terminal import Dir, Json, Out

if TYPE_CHECKING:
    from decom_nb.book import Book

EPILOG = "Example: decom patterns mesh acme"


def mesh(context: typer.Context, folder: Dir, as_json: Json = False) -> None:
    """Tell how far the four principles of a data mesh are in place, and whether one fits at all."""
    from decom_nb.phases.patterns.measures import mesh_readiness
    from decom_nb.phases.patterns.mesh.mesh_rule import QUESTION
    from decom_nb.wording import floored_between

    book: Book = context.obj(folder)
    ready = mesh_readiness(book.documents.get("data_mesh"))
    decision = book.decide(QUESTION)
    out = Out(as_json)
    out.data({"readiness": ready, "decision": decision.model_dump(mode="json")})
    if ready:
        rows = [
            (row["title"], floored_between(row["low"], row["high"]), row["level"] or "open")
            for row in ready["principles"]
        ]
        out.table(("principle", "in place", "level"), rows, right=("in place",))
        lacking = [
            (row["title"], each) for row in ready["principles"] for each in row["statements"] if each["said"] == "no"
        ]
        for title, each in lacking:
            out.line(f"{title}: {each['remedy']}")
    else:
        out.line("Nobody has said yet what is in place: fill in documents/data_mesh.yaml.", "yellow")
    out.line()
    out.decision(decision)
