"""Numbers and answers in the words of a sentence."""

from __future__ import annotations

import math
from typing import Any

from decom_nb.condition import Answer


def say_number(value: Any, unit: str = "") -> str:
    """Write a number as people do, with its unit.

    >>> say_number(1234567.0, "GB"), say_number(0.125), say_number(40.0)
    ('1,234,600 GB', '0.125', '40')
    """
    number = float(value)
    if number < 1000:
        return f"{number:.4g} {unit}".strip()
    return f"{round(number, 4 - math.floor(math.log10(number))):,.0f} {unit}".strip()


def say_answer(value: Answer, unit: str = "") -> str:
    """Write an answer as people do.

    >>> say_answer(True), say_answer(12, "people"), say_answer("batch")
    ('yes', '12 people', 'batch')
    """
    if isinstance(value, bool):
        return "yes" if value else "no"
    return say_number(value, unit) if isinstance(value, int | float) else str(value)


def counted(number: int, thing: str) -> str:
    """Write a number of things.

    >>> counted(1, "decision"), counted(3, "decision")
    ('1 decision', '3 decisions')
    """
    return f"{number} {thing}{'' if number == 1 else 's'}"
