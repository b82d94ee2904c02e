"""What must hold of the model in its data, by the last check of the model as it is now; `rules.py` takes the rules from here."""

from __future__ import annotations

from collections.abc import Iterator

from decom_nb.evidence.model_checks import Asked, Checked, ModelChecks
from decom_nb.finding import Finding, between, not_applicable, not_known
from decom_nb.phases.modeling.data.model_column import is_calendar, joined_columns
from decom_nb.phases.modeling.dimensional_model import DimensionalModel
from decom_nb.rule import rule
from decom_nb.wording import counted, listed

_NAMED = 3


@rule
def grain_is_unique(dimensional_model: DimensionalModel, model_checks: ModelChecks | None) -> Finding:
    """The columns of every grain are filled and different in all rows of the table behind the fact."""
    nouns, good = "fact table with grain columns/fact tables with grain columns", "have a grain that the data bears out"
    return judged(
        dimensional_model, model_checks, "grain", nouns, good, "have a grain that repeats or has gaps in the data"
    )


@rule
def joined_sources_have_one_row(dimensional_model: DimensionalModel, model_checks: ModelChecks | None) -> Finding:
    """The columns by which a further source is joined to a fact's name one row of it in the data."""
    nouns, good = "joined source/joined sources", "have one row for each row of their fact"
    fault = "have several rows for one of their fact"
    return judged(dimensional_model, model_checks, "joined source", nouns, good, fault)


@rule
def natural_keys_name_one_thing(dimensional_model: DimensionalModel, model_checks: ModelChecks | None) -> Finding:
    """Every value of a natural key stands for one thing in the data: of the rows that hold now, one set of attributes."""
    nouns, good = "natural key/natural keys", "name one thing in the data"
    return judged(
        dimensional_model, model_checks, "natural key", nouns, good, "name several things or have gaps in the data"
    )


@rule
def hierarchy_levels_depend(dimensional_model: DimensionalModel, model_checks: ModelChecks | None) -> Finding:
    """In the data each value of a level belongs to one value of the level above."""
    nouns, good = "pair of levels/pairs of levels", "lie within each other in the data"
    return judged(dimensional_model, model_checks, "levels", nouns, good, "do not lie within each other in the data")


@rule
def foreign_key_values_are_found(dimensional_model: DimensionalModel, model_checks: ModelChecks | None) -> Finding:
    """Every value of a foreign key is found in the table behind its dimension."""
    nouns, good = "foreign key/foreign keys", "find all their values in the dimension"
    return judged(
        dimensional_model, model_checks, "foreign key", nouns, good, "have values that their dimension does not have"
    )


def judged(
    model: DimensionalModel, checks: ModelChecks | None, asked: Asked, nouns: str, good: str, fault: str
) -> Finding:
    """Make a finding of one kind of question; what was asked of an earlier model and stands there no more is passed over."""
    one, _, several = nouns.partition("/")
    wanted = list(dict.fromkeys(_wanted(model, asked)))
    if not wanted:
        return not_applicable(f"The model has no {several}.")
    if checks is None:
        return not_known(
            f"Nobody has held the {several} of the model against its data: decom modeling check DIR --data."
        )
    latest = {(each.table, each.columns): each for each in checks.latest.checked if each.asked == asked}
    seen = [latest[each] for each in wanted if each in latest]
    broken = [each for each in seen if each.verdict == "broken"]
    holding = sum(each.verdict == "holds" for each in seen)
    unknown = len(wanted) - holding - len(broken)
    rows = [_row(each) for each in (*broken, *(each for each in seen if each.verdict == "not_known"))]
    total = counted(len(wanted), one, several)
    parts = []
    if broken:
        names = [f"{each.table} ({listed(each.columns)})" for each in broken[:_NAMED]]
        parts.append(f"{len(broken)} of {total} {fault}: {listed(names)}{' …' if len(broken) > _NAMED else ''}.")
    elif holding:
        parts.append(f"{holding} of {total} {good}.")
    if unknown:
        missing = sum(each not in latest for each in wanted)
        why = "were written after the check" if missing == unknown else "could not be told from the tables at hand"
        parts.append(f"{unknown} of {total} {why}.")
    low = holding / len(wanted)
    return between(low, low + unknown / len(wanted), " ".join(parts), rows=rows)


def _wanted(model: DimensionalModel, asked: Asked) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Give what a check would ask of the model as it is written now, by table and columns."""
    if asked == "grain":
        yield from ((each.name, each.grain_columns) for each in model.fact_tables if each.grain_columns)
        return
    if asked == "joined source":
        yield from ((fact.name, joined_columns(each)) for fact in model.fact_tables for each in fact.joined_sources)
        return
    made = [each for each in model.dimensions if not is_calendar(each)]
    if asked == "natural key":
        yield from ((each.name, each.natural_key) for each in made if each.natural_key)
    elif asked == "levels":
        for each in made:
            for hierarchy in each.hierarchies:
                pairs = zip(hierarchy.levels, hierarchy.levels[1:], strict=False)
                yield from ((each.name, (lower, upper)) for upper, lower in pairs)
    else:
        by_name = {each.name: each for each in made}
        keys = [(each.name, key) for each in model.fact_tables for key in each.foreign_keys]
        keys += [(each.name, key) for each in made for key in each.foreign_keys]
        for name, key in keys:
            there = by_name.get(key.dimension)
            if there is not None and len(there.natural_key) == 1 and there.name != name:
                yield name, (key.column,)


def _row(checked: Checked) -> dict[str, object]:
    return {
        "table": checked.table,
        "columns": ", ".join(checked.columns),
        "source": checked.source,
        "verdict": checked.verdict.replace("_", " "),
        "violations": checked.violations,
        "rows": checked.rows,
        "says": checked.says,
        "for example": "; ".join(
            ", ".join(f"{column} {value}" for column, value in each.items()) for each in checked.samples
        ),
    }
