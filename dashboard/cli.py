"""The command line: reads what a person typed, starts what does the work, and prints what came of it.

Heavy libraries are imported inside the commands, so that `--help` answers at once; nowhere else in the project are
imports inside functions.
"""

import functools
import gc
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
import typer.core

from worthsharing.sim.errors import InputError

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Column, Table

    from worthsharing.experiments.analyses import Discovery, Sensitivity, Varied
    from worthsharing.experiments.audit import Audit
    from worthsharing.experiments.break_even import BreakEvens
    from worthsharing.experiments.calibration import Calibration
    from worthsharing.experiments.compare import Comparison, Difference
    from worthsharing.experiments.execute import Executor, Results
    from worthsharing.experiments.explain import Explanation
    from worthsharing.experiments.facts import Validation
    from worthsharing.experiments.fit_facts import Fit
    from worthsharing.experiments.frontier import Frontier, Strategy
    from worthsharing.experiments.ledger import Ledger
    from worthsharing.experiments.question import Question
    from worthsharing.experiments.store import RunStore
    from worthsharing.experiments.story import Parting
    from worthsharing.experiments.sweep import Forecast, Sweep
    from worthsharing.experiments.verdicts import Trial
    from worthsharing.sim.scenario import Loaded, Scenario
    from worthsharing.sim.trace import Trace

log = logging.getLogger("worthsharing")
WIDE = 118  # columns from which on a table has one line per row
NARROW = 78  # columns below which tables are made slim: numbers below each other, and what decides a claim in sentences only
COMPARE_SIDES = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


class _Commands(typer.core.TyperGroup):
    """The commands; what an option takes is said in words of ours, not in those of a validator."""

    def invoke(self, ctx: Any) -> Any:
        """Run a command."""
        try:
            return super().invoke(ctx)
        except typer.BadParameter as error:
            error.message = _option_words(error)
            raise


def _option_words(error: typer.BadParameter) -> str:
    """What is wrong with the value of an option, and what would be right."""
    problems = getattr(error.__cause__, "errors", None)  # of pydantic, which need not be imported for this
    if problems is None:
        return error.message
    problem = problems()[0]
    kind, given, limits = problem["type"], problem.get("input"), problem.get("ctx", {})
    if kind == "value_error":
        return str(limits["error"])
    what = {"int": "a whole number", "float": "a number", "bool": "true or false"}.get(kind.partition("_")[0])
    if what is not None:
        return f"{given!r} will not do; {what}"
    if "ge" in limits:
        return f"{given} is too little; {limits['ge']:,.10g} or more"
    return f"{given} is too much; {limits['le']:,.10g} or less" if "le" in limits else error.message


app = typer.Typer(
    name="worthsharing",
    cls=_Commands,
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


@contextmanager
def _imports() -> Iterator[None]:
    """Import without looking for garbage: modules leave none, and the search took a sixth of the time to start."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()  # what is there by now is not looked through again
        gc.enable()


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
    int | None,
    typer.Option(
        min=1,
        max=1024,
        help="Worlds run at once, at most: small ones take turns.",
        show_default="all processors",
    ),
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
Measure = Annotated[
    str | None,
    typer.Option(metavar="ID", help="The outcome, e.g. reach, backlash, adoptions.", show_default="reach"),
]
Parameters = Annotated[
    list[str] | None,
    typer.Option(
        "--parameters",
        metavar="PATH",
        help="What varies, over its plausible range or PATH=LOW..HIGH; b:PATH of B alone. Repeat it, or put commas "
        "between.",
        show_default="all claims about people, products and costs",
    ),
]
Worlds = Annotated[
    int | None,
    typer.Option(
        "--replicates", min=2, max=100_000, help="Worlds at each setting.", show_default="4, or the design's"
    ),
]
EffortName = Annotated[
    Literal["auto", "equal", "own"],
    typer.Option(
        help="equal: both spend the same at every setting; own: what each spends; auto: equal if they do as written."
    ),
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
    with _imports():
        from worthsharing.sim.jit import is_compiled

    if not is_compiled():
        _say("the first run compiles the model, for about 20 seconds")


def _execute(
    scenarios: dict[str, "Scenario"],
    replicates: int,
    seed: int,
    engine: Literal["bulk", "agents"],
    workers: int | None,
    cluster: str | None,
) -> "Results":
    with _imports():
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
    looked: Annotated[
        list[int] | None,
        typer.Option(
            metavar="N",
            help="Worlds after which you looked at this verdict before, once for each look: intervals then hold over all.",
            show_default="none",
        ),
    ] = None,
    settings: Settings = None,
    ledger: Annotated[
        int | None,
        typer.Option(
            min=24,
            max=1_000_000,
            metavar="SETTINGS",
            help="Compare again at so many other plausible settings of what is guessed, e.g. 128, "
            "and say which verdicts hang on guesses.",
            show_default="not examined",
        ),
    ] = None,
    audit: Annotated[
        bool,
        typer.Option("--audit", help="Change what must not matter, and say whether the verdict stands."),
    ] = False,
    explain: Annotated[
        bool,
        typer.Option("--explain", help="Of two scenarios: say which settings and which mechanisms did it."),
    ] = False,
    out: Out = None,
    csv: Csv = False,
    as_json: Json = False,
) -> None:
    """Run scenarios in the same worlds and say which does better, and how sure that is."""
    if not 2 <= len(scenarios) <= len(COMPARE_SIDES):
        raise InputError(
            "compare", f"{len(scenarios)} scenario given", "give two or more, e.g. `worthsharing compare A B`"
        )
    if explain and (len(scenarios) != 2 or replicates < 2):
        raise InputError(
            "--explain",
            "explains a pair in two worlds or more",
            "give two scenarios and --replicates 2 or more",
        )
    if looked and until_clear:
        raise InputError(
            "--looked", "goes with a number of worlds", "leave out --until-clear, which counts its looks"
        )
    if looked:
        from worthsharing.experiments.compare import check_looks

        check_looks(looked, replicates)
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
    from worthsharing.experiments.compare import with_looks
    from worthsharing.experiments.summary import comparison_document, to_json

    results = with_looks(results, looked or ())
    comparison = compare_results(results)
    found = None if ledger is None else _ledger(results, comparison, ledger, workers, cluster)
    audits = _audits(results, workers) if audit else []
    command = _command_line("compare", scenarios, replicates, seed, changes)
    why = _why(loaded, replicates, seed, workers) if explain else None
    command += (f" --ledger {ledger}" if ledger is not None else "") + (" --audit" if audit else "")
    command += " --explain" if explain else ""
    command += "".join(f" --looked {look}" for look in looked or ())
    if until_clear:
        command += f" --until-clear --max-replicates {max_replicates}"
    files = _write(out, results, comparison, command, csv, ledger=found, audits=audits, explanation=why)
    if as_json:
        document = comparison_document(results, comparison, command, ledger=found, audits=audits)
        if why is not None:
            from worthsharing.experiments.explain import explanation_document

            document["explanation"] = explanation_document(why, command)
        sys.stdout.write(to_json({**document, "files": files}))
    else:
        console = _console()
        if why is not None:
            _print_reasons(console, why)
        _print_comparison(console, results, comparison, out, files, ledger=found, audits=audits)


def _why(scenarios: dict[str, "Scenario"], replicates: int, seed: int, workers: int | None) -> "Explanation":
    """Explain a pair in as many worlds as were asked for."""
    from worthsharing.experiments.explain import explain as explain_scenarios
    from worthsharing.experiments.store import RunStore

    _say(f"explain: some {replicates * 85:,} more runs")
    with RunStore() as store, _progress("worlds") as progress:
        return explain_scenarios(
            scenarios, replicates=replicates, seed=seed, workers=workers, store=store, progress=progress
        )


def _print_reasons(console: "Console", why: "Explanation") -> None:
    from worthsharing.experiments.explain import TITLES

    for answer in why.answers:
        console.print(f"[bold cyan]{TITLES[answer.question]}[/bold cyan]")
        for split in answer.splits:
            console.print(split.sentence, markup=False)
    for note in why.notes if not why.answers else ():
        console.print(note, markup=False)
    console.print()


def _ledger(
    results: "Results", comparison: "Comparison", points: int, workers: int | None, cluster: str | None
) -> "Ledger":
    from worthsharing.experiments.ledger import WORLDS, run_ledger
    from worthsharing.experiments.store import RunStore

    _say(f"ledger: {points:,} other settings of what is guessed, in {WORLDS} worlds each")
    with RunStore() as store, _where(cluster, workers) as where, _progress("worlds") as progress:
        return run_ledger(results, comparison, points=points, workers=where, store=store, progress=progress)


def _audits(results: "Results", workers: int | None) -> "list[Audit]":
    """Audit each scenario against the first one, in as many worlds as they were compared in."""
    from worthsharing.experiments.audit import audit

    first, *others = results.scenarios
    found = []
    for other in others:
        _say(f"audit of {other} against {first}: about seven times the runs of the comparison")
        sides = {name: results.scenarios[name] for name in (first, other)}
        with _progress("worlds") as progress:
            found.append(
                audit(
                    sides,
                    replicates=results.replicates,
                    seed=results.seed,
                    workers=workers,
                    progress=progress,
                )
            )
    return found


@_command
def calibrate(
    posts: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Export of a page's posts: CSV, TSV or semicolons, also .gz.",
            show_default=False,
        ),
    ] = None,
    facts: Annotated[
        Path | None,
        typer.Option(
            metavar="DESIGN.toml",
            help="Or, for maintainers: a design that fits defaults to calibrated facts.",
            show_default=False,
        ),
    ] = None,
    trials: Annotated[
        int | None,
        typer.Option(min=2, max=100_000, help="With --facts: trials.", show_default="as the design says"),
    ] = None,
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
    """Fit a brand's base rates to the posts of its own page, as a scenario file to start from.

    With --facts instead: fit defaults of the model to the facts that a design names, as every default that says so was.
    """
    if (posts is None) == (facts is None):
        raise InputError("calibrate", "what to?", "give either --posts FILE or --facts DESIGN.toml")
    if facts is not None:
        _fit_facts(facts, trials, seed, workers, out, as_json)
        return
    assert posts is not None
    from worthsharing.experiments.posts_file import read_posts

    read = read_posts(posts, columns=columns or (), kinds=kinds or ())
    _prepare(out, csv=False)
    _announce_compiling()
    with _imports():
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


def _fit_facts(
    design: Path, trials: int | None, seed: int, workers: int | None, out: Path | None, as_json: bool
) -> None:
    """Search for the values of some defaults that bring calibrated facts to the centres of their bands."""
    try:
        from worthsharing.experiments.fit_facts import (
            fit_document,
            fit_store,
            load_fit,
            run_fit,
            write_fit,
        )
    except ImportError as error:
        if error.name != "optuna":
            raise
        raise InputError(
            "--facts", "needs Optuna, which is not installed", "pip install 'worthsharing[optimise]'"
        ) from None
    from worthsharing.experiments.summary import counted, to_json

    plan = load_fit(design, seed=seed, trials=trials)
    _prepare(out, csv=False)
    _announce_compiling()
    _say(
        f"{counted(plan.design.trials, 'trial')} of {counted(len(plan.infos), 'parameter')}, each in "
        f"{counted(plan.design.worlds, 'world')} of {plan.design.people:,} people"
    )
    with fit_store() as store, _progress("trials") as progress:
        fit = run_fit(plan, workers=workers, store=store, progress=progress)
    words = ["worthsharing", "calibrate", "--facts", str(design)]
    words += [] if trials is None else ["--trials", str(trials)]
    command = shlex.join([*words, "--seed", str(seed)])
    files = [] if out is None else [str(file) for file in write_fit(out, fit, command)]
    if as_json:
        sys.stdout.write(to_json({**fit_document(fit, command), "files": files}))
    else:
        _print_fit(_console(), fit, files)


def _print_fit(console: "Console", fit: "Fit", files: list[str]) -> None:
    from worthsharing.experiments.fit_facts import part_rows

    console.print(f"[bold]{fit.sentence}[/bold]\n")
    near = sum(trial.near for trial in fit.trials)
    table = _table("Parameter", "Shipped", "Best", "Not told from the best", "Of its range")
    _numeric(table.columns[1:])
    for one in fit.determined:
        table.add_row(
            one.path,
            f"{one.shipped:.3g}",
            f"{one.best:.3g}",
            f"{one.low:.3g} to {one.high:.3g}",
            f"{100 * one.share:.0f} %",
        )
    console.print(table)
    console.print(
        f"\n{near} of {len(fit.trials)} trials cannot be told from the best; seed {fit.plan.seed}.\n"
    )
    table = _table("Fact", "", "Band", "Shipped", "Best")
    _numeric(table.columns[2:])
    for row in part_rows(fit):
        told = [
            f"[{'green' if row['low'] <= row[name] <= row['high'] else 'red'}]{row[name]:.3g}[/]"
            for name in ("shipped", "best")
        ]
        table.add_row(row["fact"], row["label"], f"{row['low']:g} to {row['high']:g}", *told)
    console.print(table)
    worlds = fit.plan.design.confirm_worlds
    console.print(
        f"\nThe facts are those of {worlds} worlds of {fit.plan.design.people:,} people that no trial has seen."
    )
    for file in files:
        console.print(f"written: {file}", soft_wrap=True, markup=False)


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
    with _imports():
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
    world: Annotated[
        int | None,
        typer.Option(
            min=0,
            max=10_000_000,
            help="Number of the world.",
            show_default="0; with --pick the first that has one",
        ),
    ] = None,
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
        worlds = range(20) if world is None else (world,)
        world, who = story.first_who(first, pick, seed=seed, worlds=worlds)
    world = world or 0
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
    print(f"World {world}, seed {seed}.")


@_command
def explain(
    scenarios: Annotated[
        list[str], typer.Argument(metavar="A B", help="Two scenarios; what B does differently is explained.")
    ],
    outcome: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ID", help="Outcome to be explained; may be repeated.", show_default="reach, backlash"
        ),
    ] = None,
    break_even: Annotated[
        bool,
        typer.Option(
            "--break-even", help="What would change the verdict: at which values of which parameters."
        ),
    ] = False,
    replicates: Annotated[
        int | None,
        typer.Option(min=2, max=100_000, help="Worlds to run.", show_default="20; 12 with --break-even"),
    ] = None,
    seconds: Annotated[
        float | None,
        typer.Option(
            min=1, help="Stop after so long; with fewer worlds intervals are wider.", show_default="no limit"
        ),
    ] = None,
    seed: Seed = 1,
    people: People = None,
    days: Days = None,
    network: NetworkFile = None,
    ties: Ties = None,
    workers: Workers = None,
    settings: Settings = None,
    store: Store = None,
    out: Out = None,
    csv: Csv = False,
    as_json: Json = False,
) -> None:
    """Which mechanism did it, which setting did it, and (--break-even) what would change the verdict."""
    if len(scenarios) != 2:
        raise InputError("explain", f"{len(scenarios)} scenarios given", "give two: A and B")
    if break_even and seconds is not None:
        raise InputError("--seconds", "says nothing of --break-even", "give --replicates instead")
    changes = _Changes(people, days, network, ties, tuple(settings or ()))
    loaded = _load(scenarios, changes)
    _prepare(out, csv)
    _announce_compiling()
    with _imports():
        from worthsharing.experiments.break_even import break_even_document, break_evens
        from worthsharing.experiments.explain import EXPLAINED, explanation_document
        from worthsharing.experiments.explain import explain as explain_scenarios
        from worthsharing.experiments.store import RunStore
        from worthsharing.experiments.summary import to_json

    outcomes = tuple(dict.fromkeys(outcome or EXPLAINED))
    words = [word for one in outcome or () for word in ("--outcome", one)]
    with RunStore(store) as runs, _progress("worlds") as progress:
        shared: dict[str, Any] = {
            "outcomes": outcomes, "seed": seed, "workers": workers, "store": runs, "progress": progress
        }  # fmt: skip
        found: Explanation | BreakEvens
        if break_even:
            found = break_evens(loaded, replicates=replicates or 12, **shared)
            made, words = found.worlds, [*words, "--break-even"]
        else:
            found = explain_scenarios(loaded, replicates=replicates or 20, seconds=seconds, **shared)
            made = max((answer.worlds for answer in found.answers), default=replicates or 20)
    command = _command_line("explain", scenarios, made, seed, changes) + "".join(f" {word}" for word in words)
    files: list[str] = []
    if out is not None:
        from worthsharing.experiments.explain_files import write_explanation

        files = [str(file) for file in write_explanation(out, found, loaded, command, csv=csv)]
    if as_json:
        document = break_even_document(found) if break_even else explanation_document(found, command)  # type: ignore[arg-type]  # as it was made
        sys.stdout.write(to_json({**document, "command": command, "files": files}))
    elif break_even:
        _print_break_evens(_console(), found, out, files)  # type: ignore[arg-type]  # as it was made
    else:
        _print_explanation(_console(), found, out, files)  # type: ignore[arg-type]  # as it was made


@_command
def spread(
    scenario: Source,
    message: Annotated[
        int | None,
        typer.Option(metavar="ID", help="A message, as the table of cascades names it.", show_default=False),
    ] = None,
    pick: Annotated[
        Literal["largest", "deepest", "most_viral", "most_seen"],
        typer.Option(help="Or one by or about the brand."),
    ] = "largest",
    world: Annotated[int, typer.Option(min=0, max=10_000_000, help="Number of the world.")] = 0,
    seed: Seed = 1,
    people: People = None,
    days: Days = None,
    network: NetworkFile = None,
    ties: Ties = None,
    settings: Settings = None,
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Write page, tables (CSV) and graphs (GraphML) into this folder."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Who passed it on to whom, who mattered, and where in the network reach and backlash sit, in one world."""
    from worthsharing.sim.run import check_seed

    check_seed(seed)
    changes = _Changes(people, days, network, ties, tuple(settings or ()))
    ((name, loaded),) = _load([scenario], changes).items()
    _prepare(out, csv=False)
    _announce_compiling()
    with _imports():
        from worthsharing.experiments.spread import spread_document, spread_of
        from worthsharing.experiments.summary import to_json

    found = spread_of(name, loaded, message=message, pick=pick, world=world, seed=seed)
    words = ["--pick", pick] if message is None else ["--message", str(message)]
    command = shlex.join(
        [
            "worthsharing",
            "spread",
            scenario,
            *words,
            "--world",
            str(world),
            "--seed",
            str(seed),
            *changes.words,
        ]
    )
    files: list[str] = []
    if out is not None:
        from worthsharing.experiments.spread_report import write_spread

        files = [str(file) for file in write_spread(out, found, loaded, command)]
    if as_json:
        sys.stdout.write(to_json({**spread_document(found, command), "files": files}))
        return
    from worthsharing.experiments import spread_figures

    console = _console()
    for sentence in found.sentences:
        console.print(sentence, style="bold", markup=False)
    wheres = [
        spread_figures.where_cells(found.where, one) for one in spread_figures.groupings_of(found.where)
    ]
    tables = [spread_figures.tree_cells(found.tree), spread_figures.sharers_cells(found.top_sharers), *wheres]
    for cells in (*tables, spread_figures.cascades_cells(found.cascades)):
        table = _table(*cells.header)
        _numeric(
            [column for column in table.columns[1:] if column.header not in ("Role", "What", "Seen from")]
        )
        for row in cells.rows:
            table.add_row(*row)
        console.print(f"\n[bold]{cells.caption}[/bold]")
        console.print(table)
    console.print(f"\nMessage {found.message}; world {world}, seed {seed}.")
    _print_files(console, out, files)


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
    with _imports():
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
    with _imports():
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
    with _imports():
        from worthsharing.experiments.sweep_design import load_plan

    plan = load_plan(design, seed=seed)
    _prepare(out, csv)
    _announce_compiling()
    with _imports():
        from worthsharing.experiments.store import RunStore
        from worthsharing.experiments.summary import duration, megabytes, to_json
        from worthsharing.experiments.sweep import FailedRun, forecast, run_sweep
        from worthsharing.experiments.sweep_files import failures, overview, write_sweep

    with RunStore(store) as runs, _where(cluster, workers) as where:
        if plan.rows >= MANY_RUNS:
            _say(f"{plan.rows:,} runs: looking for those that are kept, and trying some …")
        expected = forecast(plan, runs, workers=where)
        _say(
            f"{expected.runs:,} runs, {expected.found:,} of them found; the rest takes about "
            f"{duration(expected.seconds)} and at most {megabytes(expected.size)} on disk"
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
MANY_RUNS = 200_000  # that take seconds to look up


def _print_sweep(
    console: "Console", found: "Sweep", overview: "Sequence[dict[str, Any]]", files: list[str]
) -> None:
    from worthsharing.experiments.summary import counted, decimals_for, shown, shown_interval
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
        f"\n{counted(len(plan.points), 'point')} of {counted(len(plan.infos), 'parameter')}, "
        f"{counted(len(plan.scenarios), 'scenario')}, {counted(plan.design.replicates, 'replicate')}, seed {plan.seed}: "
        f"{counted(plan.rows, 'run')}, {len(found.errors):,} failed."
    )
    for file in files:
        console.print(f"written: {file}", soft_wrap=True, markup=False)


@_command
def sensitivity(
    scenarios: Annotated[
        list[str],
        typer.Argument(metavar="A [B]", help="One scenario, two to contrast, or the design of a sweep."),
    ],
    measure: Measure = None,
    chosen: Parameters = None,
    method: Annotated[
        Literal["both", "morris", "sobol"],
        typer.Option(
            help="morris screens all parameters, sobol splits the variance; both does it for the strongest."
        ),
    ] = "both",
    trajectories: Annotated[int, typer.Option(min=4, max=100_000, help="Trajectories of Morris.")] = 10,
    base: Annotated[
        int, typer.Option(min=8, max=1_048_576, help="Base settings of Sobol, a power of 2.")
    ] = 128,
    strongest: Annotated[
        int, typer.Option(min=1, max=1000, help="Screened parameters that Sobol splits the variance among.")
    ] = 8,
    replicates: Worlds = None,
    effort: EffortName = "auto",
    seed: Seed = 1,
    people: People = None,
    days: Days = None,
    network: NetworkFile = None,
    ties: Ties = None,
    settings: Settings = None,
    workers: Workers = None,
    cluster: ClusterAddress = None,
    store: Store = None,
    out: Out = None,
    as_json: Json = False,
) -> None:
    """Say which parameters move an outcome, or the difference of two strategies, and how much of it is luck."""
    _needs("SALib", "sensitivity")
    changes = _Changes(people, days, network, ties, tuple(settings or ()))
    question = _ask("sensitivity", scenarios, changes, measure, chosen, replicates, effort, seed)
    _prepare(out, False)
    _announce_compiling()
    with _imports():
        from worthsharing.experiments.analysis_files import sensitivity_document, write_sensitivity
        from worthsharing.experiments.sensitivity import Method, analyse, expected
        from worthsharing.experiments.store import RunStore
        from worthsharing.experiments.summary import to_json

    plan = Method(
        0 if method == "sobol" else trajectories, 0 if method == "morris" else base, strongest
    ).checked()
    with RunStore(store) as runs, _where(cluster, workers) as where:
        _say("trying some settings first, to say how long it takes")
        _say_forecast(expected(question, plan, runs, workers=where))
        with _progress("worlds") as progress:
            found, samples = analyse(question, plan, runs, workers=where, progress=progress)
    options = {
        "--method": method,
        **({"--trajectories": trajectories} if plan.trajectories else {}),
        **({"--base": base} if plan.base else {}),
        **({"--strongest": strongest} if method == "both" else {}),
    }
    command = _analysis_command("sensitivity", scenarios, question, chosen, effort, options, changes)
    files: list[str] = []
    if out is not None:
        kept = {"morris": samples.morris, "sobol": samples.sobol}
        files = [str(file) for file in write_sensitivity(out, found, kept, command)]
    if as_json:
        sys.stdout.write(to_json({**sensitivity_document(found, command), "files": files}))
    else:
        _print_sensitivity(_console(), found, out, files)


@_command
def discover(
    scenarios: Annotated[
        list[str],
        typer.Argument(
            metavar="A B", help="Where does B beat A? Two scenarios, or the design of a sweep with two."
        ),
    ],
    measure: Measure = None,
    chosen: Parameters = None,
    plane: Annotated[
        tuple[str, str] | None,
        typer.Option(
            "--map", metavar="X Y", help="Parameters of the tipping map.", show_default="the strongest two"
        ),
    ] = None,
    points: Annotated[
        int, typer.Option(min=32, max=1_000_000, help="Settings of the plausible space.")
    ] = 512,
    map_points: Annotated[
        int, typer.Option(min=0, max=100_000, help="Settings of the tipping map; 0 for none.")
    ] = 64,
    replicates: Worlds = None,
    effort: EffortName = "auto",
    seed: Seed = 1,
    people: People = None,
    days: Days = None,
    network: NetworkFile = None,
    ties: Ties = None,
    settings: Settings = None,
    workers: Workers = None,
    cluster: ClusterAddress = None,
    store: Store = None,
    out: Out = None,
    as_json: Json = False,
) -> None:
    """Say where in the plausible space B beats A: boxes in plain words, and a map with the line of break-even."""
    _needs("ema_workbench", "discover")
    for name in plane or ():
        if name.startswith("-") or "." not in name:
            right = "--map takes two parameters, e.g. --map brand.quality fatigue.half_life"
            raise InputError("--map", f"'{name}' is no parameter", right)
    changes = _Changes(people, days, network, ties, tuple(settings or ()))
    question = _ask(
        "discover", scenarios, changes, measure, chosen, replicates, effort, seed, unused=True, pair=True
    )
    mapped = None
    if plane is not None and map_points:
        asked = replicates or question.plan.design.replicates
        mapped = _ask("discover", scenarios, changes, question.measure, list(plane), asked, effort, seed)
    _prepare(out, False)
    _announce_compiling()
    with _imports():
        from worthsharing.experiments.analysis_files import discovery_document, write_discovery
        from worthsharing.experiments.discovery import check_settings, expected
        from worthsharing.experiments.discovery import discover as discover_where
        from worthsharing.experiments.store import RunStore
        from worthsharing.experiments.summary import to_json

    check_settings(question, points, mapped, map_points)
    with RunStore(store) as runs, _where(cluster, workers) as where:
        _say("trying some settings first, to say how long it takes")
        _say_forecast(expected(question, points, mapped, map_points, runs, workers=where))
        with _progress("worlds") as progress:
            found, samples = discover_where(
                question, points, mapped, map_points, runs, workers=where, progress=progress
            )
    options: dict[str, Any] = {"--points": points, "--map-points": map_points}
    words = [] if plane is None else ["--map", *plane]
    command = _analysis_command("discover", scenarios, question, chosen, effort, options, changes, words)
    files: list[str] = []
    if out is not None:
        kept = {"settings": samples.settings, "plane": samples.plane}
        files = [str(file) for file in write_discovery(out, found, kept, command)]
    if as_json:
        sys.stdout.write(to_json({**discovery_document(found, command), "files": files}))
    else:
        _print_discovery(_console(), found, out, files)


def _needs(module: str, extra: str) -> None:
    """Refuse, in words, what needs a library that is not there."""
    from importlib.util import find_spec

    if find_spec(module) is None:
        raise InputError(
            extra, f"needs {module}, which is not installed", f"pip install 'worthsharing[{extra}]'"
        )


def _ask(
    command: str,
    sources: list[str],
    changes: _Changes,
    measure: str | None,
    parameters: list[str] | None,
    replicates: int | None,
    effort: Literal["auto", "equal", "own"],
    seed: int,
    *,
    unused: bool = False,
    pair: bool = False,
) -> "Question":
    """Make a question of what a person typed: of scenarios, or of a design; pair: of two scenarios, not of one."""
    from worthsharing.experiments.question import ask, ask_of
    from worthsharing.experiments.sweep_design import is_design, load_plan
    from worthsharing.sim.run import check_seed

    check_seed(seed)
    chosen = [path.strip() for text in parameters or () for path in text.split(",") if path.strip()]
    if len(sources) == 1 and is_design(sources[0]):
        if changes.words or effort != "auto":
            given = changes.words[0] if changes.words else "--effort"
            raise InputError(
                given, "goes with scenarios, not with a design", "put it into the `settings` of the design"
            )
        return ask_of(
            load_plan(sources[0], seed=seed),
            measure=measure,
            parameters=chosen,
            replicates=replicates,
            pair=pair,
            where=sources[0],
        )
    return ask(
        _load(sources, changes),
        measure=measure or "reach",
        parameters=chosen,
        replicates=replicates or 4,
        seed=seed,
        effort=effort,
        unused=unused,
        pair=pair,
        where=command,
    )


def _say_forecast(expected: "Forecast") -> None:
    from worthsharing.experiments.summary import duration, megabytes

    found = f", {expected.found:,} of them found" if expected.found else ""
    rest = (
        f"; the rest takes about {duration(expected.seconds)} and at most {megabytes(expected.size)} on disk"
        if expected.found < expected.runs
        else ""
    )
    _say(f"{expected.runs:,} runs{found}{rest}")


def _analysis_command(
    command: str,
    sources: list[str],
    question: "Question",
    parameters: list[str] | None,
    effort: str,
    options: dict[str, Any],
    changes: _Changes,
    more: Sequence[str] = (),
) -> str:
    """The command that gives the same answer."""
    given = {
        "--measure": question.measure,
        **options,
        "--replicates": question.plan.design.replicates,
        "--seed": question.plan.seed,
    }
    words = [word for option, value in given.items() for word in (option, str(value))]
    chosen = [word for path in parameters or () for word in ("--parameters", path)]
    same = [] if effort == "auto" else ["--effort", effort]
    return shlex.join(["worthsharing", command, *sources, *chosen, *more, *words, *same, *changes.words])


MOST_PARAMETERS = 12  # of a table in the terminal; the page and --json have all


def _print_sensitivity(console: "Console", found: "Sensitivity", out: Path | None, files: list[str]) -> None:
    from worthsharing.experiments.analysis_figures import cut, cut_interval, percent
    from worthsharing.experiments.analysis_report import sensitivity_sentences
    from worthsharing.experiments.summary import decimals_for, shown, shown_interval, signed

    _print_sentences(console, found.names, sensitivity_sentences(found))
    if found.screening is not None:
        effects = found.screening.effects
        digits = decimals_for(effects[0].size)
        console.print()
        table = _table(
            "Parameter", f"Effect over its\nrange, {found.unit}", "With its sign", "Range", "Grade"
        )
        _numeric(table.columns[1:3])
        for one in effects[:MOST_PARAMETERS]:
            table.add_row(
                _parameter_words(one.parameter, found.names),
                f"{shown(one.size, digits)}\n[dim]{shown_interval(one.size_low, one.size_high, digits)}[/dim]",
                f"{signed(one.signed, digits)}\n[dim]{shown_interval(one.signed_low, one.signed_high, digits)}[/dim]",
                _range_words(one.parameter),
                _grade_words(one.parameter),
            )
        floor = shown(found.screening.floor, digits)
        table.add_row("[dim]what luck alone would show[/dim]", f"[dim]{floor}[/dim]", "", "", "")
        console.print(table)
        if len(effects) > MOST_PARAMETERS:
            more = len(effects) - MOST_PARAMETERS
            console.print(f"[dim]{more} more; --out DIR writes the page with all of them.[/dim]")
    if found.decomposition is not None:
        console.print()
        table = _table("Parameter", "Alone", "With all others", "Grade")
        _numeric(table.columns[1:3])
        for share in found.decomposition.shares[:MOST_PARAMETERS]:
            table.add_row(
                _parameter_words(share.parameter, found.names),
                f"{percent(cut(share.alone))}\n[dim]{cut_interval(share.alone_low, share.alone_high)}[/dim]",
                f"{percent(cut(share.total))}\n[dim]{cut_interval(share.total_low, share.total_high)}[/dim]",
                _grade_words(share.parameter),
            )
        luck = percent(found.decomposition.luck.of_the_mean)
        table.add_row("[dim]luck, left in the means over worlds[/dim]", f"[dim]{luck}[/dim]", "", "")
        console.print(table)
    _print_analysis_end(console, found, out, files)


def _print_discovery(console: "Console", found: "Discovery", out: Path | None, files: list[str]) -> None:
    from worthsharing.experiments.analysis_figures import limit_words, value_words
    from worthsharing.experiments.analysis_report import discovery_sentences, tipping_table
    from worthsharing.experiments.figures import plain

    _print_sentences(console, found.names, discovery_sentences(found))
    for place, box in enumerate(found.boxes, start=1):
        console.print()
        head = f"Box {place}: {plain(found.names[1])} wins where"
        table = _table(head, "Limit", "Range", "Otherwise", "Grade")
        for side in box.sides:
            one = side.parameter
            table.add_row(
                _parameter_words(one, found.names),
                f"[bold]{limit_words(side)}[/bold]",
                _range_words(one),
                "–" if one.default is None else value_words(one.default),
                _grade_words(one),
            )
        console.print(table)
    if found.tipping is not None:
        console.print()
        said = tipping_table(found.tipping, found.names)
        table = _table(*said.header)
        for row in said.rows:
            table.add_row(*row)
        console.print(table)
        console.print(f"[dim]{said.caption}.[/dim]")
    _print_analysis_end(console, found, out, files)


def _print_sentences(console: "Console", names: Sequence[str], sentences: Sequence[str]) -> None:
    from worthsharing.experiments.figures import plain

    for letter, name in zip(COMPARE_SIDES, names, strict=False):
        console.print(f"[bold cyan]{letter}[/bold cyan]  {plain(name)}")
    console.print()
    for place, sentence in enumerate(sentences):
        console.print(sentence, style="bold" if not place else None, markup=False)


def _print_analysis_end(
    console: "Console", found: "Sensitivity | Discovery", out: Path | None, files: list[str]
) -> None:
    from worthsharing.experiments.summary import counted

    effort = "At equal effort everywhere." if found.equal_effort else ""
    console.print(
        f"\n{counted(len(found.varied), 'parameter')}, {counted(found.replicates, 'world')} at each setting, "
        f"seed {found.seed}, {counted(found.runs, 'run')}. {effort}"
    )
    for note in found.notes:
        console.print(f"[bold yellow]Note[/bold yellow]: {note}")
    if out is not None:
        page = next(file for file in files if file.endswith(".html"))
        console.print(
            f"\nPage: {page}\nDocument, and the runs behind it: {out}", soft_wrap=True, markup=False
        )


def _parameter_words(one: "Varied", names: Sequence[str]) -> str:
    owner, _, path = one.path.rpartition(":")
    side = f"{COMPARE_SIDES[list(names).index(owner)].lower()}:" if owner in names else ""
    return f"{one.short}\n[dim]{side}{path}[/dim]"


def _range_words(one: "Varied") -> str:
    from worthsharing.experiments.analysis_figures import value_words

    return f"{value_words(one.low)} to {value_words(one.high)}"


def _grade_words(one: "Varied") -> str:
    from worthsharing.experiments.ledger import GUESSED

    return f"[yellow]{one.grade}, a guess[/yellow]" if one.grade in GUESSED else one.grade


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
    from worthsharing.experiments.frontier import candidate, candidates_of, run_frontier, strategies_of
    from worthsharing.experiments.frontier import expected as expected_of

    changed = (*changes.settings, *changes.by_option.values())
    strategies = strategies_of(
        scenarios, vary or (), settings=changed, seed=seed, searched=search is not None
    )
    candidates = candidates_of(strategies) if search is None else []
    _prepare(out, csv)
    _announce_compiling()
    with _imports():
        from worthsharing.experiments.frontier_report import frontier_document
        from worthsharing.experiments.store import RunStore
        from worthsharing.experiments.summary import to_json

    with RunStore(store) as runs, _where(cluster, workers) as where:
        _say("trying some settings first, to say how long it takes")
        expected = expected_of(
            candidates if search is None else [candidate(one, {}) for one in strategies],
            runs,
            replicates=replicates,
            seed=seed,
            budget=budget,
            searched=search or 0,
            workers=where,
        )
        _say_forecast(expected)
        with _progress("worlds") as progress:
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

    from worthsharing.experiments.figures import plain
    from worthsharing.experiments.frontier_report import cells_of, sentences_of
    from worthsharing.experiments.summary import shown

    for sentence in sentences_of(found):
        console.print(Text(sentence, style="bold"))
    console.print()
    strategies = dict.fromkeys(one.candidate.strategy for one in found.placed)
    sides = {name: COMPARE_SIDES[place % len(COMPARE_SIDES)] for place, name in enumerate(strategies)}
    for name, side in sides.items():
        console.print(Text.assemble((side, "bold cyan"), f"  {plain(name)}"))
    console.print()
    join, narrow = " " if console.width >= WIDE else "\n", console.width < NARROW
    if narrow:
        outcomes = [f"{outcome}\n(95 %)\nworst of 20" for outcome in ("Reach", "Backlash")]
    else:
        outcomes = [
            f"{head}{join}{below}"
            for outcome in ("Reach", "Backlash")
            for head, below in ((outcome, "(95 %)"), ("Worst", "of 20"))
        ]
    table = _table("Settings", "Effort", *outcomes, "Standing")
    _numeric(table.columns[1:-1])
    table.columns[-1].min_width = 11
    for one in found.placed[:MOST_ROWS]:
        style = STANDING_COLOURS[one.status]
        cells: list[str] = []
        for mean, _, worst in map(cells_of, (one.reach, one.backlash)):
            if narrow:
                cells.append(f"{mean}\nworst {worst}".replace(" (", "\n(").replace(" to ", "\nto "))
            else:
                cells += [mean.replace(" (", f"{join}("), worst]
        share = "" if one.status == "over budget" else f"{join}{shown(100 * one.p_frontier, 0)} %"
        side = sides[one.candidate.strategy]
        table.add_row(
            Text(", ".join([side, *one.candidate.settings])),
            f"{one.candidate.effort:,.0f}",
            *cells,
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
    class_code: Annotated[
        str | None,
        typer.Option(
            "--class", metavar="CODE", help="Teach a class: its lessons share worlds and forecasts."
        ),
    ] = None,
) -> None:
    """Open the app: what-ifs, a world to watch, the claims on trial, and lessons for a class."""
    _announce_compiling()
    with _imports():
        from worthsharing.dashboard.app import serve

    serve(host, port, browser, class_code)


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
    out: Path | None,
    results: "Results",
    comparison: "Comparison | None",
    command: str,
    csv: bool,
    *,
    ledger: "Ledger | None" = None,
    audits: "Sequence[Audit]" = (),
    explanation: "Explanation | None" = None,
) -> list[str]:
    if out is None:
        return []
    from worthsharing.experiments.results import write_results

    return [
        str(file)
        for file in write_results(
            out, results, comparison, command, csv=csv, ledger=ledger, audits=audits, explanation=explanation
        )
    ]


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
    from worthsharing.experiments.summary import counted, decimals_for, shown, shown_interval, summarise

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
    worlds = counted(results.replicates, "world")
    console.print(
        f"\n{worlds}, seed {results.seed}. Backlash is measured against the same worlds with a silent brand."
    )
    _print_files(console, out, files)


def _print_comparison(
    console: "Console",
    results: "Results",
    comparison: "Comparison",
    out: Path | None,
    files: list[str],
    *,
    ledger: "Ledger | None" = None,
    audits: "Sequence[Audit]" = (),
) -> None:
    from worthsharing.experiments.summary import counted, family_sentence, pairing_gain

    for sentence in comparison.sentences:
        console.print(f"[bold]{sentence}[/bold]")
    for other in comparison.names[1:] if ledger is not None else ():
        for sentence in ledger.sentences(other) if ledger is not None else ():
            console.print(sentence, markup=False)
    console.print()
    sides = dict(zip(comparison.names, COMPARE_SIDES, strict=False))
    for name, side in sides.items():
        title = results.scenarios[name].title
        console.print(f"[bold cyan]{side}[/bold cyan]  {name}" + (f": {title}" if title else ""))
    for other in comparison.names[1:]:
        chosen = [difference for difference in comparison.differences if difference.b == other]
        console.print()
        console.print(_verdict_table(chosen, sides, ledger, console))
    worlds = counted(results.replicates, "world")
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
    not_examined = [
        *(["whether guesses decide this (--ledger 128)"] if ledger is None else []),
        *(["whether anything does that must not matter (--audit)"] if not audits else []),
    ]
    if not_examined:
        console.print(f"Not examined: {'; '.join(not_examined)}.", markup=False)
    if ledger is not None:
        _print_hinges(console, ledger)
    for one in audits:
        console.print()
        _print_audit(console, one)
    _print_files(console, out, files)


def _print_trial(
    console: "Console", trial: "Trial", verbose: bool, out: Path | None, files: list[str]
) -> None:
    from rich.text import Text

    from worthsharing.experiments.summary import counted
    from worthsharing.experiments.trial_report import counts_sentence
    from worthsharing.experiments.verdicts import MEANINGS

    console.print(_trial_table(trial, console.width))
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
        f"\n{counted(trial.replicates, 'world')} of {trial.people:,} people at the defaults; "
        f"{counted(trial.points, 'setting')} of {counted(len(trial.sample), 'parameter')}, "
        f"{counted(trial.replicates_per_point, 'world')} of {trial.people_per_point:,} people each; "
        f"{counted(trial.days, 'day')}, seed {trial.seed}, {counted(trial.runs, 'run')}."
    )
    for note in trial.notes:
        console.print(Text.assemble(("Note", "bold yellow"), f": {note}"))
    if not verbose and len(trial.verdicts) > FEW_CLAIMS:
        console.print("--verbose says each verdict in sentences; --out DIR writes the report.")
    _print_files(console, out, files)


def _trial_table(trial: "Trial", width: int) -> "Table":
    """One row per claim; in a narrow terminal each row takes two lines or more."""
    from worthsharing.experiments.summary import decimals_for, shown, shown_interval, signed

    wide, narrow = width >= WIDE, width < NARROW
    join = "  " if wide else "\n"
    decided = not narrow and any(verdict.deciders for verdict in trial.verdicts)
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
    table.columns[1].min_width = 30 if wide else 10 if narrow else 12
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
        console.print(story.traits_words(one), style="dim", markup=False)
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
        for words in story.worths_of_deeds(decisions)[:3]:
            console.print(words, style="dim", markup=False)
        console.print()
    if len(traces) == 2:
        if part is None:
            console.print("In both worlds this person does the same, to the end.")
        else:
            console.print(f"{part.sentence}\n{part.deeds}", markup=False)


def _print_explanation(
    console: "Console", explanation: "Explanation", out: Path | None, files: list[str]
) -> None:
    from worthsharing.experiments import explain_figures
    from worthsharing.experiments.explain import TITLES, interaction_sentence, promise
    from worthsharing.experiments.summary import in_unit

    names = explanation.a, explanation.b
    wide = console.width >= WIDE
    for answer in explanation.answers:
        console.print(f"[bold cyan]{TITLES[answer.question]}[/bold cyan]\n")
        for split in answer.splits:
            console.print(split.sentence, style="bold", markup=False)
            cells = explain_figures.split_cells(split, answer.question, ("A", "B"))
            # in a narrow terminal intervals stand below their numbers, and what parts do on each side stays in the JSON
            shown_columns = len(cells.header) if wide or answer.question == "differences" else 3
            table = _table(*cells.header[:shown_columns])
            _numeric(table.columns[1:3] if answer.question == "differences" else table.columns[1:])
            for place, row in enumerate(cells.rows):
                if place + 1 == len(cells.rows):
                    table.add_section()
                table.add_row(*(_over_interval(cell, wide=wide) for cell in row[:shown_columns]))
            console.print(table)
            if split.pairs:
                console.print(interaction_sentence(split), markup=False)
                for one, amount in explain_figures.interaction_cells(split).rows:
                    console.print(f"  {one}: {in_unit(amount, split.unit)}", style="dim", markup=False)
            console.print(f"{promise(answer, split)}\n", style="dim", markup=False)
    console.print(f"A is {names[0]}, B is {names[1]}; seed {explanation.seed}.", markup=False)
    for note in explanation.notes:
        console.print(f"[bold yellow]Note[/bold yellow]: {note}")
    _print_files(console, out, files)


def _over_interval(cell: str, *, wide: bool) -> str:
    """A number with its interval behind it, or below it."""
    number, bracket, interval = cell.partition(" (")
    if not bracket or not interval.endswith(")") or " to " not in interval:
        return cell
    return f"{number}{'  ' if wide else chr(10)}[dim]{interval[:-1]}[/dim]"


def _print_break_evens(console: "Console", found: "BreakEvens", out: Path | None, files: list[str]) -> None:
    from rich.markup import escape

    from worthsharing.experiments.explain_figures import break_even_cells

    for changes in found.changes:
        console.print(changes.sentence, style="bold", markup=False)
        cells = break_even_cells(changes)
        table = _table(*cells.header)
        _numeric(table.columns[1:6])
        for name, *rest in cells.rows:
            table.add_row(escape(name), *(_over_interval(cell, wide=False) for cell in rest))
        console.print(table)
        for one in changes.found:
            if one.word != "never changes it":
                console.print(one.sentence, style="dim", markup=False)
        console.print()
    console.print(f"A is {found.a}, B is {found.b}; seed {found.seed}.", markup=False)
    for note in found.notes:
        console.print(note, markup=False)
    _print_files(console, out, files)


FEW_CLAIMS = 3  # so many verdicts are said in sentences without being asked for
WORD_COLOURS = {"confirmed": "green", "depends": "cyan", "refuted": "red", "cannot tell": "yellow"}
COLOURS = {"better": "green", "worse": "red", "cannot tell": "yellow", "not available": "dim"}


VERDICT_WIDTH = 16  # so that "cannot tell yet;" and "exactly the same" stand in one line


def _verdict_table(
    differences: list["Difference"], sides: dict[str, str], ledger: "Ledger | None", console: "Console"
) -> "Table":
    """One row per outcome: in one line, in two, or with the share of worlds below the verdict, as the terminal has room."""
    from rich.text import Text

    for layout in ("wide", "tall", "slim") if console.width >= WIDE else ("tall", "slim"):
        table = _verdict_layout(differences, sides, ledger, layout)
        first, last = table.columns[0], table.columns[-1]
        labels = [Text.from_markup(str(cell)).plain for cell in first.cells]
        natural = max(len(line) for label in labels for line in label.splitlines())
        least = natural if layout == "wide" else max(len(word) for label in labels for word in label.split())
        first.width = last.width = 1
        rest = console.measure(table, options=console.options.update(max_width=1000)).maximum - 2
        room = console.width - rest
        first.width, last.width = min(natural, max(least, room - VERDICT_WIDTH)), None
        if room - least >= VERDICT_WIDTH:
            return table
    first.width = None  # narrower than any layout: what there is room for is folded
    return table


def _verdict_layout(
    differences: list["Difference"],
    sides: dict[str, str],
    ledger: "Ledger | None",
    layout: str,
) -> "Table":
    from worthsharing.experiments.compare import digits_off_zero
    from worthsharing.experiments.summary import decimals_for, shown, shown_interval

    a, b = sides[differences[0].a], sides[differences[0].b]
    wide, slim = layout == "wide", layout == "slim"
    join = "  " if wide else "\n"
    change, worlds = f"{b} − {a}{join}95 % interval", f"{b} better{join}in worlds"
    if slim:
        table = _table("Outcome", f"{a}\n{b}", change, f"Verdict\n[dim]{b} better[/dim]")
    else:
        table = _table("Outcome", a, b, change, worlds, "Verdict")
    _numeric(table.columns[1:-1])
    for difference in differences:
        decimals = decimals_for(difference.mean_a, difference.mean_b)
        decimals = digits_off_zero(decimals, difference.low, difference.high)
        share = f"{shown(100 * difference.p_better, 0)} %"
        share_interval = shown_interval(100 * difference.p_low, 100 * difference.p_high, 0)
        interval = shown_interval(difference.low, difference.high, decimals)
        verdict, colour = difference.verdict, COLOURS.get(difference.side, "default")
        if ledger is not None:
            verdict = ledger.verdict_words(difference)
            colour = colour if verdict == difference.verdict else "yellow"
        verdict = f"[{colour}]{verdict.replace(f'{difference.b} is', f'{b} is')}[/{colour}]"
        same_word = difference.unit == difference.label.lower()
        means = shown(difference.mean_a, decimals), shown(difference.mean_b, decimals)
        change = f"{shown(difference.difference, decimals)}{join}[dim]{interval}[/dim]"
        table.add_row(
            difference.label if wide or same_word else f"{difference.label}\n[dim]{difference.unit}[/dim]",
            *(["\n".join(means)] if slim else means),
            change,
            *(
                [f"{verdict}\n[dim]{share}, {share_interval}[/dim]"]
                if slim
                else [f"{share}{join}[dim]{share_interval}[/dim]", verdict]
            ),
        )
    return table


def _print_hinges(console: "Console", ledger: "Ledger") -> None:
    """Guesses that decide, and how much of what they decide they explain."""
    from rich.markup import escape

    from worthsharing.experiments.ledger import hinges
    from worthsharing.experiments.summary import counted

    found = hinges(ledger)
    console.print(
        f"\n{ledger.points:,} other settings of {len(ledger.sample)} guesses, "
        f"{counted(ledger.replicates_per_point, 'world')} each."
        + ("" if found else " No single guess decides more than chance would name.")
    )
    if not found:
        return
    table = _table("Guess", "Used", "Plausible", "Grade", "Decides")
    _numeric(table.columns[1:3])
    for one in found:
        decides = ", ".join(
            f"{verdict['label']} ({100 * verdict['strength']:.0f} %"
            + (", turns it)" if verdict["footing"] == "hangs on guesses" else ")")
            for verdict in one["decides"]
        )
        table.add_row(
            f"{escape(one['name'])}",
            f"{one['used']:g}",
            f"{one['low']:g} to {one['high']:g}",
            one["grade"],
            decides,
        )
    console.print(table)
    for note in ledger.notes:
        console.print(f"[bold yellow]Note[/bold yellow]: {escape(note)}")


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
    before = ""
    for row in audit.rows:
        digits = decimals_for(row.per_1000, row.low, row.high)
        changed, before = "" if row.changed == before else row.changed, row.changed
        table.add_row(
            changed,
            row.label,
            shown(row.per_1000, digits),
            shown_interval(row.low, row.high, digits),
            row.verdict.removeprefix(f"{audit.b} is "),
            f"[{colours.get(row.word, 'default')}]{row.word}[/{colours.get(row.word, 'default')}]",
        )
    console.print(table)
    for note in audit.notes:
        console.print(f"\n{note}", markup=False)


def _print_files(console: "Console", out: Path | None, files: list[str]) -> None:
    if out is not None:
        report = next(file for file in files if file.endswith(".html"))
        console.print(f"\nReport: {report}\nTables and manifest: {out}", soft_wrap=True, markup=False)
