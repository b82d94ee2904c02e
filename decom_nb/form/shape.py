"""What a model looks like to a form: one shape for each field, read off the pydantic model. No widgets here.

`shape_of` is the way in; the drafts walk shapes to place errors, the views draw them.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from functools import cached_property, lru_cache
from typing import Annotated, Any, Literal, NewType, Union, cast, get_args, get_origin

from pydantic import BaseModel, Discriminator, TypeAdapter
from pydantic.fields import FieldInfo

Kind = Literal["text", "multiline", "int", "float", "decimal", "bool", "date", "datetime", "choice", "json"]
Choices = tuple[tuple[str, Any], ...]

_LINE_KINDS: tuple[Kind, ...] = ("text", "int", "float", "decimal", "date")
_SEVERAL = (list, tuple, set, frozenset, Sequence, Set)
_CAPITALS = {"AI", "API", "AWS", "CI", "CPU", "CSV", "DAG", "ETL", "ELT", "EUR", "GB", "GCP", "ID", "KPI", "MB", "ML"}
_CAPITALS |= {"CDC", "OLTP", "PII", "ROI", "SCD", "SLA", "SLO", "SQL", "TB", "UI", "URL", "USD"}


class Absent:
    """The type of `ABSENT`."""

    def __repr__(self) -> str:
        return "ABSENT"


ABSENT = Absent()
"""Stands where a draft holds nothing at all, not even "unanswered"."""


@dataclass(frozen=True, kw_only=True)
class Shape:
    """What is alike for all fields; `optional` means that ``None`` stands for unanswered, `more` that it can wait."""

    name: str = ""
    alias: str = ""
    label: str = ""
    help: str = ""
    unit: str = ""
    example: Any = None
    optional: bool = False
    required: bool = False
    more: bool = False
    suggestions: tuple[str, ...] = ()
    default: Callable[[], Any] | None = field(default=None, compare=False, repr=False)

    @property
    def empty(self) -> Any:
        """What an untouched field holds where the model names no default."""
        return None if self.optional else ABSENT


@dataclass(frozen=True, kw_only=True)
class Leaf(Shape):
    """One value in one input."""

    kind: Kind
    choices: Choices = ()
    low: Any = None
    high: Any = None
    annotation: Any = field(default=str, compare=False, repr=False)

    @cached_property
    def adapter(self) -> TypeAdapter[Any]:
        """Turn values of types that have no input of their own to JSON and back."""
        return TypeAdapter(self.annotation)


@dataclass(frozen=True, kw_only=True)
class Lines(Shape):
    """Several plain values, one on each line."""

    leaf: Leaf

    @property
    def empty(self) -> Any:
        """No entries."""
        return None if self.optional else ()


@dataclass(frozen=True, kw_only=True)
class Ticks(Shape):
    """Several of a fixed set of values, each with a box to tick."""

    choices: Choices

    @property
    def empty(self) -> Any:
        """Nothing ticked."""
        return None if self.optional else ()


@dataclass(frozen=True, kw_only=True)
class Table(Shape):
    """Values by name."""

    leaf: Leaf

    @property
    def empty(self) -> Any:
        """No names."""
        return None if self.optional else {}


@dataclass(frozen=True, kw_only=True)
class Group(Shape):
    """A model: its fields under one heading."""

    model: type[BaseModel]

    @property
    def fields(self) -> tuple[Shape, ...]:
        """The shapes of the model's fields, in their order."""
        return _fields(self.model)

    @property
    def noun(self) -> str:
        """What one of these is called inside a sentence."""
        title = self.model.model_config.get("title") or self.model.__name__.strip("_")
        return words("".join(f"_{letter}" if letter.isupper() else letter for letter in title)).lower()

    @property
    def empty(self) -> Any:
        """The model's own defaults."""
        return None if self.optional else blank(self)


@dataclass(frozen=True, kw_only=True)
class Variants(Shape):
    """One of several models; the field named `by` says which."""

    by: str
    groups: Mapping[Any, Group]

    @property
    def noun(self) -> str:
        """What one of these is called inside a sentence: as the model that all of them extend, if there is one."""
        models = [group.model for group in self.groups.values()]
        common = next((base for base in models[0].__mro__ if all(issubclass(each, base) for each in models)), BaseModel)
        own = issubclass(common, BaseModel) and common.model_fields
        return Group(model=common).noun if own else "entry"

    @cached_property
    def shared(self) -> frozenset[str]:
        """The fields that all of them have, but for the one that says which it is."""
        alike = [{each.name: each for each in group.fields} for group in self.groups.values()]
        first = alike[0] if len(alike) > 1 else {}
        names = (name for name, field in first.items() if all(other.get(name) == field for other in alike))
        return frozenset(name for name in names if name != self.by)

    @property
    def empty(self) -> Any:
        """The first of the models, untouched."""
        return None if self.optional else blank(next(iter(self.groups.values())))


@dataclass(frozen=True, kw_only=True)
class Items(Shape):
    """Several of a shape that needs room of its own."""

    item: Shape

    @property
    def empty(self) -> Any:
        """No entries."""
        return None if self.optional else ()

    @property
    def noun(self) -> str:
        """What one of them is called inside a sentence."""
        return self.item.noun if isinstance(self.item, Group | Variants) else "entry"


def shape_of(model: type[BaseModel]) -> Group:
    """Give the shape of a whole model."""
    return Group(label=model.model_config.get("title") or "", model=model)


def blank(group: Group) -> dict[str, Any]:
    """Give the raw data of an untouched model: defaults where it has them, nothing where it needs an answer."""
    made = ((each.name, _blank(each)) for each in group.fields)
    return {name: value for name, value in made if value is not ABSENT}


def _blank(shape: Shape) -> Any:
    return raw_of(shape, shape.default()) if shape.default else shape.empty


def raw_of(shape: Shape, value: Any) -> Any:
    """Give a model's value as raw data: dictionaries, tuples and plain values."""
    if value is None or value is ABSENT:
        return value
    if isinstance(shape, Group) and isinstance(value, BaseModel):
        return {each.name: raw_of(each, getattr(value, each.name)) for each in shape.fields}
    if isinstance(shape, Variants):
        return raw_of(shape.groups[getattr(value, shape.by)], value)
    if isinstance(shape, Items):
        return tuple(raw_of(shape.item, each) for each in value)
    if isinstance(shape, Lines | Ticks):
        return tuple(sorted(value, key=str)) if isinstance(value, Set) else tuple(value)
    if isinstance(shape, Table):
        return dict(value)
    return value


def words(name: str) -> str:
    """Give a field's name as words.

    >>> words("current_gb_per_day")
    'Current GB per day'
    """
    parts = [part.upper() if part.upper() in _CAPITALS else part for part in name.replace("-", "_").split("_") if part]
    text = " ".join(parts)
    return text[:1].upper() + text[1:]


@lru_cache(maxsize=512)
def _fields(model: type[BaseModel]) -> tuple[Shape, ...]:
    return tuple(_describe(name, info) for name, info in model.model_fields.items())


def _describe(name: str, info: FieldInfo) -> Shape:
    annotation, optional, layers = _peel(info)
    extra: dict[str, Any] = {}
    for layer in reversed(layers):
        extra |= layer.json_schema_extra if isinstance(layer.json_schema_extra, dict) else {}
    metadata = [each for layer in layers for each in layer.metadata]
    examples = _first(layers, "examples")
    about = {
        "name": name,
        "alias": info.alias or name,
        "label": _first(layers, "title") or words(name),
        "help": _first(layers, "description") or "",
        "unit": str(extra.get("unit", "")),
        "example": examples[0] if examples else None,
        "optional": optional,
        "required": info.is_required(),
        "more": bool(extra.get("more", False)),
        "suggestions": tuple(str(each) for each in extra.get("suggestions", ())),
        "default": None
        if info.is_required()
        else lambda: info.get_default(call_default_factory=True, validated_data={}),
    }
    tag = info.discriminator or next((each.discriminator for each in metadata if isinstance(each, Discriminator)), None)
    return _shape(annotation, about, extra, metadata, tag if isinstance(tag, str) else _first(layers, "discriminator"))


def _shape(annotation: Any, about: dict[str, Any], extra: dict[str, Any], metadata: list[Any], tag: Any) -> Shape:
    origin, inner = get_origin(annotation), get_args(annotation)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return Group(model=annotation, **about)
    if isinstance(tag, str) and _is_union(origin) and all(_is_model(each) for each in inner):
        groups = {
            value: Group(model=each, label=_label(value, extra), help=_what_it_is(each))
            for each in inner
            for value in _tags(each, tag)
        }
        return Variants(by=tag, groups=groups, **about)
    if origin in _SEVERAL and inner and (origin is not tuple or inner[1:] == (Ellipsis,)):
        item = _describe("", _info(inner[0]))
        if isinstance(item, Leaf) and item.kind == "choice" and not item.optional:
            return Ticks(choices=_choices(item.annotation, extra), **about)
        if isinstance(item, Leaf) and item.kind in _LINE_KINDS and not item.optional:
            return Lines(
                leaf=item, **about | {"unit": about["unit"] or item.unit, "example": about["example"] or item.example}
            )
        return Items(item=item, **about)
    if origin in (dict, Mapping) and len(inner) == 2 and inner[0] is str:
        item = _describe("", _info(inner[1]))
        if isinstance(item, Leaf) and item.kind in _LINE_KINDS and inner[1] is not Any:
            return Table(leaf=item, **about | {"unit": about["unit"] or item.unit})
    return Leaf(
        kind=_kind(annotation, extra),
        choices=_choices(annotation, extra),
        low=_bound(metadata, "ge", "gt"),
        high=_bound(metadata, "le", "lt"),
        annotation=annotation,
        **about,
    )


def _kind(annotation: Any, extra: dict[str, Any]) -> Kind:
    kind: Kind = "json"
    if get_origin(annotation) is Literal or (isinstance(annotation, type) and issubclass(annotation, Enum)):
        kind = "choice"
    elif annotation in (Any, object) or _is_union(get_origin(annotation)):
        kind = "text" if annotation is Any or {str, int, float} >= set(get_args(annotation)) else "json"
    elif isinstance(annotation, type) and not get_args(annotation):
        known: tuple[tuple[type, Kind], ...] = (
            (bool, "bool"),
            (int, "int"),
            (float, "float"),
            (Decimal, "decimal"),
            (datetime, "datetime"),
            (date, "date"),
        )
        plain = next((name for each, name in known if issubclass(annotation, each)), None)
        kind = plain or ("json" if issubclass(annotation, dict | list | tuple | set | frozenset) else "text")
    return "multiline" if kind == "text" and extra.get("multiline") else kind


def _choices(annotation: Any, extra: dict[str, Any]) -> Choices:
    values: tuple[Any, ...] = ()
    if get_origin(annotation) is Literal:
        values = tuple(value for value in _literals(annotation) if value is not None)
    elif isinstance(annotation, type) and issubclass(annotation, Enum):
        values = tuple(annotation)
    return tuple((_label(value, extra), value) for value in values)


def _literals(annotation: Any) -> Iterator[Any]:
    for each in get_args(annotation):
        inner = getattr(each, "__value__", each)
        if get_origin(inner) is Literal:
            yield from _literals(inner)
        else:
            yield inner


def _label(value: Any, extra: Mapping[str, Any]) -> str:
    """Give a value with what it means, where the field says so."""
    plain = value.value if isinstance(value, Enum) else value
    labels = cast("Mapping[Any, str]", extra.get("labels", {}))
    meaning = labels.get(plain, labels.get(str(plain), ""))
    return f"{plain}: {meaning}" if meaning and plain != "" else meaning or str(plain)


def _peel(info: FieldInfo) -> tuple[Any, bool, list[FieldInfo]]:
    """Take aliases, Annotated and Optional off an annotation; give what is left, and what each layer said."""
    annotation: Any = info.annotation
    optional, layers = False, [info]
    while True:
        if hasattr(annotation, "__value__"):  # an alias made by the `type` statement, or its backport
            annotation = annotation.__value__
        elif isinstance(annotation, NewType):
            annotation = annotation.__supertype__
        elif get_origin(annotation) is Annotated:
            inner = _info(annotation)
            annotation = inner.annotation
            layers.append(inner)
        elif _is_union(get_origin(annotation)) and types.NoneType in get_args(annotation):
            optional = True
            rest = tuple(each for each in get_args(annotation) if each is not types.NoneType)
            annotation = rest[0] if len(rest) == 1 else Union[rest]  # noqa: UP007 - the members are only known at run time
        else:
            break
    if get_origin(annotation) is Literal and None in get_args(annotation):
        optional = True
    return annotation, optional, layers


def _info(annotation: Any) -> FieldInfo:
    return FieldInfo.from_annotation(annotation)


def _first(layers: list[FieldInfo], name: str) -> Any:
    return next((getattr(layer, name) for layer in layers if getattr(layer, name) is not None), None)


def _bound(metadata: list[Any], *names: str) -> Any:
    return next(
        (getattr(each, name) for each in metadata for name in names if getattr(each, name, None) is not None), None
    )


def _what_it_is(model: type[BaseModel]) -> str:
    """Give the first paragraph of a model's docstring, as a line."""
    return " ".join(vars(model).get("__doc__", "").split("\n\n")[0].split()) if vars(model).get("__doc__") else ""


def _is_union(origin: Any) -> bool:
    return origin is Union or origin is types.UnionType


def _is_model(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def _tags(model: type[BaseModel], by: str) -> tuple[Any, ...]:
    return tuple(value for _, value in _choices(model.model_fields[by].annotation, {}))
