"""A view: what one notebook cell shows, as blocks of HTML and figures. Rooms make views, `cells.py` and the report show them.

A room's templates lie in its ``html`` folder; what all rooms share, such as ``note.html``, in the theme's. Whatever they print
is escaped, with control and direction characters made visible, so a client's string is text in every face.
"""

from __future__ import annotations

import importlib.resources
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from jinja2 import ChoiceLoader, Environment, FileSystemLoader, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from decom_nb import shipped
from decom_nb.escape import visible
from decom_nb.score import shown
from decom_nb.wording import answer, counted, days_old, floored, listed, points, tallied

if TYPE_CHECKING:
    from decom_nb.chart import Figure


@dataclass(frozen=True)
class View:
    """Blocks in reading order."""

    blocks: tuple[Markup | Figure, ...]

    def _repr_html_(self) -> str:
        inner = Markup("\n").join(block if isinstance(block, Markup) else block.to_html() for block in self.blocks)
        return str(Markup('<div class="decom">{}</div>').format(inner))


def view(*blocks: Markup | Figure | None) -> View:
    """Make a view of the blocks; ``None`` is left out."""
    return View(tuple(block for block in blocks if block is not None))


def _finalize(value: Any) -> Any:
    if value is None:
        return ""
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def coded(text: str) -> Markup:
    """Render what stands between backticks as code; all of it is escaped.

    >>> coded("Run `decom check DIR` & read <it>.")
    Markup('Run <code>decom check DIR</code> &amp; read &lt;it&gt;.')
    """
    parts = visible(text).split("`")
    if len(parts) % 2 == 0:  # a backtick without its fellow is a character like any other
        return escape(visible(text))
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if at % 2 else escape(part) for at, part in enumerate(parts)
    )


@cache
def _environment(package: str) -> Environment:
    shared = FileSystemLoader(shipped.theme("html"))
    has_own = (importlib.resources.files(package) / "html").is_dir()  # a room that shows only what all share has none
    environment = Environment(
        loader=ChoiceLoader([PackageLoader(package, "html"), shared]) if has_own else shared,
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_finalize,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"shown": shown, "points": points, "answer": answer, "listed": listed}
    environment.filters |= {"floored": floored, "tallied": tallied, "coded": coded}
    environment.globals |= {"counted": counted, "days_old": days_old}
    return environment


def render(package: str, template: str, **values: Any) -> Markup:
    """Fill a template of a room's ``html`` folder; `package` is the room's, as in ``__package__``."""
    return Markup(_environment(package).get_template(template).render(**values))  # noqa: S704 - the template escapes
