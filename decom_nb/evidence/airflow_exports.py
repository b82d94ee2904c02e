"""Reads what Airflow knows of its runs: answers of its REST API (2 and 3), and CSV of the tables dag_run and task_instance.

Pages of an answer may lie in files of their own, in a list, or be written one entry to a line. `airflow.sql` judges the entries
and makes the relations that `airflow.py` declares.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from decom_nb.evidence import files
from decom_nb.evidence.airflow import RELATIONS, Airflow
from decom_nb.evidence.export_file import column_names
from decom_nb.evidence.json_script import ScriptReading
from decom_nb.evidence.json_texts import LARGEST_DOCUMENT
from decom_nb.evidence.relation import Relation
from decom_nb.evidence.source import Found, Problem, Source, SourceFile, source_of

if TYPE_CHECKING:
    from decom_nb.evidence.store import Store

DAG_RUNS, TASKS = "airflow dag runs", "airflow task instances"

_WRAPPED = re.compile(rb'"(dag_runs|task_instances)"\s*:\s*\[')
_TOTAL = re.compile(rb'"total_entries"\s*:\s*(\d{1,18})')
_KEY = re.compile(rb'"(dag_id|state|task_id|dag_run_id|run_id|logical_date|execution_date)"\s*:')
_DATES = frozenset({"execution_date", "logical_date", "run_type", "external_trigger"})

_READING = ScriptReading(
    "airflow.sql",
    RELATIONS,
    {
        DAG_RUNS: ("dag runs", "dags", "backfills that wait or run", "repeated dag runs"),
        TASKS: ("task instances", "tasks", "repeated task instances"),
    },
    "entry",
    wrappers=("dag_runs", "task_instances"),
    tables=True,
)


class AirflowExports:
    """The collector."""

    name = "airflow"
    words = "exports of Airflow's runs"
    kinds: tuple[str, ...] = (DAG_RUNS, TASKS)
    relations: tuple[Relation, ...] = RELATIONS

    def recognises(self, path: Path, head: bytes) -> str:
        """Recognise an answer by the list it has, entries by their keys, and a table by its header."""
        text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
        if text.startswith((b"{", b"[")):
            if wrapped := _WRAPPED.search(text):
                return TASKS if wrapped[1] == b"task_instances" else DAG_RUNS
            return _kind({key.decode() for key in _KEY.findall(text)})
        if b"dag_id" not in text[:4096]:
            return ""
        try:
            return _kind({each.lower() for each in column_names(path, head).names})
        except csv.Error:
            return ""

    def load(self, found: Sequence[Found], store: Store) -> tuple[Airflow | None, tuple[Source, ...]]:
        """Read all files with one script."""
        pages = {file.shown: total for file in found if (total := _total_entries(file)) is not None}
        sources = tuple(_with_missing_pages(source, pages) for source in _READING.read(found, store))
        return Airflow(store) if any(source.rows for source in sources) else None, sources


AIRFLOW: AirflowExports = AirflowExports()


def _kind(keys: set[str]) -> str:
    """Tell by the names of an entry's fields what it is."""
    if not {"dag_id", "state"} <= keys:
        return ""
    if "task_id" in keys:
        return TASKS
    return DAG_RUNS if {"dag_run_id", "run_id"} & keys and _DATES & keys else ""


def _total_entries(file: Found) -> int | None:
    """Give how many entries there are in all, if the file is a page of an answer that says so."""
    try:
        with files.opened(file.path) as page:
            if not _WRAPPED.search(page.read(files.HEAD_BYTES)):
                return None
            page.seek(0)
            told = _TOTAL.search(page.read(LARGEST_DOCUMENT))
    except files.DAMAGED:
        return None
    return int(told[1]) if told else None


def _with_missing_pages(source: Source, pages: Mapping[str, int]) -> Source:
    """Add a problem where pages that tell the same total do not have all that they speak of."""
    answers: dict[int, list[SourceFile]] = {}
    for file in source.files:
        if file.path in pages:
            answers.setdefault(pages[file.path], []).append(file)
    missing = [
        Problem(
            path=answer[0].path,
            what=f"says that there are {total:,} entries; the pages that say so have {sum(file.rows for file in answer):,}",
        )
        for total, answer in sorted(answers.items())
        if sum(file.rows for file in answer) < total
    ]
    more = source.problems_total - len(source.problems)
    return source_of(source.kind, source.files, (*source.problems, *missing), totals=source.totals, problems_more=more)
