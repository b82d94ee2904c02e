"""From what people write to the files behind it: which files a table source means, and what kind of table they are.

Nothing here opens a table or raises: a source that leads nowhere is a `Place` with a mistake, which is raised when
somebody asks for that table. `session.py` and `found.py` call it.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import get_args
from urllib.parse import unquote

from decom_nb.errors import Mistake
from decom_nb.evidence import files
from decom_nb.evidence.source import Pointer
from decom_nb.evidence.tables.secret import holds_secret, redacted
from decom_nb.evidence.tables.source import TableKind, TableSource

KINDS: tuple[str, ...] = get_args(TableKind)

DATABASES = ("duckdb", "sqlite", "postgres")
"""Kinds that hold several tables."""

PACKED = (".gz", ".zst")
"""Endings of packed text files."""

ENDINGS = {
    ".parquet": "parquet",
    ".parq": "parquet",
    ".pq": "parquet",
    ".csv": "csv",
    ".tsv": "csv",
    ".tab": "csv",
    ".psv": "csv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".duckdb": "duckdb",
    ".sqlite": "sqlite",
    ".sqlite3": "sqlite",
}
"""What an ending says where the content has no mark of its own, and what a name is cut by."""

_REMOTE = re.compile(r"(?i)^(s3|s3a|s3n|gs|gcs|r2|az|azure|abfss?|https?|hf)://")
_ADDRESS = re.compile(r"(?i)^[a-z][a-z0-9+.-]+://")
_POSTGRES = re.compile(r"(?i)^postgres(ql)?://")
_MAGIC = ((0, b"PAR1", "parquet"), (8, b"DUCK", "duckdb"), (0, b"SQLite format 3\0", "sqlite"))
_PARTITION = re.compile(r"^([^=/]+)=(.*)$", re.DOTALL)


@dataclass(frozen=True)
class Place:
    """Where one source leads: its name, what lies there, and the files; or what is wrong with it."""

    source: TableSource
    name: str
    kind: str
    shown: str
    files: tuple[Path, ...] = ()
    top: str = ""
    """The folder in which the files were found; empty for a single file. What lies below may name partitions."""
    address: str = ""
    """The path of something remote, as it was written."""
    addresses: tuple[str, ...] = ()
    """The objects behind it, once they were asked for."""
    wrong: Mistake | None = None

    @property
    def paths(self) -> tuple[str, ...]:
        """Give the files or objects as text."""
        return self.addresses or tuple(str(each) for each in self.files)

    @property
    def is_remote(self) -> bool:
        """Tell whether it lies in object storage or behind https."""
        return bool(self.address) and self.kind != "postgres"

    @property
    def partitions(self) -> tuple[str, ...]:
        """Give the columns that all files carry in the names of their folders, from the top down."""
        if not self.top or not self.paths:
            return ()
        keys = [partition_keys(each.removeprefix(self.top).lstrip("/")) for each in (self.paths[0], self.paths[-1])]
        return keys[0] if keys[0] == keys[-1] else ()


def located(source: TableSource, root: Path) -> Place:
    """Say where a source leads; a path is relative to `root`."""
    if source.path and holds_secret(source.path):
        what = "the path holds a password or a key, and this file is kept and shared"
        instead = "put the whole address into an environment variable or a keyring, and write its name as `connection`"
        named = source.name or "a source without a name"
        shown = source.name or redacted(source.path)
        return _bad(source, named, "", shown, what, instead, key="path")
    if source.connection and not source.path:
        if source.kind not in (None, "postgres"):
            what = f"a table of the kind {source.kind} is not read through a connection alone"
            return _bad(source, source.name, "", source.name or "a source", what, "write its `path`", key="connection")
        return Place(source, source.name, "postgres", f"connection {source.connection}")
    if not source.path:
        what = "says neither `path` nor `connection`"
        return _bad(source, source.name, "", source.name or "a source", what, "write where the table lies", key="path")
    if _POSTGRES.match(source.path):
        return Place(source, source.name, source.kind or "postgres", source.path, address=source.path)
    if _REMOTE.match(source.path):
        kind = source.kind or _by_ending(source.path) or ""
        name = source.name or stem(re.split(r"[*?\[]", source.path)[0].rstrip("/"))
        if not kind:
            what = "nothing says what lies at this address"
            return _bad(source, name, "", source.path, what, f"write `kind`: one of {', '.join(KINDS)}", key="kind")
        return Place(source, name, kind, source.path, address=source.path)
    if _ADDRESS.match(source.path) and not source.path.lower().startswith("file://"):
        what = f"no address of the kind {source.path.split(':')[0]}:// can be read"
        return _bad(source, source.name, "", source.path, what, "s3, gs, az, https and postgresql can", key="path")
    return _local(source, root)


def _local(source: TableSource, root: Path) -> Place:
    written = source.path.removeprefix("file://")
    if "\0" in written:
        shown = files.printable(written.replace("\0", "�"))
        return _bad(source, source.name, "", shown, "a path cannot hold a NUL character", key="path")
    path = Path(os.path.abspath(root / written))  # noqa: PTH100 - symlinks stay as people laid them
    shown = files.shown_path(written, path, root) or "."
    if os.path.lexists(path):
        found, top = _below(path)
        name = source.name or stem(path.name)
    elif _is_pattern(written):
        found, top = _matching(path)
        name = source.name or stem(_fixed(path).name)
    else:
        return _bad(source, source.name or stem(path.name), "", shown, "there is nothing at this path", key="path")
    found, wrong = _readable(found, shown)
    if wrong:
        return _bad(source, name, "", wrong[0], wrong[1])
    if top and (table := _table_format(Path(top))):
        return Place(source, name, source.kind or table, shown, found, top)
    if not found:
        what = "no file matches this pattern" if not os.path.lexists(path) else "this folder holds no table"
        return _bad(source, name, "", shown, what, "see that the path is right", key="path")
    return _told_apart(source, name, shown, found, top)


def _told_apart(source: TableSource, name: str, shown: str, found: tuple[Path, ...], top: str) -> Place:
    """Say what kind the files are; of a folder, only those of the kind that most of them are."""
    if not top:
        kind = source.kind or kind_of(found[0])
        if not kind:
            what = "neither content nor ending says what this is"
            return _bad(source, name, "", shown, what, f"write `kind`: one of {', '.join(KINDS)}", key="kind")
        return Place(source, name, kind, shown, found)
    by_ending = {each: _by_ending(each.name) for each in found}
    counts = Counter(kind for kind in by_ending.values() if kind)
    kind = source.kind or (counts.most_common(1)[0][0] if counts else kind_of(found[0]))
    if not kind:
        what = "neither content nor ending of the files says what this is"
        return _bad(source, name, "", shown, what, f"write `kind`: one of {', '.join(KINDS)}", key="kind")
    meant = tuple(each for each in found if by_ending[each] == kind)
    if not meant and source.kind:  # files without an ending, as a kind that somebody stated
        meant = tuple(each for each in found if not by_ending[each])
    meant = meant or tuple(each for each in found if kind_of(each) == kind)
    if not meant:
        return _bad(source, name, kind, shown, f"this folder holds no file of the kind {kind}", key="path")
    if kind in DATABASES and len(meant) > 1:
        what = f"{len(meant)} databases lie here"
        return _bad(source, name, kind, shown, what, "name each of them as a source of its own", key="path")
    return Place(source, name, kind, shown, meant, "" if kind in DATABASES else top)


def kind_of(path: Path) -> str:
    """Say what kind of table a file is, by its first bytes, else by its ending; empty if neither tells."""
    try:
        with path.open("rb") as file:
            start = file.read(16)
    except OSError:
        start = b""
    return kind_by_mark(start) or _by_ending(path.name)


def kind_by_mark(start: bytes) -> str:
    """Say what kind of table begins with these bytes; empty if they are no mark."""
    return next((kind for at, mark, kind in _MAGIC if start[at : at + len(mark)] == mark), "")


def partition_keys(relative: str) -> tuple[str, ...]:
    """Give the columns that the folders of a path name.

    >>> partition_keys("year=2026/month=01/part.parquet")
    ('year', 'month')
    """
    return tuple(partition_values(relative))


def partition_values(relative: str) -> dict[str, str]:
    """Give what the folders of a path say of each column that they name.

    >>> partition_values("year=2026/city=S%C3%A3o/part.parquet")
    {'year': '2026', 'city': 'São'}
    """
    found = (_PARTITION.match(part) for part in relative.split("/")[:-1])
    return {unquote(each[1]): unquote(each[2]) for each in found if each}


def unpacked(name: str) -> str:
    """Give a file's name without the ending of its packing."""
    return next((name[: -len(each)] for each in PACKED if name.lower().endswith(each)), name)


def _by_ending(name: str) -> str:
    return ENDINGS.get(os.path.splitext(unpacked(name))[1].lower(), "")  # noqa: PTH122 - it may be an address


def stem(name: str) -> str:
    """Give what a table is called by its file or folder.

    >>> stem("orders.csv.gz"), stem("orders.v2.parquet"), stem("s3://lake/orders")
    ('orders', 'orders.v2', 'orders')
    """
    bare = unpacked(name.rsplit("/", 1)[-1])
    stem, ending = os.path.splitext(bare)  # noqa: PTH122 - it may be an address
    return stem if ending.lower() in ENDINGS or ending.lower() in (".db", ".txt", ".json") else bare


def _below(path: Path) -> tuple[tuple[Path, ...], str]:
    """Give a file itself, or all files of a folder but those that engines keep for themselves (``_SUCCESS``)."""
    try:
        is_folder = path.is_dir()
    except OSError:
        is_folder = False
    if not is_folder:
        return (path,), ""
    return tuple(_data_files(path)), str(path)


def _data_files(folder: Path) -> Iterable[Path]:
    for each in files.listed([Pointer(str(folder))], folder):
        inside = os.path.relpath(each.path, folder)
        if not any(part.startswith(("_", ".")) for part in Path(inside).parts):
            yield each.path


def _is_pattern(text: str) -> bool:
    return any(each in text for each in "*?[")


def _fixed(pattern: Path) -> Path:
    """Give the folder that a pattern begins in."""
    parts = []
    for part in pattern.parts:
        if _is_pattern(part):
            break
        parts.append(part)
    return Path(*parts)


def _matching(pattern: Path) -> tuple[tuple[Path, ...], str]:
    """Give the files that match; the folders are walked once each, so that links in circles end."""
    top = _fixed(pattern)
    matches = re.compile(_as_expression(os.path.relpath(pattern, top)))
    found = (each.path for each in files.listed([Pointer(str(top))], top)) if top.is_dir() else ()
    return tuple(each for each in found if matches.fullmatch(os.path.relpath(each, top))), str(top)


def _as_expression(pattern: str) -> str:
    r"""Give a glob pattern as a regular expression; ``**`` stands for folders of any depth.

    >>> _as_expression("**/day=?/[!_]*.csv")
    '(?:.*/)?day=[^/]/(?!/)[^_][^/]*\\.csv'
    """
    out, at = [], 0
    while at < len(pattern):
        end = pattern.find("]", at + 2) if pattern[at] == "[" else -1
        if pattern.startswith("**/", at):
            out.append("(?:.*/)?")
            at += 3
        elif pattern.startswith("**", at):
            out.append(".*")
            at += 2
        elif pattern[at] in "*?":
            out.append("[^/]*" if pattern[at] == "*" else "[^/]")
            at += 1
        elif end > 0:
            inner = pattern[at + 1 : end].replace("\\", r"\\").replace("[", r"\[")
            out.append(f"(?!/)[{'^' + inner[1:] if inner[0] in '!^' else inner}]")
            at = end + 1
        else:
            out.append(re.escape(pattern[at]))
            at += 1
    return "".join(out)


def _readable(found: tuple[Path, ...], shown: str) -> tuple[tuple[Path, ...], tuple[str, str] | None]:
    """Leave out empty files beside others; say what is wrong if one cannot be read, or the only one is empty."""
    kept = []
    for each in found:
        try:
            status = each.stat()
        except OSError as error:
            return found, (files.printable(str(each)) if len(found) > 1 else shown, files.why(error))
        if not files.is_readable(each):
            why = "this is not a regular file" if os.access(each, os.R_OK) else "cannot be read: permission denied"
            return found, (files.printable(str(each)) if len(found) > 1 else shown, why)
        if status.st_size:
            kept.append(each)
    if found and not kept:
        return found, (shown, files.EMPTY if len(found) == 1 else "all files here are empty")
    return tuple(kept), None


def _table_format(folder: Path) -> str:
    """Say whether a folder is a Delta or an Iceberg table."""
    if (folder / "_delta_log").is_dir():
        return "delta"
    metadata = folder / "metadata"
    return "iceberg" if metadata.is_dir() and any(metadata.glob("*.metadata.json")) else ""


def _bad(
    source: TableSource, name: str, kind: str, shown: str, what: str, instead: str = "", *, key: str = ""
) -> Place:
    where = ".".join(part for part in (name, key) if part)
    return Place(source, name, kind, shown, wrong=Mistake(shown, 0, where, what, instead))
