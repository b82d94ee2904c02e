"""The connection while checks run: queries that can be stopped, what they gave as Python values, and nothing left behind."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

from decom_nb.sql.text import name

if TYPE_CHECKING:
    import duckdb

ZONED = "TIMESTAMP WITH TIME ZONE"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_PAUSE = 0.05
"""Seconds between two looks at whether to stop."""


class Stopped(Exception):  # noqa: N818 - no error: somebody cancelled, or a limit was reached
    """The run, or the checks of one table, were stopped."""

    def __init__(self, why: Literal["cancelled", "time"]) -> None:
        super().__init__(why)
        self.why = why


class Session:
    """Queries on one DuckDB connection for the time of a run.

    While it is entered, a thread looks whether `cancelled` says so or the time of a table is over, and interrupts the query
    at work. Temporary tables made through it are gone when it is left.
    """

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        cancelled: Callable[[], bool] | None = None,
        memory: str | None = None,
    ) -> None:
        self.connection = connection
        self._cancelled = cancelled
        self._memory = memory
        self._deadline: float | None = None
        self._stop: Literal["", "cancelled", "time"] = ""
        self._over = threading.Event()
        self._watcher: threading.Thread | None = None
        self._temporary: list[str] = []
        self._made = 0
        self._before: dict[str, str] = {}
        self.zoned = False
        """Whether a table is open that has moments with a zone: queries are then described before they are run."""

    def __enter__(self) -> Session:
        """Begin to watch."""
        # Nothing here depends on the order of rows, and keeping it costs memory.
        self._set("preserve_insertion_order", "false")
        if self._memory:
            self._set("memory_limit", self._memory)
        return self

    def __exit__(self, *_: object) -> None:
        """Stop watching, drop what was made, and set the connection back to how it was."""
        self._over.set()
        if self._watcher is not None:
            self._watcher.join()
        self.tidy()
        for setting, before in self._before.items():
            with contextlib.suppress(Exception):  # a locked configuration was not changed either
                self.connection.execute(f"SET {setting} = '{before}'")

    def _set(self, setting: str, to: str) -> None:
        import duckdb

        # As text: a parameter would make DuckDB import pandas, which takes half a second.
        row = self.connection.execute(f"SELECT current_setting('{setting}')").fetchone()
        try:
            self.connection.execute(f"SET {setting} = '{to}'")
        except duckdb.Error:  # a connection may have its configuration locked: it then runs as it was set up
            return
        if row is not None:
            self._before.setdefault(setting, _not_less(str(row[0])))

    @contextlib.contextmanager
    def within(self, seconds: float | None) -> Iterator[None]:
        """Stop with `Stopped` what is done inside after so many seconds; None: never."""
        self._deadline = None if seconds is None else time.monotonic() + seconds
        if self._watcher is None and (self._cancelled is not None or seconds is not None):
            self._watcher = threading.Thread(target=self._watch, name="decom check run", daemon=True)
            self._watcher.start()
        try:
            yield
        finally:
            self._deadline = None
            if self._stop == "time":
                self._stop = ""

    def _watch(self) -> None:
        while not self._over.wait(_PAUSE):
            deadline = self._deadline
            if self._stop != "cancelled" and self._cancelled is not None and self._cancelled():
                self._stop = "cancelled"
            elif not self._stop and deadline is not None and time.monotonic() > deadline:
                self._stop = "time"
            if self._stop:  # again and again: an interrupt between two queries is lost
                self.connection.interrupt()

    def check(self) -> None:
        """Raise `Stopped` if it is time to."""
        if not self._stop and self._cancelled is not None and self._cancelled():
            self._stop = "cancelled"
        if not self._stop and self._deadline is not None and time.monotonic() > self._deadline:
            self._stop = "time"
        if self._stop:
            raise Stopped(self._stop)

    def run(self, sql: str) -> None:
        """Run a statement that gives nothing."""
        self._execute(sql)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Run a query and give its rows. A moment with a zone comes as a datetime in UTC, whatever is installed."""
        return self.table(sql)[1]

    def table(self, sql: str) -> tuple[tuple[str, ...], list[tuple[Any, ...]]]:
        """Run a query and give the names of its columns and its rows."""
        if not self.zoned:
            shape = self._execute(sql)
            return tuple(each[0] for each in shape), self._fetch()
        # DuckDB hands moments with a zone over only where pytz is installed, which nothing else here needs.
        self._execute(f"DESCRIBE {sql}")
        shape = self._fetch()
        zoned = [at for at, each in enumerate(shape) if each[1] == ZONED]
        names = tuple(each[0] for each in shape)
        if not zoned:
            self._execute(sql)
            return names, self._fetch()
        listed = ", ".join(f"c{at}" for at in range(len(shape)))
        whole = ", ".join(f"epoch_us(c{at})" if at in zoned else f"c{at}" for at in range(len(shape)))
        self._execute(f"SELECT {whole} FROM ({sql}) AS q({listed})")
        rows = self._fetch()
        return names, [tuple(_moment(each) if at in zoned else each for at, each in enumerate(row)) for row in rows]

    def numbers(self, sql: str) -> Any:
        """Run a query of one column and give it as a numpy array."""
        self._execute(sql)
        return next(iter(self._stopping(self.connection.fetchnumpy).values()))

    def _execute(self, sql: str) -> Sequence[Any]:
        self.check()
        return self._stopping(lambda: self.connection.execute(sql)).description or ()

    def _fetch(self) -> list[tuple[Any, ...]]:
        rows: list[tuple[Any, ...]] = self._stopping(self.connection.fetchall)
        return rows

    def _stopping(self, do: Callable[[], Any]) -> Any:
        import duckdb

        try:
            return do()
        except duckdb.InterruptException:
            raise Stopped(self._stop or "cancelled") from None
        except RuntimeError as error:
            # Control-C: DuckDB notices the signal, and says so in an error of its own.
            if "interrupted" in str(error).lower() and not isinstance(error, duckdb.Error):
                raise KeyboardInterrupt from None
            raise

    def temporary(self, content: str) -> str:
        """Make a temporary table of a query's rows, and give its quoted name."""
        made = self.new_name()
        self._temporary.append(made)
        self.run(f"CREATE TEMP TABLE {made} AS {content}")
        return made

    def new_name(self) -> str:
        """Give a name that no table has."""
        self._made += 1
        return name(f"decom {id(self):x} {self._made}")

    def drop(self, made: str) -> None:
        """Drop a temporary table."""
        if made in self._temporary:
            self._temporary.remove(made)
            self.connection.execute(f"DROP TABLE IF EXISTS {made}")

    def tidy(self) -> None:
        """Drop every temporary table."""
        while self._temporary:
            with contextlib.suppress(Exception):  # it may never have come about
                self.connection.execute(f"DROP TABLE IF EXISTS {self._temporary[-1]}")
            self._temporary.pop()


def _not_less(setting: str) -> str:
    """Give a setting such that setting it leads to the same text: sizes are shown cut off, and would shrink each time.

    >>> _not_less("1.8 GiB"), _not_less("false")
    ('1.85 GiB', 'false')
    """
    number, space, unit = setting.partition(" ")
    return f"{number}5 {unit}" if space and "." in number else setting


def _moment(microseconds: int | None) -> datetime | None:
    if microseconds is None:
        return None
    try:
        return _EPOCH + timedelta(microseconds=microseconds)
    except OverflowError:  # infinity, or a year beyond 9999
        return (datetime.max if microseconds > 0 else datetime.min).replace(tzinfo=UTC)
