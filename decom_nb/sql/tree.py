"""DuckDB's own tree of a text: what it would run, as nested mappings, and the text written anew from it. `guard` uses this.

The tree is that of ``json_serialize_sql``. An expression over one row is written in the common words of SQL, so that other
parsers read it too; parsed again it is the same tree, or it is not given.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, Any

from decom_nb.sql.text import name, string

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

Node = dict[str, Any]


class NoTree(ValueError):  # noqa: N818 - reads as what it says
    """DuckDB does not read the text as queries; the message is DuckDB's."""


def connection() -> DuckDBPyConnection:
    """Give a DuckDB that holds nothing and can reach nothing, to ask how it reads a text: one for each process."""
    return _connection(os.getpid())


@cache
def _connection(process: int) -> DuckDBPyConnection:
    """Open it; a process that was forked must not use its parent's."""
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


def statements(text: str) -> list[Node]:
    """Give the tree of each query in the text. Raises `NoTree` if DuckDB cannot read it, or if one is no query."""
    import duckdb

    try:
        with connection().cursor() as cursor:
            # A literal, because a parameter makes DuckDB's Python package load numpy and pandas.
            row = cursor.execute(f"SELECT json_serialize_sql({string(text)})").fetchone()
        told = json.loads(row[0]) if row else {}
    except (duckdb.Error, RecursionError) as error:
        raise NoTree(_said(error)) from None
    if told.get("error"):
        raise NoTree(str(told.get("error_message", "")).splitlines()[0])
    return list(told["statements"])


def rendered(tree: list[Node]) -> str:
    """Give queries as DuckDB itself writes them."""
    with connection().cursor() as cursor:
        whole = json.dumps({"error": False, "statements": tree})
        row = cursor.execute(f"SELECT json_deserialize_sql(CAST({string(whole)} AS JSON))").fetchone()
    return str(row[0]) if row else ""


def _said(error: Exception) -> str:
    first = (str(error).strip().splitlines() or ["it is nested too deeply"])[0]
    return first.partition("Error: ")[2] or first


def nodes(tree: Any) -> Iterator[Node]:
    """Give every mapping inside a tree."""
    waiting = [tree]
    while waiting:
        here = waiting.pop()
        if isinstance(here, dict):
            yield here
            waiting.extend(here.values())
        elif isinstance(here, list):
            waiting.extend(here)


def same(one: Any, other: Any) -> bool:
    """Tell whether two trees mean the same: places in the text aside, and the schema of DuckDB's own functions."""
    return bool(_bare(one) == _bare(other))


def _bare(tree: Any) -> Any:
    if isinstance(tree, dict):
        kept = {key: _bare(value) for key, value in tree.items() if key not in ("query_location", "clock")}
        if "function_name" in kept:
            kept["schema"] = "" if kept.get("schema") == "main" else kept.get("schema")
            kept["function_name"] = str(kept["function_name"]).lower()
        return kept
    return [_bare(each) for each in tree] if isinstance(tree, list) else tree


class _Unwritten(Exception):  # noqa: N818 - never leaves this module
    """There is no rule for a node."""


def expression(node: Node) -> str:
    """Give an expression over one row as text that DuckDB reads as the same tree. Raises `NoTree` if there is none.

    >>> expression(statements("SELECT a >1 or not (b is null)")[0]["node"]["select_list"][0])
    '"a" > 1 OR NOT "b" IS NULL'
    """
    for common in (True, False):
        try:
            text = _write(node)[0] if common else _in_duckdbs_words(node)
            again = statements(f"SELECT {text}")[0]["node"]["select_list"][0]
        except (_Unwritten, NoTree, KeyError, TypeError, RecursionError):
            continue
        if same(again, node):
            return text
    raise NoTree("it cannot be written so that it is read the same")


def _in_duckdbs_words(node: Node) -> str:
    tree = statements("SELECT 1")
    tree[0]["node"]["select_list"] = [node]
    return rendered(tree).removeprefix("SELECT ")


_OR, _AND, _NOT, _COMPARISON, _OPERATOR, _ATOM = range(6)
"""How tightly a text holds together, from the loosest."""
_COMPARISONS = {
    "COMPARE_EQUAL": "=", "COMPARE_NOTEQUAL": "<>", "COMPARE_LESSTHAN": "<", "COMPARE_GREATERTHAN": ">",
    "COMPARE_LESSTHANOREQUALTO": "<=", "COMPARE_GREATERTHANOREQUALTO": ">=", "COMPARE_DISTINCT_FROM": "IS DISTINCT FROM",
    "COMPARE_NOT_DISTINCT_FROM": "IS NOT DISTINCT FROM",
}  # fmt: skip
_LIKE = {"~~": "LIKE", "!~~": "NOT LIKE", "~~*": "ILIKE", "!~~*": "NOT ILIKE", "~~~": "GLOB"}
_ESCAPED = {
    "like_escape": "LIKE", "not_like_escape": "NOT LIKE", "ilike_escape": "ILIKE", "not_ilike_escape": "NOT ILIKE",
}  # fmt: skip
_INFIX = frozenset("+ - * / // % ** ^ || & | << >> <@ @> && ^@".split())  # noqa: SIM905 - easier to read
_UNITS = {
    "to_years": "YEARS", "to_months": "MONTHS", "to_weeks": "WEEKS", "to_days": "DAYS", "to_hours": "HOURS",
    "to_minutes": "MINUTES", "to_seconds": "SECONDS",
}  # fmt: skip
_PLAIN_TYPES = frozenset(
    {
        "BOOLEAN", "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT",
        "UHUGEINT", "FLOAT", "DOUBLE", "VARCHAR", "BLOB", "DATE", "TIME", "TIMESTAMP", "TIMESTAMP WITH TIME ZONE", "INTERVAL",
        "UUID", "JSON", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS",
    }
)  # fmt: skip
CLOCK = frozenset({"current_date", "current_timestamp", "current_time", "localtimestamp", "localtime"})
"""Words that DuckDB's tree has as columns, and that mean the clock where no column is called so; `guard` sets the key ``clock``
of such a node."""


def _write(node: Node) -> tuple[str, int]:
    """Give a node as text, and how tightly it holds together."""
    kind = node["class"]
    if kind == "COLUMN_REF":
        path = node["column_names"]
        if len(path) == 1 and path[0] in CLOCK and node.get("clock"):
            return path[0], _ATOM
        return ".".join(name(each) for each in path), _ATOM
    if kind == "CONSTANT":
        return _constant(node["value"])
    if kind == "COMPARISON":
        return _comparison(node)
    if kind == "CONJUNCTION":
        word, level = (" AND ", _AND) if node["type"] == "CONJUNCTION_AND" else (" OR ", _OR)
        return word.join(_held(each, level + 1) for each in node["children"]), level
    if kind == "BETWEEN":
        parts = (_held(node[each], _OPERATOR) for each in ("input", "lower", "upper"))
        return "{} BETWEEN {} AND {}".format(*parts), _COMPARISON
    if kind == "CAST":
        return _cast(node), _ATOM
    if kind == "CASE":
        checks = "".join(
            f" WHEN {_write(each['when_expr'])[0]} THEN {_write(each['then_expr'])[0]}" for each in node["case_checks"]
        )
        return f"CASE{checks} ELSE {_write(node['else_expr'])[0]} END", _ATOM
    if kind == "OPERATOR":
        return _operator(node)
    if kind == "FUNCTION":
        return _function(node)
    raise _Unwritten


def _held(node: Node, level: int) -> str:
    text, has = _write(node)
    return text if has >= level else f"({text})"


def _constant(value: Node) -> tuple[str, int]:
    id_: str = value["type"]["id"]
    given: Any = value.get("value")
    if value.get("is_null") or id_ == "NULL":
        return "NULL", _ATOM
    if id_ == "VARCHAR":
        return string(given), _ATOM
    if isinstance(given, dict):
        given = (int(given.get("upper", 0)) << 64) + int(given.get("lower", 0))
    if id_ == "DECIMAL":
        text = _decimal(int(given), int(value["type"]["type_info"]["width"]), int(value["type"]["type_info"]["scale"]))
    elif id_ == "DOUBLE":
        shortest = repr(float(given))
        text = shortest if "e" in shortest else f"{shortest}e0"
    elif id_ in ("INTEGER", "BIGINT", "HUGEINT", "UHUGEINT"):
        text = str(given)
    else:
        raise _Unwritten
    return text, _OPERATOR if text.startswith("-") else _ATOM


def _decimal(digits: int, width: int, scale: int) -> str:
    """Give a decimal with as many digits as it was written with: ``.5`` and ``0.5`` are of different types."""
    text = str(abs(digits)).rjust(scale + (width > scale), "0")
    whole = text[: len(text) - scale]
    return ("-" if digits < 0 else "") + (f"{whole}.{text[len(text) - scale :]}" if scale else whole)


def _comparison(node: Node) -> tuple[str, int]:
    left, right = node["left"], node["right"]
    truth = right["class"] == "CONSTANT" and right["value"]["type"]["id"] == "BOOLEAN"
    if truth and node["type"] in ("COMPARE_DISTINCT_FROM", "COMPARE_NOT_DISTINCT_FROM") and left["class"] == "CAST":
        word = "IS" if node["type"] == "COMPARE_NOT_DISTINCT_FROM" else "IS NOT"
        return f"{_held(left['child'], _OPERATOR)} {word} {'TRUE' if right['value']['value'] else 'FALSE'}", _COMPARISON
    sign = _COMPARISONS.get(node["type"])
    if sign is None:
        raise _Unwritten
    return f"{_held(left, _OPERATOR)} {sign} {_held(right, _OPERATOR)}", _COMPARISON


def _cast(node: Node) -> str:
    type_, child = node["cast_type"], node["child"]
    if type_["id"] == "BOOLEAN" and child["class"] == "CONSTANT" and not node.get("try_cast"):
        truth = {"t": "TRUE", "f": "FALSE"}.get(str(child["value"].get("value")))
        if truth:
            return truth
    word = "TRY_CAST" if node.get("try_cast") else "CAST"
    return f"{word}({_write(child)[0]} AS {_type(type_)})"


def _type(type_: Node) -> str:
    info = type_.get("type_info") or {}
    if type_["id"] == "DECIMAL" and info:
        return f"DECIMAL({info['width']},{info['scale']})"
    if type_["id"] == "LIST" and info:
        return f"{_type(info['child_type'])}[]"
    if type_["id"] not in _PLAIN_TYPES or info:
        raise _Unwritten
    return str(type_["id"])


def _operator(node: Node) -> tuple[str, int]:
    children = node["children"]
    match node["type"]:
        case "OPERATOR_NOT":
            return f"NOT {_held(children[0], _NOT)}", _NOT
        case "OPERATOR_IS_NULL":
            return f"{_held(children[0], _OPERATOR)} IS NULL", _COMPARISON
        case "OPERATOR_IS_NOT_NULL":
            return f"{_held(children[0], _OPERATOR)} IS NOT NULL", _COMPARISON
        case "COMPARE_IN" | "COMPARE_NOT_IN" as kind:
            values = ", ".join(_write(each)[0] for each in children[1:])
            return f"{_held(children[0], _OPERATOR)} {'NOT ' if 'NOT' in kind else ''}IN ({values})", _COMPARISON
        case "OPERATOR_COALESCE":
            return f"COALESCE({', '.join(_write(each)[0] for each in children)})", _ATOM
        case "ARRAY_EXTRACT":
            return f"{_held(children[0], _ATOM)}[{_write(children[1])[0]}]", _ATOM
    raise _Unwritten


def _function(node: Node) -> tuple[str, int]:
    called, children = str(node["function_name"]), node["children"]
    ordered = (node.get("order_bys") or {}).get("orders")
    if node.get("filter") or node.get("distinct") or ordered:
        raise _Unwritten
    if called in _LIKE and len(children) == 2:
        return f"{_held(children[0], _OPERATOR)} {_LIKE[called]} {_held(children[1], _OPERATOR)}", _COMPARISON
    if called in _ESCAPED and node.get("schema") == "main":
        text, like, escape = (_held(each, _OPERATOR) for each in children)
        return f"{text} {_ESCAPED[called]} {like} ESCAPE {escape}", _COMPARISON
    if node.get("is_operator"):
        if called in _INFIX and len(children) == 2:
            return f"{_held(children[0], _ATOM)} {called} {_held(children[1], _ATOM)}", _OPERATOR
        if called in ("-", "@", "~") and len(children) == 1:
            return f"{called}{_held(children[0], _ATOM)}", _OPERATOR
        raise _Unwritten
    if called == "date_part" and node.get("schema") == "main":
        return f"EXTRACT({children[0]['value']['value']} FROM {_write(children[1])[0]})", _ATOM
    if called == "timezone" and node.get("schema") == "main":
        return f"{_held(children[1], _ATOM)} AT TIME ZONE {_held(children[0], _ATOM)}", _OPERATOR
    interval = _interval(called, children)
    if interval:
        return interval, _ATOM
    arguments = ((f"{name(each['alias'])} := " if each.get("alias") else "") + _write(each)[0] for each in children)
    word = called if called.isidentifier() and called.isascii() else name(called)
    return f"{word}({', '.join(arguments)})", _ATOM


def _interval(called: str, children: list[Node]) -> str:
    """Give ``INTERVAL 2 HOURS`` for what DuckDB makes of it; empty if it is something else."""
    try:
        value = children[0]["child"]["children"][0]["child"]
        if called not in _UNITS or children[0]["class"] != "CAST" or value["class"] != "CONSTANT":
            return ""
    except (KeyError, IndexError, TypeError):
        return ""
    return f"INTERVAL {_write(value)[0]} {_UNITS[called]}"
