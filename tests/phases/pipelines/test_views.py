"""What the notebook shows of pipelines: paths that are shared, designs that differ, many of them, names that are text."""

from __future__ import annotations

from typing import Any

from decom_nb.chart import Figure
from decom_nb.phases.pipelines import charts, views
from decom_nb.phases.pipelines.design import designs
from decom_nb.phases.pipelines.measures import pipeline_designs
from decom_nb.phases.pipelines.pipeline import Pipeline

FILES = {"extract": {"strategy": "incremental", "source": {"kind": "files", "announced": True}}}
SILENT = {
    "extract": {
        "strategy": "incremental",
        "source": {"kind": "database", "supports_cdc": False, "reliable_change_column": False, "rows": 5},
    },
    "load": {"strategy": "append", "mutable": True},
    "tier": 1,
}


def measured(**documents: dict[str, Any]) -> dict[str, Any]:
    made = [Pipeline.model_validate(each).named(name) for name, each in documents.items()]
    return pipeline_designs(designs(made), None, None)


def text(view: Any) -> str:
    return str(view._repr_html_())


def test_pipelines_that_came_the_same_way_share_a_drawing_and_those_that_differ_come_first() -> None:
    told = views.extraction(measured(a=FILES, b=FILES, silent=SILENT))
    titles = [block.title for block in told.blocks if isinstance(block, Figure)]
    assert titles == ["How to read: silent", "How to read: a and b"]
    assert "<strong>silent</strong> says incremental, which is not what this end comes to." in text(told)


def test_more_ways_than_are_drawn_are_counted() -> None:
    sources = [
        {"kind": "files", "announced": True}, {"kind": "files", "announced": False}, {"kind": "stream"},
        {"kind": "API"}, {"kind": "database"}, {},
    ]  # fmt: skip
    told = views.extraction(measured(**{f"p{at}": {"extract": {"source": each}} for at, each in enumerate(sources)}))
    assert len([block for block in told.blocks if isinstance(block, Figure)]) == 4
    assert "2 more pipelines came other ways" in text(told)


def test_the_overview_says_what_can_be_run_again_and_what_cannot() -> None:
    told = text(views.overview(measured(a=FILES, silent=SILENT)))
    assert (
        "0 of 2 pipelines can be run again without harm, as far as the documents say; 1 cannot; of 1 it is not known."
        in told
    )
    assert told.index("silent") < told.index("<strong>a</strong>")
    assert "it appends what it read, once more each time." in told


def test_every_law_has_its_column_and_the_fifth_waits_for_a_proof() -> None:
    rows = charts.law_rows(measured(silent=SILENT)["pipelines"])
    assert {row["law"]: row["state"] for row in rows} == {
        "changes are merged": "broken",
        "facts can be reloaded": "not asked",
        "watermark outside": "broken",
        "natural keys": "broken",
        "run twice": "not known",
    }
    assert charts.law_chart(rows).to_dict(validate=True)


def test_a_strategy_that_is_ruled_out_comes_first_with_what_rules_it_out() -> None:
    told = text(views.load_strategies(measured(a=FILES, silent=SILENT)))
    assert told.index("silent") < told.index("<h4>a")
    assert "It says append, which is ruled out: A changed row would stand there" in told
    assert "A changed row would stand there in its old and in its new version." in told


def test_without_a_pipeline_each_view_says_how_to_begin() -> None:
    for nothing in (None, measured()):
        assert "documents/pipeline/NAME.yaml" in text(views.overview(nothing))
        assert "documents/pipeline/NAME.yaml" in text(views.load_strategies(nothing))
        assert "what is the source?" in text(views.extraction(nothing))


def test_what_a_client_wrote_is_text() -> None:
    nasty = "<script>alert(1)</script>"
    told = measured(x={**SILENT, "pipeline": nasty, "owner": nasty, "schedule": nasty})
    for view in (views.overview, views.extraction, views.load_strategies):
        assert nasty not in text(view(told))


def test_an_audit_of_a_thousand_pipelines_stays_small() -> None:
    told = measured(**{f"p{at:04}": {"tier": at % 3 + 1, **FILES} for at in range(1000)})
    assert told["total"] == 1000
    assert len(told["pipelines"]) == 300
    assert {each["tier"] for each in told["pipelines"]} == {1}
    assert "The first 40 of 1,000 pipelines" in text(views.overview(told))
