"""A client's own load, read from its SQL: held against what a load may do, and cut into statements and transactions.

It is read by DuckDB's own parser, which says what kind each statement is, and by sqlglot, which says which tables it names.
What is let through here runs in `InDuckDB` and nowhere else, which has neither files nor network nor settings to reach for.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from decom_nb.errors import InputError, Mistake
from decom_nb.sql.pure_function import TABLE
from decom_nb.sql.script import Block, Parameter, Script, Step
from decom_nb.suggest import instead

if TYPE_CHECKING:
    from sqlglot import exp

ALLOWED = frozenset({"SELECT", "INSERT", "UPDATE", "DELETE", "MERGE_INTO", "CREATE", "DROP", "ALTER", "TRANSACTION"})
"""Kinds of statement that a load is made of, as DuckDB calls them."""
MADE = frozenset({"TABLE", "SEQUENCE", "INDEX", "SCHEMA"})
"""What may be created, changed and dropped."""
_LONGEST = 500_000
_WORDS = {
    "COPY": "reads or writes files",
    "ATTACH": "opens another database",
    "SET": "changes a setting",
    "LOAD": "loads code",
}


@dataclass(frozen=True)
class ClientLoad:
    """A client's load, fit to be run."""

    script: Script
    setup: tuple[str, ...]
    """What it creates and what it first puts there, run once before anything else; as DuckDB's SQL."""
    tables: frozenset[tuple[str, ...]]
    """The tables that it names and does not make itself, in small letters."""
    made: frozenset[tuple[str, ...]]
    """Tables that it makes itself."""
    conflicts: Mapping[tuple[str, ...], tuple[str, ...]]
    """By table, the columns of which its inserts rely on being unique; none where they rely on its key without naming it."""
    warnings: tuple[str, ...]


def client_load(
    text: str, dialect: str = "duckdb", *, setup: str = "", file: str = "", known: Iterable[str] = ("loaded_at",)
) -> ClientLoad:
    """Read a client's load and what sets it up. Raises `InputError` with every statement that a load may not hold.

    >>> made = client_load("BEGIN; DELETE FROM t; INSERT INTO t SELECT * FROM s WHERE day < :loaded_at; COMMIT")
    >>> [(block.atomic, len(block.steps)) for block in made.script.blocks], sorted(made.tables)
    ([(True, 2)], [('s',), ('t',)])
    """
    warnings: list[str] = []
    statements = _statements(text, dialect, file, warnings)
    first = _statements(setup, dialect, file, warnings)
    mistakes = [found for each in (*first, *statements) for found in _refused(each, file)]
    blocks, torn = _blocks(statements, file)
    mistakes += torn
    if mistakes:
        raise InputError(mistakes)
    trees = [each.tree for each in (*first, *statements) if each.tree is not None]
    made = frozenset(_made(trees))
    named = frozenset(_named(trees))
    parameters = tuple(Parameter(each, "TIMESTAMP" if each == "loaded_at" else "VARCHAR", "") for each in known)
    used = _parameters(text)
    return ClientLoad(
        Script("duckdb", blocks, tuple(each for each in parameters if each.name in used)),
        tuple(each.sql for each in first),
        named - made,
        made,
        _conflicts(trees),
        tuple(dict.fromkeys(warnings)),
    )


@dataclass(frozen=True)
class _Statement:
    sql: str
    line: int
    kind: str
    tree: exp.Expr | None


def _statements(text: str, dialect: str, file: str, warnings: list[str]) -> list[_Statement]:
    import sqlglot
    from sqlglot.errors import SqlglotError

    if not text.strip():
        return []
    if len(text) > _LONGEST or "\0" in text:
        raise InputError(
            Mistake(
                file, 0, "", "the file is too long or holds a NUL character", f"keep it below {_LONGEST:,} characters"
            )
        )
    try:
        pieces = list(_pieces(text, dialect))
        trees = [sqlglot.parse_one(sql, read=dialect) for sql, _ in pieces]
    except SqlglotError as error:
        what = f"cannot be read as SQL of {dialect}: {str(error).splitlines()[0]}"
        raise InputError(
            Mistake(file, _line(error), "", what, "mend it, or say with --dialect whose words it is in")
        ) from None
    if dialect != "duckdb":
        warnings.append(f"it was put from {dialect} into DuckDB's words by sqlglot: what is proven is the translation")
        pieces = [(_translated(tree, file, line), line) for tree, (_, line) in zip(trees, pieces, strict=True)]
        trees = [sqlglot.parse_one(sql, read="duckdb") for sql, _ in pieces]
    return [
        _Statement(sql, line, _kind(sql, file, line), tree) for (sql, line), tree in zip(pieces, trees, strict=True)
    ]


def _line(error: Exception) -> int:
    told = getattr(error, "errors", None)
    return int(told[0].get("line") or 0) if told else 0


def _pieces(text: str, dialect: str) -> Iterable[tuple[str, int]]:
    """Give the statements of a text as they are written, and the line on which each begins."""
    from sqlglot.dialects.dialect import Dialect
    from sqlglot.tokenizer_core import TokenType

    tokens = Dialect.get_or_raise(dialect).tokenize(text)
    current: list[object] = []
    for token in (*tokens, None):
        if token is not None and token.token_type != TokenType.SEMICOLON:
            current.append(token)
            continue
        if current:
            start, end = current[0].start, current[-1].end  # type: ignore[attr-defined]
            yield text[start : end + 1], text.count("\n", 0, start) + 1
        current = []


def _translated(tree: exp.Expr, file: str, line: int) -> str:
    import sqlglot

    try:
        return tree.sql(dialect="duckdb", unsupported_level=sqlglot.ErrorLevel.RAISE)
    except sqlglot.errors.UnsupportedError as error:
        what = f"DuckDB has no word for it: {str(error).splitlines()[0]}"
        raise InputError(Mistake(file, line, "", what, "write this statement in DuckDB's words")) from None


def _kind(sql: str, file: str, line: int) -> str:
    """Give the kind of a statement, by DuckDB's own parser."""
    import duckdb

    from decom_nb.proof.operation import bound, parameters_of
    from decom_nb.sql import tree

    readable = bound(sql, dict.fromkeys(parameters_of(sql), "NULL"))
    try:
        with tree.connection().cursor() as cursor:
            found = cursor.extract_statements(readable)
    except duckdb.Error as error:
        what = f"cannot be read as SQL of DuckDB: {str(error).strip().splitlines()[0]}"
        raise InputError(Mistake(file, line, "", what, "mend it, or say with --dialect whose words it is in")) from None
    kinds = [str(each.type).rpartition(".")[2] for each in found]
    return kinds[0] if len(kinds) == 1 else "several statements in one"


def _refused(statement: _Statement, file: str) -> list[Mistake]:
    """Give what in a statement a load may not hold."""
    from sqlglot import exp

    def mistake(what: str, hint: str) -> Mistake:
        return Mistake(file, statement.line, "", f"{_short(statement.sql)} {what}", hint)

    if statement.kind not in ALLOWED:
        does = _WORDS.get(statement.kind, f"is a statement of the kind {statement.kind}")
        return [mistake(does, "a load that is proven reads and writes tables only")]
    tree = statement.tree
    if statement.kind == "TRANSACTION":
        return []
    understood = (
        exp.Query,
        exp.Insert,
        exp.Update,
        exp.Delete,
        exp.Merge,
        exp.TruncateTable,
        exp.Create,
        exp.Drop,
        exp.Alter,
    )
    if not isinstance(tree, understood) or tree.find(exp.Command):
        return [mistake("is not understood, or is no statement of a load", "read and write tables, in plain words")]
    found = []
    if isinstance(tree, exp.Create | exp.Drop | exp.Alter) and str(tree.args.get("kind", "")).upper() not in MADE:
        kind = str(tree.args.get("kind", "something")).lower()
        found.append(mistake(f"makes or takes away a {kind}", "make tables only, or hand the finished ones over"))
    for table in () if _of_schema(tree) else tree.find_all(exp.Table):
        if isinstance(table.this, exp.Func):
            called = table.this.name if isinstance(table.this, exp.Anonymous) else table.this.sql_name()
            if called.casefold() not in TABLE:
                found.append(mistake(f"reads from the function {called.lower()}", instead(called, TABLE)))
        elif not isinstance(table.this, exp.Identifier):
            found.append(mistake("reads from something that is no table", "name a table"))
        elif "/" in table.name or table.name.lower().endswith((".csv", ".parquet", ".json")):
            found.append(mistake(f"reads the file {table.name}", "name a table"))
    return found


def _of_schema(tree: exp.Expr) -> bool:
    """Tell whether a statement makes or drops a schema or a sequence, which stands where a table would."""
    from sqlglot import exp

    return isinstance(tree, exp.Create | exp.Drop) and str(tree.args.get("kind", "")).upper() in ("SCHEMA", "SEQUENCE")


def _short(sql: str) -> str:
    shown = " ".join(sql.split())
    return f"`{shown[:60]}…`" if len(shown) > 60 else f"`{shown}`"


def _blocks(statements: list[_Statement], file: str) -> tuple[tuple[Block, ...], list[Mistake]]:
    """Give statements in blocks: from BEGIN to COMMIT together, and the others each on its own."""
    blocks: list[Block] = []
    steps: list[Step] = []
    opened = 0
    torn = []
    for each in statements:
        if each.kind != "TRANSACTION":
            steps.append(Step(each.sql, _short(each.sql)))
            continue
        begins = each.sql.split()[0].upper() in ("BEGIN", "START")
        ends = each.sql.split()[0].upper() in ("COMMIT", "END")
        if begins == bool(opened) or not (begins or ends):
            what = f"{_short(each.sql)} " + (
                "stands in a transaction" if begins else "ends no transaction, or takes it back"
            )
            torn.append(
                Mistake(file, each.line, "", what, "write BEGIN and COMMIT in pairs, and leave ROLLBACK to the engine")
            )
        if steps:
            blocks.append(Block(tuple(steps), atomic=bool(opened)))
        steps, opened = [], each.line if begins else 0
    if opened:
        torn.append(
            Mistake(file, opened, "", "the transaction that begins here is never committed", "end it with COMMIT")
        )
    if steps:
        blocks.append(Block(tuple(steps)))
    return tuple(blocks), torn


def parts(table: exp.Table) -> tuple[str, ...]:
    """Give a table's name as it is compared: in small letters, its schema first."""
    return tuple(each.casefold() for each in (table.catalog, table.db, table.name) if each)


def _made(trees: Iterable[exp.Expr]) -> Iterable[tuple[str, ...]]:
    from sqlglot import exp

    for tree in trees:
        if isinstance(tree, exp.Create) and str(tree.args.get("kind", "")).upper() == "TABLE":
            table = tree.this if isinstance(tree.this, exp.Table) else tree.this.find(exp.Table)
            if table is not None:
                yield parts(table)
        if isinstance(tree, exp.Alter):
            for action in tree.args.get("actions") or ():
                if isinstance(action, exp.AlterRename) and isinstance(action.this, exp.Table):
                    old = parts(tree.this)
                    yield (*old[:-1], action.this.name.casefold())


def _named(trees: Iterable[exp.Expr]) -> Iterable[tuple[str, ...]]:
    from sqlglot import exp

    for tree in trees:
        own = {each.alias_or_name.casefold() for each in tree.find_all(exp.CTE)}
        if _of_schema(tree):
            continue
        renamed = {id(table) for action in tree.find_all(exp.AlterRename) for table in action.find_all(exp.Table)}
        for table in tree.find_all(exp.Table):
            found = parts(table)
            if (
                isinstance(table.this, exp.Identifier)
                and id(table) not in renamed
                and not (len(found) == 1 and found[0] in own)
            ):
                yield found


def _conflicts(trees: Iterable[exp.Expr]) -> dict[tuple[str, ...], tuple[str, ...]]:
    from sqlglot import exp

    found: dict[tuple[str, ...], tuple[str, ...]] = {}
    for tree in trees:
        table = tree.find(exp.Table) if isinstance(tree, exp.Insert) else None
        conflict = tree.args.get("conflict")
        if table is None or not (conflict or tree.args.get("alternative")):
            continue
        keys = tuple(each.name for each in conflict.args.get("conflict_keys") or ()) if conflict else ()
        found[parts(table)] = keys or found.get(parts(table), ())
    return found


def _parameters(text: str) -> Collection[str]:
    from decom_nb.proof.operation import parameters_of

    return parameters_of(text)
