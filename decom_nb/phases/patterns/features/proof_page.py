"""A leak proof as a page for people: what was tried, what came out, what the naive join would have leaked. Pure."""

from __future__ import annotations

from decom_nb.phases.patterns.features.feature_document import FeatureStore
from decom_nb.phases.patterns.features.leak_proof import LeakProof
from decom_nb.wording import counted


def proof_page(store: FeatureStore, made_up: LeakProof, real: LeakProof | None, why_not: str) -> str:
    """Give the page in Markdown."""
    lines = [f"# Proof: the training set of {_cell(store.entity or 'the entity')} knows nothing of later", ""]
    lines.append("The query was run in DuckDB, and every value held to one worked out row by row, by other code.")
    lines += ["", "## On made-up data with known leaks", "", f"- {verdict(made_up)}"]
    if made_up.moves:
        lines.append(
            f"- For {counted(made_up.moves, 'time')} of labels all rows were taken away that arrived then or later: "
            f"{counted(len(made_up.moved), 'value')} changed."
        )
    if made_up.zones:
        lines.append(
            f"- In {counted(made_up.zones, 'session')} elsewhere, with a zone on some of the times and none on the others, "
            f"{counted(len(made_up.zoned), 'value')} differed."
        )
    lines += ["", "| Leak | The row | Without care, the training set would hold |", "| --- | --- | --- |"]
    for each in made_up.leaks:
        told = "; ".join(f"{name}: {_cell(wrong)} instead of {_cell(right)}" for name, right, wrong in each.features)
        told = told or (f"not tried: {each.not_planted}" if each.not_planted else "the same")
        lines.append(f"| {each.title} | {each.says} | {told} |")
    lines += ["", "## On the tables as they are", ""]
    if real is None:
        return "\n".join([*lines, f"Not tried: {why_not}", ""])
    lines.append(f"- {verdict(real)}")
    for name, wrong in real.naive_wrong.items():
        lines.append(f"- {name}: the naive join gives another value for {counted(wrong, 'label')}.")
    return "\n".join([*lines, ""])


def verdict(proof: LeakProof) -> str:
    """Say in a sentence what a proof came to."""
    looked = f"{counted(proof.values, 'value')} of {counted(proof.labels, 'label')}"
    if not proof.differences:
        return f"{looked}: all as the reference has them."
    first = proof.differences[0]
    where = f"{first.feature} of {_cell(first.key)} at {first.label_time} is {_cell(first.query)}, not {_cell(first.reference)}"
    return f"{looked}: {len(proof.differences):,} differ; the first: {where}."


def _cell(value: object) -> str:
    """Give a value for a line or a cell of Markdown."""
    return "nothing" if value is None else " ".join(str(value).replace("|", "\\|").replace("<", "&lt;").split())
