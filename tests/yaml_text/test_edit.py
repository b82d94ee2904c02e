from __future__ import annotations

import copy
import difflib
import random
import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from decom_nb.errors import InputError
from decom_nb.yaml_text.alignment import same
from decom_nb.yaml_text.edit import inline, render, rewrite
from decom_nb.yaml_text.file import parse

FILE = """\
# the head of the file
document: brief
version: 1

project_name: ""                 # what it is called
context: |  # why
  old
  text

consumers:                       # one item each
  # - team: ""
  #   use: x

# --- people ---
people:
  # about ann
  - name: ann   # A
    age: 3      # years
    # deeper about ann

  # about bob
  - name: bob   # B
    tags: [a, 'b']   # t
  - name: cy

sources: []   # all of them
empty:        # nothing
several: [
  one,  # 1
  # about two
  two,
]
weights:
  a: {x: 1, y: 2}
  b: {x: 1}
# the end
"""


def changed(change: Callable[[Any], Any], text: str = FILE) -> list[str]:
    """Give the lines that a change of the data takes away and adds."""
    source = parse(text.encode())
    target = copy.deepcopy(source.root.plain())
    change(target)
    result = rewrite(source, target)
    assert same(result.root.plain(), target)
    lines = difflib.unified_diff(text.splitlines(), result.text.splitlines(), n=0, lineterm="")
    return [f"{line[0]} {line[1:]}" for line in list(lines)[2:] if line[0] in "+-"]


def test_nothing_changed_is_the_same_text_to_the_last_blank() -> None:
    source = parse(FILE.encode())
    assert rewrite(source, source.root.plain()).text == FILE


def test_a_value_changes_within_its_line_and_the_comment_stays_in_its_column() -> None:
    assert changed(lambda data: data.update(project_name='Acme: "x"')) == [
        '- project_name: ""                 # what it is called',
        '+ project_name: "Acme: \\"x\\""      # what it is called',
    ]


def test_a_text_of_several_lines_keeps_the_comment_in_its_header() -> None:
    assert changed(lambda data: data.update(context="new\n\nlines\n")) == [
        "-   old",
        "-   text",
        "+   new",
        "+ ",
        "+   lines",
    ]
    assert changed(lambda data: data.update(context="")) == [
        "- context: |  # why",
        "-   old",
        "-   text",
        '+ context: "" # why',
    ]


def test_an_empty_answer_becomes_a_list_above_the_example_that_stands_below_it() -> None:
    assert changed(lambda data: data.update(consumers=[{"team": "fin", "use": None}])) == [
        "+   - team: fin",
        "+     use:",
    ]


def test_empty_brackets_are_filled() -> None:
    assert changed(lambda data: data.update(sources=["a", "b c"])) == [
        "- sources: []   # all of them",
        "+ sources: [a, b c]  # all of them",
    ]


def test_an_empty_key_becomes_a_group() -> None:
    assert changed(lambda data: data.update(empty={"k": [1, 2], "t": "x\ny"})) == [
        "+   k: [1, 2]",
        "+   t: |-",
        "+     x",
        "+     y",
    ]


def test_items_take_their_comments_along() -> None:
    def turned(data: Any) -> None:
        data["people"] = [data["people"][1], {"name": "dan"}, data["people"][0], data["people"][2]]

    source = parse(FILE.encode())
    target = source.root.plain()
    turned(target)
    text = rewrite(source, target).text
    people = text[text.index("people:\n") : text.index("sources")]
    assert people == (
        "people:\n  # about bob\n  - name: bob   # B\n    tags: [a, 'b']   # t\n  - name: dan\n"
        "  # about ann\n  - name: ann   # A\n    age: 3      # years\n    # deeper about ann\n\n  - name: cy\n\n"
    )


def test_an_item_goes_with_its_comments_and_no_others() -> None:
    assert changed(lambda data: data["people"].pop(0)) == [
        "-   # about ann",
        "-   - name: ann   # A",
        "-     age: 3      # years",
        "-     # deeper about ann",
        "- ",
    ]


def test_a_new_item_stands_before_the_blank_line_and_the_comment_of_the_next() -> None:
    assert changed(lambda data: data["people"].insert(1, {"name": "dan"})) == ["+   - name: dan"]


def test_new_keys_and_items_within_items() -> None:
    def change(data: Any) -> None:
        data["people"][0]["age"] = 33
        data["people"][0]["member"] = True
        data["people"][1]["tags"].append("c, d")

    assert changed(change) == [
        "-     age: 3      # years",
        "+     age: 33     # years",
        "+     member: true",
        "-     tags: [a, 'b']   # t",
        "+     tags: [a, 'b', \"c, d\"]  # t",
    ]


def test_brackets_over_several_lines_keep_the_comments_of_what_stays() -> None:
    assert changed(lambda data: data.update(several=["two", "three"])) == ["-   one,  # 1", "+   three,"]


def test_keys_of_a_table_come_and_go() -> None:
    def change(data: Any) -> None:
        del data["weights"]["a"]
        data["weights"]["b"]["z"] = 1.5

    assert changed(change) == ["-   a: {x: 1, y: 2}", "-   b: {x: 1}", "+   b: {x: 1, z: 1.5}"]


def test_all_items_gone_leave_empty_brackets() -> None:
    assert "+ people: []" in changed(lambda data: data.update(people=[]))


def test_long_lists_are_written_in_lines() -> None:
    long = ["a source with a long name", "another source with a long name", "a third source"]
    assert changed(lambda data: data.update(empty=long))[0] == "+   - a source with a long name"


def test_json_stays_json() -> None:
    assert (
        changed(lambda data: data["b"].insert(1, "z"), '{"a": 1, "b": ["x", "y"]}\n')[-1]
        == '+ {"a": 1, "b": ["x", "z", "y"]}'
    )


@pytest.mark.parametrize(
    ("text", "change", "expected"),
    [
        ("a:\n- x\n- z # c", lambda data: data["a"].insert(0, "n"), 'a:\n- "n"\n- x\n- z # c'),
        ("a:\n- - x\n  - y\n- z\n", lambda data: data["a"][0].insert(1, "w"), "a:\n- - x\n  - w\n  - y\n- z\n"),
        ("a: &x 1\nb: [*x]\n", lambda data: data.update(a=2), "a: 2\nb: [1]\n"),
        ("a: &x\n  k: 1\nc: *x\n", lambda data: data["a"].update(k=2), "a: &x\n  k: 2\nc: {k: 1}\n"),
        ("a: 1\nb:\n  long\n  text # c\n", lambda data: data.update(b="short"), "a: 1\nb:\n  short # c\n"),
        ("a: 'x'  \n", lambda data: data.update(a="it's"), "a: 'it''s'\n"),
        ("a: 1\n\n# heading\n\nb: 2\n", lambda data: data.pop("a"), "b: 2\n\n# heading\n"),
        ("a:  # c\n  b: 1\n", lambda data: data.update(a=None), "a:  # c\n"),
        ("a:\n    b: 1\n", lambda data: data["a"].update(c=[{"d": 1}]), "a:\n    b: 1\n    c:\n      - d: 1\n"),
        ("a:\n- b\nc: 1\n", lambda data: data.update(c=[{"d": 1}]), "a:\n- b\nc:\n- d: 1\n"),
        ("a: ['x', 'y']\n", lambda data: data["a"].append("z"), "a: ['x', 'y', 'z']\n"),
        ('a:\n  - "x"\n', lambda data: data["a"].append("z"), 'a:\n  - "x"\n  - "z"\n'),
        ("a: {b: 1,\n    c: 2}\n", lambda data: data["a"].update(c=3), "a: {b: 1,\n    c: 3}\n"),
        ("{a: 1, b}\n", lambda data: data.update(b=2), "{a: 1, b: 2}\n"),
        ("a:\n  - {}\n", lambda data: data["a"][0].update(b=1), "a:\n  - b: 1\n"),
        ("a:\n  -\n", lambda data: data.update(a=[{"b": 1, "c": 2}]), "a:\n  - b: 1\n    c: 2\n"),
    ],
)
def test_small_files(text: str, change: Callable[[Any], Any], expected: str) -> None:
    source = parse(text.encode())
    target = source.root.plain()
    change(target)
    assert rewrite(source, target).text == expected


def test_an_indented_comment_below_does_not_become_part_of_a_text() -> None:
    text = "a:\n  b:\n      # far in\nc: 1\n"
    source = parse(text.encode())
    assert rewrite(source, {"a": {"b": "x\ny"}, "c": 1}).text == 'a:\n  b: "x\\ny"\n      # far in\nc: 1\n'


def test_line_ends_and_byte_order_mark_are_kept() -> None:
    source = parse(b"\xef\xbb\xbfa: 1\r\nb: 2\r\n")
    result = rewrite(source, {"a": 1, "b": ["x" * 70]})
    assert result.encode(result.text) == b"\xef\xbb\xbfa: 1\r\nb:\r\n  - " + b"x" * 70 + b"\r\n"


def test_a_key_that_yaml_cannot_hold_is_refused() -> None:
    with pytest.raises(InputError, match="a key of 2000 characters is too long"):
        render({"x" * 2000: 1})


def test_inline_is_short_and_shows_what_hides() -> None:
    assert inline({"a": [1, None], "b": "x\u202ey"}) == '{a: [1, null], b: "x\\u202Ey"}'
    assert len(inline("x" * 500)) == 120


WORDS = [
    "yes",
    "a: b",
    "- x",
    "# no",
    "x #y",
    "@a",
    "a\nb",
    "a\n\n b\n",
    "\ta",
    "|",
    "1_0",
    "'",
    '"',
    "\\",
    "{a}",
    "a,b",
    "",
    "\u202e",
    "\x85",
    "*a",
    "---",
    "\n",
]
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from(WORDS)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=10)
)
KEYS = (st.sampled_from("abcd") | st.text(max_size=6)).filter(
    lambda key: key != "<<" and not re.search("[\ud800-\udfff]", key)
)
DATA = st.recursive(
    SCALARS, lambda below: st.lists(below, max_size=4) | st.dictionaries(KEYS, below, max_size=4), max_leaves=12
)
FILES = st.dictionaries(KEYS, DATA, min_size=1, max_size=6)


def commented(text: str, chance: random.Random) -> str:
    """Strew comments and blank lines over a text where they mean nothing."""
    inside: set[int] = set()
    for node in parse(text.encode()).root.walk():
        first, last = text.count("\n", 0, node.start), text.count("\n", 0, node.end)
        if node.kind == "scalar" and (node.style in ("|", ">") or last > first):
            inside |= set(range(first, last + 1))
    lines = []
    for number, line in enumerate(text.split("\n")):
        told = line
        if line.strip() and number not in inside:
            lines += [" " * chance.randint(0, 6) + f"# above {number}"] if chance.random() < 0.2 else []
            lines += [""] if chance.random() < 0.2 else []
            told += f"  # behind {number}" if chance.random() < 0.3 else ""
        lines.append(told)
    return "\n".join(lines)


def mutated(data: Any, chance: random.Random, fresh: Callable[[], Any]) -> Any:
    if isinstance(data, dict):
        result = {
            key: mutated(value, chance, fresh) if chance.random() < 0.4 else value
            for key, value in data.items()
            if chance.random() < 0.9
        }
        if chance.random() < 0.3:
            result[chance.choice("abcdef")] = fresh()
        return result
    if isinstance(data, list):
        items = [
            mutated(item, chance, fresh) if chance.random() < 0.3 else item for item in data if chance.random() < 0.9
        ]
        if chance.random() < 0.3:
            items.insert(chance.randint(0, len(items)), fresh())
        if chance.random() < 0.3:
            chance.shuffle(items)
        return items
    return fresh() if chance.random() < 0.7 else data


@pytest.mark.slow
@given(FILES, st.randoms(use_true_random=False), st.data())
def test_any_change_of_any_file_says_what_was_meant(
    data: dict[str, Any], chance: random.Random, draw: st.DataObject
) -> None:
    plain = render(data)
    assert same(parse(plain.encode()).root.plain(), data)
    text = commented(plain, chance)
    source = parse(text.encode())
    if not same(source.root.plain(), data):  # a comment fell into a text over several lines
        return
    assert rewrite(source, source.root.plain()).text == text
    target = mutated(source.root.plain(), chance, lambda: draw.draw(DATA))
    if target:
        assert same(rewrite(source, target).root.plain(), target)


@pytest.mark.slow
@given(
    st.lists(st.tuples(st.sampled_from("abcdefgh"), st.integers()), min_size=1, unique_by=lambda pair: pair[0]),
    st.data(),
)
def test_changing_values_keeps_every_comment_and_its_line(pairs: list[tuple[str, int]], draw: st.DataObject) -> None:
    text = "".join(f"# above {key}\n{key}: {value} # behind {key}\n\n" for key, value in pairs)
    source = parse(text.encode())
    target = {key: draw.draw(SCALARS.filter(lambda value: value != "")) for key, _ in pairs}
    result = rewrite(source, target).text
    remarks = [line for line in result.split("\n") if re.search("# (above|behind) [a-h]$", line)]
    assert [line[-1] for line in remarks] == [key for key, _ in pairs for _ in (1, 2)]
