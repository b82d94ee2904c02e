"""What a notebook's cells call: ``book = open_book(engagement)``, then a line for each thing to show.

The same cells serve three faces. Where there is a person (JupyterLab) forms appear and every view follows them; in a report
and in a dashboard the views show the audit that was taken, and forms give way to nothing. The environment says which:
``DECOM_FACE`` is ``lab`` (if unset), ``report`` or ``dashboard``, and ``DECOM_AUDIT`` names the audit to show.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from decom_nb import audit as audits
from decom_nb import decision_view
from decom_nb.audit import Audit
from decom_nb.book import decision_tables, names, rooms
from decom_nb.decide import Decision
from decom_nb.decision_tree import Tree, decision_trees
from decom_nb.errors import InputError, Mistake
from decom_nb.suggest import instead
from decom_nb.supply import asks
from decom_nb.view import View

DECISION = "decision"
"""The view of any room's decision; all others are named ``room.view``."""
FACES = ("lab", "report", "dashboard")


def open_book(engagement: Path | str) -> Page:
    """Open the engagement for the cells of a notebook, in the face that the environment names."""
    face = os.environ.get("DECOM_FACE", "lab")
    if face not in FACES:
        raise InputError(Mistake("", 0, "DECOM_FACE", f"there is no face {face!r}", f"one of: {', '.join(FACES)}"))
    if face == "lab":
        from decom_nb.live import LivePage

        return LivePage(Path(engagement))
    if face == "dashboard":
        from decom_nb.serving.request import requested_engagement

        engagement = requested_engagement()
    return Page(audits.read(_audit_file(Path(engagement), os.environ.get("DECOM_AUDIT", ""))))


def _audit_file(engagement: Path, audit_id: str) -> Path:
    from decom_nb.engagement import Engagement

    opened = Engagement.open(engagement)
    if audit_id:
        return opened.audit_path(audit_id)
    if not (taken := opened.audits()):
        raise InputError(Mistake(engagement.name, 0, "", "no audit has been taken yet", "decom audit DIR"))
    return taken[-1]


class Page:
    """An audit, as the cells of a notebook show it."""

    def __init__(self, audit: Audit) -> None:
        self.audit = audit

    def __repr__(self) -> str:
        return f"<audit {self.audit.id or 'not taken yet'} of {self.audit.engagement.name}>"

    def show(self, view: str, **options: Any) -> Any:
        """Show a room's view, named ``room.view``; `options` are the view's keyword-only parameters."""
        return draw(self.audit, view, options)

    def decision(self, question: str) -> Any:
        """Show the decision for a question such as ``architecture.pattern``: ranking, reasons, what would flip it."""
        return self.show(DECISION, question=question)

    def form(self, document: str) -> Any:
        """Show the form for a document where there is a person to fill it in: nowhere but in JupyterLab."""

    def action(self, name: str, **settings: Any) -> Any:
        """Show the button that starts a room's action where there is a person to press it: nowhere but in JupyterLab."""

    def ticks(self) -> Any:
        """Show the repairs of the plan to be ticked off where there is a person to do it: nowhere but in JupyterLab."""

    def weights(self, question: str) -> Any:
        """Show the weights of a decision's criteria where somebody can move them: nowhere but in JupyterLab."""

    def tree(self, name: str) -> Any:
        """Show a room's decision tree to be walked where there is a person to answer: nowhere but in JupyterLab."""

    def query(self, sql: str, **values: Any) -> Any:
        """Give the rows of a query over the evidence as a frame where it is at hand: nowhere but in JupyterLab."""

    def relations(self) -> Any:
        """Give what can be queried, as a frame: relation, rows, what it holds. Nowhere but in JupyterLab."""


def find_view(name: str) -> Callable[..., View]:
    """Give the function behind a view's name; `InputError` for one that no room has."""
    if name == DECISION:
        return _decision
    room_name, _, function = name.partition(".")
    room = next((each for each in rooms() if each.name == room_name), None)
    views = room.part("views") if room else None
    if views is None or function not in views.__all__:
        known = [f"{each.name}.{view}" for each in rooms() if (part := each.part("views")) for view in part.__all__]
        raise InputError(Mistake("", 0, name, "no room has this view", instead(name, known)))
    found: Callable[..., View] = getattr(views, function)
    return found


def _decision(decision: Decision, *, question: str) -> View:
    """One decision, whichever room asks: who comes first, the matrix, the reasons, what would change it."""
    known = decision_tables().get(question)  # an old audit may hold a decision that no room takes any more
    return decision_view.decision(decision, {each.name: each.title for each in known[1].criteria} if known else {})


def find_action(name: str) -> Callable[..., Any]:
    """Give the function behind an action's name, ``room.action``; `InputError` for one that no room has."""
    known = {f"{room.name}.{action}": function for room in rooms() for action, function in room.actions.items()}
    if name not in known:
        raise InputError(Mistake("", 0, name, "no room has this action", instead(name, known)))
    return known[name]


def find_tree(name: str) -> Tree:
    """Give a decision tree by its name, ``room.tree``; `InputError` for one that no room has."""
    known = {tree.tree: tree for room in rooms() for tree in decision_trees(room.folder / "tables")}
    if name not in known:
        raise InputError(Mistake("", 0, name, "no room has this decision tree", instead(name, known)))
    return known[name]


def looks_at(audit: Audit, function: Callable[..., View], options: Mapping[str, Any]) -> list[Any]:
    """Give the parts of the audit that a view asks for by the names of its parameters.

    ``audit`` is all of it, ``decision`` the one on the `question` of the options, a field's name that field; any other is a
    measure, or a document as it was filled in (``None`` where there is none).
    """
    return [_part(audit, name, options) for name in asks(function).names]


def _part(audit: Audit, name: str, options: Mapping[str, Any]) -> Any:
    if name == "audit":
        return audit
    if name == "decision":
        return audit.decision(options["question"])
    if name in Audit.model_fields:
        return getattr(audit, name)
    if name not in names():
        known = [*Audit.model_fields, *names()]
        raise InputError(Mistake("", 0, name, "an audit holds nothing of this name for a view", instead(name, known)))
    return audit.measures.get(name, audit.documents.get(name))


def draw(audit: Audit, name: str, options: Mapping[str, Any]) -> View:
    """Make the view of that name from an audit."""
    function = find_view(name)
    return function(*looks_at(audit, function, options), **options)
