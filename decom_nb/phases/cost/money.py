"""Money, added up and divided to the last digit: no cent is lost, none is made. Amounts are Decimals with twelve places."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction
from typing import TypeVar

Key = TypeVar("Key")

PLACES = Decimal("1E-12")
"""The smallest amount there is: bills are kept as DECIMAL(38,12)."""

ZERO = Decimal(0)

_WITHOUT_CENTS = 1000
"""From here on, cents are noise to a reader."""

_EXACT = Context(prec=80)  # the default of 28 digits rounds sums of what a bill may hold


def total(amounts: Iterable[Decimal]) -> Decimal:
    """Add amounts up, exactly.

    >>> total([Decimal("99999999999999999999.000000000001"), Decimal("0.999999999999")])
    Decimal('100000000000000000000.000000000000')
    """
    added = ZERO
    for each in amounts:
        added = _EXACT.add(added, each)
    return added


def minus(first: Decimal, second: Decimal) -> Decimal:
    """Give the difference, exactly."""
    return _EXACT.subtract(first, second)


def divided(amount: Decimal, weights: Mapping[Key, Fraction]) -> dict[Key, Decimal]:
    """Divide an amount in proportion to weights (at least 0, not all 0); the parts add up to it exactly.

    What rounding leaves goes to the parts that it took most from, a smallest amount each.

    >>> divided(Decimal("0.10"), {"a": Fraction(1), "b": Fraction(1), "c": Fraction(1)})
    {'a': Decimal('0.033333333334'), 'b': Decimal('0.033333333333'), 'c': Decimal('0.033333333333')}
    """
    whole = sum(weights.values(), Fraction(0))
    if whole <= 0:
        raise ValueError("there is nothing to divide by: all weights are 0")
    units = int(_EXACT.divide(amount, PLACES).to_integral_exact(ROUND_HALF_EVEN))
    if _EXACT.multiply(Decimal(units), PLACES) != amount:
        raise ValueError(f"{amount} has more than twelve places")
    exact = {key: units * weight / whole for key, weight in weights.items()}
    floors = {key: share.__floor__() for key, share in exact.items()}
    left = units - sum(floors.values())
    taken = sorted(exact, key=lambda key: floors[key] - exact[key])  # stable: equal parts in the order given
    for key in taken[:left]:
        floors[key] += 1
    return {key: _EXACT.multiply(Decimal(part), PLACES) for key, part in floors.items()}


def written(amount: Decimal | float | None, currency: str) -> str:
    """Write an amount for people: with cents below a thousand, without above; never as nothing where it is something.

    >>> written(Decimal("1234.567"), "EUR"), written(Decimal("0.0004"), "USD"), written(None, "USD"), written(12.5, "USD")
    ('1,235 EUR', 'less than 0.01 USD', 'not known', '12.50 USD')
    """
    if amount is None:
        return "not known"
    value = Decimal(str(amount))
    if 0 < abs(value) < Decimal("0.005"):
        return f"{'less than 0.01' if value > 0 else 'more than -0.01'} {currency}"
    return f"{value:,.0f} {currency}" if abs(value) >= _WITHOUT_CENTS else f"{value:,.2f} {currency}"


def per_million(per_row: Decimal | float) -> str:
    """Write what a million rows cost.

    >>> per_million(0.0479), per_million(0.0000000123)
    ('47,900.00', '0.0123')
    """
    value = float(per_row) * 1_000_000
    return f"{value:,.2f}" if value >= 1 else f"{value:.3g}"


def chance(share: float) -> str:
    """Write how likely something is: nothing is certain, and nothing impossible.

    >>> chance(0.4), chance(1.0), chance(0.0)
    ('40 %', 'more than 99 %', 'less than 1 %')
    """
    if share > 0.99:
        return "more than 99 %"
    return "less than 1 %" if share < 0.01 else f"{100 * share:.0f} %"
