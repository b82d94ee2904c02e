"""What to do about cost, ranked: the levers that apply by savings for their effort, then red flags that no lever is for."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from decom_nb.finding import Effort
from decom_nb.phases.cost.documents import Answer
from decom_nb.phases.cost.lever import Pulled, Savings
from decom_nb.phases.cost.lever_table import lever_table
from decom_nb.phases.cost.red_flag import RedFlags, rule_texts

WITHOUT_LEVER = ("data_stays_in_region", "unit_cost_is_stable", "no_pipeline_dominates")
"""Red flags that none of the eight strategies answers."""


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the backlog; `saves` is low, middle and high per month, nothing where nobody can tell."""

    priority: int
    what: str
    description: str
    effort: Effort
    saves: tuple[float, float, float] | None
    at_stake: Decimal | None
    state: Answer
    why: str
    lever: Pulled | None = None


def backlog(savings: Savings, flags: RedFlags) -> tuple[Item, ...]:
    """Rank what there is to do; what is worth nothing here is not in it."""
    efforts = lever_table().efforts
    items = [
        (
            (0, -each.saves[1] / efforts.of(each.effort)),
            Item(
                0, each.text.lever, each.text.remedy, each.effort, each.saves, each.touches, each.state, each.why, each
            ),
        )
        for each in savings.levers
        if each.saves
    ]
    texts = rule_texts()
    for name in WITHOUT_LEVER:
        flag, text = flags.of(name), texts[name]
        if flag.outcome == "false":
            stake = float(flag.money or 0) / efforts.of(text.effort)
            items.append(
                ((1, -stake), Item(0, name, text.remedy, text.effort, None, flag.money, "not_yet", flag.message))
            )
    ordered = [item for _, item in sorted(items, key=lambda each: each[0])]
    return tuple(
        Item(
            place, each.what, each.description, each.effort, each.saves, each.at_stake, each.state, each.why, each.lever
        )
        for place, each in enumerate(ordered, 1)
    )
