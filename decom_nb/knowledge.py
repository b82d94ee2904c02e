"""Reads knowledge: YAML files of rows with a reason, checked into frozen models. Rooms, phases and the rubric use it.

    load(Model, path)              any file of knowledge
    answer_sheet(folder)           a room's tables/answers.yaml: what its decisions ask
    decision_tables(folder)        a room's decision tables, in the order of their file names

A row of a decision table without `because` and `source` is a draft and is refused, and so is an unknown key, an
answer that nobody defines, a criterion that does not exist. All mistakes of a file are shown together, each with its
line.

A `source` is a citation, or one or several keys of ``sources.yaml`` in the same folder, where a room spells its
citations out once. `differs` says where a row departs from the methodology, and why.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeVar

import yaml  # type: ignore[import-untyped]  # its stubs are a package of their own
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainValidator,
    ValidationError,
    ValidationInfo,
    model_validator,
)

from decom_nb import condition
from decom_nb.condition import Answer, Condition, Known, Unclear
from decom_nb.errors import InputError, Mistake
from decom_nb.suggest import instead

Place = tuple[str | int, ...]
Model = TypeVar("Model", bound=BaseModel)

ANSWERS_FILE = "answers.yaml"
SOURCES_FILE = "sources.yaml"


def _cited(raw: Any, info: ValidationInfo) -> Any:
    """Turn keys of sources.yaml into the citations they stand for; a citation stays as it is."""
    given = raw if isinstance(raw, list) and raw else [raw]
    sources: Mapping[str, str] = (info.context or {}).get("sources", {})
    said = []
    for each in given:
        if not isinstance(each, str):
            return raw
        if sources and not re.search(r"\s", each.strip()) and each not in sources:
            raise ValueError(f"{SOURCES_FILE} has no `{each}`: {instead(each, sources)}")
        said.append(sources.get(each, each))
    return "; ".join(said)


def _condition(raw: Any, info: ValidationInfo) -> Condition:
    context = info.context or {}
    try:
        return condition.parse(raw, context.get("known", {}), context.get("soft", 2.0))
    except Unclear as unclear:
        raise ValueError(str(unclear)) from None


Source = Annotated[str, BeforeValidator(_cited), Field(min_length=1)]
When = Annotated[Condition, PlainValidator(_condition)]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Row(_Frozen):
    """A row of knowledge: it says why it holds and where that comes from."""

    because: str = Field(min_length=1, description="why, as a sentence for a reader")
    source: Source = Field(description="a citation, or keys of sources.yaml")
    differs: str = Field("", description="where it departs from the methodology, and why")


class Setting(Row):
    """One number that a table is tuned by."""

    value: float


class AnswerText(Row):
    """What a decision can ask: one answer's name, its question in words and the values it may have."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    question: str = Field(min_length=1)
    kind: Literal["choice", "boolean", "number"]
    choices: tuple[str, ...] = ()
    ordered: bool = Field(False, description="the choices are steps, and neighbours are close")
    unit: str = ""
    range: tuple[float, float] | None = Field(None, description="plausible numbers, lowest and highest")
    whole: bool = Field(False, description="a count: no fractions")
    fields: tuple[str, ...] = Field(
        min_length=1, description="what it is read from, as paths into the room's documents"
    )

    @model_validator(mode="after")
    def _kind_is_complete(self) -> Self:
        if (self.kind == "choice") != bool(self.choices):
            raise ValueError("a choice lists its `choices`, and nothing else does")
        if (self.kind == "number") != bool(self.range):
            raise ValueError("a number has a plausible `range`, and nothing else does")
        if self.range and not 0 < self.range[0] < self.range[1]:
            raise ValueError("`range` takes the lowest number, above zero, and then the highest")
        return self

    @property
    def values(self) -> tuple[Answer, ...]:
        """Every value it can have; empty for a number."""
        return {"choice": self.choices, "boolean": (True, False)}.get(self.kind, ())


class AnswerSheet(_Frozen):
    """Everything the decisions of one room can ask."""

    answers: tuple[AnswerText, ...]

    @cached_property
    def by_name(self) -> dict[str, AnswerText]:
        """The same, by name."""
        return {each.name: each for each in self.answers}

    @cached_property
    def known(self) -> dict[str, Known]:
        """What conditions may ask of each."""
        return {each.name: Known(each.values) for each in self.answers}


class Criterion(Row):
    """One thing that options are judged by, and how much it counts if nobody says otherwise."""

    name: str = Field(min_length=1)
    title: str = Field(min_length=1)
    weight: float = Field(ge=0)


class ReasonRow(Row):
    """What speaks for an option (positive points) or against it (negative points), and when."""

    criterion: str
    when: When
    points: float = Field(ge=-3, le=3)


class DisqualifierRow(Row):
    """What rules an option out where it holds fully; where it holds in part it only costs points."""

    criterion: str
    when: When
    points: float = Field(-3, ge=-3, le=0, description="what it costs, in proportion to how far it holds")


class OptionText(_Frozen):
    """One option with everything known for and against it."""

    name: str = Field(min_length=1)
    aspect: str = ""
    best_for: str = Field(min_length=1)
    avoid_when: str = Field(min_length=1)
    reasons: tuple[ReasonRow, ...]
    disqualifiers: tuple[DisqualifierRow, ...] = ()

    @property
    def rows(self) -> tuple[ReasonRow | DisqualifierRow, ...]:
        """Reasons first, then disqualifiers."""
        return (*self.reasons, *self.disqualifiers)


@dataclass(frozen=True, slots=True)
class FlatRow:
    """A reason or disqualifier as arithmetic needs it: with the positions of its option and criterion."""

    option: int
    criterion: int
    row: ReasonRow | DisqualifierRow
    when: Condition
    points: float
    rules_out: bool
    answers: tuple[str, ...]


class DecisionTable(_Frozen):
    """All that is known about one question."""

    question: str = Field(description="room.table, for example architecture.pattern")
    title: str = Field(min_length=1)
    asks: str = Field(min_length=1, description="the question in words")
    soft: Setting = Field(description="how soft the edges of thresholds are: a factor above 1")
    tie_margin: Setting = Field(description="scores closer than this are a tie")
    combine_from: Setting | None = Field(
        None, description="from this score on, options of other aspects join the combination"
    )
    criteria: tuple[Criterion, ...]
    options: tuple[OptionText, ...]
    sheet: AnswerSheet = Field(exclude=True, repr=False)

    @model_validator(mode="after")
    def _names_fit(self) -> Self:
        criteria = [each.name for each in self.criteria]
        options = [each.name for each in self.options]
        if not criteria or len(options) < 2:
            raise ValueError("a decision has at least one criterion and two options to choose from")
        for what, given in (("criterion", criteria), ("option", options)):
            if twice := sorted({name for name in given if given.count(name) > 1}):
                raise ValueError(f"the {what} `{twice[0]}` stands there twice: give each its own name")
        for option in self.options:
            for row in option.rows:
                if row.criterion not in criteria:
                    meant = instead(row.criterion, criteria)
                    raise ValueError(f"{option.name}: there is no criterion `{row.criterion}`: {meant}")
        return self

    @cached_property
    def rows(self) -> tuple[FlatRow, ...]:
        """Every reason and disqualifier, in the order of the options."""
        criteria = {each.name: at for at, each in enumerate(self.criteria)}
        return tuple(
            FlatRow(
                option=at,
                criterion=criteria[row.criterion],
                row=row,
                when=row.when,
                points=row.points,
                rules_out=isinstance(row, DisqualifierRow),
                answers=condition.names(row.when),
            )
            for at, option in enumerate(self.options)
            for row in option.rows
        )

    @cached_property
    def by_answer(self) -> dict[str, tuple[int, ...]]:
        """For each answer that the table looks at, the positions of the rows that ask it, in the order of the sheet."""
        asked: dict[str, list[int]] = {}
        for at, row in enumerate(self.rows):
            for name in row.answers:
                asked.setdefault(name, []).append(at)
        return {each.name: tuple(asked[each.name]) for each in self.sheet.answers if each.name in asked}

    @cached_property
    def disqualifiers(self) -> tuple[tuple[int, ...], ...]:
        """For each option, the positions of the rows that can rule it out."""
        return tuple(
            tuple(at for at, row in enumerate(self.rows) if row.rules_out and row.option == option)
            for option in range(len(self.options))
        )

    @cached_property
    def aspects(self) -> tuple[tuple[int, ...], ...]:
        """The positions of the options, grouped by aspect."""
        return tuple(
            tuple(at for at, option in enumerate(self.options) if option.aspect == aspect)
            for aspect in dict.fromkeys(option.aspect for option in self.options)
        )

    @property
    def weights(self) -> dict[str, float]:
        """The weights that count if nobody says otherwise."""
        return {each.name: each.weight for each in self.criteria}


def load(model: type[Model], path: Path, **context: Any) -> Model:
    """Read a YAML file into a model; every mistake in it is raised at once, as an `InputError` with lines."""
    data, lines = read_yaml(path)
    return _checked(model, data, lines, path, context)


@cache
def answer_sheet(folder: Path) -> AnswerSheet:
    """Give what the decisions of a room can ask: its answers.yaml."""
    sheet = load(AnswerSheet, folder / ANSWERS_FILE, sources=citations(folder))
    names = [each.name for each in sheet.answers]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        what = f"the answer `{twice[0]}` stands there twice"
        raise InputError(Mistake(str(folder / ANSWERS_FILE), 0, "answers", what, "give each its own name"))
    return sheet


@cache
def citations(folder: Path) -> Mapping[str, str]:
    """Give the citations that a folder spells out in its sources.yaml, by key; none where there is no such file."""
    path = folder / SOURCES_FILE
    if not path.is_file():
        return {}
    data, lines = read_yaml(path)
    wrong = [key for key, value in data.items() if not isinstance(value, str) or not value.strip()]
    if wrong:
        raise InputError(
            Mistake(
                str(path),
                lines.get((key,), 0),
                str(key),
                "a source is a citation in words",
                "write author, title, where",
            )
            for key in wrong
        )
    return {str(key): value for key, value in data.items()}


@cache
def decision_tables(folder: Path) -> tuple[DecisionTable, ...]:
    """Give the decision tables in a room's folder of knowledge: the files that start with a `question`."""
    found: list[DecisionTable] = []
    mistakes: list[Mistake] = []
    for path in sorted(folder.glob("*.yaml")):
        try:
            data, lines = read_yaml(path)
            if "question" in data:
                found.append(_decision_table(data, lines, path))
        except InputError as error:
            mistakes += error.mistakes
    if mistakes:
        raise InputError(mistakes)
    return tuple(found)


def decision_table(path: Path) -> DecisionTable:
    """Give one decision table; the folder's answers.yaml says what it may ask."""
    return _decision_table(*read_yaml(path), path)


def _decision_table(data: dict[str, Any], lines: Mapping[Place, int], path: Path) -> DecisionTable:
    sheet = answer_sheet(path.parent)
    soft = data["soft"].get("value") if isinstance(data.get("soft"), dict) else None
    context = {
        "sources": citations(path.parent),
        "known": sheet.known,
        "soft": soft if isinstance(soft, int | float) and soft > 1 else 2.0,
    }
    table = _checked(DecisionTable, {**data, "sheet": sheet}, lines, path, context)
    expected = f"{path.parent.parent.name}.{path.stem}"
    if table.question != expected:
        what = f"a table in this file answers the question `{expected}`, not `{table.question}`"
        raise InputError(
            Mistake(str(path), lines.get(("question",), 0), "question", what, "rename the file or the question")
        )
    return table


def _checked(
    model: type[Model], data: Any, lines: Mapping[Place, int], path: Path, context: Mapping[str, Any]
) -> Model:
    try:
        return model.model_validate(data, context=dict(context))
    except ValidationError as error:
        raise InputError(_mistake(each, data, lines, path) for each in error.errors()) from None


_ADVICE = {
    "because": "say why in a sentence; a row without a reason is a draft",
    "source": "say where it comes from; a row without a source is a draft",
}


def _mistake(error: Any, data: Any, lines: Mapping[Place, int], path: Path) -> Mistake:
    """Turn one of pydantic's errors into words, with the line of the nearest thing that has one."""
    place: Place = error["loc"]
    # Unions put the name of a branch into the path; those parts lead nowhere in the file.
    while place and place not in lines and place[:-1] not in lines:
        place = place[:-1]
    line = next((lines[place[:end]] for end in range(len(place), -1, -1) if place[:end] in lines), 0)
    name = str(place[-1]) if place else ""
    if error["type"] == "missing":
        what, todo = f"`{name}` is missing", _ADVICE.get(name, f"add `{name}`")
    elif error["type"] == "extra_forbidden":
        what, todo = f"`{name}` is not known here", "check its spelling, or remove it"
    else:
        what, todo = str(error["msg"]).removeprefix("Value error, "), _ADVICE.get(name, "")
    return Mistake(str(path), line, _key(place, data), what, todo)


def _key(place: Place, data: Any) -> str:
    """Write a place as a path, with list entries by their name where they have one."""
    said = ""
    for part in place:
        if isinstance(part, str):
            said += f".{part}" if said else part
            data = data.get(part) if isinstance(data, dict) else None
        else:
            data = data[part] if isinstance(data, list) and part < len(data) else None
            said += f"[{data['name'] if isinstance(data, dict) and 'name' in data else part}]"
    return said


def read_yaml(path: Path) -> tuple[dict[str, Any], dict[Place, int]]:
    """Read a YAML 1.2 mapping safely, with the line of every key and entry; anchors and repeated keys are refused."""
    try:
        loader = _loader()(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(Mistake(str(path), 0, "", f"cannot be read: {error.strerror}", "check the path")) from None
    try:
        node = loader.get_single_node()
        lines: dict[Place, int] = {}
        mistakes = list(_walk(node, (), lines, set(), path)) if node is not None else []
        if mistakes:
            raise InputError(mistakes)
        data = loader.construct_document(node) if node is not None else None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        raise InputError(Mistake(str(path), line, "", f"this is not YAML: {error.problem}", "mend it there")) from None
    finally:
        loader.dispose()
    if not isinstance(data, dict):
        raise InputError(
            Mistake(str(path), 1, "", "the file is not a mapping of keys to values", "start it with a key")
        )
    return data, lines


def _walk(node: Any, place: Place, lines: dict[Place, int], seen: set[int], path: Path) -> Any:
    """Note the line of every key and entry, and give the mistakes that the parser lets pass."""
    line = node.start_mark.line + 1
    lines[place] = line
    if id(node) in seen:
        yield Mistake(str(path), line, "", "an anchor is used here", "write the value out")
        return
    seen.add(id(node))
    if isinstance(node, yaml.MappingNode):
        keys: set[str] = set()
        for key, value in node.value:
            if key.value in keys:
                yield Mistake(
                    str(path),
                    key.start_mark.line + 1,
                    str(key.value),
                    "this key stands there twice",
                    "keep one of them",
                )
            keys.add(key.value)
            yield from _walk(value, (*place, key.value), lines, seen, path)
            lines[*place, key.value] = key.start_mark.line + 1
    elif isinstance(node, yaml.SequenceNode):
        for at, value in enumerate(node.value):
            yield from _walk(value, (*place, at), lines, seen, path)


@lru_cache(maxsize=1)
def _loader() -> Any:
    """Give a safe loader with the scalars of YAML 1.2's core schema: `no` and `on` are words, not booleans."""
    # libyaml's parser where PyYAML was built with it: ten times as fast, and every command reads the knowledge first.
    base = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    loader: Any = type("KnowledgeLoader", (base,), {"yaml_implicit_resolvers": {}})
    core = {
        "null": (r"(?:~|null|Null|NULL|)", ["~", "n", "N", ""]),
        "bool": (r"(?:true|True|TRUE|false|False|FALSE)", list("tTfF")),
        "int": (r"[-+]?[0-9]+", list("-+0123456789")),
        "float": (r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?", list("-+.0123456789")),
    }
    for name, (pattern, first) in core.items():
        loader.add_implicit_resolver(f"tag:yaml.org,2002:{name}", re.compile(f"^{pattern}$"), first)
    return loader
