"""Which layer of the pyramid a test belongs to, and which layers a line of a CI workflow runs. `pyramid.py` calls it.

Every test has exactly one layer, found by the signs in tables/pyramid.yaml; the sign is told with it.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from decom_nb.evidence.test_code import CodeFile, CodeTest, Command, PytestSettings, ReportedCase, TestCode
from decom_nb.phases.testing.pyramid_table import LAYERS, Layer, PyramidTable, pyramid_table

_WORD = re.compile(r"[^a-z0-9]+")
_TAKES_A_VALUE = frozenset(
    {
        "-m",
        "-k",
        "-c",
        "-n",
        "-p",
        "-o",
        "-W",
        "--junitxml",
        "--junit-xml",
        "--cov",
        "--rootdir",
        "--durations",
        "--maxfail",
    }
)


@dataclass(frozen=True, slots=True)
class Placed:
    """A test in its layer, and the sign that put it there."""

    test: CodeTest
    layer: Layer
    sign: str


def placed(code: TestCode, table: PyramidTable | None = None) -> tuple[Placed, ...]:
    """Put every test function into its layer."""
    known = table or pyramid_table()
    return tuple(Placed(test, *_layer_of(test, file, known)) for file in code.files for test in file.tests)


def layer_of_case(case: ReportedCase, table: PyramidTable | None = None) -> tuple[Layer, str]:
    """Give the layer of a reported case whose code is not known: by the names of its suite, class and file."""
    known = table or pyramid_table()
    names = _parts(f"{case.suite}/{case.classname.replace('.', '/').replace('::', '/')}/{case.file}")
    for layer in known.precedence.order:
        text = known.text(layer)
        if found := next((each for each in (*text.folders, *text.markers) if each in names), ""):
            return layer, f"named {found}"
    for layer in known.precedence.order:
        if found := next((each for each in known.text(layer).words if _says(names, each)), ""):
            return layer, f"named {found}"
    return "unit", "no sign of another layer"


def _layer_of(test: CodeTest, file: CodeFile, table: PyramidTable) -> tuple[Layer, str]:
    order = [table.text(layer) for layer in table.precedence.order]
    path = PurePosixPath(test.path)
    folders = _parts("/".join(path.parts[:-1]))
    file_words = _parts(path.stem)
    for text in order:
        if found := _first(text.markers, test.markers):
            return text.layer, f"marker {found}"
    for text in order:
        if found := _first(text.folders, folders):
            return text.layer, f"folder {found}"
    for text in order:
        if found := next((each for each in text.words if _says(file_words, each)), ""):
            return text.layer, f"file name with {found}"
    for text in order:
        if found := _first(text.fixtures, test.fixtures):
            return text.layer, f"fixture {found}"
    for text in order:
        if found := next((each for each in text.imports if _imported(each, file.imports)), ""):
            return text.layer, f"import {found}"
    if test.golden:
        return "e2e", f"golden data {test.golden[0]}"
    return "unit", "no sign of another layer"


def _first(wanted: Iterable[str], there: Collection[str]) -> str:
    lowered = {each.lower() for each in there}
    return next((each for each in wanted if each in lowered), "")


def _imported(module: str, imports: Iterable[str]) -> bool:
    return any(each == module or each.startswith(f"{module}.") for each in imports)


def _parts(path: str) -> list[str]:
    return [part.lower() for part in path.replace("\\", "/").split("/") if part]


def _says(names: Iterable[str], word: str) -> bool:
    """Tell whether a word, or words in a row, stand in one of the names.

    >>> _says(["test_end_to_end_orders"], "end_to_end"), _says(["test_community"], "unit")
    (True, False)
    """
    return any(f"_{word}_" in f"_{_WORD.sub('_', name)}_" for name in names)


def layers_of(
    command: Command, tests: Sequence[Placed], settings: Sequence[PytestSettings], table: PyramidTable | None = None
) -> frozenset[Layer]:
    """Give the layers of code that a line of a workflow runs; dbt's own layers are told by `pyramid.py`."""
    known = table or pyramid_table()
    if command.tool == "pytest":
        return _of_pytest(command.words, tests, settings, known)
    if command.tool == "unittest":
        return frozenset({"unit"})
    if command.tool in ("soda", "great_expectations", "decom"):
        return frozenset({"data_quality"})
    if command.tool in ("dbt", "workflow"):
        return frozenset()
    named = frozenset(
        layer for layer in LAYERS if any(_says([word], sign) for word in command.words for sign in _signs(known, layer))
    )
    return named or frozenset({"unit"})


def _signs(table: PyramidTable, layer: Layer) -> tuple[str, ...]:
    text = table.text(layer)
    return (*text.folders, *text.markers, *text.words)


def _of_pytest(
    words: Sequence[str], tests: Sequence[Placed], settings: Sequence[PytestSettings], table: PyramidTable
) -> frozenset[Layer]:
    """Give the layers of the tests that pytest would choose by path and by marker."""
    own = [each for one in settings for each in one.addopts]
    paths, expression = _asked(words)
    expression = expression if expression is not None else _asked(own)[1]
    there = [each for each in tests if _below(each.test.path, paths)]
    if there:
        chosen = (each for each in there if not expression or chooses(expression, {*each.test.markers}))
        return frozenset(each.layer for each in chosen)
    asked = [*paths, *re.findall(r"\w+", re.sub(r"\bnot\s+\w+", "", expression or ""))]
    named = frozenset(
        layer for layer in LAYERS if any(_says(_parts(each), sign) for each in asked for sign in _signs(table, layer))
    )
    return named or frozenset({"unit"})


def _asked(words: Sequence[str]) -> tuple[list[str], str | None]:
    """Give the paths that a command line names, and its marker expression."""
    paths: list[str] = []
    expression: str | None = None
    at = 0
    while at < len(words):
        word = words[at]
        if word == "-m" and at + 1 < len(words):
            expression = words[at + 1]
            at += 1
        elif word.startswith("-m") and not word.startswith("--"):
            expression = word[2:].lstrip("=")
        elif word in _TAKES_A_VALUE:
            at += 1
        elif not word.startswith("-"):
            paths.append(word.partition("::")[0].strip("/").removeprefix("./"))
        at += 1
    return [path for path in paths if path not in ("", ".")], expression


def _below(path: str, folders: Sequence[str]) -> bool:
    """Tell whether a file lies at or below one of the folders, wherever the repository itself lies."""
    if not folders:
        return True
    return any(f"/{folder}/" in f"/{path}/" for folder in folders)


def chooses(expression: str, markers: Collection[str]) -> bool:
    """Tell whether pytest's marker expression chooses a test with these markers; one that cannot be read chooses all.

    >>> chooses("not slow and (unit or e2e)", {"e2e"}), chooses("not slow", {"slow"}), chooses("(", {"slow"})
    (True, False, True)
    """
    try:
        tree = ast.parse(expression, mode="eval").body
    except (SyntaxError, ValueError, RecursionError):
        return True
    return _holds(tree, markers)


def _holds(node: ast.expr, markers: Collection[str]) -> bool:
    if isinstance(node, ast.BoolOp):
        found = [_holds(each, markers) for each in node.values]
        return all(found) if isinstance(node.op, ast.And) else any(found)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        return not _holds(node.operand, markers)
    name = node.func if isinstance(node, ast.Call) else node
    return isinstance(name, ast.Name) and name.id in markers


def reported(
    code: TestCode, tests: Sequence[Placed]
) -> tuple[Mapping[tuple[str, str], Placed], tuple[ReportedCase, ...]]:
    """Match reported cases to the test functions that were read.

    Gives the function of each (class name, test name) that has one, and one case for each test whose code was not seen.
    """
    by_name: dict[str, list[Placed]] = {}
    for each in tests:
        by_name.setdefault(each.test.function, []).append(each)
    known: dict[tuple[str, str], Placed] = {}
    unknown: dict[tuple[str, str], ReportedCase] = {}
    for report in code.reports:
        for case in report.cases:
            if case.test in known or case.test in unknown:
                continue
            match = [each for each in by_name.get(case.test[1], ()) if _same_place(case, each.test)]
            if match:
                known[case.test] = max(match, key=lambda each: _common(case, each.test))
            else:
                unknown[case.test] = case
    return known, tuple(unknown.values())


def _module(test: CodeTest) -> list[str]:
    classes = test.name.split("::")[:-1]
    folders_and_file = PurePosixPath(test.path).with_suffix("").parts
    # A report has dots between folders, and cannot tell them from dots within a name.
    return [*".".join(folders_and_file).split("."), *classes]


def _same_place(case: ReportedCase, test: CodeTest) -> bool:
    """Tell whether a class name such as ``tests.unit.test_orders.TestSum`` ends as a test's file and class do."""
    given, there = case.classname.split("."), _module(test)
    return _common(case, test) >= min(len(given), len(there), 1 + test.name.count("::"))


def _common(case: ReportedCase, test: CodeTest) -> int:
    common = 0
    for one, other in zip(reversed(case.classname.split(".")), reversed(_module(test)), strict=False):
        if one != other:
            break
        common += 1
    return common
