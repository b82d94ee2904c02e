"""Reads Python files for the tests in them, by their syntax alone: nothing is imported or run. `test_code_files.py` calls it.

What counts as a test is what pytest collects by default: functions whose names begin with ``test`` at the top of a module or in
a class ``Test…``, and such methods of subclasses of ``TestCase``.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator
from pathlib import PurePosixPath

from decom_nb.evidence.json_file import NotReadableError
from decom_nb.evidence.test_code import CodeFile, CodeTest

MAX_BYTES = 4_000_000
"""A Python file of more bytes than this is data that somebody generated."""

GOLDEN_FOLDERS = frozenset(
    {"golden", "goldens", "golden_data", "golden_files", "expected", "__snapshots__", "snapshots", "approved"}
)
"""Names of folders in which results lie that others are compared with."""

_LONGEST_PATH = 300
_FILE_NAME = re.compile(r"^(?:test_.*|.*_tests?|tests?|conftest)\.py$")
_TEST_FRAMEWORKS = ("pytest", "unittest")
_FUNCTION = (ast.FunctionDef, ast.AsyncFunctionDef)


def code_file(text: bytes, path: str) -> CodeFile | None:
    """Give what tests and fixtures a file holds, nothing if it is other code; raises `NotReadableError`."""
    if len(text) > MAX_BYTES:
        raise NotReadableError(f"more than {MAX_BYTES // 1_000_000} MB of Python")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of other people's escapes
            tree = ast.parse(text)
    except SyntaxError as error:
        raise NotReadableError(f"not Python: {error.msg}", error.lineno or 0) from None
    except (ValueError, RecursionError, MemoryError):
        raise NotReadableError("not Python, or nested too deeply") from None
    imports = tuple(sorted(set(_imports(tree))))
    known = any(each.split(".")[0] in _TEST_FRAMEWORKS for each in imports)
    if not known and not _FILE_NAME.match(PurePosixPath(path).name):
        return None
    try:
        tests = tuple(_tests(tree, path))
    except RecursionError:
        raise NotReadableError("nested too deeply") from None
    fixtures = tuple(
        sorted(
            node.name
            for node in ast.walk(tree)
            if isinstance(node, _FUNCTION) and any(_dotted(each)[-1:] == ("fixture",) for each in node.decorator_list)
        )
    )
    if not tests and not fixtures:
        return None
    of_unittest = bool(tests) and all("::" in test.name for test in tests) and "unittest" in imports
    return CodeFile(path, "unittest" if of_unittest and "pytest" not in imports else "pytest", tests, fixtures, imports)


def _tests(tree: ast.Module, path: str) -> Iterator[CodeTest]:
    of_module = _assigned_markers(tree.body)
    for node in tree.body:
        if isinstance(node, _FUNCTION) and node.name.startswith("test"):
            yield _test(node, path, "", of_module)
        elif isinstance(node, ast.ClassDef):
            yield from _of_class(node, path, "", of_module)


def _of_class(node: ast.ClassDef, path: str, outer: str, markers: tuple[str, ...]) -> Iterator[CodeTest]:
    of_unittest = any(_dotted(base)[-1:] and _dotted(base)[-1].endswith("TestCase") for base in node.bases)
    if not (node.name.startswith("Test") or of_unittest) or _says_it_is_none(node):
        return
    name = f"{outer}{node.name}::"
    own = (*markers, *_markers(node.decorator_list), *_assigned_markers(node.body))
    for each in node.body:
        if isinstance(each, _FUNCTION) and each.name.startswith("test"):
            yield _test(each, path, name, own)
        elif isinstance(each, ast.ClassDef):
            yield from _of_class(each, path, name, own)


def _says_it_is_none(node: ast.ClassDef) -> bool:
    """Tell whether a class says ``__test__ = False``."""
    for each in node.body:
        target = each.targets[0] if isinstance(each, ast.Assign) else getattr(each, "target", None)
        value = getattr(each, "value", None)
        if isinstance(target, ast.Name) and target.id == "__test__" and isinstance(value, ast.Constant):
            return value.value is False
    return False


def _test(node: ast.FunctionDef | ast.AsyncFunctionDef, path: str, outer: str, markers: tuple[str, ...]) -> CodeTest:
    own = _markers(node.decorator_list)
    asked = [each.arg for each in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)]
    every = tuple(dict.fromkeys((*markers, *own)))
    return CodeTest(
        path=path,
        name=f"{outer}{node.name}",
        line=node.lineno,
        cases=_cases(node.decorator_list),
        markers=tuple(each for each in every if each not in ("parametrize", "usefixtures")),
        fixtures=tuple(dict.fromkeys((*(each for each in asked if each not in ("self", "cls")), *_used(node)))),
        golden=tuple(sorted(set(_golden(node)))),
        skipped="skip" in every,
    )


def _imports(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module


def _dotted(node: ast.expr) -> tuple[str, ...]:
    """Give the names of ``pytest.mark.slow`` or ``pytest.mark.slow(...)``, the first first; empty if it is no such thing."""
    parts: list[str] = []
    at: ast.expr = node.func if isinstance(node, ast.Call) else node
    while isinstance(at, ast.Attribute):
        parts.append(at.attr)
        at = at.value
    return (at.id, *reversed(parts)) if isinstance(at, ast.Name) else ()


def _markers(decorators: list[ast.expr]) -> tuple[str, ...]:
    """Give the markers of decorators: what stands behind ``mark``."""
    found = []
    for each in decorators:
        names = _dotted(each)
        if "mark" in names[:-1]:
            found.append(names[names.index("mark") + 1])
        elif names[:1] == ("unittest",) and names[-1:] == ("skip",):
            found.append("skip")
    return tuple(found)


def _assigned_markers(body: list[ast.stmt]) -> tuple[str, ...]:
    """Give the markers that ``pytestmark = …`` puts on a whole module or class."""
    found: list[str] = []
    for node in body:
        if isinstance(node, ast.Assign) and any(
            isinstance(each, ast.Name) and each.id == "pytestmark" for each in node.targets
        ):
            value = node.value
            found += _markers(list(value.elts) if isinstance(value, ast.List | ast.Tuple) else [value])
    return tuple(found)


def _cases(decorators: list[ast.expr]) -> int:
    """Multiply what ``parametrize`` lists; a list that is computed counts as one."""
    cases = 1
    for each in decorators:
        if isinstance(each, ast.Call) and _dotted(each)[-1:] == ("parametrize",):
            values = each.args[1] if len(each.args) > 1 else _keyword(each, "argvalues")
            if isinstance(values, ast.List | ast.Tuple | ast.Set):
                listed = [value for value in values.elts if not isinstance(value, ast.Starred)]
                cases *= max(1, len(listed))
    return cases


def _keyword(call: ast.Call, name: str) -> ast.expr | None:
    return next((each.value for each in call.keywords if each.arg == name), None)


def _used(node: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[str]:
    for each in node.decorator_list:
        if isinstance(each, ast.Call) and _dotted(each)[-1:] == ("usefixtures",):
            yield from (
                word.value for word in each.args if isinstance(word, ast.Constant) and isinstance(word.value, str)
            )


def _golden(node: ast.AST) -> Iterator[str]:
    """Give texts that name a file or folder of golden data: one of the folders' names is a part of the path.

    A word alone is one only where it is joined to a path with a slash, as in ``HERE / "golden" / "orders.csv"``.
    """
    for each in ast.walk(node):
        if isinstance(each, ast.BinOp) and isinstance(each.op, ast.Div):
            yield from filter(None, map(_golden_path, (each.left, each.right)))
        elif isinstance(each, ast.Constant) and (path := _golden_path(each)) and ("/" in path or "\\" in path):
            yield path


def _golden_path(node: ast.expr) -> str:
    """Give the text of a constant in which a folder of golden data is named; empty if it is none."""
    if not isinstance(node, ast.Constant) or not isinstance(node.value, str) or len(node.value) > _LONGEST_PATH:
        return ""
    parts = node.value.replace("\\", "/").lower().split("/")
    return node.value if GOLDEN_FOLDERS.intersection(parts) else ""
