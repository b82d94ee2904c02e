"""A client's SQL, before it goes anywhere: parsed, held against what is allowed, and written anew from what was parsed.

Two parsers have to agree: sqlglot, from whose tree the text is written, and DuckDB itself, whose tree of that text is looked
through for every function and table it would touch. What is not known to be harmless is refused. `needs` and
`violations` call this, and rooms call it to check what somebody typed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from decom_nb.errors import InputError, Mistake
from decom_nb.sql.pure_function import AGGREGATE, SCALAR, TABLE, WINDOW
from decom_nb.sql.text import name, string
from decom_nb.suggest import did_you_mean, instead

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection
    from sqlglot import exp

Columns = Mapping[str, str]
"""Columns of a table: DuckDB's type by name."""

_LONGEST = 20_000
"""Characters; a person's SQL is shorter, and a parser's time grows with it."""
_PATH = re.compile(r"[/\\*?:]|\.\w{1,8}$")
_REASONS = {
    "Placeholder": "a placeholder", "Parameter": "a parameter", "SessionParameter": "a setting", "Star": "a *",
    "Window": "a window function", "Lambda": "a lambda", "Subquery": "a subquery", "Select": "a subquery",
    "SetOperation": "a subquery", "Exists": "a subquery", "Table": "a table", "AggFunc": "an aggregate",
    "Into": "INTO", "Lock": "a lock", "Command": "a command", "PropertyEQ": "an assignment",
}  # fmt: skip


class Select(NamedTuple):
    """A query that was let through: its text, with ``{table}``, ``{other}``, ``{other1}`` … for the tables it reads."""

    text: str
    tables: tuple[str, ...]
    """The tables in the order of the placeholders ``{other}``, ``{other1}`` …; the check's own is not among them."""


def condition(text: str, columns: Columns, *, table: str = "", key: str = "where") -> str:
    """Give a condition over one row as DuckDB SQL, its columns spelled as in the table and quoted.

    `table` is the name by which columns may be qualified, `key` is what the condition stands under. Raises `InputError`.

    >>> condition("Amount > 0 or status is null -- sic", {"amount": "DOUBLE", "status": "VARCHAR"})
    '"amount" > 0 OR "status" IS NULL'
    """
    rendered, type_ = _scalar(text, columns, table, key)
    if type_ not in ("", "BOOLEAN", '"NULL"', "NULL"):
        raise _mistake(
            key, f"a condition is true or false, and {_short(text)} is a {type_}", "compare it with something"
        )
    return rendered


def expression(text: str, columns: Columns, *, table: str = "", key: str = "group") -> str:
    """Give an expression over one row as DuckDB SQL. Raises `InputError`.

    >>> expression("CAST(ordered_at AS DATE)", {"ordered_at": "TIMESTAMP"})
    'CAST("ordered_at" AS DATE)'
    """
    return _scalar(text, columns, table, key)[0]


def unbound_expression(text: str, *, key: str = "group") -> str:
    """Give an expression over one row of a table whose columns are not known here. Raises `InputError`.

    >>> unbound_expression("cast(at as date)")
    'CAST("at" AS DATE)'
    """
    return _scalar(text, None, "", key)[0]


def one_select(text: str, *, tables: Collection[str] | None = None, key: str = "sql") -> str:
    """Give a query that only reads, as DuckDB SQL. With `tables`, it may read no others. Raises `InputError`.

    >>> one_select("select id from orders where amount < 0 -- refunds")
    'SELECT id FROM orders WHERE amount < 0'
    """
    tree = _select(text, tables, key)
    rendered = tree.sql(dialect="duckdb", comments=False)
    _duckdb_agrees(rendered, key, tables=True)
    return rendered


def select_over(text: str, own: str, *, tables: Collection[str] | None = None, key: str = "sql") -> Select:
    """Give a query like `one_select`, with a placeholder for each table; `own` is the table that ``{table}`` stands for.

    >>> select_over("SELECT o.id FROM orders o JOIN customers USING (id)", "orders")
    Select(text='SELECT o.id FROM {table} AS o JOIN {other} AS "customers" USING (id)', tables=('customers',))
    """
    from sqlglot import exp

    checked = one_select(text, tables=tables, key=key)
    tree = _select(text, tables, key)
    aliases = _cte_names(tree)
    others: list[str] = []
    marks: dict[str, str] = {}
    salt = f"decom{abs(hash(checked)):x}"
    for found in list(tree.find_all(exp.Table)):
        called = found.name
        if not called or called.casefold() in aliases or not isinstance(found.this, exp.Identifier):
            continue
        if called.casefold() == own.casefold():
            place = "{table}"
        else:
            known = next((each for each in others if each.casefold() == called.casefold()), None)
            if known is None:
                others.append(called)
                known = called
            at = others.index(known)
            place = f"{{other{at or ''}}}"
        marks[f"{salt}x{len(marks)}x"] = place
        if not found.alias:
            found.set("alias", exp.TableAlias(this=exp.to_identifier(called, quoted=True)))
        found.set("this", exp.to_identifier(list(marks)[-1]))
    rendered = tree.sql(dialect="duckdb", comments=False).replace("{", "{{").replace("}", "}}")
    for mark, place in marks.items():
        rendered = rendered.replace(mark, place)
    return Select(rendered, tuple(others))


def type_name(text: str, *, key: str = "type") -> str:
    """Give a type as DuckDB writes it. Raises `InputError`.

    >>> type_name("decimal( 18,2 )"), type_name("int")
    ('DECIMAL(18, 2)', 'INT')
    """
    from sqlglot import exp

    try:
        select = _parsed(f"CAST(NULL AS {text})", "SELECT ", key)
        only = _is_one_expression(select) and isinstance(select.expressions[0], exp.Cast)
        wanted = select.expressions[0].args.get("to") if only else None
    except InputError:
        wanted = None
    rendered = wanted.sql(dialect="duckdb", comments=False) if isinstance(wanted, exp.DataType) else ""
    if not rendered or refused(f"SELECT CAST(NULL AS {rendered})"):
        raise _mistake(key, f"{_short(text)} is no type that DuckDB knows", "write one such as DATE or DECIMAL(18,2)")
    return rendered


def canonical_type(text: str) -> str:
    """Give a type that was let through as DuckDB's DESCRIBE writes it.

    >>> canonical_type("INT"), canonical_type("TIMESTAMPTZ")
    ('INTEGER', 'TIMESTAMP WITH TIME ZONE')
    """
    with _connection().cursor() as cursor:
        return str(cursor.execute(f"DESCRIBE SELECT CAST(NULL AS {text}) AS x").fetchall()[0][1])


def pattern(text: str, *, key: str = "pattern") -> str:
    """Give a regular expression as it is, if RE2 can read it. Raises `InputError`."""
    error = refused(f"SELECT regexp_matches('', {string(text)})")
    if error:
        raise _mistake(key, f"{_short(text)} is no regular expression of RE2: {error}", "mend it")
    return text


def time_format(text: str, *, key: str = "format") -> str:
    """Give a strptime format as it is, if DuckDB can read it. Raises `InputError`."""
    error = refused(f"SELECT try_strptime('', {string(text)})")
    if error:
        raise _mistake(key, f"{_short(text)} is no format for dates and times: {error}", "write one such as %d.%m.%Y")
    return text


@cache
def _connection() -> DuckDBPyConnection:
    """Open a DuckDB that holds nothing and can reach nothing, to ask how it reads a text."""
    import duckdb

    made = duckdb.connect(
        config={
            "enable_external_access": False,
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "python_enable_replacements": False,
            "memory_limit": "256MB",
            "threads": 1,
        }
    )
    made.execute("SET lock_configuration = true")
    return made


@cache
def refused(query: str) -> str:
    """Give the first line of why DuckDB does not accept a query over constants or empty rows; empty if it does."""
    import duckdb

    try:
        with _connection().cursor() as cursor:
            cursor.execute(query).fetchall()
    except duckdb.Error as error:
        first = str(error).strip().splitlines()[0]
        return first.partition("Error: ")[2] or first
    return ""


def _mistake(key: str, what: str, instead_: str = "") -> InputError:
    return InputError(Mistake("", 0, key, what, instead_))


def _short(text: str) -> str:
    shown = " ".join(text.split())
    return f"`{shown[:80]}…`" if len(shown) > 80 else f"`{shown}`"


def _parsed(text: str, prefix: str, key: str) -> exp.Expr:
    """Parse exactly one statement."""
    import sqlglot

    if len(text) > _LONGEST or "\0" in text:
        raise _mistake(key, "the text is too long or holds a NUL character", f"keep it below {_LONGEST:,} characters")
    try:
        trees = [each for each in sqlglot.parse(prefix + text, dialect="duckdb") if each is not None]
    except (sqlglot.errors.SqlglotError, RecursionError) as error:
        said = str(error).splitlines()[0].partition(". Line")[0] if str(error) else "it is nested too deeply"
        raise _mistake(
            key, f"{_short(text)} cannot be read as SQL: {said}", "write it as DuckDB would read it"
        ) from None
    if len(trees) != 1:
        raise _mistake(key, f"{_short(text)} is {len(trees)} statements", "write one, without a semicolon")
    return trees[0]


def _is_one_expression(select: exp.Expr) -> bool:
    """Tell whether a SELECT is one expression without a name, and nothing else."""
    from sqlglot import exp

    alone = isinstance(select, exp.Select) and not any(v for k, v in select.args.items() if k != "expressions" and v)
    return alone and len(select.expressions) == 1 and not isinstance(select.expressions[0], exp.Alias | exp.Aliases)


def _scalar(text: str, columns: Columns | None, table: str, key: str) -> tuple[str, str]:
    """Give an expression over one row, and its type where DuckDB can tell."""
    from sqlglot import exp

    select = _parsed(text, "SELECT ", key)
    if not _is_one_expression(select):
        raise _mistake(key, f"{_short(text)} is more than one expression over the columns of a row", "write just that")
    tree = select.expressions[0]
    spelled = {each.casefold(): each for each in columns or ()}
    used: set[str] = set()

    def resolved(node: exp.Expr) -> exp.Expr:
        if not isinstance(node, exp.Column):
            return node
        parts = [part.name for part in node.parts]
        if len(parts) > 1 and table and parts[0].casefold() == table.casefold() and parts[0].casefold() not in spelled:
            parts = parts[1:]
        column = spelled.get(parts[0].casefold()) if columns is not None else parts[0]
        if column is None:
            quoted = isinstance(node.this, exp.Identifier) and node.this.quoted
            hint = "; a text stands in single quotes" if quoted else ""
            raise _mistake(key, f"the table has no column {parts[0]}", instead(parts[0], columns or ()) + hint)
        used.add(column)
        made: exp.Expr = exp.column(exp.to_identifier(column, quoted=True))
        for part in parts[1:]:  # a field of a struct
            made = exp.Anonymous(this="struct_extract", expressions=[made, exp.Literal.string(part)])
        return made

    tree = tree.transform(resolved)
    _refuse(tree, key, text)
    rendered = tree.sql(dialect="duckdb", comments=False)
    _duckdb_agrees(f"SELECT {rendered}", key, tables=False)
    if columns is None:
        return rendered, ""
    return rendered, _type_of(rendered, {each: columns[each] for each in sorted(used)}, key, text)


def _refuse(tree: exp.Expr, key: str, text: str) -> None:
    """Raise if a node is none that an expression over one row may have."""
    from sqlglot import exp

    refused_nodes = (
        exp.Query, exp.Subquery, exp.Exists, exp.Table, exp.AggFunc, exp.Window, exp.Star, exp.Placeholder, exp.Parameter,
        exp.SessionParameter, exp.Lambda, exp.Command, exp.DDL, exp.DML, exp.Into, exp.Lock, exp.PropertyEQ, exp.UDTF,
        exp.Aliases, exp.Alias,
    )  # fmt: skip
    for node in tree.walk():
        if isinstance(node, refused_nodes):
            kind = next((said for said in _REASONS if isinstance(node, getattr(exp, said))), "")
            raise _mistake(
                key,
                f"{_short(text)} holds {_REASONS.get(kind, type(node).__name__)}, and only the columns of one row count",
                "write the question as a custom_sql check",
            )


def _select(text: str, tables: Collection[str] | None, key: str) -> exp.Expr:
    """Parse a query and refuse what could write, or reach beyond named tables."""
    from sqlglot import exp

    tree = _parsed(text, "", key)
    if not isinstance(tree, exp.Query) or isinstance(tree, exp.Subquery | exp.Table):
        raise _mistake(key, f"{_short(text)} is no SELECT", "write one SELECT; each row it gives is a violation")
    known = {each.casefold() for each in tables or ()}
    aliases = _cte_names(tree)
    forbidden = (
        exp.DDL, exp.DML, exp.Command, exp.Into, exp.Lock, exp.Placeholder, exp.Parameter, exp.SessionParameter, exp.Set,
        exp.Pragma, exp.Attach, exp.Copy, exp.Describe, exp.Use,
    )  # fmt: skip
    for node in tree.walk():
        if isinstance(node, forbidden) and not isinstance(node, exp.Query):
            raise _mistake(
                key, f"the query holds {_REASONS.get(type(node).__name__, type(node).__name__)}", "leave it out"
            )
        if isinstance(node, exp.CTE | exp.TableAlias) and _PATH.search(node.alias or node.name):
            raise _mistake(key, f"{node.alias or node.name} looks like a file", "give it a plain name")
        if not isinstance(node, exp.Table):
            continue
        if not isinstance(node.this, exp.Identifier):
            continue  # a table function; DuckDB's own tree says which
        called = node.name
        if called.casefold() in known or (called.casefold() in aliases and not node.db):
            continue
        system = called.casefold().startswith(("duckdb_", "pragma_", "pg_", "sqlite_"))
        if tables is not None or node.db or node.catalog or system or _PATH.search(called):
            shown = ".".join(part.name for part in node.parts)
            hint = instead(called, tables) if tables else "name a table of the suite's sources"
            raise _mistake(key, f"there is no table {shown} to read", hint)
    return tree


def _cte_names(tree: exp.Expr) -> set[str]:
    from sqlglot import exp

    return {each.alias.casefold() for each in tree.find_all(exp.CTE)}


def _duckdb_agrees(query: str, key: str, *, tables: bool) -> None:
    """Raise unless DuckDB, too, reads the text as one SELECT of harmless functions over named tables."""
    with _connection().cursor() as cursor:
        told = json.loads(cursor.execute("SELECT json_serialize_sql(?)", [query]).fetchone()[0])  # type: ignore[index]
    if told.get("error") or len(told.get("statements", ())) != 1:
        reason = told.get("error_message") or "it is no SELECT"
        raise _mistake(
            key, f"DuckDB cannot read {_short(query.removeprefix('SELECT '))}: {reason}", "write it differently"
        )
    allowed = SCALAR | AGGREGATE | WINDOW if tables else SCALAR
    for node in _nodes(told["statements"][0]):
        kind = node.get("type", "")
        if kind == "TABLE_FUNCTION":
            called = (node.get("function") or {}).get("function_name", "")
            _known(called, TABLE, key)
        elif "function_name" in node and not node.get("catalog"):
            _known(node["function_name"], allowed | TABLE if tables else allowed, key)
        elif "function_name" in node:
            raise _mistake(key, f"{node['catalog']}.{node['function_name']} is not a function of DuckDB's own", "")
        elif kind in ("SHOW_REF", "PIVOT", "COLUMN_DATA", "PARAMETER", "SHOW_TABLE"):
            raise _mistake(key, f"the query holds {kind.replace('_', ' ').lower()}", "write it as a plain SELECT")
        elif not tables and (
            kind == "BASE_TABLE" or node.get("class") in ("SUBQUERY", "WINDOW", "PARAMETER", "LAMBDA")
        ):
            raise _mistake(key, "only the columns of one row count", "write the question as a custom_sql check")


def _known(called: str, allowed: Collection[str], key: str) -> None:
    if called.casefold() not in allowed:
        meant = did_you_mean(called, allowed)
        hint = f"did you mean {meant}?" if meant and meant[0] == called[0].casefold() else "use one that only computes"
        raise _mistake(key, f"the function {called} may not be called here", hint)


def _nodes(node: Any) -> Iterator[dict[str, Any]]:
    """Give every mapping inside a tree of JSON, without recursion: the tree may be deep."""
    waiting = [node]
    while waiting:
        here = waiting.pop()
        if isinstance(here, dict):
            yield here
            waiting.extend(here.values())
        elif isinstance(here, list):
            waiting.extend(here)


def _type_of(rendered: str, columns: Columns, key: str, text: str) -> str:
    """Ask DuckDB what type the expression has over columns of these types; empty if it does not know one of the types."""
    import duckdb

    empty = ("", "NULL", '"NULL"')
    of = ", ".join(
        f"CAST(NULL AS {'VARCHAR' if type_ in empty else type_}) AS {name(each)}" for each, type_ in columns.items()
    )
    rows = f"(SELECT {of or '1 AS x'})"
    describe: Callable[[str], str] = lambda query: str(cursor.execute(query).fetchall()[0][1])  # noqa: E731
    with _connection().cursor() as cursor:
        try:
            cursor.execute(f"DESCRIBE SELECT * FROM {rows}")
        except duckdb.Error:
            return ""
        try:
            return describe(f"DESCRIBE SELECT {rendered} FROM {rows}")
        except duckdb.Error as error:
            first = str(error).strip().splitlines()[0]
            said = first.partition("Error: ")[2] or first
            raise _mistake(key, f"{_short(text)} does not fit the columns: {said}", "mend it") from None
