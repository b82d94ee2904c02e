"""Money adds up and divides without losing a digit."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from decom_nb.phases.cost.money import divided, total

AMOUNTS = st.integers(-(10**24), 10**24).map(lambda units: Decimal(units).scaleb(-12))
WEIGHTS = st.dictionaries(
    st.sampled_from("abcdefgh"), st.fractions(0, 10**9, max_denominator=10**6), min_size=1, max_size=8
).filter(lambda weights: sum(weights.values()) > 0)


@pytest.mark.slow
@given(AMOUNTS, WEIGHTS)
def test_parts_add_up_and_none_is_off_by_more_than_a_smallest_amount(
    amount: Decimal, weights: dict[str, Fraction]
) -> None:
    parts = divided(amount, weights)
    assert total(parts.values()) == amount
    whole = sum(weights.values())
    for key, part in parts.items():
        assert abs(Fraction(part) - Fraction(amount) * weights[key] / whole) <= Fraction(1, 10**12)


def test_a_sum_is_not_rounded_to_28_digits() -> None:
    large = [Decimal("12345678901234567890123456.123456789012")] * 3
    assert total(large) == Decimal("37037036703703703670370368.370370367036")


def test_nothing_to_divide_by_is_refused() -> None:
    with pytest.raises(ValueError, match="all weights are 0"):
        divided(Decimal(1), {"a": Fraction(0)})
