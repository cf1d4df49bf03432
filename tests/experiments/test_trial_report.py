"""The report of a trial says what its values say, whatever they are, and asks nobody for anything."""

import dataclasses
import itertools
import json
import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from worthsharing.experiments.claims import Arm, Claim, Part
from worthsharing.experiments.trial_report import (
    counts_sentence,
    noise_sentence,
    render_trial,
    searched_sentence,
    what_would_change_it,
    where_it_fails,
    write_trial_report,
)
from worthsharing.experiments.verdicts import (
    ClaimVerdict,
    Decider,
    PairOutcome,
    PartVerdict,
    SampledParameter,
    Setting,
    Side,
    Tally,
    Trial,
    Word,
)

COMMAND = "worthsharing trial E1.1 --seed 1"
HOSTILE = "</script><script>alert('title')</script><img src=x onerror=alert(1)>"
NAN = math.nan
Reader = Callable[[str], Any]

DECIDER = Decider("fatigue.half_life", "days", "X", 10.0, 4.0, 28.0, 0.41, "low", 0.92, 0.31)
SAMPLE = (
    SampledParameter("fatigue.half_life", "Days until half is gone; at rest", "days", 4.0, 28.0, "log-uniform", "X"),
    SampledParameter("sharing.ease", "Ease of sharing", "factor", 0.5, 2.0, "uniform", "A"),
)  # fmt: skip


def part(side: Side = "holds", difference: float = 50.0) -> PartVerdict:
    what = Part("Earned reach", "reach_earned", "asking", "be_worth_sharing", "more")
    low, high = difference - 10.0, difference + 10.0
    return PartVerdict(
        what, "people", 30, 100.0, 100.0 + difference, difference, low, high, side, Tally(3, 1, 0, 2, 1)
    )


def verdict(name: str = "E1.1", word: Word = "depends", **changes: Any) -> ClaimVerdict:
    found = ClaimVerdict(
        claim=Claim(
            name,
            f"Title of {name}",
            f"The essay says {name}.",
            (
                Arm("asking", "asking"),
                Arm("be_worth_sharing", "be_worth_sharing"),
                Arm("silence", "silence", free=True),
            ),
            (part().part,),
            "Read it so.",
        ),
        word=word,
        side="holds",
        sentence="It depends: be_worth_sharing reaches 50 people more.",
        parts=(part(),),
        equal_effort=True,
        efforts={"asking": 1000.0, "be_worth_sharing": 1001.0, "silence": 0.0},
        settings=Tally(3, 1, 0, clearly_holds=2, clearly_fails=1),
        deciders=(DECIDER,),
        worst=Setting({"fatigue.half_life": 25.1, "sharing.ease": 0.7}, -1.8, "Earned reach"),
        nearest=None,
        region="fails where fatigue lasts",
        margins=(-1.8, 0.4, 0.5, 2.0),
        more_replicates=0,
    )
    return dataclasses.replace(found, **changes)


def trial(*verdicts: ClaimVerdict, **changes: Any) -> Trial:
    found = Trial(
        verdicts=verdicts,
        pairs=(
            PairOutcome("asking", "be_worth_sharing", "reach", "Reach", "people", 50.0, 40.0, 60.0, "better"),
            PairOutcome("asking", "silence", "reach", "Reach", "people", -9.0, -12.0, -6.0, "worse"),
            PairOutcome("silence", "be_worth_sharing", "reach", "Reach", "people", 1.0, -1.0, 3.0, "cannot tell"),
            PairOutcome("asking", "silence", "adoptions", "Adoptions", "people", NAN, NAN, NAN, "not available"),
        ),
        sample=SAMPLE,
        points=4,
        replicates=30,
        replicates_per_point=2,
        seed=1,
        people=10_000,
        people_per_point=2_000,
        days=60,
        runs=500,
        notes=(),
    )  # fmt: skip
    return dataclasses.replace(found, **changes)


def nothing_sampled(one: ClaimVerdict) -> ClaimVerdict:
    return dataclasses.replace(
        one,
        settings=Tally(),
        parts=tuple(dataclasses.replace(part, settings=Tally()) for part in one.parts),
        deciders=(),
        worst=None,
        region="",
        margins=(),
    )


FOUR = (
    verdict("E1.1", "confirmed"),
    verdict("E1.2", "depends"),
    verdict("E2.1", "refuted"),
    verdict("E4.3", "cannot tell"),
)


def classes(page: Any, word: str) -> list[str]:
    return [
        str(attributes["class"]) for _, attributes in page.elements if word in str(attributes.get("class"))
    ]


def test_it_is_one_file_that_asks_nobody_for_anything(tmp_path: Path, read_page: Reader) -> None:
    path = write_trial_report(tmp_path / "trial.html", trial(*FOUR), COMMAND, {"rules": "abc"})
    content = path.read_text(encoding="utf-8")
    assert 1e6 < path.stat().st_size < 2e6
    page = read_page(content)
    assert len(page.scripts) == 3
    for tag, attributes in page.elements:
        assert tag not in {"link", "iframe", "img", "object", "embed", "base", "form"}
        assert "src" not in attributes
        assert (attributes.get("href") or "#").startswith("#")
    style = content.split("<style>")[1].split("</style>")[0]
    assert "url(" not in style
    assert "@import" not in style


def test_the_same_trial_gives_the_same_bytes() -> None:
    assert render_trial(trial(*FOUR), COMMAND, {}) == render_trial(trial(*FOUR), COMMAND, {})


def test_ids_are_valid_and_unique_and_every_link_arrives(read_page: Reader) -> None:
    page = read_page(render_trial(trial(*FOUR), COMMAND, {}))
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert all(re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]*", str(one)) for one in ids)
    wanted = [attributes["href"] for _, attributes in page.elements if attributes.get("href")]
    wanted += [
        f"#{attributes['aria-labelledby']}"
        for _, attributes in page.elements
        if "aria-labelledby" in attributes
    ]
    assert {"#claim-E1-1", "#claim-E4-3", "#settings"} <= set(wanted)
    assert {str(link)[1:] for link in wanted} <= set(ids)
    charts = json.loads(page.scripts[0])["charts"]
    assert {f"plot-{one}" for one in charts} == {one for one in ids if str(one).startswith("plot-")}
    assert len(charts) == 2 * len(FOUR)


def test_charts_and_tables_can_be_read_aloud(read_page: Reader) -> None:
    page = read_page(render_trial(trial(*FOUR), COMMAND, {}))
    plots = [attributes for _, attributes in page.elements if attributes.get("class") == "plot"]
    assert any("+50.0 (40.0 to 60.0) people, as claimed" in str(one["aria-label"]) for one in plots)
    assert any(
        "Of 4 settings, 2 are clearly as claimed, 1 clearly against, 1 not clear" in str(one["aria-label"])
        for one in plots
    )
    assert all(attributes.get("scope") in {"col", "row"} for tag, attributes in page.elements if tag == "th")
    assert sum(tag == "main" for tag, _ in page.elements) == sum(tag == "h1" for tag, _ in page.elements) == 1
    levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch("h[1-6]", tag)]
    assert all(deeper - level <= 1 for level, deeper in itertools.pairwise(levels))


def test_the_words_are_counted(read_page: Reader) -> None:
    assert counts_sentence(trial(*FOUR)) == "1 confirmed, 1 depends, 1 refuted, 1 cannot tell"
    assert counts_sentence(trial(FOUR[1], FOUR[1], FOUR[0])) == "1 confirmed, 2 depend"
    assert counts_sentence(trial()) == "no claim was tried"
    assert (
        "1 confirmed, 1 depends, 1 refuted, 1 cannot tell."
        in read_page(render_trial(trial(*FOUR), COMMAND, {})).text
    )


@pytest.mark.parametrize("word", ["confirmed", "depends", "refuted", "cannot tell"])
def test_chip_and_icon_turn_with_the_word(word: Word, read_page: Reader) -> None:
    page = read_page(render_trial(trial(verdict(word=word)), COMMAND, {}))
    shown = [one.removeprefix("chip ") for one in classes(page, "chip")]
    slug = word.replace(" ", "-")
    assert shown.count(slug) == 3  # overview, card, and the legend
    assert all(shown.count(other) == 1 for other in set(shown) - {slug})  # the legend alone
    icons = [attributes["href"] for tag, attributes in page.elements if tag == "use"]
    assert icons == [f"#icon-{one}" for one in shown]


def test_sentence_sides_and_shares_turn_with_the_values(read_page: Reader) -> None:
    there = verdict(sentence="It holds.", settings=Tally(3, 1, 0, 3, 0))
    back = verdict(
        sentence="It is the other way round.",
        side="fails",
        parts=(part("fails", -50.0),),
        settings=Tally(1, 3, 0, 1, 2),
    )
    for one, said, bar in (
        (there, ("It holds.", "+50.0", "as claimed", "75 %"), "--value:75.0%;--rest:25.0%"),
        (
            back,
            ("It is the other way round.", "−50.0", "against the claim", "25 %"),
            "--value:25.0%;--rest:25.0%",
        ),
    ):
        content = render_trial(trial(one), COMMAND, {})
        assert all(text in read_page(content).text for text in said)
        assert bar in content
    assert "It holds." not in read_page(render_trial(trial(back), COMMAND, {})).text


def test_swapping_the_labels_of_a_pair_mirrors_the_numbers(read_page: Reader) -> None:
    def swapped(one: PairOutcome) -> PairOutcome:
        side = {"better": "worse", "worse": "better"}.get(one.side, one.side)
        return PairOutcome(
            one.b, one.a, one.measure, one.label, one.unit, -one.difference, -one.high, -one.low, side
        )

    there = trial(verdict())
    back = dataclasses.replace(there, pairs=tuple(swapped(one) for one in there.pairs))

    def matrix(one: Trial) -> list[str]:
        page = read_page(render_trial(one, COMMAND, {}))
        return [
            str(attributes["title"])
            for tag, attributes in page.elements
            if tag == "td" and "title" in attributes
        ]

    assert matrix(there) == matrix(back)
    assert "Be worth sharing beats Asking: +50.0 people (40.0 to 60.0)" in matrix(there)
    assert "Asking loses to Be worth sharing: −50.0 people (−60.0 to −40.0)" in matrix(there)
    text = read_page(render_trial(back, COMMAND, {})).text
    assert "Asking against Be worth sharing −50.0 (−60.0 to −40.0) Asking is worse" in text


def test_deciders_say_how_often_and_whether_they_are_guesses(read_page: Reader) -> None:
    text = read_page(render_trial(trial(verdict()), COMMAND, {})).text
    assert "Days until half is gone a guess, grade X explains 41 % of the margin" in text
    assert "when low 92 %" in text
    assert "when high 31 %" in text
    known = dataclasses.replace(DECIDER, grade="A", share_low=0.1, share_high=0.6)
    text = read_page(render_trial(trial(verdict(deciders=(known,))), COMMAND, {})).text
    assert "Days until half is gone grade A" in text
    assert "when low 10 %" in text


def test_the_worst_setting_is_told_with_its_values(read_page: Reader) -> None:
    parameters = {one.path: one for one in SAMPLE}
    assert where_it_fails(verdict(), parameters) == [
        "Fails where fatigue lasts.",
        "It fails most where days until half is gone is 25.1: margin −1.80, in “Earned reach”.",
    ]
    never = verdict(
        region="",
        margins=(0.3, 1.0),
        settings=Tally(2, 0, 0, 1, 0),
        worst=Setting({"sharing.ease": 0.7}, 0.3, "Earned reach"),
        nearest="sharing.ease",
    )
    assert where_it_fails(never, parameters) == [
        "In none of 2 settings.",
        "It comes nearest to failing at the setting in the table below: margin +0.300, in “Earned reach”.",
        "The nearest edge is that of ease of sharing (sharing.ease).",
    ]
    text = read_page(render_trial(trial(verdict()), COMMAND, {})).text
    assert "sharing.ease Ease of sharing 0.7 factor 0.5 to 2" in text


def test_what_would_change_it_follows_from_the_values() -> None:
    parameters = {one.path: one for one in SAMPLE}

    def said(**changes: Any) -> str:
        return " ".join(what_would_change_it(verdict(**changes), parameters))

    assert "A measurement of days until half is gone" in said()
    assert "41 %" in said()
    assert "worlds" not in said()
    assert "About 41 more worlds" in said(more_replicates=41, side="cannot tell")
    assert "More than 10,000 more worlds" in said(side="cannot tell", more_replicates=None)
    assert "No number of further worlds" in said(side="cannot tell")
    assert "equal effort" in said(equal_effort=False)
    assert said(deciders=()) == "No single one of the parameters searched."
    assert "A measure of Earned reach" in said(parts=(part("not available"),))
    assert "beyond the range that was searched of ease of sharing" in said(nearest="sharing.ease")


def test_unequal_effort_is_a_warning(read_page: Reader) -> None:
    fair = read_page(render_trial(trial(verdict()), COMMAND, {})).text
    unfair = read_page(render_trial(trial(verdict(equal_effort=False)), COMMAND, {})).text
    assert "At unequal effort" not in fair
    assert "At unequal effort." in unfair
    assert "Asking 1,000; Be worth sharing 1,001; Silence 0 (by design)" in fair


@pytest.mark.parametrize(
    ("efforts", "equal", "badge"),
    [
        ({"asking": 1000.0, "be_worth_sharing": 1001.0}, True, "equal effort"),
        ({"asking": 3200.0, "silence": 800.0}, True, "unequal by design"),
        ({"asking": 3200.0, "be_worth_sharing": 3200.0, "silence": 0.0}, True, "unequal by design"),
        ({"asking": 3200.0, "silence": 3210.0}, True, "equal effort"),
        ({"asking": 3200.0, "be_worth_sharing": 800.0}, False, "at unequal effort"),
    ],
)
def test_equal_effort_is_said_of_equal_totals_alone(
    read_page: Reader, efforts: dict[str, float], equal: bool, badge: str
) -> None:
    card = render_trial(trial(verdict(efforts=efforts, equal_effort=equal)), COMMAND, {})
    spent = re.search(r"<b>Spent:</b>.*?</span></span>", card, re.DOTALL)
    assert spent is not None
    assert re.findall(r'class="badge[^"]*">([^<]*)<', spent[0]) == [badge]
    assert ("no fair" in card or "At unequal effort." in card) == (not equal)


@pytest.mark.parametrize(("essays", "words"), [(1, "an essay"), (2, "two essays"), (4, "four essays")])
def test_essays_are_counted_in_words(read_page: Reader, essays: int, words: str) -> None:
    tried = trial(*(verdict(f"E{number}.1") for number in range(1, essays + 1)))
    said = read_page(render_trial(tried, COMMAND, {})).text
    assert f"What {words} on social media strategy would have" in said


def test_what_was_searched_is_on_every_card_and_in_a_table(read_page: Reader) -> None:
    page = read_page(render_trial(trial(*FOUR), COMMAND, {"rules": "abc"}))
    sentence = (
        "4 settings of 2 parameters (1 drawn uniformly, 1 log-uniformly; 1 of them a guess), "
        "each in 2 worlds of 2,000 people."
    )
    assert searched_sentence(trial()) == sentence
    assert page.text.count(sentence) == len(FOUR) + 1
    for expected in ("4 to 28", "log-uniform", "30 worlds of 10,000 people", COMMAND, "abc", "Read it so."):
        assert expected in page.text


def test_the_page_says_how_much_is_luck(read_page: Reader) -> None:
    text = read_page(render_trial(trial(*FOUR), COMMAND, {})).text
    assert noise_sentence(trial(*FOUR)) in text
    assert "In this trial 25 % of what was tried is not clear." in text
    assert "in 2 worlds only" in text
    assert noise_sentence(trial(nothing_sampled(verdict()), points=0)) == ""
    one = dataclasses.replace(part(), settings=Tally(2, 1, 1, 1, 0, unmeasured=3))
    text = read_page(render_trial(trial(verdict(parts=(one,))), COMMAND, {})).text
    assert "Of 4 settings, 1 are clearly as claimed, 0 clearly against, 3 not clear." in text
    assert "2 hold and 1 fail; in 1 the sides do not differ; 3 more could not be measured." in text


def test_a_scale_is_never_a_unit_in_brackets(read_page: Reader) -> None:
    scale = dataclasses.replace(part(), unit="−1 to 1")
    text = read_page(render_trial(trial(verdict(parts=(scale,))), COMMAND, {})).text
    assert "on a scale of −1 to 1" in text
    assert "(−1 to 1)" not in text


def test_hostile_words_are_shown_as_text(read_page: Reader) -> None:
    claim = dataclasses.replace(
        verdict().claim,
        id=HOSTILE,
        title=HOSTILE,
        text=HOSTILE,
        reading=HOSTILE,
        limits=HOSTILE,
        arms=(Arm(HOSTILE, HOSTILE),),
    )
    what = dataclasses.replace(
        part().part, label=HOSTILE, measure=HOSTILE, a=HOSTILE, against=(HOSTILE, HOSTILE)
    )
    one = verdict(
        claim=claim,
        sentence=HOSTILE,
        region=HOSTILE,
        nearest=HOSTILE,
        efforts={HOSTILE: 1.0},
        parts=(dataclasses.replace(part(), part=what, unit=HOSTILE),),
        deciders=(dataclasses.replace(DECIDER, path=HOSTILE, unit=HOSTILE, grade=HOSTILE),),
        worst=Setting({HOSTILE: 1.0}, -1.0, HOSTILE),
    )
    made = trial(
        one,
        pairs=(PairOutcome(HOSTILE, "b", HOSTILE, HOSTILE, HOSTILE, 1.0, 0.5, 1.5, HOSTILE),),
        sample=(SampledParameter(HOSTILE, HOSTILE, HOSTILE, 0.0, 1.0, "uniform", HOSTILE),),
        notes=(HOSTILE,),
    )
    page = read_page(render_trial(made, HOSTILE, {HOSTILE: HOSTILE}))
    assert len(page.scripts) == 3
    assert not any(
        tag == "img" or any(name.startswith("on") for name in attributes) for tag, attributes in page.elements
    )
    assert HOSTILE in page.text
    json.loads(page.scripts[0])


def test_numbers_that_are_missing_are_dashes(read_page: Reader) -> None:
    missing = dataclasses.replace(
        part("not available"), mean_a=NAN, mean_b=NAN, difference=NAN, low=NAN, high=NAN, settings=Tally()
    )
    unknown = dataclasses.replace(DECIDER, strength=NAN, share_low=NAN, share_high=NAN, default=NAN)
    one = verdict(
        parts=(missing,),
        settings=Tally(unmeasured=2),
        deciders=(unknown,),
        worst=Setting({"sharing.ease": NAN}, NAN, ""),
        margins=(NAN, NAN),
    )
    page = read_page(render_trial(trial(one), COMMAND, {}))
    assert "not available" in page.text
    assert "–" in page.text
    assert not re.search(r"\bnan\b", page.text, re.IGNORECASE)
    assert "NaN" not in page.scripts[0]
    assert "bar none" in classes(page, "bar")


def test_a_trial_of_the_defaults_alone_has_a_report(read_page: Reader) -> None:
    alone = trial(nothing_sampled(verdict()), pairs=(), sample=(), points=0)
    page = read_page(render_trial(alone, COMMAND, {}))
    assert "1 claim on trial" in page.text
    assert "the verdicts are about the defaults alone" in page.text
    assert "Nothing is known about other settings." in page.text
    assert set(json.loads(page.scripts[0])["charts"]) == {"E1-1-1"}
    assert "Every strategy against every other" not in page.text
    read_page(render_trial(trial(), COMMAND, {}))  # nor does an empty trial fail


def test_two_claims_whose_ids_look_alike_have_anchors_of_their_own(read_page: Reader) -> None:
    page = read_page(render_trial(trial(verdict("E1.1"), verdict("E1-1")), COMMAND, {}))
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
