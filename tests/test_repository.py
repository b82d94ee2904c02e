"""What holds for every file of the repository: notebooks are pages, nothing leads to a machine, an index or a CDN."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import pytest

TOP = Path(__file__).parent.parent
LONGEST = 500
LONGEST_CELL = 8
WRITTEN_BY_PROGRAMS = re.compile(
    r"(^|/)constraints[^/]*\.txt$|^examples/[^/]+/(evidence|tables)/|^tests/sql/fixtures/|\.min\.js$|^CHANGELOG\.md$"
    r"|^docs/relations\.md$"
)
WITHOUT_SUBJECT = {"util", "utils", "helper", "helpers", "common", "misc"}
CDN = re.compile(
    r"jsdelivr|unpkg\.com|cdnjs|esm\.sh|skypack|googleapis\.com|gstatic\.com|https?://cdn\.", re.IGNORECASE
)
MACHINE = re.compile(r"(?<![\w~.])/(?:root|home|Users|work|opt|mnt)/\w|(?<![\w.])/tmp/\w")
INDEX = re.compile(
    r"pypi\.org|pythonhosted\.org|(?:^|\s)-{1,2}(?:extra-)?index-url|(?:^|\s)--find-links", re.IGNORECASE
)
PIN = re.compile(r"[a-z0-9][a-z0-9._-]*==[\w.!+]+( ; [^\\]+)?( \\)?")
NAMED_OTHERWISE = {
    "yaml": "pyyaml",
    "ruamel": "ruamel.yaml",
    "markdown_it": "markdown-it-py",
    "vl_convert": "vl-convert-python",
    "ibis": "ibis-framework",
}
NOT_OURS = {"pyspark"}  # a client with Spark has it; whoever has not is told by ibis
HASH = re.compile(r"    --hash=sha256:[0-9a-f]{64}( \\)?")


@cache
def files() -> tuple[str, ...]:
    """Every file that is or would be committed."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=TOP, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("this is no git checkout")
    return tuple(sorted(name for name in set(listed.stdout.splitlines()) if (TOP / name).is_file()))


def texts(*folders: str) -> dict[str, str]:
    """The files below some folders, or all but the tests, that are text."""
    found = {}
    for name in files():
        wanted = name.startswith(folders) if folders else not name.startswith("tests/")
        content = (TOP / name).read_bytes() if wanted else b"\0"
        if b"\0" not in content[:8000] and not name.endswith(".gz"):
            found[name] = content.decode("utf-8")
    return found


def hits(pattern: re.Pattern[str], lines: dict[str, str]) -> list[str]:
    return [
        f"{name}:{number}: {found.group()}"
        for name, text in lines.items()
        for number, line in enumerate(text.splitlines(), 1)
        if (found := pattern.search(line))
    ]


def notebooks() -> dict[str, Any]:
    return {name: json.loads((TOP / name).read_text()) for name in files() if name.endswith(".ipynb")}


def cells(notebook: dict[str, Any], kind: str) -> list[str]:
    return ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == kind]


def test_notebooks_carry_no_outputs() -> None:
    code = [(name, cell) for name, book in notebooks().items() for cell in book["cells"] if cell["cell_type"] == "code"]
    assert [name for name, cell in code if cell["outputs"] or cell["execution_count"]] == []


def test_notebooks_define_nothing() -> None:
    code = {name: "\n".join(cells(book, "code")) for name, book in notebooks().items()}
    assert hits(re.compile(r"^\s*(async def|def|class|lambda)\b"), code) == []


def test_cells_are_calls_of_a_line_or_two() -> None:
    code = [(name, cell) for name, book in notebooks().items() for cell in cells(book, "code")]
    assert [name for name, cell in code if len(cell.splitlines()) > LONGEST_CELL] == []


def test_notebooks_have_one_cell_of_parameters() -> None:
    for name, book in notebooks().items():
        tagged = [cell for cell in book["cells"] if "parameters" in cell["metadata"].get("tags", ())]
        assert len(tagged) == 1, name
        assert tagged[0]["cell_type"] == "code", name


def test_notebooks_are_more_prose_than_code() -> None:
    for name, book in notebooks().items():
        prose, code = (
            sum(bool(line.strip()) for line in "\n".join(cells(book, kind)).splitlines())
            for kind in ("markdown", "code")
        )
        assert prose > code, f"{name}: {prose} lines of prose, {code} of code"


def test_notebooks_begin_with_a_heading() -> None:
    for name, book in notebooks().items():
        assert book["cells"][0]["cell_type"] == "markdown", name
        assert "".join(book["cells"][0]["source"]).startswith("# "), name


def test_nothing_that_is_shown_loads_from_a_cdn() -> None:
    assert hits(CDN, texts("decom_nb/", "notebooks/", "templates/", "reports/", "docs/", "README")) == []


def test_nothing_names_a_place_on_somebodys_machine() -> None:
    assert hits(MACHINE, texts()) == []


def test_nothing_names_a_package_index() -> None:
    assert hits(INDEX, texts()) == []


@pytest.mark.parametrize("name", ["constraints.txt", "constraints-spark.txt", "examples/constraints-dbt.txt"])
def test_constraints_hold_names_versions_and_hashes_only(name: str) -> None:
    lines = [line for line in (TOP / name).read_text().splitlines() if line and not line.startswith("# ")]
    assert lines
    assert [line for line in lines if not PIN.fullmatch(line) and not HASH.fullmatch(line)] == []


def test_constraints_cover_what_the_project_asks_for() -> None:
    project = tomllib.loads((TOP / "pyproject.toml").read_text())
    extras = project["project"]["optional-dependencies"].values()
    groups = (project["dependency-groups"][group] for group in ("dev", "build", "fast"))
    asked = [text for texts in (project["project"]["dependencies"], *extras, *groups) for text in texts]
    pinned = set(re.findall(r"^([\w.-]+)==", (TOP / "constraints.txt").read_text(), flags=re.MULTILINE))
    assert {distribution(text) for text in asked} - pinned - {"decom-nb"} == set(), "run: python .ci/lock.py"


@pytest.mark.slow
def test_the_project_asks_for_what_its_code_imports() -> None:
    project = tomllib.loads((TOP / "pyproject.toml").read_text())["project"]
    asked = [*project["dependencies"], *(text for texts in project["optional-dependencies"].values() for text in texts)]
    declared = {distribution(text) for text in asked}
    imported: dict[str, set[str]] = {}
    for name, text in texts("decom_nb/").items():
        # theme/build.py is ours to run when the theme changes, and never runs where the package is installed.
        for module in imports(text) if name.endswith(".py") and not name.endswith("theme/build.py") else ():
            imported.setdefault(distribution(NAMED_OTHERWISE.get(module, module)), set()).add(name)
    assert {name: sorted(users) for name, users in imported.items() if name not in declared | NOT_OURS} == {}


def imports(code: str) -> set[str]:
    """The packages outside the standard library that a module imports, also inside functions and through `need`."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "need":
            found |= {str(word.value) for word in node.args[:1] if isinstance(word, ast.Constant)}
    return {module.partition(".")[0] for module in found} - set(sys.stdlib_module_names) - {"decom_nb", "pydantic_core"}


def distribution(requirement: str) -> str:
    """The name of what a requirement asks for, spelt as in the constraints."""
    found = re.match(r"[\w.-]+", requirement)
    return re.sub(r"[-_.]+", "-", found.group().lower()) if found else ""


def test_files_are_short() -> None:
    lines = {name: text.count("\n") for name, text in (texts() | texts("tests/")).items()}
    written = {name: count for name, count in lines.items() if not WRITTEN_BY_PROGRAMS.search(name)}
    assert {name: count for name, count in written.items() if count > LONGEST} == {}


def test_every_file_has_a_subject() -> None:
    assert [name for name in files() if Path(name).stem.lower() in WITHOUT_SUBJECT] == []


def test_the_build_can_be_run() -> None:
    for name in (".ci/run", "start.py"):
        assert (TOP / name).stat().st_mode & 0o100, name
