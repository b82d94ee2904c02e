from __future__ import annotations

import pytest

from decom_nb.suggest import did_you_mean

KEYS = ["data_consumers", "business_context", "constraints", "project_name"]


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("data_consumer", "data_consumers"),
        ("dataConsumers", "data_consumers"),
        ("constrains", "constraints"),
        ("PROJECT NAME", "project_name"),
        ("projekt-name", "project_name"),
        ("context", "business_context"),
    ],
)
def test_what_is_nearly_right_is_recognised(word: str, meant: str) -> None:
    assert did_you_mean(word, KEYS) == meant


@pytest.mark.parametrize("word", ["", "x", "banana", "___", "?" * 5000])
def test_what_is_like_nothing_suggests_nothing(word: str) -> None:
    assert did_you_mean(word, KEYS) is None


def test_without_names_there_is_nothing_to_suggest() -> None:
    assert did_you_mean("data", []) is None
