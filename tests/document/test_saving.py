from __future__ import annotations

import multiprocessing
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from decom_nb.document import DocumentConflict, Opened, load, read, save
from decom_nb.errors import ConflictError, InputError
from tests.document.briefs import HEAD, Brief, Constraints, Consumer, Note, State, Volume

FILE = """\
# mine
document: brief
version: 1

project_name: 'Acme'     # a person chose these quotes
consumers:
  # the people with the money
  - team: finance        # Eva
    use_case: reporting-not
  - team: ml             # Tom
    use_case: ML

constraints:
    team_size: 4         # people
# bye
""".replace("reporting-not", "analytics")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "brief.yaml"
    path.write_text(FILE)
    return path


def with_(opened: Opened[Brief], **changes: Any) -> Brief:
    return opened.document.model_copy(update=changes)


def constrained(opened: Opened[Brief], **changes: Any) -> Brief:
    assert opened.document.constraints
    return with_(opened, constraints=opened.document.constraints.model_copy(update=changes))


def test_saving_what_was_read_touches_nothing(file: Path) -> None:
    before = file.stat()
    opened = read(Brief, file)
    assert save(opened, opened.document) is opened
    assert save(file, opened.document).document == opened.document
    assert (file.read_text(), file.stat().st_mtime_ns, file.stat().st_ino) == (FILE, before.st_mtime_ns, before.st_ino)


def test_only_what_changed_changes(file: Path) -> None:
    opened = save(read(Brief, file), constrained(read(Brief, file), team_size=12))
    assert file.read_text() == FILE.replace("team_size: 4         # people", "team_size: 12        # people")
    assert opened.document == load(Brief, file)
    assert opened.data == file.read_bytes()


def test_change_after_change_as_a_form_does_it(file: Path) -> None:
    opened = read(Brief, file)
    for length in range(1, 9):
        opened = save(opened, with_(opened, context="hurrying"[:length]))
    ann, tom = opened.document.consumers
    opened = save(opened, with_(opened, consumers=(tom, ann, Consumer(latency="batch"))))
    opened = save(opened, with_(opened, consumers=(tom, ann, Consumer(team="ops", latency="batch"))))
    opened = save(opened, with_(opened, consumers=(tom, Consumer(team="ops", latency="batch"))))
    before, after = (
        FILE[FILE.index("consumers:") : FILE.index("constraints:")],
        """\
context: hurrying
consumers:
  - team: ml             # Tom
    use_case: ML
  - team: "ops"
    latency: batch

""",
    )
    assert file.read_text() == FILE.replace(before, after)


def test_an_answer_taken_back_leaves_its_key(file: Path) -> None:
    opened = read(Brief, file)
    opened = save(opened, with_(opened, project_name="", consumers=(), constraints=None))
    assert opened.document == Brief()
    assert "project_name: ''         # a person" in file.read_text()
    assert "    team_size:           # people" in file.read_text()


def test_a_new_file_begins_as_a_blank(tmp_path: Path) -> None:
    path = tmp_path / "new" / "brief.yaml"
    document = Brief(project_name="Acme", consumers=(Consumer(team="x"),), constraints=Constraints(team_size=2))
    assert save(path, document).document == document == load(Brief, path)
    assert "  # one item each" in path.read_text()
    empty = tmp_path / "empty.yaml"
    assert save(str(empty), Brief()).document == Brief() == load(Brief, empty)


def test_saving_to_a_path_replaces_the_answers_and_keeps_the_comments(file: Path) -> None:
    save(file, Brief(project_name="New"))
    assert load(Brief, file) == Brief(project_name="New")
    assert "# a person chose these quotes" in file.read_text()


def test_a_file_with_mistakes_is_not_written_over(file: Path) -> None:
    file.write_text("document: brief\nversion: 1\ntier: 9\n")
    with pytest.raises(InputError, match="tier"):
        save(file, Brief())
    assert "tier: 9" in file.read_text()


def test_a_document_that_could_not_be_read_again_is_not_written(file: Path) -> None:
    opened = read(Brief, file)
    for wrong in (
        constrained(opened, team_size="ten"),
        with_(opened, tier=7),
        with_(opened, constraints=Constraints(team_size=0)),
    ):
        with pytest.raises(InputError):
            save(opened, wrong)
    assert file.read_text() == FILE


def test_changes_of_others_to_other_keys_are_merged(file: Path) -> None:
    opened = read(Brief, file)
    file.write_text(
        FILE.replace("'Acme'", "'Acme Ltd'").replace("# Eva\n", "# Eva and Kim\n    latency: batch\n") + "# added\n"
    )
    merged = save(opened, constrained(opened, team_size=5))
    assert merged.document.project_name == "Acme Ltd"
    assert merged.document.consumers[0].latency == "batch"
    assert merged.document.constraints == Constraints(team_size=5)
    assert merged.document == load(Brief, file)
    for kept in ("# Eva and Kim", "# added", "# mine"):
        assert kept in file.read_text()


def test_without_a_change_here_the_change_there_is_given_back(file: Path) -> None:
    opened = read(Brief, file)
    theirs = FILE.replace("'Acme'", "'Acme Ltd'")
    file.write_text(theirs)
    assert save(opened, opened.document).document.project_name == "Acme Ltd"
    assert file.read_text() == theirs


def test_the_same_change_on_both_sides_is_no_conflict(file: Path) -> None:
    opened = read(Brief, file)
    file.write_text(FILE.replace("team_size: 4", "team_size: 5"))
    assert save(opened, constrained(opened, team_size=5)).document.constraints == Constraints(team_size=5)


def test_items_added_on_both_sides_both_stay(file: Path) -> None:
    opened = read(Brief, file)
    file.write_text(FILE.replace("\nconstraints", "  - team: theirs  # Ann\n\nconstraints"))
    merged = save(opened, with_(opened, consumers=(*opened.document.consumers, Consumer(team="mine"))))
    assert [consumer.team for consumer in merged.document.consumers] == ["finance", "ml", "theirs", "mine"]
    assert "# Ann" in file.read_text()


def test_changes_to_the_same_key_are_shown_side_by_side_and_neither_is_lost(file: Path) -> None:
    opened = read(Brief, file)
    theirs = FILE.replace("team_size: 4", "team_size: 5").replace("# Eva", "# Eva!")
    file.write_text(theirs)
    mine = constrained(opened, team_size=6).model_copy(update={"project_name": "Mine"})
    with pytest.raises(ConflictError) as raised:
        save(opened, mine)
    told = str(raised.value).split("\n")
    assert told == [
        f"{file}: was changed elsewhere meanwhile, so it is left as it is"
        " - your version is kept in brief.conflict-1.yaml",
        f"{file}:14: constraints.team_size: in the file now: 5; here: 6 - choose one of the two",
    ]
    assert file.read_text() == theirs
    kept = file.with_name("brief.conflict-1.yaml")
    assert load(Brief, kept) == mine
    assert "# Eva" in kept.read_text()
    assert kept.read_text().startswith("# Kept by decom_nb (sitting ")


def test_a_conflict_is_settled_with_either_side(file: Path) -> None:
    opened = read(Brief, file)
    file.write_text(FILE.replace("team_size: 4", "team_size: 5").replace("'Acme'", "'Theirs'"))
    mine = constrained(opened, team_size=6)
    with pytest.raises(DocumentConflict) as raised:
        save(opened, mine)
    assert raised.value.theirs is not None
    assert raised.value.theirs.document.constraints == Constraints(team_size=5)
    settled = save(opened, mine, mine_wins=True).document
    assert settled == load(Brief, file)
    assert (settled.constraints, settled.project_name) == (Constraints(team_size=6), "Theirs")


def test_typing_on_in_a_conflict_keeps_one_version_for_each_sitting(file: Path) -> None:
    sittings = [read(Brief, file), read(Brief, file)]
    file.write_text(FILE.replace("team_size: 4", "team_size: 5"))
    for size in (6, 7, 8):
        for number, opened in enumerate(sittings):
            with pytest.raises(ConflictError):
                save(opened, constrained(opened, team_size=size + 10 * number))
    kept = sorted(path.name for path in file.parent.iterdir())
    assert kept == ["brief.conflict-1.yaml", "brief.conflict-2.yaml", "brief.yaml"]
    sizes = [load(Brief, file.with_name(name)).constraints for name in kept[:2]]
    assert sizes == [Constraints(team_size=8), Constraints(team_size=18)]


def test_an_item_removed_there_and_changed_here_is_a_conflict(file: Path) -> None:
    opened = read(Brief, file)
    file.write_text(re.sub(r"  # the people.*?(?=  - team: ml)", "", FILE, flags=re.DOTALL))
    ann, tom = opened.document.consumers
    with pytest.raises(
        ConflictError, match=re.escape("in the file now: removed; here: {team: finance, use_case: ML, latency: null}")
    ):
        save(opened, with_(opened, consumers=(ann.model_copy(update={"use_case": "ML"}), tom)))


def test_two_right_changes_that_are_wrong_together_are_a_conflict(file: Path) -> None:
    file.write_text(HEAD + "tier: 1\n")
    opened = read(Brief, file)
    file.write_text(HEAD + "tier: 1\nconsumers: [{team: x}]\n")
    with pytest.raises(ConflictError, match="a platform with consumers needs a team"):
        save(opened, with_(opened, constraints=Constraints(team_size=0)))
    assert load(Brief, file.with_name("brief.conflict-1.yaml")).constraints == Constraints(team_size=0)


@pytest.mark.parametrize("broken", ["tier: [", "document: brief\nversion: 1\ntier: soon\n", "\xff", ""])
def test_a_file_that_can_no_longer_be_read_is_left_and_this_side_is_kept(file: Path, broken: str) -> None:
    opened = read(Brief, file)
    file.write_bytes(broken.encode("latin-1"))
    with pytest.raises(DocumentConflict, match="was changed elsewhere and can no longer be read") as raised:
        save(opened, constrained(opened, team_size=6))
    assert raised.value.theirs is None
    assert file.read_bytes() == broken.encode("latin-1")
    assert load(Brief, raised.value.kept).constraints == Constraints(team_size=6)
    with pytest.raises(InputError):
        save(opened, opened.document)
    assert save(opened, constrained(opened, team_size=6), mine_wins=True).document.constraints == Constraints(
        team_size=6
    )
    assert file.read_text() == FILE.replace("team_size: 4", "team_size: 6")


def test_a_file_deleted_meanwhile_comes_back_with_the_next_change(file: Path) -> None:
    opened = read(Brief, file)
    file.unlink()
    assert save(opened, opened.document) is opened
    assert not file.exists()
    save(opened, constrained(opened, team_size=6))
    assert file.read_text() == FILE.replace("team_size: 4", "team_size: 6")


def test_a_folder_that_is_gone_is_a_sentence(file: Path) -> None:
    opened = read(Brief, file)
    file.unlink()
    file.parent.rmdir()
    with pytest.raises(InputError, match="cannot be opened"):
        save(opened, constrained(opened, team_size=6))


def test_mode_link_line_ends_and_byte_order_mark_stay(tmp_path: Path) -> None:
    real = tmp_path / "real.yaml"
    real.write_bytes(b"\xef\xbb\xbf" + FILE.replace("\n", "\r\n").encode())
    real.chmod(0o600)
    link = tmp_path / "brief.yaml"
    link.symlink_to("real.yaml")
    opened = read(Brief, link)
    save(opened, constrained(opened, team_size=6))
    assert link.is_symlink()
    assert real.stat().st_mode & 0o777 == 0o600
    assert (
        real.read_bytes()
        == b"\xef\xbb\xbf" + FILE.replace("team_size: 4", "team_size: 6").replace("\n", "\r\n").encode()
    )


def test_an_old_version_is_written_anew_when_something_changes(tmp_path: Path) -> None:
    path = tmp_path / "note.yaml"
    old = "document: note\nversion: 1  # old\n# why\nheading: x\nminutes: 90\n"
    path.write_text(old)
    opened = read(Note, path)
    assert save(opened, opened.document) is opened
    assert path.read_text() == old
    save(opened, opened.document.model_copy(update={"hours": 2.0}))
    assert path.read_text().startswith("document: note\nversion: 3  # old\n")
    assert load(Note, path) == Note(title="x", hours=2)


def test_half_a_character_is_saved_as_a_sign_that_it_is_missing(file: Path) -> None:
    opened = read(Brief, file)
    assert save(opened, with_(opened, project_name="a\ud83d")).document.project_name == "a\ufffd"


def _change(folder: str, start: Any, key: int) -> None:
    opened = read(Brief, Path(folder) / "brief.yaml")
    start.wait()
    for value in range(1, 16):
        weights = {**opened.document.weights, f"writer{key}": {"count": float(value)}}
        opened = save(opened, opened.document.model_copy(update={"weights": weights}))


@pytest.mark.slow
def test_two_processes_saving_at_once_lose_nothing(file: Path) -> None:
    context = multiprocessing.get_context("spawn")
    start = context.Barrier(2)
    writers = [context.Process(target=_change, args=(str(file.parent), start, key)) for key in range(2)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert [writer.exitcode for writer in writers] == [0, 0]
    assert load(Brief, file).weights == {"writer0": {"count": 15.0}, "writer1": {"count": 15.0}}
    assert list(file.parent.iterdir()) == [file]


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20) | st.sampled_from(
    [
        "a: b",
        "# x",
        "@x",
        "two\nlines",
        "\u202epay",
        "\x00\x07",
        "yes",
        "<script>",
        "'; DROP TABLE x; --",
        "  ",
        "\ufeff",
        "a\n\n\nb\n",
        "- x",
    ]
)
KEY = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8).filter(lambda key: key != "<<")
NUMBER = st.floats(allow_nan=False, allow_infinity=False)
CONSUMERS = st.builds(
    Consumer, team=TEXT, use_case=st.sampled_from([None, "ML", "analytics"]), latency=st.sampled_from([None, "batch"])
)
STATES = st.builds(
    State,
    sources=st.lists(TEXT, max_size=4).map(tuple),
    volume=st.builds(
        Volume, gb_per_day=st.none() | NUMBER.filter(lambda number: number >= 0), growth=st.none() | st.floats(-99, 1e6)
    ),
)
CONSTRAINTS = st.builds(
    Constraints,
    team_size=st.none() | st.integers(1, 500),
    compliance=st.lists(st.sampled_from(["GDPR", "none"]), max_size=2).map(tuple),
    replay=st.none() | st.booleans(),
    since=st.none() | st.dates(),
    limit=st.none() | st.integers() | st.just("none"),
    code=st.text("abc", max_size=5),
)
BRIEFS = st.builds(
    Brief,
    project_name=TEXT,
    context=TEXT,
    consumers=st.lists(CONSUMERS, max_size=4).map(tuple),
    state=STATES,
    constraints=st.none() | CONSTRAINTS.filter(lambda group: group != Constraints()),
    weights=st.dictionaries(KEY, st.dictionaries(KEY, NUMBER, max_size=2), max_size=3),
    answers=st.dictionaries(KEY, st.none() | st.booleans() | NUMBER | TEXT, max_size=3),
    tier=st.integers(1, 3),
)
ANY_FILE = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], deadline=None, max_examples=60
)


@pytest.mark.slow
@ANY_FILE
@given(st.lists(BRIEFS, min_size=1, max_size=4))
def test_every_document_comes_back_as_it_was_saved(
    tmp_path_factory: pytest.TempPathFactory, documents: list[Brief]
) -> None:
    path = tmp_path_factory.mktemp("briefs") / "brief.yaml"
    for document in documents:
        assert save(path, document).document == document
        assert load(Brief, path) == document


@pytest.mark.slow
@ANY_FILE
@given(BRIEFS)
def test_comments_stay_whatever_is_saved(tmp_path_factory: pytest.TempPathFactory, document: Brief) -> None:
    path = tmp_path_factory.mktemp("briefs") / "brief.yaml"
    path.write_text(FILE)
    opened = read(Brief, path)
    keep = document.model_copy(update={"consumers": (*opened.document.consumers, *document.consumers)})
    assert save(opened, keep).document == keep
    text = path.read_text()
    for remark in (
        "# mine",
        "# a person chose",
        "# the people with the money",
        "# Eva",
        "# Tom",
        "# people\n",
        "# bye",
    ):
        assert remark in text


@pytest.mark.slow
@ANY_FILE
@given(BRIEFS, BRIEFS, BRIEFS)
def test_whatever_two_people_do_nothing_they_typed_is_lost(
    tmp_path_factory: pytest.TempPathFactory, base: Brief, mine: Brief, theirs: Brief
) -> None:
    path = tmp_path_factory.mktemp("briefs") / "brief.yaml"
    opened = save(path, base)
    save(path, theirs)
    kept = None
    try:
        save(opened, mine)
    except DocumentConflict as conflict:
        kept = conflict.kept
    now = load(Brief, path)
    if kept:
        assert now == theirs
        assert load(Brief, kept) == mine
        return
    for key in ("project_name", "context", "tier"):
        was, here, there = (getattr(document, key) for document in (base, mine, theirs))
        assert getattr(now, key) == (there if here == was else here)
    for answers, value in now.answers.items():
        assert value in (mine.answers.get(answers), theirs.answers.get(answers))
