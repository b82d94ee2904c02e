"""What many tests start from: a copy of the example, and the data that lies beside the checkout on some machines."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import settings

from decom_nb.audit import Audit
from decom_nb.book import Book
from tests import postgres

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


@pytest.fixture(scope="session")
def example_audit(tmp_path_factory: pytest.TempPathFactory) -> Audit:
    """The audit of that copy, taken once; an audit cannot be changed."""
    left_out = shutil.ignore_patterns(*KEPT_APART, *LARGE)
    copy = shutil.copytree(
        TOP / "examples" / "nordwind", tmp_path_factory.mktemp("audited") / "nordwind", ignore=left_out
    )
    return Book.open(copy).audit(datetime(2026, 11, 1, 12, tzinfo=UTC))


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


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The address of a real PostgreSQL server, with a password in it; skipped, loudly, where none starts."""
    with ExitStack() as stack:
        try:
            url = stack.enter_context(postgres.running())
        except postgres.NoServer as reason:
            pytest.skip(str(reason))
        yield url


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """The address of an empty database of the test's own on that server, dropped afterwards."""
    with postgres.database(postgres_server) as url:
        yield url
