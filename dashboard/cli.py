"""The command line: reads what a person typed, starts what does the work, and prints what came of it.

Heavy libraries are imported inside the commands, so that `--help` answers at once; nowhere else in the project are
imports inside functions.
"""

import functools
import json
import logging
import os
import shlex
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, NoReturn

import typer

from worthsharing.sim.errors import InputError

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Column, Table

    from worthsharing.experiments.audit import Audit
    from worthsharing.experiments.calibration import Calibration
    from worthsharing.experiments.compare import Comparison, Difference
    from worthsharing.experiments.execute import Executor, Results
    from worthsharing.experiments.facts import Validation
    from worthsharing.experiments.frontier import Frontier, Strategy
    from worthsharing.experiments.store import RunStore
    from worthsharing.experiments.story import Parting
    from worthsharing.experiments.sweep import Sweep
    from worthsharing.experiments.verdicts import Trial
    from worthsharing.sim.scenario import Loaded, Scenario
    from worthsharing.sim.trace import Trace

log = logging.getLogger("worthsharing")
WIDE = 118  # columns from which on a table has one line per row
COMPARE_SIDES = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

app = typer.Typer(
    name="worthsharing",
    help="Customers as marketing department, or be worth sharing? Simulate social campaigns and compare them.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def main(arguments: list[str] | None = None) -> NoReturn:
    """Run the command line; ends the process with 0, 1 (a fault of ours), 2 (wrong input) or 130 (stopped)."""
    logging.basicConfig(format="worthsharing: %(message)s", stream=sys.stderr)
    app(args=arguments, prog_name="worthsharing")
    raise AssertionError("typer ends the process")


def _command(function: Callable[..., None]) -> Callable[..., None]:
    """Make a command of a function: whatever goes wrong in it is one sentence and an exit code."""

    @functools.wraps(function)
    def guarded(*arguments: Any, **options: Any) -> None:
        try:
            function(*arguments, **options)
            sys.stdout.flush()
        except InputError as error:
            _say(str(error))
            raise typer.Exit(2) from None
        except KeyboardInterrupt:
            _say("stopped")
            raise typer.Exit(130) from None
        except BrokenPipeError:
            # whoever read our output has seen enough; keep Python from complaining when it closes the stream
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(0) from None
        except (typer.Exit, typer.BadParameter):
            raise
        except Exception as error:  # the last resort: one sentence for the person, a traceback on demand
            if os.environ.get("WORTHSHARING_DEBUG") == "1":
                raise
            detail = str(error).splitlines()
            what = type(error).__name__ + (f": {detail[0]}" if detail else "")
            _say(f"this should not have happened ({what}); WORTHSHARING_DEBUG=1 shows where")
            raise typer.Exit(1) from None

    return app.command()(guarded)


def _say(text: str) -> None:
    """Write one line for the person at the terminal, beside the output."""
    line = "".join(
        character if character.isprintable() else "\N{REPLACEMENT CHARACTER}"
        for character in " ".join(text.split())
    )
    print(f"worthsharing: {line}", file=sys.stderr, flush=True)


# ---- what the commands have in common -----------------------------------------------------------------------------

Source = Annotated[
    str, typer.Argument(metavar="SCENARIO", help="A scenario file, or the name of a bundled scenario.")
]
Sources = Annotated[
    list[str],
    typer.Argument(metavar="A B [C…]", help="Two or more scenarios; each is compared with the first."),
]
Replicates = Annotated[int, typer.Option(min=1, max=100_000, help="Worlds to run each scenario in.")]
Seed = Annotated[int, typer.Option(help="Whole number, 0 or more, that all chance follows from.")]
People = Annotated[
    int | None,
    typer.Option(help="Number of people in a generated network.", show_default="as the scenario says"),
]
Days = Annotated[
    int | None, typer.Option(help="Length of the campaign.", show_default="as the scenario says")
]
NetworkFile = Annotated[
    str | None,
    typer.Option(
        "--network",
        metavar="FILE",
        help="Who follows whom: a file of ties (CSV, TSV, also .gz; Parquet; GraphML).",
        show_default="as the scenario says",
    ),
]
Ties = Annotated[
    Literal["mutual", "heard_by", "follows"] | None,
    typer.Option(
        help="How to read a line a,b of the file: both hear each other, a is heard by b, or a follows b.",
        show_default="as the scenario says",
    ),
]
Workers = Annotated[
    int | None, typer.Option(min=1, max=1024, help="Worlds run at once.", show_default="all processors")
]
ClusterAddress = Annotated[
    str | None,
    typer.Option(
        "--cluster",
        metavar="ADDRESS",
        help="Run worlds on a Dask cluster: the address of its scheduler, or local for processes here.",
    ),
]
EngineName = Annotated[
    Literal["bulk", "agents"],
    typer.Option(help="bulk is fast; agents lets Mesa agents act one by one. The results are the same."),
]
Out = Annotated[
    Path | None, typer.Option(metavar="DIR", help="Write tables, manifest and report into this folder.")
]
Settings = Annotated[
    list[str] | None,
    typer.Option(
        "--set", metavar="KEY=VALUE", help="Change a parameter, e.g. brand.quality=0.9; may be repeated."
    ),
]
Store = Annotated[
    Path | None,
    typer.Option(metavar="DIR", help="Folder in which runs are kept and found.", show_default="your store"),
]
Csv = Annotated[bool, typer.Option("--csv", help="With --out: write the tables as CSV too.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document instead of tables.")]


@dataclass(frozen=True)
class _Changes:
    """What options change in every scenario of a command."""

    people: int | None
    days: int | None
    network: str | None
    ties: str | None
    settings: tuple[str, ...]

    @property
    def by_option(self) -> dict[str, str]:
        """Settings `key=value` by the option that a person typed."""
        # a JSON text is a TOML text, so that no file name is mistaken for a number
        given = {
            "--people": ("world.people", self.people),
            "--days": ("clock.days", self.days),
            "--network": (
                "world.network",
                None if self.network is None else json.dumps(self.network, ensure_ascii=False),
            ),
            "--ties": ("world.ties", None if self.ties is None else json.dumps(self.ties)),
        }
        return {option: f"{key}={value}" for option, (key, value) in given.items() if value is not None}

    @property
    def words(self) -> list[str]:
        """The same as words of a command."""
        values = {
            "--people": self.people,
            "--days": self.days,
            "--network": self.network,
            "--ties": self.ties,
        }
        words = [
            word for option, value in values.items() if value is not None for word in (option, str(value))
        ]
        return words + [word for setting in self.settings for word in ("--set", setting)]

    def load(self, source: str) -> "Loaded":
        """Read a scenario and change it; an error names the option that it comes from."""
        from worthsharing.sim.scenario import GENERATED_NETWORKS, load_scenario

        by_option = self.by_option
        try:
            # options come last: they win over --set
            loaded = load_scenario(source, settings=(*self.settings, *by_option.values()))
        except InputError as error:
            for name, setting in [*by_option.items(), *((f"--set {one}", one) for one in self.settings)]:
                if error.where.endswith(f": {setting.partition('=')[0].strip()}"):
                    raise InputError(name, error.wrong, error.right) from None
            raise
        if self.people is not None and loaded.scenario.world.network not in GENERATED_NETWORKS:
            raise InputError(
                "--people",
                f"the people of {Path(loaded.scenario.world.network).name} cannot be changed in number",
                "leave --people out, or give --network friends",
            )
        if self.ties is not None and loaded.scenario.world.network in GENERATED_NETWORKS:
            raise InputError(
                "--ties", "says how to read a network file, and there is none", "give --network FILE"
            )
        return loaded


def _load(sources: list[str], changes: _Changes) -> dict[str, "Scenario"]:
    """Scenarios by the names they are shown under; notes on them go to the terminal."""
    scenarios: dict[str, Scenario] = {}
    for source in sources:
        loaded = changes.load(source)
        for note in loaded.notes:
            _say(note)
        name, count = loaded.name, 2
        while name in scenarios:
            name, count = f"{loaded.name} ({count})", count + 1
        scenarios[name] = loaded.scenario
    return scenarios


def _announce_compiling() -> None:
    """Say that the first run takes longer; to be called before anything that compiles is imported."""
    from worthsharing.sim.jit import is_compiled

    if not is_compiled():
        _say("the first run compiles the model, for about half a minute")


def _execute(
    scenarios: dict[str, "Scenario"],
    replicates: int,
    seed: int,
    engine: Literal["bulk", "agents"],
    workers: int | None,
    cluster: str | None,
) -> "Results":
    from worthsharing.experiments.execute import run_scenarios

    with _where(cluster, workers) as where, _progress("worlds") as progress:
        return run_scenarios(
            scenarios, replicates=replicates, seed=seed, engine=engine, workers=where, progress=progress
        )


@contextmanager
def _where(cluster: str | None, workers: int | None) -> "Iterator[int | Executor | None]":
    """Where worlds are run: threads here, or the workers of a cluster as long as they are needed."""
    if cluster is None:
        yield workers
        return
    if workers is not None and cluster != "local":
        raise InputError("--workers", "a cluster has the workers that it has", "leave --workers out")
    try:
        from worthsharing.experiments.cluster import connect
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in ("dask", "distributed"):
            raise
        right = "install it: pip install 'worthsharing[cluster]'"
        raise InputError("--cluster", "Dask is not installed", right) from None
    with connect(cluster, workers=workers) as there:
        yield there


@contextmanager
def _progress(what: str) -> Iterator[Callable[[int, int], None]]:
    """Show a bar with the time left on the terminal; nothing when nobody looks."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _command_line(command: str, sources: list[str], replicates: int, seed: int, changes: _Changes) -> str:
    """The command that gives these numbers: without what cannot change them (workers, engine, where they go)."""
    words = [
        "worthsharing",
        command,
        *sources,
        "--replicates",
        str(replicates),
        "--seed",
        str(seed),
        *changes.words,
    ]
    return shlex.join(words)


def _console() -> "Console":
    from rich.console import Console

    return Console(highlight=False, soft_wrap=False)


# ---- commands -----------------------------------------------------------------------------------------------------


@_command
def run(
    scenario: Source,
    replicates: Replicates = 20,
    seed: Seed = 1,
    people: People = None,
    days: Days = None,
    network: NetworkFile = None,
    ties: Ties = None,
    workers: Workers = None,
    cluster: ClusterAddress = None,
    engine: EngineName = "bulk",
    settings: Settings = None,
    out: Out = None,
    csv: Csv = False,
    as_json: Json = False,
) -> None:
    """Run one scenario in many worlds and print what came of it."""
    changes = _Changes(people, days, network, ties, tuple(settings or ()))
    scenarios = _load([scenario], changes)
    _announce_compiling()
    _prepare(out, csv)
    results = _execute(scenarios, replicates, seed, engine, workers, cluster)
    command = _command_line("run", [scenario], replicates, seed, changes)
    files = _write(out, results, None, command, csv)
    from worthsharing.experiments.summary import run_document, to_json

    if as_json:
        sys.stdout.write(to_json({**run_document(results, command), "files": files}))
    else:
        _print_run(_console(), results, out, files)


@_command
def compare(
    scenarios: Sources,
    replicates: Replicates = 20,
    seed: Seed = 1,
    people: People = None,
    days: Days = None,
    network: NetworkFile = None,
    ties: Ties = None,
    workers: Workers = None,
    cluster: ClusterAddress = None,
    engine: EngineName = "bulk",
    until_clear: Annotated[
        bool,
        typer.Option(
            "--until-clear",
            help="Go on until reach and backlash are clear; --replicates is when it looks first.",
        ),
    ] = False,
    max_replicates: Annotated[
        int, typer.Option(min=2, max=1_000_000, help="With --until-clear: worlds at which it ends.")
    ] = 1000,
    settings: Settings = None,
    out: Out = None,
    csv: Csv = False,
    as_json: Json = False,
) -> None:
    """Run scenarios in the same worlds and say which does better, and how sure that is."""
    if not 2 <= len(scenarios) <= len(COMPARE_SIDES):
        raise InputError(
            "compare", f"{len(scenarios)} scenario given", "give two or more, e.g. `worthsharing compare A B`"
        )
    changes = _Changes(people, days, network, ties, tuple(settings or ()))
    loaded = _load(scenarios, changes)
    _announce_compiling()
    _prepare(out, csv)
    if until_clear:
        from worthsharing.experiments.until_clear import run_until_clear

        with _where(cluster, workers) as where, _progress("worlds") as progress:
            results = run_until_clear(
                loaded,
                replicates=replicates,
                most=max_replicates,
                seed=seed,
                engine=engine,
                workers=where,
                progress=progress,
            )
    else:
        results = _execute(loaded, replicates, seed, engine, workers, cluster)
    from worthsharing.experiments.compare import compare as compare_results
    from worthsharing.experiments.summary import comparison_document, to_json

    comparison = compare_results(results)
    command = _command_line("compare", scenarios, replicates, seed, changes)
    if until_clear:
        command += f" --until-clear --max-replicates {max_replicates}"
    files = _write(out, results, comparison, command, csv)
    if as_json:
        sys.stdout.write(to_json({**comparison_document(results, comparison, command), "files": files}))
    else:
        _print_comparison(_console(), results, comparison, out, files)


@_command
def calibrate(
    posts: Annotated[
        Path, typer.Option(metavar="FILE", help="Export of a page's posts: CSV, TSV or semicolons, also .gz.")
    ],
    columns: Annotated[
        list[str] | None,
        typer.Option(
            "--map", metavar="COLUMN=FIELD", help="What a column is, if not recognised; may be repeated."
        ),
    ] = None,
    kinds: Annotated[
        list[str] | None,
        typer.Option(
            "--kind",
            metavar="VALUE=KIND",
            help="What posts of a category are: offer, product, useful or entertaining; may be repeated.",
        ),
    ] = None,
    followers: Annotated[
        int | None,
        typer.Option(min=1, help="Followers of the page.", show_default="as the file says"),
    ] = None,
    people: Annotated[int, typer.Option(help="People in each simulated world.")] = 30_000,
    replicates: Annotated[int, typer.Option(help="Worlds to simulate the page in.")] = 12,
    seed: Seed = 1,
    workers: Workers = None,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Write fitted.toml, the document and a manifest here.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Fit a brand's base rates to the posts of its own page, as a scenario file to start from."""
    from worthsharing.experiments.posts_file import read_posts

    read = read_posts(posts, columns=columns or (), kinds=kinds or ())
    _prepare(out, csv=False)
    _announce_compiling()
    from worthsharing.experiments.calibration import calibrate as fit
    from worthsharing.experiments.calibration import calibration_document, write_calibration
    from worthsharing.experiments.summary import to_json

    with _progress("worlds") as progress:
        fitted = fit(
            read,
            followers=followers,
            people=people,
            replicates=replicates,
            seed=seed,
            workers=workers,
            progress=progress,
        )
    words = ["worthsharing", "calibrate", "--posts", str(posts)]
    words += [word for one in columns or () for word in ("--map", one)]
    words += [word for one in kinds or () for word in ("--kind", one)]
    words += [] if followers is None else ["--followers", str(followers)]
    words += ["--people", str(people), "--replicates", str(replicates), "--seed", str(seed)]
    command = shlex.join(words)
    files = [] if out is None else [str(file) for file in write_calibration(out, fitted, command, posts)]
    if as_json:
        sys.stdout.write(to_json({**calibration_document(fitted, command), "files": files}))
    else:
        _print_calibration(_console(), fitted, files)


def _print_calibration(console: "Console", calibration: "Calibration", files: list[str]) -> None:
    from rich.markup import escape

    from worthsharing.experiments.calibration import number, rows_of

    used = escape(calibration.used)
    console.print(
        f"[bold]{escape(calibration.page)}[/bold]: {calibration.posts:,} posts; rates rest on {used}"
    )
    console.print()
    table = _table("Parameter", "Fitted\n95 % interval", "Page shows\n95 % interval", "Simulated")
    _numeric(table.columns[1:])
    for parameter, measured, value, interval, default, page, simulated in rows_of(calibration):
        table.add_row(
            f"{parameter}\n[dim]{measured}; default {default}[/dim]",
            f"{value}\n[dim]{interval}[/dim]",
            page,
            simulated,
        )
    console.print(table)
    console.print("\nNot fitted:")
    for left in calibration.not_fitted:
        console.print(f"  {left.parameter}: {escape(left.reason)}")
    for note in calibration.notes:
        console.print(f"[bold yellow]Note[/bold yellow]: {escape(note)}")
    worlds = f"{calibration.replicates:,} worlds of {number(calibration.people)} people"
    if calibration.rounds:
        console.print(f"\nSimulated in {worlds}, seed {calibration.seed}, {calibration.rounds} rounds.")
    if files:
        for file in files:
            console.print(f"written: {file}", soft_wrap=True, markup=False)
    else:
        console.print("Give --out DIR to write the fitted scenario, fitted.toml.")


@_command
def trial(
    claims: Annotated[
        list[str] | None, typer.Argument(metavar="[CLAIM …]", help="Claims such as E1.1; all by default.")
    ] = None,
    quick: Annotated[
        bool,
        typer.Option("--quick", help="Minutes instead of hours: fewer worlds and fewer settings."),
    ] = False,
    seed: Seed = 1,
    replicates: Annotated[
        int | None,
        typer.Option(min=2, max=100_000, help="Worlds at the defaults.", show_default="100; quick: 20"),
    ] = None,
    points: Annotated[
        int | None,
        typer.Option(
            min=0, max=1_000_000, help="Settings of the plausible space.", show_default="1024; quick: 128"
        ),
    ] = None,
    people: Annotated[
        int | None, typer.Option(min=2, help="Number of people at the defaults.", show_default="2000")
    ] = None,
    workers: Workers = None,
    cluster: ClusterAddress = None,
    verbose: Annotated[
        bool, typer.Option("--verbose", help="Say every verdict in sentences too, as for up to three claims.")
    ] = False,
    out: Out = None,
    csv: Csv = False,
    as_json: Json = False,
) -> None:
    """Put the essays' claims on trial: where each holds, where it fails, and what decides it."""
    from worthsharing.experiments.trial import estimate, plan_of, run_trial, space_of

    plan = plan_of(claims or (), quick=quick, seed=seed, replicates=replicates, points=points, people=people)
    _prepare(out, csv)
    _announce_compiling()
    from worthsharing.experiments.results import write_trial
    from worthsharing.experiments.store import RunStore
    from worthsharing.experiments.summary import duration, to_json, trial_document

    with RunStore() as store, _where(cluster, workers) as where:
        _say("trying some settings first, to say how long it takes")
        expected = estimate(plan, workers=where, store=store)
        _say(f"at most {expected.runs:,} runs, about {duration(expected.seconds)}")
        with _progress("worlds") as progress:
            found = run_trial(plan, workers=where, store=store, progress=progress)
    command = shlex.join(["worthsharing", "trial", *plan.words])
    files = (
        []
        if out is None
        else [str(file) for file in write_trial(out, found, space_of(plan), command, csv=csv)]
    )
    if as_json:
        sys.stdout.write(to_json({**trial_document(found, command), "files": files}))
    else:
        _print_trial(_console(), found, verbose, out, files)


@_command
def trace(
    scenarios: Annotated[
        list[str],
        typer.Argument(metavar="SCENARIO [OTHER]", help="One scenario; or two, to see where a person parts."),
    ],
    person: Annotated[
        str | None, typer.Option(metavar="ID", help="Label or number of the person.", show_default=False)
    ] = None,
    pick: Annotated[
        Literal["shared", "ignored", "muted", "left", "bought"] | None,
        typer.Option(help="Or the first person who did this in the first scenario.", show_default=False),
    ] = None,
    day: Annotated[int | None, typer.Option(min=1, help="Only this day.", show_default="all days")] = None,
    everything: Annotated[
        bool, typer.Option("--everything", help="Also everyday posts, and what was not noticed.")
    ] = False,
    world: Annotated[int, typer.Option(min=0, max=10_000_000, help="Number of the world.")] = 0,
    seed: Seed = 1,
    people: People = None,
    days: Days = None,
    network: NetworkFile = None,
    ties: Ties = None,
    settings: Settings = None,
    as_json: Json = False,
) -> None:
    """Why did this person do that? Every decision, with its terms, its chance and its draw."""
    if len(scenarios) > 2:
        raise InputError("trace", f"{len(scenarios)} scenarios given", "give one or two")
    if (person is None) == (pick is None):
        raise InputError(
            "trace", "who?", "give either --person ID or --pick shared (ignored, muted, left, bought)"
        )
    loaded = _load(scenarios, _Changes(people, days, network, ties, tuple(settings or ())))
    _announce_compiling()
    from dataclasses import asdict

    from worthsharing.experiments import story
    from worthsharing.experiments.summary import to_json
    from worthsharing.sim.trace import trace as trace_person

    first = next(iter(loaded.values()))
    who: int | str = person if person is not None else 0
    if pick is not None:
        who = story.person_who(first, pick, replicate=world, seed=seed)
    traces = {name: trace_person(one, who, replicate=world, seed=seed) for name, one in loaded.items()}
    part = story.parting(*traces.values()) if len(traces) == 2 else None
    if as_json:
        document = {
            "seed": seed,
            "world": world,
            "scenarios": {
                name: {
                    "person": one.person,
                    "traits": one.traits,
                    "decisions": [
                        {**asdict(decision), "sentence": story.sentence(decision)}
                        for decision in story.chosen(one, day=day, everything=everything)
                    ],
                }
                for name, one in traces.items()
            },
            "parting": None if part is None else asdict(part),
        }
        sys.stdout.write(to_json(document))
        return
    _print_traces(_console(), traces, part, day, everything)


@_command
def validate(
    facts: Annotated[
        list[str] | None, typer.Argument(metavar="[FACT …]", help="Facts such as F1; all by default.")
    ] = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="Fewer and smaller worlds than the facts need: not the verdict.")
    ] = False,
    seed: Seed = 1,
    workers: Workers = None,
    out: Out = None,
    csv: Csv = False,
    as_json: Json = False,
) -> None:
    """Measure the published facts about people at the shipped defaults; exit code 1 if any fails."""
    from worthsharing.sim.run import check_seed

    check_seed(seed)
    _prepare(out, csv)
    _announce_compiling()
    from worthsharing.experiments.facts import choose_facts, facts_document, measure_facts, seconds_needed
    from worthsharing.experiments.summary import duration, to_json

    chosen = choose_facts(facts or ())
    expected = seconds_needed(chosen, quick=quick, workers=workers)
    _say(f"{len(chosen)} {'fact' if len(chosen) == 1 else 'facts'}, about {duration(expected)}")
    with _progress("worlds") as progress:
        found = measure_facts(chosen, seed=seed, quick=quick, workers=workers, progress=progress)
    words = [
        "worthsharing",
        "validate",
        *(fact.id for fact in chosen if facts),
        *(["--quick"] if quick else []),
    ]
    command = shlex.join([*words, "--seed", str(seed)])
    files: list[str] = []
    if out is not None:
        from worthsharing.experiments.results import write_facts

        files = [str(file) for file in write_facts(out, found, command, csv=csv)]
    if as_json:
        sys.stdout.write(to_json({**facts_document(found, command), "files": files}))
    else:
        _print_facts(_console(), found, out, files)
    if not found.passed:
        raise typer.Exit(1)


@_command
def audit(
    scenarios: Annotated[
        list[str],
        typer.Argument(
            metavar="SCENARIO [OTHER]", help="Its verdict against silence, or that of the pair, is audited."
        ),
    ],
    replicates: Replicates = 40,
    seed: Seed = 1,
    people: People = None,
    days: Days = None,
    network: NetworkFile = None,
    ties: Ties = None,
    workers: Workers = None,
    settings: Settings = None,
    as_json: Json = False,
) -> None:
    """Change what must not matter, and see whether the verdict stands; exit code 1 if it does not."""
    if not 1 <= len(scenarios) <= 2:
        raise InputError("audit", f"{len(scenarios)} scenarios given", "give one (against silence), or two")
    from worthsharing.sim.run import check_seed

    check_seed(seed)
    changes = _Changes(people, days, network, ties, tuple(settings or ()))
    loaded = _load(scenarios, changes)
    _announce_compiling()
    from worthsharing.experiments.audit import audit as audit_scenarios
    from worthsharing.experiments.audit import audit_document
    from worthsharing.experiments.summary import to_json

    with _progress("worlds") as progress:
        found = audit_scenarios(loaded, replicates=replicates, seed=seed, workers=workers, progress=progress)
    command = _command_line("audit", scenarios, replicates, seed, changes)
    if as_json:
        sys.stdout.write(to_json(audit_document(found, command)))
    else:
        _print_audit(_console(), found)
    if not found.stands:
        raise typer.Exit(1)


@_command
def sweep(
    design: Annotated[str, typer.Argument(metavar="DESIGN.toml", help="What to vary, and how.")],
    seed: Seed = 1,
    workers: Workers = None,
    cluster: ClusterAddress = None,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", help="Write the table of runs, the design and a manifest into this folder."
        ),
    ] = None,
    store: Store = None,
    csv: Annotated[
        bool,
        typer.Option("--csv", help="With --out: write runs.csv, and behaviorspace.csv as NetLogo does, too."),
    ] = False,
    as_json: Json = False,
) -> None:
    """Run a design, point by point; what was run before is found, so an interrupted sweep goes on where it was."""
    from worthsharing.experiments.sweep_design import load_plan

    plan = load_plan(design, seed=seed)
    _prepare(out, csv)
    _announce_compiling()
    from worthsharing.experiments.store import RunStore
    from worthsharing.experiments.summary import duration, to_json
    from worthsharing.experiments.sweep import FailedRun, forecast, run_sweep
    from worthsharing.experiments.sweep_files import failures, overview, write_sweep

    with RunStore(store) as runs, _where(cluster, workers) as where:
        expected = forecast(plan, runs, workers=where)
        _say(
            f"{expected.runs:,} runs, {expected.found:,} of them found; the rest takes about "
            f"{duration(expected.seconds)} and at most {expected.size / 1e6:,.1f} MB on disk"
            if expected.found < expected.runs
            else f"{expected.runs:,} runs, all of them found"
        )
        try:
            with _progress("worlds") as progress:
                found = expected.sweep or run_sweep(plan, runs, workers=where, progress=progress)
        except FailedRun as error:
            _say(str(error))
            raise typer.Exit(1) from None
    command = shlex.join(["worthsharing", "sweep", design, "--seed", str(seed)])
    more = {}
    if csv:
        from worthsharing.experiments.interchange import csv_files

        more = csv_files(found)
    files = [] if out is None else [str(file) for file in write_sweep(out, found, command, more=more)]
    failed, table = failures(found), overview(found)
    if as_json:
        said = {
            "command": command,
            "points": len(plan.points),
            "runs": expected.runs,
            "found": expected.found,
            "failed": len(failed),
            "failures": failed,
            "overview": table,
            "files": files,
        }
        sys.stdout.write(to_json(said))
    else:
        _print_sweep(_console(), found, table, files)
    for one in failed[:MOST_FAILURES]:
        _say(
            f"failed: {one['scenario']} at point {one['point']}, replicate {one['replicate']}, "
            f"seed {one['seed']}: {one['error']}"
        )
    if failed:
        first = f"; the first {MOST_FAILURES} are named above" if len(failed) > MOST_FAILURES else ""
        _say(f"{len(failed):,} of {expected.runs:,} runs failed{first}")
        raise typer.Exit(1)


MOST_FAILURES = 10


def _print_sweep(
    console: "Console", found: "Sweep", overview: "Sequence[dict[str, Any]]", files: list[str]
) -> None:
    from worthsharing.experiments.summary import decimals_for, shown, shown_interval
    from worthsharing.sim.measures import MEASURES

    plan = found.plan
    if plan.design.title:
        console.print(f"[bold]{plan.design.title}[/bold]")
    table = _table("Measure", "Scenario", "Mean", "90 % of points", "Unit")
    _numeric(table.columns[2:4])
    for measure in plan.measures:
        for row in (one for one in overview if one["measure"] == measure):
            decimals = decimals_for(row["mean"], row["low"], row["high"])
            table.add_row(
                MEASURES[measure].label,
                row["scenario"],
                shown(row["mean"], decimals),
                shown_interval(row["low"], row["high"], decimals),
                f"[dim]{MEASURES[measure].unit}[/dim]",
            )
    console.print(table)
    console.print(
        f"\n{len(plan.points):,} points of {len(plan.infos)} parameters, {len(plan.scenarios)} scenarios, "
        f"{plan.design.replicates:,} replicates, seed {plan.seed}: {plan.rows:,} runs, {len(found.errors):,} failed."
    )
    for file in files:
        console.print(f"written: {file}", soft_wrap=True, markup=False)


@_command
def frontier(
    scenarios: Annotated[
        list[str], typer.Argument(metavar="STRATEGY …", help="Scenarios whose brands do different things.")
    ],
    vary: Annotated[
        list[str] | None,
        typer.Option(
            "--vary",
            metavar="PATH=VALUES",
            help="Settings to try: a,b,c or low:high:steps (with --search also low:high); may be repeated.",
        ),
    ] = None,
    budget: Annotated[
        float | None,
        typer.Option(min=0.0, help="What may be spent over the run, in currency.", show_default="no limit"),
    ] = None,
    search: Annotated[
        int | None,
        typer.Option(min=1, max=100_000, help="Let a search choose so many settings.", show_default="all"),
    ] = None,
    replicates: Annotated[int, typer.Option(min=2, max=100_000, help="Worlds to run each in.")] = 40,
    seed: Seed = 1,
    people: People = None,
    days: Days = None,
    network: NetworkFile = None,
    ties: Ties = None,
    workers: Workers = None,
    cluster: ClusterAddress = None,
    settings: Settings = None,
    store: Store = None,
    out: Out = None,
    csv: Csv = False,
    as_json: Json = False,
) -> None:
    """Place strategies and their settings on reach against backlash, with tail risk, and say which are dominated."""
    changes = _Changes(people, days, network, ties, tuple(settings or ()))
    for source in scenarios:
        changes.load(source)  # an error names the option that it comes from
    from worthsharing.experiments.frontier import candidates_of, run_frontier, strategies_of

    changed = (*changes.settings, *changes.by_option.values())
    strategies = strategies_of(
        scenarios, vary or (), settings=changed, seed=seed, searched=search is not None
    )
    candidates = candidates_of(strategies) if search is None else []
    _prepare(out, csv)
    _announce_compiling()
    from worthsharing.experiments.frontier_report import frontier_document
    from worthsharing.experiments.store import RunStore
    from worthsharing.experiments.summary import to_json

    with RunStore(store) as runs, _where(cluster, workers) as where, _progress("worlds") as progress:
        if search is None:
            found = run_frontier(
                candidates,
                replicates=replicates,
                seed=seed,
                budget=budget,
                workers=where,
                store=runs,
                progress=progress,
            )
        else:
            found = _searched(strategies, search, replicates, seed, budget, where, runs, progress)
    command = _command_line("frontier", scenarios, replicates, seed, changes)
    words = [word for one in vary or () for word in ("--vary", one)]
    words += [] if budget is None else ["--budget", f"{budget:g}"]
    words += [] if search is None else ["--search", str(search)]
    command = shlex.join([*shlex.split(command), *words])
    files: list[str] = []
    if out is not None:
        from worthsharing.experiments.results import write_frontier

        files = [str(file) for file in write_frontier(out, found, command, csv=csv)]
    if as_json:
        sys.stdout.write(to_json({**frontier_document(found, command), "files": files}))
    else:
        _print_frontier(_console(), found, out, files)


def _searched(
    strategies: "Sequence[Strategy]",
    settings: int,
    replicates: int,
    seed: int,
    budget: float | None,
    workers: "int | Executor | None",
    store: "RunStore",
    progress: Callable[[int, int], None],
) -> "Frontier":
    try:
        from worthsharing.experiments.frontier_search import search_frontier
    except ModuleNotFoundError as error:
        if error.name != "optuna":
            raise
        right = "install it: pip install 'worthsharing[optimise]'"
        raise InputError("--search", "Optuna is not installed", right) from None
    return search_frontier(
        strategies,
        settings=settings,
        replicates=replicates,
        seed=seed,
        budget=budget,
        workers=workers,
        store=store,
        progress=progress,
    )


STANDING_COLOURS = {
    "on the frontier": "green",
    "cannot tell": "yellow",
    "dominated": "dim",
    "over budget": "dim",
}
MOST_ROWS = 30  # of candidates; all of them are in the files and in --json


def _print_frontier(console: "Console", found: "Frontier", out: Path | None, files: list[str]) -> None:
    from rich.text import Text

    from worthsharing.experiments.frontier_report import cells_of, sentences_of
    from worthsharing.experiments.summary import shown

    for sentence in sentences_of(found):
        console.print(Text(sentence, style="bold"))
    console.print()
    strategies = dict.fromkeys(one.candidate.strategy for one in found.placed)
    sides = {name: COMPARE_SIDES[place % len(COMPARE_SIDES)] for place, name in enumerate(strategies)}
    for name, side in sides.items():
        console.print(f"[bold cyan]{side}[/bold cyan]  {name}")
    console.print()
    join = " " if console.width >= WIDE else "\n"
    table = _table(
        "Settings",
        "Effort",
        f"Reach{join}(95 %)",
        f"Worst{join}of 20",
        f"Backlash{join}(95 %)",
        f"Worst{join}of 20",
        "Standing",
    )
    _numeric(table.columns[1:6])
    table.columns[6].min_width = 11
    for one in found.placed[:MOST_ROWS]:
        style = STANDING_COLOURS[one.status]
        reach, backlash = cells_of(one.reach), cells_of(one.backlash)
        share = "" if one.status == "over budget" else f"{join}{shown(100 * one.p_frontier, 0)} %"
        side = sides[one.candidate.strategy]
        table.add_row(
            Text(side + one.candidate.label.removeprefix(one.candidate.strategy)),
            f"{one.candidate.effort:,.0f}",
            *(text.replace(" (", f"{join}(") for text in (reach[0], reach[2], backlash[0], backlash[2])),
            Text(one.status.removeprefix("on the ") + share, style=style),
            style="dim" if style == "dim" else None,
        )
    console.print(table)
    if len(found.placed) > MOST_ROWS:
        console.print(f"… and {len(found.placed) - MOST_ROWS:,} more, in --json and in the files of --out.")
    searched = f", {found.proposed:,} settings proposed" if found.proposed else ""
    console.print(
        f"\n{found.replicates:,} worlds, seed {found.seed}{searched}. The share behind a standing: in how many resampled "
        "sets of worlds nobody is at least as good in both means."
    )
    for note in found.notes:
        console.print(Text.assemble(("Note", "bold yellow"), f": {note}"))
    _print_files(console, out, files)


@_command
def verify(
    folder: Annotated[
        Path | None,
        typer.Argument(
            metavar="[FOLDER]",
            help="A store of runs, or a folder that a sweep wrote.",
            show_default="your store",
        ),
    ] = None,
    sample: Annotated[int, typer.Option(min=1, max=10_000_000, help="Runs to be made again.")] = 20,
    as_json: Json = False,
) -> None:
    """Run a sample of kept runs again and say which give other numbers (exit code 1 if any)."""
    _announce_compiling()
    from dataclasses import asdict

    from worthsharing.experiments.store import default_folder
    from worthsharing.experiments.summary import to_json
    from worthsharing.experiments.verify import verify as verify_runs

    place = folder if folder is not None else default_folder()
    with _progress("runs") as progress:
        found = verify_runs(place, sample=sample, progress=progress)
    if as_json:
        sys.stdout.write(to_json({"folder": str(place), **asdict(found)}))
    else:
        for note in found.notes:
            print(note)
        for one in found.mismatches:
            print(f"{one.run}: {one.what} was {one.kept} and is now {one.now}")
        unknown = (
            f", {found.unknown:,} could not be made again: nobody kept what was run" if found.unknown else ""
        )
        differing = len({one.run for one in found.mismatches})
        verdict = (
            f"{differing:,} of them gave other numbers"
            if differing
            else "each gave the same numbers to the last bit"
        )
        print(f"{found.sampled:,} of {found.runs:,} runs were made again, {verdict}{unknown}.")
    if found.mismatches:
        raise typer.Exit(1)


@_command
def dashboard(
    host: Annotated[
        str, typer.Option(help="Address to listen at; 0.0.0.0 lets other machines in.")
    ] = "127.0.0.1",
    port: Annotated[
        int | None, typer.Option(min=1, max=65535, help="Port to listen at.", show_default="a free one")
    ] = None,
    browser: Annotated[
        bool, typer.Option("--browser/--no-browser", help="Open the page in a browser.")
    ] = True,
) -> None:
    """Open the app: choose two scenarios, run them, look at the curves and the verdict."""
    _announce_compiling()
    from worthsharing.dashboard.app import serve

    serve(host, port, browser)


@_command
def scenarios(
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Copy the files into this folder, to be changed.")
    ] = None,
    as_json: Json = False,
) -> None:
    """List the bundled scenarios."""
    from importlib.resources import files

    from worthsharing.sim.scenario import bundled_names, load_scenario

    bundled = {name: load_scenario(name).scenario for name in bundled_names()}
    written = []
    if out is not None:
        _writable(out)
        for name in (*(f"{name}.toml" for name in bundled), "scenario.schema.json"):
            if (out / name).exists():
                raise InputError(
                    str(out / name), "is there already and may have been changed", "choose another folder"
                )
        for name in (*(f"{name}.toml" for name in bundled), "scenario.schema.json"):
            (out / name).write_bytes(files("worthsharing.scenarios").joinpath(name).read_bytes())
            written.append(str(out / name))
    if as_json:
        listed = {
            name: {"title": one.title, "claim": one.claim, "key": one.key} for name, one in bundled.items()
        }
        sys.stdout.write(
            json.dumps({"scenarios": listed, "files": written}, indent=2, ensure_ascii=False) + "\n"
        )
        return
    console = _console()
    table = _table("Scenario", "What the brand does", "Claim")
    table.columns[0].no_wrap = True
    for name, one in bundled.items():
        table.add_row(name, one.title, one.claim)
    console.print(table)
    for file in written:
        console.print(f"written: {file}", soft_wrap=True, markup=False)


@_command
def reference(
    check: Annotated[
        bool, typer.Option("--check", help="Only say whether they are up to date (exit code 1 if not).")
    ] = False,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Write them into this folder instead.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Write the parameter table and the JSON Schema of scenario files from the code (for maintainers)."""
    from worthsharing.experiments.reference import documents, scenarios_folder

    folder = out if out is not None else scenarios_folder()
    if not check:
        _writable(folder)
    state = {}
    for name, text in documents().items():
        file = folder / name
        fresh = file.is_file() and file.read_text(encoding="utf-8") == text
        if not check and not fresh:
            file.write_text(text, encoding="utf-8", newline="\n")
        state[str(file)] = "up to date" if fresh else "out of date" if check else "written"
    if as_json:
        sys.stdout.write(json.dumps(state, indent=2) + "\n")
    else:
        for file_name, what in state.items():
            print(f"{file_name}: {what}")
    if "out of date" in state.values():
        _say("run `worthsharing reference` and commit what it writes")
        raise typer.Exit(1)


# ---- files --------------------------------------------------------------------------------------------------------


def _prepare(out: Path | None, csv: bool) -> None:
    """Find out before the work whether its results can be written."""
    if out is not None:
        _writable(out)
    elif csv:
        raise InputError("--csv", "there is no folder to write to", "give --out DIR too")


def _writable(folder: Path) -> None:
    from worthsharing.experiments.files import check_folder

    check_folder(folder)


def _write(
    out: Path | None, results: "Results", comparison: "Comparison | None", command: str, csv: bool
) -> list[str]:
    if out is None:
        return []
    from worthsharing.experiments.results import write_results

    return [str(file) for file in write_results(out, results, comparison, command, csv=csv)]


# ---- tables -------------------------------------------------------------------------------------------------------


def _table(*headings: str) -> "Table":
    from rich import box
    from rich.table import Table

    table = Table(
        box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, collapse_padding=True, header_style="bold"
    )
    for heading in headings:
        table.add_column(heading, overflow="fold")
    return table


def _numeric(columns: "list[Column]") -> None:
    for column in columns:
        column.justify, column.no_wrap = "right", True


def _print_run(console: "Console", results: "Results", out: Path | None, files: list[str]) -> None:
    from worthsharing.experiments.summary import decimals_for, shown, shown_interval, summarise

    ((name, scenario),) = results.scenarios.items()
    console.print(f"[bold]{name}[/bold]" + (f": {scenario.title}" if scenario.title else ""))
    table = _table("Measure", "Mean", "95 % interval", "Unit")
    _numeric(table.columns[1:3])
    for summary in summarise(results):
        decimals = decimals_for(summary.mean, summary.low, summary.high)
        table.add_row(
            summary.label,
            shown(summary.mean, decimals),
            shown_interval(summary.low, summary.high, decimals),
            f"[dim]{summary.unit}[/dim]",
        )
    console.print(table)
    worlds = "1 world" if results.replicates == 1 else f"{results.replicates:,} worlds"
    console.print(
        f"\n{worlds}, seed {results.seed}. Backlash is measured against the same worlds with a silent brand."
    )
    _print_files(console, out, files)


def _print_comparison(
    console: "Console", results: "Results", comparison: "Comparison", out: Path | None, files: list[str]
) -> None:
    from worthsharing.experiments.summary import family_sentence, pairing_gain

    for sentence in comparison.sentences:
        console.print(f"[bold]{sentence}[/bold]")
    console.print()
    sides = dict(zip(comparison.names, COMPARE_SIDES, strict=False))
    for name, side in sides.items():
        title = results.scenarios[name].title
        console.print(f"[bold cyan]{side}[/bold cyan]  {name}" + (f": {title}" if title else ""))
    for other in comparison.names[1:]:
        chosen = [difference for difference in comparison.differences if difference.b == other]
        console.print()
        console.print(_verdict_table(chosen, sides, wide=console.width >= WIDE))
    worlds = "1 world" if results.replicates == 1 else f"{results.replicates:,} worlds"
    console.print(
        f"\n{worlds}, seed {results.seed}. {family_sentence(comparison.differences, comparison.looks)}"
    )
    console.print(pairing_gain(comparison.differences))
    console.print()
    console.print(_effort_table(comparison, sides))
    console.print()
    if comparison.equal_effort:
        console.print("At equal effort (within 1 %).")
    else:
        console.print(
            "[bold yellow]At unequal effort[/bold yellow]: one side spends more, so this is no fair contest."
        )
    for note in comparison.notes:
        console.print(f"[bold yellow]Note[/bold yellow]: {note}")
    _print_files(console, out, files)


def _print_trial(
    console: "Console", trial: "Trial", verbose: bool, out: Path | None, files: list[str]
) -> None:
    from rich.text import Text

    from worthsharing.experiments.trial_report import counts_sentence
    from worthsharing.experiments.verdicts import MEANINGS

    console.print(_trial_table(trial, wide=console.width >= WIDE))
    console.print(f"\n{counts_sentence(trial)}.", style="bold")
    console.print(
        "Clear for, against: in what share of the settings the whole claim clearly holds, or clearly fails."
    )
    for word in dict.fromkeys(verdict.word for verdict in trial.verdicts):
        console.print(Text.assemble((word, WORD_COLOURS[word]), f": {MEANINGS[word]}."))
    for verdict in trial.verdicts if verbose or len(trial.verdicts) <= FEW_CLAIMS else ():
        console.print()
        console.print(Text.assemble((verdict.claim.id, "bold"), f"  {verdict.sentence}"))
    console.print(
        f"\n{trial.replicates:,} worlds of {trial.people:,} people at the defaults; {trial.points:,} settings of "
        f"{len(trial.sample)} parameters, {trial.replicates_per_point} worlds of {trial.people_per_point:,} people each; "
        f"{trial.days} days, seed {trial.seed}, {trial.runs:,} runs."
    )
    for note in trial.notes:
        console.print(Text.assemble(("Note", "bold yellow"), f": {note}"))
    if not verbose and len(trial.verdicts) > FEW_CLAIMS:
        console.print("--verbose says each verdict in sentences; --out DIR writes the report.")
    _print_files(console, out, files)


def _trial_table(trial: "Trial", *, wide: bool) -> "Table":
    """One row per claim; in a narrow terminal each row takes two lines or more."""
    from worthsharing.experiments.summary import decimals_for, shown, shown_interval, signed

    join = "  " if wide else "\n"
    decided = any(verdict.deciders for verdict in trial.verdicts)
    table = _table(
        "Claim",
        "What it says",
        "Verdict",
        f"At the defaults:{join}first part",
        "Clear for,\nagainst",
        *(["Decided by"] if decided else []),
    )
    _numeric(table.columns[3:5])
    table.columns[0].no_wrap = table.columns[2].no_wrap = True
    table.columns[1].min_width = 30 if wide else 12
    if decided:
        table.columns[5].min_width = 24 if wide else 12
    for verdict in trial.verdicts:
        part, settings = verdict.parts[0], verdict.settings
        decimals = decimals_for(part.mean_a, part.mean_b, part.difference)
        colour = WORD_COLOURS[verdict.word]
        clear = [
            shown(100 * settings.share(one), 0) for one in (settings.clearly_holds, settings.clearly_fails)
        ]
        paths = [one.path if wide else one.path.replace(".", ".\n", 1) for one in verdict.deciders]
        table.add_row(
            verdict.claim.id,
            verdict.claim.title,
            f"[{colour}]{verdict.word}[/{colour}]",
            f"{signed(part.difference, decimals)}{join}[dim]{shown_interval(part.low, part.high, decimals)}[/dim]",
            f"{clear[0]}, {clear[1]} %" if settings.settings else clear[0],
            *(["\n".join(paths if wide else paths[:1])] if decided else []),
        )
    return table


def _print_traces(
    console: "Console",
    traces: "dict[str, Trace]",
    part: "Parting | None",
    day: int | None,
    everything: bool,
) -> None:
    from worthsharing.experiments import story

    for name, one in traces.items():
        console.print(f"[bold]Person {one.person}[/bold] in {name}", markup=True)
        traits = {trait.replace("_", " "): value for trait, value in one.traits.items()}
        console.print(", ".join(f"{trait} {value:.3g}" for trait, value in traits.items()), style="dim")
        decisions = story.chosen(one, day=day, everything=everything)
        table = _table("Day", "About", "Worth", "Decision", "Chance / draw", "Outcome")
        _numeric([table.columns[0], table.columns[2], table.columns[4]])
        before: tuple[int, str] | None = None
        for decision, row in zip(decisions, story.decision_rows(decisions), strict=True):
            item = None if decision.item is None else (decision.item.message, decision.item.sender)
            about = "" if item is not None and item == before else row[1]
            before = item
            table.add_row(row[0], about, *row[2:5], f"[bold]{row[5]}[/bold]" if decision.done else row[5])
        console.print(table)
        if not decisions:
            console.print("Nothing to decide about a brand." if day is None else "Nothing on that day.")
        worths = {story.worth_words(one.item) for one in decisions if one.item is not None and one.done}
        for words in sorted(worths - {""})[:3]:
            console.print(words, style="dim")
        console.print()
    if len(traces) == 2:
        console.print(
            part.sentence if part is not None else "In both worlds this person does the same, to the end."
        )


FEW_CLAIMS = 3  # so many verdicts are said in sentences without being asked for
WORD_COLOURS = {"confirmed": "green", "depends": "cyan", "refuted": "red", "cannot tell": "yellow"}
COLOURS = {"better": "green", "worse": "red", "cannot tell": "yellow", "not available": "dim"}


def _verdict_table(differences: list["Difference"], sides: dict[str, str], *, wide: bool) -> "Table":
    """One row per outcome; in a narrow terminal each row takes two lines."""
    from worthsharing.experiments.summary import decimals_for, shown, shown_interval

    a, b = sides[differences[0].a], sides[differences[0].b]
    join = "  " if wide else "\n"
    table = _table("Outcome", a, b, f"{b} − {a}{join}95 % interval", f"{b} better{join}in worlds", "Verdict")
    _numeric(table.columns[1:5])
    table.columns[0].no_wrap = wide
    table.columns[5].min_width = 16
    for difference in differences:
        decimals = decimals_for(difference.mean_a, difference.mean_b)
        share = shown(100 * difference.p_better, 0)
        share_interval = shown_interval(100 * difference.p_low, 100 * difference.p_high, 0)
        interval = shown_interval(difference.low, difference.high, decimals)
        verdict = difference.verdict.replace(f"{difference.b} is", f"{b} is")
        colour = COLOURS.get(difference.side, "default")
        same_word = difference.unit == difference.label.lower()
        table.add_row(
            difference.label if wide or same_word else f"{difference.label}\n[dim]{difference.unit}[/dim]",
            shown(difference.mean_a, decimals),
            shown(difference.mean_b, decimals),
            f"{shown(difference.difference, decimals)}{join}[dim]{interval}[/dim]",
            f"{share} %{join}[dim]{share_interval}[/dim]",
            f"[{colour}]{verdict}[/{colour}]",
        )
    return table


def _effort_table(comparison: "Comparison", sides: dict[str, str]) -> "Table":
    table = _table("Effort", "Staff hours", "Staff", "Rewards", "Paid reach", "Total")
    _numeric(table.columns[1:])
    for effort in comparison.efforts:
        table.add_row(
            sides[effort.scenario],
            f"{effort.staff_hours:,.1f}",
            *(f"{amount:,.0f}" for amount in (effort.staff, effort.rewards, effort.paid)),
            f"[bold]{effort.effort:,.0f}[/bold]",
        )
    return table


def _print_facts(console: "Console", validation: "Validation", out: Path | None, files: list[str]) -> None:
    from worthsharing.experiments.facts import LISTS, lists_of
    from worthsharing.experiments.facts_report import band_said, interval_words, value_words

    if validation.quick:
        console.print(
            "[bold yellow]A quick look, not the verdict[/bold yellow]: worlds are smaller and fewer.\n"
        )
    for name, passed, measured in lists_of(validation):
        if not measured:
            continue
        title, meaning = LISTS[name]
        console.print(f"[bold]{title}: {passed} of {measured} passed[/bold]  [dim]{meaning}[/dim]")
        table = _table("Fact", "", "Measured", "Accepted", "Verdict")
        _numeric(table.columns[2:4])
        table.columns[0].no_wrap = table.columns[4].no_wrap = True
        for result in validation.of_list(name):
            fact = result.fact
            what = f"[bold]{fact.statement}[/bold]\n[dim]{fact.source}; grade {fact.grade}[/dim]"
            table.add_row(f"[bold]{fact.id}[/bold]", what, "", "", _passed(result.passed, "bold "))
            for reading in result.readings:
                one, part = reading.estimate, reading.part
                said = f"{value_words(one.value)}\n[dim]{interval_words(one.low, one.high)}[/dim]"
                if part.sign and one.worlds:
                    said += f"\n[dim]in {100 * one.share:.0f} % of {one.worlds}[/dim]"
                table.add_row("", part.label, said, band_said(part), _passed(reading.passed))
        console.print(table)
        console.print()
    console.print(
        f"Seed {validation.seed}. The lists stand apart: passing an input fact says nothing about people."
    )
    if out is not None:
        page = next(file for file in files if file.endswith(".html"))
        console.print(f"\nPage: {page}\nTables and manifest: {out}", soft_wrap=True, markup=False)


def _passed(passed: bool, how: str = "") -> str:
    return f"[{how}green]passed[/{how}green]" if passed else f"[{how}red]failed[/{how}red]"


def _print_audit(console: "Console", audit: "Audit") -> None:
    from worthsharing.experiments.summary import decimals_for, shown, shown_interval

    colours = {
        "stands": "green",
        "flips": "red",
        "fades": "yellow",
        "emerges": "yellow",
        "not audited": "dim",
    }
    console.print(f"[bold]{audit.sentence}[/bold]\n")
    table = _table("Changed", "Outcome", "Per 1,000 people", "95 % interval", "Verdict", "It")
    _numeric(table.columns[2:4])
    for row in audit.rows:
        digits = decimals_for(row.per_1000, row.low, row.high)
        table.add_row(
            row.changed,
            row.label,
            shown(row.per_1000, digits),
            shown_interval(row.low, row.high, digits),
            row.verdict,
            f"[{colours.get(row.word, 'default')}]{row.word}[/{colours.get(row.word, 'default')}]",
        )
    console.print(table)
    for note in audit.notes:
        console.print(f"\n{note}", markup=False)


def _print_files(console: "Console", out: Path | None, files: list[str]) -> None:
    if out is not None:
        report = next(file for file in files if file.endswith(".html"))
        console.print(f"\nReport: {report}\nTables and manifest: {out}", soft_wrap=True, markup=False)
