"""Diagrams in text follow the grammars of Mermaid and DBML, whatever names hold; the picture says what it shows."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from decom_nb.phases.modeling.dimensional_model import DimensionalModel
from decom_nb.phases.modeling.made.erd import dbml, mermaid
from decom_nb.phases.modeling.made.star import said, star, star_rows
from decom_nb.phases.modeling.made.tables import tables
from decom_nb.sql.table_definition import ColumnDefinition, ForeignKeyDefinition, TableDefinition
from tests.hostile_words import PARTS
from tests.phases.modeling.made_model import whole

ODD = TableDefinition(
    ("a.b", 'or"der %s\\'),
    (
        ColumnDefinition("pk", "BIGINT"),
        ColumnDefinition("1st value", "DECIMAL(18,2)", description='said "so"\n} erDiagram'),
        ColumnDefinition("Größe", "STRUCT(a INTEGER, b VARCHAR)", description="it's a \\ 'note'"),
        ColumnDefinition("tags", "VARCHAR[]"),
    ),
    ("pk", "Größe"),
    foreign_keys=(ForeignKeyDefinition(("pk", "Größe"), ("a.b", 'or"der %s\\'), ("pk", "Größe")),),
)
# After mermaid's lexer for erDiagram: quoted entity names, words of attributes, kinds of keys, comments, relationships.
ENTITY = r'"[^"%\\\r\n]+"'
WORD = r"[A-Za-z_\u00C0-\uFFFF][A-Za-z0-9_\u00C0-\uFFFF-]*"
KIND = "(PK|FK|UK)"
LINES = re.compile(
    rf'erDiagram|  accTitle: [^"\n]+|  {ENTITY} \{{|  \}}'
    rf'|    {WORD} (?!(?i:pk|fk|uk)\b){WORD}( {KIND}(, {KIND})*)?( "[^"\n]*")?'
    rf'|  {ENTITY} \}}o--(\|\||o\|) {ENTITY} : "[^"\n]*"'
)


@pytest.mark.parametrize("given", [tables(whole()).tables, (ODD,)], ids=["model", "odd names"])
def test_mermaid_follows_its_grammar(given: tuple[TableDefinition, ...]) -> None:
    text = mermaid(given, 'Tables of "x"')
    assert [line for line in text.splitlines() if not LINES.fullmatch(line)] == []
    assert text.count(" {\n") == text.count("  }\n") == len(given)
    assert text.count("}o--") == sum(len(each.foreign_keys) for each in given)
    assert text.count("\n    ") == sum(len(each.columns) for each in given)


# After the syntax documentation of DBML.
NAME = r'"[^"\\\n]+"'
PATH = rf"{NAME}(\.{NAME})?"
TEXT = r"'([^'\\\n]|\\.)*'"
SETTING = rf"(pk|increment|not null|unique|note: {TEXT})"
DBML = re.compile(
    rf"Table {PATH} \{{|\}}||  indexes \{{|    \({NAME}(, {NAME})*\) \[(pk|unique)\]|  \}}|  Note: {TEXT}"
    rf"|  {NAME} (\w+(\(\d+(, ?\d+)?\))?(\[\])?|{NAME})( \[{SETTING}(, {SETTING})*\])?"
    rf"|Ref: {PATH}\.({NAME}|\({NAME}(, {NAME})*\)) > {PATH}\.({NAME}|\({NAME}(, {NAME})*\))"
)


@pytest.mark.parametrize("given", [tables(whole()).tables, (ODD,)], ids=["model", "odd names"])
def test_dbml_follows_its_grammar(given: tuple[TableDefinition, ...]) -> None:
    text = dbml(given)
    assert [line for line in text.splitlines() if not DBML.fullmatch(line)] == []
    assert text.count("Table ") == len(given)
    assert text.count("Ref: ") == sum(len(each.foreign_keys) for each in given)


def test_dbml_is_read_back_where_its_parser_is_installed() -> None:
    pydbml = pytest.importorskip(
        "pydbml", reason="PyDBML is not installed, so only our reading of the grammar was held"
    )
    made = tables(whole())
    parsed = pydbml.PyDBML(dbml(made.tables))
    assert {each.name for each in parsed.tables} == {each.name[-1] for each in made.tables}
    assert len(parsed.refs) == sum(len(each.foreign_keys) for each in made.tables)


def test_the_picture_says_which_dimensions_are_shared() -> None:
    rows = star_rows(whole())
    assert said(rows) == "2 fact tables and 4 dimensions; shared: dim_customers and dim_date"
    tree = ElementTree.fromstring(str(star(rows)))
    assert tree.get("aria-label") == said(rows)
    lines = [each for each in tree.iter() if each.get("class", "").startswith("decom-star-line")]
    assert len(lines) == 6  # a role played twice is one line
    assert "order_date_key (ordered) and ship_date_key (shipped)" in str(star(rows))


@pytest.mark.parametrize("word", PARTS)
def test_names_stay_text(word: str) -> None:
    model = DimensionalModel.model_validate(
        {
            "fact_tables": [
                {"name": word, "grain": word, "foreign_keys": [{"column": word, "dimension": word, "role": word}]}
            ],
            "dimensions": [{"name": word, "attributes": [{"name": word}]}],
        }
    )
    assert "<script" not in str(star(star_rows(model)))
    made = tables(model).tables
    assert [line for line in mermaid(made).splitlines() if not LINES.fullmatch(line)] == []


def test_a_model_without_keys_has_a_picture() -> None:
    assert "dim" in str(star(star_rows(DimensionalModel.model_validate({"dimensions": [{"name": "dim"}]}))))
    assert str(star([])).startswith("<svg")
