"""Measures: what is said of them, how they are added up, and whether their names say something else."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from decom_nb.finding import Finding
from decom_nb.phases.modeling.dimensional_model import Dimension, DimensionalModel, FactTable, ModelMeasure
from decom_nb.phases.modeling.draft.word import first, known, parts_of
from decom_nb.phases.modeling.review.aggregation import Fits, pairs
from decom_nb.phases.modeling.review.looked import NAMED, Looked, Row, judged, looked
from decom_nb.rule import rule
from decom_nb.wording import listed

_BY = ("fact table", "measure")


def measures(model: DimensionalModel) -> Iterator[tuple[FactTable, ModelMeasure]]:
    """Give every measure with its fact table."""
    for fact in model.fact_tables:
        for measure in fact.measures:
            yield fact, measure


def time_dimensions(model: DimensionalModel, words: Collection[str]) -> frozenset[str]:
    """Give the dimensions of time, by words in their names or in what names their rows; those that only keys name as well."""
    there = {each.name for each in model.dimensions} | {each.name for each in model.fact_tables}
    named = {key.dimension for fact in model.fact_tables for key in fact.foreign_keys} - there
    every = (*model.dimensions, *(Dimension(name=name) for name in named))
    return frozenset(each.name for each in every if is_time(each, words))


def is_time(dimension: Dimension, words: Collection[str]) -> bool:
    """Tell whether a dimension is one of time.

    >>> is_time(Dimension(name="dim_dates"), ["date"]), is_time(Dimension(name="dim_updates"), ["date"])
    (True, False)
    """
    names = [dimension.name, *dimension.natural_key] if len(dimension.natural_key) == 1 else [dimension.name]
    parts = {part for name in names for part in parts_of(name)}
    return bool(parts & {form for word in words for form in (word, f"{word}s")})


@rule
def measures_say_how_they_add_up(dimensional_model: DimensionalModel) -> Finding:
    """Every measure says over what it may be summed, and how it is added up."""
    every = list(measures(dimensional_model))
    rows = (
        {"fact table": fact.name, "measure": measure.name, "missing": part}
        for fact, measure in every
        for part in ("type", "aggregation")
        if getattr(measure, part) is None
    )
    seen = looked(len(every), rows, _BY)
    return judged(seen, "measure/measures", "each says how it adds up", "do not say how they add up")


@rule
def measures_are_defined(dimensional_model: DimensionalModel) -> Finding:
    """Every measure says what it means to those who read it."""
    every = list(measures(dimensional_model))
    rows = (
        {"fact table": fact.name, "measure": measure.name}
        for fact, measure in every
        if not measure.business_definition.strip()
    )
    seen = looked(len(every), rows, _BY)
    return judged(seen, "measure/measures", "each is defined", "are not defined")


@rule
def measures_are_added_up_as_their_type_allows(
    dimensional_model: DimensionalModel, *, time_words: tuple[str, ...]
) -> Finding:
    """No measure is added up in a way that its type forbids."""
    time = time_dimensions(dimensional_model, time_words)
    wrong = _added_up(dimensional_model, time, "no")
    careful = _added_up(dimensional_model, time, "careful")
    good = "no aggregation contradicts its type"
    if careful.rows:
        good += f"; of {len(careful.rows)} there is a better way ({listed(careful.named[:NAMED])})"
    return judged(wrong, "measure/measures", good, "are added up as their type forbids", careful.rows)


def _added_up(model: DimensionalModel, time: Collection[str], fits: Fits) -> Looked:
    """Give measures whose aggregation does not fit their type: those of one verdict; `no` takes in sums of levels over time."""
    every = [(fact, each) for fact, each in measures(model) if each.type and each.aggregation]
    rows = (row for fact, each in every if (row := _aggregation(fact, each, time, fits)))
    return looked(len(every), rows, _BY)


def _aggregation(fact: FactTable, measure: ModelMeasure, time: Collection[str], fits: Fits) -> Row | None:
    if not (measure.type and measure.aggregation):
        return None
    pair = pairs()[measure.type, measure.aggregation]
    because = pair.because
    if pair.fits == "not over time":
        if fits != "no" or not (over := _summed_over_time(fact, measure, time)):
            return None
        because = f"{because} {over}"
    elif pair.fits != fits:
        return None
    said = {"fact table": fact.name, "measure": measure.name, "type": measure.type}
    return {**said, "aggregation": measure.aggregation, "because": because}


def _summed_over_time(fact: FactTable, measure: ModelMeasure, time: Collection[str]) -> str:
    """Say how a semi-additive measure comes to be summed over time; empty where it does not."""
    named = set(measure.not_additive_over)
    if not named:
        return "Nothing says over what it must not be summed (not_additive_over)."
    excepted = [key for key in fact.foreign_keys if {key.dimension, key.column, key.role} & named]
    if fact.foreign_keys and not excepted:
        return f"The fact table has no key to what it must not be summed over: {', '.join(measure.not_additive_over)}."
    dated = any(key.dimension in time for key in fact.foreign_keys)
    if dated and not any(key.dimension in time for key in excepted):
        return f"Time is not among what it must not be summed over: {', '.join(measure.not_additive_over)}."
    return ""


@rule
def measure_types_fit_their_names(dimensional_model: DimensionalModel) -> Finding:
    """No measure that is named a rate, a price or a level is said to be additive."""
    every = [(fact, each) for fact, each in measures(dimensional_model) if each.type]
    rows = (row for fact, each in every if (row := _name_says(fact, each)))
    seen = looked(len(every), rows, _BY)
    return judged(seen, "measure/measures", "no name contradicts its type", "are called additive and named otherwise")


def _name_says(fact: FactTable, measure: ModelMeasure) -> Row | None:
    found = first(known().measures, parts_of(measure.name)) if measure.type == "additive" else None
    if found is None or found[0].type == "additive" or measure.aggregation == "COUNT":
        return None
    words, word = found
    because = f"Its name says {word}. {words.because}"
    return {
        "fact table": fact.name,
        "measure": measure.name,
        "type": measure.type,
        "its name says": words.type,
        "because": because,
    }
