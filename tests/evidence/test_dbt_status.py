"""What dbt's words for an ending mean, in Python and in SQL."""

from __future__ import annotations

import duckdb
import pytest

from decom_nb.evidence.dbt_status import ENDINGS, ending, ending_sql


@pytest.mark.parametrize("word", [*ENDINGS, "Partial Success", "missing", "postponed", ""])
def test_sql_tells_the_same_as_python(word: str) -> None:
    (row,) = duckdb.connect().execute(f"SELECT {ending_sql('word')} FROM (SELECT ? AS word)", [word]).fetchall()
    assert row == (ending(word),)


@pytest.mark.parametrize("word", ["missing", "postponed", "", "partial success", "no-op", "reused"])
def test_only_what_succeeded_is_a_success(word: str) -> None:
    assert ending(word) != "success"
