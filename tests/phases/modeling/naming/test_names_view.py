"""Names as a page: what is in force, what is proposed, what is not told; a client's names stay text."""

from __future__ import annotations

import re

from decom_nb.phases.modeling.naming.lint import lint
from decom_nb.phases.modeling.naming.named import NamedColumn, NamedTable
from decom_nb.phases.modeling.naming.naming_document import Naming
from decom_nb.phases.modeling.naming.naming_measure import summary
from decom_nb.phases.modeling.views import names

EVIL = "<script>alert(1)</script>"


def test_the_page_shows_the_conventions_in_force_and_what_is_proposed() -> None:
    naming = Naming.model_validate(
        {
            "conventions": [{"object": "boolean_columns", "patterns": ["is_[state]", "can_[action]"]}],
            "exceptions": [{"name": "*.old", "because": EVIL}],
        }
    )
    columns = (NamedColumn("paid", "BOOLEAN", "boolean", 7), NamedColumn("old", "DATE", "date"), NamedColumn("x"))
    page = names(summary(lint([NamedTable(EVIL, columns, file="shop.sql", line=3)], naming)))._repr_html_()
    assert "1 of 2 names" in page
    for text in ("can_[action]", "is_paid", "shop.sql:7", "Accepted as they are: 1", "Of 1 columns no type is told"):
        assert text in page
    assert EVIL not in page
    assert page.count('class="decom-path"') == 2  # names and places, which may be longer than their column


def test_that_all_follow_has_a_column_of_its_own() -> None:
    page = names(summary(lint([NamedTable("a", (NamedColumn("is_paid", "BOOLEAN", "boolean"),))])))._repr_html_()
    assert re.search(r'<td data-label="Verdict"><span[^>]*>all follow', page)
    assert "all follow" not in page.partition("</th>")[0]


def test_without_names_the_page_says_what_to_do() -> None:
    assert "manifest.json" in names(None)._repr_html_()
    assert (
        "No convention is about"
        in names(summary(lint([NamedTable("a", (NamedColumn("x", "VARCHAR", "text"),))])))._repr_html_()
    )
