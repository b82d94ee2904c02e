"""A dimension of the engagement's dimensional model as the specification of its load.

The model belongs to another room and is asked for by name; what is read of it is named here.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from pydantic import ValidationError

from decom_nb.errors import InputError, Mistake
from decom_nb.phases.patterns.scd.specification import ScdSpecification
from decom_nb.suggest import instead

_COLUMN = re.compile(r"(?:[A-Za-z_]\w*\.)*([A-Za-z_]\w*)")
FILE = "documents/dimensional_model.yaml"


class ModelAttribute(Protocol):
    """What is read of an attribute."""

    name: str
    source: str
    scd_type: Any
    data_type: str


class ModelDimension(Protocol):
    """What is read of a dimension."""

    name: str
    type: Any
    natural_key: tuple[str, ...]
    surrogate_key: str
    source: str
    attributes: Sequence[Any]


class Model(Protocol):
    """What is read of a dimensional model."""

    database_schema: str
    dimensions: Sequence[Any]


@dataclass(frozen=True)
class Choices:
    """What a model does not say of a load."""

    source: str = ""
    effective: str = ""
    order_by: tuple[str, ...] = ()
    deleted: str = ""
    complete: bool = False
    deletes: str = "keep"
    open_end: str = "null"
    surrogate: str = "identity"
    changes: str | None = None


def specification(model: Model, dimension: str, choices: Choices) -> ScdSpecification:
    """Give the specification of a dimension's load; raise an `InputError` with all that the model does not tell."""
    names = [each.name for each in model.dimensions]
    found: ModelDimension | None = next((each for each in model.dimensions if each.name == dimension), None)
    if found is None:
        raise InputError(
            Mistake(FILE, 0, "dimensions", f"there is no dimension {dimension}", instead(dimension, names))
        )
    at = f"dimensions.{dimension}"
    mistakes = []
    if not found.natural_key:
        hint = "name the columns that tell which rows are about the same thing"
        mistakes.append(Mistake(FILE, 0, f"{at}.natural_key", "there is none", hint))
    if not (choices.source or found.source):
        hint = "name the table with the batch there, or with --source"
        mistakes.append(Mistake(FILE, 0, f"{at}.source", "there is none", hint))
    columns: dict[str, str] = {}
    expressions: dict[str, str] = {}
    by_type: dict[int, list[str]] = {1: [], 2: [], 3: [], 4: [], 6: []}
    types = {}
    for each in found.attributes:
        if each.name == found.surrogate_key:
            continue
        if each.source:
            written = _COLUMN.fullmatch(each.source.strip())
            if written is None and each.name in found.natural_key:
                what = f"{each.source} is more than a column, and is part of the key"
                hint = "work it out in a staging table or view, and name its column"
                mistakes.append(Mistake(FILE, 0, f"{at}.attributes.{each.name}.source", what, hint))
            elif written is None:
                expressions[each.name] = each.source
            elif written[1] != each.name:
                columns[each.name] = written[1]
        if each.data_type:
            types[each.name] = each.data_type
        if each.name not in found.natural_key:
            by_type[each.scd_type or found.type or 1].append(each.name)
    if mistakes:
        raise InputError(mistakes)
    schema = f"{model.database_schema}." if model.database_schema else ""
    try:
        return ScdSpecification.model_validate(
            {
                "table": f"{schema}{found.name}",
                "natural_key": found.natural_key,
                "surrogate_key": found.surrogate_key,
                **{f"type_{kind}": tuple(told) for kind, told in by_type.items()},
                "columns": columns,
                "expressions": expressions,
                "types": types,
                **{key: value for key, value in vars(choices).items() if key != "source"},
                "source": choices.source or found.source,
            }
        )
    except ValidationError as error:
        said = [
            str(each["ctx"]["error"]) if "ctx" in each and "error" in each["ctx"] else each["msg"]
            for each in error.errors()
        ]
        raise InputError([Mistake(FILE, 0, at, text, "mend the model, or choose otherwise") for text in said]) from None
