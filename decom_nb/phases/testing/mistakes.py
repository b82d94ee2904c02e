"""What is wrong in requests for a backfill beyond their shape: SQL that the guard refuses. `decom check` tells it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from decom_nb.errors import InputError
from decom_nb.phase import Wrong
from decom_nb.phases.testing.backfill_document import Backfill

Path = tuple[str | int, ...]


def mistakes(backfill: Sequence[Backfill]) -> Iterator[Wrong]:
    """Give what can never run in every request, each with the place it stands at; no table is looked into."""
    from decom_nb.phases.testing.backfill_sql import guarded, metric_of

    for request in backfill:
        for at, table in enumerate(request.tables):
            texts: list[tuple[Path, Callable[[str], str], str]] = [
                (("query",), guarded, table.query),
                (("source_query",), guarded, table.source_query),
            ]
            texts += [(("metrics", place), metric_of, text) for place, text in enumerate(table.metrics)]
            for path, read, text in texts:
                try:
                    if text.strip():
                        read(text)
                except InputError as error:
                    for mistake in error.mistakes:
                        place = ("tables", at, *path)
                        yield Wrong("backfill", request.instance, place, mistake.what, mistake.instead)
