"""How much a run may take, how far it has got, and why it stopped. `run` takes and gives these."""

from __future__ import annotations

from decom_nb.check.limits import Limits, Progress

__all__ = ["Limits", "Progress"]
