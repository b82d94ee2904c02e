"""What a field of an export means, as SQL: text as a number, a sum of money, a moment or tags, and when it is none.

A file is read in three steps, one within the other, so that the database works each of them out once: `raw` gives the fields as
they lie there, `meant` what they mean, `doubt` which of them mean nothing. `export_read.py` puts them together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from decom_nb.evidence.export_file import Column


def is_text(told: Column, wanted: str) -> bool:
    """Tell whether a column is text that has yet to be understood; others have a type, or keys and values."""
    if wanted.startswith("MAP"):
        return not told.type.startswith("MAP") and not _is_list_of_pairs(told)
    return wanted == "JSON" or told.type in ("VARCHAR", "JSON")


def raw(told: Column, wanted: str) -> str:
    """Give what stands in a field; of text, NULL where it is empty or says NULL."""
    if wanted.startswith("MAP"):
        if told.type.startswith("MAP"):
            return f"CAST({told.sql} AS MAP(VARCHAR, VARCHAR))"
        if _is_list_of_pairs(told):
            pairs = f"list_transform({told.sql}, lambda e: struct_pack(k := e.key, v := CAST(e.value AS VARCHAR)))"
            return f"map_from_entries({pairs})"
        text = told.sql if told.type == "VARCHAR" else f"CAST(to_json({told.sql}) AS VARCHAR)"
        return f"nullif(nullif({text}, ''), 'NULL')"
    if wanted == "JSON" and told.type not in ("VARCHAR", "JSON"):
        return f"CAST(to_json({told.sql}) AS VARCHAR)"
    if is_text(told, wanted):
        return f"nullif(nullif({told.text}, ''), 'NULL')"
    if wanted.startswith("DECIMAL") and told.type in ("DOUBLE", "FLOAT"):
        return f"CAST({told.sql} AS VARCHAR)"  # the shortest decimal that is this number
    return told.sql


def meant(field: str, wanted: str, *, text: bool) -> str:
    """Give what a raw field means; NULL if it means nothing of that type."""
    if wanted.startswith("MAP"):
        return tags(field) if text else field
    if wanted == "VARCHAR":
        return f"CAST({field} AS VARCHAR)"
    if wanted == "JSON":
        return f"CASE WHEN json_valid({field}) THEN CAST({field} AS JSON) END"
    return moment(field) if wanted == "TIMESTAMP" and text else f"TRY_CAST({field} AS {wanted})"


def moment(text: str) -> str:
    """Give a text as a timestamp in UTC, which it is if it names no zone; a cast to TIMESTAMP would ignore an offset.

    Besides ISO 8601 it takes a zone after a blank, as Snowflake writes it, and the long form with the day's name. A year of more
    than four digits, which not every place can count, is none.
    """
    zone = f"regexp_replace(regexp_replace({text}, ' ?UTC$', 'Z'), ' (Z|[+-]\\d\\d:?\\d\\d)$', '\\1')"
    seconds = f"left({text}, 16) || ':00' || substr({zone}, 17)"
    long = f"TRY_CAST(try_strptime({text}, '%a, %d %b %Y %H:%M:%S %z') AS TIMESTAMPTZ)"
    return (
        f"CASE WHEN length({text}) IN (10, 19) OR (length({text}) = 20 AND ends_with({text}, 'Z')) "
        f"THEN TRY_CAST({text} AS TIMESTAMP) "
        f"WHEN regexp_matches({text}, '^([A-Z][a-z][a-z], |\\d{{4}}-)') "
        f"THEN CAST(coalesce(TRY_CAST({zone} AS TIMESTAMPTZ), TRY_CAST({seconds} AS TIMESTAMPTZ), {long}) AS TIMESTAMP) END"
    )


def tags(text: str) -> str:
    """Give JSON text as a map; of a key that stands there twice, the first value counts."""
    keys = f"json_keys({text})"
    value = f"json_extract_string({text}, '/' || replace(replace(k, '~', '~0'), '/', '~1'))"
    return (
        f"CASE WHEN NOT json_valid({text}) OR json_type({text}) <> 'OBJECT' THEN NULL "
        f"WHEN len({keys}) = len(list_distinct({keys})) THEN from_json({text}, '\"MAP(VARCHAR,VARCHAR)\"') "
        f"ELSE map(list_distinct({keys}), list_transform(list_distinct({keys}), lambda k: {value})) END"
    )


def _is_list_of_pairs(told: Column) -> bool:
    return told.type.startswith("STRUCT(") and told.type.endswith("[]")
