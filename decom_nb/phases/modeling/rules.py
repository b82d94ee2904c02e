"""What must hold of models and of their names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from decom_nb.finding import Finding
from decom_nb.phases.modeling.data.data_rule import (
    foreign_key_values_are_found,
    grain_is_unique,
    hierarchy_levels_depend,
    natural_keys_name_one_thing,
)
from decom_nb.phases.modeling.dimensional_model import DimensionalModel
from decom_nb.phases.modeling.naming.names_rule import (
    column_names_follow_the_conventions,
    table_names_follow_the_conventions,
)
from decom_nb.phases.modeling.review import dimension, grain, join, key, measure, reserved
from decom_nb.phases.modeling.review.looked import NAMED, judged
from decom_nb.rule import rule
from decom_nb.wording import listed

__all__ = [
    "column_names_follow_the_conventions",
    "foreign_key_values_are_found",
    "grain_is_unique",
    "hierarchy_levels_depend",
    "natural_keys_name_one_thing",
    "table_names_follow_the_conventions",
]


# The model


@rule
def facts_state_their_grain(dimensional_model: DimensionalModel) -> Finding:
    """Every fact table says what one row of it is, in words and in columns."""
    return judged(
        grain.stated(dimensional_model),
        "fact table/fact tables",
        "each says what one row is",
        "do not say what one row is",
    )


@rule
def grain_columns_are_in_their_table(dimensional_model: DimensionalModel) -> Finding:
    """The columns that name a row of a fact table are keys or identifiers in it."""
    seen = grain.of_columns(dimensional_model)
    return judged(
        seen,
        "fact table with grain columns/fact tables with grain columns",
        "the table has them",
        "name columns that cannot name a row",
    )


@rule
def measures_say_how_they_add_up(dimensional_model: DimensionalModel) -> Finding:
    """Every measure says over what it may be summed, and how it is added up."""
    return judged(
        measure.described(dimensional_model),
        "measure/measures",
        "each says how it adds up",
        "do not say how they add up",
    )


@rule
def measures_are_added_up_as_their_type_allows(
    dimensional_model: DimensionalModel, *, time_words: tuple[str, ...]
) -> Finding:
    """No measure is added up in a way that its type forbids."""
    time = measure.time_dimensions(dimensional_model, time_words)
    wrong = measure.added_up(dimensional_model, time, "no")
    careful = measure.added_up(dimensional_model, time, "careful")
    good = "no aggregation contradicts its type"
    if careful.rows:
        good += f"; of {len(careful.rows)} there is a better way ({listed(careful.named[:NAMED])})"
    return judged(wrong, "measure/measures", good, "are added up as their type forbids", careful.rows)


@rule
def measure_types_fit_their_names(dimensional_model: DimensionalModel) -> Finding:
    """No measure that is named a rate, a price or a level is said to be additive."""
    seen = measure.named_otherwise(dimensional_model)
    return judged(seen, "measure/measures", "no name contradicts its type", "are called additive and named otherwise")


@rule
def measures_are_defined(dimensional_model: DimensionalModel) -> Finding:
    """Every measure says what it means to those who read it."""
    return judged(measure.defined(dimensional_model), "measure/measures", "each is defined", "are not defined")


@rule
def measures_have_the_grain_of_their_fact(dimensional_model: DimensionalModel) -> Finding:
    """No additive measure is taken from a table of which one row stands on several rows of the fact."""
    seen = join.coarse_measures(dimensional_model)
    return judged(
        seen,
        "additive measure/additive measures",
        "each has the grain of its fact",
        "are repeated on several rows and summed",
    )


@rule
def foreign_keys_have_their_dimension(dimensional_model: DimensionalModel) -> Finding:
    """Every foreign key points to a dimension of the model."""
    return judged(
        key.dangling(dimensional_model),
        "foreign key/foreign keys",
        "each has its dimension",
        "point to nothing in the model",
    )


@rule
def dimensions_are_used(dimensional_model: DimensionalModel) -> Finding:
    """Every dimension is used by a fact table, or by another dimension."""
    return judged(key.unused(dimensional_model), "dimension/dimensions", "each is used", "are used by nothing")


@rule
def facts_have_a_date(dimensional_model: DimensionalModel, *, time_words: tuple[str, ...]) -> Finding:
    """Every fact table points to a dimension of time."""
    time = measure.time_dimensions(dimensional_model, time_words)
    return judged(
        key.undated(dimensional_model, time),
        "fact table/fact tables",
        "each has a date",
        "point to no dimension of time",
    )


@rule
def facts_are_of_their_kind(
    dimensional_model: DimensionalModel, *, time_words: tuple[str, ...], milestones: int
) -> Finding:
    """Every fact table is what its kind says."""
    time = measure.time_dimensions(dimensional_model, time_words)
    seen = grain.unlike_their_kind(dimensional_model, time, milestones)
    return judged(seen, "fact table of a kind/fact tables of a kind", "each is what it says", "are not what they say")


@rule
def roles_are_named(dimensional_model: DimensionalModel) -> Finding:
    """Where a table points to a dimension twice, each key says which role the dimension plays."""
    seen = key.unnamed_roles(dimensional_model)
    return judged(
        seen,
        "foreign key to a dimension used twice/foreign keys to a dimension used twice",
        "each names its role",
        "do not say which role they play",
    )


@rule
def joins_do_not_repeat_rows(dimensional_model: DimensionalModel) -> Finding:
    """No foreign key leads to several rows for one."""
    seen = join.fan_outs(dimensional_model)
    return judged(seen, "foreign key/foreign keys", "each leads to one row", "lead to several rows for one")


@rule
def facts_of_different_grain_say_how_they_meet(dimensional_model: DimensionalModel) -> Finding:
    """Of facts of different grain that share dimensions or identifiers, the model says how they are read together."""
    seen = join.unexplained(dimensional_model)
    return judged(
        seen,
        "pair of facts that meet/pairs of facts that meet",
        "each says how",
        "invite a join that repeats rows, and nothing says how else",
    )


@rule
def identifiers_stay_in_their_fact(dimensional_model: DimensionalModel) -> Finding:
    """No dimension is merely an identifier, or as long as a fact table."""
    seen = dimension.identifiers(dimensional_model)
    return judged(
        seen, "dimension/dimensions", "none is merely an identifier", "are identifiers that belong into a fact table"
    )


@rule
def shared_attributes_mean_the_same(dimensional_model: DimensionalModel, *, generic: tuple[str, ...]) -> Finding:
    """Attributes of one name in several dimensions have one type and one meaning."""
    seen = dimension.other_meanings(dimensional_model, generic)
    return judged(
        seen,
        "attribute name in several dimensions/attribute names in several dimensions",
        "each means the same",
        "differ from dimension to dimension",
    )


@rule
def nothing_has_two_dimensions(dimensional_model: DimensionalModel) -> Finding:
    """No two dimensions have the same natural key and the same source."""
    seen = dimension.doubles(dimensional_model)
    return judged(seen, "dimension/dimensions", "each is about another thing", "are the same thing twice")


@rule
def dimensions_have_their_keys(dimensional_model: DimensionalModel, *, versioned: tuple[int, ...]) -> Finding:
    """Every dimension has a natural key, and a surrogate key where one thing has several rows."""
    seen = key.missing(dimensional_model, versioned)
    return judged(seen, "dimension/dimensions", "each has its keys", "lack a key")


@rule
def attribute_history_has_a_place(dimensional_model: DimensionalModel, *, kept: Mapping[str, Sequence[int]]) -> Finding:
    """No attribute keeps a history for which its dimension has no columns."""
    seen = dimension.misplaced_types(dimensional_model, kept)
    return judged(
        seen,
        "attribute with a type of its own/attributes with a type of their own",
        "each dimension can keep it",
        "have a type that their dimension cannot keep",
    )


@rule
def attributes_say_how_changes_are_kept(dimensional_model: DimensionalModel) -> Finding:
    """Every attribute says how its changes are kept, or its dimension does."""
    seen = dimension.undecided(dimensional_model)
    return judged(seen, "attribute/attributes", "each says how changes are kept", "do not say how changes are kept")


@rule
def changes_are_kept_as_they_are_needed(dimensional_model: DimensionalModel) -> Finding:
    """Changes of each attribute are kept as what is said of it asks for."""
    seen = dimension.other_types(dimensional_model)
    return judged(
        seen,
        "attribute of which something is said/attributes of which something is said",
        "each is kept as needed",
        "are kept otherwise than needed",
    )


@rule
def hierarchies_are_of_attributes(dimensional_model: DimensionalModel) -> Finding:
    """The levels of every hierarchy are attributes of its dimension, two or more, each once."""
    seen = dimension.levels(dimensional_model)
    return judged(
        seen, "hierarchy/hierarchies", "each has levels of its dimension", "have levels that cannot be drilled along"
    )


@rule
def attributes_are_described(dimensional_model: DimensionalModel) -> Finding:
    """Every attribute of a dimension says what it means to those who read it."""
    return judged(
        dimension.undescribed(dimensional_model), "attribute/attributes", "each is described", "are not described"
    )


@rule
def names_are_no_reserved_words(dimensional_model: DimensionalModel) -> Finding:
    """No table and no column is named by a word that SQL keeps for itself."""
    seen = reserved.reserved(dimensional_model)
    return judged(seen, "name/names", "none is a word that SQL keeps for itself", "are words that SQL keeps for itself")
