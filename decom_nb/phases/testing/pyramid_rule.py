"""What the pyramid's rows say of a layer as a finding. `rules.py` calls it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from decom_nb.finding import Finding, between, false, not_known, true
from decom_nb.phases.testing.pyramid_table import Layer

Row = Mapping[str, Any]


def layer_exists(pyramid: Sequence[Row], layer: Layer) -> Finding:
    """Say whether a layer has tests; where nothing was read that would show them, that is not known."""
    told = next(each for each in pyramid if each["layer"] == layer)
    what = told["title"].lower()
    if told["state"] == "not_known":
        return not_known(
            f"No repository of tests was read that would show {what} tests: point evidence at one (kind test_code)."
        )
    if told["state"] == "missing":
        found = [{"layer": each["title"], "tests": each["tests"]} for each in pyramid]
        return false(f"No {what} test was found in what was read.", rows=found)
    rows = [{"tests": each["what"], "place": each["place"], "count": each["tests"]} for each in told["items"]]
    one = told["tests"] == 1
    return true(f"{told['tests']:,} {what} test{'' if one else 's'} {'exists' if one else 'exist'}.", rows=rows)


def layers_keep_time(pyramid: Sequence[Row]) -> Finding:
    """Say how far the layers that exist run when they should: the mean over layers, each the mean over its needs."""
    there = [each for each in pyramid if each["needs"]]
    if not there:
        return not_known("No tests were found that could run.")
    low = sum(_mean(each, "low") for each in there) / len(there)
    high = sum(_mean(each, "high") for each in there) / len(there)
    judged = [(each, need) for each in there for need in each["needs"]]
    rows = [
        {"layer": each["title"], "should run": need["need"], "does": need["met"], "seen": need["says"]}
        for each, need in sorted(judged, key=lambda pair: pair[1]["low"])
        if need["met"] != "yes"
    ]
    kept = sum(need["met"] == "yes" for _, need in judged)
    unknown = sum(need["met"] == "not known" for _, need in judged)
    message = f"Of {len(judged)} times at which {len(there)} layers should run, {kept} are kept"
    message += f" and {unknown} could not be told." if unknown else "."
    return between(low, high, message, rows=rows, subject=f"{len(there)} layers")


def _mean(layer: Row, end: str) -> float:
    needs = layer["needs"]
    return float(sum(need[end] for need in needs) / len(needs))
