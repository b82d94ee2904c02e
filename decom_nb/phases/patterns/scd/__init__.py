"""Dimensions that keep their history: from a specification to the load of one engine, types 1, 2, 3, 4 and 6."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from decom_nb.phases.patterns.scd.generator import left_out, script, setup
    from decom_nb.phases.patterns.scd.specification import ScdSpecification

__all__ = ["ScdSpecification", "left_out", "script", "setup"]


def __getattr__(called: str) -> Any:  # so that the verbs' help imports nothing of it
    if called not in __all__:
        raise AttributeError(called)
    from decom_nb.phases.patterns.scd import generator

    return getattr(generator, called)
