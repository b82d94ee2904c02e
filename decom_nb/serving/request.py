"""Which engagement the reader of a dashboard asked for, as its kernel learns it. `cells.open_book` asks here."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import parse_qs

from decom_nb.engagement import within
from decom_nb.errors import InputError, Mistake


def requested_engagement() -> Path:
    """Give the folder of the engagement that this dashboard is for, below ``DECOM_ROOT``.

    `decom serve` puts its name into the environment of the kernel before the first cell runs. A plain Voila hands over
    the query of the address instead, and a preheated one only to who waits for it.
    """
    root = os.environ.get("DECOM_ROOT")
    if not root:
        raise InputError(
            Mistake("", 0, "DECOM_ROOT", "it is not said below which folder the engagements lie", "decom serve ROOT")
        )
    name = os.environ.get("DECOM_ENGAGEMENT") or parse_qs(_query()).get("engagement", [""])[-1]
    return within(Path(root), name)


def _query() -> str:
    if os.environ.get("VOILA_PREHEAT") == "True":
        from voila.utils import wait_for_request

        wait_for_request()
    return os.environ.get("QUERY_STRING", "")
