"""What must hold of a data lake; `rules.py` takes the rules from here."""

from __future__ import annotations

import math
from typing import Any

from decom_nb.finding import Finding, false, not_applicable, not_known, of_all, true
from decom_nb.phases.patterns.lake.dataset import TEXT, Dataset, LakeListing
from decom_nb.phases.patterns.lake.lake_document import DataLake, LakeArea
from decom_nb.rule import rule
from decom_nb.wording import counted, listed

_NOTHING = "The listing of object storage has no data files."


@rule
def lake_files_are_large_enough(lake_listing: LakeListing, *, many: int, target_mb: float) -> Finding:
    """No dataset in the lake is scattered over many small files."""
    found, small_mb = lake_listing.datasets, lake_listing.small_mb
    if not found:
        return not_applicable(_NOTHING)
    scattered = [each for each in found if each.small >= many]
    if not scattered:
        most = max(each.small for each in found)
        return true(
            f"No dataset holds {many:,} files below {small_mb:g} MB; the most is {most:,} in one of {len(found)} datasets."
        )
    fits = {each.place: max(1, math.ceil(each.bytes / (target_mb * 1e6))) for each in scattered}
    rows = [
        {
            "dataset": each.place,
            "small files": each.small,
            "files": each.files,
            "folders": each.folders,
            "median MB": round(each.median / 1e6, 3),
            "GB": round(each.bytes / 1e9, 3),
            "would fit into": fits[each.place],
            "table format": each.table_format or "none",
        }
        for each in scattered
    ]
    small, files = sum(each.small for each in scattered), sum(each.files for each in scattered)
    message = (
        f"{len(rows)} of {counted(len(found), 'dataset')} hold {small:,} files below {small_mb:g} MB, of {files:,} in all; "
        f"{sum(fits.values()):,} of {target_mb:g} MB would hold the same."
    )
    return false(message, met=1 - len(rows) / len(found), rows=rows)


@rule
def lake_tables_have_a_table_format(
    lake_listing: LakeListing, data_lake: DataLake | None, *, least_mb: float
) -> Finding:
    """What is queried as a table in the lake has a table format.

    Landing, archive and scratch may be files.
    """
    found = [each for each in lake_listing.datasets if each.bytes >= least_mb * 1e6 or each.table_format]
    judged = [each for each in found if each.table_format or _is_table(each, each.area(data_lake))]
    if not judged:
        return not_applicable(f"No dataset of {least_mb:g} MB or more is one that would be queried as a table.")
    rows = [
        {
            "dataset": each.place,
            "formats": ", ".join(each.formats),
            "files": each.files,
            "GB": round(each.bytes / 1e9, 3),
            "last written": each.modified_at.date().isoformat() if each.modified_at else "not known",
        }
        for each in judged
        if not each.table_format
    ]
    kinds = listed(sorted({each.table_format for each in judged if each.table_format})) or "no table format"
    if not rows:
        return true(f"{counted(len(judged), 'dataset')}, and all are tables of {kinds}.")
    message = f"{len(rows)} of {counted(len(judged), 'dataset')} are only files; the others are of {kinds}."
    if len(rows) == len(judged):
        message = f"{counted(len(judged), 'dataset')}, and none has a table format."
    return false(message, met=1 - len(rows) / len(judged), rows=rows)


def _is_table(dataset: Dataset, area: LakeArea | None) -> bool:
    """Tell whether a dataset is meant to be queried: by its area's purpose, and where nobody said by its formats."""
    if area is not None and area.purpose is not None:
        return area.purpose == "curated"
    return not set(dataset.formats) <= set(TEXT)


@rule
def lake_datasets_have_an_owner(lake_listing: LakeListing, data_lake: DataLake) -> Finding:
    """Every dataset in the lake lies in an area that is somebody's."""
    return _told_of_each(lake_listing, data_lake, "owner", "an owner")


@rule
def lake_datasets_have_a_consumer(lake_listing: LakeListing, data_lake: DataLake) -> Finding:
    """Every dataset in the lake is there for somebody who is known.

    Scratch is left out.
    """
    return _told_of_each(lake_listing, data_lake, "consumers", "somebody who uses them")


def _told_of_each(lake_listing: LakeListing, data_lake: DataLake, field: str, words: str) -> Finding:
    found = [(each, each.area(data_lake)) for each in lake_listing.datasets]
    judged = [(each, area) for each, area in found if not (area and area.purpose == "scratch")]
    if not judged:
        return not_applicable(_NOTHING)
    rows: list[dict[str, Any]] = [
        {
            "dataset": each.place,
            "area": area.prefix if area else "in none",
            "files": each.files,
            "GB": round(each.bytes / 1e9, 3),
        }
        for each, area in judged
        if area is None or not getattr(area, field)
    ]
    if not rows:
        return true(f"{counted(len(judged), 'dataset')}, and each has {words}.")
    message = f"{len(rows)} of {counted(len(judged), 'dataset')} have no area with {words}."
    return false(message, met=1 - len(rows) / len(judged), rows=rows)


@rule
def lake_access_follows_the_team(data_lake: DataLake) -> Finding:
    """Who may read the lake follows the team, and nobody administers all of it by default."""
    said = [each for each in data_lake.areas if each.access]
    if not said:
        return not_known("Of no area of the lake is it said who may read it.")
    areas, open_to_all = counted(len(data_lake.areas), "area"), [each for each in said if each.access != "by team"]
    silent = len(data_lake.areas) - len(said)
    silence = f" Of {counted(silent, 'area')} it is not said who may read." if silent else ""
    rows = [{"area": each.prefix, "access": each.access, "purpose": each.purpose or ""} for each in open_to_all]
    message = f"{areas}, and in each access follows the team."
    if rows:
        message = f"{len(rows)} of {areas} are open to everybody."
    elif silent:
        message = f"In {len(said)} of {areas} access follows the team."
    return of_all(len(data_lake.areas), len(rows), f"{message}{silence}", unknown=silent, rows=rows)
