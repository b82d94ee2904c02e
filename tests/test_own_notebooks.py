"""An engagement's copies follow the package's notebooks, and what a person wrote in them is never lost."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from decom_nb import own_notebooks, shipped
from decom_nb.errors import InputError
from decom_nb.own_notebooks import REMARK, copies, marked, merged


def cell(name: str, source: str, kind: str = "code", **more: Any) -> dict[str, Any]:
    made = {"cell_type": kind, "id": name, "metadata": {}, "source": source, **more}
    return made if kind == "markdown" else {"execution_count": None, "outputs": [], **made}


def notebook(*cells: dict[str, Any]) -> dict[str, Any]:
    return {"cells": list(cells), "metadata": {}, "nbformat": 4, "nbformat_minor": 5}


PACKAGE = notebook(
    cell("a", "# Title", "markdown"),
    cell("b", 'engagement = "../examples/x"', metadata={"tags": ["parameters"]}),
    cell("c", "book.show()"),
)


def sources(made: dict[str, Any]) -> list[str]:
    return [each["source"] for each in made["cells"]]


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "package"
    folder.mkdir()
    (folder / "00_start.ipynb").write_text(json.dumps(PACKAGE))
    monkeypatch.setattr(shipped, "folder", lambda _: folder)
    return folder


@pytest.fixture
def engagement(tmp_path: Path) -> Path:
    folder = tmp_path / "acme"
    folder.mkdir()
    return folder


def read(engagement: Path) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((engagement / "notebooks" / "00_start.ipynb").read_text("utf-8"))
    return read


def states(made: tuple[own_notebooks.Copy, ...]) -> list[str]:
    return [copy.state for copy in made]


def test_a_copy_finds_its_engagement_one_folder_up() -> None:
    assert sources(marked(PACKAGE)) == ["# Title", 'engagement = ".."', "book.show()"]
    assert marked(PACKAGE)["cells"][1]["metadata"]["tags"] == ["parameters"]


def test_copies_are_made_once_and_then_left_alone(package: Path, engagement: Path) -> None:
    assert states(copies(engagement)) == ["made"]
    before = (engagement / "notebooks" / "00_start.ipynb").read_bytes()
    assert states(copies(engagement)) == ["kept"]
    assert states(copies(engagement, refresh=True)) == ["kept"]
    assert (engagement / "notebooks" / "00_start.ipynb").read_bytes() == before


def test_a_newer_package_is_followed_only_on_request(package: Path, engagement: Path) -> None:
    copies(engagement)
    newer = notebook(cell("a", "# Title", "markdown"), PACKAGE["cells"][1], cell("c", "book.show(2)"))
    (package / "00_start.ipynb").write_text(json.dumps(newer))
    assert states(copies(engagement)) == ["behind"]
    assert sources(read(engagement))[2] == "book.show()"
    assert states(copies(engagement, refresh=True)) == ["refreshed"]
    assert sources(read(engagement))[2] == "book.show(2)"
    assert states(copies(engagement)) == ["kept"]


def test_a_persons_cells_stay_where_they_stood() -> None:
    old = marked(PACKAGE)
    old["cells"].insert(1, cell("mine1", "Spoke with Ana.", "markdown"))
    old["cells"].insert(0, cell("mine0", "First of all", "markdown"))
    old["cells"].append(cell("mine2", "1 + 1"))
    new = marked(notebook(PACKAGE["cells"][0], cell("n", "new()"), PACKAGE["cells"][1], cell("c", "book.show(2)")))
    expected = ["First of all", "# Title", "Spoke with Ana.", "new()", 'engagement = ".."', "book.show(2)", "1 + 1"]
    assert sources(merged(old, new)) == expected


def test_a_cell_that_the_person_changed_becomes_a_remark_beside_the_new_one() -> None:
    old = marked(PACKAGE)
    old["cells"][0]["source"] = ["# Title\n", "ours"]
    old["cells"][2]["source"] = "book.show(limit=3)  x```# not a fence"
    made = merged(old, marked(PACKAGE))
    assert sources(made)[:2] == ["# Title", f"{REMARK}\n\n# Title\nours"]
    assert [each["cell_type"] for each in made["cells"]] == ["markdown", "markdown", "code", "code", "markdown"]
    assert sources(made)[4] == f"{REMARK}\n\n````python\nbook.show(limit=3)  x```# not a fence\n````"
    assert sources(merged(made, marked(PACKAGE))) == sources(made), "a second refresh adds nothing"


def test_a_changed_cell_that_the_package_has_dropped_is_still_there() -> None:
    old = marked(PACKAGE)
    old["cells"][2]["source"] = "mine()"
    made = merged(old, marked(notebook(*PACKAGE["cells"][:2])))
    assert sources(made)[2:] == [f"{REMARK}\n\n```python\nmine()\n```"]


def test_a_copied_cell_is_the_persons() -> None:
    old = marked(PACKAGE)
    old["cells"].append(dict(old["cells"][2]))
    made = merged(old, marked(PACKAGE))
    assert sources(made) == [*sources(marked(PACKAGE)), "book.show()"]
    assert len({each["id"] for each in made["cells"]}) == 4


def test_outputs_stay_while_their_cell_does() -> None:
    old = marked(PACKAGE)
    drawn = {"output_type": "stream", "name": "stdout", "text": "hello"}
    for each in old["cells"][1:]:
        each["outputs"] = [drawn]
    made = merged(old, marked(notebook(*PACKAGE["cells"][:2], cell("c", "book.show(2)"))))
    assert [each.get("outputs") for each in made["cells"]] == [None, [drawn], []]


def test_metadata_of_the_persons_notebook_is_kept() -> None:
    old = marked(PACKAGE) | {"metadata": {"kernelspec": {"name": "mine"}}}
    assert merged(old, marked(PACKAGE))["metadata"] == {"kernelspec": {"name": "mine"}}


@pytest.mark.parametrize("content", ["{", "[]", '{"cells": 3}', "<<<<<<< ours"])
def test_what_is_not_a_notebook_is_refused_and_left_as_it_is(package: Path, engagement: Path, content: str) -> None:
    (engagement / "notebooks").mkdir()
    (engagement / "notebooks" / "00_start.ipynb").write_text(content)
    with pytest.raises(InputError, match="not a notebook that can be read"):
        copies(engagement, refresh=True)
    assert (engagement / "notebooks" / "00_start.ipynb").read_text() == content


def test_a_folder_that_leads_elsewhere_is_refused(package: Path, engagement: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (engagement / "notebooks").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(InputError, match="leads out of the engagement"):
        copies(engagement)
    assert not list((tmp_path / "elsewhere").iterdir())


def test_the_packages_own_notebooks_become_valid_copies(engagement: Path) -> None:
    import decom_nb.quick_import  # noqa: F401 - makes the next import seconds shorter

    nbformat = pytest.importorskip("nbformat", reason="needs nbformat")
    made = copies(engagement)
    assert made
    for copy in made:
        nbformat.validate(json.loads(copy.path.read_text("utf-8")))
