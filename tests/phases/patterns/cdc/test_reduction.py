"""A file of messages becomes the same table in whatever order and however often its messages lie there."""

from __future__ import annotations

import base64
import gzip
import json
import random
import tempfile
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from decom_nb.errors import InputError
from decom_nb.phases.patterns.cdc.reduction import reduced

EPOCH = datetime(1970, 1, 1)


def event(op: str, lsn: int, key: Any, after: Any = None, before: Any = None, **source: Any) -> dict[str, Any]:
    told = {"connector": "postgresql", "lsn": lsn, "ts_ms": lsn * 1000, "schema": "public", "table": "t"} | source
    return {"key": key, "value": {"op": op, "before": before, "after": after, "source": told, "ts_ms": lsn * 1000 + 7}}


def result(messages: list[Any], as_: str = "current", path: Path | None = None, **how: Any) -> tuple[list[Any], Any]:
    with tempfile.TemporaryDirectory() as folder:
        file = path or Path(folder) / "messages.jsonl"
        if path is None:
            file.write_text("\n".join(json.dumps(each) for each in messages) + "\n")
        with reduced(file, as_=as_, **how) as made:  # type: ignore[arg-type]
            rows = made.connection.execute(f"SELECT * FROM {made.table} ORDER BY ALL").fetchall()
            return rows, made


# The property, against plain Python

value = st.sampled_from([None, 1, 2])
change = st.tuples(st.sampled_from(["c", "u", "u", "d", "t"]), st.integers(1, 3), value, value)
UNSENT = "__debezium_unavailable_value"


def in_plain_python(changes: list[Any]) -> tuple[list[Any], list[Any]]:
    """Give the table and its history as a loop over the changes in their own order makes them."""
    now: dict[int, tuple[Any, Any]] = {}
    history: list[list[Any]] = []

    def end(key: int, at: datetime) -> None:
        for version in history:
            if version[0] == key and version[4] is None:
                version[4] = at

    for lsn, (op, key, a, b) in enumerate(changes, start=1):
        at = EPOCH.replace(second=lsn % 60, minute=lsn // 60)
        if op == "t":
            for each in now:
                end(each, at)
            now = {}
        elif op == "d":
            end(key, at)
            now.pop(key, None)
        else:
            row = (a, b)
            if now.get(key) != row:
                end(key, at)
                history.append([key, *row, at, None])
            now[key] = row
    found = sorted([(k, *row) for k, row in now.items()], key=repr)
    return found, sorted([(*version, version[4] is None) for version in history], key=repr)


def as_messages(changes: list[Any]) -> list[Any]:
    told = []
    last: dict[int, Any] = {}
    for lsn, (op, key, a, b) in enumerate(changes, start=1):
        if op == "t":
            told.append(event("t", lsn, None))
            last = {}
        elif op == "d":
            told += [event("d", lsn, {"id": key}, before={"id": key}), {"key": {"id": key}, "value": None}]
            last.pop(key, None)
        else:  # what an update leaves as it was is not sent
            sent = UNSENT if key in last and last[key] == b else b
            told.append(event("r" if op == "c" else "u", lsn, {"id": key}, {"id": key, "a": a, "b": sent}))
            last[key] = b
    return told


def check(changes: list[Any], seed: int) -> None:
    now, history = in_plain_python(changes)
    chance = random.Random(seed)
    messages = as_messages(changes)
    shuffled = [*messages, *chance.sample(messages, len(messages) // 2)]
    chance.shuffle(shuffled)
    if not [each for each in messages if each["value"] is not None]:
        return
    for arranged in (messages, shuffled):
        if any(op in "cu" for op, *_ in changes):
            assert sorted(result(arranged)[0], key=repr) == now
            assert sorted(result(arranged, "scd2")[0], key=repr) == history
        if arranged is shuffled:
            duplicated = len([each for each in shuffled if each["value"] is not None]) - len(
                [each for each in messages if each["value"] is not None]
            )
            with_key = [each for each in changes if each[0] != "t"]
            assert result(arranged, **({} if with_key else {"key": ("id",)}))[1].counts.duplicates == duplicated


@pytest.mark.slow
@settings(max_examples=3)
@given(st.lists(change, min_size=1, max_size=12), st.integers())
def test_order_and_duplicates_do_not_count(changes: list[Any], seed: int) -> None:
    check(changes, seed)


@pytest.mark.slow
@settings(max_examples=60)
@given(st.lists(change, min_size=1, max_size=20), st.integers())
def test_order_and_duplicates_do_not_count_at_length(changes: list[Any], seed: int) -> None:
    check(changes, seed)


# How messages lie in files

ONE = [event("c", 1, {"id": 1}, {"id": 1, "a": "x"}), event("u", 2, {"id": 1}, {"id": 1, "a": "y"})]


@pytest.mark.parametrize("shape", ["lines", "gzip", "array", "pretty", "kcat", "console", "payload"])
def test_a_file_may_be_written_in_many_ways(tmp_path: Path, shape: str) -> None:
    file = tmp_path / "messages"
    texts = [json.dumps(each) for each in ONE]
    lines = "\n".join(texts) + "\n"
    written = {
        "lines": lines.encode(),
        "gzip": gzip.compress(lines.encode()),
        "array": f"[\n{', '.join(texts)}]".encode(),
        "pretty": "\n".join(json.dumps(each, indent=2) for each in ONE).encode(),
        "kcat": "\n".join(
            json.dumps({"topic": "t", "offset": n, "key": json.dumps(e["key"]), "payload": json.dumps(e["value"])})
            for n, e in enumerate(ONE)
        ).encode(),
        "console": "\n".join(f"{json.dumps(each['key'])}\t{json.dumps(each['value'])}" for each in ONE).encode(),
        "payload": "\n".join(
            json.dumps({"key": {"schema": None, "payload": e["key"]}, "value": {"schema": None, "payload": e["value"]}})
            for e in ONE
        ).encode(),
    }  # fmt: skip
    file.write_bytes(written[shape])
    rows, made = result([], path=file)
    assert rows == [(1, "y")]
    assert made.key == ("id",)
    assert made.counts.read == 2
    assert not made.counts.unreadable


def test_what_is_no_change_is_counted_by_its_kind(tmp_path: Path) -> None:
    file = tmp_path / "messages.jsonl"
    others = [{"ts_ms": 1}, {"status": "BEGIN", "id": "1"}, {"ddl": "CREATE TABLE t", "databaseName": "d"},
              {"key": {"id": 9}, "value": None}, {"op": "m", "message": {}}, {"op": "x", "source": {}}]  # fmt: skip
    lines = [json.dumps(each) for each in [*ONE, *others]]
    file.write_text("\n".join([*lines[:2], "{broken", "", "7", *lines[2:]]))
    rows, made = result([], path=file)
    assert rows == [(1, "y")]
    counts = made.counts
    assert counts.by_kind == {
        "insert": 1,
        "update": 1,
        "heartbeat": 1,
        "transaction": 1,
        "schema change": 1,
        "tombstone": 1,
        "other": 1,
    }
    assert counts.unreadable_lines == [(3, "is no JSON"), (5, "is no object"), (11, "has the unknown op x")]


def test_values_without_a_key_need_its_columns() -> None:
    bare = [each["value"] for each in ONE]
    with pytest.raises(InputError, match="--key"):
        result(bare)
    assert result(bare, key=("id",))[0] == [(1, "y")]
    moved = event("u", 3, None, {"id": 2, "a": "y"}, {"id": 1, "a": "y"})["value"]
    assert result([*bare, moved], key=("id",))[0] == [(2, "y")]


def test_a_file_with_several_tables_needs_the_one_that_is_meant() -> None:
    both = [*ONE, event("c", 3, {"id": 5}, {"id": 5, "z": 1}, table="other")]
    with pytest.raises(InputError, match=r"public\.other and public\.t"):
        result(both)
    assert result(both, table="t")[0] == [(1, "y")]
    assert result(both, table="public.other")[0] == [(5, 1)]
    with pytest.raises(InputError, match="no change of nothing"):
        result(both, table="nothing")


def test_rows_without_an_envelope_are_read_by_their_marks() -> None:
    rows = [
        {"id": 1, "a": "x", "__op": "c", "__deleted": "false", "__source_lsn": 1, "__source_ts_ms": 1000},
        {"id": 1, "a": "y", "__op": "d", "__deleted": "true", "__source_lsn": 9, "__source_ts_ms": 9000},
        {"id": 2, "a": "z", "__op": "u", "__deleted": "false", "__source_lsn": 5, "__source_ts_ms": 5000},
    ]
    for order in (rows, rows[::-1]):
        assert result(order, key=("id",))[0] == [(2, "z")]
    plain = [{"key": {"id": 1}, "value": {"id": 1, "a": "x"}}, {"key": {"id": 1}, "value": None},
             {"key": {"id": 2}, "value": {"id": 2, "a": "x"}}]  # fmt: skip
    assert result(plain)[0] == [(2, "x")]


def test_a_key_that_changed_is_a_row_that_went_and_one_that_came() -> None:
    moved = [*ONE, event("d", 3, {"id": 1}, before={"id": 1}), event("c", 3, {"id": 2}, {"id": 2, "a": "y"})]
    for order in (moved, moved[::-1]):
        assert result(order)[0] == [(2, "y")]


# Where a change lies in its source's log


@pytest.mark.parametrize(
    "sources",
    [
        [{"file": "mysql-bin.999999", "pos": 900, "row": 0}, {"file": "mysql-bin.1000000", "pos": 4, "row": 0}],
        [{"file": "b.000001", "pos": 9, "row": 9}, {"file": "b.000001", "pos": 9, "row": 10}],
        [{"commit_lsn": "27:758:0005", "change_lsn": None}, {"commit_lsn": "27:758:0005", "change_lsn": "27:758:0003"}],
        [{"commit_lsn": "27:758:0005", "change_lsn": "28:0:1"}, {"commit_lsn": "27:0000759:0001", "change_lsn": "27:0:1"}],
        [{"scn": "99999999"}, {"scn": "100000000"}],
        [{"scn": "5", "rs_id": "0x0001.1", "ssn": 0}, {"scn": "5", "rs_id": "0x0001.1", "ssn": 1}],
        [{"ord": 2, "ts_ms": 1000}, {"ord": 10, "ts_ms": 1000}],
        [{"lsn": 99}, {"lsn": 100}],
        [{"ts_ms": 9_000}, {"ts_ms": 10_000}],
    ],
)  # fmt: skip
def test_the_log_of_each_source_orders_its_changes(sources: list[dict[str, Any]]) -> None:
    first, then = (
        {"op": "u", "after": {"id": 1, "a": text}, "source": {"ts_ms": 5000} | source}
        for text, source in zip(("first", "then"), sources, strict=True)
    )
    for order in ([first, then], [then, first]):
        assert result(order, key=("id",))[0] == [(1, "then")]


def test_documents_of_mongodb_are_texts_and_updates_may_be_partial() -> None:
    def told(op: str, order: int, **body: Any) -> dict[str, Any]:
        return {"key": {"id": '{"$oid": "6"}'}, "value": {"op": op, "source": {"ord": order, "ts_ms": 1000}, **body}}

    messages = [
        told("c", 1, after='{"_id": {"$oid": "6"}, "a": "x", "b": 1}'),
        told("u", 2, after=None, updateDescription={"updatedFields": '{"a": "y"}', "removedFields": None}),
        told("u", 3, after=None, updateDescription={"updatedFields": None, "removedFields": ["b"]}),
    ]
    for order in (messages, messages[::-1]):
        (row,), made = result(order)
        found = dict(zip([column for column, _ in made.columns], row, strict=True))
        assert found | {"_id": ""} == {"id": '{"$oid": "6"}', "_id": "", "a": "y", "b": None}


# What values mean


def test_a_schema_tells_what_values_mean() -> None:
    named = {
        "id": ("int32", ""), "day": ("int32", "io.debezium.time.Date"), "ms": ("int64", "io.debezium.time.Timestamp"),
        "us": ("int64", "io.debezium.time.MicroTimestamp"), "ns": ("int64", "io.debezium.time.NanoTimestamp"),
        "clock": ("int64", "io.debezium.time.MicroTime"), "raw": ("bytes", ""),
        "free": ("struct", "io.debezium.data.VariableScaleDecimal"), "flag": ("boolean", ""),
    }  # fmt: skip
    described = [{"field": field, "type": type_, "name": name} for field, (type_, name) in named.items()]
    decimal = {
        "field": "price",
        "type": "bytes",
        "name": "org.apache.kafka.connect.data.Decimal",
        "parameters": {"scale": "2"},
    }
    schema = {"type": "struct", "fields": [{"field": "after", "type": "struct", "fields": [*described, decimal]}]}

    def packed(whole: int) -> str:
        return base64.b64encode(whole.to_bytes(4, "big", signed=True)).decode()

    after = {
        "id": 1, "day": 20_000, "ms": 1_700_000_000_123, "us": 1_700_000_000_123_456, "ns": 1_700_000_000_123_456_789,
        "clock": 3_661_000_000, "raw": base64.b64encode(b"\0\1").decode(), "free": {"scale": 3, "value": packed(-1500)},
        "flag": True, "price": packed(-12345),
    }  # fmt: skip
    value = {"schema": schema, "payload": {"op": "c", "after": after, "source": {"lsn": 1}}}
    (row,), made = result([value], key=("id",))
    found = dict(zip([column for column, _ in made.columns], row, strict=True))
    moment = datetime(2023, 11, 14, 22, 13, 20)
    assert str(found.pop("ns")).startswith("2023-11-14 22:13:20.123456")
    assert found == {
        "id": 1, "day": date(2024, 10, 4), "ms": moment.replace(microsecond=123_000), "us": moment.replace(microsecond=123_456),
        "clock": time(1, 1, 1), "raw": b"\0\1", "free": "-1.500", "flag": True, "price": Decimal("-123.45"),
    }  # fmt: skip
    assert made.counts.remarks == []


def test_a_value_that_does_not_fit_its_type_is_given_as_text_and_told() -> None:
    schema = {"fields": [{"field": "after", "type": "struct", "fields": [
        {"field": "id", "type": "int32"}, {"field": "day", "type": "int32", "name": "io.debezium.time.Date"}]}]}  # fmt: skip
    told = [
        {"schema": schema, "payload": {"op": "c", "after": {"id": n, "day": day}, "source": {"lsn": n}}}
        for n, day in enumerate((20_000, 2_147_483_647), start=1)
    ]
    rows, made = result(told, key=("id",))
    assert rows == [(1, "2024-10-04"), (2, "2147483647")]
    assert "day holds values that do not fit" in made.counts.remarks[0]


def test_a_large_value_that_was_never_sent_is_missing_and_told() -> None:
    rows, made = result([event("u", 1, {"id": 1}, {"id": 1, "a": UNSENT})])
    assert rows == [(1, None)]
    assert any(remark.startswith("a: 1 change left it out") for remark in made.counts.remarks)


def test_columns_may_have_any_name_but_the_same() -> None:
    odd = {"id": 1, "gone": "g", "nth": "n", "k": 'quote " and \\ and é', "a.b": "dot"}
    rows, made = result([event("c", 1, {"id": 1}, odd)])
    assert dict(zip([column for column, _ in made.columns], rows[0], strict=True)) == odd
    with pytest.raises(InputError, match="two columns of one name"):
        result([event("c", 1, {"id": 1}, {"id": 1, "ID": 2})])


@pytest.mark.parametrize("text", ["", "\n\n", "not json", '{"a": 1}', "[1, 2", "[]", '{"ts_ms": 1}'])
def test_a_file_without_changes_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "messages.jsonl"
    file.write_text(text)
    with pytest.raises(InputError, match="no change"):
        result([], path=file)


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "messages.gz"
    file.write_bytes(gzip.compress(b'{"op": "c"}' * 1000)[:40])
    with pytest.raises(InputError, match="cannot be read"):
        result([], path=file)
    with pytest.raises(InputError, match="cannot be read"):
        result([], path=tmp_path / "absent")
