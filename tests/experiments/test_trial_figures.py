"""Tables of a trial count right and mirror exactly, and its figures say what the tables say."""

import dataclasses
import itertools
import json
import math

import pytest

from worthsharing.experiments.claims import Arm, Claim, Expected, Part
from worthsharing.experiments.figures import ThemeName
from worthsharing.experiments.trial_figures import (
    BIN,
    FURTHEST,
    Effect,
    effects_figure,
    effects_height,
    effects_said,
    effects_sentence,
    effects_table,
    held,
    margins_figure,
    margins_table,
    meetings,
    settings_sentence,
    standings,
)
from worthsharing.experiments.verdicts import ClaimVerdict, PairOutcome, PartVerdict, Side, Tally

HOSTILE = '<b onclick="x">&</script>'


def part(
    *,
    label: str = "Reach",
    a: float = 100.0,
    b: float = 150.0,
    expected: Expected = "more",
    wide: float = 10.0,
) -> PartVerdict:
    difference = b - a
    low, high = difference - wide, difference + wide
    towards = difference if expected == "more" else -difference
    side: Side = "cannot tell" if low <= 0.0 <= high else "holds" if towards > 0.0 else "fails"
    what = Part(label, "reach", "asking", "be_worth_sharing", expected)
    return PartVerdict(what, "people", 30, a, b, difference, low, high, side, Tally(8, 2, 0, 6, 1))


def mirrored(one: PartVerdict) -> PartVerdict:
    """The same part with the labels of its sides swapped; what was claimed is not."""
    side: dict[Side, Side] = {"holds": "fails", "fails": "holds"}
    return dataclasses.replace(
        one,
        part=dataclasses.replace(one.part, a=one.part.b, b=one.part.a),
        mean_a=one.mean_b,
        mean_b=one.mean_a,
        difference=-one.difference,
        low=-one.high,
        high=-one.low,
        side=side.get(one.side, one.side),
        settings=Tally(2, 8, 0, 1, 6),
    )


def verdict(
    parts: tuple[PartVerdict, ...] = (part(),), margins: tuple[float, ...] = (-1.0, 0.5, 1.0)
) -> ClaimVerdict:
    claim = Claim(
        "E1.1",
        "A title",
        "An essay says so.",
        (Arm("asking", "asking"), Arm("be_worth_sharing", "be_worth_sharing")),
        tuple(one.part for one in parts),
        "Read it so.",
    )
    return ClaimVerdict(
        claim=claim,
        word="depends",
        side="holds",
        sentence="It depends.",
        parts=parts,
        equal_effort=True,
        efforts={"asking": 1000.0, "be_worth_sharing": 1001.0},
        settings=Tally(2, 1, 0, 1, 1),
        deciders=(),
        worst=None,
        nearest=None,
        region="",
        margins=margins,
        more_replicates=0,
    )


def test_right_is_as_claimed_whichever_way_the_claim_points() -> None:
    more, less = effects_table(verdict((part(), part(a=150.0, b=100.0, expected="less"))))
    assert more.side == less.side == "holds"
    assert more.towards == less.towards == pytest.approx(50 / 150)
    assert (more.towards_low, more.towards_high) == pytest.approx((40 / 150, 60 / 150))
    assert (less.towards_low, less.towards_high) == (more.towards_low, more.towards_high)


def test_swapping_the_labels_mirrors_every_number() -> None:
    for one in (part(), part(expected="less"), part(wide=80.0), part(a=-0.2, b=0.3, wide=0.1)):
        (there,), (back,) = effects_table(verdict((one,))), effects_table(verdict((mirrored(one),)))
        assert back.towards == -there.towards
        assert (back.towards_low, back.towards_high) == (-there.towards_high, -there.towards_low)
        assert {there.side, back.side} in ({"holds", "fails"}, {"cannot tell"})


def test_a_part_without_a_number_is_not_drawn_but_said() -> None:
    nan = math.nan
    missing = dataclasses.replace(
        part(),
        mean_a=nan,
        mean_b=nan,
        difference=nan,
        low=nan,
        high=nan,
        side="not available",
        settings=Tally(),
    )
    single = dataclasses.replace(part(), low=-math.inf, high=math.inf, side="cannot tell")
    table = effects_table(verdict((missing, single)))
    assert table[0].said == "not available"
    assert table[1].said == "+50.0 people"
    figure = effects_figure(table)
    assert [trace.mode for trace in figure.data] == ["markers"]  # of the second, without an interval
    assert "NaN" not in figure.to_json()


def test_two_sides_of_nothing_do_not_differ() -> None:
    (effect,) = effects_table(verdict((part(a=0.0, b=0.0, wide=0.0),)))
    assert effect.towards == 0.0
    effects_figure((effect,))


def test_every_number_drawn_at_the_defaults_stands_in_the_table() -> None:
    table = effects_table(verdict((part(), part(label="Backlash", expected="less"), part(wide=90.0))))
    for theme in ("light", "dark"):
        drawn = effects_figure(table, theme=_theme(theme))
        marks = [trace for trace in drawn.data if trace.mode == "markers"]
        lines = [trace for trace in drawn.data if trace.mode == "lines"]
        assert [mark.x[0] for mark in marks] == [effect.towards for effect in table]
        assert [tuple(line.x) for line in lines] == [
            (effect.towards_low, effect.towards_high) for effect in table
        ]
        assert [mark.marker.symbol for mark in marks] == ["circle", "x", "diamond-open"]
        assert len({mark.marker.color for mark in marks}) == 3


def _theme(name: str) -> ThemeName:
    return "dark" if name == "dark" else "light"


@pytest.mark.parametrize("label", ["short", "a label of some more words than fit", "very long words " * 7])
def test_words_of_a_part_never_reach_the_interval_of_the_part_above(label: str) -> None:
    table = effects_table(verdict((part(label=label),) * 3))
    layout = effects_figure(table).layout
    low, high = layout.yaxis.range
    pixels = (effects_height(table) - layout.margin.t - layout.margin.b) / (high - low)
    for note in layout.annotations[2:]:
        lines = note.text.count("<br>") + 1
        assert note.yshift + 17 * lines <= pixels - note.yshift  # pixels is the distance of rows


def test_the_sentence_counts_the_sides() -> None:
    table = effects_table(verdict((part(), part(expected="less"), part(wide=90.0))))
    assert effects_sentence(table) == "Of its 3 parts, 1 as claimed, 1 against the claim, 1 cannot tell."
    assert "Reach: +50.0 (40.0 to 60.0) people, as claimed" in effects_said(table)
    assert effects_sentence(table[:1]) == "Its one part: as claimed."
    assert effects_sentence(()) == "Nothing was measured at the defaults."


def test_each_setting_is_counted_once_and_no_bar_lies_on_both_sides_of_zero() -> None:
    margins = (-9.0, -FURTHEST, -0.26, -1e-9, 0.0, 1e-9, BIN, BIN + 1e-9, FURTHEST, math.inf, math.nan)
    table = margins_table(verdict(margins=margins))
    assert sum(bar.settings for bar in table) == len(margins) - 1  # one is not a number
    assert held(table) == (5, 4, 1)
    assert all(bar.high <= 0.0 or bar.low >= 0.0 for bar in table)
    assert all(one.high == two.low for one, two in itertools.pairwise(table))
    assert table[0].low == -FURTHEST
    assert table[-1].high == FURTHEST


def test_turned_margins_turn_the_chart() -> None:
    margins = (-1.3, 0.4, 0.6, 2.2)
    there, back = (margins_table(verdict(margins=tuple(sign * one for one in margins))) for sign in (1, -1))
    assert held(there) == (3, 1, 0)
    assert held(back) == (1, 3, 0)
    assert [bar.settings for bar in there] == [bar.settings for bar in reversed(back)]


def test_a_tie_is_neither_for_a_claim_nor_against_it() -> None:
    table = margins_table(verdict(margins=(0.0, 0.0, 1.0)))
    assert held(table) == (1, 0, 2)
    assert margins_figure(table).data[2].x == (0.0,)
    assert margins_figure(table).data[2].y == (2,)


def test_bars_that_fail_are_striped() -> None:
    table = margins_table(verdict())
    fails, holds, ties = margins_figure(table, worst=-1.0).data
    assert not ties.y
    assert sum(fails.y) == 1
    assert sum(holds.y) == 2
    assert max(fails.x) < 0.0 < min(holds.x)
    assert fails.marker.pattern.shape == "/"
    assert holds.marker.pattern.shape == ""
    assert fails.marker.color != holds.marker.color
    words = [note.text for note in margins_figure(table, worst=-1.0).layout.annotations]
    assert "worst −1.00" in words
    without = margins_figure(table, worst=math.nan).layout.annotations
    assert not any("worst" in note.text for note in without)
    assert not any("worst" in note.text for note in margins_figure(table).layout.annotations)


@pytest.mark.parametrize("worst", [-4.87, -4.0, -0.1, 0.3, 9.0])
def test_the_arrow_to_the_worst_says_where_it_is_and_stands_off_the_edges(worst: float) -> None:
    table = margins_table(verdict(margins=(worst, *(0.1 * step for step in range(-3, 3)))))
    drawn = margins_figure(table, worst=worst)
    (arrow,) = [note for note in drawn.layout.annotations if "worst" in note.text]
    assert arrow.text == f"worst {worst:.2f}".replace("-", "−")
    left, right = drawn.layout.xaxis.range
    assert left + 0.1 < arrow.x < right - 0.1  # clear of the axis and its labels
    assert arrow.xanchor == ("left" if arrow.x < (left + right) / 2 else "right")


def test_without_settings_there_is_no_table() -> None:
    assert margins_table(verdict(margins=())) == ()
    assert margins_table(verdict(margins=(math.nan,))) == ()
    assert settings_sentence(Tally(unmeasured=4)) == "Nothing is known about other settings."
    margins_figure(())


def test_labels_cannot_smuggle_markup_into_a_figure() -> None:
    figure = effects_figure((Effect(HOSTILE, HOSTILE, "holds", 0.1, 0.0, 0.2),))
    assert "<b onclick" not in json.loads(figure.to_json()).__repr__()


def pair(a: str, b: str, difference: float, side: str) -> PairOutcome:
    return PairOutcome(a, b, "reach", "Reach", "people", difference, difference - 1, difference + 1, side)


PAIRS = (
    pair("low", "high", 20.0, "better"),
    pair("low", "middle", 9.0, "better"),
    pair("middle", "high", 0.5, "cannot tell"),
)


def test_every_meeting_is_known_from_both_sides() -> None:
    met = meetings(PAIRS, "reach")
    assert len(met) == 6
    assert met["high", "low"] == ("better", 20.0, 19.0, 21.0, "people")
    assert met["low", "high"] == ("worse", -20.0, -21.0, -19.0, "people")
    assert met["high", "middle"].side == met["middle", "high"].side == "cannot tell"
    assert meetings(PAIRS, "backlash") == {}


def test_standings_follow_from_who_beats_whom() -> None:
    assert standings(PAIRS, "reach") == (
        ("high", 1, 0, 1),
        ("middle", 1, 0, 1),
        ("low", 0, 2, 0),
    )
    turned = tuple(
        dataclasses.replace(one, a=one.b, b=one.a, difference=-one.difference, low=-one.high, high=-one.low,
                            side={"better": "worse"}.get(one.side, one.side))
        for one in PAIRS
    )  # fmt: skip
    assert standings(turned, "reach") == standings(PAIRS, "reach")
    assert meetings(turned, "reach") == meetings(PAIRS, "reach")
