from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from decom_nb.errors import InputError, Mistake
from decom_nb.yaml_text import file as yaml_file
from decom_nb.yaml_text.alignment import same
from decom_nb.yaml_text.file import key_path, parse, read_yaml, resolve

BOMB = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 40)
)


def refused(data: str | bytes) -> tuple[Mistake, ...]:
    with pytest.raises(InputError) as raised:
        parse(data if isinstance(data, bytes) else data.encode(), "f.yaml")
    return raised.value.mistakes


def test_values_are_those_of_yaml_1_2() -> None:
    text = "a: yes\nb: 012\nc: 0x1F\nd: 2026-03-31\ne: ~\nf:\ng: 1_000\nh: 1e3\ni: .5\nj: True\n"
    text += "k: '1'\nl: 12:30\nm: -0o7\n"
    assert parse(text.encode()).root.plain() == {
        "a": "yes",
        "b": 12,
        "c": 31,
        "d": "2026-03-31",
        "e": None,
        "f": None,
        "g": "1_000",
        "h": 1000.0,
        "i": 0.5,
        "j": True,
        "k": "1",
        "l": "12:30",
        "m": "-0o7",
    }


@pytest.mark.parametrize(
    ("text", "line", "what", "instead"),
    [
        ("a: b: c\n", 1, "a colon where none can be (column 5)", "quotes"),
        ("a: b\n  c: 1\n", 2, "a colon where none can be (column 4)", "quotes"),
        ("a:\n  - b c\n    d: e: f\n", 2, "no colon behind the key (column 6)", "`b: c`"),
        ("a:\n  - name sales\n    n: 5\n", 2, "no colon behind the key (column 9)", "`name: sales`"),
        ("a:\n  - name: x\n  - name sales 2\n\n    n: 5\n", 3, "no colon behind the key", "`name: sales 2`"),
        ("a:\n  - name:sales\n    n: 5\n", 2, "no space behind the colon (column 9)", "`name: sales`"),
        ("a:\n  - name\n    n: 5\n", 2, "no colon behind the key", "`name: …`"),
        ("a:\n  - - name b\n      n:\n", 2, "no colon behind the key", "`name: b`"),
        ("a:\n\t- b\n", 2, "a tab", "spaces"),
        ("a:\tb\n", 1, "a tab", "spaces"),
        ("a: @x\n", 1, "must not begin with @", "quotes"),
        ("a: `x`\n", 1, "must not begin with `", "quotes"),
        ("a: %x\n", 1, "must not begin with %", "quotes"),
        ("a: 1\nb: 'x\nc: 1\n", 2, "the quote that opens here is never closed (column 4)", "close"),
        ('a: "x\\', 1, "never closed", "close"),
        ("a:\n  - b\n c: 1\n", 3, "does not line up", "indentation"),
        ("a:\n    b: 1\n   c: 2\n", 3, "does not line up", "indentation"),
        ("a: [1, 2\nb: 3\n", 1, "bracket", "close"),
        ("a: {b: 1\n", 1, "bracket", "close"),
        ("a: [\n", 2, "the file ends before a bracket is closed", "close"),
        ("a: ]\n", 1, "closing ]", "remove"),
        ("a: [b]]\n", 1, "closing ]", "remove"),
        ("a: 'x' y\n", 1, "behind the end of the value", "quotes"),
        ("a: 1\nb 2\nc: 3\n", 2, "no colon", "key: value"),
        ("a: - b\n", 1, "a list cannot begin", "own line"),
        ("a:\n  - b\n  c: 1\n", 3, "a list item is expected", "dash"),
        ('a: "\\q"\n', 1, "\\q means nothing", "single quotes"),
        ('a: "\\x1"\n', 1, "escape is incomplete", "backslash"),
        ('a: "\\Uffffffff"\n', 0, "stands for no character", "\\U"),
        ("a: |x\n", 1, "over several lines", "indent"),
        ("a: &\n", 1, "must not begin with & or *", "quotes"),
        ("a: *q\n", 1, "*q refers to &q, which is not above", "quotes"),
        ("a: !<x y\n", 1, "must not begin with !", "quotes"),
        ("%FOO\na: 1\n", 2, "in front of the first key", "remove"),
        ("a: 1\n---\nb: 2\n", 2, "a second document", "one document per file"),
        ("a: 1\n... \n---\n", 3, "a second document", "one document per file"),
        ("a:1\n", 1, "lines `key: value`", "space behind the colon"),
        ("hello\n", 1, "lines `key: value`", "key"),
        ("- a\n", 1, "lines `key: value`", "key"),
        ("", 0, "is empty", "first line"),
        ("# only a comment\n", 0, "is empty", "first line"),
        ("---\n", 0, "is empty", "first line"),
        ("a: x\x01y\n", 1, "U+0001", "escape"),
        ("a: 1\nb: \x00\n", 2, "U+0000", "escape"),
        ("? a\n: b\n", 1, "? key", "key: value"),
        ("[a]: b\n", 1, "a key must be a word", "key: value"),
        ("{a: b}: c\n", 1, "a key must be a word", "key: value"),
        ("a: &x b\n*x : c\n", 2, "a key must be a word", "key: value"),
        ("a: &x {b: 1}\nc:\n  <<: *x\n", 3, "merge keys", "write the keys out"),
        (
            "a: !!python/object/apply:os.system [ls]\n",
            1,
            "!!python/object/apply:os.system is refused",
            "remove the tag",
        ),
        ("a: !!str 3\n", 1, "!!str is refused", "remove the tag"),
        ("a: !secret x\n", 1, "!secret is refused", "remove the tag"),
        ("a: &x [*x]\n", 1, "contains itself", "write the value out"),
        (BOMB, 6, "more than 100,000 values, with its aliases", "keep what is needed"),
        ("a: " + "[" * 60 + "]" * 60, 1, "more than 50 levels", "flatten"),
        ("a: " + "[" * 100_000, 1, "more than 50 levels", "flatten"),
        ("".join(" " * n + "a:\n" for n in range(3000)), 51, "more than 50 levels", "flatten"),
        ("a: &a [" + "[" * 30 + "]" * 30 + "]\nb: " + "[" * 30 + "*a" + "]" * 30, 2, "more than 50 levels", "flatten"),
        ("? " * 10_000, 1, "a key must be a word", "key: value"),
    ],
)
def test_what_is_not_a_plain_document_is_refused_with_its_place_and_a_way_out(
    text: str, line: int, what: str, instead: str
) -> None:
    mistake = refused(text)[0]
    assert (mistake.file, mistake.line) == ("f.yaml", line)
    assert what in mistake.what
    assert instead in mistake.instead
    assert "\n" not in str(mistake)


def test_all_that_the_parser_can_pass_over_is_told_at_once() -> None:
    found = refused("a: 1\nb: !x 2\na: 3\nc:\n  d: 1\n  d: 2\n")
    assert [(mistake.line, mistake.key) for mistake in found] == [(2, "b"), (3, "a"), (6, "c.d")]
    assert found[1].what == "stands here a second time, first in line 1"


def test_a_reader_may_go_on_with_the_first_of_keys_that_stand_there_twice() -> None:
    source = parse(b"a: 1\na: {b: 2}\nc:\n  d: 1\n  d: [2]\ne: 3\n", "f.yaml", pass_repeated=True)
    assert source.root.plain() == {"a": 1, "c": {"d": 1}, "e": 3}
    assert [(mistake.line, mistake.key) for mistake in source.repeated] == [(2, "a"), (5, "c.d")]
    with pytest.raises(InputError) as raised:
        parse(b"a: 1\na: 2\nb: !x 3\n", "f.yaml", pass_repeated=True)
    assert [mistake.line for mistake in raised.value.mistakes] == [2, 3]


def test_files_that_are_no_text_are_refused() -> None:
    assert "not UTF-8" in refused(b"a: \xff\xfe\n")[0].what
    assert refused(b"a: 1\nb: \xe4\n")[0].line == 2
    assert "UTF-16" in refused("a: 1\n".encode("utf-16"))[0].what


def test_more_values_than_anybody_writes_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(yaml_file, "MAX_VALUES", 50)
    assert "more than 50 values" in refused("".join(f"a{n}: {n}\n" for n in range(60)))[0].what


def test_large_files_are_refused_before_they_are_read(tmp_path: Path) -> None:
    large = tmp_path / "large.yaml"
    with large.open("wb") as opened:
        opened.truncate(100_000_000)
    with pytest.raises(InputError, match=r"is 100\.0 MB large, and 2 MB is the limit"):
        read_yaml(large)


@pytest.mark.parametrize(
    ("name", "what"), [("none.yaml", "does not exist"), (".", "is a folder"), ("a\0b", "cannot be read")]
)
def test_what_is_no_file_is_refused(tmp_path: Path, name: str, what: str) -> None:
    with pytest.raises(InputError, match=what):
        read_yaml(tmp_path / name)


def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.yaml")
    with pytest.raises(InputError, match="is not a file"):
        read_yaml(tmp_path / "pipe.yaml")


def test_byte_order_mark_and_line_ends_are_kept_apart_from_the_text(tmp_path: Path) -> None:
    data = b"\xef\xbb\xbfa: 1\r\nb:\r\n  - x\r\n"
    (tmp_path / "f.yaml").write_bytes(data)
    read = read_yaml(tmp_path / "f.yaml")
    assert read.root.plain() == {"a": 1, "b": ["x"]}
    assert read.text == "a: 1\nb:\n  - x\n"
    assert read.encode(read.text) == data


def test_aliases_of_people_who_know_them_are_read() -> None:
    source = parse(b"a: &x\n  k: [1, 2]\nb: *x\nc: [*x, *x]\n")
    assert source.root.plain() == {"a": {"k": [1, 2]}, "b": {"k": [1, 2]}, "c": [{"k": [1, 2]}] * 2}
    assert source.line(("b", "k", 1)) == 2


def test_lines_are_known_for_values_and_for_what_is_missing() -> None:
    source = parse(b"# head\na:\n  # why\n  b: 1\n  c:\n    - x\n    -\n    # nothing\n\n    -\n    - y\nd:\n")
    lines = {
        path: source.line(path)
        for path in [("a",), ("a", "b"), ("a", "c", 0), ("a", "c", 1), ("a", "c", 2), ("a", "c", 3), ("d",)]
    }
    assert list(lines.values()) == [2, 4, 6, 7, 10, 11, 12]
    assert source.line(("a", "nothing", 3)) == 2
    assert source.line(("nothing",)) == 2


def test_key_paths_read_as_people_write_them() -> None:
    assert key_path(()) == ""
    assert key_path(("a-b", 0, 1, "c")) == "a-b[0][1].c"
    assert key_path(("a b",)) == '["a b"]'
    assert key_path(("x\u202ey",)) == '["x⟨U+202E⟩y"]'


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("+12", 12),
        ("0o17", 15),
        ("-.inf", float("-inf")),
        ("1.", 1.0),
        ("1e400", float("inf")),
        ("0b1", "0b1"),
        ("1.2.3", "1.2.3"),
    ],
)
def test_scalars_resolve(text: str, value: Any) -> None:
    assert resolve(text) == value


def test_a_number_too_long_for_python_is_text() -> None:
    assert resolve("9" * 5000) == "9" * 5000


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8).filter(lambda text: resolve(text) == text)
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXT,
    lambda below: (
        st.lists(below, max_size=3) | st.dictionaries(st.text("abc", min_size=1, max_size=9), below, max_size=3)
    ),
    max_leaves=8,
)


@pytest.mark.slow
@given(st.dictionaries(st.text("abc", min_size=1, max_size=9), PLAIN, min_size=1), st.sampled_from([True, False, None]))
def test_what_another_program_wrote_is_read_as_it_meant_it(data: dict[str, Any], flow: bool | None) -> None:
    assert same(parse(yaml.safe_dump(data, default_flow_style=flow).encode()).root.plain(), data)


@given(
    st.text(max_size=60)
    | st.lists(st.sampled_from([*"a:-#?&*!|>'\"%@`{}[],\n \t\\", "key: ", "- ", "\n  "]), max_size=25).map("".join)
)
def test_no_text_makes_it_fail_in_any_other_way(text: str) -> None:
    assert all(mistake.what and mistake.instead for mistake in mistakes_in(text.encode("utf-8", "replace")))


@given(st.binary(max_size=60))
def test_no_bytes_make_it_fail_in_any_other_way(data: bytes) -> None:
    assert all(mistake.what and mistake.instead for mistake in mistakes_in(data))


def mistakes_in(data: bytes) -> tuple[Mistake, ...]:
    try:
        parse(data)
    except InputError as error:
        return error.mistakes
    return ()
