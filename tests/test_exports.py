"""The front door: what `decom_nb` lists is there, in order, and costs no display library."""

from __future__ import annotations

import subprocess
import sys

import pytest

import decom_nb


@pytest.mark.parametrize("name", decom_nb.__all__)
def test_every_listed_name_is_there(name: str) -> None:
    assert getattr(decom_nb, name) is not None


def test_the_list_is_sorted_and_whole() -> None:
    assert list(decom_nb.__all__) == sorted(decom_nb.__all__)
    assert set(decom_nb._HOMES) == set(decom_nb.__all__)


@pytest.mark.slow
def test_scoring_needs_no_display_library() -> None:
    code = (
        "import sys\n"
        "for name in ('altair', 'ipywidgets', 'anywidget', 'papermill', 'nbconvert', 'nbclient', 'voila', 'pandas'):\n"
        "    sys.modules[name] = None\n"
        "from decom_nb import Book\n"
        "from decom_nb.engagement import Engagement\n"
        "import tempfile, pathlib\n"
        "folder = pathlib.Path(tempfile.mkdtemp()) / 'acme'\n"
        "Engagement.create(folder, name='Acme')\n"
        "assert Book.open(folder).audit().scorecard.reason\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
