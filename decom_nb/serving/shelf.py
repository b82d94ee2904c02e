"""What lies below the root: each engagement with its latest audit and its built report. The front page shows it.

An engagement is looked at again only when one of its files has changed, and one that cannot be read is listed with the
reason and keeps no other from being shown.
"""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from decom_nb import audit
from decom_nb.book import Book
from decom_nb.engagement import Engagement, engagements, within
from decom_nb.engagement.folder import SETTINGS
from decom_nb.errors import DecomError, InputError
from decom_nb.escape import visible
from decom_nb.scrub import Scrubber


@dataclass(frozen=True)
class Scored:
    """What the front page says about an audit."""

    id: str
    taken_at: datetime
    low: float
    high: float
    band_low: str
    band_high: str
    reason: str


@dataclass(frozen=True)
class Item:
    """One engagement on the shelf; `name` is its path below the root, as addresses have it."""

    name: str
    title: str
    client: str = ""
    scored: Scored | None = None
    report: datetime | None = None
    problem: str = ""
    remedy: str = ""
    mistake: str = ""


class Shelf:
    """The engagements below one root, read when asked."""

    def __init__(self, root: Path) -> None:
        """Take a folder of engagements, or one engagement: then the shelf holds that one alone."""
        root = root.resolve()
        self.only = root if (root / SETTINGS).is_file() else None
        self.root = root.parent if self.only else root
        self._seen: dict[Path, tuple[tuple[object, ...], Item]] = {}

    def items(self) -> tuple[Item, ...]:
        """List the engagements, by name."""
        return tuple(self.item(path) for path in engagements(self.only or self.root))

    def find(self, name: str) -> Path | None:
        """Give the folder of the engagement of that name, or none if there is no such below the root."""
        try:
            path = within(self.root, name)
        except (InputError, OSError, ValueError):
            return None
        return path if self.only in (None, path) else None

    def item(self, path: Path) -> Item:
        """Tell about one engagement."""
        audits = audits_of(path)
        report = report_of(path)
        # Without an audit it is the documents that tell what can be done next.
        written = () if audits else sorted(file for file in path.glob("documents/*.y*ml") if own_file(file, path))
        marks = tuple(_mark(file) for file in (path / SETTINGS, *written, *audits[-1:], report) if file)
        if path in self._seen and self._seen[path][0] == marks:
            return self._seen[path][1]
        name = path.relative_to(self.root).as_posix()
        if self.find(name) == path:
            item = _read(path, name, audits, report)
        else:
            item = Item(name, name, problem="Its folder's name has signs in it that an address cannot have. Rename it.")
        self._seen[path] = (marks, item)
        return item


def audits_of(path: Path) -> tuple[Path, ...]:
    """Give the engagement's audit files, the oldest first."""
    return tuple(sorted(file for file in path.glob("audits/*/audit.json") if own_file(file, path)))


def report_of(path: Path) -> Path | None:
    """Give the newest report page that was built for the engagement."""
    built = [file for file in path.glob("deliverables/report*.html") if own_file(file, path)]
    return max(built, key=lambda file: file.stat().st_mtime_ns, default=None)


def own_file(file: Path, path: Path) -> bool:
    """Tell whether this is a plain file that really lies in the engagement, not behind a link that leads out of it."""
    try:
        real = file.resolve(strict=True)
        return real.is_relative_to(path.resolve()) and stat.S_ISREG(real.stat().st_mode)
    except OSError:
        return False


def _read(path: Path, name: str, audits: tuple[Path, ...], report: Path | None) -> Item:
    built = datetime.fromtimestamp(report.stat().st_mtime).astimezone() if report else None
    try:
        opened = Engagement.open(path)
        title, client = visible(opened.name), visible(opened.client)
    except (DecomError, OSError) as error:
        problem = "Its engagement.yaml cannot be read. To see why:"
        return Item(name, name, report=built, problem=problem, remedy="check", mistake=_first_mistake(error, path))
    item = Item(name, title, client, report=built)
    if not audits:
        try:
            Book.open(path)
        except (DecomError, OSError) as error:
            problem = "It cannot be audited yet, as there are mistakes in it. To see all of them:"
            told = _first_mistake(error, path)
            return Item(name, title, client, report=built, problem=problem, remedy="check", mistake=told)
        return item
    try:
        taken = audit.read(audits[-1])
    except (DecomError, OSError, ValueError, RecursionError):
        problem = "Its latest audit cannot be read by this version. To take another:"
        return Item(name, title, client, report=built, problem=problem, remedy="audit")
    card = taken.scorecard
    scored = Scored(taken.id, taken.taken_at, card.low, card.high, card.band_low, card.band_high, card.reason)
    return Item(name, title, client, scored, built)


def _first_mistake(error: DecomError | OSError, path: Path) -> str:
    """Say the first thing that is wrong, with its place in the engagement; where that lies is nobody's business here."""
    told = str(error.mistakes[0] if isinstance(error, InputError) and error.mistakes else error)
    return visible(Scrubber(path)(told.replace(f"{path}{os.sep}", "").replace(f"{path}/", "")))


def _mark(file: Path) -> tuple[object, ...]:
    try:
        seen = file.stat()
        return (file, seen.st_mtime_ns, seen.st_size)
    except OSError:
        return (file,)
