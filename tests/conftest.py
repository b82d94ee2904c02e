"""What many tests start from: a copy of the example, and the data that lies beside the checkout on some machines."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from hypothesis import settings

TOP = Path(__file__).parent.parent

# On a busy machine any single example may be slow. The build tries the same examples each time, so that it fails only for
# what was changed; whoever runs the tests at home tries others every time.
settings.register_profile("home", deadline=None)
settings.register_profile("build", settings.get_profile("home"), derandomize=True)
settings.load_profile("build" if os.environ.get("CI") else "home")


KEPT_APART = ("audits", "notebooks", "deliverables")
LARGE = ("billing", "events", "objects", "queries")


@pytest.fixture
def example(tmp_path: Path) -> Path:
    """A copy of the example engagement, to write to; without the evidence that takes longest to read."""
    left_out = shutil.ignore_patterns(*KEPT_APART, *LARGE)
    return Path(shutil.copytree(TOP / "examples" / "nordwind", tmp_path / "nordwind", ignore=left_out))


@pytest.fixture
def whole_example(tmp_path: Path) -> Path:
    """A copy of the example engagement with all of its evidence."""
    left_out = shutil.ignore_patterns(*KEPT_APART)
    return Path(shutil.copytree(TOP / "examples" / "nordwind", tmp_path / "nordwind", ignore=left_out))


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real artifacts and cases; a test that asks for it is skipped where there is none."""
    folder = TOP.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"no {folder.parent.name}/{folder.name} beside the checkout")
    return folder
