"""Recognises what lies in an engagement's evidence by its content, and has it read. `book.py` calls it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from decom_nb.evidence import files, json_file
from decom_nb.evidence.airflow_exports import AIRFLOW
from decom_nb.evidence.alerting_files import ALERTING
from decom_nb.evidence.billing_files import BILLING_FILES
from decom_nb.evidence.check_runs import CHECK_RUNS
from decom_nb.evidence.contracts import CONTRACTS
from decom_nb.evidence.dbt_artifacts import DBT
from decom_nb.evidence.dbt_information_files import DBT_INFORMATION
from decom_nb.evidence.dbt_log_files import DBT_LOGS
from decom_nb.evidence.files import Listed, Pointing
from decom_nb.evidence.json_file import NotReadableError, TooLargeError
from decom_nb.evidence.load_proofs import LOAD_PROOFS
from decom_nb.evidence.model_checks import MODEL_CHECKS
from decom_nb.evidence.mutation_runs import MUTATION_RUNS
from decom_nb.evidence.object_files import OBJECT_FILES
from decom_nb.evidence.openlineage_events import OPENLINEAGE
from decom_nb.evidence.query_log_files import QUERY_LOG_FILES
from decom_nb.evidence.run_logs import RUN_LOGS
from decom_nb.evidence.source import (
    UNRECOGNISED,
    Collector,
    Evidence,
    Found,
    Identifying,
    Loading,
    Problem,
    Source,
    SourceFile,
    source_of,
)
from decom_nb.evidence.store import Store
from decom_nb.evidence.tables.found import TABLE_FILES
from decom_nb.evidence.test_code_files import TEST_CODE
from decom_nb.evidence.timings import TIMINGS

COLLECTORS: tuple[Collector | Loading, ...] = (
    DBT,
    DBT_LOGS,
    DBT_INFORMATION,
    RUN_LOGS,
    OPENLINEAGE,
    AIRFLOW,
    CHECK_RUNS,
    MUTATION_RUNS,
    LOAD_PROOFS,
    MODEL_CHECKS,
    TIMINGS,
    CONTRACTS,
    ALERTING,
    BILLING_FILES,
    QUERY_LOG_FILES,
    OBJECT_FILES,
    TEST_CODE,  # after all that has a mark of its own: it takes what else lies in a repository
    TABLE_FILES,
)
"""Everything that can be read, in the order in which it is tried and shown; code and mere tables come last."""

NAMES: tuple[str, ...] = tuple(collector.name for collector in COLLECTORS)
"""What each collector's value is asked for by."""

KINDS: tuple[str, ...] = tuple(kind for collector in COLLECTORS for kind in (collector.name, *collector.kinds))
"""What a pointer may say a thing is: a collector's name, or one of its kinds."""

SHOWN_UNRECOGNISED = 200
"""How many files that nobody recognises are listed; the totals say how many there are."""


_LOOKED_AT = 1 << 26  # a document that nobody recognises is parsed up to this size, to say where it is broken


def collect(items: Iterable[Path | str | Pointing], root: Path, only: Collection[str] = NAMES) -> Evidence:
    """Read all evidence behind the items: files, folders, or pointers such as those of engagement.yaml.

    `only` names the collectors whose files are read, for those who need no more; all are recognised.

    A path is taken as the operating system would, a pointer is relative to `root`, the engagement's folder. The same
    files give the same evidence, whatever the order of the items; nothing that lies in the folders makes this fail.
    """
    pile = _Pile()
    for each in files.listed(items, root):
        pile.take(each)
    sources: list[Source] = []
    values: dict[str, Any] = {}
    store: Store | None = None
    for collector in COLLECTORS:
        if collector.name in only and (found := pile.found.get(collector.name)):
            if isinstance(collector, Loading):
                store = store or Store()
                value, read = collector.load(found, store)
            else:
                value, read = collector.read(found)
            sources.extend(pile.with_repeats(source) for source in read)
            if value is not None:
                values[collector.name] = value
    if (dbt := values.get(DBT.name)) and dbt.ran:
        # Its artifacts are few and stay in Python; the history of what they tell is asked for where all else is.
        store = store or Store()
        values[DBT.name] = replace(dbt, store=store)
    if pile.unknown:
        totals = {"files": len(pile.unknown)}
        sources.append(source_of(UNRECOGNISED, pile.unknown[:SHOWN_UNRECOGNISED], pile.problems, totals=totals))
    if store:
        store.seal()
    return Evidence(tuple(sources), values, store)


class _Pile:
    """Files as they come in, put where they belong: to a collector, to an equal one seen before, or to the unknown."""

    def __init__(self) -> None:
        self.found: dict[str, list[Found]] = {}
        self.unknown: list[SourceFile] = []
        self.problems: list[Problem] = []
        self._repeats: list[SourceFile] = []
        self._seen: dict[tuple[str, str], str] = {}

    def take(self, each: Listed) -> None:
        """Put one file where it belongs."""
        if each.reason == files.EMPTY and each.path.suffix in files.OFTEN_EMPTY:
            return
        if each.reason:
            self._refuse(each, each.reason, wrong=each.reason != files.EMPTY)
            return
        if each.stated and each.stated not in KINDS:
            self._refuse(
                each, f"its kind is given as {each.stated!r}, which is none of: {', '.join(KINDS)}", wrong=True
            )
            return
        try:
            collector, kind = _recognised(each)
            if collector is None:
                line, broken = _broken_json(each.path)
                broken = broken or files.damage(each.path)
                self._refuse(each, broken or _nobody(each.stated), wrong=bool(broken), line=line)
                return
            alone = isinstance(collector, Identifying)
            digest, note = (
                collector.identify(each.path) if isinstance(collector, Identifying) else (files.sha256(each.path), "")
            )
            found = Found(each.path, each.shown, kind, digest, each.path.stat().st_size, note)
        except files.DAMAGED as error:
            self._refuse(each, files.why(error), wrong=True)
            return
        first = each.shown if alone else self._seen.setdefault((kind, found.sha256), each.shown)
        if first == each.shown:
            self.found.setdefault(collector.name, []).append(found)
        else:
            note = f"the same content as {first}, read once"
            self._repeats.append(
                SourceFile(path=each.shown, kind=kind, sha256=found.sha256, bytes=found.bytes, note=note),
            )

    def with_repeats(self, source: Source) -> Source:
        """Give the source with the files whose content had been read already."""
        more = [file for file in self._repeats if file.kind == source.kind]
        listed = tuple(sorted((*source.files, *more), key=lambda file: file.path))
        return source.model_copy(update={"files": listed}) if more else source

    def _refuse(self, each: Listed, reason: str, *, wrong: bool, line: int = 0) -> None:
        self.unknown.append(SourceFile(path=each.shown, kind=UNRECOGNISED, bytes=each.bytes, note=reason))
        if wrong:
            self.problems.append(Problem(path=each.shown, line=line, what=reason))


def _recognised(each: Listed) -> tuple[Collector | Loading | None, str]:
    """Say which collector reads a file, and as what; a kind given to the file itself holds, to its folder narrows."""
    head = files.head_before_damage(each.path)
    for collector in COLLECTORS:
        if each.stated and each.stated not in (collector.name, *collector.kinds):
            continue
        if collector is TABLE_FILES and files.damage(each.path):
            continue  # half a table is no table; half a log is a log up to there
        kind = collector.recognises(each.path, head)
        if each.outright and each.stated in collector.kinds:
            return collector, each.stated
        if kind:
            return collector, kind
        if each.stated == collector.name and (rest := getattr(collector, "rest", "")):
            return collector, rest
    return None, ""


def _nobody(stated: str) -> str:
    kinds = [stated] if stated else [kind for collector in COLLECTORS for kind in collector.kinds]
    return f"its content is none of: {', '.join(kinds)}"


def _broken_json(path: Path) -> tuple[int, str]:
    """Give line and reason if a file that is named as one JSON document is not one."""
    if not path.name.removesuffix(".gz").endswith(".json"):
        return 0, ""
    try:
        json_file.load(path, _LOOKED_AT)
    except TooLargeError:
        return 0, ""
    except NotReadableError as error:
        return error.line, error.what
    return 0, ""
