"""In which settings two scenarios differ: changes that can be made one by one; what makes no sense alone is one change."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from worthsharing.sim.scenario import Brand, Scenario, Series, parameters, validate

# settings that stay together, by the path of the scenario, as (label, paths): alone they make no sense, or no valid scenario
TOGETHER: Mapping[str, tuple[str, ...]] = {
    "visits and step": ("attention.visits_per_day", "clock.step_hours"),
    "ways of leaving": ("leaving.silent", "leaving.hide", "leaving.tell_friends"),
    "how experiences are made easy to tell": ("brand.experience_ease", "brand.care_hours_per_week"),
    "how the brand answers": (
        "brand.answer_hours_per_week",
        "brand.answer_from_day",
        "brand.answer_until_day",
        "brand.complaint_policy",
        "brand.likes_customers",
    ),
    "first customers": (
        "brand.first_customers",
        "brand.first_customers_by",
        "brand.first_customers_listed",
    ),
    "first sharers": ("brand.first_sharers", "brand.first_sharers_by", "brand.first_sharers_listed"),
}
# the same of one series
TOGETHER_IN_SERIES: Mapping[str, tuple[str, ...]] = {
    "kind of posts": ("kind", "name", "topic", "arousal"),
    "how often it posts": ("per_week", "from_day", "until_day"),
    "reward": ("reward", "reward_chance", "reward_visible", "reward_both", "rewards_per_post"),
}
WHOLE = {"world": "people and their ties", "rivals": "rivals", "events": "events"}  # changed as one
OF_THE_PRODUCT = (  # a silent brand has these too; everything else of it belongs to being silent
    "name",
    "quality",
    "first_customers",
    "first_customers_by",
    "first_customers_listed",
    "known_outside",
)
MOST_LETTERS = 60  # of a value that is shown


@dataclass(frozen=True, eq=False)
class Change:
    """One change on the way from A to B: what it is, and what it does to the plain content of a scenario.

    said: what it is in A and in B
    """

    id: str
    label: str
    meaning: str
    said: str
    make: Callable[[dict[str, Any]], None]


def changes_between(a: Scenario, b: Scenario) -> tuple[Change, ...]:
    """Changes that make B of A, each by itself or with any others; titles are none."""
    before, after = a.model_dump(), b.model_dump()
    silent = a.brand.silent != b.brand.silent
    same_topics = before["worth"]["topics"] == after["worth"]["topics"]
    grouped: dict[str, list[str]] = {}
    changes: list[Change] = []
    for section in Scenario.model_fields:
        if section in ("title", "claim") or before[section] == after[section]:
            continue
        if section in WHOLE:
            changes.append(_whole(section, WHOLE[section], before, after))
            continue
        for name in before[section]:
            path = f"{section}.{name}"
            if before[section][name] == after[section][name]:
                continue
            if silent and section == "brand" and name not in OF_THE_PRODUCT:
                grouped.setdefault("publishing at all", []).append(path)
            elif path == "brand.series":
                changes += _series_changes(a.brand, b.brand, own_topics=same_topics)
            else:
                group = next((label for label, paths in TOGETHER.items() if path in paths), path)
                grouped.setdefault(group, []).append(path)
    if not same_topics and not silent:
        grouped["worth.topics"].append("brand.series.topic")
    found = [_together(group, paths, before, after, a, b) for group, paths in grouped.items()]
    return (*changes, *found)


def put_together(a: Scenario, b: Scenario, changes: Sequence[Change], *, everything: bool) -> Scenario:
    """A with some changes made; with everything it is B itself."""
    if everything and changes:
        return b
    if not changes:
        return a
    content = a.model_dump()
    for change in changes:
        change.make(content)
    return validate(content, "A with some settings of B")


def _whole(section: str, label: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Change:
    def make(content: dict[str, Any]) -> None:
        content[section] = after[section]

    if section == "world":
        names = [name for name in before[section] if before[section][name] != after[section][name]]
        said = "; ".join(_from_to(name, before[section][name], after[section][name]) for name in names)
    else:
        said = f"{len(before[section])} → {len(after[section])}"
    return Change(section, label, Scenario.model_fields[section].description or label, said, make)


def _together(
    group: str,
    paths: Sequence[str],
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    a: Scenario,
    b: Scenario,
) -> Change:
    plain = [path for path in paths if path != "brand.series.topic"]

    def make(content: dict[str, Any]) -> None:
        for path in plain:
            section, name = path.split(".")
            content[section][name] = after[section][name]
        if len(plain) < len(paths):
            for one in content["brand"]["series"]:
                one["topic"] = topics.get(one["name"], one["topic"])

    topics = _topics(a.brand, b.brand)
    values = [
        (path, *(one[path.split(".")[0]][path.split(".")[1]] for one in (before, after))) for path in plain
    ]
    alone = len(plain) == 1 and group == plain[0]
    said = "; ".join(
        f"{_plainly(one)} → {_plainly(other)}" if alone else _from_to(path.split(".")[1], one, other)
        for path, one, other in values
        if path != "brand.series"
    )
    if group == "publishing at all":
        said = "silent → publishing" if a.brand.silent else "publishing → silent"
    label = _short(plain[0]) if alone else group
    return Change("+".join(paths), label, MEANINGS.get(plain[0], label), said, make)


def _series_changes(a: Brand, b: Brand, *, own_topics: bool) -> list[Change]:
    matched, dropped, added = matched_series(a.series, b.series)
    several = len(matched) > 1
    changes = []
    for one, other in matched:
        before, after = one.model_dump(), other.model_dump()
        differing = [name for name in before if before[name] != after[name]]
        if not own_topics:
            differing = [name for name in differing if name != "topic"]
        groups: dict[str, list[str]] = {}
        for name in differing:
            group = next((label for label, names in TOGETHER_IN_SERIES.items() if name in names), name)
            groups.setdefault(group, []).append(name)
        for group, names in groups.items():
            changes.append(_series_change(one.name, other.name, group, names, before, after, several=several))
    for one in dropped:
        changes.append(_dropped(one))
    for one in added:
        changes.append(_added(one))
    return changes


def matched_series(
    a: Sequence[Series], b: Sequence[Series]
) -> tuple[list[tuple[Series, Series]], list[Series], list[Series]]:
    """Series of A and B that are counterparts: by name, then by kind, then in order; and what is left on each side."""
    left, right = list(a), list(b)
    matched = []
    for same in (
        lambda one, other: one.name == other.name,
        lambda one, other: one.kind == other.kind,
        lambda one, other: True,
    ):
        for one in tuple(left):
            other = next((other for other in right if same(one, other)), None)
            if other is not None:
                matched.append((one, other))
                left.remove(one)
                right.remove(other)
    return matched, left, right


def _topics(a: Brand, b: Brand) -> dict[str, int]:
    matched, _, added = matched_series(a.series, b.series)
    topics = {name: other.topic for one, other in matched for name in (one.name, other.name)}
    return topics | {one.name: one.topic for one in added}


def _series_change(
    name_a: str,
    name_b: str,
    group: str,
    names: Sequence[str],
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    *,
    several: bool,
) -> Change:
    def make(content: dict[str, Any]) -> None:
        series = content["brand"]["series"]
        # another change may have given it its new name already
        place = next(place for place, one in enumerate(series) if one["name"] in (name_a, name_b))
        content["brand"]["series"] = tuple(
            {**one, **{name: after[name] for name in names}} if number == place else one
            for number, one in enumerate(series)
        )

    alone = [group] == list(names)
    said = "; ".join(
        f"{_plainly(before[name])} → {_plainly(after[name])}"
        if alone
        else _from_to(name, before[name], after[name])
        for name in names
    )
    label = SERIES_LABELS.get(group, group.replace("_", " "))
    label = f"{label} of '{name_a}'" if several else label
    ids = "+".join(f"brand.series.{name_a}.{name}" for name in names)
    return Change(ids, label, MEANINGS.get(f"brand.series.0.{names[0]}", label), said, make)


SERIES_LABELS = {"value": "value of posts", "pressure": "promotional pressure", "ease": "ease of sharing"}


def _dropped(one: Series) -> Change:
    def make(content: dict[str, Any]) -> None:
        content["brand"]["series"] = tuple(
            entry for entry in content["brand"]["series"] if entry["name"] != one.name
        )

    label = f"posts of '{one.name}'"
    return Change(
        f"brand.series.{one.name}", label, "a series that only A publishes", "published → not", make
    )


def _added(one: Series) -> Change:
    def make(content: dict[str, Any]) -> None:
        content["brand"]["series"] = (*content["brand"]["series"], one.model_dump())

    label = f"posts of '{one.name}'"
    return Change(
        f"brand.series.{one.name}", label, "a series that only B publishes", "not → published", make
    )


MEANINGS = {info.path: info.meaning for info in parameters()}


def _short(path: str) -> str:
    """Meaning of a parameter up to its first stop, with a small letter."""
    section, _, name = path.partition(".")
    if section == "mechanisms":
        return f"{name.replace('_', ' ')} (mechanism)"
    meaning = MEANINGS.get(path, name.replace("_", " "))
    for stop in (";", ":", ", ", " ("):
        meaning = meaning.partition(stop)[0]
    return meaning[:1].lower() + meaning[1:]


def _from_to(name: str, one: Any, other: Any) -> str:
    return f"{name.replace('_', ' ')} {_plainly(one)} → {_plainly(other)}"


def _plainly(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = f"{value:g}" if isinstance(value, float) else str(value)
    return text if len(text) <= MOST_LETTERS else text[: MOST_LETTERS - 1] + "…"
