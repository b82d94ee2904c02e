"""A button that starts something long: settings, progress, stopping, what it came to, what went wrong."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Callable
from typing import Annotated, Any, Literal

import pytest

pytest.importorskip("ipywidgets", reason="needs the extra form")
pytest.importorskip("anywidget", reason="needs the extra form")

from pydantic import Field

from decom_nb.errors import DecomError, InputError, Mistake
from decom_nb.form import ActionPanel, note
from decom_nb.phase import Choices


def tables() -> dict[str, str]:
    return {"": "every table", "orders": "12 rows"}


def count(
    rows: int,
    *,
    table: Annotated[str, Choices(tables), Field(description="which table is counted")] = "",
    depth: Annotated[int, Field(ge=1)] = 3,
    plan: Literal["cheapest", "scan"] = "cheapest",
    loud: bool = False,
) -> str:
    """Count rows, one by one.

    This takes long.
    """
    raise AssertionError("the page calls it through `work`")


def panel(
    work: Any = lambda *_: "counted", fixed: Any = None, offered: Any = lambda of: of(), **more: Any
) -> ActionPanel:
    return ActionPanel(more.get("function", count), fixed or {}, work, lambda made: [note(made)], offered)


def line(made: ActionPanel) -> str:
    return re.sub(r"<[^>]+>", "", made.line.value)


def test_settings_are_asked_for_as_the_signature_says() -> None:
    given: list[Any] = []
    made = panel(lambda settings, *_: given.append(settings) or "counted")
    assert made.start.description == "Count"
    assert made.settings is not None
    made.settings.put(("table",), "orders")
    made.settings.put(("depth",), 5)
    made.press()
    made.wait()
    assert given == [{"table": "orders", "depth": 5, "plan": "cheapest", "loud": False}]
    assert "counted" in made.output.children[0].value
    assert line(made).startswith("Done after")


def test_what_the_notebook_says_is_not_asked_for() -> None:
    given: list[Any] = []
    made = panel(lambda settings, *_: given.append(settings) or "", {"plan": "scan", "depth": 2})
    assert list(made.settings.draft) == ["table", "loud"]
    made.press()
    made.wait()
    assert given == [{"table": "", "loud": False, "plan": "scan", "depth": 2}]


def test_a_setting_that_does_not_fit_is_said_and_nothing_starts() -> None:
    made = panel(lambda *_: pytest.fail("started"))
    made.settings.put(("depth",), 0)
    made.press()
    assert line(made) == "Not started: Depth must be 1 or more"
    assert made.thread is None


def test_choices_follow_and_keep_what_was_set() -> None:
    on_offer = [{"a": "", "b": ""}]
    made = panel(offered=lambda _: on_offer[-1])
    assert made.settings.value is None, "its default is not on offer, so somebody has to choose"
    made.settings.put(("table",), "b")
    made.settings.put(("depth",), 7)
    form = made.settings
    made.follow()
    assert made.settings is form, "nothing changed"
    on_offer.append({"b": "", "c": ""})
    made.follow()
    assert made.settings is not form
    assert made.settings.draft == {"table": "b", "depth": 7, "plan": "cheapest", "loud": False}
    on_offer.append({"c": ""})
    made.follow()
    assert made.settings.value is None
    on_offer.append({})
    made.follow()
    made.press()
    assert line(made) == "Not started: there is nothing to choose for table yet"


def test_several_may_be_chosen() -> None:
    def many(*, of: Annotated[tuple[str, ...], Choices(tables)] = ()) -> None:
        """Look at some tables."""

    given: list[Any] = []
    made = panel(lambda settings, *_: given.append(settings) or "", function=many, offered=lambda _: ["a", "b", "c"])
    made.settings.put(("of",), ("a", "c"))
    made.press()
    made.wait()
    assert given == [{"of": ("a", "c")}]


class Slow:
    """Work that waits for the test between its steps."""

    def __init__(self) -> None:
        self.at, self.on = threading.Event(), threading.Event()

    def __call__(self, _: Any, report: Callable[..., None], cancelled: Callable[[], bool]) -> str:
        report(0.25, "looking at <orders>")
        self.at.set()
        assert self.on.wait(20)
        return "stopped early" if cancelled() else "whole"


def test_progress_is_shown_and_a_second_press_does_nothing() -> None:
    slow = Slow()
    made = panel(slow)
    made.press()
    assert slow.at.wait(20)
    first = made.thread
    assert 'value="0.2500"' in made.bar.value
    assert line(made) == "Looking at &lt;orders&gt;"
    assert made.start.disabled
    made.press()
    assert made.thread is first
    slow.on.set()
    made.wait()
    assert not made.start.disabled
    assert "decom-hidden" in made.bar._dom_classes
    assert "whole" in made.output.children[0].value


def test_it_can_be_stopped_and_started_again() -> None:
    slow = Slow()
    made = panel(slow)
    made.press()
    assert slow.at.wait(20)
    made.stop()
    assert line(made) == "Stopping …"
    slow.on.set()
    made.wait()
    assert line(made).startswith("Stopped after")
    assert "stopped early" in made.output.children[0].value
    made.press()
    made.wait()
    assert "whole" in made.output.children[0].value


@pytest.mark.parametrize(
    ("raised", "said"),
    [
        (DecomError("the disk is full"), "Not done: the disk is full"),
        (
            InputError(
                [Mistake("a.yaml", 3, "table", "is <gone>", "bring it back"), Mistake("b.yaml", 1, "", "is empty")]
            ),
            "Not done: 2 things have to be put right first",
        ),
        (ZeroDivisionError("by <zero>"), "Not done, and that is a bug of ours: ZeroDivisionError: by &lt;zero&gt;"),
    ],
)
def test_what_went_wrong_is_said_and_the_last_outcome_stays(raised: Exception, said: str) -> None:
    outcomes: list[Any] = ["first", raised]

    def work(*_: Any) -> str:
        out = outcomes.pop(0)
        if isinstance(out, Exception):
            raise out
        return str(out)

    made = panel(work)
    made.press()
    made.wait()
    made.press()
    made.wait()
    assert line(made).startswith(said)
    assert "first" in made.output.children[0].value
    if isinstance(raised, InputError):
        assert "is &lt;gone&gt;" in made.line.value
        assert "bring it back" in made.line.value
        assert "b.yaml" in made.line.value


def test_in_a_kernel_the_page_follows_where_its_widgets_are_heard() -> None:
    """A thread of the action's own never touches views: the loop that heard the button does."""
    where: list[int] = []

    async def kernel() -> None:
        made = ActionPanel(
            count, {}, lambda *_: "x", lambda _: where.append(threading.get_ident()) or [], lambda of: of()
        )
        made.press()
        while made.running:
            await asyncio.sleep(0.01)

    asyncio.run(kernel())
    assert where == [threading.get_ident()]
