"""The base of the documents: YAML files in which people write down what only people know. Rooms derive theirs from it.

A document model reads like the form it stands for: fields in the order in which a person fills them, each with a
description and, where it helps, an example and a unit:

    class Brief(Document):
        name = "brief"
        gb_per_day: float | None = Field(None, ge=0, description="new data per day", json_schema_extra={"unit": "GB"})

`json_schema_extra` may hold `unit` (of a number) and `labels` (what each allowed value means).
"""

from __future__ import annotations

import re
from functools import cached_property
from typing import Any, ClassVar, Self, TypeVar

from pydantic import BaseModel, ConfigDict

from decom_nb.document.shape import shape_of

HEAD = ("document", "version")
"""The two keys with which every document begins."""


class Group(BaseModel):
    """A part of a document: a group of keys, or one item of a list of them. To change it is to make another."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        validate_by_name=True,
        validate_by_alias=True,
        allow_inf_nan=False,
        ser_json_inf_nan="null",
    )


class Document(Group):
    """A YAML file in the shape of one model, under a name by which rules and commands ask for it.

    Every field can be left unanswered: it has a default, or is a text. A key that is spelled like a class variable here
    (or like a method of pydantic) gets an alias: ``title: str = Field("", alias="name")``.
    """

    name: ClassVar[str]
    many: ClassVar[bool] = False
    """True if an engagement has a folder of them: one file for each, ``documents/<name>/<instance>.yaml``.

    Whoever asks for the document by name gets all of them as a tuple, in the order of their files' names, and tells them
    apart by `instance`.
    """
    document_version: ClassVar[int] = 1

    @cached_property
    def instance(self) -> str:
        """Give the name of the file it was read from, without ``.yaml``; empty for one that was made in a program.

        It is no part of what is filled in: not of the file, not of a dump, and it does not count in a comparison. A copy
        made by `model_copy` keeps it.
        """
        return ""

    def named(self, instance: str) -> Self:
        """Give the same document as one of that name."""
        copied = self.model_copy()
        copied.__dict__["instance"] = instance
        return copied

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        if not re.fullmatch(r"[a-z][a-z0-9_]*", getattr(cls, "name", "")):
            raise TypeError(f"{cls.__name__} needs a name of small letters: name = 'brief'")
        taken = [key for key, field in cls.model_fields.items() if (field.alias or key) in HEAD]
        if taken:
            raise TypeError(
                f"{cls.__name__}.{taken[0]} has the name of a line at the head of every document: choose another"
            )

    @classmethod
    def migrate(cls, data: dict[str, Any], version: int) -> dict[str, Any]:
        """Bring the plain data of a file, without its head, from `version` to the next one; called once for each."""
        del version
        return data


D = TypeVar("D", bound=Document)


def json_schema(cls: type[Document]) -> dict[str, Any]:
    """Give the JSON Schema of the document as a file, head included."""
    schema = _telling_kinds_apart(cls.model_json_schema(by_alias=True))
    head = {
        "document": {"const": cls.name, "description": "which document this is"},
        "version": {"type": "integer", "minimum": 1, "maximum": cls.document_version, "description": "its version"},
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **schema,
        "properties": {**head, **schema.get("properties", {})},
        "required": [*HEAD, *schema.get("required", ())],
    }


def _telling_kinds_apart(schema: dict[str, Any]) -> dict[str, Any]:
    """Require, as a file has to, the key that says which of several kinds a group is: to pydantic it has a default."""
    needed: dict[str, str] = {}

    def look(node: Any) -> None:
        for below in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
            look(below)
        if isinstance(node, dict) and isinstance(found := node.get("discriminator"), dict):
            needed.update({ref.rsplit("/", 1)[-1]: found["propertyName"] for ref in found.get("mapping", {}).values()})

    look(schema)
    definitions = {
        name: {**each, "required": [needed[name], *each.get("required", ())]} if name in needed else each
        for name, each in schema.get("$defs", {}).items()
    }
    return {**schema, "$defs": definitions} if definitions else schema


def what_it_is(cls: type[Document]) -> str:
    """Give the first sentence of the document's description."""
    return shape_of(cls).description.split(". ")[0].removesuffix(".")
