"""A client's SQL, before it goes anywhere: parsed, held against what is allowed, and written anew from what was parsed.

The parser is DuckDB's own, so that what is looked through is what would run: every function, table and kind of node in its
tree has to be known as harmless, and the text that is given, parsed again, is the same tree. `needs` and `violations`
call this, and rooms call it to check what somebody typed.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from decom_nb.errors import InputError, Mistake
from decom_nb.sql import tree
from decom_nb.sql.dialect import changed
from decom_nb.sql.pure_function import AGGREGATE, SCALAR, TABLE, WINDOW
from decom_nb.sql.text import name, string
from decom_nb.sql.tree import Node, NoTree
from decom_nb.suggest import did_you_mean, instead

if TYPE_CHECKING:
    from sqlglot import exp

Columns = Mapping[str, str]
"""Columns of a table: DuckDB's type by name."""

_LONGEST = 20_000
"""Characters; a person's SQL is shorter, and a parser's time grows with it."""
_OF_A_ROW = frozenset(
    {
        "COLUMN_REF",
        "CONSTANT",
        "COMPARISON",
        "CONJUNCTION",
        "FUNCTION",
        "OPERATOR",
        "CAST",
        "CASE",
        "BETWEEN",
        "COLLATE",
    }
)
"""Kinds of expression that say something about one row."""
_OF_A_QUERY = _OF_A_ROW | {"SUBQUERY", "WINDOW", "STAR", "LAMBDA", "POSITIONAL_REFERENCE"}
_PLACES = frozenset({"BASE_TABLE", "SUBQUERY", "JOIN", "TABLE_FUNCTION", "EXPRESSION_LIST", "EMPTY"})
"""What may stand after FROM."""
_CALLED = {
    "SUBQUERY": "a subquery", "WINDOW": "a window function", "STAR": "a *", "LAMBDA": "a lambda", "PARAMETER": "a parameter",
    "POSITIONAL_REFERENCE": "a column by its number", "SHOW_REF": "a description of a table", "PIVOT": "a pivot",
}  # fmt: skip
_SYSTEM = ("duckdb_", "pragma_", "pg_", "sqlite_", "information_schema")


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
    rendered, type_ = _scalar(text, tuple(columns.items()), table, key)
    if type_ not in ("", "BOOLEAN", '"NULL"', "NULL"):
        raise _mistake(
            key, f"a condition is true or false, and {_short(text)} is a {type_}", "compare it with something"
        )
    return rendered


def expression(text: str, columns: Columns, *, table: str = "", key: str = "group") -> str:
    """Give an expression over one row as DuckDB SQL. Raises `InputError`.

    >>> expression("ordered_at::date", {"ordered_at": "TIMESTAMP"})
    'CAST("ordered_at" AS DATE)'
    """
    return _scalar(text, tuple(columns.items()), table, key)[0]


def unbound_expression(text: str, *, key: str = "group") -> str:
    """Give an expression over one row of a table whose columns are not known here. Raises `InputError`.

    >>> unbound_expression("cast(day as date)")
    'CAST("day" AS DATE)'
    """
    return _scalar(text, None, "", key)[0]


def one_select(text: str, *, tables: Collection[str] | None = None, key: str = "sql") -> str:
    """Give a query that only reads, as DuckDB SQL. With `tables`, it may read no others. Raises `InputError`.

    >>> one_select("select id from orders where amount < 0 -- refunds")
    'SELECT id FROM orders WHERE amount < 0'
    """
    return _written(_select(text, tables, key), key)


def select_over(text: str, own: str, *, tables: Collection[str] | None = None, key: str = "sql") -> Select:
    """Give a query like `one_select`, with a placeholder for each table; `own` is the table that ``{table}`` stands for.

    >>> select_over("SELECT o.id FROM orders o JOIN customers USING (id)", "orders")
    Select(text='SELECT o.id FROM {table} AS o INNER JOIN {other} AS customers USING (id)', tables=('customers',))
    """
    query = _select(text, tables, key)
    aliases = _cte_names(query)
    others: list[str] = []
    marks: dict[str, str] = {}
    for found in tree.nodes(query):
        if found.get("type") != "BASE_TABLE" or found["table_name"].casefold() in aliases:
            continue
        called = found["table_name"]
        if called.casefold() == own.casefold():
            place = "{table}"
        else:
            known = next((each for each in others if each.casefold() == called.casefold()), None)
            if known is None:
                others.append(called)
                known = called
            place = f"{{other{others.index(known) or ''}}}"
        mark = f"decom_place_{len(marks)}_"
        while mark in text:
            mark += "x_"
        marks[mark] = place
        found["alias"] = found["alias"] or called
        found["table_name"] = mark
    written = _written(query, key).replace("{", "{{").replace("}", "}}")
    for mark, place in marks.items():
        written = written.replace(f'"{mark}"', place).replace(mark, place)
    # The placeholders come in the order of the text, which is not that of the tree.
    order = sorted(others, key=lambda each: written.index(f"{{other{others.index(each) or ''}}}"))
    for at, each in enumerate(order):
        written = written.replace(f"{{other{others.index(each) or ''}}}", f"\0{at}\0")
    for at in range(len(order)):
        written = written.replace(f"\0{at}\0", f"{{other{at or ''}}}")
    return Select(written, tuple(order))


def type_name(text: str, *, key: str = "type") -> str:
    """Give a type as DuckDB writes it. Raises `InputError`.

    >>> type_name("decimal( 18,2 )"), type_name("int")
    ('DECIMAL(18,2)', 'INTEGER')
    """
    wrong = _mistake(key, f"{_short(text)} is no type that DuckDB knows", "write one such as DATE or DECIMAL(18,2)")
    try:
        node = _only_expression(f"CAST(NULL AS {text})", key)
    except InputError:
        raise wrong from None
    inner = node.get("child") or {}
    if node["class"] != "CAST" or (inner.get("value") or {}).get("is_null") is not True:
        raise wrong
    _harmless(node, _OF_A_ROW, SCALAR, key, text)
    written = tree.expression(node).removeprefix("CAST(NULL AS ").removesuffix(")")
    if refused(f"SELECT CAST(NULL AS {written})"):
        raise wrong
    return written


def canonical_type(text: str) -> str:
    """Give a type that was let through as DuckDB's DESCRIBE writes it.

    >>> canonical_type("INT"), canonical_type("TIMESTAMPTZ")
    ('INTEGER', 'TIMESTAMP WITH TIME ZONE')
    """
    with tree.connection().cursor() as cursor:
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


@lru_cache(1024)
def refused(query: str) -> str:
    """Give the first line of why DuckDB does not accept a query over constants or empty rows; empty if it does."""
    import duckdb

    try:
        with tree.connection().cursor() as cursor:
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


def _parsed(text: str, prefix: str, key: str) -> Node:
    """Parse exactly one query, and give its node."""
    if len(text) > _LONGEST or "\0" in text:
        raise _mistake(key, "the text is too long or holds a NUL character", f"keep it below {_LONGEST:,} characters")
    try:
        found = tree.statements(prefix + text)
    except NoTree as error:
        if "Only SELECT" in str(error):
            raise _mistake(
                key, f"{_short(text)} is no SELECT, or more than that", "write one that only reads"
            ) from None
        raise _mistake(
            key, f"{_short(text)} cannot be read as SQL: {error}", "write it as DuckDB would read it"
        ) from None
    if len(found) != 1:
        raise _mistake(key, f"{_short(text)} is {len(found)} statements", "write one, without a semicolon")
    node: Node = found[0]["node"]
    return node


_BESIDE = ("modifiers", "where_clause", "group_expressions", "group_sets", "having", "sample", "qualify")
"""What a SELECT has beside the list of what it gives."""


def _only_expression(text: str, key: str) -> Node:
    """Parse a text that is one expression without a name, and nothing else."""
    select = _parsed(text, "SELECT ", key)
    more = (
        select["type"] != "SELECT_NODE"
        or select["from_table"]["type"] != "EMPTY"
        or select["cte_map"]["map"]
        or any(select.get(each) for each in _BESIDE)
    )
    if more or len(select["select_list"]) != 1 or select["select_list"][0].get("alias"):
        raise _mistake(key, f"{_short(text)} is more than one expression over the columns of a row", "write just that")
    node: Node = select["select_list"][0]
    return node


@lru_cache(1024)
def _scalar(text: str, columns: tuple[tuple[str, str], ...] | None, table: str, key: str) -> tuple[str, str]:
    """Give an expression over one row, and its type where DuckDB can tell."""
    node = _only_expression(text, key)
    _harmless(node, _OF_A_ROW, SCALAR, key, text)
    known = dict(columns or ())
    spelled = {each.casefold(): each for each in known}
    used: set[str] = set()
    for found in tree.nodes(node):
        if found.get("class") != "COLUMN_REF":
            continue
        path = list(found["column_names"])
        if len(path) > 1 and table and path[0].casefold() == table.casefold() and path[0].casefold() not in spelled:
            path = path[1:]
        column = spelled.get(path[0].casefold()) if columns is not None else path[0]
        if column is None and len(path) == 1 and path[0].casefold() in tree.CLOCK:
            found["column_names"], found["clock"] = [path[0].casefold()], True
            continue
        if column is None:
            hint = "; a text stands in single quotes" if f'"{path[0]}"' in text else ""
            raise _mistake(key, f"the table has no column {path[0]}", instead(path[0], known) + hint)
        used.add(column)
        found["column_names"] = [column, *path[1:]]
    try:
        written = tree.expression(node)
    except NoTree as error:
        raise _mistake(key, f"{_short(text)}: {error}", "write it in simpler words") from None
    if columns is None:
        return written, ""
    return written, _type_of(written, {each: known[each] for each in sorted(used)}, key, text)


def _harmless(node: Node, kinds: Collection[str], functions: Collection[str], key: str, text: str) -> None:
    """Raise unless every expression and every function in the tree is known to do nothing but compute."""
    for each in tree.nodes(node):
        kind = each.get("class")
        if kind is not None and kind not in kinds:
            called = _CALLED.get(kind, f"a {str(kind).replace('_', ' ').lower()}")
            raise _mistake(key, f"{_short(text)} holds {called}", "write the question as a custom_sql check")
        if "function_name" in each:
            _callable(each, functions, key)


def _callable(node: Node, allowed: Collection[str], key: str) -> None:
    called = str(node["function_name"])
    if called.casefold() not in allowed or node.get("catalog") or node.get("schema") not in (None, "", "main"):
        if called.casefold() in AGGREGATE:
            raise _mistake(
                key, f"{called} is an aggregate, and only the columns of one row count", "write a custom_sql check"
            )
        meant = did_you_mean(called, allowed)
        hint = f"did you mean {meant}?" if meant and meant[0] == called[0].casefold() else "use one that only computes"
        raise _mistake(key, f"the function {called} may not be called here", hint)


def _select(text: str, tables: Collection[str] | None, key: str) -> Node:
    """Parse a query and refuse what could reach beyond named tables."""
    query = _parsed(text, "", key)
    _harmless(query, _OF_A_QUERY, SCALAR | AGGREGATE | WINDOW | TABLE, key, text)
    known = {each.casefold() for each in tables or ()}
    aliases = _cte_names(query)
    for each in aliases:
        if _like_a_file(each):
            raise _mistake(key, f"{each} looks like a file", "give it a plain name")
    for place in _places(query):
        kind = place["type"]
        if kind not in _PLACES:
            raise _mistake(key, f"the query holds {_CALLED.get(kind, kind.lower())}", "write it as a plain SELECT")
        if kind == "TABLE_FUNCTION":
            _callable(place["function"], TABLE, key)
        if kind != "BASE_TABLE":
            continue
        called = place["table_name"]
        qualified = place.get("schema_name") or place.get("catalog_name")
        if place.get("at_clause"):
            raise _mistake(key, f"the query asks for an earlier state of {called}", "leave AT out")
        if not qualified and (called.casefold() in known or called.casefold() in aliases):
            continue
        if tables is not None or qualified or called.casefold().startswith(_SYSTEM) or _like_a_file(called):
            shown = ".".join(filter(None, (place.get("catalog_name"), place.get("schema_name"), called)))
            hint = instead(called, tables) if tables else "name a table of the suite's sources"
            raise _mistake(key, f"there is no table {shown} to read", hint)
    return query


def _places(query: Node) -> Iterator[Node]:
    """Give whatever stands after a FROM: DuckDB's tree tells it by these keys, and expressions have a class beside."""
    for node in tree.nodes(query):
        if "type" in node and "alias" in node and "sample" in node and "class" not in node:
            yield node


def _like_a_file(called: str) -> bool:
    """Tell whether DuckDB might take a table's name for that of a file, and read it."""
    _, dot, ending = called.rpartition(".")
    return any(each in called for each in "/\\*?:") or bool(dot and ending.isalnum() and len(ending) <= 8)


def _cte_names(query: Node) -> set[str]:
    found = (each["key"] for node in tree.nodes(query) for each in (node.get("cte_map") or {}).get("map", ()))
    recursive = (node["cte_name"] for node in tree.nodes(query) if node.get("cte_name"))
    return {str(each).casefold() for each in (*found, *recursive)}


def _written(query: Node, key: str) -> str:
    """Give a query as text: in sqlglot's words, which people and other engines read, where they mean the very same."""
    whole = [{"node": query, "named_param_map": []}]
    plain = tree.rendered(whole)
    for common in (True, False):
        try:
            text = _in_common_words(plain) if common else plain
            if tree.same(tree.statements(text), whole):
                return text
        except (NoTree, ValueError, RecursionError):
            continue
    raise _mistake(key, "the query cannot be written so that it is read the same", "write it in simpler words")


def _in_common_words(query: str) -> str:
    import sqlglot

    try:
        return changed(sqlglot.parse_one(query, read="duckdb"), _plainer).sql(dialect="duckdb", comments=False)
    except sqlglot.errors.SqlglotError as error:
        raise NoTree(str(error)) from None


def _plainer(node: exp.Expr) -> exp.Expr:
    """Take back what DuckDB writes in words of its own: brackets around every comparison, count_star, 't' for true."""
    from sqlglot import exp

    if isinstance(node, exp.Paren) and _needless(node):
        inner: exp.Expr = node.this
        return inner
    if isinstance(node, exp.Anonymous) and str(node.this).lower() == "count_star":
        return exp.Count(this=exp.Star())
    if isinstance(node, exp.Cast) and node.to.is_type("BOOLEAN") and node.this.is_string:
        return {"t": exp.true(), "f": exp.false()}.get(str(node.this.this), node)
    return node


def _needless(node: exp.Paren) -> bool:
    from sqlglot import exp

    outside = exp.Where | exp.Having | exp.Join | exp.Paren | exp.Select | exp.Qualify | exp.Func
    if isinstance(node.parent, exp.And | exp.Or):
        return isinstance(node.this, exp.Predicate | exp.Is | exp.Like)
    return isinstance(node.parent, outside) and not isinstance(node.parent, exp.Case | exp.Cast)


def _type_of(rendered: str, columns: Columns, key: str, text: str) -> str:
    """Ask DuckDB what type the expression has over columns of these types; empty if it does not know one of the types."""
    import duckdb

    empty = ("", "NULL", '"NULL"')
    of = ", ".join(
        f"CAST(NULL AS {'VARCHAR' if type_ in empty else type_}) AS {name(each)}" for each, type_ in columns.items()
    )
    rows = f"(SELECT {of or '1 AS x'})"
    describe: Callable[[str], str] = lambda query: str(cursor.execute(query).fetchall()[0][1])  # noqa: E731
    with tree.connection().cursor() as cursor:
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
