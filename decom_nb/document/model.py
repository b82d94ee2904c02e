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
from typing import Any, ClassVar, TypeVar

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
    """True if an engagement has a folder of them: one file for each instance, asked for as a tuple."""
    document_version: ClassVar[int] = 1

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
    schema = cls.model_json_schema(by_alias=True)
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


def what_it_is(cls: type[Document]) -> str:
    """Give the first sentence of the document's description."""
    return shape_of(cls).description.split(". ")[0].removesuffix(".")
