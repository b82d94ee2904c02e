"""The book: an engagement with all rooms open. It resolves what each room reads, and takes the audit."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from functools import cached_property, lru_cache
from importlib.metadata import entry_points, version
from pathlib import Path
from typing import Any

from decom_nb import audit as audits
from decom_nb.audit import Audit, Input, Waiver, Who
from decom_nb.decide import Decision, decide
from decom_nb.decide.reading import Reading
from decom_nb.document import Document, Shelf
from decom_nb.engagement import Engagement
from decom_nb.errors import InputError, Mistake
from decom_nb.escape import visible
from decom_nb.evidence.collect import COLLECTORS, collect
from decom_nb.evidence.files import is_readable, printable
from decom_nb.evidence.source import Evidence, Loading
from decom_nb.finding import Finding
from decom_nb.knowledge import DecisionTable
from decom_nb.phase import Phase, Wrong
from decom_nb.phases import PHASES
from decom_nb.phases.rubric.table import RUBRIC
from decom_nb.plan import plan
from decom_nb.rule import Origin, run
from decom_nb.rule_version import RuleVersion, rule_versions
from decom_nb.score import scorecard, with_points
from decom_nb.suggest import instead
from decom_nb.supply import Absent, Memory, Supply, asks
from decom_nb.yaml_text.file import YamlFile, key_path, read_yaml


@lru_cache(maxsize=1)
def rooms() -> tuple[Phase, ...]:
    """Open the rooms in order: ours as `PHASES` lists them, then those of other packages by entry point."""
    others = sorted(point.value for point in entry_points(group="decom_nb.phases"))
    return tuple(Phase(package) for package in (*PHASES, *others))


@lru_cache(maxsize=1)
def document_classes() -> dict[str, type[Document]]:
    """Give every room's documents by name; two of one name are refused."""
    found: dict[str, type[Document]] = {}
    for room in rooms():
        for document in room.documents:
            if document.name in found:
                raise LookupError(f"two rooms have a document named {document.name}")
            found[document.name] = document
    return found


@lru_cache(maxsize=1)
def names() -> dict[str, str]:
    """Give every name that a rule can ask for, with what gives it; one that two things give is refused."""
    given = [(name, "a document") for name in document_classes()]
    given += [(collector.name, "evidence") for collector in COLLECTORS]
    given += [(name, f"a measure of {room.name}") for room in rooms() for name in room.measures]
    given += [(name, f"a reader of {room.name}") for room in rooms() for name in room.readers]
    given += [(name, "the book") for name in ("today", "deliverables", "decisions", "decision_tables", "store")]
    given += [(name, "the book, to actions") for name in ("engagement", "report", "cancelled")]
    found: dict[str, str] = {}
    for name, giver in given:
        if name in found:
            raise LookupError(f"{name} is given by {found[name]} and by {giver}: rename one")
        found[name] = giver
    return found


@lru_cache(maxsize=1)
def decision_tables() -> dict[str, tuple[Phase, DecisionTable]]:
    """Give every decision table with its room, by question."""
    return {table.question: (room, table) for room in rooms() for table in room.tables}


@lru_cache(maxsize=1)
def _tables() -> Mapping[str, DecisionTable]:
    return {question: table for question, (_, table) in decision_tables().items()}


def _asked(question: str) -> tuple[Phase, DecisionTable]:
    """Give a question's room and table; `InputError` for a question that no room asks."""
    if question not in decision_tables():
        hint = instead(question, decision_tables())
        raise InputError(Mistake("", 0, question, "no room asks this question", hint))
    return decision_tables()[question]


@lru_cache(maxsize=1)
def renamed_rules() -> dict[str, str]:
    """Give the ids that rules had before, each with the one it has now; one that two rules lay claim to is refused."""
    found: dict[str, str] = {}
    ids = {told.rule.id for room in rooms() for told in room.rules}
    for told in (told for room in rooms() for told in room.rules):
        for former in told.text.formerly:
            if former in found or former in ids:
                raise LookupError(f"{told.rule.id} was formerly {former}, which is or was another rule's id")
            found[former] = told.rule.id
    return found


@lru_cache(maxsize=1)
def knowledge_digest() -> str:
    """Give the SHA-256 of every room's YAML: two audits of equal digest judged by the same knowledge."""
    digest = hashlib.sha256()
    for room in rooms():
        for file in sorted(room.folder.rglob("*.yaml")):
            digest.update(
                f"{room.name}/{file.relative_to(room.folder).as_posix()}\0".encode() + file.read_bytes() + b"\0"
            )
    return digest.hexdigest()


@lru_cache(maxsize=1)
def code_digest() -> str:
    """Give the SHA-256 of this package's code: collectors and the spine can change what an unchanged rule finds."""
    digest = hashlib.sha256()
    package = Path(__file__).parent
    for file in sorted(package.rglob("*.py")):
        digest.update(f"{file.relative_to(package).as_posix()}\0".encode() + file.read_bytes() + b"\0")
    return digest.hexdigest()


def makers() -> dict[str, Callable[..., Any]]:
    """Give the measures and readers of all rooms, by the names that ask for them."""
    return {name: make for room in rooms() for name, make in (*room.measures.items(), *room.readers.items())}


@lru_cache(maxsize=1)
def versions_of_rules() -> dict[str, RuleVersion]:
    """Give each rule as it is now, with a digest of what it judges by."""
    return rule_versions([told for room in rooms() for told in room.rules], makers())


class Book:
    """One engagement, read: its documents, its evidence, and what follows from them.

    `replace` gives a book with another version of some documents and works out only what depends on those; that is how the
    notebooks show the effect of a change at once.
    """

    def __init__(self, engagement: Engagement) -> None:
        self.engagement = engagement
        self.memory = Memory()
        self.deliverables = engagement.deliverables_path
        self.documents: dict[str, Any] = engagement.documents(tuple(document_classes().values()))
        self.weights: Mapping[str, Mapping[str, float]] = engagement.settings.weights

    @classmethod
    def open(cls, folder: Path | str) -> Book:
        """Open the engagement in that folder; every mistake in it is raised at once as `InputError`."""
        engagement = Engagement(Path(folder))
        if not is_readable(engagement.settings_path):
            Engagement.open(folder)  # says what is missing, and what to do
        if mistakes := [*engagement.check(tuple(document_classes().values())), *_unknown_names(engagement)]:
            raise InputError(mistakes)
        return cls(engagement)

    def replace(self, **documents: Document | tuple[Document, ...]) -> Book:
        """Give this book with other versions of the named documents, sharing evidence and memory with this one."""
        other = object.__new__(Book)
        other.__dict__.update(self.__dict__)
        other.documents = {**self.documents, **documents}
        return other

    def reread(self) -> Book:
        """Give this book with its documents read again; what they have not touched is not worked out again.

        Mistakes in the documents are raised as `open` raises them.
        """
        other = type(self).open(self.engagement.path)
        other.memory = self.memory
        other.__dict__["evidence"] = self.evidence
        return other

    def with_evidence(self, evidence: Evidence) -> Book:
        """Give this book with evidence that was collected elsewhere."""
        other = self.replace()
        other.__dict__["evidence"] = evidence
        return other

    def recollected(self) -> Book:
        """Give this book with evidence to be collected again, and the documents as they are here."""
        other = self.replace()
        other.__dict__.pop("evidence", None)
        return other

    def reweighted(self, weights: Mapping[str, Mapping[str, float]]) -> Book:
        """Give this book with other weights of the decisions' criteria, by question."""
        other = self.replace()
        other.weights = weights
        return other

    @cached_property
    def evidence(self) -> Evidence:
        """Everything that was read from outside sources."""
        return collect([self.engagement.evidence_path, *self.engagement.settings.evidence], self.engagement.path)

    def query(self, sql: str, **values: Any) -> list[dict[str, Any]]:
        """Give the rows of one SELECT over what evidence holds in numbers (docs/relations.md); values go in as ``$name``.

        Raises `InputError` for what is no such query, and where no evidence fills a relation.
        """
        store = self.evidence.store
        if store is None:
            what, hint = "no evidence here fills a relation", "put run logs, events, bills or query logs into evidence/"
            raise InputError(Mistake("", 0, "query", what, hint))
        # Fills ``history.runs`` and its like, should nobody have asked for it yet.
        self.supply(_now().date()).get("history")
        return store.asked(sql, values)

    def supply(self, today: date) -> Supply:
        """Give what rules and measures can ask for by name."""
        names()  # refuses rooms that give one name twice
        evidence = self.evidence  # first, so that books made by `replace` share it
        answering = {f"{room.name} answers": room.answers for room in rooms() if room.answers}
        values = {**self.documents, **evidence.values, "today": today}
        values |= {"deliverables": self.deliverables, "store": evidence.store, "decision_tables": _tables()}
        supply = Supply(values, makers() | answering, self.memory)
        supply.values["decisions"] = {
            question: self._decide(supply, room, table) for question, (room, table) in decision_tables().items()
        }
        return supply

    def mistakes(self) -> tuple[Mistake, ...]:
        """Give what is wrong in documents beyond their shape, such as a condition that is no SQL; no evidence is read."""
        supply = Supply(dict(self.documents))  # no evidence: what is wrong in a document is wrong without it
        found = []
        for find in filter(None, (room.mistakes for room in rooms())):
            with contextlib.suppress(Absent):  # without the document there is nothing wrong in it
                found += [self._placed(wrong) for wrong in supply.call(find)]
        return tuple(sorted(found))

    def _placed(self, wrong: Wrong) -> Mistake:
        kind = document_classes()[wrong.document]
        place = self.engagement.document_path(kind)
        file = Shelf(kind, place).path(wrong.instance) if kind.many else place
        source = _readable(file)
        line = source.line(wrong.path) if source else 0
        return Mistake(str(file), line, key_path(wrong.path), wrong.what, wrong.instead)

    def table(self, question: str) -> DecisionTable:
        """Give the table that a question is decided by; `InputError` for one that no room asks."""
        return _asked(question)[1]

    def options(self) -> Iterator[str]:
        """Give the names of all options of all decisions, of each question in turn."""
        return (option.name for table in _tables().values() for option in table.options)

    def readings(self, question: str) -> Mapping[str, Reading]:
        """Give how each answer to a room's questions came about; nothing where the question's room does not say."""
        room, _ = _asked(question)
        if room.readings is None:
            return {}
        found: Mapping[str, Reading] = self.supply(_now().date()).call(room.readings)
        return found

    def decide(self, question: str, today: date | None = None) -> Decision:
        """Give the decision for one question, such as ``architecture.pattern``; `InputError` for one that no room asks."""
        _asked(question)
        decision: Decision = self.supply(today or _now().date()).values["decisions"][question]
        return decision

    def audit(self, taken_at: datetime | None = None, milestone: str = "") -> Audit:
        """Take the audit: decide, run the rules, add up. Nothing is written. `milestone` is what to call it."""
        taken_at = taken_at or _now()
        supply = self.supply(taken_at.date())
        measures = {name: supply.get(name) for room in rooms() for name in room.measures}
        findings = run([told for room in rooms() for told in room.rules], supply, self._origins())
        waivers = self._waivers(taken_at.date())
        out = audits.leaving(waivers, RUBRIC)
        findings = with_points(RUBRIC, [_waived(finding, waivers) for finding in findings], out)
        claims = self.documents["claims"].by_dimension() if self.documents.get("claims") else {}
        targets = self.documents["targets"].by_dimension() if self.documents.get("targets") else {}
        ticked = self.documents["repair_plan"].ticked if self.documents.get("repair_plan") else ()
        card = scorecard(RUBRIC, findings, claims, out, targets)
        made = Audit(
            taken_at=taken_at,
            milestone=milestone,
            milestones=audits.milestones(self.engagement.audits(), taken_at),
            versions={"decom_nb": version("decom_nb"), "code": code_digest(), "knowledge": knowledge_digest()},
            rules=versions_of_rules(),
            engagement=Who(name=self.engagement.name, client=self.engagement.client),
            inputs=self._inputs(),
            sources=self.evidence.sources,
            documents={name: _plain(document) for name, document in self.documents.items() if document},
            measures=measures,
            failures=tuple(str(failure) for failure in supply.failures.values()),
            decisions=tuple(supply.values["decisions"].values()),
            findings=tuple(findings),
            waivers=waivers,
            claims=claims,
            targets=targets,
            rubric=RUBRIC,
            repairs=audits.repairs(RUBRIC, tuple(findings)),
            plan=plan(RUBRIC, findings, card, [renamed_rules().get(rule, rule) for rule in ticked], out),
            scorecard=card,
        )
        return made.model_copy(update={"id": audits.identity(taken_at, made.digest())})

    def take_audit(self, taken_at: datetime | None = None, milestone: str = "") -> tuple[Audit, Path]:
        """Take the audit and write it under the engagement's ``audits``; give it and its file."""
        taken = self.audit(taken_at, milestone)
        return taken, audits.write(taken, self.engagement.audits_path)

    def _decide(self, supply: Supply, room: Phase, table: DecisionTable) -> Decision:
        answers = supply.get(f"{room.name} answers")
        weights = self.weights.get(table.question)
        decision: Decision = self.memory.recall(table.question, (table, answers, weights), decide)
        return decision

    def _origins(self) -> dict[str, Origin]:
        """Say what stands behind every document and every kind of evidence that a rule can ask for."""
        files: dict[str, tuple[str, ...]] = {}
        names = {kind: collector.name for collector in COLLECTORS for kind in collector.kinds}
        for source in self.evidence.sources:
            if name := names.get(source.kind):
                files[name] = (*files.get(name, ()), *(file.path for file in source.files))
        origins = {each.name: Origin(each.words, files.get(each.name, ())) for each in COLLECTORS}
        for name, document in self.documents.items():
            if isinstance(document, tuple):
                places = tuple(f"documents/{name}/{each.instance}.yaml" for each in document)
                origins[name] = Origin(f"documents/{name}/", places)
            else:
                place = f"documents/{name}.yaml"
                origins[name] = Origin(place, (place,) if document else ())
        stored = [files.get(each.name, ()) for each in COLLECTORS if isinstance(each, Loading)]
        origins["store"] = Origin("evidence that fills a relation", tuple(file for each in stored for file in each))
        for name, make in makers().items():
            origins[name] = Origin(name.replace("_", " "), tuple(sorted(_read_for(make, origins))))
        return origins

    def words(self, name: str) -> str:
        """Say what stands behind a name that rules and actions ask for."""
        origin = self._origins().get(name)
        return origin.words if origin else name.replace("_", " ")

    def _inputs(self) -> tuple[Input, ...]:
        read = [
            Input(path=printable(file.relative_to(self.engagement.path).as_posix()), kind=kind, sha256=_sha256(file))
            for file, kind in self._own_files()
        ]
        read += [
            Input(path=file.path, kind=source.kind, sha256=file.sha256)
            for source in self.evidence.sources
            for file in source.files
            if file.sha256
        ]
        return tuple(sorted(read, key=lambda each: (each.path, each.kind)))

    def _own_files(self) -> Iterator[tuple[Path, str]]:
        """Give the settings and every document that is there, each with what it is."""
        yield self.engagement.settings_path, "engagement"
        for document in document_classes().values():
            place = self.engagement.document_path(document)
            for file in self.engagement.instance_paths(document) if document.many else [place]:
                if file.exists():
                    yield file, f"document {document.name}"
        for file in sorted(filter(is_readable, self.deliverables.glob("decisions/*.md"))):
            yield file, "decision record"

    def _waivers(self, today: date) -> tuple[Waiver, ...]:
        entries = self.documents["waivers"].waivers if self.documents.get("waivers") else ()
        return tuple(
            Waiver(
                target=renamed_rules().get(each.target, each.target),
                reason=each.reason,
                because=each.because,
                owner=each.owner,
                expires=each.expires.isoformat(),
                expired=today > each.expires,
            )
            for each in entries
        )


def _read_for(make: Callable[..., Any], origins: Mapping[str, Origin]) -> set[str]:
    """Give the inputs that a measure or a reader was made of, through others as well."""
    found: set[str] = set()
    seen: set[str] = set()
    waiting = list(asks(make).names)
    while waiting:
        if (name := waiting.pop()) in seen:
            continue
        seen.add(name)
        if further := makers().get(name):
            waiting += asks(further).names
        elif name in origins:
            found |= set(origins[name].files)
    return found


def _unknown_names(engagement: Engagement) -> list[Mistake]:
    """Give waivers for nothing and weights of nothing, read from the files as they are: they may hold other mistakes."""
    rules = {told.rule.id for room in rooms() for told in room.rules} | renamed_rules().keys()
    dimensions = {each.name for each in RUBRIC.dimensions}
    return [
        *_named_mistakes(engagement, "waivers", ("waivers", "target"), rules | dimensions),
        *_named_mistakes(engagement, "repair_plan", ("repairs", "rule"), rules),
        *_weight_mistakes(engagement),
    ]


def _readable(path: Path) -> YamlFile | None:
    try:
        return read_yaml(path, pass_repeated=True)
    except InputError:  # not there, or told already
        return None


def _named_mistakes(
    engagement: Engagement, document: str, keys: tuple[str, str], known: Collection[str]
) -> Iterator[Mistake]:
    """Give the entries of a document's list that name what there is not."""
    source = _readable(engagement.documents_path / f"{document}.yaml")
    plain = source.root.plain() if source else None
    entries = plain.get(keys[0]) if isinstance(plain, dict) else ()
    for at, entry in enumerate(entries if isinstance(entries, list) else ()):
        name = entry.get(keys[1]) if isinstance(entry, dict) else None
        if source and isinstance(name, str | int | float) and name != "" and name not in known:
            path = (keys[0], at, keys[1])
            what, hint = f"there is no {visible(name)}", instead(str(name), known)
            yield Mistake(source.file, source.line(path), key_path(path), what, hint)


def _weight_mistakes(engagement: Engagement) -> Iterator[Mistake]:
    source = _readable(engagement.settings_path)
    if source is None:
        return
    weights = source.root.plain().get("weights")
    for question, criteria in weights.items() if isinstance(weights, dict) else ():
        path = ("weights", question)
        if question not in decision_tables():
            what, hint = "no room asks this question", instead(question, decision_tables())
            yield Mistake(source.file, source.line(path), key_path(path), what, hint)
            continue
        known = {criterion.name for criterion in decision_tables()[question][1].criteria}
        for name in criteria if isinstance(criteria, dict) else ():
            if name not in known:
                what, hint = "the question has no such criterion", instead(name, known)
                yield Mistake(source.file, source.line((*path, name)), key_path((*path, name)), what, hint)


def _waived(finding: Finding, waivers: Sequence[Waiver]) -> Finding:
    """Mark the finding as left out if a waiver that has not expired says so."""
    standing = [each for each in waivers if each.target == finding.rule and not each.expired]
    return finding.model_copy(update={"waived": audits.waived_because(standing[0])}) if standing else finding


def _plain(document: Any) -> Any:
    if isinstance(document, tuple):
        return [{"instance": each.instance, **each.model_dump(mode="json")} for each in document]
    return document.model_dump(mode="json")


def _sha256(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _now() -> datetime:
    """Give the time to the millisecond: two audits of one second keep their order."""
    now = datetime.now(UTC)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)
