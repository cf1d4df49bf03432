"""Mechanism 8: who asks, who is answered and when, what that does to people, and what a listening brand learns."""

import itertools
from typing import Any

import numpy as np
import pytest

from worthsharing.sim import rules
from worthsharing.sim.draws import NOBODY, Purpose, uniform, uniforms, world_seed
from worthsharing.sim.run import RunResult, simulate
from worthsharing.sim.scenario import Scenario, validate
from worthsharing.sim.state import Kind, Tally

USEFUL = {"name": "useful", "per_week": 7.0, "value": 0.9}
BRAND = {"first_customers": 0.5, "quality": 0.7, "answer_hours_per_week": 10.0, "series": [USEFUL]}
MANY_QUESTIONS: dict[str, Any] = {
    "world": {"people": 300, "mean_degree": 8.0},
    "clock": {"days": 12},
    "brand": BRAND,
    "attention": {"visits_per_day": 8.0},
    "experience": {"per_month": 10.0, "p_tell_good": 0.2, "p_tell_bad": 0.4, "everyday_per_day": 0.0},
    "adoption": {"p_consider_brand": 0.2, "decision_days": 2.0},
}
# what an answer does to people is switched off, so that the same questions are asked whatever the answers
DEAF = {"attitude": False, "leaving": False, "reciprocity": False, "adoption": False}


def scenario(**changes: Any) -> Scenario:
    return validate({**MANY_QUESTIONS, **changes}, "many questions")


def brand(**changes: Any) -> dict[str, Any]:
    return {**BRAND, **changes}


def total(run: RunResult, what: Tally) -> int:
    return int(run.tally[:, 0, what].sum())


def answers_of(run: RunResult) -> Any:
    """The brand's answers in order of the questions, and the questions."""
    by_brand = (run.messages["kind"] == Kind.ANSWER) & (run.messages["author"] < 0)
    answers = run.messages[by_brand]
    return answers, run.messages[answers["answer_to"]]


def questions_of(run: RunResult) -> Any:
    """What people asked the brand: without a topic, unlike what they ask friends."""
    return run.messages[(run.messages["kind"] == Kind.QUESTION) & (run.messages["topic"] < 0)]


def lives(run: RunResult, *, without: tuple[str, ...] = ()) -> list[bytes]:
    """Everything that becomes of people, and everything that is said."""
    pairs = [run.pairs[name].tobytes() for name in run.pairs.dtype.names if name not in without]
    said = [run.messages[name].tobytes() for name in run.messages.dtype.names]
    sent = [run.sends[name].tobytes() for name in run.sends.dtype.names]
    return [*pairs, *said, *sent, run.attitude.tobytes(), run.follows.tobytes()]


# ---- off is neutral ------------------------------------------------------------------------------------------------

LEVERS = {"answer_hours_per_week": 500.0, "answer_from_day": 1.0, "answer_until_day": 9.0, "likes_customers": False,
          "listens": True}  # fmt: skip
PARAMETERS = {
    "p_question": 0.9, "p_ask_brand": 0.9, "minutes_per_answer": 1.0, "reply_share": 0.3, "reaction_minutes": 1.0,
    "reaction_spread": 0.1, "give_up_hours": 5.0, "tolerated_hours": 1.0, "fast_worth": 9.0, "late_worth": 5.0,
    "worth_half_minutes": 99.0, "per_answer": 0.9, "complainer_shift": 0.9, "per_unanswered": 0.9,
    "p_leave_ignored": 0.9, "acknowledged": 0.1, "decision_help": 3.0, "focus": 0.0,
}  # fmt: skip


def test_off_nothing_about_it_can_matter() -> None:
    off = {"listening": False}
    run = simulate(scenario(mechanisms=off))
    assert total(run, Tally.QUESTIONS_TO_BRAND) == 0
    assert total(run, Tally.SHARES) > 0
    changed = simulate(scenario(mechanisms=off, brand=brand(**LEVERS), listening=PARAMETERS))
    assert lives(changed) == lives(run)


def test_on_but_neutral_is_off() -> None:
    """Nobody asks, and who is helped by friends is none the readier to buy."""
    neutral = {"p_question": 0.0, "p_ask_brand": 0.0, "decision_help": 1.0}
    on, off = simulate(scenario(listening=neutral)), simulate(scenario(mechanisms={"listening": False}))
    assert on.pairs["helped"].sum() > 0
    assert lives(on, without=("helped",)) == lives(off, without=("helped",))
    assert on.tally.tobytes() == off.tally.tobytes()


@pytest.mark.parametrize(
    "changes",
    [
        {"brand": brand(silent=True, **LEVERS, complaint_policy="close")},
        {"brand": brand(silent=True, **LEVERS, complaint_policy="delete"), "listening": {"focus": 9.0}},
        {"brand": brand(silent=True, **LEVERS), "sincerity": {"p_feigned_noticed": 1.0, "pretended": 0.0},
         "moderation": {"p_deletion_noticed": 1.0}},
    ],
)  # fmt: skip
def test_silence_answers_nobody_whatever_its_levers(changes: Any) -> None:
    silent = simulate(scenario(brand=brand(silent=True)))
    assert total(silent, Tally.QUESTIONS_TO_BRAND) > 0 == total(silent, Tally.ANSWERS_BY_BRAND)
    assert lives(simulate(scenario(**changes))) == lives(silent)
    assert lives(simulate(scenario(**changes).silenced)) == lives(silent)


# ---- the queue -----------------------------------------------------------------------------------------------------


def test_hours_bound_answers() -> None:
    """No more staff time goes into answers than was kept for them, but for the answer that is being written."""
    for hours, until in ((0.5, 12.0), (5.0, 12.0), (5.0, 6.0), (20.0, 12.0)):
        run = simulate(scenario(brand=brand(answer_hours_per_week=hours, answer_until_day=until)))
        kept = hours * until / 7.0
        assert 0 < total(run, Tally.ANSWERS_BY_BRAND) * 0.25 <= kept + 0.25


def test_answers_come_after_their_questions_and_are_counted_as_they_come() -> None:
    run = simulate(scenario())
    answers, questions = answers_of(run)
    delays = answers["time"] - questions["time"]
    assert delays.min() > 0.0
    assert questions["answered"].tolist() == answers["time"].tolist()
    in_time = answers["time"] < 24.0 * 12
    assert total(run, Tally.ANSWERS_BY_BRAND) == in_time.sum()
    assert total(run, Tally.ANSWER_MINUTES) == np.floor(60.0 * delays[in_time]).sum()
    assert total(run, Tally.QUESTIONS_TO_BRAND) == len(questions_of(run))


def test_an_answer_is_seen_after_it_was_given_by_the_one_who_asked() -> None:
    """At a visit of the next step at the earliest: only then may attitude have moved."""
    run = simulate(scenario())
    answers, questions = answers_of(run)
    assert set(answers["impressions"].tolist()) <= {0, 1}
    assert answers["impressions"][answers["time"] < 24.0 * 9].mean() > 0.95  # but for who did not visit again
    asked = run.pairs["acknowledged"][:, 0] != 0
    seen = answers["impressions"] > 0
    assert set(np.flatnonzero(asked)) == set(questions["author"][seen].tolist())


@pytest.mark.parametrize("sharing", [True, False])
def test_answers_and_what_close_friends_are_told_are_never_passed_on(sharing: bool) -> None:
    """Though without odds of sharing everything else is, by all who see it."""
    run = simulate(
        scenario(
            mechanisms={"sharing": sharing},
            sharing={"p_share_people": 1.0, "p_share_brand": 1.0},
            leaving={"p_per_promotion": 0.5, "silent": 0.0, "hide": 0.0, "tell_friends": 1.0},
            brand=brand(series=[{**USEFUL, "pressure": 1.0}]),
        )
    )
    kept = (run.messages["kind"] == Kind.ANSWER) | (run.messages["close_only"] != 0)
    seen = run.messages["impressions"] > 0
    assert (kept & seen & (run.messages["kind"] == Kind.ANSWER)).any()
    assert (kept & seen & (run.messages["close_only"] != 0)).any()
    assert run.messages["shares"][~kept & seen].any()
    assert not run.messages["shares"][kept].any()


def test_more_hours_never_answer_later() -> None:
    delays: list[dict[int, float]] = []
    for hours in (2.0, 5.0, 20.0, 1000.0):
        run = simulate(
            scenario(
                mechanisms=DEAF,
                brand=brand(answer_hours_per_week=hours),
                listening={"give_up_hours": 10_000.0, "reply_share": 1.0},
            )
        )
        questions = questions_of(run)
        delays.append(dict(zip(questions["key"].tolist(), questions["answered"].tolist(), strict=True)))
    for fewer, more in itertools.pairwise(delays):
        assert fewer.keys() == more.keys()
        assert len(fewer) > 50
        assert all(more[key] <= fewer[key] for key in fewer)
    assert delays[0] != delays[-1]


@pytest.mark.parametrize(
    "changes",
    [
        {"brand": brand(answer_hours_per_week=0.0)},
        {"listening": {"reply_share": 0.0}},
        {"brand": brand(answer_from_day=12.0)},
        {"brand": brand(answer_until_day=0.0)},
        {"listening": {"give_up_hours": 1e-9}},
    ],
)
def test_a_brand_that_answers_nobody_is_waited_for_in_vain(changes: Any) -> None:
    """Everybody who asks is ignored, once for each question but those asked anew before patience had ended."""
    run = simulate(scenario(**changes, mechanisms=DEAF))
    assert total(run, Tally.ANSWERS_BY_BRAND) == 0 == len(answers_of(run)[0])
    asked = questions_of(run)
    ignored, last_step = 0, 24.0 * 12 - 6.0
    for author in np.unique(asked["author"]):
        ends = np.sort(asked["time"][asked["author"] == author]) + 3.0
        heard_by = 6.0 * (np.ceil(ends / 6.0) + 1.0)  # patience is looked at a step late
        replaced = np.append(ends[1:] - 3.0 < heard_by[:-1] - 6.0, False)
        ignored += np.count_nonzero(~replaced & (ends < last_step))
    assert 20 < ignored == total(run, Tally.IGNORED)


def test_an_answer_in_time_leaves_nobody_ignored() -> None:
    run = simulate(
        scenario(
            brand=brand(answer_hours_per_week=100_000.0),
            listening={"reply_share": 1.0, "reaction_minutes": 1.0, "reaction_spread": 0.0},
        )
    )
    assert total(run, Tally.QUESTIONS_TO_BRAND) > 100
    assert total(run, Tally.IGNORED) == 0


def test_being_ignored_costs_attitude_and_followers() -> None:
    ignored = scenario(brand=brand(answer_hours_per_week=0.0), listening={"p_leave_ignored": 0.5})
    borne = scenario(
        brand=brand(answer_hours_per_week=0.0), listening={"p_leave_ignored": 0.0, "per_unanswered": 0.0}
    )
    one, other = simulate(ignored), simulate(borne)
    assert one.attitude[:, 0].mean() < other.attitude[:, 0].mean()
    assert one.follows[:, 0].sum() < other.follows[:, 0].sum()


# ---- what an answer does -------------------------------------------------------------------------------------------


def attitude_after_delay(minutes: float) -> float:
    """Mean attitude of the first customers when each answer takes so long, and answering is all that moves it."""
    run = simulate(
        scenario(
            mechanisms={"leaving": False, "reciprocity": False, "adoption": False},
            brand=brand(answer_hours_per_week=100_000.0, series=[]),
            attitude={"per_item": 0.0, "per_heard": 0.0, "per_experience": 0.0, "of_customers": 0.0, "spread": 0.0},
            listening={"reply_share": 1.0, "reaction_minutes": minutes, "reaction_spread": 0.0, "per_answer": 0.01},
        )
    )  # fmt: skip
    return float(run.attitude[run.pairs["acknowledged"] != 0].mean())


def test_trust_gained_falls_with_the_delay() -> None:
    gains = [attitude_after_delay(minutes) for minutes in (1.0, 21.3, 60.0, 150.0)]
    assert gains == sorted(gains, reverse=True)
    assert gains[-1] > 0.0
    assert 0.05 < gains[-1] / gains[0] < 0.35


def test_worth_of_an_answer_falls_from_the_fast_to_the_late() -> None:
    worths = [rules.worth_of_answer(delay, 2.22, 0.26, 15.0) for delay in np.linspace(0.0, 600.0, 50)]
    assert worths == sorted(worths, reverse=True)
    assert worths[0] == pytest.approx(2.22)
    assert worths[-1] == pytest.approx(0.26)


def test_who_was_answered_stays_longer() -> None:
    """Whether they followed when they were answered, or begin to only afterwards."""
    calm = {"per_answer": 0.0, "per_unanswered": 0.0, "p_leave_ignored": 0.0, "decision_help": 1.0}
    hours = brand(answer_hours_per_week=100_000.0, first_customers=0.2)
    lively = {"p_consider_brand": 0.5, "decision_days": 0.5, "p_buy": 1.0, "p_follow_at_purchase": 1.0}
    runs = [
        simulate(
            scenario(brand=hours, listening={**calm, "acknowledged": factor},
                     mechanisms={"reciprocity": False}, adoption={**lively, "external_per_year": 10.0})
        )
        for factor in (1.0, 0.5)
    ]  # fmt: skip
    as_ever, acknowledged = (run.pairs["leave_due"][:, 0] for run in runs)
    answered = runs[0].pairs["acknowledged"][:, 0] != 0
    later = runs[0].first_follows[:, 0] == 0
    for group in (answered & ~later, answered & later):
        compared = group & np.isfinite(as_ever) & np.isfinite(acknowledged)
        assert compared.sum() > 5
        assert (acknowledged[compared] > as_ever[compared]).mean() > 0.9


# ---- what is learned -----------------------------------------------------------------------------------------------


def test_interest_has_the_mean_that_its_exponent_says() -> None:
    for exponent in (0.3, 1.0, 2.7):
        drawn = uniforms(1, int(Purpose.INTEREST), np.arange(20_000, dtype=np.int64), NOBODY, 0, 0)
        cares = [rules.interest(draw, exponent) for draw in drawn.tolist()]
        assert np.mean(cares) == pytest.approx(1.0 / (1.0 + exponent), abs=4.0 * np.std(cares) / 20_000**0.5)


def test_a_brand_learns_only_when_it_listens() -> None:
    deaf, listening = simulate(scenario()), simulate(scenario(brand=brand(listens=True)))
    assert deaf.learned.sum() == 0
    assert listening.learned[0].sum() >= total(listening, Tally.QUESTIONS_TO_BRAND) > 0


def test_without_focus_a_listener_publishes_as_if_it_did_not_listen() -> None:
    deaf = simulate(scenario())
    listener = simulate(scenario(brand=brand(listens=True), listening={"focus": 0.0}))
    assert lives(listener) == lives(deaf)
    assert lives(simulate(scenario(brand=brand(listens=True)))) != lives(deaf)


def test_topics_that_the_calendar_states_are_kept() -> None:
    series = [{**USEFUL, "topic": 3}]
    deaf = simulate(scenario(brand=brand(series=series)))
    assert lives(simulate(scenario(brand=brand(series=series, listens=True)))) == lives(deaf)


def test_questions_are_asked_about_what_people_care_for() -> None:
    """Counts of topics against the interests of those who asked: chi square."""
    run = simulate(
        scenario(
            world={"people": 2000, "mean_degree": 2.0},
            brand=brand(listens=True, series=[]),
            worth={"topics": 5, "topic_spread": 1.0},
            experience={"per_month": 20.0, "p_tell_good": 0.0, "p_tell_bad": 0.0, "everyday_per_day": 0.0},
        )
    )
    seed = world_seed(run.id.seed, run.id.replicate)
    expected = np.zeros(5)
    for author in questions_of(run)["author"].tolist():
        cares = np.array(
            [
                rules.interest(
                    uniform(seed, int(Purpose.INTEREST), author, NOBODY, 0, topic),
                    run.topic_exponents[topic],
                )
                for topic in range(5)
            ]
        )
        expected += cares / cares.sum()
    assert expected.sum() == pytest.approx(run.learned[0].sum())
    assert expected.min() > 20.0
    chi_square = float(((run.learned[0] - expected) ** 2 / expected).sum())
    equal = expected.sum() / 5.0
    assert chi_square < 18.5  # 4 degrees of freedom, one in a thousand
    assert float(((run.learned[0] - equal) ** 2 / equal).sum()) > 18.5


def test_closed_comments_are_not_asked_and_disappoint_as_said() -> None:
    """Who cannot ask feels ignored at once, or not."""
    for disappoints in (0.0, 1.0):
        how = {"closed_disappoints": disappoints}
        run = simulate(scenario(brand=brand(complaint_policy="close"), moderation=how))
        assert total(run, Tally.QUESTIONS_TO_BRAND) == 0 == len(questions_of(run))
        assert (total(run, Tally.IGNORED) > 0) == (disappoints > 0.0)
