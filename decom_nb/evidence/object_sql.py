"""The statements that read a listing of object storage into `objects.objects`. `object_files.py` runs them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from decom_nb.evidence.export_field import moment
from decom_nb.evidence.export_read import Wanted, fields
from decom_nb.evidence.lines import TOO_LONG
from decom_nb.evidence.object_listing import FORMATS, OBJECTS, PACKED, PACKED_INSIDE, TEXTS
from decom_nb.sql.text import string

if TYPE_CHECKING:
    from decom_nb.evidence.export_file import ExportFile

COLUMNS: dict[str, tuple[str, ...]] = {
    "bucket": ("bucket", "bucket_name", "container", "container_name"),
    "key": ("key", "path", "object_key", "object", "uri", "url", "name"),
    "bytes": ("size", "bytes", "size_bytes", "content_length", "length"),
    "modified_at": (
        "last_modified_date",
        "last_modified",
        "modified",
        "modified_at",
        "updated",
        "mtime",
        "time_modified",
    ),
    "storage_class": ("storage_class", "access_tier", "tier", "blob_tier"),
    "is_latest": ("is_latest",),
    "version_id": ("version_id",),
    "is_delete_marker": ("is_delete_marker",),
}
"""The columns of a listing, by what they are called; the first that is there."""

AMAZON_LINE = r"^\s*(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) +(\d+(?:\.\d+)?(?: [KMGTPE]iB| Bytes)?) (.+)$"
"""A line of `aws s3 ls --recursive`: time, size, key."""

GOOGLE_LINE = r"^\s*(\d+) +(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ) +(gs://[^#]+?)(?:#\d+)?(?: +metageneration=\d+)?$"
"""A line of `gsutil ls -l`: size, time, address."""


def lines_sql(path: Path, origin: str, *, google: bool) -> str:
    """Give the statement that reads what a command printed; ``$pattern`` is that of its lines."""
    first, second, third = (f"regexp_extract(line, $pattern, {at})" for at in (1, 2, 3))
    size, time = (first, second) if google else (second, first)
    bucket = f"regexp_extract({third}, '^gs://([^/]+)/', 1)" if google else "NULL"
    key = f"regexp_replace({third}, '^gs://[^/]+/', '')" if google else third
    format_, compression = _by_name(key)
    told = [bucket, key, _size(size), moment(time), "NULL", format_, compression, "NULL", "NULL", string(origin)]
    where = f"WHERE regexp_matches(line, $pattern) AND NOT ends_with({key}, '/')"
    return " ".join(("INSERT INTO objects.objects SELECT", ", ".join(told), "FROM", _lines(path), where))


def other_lines_sql(path: Path) -> str:
    """Give the statement that counts the lines that are neither of objects nor of sums and headings."""
    known = "regexp_matches(line, $pattern) OR regexp_matches(line, '^ *(Total (Objects|Size):|TOTAL:|PRE |gs://.*:$)')"
    return " ".join(("SELECT count(*) FROM", _lines(path), "WHERE trim(line) <> '' AND NOT (", known, ")"))


def _lines(path: Path) -> str:
    read = (
        f"read_csv({string(str(path))}, columns = {{'line': 'VARCHAR'}}, auto_detect = false, header = false, delim = chr(1), "
        "quote = '', escape = '', new_line = '\\n', max_line_size = 4194304, compression = 'auto', hive_partitioning = false)"
    )
    return " ".join(("(SELECT rtrim(replace(line, ", string(TOO_LONG), ", ''), chr(9) || ' ') AS line FROM", read, ")"))


def table_sql(file: ExportFile, *, encoded: bool) -> str:
    """Give the statement that reads a table of objects; `encoded` says that its keys are written as in an address."""
    types = {each.name: each.type for each in OBJECTS.columns}
    wanted = [
        Wanted(name, types.get(name, "BOOLEAN"), next(filter(None, map(file.has, words)), None))
        for name, words in COLUMNS.items()
    ]
    key = "url_decode(replace(key, '+', ' '))" if encoded else "key"
    bare = f"regexp_replace({key}, '^[a-z0-9]+://[^/]+/', '')"
    bucket = f"coalesce(bucket, nullif(regexp_extract({key}, '^[a-z0-9]+://([^/]+)/', 1), ''))"
    format_, compression = _by_name(bare)
    selected = (bucket, bare, "bytes", "modified_at", "storage_class", format_, compression)
    versions = ("is_latest", "version_id", string(file.found.shown))
    where = f"{key} IS NOT NULL AND NOT ends_with({key}, '/') AND is_delete_marker IS NOT TRUE"
    return " ".join(
        (
            "INSERT INTO objects.objects SELECT",
            ", ".join((*selected, *versions)),
            "FROM",
            fields(file, wanted),
            "WHERE",
            where,
        )
    )


def _by_name(key: str) -> tuple[str, str]:
    """Give format and compression of an object by its name, as SQL."""
    name = f"lower(regexp_extract({key}, '[^/]*$'))"
    packings, formats = "|".join(PACKED), "|".join(FORMATS)
    ends = string(rf"\.(?:({packings})\.)?({formats})(?:\.({packings}))?$")
    packs = f"coalesce(nullif(regexp_extract({name}, {ends}, 3), ''), nullif(regexp_extract({name}, {ends}, 1), ''))"
    end = string(rf"\.({packings})$")
    alone = f"nullif(regexp_extract({name}, {end}, 1), '')"
    format_ = _cases(f"regexp_extract({name}, {ends}, 2)", FORMATS)
    packed = _cases(f"coalesce({packs}, {alone})", PACKED)
    inside = ", ".join(map(string, PACKED_INSIDE))
    texts = ", ".join(map(string, TEXTS))
    otherwise = f"CASE WHEN {format_} IN ({inside}) THEN {format_} WHEN {format_} IN ({texts}) THEN 'none' END"
    return format_, f"coalesce({packed}, {otherwise})"


def _cases(what: str, means: dict[str, str]) -> str:
    return f"CASE {what} {' '.join(f'WHEN {string(word)} THEN {string(meant)}' for word, meant in means.items())} END"


def _size(text: str) -> str:
    """Give a number of bytes that may be written for people, such as 1.5 KiB."""
    units = " ".join(f"WHEN '{unit}' THEN {1 << (10 * (at + 1))}" for at, unit in enumerate("KMGTPE"))
    number = f"TRY_CAST(regexp_extract({text}, '^[0-9.]+') AS DOUBLE)"
    return f"CAST(round({number} * CASE regexp_extract({text}, '([KMGTPE])iB$', 1) {units} ELSE 1 END) AS BIGINT)"
