"""What must hold of names: tables and columns follow the conventions in force. `rules.py` takes the rules from here."""

from __future__ import annotations

from decom_nb.finding import Finding, false, not_applicable, not_known, true
from decom_nb.phases.modeling.naming.lint import Judged, Linted
from decom_nb.rule import rule
from decom_nb.wording import counted, listed

_NAMED = 3
"""How many names a message gives; the rows have them all."""


@rule
def table_names_follow_the_conventions(naming_lint: Linted | None) -> Finding:
    """Every table whose layer is told is named by the convention of its layer."""
    if naming_lint is None:
        return not_known("No manifest of a dbt project and no dimensional model was found: no names are known.")
    told = [each for each in naming_lint.judged if each.column is None]
    if not told and naming_lint.layer_not_told:
        return not_known(f"Of {counted(len(naming_lint.layer_not_told), 'table')} no layer is told.")
    return _found(told, "table")


@rule
def column_names_follow_the_conventions(naming_lint: Linted | None) -> Finding:
    """Every boolean, timestamp, date, identifier, amount and count is named as one."""
    if naming_lint is None:
        return not_known("No manifest of a dbt project and no dimensional model was found: no names are known.")
    told = [each for each in naming_lint.judged if each.column is not None]
    if not told and naming_lint.type_not_told:
        return not_known(
            f"Of {counted(naming_lint.type_not_told, 'column')} no type is told: a catalog.json would tell."
        )
    return _found(told, "column")


def _found(told: list[Judged], noun: str) -> Finding:
    if not told:
        return not_applicable(f"No convention is about any {noun} that was read.")
    wrong = [each for each in told if each.found]
    accepted = sum(bool(each.excepted) for each in told)
    besides = f" Accepted as they are: {accepted:,}." if accepted else ""
    if not wrong:
        return true(f"Of {counted(len(told), noun)} that a convention is about, all follow it.{besides}")
    names = [f"{each.name} → {each.proposed}" if each.proposed else each.name for each in wrong[:_NAMED]]
    more = [f"{len(wrong) - _NAMED:,} more"] if len(wrong) > _NAMED else []
    said = f"{len(wrong):,} of {counted(len(told), noun)} are not named by their convention"
    message = f"{said}: {listed([*names, *more])}.{besides}"
    return false(message, met=1 - len(wrong) / len(told), rows=[each.row() for each in wrong])
