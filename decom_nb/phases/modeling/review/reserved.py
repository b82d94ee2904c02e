"""Names that SQL keeps for itself: by the words that tables/naming.yaml lists, of six engines together."""

from __future__ import annotations

from collections.abc import Iterator

from decom_nb.finding import Finding
from decom_nb.phases.modeling.dimensional_model import DimensionalModel
from decom_nb.phases.modeling.naming.naming_table import naming_table
from decom_nb.phases.modeling.review import grain
from decom_nb.phases.modeling.review.looked import judged, looked
from decom_nb.rule import rule


@rule
def names_are_no_reserved_words(dimensional_model: DimensionalModel) -> Finding:
    """No table and no column is named by a word that SQL keeps for itself."""
    every = list(_names(dimensional_model))
    words = naming_table().reserved.words
    rows = ({"table": table, "name": name} for table, name in every if name.casefold() in words)
    seen = looked(len(every), rows, ["table", "name"])
    return judged(seen, "name/names", "none is a word that SQL keeps for itself", "are words that SQL keeps for itself")


def _names(model: DimensionalModel) -> Iterator[tuple[str, str]]:
    for fact in model.fact_tables:
        yield fact.name, fact.name
        yield from ((fact.name, column) for column in grain.columns(fact))
    for each in model.dimensions:
        yield each.name, each.name
        columns = (*each.natural_key, each.surrogate_key, *(one.name for one in each.descriptive))
        yield from ((each.name, column) for column in columns if column)
