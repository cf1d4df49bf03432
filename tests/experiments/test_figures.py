"""Tables of figures are right, figures say what their tables say, and no chart can be sent anywhere."""

import ast
import itertools
import math
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from plotly import graph_objects
from plotly.offline import get_plotlyjs_version

from worthsharing.experiments.execute import Results
from worthsharing.experiments.figures import (
    CONFIG,
    IN_APP_CONFIG,
    MOST_SCENARIOS,
    THEMES,
    backlash_parts_table,
    bars_figure,
    curve_help,
    curve_sentence,
    curve_table,
    curves_figure,
    fitted,
    parts_sentence,
    reach_sources_table,
    sampled_days,
    shown_band,
    sources_figure,
    sources_sentence,
    split_by_names,
    spread_apart,
    text_width,
)
from worthsharing.experiments.page import plotly_js
from worthsharing.experiments.tables import daily_table, outcomes_table, results_of_tables
from worthsharing.sim.scenario import Scenario

REPOSITORY = Path(__file__).parents[2]
HOSTILE = '<b onclick="x">&</script>'


def made_up(names: tuple[str, ...], *, worlds: int = 21, days: int = 5) -> Results:
    """Results in which scenario number s reaches (s + 1) × day × world people."""
    daily, outcomes = [], []
    for place, name in enumerate(names):
        for world in range(worlds):
            for measure in ("reach", "backlash"):
                for day in range(days):
                    daily.append((name, world, day, measure, float((place + 1) * (day + 1) * world)))
            values = {"reach_owned": 10.0, "reach_paid": 0.0, "reach_earned": 30.0 * place}
            values |= {"backlash_hid": 1.0 + world % 2, "backlash_muted": 0.0}
            values |= {"backlash_unfollowed": 5.0, "backlash_complained": 0.0}
            outcomes += [(name, world, measure, value) for measure, value in values.items()]
    return results_of_tables(
        {name: Scenario() for name in names},
        1,
        pd.DataFrame(outcomes, columns=["scenario", "replicate", "measure", "value"]),
        pd.DataFrame(daily, columns=["scenario", "replicate", "day", "measure", "value"]),
    )


def test_the_band_is_the_middle_ninety_percent_of_worlds() -> None:
    table = curve_table(made_up(("a", "b")), "reach").set_index(["scenario", "day"])
    assert table.loc[("a", 1)].tolist() == [10.0, 1.0, 19.0]  # worlds 0 to 20: 5 % and 95 % of the way
    assert table.loc[("b", 5)].tolist() == [100.0, 10.0, 190.0]


def test_the_line_and_the_band_are_drawn_from_the_table() -> None:
    table = curve_table(made_up(("a", "b")), "reach")
    for panels in ("together", "apart"):
        figure = curves_figure(table, "reach", panels=panels)
        lines = [trace for trace in figure.data if trace.name]
        assert [list(line.y) for line in lines] == [
            table.loc[table["scenario"] == name, "mean"].tolist() for name in ("a", "b")
        ]
        band = figure.data[0] if panels == "together" else figure.data[1]
        assert band.y[:5] == tuple(table.loc[table["scenario"] == "a", "high"])
        assert figure.layout.yaxis.title.text == "people"


def test_panels_side_by_side_share_one_scale() -> None:
    figure = curves_figure(curve_table(made_up(("a", "b", "c")), "reach"), "reach", panels="apart")
    layout = figure.layout
    assert layout.yaxis2.matches == layout.yaxis3.matches == "y"
    assert layout.yaxis.range == layout.yaxis2.range == layout.yaxis3.range
    domains = [axis.domain for axis in (layout.xaxis, layout.xaxis2, layout.xaxis3)]
    assert all(left[1] < right[0] for left, right in itertools.pairwise(domains))


def test_scenarios_differ_by_more_than_colour() -> None:
    names = tuple("abcd")
    figure = curves_figure(curve_table(made_up(names), "reach"), "reach")
    lines = [trace.line for trace in figure.data if trace.name]
    assert len({line.dash for line in lines}) == len({line.color for line in lines}) == MOST_SCENARIOS
    bars = bars_figure(backlash_parts_table(made_up(names)), "people").data
    assert len({bar.marker.pattern.shape for bar in bars if bar.name}) == MOST_SCENARIOS


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_colours_are_of_the_theme(theme: str) -> None:
    results = made_up(("a", "b"))
    for figure in (
        curves_figure(curve_table(results, "reach"), "reach", theme=theme),
        bars_figure(backlash_parts_table(results), "people", theme=theme),
        sources_figure(reach_sources_table(results), theme=theme),
    ):
        assert figure.layout.font.color == THEMES[theme].text
        assert figure.layout.paper_bgcolor == "rgba(0,0,0,0)"


def contrast(one: str, other: str) -> float:
    """Ratio of WCAG 2."""

    def light(colour: str) -> float:
        parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return float(np.dot([0.2126, 0.7152, 0.0722], linear)) + 0.05

    values = sorted((light(one), light(other)))
    return values[1] / values[0]


@pytest.mark.parametrize(("theme", "paper"), [("light", "#ffffff"), ("dark", "#1f2226")])
def test_labels_can_be_read_and_lines_can_be_seen(theme: str, paper: str) -> None:
    colours = THEMES[theme]
    for label in (*colours.labels, colours.text, colours.soft):
        assert contrast(label, paper) >= 4.5
    for line in colours.scenarios:
        assert contrast(line, paper) >= 2.9


def test_one_world_has_no_band_and_no_interval_and_says_so() -> None:
    results = made_up(("a",), worlds=1)
    assert "no band" in curve_help(results, "reach")
    assert backlash_parts_table(results)["low"].isna().all()
    bars_figure(backlash_parts_table(results), "people")


def test_parts_and_sources_are_means_with_intervals() -> None:
    parts = backlash_parts_table(made_up(("a", "b"))).set_index(["scenario", "measure"])
    hides = parts.loc[("a", "backlash_hid")]
    assert hides["mean"] == pytest.approx(1 + 10 / 21)
    assert hides["low"] < hides["mean"] < hides["high"]
    sources = reach_sources_table(made_up(("a", "b"))).set_index(["scenario", "measure"])
    assert sources.loc[("b", "reach_earned"), "share"] == 0.75
    assert sources["share"].groupby("scenario").sum().tolist() == [1.0, 1.0]


def test_sentences_take_their_numbers_from_the_table() -> None:
    results = made_up(("a_b", "c"))
    assert curve_sentence(curve_table(results, "reach"), "reach") == (
        "After 5 days: A b 50 people (5 to 95); C 100 people (10 to 190)."
    )
    assert parts_sentence(backlash_parts_table(results)).startswith(
        "A b: mostly people who unfollowed (5.00)"
    )
    assert sources_sentence(reach_sources_table(results)).endswith("A b 0 %; C 75 %.")


def test_a_silent_brand_that_reaches_nobody_can_be_drawn() -> None:
    results = made_up(("silence",))
    nothing = results_of_tables(
        results.scenarios,
        1,
        outcomes_table(results).assign(value=0.0),
        daily_table(results).assign(value=0.0),
    )
    results = nothing
    assert "reached nobody" in sources_sentence(reach_sources_table(results))
    assert "none" in parts_sentence(backlash_parts_table(results))
    curves_figure(curve_table(results, "backlash"), "backlash")
    sources_figure(reach_sources_table(results))
    bars_figure(backlash_parts_table(results), "people")


def test_names_cannot_smuggle_markup_into_a_figure() -> None:
    results = made_up((HOSTILE, "b"))
    for figure in (
        curves_figure(curve_table(results, "reach"), "reach"),
        curves_figure(curve_table(results, "reach"), "reach", panels="apart"),
        bars_figure(backlash_parts_table(results), "people"),
        sources_figure(reach_sources_table(results)),
    ):
        assert 'onclick=\\"' not in figure.to_json().replace("&quot;", "")
        assert "<b onclick" not in figure.to_json().replace("\\u003c", "<")


@pytest.mark.parametrize("days", [1, 2, 7, 8, 59, 60, 61, 365, 36_500])
def test_a_table_of_a_curve_is_short_and_has_the_last_day(days: int) -> None:
    chosen = sampled_days(days)
    assert chosen[-1] == days
    assert len(chosen) <= 8
    assert chosen == sorted(set(chosen))
    assert chosen[0] >= 1


def test_labels_never_overlap_and_keep_their_order() -> None:
    generator = np.random.default_rng(1)
    for _ in range(200):
        count = int(generator.integers(1, MOST_SCENARIOS + 1))
        sizes = [0.2] * count
        centres = generator.random(count).tolist()
        placed = spread_apart(centres, sizes)
        order = sorted(range(count), key=lambda label: centres[label])
        for lower, upper in itertools.pairwise(order):
            assert placed[upper] - placed[lower] >= 0.2 - 1e-6
        assert all(0.1 - 1e-6 <= centre <= 0.9 + 1e-6 for centre in placed)


def test_a_name_within_a_word_or_another_name_is_left_alone() -> None:
    assert split_by_names("an offer, offers and offer", ["offer"]) == [
        ("an ", None),
        ("Offer", "offer"),
        (", offers and offer", None),
    ]
    assert split_by_names("Against silence_2, silence", ["silence", "silence_2"]) == [
        ("Against ", None),
        ("Silence 2", "silence_2"),
        (", ", None),
        ("Silence", "silence"),
    ]


def test_no_chart_can_be_sent_to_a_vendor() -> None:
    assert CONFIG["showSendToCloud"] is False
    assert CONFIG["displaylogo"] is False
    assert CONFIG.items() <= IN_APP_CONFIG.items()


def test_no_graph_takes_another_config() -> None:
    seen = 0
    for folder in ("experiments", "dashboard"):
        for file in (REPOSITORY / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if not isinstance(node, ast.Call):
                    continue
                name = (
                    node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                )
                config = next((word.value for word in node.keywords if word.arg == "config"), None)
                if name in {"Graph", "to_html", "write_html", "plot"} or config is not None:
                    assert isinstance(config, ast.Name), f"{file}:{node.lineno}"
                    assert config.id in {"CONFIG", "IN_APP_CONFIG"}, f"{file}:{node.lineno}"
                    seen += 1
    assert seen  # the app has graphs
    page = (REPOSITORY / "experiments" / "page.py").read_text(encoding="utf-8")
    assert '"config": CONFIG' in page
    script = (REPOSITORY / "experiments" / "templates" / "report.js").read_text(encoding="utf-8")
    assert script.count("Plotly.") == script.count("Plotly.react(plot, data, layout, config)") == 1


def parts_of(**rows: tuple[float, float, float]) -> pd.DataFrame:
    """Table of parts of one scenario: mean and interval by the label, with _ for spaces."""
    found = [("a_b", label, label.replace("_", " "), *numbers) for label, numbers in rows.items()]
    return pd.DataFrame(found, columns=["scenario", "measure", "label", "mean", "low", "high"])


def test_a_part_is_named_only_if_its_interval_leaves_out_zero() -> None:
    below = parts_of(Unfollowed=(-0.85, -1.36, -0.34), Hid=(-0.10, -0.4, 0.2), Complained=(0.05, -0.13, 0.23))
    assert parts_sentence(below) == "A b: fewer unfollowed than with a silent brand (−0.850)."
    unclear = parts_of(Hid=(0.025, -0.02, 0.07), Muted=(0.025, -0.02, 0.07))
    assert parts_sentence(unclear) == "A b: hardly anybody did, nothing is clear."
    assert parts_sentence(parts_of(Hid=(4.0, -1.0, 9.0))) == "A b: nothing is clear yet."
    tied = parts_of(Hid=(2.0, 1.0, 3.0), Muted=(2.0, 1.0, 3.0), Complained=(1.0, 0.5, 1.5))
    assert parts_sentence(tied) == "A b: mostly people who hid or muted (2.00 each)."
    second = parts_of(Hid=(3.0, -1.0, 7.0), Muted=(2.0, 1.0, 3.0))
    assert parts_sentence(second) == "A b: for sure people who muted (2.00)."
    one_world = parts_of(Hid=(3.0, math.nan, math.nan))
    assert parts_sentence(one_world) == "A b: in this one world mostly people who hid (3.00)."


def test_bars_go_to_both_sides_of_zero_and_have_numbers_there() -> None:
    table = parts_of(Unfollowed=(-0.85, -1.36, -0.34), Complained=(0.05, -0.13, 0.23), Hid=(0.0, 0.0, 0.0))
    figure = bars_figure(table, "people")
    for layout in (figure.layout.xaxis, graph_objects.layout.XAxis(figure.layout.meta["narrow"]["xaxis"])):
        assert layout.range[0] < -1.36
        assert layout.range[1] > 0.23
        assert layout.zeroline
    bars, numbers = figure.data
    assert list(bars.error_x.arrayminus) == pytest.approx([0.0, 0.18, 0.51])
    assert list(bars.error_x.array) == pytest.approx([0.0, 0.18, 0.51])
    assert [text.strip() for text in numbers.text] == ["", "0.050", "−0.850"]
    assert list(numbers.x) == [0.0, 0.23, -1.36]


def test_names_are_wrapped_by_their_width() -> None:
    assert fitted("two_way_engagement", 154, bold=True) == "Two way<br>engagement"
    assert text_width("Two way engagement", bold=True) > 154
    assert fitted("w" * 40, 100).endswith("…")
    assert text_width(fitted("w" * 40, 100)) <= 100
    assert fitted("one two three four five six", 50).count("<br>") == 3
    names = ("customers_as_marketing_department", "be_worth_sharing", "give_first", "two_way_engagement")
    layout = curves_figure(curve_table(made_up(names), "reach"), "reach", panels="apart").layout
    for title in layout.annotations:
        for line in title.text.removeprefix("<b>").removesuffix("</b>").split("<br>"):
            assert (
                text_width(line, title.font.size, bold=True) <= 107
            )  # from panel to panel in the narrowest card


def test_figures_say_how_to_be_laid_out_where_there_is_little_room() -> None:
    results = made_up(("a", "b", "c"))
    curve = curve_table(results, "reach")
    together = curves_figure(curve, "reach").layout.meta["narrow"]
    assert together["showlegend"] is True
    assert together["margin"]["r"] < 20
    assert [one["text"] for one in together["annotations"]] == ["days since the start"]
    apart = curves_figure(curve, "reach", panels="apart").layout.meta["narrow"]
    assert apart["yaxis3"]["domain"][1] < apart["yaxis"]["domain"][0]  # rows of two
    stacked = sources_figure(reach_sources_table(results)).layout
    assert stacked.meta["narrow"]["xaxis"]["range"][1] > stacked.xaxis.range[1]
    assert {"A", "B", "C"} <= {one["text"] for one in stacked.meta["narrow"]["annotations"]}


def test_a_mean_outside_its_band_is_explained() -> None:
    assert shown_band(0.025, 0.0, 0.0, 2) == "0.00 in most worlds"
    assert shown_band(-1.3, -1.0, 0.0, 1) == "−1.0 to 0.0, and far less in a few worlds"
    assert shown_band(math.nan, math.nan, math.nan, 1) == "–"


def test_numbers_that_are_missing_are_dashes() -> None:
    table = reach_sources_table(made_up(("a",)))
    table.loc[:, ["low", "high"]] = math.nan
    assert "nan" not in sources_figure(table).to_json().lower().replace("null", "")


def test_every_kind_of_chart_is_in_the_part_of_plotly_that_is_sent() -> None:
    sent = plotly_js()
    kinds = set(re.findall(r'moduleType:"trace",name:"(\w+)"', sent))
    used = {
        value.value
        for folder in ("experiments", "dashboard")
        for file in (REPOSITORY / folder).rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Dict)
        for key, value in zip(node.keys, node.values, strict=True)
        if isinstance(key, ast.Constant) and key.value == "type" and isinstance(value, ast.Constant)
    } & set(graph_objects.layout.Template().data._valid_props)
    assert {"scatter", "bar", "heatmap"} <= used <= kinds


def test_charts_are_drawn_by_the_version_that_made_them() -> None:
    assert f"plotly.js (cartesian - minified) v{get_plotlyjs_version()}\n" in plotly_js()[:200]
