"""Data contracts that lie among the evidence: our documents, the Open Data Contract Standard, the older specification.

Rules and measures ask for a `Contracts` under the name "contracts". What is wrong in a file is a problem with its line, and
what can be read of it still counts. No address in a contract is followed, and no query in it is run.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from decom_nb.evidence import files
from decom_nb.evidence.source import Found, Problem, Source, SourceFile, source_of
from decom_nb.yaml_text.file import MAX_BYTES

if TYPE_CHECKING:
    from decom_nb.contract import Contract, FileVerdict

KIND = "data contracts"

_YAML = re.compile(
    rb"^(?:kind[ \t]*:[ \t]*[\"']?DataContract\b|apiVersion[ \t]*:[ \t]*[\"']?v[23]\.\d"
    rb"|dataContractSpecification[ \t]*:|document[ \t]*:[ \t]*[\"']?contract[\"']?[ \t]*(?:#.*)?\r?$)",
    re.MULTILINE,
)
_JSON = re.compile(rb"\"kind\"\s*:\s*\"DataContract\"|\"dataContractSpecification\"\s*:\s*[\"\d]")


@dataclass(frozen=True)
class ContractFile:
    """One contract file: where it lies, and what was seen in it."""

    path: str
    verdict: FileVerdict

    @property
    def valid(self) -> bool:
        """Whether it is valid in its own form."""
        return self.verdict.valid

    @property
    def tables(self) -> tuple[str, ...]:
        """The tables it is about."""
        return self.verdict.tables

    @property
    def clauses(self) -> int:
        """How many clauses its contracts have."""
        return self.verdict.clauses


@dataclass(frozen=True)
class Contracts:
    """All contract files, by path."""

    files: tuple[ContractFile, ...]

    @cached_property
    def contracts(self) -> tuple[Contract, ...]:
        """Every contract that could be read, valid file or not, by file and in its order."""
        return tuple(contract for file in self.files for contract in file.verdict.contracts)

    def of(self, table: str) -> tuple[Contract, ...]:
        """Give the contracts of a table."""
        return tuple(each for each in self.contracts if each.table == table)


class ContractFiles:
    """The collector."""

    name = "contracts"
    words = "data contracts (ODCS, Data Contract Specification, contract documents)"
    kinds: tuple[str, ...] = (KIND,)

    def recognises(self, path: Path, head: bytes) -> str:
        """Recognise a contract by the keys with which it says what it is."""
        if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
            return KIND if _JSON.search(head) else ""
        return KIND if _YAML.search(head.removeprefix(b"\xef\xbb\xbf")) else ""

    def read(self, found: Sequence[Found]) -> tuple[Contracts | None, tuple[Source, ...]]:
        """Judge all files; each problem has its line."""
        from decom_nb.contract import FORMS, validate_bytes

        read: list[ContractFile] = []
        listed: list[SourceFile] = []
        problems: list[Problem] = []
        for file in sorted(found, key=lambda each: each.shown):
            common = {"path": file.shown, "kind": KIND, "sha256": file.sha256, "bytes": file.bytes}
            try:
                data = _read(file.path)
            except (*files.DAMAGED, ValueError) as error:
                why = str(error) if isinstance(error, ValueError) else files.why(error)
                listed.append(SourceFile(**common, note=why))
                problems.append(Problem(path=file.shown, what=f"left out: {why}"))
                continue
            verdict = validate_bytes(data, file.shown)
            read.append(ContractFile(file.shown, verdict))
            counts = {"valid" if verdict.valid else "invalid": len(verdict.contracts)}
            note = FORMS[verdict.form] if verdict.form else "no contract that can be read"
            rows = len(verdict.contracts)
            listed.append(SourceFile(**common, rows=rows, counts=counts if rows else {}, note=note))
            for each in verdict.mistakes:
                said = ": ".join(part for part in (each.key, each.what) if part)
                problems.append(Problem(path=file.shown, line=each.line, what=said))
        totals = {
            "tables": len({table for each in read for table in each.tables}),
            "clauses": sum(each.clauses for each in read),
            "invalid": sum(not each.valid for each in read),
        }
        value = Contracts(tuple(read)) if any(each.verdict.form for each in read) else None
        return value, (source_of(KIND, listed, problems, totals=totals),)


CONTRACTS = ContractFiles()


def _read(path: Path) -> bytes:
    with files.opened(path) as file:
        data = file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise ValueError(f"it is larger than {MAX_BYTES / 1e6:g} MB, which no contract is")
    return data
