"""What analyses of many settings found, in sentences, in tables, and as one self-contained HTML page."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from worthsharing.experiments.analyses import (
    Box,
    Convergence,
    Crossing,
    Decomposition,
    Discovery,
    Proportion,
    Screening,
    Sensitivity,
    Tipping,
    Varied,
)
from worthsharing.experiments.analysis_figures import (
    BOX_HELP,
    MAP_HELP,
    SHARES_HELP,
    SHOWN,
    TORNADO_HELP,
    box_figure,
    box_height,
    cut,
    cut_interval,
    limit_words,
    map_figure,
    percent,
    rows_height,
    shares_figure,
    tornado_figure,
    value_words,
)
from worthsharing.experiments.figures import plain, split_by_names
from worthsharing.experiments.ledger import GUESSED
from worthsharing.experiments.page import Table, in_both_themes, render_page
from worthsharing.experiments.summary import (
    counted,
    decimals_for,
    guessed,
    in_unit,
    shown,
    shown_interval,
    signed,
)

MAP_HEIGHT = 560
PLAIN_UNITS = (
    "",
    "share",
    "factor",
    "probability",
    "value",
    "worth",
    "attitude",
    "ratio",
    "weight",
)  # say nothing more
SAME_WAY = 0.9  # of the size of an effect, that its sign explains, to call it one way


class Chart(NamedTuple):
    """One picture with everything that explains it."""

    id: str
    title: str
    sentence: str
    reading: str
    table: Table
    height: int
    figures: dict[str, Any]  # in both themes


# ---- sensitivity, in words ------------------------------------------------------------------------------------------


def outcome_words(label: str, names: Sequence[str]) -> str:
    """What the outcome is: a measure of a scenario, or its difference between two."""
    what = label[:1].lower() + label[1:]
    if len(names) == 2:
        return f"the difference in {what} ({plain(names[1])} minus {plain(names[0])})"
    return f"{what} of {plain(names[0])}"


def sensitivity_sentences(found: Sensitivity) -> list[str]:
    """The answer of a sensitivity analysis, the most important first."""
    said = []
    outcome = outcome_words(found.label, found.names)
    if found.screening is not None:
        said += _screening_sentences(found.screening, outcome, found.unit, found.replicates)
    if found.decomposition is not None:
        said += _decomposition_sentences(found.decomposition, outcome, found.unit, found.replicates)
    return said


def _screening_sentences(screening: Screening, outcome: str, unit: str, replicates: int) -> list[str]:
    first = screening.effects[0]
    if first.size == 0.0:
        return [f"Nothing that was varied moves {outcome}."]
    digits = decimals_for(first.size)
    guess = " (a guess)" if first.parameter.grade in GUESSED else ""
    size = in_unit(shown(first.size, digits), unit)
    said = [
        (
            f"What moves {outcome} most is {first.parameter.short}{guess}: from one end of its plausible range to the other "
            f"by {size} on average ({shown_interval(first.size_low, first.size_high, digits)}), {_direction(first)}."
        )
    ]
    others = [one for one in screening.effects[1:4] if one.size > screening.floor]
    if others:
        named = [f"{one.parameter.short} ({shown(one.size, digits)})" for one in others]
        said.append(f"Next: {_listed(named)}.")
    said.append(_luck_sentence(screening, unit, replicates))
    said.append(convergence_sentence(screening.convergence, "trajectories", shares=False))
    return said


def _direction(effect: Any) -> str:
    if effect.signed_low > 0.0:
        return "rising with it"
    if effect.signed_high < 0.0:
        return "falling as it rises"
    if abs(effect.signed) >= SAME_WAY * effect.size:
        return f"{'rising with it' if effect.signed > 0.0 else 'falling as it rises'}, as far as this sample tells"
    return "up in some settings and down in others"


def _luck_sentence(screening: Screening, unit: str, replicates: int) -> str:
    luck = screening.luck
    if math.isnan(luck.of_one_world):
        return "How much luck does cannot be said from one world a setting: take more replicates."
    digits = decimals_for(luck.spread)
    beyond = sum(one.size > screening.floor for one in screening.effects)
    return (
        f"Luck: of the variance of what a single world says, {percent(luck.of_one_world)} is luck rather than the "
        "setting (a "
        f"spread of {in_unit(shown(luck.spread, digits), unit)} between worlds), and of the means over "
        f"{counted(replicates, 'world')} {percent(luck.of_the_mean)}. Luck alone would show effects of about "
        f"{shown(screening.floor, digits)}; {beyond} of {counted(len(screening.effects), 'parameter')} "
        f"{'shows' if beyond == 1 else 'show'} more."
    )


def _decomposition_sentences(found: Decomposition, outcome: str, unit: str, replicates: int) -> list[str]:
    first = found.shares[0]
    if found.deviation == 0.0:
        return [f"Nothing that was varied moves {outcome}."]
    alone = sum(max(0.0, share.alone) for share in found.shares)
    said = [
        (
            f"When {counted(len(found.shares), 'parameter')} vary together, {first.parameter.short} accounts for "
            f"{percent(cut(first.total))} of the variance of {outcome} "
            f"({cut_interval(first.total_low, first.total_high)}), by "
            f"itself for {percent(cut(first.alone))} ({cut_interval(first.alone_low, first.alone_high)}); all by "
            f"themselves together for {percent(min(1.0, alone))}, the rest is what they do jointly, and luck."
        )
    ]
    luck = found.luck
    if not math.isnan(luck.of_one_world):
        said.append(
            f"Luck is {percent(luck.of_one_world)} of the variance of a single world's outcome there, and "
            f"{percent(luck.of_the_mean)} of that of the means over {counted(replicates, 'world')}."
        )
    said.append(convergence_sentence(found.convergence, "base settings", shares=True))
    return said


def convergence_sentence(found: Convergence, sample: str, *, shares: bool) -> str:
    """Say whether the ranking is stable, and whether the sizes can be believed."""
    same = set(found.leaders) == set(found.leaders_at_half)
    rank = f"agreement of the rankings {shown(found.agreement, 2)} of 1"
    count = {1: "one", 2: "two", 3: "three"}.get(len(found.leaders), str(len(found.leaders)))
    half = "the same" if same else "others"
    stable = (
        f"{'The ranking is stable' if found.stable else 'The ranking is not stable yet'}: with half of the {sample} the "
        f"{count} strongest are {half} ({rank})"
    )
    reach = f"±{percent(found.widest)}" + ("" if shares else " of the largest effect")
    wide = (
        f"; the widest interval of these is {reach}"
        if found.narrow
        else f", but the intervals are wide (up to {reach}): take more {sample} before believing the sizes"
    )
    return f"{stable}{wide if found.stable or found.narrow else f'; intervals reach {reach}: take more {sample}'}."


def effects_table(screening: Screening, unit: str) -> Table:
    """Every screened parameter with its effects and intervals."""
    digits = decimals_for(screening.effects[0].size) if screening.effects else 0
    rows = tuple(
        (
            _named(one.parameter),
            _range_words(one.parameter),
            one.parameter.grade,
            f"{shown(one.size, digits)} ({shown_interval(one.size_low, one.size_high, digits)})",
            f"{signed(one.signed, digits)} ({shown_interval(one.signed_low, one.signed_high, digits)})",
            shown(one.spread, digits),
            shown(one.size_at_half, digits),
        )
        for one in screening.effects
    )
    caption = (
        f"Effects over the whole plausible range, in {unit}, with 95 % intervals; {screening.trajectories} trajectories, "
        f"{screening.settings:,} settings"
    )
    header = (
        "Parameter", "Plausible range", "Grade", "Size of the effect", "With its sign", "Spread of effects", "Size at half",
    )  # fmt: skip
    return Table(caption, header, rows)


def shares_table(found: Decomposition) -> Table:
    """Every parameter of the decomposition with its shares and intervals, luck last."""
    rows = [
        (
            _named(one.parameter),
            _range_words(one.parameter),
            one.parameter.grade,
            f"{percent(cut(one.alone))} ({cut_interval(one.alone_low, one.alone_high)})",
            f"{percent(cut(one.total))} ({cut_interval(one.total_low, one.total_high)})",
            percent(cut(one.total_at_half)),
        )
        for one in found.shares
    ]
    rows.append(("Luck left in the means", "–", "–", percent(found.luck.of_the_mean), "–", "–"))
    caption = (
        f"Shares of the variance, with 95 % intervals; {found.base} base settings, {found.settings:,} in all"
    )
    header = ("Parameter", "Plausible range", "Grade", "Alone", "With all others", "At half of the sample")
    return Table(caption, header, tuple(rows))


def sensitivity_charts(found: Sensitivity) -> list[Chart]:
    """Pictures of a sensitivity analysis."""
    charts = []
    paired = len(found.names) == 2
    if found.screening is not None:
        screening = found.screening
        more = len(screening.effects) - SHOWN
        rest = f" The table has the other {more}." if more > 0 else ""
        charts.append(
            Chart(
                "tornado",
                "What moves it",
                f"The {min(SHOWN, len(screening.effects))} strongest of "
                f"{counted(len(screening.effects), 'parameter')}, each from the low to the high end of its "
                f"plausible range, averaged over settings of all the others.{rest}",
                TORNADO_HELP,
                effects_table(screening, found.unit),
                rows_height(min(SHOWN, len(screening.effects))),
                in_both_themes(
                    tornado_figure(screening, found.unit, paired=paired),
                    tornado_figure(screening, found.unit, paired=paired, theme="dark"),
                ),
            )
        )
    if found.decomposition is not None:
        shares = found.decomposition
        charts.append(
            Chart(
                "shares",
                "How much of the variance each makes",
                f"{counted(len(shares.shares), 'parameter')} drawn at random together; the others stay as the "
                "scenarios have them. "
                f"The outcome varies by {in_unit(shown(shares.deviation, decimals_for(shares.deviation)), found.unit)} "
                f"(standard deviation) around {signed(shares.mean, decimals_for(shares.mean))}.",
                SHARES_HELP,
                shares_table(shares),
                rows_height(min(SHOWN, len(shares.shares)) + 1),
                in_both_themes(shares_figure(shares), shares_figure(shares, theme="dark")),
            )
        )
    return charts


# ---- discovery, in words --------------------------------------------------------------------------------------------


def discovery_sentences(found: Discovery) -> list[str]:
    """The answer to where the second scenario beats the first, the most important first."""
    a, b = (plain(name) for name in found.names)
    label = found.label[:1].lower() + found.label[1:]
    many = f"{found.settings:,} plausible settings"
    wins = found.wins
    if found.reading == "always":
        said = [
            (
                f"{b} beats {a} in {label} in all of {many}; so with 95 % confidence in at least {_floor(wins.low)} of all "
                "there could be. There is no box to look for."
            )
        ]
    elif found.reading == "never":
        said = [
            (
                f"{b} beats {a} in {label} in none of {many}; so with 95 % confidence in at most {_ceiling(wins.high)} of "
                "all there could be. There is no box to look for."
            )
        ]
    else:
        said = [box_sentence(box, b, wins, first=not place) for place, box in enumerate(found.boxes)]
        if not found.boxes:
            said.append(
                f"No few limits tell where {b} beats {a} in {label}: what looked like a box in one half of the settings did "
                "not do better than chance in the other. Fewer --parameters, or more --points, may show one."
            )
        said.append(
            f"Over {many}, {b} beats {a} in {label} in {share_words(wins)}, by the mean of its worlds."
        )
    clear, against = found.clear_wins, found.clear_losses
    if found.replicates > 1:
        said.append(
            f"Counting only settings whose {found.replicates} worlds leave no doubt, {b} wins in {percent(clear.share)} and "
            f"{a} in {percent(against.share)}; {percent(1.0 - clear.share - against.share)} are not clear."
        )
    if found.tipping is not None:
        said.append(tipping_sentence(found.tipping, found.names))
    return said


def box_sentence(box: Box, winner: str, everywhere: Proportion, *, first: bool = True) -> str:
    """Where the winner wins, how much of its wins that covers, and how often it is right; winner: as people write it."""
    limits = _listed([f"{side.parameter.short} {_limit_sentence(side)}" for side in box.sides])
    begin = f"{winner} wins when" if first else "It also wins when"
    return (
        f"{begin} {limits}: that covers {share_words(box.coverage)} of its wins and is right in {share_words(box.density)}, "
        f"against {percent(everywhere.share)} everywhere; both counted in the half of the settings that had no part in "
        "finding it."
    )


def _limit_sentence(side: Any) -> str:
    words = f"{limit_words(side)} {_unit(side.parameter)}".rstrip()
    return words if words[0] in "<>" else f"is {words}"


def tipping_sentence(found: Tipping, names: Sequence[str]) -> str:
    """What the map says."""
    a, b = (plain(name) for name in names)
    head = (
        f"Over {found.x.short} and {found.y.short}, all else as it is: {b} is ahead for sure in "
        f"{percent(found.b_better)} of "
        f"the plane, {a} in {percent(found.a_better)}, and {percent(found.cannot_tell)} cannot be told"
    )
    crossing = next(
        (one for one in sorted(found.crossings, key=_from_middle(found)) if one.at is not None), None
    )
    if crossing is None or crossing.at is None:
        return f"{head}; they do not break even in it."
    return (
        f"{head}. Where {found.x.short} is {value_words(crossing.x)}, they break even at {found.y.short} "
        f"{value_words(crossing.at)} ({_crossing_interval(crossing)})."
    )


def _from_middle(found: Tipping) -> Any:
    middle = found.x.default if found.x.default is not None else found.xs[len(found.xs) // 2]
    return lambda crossing: abs(crossing.x - middle)


def _crossing_interval(crossing: Crossing) -> str:
    if crossing.low is None and crossing.high is None:
        return "not bounded in this plane"
    if crossing.low is None:
        return f"at most {value_words(crossing.high or 0.0)}"
    if crossing.high is None:
        return f"at least {value_words(crossing.low)}"
    return f"{value_words(crossing.low)} to {value_words(crossing.high)}"


def box_table(box: Box) -> Table:
    """Limits of a box, one parameter a row."""
    rows = tuple(
        (
            _named(side.parameter),
            limit_words(side),
            _unit(side.parameter),
            _range_words(side.parameter),
            "–" if side.parameter.default is None else value_words(side.parameter.default),
            side.parameter.grade,
        )
        for side in box.sides
    )
    caption = (
        f"Covers {share_words(box.coverage)} of the wins, right in {share_words(box.density)} (in the half of the "
        "settings that "
        "had no part in finding it)"
    )
    return Table(caption, ("Parameter", "Wins where", "Unit", "Plausible range", "Default", "Grade"), rows)


def tipping_table(found: Tipping, names: Sequence[str]) -> Table:
    """Where both break even, at some values of x."""
    a, b = (plain(name) for name in names)
    ahead = {"a": f"nowhere: {a} is ahead throughout", "b": f"nowhere: {b} is ahead throughout"}
    rows = tuple(
        (
            value_words(one.x),
            ahead.get(one.throughout, "cannot be told") if one.at is None else value_words(one.at),
            "–" if one.at is None else _crossing_interval(one),
        )
        for one in found.crossings
    )
    caption = (
        f"Break-even in {found.y.short}; left out of the fit, {percent(found.left_out)} of the {len(found.settings)} "
        "settings "
        "lie within their 95 % interval"
    )
    return Table(caption, (_capital(found.x.short), f"Break-even: {found.y.short}", "95 % interval"), rows)


def discovery_charts(found: Discovery) -> list[Chart]:
    """Pictures of where the second scenario wins."""
    charts = []
    for place, box in enumerate(found.boxes, start=1):
        title = f"Where {plain(found.names[1])} wins" if place == 1 else f"Where it wins too ({place})"
        charts.append(
            Chart(
                f"box-{place}",
                title,
                f"Right in {share_words(box.density)} of the settings inside; covers {share_words(box.coverage)} of "
                "the wins.",
                BOX_HELP,
                box_table(box),
                box_height(box),
                in_both_themes(box_figure(box), box_figure(box, theme="dark")),
            )
        )
    if found.tipping is not None:
        arguments = found.tipping, found.names, found.unit, found.better
        charts.append(
            Chart(
                "map",
                "Tipping map",
                tipping_sentence(found.tipping, found.names),
                MAP_HELP,
                tipping_table(found.tipping, found.names),
                MAP_HEIGHT,
                in_both_themes(
                    map_figure(*arguments, height=MAP_HEIGHT),
                    map_figure(*arguments, theme="dark", height=MAP_HEIGHT),
                ),
            )
        )
    return charts


def share_words(one: Proportion) -> str:
    """Share with its interval: 83 % (74 to 90 %)."""
    return f"{percent(one.share)} ({100 * one.low:.0f} to {percent(one.high)})"


def _floor(share: float) -> str:
    return f"{math.floor(1000 * share) / 10:.1f} %"


def _ceiling(share: float) -> str:
    return f"{math.ceil(1000 * share) / 10:.1f} %"


# ---- pages ----------------------------------------------------------------------------------------------------------


def render_sensitivity(found: Sensitivity, command: str, provenance: Mapping[str, str]) -> str:
    """Render the page of a sensitivity analysis; the same answer gives the same bytes."""
    what = f"What moves {found.label[:1].lower() + found.label[1:]}"
    heading: list[tuple[str, int | None]] = [(f"{what}: ", None), (plain(found.names[0]), 0)]
    if len(found.names) == 2:
        heading = [
            (f"{what}, ", None),
            (plain(found.names[1]), 1),
            (" against ", None),
            (plain(found.names[0]), 0),
        ]
        heading.append(("?", None))
    settings = sum(part.settings for part in (found.screening, found.decomposition) if part is not None)
    return _render(
        found,
        "Sensitivity analysis",
        heading,
        sensitivity_sentences(found),
        sensitivity_charts(found),
        settings,
        command,
        provenance,
    )


def render_discovery(found: Discovery, command: str, provenance: Mapping[str, str]) -> str:
    """Render the page of a discovery; the same answer gives the same bytes."""
    heading: list[tuple[str, int | None]] = [
        ("Where does ", None),
        (plain(found.names[1]), 1),
        (" beat ", None),
        (plain(found.names[0]), 0),
        (f" in {found.label[:1].lower() + found.label[1:]}?", None),
    ]
    return _render(
        found,
        "Scenario discovery",
        heading,
        discovery_sentences(found),
        discovery_charts(found),
        found.settings + (len(found.tipping.settings) if found.tipping is not None else 0),
        command,
        provenance,
    )


def _render(
    found: Sensitivity | Discovery,
    eyebrow: str,
    heading: Sequence[tuple[str, int | None]],
    sentences: Sequence[str],
    charts: Sequence[Chart],
    settings: int,
    command: str,
    provenance: Mapping[str, str],
) -> str:
    guesses = sum(one.grade in GUESSED for one in found.varied)
    whole = "its plausible range" if len(found.varied) == 1 else "their plausible ranges"
    effort = "Both sides spend the same everywhere. " if found.equal_effort else ""
    return render_page(
        "analysis.html",
        {chart.id: chart.figures for chart in charts},
        styles=("report.css", "analysis.css"),
        title="".join(text for text, _ in heading),
        eyebrow=eyebrow,
        heading=heading,
        place={name: place for place, name in enumerate(found.names)},
        sentences=[split_by_names(sentence, found.names) for sentence in sentences],
        charts=charts,
        notes=found.notes,
        searched=f"{counted(len(found.varied), 'parameter')} over {whole}, {guessed(guesses)} (grade "
        f"{' or '.join(GUESSED)}). {effort}A share of settings is a share of what is thought plausible, not a probability.",
        ranges=ranges_table(found.varied),
        command=command,
        facts=[
            *(
                (letter, plain(name))
                for letter, name in zip("AB", found.names, strict=False)
                if len(found.names) > 1
            ),
            ("Settings", f"{settings:,}"),
            ("Worlds each", f"{found.replicates:,}"),
            ("Runs", f"{found.runs:,}"),
            ("Effort", "equal" if found.equal_effort else "as written"),
            ("Seed", str(found.seed)),
        ],
        versions=sorted((str(key), str(value)) for key, value in provenance.items()),
    )


def ranges_table(varied: Sequence[Varied]) -> Table:
    """Every parameter that varied, with its range and grade."""
    rows = tuple(
        (
            _named(one),
            _range_words(one),
            "log-uniform" if one.log else "uniform",
            "–" if one.default is None else value_words(one.default),
            f"{one.grade}{', a guess' if one.grade in GUESSED else ''}" or "–",
        )
        for one in varied
    )
    return Table(
        "Parameters and their plausible ranges",
        ("Parameter", "Range", "Weighting", "Otherwise", "Grade"),
        rows,
    )


def _named(one: Varied) -> str:
    return f"{_capital(one.short)} ({one.path})"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _range_words(one: Varied) -> str:
    return f"{value_words(one.low)} to {value_words(one.high)} {_unit(one)}".rstrip()


def _unit(one: Varied) -> str:
    """Unit of a parameter, if it says anything beside its number."""
    return "" if one.unit in PLAIN_UNITS else one.unit


def _listed(parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
