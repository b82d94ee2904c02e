"""The pages around the dashboards: the shelf, login, and pages of one sentence. Templates are in `theme/voila`."""

from __future__ import annotations

import functools
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlencode

import jinja2
from markupsafe import Markup

from decom_nb import gauge, shipped
from decom_nb.escape import visible
from decom_nb.serving import asset
from decom_nb.serving.notebooks import Notebook
from decom_nb.serving.shelf import Item


def render(name: str, **values: Any) -> str:
    """Fill in one of the page templates."""
    return _environment().get_template(f"{name}.html.j2").render(**values)


def address(notebook: Notebook, item: Item) -> str:
    """Give the address of a dashboard.

    >>> from pathlib import Path
    >>> address(Notebook(Path("00_start.ipynb"), "Start"), Item("north/a&b", "A and B"))
    '/dashboards/00_start?engagement=north%2Fa%26b'
    """
    return f"/dashboards/{quote(notebook.name)}?{urlencode({'engagement': item.name})}"


def report_address(item: Item) -> str:
    """Give the address of an engagement's report."""
    return f"/reports/{quote(item.name)}"


def day(moment: datetime) -> str:
    """Give a day as people write it.

    >>> day(datetime(2026, 1, 2, tzinfo=UTC))
    '2 Jan 2026'
    """
    return f"{moment.day} {moment:%b %Y}"


def ago(moment: datetime, now: datetime | None = None) -> str:
    """Say how long ago something was, coarsely.

    >>> ago(datetime(2026, 1, 2, tzinfo=UTC), datetime(2026, 1, 5, tzinfo=UTC))
    '3 days ago'
    """
    days = ((now or datetime.now(UTC)) - moment).days
    if days < 1:
        return "today"
    size, unit = next(pair for pair in ((365, "year"), (30, "month"), (7, "week"), (1, "day")) if days >= pair[0])
    count = days // size
    return f"{count} {unit}{'s' if count > 1 else ''} ago"


@functools.cache
def _environment() -> jinja2.Environment:
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(shipped.theme("voila")),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=lambda value: value if isinstance(value, Markup) or not isinstance(value, str) else visible(value),
    )
    made.filters.update(day=day, ago=ago)
    made.globals.update(
        asset=asset.address,
        bar=gauge.bar,
        dashboard=address,
        interval=gauge.interval,
        plain_style=_style,
        report=report_address,
    )
    return made


def _style(nonce: str) -> Markup:
    """Give the style as part of the page: who has no token yet may not fetch files."""
    return Markup('<style nonce="{}">{}</style>').format(nonce, Markup(asset.style()))  # noqa: S704 - our own files
