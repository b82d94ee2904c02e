"""What the notebook shows of patterns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from decom_nb.gauge import bar
from decom_nb.phases.patterns.features.features_view import features_view
from decom_nb.phases.patterns.scd.scd_view import dimensions_view, trial_view
from decom_nb.phases.patterns.timing.timing_rule import said
from decom_nb.view import View, render, view
from decom_nb.wording import counted, floored_between

__all__ = ["dimensions", "features", "lake", "mesh", "scd_template", "timing"]


def dimensions(scd_dimensions: Sequence[Mapping[str, Any]]) -> View:
    """The dimensions that keep history: what is kept and how, and whether their loads can be written."""
    if not scd_dimensions:
        return view(render(__package__, "note.html", text=_NO_DIMENSION))
    return dimensions_view(scd_dimensions)


def scd_template() -> View:
    """Where the methodology's template for type 2 goes wrong: run on small situations, beside our load.

    It is no measure, for it depends on nothing of the client: the page runs it when it is shown, once a process.
    """
    from decom_nb.phases.patterns.scd.template_trial import trial

    return trial_view(trial())


def mesh(mesh_readiness: Mapping[str, Any]) -> View:
    """The four principles of a data mesh: how far each is in place, and what its statements lack."""
    rows = mesh_readiness.get("principles", ())
    if not any(each["said"] for row in rows for each in row["statements"]):
        return view(render(__package__, "note.html", text="Nobody has said yet what is in place of a data mesh."))
    told = [
        {
            **row,
            "bar": bar(row["low"], row["high"], maximum=1, label=row["title"]),
            "share": floored_between(row["low"], row["high"]),
        }
        for row in rows
    ]
    return view(
        render(__package__, "mesh.html", principles=told, level=mesh_readiness["level"], kinds=_KINDS, marks=_MARKS)
    )


def lake(lake_datasets: Mapping[str, Any]) -> View:
    """The largest datasets of the lake: files and their size, table format, whose they are."""
    if not lake_datasets.get("datasets"):
        text = (
            "No data files are known: copy an object listing (S3 inventory, aws s3 ls --recursive, CSV) to evidence/."
        )
        return view(render(__package__, "note.html", text=text))
    rows = [
        {**row, "size": _size(row["bytes"]), "median": _size(row["median_bytes"])} for row in lake_datasets["largest"]
    ]
    told = {**lake_datasets, "size": _size(lake_datasets["bytes"]), "below": f"{lake_datasets['small_mb']:g} MB"}
    return view(render(__package__, "lake.html", lake=told, rows=rows, counted=counted))


def features(feature_stores: Sequence[Mapping[str, Any]] | None) -> View:
    """Feature stores: each feature, where it comes from, how often it is made and how long it lives."""
    if not feature_stores:
        text = "No feature store is described: write documents/feature_store/NAME.yaml, one for each entity."
        return view(render(__package__, "note.html", text=text))
    return features_view(feature_stores)


def _size(number: float) -> str:
    """Give bytes in words.

    >>> _size(999), _size(1_500_000), _size(2e12)
    ('1 kB', '1.5 MB', '2.0 TB')
    """
    for unit, of in (("TB", 1e12), ("GB", 1e9), ("MB", 1e6)):
        if number >= of:
            return f"{number / of:,.1f} {unit}"
    return f"{number / 1e3:,.0f} kB"


_NO_DIMENSION = "No dimension is designed yet: fill in the dimensional model, and its loads can be written."


def timing(timing_looks: Sequence[Mapping[str, Any]]) -> View:
    """How late rows come, table by table, and by which clock columns without a zone are written."""
    if not timing_looks:
        text = "Nothing is measured yet: decom patterns timing DIR TABLE --event … --arrived … --zone … --write keeps a look."
        return view(render(__package__, "note.html", text=text))
    return view(render(__package__, "timing.html", looks=timing_looks, said=said, kinds=_CLOCKS))


_CLOCKS = {"local": "bad", "not local": "good"}
_KINDS = {"in place": "good", "started": "warn", "missing": "bad"}
_MARKS = {"yes": "good", "partly": "warn", "no": "bad"}
