"""Saves documents so that nothing anybody typed is lost. Forms call it on every change.

The file may have changed since it was read: what was changed here and there under different keys is merged. Under the
same key it is a conflict: the file stays as it is, this side's version is kept beside it, the error shows both values.
"""

from __future__ import annotations

import re
from glob import escape
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from decom_nb import atomic
from decom_nb.document.blank import blank
from decom_nb.document.merge import ABSENT, Clash, carry, merge
from decom_nb.document.mistakes import explain
from decom_nb.document.model import HEAD, D, Document
from decom_nb.document.reading import Opened, fields, opened, read, understand, validated
from decom_nb.document.shape import Shape, shape_of
from decom_nb.errors import ConflictError, InputError, Mistake
from decom_nb.escape import visible
from decom_nb.yaml_text.alignment import same
from decom_nb.yaml_text.edit import inline, rewrite
from decom_nb.yaml_text.file import YamlFile, key_path, read_bytes, whole_characters

CONFLICT = re.compile(r"\.conflict-\d+\.yaml$")
"""How the name of a file ends in which one side of a conflict was kept."""


class DocumentConflict(ConflictError):  # noqa: N818 - a conflict is between people, not an error of theirs
    """The file and this side changed the same keys.

    `kept` is the file in which this side's version lies; `theirs` is the document as it is on disk, None if that cannot
    be read. After asking the person, ``save(…, mine_wins=True)`` settles it with this side's answers.
    """

    def __init__(self, mistakes: list[Mistake], kept: Path, theirs: Opened[Any] | None) -> None:
        super().__init__(mistakes)
        self.kept = kept
        self.theirs = theirs


def save(where: Opened[D] | Path | str, document: D, *, mine_wins: bool = False) -> Opened[D]:
    """Save a document and give it as it is now on disk, other people's changes included.

    With what `read` or the last `save` gave, only what changed since is written. With a path, the file is made, or all
    of its answers are replaced; comments stay either way. `mine_wins` settles a conflict: where both sides changed the
    same key, this document's answer is written.
    """
    if not isinstance(where, Opened):
        return _save_whole(Path(where), document)
    with atomic.locked(where.path.resolve().parent):
        now = _save_change(where, document, mine_wins=mine_wins)
        _tidy(now, where)
        return now


def is_settled(kept: Path, document: Document) -> bool:
    """Say whether the kept side of a conflict gives the same answers as the document, so that nobody needs it."""
    try:
        return read(type(document), kept).document == document
    except InputError:
        return False


def _save_change(where: Opened[D], document: D, *, mine_wins: bool) -> Opened[D]:
    """Save what changed since the file was read."""
    try:
        data = read_bytes(where.path)
    except InputError:
        if where.path.exists():
            raise
        data = where.data  # deleted meanwhile: what was read lives on here, and is written again with the next change
    if data != where.data:
        return _save_merged(where, document, data, mine_wins=mine_wins)
    changed = _changed(where, document)
    return _write(where, changed) if changed else where


def _tidy(now: Opened[D], before: Opened[D] | None = None) -> None:
    """Remove the kept sides of conflicts whose answers are in the file by now."""
    for kept in now.path.parent.glob(f"{escape(now.path.stem)}.conflict-*.yaml"):
        try:
            if is_settled(kept, now.document) or (before and _is_taken_over(kept, before, now)):
                kept.unlink(missing_ok=True)
        except OSError:  # the document is saved; the kept side stays for a person to look at
            continue


def _is_taken_over(kept: Path, before: Opened[D], now: Opened[D]) -> bool:
    """Say whether all that this sitting changed in its kept side since `before` is in the file."""
    if f"sitting {now.session}" not in _first_line(kept):
        return False
    try:
        mine = read(type(now.document), kept).document
    except InputError:
        return False
    merged, clashes = merge(_dump(before.document), _dump(mine), _dump(now.document))
    return not clashes and same(merged, _dump(now.document))


def _save_whole(path: Path, document: D) -> Opened[D]:
    cls = type(document)
    folder = path.resolve().parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(
            Mistake(str(folder), 0, "", f"cannot be made: {error.strerror}", "choose another folder")
        ) from error
    with atomic.locked(folder):
        missing = not path.exists()
        start = opened(cls, path, blank(cls).encode()) if missing else read(cls, path)
        changed = _changed(start, document)
        now = _write(start, changed or start.source) if changed or missing else start
        _tidy(now)
        return now


def _save_merged(where: Opened[D], document: D, data: bytes, *, mine_wins: bool) -> Opened[D]:
    """Save into a file that somebody else has changed meanwhile."""
    cls = type(where.document)
    base, mine = _dump(where.document), _dump(document)
    try:
        theirs = opened(cls, where.path, data, where.session)
    except InputError as error:
        if mine_wins:
            return _write(where, _changed(where, document) or where.source)
        if same(base, mine):
            raise
        raise _conflict(where, document, list(error.mistakes), None) from error
    merged, clashes = merge(base, mine, _dump(theirs.document))
    if clashes and mine_wins:
        merged, _ = merge(base, _dump(theirs.document), mine)
    elif clashes:
        raise _conflict(where, document, [_clash(clash, theirs) for clash in clashes], theirs)
    if same(merged, _dump(theirs.document)):
        return theirs
    try:
        together = validated(cls, merged)
    except ValidationError as error:
        # Each change was right by itself; together they break a rule of the model.
        raise _conflict(where, document, explain(error, merged, shape_of(cls), theirs.source), theirs) from error
    changed = _changed(theirs, together)
    return _write(theirs, changed) if changed else theirs


def _changed(start: Opened[D], document: D) -> YamlFile | None:
    """Give the file of `start` with the answers of `document`, None if there is nothing to change."""
    before, after = _dump(start.document), _dump(document)
    if same(before, after):
        return None
    cls = type(start.document)
    brief = document.model_dump(mode="json", by_alias=True, round_trip=True, exclude_defaults=True, warnings=False)
    brief = shape_of(cls).ordered(_with_kinds(brief, after, shape_of(cls)))
    head = {key: value for key, value in start.source.root.plain().items() if key in HEAD}
    target = carry({**head, **fields(cls, start.source)}, before, after, _whole(brief))
    return rewrite(start.source, {**target, HEAD[1]: cls.document_version})


def _write(start: Opened[D], changed: YamlFile) -> Opened[D]:
    document = understand(type(start.document), changed)
    data = changed.encode(changed.text)
    atomic.write(start.path, data)
    return Opened(document, start.path, data, changed, start.session)


def _clash(clash: Clash, theirs: Opened[Any]) -> Mistake:
    mine, other = ("removed" if value is ABSENT else inline(value) for value in (clash.mine, clash.theirs))
    line = theirs.source.line(clash.path)
    return Mistake(
        str(theirs.path), line, key_path(clash.path), f"in the file now: {other}; here: {mine}", "choose one of the two"
    )


def _conflict(where: Opened[D], document: D, mistakes: list[Mistake], theirs: Opened[D] | None) -> DocumentConflict:
    """Keep this side's version beside the file."""
    marker = f"sitting {where.session}"
    keys = ", ".join(dict.fromkeys(mistake.key for mistake in mistakes if mistake.key)) or "a line that cannot be read"
    header = (
        f"# Kept by decom_nb ({marker}): when this was saved, {visible(where.path.name)} had changed elsewhere,\n"
        f"# at {visible(keys)[:400]}.\n# Take over into it what is right, then delete this file.\n"
    )
    mine = _changed(where, document) or where.source
    number = 1
    while (
        kept := where.path.with_name(f"{where.path.stem}.conflict-{number}.yaml")
    ).exists() and marker not in _first_line(kept):
        number += 1
    atomic.write(kept, mine.encode(header + mine.text))
    told = Mistake(
        str(where.path),
        0,
        "",
        "was changed elsewhere meanwhile, so it is left as it is"
        if theirs
        else "was changed elsewhere and can no longer be read",
        f"your version is kept in {kept.name}",
    )
    return DocumentConflict([told, *mistakes], kept, theirs)


def _first_line(path: Path) -> str:
    with path.open("rb") as opened_file:
        return opened_file.readline(500).decode("utf-8", "replace")


def _dump(document: Document) -> dict[str, Any]:
    """Give all answers as plain data, as a file would hold them."""
    told = _whole(document.model_dump(mode="json", by_alias=True, round_trip=True, warnings=False))
    ordered: dict[str, Any] = shape_of(type(document)).ordered(told)
    return ordered


def _with_kinds(brief: Any, whole: Any, shape: Shape) -> Any:
    """Give what is answered with the keys that say which kind a group is: a default to pydantic, needed in a file."""
    if isinstance(brief, list) and isinstance(whole, list) and shape.item:
        return [_with_kinds(told, below, shape.item) for told, below in zip(brief, whole, strict=True)]
    if not isinstance(brief, dict) or not isinstance(whole, dict):
        return brief
    kind = shape.chosen(whole)
    told = {
        key: _with_kinds(below, whole[key], asked) if (asked := kind.child(key)) else below
        for key, below in brief.items()
    }
    return {shape.by: whole[shape.by], **told} if shape.by else told


def _whole(value: Any) -> Any:
    if isinstance(value, str):
        return whole_characters(value)
    if isinstance(value, dict):
        return {whole_characters(key): _whole(below) for key, below in value.items()}
    return [_whole(item) for item in value] if isinstance(value, list) else value
