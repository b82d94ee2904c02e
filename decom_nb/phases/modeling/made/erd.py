"""Tables as a diagram in text: Mermaid's erDiagram, which GitHub and GitLab draw, and DBML, which dbdiagram and dbdocs read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from decom_nb.sql.table_definition import ColumnDefinition, ForeignKeyDefinition, TableDefinition

_WORD = re.compile(r"[A-Za-z_\u00C0-\uFFFF][A-Za-z0-9_\u00C0-\uFFFF-]*")
_NO_WORD = re.compile(r"[^A-Za-z0-9_\u00C0-\uFFFF-]+")
_KEYWORDS = frozenset({"pk", "fk", "uk"})
"""Words that Mermaid takes for the kind of a key wherever a column stands."""
_PLAIN_TYPE = re.compile(r"\w+(\(\d+(,\s?\d+)?\))?(\[\])?", re.ASCII)


def mermaid(tables: Iterable[TableDefinition], title: str = "") -> str:
    """Give the tables as an entity-relationship diagram of Mermaid.

    A column whose name or type Mermaid cannot read is written as near as it can, with the real one in its comment.

    >>> key = ForeignKeyDefinition(("d",), ("dim",), ("k",))
    >>> fact = TableDefinition(("f",), (ColumnDefinition("d", "BIGINT", False),), foreign_keys=(key,))
    >>> print(mermaid([fact]))
    erDiagram
      "f" {
        BIGINT d FK
      }
      "f" }o--|| "dim" : "d"
    <BLANKLINE>
    """
    given = tuple(tables)
    lines = ["erDiagram"] + ([f"  accTitle: {_sentence(title)}"] if title else [])
    for table in given:
        lines.append(f"  {_entity(table.name)} {{")
        lines += [f"    {_attribute(table, each)}" for each in table.columns]
        lines.append("  }")
    lines += [f"  {_relationship(table, key)}" for table in given for key in table.foreign_keys]
    return "\n".join(lines) + "\n"


def _entity(name: Sequence[str]) -> str:
    """Give a table's name as Mermaid reads it: in quotes, which may hold neither quotes nor percent signs nor backslashes."""
    return '"' + re.sub(r'["%\\\x00-\x1f]', "_", name[-1]) + '"'


def _attribute(table: TableDefinition, column: ColumnDefinition) -> str:
    type_, name = _word(column.type), _word(column.name)
    kinds = []
    if column.name in table.primary_key:
        kinds.append("PK")
    if any(column.name in key.columns for key in table.foreign_keys):
        kinds.append("FK")
    if "PK" not in kinds and any(each == (column.name,) for each in table.unique):
        kinds.append("UK")
    real = f"{column.name}: " if name != column.name else ""
    told = _sentence(real + column.description)
    return " ".join(filter(None, (type_, name, ", ".join(kinds), f'"{told}"' if told else "")))


def _word(text: str) -> str:
    """Give a word of Mermaid.

    >>> _word("DECIMAL(18,2)"), _word("order id"), _word("pk"), _word("1st")
    ('DECIMAL_18_2', 'order_id', 'pk_', '_1st')
    """
    word = _NO_WORD.sub("_", text).strip("_") if not _WORD.fullmatch(text) else text
    if not word or not _WORD.match(word):
        word = f"_{word}"
    return f"{word}_" if word.casefold() in _KEYWORDS else word


def _sentence(text: str) -> str:
    """Give a text that stands in quotes of Mermaid: on one line, without quotes."""
    return " ".join(text.replace('"', "'").split())


def _relationship(table: TableDefinition, key: ForeignKeyDefinition) -> str:
    optional = any(each.nullable for each in table.columns if each.name in key.columns)
    to = "o|" if optional else "||"
    return f'{_entity(table.name)} }}o--{to} {_entity(key.table)} : "{_sentence(", ".join(key.columns))}"'


def dbml(tables: Iterable[TableDefinition]) -> str:
    """Give the tables in DBML.

    >>> print(dbml([TableDefinition(("marts", "d"), (ColumnDefinition("k", "BIGINT", False),), ("k",))]))
    Table "marts"."d" {
      "k" BIGINT [pk, not null]
    }
    <BLANKLINE>
    """
    given = tuple(tables)
    blocks = [_table(each) for each in given]
    references = [_reference(table, key) for table in given for key in table.foreign_keys]
    return "\n".join(blocks) + ("\n" + "\n".join(references) + "\n" if references else "")


def _table(table: TableDefinition) -> str:
    lines = [f"Table {_path(table.name)} {{"]
    for column in table.columns:
        settings = ["pk"] if table.primary_key == (column.name,) else []
        settings += ["increment"] if column.identity else []
        settings += ["not null"] if not column.nullable or column.name in table.primary_key else []
        settings += ["unique"] if (column.name,) in table.unique else []
        settings += [f"note: {_text(column.description)}"] if column.description else []
        lines.append(
            f"  {_quoted(column.name)} {_type(column.type)}" + (f" [{', '.join(settings)}]" if settings else "")
        )
    together = [(each, "unique") for each in table.unique if len(each) > 1]
    if len(table.primary_key) > 1:
        together.insert(0, (table.primary_key, "pk"))
    if together:
        lines += ["", "  indexes {"]
        lines += [f"    ({', '.join(map(_quoted, columns))}) [{kind}]" for columns, kind in together]
        lines.append("  }")
    if table.description:
        lines += ["", f"  Note: {_text(table.description)}"]
    return "\n".join([*lines, "}"]) + "\n"


def _reference(table: TableDefinition, key: ForeignKeyDefinition) -> str:
    return f"Ref: {_path(table.name)}.{_several(key.columns)} > {_path(key.table)}.{_several(key.references)}"


def _several(columns: Sequence[str]) -> str:
    return _quoted(columns[0]) if len(columns) == 1 else f"({', '.join(map(_quoted, columns))})"


def _path(name: Sequence[str]) -> str:
    """Give a table's name: DBML knows one schema, so a longer path is one name of it."""
    return ".".join(map(_quoted, ([".".join(name[:-1])] if len(name) > 1 else []) + [name[-1]]))


def _quoted(name: str) -> str:
    return '"' + re.sub(r'["\\\x00-\x1f]', "_", name) + '"'


def _type(type_: str) -> str:
    return type_ if _PLAIN_TYPE.fullmatch(type_) else _quoted(type_)


def _text(text: str) -> str:
    return "'" + " ".join(text.split()).replace("\\", "\\\\").replace("'", "\\'") + "'"
