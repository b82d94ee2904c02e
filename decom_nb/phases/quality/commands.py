"""Verbs of the quality room: ``decom quality run``, ``profile``, ``suggest``, ``sql``, ``mutate``, ``contract …``.

What is heavy is imported when a verb is called, so that the command itself starts at once.
"""

from __future__ import annotations

import contextlib
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from decom_nb.errors import GateFailed, InputError, Mistake
from decom_nb.phases.quality import contract_verb
from decom_nb.terminal import Dir, Json, Out

if TYPE_CHECKING:
    from decom_nb.check import CheckRun, Priority, Suite
    from decom_nb.engine import Progress
    from decom_nb.evidence.tables import TableSource

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)
app.add_typer(contract_verb.app, name="contract", help="Work with data contracts.")

Memory = Annotated[
    str, typer.Option(help="what DuckDB may hold at once, such as 400MB; the rest goes to disk", show_default=False)
]


@app.callback()
def _quality() -> None:
    """Work with checks of tables."""


@app.command(epilog="Example: decom quality run acme --table orders --fail-on P1")
def run(
    context: typer.Context,
    folder: Annotated[
        Path | None, typer.Argument(metavar="[DIR]", help="the engagement's folder", show_default=False)
    ] = None,
    table: Annotated[str, typer.Option(help="only this table's checks", show_default=False)] = "",
    suite: Annotated[
        list[Path] | None,
        typer.Option(help="without an engagement: a suite's file; may be repeated", show_default=False),
    ] = None,
    source: Annotated[
        list[str] | None,
        typer.Option(help="without an engagement: a table's file, or NAME=FILE; may be repeated", show_default=False),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="without an engagement: where to keep the run", show_default=False),
    ] = None,
    plan: Annotated[
        Literal["cheapest", "scan"], typer.Option(help="the cheapest evidence that decides exactly, or all rows always")
    ] = "cheapest",
    explain: Annotated[
        bool, typer.Option("--explain", help="say how each check would be decided, and run nothing")
    ] = False,
    samples: Annotated[int, typer.Option(min=0, max=100, help="how many failing rows of each check are shown")] = 5,
    seconds: Annotated[
        float | None,
        typer.Option(
            min=0.001, help="stop a table's checks after so long; what was decided is kept", show_default=False
        ),
    ] = None,
    memory: Memory = "",
    engine: Annotated[
        str,
        typer.Option(
            help="run on the client's engine: the environment variable or keyring entry with its address",
            show_default=False,
        ),
    ] = "",
    fail_on: Annotated[
        Literal["P0", "P1", "P2", "P3"] | None,
        typer.Option(help="exit 1 if a check of this severity or worse fails or is not decided", show_default=False),
    ] = None,
    as_json: Json = False,
) -> None:
    """Run the suites on their tables, and keep what they found as evidence.

    With DIR the tables are those of documents/table_sources.yaml and those that lie in the evidence, and the run goes to
    evidence/checks. Without it, --suite and --source name what is checked, as in a pipeline.
    """
    from decom_nb.engine import Limits
    from decom_nb.phases.quality import check_round, printout

    asked = _Asked.of_engagement(context, folder) if folder else _Asked.of_files(suite or [], source or [])
    if folder and (suite or source or output):
        what = "--suite, --source and --output are for runs without an engagement"
        raise InputError(Mistake("", 0, "decom quality run", what, "leave them out, or leave DIR out"))
    suites = check_round.wanted(asked.suites, table, asked.origin)
    limits = Limits(seconds_per_table=seconds, memory=memory or None)
    out = Out(as_json)
    if explain:
        if engine:
            what, hint = "--explain is about the plan on this machine", "leave --engine out"
            raise InputError(Mistake("", 0, "--explain", what, hint))
        with check_round.opened(asked.sources, asked.root, memory or None) as tables:
            printout.steps(out, check_round.explained(suites, tables, plan))
        return
    with _stoppable() as stopped, _shown_progress(as_json) as progress:
        options: dict[str, Any] = {"samples": samples, "limits": limits, "progress": progress, "cancelled": stopped}
        if engine:
            found = check_round.pushed_down(suites, engine, asked.sources, history=asked.history(), **options)
        else:
            with check_round.opened(asked.sources, asked.root, memory or None) as tables:
                found = check_round.checked(suites, tables, plan=plan, history=asked.history(), **options)
    if stopped():
        out.line("Stopped. Nothing was kept.")
        raise typer.Exit(130)
    kept = check_round.keep(found, asked.evidence) if asked.evidence else None
    if output:
        from decom_nb import atomic

        atomic.write(output, found.model_dump_json(indent=1).encode() + b"\n")
        kept = output
    levels = asked.levels(found)
    failures = printout.gate(found, levels, fail_on)
    out.data(printout.run_data(found, levels, kept, failures))
    printout.run(out, found, levels)
    if kept:
        out.line(f"Run: {kept}")
    if failures:
        raise GateFailed("\n".join(failures))


@app.command(epilog="Example: decom quality sql acme --dialect snowflake > checks.sql")
def sql(
    context: typer.Context,
    folder: Dir,
    dialect: Annotated[
        str, typer.Option(help="duckdb, or the dialect of the client's engine, such as snowflake")
    ] = "duckdb",
    suite: Annotated[str, typer.Option(help="only the suite of this table", show_default=False)] = "",
    as_json: Json = False,
) -> None:
    """Print the suites as plain SQL, check by check in the form of the methodology's templates."""
    from decom_nb.phases.quality import check_round

    asked = _Asked.of_engagement(context, folder)
    suites = check_round.wanted(asked.suites, suite, asked.origin)
    with check_round.opened(asked.sources, asked.root) as tables:
        written = check_round.as_sql(suites, tables, dialect)
    told = [
        {"table": each.table, "checks": len(each.checks), "sql": text}
        for each, text in zip(suites, written, strict=True)
    ]
    Out(as_json).data({"dialect": dialect, "suites": told})
    if not as_json:
        sys.stdout.write("\n".join(written))


@app.command(epilog="Example: decom quality profile acme orders")
def profile(
    context: typer.Context,
    place: Annotated[
        str, typer.Argument(metavar="DIR|FILE", help="an engagement's folder, or a table's file", show_default=False)
    ],
    table: Annotated[
        str, typer.Argument(metavar="[TABLE]", help="which table; with a single one, that", show_default=False)
    ] = "",
    exact: Annotated[bool, typer.Option(help="count distinct values instead of estimating them")] = False,
    dependencies: Annotated[
        bool, typer.Option(help="look for keys of two columns, and columns that determine others")
    ] = False,
    memory: Memory = "",
    as_json: Json = False,
) -> None:
    """Look at a table once: types, missing and distinct values, bounds, frequent values, forms, keys."""
    from decom_nb.phases.quality import check_round, printout

    asked = _Asked.of_place(context, place)
    with check_round.opened(asked.sources, asked.root, memory or None) as tables:
        from decom_nb.profile import profile as look

        name = check_round.chosen(tables, table)
        seen = look(tables, name, exact=exact, pairs=dependencies, dependent=dependencies)
    printout.profile(Out(as_json), seen)


@app.command(epilog="Example: decom quality suggest acme orders --write")
def suggest(
    context: typer.Context,
    place: Annotated[
        str, typer.Argument(metavar="DIR|FILE", help="an engagement's folder, or a table's file", show_default=False)
    ],
    table: Annotated[
        str, typer.Argument(metavar="[TABLE]", help="which table; with a single one, that", show_default=False)
    ] = "",
    write: Annotated[
        bool, typer.Option("--write", help="add what is new to the table's suite under documents/suite")
    ] = False,
    memory: Memory = "",
    as_json: Json = False,
) -> None:
    """Propose what must hold of a table, from its data: each check with its reason and what it would have found.

    With --write a suite is made, or the checks that are not there yet are added below those that people wrote.
    """
    from decom_nb.phases.quality import check_round, printout, proposing

    asked = _Asked.of_place(context, place)
    if write and asked.book is None:
        raise InputError(
            Mistake(place, 0, "--write", "a file has no documents to write to", "give an engagement's folder")
        )
    values = asked.book.evidence.values if asked.book else {}
    runs = values["check_runs"].runs if "check_runs" in values else ()
    with check_round.opened(asked.sources, asked.root, memory or None) as tables:
        name = check_round.chosen(tables, table)
        found = proposing.proposed(tables, name, dbt=values.get("dbt"), history=runs)
    merged = proposing.merge(asked.book.engagement, found.suite) if write else None
    printout.proposal(Out(as_json), found, merged)


@app.command(epilog="Example: decom quality mutate acme orders --tests dbt")
def mutate(
    context: typer.Context,
    folder: Dir,
    table: Annotated[
        str, typer.Argument(metavar="[TABLE]", help="which table; all that have checks if not said", show_default=False)
    ] = "",
    tests: Annotated[
        Literal["suite", "dbt", "contract"], typer.Option(help="whose checks are tried: a suite's, dbt's, a contract's")
    ] = "suite",
    rows: Annotated[
        int, typer.Option(min=100, help="how many rows are copied; a smaller table is copied whole")
    ] = 50_000,
    memory: Memory = "",
    as_json: Json = False,
) -> None:
    """Test the tests: put faults into a copy of a table, one at a time, and see which of them the checks notice.

    Faults that go unseen are told with a check that would have noticed. The table itself is only read.
    """
    from decom_nb.phases.quality import check_round, mutating, printout

    asked = _Asked.of_engagement(context, folder)
    book = asked.book
    dbt = book.evidence.values.get("dbt") if tests == "dbt" else None
    with _stoppable() as stopped, check_round.opened(asked.sources, asked.root, memory or None) as tables:
        found = mutating.trials(tests, book.documents["suite"], book.documents["contract"], dbt, tables, table)
        with _shown_share(as_json) as report:
            run = mutating.tried(found, tables, tests, rows=rows, report=report, cancelled=stopped)
    out = Out(as_json)
    if run is None:
        out.line("Stopped. Nothing was kept.")
        raise typer.Exit(130)
    kept = mutating.keep(run, book.engagement.evidence_path)
    printout.mutation(out, run, kept)


class _Asked:
    """What a run is about: suites, where their tables lie, earlier runs, and where the run is kept."""

    def __init__(
        self,
        suites: Sequence[Suite],
        sources: Sequence[TableSource],
        root: Path,
        origin: str,
        book: Any = None,
    ) -> None:
        self.suites, self.sources, self.root, self.origin = tuple(suites), tuple(sources), root, origin
        self.book = book

    @classmethod
    def of_engagement(cls, context: typer.Context, folder: Path) -> _Asked:
        """Take everything from an engagement; what its contracts promise is checked like its suites."""
        from decom_nb.evidence.collect import collect
        from decom_nb.phases.quality import check_round
        from decom_nb.phases.quality.documents import located, promised

        book = context.obj(folder)  # the command line hands every room the way to open a book
        lying = collect(book.engagement.evidence_pointers(), book.engagement.path, only=("tables", "contracts"))
        sources = located(book.documents["table_sources"], lying.values.get("tables"))
        agreed = promised(book.documents["contract"], lying.values.get("contracts"))
        suites = check_round.with_contracts(book.documents["suite"], agreed)
        return cls(suites, sources, book.engagement.path, str(folder / "documents" / "suite"), book)

    @classmethod
    def of_place(cls, context: typer.Context, place: str) -> _Asked:
        """Take the tables of an engagement, or of the file or address that was given instead."""
        from decom_nb.engagement.settings import Settings
        from decom_nb.evidence.tables import TableSource

        folder = Path(place)
        if "://" not in place and (folder / f"{Settings.name}.yaml").is_file():
            return cls.of_engagement(context, folder)
        if "://" not in place and not folder.exists():
            what, hint = (
                "is neither an engagement nor a file",
                "give an engagement's folder, a file, or an address such as s3://…",
            )
            raise InputError(Mistake(place, 0, "", what, hint))
        return cls((), (TableSource(path=place if "://" in place else str(folder.absolute())),), Path(), "")

    @classmethod
    def of_files(cls, suites: Sequence[Path], sources: Sequence[str]) -> _Asked:
        """Take suites and tables from files, with all that is wrong with them told at once."""
        from decom_nb.check import Suite
        from decom_nb.document import load
        from decom_nb.evidence.tables import TableSource

        mistakes: list[Mistake] = []
        if not suites or not sources:
            what = "names neither an engagement nor both --suite and --source"
            raise InputError(
                Mistake("", 0, "decom quality run", what, "decom quality run DIR, or --suite FILE --source FILE")
            )
        read: list[Suite] = []
        for file in suites:
            try:
                read.append(load(Suite, file))
            except InputError as error:
                mistakes += error.mistakes
        if mistakes:
            raise InputError(mistakes)
        named = [each.partition("=") if "=" in each else ("", "", each) for each in sources]
        found = [
            TableSource(name=name, path=str(Path(path).absolute()) if "://" not in path else path)
            for name, _, path in named
        ]
        return cls(read, found, Path(), str(suites[0]))

    @property
    def evidence(self) -> Path | None:
        """Where the run is kept; nowhere without an engagement."""
        return self.book.engagement.evidence_path if self.book else None

    def history(self) -> Sequence[CheckRun]:
        """Give earlier runs, which are read only where a check compares with them."""
        from decom_nb.evidence.collect import collect
        from decom_nb.phases.quality.check_round import FOLDER

        if self.book is None or not any(check.kind == "row_change" for suite in self.suites for check in suite.checks):
            return ()
        value = collect([self.book.engagement.evidence_path / FOLDER], self.book.engagement.path).values.get(
            "check_runs"
        )
        return value.runs if value else ()

    def levels(self, found: CheckRun) -> list[Priority]:
        """Give the severity of each check, by the evidence where there is an engagement and something fails."""
        if not any(each.verdict == "fail" for each in found.checks):
            return [each.severity for each in found.checks]
        from decom_nb.phases.quality.lineage import bare, uses
        from decom_nb.phases.quality.severity import judged

        dbt = None
        if self.book:
            dbt = self.book.evidence.values.get("dbt")
        used = uses(dbt, {each.table for each in found.checks}) if dbt else {}
        personal: dict[str, set[str]] = {}
        for suite in self.suites:
            personal.setdefault(bare(suite.table), set()).update(suite.personal)
        return [judged(each, used.get(each.table), personal.get(bare(each.table), ())).level for each in found.checks]


@contextlib.contextmanager
def _stoppable() -> Iterator[Callable[[], bool]]:
    """Let Ctrl-C stop a run in an orderly way; the second one ends it at once."""
    asked: list[int] = []

    def stop(number: int, _: object) -> None:
        if asked:
            raise KeyboardInterrupt
        asked.append(number)

    try:
        before = signal.signal(signal.SIGINT, stop)
    except ValueError:  # not in the main thread, where nobody presses it
        yield lambda: False
        return
    try:
        yield lambda: bool(asked)
    finally:
        signal.signal(signal.SIGINT, before)


@contextlib.contextmanager
def _shown_share(quiet: bool) -> Iterator[Callable[[float | None, str], None]]:
    """Show on standard error how far something is that says so as a share and in words."""
    from decom_nb.engine import Progress

    with _shown_progress(quiet) as shown:

        def told(share: float | None, at: str) -> None:
            if shown:
                table, _, place = at.partition(": ")
                shown(Progress(table, place, round(1000 * (share or 0)), 1000))

        yield told


@contextlib.contextmanager
def _shown_progress(quiet: bool) -> Iterator[Callable[[Progress], None] | None]:
    """Show on standard error how far a run is: a bar on a terminal, a line for each table elsewhere."""
    if quiet:
        yield None
        return
    if not sys.stderr.isatty():
        seen: set[str] = set()

        def told(progress: Progress) -> None:
            if progress.table not in seen:
                seen.add(progress.table)
                sys.stderr.write(f"{progress.table} …\n")

        yield told
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    console = Console(stderr=True)
    columns = (BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("{task.description}", markup=False))
    with Bar(*columns, console=console, transient=True) as bar:
        task = bar.add_task("", total=None)

        def moved(progress: Progress) -> None:
            bar.update(
                task, completed=progress.done, total=progress.total, description=f"{progress.table} {progress.check}"
            )

        yield moved
