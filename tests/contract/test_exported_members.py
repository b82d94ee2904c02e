"""What may be used of the package is listed, in order, and there."""

from __future__ import annotations

import decom_nb.contract as contract


def test_the_list_is_in_order_and_everything_on_it_is_there() -> None:
    # As ruff sorts: constants, then classes, then functions.
    listed = list(contract.__all__)
    assert listed == sorted(listed, key=lambda each: (not each.isupper(), not each[0].isupper(), each))
    for name in listed:
        found = getattr(contract, name)
        assert getattr(found, "__module__", "decom_nb.contract").startswith("decom_nb.contract"), name
        assert type(found).__name__ != "module", name
