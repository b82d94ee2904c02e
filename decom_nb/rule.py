"""Rules: small functions whose names are true-or-false sentences. Rooms define them, `book.py` runs them.

    @rule
    def runs_succeed(runs: Runs, *, full: float) -> Finding:
        '''Pipelines finish successfully.'''

What the client reads about a rule (why, how it is checked, severity, remedy) stands in the room's ``phase.yaml`` under the
function's name, and so do the values of its keyword-only settings.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import update_wrapper
from typing import Any, overload

from pydantic import BaseModel, ConfigDict, Field

from decom_nb.finding import Effort, Finding, Severity, not_known
from decom_nb.supply import Absent, Failed, Supply, asks

Check = Callable[..., Finding]


class RuleText(BaseModel):
    """What a person reads about a rule: the fields of one entry under ``rules:`` in a room's phase.yaml."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    severity: Severity
    because: str = Field(min_length=1, description="why it matters")
    how: str = Field(min_length=1, description="how it is checked, and what counts as what")
    remedy: str = Field(min_length=1, description="what to do when it does not hold")
    effort: Effort = Field(description="what the remedy costs")
    source: str = Field(min_length=1, description="where the rule comes from")
    settings: dict[str, Any] = Field(default_factory=dict, description="values of the rule's keyword-only parameters")
    formerly: tuple[str, ...] = Field(
        (), description="ids that the rule had before; waivers and old audits may use them"
    )
    identified_by: tuple[str, ...] = Field(
        (),
        description="where each row of a false finding is a violation: the columns that tell one from another, so that a new "
        "one is known as new; left out where the rows only show how a rate came about",
    )


def _room(module: str) -> str:
    """Give the room that a rule's module lies in, however deep; a room of another package is what the module lies in.

    >>> _room("decom_nb.phases.modeling.naming.names_rule"), _room("acme_rooms.fraud.rules")
    ('modeling', 'fraud')
    """
    _, ours, below = module.partition("decom_nb.phases.")
    return below.split(".", 1)[0] if ours else module.rpartition(".")[0].rpartition(".")[2]


class Rule:
    """A check with its name and its footing; calling it calls the check, so that a test needs nothing else."""

    def __init__(self, check: Check, requires: Collection[str] = ()) -> None:
        update_wrapper(self, check)
        self.check = check
        self.phase = _room(check.__module__)
        self.id = f"{self.phase}.{check.__name__}"
        self.title = (check.__doc__ or "").strip().splitlines()[0].rstrip(".") if check.__doc__ else ""
        self.requires = frozenset(requires)

    def __call__(self, *args: Any, **settings: Any) -> Finding:
        """Run the bare check on plain values."""
        return self.check(*args, **settings)

    def __repr__(self) -> str:
        return f"<rule {self.id}>"


@overload
def rule(check: Check, /) -> Rule: ...
@overload
def rule(*, requires: Collection[str]) -> Callable[[Check], Rule]: ...
def rule(check: Check | None = None, /, *, requires: Collection[str] = ()) -> Rule | Callable[[Check], Rule]:
    """Make a rule of a function; `requires` names rules (``room.name``) that must hold before this one is asked."""
    if check is not None:
        return Rule(check)
    return lambda function: Rule(function, requires)


@dataclass(frozen=True)
class Told:
    """A rule together with what its room's YAML says of it."""

    rule: Rule
    text: RuleText


def misfits(rules: Iterable[Rule], texts: Mapping[str, RuleText]) -> list[str]:
    """List where code and YAML are out of step, in both directions: rules, texts, settings, docstrings."""
    found = {each.check.__name__: each for each in rules}
    wrong = [f"rules.py has {name}, phase.yaml does not" for name in found.keys() - texts.keys()]
    wrong += [f"phase.yaml has {name}, rules.py does not" for name in texts.keys() - found.keys()]
    for name in found.keys() & texts.keys():
        if not found[name].title:
            wrong.append(f"{name} has no docstring")
        if asks(found[name].check).settings != texts[name].settings.keys():
            wrong.append(f"{name}: settings in phase.yaml and keyword-only parameters differ")
    return sorted(wrong)


@dataclass(frozen=True)
class Origin:
    """What stands behind a parameter name: what it is in words, and the inputs it was read from."""

    words: str
    files: tuple[str, ...] = ()


def run(told: Iterable[Told], supply: Supply, origins: Mapping[str, Origin]) -> list[Finding]:
    """Run the rules in an order in which each rule's footing comes first, and give their findings in the order given.

    `origins` says what stands behind each name that rules ask for. A rule that raises becomes a finding ``error``: shown,
    and never worth a point.
    """
    rules = {each.rule.id: each for each in told}
    done: dict[str, Finding] = {}

    def outcome(name: str) -> Finding:
        if name not in done:
            done[name] = _run_one(
                rules[name], supply, origins, [outcome(other) for other in _footing(rules[name], rules)]
            )
        return done[name]

    for name in rules:
        outcome(name)
    return [done[name] for name in rules]


def _footing(told: Told, rules: Mapping[str, Told]) -> list[str]:
    if unknown := told.rule.requires - rules.keys():
        raise LookupError(f"{told.rule.id} requires {', '.join(sorted(unknown))}, which no room has")
    return sorted(told.rule.requires)


def _run_one(told: Told, supply: Supply, origins: Mapping[str, Origin], footing: list[Finding]) -> Finding:
    """Run one rule and complete its finding with what the YAML says."""
    each, text = told.rule, told.text
    if weak := [finding for finding in footing if finding.outcome != "true"]:
        found = not_known(f"Not asked: it rests on “{weak[0].title}”, which is {weak[0].outcome.replace('_', ' ')}.")
    else:
        try:
            found = supply.call(each.check, **text.settings)
        except Absent as absent:
            words = origins[absent.name].words if absent.name in origins else absent.name.replace("_", " ")
            found = not_known(f"This cannot be told without {words}.")
        except Failed as failure:
            found = Finding(outcome="error", message=f"The rule was not run: {failure}.")
        except Exception as error:
            found = Finding(outcome="error", message=f"The rule failed: {type(error).__name__}: {error}")
    asked = [origins[name] for name in asks(each.check).names if name in origins]
    sources = sorted({path for origin in asked for path in origin.files})
    return found.model_copy(
        update={
            "rule": each.id,
            "phase": each.phase,
            "title": each.title,
            "severity": text.severity,
            "remedy": text.remedy,
            "effort": text.effort,
            "identified_by": text.identified_by,
            "sources": tuple(sources),
        }
    )
