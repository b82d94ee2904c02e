"""The top of a form: is it saved, what needs attention, whose version stands when two people changed the same thing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from decom_nb.errors import ConflictError
from decom_nb.escape import html
from decom_nb.form.parts import Kit
from decom_nb.form.settle import Trouble
from decom_nb.form.view import sentence, set_classes, set_html

_LISTED = 8


@dataclass(frozen=True)
class Saving:
    """How the last attempt to save went: `at` when it worked, `error` when it did not."""

    at: datetime | None = None
    error: Exception | None = None


class StatusBar:
    """Undo, redo, the status line, the list of what needs attention, and the way out of a conflict."""

    def __init__(
        self, kit: Kit, undo: Callable[[], None], redo: Callable[[], None], resolve: Callable[[str], None]
    ) -> None:
        self.undo = kit.press("Undo", undo, "decom-undo", tooltip="Take back the last change")
        self.redo = kit.press("Redo", redo, "decom-redo", tooltip="Make it again")
        self.line = kit.note("", "decom-status")
        self.list = kit.note("", "decom-summary")
        self.conflict = kit.note("", "decom-conflict")
        self.mine = kit.press("Keep mine", lambda: resolve("mine"), "decom-mine")
        self.theirs = kit.press("Take theirs", lambda: resolve("theirs"), "decom-theirs")
        self.choice = kit.frame([self.mine, self.theirs], "decom-choices", "decom-hidden")
        bar = kit.frame([self.undo, self.redo, self.line], "decom-bar")
        self.box = kit.frame([bar, self.conflict, self.choice, self.list], "decom-top")

    def show(
        self,
        troubles: Sequence[Trouble],
        saving: Saving,
        broken: str,
        *,
        steps: tuple[int, int],
        offers: tuple[bool, bool],
    ) -> None:
        """Bring the top in step with the form."""
        self.undo.disabled, self.redo.disabled = steps[0] == 0, steps[1] == 0
        bad = bool(saving.error) or any(not each.missing for each in troubles)
        kind = "decom-bad" if bad else "decom-needed" if troubles else "decom-good"
        said = " · ".join(part for part in (status(troubles, saving), broken) if part)
        set_html(self.line, f'<div class="{kind}" data-say>{html(said)}</div>' if said else "")
        set_html(self.list, _summary(troubles))
        conflict = saving.error if isinstance(saving.error, ConflictError) else None
        set_html(self.conflict, _conflict(conflict) if conflict else "")
        set_classes(self.choice, {"decom-hidden": not (conflict and any(offers))})
        set_classes(self.mine, {"decom-hidden": not offers[0]})
        set_classes(self.theirs, {"decom-hidden": not offers[1]})


def status(troubles: Sequence[Trouble], saving: Saving) -> str:
    """Give the status line as text."""
    wrong = len({each.path for each in troubles if not each.missing})
    missing = len({each.path for each in troubles if each.missing})
    fields = f"{wrong} {'field' if wrong == 1 else 'fields'}"
    waits = [f"{fields} {'needs' if wrong == 1 else 'need'} attention"] * bool(wrong)
    waits += [f"{missing} {'answer is' if missing == 1 else 'answers are'} still needed"] * bool(missing)
    if isinstance(saving.error, ConflictError):
        waits.insert(0, "it was changed elsewhere too")
    elif saving.error:
        waits.insert(0, str(saving.error) or type(saving.error).__name__)
    elif saving.at:
        all_but = f", all but {fields} that {'needs' if wrong == 1 else 'need'} attention" if wrong else ""
        return " · ".join([f"Saved {saving.at:%H:%M:%S}{all_but}", *waits[bool(wrong) :]])
    return f"Not saved: {', '.join(waits)}" if wrong or saving.error else sentence(", ".join(waits))


def _summary(troubles: Sequence[Trouble]) -> str:
    """List what is wrong, each with a button that goes there; what is only unanswered is marked at its field."""
    wrong = [(place, each) for place, each in enumerate(troubles) if not each.missing]
    if not wrong:
        return ""
    head = f"{len(wrong)} {'thing needs' if len(wrong) == 1 else 'things need'} attention"
    items = "".join(
        f'<li><button type="button" data-go="{place}">{html(each.label or "This form")}</button> {html(each.what)}</li>'
        for place, each in wrong[:_LISTED]
    )
    rest = f"<li>and {len(wrong) - _LISTED:,} more</li>" if len(wrong) > _LISTED else ""
    return f'<div class="decom-attention"><strong>{head}</strong><ul>{items}{rest}</ul></div>'


def _conflict(error: ConflictError) -> str:
    items = "".join(
        f"<li><strong>{html(each.key)}</strong> {html(each.what)}<br>{html(sentence(each.instead))}</li>"
        for each in error.mistakes
    )
    return (
        '<div class="decom-attention" role="alert">'
        "<strong>Somebody else changed the same answers since this form was opened.</strong>"
        f"<p>Yours are still here, theirs are in the file; nothing is lost.</p><ul>{items}</ul></div>"
    )
