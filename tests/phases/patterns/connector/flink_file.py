"""Reads Flink SQL as strictly as these files need: three kinds of statements, nothing left over, quotes as Flink has them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_TOKEN = re.compile(
    r"(?P<space>\s+)|(?P<comment>--[^\r\n]*)|(?P<name>`(?:[^`\r\n]|``)+`)|(?P<text>'(?:[^']|'')*')|(?P<word>\w+)|(?P<mark>[(),;=])"
)


@dataclass
class FlinkTable:
    """A CREATE TABLE."""

    name: str
    columns: dict[str, str]
    key: tuple[str, ...]
    settings: dict[str, str]


@dataclass
class FlinkFile:
    """What a file says."""

    tables: dict[str, FlinkTable] = field(default_factory=dict)
    inserts: list[tuple[str, list[tuple[str, str]], str]] = field(default_factory=list)
    """Target, columns with their new names, source."""


class _Reader:
    def __init__(self, text: str) -> None:
        self.tokens: list[tuple[str, str]] = []
        at = 0
        while at < len(text):
            found = _TOKEN.match(text, at)
            assert found, f"nothing of Flink's begins with {text[at : at + 30]!r}"
            if found.lastgroup not in ("space", "comment"):
                self.tokens.append((str(found.lastgroup), found[0]))
            at = found.end()
        self.at = 0

    def peek(self) -> str:
        return self.tokens[self.at][1] if self.at < len(self.tokens) else ""

    def take(self, *words: str) -> None:
        for word in words:
            assert self.peek().upper() == word, f"{word} was expected, and {self.peek()!r} stands there"
            self.at += 1

    def kind(self, kind: str) -> str:
        got, text = self.tokens[self.at]
        assert got == kind, f"a {kind} was expected, and {text!r} stands there"
        self.at += 1
        quote = text[0]
        return text[1:-1].replace(quote * 2, quote) if kind in ("name", "text") else text

    def list(self, kind: str) -> list[str]:
        self.take("(")
        found = [self.kind(kind)]
        while self.peek() == ",":
            self.take(",")
            found.append(self.kind(kind))
        self.take(")")
        return found


def read(text: str) -> FlinkFile:
    """Read a file; `AssertionError` for anything that is not one of the three statements in full."""
    reader, file = _Reader(text), FlinkFile()
    while reader.peek():
        if reader.peek() == "CREATE":
            table = _table(reader)
            assert table.name not in file.tables, f"{table.name} is created twice"
            file.tables[table.name] = table
        else:
            file.inserts.append(_insert(reader))
    return file


def _table(reader: _Reader) -> FlinkTable:
    reader.take("CREATE", "TABLE")
    name = reader.kind("name")
    columns: dict[str, str] = {}
    reader.take("(")
    while reader.peek() != "PRIMARY":
        column, type_ = reader.kind("name"), reader.kind("word")
        if reader.peek() == "(":
            type_ += f"({', '.join(reader.list('word'))})"
        assert column not in columns, f"{column} stands in {name} twice"
        columns[column] = type_
        reader.take(",")
    reader.take("PRIMARY", "KEY")
    key = tuple(reader.list("name"))
    assert set(key) <= set(columns), f"{key} of {name} is no column of it"
    reader.take("NOT", "ENFORCED", ")", "WITH", "(")
    settings: dict[str, str] = {}
    while True:
        option = reader.kind("text")
        reader.take("=")
        settings[option] = reader.kind("text")
        if reader.peek() != ",":
            break
        reader.take(",")
    reader.take(")", ";")
    return FlinkTable(name, columns, key, settings)


def _insert(reader: _Reader) -> tuple[str, list[tuple[str, str]], str]:
    reader.take("INSERT", "INTO")
    target, chosen = reader.kind("name"), []
    reader.take("SELECT")
    while True:
        column = reader.kind("name")
        name = column
        if reader.peek() == "AS":
            reader.take("AS")
            name = reader.kind("name")
        chosen.append((column, name))
        if reader.peek() != ",":
            break
        reader.take(",")
    reader.take("FROM")
    source = reader.kind("name")
    reader.take(";")
    return target, chosen, source
