"""Texts: patterns, letters, lengths, parts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from decom_nb.pushdown.rewrite.base import Base
from decom_nb.pushdown.seen import NotTheSame
from decom_nb.sql.regex import NotPortable, portable

if TYPE_CHECKING:
    from sqlglot import exp

    Expr = exp.Expr

    from decom_nb.pushdown.rewrite.base import Rules

_SPACES = " \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
"""What DuckDB's trim takes away: the separators of Unicode's class Zs, and neither tabs nor line ends."""


class Texts(Base):
    """Rules for texts."""

    def rules(self) -> Rules:
        """Give the rules by node."""
        from sqlglot import exp

        return super().rules() | {
            exp.RegexpLike: self.regex,
            exp.RegexpFullMatch: self.regex,
            exp.Like: self.like,
            exp.Escape: self.like,
            exp.StartsWith: self.starts_with,
            exp.Length: self.length,
            exp.Lower: self.letter_case,
            exp.Upper: self.letter_case,
            exp.Trim: self.trim,
            exp.Substring: self.substring,
            exp.Left: self.substring,
            exp.DPipe: self.joined,
        }

    def regex(self, node: Any) -> tuple[Expr, str]:
        """Match a pattern, written so that the engine reads it as RE2 does."""
        from sqlglot import exp

        inner, kind = self.rewrite(node.this)
        pattern = node.expression
        flags = node.args.get("flag") or node.args.get("options")
        self.must(kind == "text" and isinstance(pattern, exp.Literal) and pattern.is_string, node)
        text = pattern.name
        if flags is not None:
            self.must(isinstance(flags, exp.Literal) and set(flags.name) <= set("is"), node)
            text = f"(?{flags.name}){text}" if flags.name else text
        if isinstance(node, exp.RegexpFullMatch):
            text = rf"\A(?:{text})\z"
        if self.flavour.pattern != "re2":
            try:
                text = portable(text, self.flavour.pattern)
            except NotPortable as reason:
                raise NotTheSame(
                    f"{self.flavour.called} is not known to read the pattern {pattern.name!r} as RE2 does: {reason}"
                ) from None
        written = exp.Literal.string(text)
        if self.flavour.regex == "instr":
            found = exp.Anonymous(this="REGEXP_INSTR", expressions=[inner, written])
            return exp.GT(this=found, expression=exp.Literal.number(0)), "boolean"
        if self.flavour.regex == "like":
            return exp.Anonymous(this="REGEXP_LIKE", expressions=[inner, written]), "boolean"
        return exp.RegexpLike(this=self.wrapped(inner), expression=written), "boolean"

    def like(self, node: Any) -> tuple[Expr, str]:
        """Match a simple pattern; without ESCAPE a backslash is a letter, as in DuckDB."""
        from sqlglot import exp

        escape = node.expression.name if isinstance(node, exp.Escape) else ""
        like = node.this if isinstance(node, exp.Escape) else node
        self.must(isinstance(like, exp.Like) and isinstance(like.expression, exp.Literal) and len(escape) <= 1, node)
        with self.letters([like.this], [like.expression]):
            inner, kind = self.rewrite(like.this)
        self.must(kind == "text", node)
        pattern = like.expression.name
        if not escape and self.flavour.like_escapes and "\\" in pattern:
            pattern = pattern.replace("\\", "\\\\")
        made: Expr = exp.Like(this=self.wrapped(inner), expression=exp.Literal.string(pattern))
        if escape:
            made = exp.Escape(this=made, expression=exp.Literal.string(escape))
        return made, "boolean"

    def starts_with(self, node: exp.StartsWith) -> tuple[Expr, str]:
        """Ask for the beginning of a text."""
        from sqlglot import exp

        (left, one), (right, other) = self.rewrite(node.this), self.rewrite(node.expression)
        self.must(one == other == "text", node)
        return exp.StartsWith(this=left, expression=right), "boolean"

    def length(self, node: exp.Length) -> tuple[Expr, str]:
        """Count characters."""
        from sqlglot import exp

        inner, kind = self.rewrite(node.this)
        self.must(kind == "text", node)
        return exp.Length(this=inner), "whole"

    def letter_case(self, node: Any) -> tuple[Expr, str]:
        """Lower and upper case of ASCII; beyond it engines follow other tables, or the locale of the database."""
        from sqlglot import exp

        if not self.ascii_will_do:
            raise self.different(f"{node.sql_name().lower()} of letters beyond ASCII")
        self.ascii_will_do = False  # not for what stands inside
        inner, kind = self.rewrite(node.this)
        self.must(kind == "text" and self.dialect in ("postgres", "spark", "databricks", "snowflake", "trino"), node)
        capitals, small = "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz"
        # The Kelvin sign and the I with a dot become letters of ASCII in lower case, the I without and the long s in upper.
        before, after = (capitals + "\u212a\u0130", small + "ki")
        if isinstance(node, exp.Upper):
            before, after = (small + "\u0131\u017f", capitals + "IS")
        arguments = [inner, exp.Literal.string(before), exp.Literal.string(after)]
        return exp.Anonymous(this="TRANSLATE", expressions=arguments), "text"

    def trim(self, node: exp.Trim) -> tuple[Expr, str]:
        """Take off what DuckDB takes off."""
        from sqlglot import exp

        inner, kind = self.rewrite(node.this)
        given = node.expression
        self.must(kind == "text" and (given is None or isinstance(given, exp.Literal)), node)
        characters = exp.Literal.string(given.name if given is not None else _SPACES)
        position = node.args.get("position") or "BOTH"
        if self.dialect in ("postgres", "redshift", "snowflake"):
            called = {"BOTH": "BTRIM", "LEADING": "LTRIM", "TRAILING": "RTRIM"}[position]
            called = "TRIM" if called == "BTRIM" and self.dialect == "snowflake" else called
            return exp.Anonymous(this=called, expressions=[inner, characters]), "text"
        self.must(self.dialect in ("spark", "databricks"), node)
        return exp.Trim(this=inner, expression=characters, position=position), "text"

    def substring(self, node: Any) -> tuple[Expr, str]:
        """Take a part of a text, from a place counted from 1."""
        from sqlglot import exp

        inner, kind = self.rewrite(node.this)
        if isinstance(node, exp.Left):
            start, length = exp.Literal.number(1), node.expression
        else:
            start, length = node.args.get("start"), node.args.get("length")
        given = [each for each in (start, length) if each is not None]
        self.must(kind == "text" and all(isinstance(each, exp.Literal) and each.name.isdigit() for each in given), node)
        self.must(int(start.name) > 0, node)
        return exp.Substring(this=inner, start=start.copy(), length=length.copy() if length else None), "text"

    def joined(self, node: exp.DPipe) -> tuple[Expr, str]:
        """Put texts together; with NULL it is NULL."""
        from sqlglot import exp

        (left, one), (right, other) = self.rewrite(node.this), self.rewrite(node.expression)
        self.must(one == other == "text", node)
        return exp.DPipe(this=self.wrapped(left), expression=self.wrapped(right), safe=True), "text"
