"""The rewriter: all rules together, and the clauses of a SELECT in which they are used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from decom_nb.pushdown.rewrite.aggregates import Aggregates
from decom_nb.pushdown.rewrite.arithmetic import Arithmetic
from decom_nb.pushdown.rewrite.logic import Logic
from decom_nb.pushdown.rewrite.moments import Moments
from decom_nb.pushdown.rewrite.texts import Texts
from decom_nb.pushdown.seen import NotTheSame

if TYPE_CHECKING:
    from sqlglot import exp


class Rewriter(Logic, Arithmetic, Texts, Moments, Aggregates):
    """Rewrites one SELECT, clause by clause; nested queries were done before."""

    def query(self, node: exp.Expr) -> None:
        """Rewrite the clauses of a SELECT in place, and note the kinds of what it gives."""
        from sqlglot import exp

        if isinstance(node, exp.SetOperation):
            return  # its ORDER BY names what it gives
        if isinstance(node, exp.Subquery):
            return
        if not isinstance(node, exp.Select):
            self.refuse(node)
        known = {
            "expressions", "from_", "joins", "where", "group", "having", "order", "limit", "offset", "with_", "distinct",
            "qualify", "kind", "hint",
        }  # fmt: skip
        for key, found in node.args.items():
            if found and key not in known:
                raise NotTheSame(f"the clause {key.strip('_').upper()} has no equal everywhere")
        if isinstance(node.args.get("distinct"), exp.Distinct) and node.args["distinct"].args.get("on"):
            raise NotTheSame("DISTINCT ON has no equal everywhere")
        distinct = bool(node.args.get("distinct"))
        selected = []
        for each in node.expressions:
            inner = each.this if isinstance(each, exp.Alias) else each
            rewritten, kind = self.rewrite(inner)
            self.must(not distinct or kind != "other", inner)
            self.outputs[each.alias_or_name] = kind
            rewritten.meta["kind"] = kind
            selected.append(
                exp.alias_(rewritten, exp.to_identifier(each.alias, quoted=True)) if each.alias else rewritten
            )
        node.set("expressions", selected)
        for join in node.args.get("joins") or ():
            if join.args.get("using") or join.method:
                raise NotTheSame(f"a {join.method or 'USING'} join has no equal everywhere")
            if join.args.get("on"):
                join.set("on", self.condition(join.args["on"]))
        for key in ("where", "having", "qualify"):
            if node.args.get(key):
                node.args[key].set("this", self.condition(node.args[key].this))
        group = node.args.get("group")
        if group:
            if any(value for key, value in group.args.items() if key != "expressions"):
                raise NotTheSame("this form of GROUP BY has no equal everywhere")
            group.set("expressions", [self.key(each) for each in group.expressions])
        if node.args.get("order"):
            self.ordered(node.args["order"])

    def key(self, node: exp.Expr) -> exp.Expr:
        """Rewrite what is grouped by."""
        from sqlglot import exp

        if isinstance(node, exp.Literal):
            return node  # the number of a selected expression
        return self.compared(node)
