"""How long a run takes at Nordwind. The only thing in the run logs that is computed and not done.

The simulated shop has a fiftieth of the rows of the one it stands for, and loads them in milliseconds. The durations
are therefore those of this model: a start-up time, plus the rows the run really read and wrote, times fifty, at the
speed of the place they come from or go to, plus or minus six percent that depend on the run id alone.
"""

from __future__ import annotations

from dataclasses import dataclass

from nordwind_platform.loads import Counts
from nordwind_platform.season import Dice

ROWS_BEHIND_A_ROW = 50
SPREAD = 0.06


@dataclass(frozen=True)
class Speed:
    """Seconds to start, and rows per second in and out."""

    start: float
    read: float
    write: float


SPEEDS = {
    "load_erp_products": Speed(35, 90, 400),  # the ERP's interface answers slowly
    "load_shop_orders": Speed(40, 130, 900),
    "load_payments": Speed(25, 60, 900),  # the provider limits requests
    "load_web_events": Speed(20, 70, 1200),
    "load_ad_spend": Speed(15, 30, 400),
    "build_sales_marts": Speed(90, 3600, 2500),
}


def seconds(pipeline: str, run_id: str, counts: Counts) -> float:
    """Give the duration of a run to a tenth of a second."""
    speed = SPEEDS[pipeline]
    work = ROWS_BEHIND_A_ROW * (counts.extracted / speed.read + counts.loaded / speed.write)
    spread = 1 + SPREAD * (2 * Dice("duration", run_id).share() - 1)
    return round((speed.start + work) * spread, 1)
