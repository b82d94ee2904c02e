"""What a rule was when an audit was taken: what it says, and a digest of everything that it judges by.

With it, two audits tell "you changed" from "our rules changed". `book.py` makes the versions, `difference.py` compares them.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import linecache
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import CodeType, FunctionType, MappingProxyType, ModuleType
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from decom_nb.rule import Rule, Told
from decom_nb.supply import asks

_OURS = "decom_nb"
_PLAIN = (str, int, float, bool, bytes, type(None))


class RuleVersion(BaseModel):
    """One rule as it was: `judges` is equal for two audits whose rule judged by the same settings, knowledge and code."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    judges: str = Field(
        description="digest of severity, effort, settings and of the code and knowledge that it reaches"
    )
    because: str = ""
    how: str = ""
    source: str = ""
    formerly: tuple[str, ...] = ()


def rule_versions(told: Iterable[Told], makers: Mapping[str, Callable[..., Any]]) -> dict[str, RuleVersion]:
    """Give the version of each rule by its id; `makers` are the measures and readers that rules ask for by name."""
    seen: dict[Any, _Reached] = {}
    return {
        each.rule.id: RuleVersion(
            judges=_judges(each, makers, seen),
            because=each.text.because,
            how=each.text.how,
            source=each.text.source,
            formerly=each.text.formerly,
        )
        for each in told
    }


@dataclass(frozen=True)
class _Reached:
    """A function, class, value or file: its name and text, and what it uses."""

    known: tuple[str, str]
    uses: tuple[Any, ...]


def _judges(told: Told, makers: Mapping[str, Callable[..., Any]], seen: dict[Any, _Reached]) -> str:
    text = told.text
    digest = hashlib.sha256(_written([text.severity, text.effort, text.settings, sorted(told.rule.requires)]).encode())
    found: set[tuple[str, str]] = set()
    waiting: list[Any] = [told.rule.check]
    while waiting:
        thing = waiting.pop()
        handle = thing[:2] if isinstance(thing, tuple) else thing
        if handle not in seen:
            seen[handle] = _Reached((_key(thing), _own(thing)), tuple(_reaches(thing, makers)))
        if seen[handle].known not in found:
            found.add(seen[handle].known)
            waiting += seen[handle].uses
    for key, own in sorted(found):
        digest.update(f"{key}\0{own}\0".encode())
    return digest.hexdigest()[:16]


def _key(thing: Any) -> str:
    if isinstance(thing, tuple):  # a value, with the place and name it has
        return f"{thing[0]}.{thing[1]}"
    if isinstance(thing, Path):
        return thing.as_posix().rpartition(f"/{_OURS}/")[2]
    return f"{thing.__module__}.{thing.__qualname__}"


def _own(thing: Any) -> str:
    """Give the text that stands for a thing itself, without what it reaches."""
    if isinstance(thing, FunctionType):
        return _source(thing.__code__)
    if isinstance(thing, tuple):
        return _written(thing[2])
    if isinstance(thing, Path):
        return _file(thing)
    return ""


def _reaches(thing: Any, makers: Mapping[str, Callable[..., Any]]) -> Iterator[Any]:
    """Give what a function or a class uses by name: functions and classes of ours, and values such as SQL and tables."""
    if isinstance(thing, type):
        yield from (found for value in vars(thing).values() if (found := _function(value)))
        return
    if not isinstance(thing, FunctionType):
        return
    names = _names(thing.__code__)
    for name in sorted(names):
        if name.startswith(f"{_OURS}."):  # imported where it is used, as heavy modules are
            if origin := _origin(name):
                yield origin
        elif name in thing.__globals__:
            yield from _used(thing.__module__, name, thing.__globals__[name], names)
    yield from (found for name in asks(thing).names if (found := _function(makers.get(name))))


def _used(module: str, name: str, value: Any, names: frozenset[str]) -> Iterator[Any]:
    if isinstance(value, ModuleType):
        if value.__name__.startswith(f"{_OURS}."):
            for each in sorted(names & vars(value).keys()):
                yield from _used(value.__name__, each, vars(value)[each], frozenset())
    elif function := _function(value):
        yield function
    elif isinstance(value, type):
        if value.__module__.startswith(f"{_OURS}."):
            yield value
    elif name.isupper() and not callable(value):  # a constant; what has another name may be a cache, and differ by run
        yield (module, name, value)


def _function(value: Any) -> FunctionType | None:
    """Give the function of ours behind a rule, a property, a cache or a method; ``None`` for all else."""
    if isinstance(value, Rule):
        value = value.check
    value = getattr(value, "func", None) or getattr(value, "fget", None) or value
    value = getattr(value, "__wrapped__", None) or getattr(value, "__func__", None) or value
    ours = isinstance(value, FunctionType) and value.__module__.startswith(f"{_OURS}.")
    return value if ours else None


@lru_cache(maxsize=4096)
def _names(code: CodeType) -> frozenset[str]:
    inner = [each for each in code.co_consts if isinstance(each, CodeType)]
    return frozenset(code.co_names).union(*map(_names, inner))


@lru_cache(maxsize=4096)
def _source(code: CodeType) -> str:
    """Give a function's lines without indents, empty lines and lines of comment."""
    last = max((end for _, end, _, _ in code.co_positions() if end), default=code.co_firstlineno)
    for each in code.co_consts:
        if isinstance(each, CodeType):
            last = max(last, *(end for _, end, _, _ in each.co_positions() if end))
    return _stripped(linecache.getlines(code.co_filename)[code.co_firstlineno - 1 : last])


@lru_cache(maxsize=256)
def _file(file: Path) -> str:
    return _stripped(file.read_text(encoding="utf-8").splitlines())


def _stripped(lines: Iterable[str]) -> str:
    bare = (line.strip() for line in lines)
    return "\n".join(line for line in bare if line and not line.startswith("#"))


@lru_cache(maxsize=256)
def _origin(module: str) -> Path | None:
    try:
        spec = importlib.util.find_spec(module)
    except (ImportError, ValueError):
        return None
    return Path(spec.origin) if spec and spec.origin and spec.origin.endswith(".py") else None


def _written(value: Any) -> str:
    return json.dumps(_plain(value), sort_keys=True, ensure_ascii=True)


def _plain(value: Any) -> Any:
    """Give a value as JSON can write it, in an order that no run changes; what has no such form counts as its type."""
    if isinstance(value, _PLAIN):
        return repr(value)
    if isinstance(value, BaseModel):
        return _plain(value.model_dump())
    if isinstance(value, dict | MappingProxyType) and all(isinstance(key, _PLAIN) for key in value):
        return {repr(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, set | frozenset):
        return sorted(json.dumps(_plain(each), sort_keys=True) for each in value)
    return type(value).__qualname__
