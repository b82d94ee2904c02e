"""What is wrong in pipelines beyond their shape: schedules that nobody can read. `decom check` tells it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from decom_nb.phase import Wrong
from decom_nb.phases.pipelines.pipeline import Pipeline
from decom_nb.schedule import schedule

_FIVE = (
    "five fields: minute, hour, day of the month, month, day of the week, such as 0 2 * * *; or daily, hourly, weekly"
)


def mistakes(pipeline: Sequence[Pipeline]) -> Iterator[Wrong]:
    """Give every schedule that is no cron line; one that can be read and never begins is a rule's to tell."""
    for each in pipeline:
        lines = ((("schedule",), each.schedule), (("extract", "reconciliation"), each.extract.reconciliation))
        for path, text in lines:
            if text.strip() and schedule(text) is None:
                yield Wrong("pipeline", each.instance, path, f"{text!r} is no cron line", _FIVE)
