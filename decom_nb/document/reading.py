"""Reads documents and tells all that is wrong with them at once. Faces, the engagement and `save.py` call it."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic

from pydantic import ValidationError

from decom_nb.document.answers import answers
from decom_nb.document.mistakes import explain, unknown_key
from decom_nb.document.model import HEAD, D, Document
from decom_nb.document.shape import Shape, shape_of
from decom_nb.errors import InputError, Mistake
from decom_nb.escape import visible
from decom_nb.suggest import did_you_mean
from decom_nb.yaml_text.alignment import same
from decom_nb.yaml_text.file import KeyPath, YamlFile, parse, read_bytes


@dataclass(frozen=True)
class Opened(Generic[D]):
    """A document and the file it was read from, so that `save` can tell what changed since, here and there."""

    document: D
    path: Path
    data: bytes
    """What the file held, byte by byte."""
    source: YamlFile
    session: str
    """Tells this sitting from others with the same file."""

    @property
    def text(self) -> str:
        """Give the text of the file."""
        return self.source.text


def load(cls: type[D], path: Path | str) -> D:
    """Read a document; raise an `InputError` with everything that is wrong with it."""
    return read(cls, path).document


def read(cls: type[D], path: Path | str) -> Opened[D]:
    """Read a document to change it: `save` takes what this gives."""
    return opened(cls, Path(path), read_bytes(Path(path)))


def opened(cls: type[D], path: Path, data: bytes, session: str = "") -> Opened[D]:
    """Make a document of the bytes of its file."""
    source = parse(data, str(path), pass_repeated=True)
    return Opened(understand(cls, source), path, data, source, session or secrets.token_hex(4))


def understand(cls: type[D], source: YamlFile) -> D:
    """Make a document of a parsed file."""
    mistakes: list[Mistake] = [*source.repeated]
    shape = shape_of(cls)

    def unknown(path: KeyPath, group: Shape) -> None:
        mistakes.append(unknown_key(source, shape, group, path))

    try:
        told = answers(fields(cls, source), shape, source.root, unknown)
    except InputError as error:
        raise InputError([*mistakes, *error.mistakes]) from None
    mistakes += _head(cls, source)
    try:
        document = validated(cls, told)
    except ValidationError as error:
        mistakes += explain(error, told, shape, source)
    if mistakes:
        raise InputError(mistakes)
    return document.named(Path(source.file).stem) if cls.many else document


def validated(cls: type[D], data: dict[str, Any]) -> D:
    """Make a document of plain data; raise pydantic's error."""
    # As JSON and strictly: a date may be text and a list a tuple, else nothing is taken for something else.
    return cls.model_validate_json(json.dumps(data), strict=True, by_alias=True, by_name=False)


def fields(cls: type[Document], source: YamlFile) -> dict[str, Any]:
    """Give the plain data of a file without its head, brought to the newest version; refuse what is newer still."""
    data: dict[str, Any] = source.root.plain()
    version = _version(cls, source, data)
    data = {key: value for key, value in data.items() if key not in HEAD}
    for older in range(version, cls.document_version):
        try:
            data = cls.migrate(data, older)
        except (KeyError, TypeError, AttributeError, ValueError, IndexError):
            what = f"does not have the shape of version {older}, so it cannot be brought to version {older + 1}"
            raise InputError(
                Mistake(source.file, source.line(("version",)), "version", what, "compare it with a blank template")
            ) from None
    return data


def _version(cls: type[Document], source: YamlFile, data: dict[str, Any]) -> int:
    """Give the version that the file says it has, or the newest where its head is merely misspelled."""
    name, version = data.get("document"), data.get("version")
    if isinstance(name, str) and name != cls.name and did_you_mean(name, [cls.name]) is None:
        what = f"is the document '{visible(name[:60])}', not '{cls.name}'"
        instead = f"write `document: {cls.name}` if that is what it is, or name the right file"
        raise InputError(Mistake(source.file, source.line(("document",)), "document", what, instead))
    if isinstance(version, int) and not isinstance(version, bool):
        if version > cls.document_version:
            what = f"is version {version}, and this decom_nb knows '{cls.name}' up to version {cls.document_version}"
            raise InputError(Mistake(source.file, source.line(("version",)), "version", what, "update decom_nb"))
        if version >= 1:
            return version
    return cls.document_version


def _head(cls: type[Document], source: YamlFile) -> list[Mistake]:
    mistakes = []
    for key, wanted, needed in (
        ("document", cls.name, f"'{cls.name}'"),
        ("version", cls.document_version, "a whole number, 1 or more"),
    ):
        node = source.root.child(key)
        if node is None:
            what, instead = "is missing at the head", f"write `{key}: {wanted}` above the other keys"
            mistakes.append(Mistake(source.file, 1, key, what, instead))
            continue
        told = node.plain()
        older = key == "version" and type(told) is int and told >= 1
        if not same(told, wanted) and not older:
            what = f"needs {needed}, found '{visible(str(told)[:60])}'"
            mistakes.append(Mistake(source.file, node.line, key, what, f"did you mean `{key}: {wanted}`?"))
    return mistakes
