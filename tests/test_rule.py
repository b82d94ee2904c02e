"""Rules run on what they name, and every way they can end is an outcome."""

from __future__ import annotations

from decom_nb.finding import Finding, false, true
from decom_nb.rule import Origin, Rule, RuleText, Told, misfits, rule, run
from decom_nb.supply import Supply


def told(check: Rule, **settings: object) -> Told:
    text = RuleText(
        severity="high", because="b", how="h", remedy="mend it", effort="low", source="s", settings=dict(settings)
    )
    return Told(check, text)


@rule
def rows_are_few(rows: list[int], *, most: int) -> Finding:
    """There are few rows."""
    return (
        true("few") if len(rows) <= most else false("many", met=most / len(rows), rows=[{"row": row} for row in rows])
    )


@rule(requires={"tests.rows_are_few"})
def rows_are_small(rows: list[int]) -> Finding:
    """Rows are small."""
    return true(f"the largest is {max(rows)}")


@rule
def rows_can_be_divided(rows: list[int]) -> Finding:
    """Rows can be divided."""
    return true(str(1 / rows[0]))


def test_a_finding_carries_what_the_yaml_and_the_inputs_say() -> None:
    (found,) = run(
        [told(rows_are_few, most=1)],
        Supply({"rows": [1, 2]}),
        {"rows": Origin("rows of a file", ("evidence/rows.csv",))},
    )
    assert (found.rule, found.phase, found.outcome, found.met) == ("tests.rows_are_few", "tests", "false", 0.5)
    assert (found.severity, found.remedy, found.effort, found.title) == ("high", "mend it", "low", "There are few rows")
    assert found.sources == ("evidence/rows.csv",)
    assert found.evidence == ({"row": 1}, {"row": 2})


def test_a_rule_without_its_evidence_is_not_known() -> None:
    (found,) = run([told(rows_are_few, most=1)], Supply({}), {"rows": Origin("rows of a file")})
    assert (found.outcome, found.met) == ("not_known", None)
    assert "without rows of a file" in found.message


def test_a_rule_that_crashes_is_an_error_and_the_others_go_on() -> None:
    first, second = run([told(rows_can_be_divided), told(rows_are_few, most=3)], Supply({"rows": [0]}), {})
    assert (first.outcome, first.met) == ("error", None)
    assert "ZeroDivisionError" in first.message
    assert second.outcome == "true"


def test_a_rule_is_not_asked_when_its_footing_does_not_hold() -> None:
    later, footing = run([told(rows_are_small), told(rows_are_few, most=1)], Supply({"rows": [1, 2]}), {})
    assert (later.outcome, footing.outcome) == ("not_known", "false")
    assert "There are few rows" in later.message


def test_code_and_yaml_out_of_step_are_told_in_both_directions() -> None:
    texts = {"rows_are_few": told(rows_are_few, least=1).text, "gone": told(rows_are_few).text}
    assert misfits([rows_are_few, rows_are_small], texts) == [
        "phase.yaml has gone, rules.py does not",
        "rows_are_few: settings in phase.yaml and keyword-only parameters differ",
        "rules.py has rows_are_small, phase.yaml does not",
    ]
