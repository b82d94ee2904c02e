"""DDL as clients have it: dumps, placeholders, other engines' words, thousands of rows, and what cannot be read."""

from __future__ import annotations

from pathlib import Path

import pytest

from decom_nb.sql.ddl_reading import read_ddl
from decom_nb.sql.ddl_script import statements
from decom_nb.sql.table_definition import ForeignKeyDefinition


def test_a_dump_with_commands_of_psql_and_thousands_of_rows_is_read(shared_data: Path) -> None:
    read = read_ddl((shared_data / "9_naming" / "Chinook_PostgreSql.sql").read_text(encoding="utf-8"))
    tables = {each.name[-1]: each for each in read.tables}
    assert len(tables) == 11
    assert not read.unread
    assert read.skipped["INSERT"] >= 24
    assert tables["playlist_track"].primary_key == ("playlist_id", "track_id")
    assert tables["employee"].foreign_keys == (ForeignKeyDefinition(("reports_to",), ("employee",), ("employee_id",)),)
    assert tables["invoice"].column("total").type == "DECIMAL(10,2)"
    assert sum(len(each.foreign_keys) for each in read.tables) == 11


def test_a_schema_that_a_deployment_fills_in_is_left_out(shared_data: Path) -> None:
    read = read_ddl((shared_data / "9_naming" / "OMOPCDM_postgresql_5.4_ddl.sql").read_text(encoding="utf-8"))
    assert len(read.tables) == 39
    assert not read.unread
    assert {len(each.name) for each in read.tables} == {1}
    person = next(each for each in read.tables if each.name == ("person",))
    assert [each.name for each in person.columns if not each.nullable] == [
        "person_id", "gender_concept_id", "year_of_birth", "race_concept_id", "ethnicity_concept_id",
    ]  # fmt: skip


def test_mysql_is_recognised_and_read() -> None:
    read = read_ddl(
        "# a comment; with a semicolon\n"
        "CREATE TABLE `order lines` (`id` int(11) unsigned NOT NULL AUTO_INCREMENT COMMENT 'the line', paid tinyint(1),\n"
        "  `kind` enum('a','b;'), PRIMARY KEY (`id`), KEY `x` (`kind`), UNIQUE KEY `y` (`kind`,`paid`),\n"
        "  CONSTRAINT `f` FOREIGN KEY (`kind`) REFERENCES `kinds` (`code`)) ENGINE=InnoDB COMMENT='what was bought';\n"
        "INSERT INTO `order lines` VALUES ('it\\'s; fine');\n"
        "DELIMITER $$\nCREATE PROCEDURE p() BEGIN SELECT 1; END$$\nDELIMITER ;\n"
        "CREATE TABLE kinds (code varchar(3) PRIMARY KEY);"
    )
    assert read.dialect == "mysql"
    lines, kinds = read.tables
    assert (lines.primary_key, lines.unique, lines.description) == (("id",), (("kind", "paid"),), "what was bought")
    assert [(each.name, each.type, each.nullable) for each in lines.columns] == [
        ("id", "UINTEGER", False), ("paid", "BOOLEAN", True), ("kind", "ENUM('a','b;')", True),
    ]  # fmt: skip
    assert lines.columns[0].description == "the line"
    assert kinds.columns[0].nullable is False
    assert read.skipped == {"INSERT": 1}


def test_later_statements_change_what_earlier_ones_made() -> None:
    read = read_ddl(
        'CREATE TABLE shop."Orders" (id int, old text); ALTER TABLE ONLY shop."Orders" ADD CONSTRAINT p PRIMARY KEY (ID);'
        'ALTER TABLE shop."Orders" ADD COLUMN placed_at timestamptz; ALTER TABLE shop."Orders" DROP COLUMN old;'
        "CREATE UNIQUE INDEX u ON shop.\"Orders\" (placed_at); COMMENT ON COLUMN shop.\"Orders\".id IS 'it''s the id';"
        'CREATE UNIQUE INDEX some ON shop."Orders" (id) WHERE id > 3; CREATE TABLE gone (a int); DROP TABLE gone;'
    )
    (orders,) = read.tables
    assert orders.name == ("shop", "Orders")
    assert orders.primary_key == ("id",)
    assert orders.unique == (("placed_at",),)
    assert [(each.name, each.type) for each in orders.columns] == [
        ("id", "INTEGER"),
        ("placed_at", "TIMESTAMP WITH TIME ZONE"),
    ]
    assert orders.columns[0].description == "it's the id"


def test_data_after_copy_is_stepped_over() -> None:
    read = read_ddl("COPY a (b) FROM stdin;\nCREATE TABLE x (a int);\n\\.\nCREATE TABLE y (a int);")
    assert [each.name for each in read.tables] == [("y",)]


def test_what_cannot_be_read_is_told_with_its_line_and_the_rest_is_read() -> None:
    read = read_ddl(
        "CREATE TABLE a (b int);\nCREATE TABLE c AS SELECT 1;\nCREATE TABLE d (e int, , f intt ();\n"
        "ALTER TABLE nowhere ADD COLUMN x int;\nCREATE TABLE g (h int);"
    )
    assert [each.name for each in read.tables] == [("a",), ("g",)]
    assert sorted(each.line for each in read.unread) == [2, 3, 4]


@pytest.mark.parametrize(
    "text",
    ["", "'never closed", '"', "$$", "/* never closed", "\\", "CREATE TABLE", "(" * 5000, "CREATE TABLE a (" + "(" * 3000]
)  # fmt: skip
def test_text_that_is_no_sql_ends_well(text: str) -> None:
    assert read_ddl(text).tables == ()


def test_hostile_names_stay_what_they_are() -> None:
    read = read_ddl('CREATE TABLE "a;""b--" ("x\'; DROP" int PRIMARY KEY, "@s.y" text);')
    (table,) = read.tables
    assert table.name == ('a;"b--',)
    assert [each.name for each in table.columns] == ["x'; DROP", "@s.y"]


def test_statements_know_where_they_begin() -> None:
    found = statements("-- first\n\nSELECT 1;\n/* a;\nb */ SELECT 2\n;")
    assert [(each.line, each.text) for each in found] == [(3, "SELECT 1"), (5, "SELECT 2")]
