from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from decom_nb.engagement import Engagement, engagements, within
from decom_nb.errors import InputError


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "clients"
    for name in ("acme", "eu/nord", "eu/süd-ost GmbH", ".hidden/x", "acme/evidence/copy"):
        Engagement.create(root / name)
    Engagement.create(tmp_path / "secret")
    (root / "out").symlink_to(tmp_path / "secret")
    (root / "up").symlink_to(tmp_path)
    (root / "again").symlink_to(root / "acme")
    (root / "loop").symlink_to(root)
    (root / "plain").mkdir()
    (root / "lured").mkdir()
    (root / "lured" / "engagement.yaml").symlink_to(tmp_path / "secret" / "engagement.yaml")
    return root


def test_all_engagements_below_a_folder(root: Path) -> None:
    assert [path.relative_to(root).as_posix() for path in engagements(root)] == [
        "acme",
        "eu/nord",
        "eu/süd-ost GmbH",
        "lured",
    ]
    assert engagements(root / "acme") == (root / "acme",)
    assert engagements(root / "plain") == ()


def test_a_folder_that_is_none_is_refused(root: Path) -> None:
    with pytest.raises(InputError, match="does not exist"):
        engagements(root / "none")
    with pytest.raises(InputError, match="is not a folder"):
        engagements(root / "acme" / "engagement.yaml")


@pytest.mark.parametrize("name", ["acme", "eu/nord", "eu/süd-ost GmbH"])
def test_an_engagement_is_found_by_its_path(root: Path, name: str) -> None:
    assert within(root, name) == (root / name).resolve()
    assert within(str(root), name).is_dir()


def test_a_link_that_stays_inside_is_followed_and_the_root_may_be_one(root: Path, tmp_path: Path) -> None:
    assert within(root, "again") == (root / "acme").resolve()
    (tmp_path / "entrance").symlink_to(root)
    assert within(tmp_path / "entrance", "acme") == (root / "acme").resolve()
    assert within(root / "acme", ".") == (root / "acme").resolve()


@pytest.mark.parametrize(
    "name",
    [
        "",
        ".",
        "..",
        "../secret",
        "acme/../../secret",
        "acme/..",
        "./acme",
        "/etc",
        "//acme",
        "acme//",
        "acme/",
        "eu//nord",
        "out",
        "up/secret",
        "up",
        "lured",
        "plain",
        "none",
        ".hidden/x",
        "~root",
        "~/x",
        "acme\0",
        "\0",
        "acme\n",
        "%2e%2e/secret",
        "..%2fsecret",
        "..\\secret",
        "C:\\secret",
        "C:/secret",
        "..;/secret",
        "．．/secret",
        "‥/secret",
        "..／secret",
        "acme\u202e",
        "acme\ud800",
        " /secret",
        " ../secret",
        "acme/engagement.yaml",
        "*",
        "a?me",
        "a" * 300,
        "a/" * 400 + "a",
        "x" * 5000,
    ],
)
def test_no_name_leads_out_or_tells_what_lies_elsewhere(root: Path, name: str) -> None:
    with pytest.raises(InputError, match="is no engagement here - choose one from the list of engagements") as raised:
        within(root, name)
    assert str(root.parent) not in str(raised.value)


@given(
    st.lists(
        st.sampled_from(
            ["..", ".", "/", "secret", "clients", "acme", "up", "out", "loop", "%2e", "\\", "~", " ", "．"]
        ),
        max_size=8,
    ).map("".join)
)
def test_no_combination_leads_out(tmp_path_factory: pytest.TempPathFactory, name: str) -> None:
    base = _cached_root(tmp_path_factory)
    try:
        found = within(base, name)
    except InputError:
        return
    assert found.is_relative_to(base.resolve())


_ROOTS: list[Path] = []


def _cached_root(factory: pytest.TempPathFactory) -> Path:
    if not _ROOTS:
        top = factory.mktemp("top")
        Engagement.create(top / "clients" / "acme")
        Engagement.create(top / "secret")
        (top / "clients" / "up").symlink_to(top)
        (top / "clients" / "out").symlink_to(top / "secret")
        (top / "clients" / "loop").symlink_to(top / "clients")
        _ROOTS.append(top / "clients")
    return _ROOTS[0]
