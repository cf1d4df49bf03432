"""Fit a brand's base rates to its own page: what the page shows, with its uncertainty, in the model's parameters.

A chance of the model holds for an item of typical worth and a rested reader; what a page counts is the mean over
readers who are tired, bored or keen. So the page is simulated: the simulated posts are measured as the real ones
are, and the chances are moved until both measure the same (indirect inference, Gouriéroux, Monfort & Renault 1993).
"""

import hashlib
import math
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import joblib
import numpy as np
import pandas as pd
import tomli_w
from scipy import optimize, special  # not scipy.stats, which takes a second to import

from worthsharing.experiments.execute import Progress
from worthsharing.experiments.files import check_folder
from worthsharing.experiments.posts_file import Posts, simulated_posts
from worthsharing.experiments.summary import decimals_for, shown, to_json
from worthsharing.sim.errors import InputError
from worthsharing.sim.run import check_seed, provenance, simulate
from worthsharing.sim.scenario import ParameterInfo, PostKind, Scenario, parameters, validate
from worthsharing.sim.state import Floats, Tally

FITTED, DOCUMENT, MANIFEST = "fitted.toml", "calibration.json", "calibration.manifest.json"
CONFIDENCE = 0.95
FEWEST_POSTS = 5  # with fewer, the interval of a rate says nothing
FEWEST_WEEKS = 2  # whole weeks; with fewer, how often the page posts is not known
WARM_UP_DAYS = 30  # a page had posted before the first post of its export: exposures count for about so long
MEASURED_DAYS = 56  # of simulated posts
MOST_ROUNDS = 8
CLOSE_ENOUGH = 0.01  # relative; or a quarter of the standard error of the comparison, whichever is more
MOST_POSTS_PER_WEEK = 200.0  # the bound of the schema: more are several pages in one file

# what the posts of a kind weigh on their reader: the source of brand.series.pressure (Moro et al. 2016 data)
PRESSURE: Mapping[PostKind, float] = {"offer": 0.18, "product": 0.02, "useful": 0.0, "entertaining": 0.0}
GIVING = ("useful", "entertaining", "")  # kinds that ask for nothing; an unknown one is taken for useful

# parameter, what is counted, per what, in words, and the sign of the parameter's effect on the rate
Count = Literal["shares", "likes", "comments", "negative", "seen"]
RATES: Mapping[Count, tuple[str, str, int]] = {
    "shares": ("sharing.p_share_brand", "shares per person reached", 1),
    "likes": ("sharing.p_like", "likes per person reached", 1),
    "comments": ("sharing.p_comment", "comments per person reached", 1),
    "negative": ("leaving.p_per_promotion", "negative feedback per person reached", 1),
    "seen": ("attention.real_degree", "share of followers who see a post", -1),
}


@dataclass(frozen=True)
class Rate:
    """A rate per unit of exposure over several counts, with its 95 % interval.

    counts: how many counts it rests on; events: their sum; exposure: the sum of theirs
    log_error: standard error of its logarithm; not a number if nothing was counted
    overdispersion: variance of the rate between counts, in units of its square; 0 is a Poisson
    """

    value: float
    low: float
    high: float
    counts: int
    events: float
    exposure: float
    log_error: float
    overdispersion: float


@dataclass(frozen=True)
class Fitted:
    """A parameter that was fitted, to which rate of the page, and what the fitted scenario shows of it.

    simulated: the same rate of simulated posts, in worlds that were not fitted on; with its standard error
    between_worlds: standard deviation of that rate between worlds of people, relative: a page is one world
    """

    parameter: str
    meaning: str
    value: float
    low: float
    high: float
    default: float
    plausible: tuple[float, float] | None
    measured: str
    page: Rate
    simulated: float
    simulated_error: float
    between_worlds: float

    @property
    def is_plausible(self) -> bool:
        """Whether the interval meets the range that the evidence gives."""
        return self.plausible is None or (self.low <= self.plausible[1] and self.high >= self.plausible[0])


@dataclass(frozen=True)
class Frequency:
    """How often the page posts things of one kind."""

    name: str
    kind: PostKind
    posts: int
    per_week: Rate | None  # None if the file cannot tell


@dataclass(frozen=True)
class NotFitted:
    """A parameter that stays as it was, and why."""

    parameter: str
    reason: str


@dataclass(frozen=True)
class Calibration:
    """What a page's posts say of the model's parameters.

    content: the fitted scenario, stating only what differs; rounds: of moving the parameters
    used: posts that the rates rest on, in words
    """

    page: str
    posts: int
    used: str
    frequencies: tuple[Frequency, ...]
    fitted: tuple[Fitted, ...]
    not_fitted: tuple[NotFitted, ...]
    notes: tuple[str, ...]
    content: Mapping[str, Any]
    people: int
    replicates: int
    seed: int
    rounds: int


def calibrate(
    posts: Posts,
    *,
    followers: int | None = None,
    people: int = 30_000,
    replicates: int = 12,
    seed: int = 1,
    workers: int | None = None,
    progress: Progress | None = None,
) -> Calibration:
    """Fit the base rates of a brand to the posts of its page.

    followers: of the page, if its export does not say
    people: in each simulated world; replicates: worlds, half of the error of the simulation is in each four of them
    progress: called with worlds done and worlds in all, at most

    Raises `InputError` if the posts tell nothing that can be fitted.
    """
    check_seed(seed)
    _check_worlds(people, replicates)
    used, unpaid, words, notes = _posts_for_rates(posts)
    frequencies, missing = _frequencies(posts)
    page, without = _page_rates(posts, used, unpaid, followers)
    missing = [*missing, *without]
    if not page and not any(one.per_week for one in frequencies):
        reasons = "; ".join(f"{one.parameter}: {one.reason}" for one in missing)
        raise InputError(posts.name, f"nothing can be fitted ({reasons})", "give an export of more posts")
    base = _base(frequencies, people)
    simulated = _Simulated(base, replicates, seed, workers, progress, fans_only=posts.has("reach_fans"))
    fitted, given_up, rounds = _fit(page, simulated)
    notes = [*notes, *_remarks(fitted, frequencies)]
    content = _content(posts, frequencies, fitted)
    validate(content, FITTED)
    return Calibration(
        page=posts.name,
        posts=len(posts.table),
        used=words,
        frequencies=tuple(frequencies),
        fitted=tuple(fitted),
        not_fitted=(*missing, *given_up, *_never_fitted()),
        notes=(*posts.notes, *notes),
        content=content,
        people=people,
        replicates=replicates,
        seed=seed,
        rounds=rounds,
    )


# ---- rates --------------------------------------------------------------------------------------------------------


def fit_rate(counts: Floats, exposures: Floats, groups: np.ndarray | None = None) -> Rate:
    """Rate of counts that vary more than by chance: negative binomial, by maximum likelihood.

    counts: 0 or more; exposures: above 0, such as people reached; groups: counts that may go together, such as a week's

    A post's rate is gamma-distributed about the mean, so that one post seen by millions does not outvote the others.
    The interval is Student's t on the logarithm, with an error that is right whatever the distribution of the counts
    (Huber's sandwich, by groups). If nothing was counted, it ends where nothing would be counted once in twenty.

    >>> rate = fit_rate(np.array([4.0, 6.0, 5.0, 5.0]), np.array([1000.0, 1000.0, 1000.0, 1000.0]))
    >>> round(rate.value, 6), rate.low < 0.005 < rate.high
    (0.005, True)
    """
    events, exposure = float(counts.sum()), float(exposures.sum())
    if events == 0.0:
        upper = -math.log(1.0 - CONFIDENCE) / exposure
        return Rate(0.0, 0.0, upper, counts.size, 0.0, exposure, math.nan, 0.0)

    def loss(point: Floats) -> tuple[float, Floats]:
        """Mean negative log-likelihood, without what does not depend on the point, and its slope."""
        expected, shape = math.exp(point[0]) * exposures, math.exp(-point[1])
        terms = special.gammaln(counts + shape) - special.gammaln(shape) - counts * np.log1p(shape / expected)
        likelihood = float(np.sum(terms - shape * np.log1p(expected / shape)))
        by_rate = float(np.sum((counts - expected) * shape / (shape + expected)))
        by_shape = special.digamma(counts + shape) - special.digamma(shape) - np.log1p(expected / shape)
        by_shape += (expected - counts) / (shape + expected)
        slope = np.array([-by_rate, shape * float(np.sum(by_shape))])
        return -likelihood / counts.size, slope / counts.size

    start = np.array([math.log(events / exposure), math.log(0.3)])
    # beyond these there is no overdispersion, or nothing else
    bounds = [(start[0] - 5.0, start[0] + 5.0), (math.log(1e-6), math.log(1e3))]
    best = optimize.minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds)
    log_rate, spread = float(best.x[0]), math.exp(float(best.x[1]))
    expected = math.exp(log_rate) * exposures
    weights = 1.0 / (1.0 + spread * expected)
    scores: Floats = (counts - expected) * weights
    if groups is not None:
        scores = np.bincount(np.unique(groups, return_inverse=True)[1], weights=scores).astype(np.float64)
    size = scores.size
    if size < 2:
        return Rate(math.exp(log_rate), 0.0, math.inf, counts.size, events, exposure, math.inf, spread)
    error = math.sqrt(float(np.sum(scores**2)) * size / (size - 1)) / float(np.sum(expected * weights))
    # where counts are so few that no group differs, they still are counts
    error = max(error, math.sqrt(1.0 / float(np.sum(expected * weights))) if events < 10 else 0.0)
    reach = float(special.stdtrit(size - 1, 0.5 + CONFIDENCE / 2)) * error
    value = math.exp(log_rate)
    return Rate(
        value,
        value * math.exp(-reach),
        value * math.exp(min(reach, 700.0)),
        counts.size,
        events,
        exposure,
        error,
        spread,
    )


def _posts_for_rates(posts: Posts) -> tuple[pd.DataFrame, pd.DataFrame, str, list[str]]:
    """Posts that rates are fitted to: unpaid ones that ask for nothing, if the file can tell and has enough.

    Returns these, all unpaid ones (what makes people leave is promotion above all), words and notes.
    """
    table, words = posts.table, "posts"
    notes: list[str] = []
    seen = "reach" if posts.has("reach") else "impressions"
    if not posts.has(seen):
        return table.iloc[:0], table.iloc[:0], "no posts, for there is no reach", notes
    if seen == "impressions":
        notes.append("There is no reach: impressions stand for it, so that rates are per time seen.")
    table = table.assign(seen_by=table[seen])
    reached = table[table["seen_by"] > 0]
    if len(reached) < len(table):
        notes.append(
            f"{len(table) - len(reached):,} of {len(table):,} posts reached nobody or do not say whom."
        )
    paid = _paid(reached)
    if paid.any():
        if int((~paid).sum()) >= FEWEST_POSTS:
            reached, words = reached[~paid], f"unpaid {words}"
            notes.append(
                f"{int(paid.sum()):,} paid posts are left out of the rates: who is paid for reacts otherwise."
            )
        else:
            notes.append("Nearly all posts are paid for: the rates are those of paid reach.")
    unpaid = reached
    asking = ~reached["kind"].isin(GIVING)
    if asking.any():
        if int((~asking).sum()) >= FEWEST_POSTS:
            reached, words = reached[~asking], f"{words} that are neither offers nor product posts"
            notes.append(
                f"{int(asking.sum()):,} offers and product posts are left out of the rates, but for leaving."
            )
        else:
            notes.append("Nearly all posts are offers or product posts: the rates are fitted to all of them.")
    return reached, unpaid, f"{len(reached):,} {words}", notes


def _paid(table: pd.DataFrame) -> "pd.Series[bool]":
    paid = pd.Series(False, index=table.index)
    if "paid" in table:
        paid |= table["paid"].fillna(False).astype(bool)
    if "reach_paid" in table:
        paid |= table["reach_paid"].fillna(0.0) > 0.0
    return paid


def _page_rates(
    posts: Posts, used: pd.DataFrame, unpaid: pd.DataFrame, followers: int | None
) -> tuple[dict[Count, Rate], list[NotFitted]]:
    """Rates of the page, and which it does not tell."""
    rates: dict[Count, Rate] = {}
    missing: list[NotFitted] = []
    seen = next((name for name in ("reach_fans", "reach_organic", "reach") if posts.has(name)), None)
    for count, (parameter, words, _) in RATES.items():
        table = unpaid if count == "negative" else used
        nothing = pd.Series(np.nan, index=table.index)
        source = seen if count == "seen" else count
        counts = table[source] if source is not None and posts.has(source) else nothing
        exposures = table.get("seen_by", nothing)
        if count == "seen":
            exposures = table["followers"] if posts.has("followers") else nothing.fillna(followers or np.nan)
        known = counts.notna() & (exposures > 0)
        if int(known.sum()) < FEWEST_POSTS:
            reason = f"only {int(known.sum())} posts tell {words}"
            if table.empty and "seen_by" not in table:
                reason = "the file tells no reach"
            elif counts.isna().all():
                reason = f"the file tells no {'reach' if count == 'seen' else count}"
            elif exposures.isna().all():
                reason = "the number of followers is not known (--followers)"
            missing.append(NotFitted(parameter, reason))
            continue
        weeks = _weeks(table["date"][known]) if posts.has("date") else None
        rate = fit_rate(
            np.asarray(counts[known], np.float64), np.asarray(exposures[known], np.float64), weeks
        )
        if rate.value == 0.0:
            reason = f"none among {rate.exposure:,.0f}: at most {number(rate.high)} {words} in 95 %"
            missing.append(NotFitted(parameter, reason))
        elif count == "seen" and rate.value >= 0.9:
            reason = f"posts are seen by {100 * rate.value:.0f} % of the number of followers: reach is not theirs alone"
            missing.append(NotFitted(parameter, reason))
        else:
            rates[count] = rate
    return rates, missing


def _weeks(dates: "pd.Series[pd.Timestamp]") -> np.ndarray:
    """Number of the week of each date, counted from the first; a week of its own for one that is not known."""
    days = (dates - dates.min()).dt.total_seconds() / 86_400.0
    weeks = np.floor(days.to_numpy(np.float64) / 7.0)
    unknown = np.isnan(weeks)
    weeks[unknown] = -1.0 - np.arange(int(unknown.sum()))
    return weeks


def _frequencies(posts: Posts) -> tuple[list[Frequency], list[NotFitted]]:
    """Posts per week of each kind, over the whole weeks of the file."""
    kinds = posts.table["kind"].replace("", "useful")
    order = [kind for kind in PRESSURE if (kinds == kind).any()]
    reason = ""
    weeks = np.empty(0)
    if not posts.has("date"):
        reason = "the file has no dates"
    else:
        weeks = _weeks(posts.table["date"])
        whole = int(np.max(weeks))  # the last week is not over
        if whole < FEWEST_WEEKS:
            reason = f"the file spans less than {FEWEST_WEEKS} whole weeks"
    found = []
    for kind in order:
        name = "posts" if len(order) == 1 else f"{kind} posts"
        chosen = (kinds == kind).to_numpy()
        rate = None
        if not reason:
            counts = np.bincount(weeks[chosen & (weeks >= 0)].astype(np.int64), minlength=whole + 1)[:whole]
            rate = fit_rate(counts.astype(np.float64), np.ones(whole))
            rate = rate if rate.value > 0.0 else None
        if rate is not None and rate.value > MOST_POSTS_PER_WEEK:
            reason, rate = f"more than {MOST_POSTS_PER_WEEK:.0f} a week: several pages in one file?", None
        found.append(Frequency(name, kind, int(chosen.sum()), rate))
    return found, [NotFitted("brand.series.per_week", reason)] if reason else []


# ---- simulating the page ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Shown:
    """What simulated posts show of a rate: its mean over worlds, the error of that, and how much worlds differ."""

    value: float
    error: float
    between_worlds: float  # relative


class _Simulated:
    """The page in the model: the same posts per week, measured as the page is measured."""

    def __init__(
        self,
        base: Mapping[str, Any],
        replicates: int,
        seed: int,
        workers: int | None,
        progress: Progress | None,
        *,
        fans_only: bool,
    ) -> None:
        self.fans_only = fans_only  # whether the page tells how many of its followers saw a post
        self.base, self.replicates, self.seed = base, replicates, seed
        self.workers = max(1, min(workers or joblib.cpu_count(), replicates))
        self.progress, self.done = progress, 0

    def rates(
        self, values: Mapping[str, float], counts: Collection[Count], *, fresh: bool = False
    ) -> dict[Count, _Shown]:
        """What posts show when parameters have these values; in worlds of their own if fresh."""
        scenario = validate(_with(self.base, values), "the simulated page")
        calm = None
        if "negative" in counts:
            # who leaves for no reason of the posts leaves in this world too
            calm = validate(_with(self.base, {**values, RATES["negative"][0]: 0.0}), "the simulated page")
        first = self.replicates if fresh else 0
        worlds = joblib.Parallel(n_jobs=self.workers, backend="threading", return_as="generator")(
            joblib.delayed(_one_world)(scenario, calm, number, self.seed, self.fans_only)
            for number in range(first, first + self.replicates)
        )
        tables = []
        for table in worlds:
            tables.append(table)
            self.done += 1
            if self.progress is not None:
                self.progress(self.done, (MOST_ROUNDS + 1) * self.replicates)
        return {count: _shown([_simulated_rate(table, count) for table in tables]) for count in counts}


@dataclass(frozen=True, eq=False)
class _World:
    """What one simulated page shows: its posts, and what is known of all of them together."""

    posts: pd.DataFrame  # that ask for nothing, if there are any
    negative: float  # upon all posts; so the next three
    seen: float  # times: by followers on the page, or by anybody
    reach: float
    followers: float  # summed over posts


def _one_world(scenario: Scenario, calm: Scenario | None, number: int, seed: int, fans_only: bool) -> _World:
    run = simulate(scenario, number, seed=seed)
    posts = simulated_posts(run, from_day=WARM_UP_DAYS)
    giving = posts["kind"].isin(GIVING)
    negative = math.nan
    if calm is not None:
        other = simulate(calm, number, seed=seed)
        acts = [Tally.HIDES, Tally.UNFOLLOWS, Tally.COMPLAINTS]
        negative = float(run.tally[WARM_UP_DAYS:, 0, acts].sum() - other.tally[WARM_UP_DAYS:, 0, acts].sum())
    owned = run.tally[WARM_UP_DAYS:, 0, Tally.IMPRESSIONS_OWNED]
    reach, followers = float(posts["reach"].sum()), float(posts["followers"].sum())
    seen = float(owned.sum()) if fans_only else reach
    return _World(posts[giving] if giving.any() else posts, negative, seen, reach, followers)


def _simulated_rate(world: _World, count: Count) -> tuple[float, float]:
    """Rate of one world and the standard error that its posts give it."""
    reach = world.posts["reach"].to_numpy(np.float64)
    if count in ("negative", "seen"):
        # known of all posts together only
        events = world.negative if count == "negative" else world.seen
        per = world.reach if count == "negative" else world.followers
        return (events / per, math.sqrt(abs(events)) / per) if per > 0 else (math.nan, math.nan)
    if not reach.any():
        return math.nan, math.nan
    rate = fit_rate(world.posts[count].to_numpy(np.float64)[reach > 0], reach[reach > 0])
    return rate.value, 0.0 if math.isnan(rate.log_error) else rate.value * rate.log_error


def _shown(worlds: list[tuple[float, float]]) -> _Shown:
    """Mean over worlds; what worlds differ by beyond the chance of their posts (method of moments)."""
    values, errors = (np.array(column) for column in zip(*worlds, strict=True))
    known = np.isfinite(values)
    values, errors = values[known], errors[known]
    if values.size < 2 or values.mean() <= 0.0:
        return _Shown(float(values.mean()) if values.size else math.nan, math.nan, math.nan)
    mean, variance = float(values.mean()), float(values.var(ddof=1))
    beyond = max(0.0, variance - float(np.mean(errors**2)))
    return _Shown(mean, math.sqrt(variance / values.size), math.sqrt(beyond) / mean)


def _with(base: Mapping[str, Any], values: Mapping[str, float]) -> dict[str, Any]:
    """Plain content of a scenario with parameters `section.name` set."""
    content = {name: dict(inner) if isinstance(inner, Mapping) else inner for name, inner in base.items()}
    for path, value in values.items():
        section, name = path.split(".")
        content[section] = {**content.get(section, {}), name: value}
    return content


# ---- fitting ------------------------------------------------------------------------------------------------------


def _fit(page: Mapping[Count, Rate], simulated: _Simulated) -> tuple[list[Fitted], list[NotFitted], int]:
    """Move parameters until simulated posts show the page's rates; then look at worlds that were not fitted on."""
    known = {one.path: one for one in parameters()}
    info = {count: known[RATES[count][0]] for count in page}
    values = {count: _start(count, rate, info[count]) for count, rate in page.items()}
    given_up: list[NotFitted] = []
    rounds, close = 0, not page
    while rounds < MOST_ROUNDS and not close:
        rounds += 1
        here = simulated.rates({info[count].path: value for count, value in values.items()}, values)
        close = True
        for count in list(values):
            reason = _hopeless(here[count], values[count], info[count], simulated.base)
            if reason:
                given_up.append(NotFitted(info[count].path, reason))
                del values[count]
                close = False
                continue
            off = math.log(page[count].value / here[count].value)
            error = math.hypot(page[count].log_error, here[count].error / here[count].value)
            if abs(off) > max(CLOSE_ENOUGH, 0.25 * error):
                close = False
                values[count] = _within(info[count], values[count] * math.exp(RATES[count][2] * off))
    if not values:
        return [], given_up, rounds
    check = simulated.rates({info[count].path: value for count, value in values.items()}, values, fresh=True)
    fitted = []
    for count, value in values.items():
        shown_here, rate = check[count], page[count]
        if not close and abs(math.log(rate.value / shown_here.value)) > 3 * (
            rate.log_error + shown_here.error
        ):
            reason = f"simulated posts never show it: {number(shown_here.value)} against {number(rate.value)}"
            given_up.append(NotFitted(info[count].path, reason))
            continue
        fitted.append(_fitted(count, value, rate, shown_here, info[count]))
    return fitted, given_up, rounds


def _start(count: Count, rate: Rate, info: ParameterInfo) -> float:
    """First guess: a chance is near its rate; the inflow stays what it was."""
    return float(info.default) if count in ("seen", "negative") else _within(info, rate.value)


def _within(info: ParameterInfo, value: float) -> float:
    assert info.low is not None
    assert info.high is not None
    return min(max(value, info.low + 1e-12), info.high)


def _hopeless(shown_here: _Shown, value: float, info: ParameterInfo, base: Mapping[str, Any]) -> str:
    """Why a parameter cannot be fitted, in words; empty if it can."""
    people = base["world"]["people"]
    if not shown_here.value > 0.0:
        return f"simulated posts show none of it among {people:,} people; more --people or --replicates may"
    if math.isnan(shown_here.error) or shown_here.error > 0.5 * shown_here.value:
        return f"it is too rare to be measured among {people:,} people; more --people or --replicates help"
    if info.high is not None and value >= info.high:
        return f"not even the largest value, {info.high:g}, shows the page's rate"
    return ""


def _fitted(count: Count, value: float, rate: Rate, shown_here: _Shown, info: ParameterInfo) -> Fitted:
    """A parameter with the interval that page, simulation and the difference of worlds leave."""
    error = math.sqrt(
        rate.log_error**2 + 2.0 * (shown_here.error / shown_here.value) ** 2 + shown_here.between_worlds**2
    )
    # Student's t of the page, as its interval has it
    times = math.log(rate.high / rate.value) / rate.log_error
    low, high = (_within(info, value * math.exp(sign * min(times * error, 50.0))) for sign in (-1.0, 1.0))
    return Fitted(
        parameter=info.path,
        meaning=info.meaning,
        value=value,
        low=low,
        high=high,
        default=float(info.default),
        plausible=info.plausible,
        measured=RATES[count][1],
        page=rate,
        simulated=shown_here.value,
        simulated_error=shown_here.error,
        between_worlds=shown_here.between_worlds,
    )


def _never_fitted() -> list[NotFitted]:
    return [
        NotFitted(
            "brand.series.value",
            "posts that are worth more and a lower chance of sharing show the same; it stays, and the chance is fitted",
        ),
        NotFitted("brand.series.pressure", "taken by kind from the schema's source, not from this page"),
    ]


def _remarks(fitted: list[Fitted], frequencies: list[Frequency]) -> list[str]:
    notes = [
        f"{one.parameter} = {number(one.value)} lies outside the range that the evidence gives, "
        f"{one.plausible[0]:g} to {one.plausible[1]:g}."
        for one in fitted
        if one.plausible is not None and not one.is_plausible
    ]
    if len(frequencies) == 1 and frequencies[0].name == "posts":
        notes.append("The kinds of posts are not known: all are taken as useful ones that ask for nothing.")
    return notes


# ---- the fitted scenario ------------------------------------------------------------------------------------------


def _series(frequencies: Collection[Frequency]) -> list[dict[str, Any]]:
    series = []
    for one in frequencies:
        entry: dict[str, Any] = {"name": one.name, "kind": one.kind}
        if one.per_week is not None:
            entry["per_week"] = _rounded(one.per_week.value)
        if PRESSURE[one.kind] > 0.0:
            entry["pressure"] = PRESSURE[one.kind]
        series.append(entry)
    return series


def _base(frequencies: Collection[Frequency], people: int) -> dict[str, Any]:
    """The page in the model, before anything is fitted; everyday talk is an inflow, which is exact and quick."""
    return {
        "world": {"people": people},
        "clock": {"days": WARM_UP_DAYS + MEASURED_DAYS},
        "attention": {"background": "rate"},
        "brand": {"series": _series(frequencies)},
    }


def _content(posts: Posts, frequencies: Collection[Frequency], fitted: Collection[Fitted]) -> dict[str, Any]:
    title = f"The page of {posts.name}, as its own posts show it"[:200]
    content: dict[str, Any] = {"title": title, "brand": {"series": _series(frequencies)}}
    return _with(content, {one.parameter: _rounded(one.value) for one in fitted})


def fitted_toml(calibration: Calibration) -> str:
    """Scenario file of a fitted page: what was fitted to what, in plain words, then only what differs."""
    lines = [
        f"Fitted to {calibration.posts:,} posts of {calibration.page} by `worthsharing calibrate`.",
        f"Rates rest on {calibration.used}. Intervals hold with 95 % confidence each.",
        "",
        "What was fitted to what:",
    ]
    for frequency in calibration.frequencies:
        rate = frequency.per_week
        if rate is not None:
            lines.append(
                f"- {frequency.name}: {number(rate.value)} a week ({_interval(rate)}), {frequency.posts:,} posts "
                f"in {rate.counts:,} whole weeks."
            )
    for one in calibration.fitted:
        lines.append(
            f"- {one.parameter} = {number(one.value)} ({number(one.low)} to {number(one.high)}; default "
            f"{number(one.default)}), so that simulated posts show the page's {one.measured}: "
            f"{number(one.page.value)} ({_interval(one.page)}) over {one.page.counts:,} posts; simulated "
            f"{number(one.simulated)}."
        )
    lines += ["", "What was not fitted, and stays as it was:"]
    lines += [f"- {one.parameter}: {one.reason}." for one in calibration.not_fitted]
    if calibration.notes:
        lines += ["", "To be known:"] + [f"- {note}" for note in calibration.notes]
    head = "\n".join(f"# {_one_line(line)}".rstrip() for line in lines)
    return f"#:schema ./scenario.schema.json\n{head}\n\n{tomli_w.dumps(calibration.content)}"


def _one_line(text: str) -> str:
    """Text that can stand in a comment: names of columns and values are somebody else's."""
    return "".join(character if character.isprintable() else " " for character in text)


def rows_of(calibration: Calibration) -> list[tuple[str, str, str, str, str, str, str]]:
    """Rows of a table for people: parameter, measured rate, value and interval, default, page and interval, simulated."""
    rows = []
    for frequency in calibration.frequencies:
        if (rate := frequency.per_week) is not None:
            words = f"{frequency.posts:,} {frequency.name}, {rate.counts:,} whole weeks"
            value, interval = number(rate.value), _interval(rate)
            rows.append(
                ("brand.series.per_week", words, value, interval, "5", f"{value}\n{interval}", "the same")
            )
    for one in calibration.fitted:
        rows.append(
            (
                one.parameter,
                one.measured,
                number(one.value),
                f"{number(one.low)} to {number(one.high)}",
                number(one.default),
                f"{number(one.page.value)}\n{_interval(one.page)}",
                f"{number(one.simulated)}\n± {number(one.simulated_error)}",
            )
        )
    return rows


def calibration_document(calibration: Calibration, command: str) -> dict[str, Any]:
    """Everything that `calibrate` has to say, as plain values."""
    return {
        "command": command,
        **asdict(calibration),
        "scenario": fitted_toml(calibration),
        "provenance": provenance(),
    }


def write_calibration(
    folder: str | Path, calibration: Calibration, command: str, posts_file: str | Path
) -> list[Path]:
    """Write the scenario, the document and a manifest into a folder, and return the files.

    Raises `InputError` when the folder cannot be written to, or when there is a scenario that another page was fitted to
    """
    path = check_folder(folder)
    contents = {
        FITTED: fitted_toml(calibration),
        DOCUMENT: to_json(calibration_document(calibration, command)),
    }
    manifest = {
        "command": command,
        "posts_sha256": hashlib.sha256(Path(posts_file).read_bytes()).hexdigest(),
        "provenance": provenance(),
        "files": {name: hashlib.sha256(text.encode()).hexdigest() for name, text in contents.items()},
    }
    contents[MANIFEST] = to_json(manifest)
    for name, text in contents.items():
        try:
            (path / name).write_text(text, encoding="utf-8", newline="\n")
        except OSError as error:
            reason = error.strerror or str(error)
            raise InputError(
                str(path / name), f"cannot be written: {reason}", "choose another --out"
            ) from None
    return [path / name for name in contents]


# ---- numbers ------------------------------------------------------------------------------------------------------


def _check_worlds(people: int, replicates: int) -> None:
    if not 1000 <= people <= 2_000_000:
        raise InputError("--people", f"{people} is out of bounds", "a whole number from 1,000 to 2,000,000")
    if not 2 <= replicates <= 10_000:
        raise InputError("--replicates", f"{replicates} is out of bounds", "a whole number from 2 to 10,000")


def _rounded(value: float) -> float:
    """Four digits: more would claim what no page can tell."""
    return float(f"{value:.4g}")


def number(value: float) -> str:
    """Show a number in three digits, small ones in two.

    >>> number(30000), number(0.0255), number(0.00081)
    ('30,000', '0.0255', '0.00081')
    """
    return shown(value, decimals_for(value)) if abs(value) >= 0.01 or value == 0 else f"{value:.2g}"


def _interval(rate: Rate) -> str:
    return f"{number(rate.low)} to {number(rate.high)}"
