"""What a field of an export means, as SQL: text as a number, a sum of money, a moment or tags, and when it is none.

`billing_files.py`, `query_log_files.py` and `object_files.py` put these into the one statement that reads a file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from decom_nb.evidence.export_file import Column


def meaning(told: Column, wanted: str) -> tuple[str, str]:
    """Give what a column of a file means as SQL, and when it could not be read."""
    if wanted.startswith("MAP"):
        return tags(told)
    if told.type in ("VARCHAR", "JSON"):
        text = f"nullif(nullif({told.text}, ''), 'NULL')"
        if wanted == "VARCHAR":
            return text, ""
        meant = moment(text) if wanted == "TIMESTAMP" else f"TRY_CAST({text} AS {wanted})"
        return meant, f"{text} IS NOT NULL AND {meant} IS NULL"
    if wanted.startswith("DECIMAL") and told.type in ("DOUBLE", "FLOAT"):
        meant = f"TRY_CAST(CAST({told.sql} AS VARCHAR) AS {wanted})"  # the shortest decimal that is this number
    else:
        meant = f"TRY_CAST({told.sql} AS {wanted})"
    return meant, f"{told.sql} IS NOT NULL AND {meant} IS NULL" if wanted != "VARCHAR" else ""


def moment(text: str) -> str:
    """Give a text as a timestamp in UTC, which it is if it names no zone; a cast to TIMESTAMP would ignore an offset.

    Besides ISO 8601 it takes a zone after a blank, as Snowflake writes it, and the long form with the day's name. A year that
    not every place can count is none.
    """
    zone = f"regexp_replace(regexp_replace({text}, ' ?UTC$', 'Z'), ' (Z|[+-]\\d\\d:?\\d\\d)$', '\\1')"
    seconds = f"left({text}, 16) || ':00' || substr({zone}, 17)"
    long = f"TRY_CAST(try_strptime({text}, '%a, %d %b %Y %H:%M:%S %z') AS TIMESTAMPTZ)"
    meant = (
        f"CASE WHEN length({text}) IN (10, 19) OR (length({text}) = 20 AND ends_with({text}, 'Z')) "
        f"THEN TRY_CAST({text} AS TIMESTAMP) "
        f"ELSE CAST(coalesce(TRY_CAST({zone} AS TIMESTAMPTZ), TRY_CAST({seconds} AS TIMESTAMPTZ), {long}) AS TIMESTAMP) END"
    )
    return f"CASE WHEN {meant} BETWEEN TIMESTAMP '0002-01-01' AND TIMESTAMP '9998-12-31' THEN {meant} END"


def tags(told: Column) -> tuple[str, str]:
    """Give tags as a map: they come as JSON text, as a map, or as a list of keys and values."""
    if told.type.startswith("MAP"):
        return f"CAST({told.sql} AS MAP(VARCHAR, VARCHAR))", ""
    if told.type.startswith("STRUCT(") and told.type.endswith("[]"):
        return (
            f"map_from_entries(list_transform({told.sql}, lambda e: struct_pack(k := e.key, v := CAST(e.value AS VARCHAR))))",
            "",
        )
    text = told.sql if told.type == "VARCHAR" else f"CAST(to_json({told.sql}) AS VARCHAR)"
    text = f"nullif(nullif({text}, ''), 'NULL')"
    keys = f"json_keys({text})"
    value = f"json_extract_string({text}, '/' || replace(replace(k, '~', '~0'), '/', '~1'))"
    meant = (
        f"CASE WHEN NOT json_valid({text}) OR json_type({text}) <> 'OBJECT' THEN NULL "
        f"WHEN len({keys}) = len(list_distinct({keys})) THEN from_json({text}, '\"MAP(VARCHAR,VARCHAR)\"') "
        f"ELSE map(list_distinct({keys}), list_transform(list_distinct({keys}), lambda k: {value})) END"
    )
    return meant, f"{text} IS NOT NULL AND {text} <> 'null' AND {meant} IS NULL"
