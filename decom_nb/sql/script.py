"""A load as SQL: statements in order, some of them together or not at all. Generators write it, `proof/` runs it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Step:
    """One statement and what it does, in words."""

    sql: str
    what: str


@dataclass(frozen=True)
class Block:
    """Statements in order; if atomic, in one transaction: all of them take effect, or none."""

    steps: tuple[Step, ...]
    atomic: bool = False


@dataclass(frozen=True)
class Parameter:
    """A value that whoever runs the script gives, written ``:name`` in its statements."""

    name: str
    type: str
    """In DuckDB's words, such as ``TIMESTAMP``."""
    what: str


@dataclass(frozen=True)
class Script:
    """A load in one engine's SQL."""

    dialect: str
    blocks: tuple[Block, ...]
    parameters: tuple[Parameter, ...] = ()

    @property
    def steps(self) -> tuple[Step, ...]:
        """All statements, in order."""
        return tuple(step for block in self.blocks for step in block.steps)
