"""Every list of engines names engines whose SQL can be written; those for which tables and loads are made are the same."""

from __future__ import annotations

import importlib
import re
from pathlib import Path
from typing import get_args

import decom_nb
from decom_nb.phases.pipelines.pipeline import TargetDialect
from decom_nb.sql import ddl, type_word
from decom_nb.sql.dialect import DIALECTS

ROOT = Path(decom_nb.__file__).parent
LIST = re.compile(r"^(ENGINES|DIALECTS)\b", re.MULTILINE)


def lists() -> dict[str, tuple[str, ...]]:
    """Find every list of engines in the package; rows that are more than a name are no list of engines' SQL."""
    found: dict[str, tuple[str, ...]] = {}
    for path in sorted(ROOT.rglob("*.py")):
        for called in dict.fromkeys(LIST.findall(path.read_text(encoding="utf-8"))):
            module = ".".join(path.relative_to(ROOT.parent).with_suffix("").parts)
            values = getattr(importlib.import_module(module), called)
            if all(isinstance(each, str) for each in values):
                found[f"{module}.{called}"] = tuple(values)
    return found


def test_every_list_names_engines_that_are_known() -> None:
    found = lists()
    assert {"decom_nb.sql.dialect.DIALECTS", "decom_nb.sql.type_word.ENGINES"} <= set(found)
    unknown = {name: set(each) - set(DIALECTS) for name, each in found.items() if not set(each) <= set(DIALECTS)}
    assert unknown == {}


def test_tables_are_made_for_the_engines_that_loads_are_written_for() -> None:
    known = set(get_args(TargetDialect))
    assert set(type_word.ENGINES) == set(ddl._ENGINES) == set(type_word._WORDS) == known
    rooms = {name: set(each) for name, each in lists().items() if name.startswith("decom_nb.phases.")}
    assert rooms
    assert {name: each for name, each in rooms.items() if not each <= known} == {}


def test_every_type_of_an_engine_is_one_of_duckdb() -> None:
    for words in type_word._WORDS.values():
        assert set(words) <= set(type_word._WORDS["duckdb"])
        assert all(words.values())
