"""A dashboard's kernel learns which engagement it is for, and never of one outside the root."""

from __future__ import annotations

from pathlib import Path

import pytest

from decom_nb.errors import InputError
from decom_nb.serving.request import requested_engagement
from tests.serving.served import engagement


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    engagement(tmp_path / "root" / "acme", "Acme")
    engagement(tmp_path / "outside", "Outside")
    for name in ("DECOM_ENGAGEMENT", "QUERY_STRING", "VOILA_PREHEAT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DECOM_ROOT", str(tmp_path / "root"))
    return tmp_path / "root"


def test_the_server_says_which(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DECOM_ENGAGEMENT", "acme")
    monkeypatch.setenv("QUERY_STRING", "engagement=other")
    assert requested_engagement() == root / "acme"


def test_a_plain_voila_hands_over_the_query(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUERY_STRING", "x=1&engagement=acme")
    assert requested_engagement() == root / "acme"


@pytest.mark.parametrize("name", ["", "..", "../outside", "/etc", "acme/../../outside"])
def test_nothing_outside_the_root_is_given(root: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv("DECOM_ENGAGEMENT", name)
    with pytest.raises(InputError):
        requested_engagement()


def test_without_a_root_there_is_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DECOM_ROOT", raising=False)
    with pytest.raises(InputError, match="decom serve"):
        requested_engagement()
