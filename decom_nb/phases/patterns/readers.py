"""What this room makes ready for its rules and measures, and does not keep in the audit."""

from __future__ import annotations

from decom_nb.evidence.object_listing import Objects
from decom_nb.phases.patterns.lake.dataset import LakeListing, datasets
from decom_nb.phases.patterns.lake.lake_table import lake_table


def lake_listing(objects: Objects) -> LakeListing:
    """Give the datasets of the object listing, asked for once, with what is called a small file."""
    small_mb = lake_table().small_mb.value
    return LakeListing(tuple(datasets(objects, round(small_mb * 1e6))), small_mb)


READERS = (lake_listing,)
