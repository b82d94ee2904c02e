"""The methodology's seven red flags, looked for in one place: rules, levers and the page all ask here, with the same settings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache, cached_property
from typing import Any

from decom_nb.phase import Phase
from decom_nb.phases.cost.dev_night import dev_is_off_at_night
from decom_nb.phases.cost.dominance import no_pipeline_dominates, unit_cost_is_stable
from decom_nb.phases.cost.flag import Flag, Looked
from decom_nb.phases.cost.full_scan import large_tables_are_pruned
from decom_nb.phases.cost.money import ZERO, total
from decom_nb.phases.cost.transfer import data_stays_in_region
from decom_nb.phases.cost.uncompressed import storage_is_compressed
from decom_nb.phases.cost.unread_table import tables_are_read
from decom_nb.rule import RuleText

FLAGS: Mapping[str, Callable[..., Flag]] = {
    look.__name__: look
    for look in (
        no_pipeline_dominates,
        unit_cost_is_stable,
        tables_are_read,
        dev_is_off_at_night,
        large_tables_are_pruned,
        storage_is_compressed,
        data_stays_in_region,
    )
}
"""In the order of the methodology."""

WASTE = (
    "tables_are_read",
    "dev_is_off_at_night",
    "large_tables_are_pruned",
    "storage_is_compressed",
    "data_stays_in_region",
)
"""Those whose money is spent for nothing. A pipeline that bears most of the bill may be worth it, a dearer row may be better."""

_ON_STORAGE = ("tables_are_read", "storage_is_compressed")
_ON_COMPUTE = ("dev_is_off_at_night", "large_tables_are_pruned")


@cache
def rule_texts() -> Mapping[str, RuleText]:
    """Give what phase.yaml says of the room's rules, read once."""
    return Phase(__package__).text.rules


@dataclass(frozen=True, eq=False)
class RedFlags:
    """The seven red flags, each looked for once."""

    looked: Looked
    _found: dict[str, Flag] = field(default_factory=dict, repr=False)

    def look(self, name: str, **settings: Any) -> Flag:
        """Look for one of them with the settings of its rule."""
        key = f"{name} {sorted(settings.items())!r}"
        if key not in self._found:
            self._found[key] = FLAGS[name](self.looked, **settings)
        return self._found[key]

    def of(self, name: str) -> Flag:
        """Look for one of them with the settings that phase.yaml has for its rule."""
        return self.look(name, **rule_texts()[name].settings)

    @cached_property
    def all(self) -> Mapping[str, Flag]:
        """All of them, by their rules' names."""
        return {name: self.of(name) for name in FLAGS}

    @cached_property
    def waste(self) -> tuple[Decimal, Decimal]:
        """What is spent for nothing in a month, at least and at most.

        Two flags on the same kind of spend may be about the same money: the larger of them is waste for certain, their sum is at
        most. What cannot be told may be as much as the spend in which it would hide.
        """
        flags = {name: self.of(name) for name in WASTE}
        certain = {name: max(flag.money or ZERO, ZERO) for name, flag in flags.items()}
        possible = {
            name: certain[name] + max(flag.at_most if flag.at_most is not None else self._hidden(flag), ZERO)
            for name, flag in flags.items()
        }
        low = total(_largest(group, certain) for group in _GROUPS)
        limits = (self.looked.category("storage"), self.looked.category("compute"), self.looked.category("egress"))
        high = total(
            [
                min(total(possible[name] for name in group), max(limit, _largest(group, certain)))
                for group, limit in zip(_GROUPS, limits, strict=True)
            ]
        )
        return low, max(low, high)

    def _hidden(self, flag: Flag) -> Decimal:
        """Give what an untold flag may hide where it does not say so itself: all of the spend."""
        return self.looked.whole if flag.outcome == "not_known" else ZERO


_GROUPS = (_ON_STORAGE, _ON_COMPUTE, ("data_stays_in_region",))


def _largest(group: tuple[str, ...], certain: Mapping[str, Decimal]) -> Decimal:
    return max(certain[name] for name in group)
