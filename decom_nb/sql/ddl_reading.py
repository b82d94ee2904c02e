"""Reads DDL into table definitions: what a script of CREATE TABLE, ALTER TABLE and COMMENT leaves behind.

Rooms that draft, name or lint call it. Nothing is run; what cannot be read is told with its line, and the rest is read.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from decom_nb.sql.ddl_script import statements
from decom_nb.sql.table_definition import ColumnDefinition, ForeignKeyDefinition, TableDefinition

if TYPE_CHECKING:
    from sqlglot import exp

_WANTED = re.compile(
    r"(?is)\s*(CREATE\s+(?:OR\s+REPLACE\s+)?(?:(?:GLOBAL|LOCAL|TEMP|TEMPORARY|UNLOGGED|TRANSIENT|EXTERNAL|HYBRID)\s+)*TABLE"
    r"|CREATE\s+UNIQUE\s+INDEX|ALTER\s+TABLE|DROP\s+TABLE|COMMENT\s+ON\s+(?:TABLE|COLUMN))\b"
)
_LONGEST = 200_000
"""Characters of one statement that is parsed; no table is defined in more."""
_SPELLED = {
    "INT": "INTEGER",
    "TEXT": "VARCHAR",
    "CHAR": "VARCHAR",
    "NCHAR": "VARCHAR",
    "BPCHAR": "VARCHAR",
    "CITEXT": "VARCHAR",
    "XML": "VARCHAR",
    "SERIAL": "INTEGER",
    "SMALLSERIAL": "SMALLINT",
    "BIGSERIAL": "BIGINT",
    "MONEY": "DECIMAL(19,4)",
    "SMALLMONEY": "DECIMAL(10,4)",
    "REAL": "FLOAT",
    "VARBINARY": "BLOB",
    "BINARY": "BLOB",
    "BIT": "BOOLEAN",
    "YEAR": "SMALLINT",
    "MEDIUMINT": "INTEGER",
    "TIMESTAMPTZ": "TIMESTAMP WITH TIME ZONE",
    "TIMESTAMPLTZ": "TIMESTAMP WITH TIME ZONE",
    "DATETIME": "TIMESTAMP",
    "DECIMAL": "DECIMAL(18,3)",
}
"""DuckDB's own word for what sqlglot writes for it; a DECIMAL that says nothing has the digits that DuckDB gives it."""


@dataclass(frozen=True)
class Unread:
    """A statement that could not be read."""

    line: int
    what: str


@dataclass(frozen=True)
class DdlRead:
    """What a script defines."""

    tables: tuple[TableDefinition, ...] = ()
    dialect: str = ""
    lines: Mapping[str, int] = field(default_factory=dict)
    """The line in which each table is created, by its written name, its schema first where it has one: ``shop.orders``."""
    skipped: Mapping[str, int] = field(default_factory=dict)
    """Statements that define no table, by their first word: ``{"INSERT": 3503}``."""
    unread: tuple[Unread, ...] = ()


def dialect_of(text: str) -> str:
    """Guess whose SQL a script is: mysql, tsql, or postgres, which reads most others.

    >>> dialect_of("CREATE TABLE `a` (b int) ENGINE=InnoDB"), dialect_of("CREATE TABLE a (b int)")
    ('mysql', 'postgres')
    """
    head = text[:400_000]
    if re.search(r"(?i)\bENGINE\s*=|\bAUTO_INCREMENT\b|CREATE\s+TABLE\s+(IF\s+NOT\s+EXISTS\s+)?`", head):
        return "mysql"
    if re.search(r"(?im)^\s*GO\s*$|CREATE\s+TABLE\s+\[|\bIDENTITY\s*\(\s*\d+\s*,", head):
        return "tsql"
    return "postgres"


def read_ddl(text: str, dialect: str = "") -> DdlRead:
    """Read a script of DDL; without a dialect that is guessed.

    >>> read_ddl("CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (a_id int REFERENCES a)").tables[1].foreign_keys
    (ForeignKeyDefinition(columns=('a_id',), table=('a',), references=('id',)),)
    """
    import sqlglot
    from sqlglot.errors import SqlglotError

    chosen = dialect or dialect_of(text)
    read = _Reading()
    skipped: Counter[str] = Counter()
    unread: list[Unread] = []
    for each in statements(text, chosen):
        if not _WANTED.match(each.text):
            skipped[(re.match(r"\W*(\w*)", each.text) or [""])[0].strip().upper() or "?"] += 1
            continue
        if len(each.text) > _LONGEST:
            unread.append(Unread(each.line, f"a statement of {len(each.text):,} characters is not read"))
            continue
        try:
            tree = sqlglot.parse_one(each.text, read=chosen)
            read.take(tree, each.line)
        except (
            SqlglotError,
            RecursionError,
            ValueError,
            AttributeError,
            TypeError,
        ) as error:  # as sqlglot trips over what is no SQL
            first = re.sub(r"\x1b\[\d*m", "", str(error)).partition("\n")[0].strip() or type(error).__name__
            unread.append(Unread(each.line, first))
    return DdlRead(read.finished(), chosen, read.lines, dict(skipped), (*read.unread, *unread))


class _Reading:
    """Tables as one statement after the other changes them; names are compared without their case."""

    def __init__(self) -> None:
        self._tables: dict[str, TableDefinition] = {}
        self.lines: dict[str, int] = {}
        self.unread: list[Unread] = []

    def take(self, tree: exp.Expr, line: int) -> None:
        from sqlglot import exp

        if isinstance(tree, exp.Create):
            self._create(tree, line)
        elif isinstance(tree, exp.Alter):
            self._alter(tree, line)
        elif isinstance(tree, exp.Drop):
            for each in tree.args.get("tables") or ():
                self._tables.pop(self._key(_name(each)), None)
        elif isinstance(tree, exp.Comment):
            self._comment(tree)
        else:
            self.unread.append(Unread(line, "what this statement does to a table is not known here"))

    def finished(self) -> tuple[TableDefinition, ...]:
        """Give the tables, with references spelled as what they point to is, and their columns where none were named."""
        return tuple(
            replace(
                each,
                foreign_keys=tuple(dict.fromkeys(self._resolved(key) for key in each.foreign_keys)),
                columns=tuple(
                    replace(column, nullable=column.nullable and column.name not in each.primary_key)
                    for column in each.columns
                ),
            )
            for each in self._tables.values()
        )

    def _resolved(self, key: ForeignKeyDefinition) -> ForeignKeyDefinition:
        other = self._tables.get(self._key(key.table))
        if other is None:
            return key
        spelled = _spelled(key.references or other.primary_key, other)
        return replace(key, table=other.name, references=spelled)

    def _key(self, name: tuple[str, ...]) -> str:
        """Give the key of a table: by its whole name, or by its last part where only one table has that."""
        whole = ".".join(name).casefold()
        if whole in self._tables:
            return whole
        last = name[-1].casefold()
        alike = [key for key, each in self._tables.items() if each.name[-1].casefold() == last]
        return alike[0] if len(alike) == 1 and (len(name) == 1 or "." not in alike[0]) else whole

    def _create(self, tree: exp.Create, line: int) -> None:
        from sqlglot import exp

        if isinstance(tree.this, exp.Index):
            self._index(tree.this)
            return
        schema = tree.this
        if not isinstance(schema, exp.Schema) or not isinstance(schema.this, exp.Table):
            self.unread.append(Unread(line, "a table whose columns are not written here, as they come from a query"))
            return
        name = _name(schema.this)
        comment = tree.find(exp.SchemaCommentProperty)
        made = TableDefinition(name, (), description=_text(comment.this) if comment else "")
        for each in schema.expressions:
            made = _with(made, each)
        self._tables[".".join(name).casefold()] = _keys_spelled(made)
        self.lines[".".join(name)] = line

    def _index(self, index: exp.Index) -> None:
        parameters = index.args.get("params")
        table = index.args.get("table")
        if parameters is None or table is None or parameters.args.get("where"):  # unique among some rows only
            return
        key = self._key(_name(table))
        columns = _columns(parameters.args.get("columns") or ())
        if key in self._tables and columns:
            old = self._tables[key]
            self._tables[key] = _keys_spelled(replace(old, unique=(*old.unique, columns)))

    def _alter(self, tree: exp.Alter, line: int) -> None:
        from sqlglot import exp

        key = self._key(_name(tree.this))
        if key not in self._tables:
            self.unread.append(Unread(line, f"changes {tree.this.name}, which is not created before"))
            return
        for action in tree.args.get("actions") or ():
            old = self._tables[key]
            if isinstance(action, exp.AddConstraint | exp.ColumnDef):
                new = old
                for each in action.expressions if isinstance(action, exp.AddConstraint) else (action,):
                    new = _with(new, each)
                self._tables[key] = _keys_spelled(new)
            elif isinstance(action, exp.Drop) and str(action.args.get("kind")).upper() == "COLUMN":
                gone = {each.name.casefold() for each in action.args.get("tables") or ()}
                kept = tuple(each for each in old.columns if each.name.casefold() not in gone)
                self._tables[key] = replace(old, columns=kept)

    def _comment(self, tree: exp.Comment) -> None:
        from sqlglot import exp

        said = _text(tree.expression) if tree.expression else ""
        if isinstance(tree.this, exp.Table):
            key = self._key(_name(tree.this))
            if key in self._tables:
                self._tables[key] = replace(self._tables[key], description=said)
        elif isinstance(tree.this, exp.Column):
            parts = tuple(each.name for each in tree.this.parts)
            key = self._key(parts[:-1]) if len(parts) > 1 else ""
            if key in self._tables:
                old = self._tables[key]
                columns = tuple(
                    replace(each, description=said) if each.name.casefold() == parts[-1].casefold() else each
                    for each in old.columns
                )
                self._tables[key] = replace(old, columns=columns)


def _name(table: exp.Expr) -> tuple[str, ...]:
    """Give a table's name, its schema first where one is written; a database before that is left out."""
    from sqlglot import exp

    if isinstance(table, exp.Schema):
        return _name(table.this)
    return tuple(part for part in (table.text("db"), table.name) if part)


def _with(table: TableDefinition, part: exp.Expr) -> TableDefinition:
    """Give a table with one more column or constraint."""
    from sqlglot import exp

    if isinstance(part, exp.ColumnDef):
        return _with_column(table, part)
    if isinstance(part, exp.Constraint):
        for each in part.expressions:
            table = _with(table, each)
    elif isinstance(part, exp.PrimaryKey):
        return replace(table, primary_key=_columns(part.expressions))
    elif isinstance(part, exp.UniqueColumnConstraint) and isinstance(part.this, exp.Schema):
        return replace(table, unique=(*table.unique, _columns(part.this.expressions)))
    elif isinstance(part, exp.ForeignKey):
        reference = part.args.get("reference")
        if reference is not None:
            columns = _columns(part.expressions)
            return replace(table, foreign_keys=(*table.foreign_keys, _reference(columns, reference)))
    return table


def _with_column(table: TableDefinition, part: exp.ColumnDef) -> TableDefinition:
    from sqlglot import exp

    name = part.name
    column = ColumnDefinition(name, duckdb_type(part.args.get("kind")))
    for each in part.constraints:
        kind = each.kind
        if isinstance(kind, exp.NotNullColumnConstraint):
            column = replace(column, nullable=bool(kind.args.get("allow_null")))
        elif isinstance(kind, exp.PrimaryKeyColumnConstraint):
            table = replace(table, primary_key=(name,))
        elif isinstance(kind, exp.UniqueColumnConstraint):
            table = replace(table, unique=(*table.unique, (name,)))
        elif isinstance(kind, exp.CommentColumnConstraint):
            column = replace(column, description=_text(kind.this))
        elif isinstance(kind, exp.DefaultColumnConstraint):
            column = replace(column, default=kind.this.sql(dialect="duckdb"))
        elif isinstance(kind, exp.Reference):
            table = replace(table, foreign_keys=(*table.foreign_keys, _reference((name,), kind)))
    return replace(table, columns=(*table.columns, column))


def _reference(columns: tuple[str, ...], reference: exp.Expr) -> ForeignKeyDefinition:
    from sqlglot import exp

    target = reference.this
    named = _columns(target.expressions) if isinstance(target, exp.Schema) else ()
    return ForeignKeyDefinition(columns, _name(target), named)


def _columns(parts: Iterable[exp.Expr]) -> tuple[str, ...]:
    """Give names of columns: of an index by an expression there are none."""
    from sqlglot import exp

    named = []
    for each in parts:
        inner = each.this if isinstance(each, exp.Ordered) else each
        if not isinstance(inner, exp.Identifier | exp.Column):
            return ()
        named.append(inner.name)
    return tuple(named)


def _keys_spelled(table: TableDefinition) -> TableDefinition:
    """Spell columns in keys as they are where they are defined: engines that fold names take both for one."""
    return replace(
        table,
        primary_key=_spelled(table.primary_key, table),
        unique=tuple(dict.fromkeys(_spelled(each, table) for each in table.unique if each)),
        foreign_keys=tuple(replace(each, columns=_spelled(each.columns, table)) for each in table.foreign_keys),
    )


def _spelled(columns: Iterable[str], table: TableDefinition) -> tuple[str, ...]:
    known = {each.name.casefold(): each.name for each in table.columns}
    return tuple(known.get(each.casefold(), each) for each in columns)


def _text(node: exp.Expr) -> str:
    from sqlglot import exp

    return str(node.this) if isinstance(node, exp.Literal) else node.sql()


def duckdb_type(kind: exp.Expr | None) -> str:
    """Give a parsed type in the words that DuckDB has for it; a type that DuckDB does not have stays as it is written.

    >>> import sqlglot
    >>> [duckdb_type(sqlglot.exp.DataType.build(each, "postgres")) for each in ("int", "varchar(50)", "numeric(10,2)", "int[]")]
    ['INTEGER', 'VARCHAR', 'DECIMAL(10,2)', 'INTEGER[]']
    """
    if kind is None:
        return ""
    written = kind.sql(dialect="duckdb").replace(", ", ",")
    bare, many = (written[:-2], "[]") if written.endswith("[]") else (written, "")
    if bare.upper() == "TINYINT(1)":  # how MySQL writes a BOOLEAN
        return f"BOOLEAN{many}"
    word, _, rest = bare.partition("(")
    if word.upper() in ("ENUM", "STRUCT", "MAP") or (word.upper() == "DECIMAL" and rest):
        return f"{bare}{many}"
    upper = word.upper()
    unsigned = {"UINT": "UINTEGER"}.get(upper, upper)
    return f"{_SPELLED.get(unsigned, unsigned)}{many}"


def type_in_duckdb(text: str, dialect: str = "") -> str:
    """Give a type that a catalog or somebody's YAML names in DuckDB's words; one that cannot be read stays as it is.

    >>> type_in_duckdb("character varying(50)"), type_in_duckdb("INT64", "bigquery"), type_in_duckdb("odd (")
    ('VARCHAR', 'BIGINT', 'odd (')
    """
    from sqlglot import exp
    from sqlglot.errors import SqlglotError

    if not text:
        return ""
    try:
        return duckdb_type(exp.DataType.build(text, dialect or "postgres"))
    except (SqlglotError, ValueError, RecursionError):
        return text
