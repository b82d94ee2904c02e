"""The test pyramid as it stands: which tests there are in each of its six layers, when they ran, and what is missing.

`measures.py` keeps it in the audit. No test is counted in two layers, and none twice: a reported case whose code was read is
that test, and a check of a contract's table is not counted beside the contract.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from decom_nb.check import Suite
from decom_nb.contract import Contract
from decom_nb.evidence.check_runs import CheckRuns
from decom_nb.evidence.contracts import Contracts
from decom_nb.evidence.dbt import DataTest, Dbt, Invocation, Result
from decom_nb.evidence.test_code import Command, TestCode
from decom_nb.history import History
from decom_nb.phases.testing.pyramid_layer import Placed, layer_of_case, layers_of, placed, reported
from decom_nb.phases.testing.pyramid_table import LAYERS, Layer, LayerText, pyramid_table
from decom_nb.phases.testing.pyramid_when import Kept, PipelineRuns, Seen, Start, days_of, kept

MOST_ITEMS = 40
"""How many kinds of tests of a layer are kept."""
MOST_EXAMPLES = 8
"""How many tests are named for each kind."""

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Item:
    """Tests of one kind from one place: how many, the newest run and what it came to."""

    layer: Layer
    what: str
    place: str
    tests: int
    cases: int = 0
    runs: tuple[datetime, ...] = ()
    outcomes: dict[str, int] = field(default_factory=dict)
    sign: str = ""
    examples: tuple[str, ...] = ()

    def row(self) -> Row:
        """Give it as it is kept."""
        return {
            "what": self.what,
            "place": self.place,
            "tests": self.tests,
            "cases": max(self.cases, self.tests),
            "runs": len(self.runs),
            "last_run": self.runs[-1].isoformat() if self.runs else None,
            "outcomes": dict(sorted(self.outcomes.items())),
            "sign": self.sign,
            "examples": list(self.examples[:MOST_EXAMPLES]),
        }


@dataclass(frozen=True)
class Pyramid:
    """All that is looked at; `of` gives one layer."""

    code: TestCode
    dbt: Dbt
    check_runs: CheckRuns | None
    contracts: Sequence[Contract]
    suites: Sequence[Suite]
    history: History | None
    service_levels: Any

    @cached_property
    def items(self) -> tuple[Item, ...]:
        """Every kind of tests, by layer."""
        found = (
            *self._of_code(),
            *self._of_reports(),
            *self._of_workflows(),
            *self._of_dbt(),
            *self._of_checks(),
            *self._of_speed(),
        )
        return tuple(sorted((each for each in found if each.tests), key=lambda each: -each.tests))

    def of(self, layer: Layer) -> Row:
        """Give a layer: its items, when they ran against when they should, and the gap."""
        text = pyramid_table().text(layer)
        items = [each for each in self.items if each.layer == layer]
        tests = sum(each.tests for each in items)
        known = bool(items) or self._would_show(layer)
        needs = [kept(need, self._seen(layer, items)) for need in text.needs] if items else []
        runs = _moments(items)
        return {
            "layer": layer,
            "title": text.title,
            "what_to_test": text.tests,
            "how": text.how,
            "when": text.when,
            "state": "present" if tests else "missing" if known else "not_known",
            "tests": tests,
            "cases": sum(max(each.cases, each.tests) for each in items),
            "runs": len(runs),
            "last_run": runs[-1].isoformat() if runs else None,
            "items": [each.row() for each in items[:MOST_ITEMS]],
            "needs": [
                {"need": each.need, "met": each.outcome, "low": each.low, "high": each.high, "says": each.says}
                for each in needs
            ],
            "gaps": _gaps(text, bool(tests), known, needs, items, self._switched_off[layer]),
            "remedy": text.remedy,
            "because": text.because,
            "source": text.source,
        }

    # What there is

    @cached_property
    def _placed(self) -> tuple[Placed, ...]:
        """The tests that are not switched off."""
        return tuple(each for each in placed(self.code) if not each.test.skipped)

    @cached_property
    def _switched_off(self) -> Counter[Layer]:
        return Counter(each.layer for each in placed(self.code) if each.test.skipped)

    def _of_code(self) -> Iterator[Item]:
        """Test functions, by layer and by the sign that put them there."""
        known, _ = reported(self.code, self._placed)
        newest: dict[tuple[str, str], str] = {}
        ran: dict[tuple[str, str], list[datetime]] = {}
        for report in self.code.reports:
            for case in report.cases:
                if (match := known.get(case.test)) is not None:
                    place = (match.test.path, match.test.name)
                    if report.at:
                        ran.setdefault(place, []).append(report.at)
                    if case.test in self.code.latest:
                        newest[place] = self.code.latest[case.test][0].outcome
        groups: dict[tuple[Layer, str], list[Placed]] = {}
        frameworks = {file.path: file.framework for file in self.code.files}
        for each in self._placed:
            groups.setdefault((each.layer, frameworks[each.test.path]), []).append(each)
        for (layer, framework), tests in groups.items():
            places = [(each.test.path, each.test.name) for each in tests]
            yield Item(
                layer,
                f"{framework} tests",
                _folder([each.test.path for each in tests]),
                len(tests),
                sum(each.test.cases for each in tests),
                tuple(sorted({at for place in places for at in ran.get(place, ())})),
                dict(Counter(newest.get(place, "never reported") for place in places)) if self.code.reports else {},
                ", ".join(dict.fromkeys(each.sign for each in tests if not each.sign.startswith("no sign"))),
                tuple(f"{each.test.path}::{each.test.name}" for each in tests[:MOST_EXAMPLES]),
            )

    def _of_reports(self) -> Iterator[Item]:
        """Reported tests whose code was not seen."""
        _, unknown = reported(self.code, self._placed)
        groups: dict[Layer, list[tuple[str, str]]] = {}
        for case in unknown:
            groups.setdefault(layer_of_case(case)[0], []).append(case.test)
        for layer, tests in groups.items():
            wanted = set(tests)
            runs = sorted({r.at for r in self.code.reports if r.at and any(c.test in wanted for c in r.cases)})
            outcomes = Counter[str](self.code.latest[test][0].outcome for test in tests)
            named = tuple(f"{place}::{name}" for place, name in tests[:MOST_EXAMPLES])
            what = "tests in reports, whose code was not seen"
            yield Item(layer, what, "JUnit reports", len(tests), 0, tuple(runs), dict(outcomes), "", named)

    def _of_workflows(self) -> Iterator[Item]:
        """Jobs that build a dbt project on a target which is not production: tests against a staging environment."""
        staging = pyramid_table().staging_targets.names
        for workflow in self.code.workflows:
            targets = {
                (job.name, target)
                for job in workflow.jobs
                for command in job.commands
                if command.tool == "dbt" and (target := _target(command.words)) in staging
            }
            named = tuple(f"{job}: dbt on target {target}" for job, target in sorted(targets))
            what = "builds of dbt against a staging target"
            yield Item("integration", what, workflow.path, len(targets), sign="target of dbt", examples=named)

    def _of_dbt(self) -> Iterator[Item]:
        table = pyramid_table()
        for manifest in self.dbt.current:
            project = manifest.project
            own = [test for test in manifest.tests if test.package == project]
            by_layer: dict[Layer, list[DataTest]] = {"contract": [], "data_quality": [], "e2e": []}
            for test in own:
                by_layer[_layer_of_dbt(test, table.schema_tests.names, table.golden_tests.names)].append(test)
            names = {
                "contract": "dbt tests of schemas",
                "data_quality": "dbt data tests",
                "e2e": "dbt comparisons with a seed",
            }
            for layer, tests in by_layer.items():
                yield self._dbt_item(layer, names[layer], project, [(test.unique_id, test.name) for test in tests])
            units = [test for test in manifest.unit_tests if test.package == project]
            yield self._dbt_item("unit", "dbt unit tests", project, [(test.unique_id, test.name) for test in units])
            enforced = [model for model in manifest.models if model.own and model.contract_enforced]
            built = [(model.unique_id, model.name) for model in enforced]
            yield self._dbt_item("contract", "dbt contracts that are enforced", project, built)
            fresh = [each for each in manifest.sources if each.package == project and each.freshness_declared]
            looked = tuple(sorted({each.at for each in self.dbt.freshness if each.at and each.project == project}))
            latest = {each.unique_id: each.status for each in self.dbt.freshness if each.project == project}
            outcomes = Counter(latest.get(each.unique_id, "never run") for each in fresh)
            named = tuple(f"{each.source_name}.{each.name}" for each in fresh[:MOST_EXAMPLES])
            what = "dbt source freshness"
            yield Item("data_quality", what, project, len(fresh), 0, looked, dict(outcomes), "", named)

    def _dbt_item(self, layer: Layer, what: str, project: str, things: Sequence[tuple[str, str]]) -> Item:
        ids = {unique_id for unique_id, _ in things}
        runs = {
            at
            for invocation in self.dbt.invocations
            if invocation.executed and invocation.project == project and (at := _at(invocation))
            if any(result.unique_id in ids and _ran(result) for result in invocation.results)
        }
        latest = {key: result.status for key, result in self.dbt.latest.items()}
        outcomes = Counter(latest.get((project, unique_id), "never run") for unique_id in ids)
        examples = tuple(name for _, name in things[:MOST_EXAMPLES])
        return Item(layer, what, project, len(ids), 0, tuple(sorted(runs)), dict(outcomes), "", examples)

    def _of_checks(self) -> Iterator[Item]:
        """Contracts, and checks of tables: those of a contract's schema are the contract, and not counted again."""
        latest = self.check_runs.latest if self.check_runs else {}
        promised = {contract.table: contract for contract in self.contracts}
        if promised:
            looked = sorted(_utc(latest[table].taken_at) for table in promised if table in latest)
            outcomes = Counter("looked at" if table in latest else "never looked at" for table in promised)
            yield Item(
                "contract", "data contracts", "documents and evidence", len(promised), 0,
                tuple(looked), dict(outcomes), "", tuple(sorted(promised)[:MOST_EXAMPLES]),
            )  # fmt: skip
        by_layer: dict[Layer, list[tuple[str, str]]] = {"contract": [], "data_quality": []}
        for table, seen in latest.items():
            for check in seen.checks:
                layer: Layer = "contract" if check.kind == "schema" else "data_quality"
                if not (layer == "contract" and table in promised):
                    by_layer[layer].append((f"{table}: {check.name}", check.verdict))
        for suite in self.suites:
            if suite.table not in latest:
                for asked in suite.checks:
                    layer = "contract" if asked.check == "schema" else "data_quality"
                    by_layer[layer].append((f"{suite.table}: {asked.check}", "never run"))
        times = tuple(_utc(run.taken_at) for run in self.check_runs.runs) if self.check_runs else ()
        for layer, found in by_layer.items():
            what = "checks of schemas" if layer == "contract" else "checks of tables"
            outcomes = Counter(verdict for _, verdict in found)
            examples = tuple(name for name, _ in found[:MOST_EXAMPLES])
            yield Item(
                layer,
                what,
                "suites and check runs",
                len(found),
                0,
                times if found else (),
                dict(outcomes),
                "",
                examples,
            )
        schema = set(pyramid_table().schema_tests.names)
        for file in self.code.expectations:
            of_schema = sum(count for kind, count in file.checks.items() if kind in schema)
            yield Item("contract", f"{file.tool} checks of schemas", file.path, of_schema)
            yield Item("data_quality", f"{file.tool} checks", file.path, file.total - of_schema)

    def _of_speed(self) -> Iterator[Item]:
        """Benchmarks whose code was not seen, and pipelines whose runs are held against an SLA."""
        have = {f"{each.test.path}::{each.test.name}" for each in self._placed}
        measured: dict[str, list[datetime]] = {}
        for report in self.code.benchmarks:
            for each in report.benchmarks:
                name = each.name.partition("[")[0]
                if not any(known.endswith(name) for known in have):
                    measured.setdefault(name, []).extend([report.at] if report.at else [])
        runs = tuple(sorted({at for each in measured.values() for at in each}))
        yield Item(
            "performance", "benchmarks in reports", "pytest-benchmark", len(measured), 0, runs, {}, "", tuple(measured)
        )
        if self.history is not None and self.service_levels is not None:
            held = [each for each in self.history.pipelines if self.service_levels.sla_minutes(each.name)]
            ends = self.history.end
            outcomes = {"held against an SLA": len(held)} if held else {}
            yield Item(
                "performance", "pipelines whose runs are held against their SLA", "run history", len(held), 0,
                (_utc(ends),) if ends and held else (), outcomes, "", tuple(each.name for each in held),
            )  # fmt: skip

    # When it runs

    def _seen(self, layer: Layer, items: Sequence[Item]) -> Seen:
        return Seen(
            times=_moments(items),
            starts=tuple(self._starts(layer)),
            workflows=bool(self.code.workflows),
            end=self._end,
            pipeline_runs=self._with_runs(layer, items),
        )

    @cached_property
    def _end(self) -> datetime | None:
        """The last moment that any evidence tells of."""
        told = [at for item in self.items for at in item.runs]
        told += [at for each in self.dbt.invocations if (at := _at(each))]
        if self.history is not None and (end := self.history.end):
            told.append(_utc(end))
        return max(told, default=None)

    def _starts(self, layer: Layer) -> Iterator[Start]:
        for workflow in self.code.workflows:
            for job in workflow.jobs:
                if any(layer in self._layers_of(command) for command in job.commands):
                    yield Start(f"{workflow.name}: {job.name}", job.triggers)

    def _layers_of(self, command: Command) -> frozenset[Layer]:
        if command.tool != "dbt":
            return layers_of(command, self._placed, self.code.settings)
        verb = next((word for word in command.words if not word.startswith("-")), "")
        words = " ".join(command.words)
        there = {each.layer for each in self.items if each.what.startswith("dbt ")}
        if "test_type:unit" in words or "--resource-type unit_test" in words:
            return frozenset({"unit"})
        if verb == "run":
            return frozenset(each for each in there if each == "contract")
        if verb in ("build", "test"):
            ran: set[Layer] = (
                {"contract", "data_quality", "unit", "e2e"} if verb == "build" else {"data_quality", "unit", "e2e"}
            )
            staging = _target(command.words) in pyramid_table().staging_targets.names
            return frozenset((ran & there) | ({"integration"} if staging else set()))
        return frozenset({"data_quality"}) if verb == "source" else frozenset()

    def _with_runs(self, layer: Layer, items: Sequence[Item]) -> PipelineRuns | None:
        """Say how many runs of pipelines had tests of the layer with them: by their own word, else by the day."""
        days = days_of(_moments(items))
        builds = [each for each in self.dbt.invocations if each.executed and any(_is_model(r) for r in each.results)]
        if self.history is None or all(item.what.startswith("dbt ") for item in items):
            tested = sum(bool(days_of(at for at in (_at(each),) if at) & days) for each in builds)
            return PipelineRuns(len(builds), tested, 0, "builds of dbt") if builds else None
        (told,) = self.history.query(_RUNS, {"days": sorted(days), "dq": layer == "data_quality"})
        return PipelineRuns(told["runs"], told["tested"], told["untold"], "runs of pipelines") if told["runs"] else None

    def _would_show(self, layer: Layer) -> bool:
        """Tell whether tests of the layer would be seen if there were any, by what was read."""
        if self.code.repository:
            return True
        if layer in ("contract", "data_quality"):
            return bool(self.dbt.current or self.check_runs or self.contracts)
        return layer == "unit" and bool(self.dbt.current)


_RUNS = """
SELECT
    count(*) AS runs,
    count(*) FILTER (checked OR tested_that_day) AS tested,
    count(*) FILTER (untold AND NOT tested_that_day) AS untold
FROM (
    SELECT
        $dq AND coalesce(checks_passed, 0) + coalesce(checks_failed, 0) > 0 AS checked,
        checks_passed IS NULL AND checks_failed IS NULL OR NOT $dq AS untold,
        list_contains($days::DATE[], started_at::DATE) AS tested_that_day
    FROM history.runs
    WHERE status IN ('success', 'partial') AND started_at IS NOT NULL
)
"""


def pyramid_rows(pyramid: Pyramid) -> list[Row]:
    """Give all six layers, from the base up."""
    return [pyramid.of(layer) for layer in LAYERS]


def _gaps(
    text: LayerText, there: bool, known: bool, needs: Iterable[Kept], items: Sequence[Item], off: int
) -> list[str]:
    skipped = [f"{off:,} {'is' if off == 1 else 'are'} marked to be skipped always, and not counted."] if off else []
    if not there:
        seen = "No such test was found" if known else "Nothing that was read could tell whether there are such tests"
        return [f"{seen} ({text.tests[0].lower()}{text.tests[1:]}).", *skipped]
    gaps = [f"Should run {each.need}: {each.says}" for each in needs if each.outcome in ("no", "partly")]
    never = sum(count for item in items for word, count in item.outcomes.items() if word.startswith("never"))
    if never:
        gaps.append(f"{never:,} were never seen to run.")
    bad = sum(count for item in items for word, count in item.outcomes.items() if word in ("fail", "failed", "error"))
    if bad:
        gaps.append(f"{bad:,} failed when last run.")
    return [*gaps, *skipped]


def _layer_of_dbt(test: DataTest, schema: Sequence[str], golden: Sequence[str]) -> Layer:
    if test.kind in schema:
        return "contract"
    if test.kind in golden and any(each.startswith("seed.") for each in test.depends_on):
        return "e2e"
    return "data_quality"


def _target(words: Sequence[str]) -> str:
    for at, word in enumerate(words):
        if word in ("--target", "-t") and at + 1 < len(words):
            return words[at + 1].lower()
        if word.startswith("--target="):
            return word.partition("=")[2].lower()
    return ""


def _moments(items: Iterable[Item]) -> tuple[datetime, ...]:
    return tuple(sorted({at for item in items for at in item.runs}))


def _at(invocation: Invocation) -> datetime | None:
    return invocation.generated_at


def _ran(result: Result) -> bool:
    return result.executed and result.status != "skipped"


def _is_model(result: Result) -> bool:
    return result.resource_type == "model" and _ran(result)


def _utc(at: datetime) -> datetime:
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)


def _folder(paths: Sequence[str]) -> str:
    """Give the folder that all of the paths lie in."""
    common = list(zip(*(path.split("/")[:-1] for path in paths), strict=False))
    parts = []
    for each in common:
        if len(set(each)) > 1:
            break
        parts.append(each[0])
    return "/".join(parts) or "."


def contracts_of(contract: Sequence[Contract], contracts: Contracts | None) -> tuple[Contract, ...]:
    """Give the contracts that people wrote and those among the evidence, one for each table."""
    found = {each.table: each for each in (*(contracts.contracts if contracts else ()), *contract) if each.table}
    return tuple(found[table] for table in sorted(found))
