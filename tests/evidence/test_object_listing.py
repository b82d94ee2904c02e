"""Listings of object storage, as tools print them and as S3 writes them; what a name says of what is in it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from decom_nb.evidence.object_files import INVENTORY, LISTING, MANIFEST
from decom_nb.evidence.object_listing import Objects
from tests.evidence.made import put, read, said, source

NOON = datetime(2026, 8, 1, 12, tzinfo=UTC)


def objects(folder: Path) -> Objects:
    value = read(folder).values["objects"]
    assert isinstance(value, Objects)
    return value


def rows(folder: Path) -> list[dict[str, Any]]:
    return objects(folder).query("FROM objects.objects ORDER BY key")


def test_a_name_says_what_is_in_a_file_and_how_it_is_packed(tmp_path: Path) -> None:
    named = {
        "a.csv": ("csv", "none"),
        "b.CSV.GZ": ("csv", "gzip"),
        "c.json": ("json", "none"),
        "d.jsonl.zst": ("jsonl", "zstd"),
        "e.parquet": ("parquet", "parquet"),
        "f.snappy.parquet": ("parquet", "snappy"),
        "g.c000.gz.parquet": ("parquet", "gzip"),
        "h.orc": ("orc", "orc"),
        "i.avro": ("avro", None),
        "j.tar.gz": (None, "gzip"),
        "k": (None, None),
        "l.parquet.crc": (None, None),
        "x.csv/part-0": (None, None),
        "y.v2.txt.bz2": ("text", "bzip2"),
    }
    put(
        tmp_path,
        "list.csv",
        "key,size,last_modified\n" + "".join(f"{name},10,2026-08-01T12:00:00Z\n" for name in named),
    )
    assert {row["key"]: (row["format"], row["compression"]) for row in rows(tmp_path)} == named
    assert {row["modified_at"] for row in rows(tmp_path)} == {NOON}


def test_what_aws_s3_ls_prints(tmp_path: Path) -> None:
    put(
        tmp_path,
        "ls.txt",
        "2026-08-01 12:00:00       1024 raw/orders/with  two spaces.csv\n"
        "2026-08-01 12:00:00    1.5 KiB raw/b.csv.gz\n"
        "2026-08-01 12:00:00          0 raw/folder/\n"
        "\nTotal Objects: 3\n   Total Size: 2.5 KiB\nno line of a listing\n",
    )
    evidence = read(tmp_path)
    only = source(evidence, LISTING)
    assert said(only) == ["ls.txt: 1 lines are not of a listing"]
    assert only.totals["bytes"] == 2560
    assert only.files[0].note == "its times have no zone and are taken as UTC; it does not name the bucket"
    assert [(row["key"], row["bytes"]) for row in rows(tmp_path)] == [
        ("raw/b.csv.gz", 1536),
        ("raw/orders/with  two spaces.csv", 1024),
    ]


def test_what_gsutil_ls_prints(tmp_path: Path) -> None:
    text = "  1024  2026-08-01T12:00:00Z  gs://lake/raw/a.json\n"
    text += "    12  2026-08-01T12:00:00Z  gs://lake/b.avro#17  metageneration=1\n"
    put(tmp_path, "ls.txt", text + "TOTAL: 2 objects, 1036 bytes (1.01 KiB)\n")
    assert said(source(read(tmp_path), LISTING)) == []
    assert [(row["bucket"], row["key"], row["bytes"]) for row in rows(tmp_path)] == [
        ("lake", "b.avro", 12),
        ("lake", "raw/a.json", 1024),
    ]


SCHEMA = "Bucket, Key, VersionId, IsLatest, IsDeleteMarker, Size, LastModifiedDate, ETag, StorageClass"
LINES = [
    '"lake","raw/a%20b%2Bc.csv","v1","true","false","120","2026-08-01T12:00:00.000Z","abc","STANDARD"',
    '"lake","raw/old.csv","v0","false","false","60","2026-08-01T12:00:00.000Z","def","GLACIER"',
    '"lake","gone.csv","v2","true","true","0","2026-08-01T12:00:00.000Z","",""',
]


def test_an_inventory_is_read_by_its_manifest(tmp_path: Path) -> None:
    manifest = {
        "sourceBucket": "lake",
        "fileFormat": "CSV",
        "fileSchema": SCHEMA,
        "files": [{"key": "x/data/1.csv.gz"}],
    }
    put(tmp_path, "2026-08-02T01-00Z/manifest.json", manifest)
    put(tmp_path, "data/1.csv.gz", "\n".join(LINES))
    evidence = read(tmp_path)
    assert [(each.kind, each.rows) for each in evidence.sources] == [(INVENTORY, 2), (MANIFEST, 0)]
    assert source(evidence, INVENTORY).files[0].note == ""
    told = rows(tmp_path)
    assert [(row["key"], row["bytes"], row["storage_class"], row["is_latest"]) for row in told] == [
        ("raw/a b+c.csv", 120, "STANDARD", True),
        ("raw/old.csv", 60, "GLACIER", False),
    ]
    assert {row["bucket"] for row in told} == {"lake"}


def test_an_inventory_without_manifest_is_told_by_its_values(tmp_path: Path) -> None:
    put(
        tmp_path,
        "1.csv",
        "\n".join(line.replace('"abc",', "").replace('"def",', "").replace('"",""', '""') for line in LINES),
    )
    evidence = read(tmp_path)
    assert "no manifest of it was found" in source(evidence, INVENTORY).files[0].note
    assert [row["key"] for row in rows(tmp_path)] == ["raw/a b+c.csv", "raw/old.csv"]


def test_an_inventory_as_parquet(tmp_path: Path) -> None:
    sql = """
        COPY (SELECT 'lake' AS bucket, 'a.csv' AS key, 5::BIGINT AS size, TIMESTAMP '2026-08-01 12:00:00' AS last_modified_date,
            'STANDARD' AS storage_class) TO '$file'
    """
    duckdb.connect().execute(sql.replace("$file", str(tmp_path / "x.parquet")))
    (row,) = rows(tmp_path)
    assert (row["bucket"], row["key"], row["bytes"], row["modified_at"]) == ("lake", "a.csv", 5, NOON)


def test_an_address_names_the_bucket(tmp_path: Path) -> None:
    put(tmp_path, "list.csv", "path,size,modified\ns3://lake/raw/a.csv,10,2026-08-01\nb.csv,many,2026-08-01\n")
    assert [(row["bucket"], row["key"], row["bytes"]) for row in rows(tmp_path)] == [
        (None, "b.csv", None),
        ("lake", "raw/a.csv", 10),
    ]
    assert said(source(read(tmp_path), LISTING)) == ["list.csv: 1 objects are of unknown size"]


def test_an_object_in_two_listings_counts_once(tmp_path: Path) -> None:
    put(tmp_path, "1.csv", "bucket,key,size,updated\nlake,a.csv,10,2026-08-01\nlake,b.csv,10,2026-08-01\n")
    put(tmp_path, "2.csv", "bucket,key,size,updated\nlake,a.csv,30,2026-08-02\n")
    assert [(row["key"], row["bytes"]) for row in rows(tmp_path)] == [("a.csv", 30), ("b.csv", 10)]
    assert source(read(tmp_path), LISTING).totals["repeated"] == 1


def test_what_is_not_packed_is_summed_by_folder(tmp_path: Path) -> None:
    text = "bucket,key,size,updated\n"
    for key, size in {
        "raw/shop/1.csv": 5,
        "raw/shop/2.csv": 7,
        "raw/shop/deep/3.csv": 1,
        "top.json": 2,
        "raw/x.csv.gz": 100,
    }.items():
        text += f"lake,{key},{size},2026-08-01\n"
    put(tmp_path, "list.csv", text)
    told = objects(tmp_path)
    assert [(folder.prefix, folder.format, folder.objects, folder.bytes) for folder in told.uncompressed] == [
        ("raw/shop", "csv", 3, 13),
        ("", "json", 1, 2),
    ]
    assert told.bytes == 115
    assert [(stock.format, stock.compression, stock.bytes) for stock in told.stock] == [
        ("csv", "gzip", 100),
        ("csv", "none", 13),
        ("json", "none", 2),
    ]


def test_listings_may_be_in_any_encoding(tmp_path: Path) -> None:
    put(tmp_path, "a.csv", "path,size,modified\ncafé.csv,10,2026-08-01\n".encode("latin-1"))
    put(tmp_path, "b.txt", "2026-08-01 12:00:00       1024 raw/caf\xe9.csv\n".encode("latin-1"))
    assert {row["format"] for row in rows(tmp_path)} == {"csv"}
    assert "café.csv" in {row["key"] for row in rows(tmp_path)}


def test_other_tables_are_no_listing(tmp_path: Path) -> None:
    put(tmp_path, "people.csv", "name,size,modified\nx,3,2026-01-01\n")
    put(tmp_path, "facts.csv", "lake,1,2,3\n")
    assert [each.kind for each in read(tmp_path).sources] == ["csv table"]
