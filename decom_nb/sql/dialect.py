"""DuckDB's SQL, as this package writes it, in the words of other engines; each text is parsed back before it is given.

`suite_sql` and rooms that hand SQL to a client call this. It is made for the forms that `quantity`, `own_query` and
`violations` write, and for what people put into conditions; what has no word in the other engine is refused with
`NotSayable`, never said roughly.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from decom_nb.sql.regex import NotPortable, portable
from decom_nb.sql.utc import is_inside_utc, is_utc, utc_in
from decom_nb.suggest import instead

if TYPE_CHECKING:
    from sqlglot import exp

DIALECTS = ("duckdb", "postgres", "snowflake", "bigquery", "databricks", "spark", "redshift", "trino")
"""The engines whose SQL can be written, as sqlglot calls them."""

_NO_FILTER = ("snowflake", "bigquery", "redshift")
"""Engines without FILTER after an aggregate."""
_NAN_IS_A_VALUE = ("postgres", "redshift", "snowflake")
"""Engines that find NaN by comparing with it; it equals itself there."""
_JAVA = ("spark", "databricks", "trino")
"""Engines with Java's regular expressions, or near enough for what `regex.portable` writes."""
_FOLDS_UP = re.compile(r"[a-z_][a-z0-9_]*")
"""Names that Snowflake folds to capitals where somebody created a table without quoting them."""
_RESERVED = frozenset(
    {
        "all", "alter", "analyse", "analyze", "and", "any", "array", "as", "asc", "asymmetric", "authorization",
        "between", "binary", "both", "by", "case", "cast", "check", "collate", "collation", "column", "concurrently",
        "connect", "constraint", "create", "cross", "current", "current_catalog", "current_date", "current_role",
        "current_schema", "current_time", "current_timestamp", "current_user", "default", "deferrable", "delete",
        "desc", "distinct", "do", "drop", "else", "end", "except", "exists", "false", "fetch", "for", "foreign",
        "freeze", "from", "full", "grant", "group", "having", "ilike", "in", "initially", "inner", "insert",
        "intersect", "interval", "into", "is", "isnull", "join", "lateral", "leading", "left", "like", "limit",
        "localtime", "localtimestamp", "merge", "natural", "not", "notnull", "null", "of", "offset", "on", "only",
        "or", "order", "outer", "overlaps", "partition", "pivot", "placing", "primary", "qualify", "range",
        "references", "returning", "right", "row", "rows", "sample", "schema", "select", "session_user", "set",
        "similar", "some", "start", "symmetric", "table", "tablesample", "then", "to", "trailing", "trigger", "true",
        "union", "unique", "unnest", "unpivot", "update", "user", "using", "values", "variadic", "verbose", "view",
        "when", "where", "window", "with",
    }
)  # fmt: skip
_PARSED_TIMES = {"snowflake": "TRY_TO_TIMESTAMP", "spark": "TRY_TO_TIMESTAMP", "databricks": "TRY_TO_TIMESTAMP"}


class NotSayable(ValueError):  # noqa: N818 - reads as what it says
    """The engine has no word for it, or none that means the same; the message is a sentence for a person."""


def as_dialect(sql: str, dialect: str) -> str:
    """Give DuckDB SQL in another engine's words, laid out for reading. Raises `NotSayable`.

    >>> print(as_dialect('SELECT count(*) FILTER (WHERE isnan("a")) AS n FROM "t"', "snowflake"))
    SELECT
      COUNT(CASE WHEN a = CAST('NaN' AS DOUBLE) THEN 1 END) AS n
    FROM t
    """
    import sqlglot

    if dialect not in DIALECTS:
        raise NotSayable(f"{dialect} is no dialect that is known here; {instead(dialect, DIALECTS)}")
    try:
        tree = sqlglot.parse_one(sql, read="duckdb")
        tree = changed(tree, _bare)
        if dialect != "duckdb":
            tree = changed(tree, lambda node: _said(node, dialect))
            if dialect == "snowflake":
                tree = changed(tree, _folded)
        text = tree.sql(dialect=dialect, pretty=True, unsupported_level=sqlglot.ErrorLevel.RAISE)
    except sqlglot.errors.UnsupportedError as error:
        raise NotSayable(f"{dialect} has no word for it: {str(error).splitlines()[0]}") from None
    except sqlglot.errors.SqlglotError as error:
        raise NotSayable(f"it cannot be read: {str(error).splitlines()[0]}") from None
    _reads_back(text, dialect)
    return text


def statement(sql: str, dialect: str) -> str:
    """Give one DELETE, INSERT, UPDATE, MERGE, CREATE or DROP of a table in another engine's words. Raises `NotSayable`.

    >>> statement('INSERT INTO "marts"."t" SELECT "Day" FROM "s"."t"', "bigquery").replace(chr(10), " ")
    'INSERT INTO marts.t SELECT   `Day` FROM s.t'
    """
    import sqlglot
    from sqlglot import exp

    if dialect not in DIALECTS:
        raise NotSayable(f"{dialect} is no dialect that is known here; {instead(dialect, DIALECTS)}")
    kinds = (exp.Delete, exp.Insert, exp.Update, exp.Merge, exp.Create, exp.Drop)
    try:
        tree = changed(sqlglot.parse_one(sql, read="duckdb"), _bare)
        if dialect != "duckdb":
            tree = changed(tree, lambda node: _said(node, dialect))
        tree = changed(tree, _folded if dialect == "snowflake" else _plain)
        text = tree.sql(dialect=dialect, pretty=True, unsupported_level=sqlglot.ErrorLevel.RAISE)
    except sqlglot.errors.UnsupportedError as error:
        raise NotSayable(f"{dialect} has no word for it: {str(error).splitlines()[0]}") from None
    except sqlglot.errors.SqlglotError as error:
        raise NotSayable(f"it cannot be read: {str(error).splitlines()[0]}") from None
    _reads_back(text, dialect, kinds)
    return text


def changed(tree: exp.Expr, rule: Callable[[exp.Expr], exp.Expr]) -> exp.Expr:
    """Put what a rule makes of each node in its place, the inner ones first: a rule sees operands that are done."""
    for node in reversed(list(tree.walk())):  # by breadth, so that turned round every child comes before its parent
        made = rule(node)
        if made is node:
            continue
        if node is tree:
            tree = made
        else:
            node.replace(made)
    return tree


def _bare(node: exp.Expr) -> exp.Expr:
    """Take away brackets around brackets, and around a whole condition."""
    from sqlglot import exp

    if isinstance(node, exp.Paren) and isinstance(node.parent, exp.Paren | exp.Where | exp.Having):
        inner: exp.Expr = node.this
        return inner
    return node


def _reads_back(text: str, dialect: str, kinds: tuple[type[exp.Expr], ...] = ()) -> None:
    import sqlglot
    from sqlglot import exp

    try:
        trees = sqlglot.parse(text, read=dialect)
    except sqlglot.errors.SqlglotError as error:
        raise NotSayable(f"{dialect} could not read it back: {str(error).splitlines()[0]}") from None
    if len(trees) != 1 or not isinstance(trees[0], kinds or (exp.Query, exp.Describe)):
        raise NotSayable(f"{dialect} would not read it as one {'statement' if kinds else 'query'}")


def _said(node: exp.Expr, dialect: str) -> exp.Expr:
    """Give a node as the engine has it, or the node itself."""
    from sqlglot import exp

    rules: tuple[tuple[type[exp.Expr], Callable[[exp.Expr, str], exp.Expr]], ...] = (
        (exp.IsNan, _nan),
        (exp.RegexpLike, _regex),
        (exp.Filter, _filter),
        (exp.NullSafeEQ, _null_safe),
        (exp.NullSafeNEQ, _null_safe),
        (exp.Is, _input_is_valid),
        (exp.TryCast, _try_cast),
        (exp.PercentileCont, _percentile),
        (exp.PercentileDisc, _percentile),
        (exp.Quantile, _percentile),
        (exp.Anonymous, _function),
        (exp.Literal, _word_for_infinity),
        (exp.DataType, _wide),
        (exp.Ordered, _ordered),
        (exp.UnixToTime, _utc),
    )
    for kind, rule in rules:
        if isinstance(node, kind):
            return rule(node, dialect)
    return node


def _nan(node: exp.Expr, dialect: str) -> exp.Expr:
    from sqlglot import exp

    if dialect not in _NAN_IS_A_VALUE:
        return node
    return exp.EQ(this=node.this.copy(), expression=exp.cast(exp.Literal.string("NaN"), "DOUBLE"))


def _regex(node: exp.Expr, dialect: str) -> exp.Expr:
    from sqlglot import exp

    pattern = node.expression
    if not isinstance(pattern, exp.Literal) or not pattern.is_string:
        raise NotSayable(f"in {dialect} a regular expression that is no plain text cannot be translated")
    written = str(pattern.this)
    if dialect != "bigquery":  # which has RE2 itself
        try:
            written = portable(written, "java" if dialect in _JAVA else "postgres")
        except NotPortable as error:
            raise NotSayable(f"{dialect} reads the regular expression {pattern.this} otherwise: {error}") from None
        if dialect in ("snowflake", "redshift"):
            written = written.replace("(?:", "(")  # what a group captures is not asked
            if "(?" in written:
                raise NotSayable(f"{dialect} has no word for what the regular expression {pattern.this} asks")
    made = node.copy()
    made.set("expression", exp.Literal.string(written))
    if dialect == "snowflake":  # whose REGEXP_LIKE wants the whole text to match
        found = exp.Anonymous(this="REGEXP_INSTR", expressions=[made.this, made.expression])
        return exp.GT(this=found, expression=exp.Literal.number(0))
    return made


def _filter(node: exp.Expr, dialect: str) -> exp.Expr:
    from sqlglot import exp

    if dialect not in _NO_FILTER:
        return node
    aggregate: exp.Expr = node.this.copy()
    condition = node.expression.this.copy()
    counted = exp.Literal.number(1) if isinstance(aggregate.this, exp.Star) else aggregate.this
    if counted is None or isinstance(counted, exp.Distinct):
        raise NotSayable(f"{dialect} has no FILTER for {node.this.sql()}")
    aggregate.set("this", exp.Case(ifs=[exp.If(this=condition, true=counted)]))
    return aggregate


def _null_safe(node: exp.Expr, dialect: str) -> exp.Expr:
    from sqlglot import exp

    if dialect != "redshift":
        return node
    a, b = node.this.copy(), node.expression.copy()
    none = exp.and_(a.is_(exp.null()), b.is_(exp.null()))
    same = exp.or_(exp.EQ(this=a.copy(), expression=b.copy()), none)
    if isinstance(node, exp.NullSafeEQ):
        return exp.Paren(this=same)
    one = exp.or_(a.is_(exp.null()), b.is_(exp.null()))
    different = exp.or_(exp.NEQ(this=a.copy(), expression=b.copy()), exp.and_(one, exp.not_(exp.paren(none.copy()))))
    return exp.Paren(this=different)


def _input_is_valid(node: exp.Expr, dialect: str) -> exp.Expr:
    """PostgreSQL, which has no TRY_CAST, tells since version 16 whether a text can be read as a type."""
    from sqlglot import exp

    tried = node.this
    if dialect != "postgres" or not isinstance(tried, exp.TryCast) or not isinstance(node.expression, exp.Null):
        return node
    as_text = exp.cast(tried.this.copy(), "TEXT")
    type_ = exp.Literal.string(tried.args["to"].sql(dialect="postgres").lower())
    return exp.not_(exp.Anonymous(this="PG_INPUT_IS_VALID", expressions=[as_text, type_]))


def _try_cast(node: exp.Expr, dialect: str) -> exp.Expr:
    from sqlglot import exp

    if dialect == "postgres":
        if isinstance(node.parent, exp.Is) and isinstance(node.parent.expression, exp.Null):
            return node  # which `_input_is_valid` says
        raise NotSayable("postgres has no cast that gives nothing where it fails")
    if dialect == "snowflake":  # whose generator writes TRY_CAST only for what it knows to be text
        made = node.copy()
        made.this.type = exp.DataType.build("VARCHAR")
        return made
    return node


def _percentile(node: exp.Expr, dialect: str) -> exp.Expr:
    from sqlglot import exp

    if dialect in ("bigquery", "trino"):
        raise NotSayable(f"{dialect} has no exact percentile as an aggregate")
    if dialect in ("spark", "databricks") and isinstance(node, exp.PercentileCont) and node.expression is not None:
        return exp.Anonymous(this="PERCENTILE", expressions=[node.this.copy(), node.expression.copy()])
    return node


def _function(node: exp.Expr, dialect: str) -> exp.Expr:
    from sqlglot import exp

    called = str(node.this).lower()
    if is_inside_utc(node):
        return node  # which `_utc` says
    if called == "try_strptime":
        return _parsed_time(node, dialect)
    if called in ("pg_input_is_valid", "regexp_instr", "percentile", "try_to_timestamp", "safe.parse_timestamp"):
        return node  # written here
    if called == "struct_extract" and isinstance(node.expressions[1], exp.Literal):
        return exp.Dot(this=node.expressions[0].copy(), expression=exp.to_identifier(node.expressions[1].this))
    raise NotSayable(f"no word of {dialect} is known here for the function {called}")


def _utc(node: exp.Expr, dialect: str) -> exp.Expr:
    if not is_utc(node):
        return node
    made = utc_in(node, dialect)
    if made is None:
        raise NotSayable(f"{dialect} has no word here for a time in UTC")
    return made


def _parsed_time(node: exp.Expr, dialect: str) -> exp.Expr:
    """Read a text as a time, or give nothing: sqlglot knows the engines' formats, and not their word for trying."""
    import sqlglot
    from sqlglot import exp

    column, format_ = node.expressions
    plain = sqlglot.parse_one(f"strptime(x, {format_.sql(dialect='duckdb')})", read="duckdb")
    rendered = plain.sql(dialect=dialect)
    written = sqlglot.parse_one(rendered, read=dialect)
    literal = next((each for each in written.find_all(exp.Literal) if each.is_string), None)
    if dialect in _PARSED_TIMES and literal is not None:
        text = re.search(r"'.*'", rendered)
        shown = exp.Literal.string(text[0][1:-1]) if text else literal
        return exp.Anonymous(this=_PARSED_TIMES[dialect], expressions=[column.copy(), shown])
    if dialect == "bigquery":
        return exp.Anonymous(this="SAFE.PARSE_TIMESTAMP", expressions=[format_.copy(), column.copy()])
    if dialect == "trino":
        made = sqlglot.parse_one("strptime(x, '%Y')", read="duckdb")
        made.set("this", column.copy())
        made.set("format", format_.copy())
        return exp.Anonymous(this="TRY", expressions=[made])
    raise NotSayable(f"{dialect} cannot try a format: reading a text that does not fit is an error there")


def _word_for_infinity(node: exp.Expr, dialect: str) -> exp.Expr:
    from sqlglot import exp

    words = {"inf": "Infinity", "-inf": "-Infinity", "nan": "NaN"}
    if isinstance(node.parent, exp.Cast) and node.is_string and node.this in words:
        return exp.Literal.string(words[node.this])
    return node


def _wide(node: exp.Expr, dialect: str) -> exp.Expr:
    """Whole numbers that only DuckDB has are decimals elsewhere."""
    from sqlglot import exp

    widths = {
        exp.DataType.Type.UBIGINT: "DECIMAL(20, 0)", exp.DataType.Type.UINT: "BIGINT", exp.DataType.Type.USMALLINT: "INT",
        exp.DataType.Type.UTINYINT: "SMALLINT", exp.DataType.Type.INT128: "DECIMAL(38, 0)",
        exp.DataType.Type.UINT128: "DECIMAL(38, 0)",
    }  # fmt: skip
    return exp.DataType.build(widths[node.this]) if node.this in widths else node


def _ordered(node: exp.Expr, dialect: str) -> exp.Expr:
    """Say nothing about where missing values come in the window of a sum: BigQuery has no word, and ours hold none."""
    from sqlglot import exp

    window = node.find_ancestor(exp.Window)
    if dialect == "bigquery" and window is not None and isinstance(window.this, exp.Sum):
        node.set("nulls_first", not node.args.get("desc"))
    return node


def _plain(node: exp.Expr) -> exp.Expr:
    """Leave plain names without quotes, but for words that an engine keeps for itself."""
    from sqlglot import exp

    if isinstance(node, exp.Identifier) and _FOLDS_UP.fullmatch(node.this) and node.this not in _RESERVED:
        return exp.Identifier(this=node.this, quoted=False)
    return node


def _folded(node: exp.Expr) -> exp.Expr:
    """Leave plain names without quotes, so that they mean the table that somebody created without quotes."""
    from sqlglot import exp

    if not isinstance(node, exp.Identifier) or not _FOLDS_UP.fullmatch(node.this):
        return node
    if node.this in _RESERVED:
        return exp.Identifier(this=node.this.upper(), quoted=True)
    return exp.Identifier(this=node.this, quoted=False)
