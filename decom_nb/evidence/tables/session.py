"""`Tables`: the tables of an engagement, each opened when it is asked for, read-only and without a trace.

    with Tables(document.sources, engagement.path) as tables:
        orders = tables.open("orders")
        tables.connection.execute(f"SELECT count(*) FROM {orders.source}")

One DuckDB in memory reads them all. It has no access to any file but those of the sources, downloads nothing, and its
configuration is locked: what a client's SQL or a view in a client's database would do beyond that, it cannot.
"""

from __future__ import annotations

import hashlib
import shutil
import tempfile
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from decom_nb.errors import InputError, MissingExtra, Mistake
from decom_nb.evidence import files
from decom_nb.evidence.tables import extension, remote
from decom_nb.evidence.tables.database import Attached
from decom_nb.evidence.tables.delimited import read_csv
from decom_nb.evidence.tables.duckdb_file import attach_duckdb
from decom_nb.evidence.tables.failure import failure
from decom_nb.evidence.tables.fence import MEMORY_LIMIT, connected, fence
from decom_nb.evidence.tables.json_lines import read_json_lines
from decom_nb.evidence.tables.lake import EXTENSIONS, read_lake
from decom_nb.evidence.tables.parquet import read_parquet
from decom_nb.evidence.tables.place import DATABASES, Place, located
from decom_nb.evidence.tables.postgres import attach_postgres
from decom_nb.evidence.tables.reading import NotReadableError, Reading
from decom_nb.evidence.tables.secret import Secrets
from decom_nb.evidence.tables.source import TableSource
from decom_nb.evidence.tables.sqlite import attach_sqlite
from decom_nb.evidence.tables.table import Column, Table
from decom_nb.sql.text import name as quoted
from decom_nb.suggest import instead

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


class Tables:
    """Tables by name. Nothing is opened before it is asked for, and what is wrong with a source is said then."""

    def __init__(
        self,
        sources: Iterable[TableSource] = (),
        root: Path = Path(),
        *,
        frames: Mapping[str, object] | None = None,
        memory_limit: str = MEMORY_LIMIT,
        threads: int | None = None,
        env: Mapping[str, str] | None = None,
    ) -> None:
        """Prepare a session; what is wrong with a source is raised when one of its tables is asked for.

        `frames` are Arrow tables, pandas and polars frames by name; they are read where they are. `env` stands for the
        environment in which connections are looked up.
        """
        self._secrets = Secrets(env)
        self._root = Path(root)
        self._frames = dict(frames or {})
        self._places = [located(each, self._root) for each in sources]
        self._opened: dict[str, Table] = {}
        self._whole: set[str] = set()
        self._attached: dict[int, Attached] = {}
        self._barred: dict[int, Mistake | MissingExtra] = {}
        self._offered: dict[str, tuple[str, Place, str]] | None = None
        self._clashes: dict[str, Mistake] = {}
        self._unlisted: list[Mistake] = []
        self._by_name = self._named()
        self._scratch = Path(tempfile.mkdtemp(prefix="decom-tables-"))
        self._swept = weakref.finalize(self, shutil.rmtree, self._scratch, ignore_errors=True)  # also if nobody closes
        try:
            self._connection = connected(self._scratch, memory_limit, threads)
            self._load = extension.loader(self._connection)
            for at, place in enumerate(self._places):
                self._prepare(at, place)
            fence(self._connection, self._places, self._scratch)
        except BaseException:
            self._swept()
            raise

    def __enter__(self) -> Self:
        """Give the session itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close it."""
        self.close()

    def close(self) -> None:
        """Let go of everything; what had to be written on the way is removed."""
        self._connection.close()
        self._swept()

    @property
    def connection(self) -> DuckDBPyConnection:
        """Give the DuckDB connection through which every opened table is read."""
        return self._connection

    @property
    def names(self) -> tuple[str, ...]:
        """Give the names of all tables in the order of their sources. Databases are looked into; nothing else is opened.

        Of a database that cannot be opened there are none; `mistakes` says why.
        """
        return tuple(written for written, _, _ in self._all().values())

    @property
    def mistakes(self) -> tuple[Mistake, ...]:
        """Give what is wrong with sources that can be told without opening tables: no file, no server, names that clash."""
        self._all()
        barred = [each for each in self._barred.values() if isinstance(each, Mistake)]
        wrong = [*(each.wrong for each in self._places), *self._clashes.values(), *self._unlisted, *barred]
        return tuple(sorted({each for each in wrong if each}))

    def open(self, name: str) -> Table:
        """Open a table, once. Raises `InputError` that says which table cannot be read, why, and what to do."""
        found = self._find(name)
        if isinstance(found, Mistake):
            raise InputError(found)
        return found

    def open_all(self, names: Iterable[str]) -> tuple[Table, ...]:
        """Open several tables; what is wrong with any of them is raised together."""
        found = [self._find(each) for each in dict.fromkeys(names)]
        mistakes = [each for each in found if isinstance(each, Mistake)]
        if mistakes:
            raise InputError(mistakes)
        return tuple(each for each in found if isinstance(each, Table))

    @contextmanager
    def standing_in(self, others: Iterable[Table]) -> Iterator[None]:
        """Let other tables stand for those of their names for a while, such as copies made in this connection."""
        before = dict(self._opened)
        self._opened.update({each.name.casefold(): each for each in others})
        try:
            yield
        finally:
            self._opened = before

    def reread(self, table: Table) -> Table:
        """Open a CSV or JSON-lines table anew by looking at all of its rows, after a scan met what no sample had shown.

        Gives the table itself if that changes nothing. Types become those that hold all values; short rows are filled up.
        """
        key = table.name.casefold()
        if table.kind not in ("csv", "jsonl") or key in self._whole:
            return table
        self._whole.add(key)
        self._opened.pop(key, None)
        try:
            again = self.open(table.name)
        except InputError:
            self._opened[key] = table
            raise
        return again

    def fingerprint(self, table: Table) -> str:
        """Give something that changes when the table's files do: of their sizes, times and places. Empty if unknown."""
        place = self._by_name.get(table.name.casefold()) or self._origin(table)
        if place is None or not place.files:
            return ""
        again = located(place.source, self._root)  # files may have come or gone since
        found = [*(again.files or place.files), *(_metadata(place) if place.kind in EXTENSIONS else ())]
        lines = []
        for each in found:
            for ending in ("", ".wal", "-wal") if place.kind in DATABASES else ("",):
                try:
                    status = Path(f"{each}{ending}").stat()
                    lines.append(
                        f"{each}{ending}:{status.st_size}:{status.st_mtime_ns}:{status.st_dev}:{status.st_ino}"
                    )
                except OSError:
                    lines.append(f"{each}{ending}:-")
        return hashlib.sha256("\n".join(lines).encode("utf-8", "surrogateescape")).hexdigest()

    def said(self, error: BaseException) -> str:
        """Give what an error of DuckDB says in one line, without secrets: for messages about queries on these tables."""
        text = self._secrets.hidden(str(error)).split("\n\n")[0]
        return " ".join(text.split())[:500]

    def hidden(self, text: str) -> str:
        """Give a text without any secret of this session."""
        return self._secrets.hidden(text)

    # -- names ------------------------------------------------------------------------------------------------------

    def _named(self) -> dict[str, Place]:
        """Give the places by name, case aside, as SQL takes names; databases that offer all of their tables left out."""
        by_name: dict[str, Place] = {}
        for name in self._frames:
            by_name[name.casefold()] = Place(TableSource(), name, "frame", f"frame {name}")
        for each in self._places:
            if not _offers_many(each):
                before = by_name.setdefault(each.name.casefold(), each)
                if before is not each:
                    self._clash(each.name, before, each)
        return by_name

    def _clash(self, name: str, before: Place, after: Place) -> None:
        """Keep that two tables have one name: neither is opened, as nobody can tell which is meant."""
        what = f"two tables are called {name!r}: {before.shown} and {after.shown}"
        todo = "give one of them another `name`; that of a database goes before the names of its tables"
        self._clashes[name.casefold()] = Mistake(after.shown, 0, name, self._secrets.hidden(what), todo)

    def _all(self) -> dict[str, tuple[str, Place, str]]:
        """Give every table: its name case aside, then as it is written, its place, and the table inside a database."""
        import duckdb

        if self._offered is not None:
            return self._offered
        known: dict[str, tuple[str, Place, str]] = {}
        for each in self._places:
            if not _offers_many(each):
                known.setdefault(each.name.casefold(), (each.name, each, each.source.table))
                continue
            try:
                attached = self._attach(each)
                offered = {} if isinstance(attached, Mistake) else attached.offered()
            except MissingExtra as error:
                attached = Mistake(each.shown, 0, each.name, str(error))
            except duckdb.Error as error:
                attached = self._failure(each.name, each, error)
            if isinstance(attached, Mistake):
                self._unlisted.append(attached)
                continue
            for own, (schema, table) in offered.items():
                name = own
                if each.source.name:
                    name = each.source.name if len(attached.tables) == 1 else f"{each.source.name}.{own}"
                before = self._by_name.get(name.casefold()) or (known.get(name.casefold()) or ("", None, ""))[1]
                if before is not None:
                    self._clash(name, before, each)
                known.setdefault(name.casefold(), (name, each, f"{schema}.{table}"))
        for name in self._frames:
            known.setdefault(name.casefold(), (name, self._by_name[name.casefold()], ""))
        self._offered = known
        return known

    def _origin(self, table: Table) -> Place | None:
        found = self._all().get(table.name.casefold())
        return found[1] if found else None

    def _find(self, name: str) -> Table | Mistake:
        key = name.casefold()
        if key in self._opened:
            return self._opened[key]
        frame = next((each for each in self._frames if each.casefold() == key), None)
        if frame is not None and key not in self._clashes:
            return self._kept(key, self._frame(frame))
        if key in self._clashes:
            return self._clashes[key]
        place, inside = self._by_name.get(key), ""
        if place is not None:
            return self._kept(key, self._open(place.name, place, place.source.table))
        known = self._all()
        if key in self._clashes:
            return self._clashes[key]
        if key in known:
            full, place, inside = known[key]
            return self._kept(key, self._open(full, place, inside))
        if self._unlisted:  # it may well be in the database that could not be looked into
            return self._unlisted[0]
        said = instead(name, [each[0] for each in known.values()][:500]) if known else "name a source in table_sources"
        return Mistake("", 0, name, f"there is no table {name!r}", said)

    def _kept(self, key: str, found: Table | Mistake) -> Table | Mistake:
        if isinstance(found, Table):
            self._opened[key] = found
        return found

    # -- what has to be done first --------------------------------------------------------------------------------------

    def _prepare(self, at: int, place: Place) -> None:
        """Do what has to be done while DuckDB may still reach out: extensions, credentials, servers.

        A server is connected to here, even if none of its tables will be asked for: behind the fence DuckDB attaches
        files only. What goes wrong is kept, and raised when a table of this source is asked for.
        """
        if place.wrong:
            return
        wrong: Mistake | MissingExtra | None = None
        try:
            if place.kind == "sqlite":
                self._load("sqlite_scanner", "tables", "reading SQLite")
            for each in EXTENSIONS.get(place.kind, ()):
                self._load(each, "lake", f"reading {place.kind.capitalize()} tables")
            if place.is_remote:
                remote.prepare(place, f"decom_{at}", self._connection, self._secrets, self._load)
            elif place.kind == "postgres":
                self._load("postgres_scanner", "tables", "reading Postgres")
                self._attached[at] = self._server(at, place)
        except MissingExtra as error:
            wrong = error
        except NotReadableError as error:
            wrong = self._mistake(place.name, place, error)
        if wrong is not None:
            self._barred[at] = wrong

    def _server(self, at: int, place: Place) -> Attached:
        named = place.source.connection
        text = self._secrets.connection(named) if named else place.address
        if not text:
            raise NotReadableError(*remote.unknown_connection(named), key="connection")
        return attach_postgres(text, f"decom_{at}", self._connection, self._secrets)

    # -- opening ----------------------------------------------------------------------------------------------------

    def _open(self, name: str, place: Place, inside: str) -> Table | Mistake:
        if place.wrong:
            return place.wrong
        if place.kind in DATABASES:
            attached = self._attach(place)
            if isinstance(attached, Mistake):
                return attached
            return self._guarded(name, place, lambda: self._inside(place, attached, inside))
        if barred := self._barred.get(self._at(place)):
            if isinstance(barred, MissingExtra):
                raise MissingExtra(str(barred))
            return barred
        return self._guarded(name, place, lambda: self._reading(place, name))

    def _reading(self, place: Place, name: str) -> Reading:
        whole = name.casefold() in self._whole
        if place.is_remote:
            place = remote.found(place, self._connection)
        if place.kind in EXTENSIONS:
            return read_lake(place)
        if place.kind == "parquet":
            return read_parquet(place, self._connection)
        if place.kind == "csv":
            return read_csv(place, self._connection, self._scratch, whole=whole)
        if place.kind == "jsonl":
            return read_json_lines(place, self._connection, whole=whole)
        raise NotReadableError(f"tables of the kind {place.kind!r} cannot be read", key="kind")

    def _inside(self, place: Place, attached: Attached, wanted: str) -> Reading:
        if wanted:
            return Reading(attached.sql(*attached.find(wanted)))
        if len(attached.tables) == 1:
            return Reading(attached.sql(*attached.tables[0]))
        what = f"this database holds {len(attached.tables)} tables"
        raise NotReadableError(what, "write which one as `table`", key="table")

    def _attach(self, place: Place) -> Attached | Mistake:
        """Attach the database of a place, once."""
        if place.wrong:
            return place.wrong
        at = self._at(place)
        if barred := self._barred.get(at):
            if isinstance(barred, MissingExtra):
                raise MissingExtra(str(barred))
            return barred
        if at in self._attached:
            return self._attached[at]
        same = next((self._attached[i] for i in self._attached if self._places[i].files == place.files), None)
        if same and place.files:
            self._attached[at] = same
            return same
        try:
            if place.kind == "sqlite":
                self._attached[at] = attach_sqlite(place.files[0], f"decom_{at}", self._connection, self._scratch)
            else:
                self._attached[at] = attach_duckdb(place.files[0], f"decom_{at}", self._connection)
        except NotReadableError as error:
            return self._mistake(place.name, place, error)
        return self._attached[at]

    def _at(self, place: Place) -> int:
        return next(at for at, each in enumerate(self._places) if each is place)

    def _guarded(self, name: str, place: Place, reading: Callable[[], Reading]) -> Table | Mistake:
        """Make a table of a reading; whatever fails on the way becomes a mistake without a secret, and without a cause."""
        import duckdb

        try:
            read = reading()
            columns = self._viewed(name, read.sql)
        except NotReadableError as error:
            return self._mistake(name, place, error)
        except (
            duckdb.Error,
            ValueError,
            UnicodeError,
        ) as error:  # what is no UTF-8 in a message is none of DuckDB's errors
            return self._failure(name, place, error)
        shown = place.shown if not place.source.table else f"{place.shown}: {place.source.table}"
        return Table(
            name=name,
            kind=place.kind,
            shown=self._secrets.hidden(shown),
            source=quoted(name),
            columns=columns,
            files=read.files,
            notes=read.notes,
            same_columns=read.same_columns,
            partitions=read.partitions,
        )

    def _viewed(self, name: str, sql: str, kind: str = "VIEW") -> tuple[Column, ...]:
        self._connection.execute(f"CREATE OR REPLACE {kind} {quoted(name)} AS SELECT * FROM {sql}")
        rows = self._connection.execute(f"DESCRIBE {quoted(name)}").fetchall()
        return tuple(Column(row[0], row[1]) for row in rows)

    def _frame(self, name: str) -> Table | Mistake:
        at = f"decom_frame_{sorted(self._frames).index(name)}"
        wrong = ""
        try:
            self._connection.register(at, self._frames[name])
            columns = self._viewed(name, quoted(at), "TEMP VIEW")
        except Exception as error:  # each library of frames has errors of its own
            wrong = type(error).__name__
        if wrong:
            what = f"a {type(self._frames[name]).__name__} cannot be read as a table ({wrong})"
            return Mistake("", 0, name, what, "give an Arrow table, a pandas frame or a polars frame")
        return Table(name=name, kind="frame", shown=f"frame {name}", source=quoted(name), columns=columns)

    def _mistake(self, name: str, place: Place, error: NotReadableError) -> Mistake:
        key = ".".join(part for part in (name, error.key) if part)
        what, instead_ = self._secrets.hidden(error.what), self._secrets.hidden(error.instead)
        file = files.shown_path(error.file, Path(error.file), self._root) if error.file else place.shown
        return Mistake(self._secrets.hidden(file), error.line, key, what, instead_)

    def _failure(self, name: str, place: Place, error: BaseException) -> Mistake:
        return failure(self.said(error), name, replace(place, shown=self._secrets.hidden(place.shown)), self._root)


def _metadata(place: Place) -> list[Path]:
    """Give the files that say which files a lake table consists of."""
    folders = [Path(place.top) / each for each in ("_delta_log", "metadata")]
    return sorted(each for folder in folders if folder.is_dir() for each in folder.iterdir())


def _offers_many(place: Place) -> bool:
    return place.kind in DATABASES and not place.source.table
