"""THE RULE BOOK: every decision as a pure scalar function of plain numbers, compiled once for both engines.

No arrays, agents, randomness or defaults: the caller draws and applies the consequence. Powers are written as
products or through `exp` and `log`, so that Python, the compiled rule and the kernel agree to the last bit.
"""

from math import cos, exp, log, sqrt

from worthsharing.sim.jit import rule

LN2 = 0.6931471805599453
TAU = 6.283185307179586
SLOWEST_INFLOW = 1e-9  # items per hour: an inflow of nothing, kept above 0 to divide by
MOST_VISIBLE = 0.95  # no tie of a scaled-down network shows more than this share of what passes it


# ---- 1. visibility and limited attention --------------------------------------------------------------------------


@rule
def waiting_time(draw: float, rate: float) -> float:
    """Time until the next event of a Poisson process; never, if the rate is 0.

    draw: uniform in (0, 1)
    rate: events per unit of time, 0 or more

    >>> round(waiting_time(0.5, 2.0), 6)
    0.346574

    Source: closed form.
    """
    if rate <= 0.0:
        return float("inf")
    return -log(draw) / rate


@rule
def real_inflow(followees: float, ties_per_tie: float, items_per_followed_per_day: float) -> float:
    """Items per hour that compete with a brand's post in a real feed.

    followees: people followed in this network; at least one is assumed
    ties_per_tie: real ties that one tie of this network stands for, 1 or more
    items_per_followed_per_day: 0 or more

    >>> real_inflow(20.0, ties_per_tie=9.5, items_per_followed_per_day=2.4)
    19.0

    Source: the scaling rule of MODEL.md; Ugander et al. 2011 for the real number of ties.
    """
    return max(followees, 1.0) * ties_per_tie * items_per_followed_per_day / 24.0


@rule
def p_seen_really(real: float, visits_per_hour: float, items_per_visit: float) -> float:
    """Chance that an item of a friend is seen at all in a real feed.

    real: items per hour in that feed, 0 or more
    visits_per_hour, items_per_visit: above 0

    >>> round(p_seen_really(19.0, 2.0 / 24.0, 15.0), 6)
    0.063672

    Source: a thinned Poisson process with visits × items ÷ inflow sightings expected.
    """
    if real <= SLOWEST_INFLOW:
        return 1.0
    return 1.0 - exp(-visits_per_hour * items_per_visit / real)


@rule
def scaled_inflow(real: float, ties_per_tie: float, visits_per_hour: float, items_per_visit: float) -> float:
    """Items per hour that compete with a friend's share in a scaled-down network.

    One tie stands for several, so it must be seen so many times as often: then the number of friends reached per
    share, and with it the reproduction number, is what it is at the real number of ties. Sightings of an item are a
    thinned Poisson process with visits × items ÷ inflow expected, which gives the equation solved here.

    real: items per hour in a real feed, 0 or more
    ties_per_tie: real ties that one tie stands for, 1 or more
    visits_per_hour, items_per_visit: above 0

    >>> round(scaled_inflow(19.0, 1.0, 2.0 / 24.0, 15.0), 6)
    19.0
    >>> scaled_inflow(19.0, 9.5, 2.0 / 24.0, 15.0) < 19.0 / 9.5
    True

    Source: derived; see MODEL.md, scaling.
    """
    if real <= SLOWEST_INFLOW:
        return 0.0
    seen_really = p_seen_really(real, visits_per_hour, items_per_visit)
    seen_here = min(MOST_VISIBLE, ties_per_tie * seen_really)
    return min(real, visits_per_hour * items_per_visit / -log(1.0 - seen_here))


@rule
def rank_by_engagement(rank: float, engagements: float, impressions: float, lift: float) -> float:
    """Rank of an item when the platform moves well-liked ones up.

    rank: items above it in order of time, 0 or more
    engagements, impressions: likes, comments and shares so far; times seen so far
    lift: how much 1 % engagement lifts

    >>> rank_by_engagement(30.0, 0.0, 500.0, lift=1.0)
    30.0
    >>> rank_by_engagement(30.0, 11.0, 1000.0, lift=1.0)
    15.0

    Source: assumed; platforms do not publish theirs.
    """
    return rank / (1.0 + lift * 100.0 * engagements / (impressions + 100.0))


@rule
def effort(rank: float, hours: float, per_item: float, per_hour: float) -> float:
    """How far a visit has to go to see an item, in mean depths of a visit; old posts leave attention.

    rank: items above it, 0 or more
    hours: since it arrived, 0 or more
    per_item: what an item above takes, 1 ÷ mean items per visit, above 0
    per_hour: what an hour takes, 1 ÷ mean hours in attention, above 0

    >>> effort(0.0, 0.0, per_item=0.0625, per_hour=0.0078125), effort(16.0, 128.0, per_item=0.0625, per_hour=0.0078125)
    (0.0, 2.0)

    Source: Truong et al. 2024 (15 items); Weng et al. 2012 (7 days).
    """
    return rank * per_item + hours * per_hour


@rule
def p_seen(effort: float) -> float:
    """Chance that a visit reaches an item: the depth of a visit is exponential.

    effort: how far it has to go for that, 0 or more

    >>> p_seen(0.0)
    1.0
    >>> round(p_seen(1.0), 6)
    0.367879

    Source: closed form.
    """
    return exp(-effort)


@rule
def reach(draw: float) -> float:
    """How far a visit goes, in mean depths: an item is seen that takes less effort, which is when draw < `p_seen`.

    draw: uniform in (0, 1)

    >>> round(reach(0.367879), 6)
    1.000001

    Source: the inverse of `p_seen`.
    """
    return -log(draw)


@rule
def is_lost(p_seen_now: float) -> bool:
    """Whether an item is so far down that it will not be looked for again.

    >>> is_lost(0.5)
    False

    Source: a computing choice; loses below 2 % of sightings.
    """
    return p_seen_now < 0.02


@rule
def appeal(draw: float) -> float:
    """Appeal of what people write: density 5 (1 − a)^4, mean 1/6.

    draw: uniform in (0, 1)

    >>> round(appeal(0.03125), 12)
    0.5

    Source: SimSoM's code (Truong et al. 2024).
    """
    return 1.0 - exp(log(draw) / 5.0)


# ---- 2. perceived worth -------------------------------------------------------------------------------------------


@rule
def brand_credibility(neutral: float, attitude: float) -> float:
    """Credibility of a brand's own words, coloured by the attitude to it.

    neutral: at attitude 0, 0 to 1
    attitude: −1 to 1

    >>> brand_credibility(0.6, attitude=0.0)
    0.6
    >>> brand_credibility(0.6, attitude=1.0)
    1.0

    Source: sign only; size assumed.
    """
    return min(1.0, neutral * (1.0 + attitude))


@rule
def pair_effect(earlier: float, full: float, worn_out: float, floor: float) -> float:
    """What is left of the effect of one sender on one receiver after rewarded forwards.

    earlier: rewarded forwards of this sender seen before, 0 or more
    full: so many keep the full effect; worn_out: so many bring it to the floor

    >>> pair_effect(2.0, full=3.0, worn_out=15.0, floor=0.5)
    1.0
    >>> pair_effect(9.0, full=3.0, worn_out=15.0, floor=0.5)
    0.75

    Source: Leskovec, Adamic & Huberman 2007.
    """
    if earlier < full:
        return 1.0
    if earlier >= worn_out:
        return floor
    return 1.0 - (1.0 - floor) * (earlier - full) / (worn_out - full)


@rule
def novelty(earlier: float, irritation_exposures: float) -> float:
    """What is left of the value of a message seen before; below 0 it irritates.

    earlier: times this message was seen before, 0 or more
    irritation_exposures: times after which it irritates, 1 or more

    >>> novelty(0.0, 6.0), novelty(3.0, 6.0), novelty(6.0, 6.0), novelty(60.0, 6.0)
    (1.0, 0.5, 0.0, -1.0)

    Source: Leger et al. 2023 (where it turns); straight line assumed.
    """
    return max(-1.0, 1.0 - earlier / irritation_exposures)


@rule
def worth(
    value: float,
    relevance: float,
    credibility: float,
    novelty: float,
    pressure: float,
    sensitivity: float,
    fatigue_cost: float,
    reading_cost: float,
) -> float:
    """Worth of an item to this reader; below 0 it is noise.

    value: intrinsic, 0 to 1; relevance of its topic, 0 to 1; credibility of who says it, 0 to 1; novelty, −1 to 1
    pressure: promotional, 0 or more, felt with this reader's sensitivity, 0 or more
    fatigue_cost, reading_cost: worth taken by fatigue with the brand and by the time to read, 0 or more

    >>> worth(0.5, 0.5, 1.0, 1.0, pressure=0.0, sensitivity=1.0, fatigue_cost=0.0, reading_cost=0.05)
    0.2

    Source: the form is assumed; each term has its own evidence.
    """
    return value * relevance * credibility * novelty - pressure * sensitivity - fatigue_cost - reading_cost


@rule
def interest(draw: float, exponent: float) -> float:
    """How much a person cares for a topic.

    draw: uniform in (0, 1), this person's for this topic; exponent: of the topic, above 0; above 1 fewer care for it

    >>> interest(0.25, 1.0), round(interest(0.25, 0.5), 9)
    (0.25, 0.5)

    Source: assumed; topics differ in popularity.
    """
    if exponent == 1.0:
        return draw
    return exp(exponent * log(draw))


# ---- 3. fatigue ---------------------------------------------------------------------------------------------------


@rule
def decay(amount: float, days: float, half_life: float) -> float:
    """What is left of fatigue or memory after some days of rest.

    amount: 0 or more
    days: since it was brought up to date, 0 or more
    half_life: days until half is gone, above 0

    >>> decay(4.0, days=10.0, half_life=10.0)
    2.0

    Source: Kronrod & Huber 2019 (direction); size assumed.
    """
    return amount * exp(-LN2 * days / half_life)


@rule
def fading(amount: float, days: float, mean_time: float) -> float:
    """What is left of the exposures that still count, when each counts for an exponential time.

    amount: 0 or more; days: 0 or more; mean_time: days, above 0

    >>> round(fading(1.0, days=30.0, mean_time=30.0), 6)
    0.367879

    Source: a window of 30 days (Analytics at Meta 2023), made smooth.
    """
    return amount * exp(-days / mean_time)


@rule
def fatigue_after(
    fatigue: float, item_worth: float, earlier: float, per_unwanted: float, per_repeat: float
) -> float:
    """Fatigue after one more exposure.

    fatigue: before, 0 or more; item_worth: of what was seen; earlier: times this message was seen before
    per_unwanted, per_repeat: what an unwanted item and a repeated one add

    >>> fatigue_after(1.0, item_worth=-0.1, earlier=0.0, per_unwanted=1.0, per_repeat=0.3)
    2.0
    >>> fatigue_after(1.0, item_worth=0.1, earlier=0.0, per_unwanted=1.0, per_repeat=0.3)
    1.0

    Source: Kronrod & Huber 2019; Leger et al. 2023 (signs).
    """
    added = 0.0
    if item_worth < 0.0:
        added += per_unwanted
    if earlier >= 1.0:
        added += per_repeat
    return fatigue + added


@rule
def wear(earlier: float, exponent: float) -> float:
    """Response that is left after earlier exposures to the brand: (N + 1)^−b.

    earlier: exposures that still count, 0 or more
    exponent: b, 0 or more

    >>> wear(0.0, 0.43)
    1.0
    >>> round(wear(3.0, 0.43), 4)
    0.551

    Source: Analytics at Meta 2023.
    """
    return exp(-exponent * log(earlier + 1.0))


# ---- 4. sharing ---------------------------------------------------------------------------------------------------


@rule
def rise(item_worth: float, typical: float, steepness: float) -> float:
    """Factor on a reaction when an item is worth more, or less, than the typical one.

    >>> rise(0.12, typical=0.12, steepness=6.0)
    1.0

    Source: logit choice; steepness from the data of Moro et al. 2016.
    """
    return exp(steepness * (item_worth - typical))


@rule
def reward_pull(reward: float, usual: float, appeal: float) -> float:
    """How strongly a reward pulls this person: 1 for the usual one and an average person; it saturates at 2.

    reward: expected value, 0 or more; usual: value at which the pull is 1; appeal: of rewards to this person, 0 or more

    >>> reward_pull(0.0, 5.0, 1.0), reward_pull(5.0, 5.0, 1.0)
    (0.0, 1.0)

    Source: sign, Ryu & Feick 2007; saturation assumed.
    """
    return appeal * 2.0 * reward / (reward + usual)


@rule
def stirring(arousal: float, boost: float, moral_words: float, per_word: float) -> float:
    """Factor on the odds of sharing from arousal and moral-emotional words; the words count at most 2-fold.

    >>> stirring(0.0, 0.5, 0.0, 1.2)
    1.0
    >>> round(stirring(0.0, 0.5, 9.0, 1.2), 9)
    2.0

    Source: Brady et al. 2017 (words); arousal assumed.
    """
    words = min(2.0, exp(moral_words * log(per_word))) if moral_words > 0.0 else 1.0
    return (1.0 + boost * arousal) * words


@rule
def p_share(
    base: float,
    lift: float,
    ease: float,
    talkative: float,
    stirred: float,
    reward_factor: float,
    wear: float,
    gratitude: float,
) -> float:
    """Chance of sharing an item that was seen, for its worth; odds multiply.

    base: chance at typical worth, 0 to 1; lift: `rise` by worth; ease: made easy or hard; talkative: this person's factor
    stirred: `stirring`; reward_factor: 1 without a reward; wear: what repeated exposure left, 0 to 1
    gratitude: factor from what was given before, 1 or more

    >>> p_share(0.5, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0)
    0.5
    >>> p_share(0.5, 1.0, 1.0, 1.0, 1.0, 3.0, 1.0, 1.0)
    0.75

    Source: logit choice; base rates from the data of Moro et al. 2016.
    """
    if base >= 1.0:
        return 1.0
    odds = base / (1.0 - base) * lift * ease * talkative * stirred * reward_factor * wear * gratitude
    return odds / (1.0 + odds)


@rule
def p_bought_forward(chance: float, pull: float, wear: float) -> float:
    """Chance that a buyer forwards for the reward alone, whatever the item is worth.

    chance: for the usual reward, 0 to 1; pull: `reward_pull`; wear: what repeated asking left, 0 to 1

    >>> p_bought_forward(0.33, 1.0, 1.0)
    0.33

    Source: Leskovec, Adamic & Huberman 2007.
    """
    return min(1.0, chance * pull * wear)


@rule
def p_reaction(base: float, lift: float, proof: float, wear: float) -> float:
    """Chance of a like or a comment.

    base: at typical worth; lift: `rise` by worth; proof: factor of others' likes; wear: what repetition left

    >>> p_reaction(0.018, 1.0, 1.0, 1.0)
    0.018

    Source: data of Moro et al. 2016; Muchnik et al. 2013 (proof).
    """
    return min(1.0, base * lift * proof * wear)


# ---- 5. sincerity -------------------------------------------------------------------------------------------------


@rule
def sincerity_left(
    strong: bool, solicited: bool, both: bool, weak_tie: float, strong_tie: float, both_rewarded: float
) -> float:
    """Share of the effect that a visibly rewarded forward keeps.

    strong: tie; solicited: asked for; both: both sides are rewarded; then the three penalties, 0 to 1

    >>> sincerity_left(False, False, False, 0.25, 0.10, 0.0)
    0.75
    >>> sincerity_left(False, False, True, 0.25, 0.10, 0.0)
    1.0

    Source: Verlegh et al. 2013; Tuk et al. 2009 (signs).
    """
    if both:
        return 1.0 - both_rewarded
    if strong or solicited:
        return 1.0 - strong_tie
    return 1.0 - weak_tie


@rule
def answer_shift(
    typical: float, worth: float, feigned: bool, noticed: bool, pretended: float, cost: float
) -> float:
    """Attitude gained, or lost, by an answer of the brand.

    typical: what the typical answer gains, 0 or more; worth: `worth_of_answer`
    feigned: the brand does not mean it; noticed: and it is felt
    pretended: effect of a feigned answer that is not noticed, against a genuine one; cost: attitude lost if it is

    >>> answer_shift(0.1, 2.0, feigned=False, noticed=False, pretended=0.3, cost=0.2)
    0.2
    >>> answer_shift(0.1, 2.0, feigned=True, noticed=True, pretended=0.3, cost=0.2)
    -0.2

    Source: Huang et al. 2018; John et al. 2017 (order); cost assumed.
    """
    if not feigned:
        return typical * worth
    if noticed:
        return -cost
    return typical * worth * pretended


# ---- 6. attitude and goodwill -------------------------------------------------------------------------------------


@rule
def attitude_after(attitude: float, impression: float, share: float) -> float:
    """Attitude after an impression: a share of the way towards it, kept within −1 and 1.

    attitude, impression: −1 to 1; share: 0 or more

    >>> attitude_after(0.0, 1.0, 0.1)
    0.1

    Source: sign only; sizes assumed.
    """
    return max(-1.0, min(1.0, attitude + min(1.0, share) * (impression - attitude)))


@rule
def impression_of(item_worth: float, typical: float) -> float:
    """Impression that an item leaves: its worth in units of three typical ones, −1 to 1.

    >>> impression_of(0.36, 0.12)
    1.0
    >>> impression_of(-5.0, 0.12)
    -1.0

    Source: assumed.
    """
    return max(-1.0, min(1.0, item_worth / (3.0 * max(abs(typical), 0.01))))


@rule
def p_mute_sharer(base: float, unwanted: float, strong: bool) -> float:
    """Chance of muting a friend who has sent noise; half as likely for a close friend.

    base: at the first unwanted item; unwanted: items worth less than nothing from this friend, this one included

    >>> p_mute_sharer(0.002, 3.0, False)
    0.006

    Source: assumed.
    """
    p = min(1.0, base * unwanted)
    return 0.5 * p if strong else p


# ---- 7. leaving and protest ---------------------------------------------------------------------------------------


@rule
def annoyance(
    pressure: float,
    sensitivity: float,
    relevance: float,
    item_worth: float,
    fatigue: float,
    promotion: float,
    irrelevance: float,
    frequency: float,
) -> float:
    """How annoying an item of a brand is, by the causes of leaving; about 1 for an ordinary unwanted promotion.

    pressure, sensitivity, relevance, item_worth: of the item to this reader; fatigue: with the brand, 0 or more
    promotion, irrelevance, frequency: weights of the causes

    >>> annoyance(0.0, 1.0, 0.5, 0.1, 0.0, 46.0, 41.0, 35.0)
    0.0
    >>> round(annoyance(0.18, 1.0, 0.5, -0.1, 1.0, 46.0, 41.0, 35.0), 9)
    1.0

    Source: Sprout Social 2016 (weights of the causes); the form is assumed.
    """
    unwanted = 1.0 if item_worth < 0.0 else 0.0
    felt = promotion * pressure * sensitivity / 0.18
    felt += irrelevance * unwanted * 2.0 * (1.0 - relevance)
    felt += frequency * 2.0 * fatigue / (1.0 + fatigue)
    total = promotion + irrelevance + frequency
    return felt / total if total > 0.0 else 0.0


@rule
def p_leave(per_promotion: float, annoyance: float) -> float:
    """Chance of leaving the brand upon one item.

    >>> p_leave(0.0014, 1.0)
    0.0014

    Source: e-mail unsubscribes, GDMA 2024.
    """
    return min(1.0, per_promotion * annoyance)


# ---- 8. listening and answering -----------------------------------------------------------------------------------


@rule
def reaction_time(draw: float, other_draw: float, median: float, spread: float) -> float:
    """Time until somebody at the brand takes a question up: log-normal.

    draw, other_draw: uniform in (0, 1); median: above 0, in the unit of the result; spread: of its logarithm

    >>> round(reaction_time(0.5, 0.25, median=46.0, spread=2.0), 6)
    46.0

    Source: Einwiller & Steilen 2015; Box & Muller 1958 for the normal number.
    """
    return median * exp(spread * sqrt(-2.0 * log(draw)) * cos(TAU * other_draw))


@rule
def worth_of_answer(delay: float, fast: float, late: float, half_time: float) -> float:
    """Worth of an answer against the typical one: it falls with the delay.

    delay: 0 or more; half_time: until half of the difference between fast and late is gone, in the same unit
    fast, late: worth at once and after long, 0 or more

    >>> worth_of_answer(0.0, fast=2.22, late=0.26, half_time=15.0)
    2.22
    >>> round(worth_of_answer(21.3, fast=2.22, late=0.26, half_time=15.0), 2)
    0.99

    Source: Huang et al. 2018 (20 : 9 : 2.33); the curve between them is assumed.
    """
    return late + (fast - late) * exp(-LN2 * delay / half_time)


@rule
def shifted(attitude: float, shift: float) -> float:
    """Attitude moved by an amount, kept within −1 and 1.

    >>> shifted(0.5, 0.2), shifted(0.9, 0.5), shifted(-0.95, -0.1)
    (0.7, 1.0, -1.0)

    Source: closed form.
    """
    return max(-1.0, min(1.0, attitude + shift))


@rule
def time_left(remaining: float, factor: float) -> float:
    """Time that is left when the hazard of what ends it is multiplied: it stretches.

    remaining: 0 or more; factor: above 0

    >>> time_left(7.0, 0.7)
    10.0

    Source: closed form for an exponential time; Kwak, Moon & Lee 2012 for the factor.
    """
    return remaining / factor


@rule
def topic_weight(counted: float, focus: float) -> float:
    """Weight of a topic in what a listening brand publishes.

    counted: questions and reactions about it, 0 or more; focus: exponent, 0 or more

    >>> topic_weight(0.0, 2.0), round(topic_weight(3.0, 2.0), 9)
    (1.0, 16.0)

    Source: assumed.
    """
    return exp(focus * log(counted + 1.0))


# ---- 9. moderation ------------------------------------------------------------------------------------------------


@rule
def complaint_weight(anger: float, answered: bool, heard_answered: float) -> float:
    """Factor on what a complaint does to the attitude of those who read it.

    anger: 1, or more after a deletion that was noticed; answered: by the brand; heard_answered: what that leaves, 0 or more

    >>> complaint_weight(1.5, False, 0.5), complaint_weight(1.0, True, 0.5)
    (1.5, 0.5)

    Source: Liao et al. 2024 (signs); sizes assumed.
    """
    return anger * heard_answered if answered else anger


@rule
def p_complain(base: float, redressed: bool, extra: float) -> float:
    """Chance that a bad experience that is told is told as a complaint.

    base: 0 to 1; redressed: was answered upon a complaint before; extra: how much more often then, 0 or more

    >>> p_complain(0.2, False, 0.2), p_complain(0.2, True, 0.2)
    (0.2, 0.24)

    Source: Ma, Sun & Kekre 2015 (sign).
    """
    return min(1.0, base * (1.0 + extra)) if redressed else base


# ---- 10. reciprocity ----------------------------------------------------------------------------------------------


@rule
def gratitude(given: float, small: float, large: float) -> float:
    """Factor on the response to an ask from what was given before.

    given: gifts that still count, 0 or more; small: factor after one, large: after many, both 1 or more

    >>> gratitude(0.0, 1.17, 1.75), round(gratitude(1.0, 1.17, 1.75), 9), round(gratitude(99.0, 1.17, 1.75), 9)
    (1.0, 1.17, 1.75)

    Source: Falk 2007 (a small and a large gift); the curve between them is assumed.
    """
    if given <= 0.0 or large <= 1.0:
        return 1.0
    first = min(0.999, (small - 1.0) / (large - 1.0))
    return 1.0 + (large - 1.0) * (1.0 - exp(given * log(1.0 - first)))


# ---- 11 and 12. experience, recommendation, adoption --------------------------------------------------------------


@rule
def mood(attitude: float, typical: float, pull: float, good: bool) -> float:
    """Factor on telling an experience: who likes the brand tells more of the good and less of the bad.

    attitude: −1 to 1; typical: attitude at which the factor is 1; pull: logarithm per unit of attitude

    >>> mood(0.3, 0.3, 0.5, True), mood(1.0, 0.3, 0.5, True) > 1.0, mood(1.0, 0.3, 0.5, False) < 1.0
    (1.0, True, True)

    Source: sign only; size assumed.
    """
    return exp(pull * (attitude - typical)) if good else exp(-pull * (attitude - typical))


@rule
def p_tell(base: float, ease: float, extra: float, mood: float) -> float:
    """Chance of telling an experience: easy things are told more, and referred customers tell more.

    base: of a good or a bad experience; ease: made easy or hard; extra: 0 but for customers who came by a friend
    mood: `mood`, 1 at the usual attitude of customers

    >>> p_tell(0.05, 2.0, 0.0, 1.0)
    0.1
    >>> round(p_tell(0.05, 1.0, 0.4, 1.0), 9)
    0.07

    Source: East, Hammond & Wright 2007 for good against bad, Gershon & Jiang for the extra; sizes assumed.
    """
    return min(1.0, base * ease * (1.0 + extra) * mood)


@rule
def p_consider(base: float, credibility: float, wear: float, gratitude: float) -> float:
    """Chance that a touch starts a consideration.

    base: of a fully credible touch of this kind; credibility: 0 to 1; wear: what repetition left, 0 to 1
    gratitude: factor from what was given before, 1 or more

    >>> p_consider(0.1, 0.5, 1.0, 1.0)
    0.05

    Source: Leskovec et al. 2007 for forwards; else assumed.
    """
    return min(1.0, base * max(0.0, credibility) * wear * gratitude)


@rule
def p_buy(base: float, attitude: float, pull: float, help_factor: float) -> float:
    """Chance that a consideration ends in a purchase.

    base: at attitude 0; attitude: −1 to 1; pull: logarithm per unit of attitude; help_factor: 1 without help

    >>> p_buy(0.2, 0.0, 1.5, 1.0)
    0.2

    Source: assumed, with Leskovec et al. 2007 for the product of both chances.
    """
    return min(1.0, base * exp(pull * attitude) * help_factor)


# ---- the limits ---------------------------------------------------------------------------------------------------


@rule
def tie_chance(by: int, constant: float, followees: float, weight: float) -> float:
    """Chance that a tie lets a message through, visibility off.

    by: 0 the constant, 1 one over the number of people followed, 2 the weight of the tie

    >>> tie_chance(1, 0.3, 4.0, 0.9)
    0.25

    Source: independent cascade and weighted cascade, Kempe, Kleinberg & Tardos 2003.
    """
    if by == 1:
        return 1.0 / max(followees, 1.0)
    if by == 2:
        return weight
    return constant


@rule
def meets_threshold(active: float, followees: float, threshold: float) -> bool:
    """Whether enough of those followed have shared, sharing off.

    active: people followed who shared; followees: people followed; threshold: share, 0 to 1

    >>> meets_threshold(1.0, 4.0, 0.25), meets_threshold(1.0, 5.0, 0.25)
    (True, False)

    Source: Watts 2002.
    """
    return active / max(followees, 1.0) >= threshold


@rule
def bass_hazard(innovation: float, imitation: float, adopted: float) -> float:
    """Hazard of adoption when everyone meets everyone, per year.

    innovation, imitation: Bass's p and q per year; adopted: share of people, 0 to 1

    >>> round(bass_hazard(0.03, 0.38, 0.5), 9)
    0.22

    Source: Bass 1969.
    """
    return innovation + imitation * adopted


# ---- effort -------------------------------------------------------------------------------------------------------


@rule
def hours_of_post(value: float, at_half: float, growth: float) -> float:
    """Staff hours that a post takes: value is not free.

    value: intrinsic, 0 to 1; at_half: hours at value 0.5; growth: factor for 0.3 more

    >>> hours_of_post(0.5, 2.0, 4.0)
    2.0
    >>> round(hours_of_post(0.8, 2.0, 4.0), 9), round(hours_of_post(0.2, 2.0, 4.0), 9)
    (8.0, 0.5)

    Source: assumed; range a third to three times.
    """
    return at_half * exp(log(growth) * (value - 0.5) / 0.3)
