"""What a field of a document asks for, in plain words. Reading, blank templates and error messages are all led by it.

It is read off the JSON Schema that pydantic gives of the model, so that it is said once: in the model.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property, lru_cache
from typing import Any

from pydantic import BaseModel

from decom_nb.yaml_text.file import KeyPath

Schema = Mapping[str, Any]

_FORMATS = {
    "date": "a date such as 2026-03-31",
    "date-time": "a date with time such as 2026-03-31T08:30:00Z",
    "time": "a time of day such as 08:30:00",
    "duration": "a duration such as PT15M",
    "uri": "an address such as https://example.com",
}


class Shape:
    """What one place in a document asks for."""

    def __init__(self, schema: Schema, definitions: Schema) -> None:
        self.definitions = definitions
        self.schema = self._resolved(schema)
        self.branches = tuple(self._branches(self.schema))
        self.kinds = frozenset(kind for branch in self.branches for kind in _kinds(branch))
        self.optional = "null" in self.kinds
        self.tag = ""
        """Which kind of a group this is, where there are several."""
        self.family: Shape | None = None
        """All kinds of that group."""

    def _resolved(self, schema: Schema) -> Schema:
        """Follow references; what stands beside a reference speaks louder than what it refers to."""
        while "$ref" in schema:
            beside = {key: value for key, value in schema.items() if key != "$ref"}
            schema = {**self.definitions[schema["$ref"].rsplit("/", 1)[-1]], **beside}
        if len(schema.get("allOf", ())) == 1:
            schema = {
                **self._resolved(schema["allOf"][0]),
                **{key: value for key, value in schema.items() if key != "allOf"},
            }
        return schema

    def _branches(self, schema: Schema) -> Iterator[Schema]:
        either = [*schema.get("anyOf", ()), *schema.get("oneOf", ())]
        if not either:
            yield schema
        for branch in either:
            yield from self._branches(self._resolved(branch))

    def _of(self, schema: Schema) -> Shape:
        return Shape(schema, self.definitions)

    def _told_apart(self, schema: Schema) -> Schema | None:
        """Give the discriminator of a union, or of one within a union; None without one."""
        if "discriminator" in schema:
            found: Schema = schema["discriminator"]
            return found
        either = (self._resolved(branch) for branch in (*schema.get("anyOf", ()), *schema.get("oneOf", ())))
        return next(filter(None, map(self._told_apart, either)), None)

    @cached_property
    def by(self) -> str:
        """Give the key that tells the kinds of a group apart, empty if there is only one kind."""
        found = self._told_apart(self.schema)
        return str(found["propertyName"]) if found else ""

    @cached_property
    def variants(self) -> dict[str, Shape]:
        """Give the kinds of a group by what stands under `by`."""
        found = self._told_apart(self.schema)
        mapping = found["mapping"] if found else {}
        place = {branch.get("title"): number for number, branch in enumerate(self.branches)}  # in the model's order
        variants = {tag: self._of({"$ref": ref}) for tag, ref in mapping.items()}
        variants = dict(sorted(variants.items(), key=lambda each: place.get(each[1].schema.get("title"), 0)))
        for tag, variant in variants.items():
            variant.tag = tag
            variant.family = self
        return variants

    @cached_property
    def shared(self) -> frozenset[str]:
        """Give the keys that all kinds of a group have, except the one that tells them apart."""
        each = [variant.schema.get("properties", {}) for variant in self.variants.values()]
        first = each[0] if len(each) > 1 else {}
        return frozenset(key for key in first if key != self.by and all(other.get(key) == first[key] for other in each))

    def chosen(self, value: Any) -> Shape:
        """Give the shape of the kind that a value says it is; this one where there are no kinds, or it does not say."""
        tag = value.get(self.by) if self.by and isinstance(value, dict) else None
        return self.variants.get(tag, self) if isinstance(tag, str) else self

    def ordered(self, value: Any) -> Any:
        """Give plain data in the order in which people read it: of one of several kinds, what it is and its own keys first."""
        if isinstance(value, list):
            item = self.item
            return [item.ordered(below) for below in value] if item else value
        if not isinstance(value, dict):
            return value
        shape = self.chosen(value)
        if self.by:
            own = [key for key in value if key not in self.shared and key != self.by]
            keys = [*([self.by] if self.by in value else ()), *own, *(key for key in value if key in self.shared)]
        else:
            keys = list(value)
        below = {key: shape.child(key) for key in keys}
        return {key: asked.ordered(value[key]) if (asked := below[key]) else value[key] for key in keys}

    @property
    def description(self) -> str:
        """Give the field's description."""
        return " ".join(str(self.schema.get("description", "")).split())

    @property
    def unit(self) -> str:
        """Give the unit of a number."""
        return str(self.schema.get("unit", ""))

    @property
    def default(self) -> Any:
        """Give the value of a field that nobody answered, as plain data."""
        if "default" not in self.schema:  # required, or made anew for each document: then it is an empty one, as a rule
            return [] if self.kinds == {"array"} else {} if self.kinds == {"object"} else None
        return self.schema["default"]

    @property
    def example(self) -> Any:
        """Give an example, None if the field has none."""
        return next(iter(self.schema.get("examples", ())), None)

    @cached_property
    def labels(self) -> Mapping[str, str]:
        """Give what the allowed values mean, as far as the model says so."""
        labels: Mapping[str, str] = self.schema.get("labels", {})
        return labels

    @cached_property
    def properties(self) -> dict[str, Shape]:
        """Give the keys of a group in the order in which a person fills them."""
        groups = [branch for branch in self.branches if "properties" in branch]
        found = {key: self._of(value) for group in groups for key, value in group["properties"].items()}
        if self.by:
            about = groups[0]["properties"][self.by].get("description", "which kind it is")
            found[self.by] = self._of({"enum": list(self.variants), "type": "string", "description": about})
        return found

    @cached_property
    def required(self) -> frozenset[str]:
        """Give the keys that a group cannot do without."""
        return frozenset(key for branch in self.branches for key in branch.get("required", ()))

    @cached_property
    def closed(self) -> bool:
        """Say whether a group has these keys and no others."""
        return bool(self.properties) and not any(branch.get("additionalProperties") for branch in self.branches)

    @cached_property
    def value(self) -> Shape | None:
        """Give what stands under each key of a table whose keys are free."""
        found = [b["additionalProperties"] for b in self.branches if isinstance(b.get("additionalProperties"), Mapping)]
        return self._of(found[0]) if found else None

    @cached_property
    def item(self) -> Shape | None:
        """Give what each item of a list has to be."""
        found = [branch["items"] for branch in self.branches if isinstance(branch.get("items"), Mapping)]
        return self._of(found[0]) if found else None

    @cached_property
    def choices(self) -> tuple[Any, ...]:
        """Give the allowed values, empty if they are not counted out."""
        return tuple(choice for branch in self.branches for choice in _choices(branch))

    @property
    def only_choices(self) -> bool:
        """Say whether nothing but the allowed values will do."""
        return all("enum" in branch or "const" in branch or branch.get("type") == "null" for branch in self.branches)

    def child(self, part: str | int) -> Shape | None:
        """Give the shape under a key or an index."""
        return self.item if isinstance(part, int) else self.properties.get(part) or self.value

    def at(self, path: KeyPath, data: Any = None) -> Shape | None:
        """Give the shape at a key path; `data`, if given, says which kind each group on the way is."""
        found: Shape | None = self
        for part in path:
            found = found and found.chosen(data).child(part)
            there = isinstance(data, dict) or (isinstance(data, list) and isinstance(part, int) and part < len(data))
            data = (data.get(part) if isinstance(data, dict) else data[part]) if there else None
        return found.chosen(data) if found else None

    def named(self, key: str, depth: int = 4) -> Iterator[KeyPath]:
        """Give the key paths at which a key of this name stands, at most `depth` levels down."""
        for own, shape in self.properties.items() if depth else ():
            if own == key:
                yield (own,)
            below = shape.item or shape
            yield from ((own, *rest) for rest in below.named(key, depth - 1))

    @cached_property
    def bounds(self) -> str:
        """Give the smallest and largest allowed value in words, empty if there are none."""
        return next((told for branch in self.branches if (told := _bounds(branch))), "")

    @cached_property
    def words(self) -> str:
        """Say what is needed here, as the object of "needs"."""
        free = (
            branch for branch in self.branches if not branch.keys() & {"enum", "const"} and branch.get("type") != "null"
        )
        told = [f"a group of keys that begins with `{self.by}: …`"] if self.by else [self._words(each) for each in free]
        if self.choices:
            told.append(("one of " if len(self.choices) > 1 else "") + self.allowed)
        if "a number" in told:
            told = [each for each in told if each != "a whole number"]
        return " or ".join(dict.fromkeys(told)) or "a value"

    @property
    def allowed(self) -> str:
        """Give the allowed values as a line."""
        return " | ".join(_said(choice) for choice in self.choices)

    def _words(self, branch: Schema) -> str:
        kind = branch.get("type")
        if kind in ("integer", "number"):
            number = "a whole number" if kind == "integer" else "a number"
            within = ", ".join(part for part in (self.unit, _bounds(branch)) if part)
            return f"{number} ({within})" if within else number
        if kind == "string":
            return _FORMATS.get(branch.get("format", ""), "a text")
        if kind == "array":
            return "a list"
        if kind == "object":
            keys = list(branch.get("properties", ()))
            shown = ", ".join(keys[:6]) + (", …" if len(keys) > 6 else "")
            return f"a group of keys ({shown})" if keys else "a group of keys"
        return "true or false" if kind == "boolean" else "a value"


def _said(choice: Any) -> str:
    return str(choice).lower() if isinstance(choice, bool) else str(choice)


def _choices(branch: Schema) -> Iterator[Any]:
    if "const" in branch:
        yield branch["const"]
    yield from (choice for choice in branch.get("enum", ()) if choice is not None)


def _kinds(branch: Schema) -> Iterator[str]:
    if "type" in branch:
        yield from [branch["type"]] if isinstance(branch["type"], str) else branch["type"]
    elif "enum" not in branch and "const" not in branch:
        yield "any"
    names = {str: "string", bool: "boolean", int: "integer", float: "number"}
    yield from (names[type(choice)] for choice in _choices(branch) if type(choice) in names)


def _bounds(branch: Schema) -> str:
    low, high = branch.get("minimum"), branch.get("maximum")
    above, below = branch.get("exclusiveMinimum"), branch.get("exclusiveMaximum")
    if low is not None and high is not None:
        return f"from {_figure(low)} to {_figure(high)}"
    told = (
        [f"{_figure(low)} or more"] if low is not None else [f"more than {_figure(above)}"] if above is not None else []
    )
    if high is not None or below is not None:
        told.append(f"at most {_figure(high)}" if high is not None else f"less than {_figure(below)}")
    return " and ".join(told)


def _figure(bound: Any) -> str:
    return f"{bound:,.0f}" if float(bound).is_integer() else f"{bound}"


@lru_cache(maxsize=512)
def shape_of(model: type[BaseModel]) -> Shape:
    """Give the shape of a whole model."""
    schema = model.model_json_schema(by_alias=True)
    return Shape(schema, schema.get("$defs", {}))
