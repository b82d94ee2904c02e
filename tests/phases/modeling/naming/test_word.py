"""Names as words, in each case style, and back."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from decom_nb.phases.modeling.naming.pattern import Pattern
from decom_nb.phases.modeling.naming.word import joined, words

WORDS = st.lists(st.from_regex(r"[a-z]{2,8}", fullmatch=True), min_size=1, max_size=4)


@settings(max_examples=30)
@given(WORDS, st.sampled_from(["snake", "camel", "pascal"]))
def test_words_put_together_are_cut_apart_again(cut: list[str], style: str) -> None:
    assert [each.lower() for each in words(joined(cut, style))] == cut  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("pattern", "name", "parts"),
    [
        ("stg_[source]__[entity]", "stg_google_ads__ad_groups", {"source": "google_ads", "entity": "ad_groups"}),
        ("stg_[source]__[entity]", "stg_shop_orders", None),
        ("raw_[source]_[table]", "raw_shop_order_items", {"source": "shop", "table": "order_items"}),
        ("[event]_at", "created_at", {"event": "created"}),
        ("[event]_at", "created__at", None),
        ("int_[entity]_[verb]", "int_orders", None),
        ("is_[state]", "Is_Active", {"state": "active"}),
    ],
)
def test_a_pattern_says_what_the_parts_of_a_name_are(pattern: str, name: str, parts: dict[str, str] | None) -> None:
    assert Pattern(pattern).split(name) == parts


def test_a_pattern_holds_in_other_case_styles() -> None:
    assert Pattern("[event]_at").matches("createdAt", "camel")
    assert not Pattern("[event]_at").matches("createdat", "camel")
    assert Pattern("dim_[entity]").matches("DimCustomer", "pascal")
    assert (
        Pattern("stg_[source]__[entity]").filled({"source": ["shop"], "entity": ["orders"]}, "pascal")
        == "StgShopOrders"
    )


@pytest.mark.parametrize("text", ["plain", "[a][b]", "Is_[x]", "a-[x]"])
def test_a_pattern_that_cannot_be_read_is_told(text: str) -> None:
    assert Pattern(text).wrong()
