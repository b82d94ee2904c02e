"""What must hold of models and of their names."""

from __future__ import annotations

from decom_nb.phases.modeling.data.data_rule import (
    foreign_key_values_are_found,
    grain_is_unique,
    hierarchy_levels_depend,
    joined_sources_have_one_row,
    natural_keys_name_one_thing,
)
from decom_nb.phases.modeling.naming.names_rule import (
    column_names_follow_the_conventions,
    table_names_follow_the_conventions,
)
from decom_nb.phases.modeling.review.dimension import (
    attribute_history_has_a_place,
    attributes_are_described,
    attributes_say_how_changes_are_kept,
    changes_are_kept_as_they_are_needed,
    hierarchies_are_of_attributes,
    identifiers_stay_in_their_fact,
    nothing_has_two_dimensions,
    shared_attributes_mean_the_same,
)
from decom_nb.phases.modeling.review.grain import (
    facts_are_of_their_kind,
    facts_state_their_grain,
    grain_columns_are_in_their_table,
)
from decom_nb.phases.modeling.review.join import (
    facts_of_different_grain_say_how_they_meet,
    joins_do_not_repeat_rows,
    measures_have_the_grain_of_their_fact,
)
from decom_nb.phases.modeling.review.key import (
    dimensions_are_used,
    dimensions_have_their_keys,
    facts_have_a_date,
    foreign_keys_have_their_dimension,
    roles_are_named,
)
from decom_nb.phases.modeling.review.measure import (
    measure_types_fit_their_names,
    measures_are_added_up_as_their_type_allows,
    measures_are_defined,
    measures_say_how_they_add_up,
)
from decom_nb.phases.modeling.review.reserved import (
    names_are_no_reserved_words,
)
from decom_nb.phases.modeling.review.source import columns_stand_in_their_sources

__all__ = [
    "attribute_history_has_a_place",
    "attributes_are_described",
    "attributes_say_how_changes_are_kept",
    "changes_are_kept_as_they_are_needed",
    "column_names_follow_the_conventions",
    "columns_stand_in_their_sources",
    "dimensions_are_used",
    "dimensions_have_their_keys",
    "facts_are_of_their_kind",
    "facts_have_a_date",
    "facts_of_different_grain_say_how_they_meet",
    "facts_state_their_grain",
    "foreign_key_values_are_found",
    "foreign_keys_have_their_dimension",
    "grain_columns_are_in_their_table",
    "grain_is_unique",
    "hierarchies_are_of_attributes",
    "hierarchy_levels_depend",
    "identifiers_stay_in_their_fact",
    "joined_sources_have_one_row",
    "joins_do_not_repeat_rows",
    "measure_types_fit_their_names",
    "measures_are_added_up_as_their_type_allows",
    "measures_are_defined",
    "measures_have_the_grain_of_their_fact",
    "measures_say_how_they_add_up",
    "names_are_no_reserved_words",
    "natural_keys_name_one_thing",
    "nothing_has_two_dimensions",
    "roles_are_named",
    "shared_attributes_mean_the_same",
    "table_names_follow_the_conventions",
]
