"""A rule's version changes with what it judges by, and with nothing else: settings, its code, and what that reaches."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from decom_nb import rule_version
from decom_nb.book import makers, rooms, versions_of_rules
from decom_nb.finding import Finding, true
from decom_nb.rule import RuleText, Told, rule
from decom_nb.rule_version import rule_versions

TEXT = RuleText(
    severity="high",
    because="b",
    how="h",
    remedy="r",
    effort="low",
    source="s",
    settings={"least": 3},
    formerly=("old.a",),
)
CODE = '''
"""A room for tests."""
from __future__ import annotations

LIMIT = 5
WORDS = {"a": (1, 2)}
_CACHE: dict = {}
cache = {}

def helper(value):
    return value + LIMIT

def unused(value):
    return value

def measured(runs):
    return helper(len(WORDS))

def a_rule_holds(measure, *, least):
    """A rule holds."""
    from decom_nb.series.interval import wilson
    cache["x"] = object()
    return helper(measure)
'''


def version(code: str, tmp_path: Path, text: RuleText = TEXT, name: str = "decom_nb.phases.made.rules") -> str:
    file = tmp_path / f"rules{len(list(tmp_path.iterdir()))}.py"
    file.write_text(code, encoding="utf-8")
    module = ModuleType(name)
    exec(compile(code, str(file), "exec"), vars(module))  # a module of ours that no package holds
    told = Told(rule(module.a_rule_holds), text)
    made = rule_versions([told], {"measure": module.measured})["made.a_rule_holds"]
    assert made.formerly == ("old.a",)
    return made.judges


def test_the_same_rule_is_the_same_wherever_it_stands(tmp_path: Path) -> None:
    moved = CODE.replace("LIMIT = 5", "# why five\n\n\nLIMIT = 5").replace(
        "    return helper(measure)", "    # so\n    return helper(measure)"
    )
    assert version(CODE, tmp_path) == version(moved, tmp_path)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("LIMIT = 5", "LIMIT = 6"),
        ('{"a": (1, 2)}', '{"a": (1, 3)}'),
        ("return value + LIMIT", "return value - LIMIT"),
        ("return helper(len(WORDS))", "return helper(len(WORDS) + 1)"),
        ("return helper(measure)", "return helper(measure) * 2"),
        ("import wilson", "import wilson as w"),
    ],
)
def test_what_it_reaches_changes_it(old: str, new: str, tmp_path: Path) -> None:
    assert old in CODE
    assert version(CODE, tmp_path) != version(CODE.replace(old, new), tmp_path)


def test_what_it_does_not_reach_and_what_a_run_left_behind_do_not(tmp_path: Path) -> None:
    assert version(CODE, tmp_path) == version(CODE.replace("    return value\n", "    return [value]\n"), tmp_path)
    assert version(CODE, tmp_path) == version(CODE.replace("cache = {}", "cache = {'y': 1}"), tmp_path)


@pytest.mark.parametrize("change", [{"settings": {"least": 4}}, {"severity": "low"}, {"effort": "high"}])
def test_settings_severity_and_effort_change_it(change: dict[str, Any], tmp_path: Path) -> None:
    assert version(CODE, tmp_path) != version(CODE, tmp_path, TEXT.model_copy(update=change))


def test_words_do_not(tmp_path: Path) -> None:
    other = TEXT.model_copy(update={"because": "other", "how": "other", "remedy": "other", "identified_by": ("model",)})
    assert version(CODE, tmp_path) == version(CODE, tmp_path, other)


def test_every_rule_has_a_version_of_its_own() -> None:
    found = versions_of_rules()
    assert found.keys() == {told.rule.id for room in rooms() for told in room.rules}
    assert len({each.judges for each in found.values()}) > 0.9 * len(found)
    assert all(each.because and each.how for each in found.values())


def test_a_shared_measure_is_part_of_each_rule_that_asks_for_it() -> None:
    """What `history` reads changes the rules of the monitoring room, and none of the architecture room."""
    told = [each for room in rooms() for each in room.rules]
    other = {**makers(), "history": _other}
    was, now = rule_versions(told, makers()), rule_versions(told, other)
    changed = {rule for rule in was if was[rule].judges != now[rule].judges}
    assert "monitoring.runs_succeed" in changed
    assert not {rule for rule in changed if rule.startswith("architecture.")}


def _other(runs: object) -> Finding:
    return true("made")


_other.__module__ = "decom_nb.phases.made"


def test_values_are_written_alike_in_every_run() -> None:
    assert rule_version._written({"b": {3, 1, 2}, "a": frozenset("xyz")}) == rule_version._written(
        {"a": frozenset("zyx"), "b": {2, 3, 1}}
    )
    assert "0x" not in rule_version._written({"a": object(), "b": {object(): 1}})
