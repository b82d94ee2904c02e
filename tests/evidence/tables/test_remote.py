from __future__ import annotations

import traceback
from pathlib import Path

import duckdb
import pytest

from decom_nb.errors import InputError
from decom_nb.evidence.tables import Tables, TableSource
from tests.evidence.tables.made import parquet, rows, wrong
from tests.evidence.tables.s3 import Bucket, storage

pytest.importorskip("duckdb_extension_httpfs")

SECRET = "wJalrXUtnFEMI+K7MDENG/distinctive"


def env(bucket: Bucket) -> dict[str, str]:
    return {
        "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
        "AWS_SECRET_ACCESS_KEY": SECRET,
        "AWS_REGION": "eu-central-1",
        "AWS_ENDPOINT_URL": bucket.endpoint,
    }


def test_tables_are_read_from_object_storage(tmp_path: Path) -> None:
    content = parquet(tmp_path / "a.parquet").read_bytes()
    objects = {f"lake/orders/day={day}/part.parquet": content for day in (1, 2)}
    objects |= {"lake/t.csv": b'a,b\n1,"x, y"\n', "lake/l.jsonl": b'{"a": 7}\n', "lake/other/private.parquet": content}
    sources = [TableSource(name="orders", path="s3://lake/orders/", kind="parquet"), TableSource(path="s3://lake/t.csv"),
               TableSource(name="days", path="s3://lake/orders/*/*.parquet"), TableSource(path="s3://lake/l.jsonl"),
               TableSource(name="one", path="s3://lake/orders/day=2/part.parquet")]  # fmt: skip
    with storage(objects) as bucket, Tables(sources, env=env(bucket)) as tables:
        assert bucket.asked == []
        table = tables.open("orders")
        assert (table.kind, table.shown, table.partitions) == ("parquet", "s3://lake/orders/", ("day",))
        assert len(table.files) == 2
        assert rows(tables, table, "count(*), count(DISTINCT day)") == [(6, 2)]
        assert rows(tables, tables.open("days")) == [(6,)]
        assert rows(tables, tables.open("t"), "a, b") == [(1, "x, y")]
        assert rows(tables, tables.open("l"), "a") == [(7,)]
        assert rows(tables, tables.open("one")) == [(3,)]
        assert {signed[:16] for _, _, signed in bucket.asked} == {"AWS4-HMAC-SHA256"}
        for elsewhere in ("s3://lake/other/private.parquet", f"{bucket.endpoint}/lake/t.csv"):
            with pytest.raises(duckdb.PermissionException):
                tables.connection.execute(f"FROM '{elsewhere}'")


def test_what_is_not_there_is_a_mistake_without_the_secret() -> None:
    sources = [TableSource(name="gone", path="s3://lake/gone.parquet"), TableSource(name="none", path="s3://lake/x/", kind="csv"),
               TableSource(name="untold", path="s3://lake/x")]  # fmt: skip
    with storage({}) as bucket, Tables(sources, env=env(bucket)) as tables:
        assert wrong(tables, "gone").what == "nothing is stored at this address"
        assert wrong(tables, "none").what == "nothing is stored there"
        assert wrong(tables, "untold").key == "untold.kind"
        for name in ("gone", "none"):
            with pytest.raises(InputError) as raised:
                tables.open(name)
            assert SECRET not in "".join(traceback.format_exception(raised.value)) + repr(vars(tables))


def test_credentials_of_one_source_are_a_connection() -> None:
    with storage({"lake/t.csv": b"a\n1\n"}) as bucket:
        keys = f"key_id=AKIDOTHER secret={SECRET} region=eu-west-1 endpoint={bucket.endpoint}"
        source = TableSource(path="s3://lake/t.csv", connection="LAKE")
        with Tables([source], env={"LAKE": keys}) as tables:
            assert rows(tables, tables.open("t")) == [(1,)]
            assert SECRET not in str(tables.connection.execute("FROM duckdb_secrets()").fetchall())
        assert "AKIDOTHER" in bucket.asked[0][2]
        with Tables([source], env={}) as tables:
            assert "connection 'LAKE'" in wrong(tables, "t").what


def test_https_needs_no_credentials() -> None:
    with (
        storage({"open/t.csv": b"a\n1\n"}) as bucket,
        Tables([TableSource(path=f"{bucket.endpoint}/open/t.csv")], env={}) as tables,
    ):
        assert rows(tables, tables.open("t")) == [(1,)]


def test_azure_connection_strings_stay_hidden() -> None:
    pytest.importorskip("duckdb_extension_azure")
    text = f"DefaultEndpointsProtocol=http;AccountName=x;AccountKey={SECRET};BlobEndpoint=http://127.0.0.1:1/x"
    source = TableSource(path="az://lake/t.csv", connection="LAKE")
    with Tables([source], env={"LAKE": text}) as tables:
        assert SECRET not in str(wrong(tables, "t")) + str(
            tables.connection.execute("FROM duckdb_secrets()").fetchall()
        )
