"""How long a run takes."""

from nordwind_platform.clock import SPEEDS, seconds
from nordwind_platform.loads import Counts


def test_more_rows_take_longer():
    """Ten times the rows take longer, whatever the dice say."""
    few, many = Counts(extracted=100, loaded=100), Counts(extracted=1000, loaded=1000)
    assert all(seconds(name, "run", few) < seconds(name, "run", many) for name in SPEEDS)
