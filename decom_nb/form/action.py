"""The button that starts something long: its settings, how far it is, a way to stop it, and what it came to.

`live.py` makes one for each action of a room. The work runs in a thread of its own, so that cells and forms go on meanwhile.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from contextvars import copy_context
from inspect import Parameter, signature
from types import SimpleNamespace
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

from ipywidgets.widgets.domwidget import DOMWidget
from pydantic import BaseModel, ConfigDict, Field, create_model

from decom_nb.errors import DecomError, InputError
from decom_nb.escape import html
from decom_nb.form.form import Form
from decom_nb.form.parts import Kit
from decom_nb.form.shape import words
from decom_nb.form.style import style_sheet
from decom_nb.form.view import sentence, set_classes, set_html

Offer = Callable[[Any], Iterable[str]]
"""Gives the values of a setting whose choices are made of documents or evidence."""

Work = Callable[[Mapping[str, Any], Callable[[float | None, str], None], Callable[[], bool]], Any]
"""Does the work: gets the settings, a way to report, and a way to ask whether it shall stop."""

REPORTS_PER_SECOND = 10
"""How often the page hears how far the work is."""

_log = logging.getLogger(__name__)


class ActionPanel:
    """One action on the page.

    `work` runs in a thread. `done` then gets what it gave, back where the button was pressed, and gives the widgets that
    show it. What `work` raises is shown as a sentence, with the mistakes if it is an
    `InputError`; an earlier outcome stays in sight until there is a new one.
    """

    def __init__(
        self,
        function: Callable[..., Any],
        fixed: Mapping[str, Any],
        work: Work,
        done: Callable[[Any], Iterable[DOMWidget]],
        offered: Offer,
    ) -> None:
        self.function, self.fixed, self.offered = function, dict(fixed), offered
        self._work, self._done = work, done
        self.kit = kit = Kit()
        self.title = words(function.__name__)
        self.running = False
        self.thread: threading.Thread | None = None
        self._stop = threading.Event()
        self._told = 0.0
        self._offers: Mapping[str, Mapping[str, str]] = {}
        self.settings: Form[BaseModel] | None = None
        about = (function.__doc__ or "").strip().split("\n\n")[0]
        self.start = kit.press(self.title, self.press, "decom-start")
        self.cancel = kit.press("Stop", self.stop, "decom-stop", "decom-hidden", tooltip=f"Stop: {self.title}")
        self.bar = kit.note("", "decom-progress", "decom-hidden")
        self.line = kit.note("", "decom-status")
        self.inputs = kit.frame((), "decom-inputs")
        self.output = kit.frame((), "decom", "decom-output")
        panel = kit.frame(
            [
                kit.note(f"<style>{style_sheet()}</style>", "decom-style"),
                kit.note(f'<div class="decom-help">{html(" ".join(about.split()))}</div>'),
                self.inputs,
                kit.frame([self.start, self.cancel, self.bar], "decom-row-of-parts"),
                self.line,
            ],
            "decom-form",
            "decom-action",
        )
        # What views show has a style sheet of its own, so it stands beside the panel.
        self.widget = kit.frame([panel, self.output])
        self.follow()

    def follow(self) -> None:
        """Offer the choices there are now; what was set stays as far as it is still on offer."""
        offers = {name: _meanings(self.offered(choices.of)) for name, choices in _choices(self.function).items()}
        if self.settings is not None and offers == self._offers:
            return
        self._offers = offers
        before = self.settings.draft if self.settings else {}
        names = [name for name in _settings(self.function) if name not in self.fixed]
        if self.settings:
            self.settings.close()
        self.settings = Form(settings_model(self.function, names, offers))
        for name in names:
            kept = before.get(name)
            kept = tuple(kept) if isinstance(kept, list) else kept
            if name in before:
                self.settings.put((name,), kept)
                if any(each.key == name for each in self.settings.mistakes):
                    self.settings.undo()
        self.inputs.children = (self.settings.widget,) if names else ()

    def press(self) -> None:
        """Start the work, unless it is running or a setting does not fit."""
        if self.running or self.settings is None:
            return
        if empty := [name for name, on_offer in self._offers.items() if not on_offer and name not in self.fixed]:
            self._say(f"Not started: there is nothing to choose for {words(empty[0]).lower()} yet", "decom-bad")
            return
        chosen = self.settings.value
        if chosen is None or self.settings.mistakes:
            said = "; ".join(f"{words(each.key)} {each.what}" for each in self.settings.mistakes)
            self._say(f"Not started: {said}", "decom-bad")
            return
        given = {name: getattr(chosen, name) for name in type(chosen).model_fields} | self.fixed
        self.running = True
        self._stop.clear()
        self._told = 0.0
        self.start.disabled = True
        set_classes(self.cancel, {"decom-hidden": False})
        self.cancel.disabled = False
        self._bar(None)
        self._say("Started", "")
        try:
            loop: asyncio.AbstractEventLoop | None = asyncio.get_running_loop()
        except RuntimeError:
            loop = None
        context = copy_context()  # what is shown from the thread belongs to the message that started it
        self.thread = threading.Thread(
            target=context.run, args=(self._run, given, loop), name=f"decom {self.function.__name__}", daemon=True
        )
        self.thread.start()

    def stop(self) -> None:
        """Ask the work to stop; it does so at its next step."""
        self._stop.set()
        self.cancel.disabled = True
        self._say("Stopping …", "decom-needed")

    def wait(self, seconds: float = 60) -> None:
        """Wait for the work to end, as scripts and tests do."""
        if self.thread:
            self.thread.join(seconds)

    def close(self) -> None:
        """Free the widgets, here and on the page; work that is running is asked to stop."""
        self._stop.set()
        if self.settings:
            self.settings.close()
        self.widget.close()  # type: ignore[no-untyped-call]  # ipywidgets publish no types

    def _run(self, given: Mapping[str, Any], loop: asyncio.AbstractEventLoop | None) -> None:
        begun = time.monotonic()
        try:
            made, error = self._work(given, self._report, self._stop.is_set), None
        except Exception as raised:  # shown to the person; a thread has nobody else to tell
            made, error = None, raised

        def end() -> None:
            self._end(made, error, time.monotonic() - begun)

        if loop is not None:
            try:
                # Views and forms follow where every other change of a widget is heard, not beside it.
                loop.call_soon_threadsafe(end)
            except RuntimeError:  # the loop is closed: the page that started this is gone
                end()
        else:
            end()

    def _report(self, share: float | None, what: str) -> None:
        """Show how far the work is."""
        now = time.monotonic()
        if now - self._told < 1 / REPORTS_PER_SECOND or not self.running:
            return
        self._told = now
        self._bar(share)
        if not self._stop.is_set():
            self._say(what, "")

    def _end(self, made: Any, error: Exception | None, seconds: float) -> None:
        self.running = False
        self.start.disabled = False
        set_classes(self.cancel, {"decom-hidden": True})
        set_classes(self.bar, {"decom-hidden": True})
        if error is None:
            try:
                self.output.children = tuple(self._done(made))
            except Exception as raised:  # the page could not follow; what was made lies in its files
                error = raised
        took = f"{seconds:.1f} s" if seconds < 100 else f"{seconds / 60:.1f} min"
        if error is None:
            self._say(f"{'Stopped' if self._stop.is_set() else 'Done'} after {took}", "decom-good")
        else:
            self._fail(error)

    def _fail(self, error: Exception) -> None:
        if isinstance(error, InputError) and (len(error.mistakes) > 1 or error.mistakes[0].instead):
            items = "".join(f"<li>{html(each)}</li>" for each in error.mistakes)
            count = len(error.mistakes)
            head = f"Not done: {count} {'thing has' if count == 1 else 'things have'} to be put right first"
            said = f'<div class="decom-bad" data-say>{head}</div><ul>{items}</ul>'
        elif isinstance(error, DecomError | OSError):
            said = f'<div class="decom-bad" data-say>{html(f"Not done: {error}")}</div>'
        else:
            _log.error("%s failed", self.function.__name__, exc_info=error)
            what = f"Not done, and that is a bug of ours: {type(error).__name__}: {error}"
            said = f'<div class="decom-bad" data-say>{html(what)}</div>'
        set_html(self.line, said)

    def _bar(self, share: float | None) -> None:
        value = "" if share is None else f' value="{min(max(share, 0.0), 1.0):.4f}"'
        set_html(self.bar, f'<progress max="1"{value} aria-label="{html(self.title)}"></progress>')
        set_classes(self.bar, {"decom-hidden": False})

    def _say(self, what: str, kind: str) -> None:
        set_html(self.line, f'<div class="{kind}" data-say>{html(sentence(what))}</div>')


def note(text: str) -> DOMWidget:
    """Give plain text as a widget, a paragraph for each line."""
    return Kit().note("".join(f"<p>{html(line)}</p>" for line in text.splitlines() if line.strip()))


def settings_model(
    function: Callable[..., Any], names: Iterable[str], offers: Mapping[str, Mapping[str, str]]
) -> type[BaseModel]:
    """Give the model of an action's settings: its keyword-only parameters, choices made of what is on offer."""
    fields: dict[str, Any] = {}
    for name in names:
        parameter = _settings(function)[name]
        annotation = _annotation(function, parameter)
        default: Any = ... if parameter.default is parameter.empty else parameter.default
        if name in offers:
            values = tuple(offers[name])
            several = get_origin(get_args(annotation)[0]) is tuple
            about = [each for each in get_args(annotation)[1:] if not _is_choices(each)]
            if not values:
                chosen: Any = Literal["(nothing to choose yet)"]
            else:
                chosen = Literal[values]
            if several:
                chosen, default = (
                    tuple[chosen, ...],
                    tuple(each for each in values if default is not ... and each in default),
                )
            elif default not in values:
                default = ...
            labels = Field(json_schema_extra={"labels": dict(offers[name])})
            annotation = Annotated[(chosen, *about, labels)]
        fields[name] = (annotation, default)
    config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=False)
    return create_model(f"{function.__name__}_settings", __config__=config, **fields)


def _settings(function: Callable[..., Any]) -> dict[str, Parameter]:
    parameters = signature(function).parameters
    return {name: each for name, each in parameters.items() if each.kind is each.KEYWORD_ONLY}


def _annotation(function: Callable[..., Any], parameter: Parameter) -> Any:
    """Read one annotation; those of other parameters may name what is imported for type checking alone."""
    alone = SimpleNamespace(__annotations__={parameter.name: parameter.annotation})
    return get_type_hints(alone, vars(__import__(function.__module__, fromlist=["*"])), include_extras=True)[
        parameter.name
    ]


def _choices(function: Callable[..., Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, parameter in _settings(function).items():
        annotation = _annotation(function, parameter)
        marks = get_args(annotation)[1:] if get_origin(annotation) is Annotated else ()
        if mark := next(filter(_is_choices, marks), None):
            found[name] = mark
    return found


def _is_choices(metadata: Any) -> bool:
    return callable(getattr(metadata, "of", None))


def _meanings(offered: Iterable[str]) -> dict[str, str]:
    return dict(offered) if isinstance(offered, Mapping) else dict.fromkeys(offered, "")
