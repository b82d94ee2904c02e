"""An ODCS contract as it stands in its file: nothing of it is lost, whatever a version of the standard knows of it.

Import, export, difference and the collector work on this. What is read is data only: no address in it is followed, and
no query in it is run here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from decom_nb.contract.odcs_schema import OdcsVersion, version_of
from decom_nb.errors import InputError, Mistake
from decom_nb.yaml_text.file import YamlFile, parse, read_bytes

if TYPE_CHECKING:
    from open_data_contract_standard.model import OpenDataContractStandard

KIND = "DataContract"


@dataclass(frozen=True)
class OdcsContract:
    """One file in the Open Data Contract Standard, or the content of one that is still to be written."""

    data: Mapping[str, Any]
    """Its content, keys in their order, those that nobody knows included; not to be changed."""
    source: YamlFile | None = None
    """The text it was read from, nothing for one that was made here."""

    @property
    def file(self) -> str:
        """Give the path it was read from."""
        return self.source.file if self.source else ""

    @property
    def version(self) -> OdcsVersion:
        """Give the version of the standard whose schema judges it."""
        return version_of(self.data.get("apiVersion"))

    @property
    def text(self) -> str:
        """Give it as the text of a file: the one it was read from, letter by letter, or new YAML."""
        from decom_nb.yaml_text.edit import render

        return self.source.text if self.source else render(dict(self.data))

    @property
    def encoded(self) -> bytes:
        """Give the bytes of its file: line ends and byte order mark as they were."""
        return self.source.encode(self.source.text) if self.source else self.text.encode()

    @property
    def tables(self) -> tuple[Mapping[str, Any], ...]:
        """Give its schema objects as plain data; what is none is left out."""
        listed = self.data.get("schema")
        return tuple(each for each in listed if isinstance(each, dict)) if isinstance(listed, list) else ()

    @cached_property
    def typed(self) -> OpenDataContractStandard:
        """Give it in the standard's own models; raise an `InputError` where a value has the wrong type.

        The models pass over keys that they do not know, so this is for reading: what is written comes from `data`.
        """
        from open_data_contract_standard.model import OpenDataContractStandard
        from pydantic import ValidationError

        fields = OpenDataContractStandard.model_fields
        known = {field.alias or name for name, field in fields.items()}
        try:
            return OpenDataContractStandard.model_validate(
                {key: value for key, value in self.data.items() if key in known}
            )
        except ValidationError as error:
            raise InputError(self._mistake(each) for each in error.errors(include_url=False)) from None

    def changed(self, data: Mapping[str, Any]) -> OdcsContract:
        """Give it with another content; what stays the same keeps its place, its quotes and its comments in the text."""
        from decom_nb.yaml_text.edit import rewrite

        return OdcsContract(data, rewrite(self.source, dict(data)) if self.source else None)

    def line(self, path: tuple[str | int, ...]) -> int:
        """Give the line of the value at a path, 0 where there is no file."""
        return self.source.line(path) if self.source else 0

    def _mistake(self, error: Any) -> Mistake:
        from decom_nb.yaml_text.file import key_path

        path = tuple(part for part in error["loc"] if isinstance(part, int) or not part[:1].isupper())
        return Mistake(
            self.file, self.line(path), key_path(path), f"cannot be read: {error['msg']}", "see the standard's schema"
        )


def is_odcs(data: Mapping[str, Any]) -> bool:
    """Say whether plain data is an ODCS contract by its own word, valid or not."""
    api_version = str(data.get("apiVersion", ""))
    return data.get("kind") == KIND or (
        data.keys() >= {"apiVersion", "schema"} and api_version.startswith(("v2", "v3"))
    )


def read_odcs(path: Path | str) -> OdcsContract:
    """Read an ODCS contract in YAML or JSON; raise an `InputError` if it is not one. Its validity is another question."""
    return odcs_of(read_mapping(Path(path)))


def odcs_of(source: YamlFile) -> OdcsContract:
    """Take a parsed file for an ODCS contract, or refuse."""
    data = source.root.plain()
    if not is_odcs(data):
        what = "is not a contract in the Open Data Contract Standard"
        raise InputError(Mistake(source.file, 1, "", what, f"it begins with `apiVersion: v3.1.0` and `kind: {KIND}`"))
    return OdcsContract(data, source)


def read_mapping(path: Path) -> YamlFile:
    """Read a YAML or JSON file whose top is a mapping, with the lines of its values."""
    return parse_mapping(read_bytes(path), str(path))


def parse_mapping(data: bytes, file: str) -> YamlFile:
    """Parse YAML or JSON; JSON that YAML does not take, as with tabs before its keys, is laid out anew first."""
    try:
        return parse(data, file)
    except InputError:
        if not data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
            raise
        try:
            told = json.loads(data)
        except (ValueError, RecursionError):
            told = None
        if not isinstance(told, dict):
            raise
    return parse(json.dumps(told, indent=2, ensure_ascii=False).encode(), file)
