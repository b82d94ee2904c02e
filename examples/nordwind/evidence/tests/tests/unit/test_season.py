"""How busy a day is, and the dice it is drawn with."""

from datetime import date

import pytest
from nordwind_platform.season import Dice, busyness


@pytest.mark.parametrize("day", [date(2026, 10, 16), date(2026, 9, 11), date(2026, 8, 21)])
def test_a_campaign_makes_a_day_busier_than_the_week_before(day):
    """Campaigns are what the loads have to stand."""
    assert busyness(day) > 1.5 * busyness(date.fromordinal(day.toordinal() - 7))


def test_the_same_dice_fall_the_same_way():
    """What is drawn depends on the seed alone."""
    assert Dice("a", 1).share() == Dice("a", 1).share()
    assert Dice("a", 1).share() != Dice("a", 2).share()


def test_both_ends_of_a_number_are_drawn():
    """A number is drawn from both ends of its range."""
    dice = Dice("ends")
    assert {dice.number(1, 3) for _ in range(100)} == {1, 2, 3}
