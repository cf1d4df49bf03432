"""Mechanism 9, and the second half of 5: complaints left, answered, deleted or made impossible; answers not meant."""

from typing import Any

import numpy as np
import pytest

from worthsharing.sim import rules
from worthsharing.sim.run import RunResult, simulate
from worthsharing.sim.scenario import Scenario, validate
from worthsharing.sim.state import Kind, Tally

BRAND = {
    "first_customers": 0.5,
    "quality": 0.3,
    "series": [{"name": "useful", "per_week": 14.0, "value": 0.9}],
}
COMPLAINTS: dict[str, Any] = {
    "world": {"people": 300, "mean_degree": 8.0},
    "clock": {"days": 12},
    "brand": BRAND,
    "attention": {"visits_per_day": 8.0, "real_degree": 8.0},
    "sharing": {"p_share_people": 0.1},
    "experience": {"per_month": 10.0, "p_tell_bad": 0.4, "p_complain": 0.5, "everyday_per_day": 0.0},
    "moderation": {"p_read_comments": 0.5},
}
NO_TIES = {"network": "erdos_renyi", "people": 300, "mean_degree": 0.0}


def scenario(**changes: Any) -> Scenario:
    return validate({**COMPLAINTS, **changes}, "complaints")


def policy(policy: str, **changes: Any) -> dict[str, Any]:
    return {**BRAND, "complaint_policy": policy, "answer_hours_per_week": 200.0, **changes}


def total(run: RunResult, what: Tally) -> int:
    return int(run.tally[:, 0, what].sum())


def lives(run: RunResult, *, without: tuple[str, ...] = ()) -> list[bytes]:
    """Everything that becomes of people, and everything that is said."""
    pairs = [run.pairs[name].tobytes() for name in run.pairs.dtype.names if name not in without]
    said = [run.messages[name].tobytes() for name in run.messages.dtype.names if name not in without]
    sent = [run.sends[name].tobytes() for name in run.sends.dtype.names]
    return [*pairs, *said, *sent, run.attitude.tobytes(), run.follows.tobytes()]


def complaints_of(run: RunResult) -> Any:
    return run.messages[run.messages["kind"] == Kind.COMPLAINT]


# ---- off is neutral ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("chosen", ["leave", "answer", "delete", "close"])
def test_off_nothing_about_it_can_matter(chosen: str) -> None:
    off = {"moderation": False}
    run = simulate(scenario(mechanisms=off, brand=policy("leave")))
    assert total(run, Tally.COMPLAINTS) > 0
    parameters = {"p_read_comments": 1.0, "page_days": 9.0, "p_deletion_noticed": 1.0, "deletion_anger": 9.0,
                  "heard_answered": 0.0}  # fmt: skip
    changed = simulate(scenario(mechanisms=off, brand=policy(chosen), moderation=parameters))
    assert lives(changed) == lives(run)


def test_on_but_unread_is_off() -> None:
    for unread in ({"p_read_comments": 0.0}, {"page_days": 0.0}):
        on = simulate(scenario(moderation=unread))
        assert lives(on) == lives(simulate(scenario(mechanisms={"moderation": False})))


def test_a_deletion_that_nobody_notices_is_a_world_without_a_page() -> None:
    deleted = simulate(scenario(brand=policy("delete"), moderation={"p_deletion_noticed": 0.0}))
    assert total(deleted, Tally.DELETIONS) == total(deleted, Tally.COMPLAINTS) > 0
    assert total(deleted, Tally.DELETIONS_NOTICED) == 0
    assert lives(deleted) == lives(
        simulate(scenario(mechanisms={"moderation": False}, brand=policy("leave")))
    )


def test_a_deletion_that_angers_nobody_is_not_noticed() -> None:
    calm, unnoticed = (
        simulate(scenario(brand=policy("delete"), moderation=how))
        for how in ({"p_deletion_noticed": 1.0, "deletion_anger": 1.0}, {"p_deletion_noticed": 0.0})
    )
    assert total(calm, Tally.DELETIONS_NOTICED) == total(calm, Tally.DELETIONS) > 0
    assert lives(calm) == lives(unnoticed)


# ---- the page ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("chosen", "read"), [("leave", True), ("answer", True), ("delete", False), ("close", False)]
)
def test_strangers_read_complaints_only_where_they_stand(chosen: str, read: bool) -> None:
    """Without ties, the page is the only place where a complaint can be read."""
    run = simulate(scenario(world=NO_TIES, brand=policy(chosen)))
    assert total(run, Tally.COMPLAINTS) > 0
    assert (total(run, Tally.COMPLAINT_EXPOSURES) > 0) == read
    assert (
        not simulate(scenario(world=NO_TIES, mechanisms={"moderation": False}))
        .tally[:, 0, Tally.COMPLAINT_EXPOSURES]
        .any()
    )


def test_nobody_reads_their_own_complaint_as_a_stranger() -> None:
    """One customer who complains and nobody else who does."""
    alone = policy("leave", first_customers_by="listed", first_customers_listed=["7"], known_outside=0.0)
    quiet = {"p_consider_brand": 0.0, "p_follow": 0.0}
    run = simulate(scenario(world=NO_TIES, brand=alone, adoption=quiet, moderation={"p_read_comments": 1.0},
                            experience={**COMPLAINTS["experience"], "per_month": 60.0}))  # fmt: skip
    assert total(run, Tally.COMPLAINTS) > 0 == total(run, Tally.COMPLAINT_EXPOSURES)


def test_without_posts_there_is_nothing_to_read_below() -> None:
    run = simulate(scenario(world=NO_TIES, brand=policy("leave", series=[])))
    assert total(run, Tally.COMPLAINTS) > 0 == total(run, Tally.COMPLAINT_EXPOSURES)


# ---- deleting and answering ----------------------------------------------------------------------------------------


def test_noticed_deletions_multiply() -> None:
    """Those and only those complaints are angrier, and are shared more."""
    shared = {}
    for anger in (1.0, 1.5, 10.0):
        how = {"p_deletion_noticed": 0.5, "deletion_anger": anger}
        runs = [
            simulate(scenario(brand=policy("delete"), moderation=how), replicate) for replicate in range(5)
        ]
        for run in runs:
            angry = complaints_of(run)["anger"] > 1.0
            assert angry.sum() == (total(run, Tally.DELETIONS_NOTICED) if anger > 1.0 else 0)
            assert set(complaints_of(run)["anger"].tolist()) <= {1.0, anger}
            assert (run.messages["anger"][run.messages["kind"] != Kind.COMPLAINT] == 1.0).all()
        shared[anger] = sum(int(complaints_of(run)["shares"].sum()) for run in runs)
    assert shared[1.0] < shared[1.5] < shared[10.0]


def test_only_the_policy_to_answer_answers_complaints() -> None:
    for chosen in ("leave", "answer", "delete", "close"):
        run = simulate(scenario(brand=policy(chosen), listening={"p_question": 0.0, "p_ask_brand": 0.0}))
        answered = np.isfinite(complaints_of(run)["answered"])
        assert answered.any() == (chosen == "answer") == bool(run.pairs["redressed"].any())
    silent = simulate(scenario(brand=policy("answer"), mechanisms={"listening": False}))
    assert not np.isfinite(complaints_of(silent)["answered"]).any()


def test_a_complaint_that_was_answered_weighs_less_and_one_deleted_more() -> None:
    heard = [rules.complaint_weight(1.0, True, 0.5), rules.complaint_weight(1.0, False, 0.5)]
    assert [*heard, rules.complaint_weight(1.5, False, 0.5)] == [0.5, 1.0, 1.5]
    light, heavy = (
        simulate(
            scenario(brand=policy("answer"), moderation={"p_read_comments": 1.0, "heard_answered": weight})
        )
        for weight in (0.0, 2.0)
    )
    assert light.attitude.mean() > heavy.attitude.mean()


def test_redress_invites_more_complaints() -> None:
    complaints = []
    for extra in (0.0, 5.0):
        how = {"extra_complaining": extra, "p_read_comments": 0.0}
        runs = [
            simulate(scenario(brand=policy("answer"), moderation=how), replicate) for replicate in range(3)
        ]
        complaints.append(sum(total(run, Tally.COMPLAINTS) for run in runs))
    assert complaints[0] < complaints[1]


# ---- meaning it ----------------------------------------------------------------------------------------------------


def test_feigning_well_is_as_good_as_meaning_it() -> None:
    genuine = simulate(scenario(brand=policy("answer")))
    assert total(genuine, Tally.ANSWERS_BY_BRAND) > 20
    hidden = {"p_feigned_noticed": 0.0, "pretended": 1.0}
    feigned = scenario(brand=policy("answer", likes_customers=False), sincerity=hidden)
    assert lives(simulate(feigned)) == lives(genuine)
    assert simulate(feigned).tally.tobytes() == genuine.tally.tobytes()


def test_without_sincerity_nobody_tells_feigned_from_genuine() -> None:
    off, shown = {"sincerity": False}, {"p_feigned_noticed": 1.0, "pretended": 0.0, "feigned_cost": 1.0}
    genuine = simulate(scenario(brand=policy("answer"), mechanisms=off))
    feigned = scenario(brand=policy("answer", likes_customers=False), mechanisms=off, sincerity=shown)
    assert lives(simulate(feigned)) == lives(genuine)


def test_a_genuine_brand_is_never_felt_to_feign() -> None:
    shown = {"p_feigned_noticed": 1.0, "pretended": 0.0, "feigned_cost": 1.0}
    genuine = simulate(scenario(brand=policy("answer")))
    assert lives(simulate(scenario(brand=policy("answer"), sincerity=shown))) == lives(genuine)


def test_what_is_felt_to_be_feigned_costs_more_than_silence_and_redresses_nothing() -> None:
    # nobody loses patience or reads the answers to others, so that what is compared is the answer alone
    calm = {"per_unanswered": 0.0, "p_leave_ignored": 0.0}
    unread = {"p_read_comments": 0.0, "heard_answered": 1.0}
    feigned = simulate(scenario(brand=policy("answer", likes_customers=False), listening=calm, moderation=unread,
                                sincerity={"p_feigned_noticed": 1.0}))  # fmt: skip
    nobody = simulate(
        scenario(brand=policy("answer", answer_hours_per_week=0.0), listening=calm, moderation=unread)
    )
    genuine = simulate(scenario(brand=policy("answer"), listening=calm, moderation=unread))
    assert feigned.attitude.mean() < nobody.attitude.mean() < genuine.attitude.mean()
    assert total(feigned, Tally.FEIGNED_NOTICED) > 20
    assert not feigned.pairs["redressed"].any()
    assert not feigned.pairs["acknowledged"].any()
