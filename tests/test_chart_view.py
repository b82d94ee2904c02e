"""A live chart sends little, follows its figure, and gives the Vega bundle to whoever asks."""

from __future__ import annotations

from typing import Any

import pytest

from decom_nb import page
from decom_nb.chart import Figure, alt

pytest.importorskip("anywidget")

from decom_nb.chart_view import ChartView


def figure(runs: int) -> Figure:
    rows = [{"pipeline": "orders", "runs": runs}]
    chart = alt.Chart(alt.Data(values=rows)).mark_bar().encode(x="runs:Q", y="pipeline:N")
    return Figure(chart, f"Runs: {runs}", f"orders ran {runs} times.", rows)


def test_it_shows_its_figure_and_then_another() -> None:
    view = ChartView(figure(1))
    seen: list[Any] = []
    view.observe(lambda change: seen.append((view.title, view.alt, change.new)), "spec")
    view.show(figure(2))
    assert (view.title, view.alt) == ("Runs: 2", "orders ran 2 times.")
    assert seen == [("Runs: 2", "orders ran 2 times.", figure(2).spec)]
    assert repr(view) == "ChartView('Runs: 2')"


def test_vega_is_not_a_part_of_its_state() -> None:
    state = ChartView(figure(1)).get_state()
    assert sum(len(str(value)) for value in state.values()) < 20_000


def test_vega_is_given_on_request(monkeypatch: pytest.MonkeyPatch) -> None:
    view = ChartView(figure(1))
    sent: list[Any] = []
    monkeypatch.setattr(view, "send", lambda message, buffers=None: sent.append((message, buffers)))
    view._handle_custom_msg({"want": "vega"}, [])
    view._handle_custom_msg({"want": "anything else"}, [])
    assert sent == [({"vega": "gzip"}, [page.vega_gzip()])]
