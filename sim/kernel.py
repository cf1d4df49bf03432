"""The same step for everybody at once: loops only, every decision from `rules`.

`publish`, `deliver` and `close_step` are the phases that both engines share, by way of `advance`; `act` is the phase
of people, which the agents engine walks one Mesa agent at a time. People read the world as it was when the step began
and write only their own rows and what they send, so the order in which they act cannot matter.
"""

from typing import Any

import numpy as np

from worthsharing.sim import rules
from worthsharing.sim.draws import NOBODY, Purpose, identity, uniform, uniform4
from worthsharing.sim.jit import busy_kernel, busy_part, fetch_ahead, inlined, kernel_part, step_kernel
from worthsharing.sim.state import (
    ANSWER,
    CLOSE,
    DELETE,
    MAX_EXPERIENCES_PER_STEP,
    MAX_POSTS_PER_STEP,
    NEVER,
    OWNED,
    PAID,
    ROOM_PER_PERSON,
    TO_BRAND,
    TO_FOLLOWERS,
    Act,
    Contact,
    Kind,
    Progress,
    Tally,
    Touch,
)

# NumPy numbers: numba would compile a callee anew for each literal and for each enumeration
_NONE, _ZERO, _ONE = np.int64(-1), np.int64(0), np.int64(1)
_OWNED, _PAID = np.int64(OWNED), np.int64(PAID)
_TO_FOLLOWERS, _TO_BRAND = np.int64(TO_FOLLOWERS), np.int64(TO_BRAND)
_POST_APPEAL, _STRONG_TIE, _TIE = (
    np.int64(Purpose.POST_APPEAL),
    np.int64(Purpose.STRONG_TIE),
    np.int64(Purpose.TIE),
)
_POST_TOPIC, _PAID_REACH, _INTEREST = (
    np.int64(Purpose.POST_TOPIC),
    np.int64(Purpose.PAID_REACH),
    np.int64(Purpose.INTEREST),
)
_VISIT, _REACTION, _MUTE = np.int64(Purpose.VISIT), np.int64(Purpose.REACTION), np.int64(Purpose.MUTE)
_LEAVE, _LEAVE_STYLE, _FOLLOW = (
    np.int64(Purpose.LEAVE),
    np.int64(Purpose.LEAVE_STYLE),
    np.int64(Purpose.FOLLOW),
)
_CONSIDER, _DECIDE_WHEN, _DECIDE = (
    np.int64(Purpose.CONSIDER),
    np.int64(Purpose.DECIDE_WHEN),
    np.int64(Purpose.DECIDE),
)
_ASK, _HELP, _BASELINE_LEAVE = np.int64(Purpose.ASK), np.int64(Purpose.HELP), np.int64(Purpose.BASELINE_LEAVE)
_EXTERNAL, _EVERYDAY_WHEN, _BASS = (
    np.int64(Purpose.EXTERNAL),
    np.int64(Purpose.EVERYDAY_WHEN),
    np.int64(Purpose.BASS),
)
_EXPERIENCE_WHEN, _EXPERIENCE, _TELL = (
    np.int64(Purpose.EXPERIENCE_WHEN),
    np.int64(Purpose.EXPERIENCE),
    np.int64(Purpose.TELL),
)

_QUESTION, _QUESTION_TOPIC, _ASK_BRAND = (
    np.int64(Purpose.QUESTION),
    np.int64(Purpose.QUESTION_TOPIC),
    np.int64(Purpose.ASK_BRAND),
)
_REPLY, _REPLY_WHEN, _FEIGNED = (
    np.int64(Purpose.REPLY),
    np.int64(Purpose.REPLY_WHEN),
    np.int64(Purpose.FEIGNED),
)
_CLOSED = np.int64(Purpose.CLOSED)
_DELETION, _READ_COMMENTS, _LEAVE_IGNORED = (
    np.int64(Purpose.DELETION),
    np.int64(Purpose.READ_COMMENTS),
    np.int64(Purpose.LEAVE_IGNORED),
)
_EVENT, _EVENT_WHEN = np.int64(Purpose.EVENT), np.int64(Purpose.EVENT_WHEN)

_K_EVERYDAY, _K_EXPERIENCE, _K_QUESTION = (
    np.int64(Kind.EVERYDAY),
    np.int64(Kind.EXPERIENCE),
    np.int64(Kind.QUESTION),
)
_K_ANSWER, _K_COMPLAINT = np.int64(Kind.ANSWER), np.int64(Kind.COMPLAINT)
_C_PAID, _C_OWNED, _C_EARNED = np.int64(Contact.PAID), np.int64(Contact.OWNED), np.int64(Contact.EARNED)
_A_HID, _A_MUTED, _A_UNFOLLOWED = np.int64(Act.HID), np.int64(Act.MUTED_SHARER), np.int64(Act.UNFOLLOWED)
_A_COMPLAINED = np.int64(Act.COMPLAINED)
_T_PAID, _T_OWNED, _T_FORWARD = np.int64(Touch.PAID), np.int64(Touch.OWNED), np.int64(Touch.FORWARD)
_T_EXPERIENCE, _T_ANSWER, _T_OUTSIDE = (
    np.int64(Touch.EXPERIENCE),
    np.int64(Touch.ANSWER),
    np.int64(Touch.OUTSIDE),
)
_N_IMPRESSIONS, _N_REACHED, _N_NOISE = (
    np.int64(Tally.IMPRESSIONS_PAID),
    np.int64(Tally.REACHED_PAID),
    np.int64(Tally.NOISE),
)
_N_SHARES, _N_REWARDED, _N_LIKES = (
    np.int64(Tally.SHARES),
    np.int64(Tally.REWARDED_FORWARDS),
    np.int64(Tally.LIKES),
)
_N_COMMENTS, _N_HIDES, _N_MUTES = np.int64(Tally.COMMENTS), np.int64(Tally.HIDES), np.int64(Tally.MUTES)
_N_UNFOLLOWS, _N_COMPLAINTS = np.int64(Tally.UNFOLLOWS), np.int64(Tally.COMPLAINTS)
_N_COMPLAINT_EXPOSURES, _N_BACKLASH = np.int64(Tally.COMPLAINT_EXPOSURES), np.int64(Tally.PEOPLE_IN_BACKLASH)
_N_POSTS, _N_TOLD, _N_QUESTIONS = (
    np.int64(Tally.POSTS),
    np.int64(Tally.EXPERIENCES_TOLD),
    np.int64(Tally.QUESTIONS),
)
_N_ANSWERS, _N_CONSIDERATIONS = np.int64(Tally.ANSWERS), np.int64(Tally.CONSIDERATIONS)
_N_ADOPTIONS, _N_GAINED, _N_FORWARDS_SEEN, _N_WORTH_READING = (
    np.int64(Tally.ADOPTIONS),
    np.int64(Tally.FOLLOWERS_GAINED),
    np.int64(Tally.FORWARDS_SEEN),
    np.int64(Tally.WORTH_READING),
)
_N_EXPERIENCES_SEEN, _N_GOOD_TOLD, _N_POSTS_SEEN, _N_RELEVANCE = (
    np.int64(Tally.EXPERIENCES_SEEN),
    np.int64(Tally.GOOD_TOLD),
    np.int64(Tally.POSTS_SEEN),
    np.int64(Tally.RELEVANCE),
)
_N_ASKS_SEEN, _N_ASKS_HEEDED, _N_ASKED, _N_ANSWERED = (
    np.int64(Tally.ASKS_SEEN),
    np.int64(Tally.ASKS_HEEDED),
    np.int64(Tally.QUESTIONS_TO_BRAND),
    np.int64(Tally.ANSWERS_BY_BRAND),
)
_N_ANSWER_MINUTES, _N_IGNORED, _N_FEIGNED = (
    np.int64(Tally.ANSWER_MINUTES),
    np.int64(Tally.IGNORED),
    np.int64(Tally.FEIGNED_NOTICED),
)
_N_DELETIONS, _N_DELETIONS_NOTICED = np.int64(Tally.DELETIONS), np.int64(Tally.DELETIONS_NOTICED)
_STEP, _PHASE = np.int64(Progress.STEP), np.int64(Progress.PHASE)
_BUSY, _BUSY_DONE = np.int64(Progress.BUSY), np.int64(Progress.BUSY_DONE)
_MESSAGES, _SENDS, _DRAFTS = np.int64(Progress.MESSAGES), np.int64(Progress.SENDS), np.int64(Progress.DRAFTS)
_NEXT_POST, _LIVE_FROM = (
    np.int64(Progress.NEXT_POST),
    np.int64(Progress.LIVE_FROM),
)
_EVICTED, _APART = np.int64(Progress.EVICTED), np.int64(Progress.APART)

AHEAD = 16  # people or drafts: as far ahead memory is asked for
# an item is seen when the visit's draw is below its chance, which costs an exponential; their logarithms say the same at
# less than half the price, but for rounding: who is nearer than this asks the draw itself
CLOSE_CALL = 1e-9
# efforts: below the first no item is lost, above the second each is; see `rules.is_lost`
MAYBE_LOST, LOST = 3.9, 4.0
MILLION = 1e6
EVENT_NUMBER = np.int64(MAX_EXPERIENCES_PER_STEP + 1)  # of the experience that an event is
OWN_REASONS, BEING_IGNORED = 61, 62  # in the ordinals of what somebody writes upon leaving
QUESTIONS_FROM = 64  # in the ordinals of what one person writes to or about one brand in a step
RUN, MAKE_ROOM, PUBLISH, ACT, DELIVER = 0, 1, 2, 3, 4  # tasks
DONE, NEEDS_MESSAGES, NEEDS_SENDS, NEEDS_DRAFTS = 0, 1, 2, 3
LIKED_FOR_HOURS = 336.0  # after two weeks nobody looks at the likes of a message any more
WEEK = 168.0  # hours
VISITS_A_WEEK = 2**31  # more than can be counted
PER_YEAR, PER_MONTH = 1.0 / 8766.0, 1.0 / 730.5  # hours


# ---- the run ------------------------------------------------------------------------------------------------------


@step_kernel
def advance(
    world: Any,
    plan: Any,
    c: Any,
    state: Any,
    messages: Any,
    sends: Any,
    drafts: Any,
    task: int,
    until_step: int,
) -> int:
    """The one door for whole tables: do a task, or run steps until `until_step`.

    task: RUN; or, for the agents engine, one of MAKE_ROOM, PUBLISH, ACT and DELIVER, which look at no `until_step`.
    Each door costs seconds of compiling, so there is only this one.

    Returns DONE, or which table needs more room before it can go on.
    """
    if task == MAKE_ROOM:
        return room_for_posts(plan, c, state.progress, messages, sends)
    if task == PUBLISH:
        publish(world, plan, c, state, messages, sends, drafts)
        return DONE
    if task == ACT:
        return DONE if act(world, plan, c, state, messages, sends, drafts) else NEEDS_DRAFTS
    if task == DELIVER:
        deliver(world, plan, c, state, messages, sends, drafts)
        close_step(c, state, messages)
        return DONE
    progress = state.progress
    while progress[_STEP] < until_step:
        if progress[_PHASE] == 0:
            need = room_for_posts(plan, c, progress, messages, sends)
            if need != DONE:
                return need
            publish(world, plan, c, state, messages, sends, drafts)
            progress[_PHASE], progress[_BUSY_DONE] = 1, 0
        if progress[_PHASE] == 1:
            if not act(world, plan, c, state, messages, sends, drafts):
                return NEEDS_DRAFTS
            progress[_PHASE] = 2
        if progress[_MESSAGES] + 2 * progress[_DRAFTS] > messages.size:  # each may be answered
            return NEEDS_MESSAGES
        if progress[_SENDS] + 2 * progress[_DRAFTS] > sends.size:
            return NEEDS_SENDS
        deliver(world, plan, c, state, messages, sends, drafts)
        close_step(c, state, messages)
    return DONE


@kernel_part
def room_for_posts(plan: Any, c: Any, progress: Any, messages: Any, sends: Any) -> int:
    """Whether the posts of this step fit into the tables: DONE, NEEDS_MESSAGES or NEEDS_SENDS."""
    end, count = (progress[_STEP] + 1) * c.clock_step_hours, 0
    while (
        progress[_NEXT_POST] + count < plan.posts.size and plan.posts[progress[_NEXT_POST] + count].time < end
    ):
        count += 1
    if progress[_MESSAGES] + count > messages.size:
        return NEEDS_MESSAGES
    if progress[_SENDS] + 2 * count > sends.size:
        return NEEDS_SENDS
    return DONE


# ---- phase 0: brands publish --------------------------------------------------------------------------------------


@kernel_part
def publish(world: Any, plan: Any, c: Any, state: Any, messages: Any, sends: Any, drafts: Any) -> None:
    """Put this step's posts before followers and paid readers. Changes `state`, `messages` and `sends`.

    Before the first of them, people are given what they will do of their own accord.
    """
    progress = state.progress
    step = progress[_STEP]
    start, end = step * c.clock_step_hours, (step + 1) * c.clock_step_hours
    progress[_DRAFTS] = 0
    if step == 0:
        begin(world, plan, c, state)
    if not c.mechanisms_adoption:
        bass_phase(
            world.seed,
            world.traits,
            plan.brands,
            c,
            state.pairs,
            state.market,
            state.tally,
            step,
        )
    for event in range(plan.events.size):
        if start <= plan.events[event].time < end:
            happen(
                world.seed,
                world.traits,
                plan.events,
                event,
                state.pairs,
                state.follows,
                state.next_due,
                plan.brands[0].key,
            )
    while progress[_NEXT_POST] < plan.posts.size and plan.posts[progress[_NEXT_POST]].time < end:
        post = progress[_NEXT_POST]
        planned = plan.posts[post]
        progress[_NEXT_POST] = post + 1
        series = np.int64(planned.series)
        terms = plan.series[series]
        brand = np.int64(terms.brand)
        row = progress[_MESSAGES]
        said = messages[row]
        progress[_MESSAGES] = row + 1
        said.key = planned.key
        said.author = -1
        said.brand = brand
        said.series = series
        said.kind = terms.kind
        said.topic = planned.topic
        if c.mechanisms_listening and plan.brands[brand].listens != 0 and terms.any_topic != 0:
            draw = uniform(world.seed, _POST_TOPIC, NOBODY, NOBODY, 0, planned.key)
            said.topic = learned_topic(state.learned, brand, c.listening_focus, draw)
        said.value = terms.value
        said.pressure = terms.pressure
        said.valence = 0.0
        said.arousal = terms.arousal
        said.moral_words = 0
        said.time = planned.time
        said.close_only = 0
        said.answer_to = -1
        said.anger = 1.0
        said.answered = NEVER
        state.tally[day_of(start, state.tally), brand, _N_POSTS] += 1
        state.rewards_left[series] += terms.rewards_per_post
        owned = new_send(state.progress, sends, row, _OWNED, _NONE, planned.time, _ZERO)
        for person in range(world.traits.size):
            if state.follows[person, brand] != 0 and state.pairs[person, brand].hidden == 0:
                push(
                    state.feed_size,
                    state.feeds,
                    state.feed_copies,
                    state.progress,
                    messages,
                    sends,
                    person,
                    owned,
                    _NONE,
                    planned.time,
                )
        if terms.p_paid > 0.0:
            paid = new_send(state.progress, sends, row, _PAID, _NONE, planned.time, _ZERO)
            for person in range(world.traits.size):
                if state.pairs[person, brand].hidden == 0:
                    draw = uniform(world.seed, _PAID_REACH, world.traits[person].key, NOBODY, 0, planned.key)
                    if draw < terms.p_paid:
                        push(
                            state.feed_size,
                            state.feeds,
                            state.feed_copies,
                            state.progress,
                            messages,
                            sends,
                            person,
                            paid,
                            _NONE,
                            planned.time,
                        )
        if post == plan.first_post:
            for index in range(plan.first_sharers.size):
                hand_over(
                    world,
                    state,
                    messages,
                    drafts,
                    np.int64(plan.first_sharers[index]),
                    row,
                    brand,
                    owned,
                    start,
                )


@kernel_part
def begin(world: Any, plan: Any, c: Any, state: Any) -> None:
    """Draw when each person will do what people do of their own accord. Changes `state`."""
    for person in range(world.traits.size):
        key = world.traits[person].key
        if c.messages_background:
            draw = uniform(world.seed, _EVERYDAY_WHEN, key, NOBODY, 0, 0)
            state.post_due[person] = rules.waiting_time(
                draw, c.experience_everyday_per_day * world.traits[person].talkative / 24.0
            )
        for brand in range(plan.brands.size):
            other = plan.brands[brand].key
            if c.mechanisms_adoption and state.pairs[person, brand].has_bought == 0:
                rate = c.adoption_external_per_year * plan.brands[brand].known_outside * PER_YEAR
                draw = uniform(world.seed, _EXTERNAL, key, other, 0, 0)
                state.pairs[person, brand].external_due = rules.waiting_time(draw, rate)
            if c.mechanisms_leaving and state.follows[person, brand] != 0:
                draw = uniform(world.seed, _BASELINE_LEAVE, key, other, 0, 0)
                state.pairs[person, brand].leave_due = rules.waiting_time(
                    draw, c.leaving_unfollow_per_month * PER_MONTH
                )
            if c.mechanisms_experience and state.pairs[person, brand].has_bought != 0:
                draw = uniform(world.seed, _EXPERIENCE_WHEN, key, other, 0, 0)
                state.pairs[person, brand].experience_due = rules.waiting_time(
                    draw, c.experience_per_month * PER_MONTH
                )
        state.next_due[person] = earliest_due(state.post_due, state.pairs, person)


@kernel_part
def happen(
    seed: int,
    traits: Any,
    events: Any,
    event: int,
    pairs: Any,
    follows: Any,
    next_due: Any,
    brand_key: int,
) -> None:
    """Let an event befall the focal brand: note who will feel it or hear of it within a day. Changes `pairs`."""
    for person in range(traits.size):
        if events[event].everybody == 0 and follows[person, 0] == 0 and pairs[person, 0].has_bought == 0:
            continue
        key = traits[person].key
        if uniform(seed, _EVENT, key, brand_key, 0, events[event].key) < events[event].share:
            hours = 24.0 * uniform(seed, _EVENT_WHEN, key, brand_key, 0, events[event].key)
            pairs[person, 0].event_due = events[event].time + hours
            pairs[person, 0].event = event
            next_due[person] = min(next_due[person], events[event].time + hours)


@kernel_part
def learned_topic(learned: Any, brand: int, focus: float, draw: float) -> int:
    """Topic that a listening brand publishes on: drawn by what it has counted; any, before it has counted anything."""
    total = 0.0
    for topic in range(learned.shape[1]):
        total += rules.topic_weight(float(learned[brand, topic]), focus)
    sought = draw * total
    for topic in range(learned.shape[1] - 1):
        sought -= rules.topic_weight(float(learned[brand, topic]), focus)
        if sought < 0.0:
            return topic
    return learned.shape[1] - 1


@kernel_part
def hand_over(
    world: Any,
    state: Any,
    messages: Any,
    drafts: Any,
    person: int,
    message: int,
    brand: int,
    send: int,
    time: float,
) -> None:
    """Let a first sharer have the message and pass it on. Changes `state`, `messages` and `drafts`."""
    remember(state.memories, person, message)
    state.memories[person, 0].times += 1
    state.memories[person, 0].shared = 1
    messages[message].impressions += 1
    count_exposure(state.pairs, state.seen, state.tally, person, brand, _OWNED, day_of(time, state.tally))
    count_share(state.tally, messages, message, brand, _ZERO, day_of(time, state.tally))
    draft_share(state.progress, drafts, person, message, send, time, _ZERO)


@kernel_part
def bass_phase(
    seed: int, traits: Any, brands: Any, c: Any, pairs: Any, market: Any, tally: Any, step: int
) -> None:
    """Adoption when everyone meets everyone: the cumulative hazard against each person's own draw. Changes `state`."""
    if c.contagion_innovation_per_year <= 0.0 and c.contagion_imitation_per_year <= 0.0:
        return
    day = day_of(step * c.clock_step_hours, tally)
    for brand in range(brands.size):
        adopted = market[brand].adopters / traits.size
        rate = rules.bass_hazard(c.contagion_innovation_per_year, c.contagion_imitation_per_year, adopted)
        market[brand].hazard += rate * c.clock_step_hours * PER_YEAR
        for person in range(traits.size):
            if pairs[person, brand].has_bought == 0:
                draw = uniform(seed, _BASS, traits[person].key, brands[brand].key, 0, 0)
                if rules.waiting_time(draw, 1.0) <= market[brand].hazard:
                    pairs[person, brand].has_bought = 1
                    market[brand].adopters += 1
                    tally[day, brand, _N_ADOPTIONS] += 1


# ---- phase 1: people read, react and write ------------------------------------------------------------------------


@kernel_part
def act(world: Any, plan: Any, c: Any, state: Any, messages: Any, sends: Any, drafts: Any) -> bool:
    """Let everybody with something to do act; returns False when the drafts need more room first."""
    progress = state.progress
    end = (progress[_STEP] + 1) * c.clock_step_hours
    if progress[_BUSY_DONE] == 0:
        apart = progress[_APART] - 1
        if is_written(world.lookups.diary, progress[_STEP]):
            progress[_BUSY] = who_has_visits(
                state.busy,
                state.visit_at,
                state.due,
                state.feed_size,
                state.next_due,
                world.lookups.diary,
                world.lookups.diary_sizes,
                progress[_STEP],
                end,
                apart,
            )
        else:
            progress[_BUSY] = who_is_busy(
                state.busy, state.feed_size, state.visit_due, state.next_due, end, apart
            )
    for place in range(progress[_BUSY_DONE], progress[_BUSY]):
        if place + AHEAD < progress[_BUSY]:
            fetch_ahead(state.feeds, np.int64(state.busy[place + AHEAD]))
            fetch_ahead(state.memories, np.int64(state.busy[place + AHEAD]))
            fetch_ahead(state.pairs, np.int64(state.busy[place + AHEAD]))
        if place + AHEAD // 2 < progress[_BUSY]:
            fetch_ahead(sends, np.int64(state.feeds[state.busy[place + AHEAD // 2], 0].send))
        if progress[_DRAFTS] + ROOM_PER_PERSON > drafts.size:
            progress[_BUSY_DONE] = place
            return False
        person = np.int64(state.busy[place])
        visit_feed(world, plan, c, state, messages, sends, drafts, person, np.int64(state.visit_at[place]))
        if state.next_due[person] < end:
            own_acts(world, plan, c, state, messages, drafts, person)
    return True


@step_kernel
def who_is_busy(busy: Any, feed_size: Any, visit_due: Any, next_due: Any, end: float, apart: int) -> int:
    """List who may act before `end`: somebody with something due, or with something to read and a visit.

    apart: a person who is left out. Returns how many they are. Changes `busy`; without branches, because who is busy
    cannot be guessed, and a wrong guess costs a processor more than the question.
    """
    count = 0
    for person in range(feed_size.size):
        busy[count] = person
        reads = (feed_size[person] > 0) & (visit_due[person] < end)
        count += (reads | (next_due[person] < end)) & (person != apart)
    return count


@step_kernel
def who_has_visits(
    busy: Any,
    visit_at: Any,
    due: Any,
    feed_size: Any,
    next_due: Any,
    diary: Any,
    sizes: Any,
    step: int,
    end: float,
    apart: int,
) -> int:
    """List the same people in a world with a diary, and where each finds their first visit of the step.

    sizes: visits in each step. Returns how many people they are. Changes `busy`, `visit_at` and `due`; without branches
    too, but for the few who have something due.
    """
    dues, people = 0, feed_size.size
    for person in range(people):
        due[dues] = person
        dues += next_due[person] < end
    due[dues] = people  # nobody: the end
    count, next_one, before = 0, 0, -1
    for place in range(sizes[step]):
        person = np.int64(diary[step, place].person)
        while due[next_one] < person:
            busy[count], visit_at[count] = due[next_one], -1
            count += due[next_one] != apart
            next_one += 1
        has_due = due[next_one] == person
        busy[count], visit_at[count] = person, place
        count += ((feed_size[person] > 0) | has_due) & (person != before) & (person != apart)
        next_one += has_due
        before = person
    while next_one < dues:
        busy[count], visit_at[count] = due[next_one], -1
        count += due[next_one] != apart
        next_one += 1
    return count


@inlined
def visit_feed(
    world: Any,
    plan: Any,
    c: Any,
    state: Any,
    messages: Any,
    sends: Any,
    drafts: Any,
    person: int,
    place: int,
) -> None:
    """All visits of a person in this step: what is seen is reacted to, what is too far down is lost.

    place: of the first one in this step of the world's diary, −1 for none
    """
    step, diary = state.progress[_STEP], world.lookups.diary
    time, end = step * c.clock_step_hours, (step + 1) * c.clock_step_hours
    visit, reach, again, written = np.int64(step), np.inf, False, is_written(diary, step)
    while state.feed_size[person] > 0:
        if written:
            if again:
                place += 1
            if place < 0 or place >= world.lookups.diary_sizes[step] or diary[step, place].person != person:
                break
            visit, time, reach = place, diary[step, place].time, diary[step, place].reach
        elif c.mechanisms_visibility:
            if again or state.visit_due[person] < time:
                go_to_visit(
                    world.seed,
                    world.traits[person].key,
                    world.traits[person].visits_per_hour,
                    state.visit_due,
                    state.visits,
                    person,
                    time,
                    c.clock_days * 24.0 + c.clock_step_hours,
                )
            time = state.visit_due[person]
            if time >= end:
                break
            visit, reach = name_of_visit(state.visits, person), rules.reach(state.visits[person].depth)
        elif again:  # visibility off: everybody looks once, as the step begins
            break
        read_feed(world, plan, c, state, messages, sends, drafts, person, time, visit, reach)
        again = True


@step_kernel
def go_to_visit(
    seed: int,
    key: int,
    per_hour: float,
    visit_due: Any,
    visits: Any,
    person: int,
    not_before: float,
    horizon: float,
) -> None:
    """Go on to a person's next visit, and on from there to the first one that does not come before `not_before`.

    Visits are a Poisson process that begins anew each week, so that any week's can be found without those before it:
    who has nothing to read for months costs nothing, and when visits come does not depend on what there is to read.

    not_before, horizon: hours; visits after the horizon are never
    """
    visit, due = visits[person], visit_due[person]
    week = np.int64(not_before / WEEK)
    if due < not_before and visit.week < week:
        visit.week, visit.number, due = week, -1, week * WEEK
    while True:
        visit.number += 1
        if visit.number % 2 == 0:
            wait, visit.depth, visit.later_wait, visit.later_depth = uniform4(
                seed, _VISIT, key, NOBODY, np.int64(visit.week), np.int64(visit.number // 2)
            )
        else:
            wait, visit.depth = visit.later_wait, visit.later_depth
        due += rules.waiting_time(wait, per_hour)
        next_week = (visit.week + 1) * WEEK
        if due >= next_week:
            if next_week >= horizon:
                visit_due[person] = NEVER
                return
            visit.week, visit.number, due = visit.week + 1, -1, next_week
        elif due >= not_before:
            visit_due[person] = due
            return


@step_kernel
def go_to_visits(
    seed: int,
    keys: Any,
    per_hour: Any,
    visit_due: Any,
    visits: Any,
    people: Any,
    not_before: float,
    horizon: float,
) -> None:
    """`go_to_visit` for each of `people`, unless what is known of their next visit still holds."""
    for person in people:
        if visit_due[person] < not_before:
            go_to_visit(seed, keys[person], per_hour[person], visit_due, visits, person, not_before, horizon)


@step_kernel
def name_of_visit(visits: Any, person: int) -> np.int64:
    """What tells a person's visit from all their others, whatever the step."""
    return np.int64(visits[person].week) * VISITS_A_WEEK + np.int64(visits[person].number)


@busy_kernel
def is_written(diary: Any, step: int) -> bool:
    """Whether a step's visits stand in the diary; of a world without one, and of a longer run, they do not."""
    return step < diary.shape[0]


@step_kernel
def week_of(time: float) -> np.int64:
    """Week in which a visit comes: a quotient may have been rounded up to the next."""
    week = np.int64(time / WEEK)
    return week - 1 if time < week * WEEK else week


@step_kernel
def name_in_diary(diary: Any, step: int, visit: int) -> np.int64:
    """What tells a visit from all others of its person, as `name_of_visit` has it; without a diary `visit` itself."""
    if not is_written(diary, step):
        return np.int64(visit)
    return week_of(diary[step, visit].time) * VISITS_A_WEEK + np.int64(diary[step, visit].number)


@kernel_part
def depth_of(world: Any, visits: Any, person: int, step: int, visit: int) -> float:
    """Draw of how far down a visit goes; of one in the diary it is drawn anew, by the key of `go_to_visit`."""
    diary = world.lookups.diary
    if not is_written(diary, step):
        return visits[person].depth
    week, number = week_of(diary[step, visit].time), np.int64(diary[step, visit].number)
    words = uniform4(world.seed, _VISIT, world.traits[person].key, NOBODY, week, number // 2)
    return words[1] if number % 2 == 0 else words[3]


@inlined
def read_feed(
    world: Any,
    plan: Any,
    c: Any,
    state: Any,
    messages: Any,
    sends: Any,
    drafts: Any,
    person: int,
    time: float,
    visit: int,
    reach: float,
) -> None:
    """One visit, from the newest item down to where it ends: how far it goes is the same for all items.

    visit: its place in this step of the world's diary, or its name; reach: how far it goes
    """
    inflow, crowding, per_item, per_hour = 0.0, 0.0, 0.0, 0.0
    if c.mechanisms_visibility:  # else the row of traits need not be fetched
        inflow, crowding = world.traits[person].inflow, world.traits[person].crowding
        per_item, per_hour = 1.0 / c.attention_items_per_visit, 1.0 / (24.0 * c.attention_attention_days)
    size, above = np.int64(state.feed_size[person]), 0
    kept = _ZERO  # a bit for each slot
    for slot in range(size - 1, -1, -1):
        send, tie = np.int64(state.feeds[person, slot].send), np.int64(state.feeds[person, slot].tie)
        arrival = state.feeds[person, slot].arrival
        copies = np.int64(state.feed_copies[person, slot]) if state.feed_copies.shape[1] > 0 else _ONE
        keep = True
        if arrival <= time:
            effort = 0.0
            if c.mechanisms_visibility:
                rank = above + inflow * (time - arrival)
                if tie < 0 and sends[send].sender < 0:  # what a friend shares comes by a tie
                    rank *= crowding
                if c.attention_ranking == 1:
                    message = sends[send].message
                    rank = rules.rank_by_engagement(
                        rank,
                        float(messages[message].engagements_seen),
                        float(messages[message].impressions_seen),
                        c.attention_engagement_lift,
                    )
                effort = rules.effort(rank, time - arrival, per_item, per_hour)
                if tie < 0 and messages[sends[send].message].kind == _K_ANSWER:  # nobody shares one
                    effort = 0.0  # who asked is told that there is an answer
            above += 1
            seen = effort < reach
            if abs(effort - reach) < CLOSE_CALL:
                seen = depth_of(world, state.visits, person, state.progress[_STEP], visit) < rules.p_seen(
                    effort
                )
            if seen:
                message = sends[send].message
                if is_plain(c) and messages[message].brand >= 0:
                    pass_on(
                        plan.series,
                        c,
                        state.memories,
                        state.pairs,
                        state.seen,
                        state.tally,
                        state.progress,
                        messages,
                        sends,
                        drafts,
                        world.traits,
                        person,
                        send,
                        copies,
                        time,
                    )
                else:
                    read, by, times = send, tie, copies
                    while read >= 0:  # the item, and then perhaps a complaint below it
                        react(world, plan, c, state, messages, sends, drafts, person, read, by, times, time)
                        below = _NONE
                        if c.mechanisms_moderation and read == send and sends[send].sender == _OWNED:
                            below = complaint_below(
                                world.seed,
                                world.traits,
                                c,
                                state.market,
                                messages,
                                sends,
                                person,
                                np.int64(message),
                                name_in_diary(world.lookups.diary, state.progress[_STEP], visit),
                                time,
                            )
                        read, by, times = below, _NONE, _ONE
                keep = False
            elif effort > MAYBE_LOST and (effort > LOST or rules.is_lost(rules.p_seen(effort))):
                keep = False
        kept |= np.int64(keep) << slot
    if kept != (_ONE << size) - 1:
        left = 0
        for slot in range(size):
            if kept >> slot & 1 != 0:
                move_item(state.feeds, state.feed_copies, person, slot, left)
                left += 1
        state.feed_size[person] = left


@busy_part
def move_item(feeds: Any, feed_copies: Any, person: int, slot: int, to: int) -> None:
    """Put an item into another slot of the same feed."""
    if slot == to:
        return
    feeds[person, to].send = feeds[person, slot].send
    feeds[person, to].tie = feeds[person, slot].tie
    feeds[person, to].arrival = feeds[person, slot].arrival
    if feed_copies.shape[1] > 0:
        feed_copies[person, to] = feed_copies[person, slot]


@step_kernel
def complaint_below(
    seed: int,
    traits: Any,
    c: Any,
    market: Any,
    messages: Any,
    sends: Any,
    person: int,
    post: int,
    visit: int,
    time: float,
) -> np.int64:
    """Send of the complaint that a reader finds below a brand's own post; −1 for none.

    visit: of the run, so that two visits are two chances
    """
    brand = np.int64(messages[post].brand)
    if messages[post].series < 0 or market[brand].page_send < 0 or time >= market[brand].page_until:
        return _NONE
    complaint = np.int64(sends[market[brand].page_send].message)
    if messages[complaint].author == person:
        return _NONE
    draw = uniform(
        seed, _READ_COMMENTS, traits[person].key, messages[post].key, visit, messages[complaint].key
    )
    return np.int64(market[brand].page_send) if draw < c.moderation_p_read_comments else _NONE


@step_kernel
def is_plain(c: Any) -> bool:
    """Whether all that people can do about a brand's item is to pass it on: the limits of the literature."""
    minds = c.mechanisms_worth or c.mechanisms_sharing or c.mechanisms_attitude or c.mechanisms_leaving
    minds = minds or c.mechanisms_fatigue or c.mechanisms_reciprocity
    return not (minds or c.mechanisms_experience or c.mechanisms_adoption)


@inlined
def pass_on(
    all_series: Any,
    c: Any,
    memories: Any,
    pairs: Any,
    seen: Any,
    tally: Any,
    progress: Any,
    messages: Any,
    sends: Any,
    drafts: Any,
    traits: Any,
    person: int,
    send: int,
    copies: int,
    time: float,
) -> None:
    """What `react` comes to when nothing else is on: the item is seen, and shared once the threshold is met."""
    day, message = day_of(time, tally), np.int64(sends[send].message)
    said, memory = messages[message], memories[person, 0]
    brand = np.int64(said.brand)
    remember(memories, person, message)
    memory.times += copies
    said.impressions += 1
    count_exposure(pairs, seen, tally, person, brand, np.int64(sends[send].sender), day)
    series = np.int64(said.series)
    if series >= 0:
        tally[day, brand, _N_POSTS_SEEN] += 1
        tally[day, brand, _N_RELEVANCE] += np.int64(MILLION)
        tally[day, brand, _N_ASKS_SEEN] += np.int64(all_series[series].asks)
    if c.sharing_typical_worth > c.worth_worth_reading:
        tally[day, brand, _N_WORTH_READING] += 1
    if c.sharing_typical_worth < 0.0:
        tally[day, brand, _N_NOISE] += 1
    if memory.shared != 0:
        return
    # without a threshold, the row of traits need not be fetched
    enough = c.contagion_threshold == 0.0 and c.contagion_threshold_by == 0
    if enough or rules.meets_threshold(
        float(memory.times), float(traits[person].followees), traits[person].threshold
    ):
        memory.shared = 1
        count_share(tally, messages, message, brand, _ZERO, day)
        draft_share(progress, drafts, person, message, send, time, _ZERO)


@busy_part
def react(
    world: Any,
    plan: Any,
    c: Any,
    state: Any,
    messages: Any,
    sends: Any,
    drafts: Any,
    person: int,
    send: int,
    tie: int,
    copies: int,
    time: float,
) -> None:
    """Everything that one person does about one item just seen."""
    step = state.progress[_STEP]
    day = day_of(time, state.tally)
    message, sender = np.int64(sends[send].message), np.int64(sends[send].sender)
    reader, said, memory = world.traits[person], messages[message], state.memories[person, 0]
    key, seed = reader.key, world.seed
    brand, kind, series = (
        np.int64(said.brand),
        np.int64(said.kind),
        np.int64(said.series),
    )
    pair = state.pairs[person, brand]  # somebody's where no brand is: not looked at then
    item = said.key
    other = key_of_sender(world.traits, sender)
    earlier = float(remember(state.memories, person, message))
    memory.times += copies
    said.impressions += 1
    rewarded = sends[send].rewarded != 0
    # a complaint below a post is a stranger's; an answer comes without a tie, but from a friend
    known = sender >= 0 and (tie >= 0 or kind == _K_ANSWER)
    if tie >= 0 and world.lookups.close.size > 0:
        strong = world.lookups.close[tie] != 0
    else:
        strong = known and is_strong(world.seed, world.traits, c.strong_ties, person, other)
    asks = series >= 0 and plan.series[series].asks != 0

    worn, tired, attitude, grateful = 1.0, 0.0, 0.0, 1.0
    if brand >= 0:
        attitude = state.attitude[person, brand]
        if c.mechanisms_fatigue or c.mechanisms_reciprocity:
            refresh(c, state.pairs, person, brand, time)
        if c.mechanisms_reciprocity and asks:
            grateful = rules.gratitude(pair.given, c.reciprocity_small_gift, c.reciprocity_large_gift)
        if c.mechanisms_fatigue:
            worn = rules.wear(pair.exposures, c.fatigue_wear_exponent)
            tired = pair.fatigue

    # worth
    if sender < 0:
        credibility = rules.brand_credibility(c.worth_brand_credibility, attitude)
    else:
        credibility = c.worth_strong_tie_credibility if strong else c.worth_weak_tie_credibility
    if rewarded:
        if c.mechanisms_rewards and tie >= 0:
            credibility *= rules.pair_effect(
                float(state.ties[tie].rewarded),
                c.sharing_pair_full_effect,
                c.sharing_pair_worn_out,
                c.sharing_pair_floor,
            )
        if c.mechanisms_sincerity and plan.series[series].reward_visible != 0:
            credibility *= rules.sincerity_left(
                strong,
                False,
                plan.series[series].reward_both != 0,
                c.sincerity_penalty_weak_tie,
                c.sincerity_penalty_strong_tie,
                c.sincerity_penalty_both_rewarded,
            )
        if tie >= 0 and state.ties[tie].rewarded < 255:
            state.ties[tie].rewarded += 1
    relevance = 1.0
    if said.topic >= 0 and (c.mechanisms_worth or c.mechanisms_leaving):
        topic = np.int64(said.topic)
        if world.lookups.interests.size > 0:
            relevance = world.lookups.interests[person, topic]
        else:
            draw = uniform(seed, _INTEREST, key, NOBODY, 0, topic)
            relevance = rules.interest(draw, world.topic_exponents[topic])
    worth = c.sharing_typical_worth
    if c.mechanisms_worth:
        worth = rules.worth(
            said.value,
            relevance,
            credibility,
            rules.novelty(earlier, c.worth_irritation_exposures),
            said.pressure,
            reader.sensitivity,
            c.fatigue_worth_lost * tired,
            c.worth_reading_cost,
        )
    lift = rules.rise(worth, c.sharing_typical_worth, c.sharing_steepness)

    # what is counted
    if brand >= 0:
        count_exposure(state.pairs, state.seen, state.tally, person, brand, sender, day)
        if kind == _K_COMPLAINT:
            state.tally[day, brand, _N_COMPLAINT_EXPOSURES] += 1
        if kind == _K_EXPERIENCE:
            state.tally[day, brand, _N_EXPERIENCES_SEEN] += 1
        if rewarded:
            state.tally[day, brand, _N_FORWARDS_SEEN] += 1
        if series >= 0:
            state.tally[day, brand, _N_POSTS_SEEN] += 1
            state.tally[day, brand, _N_RELEVANCE] += np.int64(relevance * MILLION)
        if asks:
            state.tally[day, brand, _N_ASKS_SEEN] += 1
    else:
        state.tally[day, brand, _N_IMPRESSIONS + _C_EARNED - 1] += 1
    if worth > c.worth_worth_reading:
        state.tally[day, brand, _N_WORTH_READING] += 1
    if worth < 0.0:
        state.tally[day, brand, _N_NOISE] += 1

    # like, comment, share; each message is shared once, an answer and what is told to close friends never
    may_share = memory.shared == 0 and kind != _K_ANSWER
    may_share = may_share and said.close_only == 0
    if c.mechanisms_sharing:
        teaches = c.mechanisms_listening and series >= 0 and said.topic >= 0
        teaches = teaches and plan.brands[brand].listens != 0
        proof = c.sharing_social_proof if said.likes_seen > 0 else 1.0
        draw_like, draw_comment, draw_share, draw_bought = uniform4(seed, _REACTION, key, other, step, item)
        if draw_like < rules.p_reaction(c.sharing_p_like, lift, proof, worn):
            said.likes += 1
            said.engagements += 1
            state.tally[day, brand, _N_LIKES] += 1
            if teaches:
                state.learned[brand, said.topic] += 1
        if draw_comment < rules.p_reaction(c.sharing_p_comment, lift, 1.0, worn):
            said.engagements += 1
            state.tally[day, brand, _N_COMMENTS] += 1
            if teaches:
                state.learned[brand, said.topic] += 1
        if may_share:
            promised = False
            factor, pull, ease, base = 1.0, 0.0, 1.0, c.sharing_p_share_people
            if series >= 0:
                ease, base = plan.series[series].ease, c.sharing_p_share_brand
                promised = (
                    c.mechanisms_rewards
                    and plan.series[series].reward > 0.0
                    and state.rewards_left[series] > 0
                )
                if promised:
                    pull = rules.reward_pull(
                        plan.series[series].reward, c.sharing_usual_reward, reader.reward_appeal
                    )
                    factor = 1.0 + (c.sharing_reward_multiplier - 1.0) * pull
            stirred = rules.stirring(
                said.arousal,
                c.sharing_arousal_boost,
                float(said.moral_words),
                c.sharing_moral_word_boost,
            )
            stirred *= said.anger
            chance = rules.p_share(base, lift, ease, reader.talkative, stirred, factor, worn, grateful)
            shares = draw_share < chance
            if promised and not shares and pair.has_bought != 0:
                chance = rules.p_bought_forward(c.sharing_p_forward_for_reward, pull, worn)
                shares = draw_bought < chance
            if shares:
                memory.shared = 1
                if asks:
                    state.tally[day, brand, _N_ASKS_HEEDED] += 1
                if teaches:
                    state.learned[brand, said.topic] += 1
                count_share(
                    state.tally,
                    messages,
                    message,
                    brand,
                    _ONE if promised else _ZERO,
                    day,
                )
                draft_share(state.progress, drafts, person, message, send, time, _ONE if promised else _ZERO)
    elif may_share and rules.meets_threshold(
        float(memory.times),
        float(reader.followees),
        reader.threshold,
    ):
        memory.shared = 1
        count_share(state.tally, messages, message, brand, _ZERO, day)
        draft_share(state.progress, drafts, person, message, send, time, _ZERO)

    # goodwill between friends
    if c.mechanisms_leaving and brand >= 0 and tie >= 0 and worth < 0.0:
        if state.ties[tie].unwanted < 255:
            state.ties[tie].unwanted += 1
        chance = rules.p_mute_sharer(c.attitude_p_mute_sharer, float(state.ties[tie].unwanted), strong)
        if state.ties[tie].muted == 0 and uniform(seed, _MUTE, key, other, step, item) < chance:
            state.ties[tie].muted = 1
            protest(state.pairs, state.tally, person, brand, _A_MUTED, _N_MUTES, day)
    if brand < 0:
        return

    # attitude, fatigue, memory
    by_brand = kind == _K_ANSWER and said.author < 0
    if by_brand:
        take_answer(
            c,
            plan.brands,
            state.pairs,
            state.attitude,
            state.tally,
            messages,
            seed,
            key,
            person,
            brand,
            message,
            time,
        )
    elif c.mechanisms_attitude:
        if kind == _K_EXPERIENCE or kind == _K_ANSWER or kind == _K_COMPLAINT:
            share = c.attitude_per_heard * credibility
            if said.valence < 0.0:
                share *= c.attitude_heard_negative
            if kind == _K_COMPLAINT:
                share *= rules.complaint_weight(
                    said.anger, said.answered <= time, c.moderation_heard_answered
                )
            state.attitude[person, brand] = rules.attitude_after(attitude, said.valence, share)
        elif series >= 0:
            impression = rules.impression_of(worth, c.sharing_typical_worth)
            state.attitude[person, brand] = rules.attitude_after(attitude, impression, c.attitude_per_item)
    if c.mechanisms_fatigue:
        if series >= 0:
            pair.fatigue = rules.fatigue_after(
                tired, worth, earlier, c.fatigue_per_unwanted, c.fatigue_per_repeat
            )
            pair.exposures += 1.0
        pair.memory += 1.0
    if c.mechanisms_reciprocity and asks:
        pair.given = max(0.0, pair.given - 1.0)
    elif c.mechanisms_reciprocity and series >= 0 and worth > 0.0:
        pair.given += 1.0
    if c.mechanisms_listening and kind == _K_ANSWER and pair.decision_due != NEVER:
        pair.helped = 1

    # leaving
    if c.mechanisms_leaving and series >= 0:
        annoyed = rules.annoyance(
            said.pressure,
            reader.sensitivity,
            relevance,
            worth,
            tired,
            c.leaving_cause_promotion,
            c.leaving_cause_irrelevance,
            c.leaving_cause_frequency,
        )
        if annoyed > 0.0 and uniform(seed, _LEAVE, key, other, step, item) < rules.p_leave(
            c.leaving_p_per_promotion, annoyed
        ):
            leave(
                c,
                state,
                drafts,
                person,
                brand,
                time,
                uniform(seed, _LEAVE_STYLE, key, other, step, item),
                item ^ other,
            )

    # asking and helping
    if kind == _K_QUESTION and c.mechanisms_experience and pair.has_bought != 0:
        if uniform(seed, _HELP, key, other, step, item) < c.experience_p_help:
            valence = 1.0 if state.attitude[person, brand] >= 0.0 else -1.0
            state.tally[day, brand, _N_ANSWERS] += 1
            draft_message(
                state.progress,
                drafts,
                person,
                time,
                _K_ANSWER,
                brand,
                _NONE,
                valence,
                item,
                _ZERO,
                np.int64(said.author),
                message,
            )

    # following and adoption
    if c.mechanisms_adoption and kind != _K_QUESTION:
        welcome = worth > 0.0 and said.valence >= 0.0
        if welcome and state.follows[person, brand] == 0 and pair.hidden == 0:
            if uniform(seed, _FOLLOW, key, other, step, item) < rules.p_reaction(
                c.adoption_p_follow, lift, 1.0, worn
            ):
                follow(world, plan, c, state, person, brand, time)
        if pair.has_bought == 0:
            if kind == _K_ANSWER and not by_brand:
                touch, base = _T_ANSWER, c.adoption_p_consider_experience
            elif kind == _K_EXPERIENCE or kind == _K_COMPLAINT:
                touch, base = _T_EXPERIENCE, c.adoption_p_consider_experience
            elif sender >= 0:
                touch, base = _T_FORWARD, c.adoption_p_consider_forward
            else:
                touch, base = (_T_PAID if sender == _PAID else _T_OWNED), c.adoption_p_consider_brand
            pair.touches |= 1 << touch
            pair.last_touch = touch
            if said.valence >= 0.0 and pair.decision_due == NEVER:
                if uniform(seed, _CONSIDER, key, other, step, item) < rules.p_consider(
                    base, credibility, worn, grateful
                ):
                    if asks:
                        state.tally[day, brand, _N_ASKS_HEEDED] += 1
                    consider(world, plan, c, state, drafts, person, brand, time)


@kernel_part
def consider(
    world: Any, plan: Any, c: Any, state: Any, drafts: Any, person: int, brand: int, time: float
) -> None:
    """Begin to decide whether to buy, and perhaps ask friends."""
    step, key, other = state.progress[_STEP], world.traits[person].key, plan.brands[brand].key
    state.tally[day_of(time, state.tally), brand, _N_CONSIDERATIONS] += 1
    draw = uniform(world.seed, _DECIDE_WHEN, key, other, step, 0)
    state.pairs[person, brand].decision_due = time + rules.waiting_time(
        draw, 1.0 / (24.0 * c.adoption_decision_days)
    )
    state.next_due[person] = min(state.next_due[person], state.pairs[person, brand].decision_due)
    if c.mechanisms_experience and uniform(world.seed, _ASK, key, other, step, 0) < c.experience_p_ask:
        state.tally[day_of(time, state.tally), brand, _N_QUESTIONS] += 1
        draft_message(
            state.progress,
            drafts,
            person,
            time,
            _K_QUESTION,
            brand,
            _ZERO,
            0.0,
            other,
            _ZERO,
            _TO_FOLLOWERS,
            _NONE,
        )
    if c.mechanisms_listening:
        if uniform(world.seed, _ASK_BRAND, key, other, step, 0) < c.listening_p_ask_brand:
            ask_brand(
                c,
                plan.brands,
                world.topic_exponents,
                state.pairs,
                state.learned,
                state.tally,
                state.next_due,
                state.progress,
                drafts,
                world.seed,
                key,
                person,
                brand,
                time,
                _ZERO,
            )


@step_kernel
def ask_brand(
    c: Any,
    brands: Any,
    exponents: Any,
    pairs: Any,
    learned: Any,
    tally: Any,
    next_due: Any,
    progress: Any,
    drafts: Any,
    seed: int,
    key: int,
    person: int,
    brand: int,
    time: float,
    number: int,
) -> None:
    """Ask the brand something and wait for the answer; or find the comments closed, and perhaps feel ignored.

    number: 0 for a question upon deciding, else one more than the experience that raised it
    """
    other, step = brands[brand].key, progress[_STEP]
    if c.mechanisms_moderation and brands[brand].policy == CLOSE:
        if uniform(seed, _CLOSED, key, other, step, number) < c.moderation_closed_disappoints:
            pairs[person, brand].patience_due = time  # nobody can answer what cannot be asked
            next_due[person] = min(next_due[person], time)
        return
    tally[day_of(time, tally), brand, _N_ASKED] += 1
    if brands[brand].listens != 0:
        draw = uniform(seed, _QUESTION_TOPIC, key, other, step, number)
        learned[brand, asked_topic(exponents, seed, key, draw)] += 1
    pairs[person, brand].patience_due = time + c.listening_tolerated_hours
    next_due[person] = min(next_due[person], pairs[person, brand].patience_due)
    draft_message(
        progress,
        drafts,
        person,
        time,
        _K_QUESTION,
        brand,
        _NONE,
        0.0,
        other ^ (QUESTIONS_FROM + number),
        _ZERO,
        _TO_BRAND,
        _NONE,
    )


@kernel_part
def asked_topic(exponents: Any, seed: int, key: int, draw: float) -> int:
    """Topic of a question: drawn by what this person cares for."""
    total = 0.0
    for topic in range(exponents.size):
        total += rules.interest(uniform(seed, _INTEREST, key, NOBODY, 0, topic), exponents[topic])
    sought = draw * total
    for topic in range(exponents.size - 1):
        sought -= rules.interest(uniform(seed, _INTEREST, key, NOBODY, 0, topic), exponents[topic])
        if sought < 0.0:
            return topic
    return exponents.size - 1


@step_kernel
def take_answer(
    c: Any,
    brands: Any,
    pairs: Any,
    attitudes: Any,
    tally: Any,
    messages: Any,
    seed: int,
    key: int,
    person: int,
    brand: int,
    message: int,
    time: float,
) -> None:
    """What the brand's answer does to the one who asked or complained."""
    answer, pair = messages[message], pairs[person, brand]
    asked = np.int64(answer.answer_to)
    complained = messages[asked].kind == _K_COMPLAINT
    feigned = c.mechanisms_sincerity and brands[brand].likes_customers == 0
    noticed = False
    if feigned:
        draw = uniform(seed, _FEIGNED, key, brands[brand].key, 0, answer.key)
        noticed = draw < c.sincerity_p_feigned_noticed
        if noticed:
            tally[day_of(time, tally), brand, _N_FEIGNED] += 1
    if c.mechanisms_attitude:
        worth = rules.worth_of_answer(
            60.0 * (answer.time - messages[asked].time),
            c.listening_fast_worth,
            c.listening_late_worth,
            c.listening_worth_half_minutes,
        )
        typical = c.listening_complainer_shift if complained else c.listening_per_answer
        shift = rules.answer_shift(
            typical, worth, feigned, noticed, c.sincerity_pretended, c.sincerity_feigned_cost
        )
        attitudes[person, brand] = rules.shifted(attitudes[person, brand], shift)
    if noticed:
        return
    if c.mechanisms_reciprocity:
        pair.given += 1.0
    if complained:
        pair.redressed = 1
    due = pair.leave_due
    if c.mechanisms_leaving and pair.acknowledged == 0 and time < due < NEVER:
        pair.leave_due = time + rules.time_left(due - time, c.listening_acknowledged)
    pair.acknowledged = 1


@kernel_part
def leave(
    c: Any, state: Any, drafts: Any, person: int, brand: int, time: float, style: float, ordinal: int
) -> None:
    """Leave a brand: in silence, by hiding it, telling close friends, or complaining in public.

    ordinal: of what is written, from the item that was too much: who is annoyed twice in a step writes two messages
    """
    day = day_of(time, state.tally)
    silent, hides = c.leaving_silent, c.leaving_silent + c.leaving_hide
    tells = hides + c.leaving_tell_friends
    follows = state.follows[person, brand] != 0
    if (silent <= style < hides) or (style < tells and not follows):
        state.pairs[person, brand].hidden = 1
        protest(state.pairs, state.tally, person, brand, _A_HID, _N_HIDES, day)
    elif follows:
        unfollow(state.pairs, state.follows, state.tally, person, brand, day)
    if hides <= style < tells:
        draft_message(
            state.progress,
            drafts,
            person,
            time,
            _K_EXPERIENCE,
            brand,
            _ZERO,
            -1.0,
            ordinal,
            _ONE,
            _TO_FOLLOWERS,
            _NONE,
        )
        state.tally[day, brand, _N_TOLD] += 1
    elif style >= tells:
        protest(state.pairs, state.tally, person, brand, _A_COMPLAINED, _N_COMPLAINTS, day)
        draft_message(
            state.progress,
            drafts,
            person,
            time,
            _K_COMPLAINT,
            brand,
            _ZERO,
            -1.0,
            ordinal,
            _ZERO,
            _TO_FOLLOWERS,
            _NONE,
        )


@busy_part
def own_acts(world: Any, plan: Any, c: Any, state: Any, messages: Any, drafts: Any, person: int) -> None:
    """What a person does of their own accord in this step: write, leave, decide, have experiences."""
    step = state.progress[_STEP]
    end = (step + 1) * c.clock_step_hours
    key, seed = world.traits[person].key, world.seed
    number = _ZERO
    while state.post_due[person] < end and number < MAX_POSTS_PER_STEP:
        draft_message(
            state.progress,
            drafts,
            person,
            state.post_due[person],
            _K_EVERYDAY,
            _NONE,
            _ZERO,
            0.0,
            number,
            _ZERO,
            _TO_FOLLOWERS,
            _NONE,
        )
        number += 1
        draw = uniform(seed, _EVERYDAY_WHEN, key, NOBODY, step + 1, number)
        rate = c.experience_everyday_per_day * world.traits[person].talkative / 24.0
        state.post_due[person] += rules.waiting_time(draw, rate)
    for brand in range(plan.brands.size):
        other, pair = plan.brands[brand].key, state.pairs[person, brand]
        # a step late: the brand's answers go out at the end of each step
        if pair.patience_due < step * c.clock_step_hours:
            lose_patience(c, state, drafts, seed, key, other, person, brand, step)
        if pair.event_due < end:
            feel_event(world, plan, c, state, drafts, person, brand)
        if pair.external_due < end:
            time = pair.external_due
            pair.external_due = NEVER
            if pair.has_bought == 0:
                pair.last_touch = _T_OUTSIDE
                pair.touches |= 1 << _T_OUTSIDE
                adopt(world, plan, c, state, person, brand, time)
        if pair.leave_due < end:
            time = pair.leave_due
            pair.leave_due = NEVER
            if state.follows[person, brand] != 0:
                style = uniform(seed, _LEAVE_STYLE, key, other, step, 0)
                leave(c, state, drafts, person, brand, time, style, other ^ OWN_REASONS)
        if pair.decision_due < end:
            time = pair.decision_due
            pair.decision_due = NEVER
            if pair.has_bought == 0:
                factor = c.listening_decision_help if pair.helped != 0 else 1.0
                chance = rules.p_buy(
                    c.adoption_p_buy, state.attitude[person, brand], c.adoption_attitude_pull, factor
                )
                if uniform(seed, _DECIDE, key, other, step, 0) < chance:
                    adopt(world, plan, c, state, person, brand, time)
        number = _ZERO
        while pair.experience_due < end and number < MAX_EXPERIENCES_PER_STEP:
            time = pair.experience_due
            luck = uniform(seed, _EXPERIENCE, key, other, step, number)
            good = luck < plan.brands[brand].quality
            have_experience(world, plan, c, state, drafts, person, brand, time, number, good, 1.0)
            number += 1
            draw = uniform(seed, _EXPERIENCE_WHEN, key, other, step + 1, number)
            pair.experience_due = time + rules.waiting_time(draw, c.experience_per_month * PER_MONTH)
    state.next_due[person] = earliest_due(state.post_due, state.pairs, person)


@kernel_part
def lose_patience(
    c: Any,
    state: Any,
    drafts: Any,
    seed: int,
    key: int,
    other: int,
    person: int,
    brand: int,
    step: int,
) -> None:
    """Take it ill that the brand has not answered in time, and perhaps leave."""
    due = state.pairs[person, brand].patience_due
    state.pairs[person, brand].patience_due = NEVER
    state.tally[day_of(due, state.tally), brand, _N_IGNORED] += 1
    if c.mechanisms_attitude:
        state.attitude[person, brand] = rules.shifted(
            state.attitude[person, brand], -c.listening_per_unanswered
        )
    if c.mechanisms_leaving and state.follows[person, brand] != 0:
        if uniform(seed, _LEAVE_IGNORED, key, other, step, 0) < c.listening_p_leave_ignored:
            # not before the step began: what is written now cannot have been sent earlier
            time = max(due, step * c.clock_step_hours)
            style = uniform(seed, _LEAVE_STYLE, key, other, step, 1)
            leave(c, state, drafts, person, brand, time, style, other ^ BEING_IGNORED)


@kernel_part
def feel_event(world: Any, plan: Any, c: Any, state: Any, drafts: Any, person: int, brand: int) -> None:
    """Experience an event as a customer; hear of it as anybody else."""
    pair = state.pairs[person, brand]
    time, event = pair.event_due, np.int64(pair.event)
    pair.event_due = NEVER
    good = plan.events[event].good != 0
    if state.follows[person, brand] != 0 or pair.has_bought != 0:
        have_experience(
            world, plan, c, state, drafts, person, brand, time, EVENT_NUMBER, good, plan.events[event].told
        )
        return
    if c.mechanisms_attitude:
        share = c.attitude_per_heard if good else c.attitude_per_heard * c.attitude_heard_negative
        state.attitude[person, brand] = rules.attitude_after(
            state.attitude[person, brand], 1.0 if good else -1.0, share
        )
    if good and c.mechanisms_adoption and pair.decision_due == NEVER:
        key, other = world.traits[person].key, plan.brands[brand].key
        pair.touches |= 1 << _T_OUTSIDE
        pair.last_touch = _T_OUTSIDE
        chance = rules.p_consider(c.adoption_p_consider_experience, c.worth_weak_tie_credibility, 1.0, 1.0)
        if uniform(world.seed, _CONSIDER, key, other, 0, plan.events[event].key) < chance:
            consider(world, plan, c, state, drafts, person, brand, time)


@kernel_part
def have_experience(
    world: Any,
    plan: Any,
    c: Any,
    state: Any,
    drafts: Any,
    person: int,
    brand: int,
    time: float,
    number: int,
    good: bool,
    told: float,
) -> None:
    """Have an experience with the product, perhaps tell it, and perhaps ask the brand about it."""
    step, key, other = state.progress[_STEP], world.traits[person].key, plan.brands[brand].key
    pair = state.pairs[person, brand]
    day, ordinal = day_of(time, state.tally), other ^ (2 + number)
    if c.mechanisms_attitude:
        share = c.attitude_per_experience if good else c.attitude_per_experience * c.attitude_own_negative
        impression = 1.0 if good else -1.0
        state.attitude[person, brand] = rules.attitude_after(state.attitude[person, brand], impression, share)
    if not c.mechanisms_experience:
        return  # an event is felt, and nobody speaks of it
    if c.mechanisms_listening and uniform(world.seed, _QUESTION, key, other, step, number) < (
        c.listening_p_question
    ):
        ask_brand(
            c,
            plan.brands,
            world.topic_exponents,
            state.pairs,
            state.learned,
            state.tally,
            state.next_due,
            state.progress,
            drafts,
            world.seed,
            key,
            person,
            brand,
            time,
            1 + number,
        )
    extra = c.adoption_referred_telling if came_by_friend(pair.last_touch) else 0.0
    base = c.experience_p_tell_good if good else c.experience_p_tell_bad
    mood = rules.mood(
        state.attitude[person, brand], c.attitude_of_customers, c.experience_attitude_pull, good
    )
    chance = rules.p_tell(base, plan.brands[brand].experience_ease * told, extra, mood)
    if uniform(world.seed, _TELL, key, other, step, 2 * number) >= chance:
        return
    complains = False
    if not good and c.mechanisms_leaving:
        chance = rules.p_complain(
            c.experience_p_complain,
            pair.redressed != 0,
            c.moderation_extra_complaining,
        )
        complains = uniform(world.seed, _TELL, key, other, step, 2 * number + 1) < chance
    if complains:
        protest(state.pairs, state.tally, person, brand, _A_COMPLAINED, _N_COMPLAINTS, day)
    else:
        state.tally[day, brand, _N_TOLD] += 1
        state.tally[day, brand, _N_GOOD_TOLD] += 1 if good else 0
    draft_message(
        state.progress,
        drafts,
        person,
        time,
        _K_COMPLAINT if complains else _K_EXPERIENCE,
        brand,
        _ZERO,
        1.0 if good else -1.0,
        ordinal,
        _ZERO,
        _TO_FOLLOWERS,
        _NONE,
    )


@kernel_part
def adopt(world: Any, plan: Any, c: Any, state: Any, person: int, brand: int, time: float) -> None:
    """Buy; the history of touches is kept as it stands."""
    step, key, other = state.progress[_STEP], world.traits[person].key, plan.brands[brand].key
    day, pair = day_of(time, state.tally), state.pairs[person, brand]
    pair.has_bought = 1
    pair.bought_after = pair.touches
    state.market[brand].adopters += 1
    state.tally[day, brand, _N_ADOPTIONS] += 1
    state.tally[day, brand, _N_ADOPTIONS + pair.last_touch] += 1
    pair.external_due = NEVER
    pair.decision_due = NEVER
    if c.mechanisms_experience:
        draw = uniform(
            world.seed, _EXPERIENCE_WHEN, key, other, step + 1, 0
        )  # 1 and more: after an experience
        pair.experience_due = time + rules.waiting_time(draw, c.experience_per_month * PER_MONTH)
    if state.follows[person, brand] == 0 and pair.hidden == 0:
        if uniform(world.seed, _FOLLOW, key, other, step, 0) < c.adoption_p_follow_at_purchase:
            follow(world, plan, c, state, person, brand, time)


@kernel_part
def follow(world: Any, plan: Any, c: Any, state: Any, person: int, brand: int, time: float) -> None:
    """Begin to follow a brand."""
    state.follows[person, brand] = 1
    state.tally[day_of(time, state.tally), brand, _N_GAINED] += 1
    if c.mechanisms_leaving:
        draw = uniform(
            world.seed,
            _BASELINE_LEAVE,
            world.traits[person].key,
            plan.brands[brand].key,
            state.progress[_STEP] + 1,
            0,
        )
        stays = rules.waiting_time(draw, c.leaving_unfollow_per_month * PER_MONTH)
        if state.pairs[person, brand].acknowledged != 0:  # before following
            stays = rules.time_left(stays, c.listening_acknowledged)
        state.pairs[person, brand].leave_due = time + stays
        state.next_due[person] = min(state.next_due[person], state.pairs[person, brand].leave_due)


@step_kernel
def unfollow(pairs: Any, follows: Any, counts: Any, person: int, brand: int, day: int) -> None:
    """Stop following a brand."""
    follows[person, brand] = 0
    pairs[person, brand].leave_due = NEVER
    protest(pairs, counts, person, brand, _A_UNFOLLOWED, _N_UNFOLLOWS, day)


@step_kernel
def protest(pairs: Any, counts: Any, person: int, brand: int, act: int, tally: int, day: int) -> None:
    """Note an act against the brand or its messengers."""
    if pairs[person, brand].acts == 0:
        counts[day, brand, _N_BACKLASH] += 1
    pairs[person, brand].acts |= act
    counts[day, brand, tally] += 1


@kernel_part
def refresh(c: Any, pairs: Any, person: int, brand: int, time: float) -> None:
    """Bring fatigue, exposures, memory and gifts up to date: they are touched only when something is seen."""
    pair = pairs[person, brand]
    days = max(0.0, time - pair.touched) / 24.0
    pair.fatigue = rules.decay(pair.fatigue, days, c.fatigue_half_life)
    pair.exposures = rules.fading(pair.exposures, days, c.fatigue_wear_window)
    pair.memory = rules.decay(pair.memory, days, c.fatigue_memory_half_life)
    if c.mechanisms_reciprocity:
        pair.given = rules.decay(pair.given, days, c.reciprocity_half_life)
    pair.touched = time


@busy_kernel
def remember(memories: Any, person: int, message: int) -> int:
    """Move a message to the front of a person's memory; returns how often it was seen before."""
    place = 0
    while (
        place < memories.shape[1] - 1
        and memories[person, place].message != message
        and memories[person, place].message >= 0
    ):
        place += 1
    times, shared = 0, 0
    if memories[person, place].message == message:
        times, shared = np.int64(memories[person, place].times), np.int64(memories[person, place].shared)
    while place > 0:
        memories[person, place].message = memories[person, place - 1].message
        memories[person, place].times = memories[person, place - 1].times
        memories[person, place].shared = memories[person, place - 1].shared
        place -= 1
    memories[person, 0].message = message
    memories[person, 0].times = times
    memories[person, 0].shared = shared
    return times


@busy_kernel
def count_exposure(pairs: Any, seen: Any, tally: Any, person: int, brand: int, sender: int, day: int) -> None:
    """Count an impression, and a person reached if it is the first."""
    contact = _C_EARNED
    if sender == _OWNED:
        contact = _C_OWNED
    elif sender == _PAID:
        contact = _C_PAID
    tally[day, brand, _N_IMPRESSIONS + contact - 1] += 1
    if seen[person, brand] == 0:
        pairs[person, brand].first_contact = contact
        tally[day, brand, _N_REACHED + contact - 1] += 1
    seen[person, brand] += 1


@step_kernel
def count_share(tally: Any, messages: Any, message: int, brand: int, rewarded: int, day: int) -> None:
    """Count a share of a message."""
    messages[message].shares += 1
    messages[message].engagements += 1
    tally[day, brand, _N_SHARES] += 1
    tally[day, brand, _N_REWARDED] += rewarded


@step_kernel
def draft_share(
    progress: Any, drafts: Any, sender: int, message: int, parent: int, time: float, rewarded: int
) -> None:
    """Note that a person passes a message on, for delivery at the end of the step."""
    row = progress[_DRAFTS]
    progress[_DRAFTS] = row + 1
    draft = drafts[row]
    draft.sender = sender
    draft.message = message
    draft.parent = parent
    draft.time = time
    draft.rewarded = rewarded
    draft.target = -1


@step_kernel
def draft_message(
    progress: Any,
    drafts: Any,
    sender: int,
    time: float,
    kind: int,
    brand: int,
    topic: int,
    valence: float,
    ordinal: int,
    close_only: int,
    target: int,
    answer_to: int,
) -> None:
    """Note what a person writes, for delivery at the end of the step. A topic of 0 or more is drawn then."""
    row = progress[_DRAFTS]
    progress[_DRAFTS] = row + 1
    draft = drafts[row]
    draft.sender = sender
    draft.message = -1
    draft.parent = -1
    draft.time = time
    draft.rewarded = 0
    draft.kind = kind
    draft.brand = brand
    draft.topic = topic
    draft.valence = valence
    draft.ordinal = ordinal
    draft.close_only = close_only
    draft.target = target
    draft.answer_to = answer_to


# ---- phase 2: shares are delivered --------------------------------------------------------------------------------


@kernel_part
def deliver(world: Any, plan: Any, c: Any, state: Any, messages: Any, sends: Any, drafts: Any) -> None:
    """Put what was sent into the feeds of the next step. Changes `state`, `messages` and `sends`.

    Drafts must stand in order of their senders, whatever the order in which people acted.
    """
    progress = state.progress
    step, waiting, asked = progress[_STEP], _ZERO, _ZERO
    for row in range(progress[_DRAFTS]):
        if row + AHEAD < progress[_DRAFTS]:
            first_tie = world.indptr[drafts[row + AHEAD].sender]
            if first_tie < world.followers.size:
                fetch_ahead(world.followers, first_tie)
                fetch_ahead(state.ties, first_tie)
        draft = drafts[row]
        sender, message, parent = (
            np.int64(draft.sender),
            np.int64(draft.message),
            np.int64(draft.parent),
        )
        if message < 0:
            message = new_message(world, c, state, messages, drafts, row, step)
            if is_taken_up(world.seed, world.traits, plan.brands, c, messages, message, step) and (
                asked < state.queue.size
            ):
                state.queue[asked] = message
                asked += 1
            if draft.target == _TO_BRAND:
                continue
        rewarded = np.int64(draft.rewarded)
        send = new_send(state.progress, sends, message, sender, parent, draft.time, rewarded)
        if rewarded:
            state.rewards_left[messages[message].series] -= 1
        if messages[message].kind == _K_COMPLAINT and parent < 0 and c.mechanisms_moderation:
            moderate(
                world.seed,
                world.traits,
                plan.brands,
                c,
                state.market,
                state.tally,
                messages,
                sends,
                message,
                send,
                step,
            )
        if c.mechanisms_visibility:
            arrival = draft.time + c.clock_step_hours
        else:
            arrival = (step + 1) * c.clock_step_hours
        if draft.target >= 0:
            let_in(world.followers, state, messages, sends, waiting, arrival)  # in the order of senders
            waiting = _ZERO
            push(
                state.feed_size,
                state.feeds,
                state.feed_copies,
                state.progress,
                messages,
                sends,
                np.int64(draft.target),
                send,
                _NONE,
                arrival,
            )
            continue
        close_only = messages[message].close_only != 0
        sender_key = sender if world.numbered else world.traits[sender].key
        item = messages[message].key
        tie, last_tie = world.indptr[sender], world.indptr[sender + 1]
        while not c.mechanisms_visibility and tie < last_tie:
            tie, waiting = let_through(
                world, c, state.ties, state.passed, tie, last_tie, sender_key, item, send, waiting, close_only
            )
            if waiting == state.passed.shape[0]:
                let_in(world.followers, state, messages, sends, waiting, arrival)
                waiting = _ZERO
        for through in range(tie, last_tie):
            receiver = np.int64(world.followers[through])
            if state.ties[through].muted != 0:
                continue
            if close_only and not is_strong(world.seed, world.traits, c.strong_ties, receiver, sender_key):
                continue
            push(
                state.feed_size,
                state.feeds,
                state.feed_copies,
                state.progress,
                messages,
                sends,
                receiver,
                send,
                through,
                arrival,
            )
    let_in(world.followers, state, messages, sends, waiting, (step + 1) * c.clock_step_hours)
    if asked > 0:
        work_off(world.seed, world.traits, plan.brands, c, state, messages, sends, asked, step)
    progress[_DRAFTS] = 0


@kernel_part
def is_taken_up(seed: int, traits: Any, brands: Any, c: Any, messages: Any, message: int, step: int) -> bool:
    """Whether somebody at the brand takes up what was just written: a question to it, or a complaint to be answered."""
    said = messages[message]
    brand, kind = np.int64(said.brand), np.int64(said.kind)
    if brand < 0 or not c.mechanisms_listening or brands[brand].hours_per_answer == NEVER:
        return False
    if kind == _K_COMPLAINT:
        if not c.mechanisms_moderation or brands[brand].policy != ANSWER:
            return False
    elif kind != _K_QUESTION or said.topic >= 0:  # a question to friends has a topic
        return False
    if not brands[brand].answer_from <= said.time < brands[brand].answer_until:
        return False
    author = traits[np.int64(said.author)].key
    draw = uniform(seed, _REPLY, author, brands[brand].key, step, said.key)
    return draw < c.listening_reply_share


@kernel_part
def moderate(
    seed: int,
    traits: Any,
    brands: Any,
    c: Any,
    market: Any,
    tally: Any,
    messages: Any,
    sends: Any,
    message: int,
    send: int,
    step: int,
) -> None:
    """What the brand does with a new complaint on its page: it stands there, or is deleted, or cannot be written."""
    said = messages[message]
    brand = np.int64(said.brand)
    if brands[brand].policy == DELETE:
        day = day_of(said.time, tally)
        tally[day, brand, _N_DELETIONS] += 1
        author = traits[np.int64(said.author)].key
        draw = uniform(seed, _DELETION, author, brands[brand].key, step, said.key)
        if draw < c.moderation_p_deletion_noticed:
            tally[day, brand, _N_DELETIONS_NOTICED] += 1
            said.anger = c.moderation_deletion_anger
    elif brands[brand].policy != CLOSE:
        shown = np.int64(market[brand].page_send)
        if shown >= 0 and is_above(
            messages, sends, shown, messages[sends[shown].message].time, send, said.time
        ):
            return  # the later complaint stands on top
        market[brand].page_send = send
        market[brand].page_until = said.time + 24.0 * c.moderation_page_days


@kernel_part
def work_off(
    seed: int,
    traits: Any,
    brands: Any,
    c: Any,
    state: Any,
    messages: Any,
    sends: Any,
    asked: int,
    step: int,
) -> None:
    """Answer what was taken up in this step, first come first served, within the hours kept free for it."""
    for place in range(1, asked):  # few: an insertion sort by time, then by lasting identity
        row, other = state.queue[place], place
        while other > 0 and comes_before(messages, row, state.queue[other - 1]):
            state.queue[other] = state.queue[other - 1]
            other -= 1
        state.queue[other] = row
    for place in range(asked):
        row = state.queue[place]
        asking = messages[row]
        author, brand = np.int64(asking.author), np.int64(asking.brand)
        begun = max(asking.time, state.market[brand].free_from)
        key = identity(brands[brand].key, _K_ANSWER, step, asking.key)
        one = uniform(seed, _REPLY_WHEN, traits[author].key, brands[brand].key, 0, key)
        two = uniform(seed, _REPLY_WHEN, traits[author].key, brands[brand].key, 1, key)
        minutes = rules.reaction_time(one, two, c.listening_reaction_minutes, c.listening_reaction_spread)
        answered = begun + minutes / 60.0
        delay = answered - asking.time
        if delay > c.listening_give_up_hours or begun >= brands[brand].answer_until:
            continue
        state.market[brand].free_from = begun + brands[brand].hours_per_answer
        if answered < 24.0 * state.tally.shape[0]:  # what comes after the last day is not counted
            day = day_of(answered, state.tally)
            state.tally[day, brand, _N_ANSWERED] += 1
            state.tally[day, brand, _N_ANSWER_MINUTES] += np.int64(60.0 * delay)
        asking.answered = answered
        if delay <= c.listening_tolerated_hours:
            state.pairs[author, brand].patience_due = NEVER
        answer = state.progress[_MESSAGES]
        said = messages[answer]
        state.progress[_MESSAGES] = answer + 1
        said.key = key
        said.author = -1
        said.brand = brand
        said.series = -1
        said.kind = _K_ANSWER
        said.topic = -1
        said.value = c.experience_value
        said.pressure = 0.0
        said.valence = 1.0
        said.arousal = 0.0
        said.moral_words = 0
        said.time = answered
        said.close_only = 0
        said.answer_to = row
        said.anger = 1.0
        said.answered = NEVER
        send = new_send(state.progress, sends, answer, _OWNED, _NONE, answered, _ZERO)
        arrival = max(answered, (step + 1) * c.clock_step_hours)
        push(
            state.feed_size,
            state.feeds,
            state.feed_copies,
            state.progress,
            messages,
            sends,
            author,
            send,
            _NONE,
            arrival,
        )


@kernel_part
def comes_before(messages: Any, row: int, other: int) -> bool:
    """Whether one message was written before another; at the same time, by lasting identity."""
    if messages[row].time != messages[other].time:
        return messages[row].time < messages[other].time
    return messages[row].key < messages[other].key


@kernel_part
def let_through(
    world: Any,
    c: Any,
    ties: Any,
    passed: Any,
    tie: int,
    last_tie: int,
    sender_key: int,
    item: int,
    send: int,
    waiting: int,
    close_only: bool,
) -> tuple[int, int]:
    """Try ties, visibility off, and note what they let through, until all are tried or `passed` is full.

    Returns the next tie to try, and how many items are waiting. Changes `passed`.
    """
    seed, room, by, constant = world.seed, passed.shape[0], c.contagion_p_tie_by, c.contagion_p_tie
    may_mute = c.mechanisms_leaving
    while tie < last_tie and waiting < room:
        receiver = np.int64(world.followers[tie])
        chance = constant
        if by != 0:
            weight = world.weights[tie] if by == 2 and world.weights.size > 0 else 1.0
            # a receiver's row is read only where it must be: most ties let nothing through
            followees = world.traits[receiver].followees if by == 1 else 1
            chance = rules.tie_chance(by, constant, float(followees), weight)
        through = not may_mute or ties[tie].muted == 0
        if through and close_only:
            through = is_strong(seed, world.traits, c.strong_ties, receiver, sender_key)
        if through and chance < 1.0:
            receiver_key = receiver if world.numbered else world.traits[receiver].key
            through = uniform(seed, _TIE, receiver_key, sender_key, 0, item) < chance
        if through:
            passed[waiting, 0], passed[waiting, 1] = tie, send
            waiting += 1
        tie += 1
    return tie, waiting


@kernel_part
def let_in(followers: Any, state: Any, messages: Any, sends: Any, waiting: int, arrival: float) -> None:
    """Put into feeds what ties have let through: many at once, so that the processor waits for memory only once."""
    for place in range(waiting):
        tie, send = state.passed[place, 0], state.passed[place, 1]
        receiver = np.int64(followers[tie])
        if (
            state.feeds.shape[1] == 1 and state.feed_size[receiver] == 0
        ):  # what `push` comes to, without the call
            state.feed_size[receiver] = 1
            state.feeds[receiver, 0].send = send
            state.feeds[receiver, 0].tie = tie
            state.feeds[receiver, 0].arrival = arrival
            state.feed_copies[receiver, 0] = 1
        else:
            push(
                state.feed_size,
                state.feeds,
                state.feed_copies,
                state.progress,
                messages,
                sends,
                receiver,
                send,
                tie,
                arrival,
            )


@busy_part
def new_message(world: Any, c: Any, state: Any, messages: Any, drafts: Any, row: int, step: int) -> int:
    """Write what a person said into the table of messages; the author has seen it. Returns its row."""
    message = state.progress[_MESSAGES]
    state.progress[_MESSAGES] = message + 1
    said, draft = messages[message], drafts[row]
    author, kind = np.int64(draft.sender), np.int64(draft.kind)
    key = identity(world.traits[author].key, kind, step, draft.ordinal)
    said.key = key
    said.author = author
    said.brand = draft.brand
    said.series = -1
    said.kind = kind
    said.topic = -1
    if draft.topic >= 0:
        said.topic = int(uniform(world.seed, _POST_TOPIC, NOBODY, NOBODY, 0, key) * c.worth_topics)
    said.value = c.experience_value
    said.arousal = 0.0
    said.moral_words = 0
    if kind == _K_EVERYDAY:
        said.value = rules.appeal(uniform(world.seed, _POST_APPEAL, NOBODY, NOBODY, 0, key))
    elif kind == _K_COMPLAINT:
        said.arousal = c.leaving_complaint_arousal
        said.moral_words = c.leaving_complaint_moral_words
    said.pressure = 0.0
    said.valence = draft.valence
    said.time = draft.time
    said.close_only = draft.close_only
    said.answer_to = draft.answer_to
    said.anger = 1.0
    said.answered = NEVER
    remember(state.memories, author, message)
    state.memories[author, 0].times = 1
    state.memories[author, 0].shared = 1
    return message


@kernel_part
def new_send(
    progress: Any, sends: Any, message: int, sender: int, parent: int, time: float, rewarded: int
) -> int:
    """Note an act of putting a message before one's followers; returns its row."""
    row = progress[_SENDS]
    progress[_SENDS] = row + 1
    sent = sends[row]
    sent.message = message
    sent.sender = sender
    sent.parent = parent
    sent.time = time
    sent.rewarded = rewarded
    return row


@busy_part
def push(
    feed_size: Any,
    feeds: Any,
    feed_copies: Any,
    progress: Any,
    messages: Any,
    sends: Any,
    person: int,
    send: int,
    tie: int,
    arrival: float,
) -> None:
    """Put an item into a feed, above all older ones; what is pushed out of a full feed is decided by time and key."""
    size, slots = np.int64(feed_size[person]), feeds.shape[1]
    merge = feed_copies.shape[1] > 0
    if merge:
        for slot in range(size):
            if sends[feeds[person, slot].send].message == sends[send].message:
                feed_copies[person, slot] += 1  # the first sender stands for all, in the order of senders
                return
    if size == slots:
        progress[_EVICTED] += 1
        if not is_above(
            messages, sends, send, arrival, np.int64(feeds[person, 0].send), feeds[person, 0].arrival
        ):
            return
        size -= 1
        for slot in range(size):
            move_item(feeds, feed_copies, person, slot + 1, slot)
    slot = size
    while slot > 0 and not is_above(
        messages,
        sends,
        send,
        arrival,
        np.int64(feeds[person, slot - 1].send),
        feeds[person, slot - 1].arrival,
    ):
        move_item(feeds, feed_copies, person, slot - 1, slot)
        slot -= 1
    feeds[person, slot].send = send
    feeds[person, slot].tie = tie
    feeds[person, slot].arrival = arrival
    if merge:
        feed_copies[person, slot] = 1
    feed_size[person] = size + 1


@busy_part
def is_above(
    messages: Any, sends: Any, send: int, arrival: float, other_send: int, other_arrival: float
) -> bool:
    """Whether one item stands above another in a feed: later first, then by the message's lasting identity.

    Two copies of one message that arrive at once stand in the order of their senders, who stand in order of labels.
    """
    if arrival != other_arrival:
        return arrival > other_arrival
    key, other_key = messages[sends[send].message].key, messages[sends[other_send].message].key
    return key < other_key if key != other_key else send < other_send


# ---- phase 3: measures are taken ----------------------------------------------------------------------------------


@kernel_part
def close_step(c: Any, state: Any, messages: Any) -> None:
    """Let everybody see this step's likes, take the daily measures, and go on to the next step."""
    progress = state.progress
    step = progress[_STEP]
    start, end = step * c.clock_step_hours, (step + 1) * c.clock_step_hours
    first = progress[_LIVE_FROM]
    while first < progress[_MESSAGES] and messages[first].time < start - LIKED_FOR_HOURS:
        first += 1
    progress[_LIVE_FROM] = first
    for message in range(first, progress[_MESSAGES]):
        messages[message].impressions_seen = messages[message].impressions
        messages[message].likes_seen = messages[message].likes
        messages[message].engagements_seen = messages[message].engagements
    first_day, next_day = int(start / 24.0), int(end / 24.0)
    for day in range(first_day, min(next_day, state.tally.shape[0])):
        for brand in range(state.follows.shape[1]):
            close_day(
                c, state.follows, state.attitude, state.seen, state.pairs, state.closings, brand, day, end
            )
    progress[_STEP] = step + 1
    progress[_PHASE] = 0


@kernel_part
def close_day(
    c: Any,
    follows: Any,
    attitudes: Any,
    seen: Any,
    pairs: Any,
    closings: Any,
    brand: int,
    day: int,
    time: float,
) -> None:
    """Add up attitude, fatigue and memory at the end of a day, person after person, so that the sum has one order."""
    attitude_followers, attitude_reached, attitude_all, fatigue, memory = 0.0, 0.0, 0.0, 0.0, 0.0
    followers, reached = 0, 0
    for person in range(follows.shape[0]):
        attitude = attitudes[person, brand]
        attitude_all += attitude
        if follows[person, brand] != 0:
            attitude_followers += attitude
            followers += 1
        if seen[person, brand] > 0:
            attitude_reached += attitude
            reached += 1
            if not c.mechanisms_fatigue:
                continue  # nothing tires or is remembered
            days = max(0.0, time - pairs[person, brand].touched) / 24.0
            if pairs[person, brand].fatigue > 0.0:
                fatigue += rules.decay(pairs[person, brand].fatigue, days, c.fatigue_half_life)
            memory += rules.decay(pairs[person, brand].memory, days, c.fatigue_memory_half_life)
    closing = closings[day, brand]
    closing.attitude_followers = attitude_followers
    closing.attitude_reached = attitude_reached
    closing.attitude_all = attitude_all
    closing.fatigue = fatigue
    closing.memory = memory
    closing.followers = followers
    closing.reached = reached
    closing.people = follows.shape[0]


# ---- small things -------------------------------------------------------------------------------------------------


@busy_part
def day_of(time: float, tally: Any) -> int:
    """Day in which a time falls; what comes after the last day counts to it."""
    return min(int(time / 24.0), tally.shape[0] - 1)


@step_kernel
def earliest_due(post_due: Any, pairs: Any, person: int) -> float:
    """Time at which a person next does something of their own accord, hours."""
    due = post_due[person]
    for brand in range(pairs.shape[1]):
        due = min(due, pairs[person, brand].external_due, pairs[person, brand].leave_due)
        due = min(due, pairs[person, brand].decision_due, pairs[person, brand].experience_due)
        due = min(due, pairs[person, brand].patience_due, pairs[person, brand].event_due)
    return due


@busy_kernel
def key_of_sender(traits: Any, sender: int) -> int:
    """Lasting identity of who put an item into a feed."""
    if sender >= 0:
        return traits[sender].key
    return NOBODY if sender == _OWNED else NOBODY - 1


@step_kernel
def came_by_friend(last_touch: int) -> bool:
    """Whether the last touch before a purchase was a friend's: a forward, an experience or an answer."""
    return last_touch == _T_FORWARD or last_touch == _T_EXPERIENCE or last_touch == _T_ANSWER


@step_kernel
def is_strong(seed: int, traits: Any, strong_ties: float, person: int, two: int) -> bool:
    """Whether two people are close: a draw on the pair, the same for both.

    person: a row; two: the other's key
    """
    one = traits[person].key
    return uniform(seed, _STRONG_TIE, min(one, two), max(one, two), 0, 0) < strong_ties
