"""A what-if as a value: strategies and their changes, the worlds they meet, and how all that stands in an address."""

import base64
import binascii
import difflib
import hashlib
import json
import re
import shlex
import urllib.parse
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, NamedTuple, get_args

import tomli_w

from worthsharing.dashboard.controls import REPLICATES, SEED, Setting, parameter_setting, whole_number
from worthsharing.experiments.compare import check_looks
from worthsharing.experiments.figures import MOST_SCENARIOS, plain
from worthsharing.experiments.files import write_aside
from worthsharing.sim.errors import InputError
from worthsharing.sim.jit import RULES_DIGEST
from worthsharing.sim.scenario import (
    GENERATED_NETWORKS,
    MAX_FILE_BYTES,
    Scenario,
    World,
    bundled_names,
    load_scenario,
    parameters,
)

SLOTS = ("a", "b", "c", "d")[:MOST_SCENARIOS]
SLOT_NAMES = {"a": "First strategy", "b": "Second strategy", "c": "Third strategy", "d": "Fourth strategy"}
DEFAULTS = {"a": "customers_as_marketing_department", "b": "be_worth_sharing"}
ALL = "all"  # whose changes are changes of the world and of the people, the same for all strategies
PEOPLE = parameter_setting("world.people", key="people", label="People", step=500)
DAYS = parameter_setting("clock.days", key="days", label="Days", step=10)
SETTINGS: tuple[Setting, ...] = (PEOPLE, DAYS, REPLICATES, SEED)
SIZES = {"world.people", "clock.days", "world.network", "world.ties"}  # these have controls of their own
MOST_LINK = 12_000  # letters of a scenario file in an address
MOST_CHANGES = 60
MOST_LOOKS = 40
VERSION = RULES_DIGEST[:8]
Ties = Literal["mutual", "heard_by", "follows"]
Changes = Mapping[str, Any]  # path of a parameter → value


class File(NamedTuple):
    """A scenario file that somebody dropped: the name it is shown under, and its text."""

    name: str
    text: str

    @property
    def packed(self) -> str:
        """The file as letters of an address."""
        content = json.dumps([self.name, self.text], ensure_ascii=False).encode()
        return base64.urlsafe_b64encode(zlib.compress(content, 9)).decode().rstrip("=")


class Uploaded(NamedTuple):
    """A network file that somebody dropped: kept in the cache under the fingerprint of its content."""

    key: str  # 16 hexadecimal digits
    ending: str  # of its name, such as `.csv.gz`


@dataclass(frozen=True)
class Strategy:
    """What one brand does: a bundled scenario or a file, with changes."""

    source: str | File
    changes: Changes = field(default_factory=dict)

    @property
    def base_name(self) -> str:
        """Name of the scenario that it begins with."""
        return self.source if isinstance(self.source, str) else self.source.name

    @property
    def name(self) -> str:
        """Name with what was changed."""
        if not self.changes:
            return self.base_name
        if len(self.changes) > 1:
            return f"{self.base_name} ({len(self.changes)} changes)"
        path, value = next(iter(self.changes.items()))
        shown = {True: "on", False: "off"}.get(value, value) if isinstance(value, bool) else value
        words = f"{value:g}" if isinstance(value, float) else str(shown)
        return f"{self.base_name} ({path.split('.')[-1].replace('_', ' ')} {words})"


@dataclass(frozen=True)
class Question:
    """A what-if.

    strategies: by slot, 2 to 4; shared: changes that all of them have in common
    network: one of the generated ones, or an uploaded file; ties: how its lines are read
    version: of the rules with which it was asked; empty if it does not say
    looked: numbers of worlds after which its answer was looked at before more were asked for
    """

    strategies: Mapping[str, Strategy]
    people: int = PEOPLE.default
    days: int = DAYS.default
    replicates: int = REPLICATES.default
    seed: int = SEED.default
    network: str | Uploaded = "friends"
    ties: Ties = "mutual"
    shared: Changes = field(default_factory=dict)
    version: str = ""
    looked: tuple[int, ...] = ()

    @property
    def names(self) -> dict[str, str]:
        """Name of each strategy by slot; the same one twice stands beside itself under a second name."""
        names: dict[str, str] = {}
        for slot, strategy in self.strategies.items():
            name, count = strategy.name, 2
            while name in names.values():
                name, count = f"{strategy.name} ({count})", count + 1
            names[slot] = name
        return names


FIRST = Question({slot: Strategy(name) for slot, name in DEFAULTS.items()})


# ---- addresses ------------------------------------------------------------------------------------------------------


def query_of(search: str | None) -> dict[str, str]:
    """Read a query string; of a key that is given twice the last value counts."""
    try:
        pairs = urllib.parse.parse_qsl((search or "").lstrip("?"), keep_blank_values=True, max_num_fields=50)
    except ValueError:
        return {}
    return {key: value for key, value in pairs if key.isidentifier()}


def question_from(query: Mapping[str, object]) -> tuple[Question, list[InputError]]:
    """Read a what-if from a query or from controls; defaults for the rest, and what was wrong.

    query: slots `a` to `d` with a bundled name, or `~` and a packed file; `a_set` … and `all_set` with changes;
        `people`, `days`, `replicates`, `seed`, `network`, `ties`; `v`, the version of the rules; `looked`, earlier looks
    """
    errors: list[InputError] = []

    def attempt(read: Any, *given: Any, default: Any) -> Any:
        try:
            return read(*given)
        except InputError as error:
            errors.append(error)
            return default

    strategies = {}
    for slot in SLOTS:
        given = query.get(slot, DEFAULTS.get(slot))
        if given in (None, ""):
            if slot not in DEFAULTS:
                continue
            given = DEFAULTS[slot]
        source = attempt(_source, slot, str(given), default=DEFAULTS.get(slot, "silence"))
        changes = attempt(
            _changes, SLOT_NAMES[slot], str(query.get(f"{slot}_set") or ""), "brand.", default={}
        )
        strategies[slot] = Strategy(source, changes)
    values = {
        setting.key: attempt(whole_number, setting, query[setting.key], default=setting.default)
        if setting.key in query
        else setting.default
        for setting in SETTINGS
    }
    question = Question(
        strategies,
        **values,
        network=attempt(_network, str(query.get("network") or "friends"), default="friends"),
        ties=attempt(_ties, str(query.get("ties") or "mutual"), default="mutual"),
        shared=attempt(_changes, "People and rules", str(query.get("all_set") or ""), "", default={}),
        version=_plain_key(str(query.get("v") or "")),
        looked=attempt(_looked, str(query.get("looked") or ""), values[REPLICATES.key], default=()),
    )
    return question, errors


def search_of(question: Question, *, version: str = VERSION) -> str:
    """Query of the address: what differs from the defaults, and the version of the rules."""
    pairs: dict[str, str] = {}
    for slot, strategy in question.strategies.items():
        source = strategy.source if isinstance(strategy.source, str) else f"~{strategy.source.packed}"
        if source != DEFAULTS.get(slot):
            pairs[slot] = source
    for setting in SETTINGS:
        value = getattr(question, setting.key)
        if value != setting.default:
            pairs[setting.key] = str(value)
    if isinstance(question.network, Uploaded):
        pairs["network"] = f"{question.network.key}{question.network.ending}"
        if question.ties != "mutual":
            pairs["ties"] = question.ties
    elif question.network != "friends":
        pairs["network"] = question.network
    for slot, strategy in question.strategies.items():
        if strategy.changes:
            pairs[f"{slot}_set"] = written(strategy.changes)
    if question.shared:
        pairs["all_set"] = written(question.shared)
    if question.looked:
        pairs["looked"] = ",".join(map(str, question.looked))
    if version:
        pairs["v"] = version
    return f"?{urllib.parse.urlencode(pairs, safe=':;~,')}" if pairs else ""


def written(changes: Changes) -> str:
    """Changes as one text, `path:value;path:value`, values as in JSON."""
    return ";".join(f"{path}:{json.dumps(value)}" for path, value in changes.items())


def unpacked(packed: str) -> File:
    """Read a file out of an address; raises `InputError` for anything else."""
    where, right = "The scenario file in this address", "ask for the link again: it was cut or changed"
    if len(packed) > MOST_LINK:
        raise InputError(where, "is too long", right)
    try:
        raw = base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4))
        inflate = zlib.decompressobj()
        content = inflate.decompress(raw, MAX_FILE_BYTES)
        if inflate.unconsumed_tail:
            raise InputError(where, f"is larger than {MAX_FILE_BYTES:,} bytes", right)
        name, text = json.loads(content)
    except (ValueError, binascii.Error, zlib.error, RecursionError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(where, "cannot be read", right) from None
    if not (isinstance(name, str) and isinstance(text, str)):
        raise InputError(where, "cannot be read", right)
    return File(file_name(name), text)


def file_name(name: str) -> str:
    """Name of a dropped file as a name of a strategy: letters, digits and blanks, not too long."""
    stem = Path(name.replace("\\", "/")).name.removesuffix(".toml")
    return re.sub(r"[^\w .,-]+", " ", stem).strip()[:60] or "your file"


def _source(slot: str, given: str) -> str | File:
    if given.startswith("~"):
        return unpacked(given[1:])
    if given in bundled_names():  # never a path: a page must not open files
        return given
    shown = given if len(given) <= 60 else given[:59] + "…"
    near = difflib.get_close_matches(shown, bundled_names(), 3)
    right = f"did you mean {' or '.join(near)}?" if near else "choose one from the list"
    raise InputError(SLOT_NAMES[slot], f"'{shown}' is not a scenario that comes with the project", right)


def _changes(owner: str, given: str, prefix: str) -> dict[str, Any]:
    """Read changes; whether a value will do is for the schema to say, when the scenario is made."""
    changes: dict[str, Any] = {}
    if not given:
        return changes
    known = changeable(ALL if not prefix else "")
    for part in given.split(";"):
        path, _, value = part.partition(":")
        shown = path if len(path) <= 60 else path[:59] + "…"
        if re.sub(r"\.\d+\.", ".0.", path) not in known or len(changes) >= MOST_CHANGES:
            near = difflib.get_close_matches(shown, sorted(known), 1)
            right = f"did you mean '{near[0]}'?" if near else "choose it in the list of controls"
            raise InputError(owner, f"'{shown}' is nothing that can be changed here", right)
        try:
            changes[path] = json.loads(value)
        except (ValueError, RecursionError):
            raise InputError(
                f"{owner}: {path}",
                f"'{value[:40]}' is not a value",
                "a number, a word in quotes, true or false",
            ) from None
        if isinstance(changes[path], list | dict) or changes[path] is None:
            raise InputError(f"{owner}: {path}", "takes a single value", "a number, a word, true or false")
    return changes


def changeable(owner: str) -> set[str]:
    """Paths of parameters that have a control: of the brand for a strategy, all others for `ALL`."""
    return {
        info.path
        for info in parameters()
        if (not info.path.startswith("brand.")) == (owner == ALL)
        and info.path not in SIZES
        and info.type in ("int", "float", "bool", "choice")
        and not info.path.startswith("events.")
    }


def _network(given: str) -> str | Uploaded:
    if given in GENERATED_NETWORKS:
        return given
    found = re.fullmatch(r"([0-9a-f]{16})((?:\.[a-z]{1,8}){0,2})", given)
    if found:
        return Uploaded(found[1], found[2])
    shown = given if len(given) <= 60 else given[:59] + "…"
    right = f"one of {', '.join(GENERATED_NETWORKS)}, or drop a file"
    raise InputError("Network", f"'{shown}' is no network", right)


def _ties(given: str) -> Ties:
    choices = get_args(World.model_fields["ties"].annotation)
    if given not in choices:
        raise InputError("Ties", f"'{given[:40]}' is no way to read a line", f"one of {', '.join(choices)}")
    return given  # type: ignore[return-value]  # it is one of the choices


def _looked(given: str, worlds: int) -> tuple[int, ...]:
    parts = given.split(",")[:MOST_LOOKS] if given else []
    looks = tuple(int(part) if re.fullmatch(r"[0-9]{1,6}", part) else 0 for part in parts)
    check_looks(looks, worlds)
    return looks


def _plain_key(text: str) -> str:
    return text if re.fullmatch(r"[0-9a-f]{1,64}", text) else ("unknown" if text else "")


# ---- scenarios ------------------------------------------------------------------------------------------------------


def scenarios_of(question: Question, folder: Path) -> dict[str, Scenario]:
    """Make the scenarios of a what-if, by the names they are shown under.

    folder: where uploaded files are kept

    Raises `InputError` that names the strategy.
    """
    together: dict[str, Any] = {"world.people": question.people, "clock.days": question.days}
    together |= question.shared
    if isinstance(question.network, Uploaded):
        together["world.network"] = str(network_file(question.network, folder))
        together["world.ties"] = question.ties
        del together["world.people"]
    else:
        together["world.network"] = question.network
    names = question.names
    return {
        names[slot]: scenario_of(strategy, {**together, **strategy.changes}, folder, SLOT_NAMES[slot])
        for slot, strategy in question.strategies.items()
    }


def scenario_of(strategy: Strategy, changes: Mapping[Any, Any], folder: Path, where: str) -> Scenario:
    """Load one scenario with changes; raises `InputError` that says where in words of the page."""
    settings = tuple(f"{path}={json.dumps(value, ensure_ascii=False)}" for path, value in changes.items())
    if isinstance(strategy.source, str):
        source: str | Path = strategy.source
    else:
        source = _kept(strategy.source.text.encode(), folder / "scenarios", ".toml")
    try:
        scenario = load_scenario(source, settings=settings).scenario
    except InputError as error:
        place = error.where.replace(f"{source} (bundled)", "").replace(str(source), "").strip(": ")
        place = _control_name(place) if place in changes else place
        named = f"{where} ({plain(strategy.base_name)})"
        raise InputError(f"{named}: {place}" if place else named, error.wrong, error.right) from None
    network = scenario.world.network
    if network not in GENERATED_NETWORKS and "world.network" not in changes:
        raise InputError(
            where, f"it names the network file {Path(network).name}", "drop that file as the network"
        )
    return scenario


def _control_name(path: str) -> str:
    """Name of a control as the page writes it, with its path for those who write files.

    >>> _control_name("brand.series.1.reward_chance")
    'Posts, series 2: Reward chance (brand.series.1.reward_chance)'
    >>> _control_name("fatigue.half_life")
    'Half life (fatigue.half_life)'
    """
    series = re.fullmatch(r"brand\.series\.(\d+)\..*", path)
    posts = f"Posts, series {int(series[1]) + 1}: " if series else ""
    return f"{posts}{plain(path.rpartition('.')[2])} ({path})"


def keep_network(name: str, content: bytes, folder: Path) -> Uploaded:
    """Keep an uploaded network file under the fingerprint of its content."""
    endings = [ending for ending in Path(name.lower()).suffixes[-2:] if re.fullmatch(r"\.[a-z]{1,8}", ending)]
    file = _kept(content, folder / "networks", "".join(endings))
    return Uploaded(file.name[:16], "".join(endings))


def network_file(network: Uploaded, folder: Path) -> Path:
    """Find an uploaded network; raises `InputError` if this computer does not have it."""
    file = folder / "networks" / f"{network.key}{network.ending}"
    if not file.is_file():
        raise InputError(
            "Network",
            "the file of this link is not on this computer",
            "drop the same file here and run again",
        )
    return file


def _kept(content: bytes, folder: Path, ending: str) -> Path:
    """Keep content in a file that is named by its fingerprint."""
    file = folder / f"{hashlib.sha256(content).hexdigest()[:16]}{ending}"
    if not file.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        write_aside(file, lambda aside: aside.write_bytes(content))
    return file


# ---- to be taken away -------------------------------------------------------------------------------------------------


def toml_of(scenario: Scenario, *, network: str = "") -> str:
    """Scenario as a file that states what differs from the defaults.

    network: name of the network file that lies beside it
    """
    content = scenario.model_dump(mode="json", exclude_defaults=True)
    if network:
        content.setdefault("world", {})["network"] = network
    return f"#:schema ./scenario.schema.json\n{tomli_w.dumps(content)}"


def file_names(question: Question) -> dict[str, str]:
    """Name of the scenario file of each strategy, by the name it is shown under."""
    return {
        name: f"{re.sub(r'[^a-z0-9]+', '_', name.lower()).strip('_')}.toml"
        for name in question.names.values()
    }


def command_of(question: Question) -> str:
    """Command that prints the same numbers; of changed strategies, beside the files that the app exports."""
    strategies = question.strategies.values()
    files = file_names(question)
    as_they_are = all(isinstance(one.source, str) and not one.changes for one in strategies)
    names = list(question.names.values())
    words = ["worthsharing", "compare"]
    words += [str(one.source) for one in strategies] if as_they_are else [files[name] for name in names]
    words += ["--replicates", str(question.replicates), "--seed", str(question.seed)]
    if as_they_are:
        if isinstance(question.network, Uploaded):
            words += ["--network", f"network{question.network.ending}", "--ties", question.ties]
        else:
            words += ["--people", str(question.people)]
            if question.network != "friends":
                words += ["--set", f"world.network={question.network}"]
        words += ["--days", str(question.days)]
        for path, value in question.shared.items():
            words += ["--set", f"{path}={value if isinstance(value, str) else json.dumps(value)}"]
    for look in question.looked:
        words += ["--looked", str(look)]
    return shlex.join(words)
