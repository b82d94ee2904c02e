"""How far a backfill is: a file to which one line is added for each thing that was done, flushed to the disk before the next.

Each line is whole or not there: one that a crash cut off is passed over, and the next begins on a line of its own.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from decom_nb.errors import InputError, Mistake

FILE = "progress.jsonl"

Event = dict[str, Any]


@dataclass(frozen=True)
class Progress:
    """What was done so far, in order."""

    events: tuple[Event, ...]

    @property
    def plan(self) -> str:
        """The plan by which it was begun; empty if it was not."""
        return next((str(each["plan"]) for each in self.events if each["event"] == "started"), "")

    @property
    def parts(self) -> dict[tuple[str, str], Event]:
        """The parts that are done, by their name and their table."""
        return {(each["part"], each["table"]): each for each in self.events if each["event"] == "part"}

    @property
    def anomalies(self) -> tuple[str, ...]:
        """What was odd, in sentences."""
        return tuple(str(each["says"]) for each in self.events if each["event"] == "anomaly")

    @property
    def state(self) -> str:
        """Say in a word how far it is: not begun, running, stopped or done."""
        ends = [each["event"] for each in self.events if each["event"] in ("started", "resumed", "stopped", "done")]
        if not ends:
            return "not begun"
        return "running" if ends[-1] in ("started", "resumed") else str(ends[-1])

    def last(self, event: str) -> Event | None:
        """Give the last line of a kind."""
        return next((each for each in reversed(self.events) if each["event"] == event), None)


def read(folder: Path) -> Progress:
    """Read how far a backfill is; a line that is cut off counts as not written."""
    try:
        lines = (folder / FILE).read_bytes().splitlines()
    except FileNotFoundError:
        return Progress(())
    except OSError as error:
        raise _unreadable(folder / FILE, error) from error
    events = []
    for line in lines:
        try:
            told = json.loads(line)
        except ValueError:
            continue
        if isinstance(told, dict) and isinstance(told.get("event"), str):
            events.append(told)
    return Progress(tuple(events))


def append(folder: Path, at: datetime, event: str, **told: Any) -> None:
    """Add a line, and come back when it is on the disk."""
    line = json.dumps({"at": at.isoformat(timespec="seconds"), "event": event, **told}, ensure_ascii=True, default=str)
    path = folder / FILE
    try:
        handle = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o666)
        try:
            size = os.fstat(handle).st_size
            torn = size > 0 and os.pread(handle, 1, size - 1) != b"\n"
            os.write(handle, (b"\n" if torn else b"") + line.encode() + b"\n")
            os.fsync(handle)
        finally:
            os.close(handle)
    except OSError as error:
        raise _unreadable(path, error) from error


def put_aside(folder: Path) -> None:
    """Keep the file of a run that is over under a number, so that another one can begin."""
    number = 1
    while (folder / f"progress-{number}.jsonl").exists():
        number += 1
    (folder / FILE).rename(folder / f"progress-{number}.jsonl")


def _unreadable(path: Path, error: OSError) -> InputError:
    what = f"cannot be read or written: {error.strerror or error}"
    return InputError(Mistake(str(path), 0, "", what, "check that the folder exists, is writable and has space"))
