"""The methodology's eight ways to save, applied to what they can touch here: one after the other, as ranges, never added twice.

What a lever touches is measured: by red flags, the bill, the query log and the listing of objects. What it saves of that is the
methodology's rule of thumb, or what a document says. Ranges are uniform: the methodology gives their ends, and nothing between.

Each draw applies all levers in order. A lever finds what those before it left of the spend; how far its part and theirs are the
same money is not known, so that each draw takes a place between wholly the same and wholly apart. So no order and no draw saves
more than is spent, and the sum of the parts is the whole.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal

from decom_nb.finding import Effort
from decom_nb.phases.cost.documents import Answer, CostLevers
from decom_nb.phases.cost.lever_base import Base, bases
from decom_nb.phases.cost.lever_table import LeverText, lever_table
from decom_nb.phases.cost.money import ZERO

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from decom_nb.phases.cost.red_flag import RedFlags

Standing = Literal["applies", "not_applicable", "not_known", "done", "refused"]
PARTS = ("compute", "storage")
"""The kinds of spend that levers act on."""
_CENT = 0.005
QUANTILES = (0.05, 0.5, 0.95)


@dataclass(frozen=True, slots=True)
class Pulled:
    """One lever here: where it stands, what it touches in a month, and what it saves of that: low, middle, high.

    `saves` is what it saves after those before it, `alone` the middle of what it would save as the only one. `left` is what
    those before it, `after`, leave of what it touches: low and high, nothing where they leave it whole.
    """

    text: LeverText
    standing: Standing
    state: Answer
    why: str
    touches: Decimal
    percent: tuple[float, float]
    measured: bool
    effort: Effort
    saves: tuple[float, float, float] | None
    alone: float | None
    left: tuple[float, float] | None = None
    after: tuple[str, ...] = ()

    @property
    def applies(self) -> bool:
        """Whether it saves anything here."""
        return self.standing == "applies"

    def left_said(self, write: Callable[[float], str]) -> str:
        """Say what is left for it after those before; empty where they leave it whole. `write` writes an amount.

        So a reader can follow why it saves less than its range of what it touches.
        """
        if self.left is None:
            return ""
        low, high = (write(each) for each in self.left)
        return f"of the {low} to {high} left after: {'; '.join(self.after)}"


@dataclass(frozen=True, slots=True)
class Savings:
    """All levers, in the order in which they are applied, and what they save together: low, middle, high."""

    currency: str
    month: str
    spend: Decimal
    levers: tuple[Pulled, ...]
    total: tuple[float, float, float]


@dataclass(frozen=True)
class Touched:
    """A lever as arithmetic needs it: what it touches of each kind of spend, and its range as shares.

    `of_whole` is for the lever whose range is of the whole spend: what it touches is then the most that it saves.
    """

    name: str
    compute: float
    storage: float
    low: float
    high: float
    of_whole: bool = False


def savings(flags: RedFlags, document: CostLevers | None, draws: int | None = None) -> Savings:
    """Apply the levers to the month that red flags look at."""
    looked, table = flags.looked, lever_table()
    spend = {name: max(looked.category(name), ZERO) for name in PARTS}
    found = [_standing(text, base, document, spend) for text, base in bases(flags).items()]
    touched = [
        Touched(
            each.text.lever,
            float(base.compute),
            float(base.storage),
            each.percent[0] / 100,
            each.percent[1] / 100,
            each.text.of == "all",
        )
        for each, base in found
        if each.applies
    ]
    amounts = {name: float(amount) for name, amount in spend.items()}
    drawn = simulated(
        touched, amounts, float(max(looked.whole, ZERO)), draws or int(table.draws.value), int(table.seed.value)
    )
    before: list[tuple[Pulled, Base]] = []
    levers = []
    for each, base in found:
        levers.append(_with_savings(each, base, before, drawn))
        before += [(each, base)] if each.applies else []
    pulled = tuple(levers)
    return Savings(
        currency=looked.currency,
        month=looked.month.month if looked.month else "",
        spend=looked.whole,
        levers=pulled,
        total=drawn.quantiles(drawn.total),
    )


def _standing(
    text: LeverText, base: Base, document: CostLevers | None, spend: dict[str, Decimal]
) -> tuple[Pulled, Base]:
    """Say whether a lever applies, by what was measured and by what people say."""
    said = document.of(text.lever) if document else None
    percent = text.saves_percent
    if said and said.saves_low_percent is not None and said.saves_high_percent is not None:
        percent = (said.saves_low_percent, said.saves_high_percent)
    base = replace(base, compute=min(base.compute, spend["compute"]), storage=min(base.storage, spend["storage"]))
    base = _by_word(base, said.touches_percent, text, spend) if said and said.touches_percent is not None else base
    standing: Standing
    if said and said.state in ("done", "refused"):
        standing, why = (
            ("done" if said.state == "done" else "refused"),
            said.because or f"By documents/cost_levers.yaml: {said.state}.",
        )
    elif said and said.applies is False:
        standing, why = "not_applicable", said.because or "By documents/cost_levers.yaml it does not apply."
    elif not base.known:
        standing, why = "not_known", base.why
    elif base.total <= 0:
        standing, why = "not_applicable", base.why
    else:
        standing, why = "applies", base.why
    pulled = Pulled(
        text=text,
        standing=standing,
        state=said.state if said else "not_yet",
        why=why,
        touches=base.total,
        percent=percent,
        measured=base.measured,
        effort=said.effort if said and said.effort else text.effort,
        saves=None,
        alone=None,
    )
    return pulled, base


def _by_word(base: Base, touches_percent: float, text: LeverText, spend: dict[str, Decimal]) -> Base:
    """Give what a lever touches as a document says it, where no evidence tells or people know better."""
    share = Decimal(str(touches_percent)) / 100
    compute = spend["compute"] * share if text.of in ("all", "compute") else ZERO
    storage = spend["storage"] * share if text.of in ("all", "storage") else ZERO
    why = (
        f"By documents/cost_levers.yaml it touches {touches_percent:g} % of {text.of if text.of != 'all' else 'spend'}."
    )
    return Base(compute, storage, why, known=True, measured=False)


def _with_savings(each: Pulled, base: Base, before: Sequence[tuple[Pulled, Base]], drawn: Drawn) -> Pulled:
    if not each.applies:
        return each
    low, _, high = drawn.quantiles(drawn.left[each.text.lever])
    taken = float(each.touches) - low > _CENT
    after = [
        earlier.text.title.partition(" (")[0]
        for earlier, others in before
        if (base.compute > 0 and others.compute > 0) or (base.storage > 0 and others.storage > 0)
    ]
    return replace(
        each,
        saves=drawn.quantiles(drawn.saved[each.text.lever]),
        alone=drawn.quantiles(drawn.alone[each.text.lever])[1],
        left=(low, high) if taken and after else None,
        after=tuple(after) if taken else (),
    )


@dataclass(frozen=True)
class Drawn:
    """Draws of what each lever saves in order, of what each saves alone, of what is left of its spend, and of their sum."""

    saved: dict[str, NDArray[np.float64]] = field(repr=False)
    alone: dict[str, NDArray[np.float64]] = field(repr=False)
    left: dict[str, NDArray[np.float64]] = field(repr=False)
    total: NDArray[np.float64] = field(repr=False)

    @staticmethod
    def quantiles(draws: NDArray[np.float64]) -> tuple[float, float, float]:
        """Give low, middle and high."""
        import numpy as np

        low, middle, high = np.quantile(draws, QUANTILES)
        return float(low), float(middle), float(high)


def simulated(levers: Sequence[Touched], spend: dict[str, float], whole: float, draws: int, seed: int) -> Drawn:
    """Draw what the levers save in their order; amounts are of one month and at least 0."""
    import numpy as np

    random = np.random.default_rng(seed)
    spend = {part: max(spend.get(part, 0.0), 0.0) for part in PARTS}
    left = {part: np.full(draws, spend[part]) for part in PARTS}
    gone: Any = np.zeros(draws)
    saved: dict[str, Any] = {}
    alone: dict[str, Any] = {}
    there_was: dict[str, Any] = {}
    for lever in levers:
        share = random.uniform(lever.low, lever.high, draws)
        apart = random.uniform(0.0, 1.0, draws)
        touched = {part: min(max(getattr(lever, part), 0.0), spend[part]) for part in PARTS}
        within = {part: _within(touched[part], left[part], spend[part], apart) for part in PARTS}
        saved[lever.name] = np.zeros(draws)
        there = sum(within.values())
        there_was[lever.name] = there
        if lever.of_whole:
            wanted = np.minimum(share * np.maximum(whole - gone, 0.0), there)
            ratio = np.divide(wanted, there, out=np.zeros(draws), where=there > 0)
            alone[lever.name] = np.minimum(share * whole, sum(touched.values()))
        else:
            ratio = share
            alone[lever.name] = share * sum(touched.values())
        for part in PARTS:
            taken = ratio * within[part]
            left[part] = left[part] - taken
            saved[lever.name] += taken
        gone = gone + saved[lever.name]
    return Drawn(saved, alone, there_was, gone)


def _within(touched: float, left: Any, spend: float, apart: Any) -> Any:
    """Give what is left of the part that a lever touches, when others have taken from the same kind of spend before.

    Either they took from this very part (then that much less is left of it), or from the rest (then all of it is there, as
    far as so much is left at all); the draw lies between.
    """
    import numpy as np

    same = np.maximum(touched - (spend - left), 0.0)
    other = np.minimum(touched, left)
    return same + apart * (other - same)
