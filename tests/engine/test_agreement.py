"""Every way of deciding a check gives the same: the plan, the plain scan, and the defining queries over plain copies."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from decom_nb.check import Suite
from tests.engine.made_tables import arrow_table, by_definition, differing, every_kind, opened, parents, ran, write

WRITERS = ("duckdb", "arrow", "without statistics", "without dictionaries")


def agree(folder: Path, file: str = "orders.parquet") -> None:
    suite = Suite(table="orders", key=("id",), checks=every_kind())
    with opened(folder, file) as tables:
        planned = ran(suite, tables)
        scanned = ran(suite, tables, plan="scan")
        defined = by_definition(suite, tables)
    assert not differing(planned.checks, defined)
    assert not differing(scanned.checks, defined)
    assert planned.complete and scanned.complete


# Every example is a table of its own: there is nothing to make smaller, and trying to takes minutes.
@settings(max_examples=12, suppress_health_check=[HealthCheck.too_slow], phases=[Phase.generate])
@given(
    seed=st.integers(0, 10**6),
    rows=st.sampled_from([0, 1, 2, 40, 700, 5000]),
    writer=st.sampled_from(WRITERS),
    group=st.sampled_from([1, 7, 100, 1000]),
    nulls=st.booleans(),
    ordered=st.booleans(),
    dense=st.booleans(),
    unique=st.booleans(),
)
def test_all_ways_agree(
    seed: int, rows: int, writer: str, group: int, nulls: bool, ordered: bool, dense: bool, unique: bool
) -> None:
    with TemporaryDirectory() as temporary:
        folder = Path(temporary)
        write(
            arrow_table(seed, rows, nulls=nulls, ordered=ordered),
            folder / "orders.parquet",
            writer,
            max(group, rows // 50),
        )
        write(arrow_table(seed + 1, 300), folder / "reference.parquet", "arrow", 100)
        parents(folder / "parents.parquet", dense=dense, unique=unique)
        agree(folder)
