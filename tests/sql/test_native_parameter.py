"""Parameters come out as each engine's tools want them, and nothing that only looks like one is touched."""

from __future__ import annotations

import pytest
import sqlglot
from sqlglot import exp

from decom_nb.phases.pipelines.load.words import ENGINES, asked, name, parameter
from decom_nb.sql.dialect import DIALECTS
from decom_nb.sql.script_text import native
from decom_nb.sql.text import string

SIGNS = {"bigquery": "@", "duckdb": "$"}
TEXTS = ("it's :x", "back\\slash' :x", "\\", ":x", '"q" :x', "-- :x", "/* :x */", "`b` :x", "a\\'b :x")
NAMES = ("a :b", "it's :b", ":b", "c -- :d")


@pytest.mark.parametrize("dialect", ENGINES)
def test_literals_and_names_stay_as_they_were(dialect: str) -> None:
    texts = ", ".join(f"{string(each)} AS t{at}" for at, each in enumerate(TEXTS))
    columns = ", ".join(f"s.{name(each)}" for each in NAMES)
    before = asked(f"SELECT {texts}, {columns}, CAST({parameter('at')} AS TIMESTAMP) AS m FROM s", dialect)
    after = native(before, dialect)
    sign = SIGNS.get(dialect, ":")
    assert after == before.replace("CAST(:at AS", f"CAST({sign}at AS")
    assert after.count(f"{sign}at") == 1
    tree = sqlglot.parse_one(after, read=dialect)
    assert [each.this for each in tree.find_all(exp.Literal)] == list(TEXTS)
    assert {each.name for each in tree.find_all(exp.Column)} == set(NAMES)


@pytest.mark.parametrize("dialect", ["bigquery", "duckdb"])
def test_remarks_stay_as_they_were(dialect: str) -> None:
    sign = SIGNS[dialect]
    text = "/* it's :a */ SELECT :b -- don't :c\nFROM t"
    assert native(text, dialect) == f"/* it's :a */ SELECT {sign}b -- don't :c\nFROM t"


def test_casts_slices_and_paths_are_no_parameters() -> None:
    text = "SELECT a::int, c[1:d], c[e:f], {'g':h}, :i, $$ :j $$ FROM t WHERE k=:l AND m>:n"
    assert native(text, "duckdb") == text.replace(" :i,", " $i,").replace("=:l", "=$l").replace(">:n", ">$n")


@pytest.mark.parametrize("dialect", sorted({*DIALECTS} - {*SIGNS}))
def test_other_engines_write_a_colon(dialect: str) -> None:
    assert native("SELECT ':a', :b FROM t", dialect) == "SELECT ':a', :b FROM t"
