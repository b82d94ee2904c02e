"""Missing tests of a dbt project as YAML to paste, and the generic tests they need as SQL. `deliverables.py` writes them down.

What is known stands there as a test; what only people know stands there as a comment to be filled in, and tests nothing until
then. Texts of the project's go into YAML by `scalar`, and into comments on one line.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from decom_nb.phases.testing.dbt_checklist import Item, ModelChecklist, ProjectChecklist
from decom_nb.yaml_text.scalar import scalar

MACROS_FILE = "tests/generic/decom_tests.sql"
"""Where the generic tests go in a project."""

YAML_FILE = "decom_missing_tests.yml"
"""What the file of each folder of models is called."""

_NEW_KEY = (1, 8, 0)
"""From this version on dbt says ``data_tests``, before it said ``tests``."""
_NESTED = (1, 10, 5)
"""From this version on dbt wants arguments of a test under ``arguments``."""

_UTILS = {
    "range": "dbt_utils.accepted_range",
    "recency": "dbt_utils.recency",
    "combination": "dbt_utils.unique_combination_of_columns",
}
_OURS = {"range": "decom_accepted_range", "recency": "decom_recency", "combination": "decom_unique_combination"}

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_$]*")
_JINJA = re.compile(r"\{[{%#]")

_INTRODUCTION = """\
# Tests that the models in {folder} lack, for dbt {version}.
# Paste what stands under a model to where the model is described: dbt allows one description of each.
# What is behind a # waits for somebody who knows; nothing here was guessed.
"""

MACROS = """\
{# Generic tests for what dbt itself has none for. They need no package, and run wherever dbt runs. #}

{% test decom_accepted_range(model, column_name, min_value=none, max_value=none) %}
{# Rows whose value lies outside of the bounds; a missing value does not. #}
select {{ column_name }}
from {{ model }}
where 1 = 0
{%- if min_value is not none %} or {{ column_name }} < {{ min_value }}{% endif %}
{%- if max_value is not none %} or {{ column_name }} > {{ max_value }}{% endif %}
{% endtest %}


{% test decom_recency(model, field, datepart, interval) %}
{# The newest row, if it is older than so many hours or days, or if there is none. #}
with newest as (
    select cast(max({{ field }}) as {{ dbt.type_timestamp() }}) as newest_at
    from {{ model }}
)
select newest_at
from newest
where newest_at is null
    or newest_at < cast({{ dbt.dateadd(datepart, -1 * interval, dbt.current_timestamp()) }} as {{ dbt.type_timestamp() }})
{% endtest %}


{% test decom_unique_combination(model, combination_of_columns) %}
{# Combinations that stand there more than once. #}
select {{ combination_of_columns | join(', ') }}
from {{ model }}
group by {{ combination_of_columns | join(', ') }}
having count(*) > 1
{% endtest %}
"""


@dataclass(frozen=True, slots=True)
class _Test:
    """One test in YAML: its name and arguments, why it is there, and what is open in it."""

    name: str
    arguments: Mapping[str, Any]
    because: str
    open: str = ""


def missing_tests(project: ProjectChecklist) -> dict[str, str]:
    """Give the files that a project lacks, by their path in it: YAML for each folder of models, and SQL if it is needed."""
    writer = _Writer(project)
    folders: dict[str, list[ModelChecklist]] = {}
    for model in project.models:
        if model.lacking:
            folders.setdefault(model.node.directory, []).append(model)
    files = {f"{folder}{YAML_FILE}": writer.file(folder, models) for folder, models in sorted(folders.items())}
    if any(name in text for text in files.values() for name in _OURS.values()):
        files[MACROS_FILE] = MACROS
    return files


class _Writer:
    """Writes YAML in the form that the project's version of dbt reads."""

    def __init__(self, project: ProjectChecklist) -> None:
        told = project.manifest
        self.version = told.dbt_version
        version = tuple(int(part) for part in re.findall(r"\d+", told.dbt_version)[:3])
        self.key = "tests" if version and version < _NEW_KEY else "data_tests"
        self.nested = not version or version >= _NESTED
        utils = "dbt_utils" in told.packages or any(test.namespace == "dbt_utils" for test in told.tests)
        self.generic = _UTILS if utils else _OURS

    def file(self, folder: str, models: Iterable[ModelChecklist]) -> str:
        """Write one folder's file."""
        version = f"{self.version} and later" if self.version else "1.10.5 and later"
        lines = [
            _INTRODUCTION.format(folder=_comment(folder or "."), version=_comment(version)),
            "version: 2",
            "",
            "models:",
        ]
        versions: dict[str, list[ModelChecklist]] = {}
        for model in models:
            versions.setdefault(model.node.resource.name, []).append(model)
        for name, told in versions.items():
            lines += [f"  - name: {scalar(name)}"]
            if len(told) > 1 or _version(told[0]):
                lines += ["    versions:"]
                for model in told:
                    lines += [f"      - v: {_number_or_text(_version(model))}", *_indented(self._model(model), 4)]
            else:
                lines += self._model(told[0])
            lines += [""]
        return "\n".join(lines).rstrip() + "\n"

    def _model(self, model: ModelChecklist) -> list[str]:
        whole: list[_Test] = []
        columns: dict[str, list[_Test]] = {}
        for item in model.lacking:
            for column, test in self._tests(item):
                columns.setdefault(column, []).append(_careful(test)) if column else whole.append(_careful(test))
        lines = self._list(whole, 4) if whole else []
        if columns:
            lines.append("    columns:")
            for name, tests in columns.items():
                lines.append(f"      - name: {scalar(name)}")
                if not _PLAIN.fullmatch(name):
                    lines.append("        quote: true")
                lines += self._list(tests, 8)
        return lines

    def _tests(self, item: Item) -> Iterator[tuple[str, _Test]]:
        """Give the tests of an item, each with its column; those of the whole model with none."""
        column = item.columns[0] if item.columns else ""
        if item.item == "key":
            yield from self._key(item)
        elif item.item == "reference":
            given = item.arguments or {"to": "ref('')", "field": column}
            yield column, _Test("relationships", given, item.because, item.open)
        elif item.item == "range":
            given = item.arguments or {"min_value": None, "max_value": None}
            yield column, _Test(self.generic["range"], given, item.because, item.open)
        elif item.item == "values":
            yield column, _Test("accepted_values", item.arguments or {"values": []}, item.because, item.open)
        else:
            given = {"field": column, **(item.arguments or {"datepart": "hour", "interval": None})}
            yield "", _Test(self.generic["recency"], given, item.because, item.open)

    def _key(self, item: Item) -> Iterator[tuple[str, _Test]]:
        if item.open:
            columns: dict[str, Any] = {"combination_of_columns": []}
            yield "", _Test(self.generic["combination"], columns, item.because, item.open)
        elif "combination" in item.lacks:
            yield "", _Test(self.generic["combination"], {"combination_of_columns": list(item.columns)}, item.because)
            for name in item.lacks[1:]:
                yield name, _Test("not_null", {}, "it is part of the key")
        else:
            for kind in item.lacks:
                yield item.columns[0], _Test(kind, {}, item.because)

    def _list(self, tests: Sequence[_Test], indent: int) -> list[str]:
        """Write tests as a list under the key; those with something open behind a #."""
        pad = " " * indent
        ready, waiting = [test for test in tests if not test.open], [test for test in tests if test.open]
        lines = [f"{pad}{self.key}:"] if ready else []
        for test in ready:
            lines += self._one(test, indent + 2)
        if waiting:
            lines += [f"{pad}# TODO {_comment(test.name)}: write down {_comment(test.open)}" for test in waiting]
            lines += [] if ready else [f"{pad}# {self.key}:"]
            for test in waiting:
                lines += [f"{pad}# {line[indent:]}" for line in self._one(test, indent + 2)]
        return lines

    def _one(self, test: _Test, indent: int) -> list[str]:
        pad = " " * indent
        because = f"  # {_comment(test.because)}" if test.because else ""
        if not test.arguments:
            return [f"{pad}- {test.name}{because}"]
        lines = [f"{pad}- {test.name}:{because}"]
        if self.nested:
            lines.append(f"{pad}    arguments:")
        deeper = f"{pad}      " if self.nested else f"{pad}    "
        return [*lines, *(f"{deeper}{name}: {_value(value)}".rstrip() for name, value in test.arguments.items())]


def _careful(test: _Test) -> _Test:
    """Leave it to people where dbt would take a text for code: names that need quotes in SQL, and what looks like Jinja."""
    if test.open:
        return test
    for name, value in test.arguments.items():
        texts = [each for each in (value if isinstance(value, list) else [value]) if isinstance(each, str)]
        if any(_JINJA.search(text) for text in texts):
            return replace(test, open=f"{name}: what stands there looks like code to dbt")
        if name in ("field", "combination_of_columns") and not all(_PLAIN.fullmatch(text) for text in texts):
            return replace(test, open=f"{name}, with the quotes that the warehouse wants")
    return test


def _value(value: Any) -> str:
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(scalar, value))}]"
    return "" if value is None else scalar(value)


def _version(model: ModelChecklist) -> str:
    return str(getattr(model.node.resource, "version", ""))


def _number_or_text(version: str) -> str:
    return version if version.isdecimal() else scalar(version)


def _indented(lines: Iterable[str], by: int) -> list[str]:
    return [" " * by + line for line in lines]


def _comment(text: str) -> str:
    r"""Give a text as it may stand in a comment: on one line, without what is not seen.

    >>> _comment("a\nb")
    'a b'
    """
    return " ".join("".join(character if character.isprintable() else " " for character in text).split())
