"""What the commands do with contract files, whatever form they are in: validate, import, export, compare.

Forms are told apart by content: our documents, the Open Data Contract Standard, the older Data Contract Specification, and
dbt's properties files. Nothing outside the given files is read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Literal

from decom_nb.contract.clause import clauses
from decom_nb.contract.contract_difference import ContractDifference, SameData, difference, plain
from decom_nb.contract.dbt_import import from_dbt_yaml, is_dbt_yaml
from decom_nb.contract.dcs_import import from_dcs, is_dcs
from decom_nb.contract.model import Contract, Dialect, Policy
from decom_nb.contract.odcs import OdcsContract, is_odcs, parse_mapping
from decom_nb.contract.odcs_export import Exported, to_odcs
from decom_nb.contract.odcs_import import Imported, from_odcs
from decom_nb.contract.odcs_validity import validity
from decom_nb.document.reading import opened
from decom_nb.errors import InputError, Mistake
from decom_nb.yaml_text.file import YamlFile, read_bytes

Form = Literal["contract", "odcs", "dcs", "dbt"]

FORMS: Mapping[Form, str] = {
    "contract": "contract documents",
    "odcs": "Open Data Contract Standard",
    "dcs": "Data Contract Specification",
    "dbt": "dbt properties",
}
"""The forms in words."""


@dataclass(frozen=True)
class FileVerdict:
    """One contract file: what it is, whether it is valid, and what it holds."""

    path: str
    form: Form | None
    """Nothing for a file that is no contract at all."""
    version: str
    """Of the contract itself."""
    valid: bool
    mistakes: tuple[Mistake, ...]
    contracts: tuple[Contract, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def tables(self) -> tuple[str, ...]:
        """Give the tables it is about."""
        return tuple(each.table for each in self.contracts)

    @property
    def clauses(self) -> int:
        """Give how many clauses its contracts have."""
        return sum(len(clauses(each)) for each in self.contracts)


def form_of(data: Mapping[str, Any]) -> Form | None:
    """Say in which form plain data is a contract, nothing if in none."""
    if data.get("document") == Contract.name and "contract" in data:
        return "contract"
    if is_odcs(data):
        return "odcs"
    if is_dcs(data):
        return "dcs"
    return "dbt" if is_dbt_yaml(data) else None


def validate(path: Path | str, dialect: Dialect | None = None) -> FileVerdict:
    """Judge one file. Never raises for what is in it: what is wrong is in `mistakes`, with lines."""
    try:
        data = read_bytes(Path(path))
    except InputError as error:
        return FileVerdict(str(path), None, "", False, error.mistakes)
    return validate_bytes(data, str(path), dialect)


def validate_bytes(data: bytes, path: str, dialect: Dialect | None = None) -> FileVerdict:
    """Judge the bytes of one file; see `validate`."""
    form: Form | None = None
    try:
        source = parse_mapping(data, path)
        told = source.root.plain()
        form = form_of(told)
        if form is None:
            raise InputError(_no_contract(path))
        imported = _imported(source, form, dialect, data)
    except InputError as error:
        if form == "odcs":
            judged = validity(OdcsContract(told, source))
            return FileVerdict(path, form, _version(told, form), False, judged.mistakes or error.mistakes)
        return FileVerdict(path, form, "" if form is None else _version(told, form), False, error.mistakes)
    mistakes: tuple[Mistake, ...] = ()
    valid = True
    if form == "odcs":
        judged = validity(OdcsContract(told, source))
        valid, mistakes = judged.valid, judged.mistakes
    return FileVerdict(path, form, _version(told, form), valid, mistakes, imported.contracts, imported.notes)


def import_contracts(path: Path | str, dialect: Dialect | None = None) -> Imported:
    """Read contracts from a file in any form, with notes on what of it they do not say; raise an `InputError`."""
    data = read_bytes(Path(path))
    source = parse_mapping(data, str(path))
    form = form_of(source.root.plain())
    if form is None:
        raise InputError(_no_contract(str(path)))
    return _imported(source, form, dialect, data)


def export_contracts(paths: Iterable[Path | str], dialect: Dialect | None = None) -> Exported:
    """Put the contracts of files in any form into one ODCS contract; raise an `InputError`."""
    notes: list[str] = []
    found: list[Contract] = []
    for path in paths:
        imported = import_contracts(path, dialect)
        found += imported.contracts
        notes += [f"{path}: {note}" for note in imported.notes]
    told = to_odcs(*found)
    return Exported(told.contract, (*notes, *told.notes))


def compare(
    before: Path | str,
    after: Path | str,
    *,
    table: str = "",
    dialect: Dialect | None = None,
    policy: Policy | None = None,
    same_data: SameData = (),
    notified_on: date | None = None,
    effective_on: date | None = None,
) -> ContractDifference:
    """Compare two contract files in any form; `table` chooses one where a file holds several and is not ODCS."""
    return difference(
        read_contract(before, table=table, dialect=dialect),
        read_contract(after, table=table, dialect=dialect),
        dialect=dialect,
        policy=policy,
        same_data=same_data,
        notified_on=notified_on,
        effective_on=effective_on,
    )


def read_contract(path: Path | str, *, table: str = "", dialect: Dialect | None = None) -> Contract | OdcsContract:
    """Read one contract: an ODCS file as it is, anything else as a contract in the template; raise an `InputError`."""
    data = read_bytes(Path(path))
    source = parse_mapping(data, str(path))
    told = source.root.plain()
    form = form_of(told)
    if form is None:
        raise InputError(_no_contract(str(path)))
    if form == "odcs" and not table:
        return OdcsContract(told, source)
    found = _imported(source, form, dialect, data).contracts
    named = [each for each in found if not table or table in (each.table, each.terms.name)]
    if len(named) == 1:
        return named[0]
    tables = ", ".join(each.table for each in found) or "none"
    what = (
        f"is about several tables: {tables}" if named else f"is not about {table or 'any table'}, but about: {tables}"
    )
    raise InputError(Mistake(str(path), 0, "", what, "name one of them as the table"))


def document_text(contract: Contract) -> str:
    """Give a contract as the text of a document, with what is answered in the template's order."""
    from decom_nb.yaml_text.edit import render

    head = {"document": Contract.name, "version": Contract.document_version}
    return render(head) + "\n" + render({"contract": plain(contract)})


def document_name(contract: Contract) -> str:
    """Give a name for a contract's file, made of the name of its table.

    >>> document_name(Contract.model_validate({"contract": {"name": "Shop Orders", "table": "shop.orders"}}))
    'shop_orders'
    """
    return re.sub(r"[^a-z0-9]+", "_", (contract.table or "contract").lower()).strip("_")[:80] or "contract"


def _imported(source: YamlFile, form: Form, dialect: Dialect | None, data: bytes) -> Imported:
    if form == "contract":
        return Imported((opened(Contract, Path(source.file), data).document,))
    if form == "odcs":
        return from_odcs(OdcsContract(source.root.plain(), source), dialect)
    if form == "dcs":
        return from_dcs(source, dialect)
    return from_dbt_yaml(source, dialect or "duckdb")


def _version(data: Mapping[str, Any], form: Form) -> str:
    inner = {"contract": "contract", "dcs": "info"}.get(form)
    held = data.get(inner) if inner else data
    version = held.get("version") if isinstance(held, dict) and form != "dbt" else ""
    return "" if version is None or isinstance(version, dict | list) else str(version)


def _no_contract(path: str) -> Mistake:
    known = "a contract document, ODCS, the Data Contract Specification or dbt properties"
    return Mistake(path, 1, "", "is no contract", f"these are read: {known}")
