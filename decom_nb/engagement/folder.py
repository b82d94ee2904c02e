"""The folder of an engagement: making it, opening it, and what lies where in it. `book.py` and the commands use it.

The spine does not know the rooms' documents: whoever needs them hands their classes in.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from decom_nb import atomic
from decom_nb.document import Document, blank, load, read, save
from decom_nb.document.model import D
from decom_nb.engagement.settings import Pointer, Settings
from decom_nb.engagement.stray import stray_documents, yaml_files
from decom_nb.errors import InputError, Mistake
from decom_nb.escape import markdown, visible
from decom_nb.suggest import did_you_mean
from decom_nb.yaml_text.edit import inline
from decom_nb.yaml_text.file import read_yaml

SETTINGS = "engagement.yaml"

_WELCOME = frozenset((".git", ".gitignore", ".gitattributes", ".DS_Store", "README.md", "LICENSE"))
"""What may already lie in a folder that becomes an engagement."""
_AUDIT_ID = re.compile(r"[0-9A-Za-z](?:\.?[0-9A-Za-z_-])*")

_IGNORED = ".ipynb_checkpoints/\n.*.tmp\n"
_README = """\
# {title}

An assessment of a data platform, made with decom_nb. All of it is plain files: keep the folder in git.

| here | lies |
| --- | --- |
| `engagement.yaml` | name, client, where further evidence lies |
| `documents/` | what people know: fill these in, with an editor or with the forms of `decom lab .` |
| `evidence/` | put in here what can be measured: dbt artifacts (`target/`) and run logs; this version reads nothing else |
| `audits/` | results, one folder each, never changed afterwards |
| `deliverables/` | generated files to be used as they are |

Next: `decom check .` tells what is wrong or missing, `decom report .` takes an audit and makes the page to read.
"""


@dataclass(frozen=True)
class Engagement:
    """The folder of one assessment. `open` and `create` give one that is known to be fit for use."""

    path: Path

    @classmethod
    def open(cls, path: Path | str) -> Engagement:
        """Open the engagement in a folder; raise an `InputError` if there is none, or its settings are wrong."""
        engagement = cls(Path(path))
        try:
            there = engagement.settings_path.is_file()
        except OSError as error:  # as where the name is too long
            what = f"cannot be opened: {error.strerror or error}"
            raise InputError(Mistake(str(path), 0, "", what, "give the folder of an engagement")) from error
        if not there:
            raise InputError(_no_engagement(engagement.path))
        load(Settings, engagement.settings_path)
        return engagement

    @classmethod
    def create(
        cls, path: Path | str, name: str = "", client: str = "", documents: Iterable[type[Document]] = ()
    ) -> Engagement:
        """Make an engagement in a new or empty folder, with blanks of the given documents.

        In a folder that is one already, what is missing is added and nothing is changed.
        """
        return cls.make(path, name, client, documents).engagement

    @classmethod
    def make(cls, path: Path | str, name: str = "", client: str = "", documents: Iterable[type[Document]] = ()) -> Made:
        """Do what `create` does, and tell what that was.

        A folder that is an engagement already keeps its name and client: an `InputError` says where to change them.
        """
        engagement = cls(Path(path))
        try:
            new = not engagement.settings_path.exists()
            if not new:
                engagement._agree(name, client)
            added = tuple(engagement._make(name, client, documents, new=new))
        except OSError as error:
            what = f"cannot be made: {error.strerror or error}"
            raise InputError(Mistake(str(path), 0, "", what, "choose a folder that you may write to")) from error
        return Made(cls.open(path), new, added)

    def _agree(self, name: str, client: str) -> None:
        """Refuse to give an engagement that is there another name or client than it has."""
        source = read(Settings, self.settings_path)
        mistakes = []
        for key, asked, there in (("name", name, self.name), ("client", client, self.client)):
            if asked and asked != there:
                has = f"has the {key} '{visible(there)}'" if there else f"has no {key} yet"
                what = f"{visible(self.path)} is an engagement already and {has}; nothing was changed"
                hint = f"to change it, write `{key}: {inline(asked)}` in this file"
                line = source.source.line((key,))
                mistakes.append(Mistake(str(self.settings_path), line, key, what, hint))
        if mistakes:
            raise InputError(mistakes)

    def _make(self, name: str, client: str, documents: Iterable[type[Document]], *, new: bool) -> Iterator[Path]:
        """Make what is missing, and give each file and folder that was."""
        if new and self.path.exists():
            there = sorted(entry.name for entry in self.path.iterdir() if entry.name not in _WELCOME)
            if there:
                shown = ", ".join(map(visible, there[:3])) + (", …" if len(there) > 3 else "")
                what = f"is not an engagement and not empty: it holds {shown}"
                instead = f"choose a new folder, for example {self.path / 'assessment'}"
                raise InputError(Mistake(str(self.path), 0, "", what, instead))
        for folder in (self.documents_path, self.evidence_path, self.audits_path, self.deliverables_path):
            if not folder.is_dir():
                folder.mkdir(parents=True, exist_ok=True)
                yield folder
        for document in documents:
            path = self.document_path(document)
            if document.many and not path.is_dir():
                path.mkdir(exist_ok=True)
                yield path
            elif not document.many and not path.exists():
                atomic.write(path, blank(document).encode())
                yield path
        title = markdown((name if new else self.name).strip() or self.path.resolve().name)
        for file, text in ((".gitignore", _IGNORED), ("README.md", _README.format(title=title))):
            if not (self.path / file).exists():
                atomic.write(self.path / file, text.encode())
                yield self.path / file
        if new:  # last: from now on the folder is an engagement
            save(self.settings_path, Settings(title=name, client=client))
            yield self.settings_path

    # what lies where

    @property
    def settings_path(self) -> Path:
        """Give the file that makes the folder an engagement."""
        return self.path / SETTINGS

    @property
    def documents_path(self) -> Path:
        """Give the folder of what people filled in."""
        return self.path / "documents"

    @property
    def evidence_path(self) -> Path:
        """Give the folder of what was collected."""
        return self.path / "evidence"

    @property
    def audits_path(self) -> Path:
        """Give the folder of all audits."""
        return self.path / "audits"

    @property
    def deliverables_path(self) -> Path:
        """Give the folder of generated files."""
        return self.path / "deliverables"

    def document_path(self, cls: type[Document]) -> Path:
        """Give the file of a document, or the folder of one of which there are many."""
        return self.documents_path / (cls.name if cls.many else f"{cls.name}.yaml")

    def instance_paths(self, cls: type[Document]) -> tuple[Path, ...]:
        """Give the files of a document of which there are many, in the order of their names."""
        return tuple(path for path in yaml_files(self.document_path(cls)) if path.suffix == ".yaml")

    def audit_path(self, audit: str) -> Path:
        """Give the folder of an audit, whether it exists or not."""
        if not _AUDIT_ID.fullmatch(audit):
            what = f"'{visible(audit[:60])}' is not the id of an audit"
            instead = "an id looks like 20260331T083000000Z-1a2b3c4d"
            raise InputError(Mistake(str(self.audits_path), 0, "", what, instead))
        return self.audits_path / audit

    def audits(self) -> tuple[Path, ...]:
        """Give the folders of all finished audits, the oldest first."""
        done = (path.parent for path in self.audits_path.glob("*/audit.json"))
        return tuple(sorted(folder for folder in done if _AUDIT_ID.fullmatch(folder.name)))

    # what lies there

    @property
    def settings(self) -> Settings:
        """Read the settings, as they are now."""
        return load(Settings, self.settings_path)

    @property
    def name(self) -> str:
        """Give what the assessment is called; without a name, the folder's."""
        return self.settings.title or self.path.resolve().name

    @property
    def client(self) -> str:
        """Give for whom the assessment is made."""
        return self.settings.client

    def document(self, cls: type[D]) -> D | None:
        """Read a document, None if its file is not there."""
        if cls.many:
            raise TypeError(f"there may be many of '{cls.name}': ask instances() for them")
        path = self.document_path(cls)
        return load(cls, path) if path.exists() else None

    def instances(self, cls: type[D]) -> tuple[D, ...]:
        """Read all documents of a kind of which there are many."""
        read: list[D] = []
        mistakes: list[Mistake] = []
        for path in self.instance_paths(cls):
            try:
                read.append(load(cls, path))
            except InputError as error:
                mistakes += error.mistakes
        if mistakes:
            raise InputError(mistakes)
        return tuple(read)

    def documents(self, classes: Sequence[type[Document]]) -> dict[str, Any]:
        """Read all documents, by the name that asks for them: an instance or None, or a tuple where there may be many.

        All mistakes in all files are told at once, files that belong to no document among them.
        """
        read, mistakes = self._documents(classes)
        if mistakes:
            raise InputError(mistakes)
        return read

    def _documents(self, classes: Sequence[type[Document]]) -> tuple[dict[str, Any], list[Mistake]]:
        read: dict[str, Any] = {}
        mistakes = stray_documents(self.documents_path, classes)
        for cls in classes:
            try:
                read[cls.name] = self.instances(cls) if cls.many else self.document(cls)
            except InputError as error:
                mistakes += error.mistakes
        return read, mistakes

    def evidence_pointers(self) -> tuple[Pointer, ...]:
        """Give where to look for evidence: the evidence folder, then what the settings point to, there or not."""
        own = (Pointer(path=self.evidence_path.name),) if self.evidence_path.is_dir() else ()
        return (*own, *self.settings.evidence)

    def check(self, classes: Sequence[type[Document]]) -> tuple[Mistake, ...]:
        """Give everything that is wrong in settings and documents, pointers to what does not exist among it."""
        mistakes = self._documents(classes)[1]
        try:
            mistakes += self._lost_pointers()
        except InputError as error:
            mistakes += error.mistakes
        return tuple(sorted(mistakes))

    def _lost_pointers(self) -> list[Mistake]:
        mistakes = []
        for number, pointer in enumerate(self.settings.evidence):
            try:
                there = (self.path / pointer.path).exists()
            except (OSError, ValueError):
                there = False
            if not there:
                line = read_yaml(self.settings_path).line(("evidence", number, "path"))
                what = f"'{visible(pointer.path)}' does not exist"
                instead = f"write a path that does, absolute or seen from {self.path}"
                mistakes.append(Mistake(str(self.settings_path), line, f"evidence[{number}].path", what, instead))
        return mistakes


class Made(NamedTuple):
    """What making an engagement came to."""

    engagement: Engagement
    new: bool
    """False if the folder was one already."""
    added: tuple[Path, ...]
    """The files and folders that were missing."""


def _no_engagement(path: Path) -> Mistake:
    """Say that there is no engagement, and where one is."""
    if not path.exists():
        what = "does not exist"
    else:
        what = "is a file" if path.is_file() else f"is not an engagement: it holds no {SETTINGS}"
    near: list[Path] = []
    if path.is_dir():
        near += sorted(found.parent for depth in ("*", "*/*") for found in path.glob(f"{depth}/{SETTINGS}"))[:3]
    near += [parent for parent in path.absolute().parents if (parent / SETTINGS).is_file()][:1]
    if not near and path.parent.is_dir() and path.name:
        names = {found.parent.name: found.parent for found in sorted(path.parent.glob(f"*/{SETTINGS}"))}
        meant = did_you_mean(path.name, names)
        near += [names[meant]] if meant else []
    instead = f"did you mean {' or '.join(map(str, near))}?" if near else f"make one with: decom init {path}"
    return Mistake(visible(path), 0, "", what, instead)
