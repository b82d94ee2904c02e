"""Decision trees as data: questions whose answers lead on, until an end says what to do. Rooms keep one in ``tables/*.yaml``.

    tree: pipelines.extraction
    nodes:
      - {name: source, question: What is data read from?, field: extract.source.kind, because: …, source: …,
         ways: [{answer: database, to: capture}, {answer: stream, to: consumer_group}]}
    leaves:
      - {name: consumer_group, recommends: A consumer group, …, because: …, source: …}

`walk` follows it as far as there are answers, whoever asks them: a form, one question at a time, or a document that holds them
already. A tree that cannot be walked to every end, that runs in a circle or whose rows give no reason is refused when it is read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path as File
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from decom_nb import knowledge
from decom_nb.condition import Answer
from decom_nb.errors import InputError, Mistake
from decom_nb.knowledge import Row
from decom_nb.suggest import instead


class Way(BaseModel):
    """Where one answer leads: a choice, yes or no, or the numbers below a limit or from it on."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    answer: str | bool | None = None
    below: float | None = Field(None, description="numbers smaller than this")
    at_least: float | None = Field(None, description="numbers from this on")
    to: str = Field(min_length=1, description="name of a node or of a leaf")

    @property
    def says(self) -> str:
        """Give the answer in words.

        >>> Way(answer=True, to="x").says, Way(below=1e6, to="x").says, Way(at_least=1e6, to="x").says
        ('yes', 'below 1,000,000', '1,000,000 or more')
        """
        if self.below is not None:
            return f"below {self.below:,.0f}"
        if self.at_least is not None:
            return f"{self.at_least:,.0f} or more"
        if isinstance(self.answer, bool):
            return "yes" if self.answer else "no"
        return str(self.answer)

    def takes(self, answer: Answer) -> bool:
        """Tell whether the answer goes this way."""
        if self.answer is not None:
            return type(answer) is type(self.answer) and answer == self.answer
        if isinstance(answer, bool) or not isinstance(answer, int | float):
            return False
        return answer < self.below if self.below is not None else answer >= (self.at_least or 0)


class Node(Row):
    """A question and where each answer to it leads."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    question: str = Field(min_length=1)
    short: str = Field(min_length=1, description="the question in a few words, for a drawing")
    field: str = Field("", description="where the answer is kept, as a path into a document")
    unit: str = ""
    ways: tuple[Way, ...] = Field(min_length=2)

    @property
    def is_number(self) -> bool:
        """Tell whether a number is asked for."""
        return self.ways[0].answer is None

    @model_validator(mode="after")
    def _ways_part(self) -> Self:
        if any((way.answer is None) != self.is_number for way in self.ways):
            raise ValueError(f"{self.name}: answers are all choices, or all stretches of numbers")
        if self.is_number:
            limits = [(way.below, way.at_least) for way in self.ways]
            if len(limits) != 2 or limits[0][0] is None or limits[0][0] != limits[1][1] or limits[1][0] is not None:
                raise ValueError(f"{self.name}: numbers go two ways, first `below` a limit, then `at_least` the same")
            return self
        said = [way.answer for way in self.ways]
        if any(way.below is not None or way.at_least is not None for way in self.ways):
            raise ValueError(f"{self.name}: a way has an `answer` or a limit, not both")
        if len(set(said)) != len(said):
            raise ValueError(f"{self.name}: one answer leads two ways")
        if len({type(each) for each in said}) > 1:
            raise ValueError(f"{self.name}: answers are yes and no, or all of them words")
        return self


class Caution(Row):
    """What to look out for at an end."""

    says: str = Field(min_length=1)


class Leaf(Row):
    """An end of the tree: what to do, with which tools, what for, and what to look out for."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    recommends: str = Field(min_length=1)
    short: str = Field(min_length=1, description="the same in a few words, for a drawing")
    tools: tuple[str, ...] = ()
    best_for: str = Field(min_length=1)
    cautions: tuple[Caution, ...] = ()
    fits: tuple[str, ...] = Field((), description="values of what the tree decides that follow this end")


class Tree(BaseModel):
    """Questions and ends, as one file has them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    tree: str = Field(
        pattern=r"^[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*$", description="room.tree, such as pipelines.extraction"
    )
    title: str = Field(min_length=1)
    asks: str = Field(min_length=1, description="what it helps to decide, as a question")
    document: str = Field("", description="document that keeps the answers")
    decides: str = Field("", description="field of the document that says what was decided")
    root: str
    nodes: tuple[Node, ...] = Field(min_length=1)
    leaves: tuple[Leaf, ...] = Field(min_length=1)

    @cached_property
    def by_name(self) -> Mapping[str, Node | Leaf]:
        """Give every node and leaf by its name."""
        return {**{node.name: node for node in self.nodes}, **{leaf.name: leaf for leaf in self.leaves}}

    @model_validator(mode="after")
    def _can_be_walked(self) -> Self:
        names = [*(node.name for node in self.nodes), *(leaf.name for leaf in self.leaves)]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"`{twice[0]}` stands there twice: give each node and leaf its own name")
        if not isinstance(self.by_name.get(self.root), Node):
            raise ValueError(
                f"the root `{self.root}` is no node: {instead(self.root, [each.name for each in self.nodes])}"
            )
        for node in self.nodes:
            for way in node.ways:
                if way.to not in self.by_name:
                    raise ValueError(f"{node.name}: `{way.to}` is neither node nor leaf: {instead(way.to, names)}")
        if circle := self._circle():
            raise ValueError(f"the questions run in a circle: {' → '.join(circle)}")
        reached = self.below(self.root)
        if lost := [name for name in names if name not in reached]:
            raise ValueError(f"no answer leads to `{lost[0]}`: lead there, or take it out")
        return self

    def _circle(self) -> tuple[str, ...]:
        """Give the names on a circle; empty where there is none."""
        done: set[str] = set()

        def look(name: str, trail: tuple[str, ...]) -> tuple[str, ...]:
            if name in trail:
                return (*trail[trail.index(name) :], name)
            here = self.by_name[name]
            if name not in done and isinstance(here, Node):
                for way in here.ways:
                    if found := look(way.to, (*trail, name)):
                        return found
            done.add(name)
            return ()

        return next((found for node in self.nodes if (found := look(node.name, ()))), ())

    def below(self, name: str) -> frozenset[str]:
        """Give the names of all that can be reached from a node or leaf, itself among them."""
        found: set[str] = set()
        waiting = [name]
        while waiting:
            if (each := waiting.pop()) not in found:
                found.add(each)
                here = self.by_name[each]
                waiting += [way.to for way in here.ways] if isinstance(here, Node) else []
        return frozenset(found)


@dataclass(frozen=True, slots=True)
class Step:
    """A question that was answered, and the way that was taken."""

    node: Node
    way: Way
    answer: Answer


@dataclass(frozen=True, slots=True)
class Path:
    """How far a walk came: the steps, and then either the end or the question that nobody has answered."""

    tree: Tree
    steps: tuple[Step, ...]
    leaf: Leaf | None
    open: Node | None

    @property
    def at(self) -> str:
        """Give the name of where it stands."""
        return self.leaf.name if self.leaf else self.open.name if self.open else ""

    @property
    def route(self) -> tuple[str, ...]:
        """Give the names from the root to where it stands."""
        return (*(step.node.name for step in self.steps), self.at)


def walk(tree: Tree, answers: Mapping[str, Answer]) -> Path:
    """Walk as far as the answers lead, by the nodes' names; ``None`` is no answer.

    An answer that has no way, such as a word that is not offered, raises `InputError`.
    """
    steps: list[Step] = []
    here = tree.by_name[tree.root]
    while isinstance(here, Node):
        answer = answers.get(here.name)
        if answer is None:
            return Path(tree, tuple(steps), None, here)
        way = next((each for each in here.ways if each.takes(answer)), None)
        if way is None:
            offered = [each.says for each in here.ways]
            what = f"{here.question} {answer!r} is no answer to it"
            raise InputError(Mistake("", 0, here.field or here.name, what, instead(str(answer), offered)))
        steps.append(Step(here, way, answer))
        here = tree.by_name[way.to]
    return Path(tree, tuple(steps), here, None)


def answers_of(tree: Tree, document: Mapping[str, object] | BaseModel) -> dict[str, Answer]:
    """Read the answers that a document holds, by the nodes' names; a field that is not there is no answer."""
    return {node.name: _value(document, node.field) for node in tree.nodes if node.field}


def _value(document: object, path: str) -> Answer:
    value = document
    for part in path.split("."):
        value = value.get(part) if isinstance(value, Mapping) else getattr(value, part, None)
    return value if isinstance(value, str | bool | int | float) and value != "" else None


@dataclass(frozen=True, slots=True)
class Branch:
    """A node or leaf where it stands in a drawing from the top down, and how it is come to."""

    name: str
    depth: int
    route: tuple[str, ...]
    """The names from the root to here."""
    answer: str
    """The answer that leads here, in words; empty at the root."""
    here: Node | Leaf


def branches(tree: Tree) -> Iterator[Branch]:
    """Give all of the tree from the top down, each node before what it leads to; what two ways lead to stands there twice."""

    def below(name: str, route: tuple[str, ...], answer: str) -> Iterator[Branch]:
        here = tree.by_name[name]
        yield Branch(name, len(route), (*route, name), answer, here)
        if isinstance(here, Node):
            for way in here.ways:
                yield from below(way.to, (*route, name), way.says)

    yield from below(tree.root, (), "")


@cache
def decision_tree(path: File) -> Tree:
    """Read one tree; every mistake in the file is told at once, with its line."""
    tree = knowledge.load(Tree, path, sources=knowledge.citations(path.parent))
    expected = f"{path.parent.parent.name}.{path.stem}"
    if tree.tree != expected:
        what = f"a tree in this file is called `{expected}`, not `{tree.tree}`"
        raise InputError(Mistake(str(path), 0, "tree", what, "rename the file or the tree"))
    return tree


@cache
def decision_trees(folder: File) -> tuple[Tree, ...]:
    """Give the trees in a room's folder of knowledge: the files that have ``nodes``."""
    found = [path for path in sorted(folder.glob("*.yaml")) if "nodes" in knowledge.read_yaml(path)[0]]
    return tuple(decision_tree(path) for path in found)
