"""Figures can be read by anyone, fetch nothing and let no string out of its quotes; the bundle is in step."""

from __future__ import annotations

import gzip
import json
import re
from typing import Any

import altair as alt
import pytest

from decom_nb import chart, shipped
from decom_nb.chart import Figure, drawing_settings, script_json, theme_config

HOSTILE = "</script><script>alert(1)</script><!--\u202e\u2028'\""


def bars(rows: list[dict[str, Any]]) -> Any:
    return alt.Chart(alt.Data(values=rows)).mark_bar().encode(x="n:Q", y="name:N")


def figure(name: str = "orders", **settings: Any) -> Figure:
    rows = [{"name": name, "n": 3}]
    return Figure(
        bars(rows), settings.pop("title", "Runs"), settings.pop("alt", "One pipeline ran 3 times."), rows, **settings
    )


def spec_in(markup: str) -> dict[str, Any]:
    (found,) = re.findall(r'<script type="application/json">(.*?)</script>', markup, re.DOTALL)
    read: dict[str, Any] = json.loads(found)
    return read


def test_the_theme_is_registered_and_on() -> None:
    assert {"decom", "decom-dark"} <= set(alt.theme.names())
    assert alt.theme.active == "decom"
    assert bars([]).to_dict()["config"]["font"] == theme_config()["font"]


def test_both_themes_say_the_same_things() -> None:
    light, dark = theme_config(), theme_config(dark=True)
    assert light.keys() == dark.keys()
    assert light != dark


def test_a_figure_needs_a_sentence_for_those_who_cannot_see_it() -> None:
    with pytest.raises(ValueError, match="alt text"):
        figure(alt="  ")


def test_a_figure_shows_its_title_its_sentence_and_its_rows() -> None:
    drawn = figure(note="Counted in UTC.").to_html()
    assert "<figcaption>Runs</figcaption>" in drawn
    assert 'role="img" aria-label="One pipeline ran 3 times."' in drawn
    assert '<td class="decom-number">3</td>' in drawn
    assert "Counted in UTC." in drawn
    assert "<noscript>" in drawn


def test_a_spec_carries_no_theme_and_fits_its_container() -> None:
    spec = spec_in(figure().to_html())
    assert "config" not in spec
    assert spec["width"] == "container"
    assert spec_in(Figure(bars([]).properties(width=300), "t", "a").to_html())["width"] == 300


def test_a_config_of_the_charts_own_stays() -> None:
    assert Figure(bars([]).configure_axis(grid=False), "t", "a").spec["config"] == {
        "axis": theme_config()["axis"] | {"grid": False}
    }


def test_layers_share_the_rows_of_their_chart() -> None:
    rows = [{"name": "a", "n": 1}]
    base = alt.Chart().encode(x="n:Q", y="name:N")
    spec = Figure(chart.layered(base.mark_bar(), base.mark_text(), rows=rows), "t", "a").spec
    assert spec["data"] == {"values": rows}
    assert not any("data" in layer for layer in spec["layer"])
    assert "datasets" not in spec


def test_composed_charts_keep_their_own_width() -> None:
    assert "width" not in Figure(bars([]) | bars([]), "t", "a").spec


def test_a_strangers_strings_stay_text() -> None:
    drawn = figure(HOSTILE, title=HOSTILE, alt=HOSTILE).to_html()
    assert drawn.count("<script") == 1
    assert drawn.count("</script") == 1
    assert "\u202e" not in drawn
    assert "⟨U+202E⟩" in json.dumps(spec_in(drawn), ensure_ascii=False)


def test_json_for_a_script_keeps_its_values() -> None:
    value = {"a": [1, 2.5, None, True, "<&>"], "b": {"c": "ü"}}
    assert json.loads(script_json(value)) == value


def test_what_is_not_a_number_is_refused_rather_than_written() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        script_json(float("nan"))


def test_the_dark_has_a_twin_for_every_colour_of_the_light() -> None:
    settings = drawing_settings()
    twins = settings["twins"]
    for colour in (chart.GOOD, chart.WARN, chart.BAD, chart.UNKNOWN, chart.INK, chart.ACCENT, chart.ACCENT_SOFT):
        assert twins[colour] != colour
    used = set(re.findall(r"#[0-9a-f]{6}", json.dumps(settings["light"])))
    assert used <= twins.keys()


def test_the_bundle_is_in_step_with_altair() -> None:
    made = json.loads(shipped.theme("vega.json").read_text(encoding="utf-8"))
    wanted = alt.SCHEMA_VERSION.lstrip("v").split(".")
    assert made["vega-lite"].split(".")[:1] == wanted[:1], "run decom_nb/theme/build.py"
    assert tuple(map(int, made["vega-lite"].split("."))) >= tuple(map(int, wanted[:2]))


def test_the_bundle_holds_vega_and_asks_nobody_for_anything() -> None:
    script = gzip.decompress(shipped.theme("vega.js.gz").read_bytes()).decode()
    assert "decomVegaBundle" in script
    assert "cdn" not in script
    assert not re.search(r"\bimport\s*\(|\bimportScripts\b", script)
    hosts = set(re.findall(r"https?://([\w.-]+)", script))
    assert hosts <= {"www.w3.org", "github.com", "vega.github.io"}  # names of XML spaces, schemas, and a help text


def test_the_bundles_licences_lie_beside_it() -> None:
    told = shipped.theme("vega.LICENSE.txt").read_text(encoding="utf-8")
    assert all(name in told for name in ("Vega-Lite", "d3-*", "BSD-3-Clause", "ISC", "MIT"))
