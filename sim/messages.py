"""What brands are going to say: the calendar of posts, and the terms of each series."""

import numpy as np

from worthsharing.sim.draws import NOBODY, Purpose, identity, key_of_text, uniform
from worthsharing.sim.rules import hours_of_post
from worthsharing.sim.scenario import Brand, Scenario, Series
from worthsharing.sim.state import (
    BRANDS,
    EVENTS,
    NEVER,
    POST_KINDS,
    POSTS,
    SERIES,
    Ints,
    Kind,
    Plan,
    choice,
    table,
)

HOURS_PER_WEEK = 168.0
ASKING = (Kind.OFFER, Kind.PRODUCT)  # kinds of posts that ask for something; the others give


def post_times(series: Series, *, days: float) -> list[float]:
    """Hours at which a series posts: evenly over its weeks, the first at the start of its first day.

    An even calendar has no luck in it, so two strategies with the same rate post at the same hours, whatever the step.
    """
    if series.per_week <= 0.0:
        return []
    gap = HOURS_PER_WEEK / series.per_week
    start, end = series.from_day * 24.0, min(series.until_day, days) * 24.0
    count = max(0, int(np.ceil((end - start) / gap - 1e-9)))
    return [start + number * gap for number in range(count)]


def make_plan(scenario: Scenario, seed: int, first_sharers: Ints, connected: int) -> Plan:
    """Lay out what all brands will do in a run.

    first_sharers: rows of people who are handed the focal brand's first post
    connected: people with at least one tie, whom paid reach can find
    """
    posts: list[tuple[float, int, int, int]] = []  # time, key, row of series, topic
    all_series: list[tuple[int, Series]] = []
    for brand_row, brand in enumerate(scenario.brands):
        if brand.silent:
            continue
        for series in brand.series:
            row = len(all_series)
            all_series.append((brand_row, series))
            series_key = key_of_text(f"{brand.name}\n{series.name}")
            for number, time in enumerate(post_times(series, days=float(scenario.clock.days))):
                key = int(identity(series_key, int(POST_KINDS[series.kind]), 0, number))
                topic = series.topic
                if topic < 0:
                    drawn = uniform(seed, int(Purpose.POST_TOPIC), NOBODY, NOBODY, 0, key)
                    topic = int(drawn * scenario.worth.topics)
                posts.append((time, key, row, topic))
    posts.sort()

    brands, series, calendar = (
        table(len(scenario.brands), BRANDS),
        table(len(all_series), SERIES),
        table(len(posts), POSTS),
    )
    for row, brand in enumerate(scenario.brands):
        answers = not brand.silent and brand.answer_hours_per_week > 0.0
        taken = scenario.listening.minutes_per_answer / 60.0
        brands[row] = (
            key_of_text(brand.name),
            brand.quality,
            1.0 if brand.silent else brand.experience_ease,
            brand.known_outside,
            brand.answer_from_day * 24.0,
            brand.answer_until_day * 24.0,
            taken * HOURS_PER_WEEK / brand.answer_hours_per_week if answers else NEVER,
            0 if brand.silent else choice(Brand, "complaint_policy", brand.complaint_policy),
            brand.likes_customers,
            brand.listens and not brand.silent,
        )
    for row, (brand_row, terms) in enumerate(all_series):
        p_paid = min(1.0, terms.paid_impressions / max(connected, 1))
        series[row] = (
            terms.value,
            terms.pressure,
            terms.arousal,
            terms.ease,
            terms.reward * terms.reward_chance,
            p_paid,
            terms.rewards_per_post,
            brand_row,
            POST_KINDS[terms.kind],
            terms.reward_visible,
            terms.reward_both,
            POST_KINDS[terms.kind] in ASKING,
            terms.topic < 0,
        )
    for name, column in zip(("time", "key", "series", "topic"), zip(*posts, strict=True), strict=False):
        calendar[name] = column  # of no posts there are no columns
    events = table(len(scenario.events) if scenario.mechanisms.shocks else 0, EVENTS)
    for row in range(events.size):
        event = scenario.events[row]
        events[row] = (
            event.day * 24.0,
            key_of_text(event.name),
            event.share,
            event.told,
            event.among == "everybody",
            event.good,
        )
    focal = [row for row, post in enumerate(posts) if all_series[post[2]][0] == 0]
    return Plan(brands, series, calendar, events, first_sharers, focal[0] if focal else -1)


def effort_of(scenario: Scenario, brand: Brand) -> dict[str, float]:
    """What a brand's strategy costs over the run, by the calendar alone: the same in every replicate.

    Returns staff_hours, and in currency: staff, rewards, paid and their sum, effort. Rewards are bought in advance,
    with each post, and cost what was bought.
    """
    costs, days = scenario.costs, scenario.clock.days
    hours = rewards = paid = 0.0
    if not brand.silent:
        hours += brand.care_hours_per_week * days / 7.0
        answering = min(brand.answer_until_day, float(days)) - brand.answer_from_day
        hours += brand.answer_hours_per_week * max(0.0, answering) / 7.0
        for series in brand.series:
            times = post_times(series, days=float(days))
            hours += len(times) * hours_of_post(series.value, costs.hours_at_value_half, costs.hours_growth)
            paid += len(times) * series.paid_impressions * costs.thousand_impressions / 1000.0
            both = 2.0 if series.reward_both else 1.0
            bought = len(times) * series.rewards_per_post
            rewards += bought * series.reward * series.reward_chance * both
    staff = hours * costs.staff_hour
    return {
        "staff_hours": hours,
        "staff": staff,
        "rewards": rewards,
        "paid": paid,
        "effort": staff + rewards + paid,
    }
