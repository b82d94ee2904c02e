"""Finds YAML files among the documents that nothing would read, so that no answer is given in vain."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from decom_nb.document import Document, load
from decom_nb.document.saving import CONFLICT, is_settled
from decom_nb.errors import InputError, Mistake
from decom_nb.escape import visible
from decom_nb.suggest import did_you_mean


def yaml_files(folder: Path, *, deep: bool = False) -> list[Path]:
    """Give the YAML files in a folder in order, without hidden ones and without the kept sides of conflicts."""
    return [path for path in _all_yaml_files(folder, deep=deep) if not CONFLICT.search(path.name)]


def stray_documents(folder: Path, classes: Sequence[type[Document]]) -> list[Mistake]:
    """Give a mistake for each YAML file that belongs to no document, and for each kept side of a conflict.

    A kept side whose answers are those of the document by now is left out: nothing in it is waiting for anybody.
    """
    mistakes = []
    for path in _all_yaml_files(folder, deep=True):
        if CONFLICT.search(path.name) and _is_settled(path, folder, classes):
            continue
        said = _said(path.relative_to(folder), classes)
        if said:
            mistakes.append(Mistake(visible(path), 0, "", *said))
    return mistakes


def _is_settled(kept: Path, folder: Path, classes: Sequence[type[Document]]) -> bool:
    original = kept.with_name(CONFLICT.sub(".yaml", kept.name))
    for cls in classes:
        place = folder / cls.name / original.name if cls.many else folder / f"{cls.name}.yaml"
        if original == place:
            try:
                return is_settled(kept, load(cls, original))
            except InputError:
                return False
    return False


def _said(inside: Path, classes: Sequence[type[Document]]) -> tuple[str, str] | None:
    if CONFLICT.search(inside.name):
        original = visible(CONFLICT.sub(".yaml", inside.name))
        what = "holds what somebody saved while the file was changed elsewhere too"
        return what, f"take over into {original} what is right, then delete this file"
    name = inside.parts[0] if len(inside.parts) == 2 else inside.stem
    known = {
        cls.name: f"{cls.name}/{inside.with_suffix('.yaml').name}" if cls.many else f"{cls.name}.yaml"
        for cls in classes
    }
    if known.get(name) == inside.with_suffix(".yaml").as_posix():
        if inside.suffix == ".yaml":
            return None
        return "is not read under this name", f"rename it to {visible(inside.with_suffix('.yaml').name)}"
    meant = did_you_mean(name, known)
    instead = (
        f"did you mean {folder_name(known[meant])}?" if meant else f"documents known here: {', '.join(sorted(known))}"
    )
    return "is no document that is known here, so nothing reads it", instead


def folder_name(inside: str) -> str:
    """Give a document's path as people see it from the engagement."""
    return f"documents/{visible(inside)}"


def _all_yaml_files(folder: Path, *, deep: bool) -> list[Path]:
    found = folder.rglob("*") if deep else folder.glob("*")
    seen = (path for path in found if not any(part.startswith(".") for part in path.relative_to(folder).parts))
    return sorted(path for path in seen if path.suffix in (".yaml", ".yml") and path.is_file())
