"""Worlds on a Dask cluster: the same bits, whoever dies; and a clear word when it cannot be."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("distributed", reason="needs the extra `cluster`")

from distributed import Client, LocalCluster

from worthsharing.dashboard import cli
from worthsharing.experiments import cluster as clusters
from worthsharing.experiments.cluster import Cluster, connect
from worthsharing.experiments.execute import run_scenarios
from worthsharing.experiments.store import RunStore
from worthsharing.experiments.sweep import Sweep, run_sweep
from worthsharing.experiments.sweep_design import Plan, plan_of
from worthsharing.experiments.sweep_files import write_sweep
from worthsharing.sim.errors import InputError
from worthsharing.sim.run import provenance
from worthsharing.sim.scenario import load_scenario

DESIGN: dict[str, Any] = {
    "scenarios": ["be_worth_sharing", "customers_as_marketing_department"],
    "settings": ["world.people=60", "clock.days=4"],
    "measures": ["reach", "backlash"],
    "method": "latin",
    "points": 60,
    "replicates": 4,
    "parameters": [{"path": "brand.quality"}, {"path": "leaving.hide", "values": [0.1, 0.8]}],
}


@pytest.fixture(scope="module")
def scheduler() -> Iterator[str]:
    """Address of a scheduler with two worker processes, each with a nanny that starts another when it dies."""
    with connect("local", workers=2, wait=60.0) as running:
        yield running.address


@pytest.fixture
def there(scheduler: str) -> Iterator[Cluster]:
    with connect(scheduler, wait=60.0) as cluster:
        yield cluster


def plan(**content: Any) -> Plan:
    return plan_of({**DESIGN, **content}, b"# as it was written\n", "tiny.toml", Path())


def written(sweep: Sweep, folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in write_sweep(folder, sweep, "a command")}


def test_sweep_whose_worker_is_killed_gives_the_same_files(
    scheduler: str, there: Cluster, tmp_path: Path
) -> None:
    made = plan()
    with RunStore(tmp_path / "here") as store:
        expected = written(run_sweep(made, store, workers=1), tmp_path / "one")
    with Client(scheduler, set_as_default=False) as client:
        before = set(client.run(os.getpid).values())

        def kill_one(done: int, total: int) -> None:
            if done == total // 4:
                os.kill(min(before), signal.SIGKILL)

        with RunStore(tmp_path / "there") as store:
            found = run_sweep(made, store, workers=there, progress=kill_one)
        client.wait_for_workers(2, timeout=60)
        assert min(before) not in client.run(os.getpid).values()
    assert written(found, tmp_path / "two") == expected
    assert any(
        "InputError" in error for error in found.errors.values()
    )  # runs that cannot be are rows there too
    # what workers found was kept here, so nothing is run again
    with RunStore(tmp_path / "there") as store:
        assert len(store) == sum(row != "" for point in found.keys for row in point) * 4
        again = run_sweep(made, store, workers=1)
    assert written(again, tmp_path / "three") == expected


def test_networks_are_sent_to_workers_that_do_not_have_the_file(
    scheduler: str, there: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chance = np.random.default_rng(1)
    ties = {(int(a), int(b)) for a, b in chance.integers(0, 80, (300, 2)) if a != b}
    monkeypatch.chdir(tmp_path)
    Path("friends.csv").write_text("\n".join(f"{a},{b}" for a, b in sorted(ties)))
    settings = ('world.network="friends.csv"', "clock.days=4")
    arms = {"a": load_scenario("be_worth_sharing", settings=settings).scenario}
    here = run_scenarios(arms, replicates=5, workers=1)
    with Client(scheduler, set_as_default=False) as client:
        client.run(os.chdir, "/")
    found = run_scenarios(arms, replicates=5, workers=there)
    for mine, theirs in zip(here.worlds, found.worlds, strict=True):
        assert repr(theirs.measures) == repr(mine.measures)
        for measure, values in mine.daily["a"].items():
            np.testing.assert_array_equal(theirs.daily["a"][measure], values)


def test_worker_of_another_version_is_refused(scheduler: str, there: Cluster) -> None:
    def become(version: str) -> None:
        import worthsharing.sim.run as run

        run.RULES_DIGEST = version

    arms = {"a": load_scenario("silence", settings=("world.people=50", "clock.days=1")).scenario}
    with Client(scheduler, set_as_default=False) as client:
        worker = min(client.ncores())
        client.run(become, "other rules", workers=[worker])
        try:
            with pytest.raises(
                InputError, match=rf"worker {worker}: computes other numbers: it has rules other rules"
            ):
                there.check()
            with pytest.raises(
                InputError, match=r"rules \w+ instead of other rules"
            ):  # it came after the check
                run_scenarios(arms, replicates=40, workers=there)
        finally:
            client.run(become, provenance()["rules"], workers=[worker])


def test_scheduler_without_workers_and_one_that_goes_away() -> None:
    arms = {"a": load_scenario("silence", settings=("world.people=50", "clock.days=1")).scenario}
    options: dict[str, Any] = {
        "processes": False,
        "dashboard_address": ":0",
        "protocol": "tcp",
        "host": "127.0.0.1",
    }
    no_worker = pytest.raises(InputError, match=r"has no worker after 0\.2 seconds; start workers")
    with LocalCluster(n_workers=0, **options) as empty, no_worker:
        connect(empty.scheduler_address, wait=0.2)
    ending = LocalCluster(n_workers=1, threads_per_worker=1, **options)
    with connect(ending.scheduler_address) as cluster:

        def end(done: int, _: int) -> None:
            if done == 3:
                ending.close()

        with pytest.raises(InputError, match="the scheduler has gone away; start it"):
            run_scenarios(arms, replicates=2000, workers=cluster, progress=end)


def test_command_says_what_is_wrong_with_a_cluster(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clusters, "CONNECT_SECONDS", 0.5)
    monkeypatch.setenv("WORTHSHARING_CACHE", str(tmp_path / "cache"))
    for words, expected in (
        (
            ["--cluster", "tcp://127.0.0.1:9"],
            "--cluster tcp://127.0.0.1:9: there is no scheduler to be reached",
        ),
        (["--cluster", "nonsense://"], "--cluster nonsense://: 'nonsense' is no protocol that Dask has"),
        (
            ["--cluster", "tcp://127.0.0.1:9", "--workers", "2"],
            "--workers: a cluster has the workers that it has",
        ),
    ):
        with pytest.raises(SystemExit) as ended:
            cli.main(["run", "silence", "--people", "50", "--days", "1", *words])
        said = capsys.readouterr()
        assert (ended.value.code, said.out) == (2, "")
        assert expected in said.err.splitlines()[-1]
        assert "Traceback" not in said.err


@pytest.mark.parametrize(
    ("address", "wrong"),
    [
        ("nonsense", "is no address"),
        ("tcp://10.0.0.5", "is no address"),
        ("tcp://10.0.0.5:port", "is no address"),
        ("10.0.0.5:99999", "is no address"),
        ("::1:8786", "is no address"),
        (":8786", "is no address"),
        ("", "is no address"),
        ("http://10.0.0.5:8786", "'http' is no protocol that Dask has"),
        ("inproc://10.0.0.5/1/1", "'inproc' is no protocol that Dask has"),
    ],
)
def test_address_that_is_none_is_refused_before_a_client_is_made(
    address: str, wrong: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def made(*_: object, **__: object) -> None:
        raise AssertionError("a client that is never whole cannot be closed either")

    monkeypatch.setattr(clusters, "_Whole", made)
    with pytest.raises(InputError, match=f"{wrong}.*e\\.g\\. tcp://10"):
        connect(address)


@pytest.mark.parametrize("address", ["tcp://10.0.0.5:8786", "host:8786", "tls://[::1]:8786", "ws://host:80"])
def test_every_form_that_dask_takes_is_tried(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def made(*_: object, **__: object) -> None:
        raise OSError("nobody listens")

    monkeypatch.setattr(clusters, "_Whole", made)
    with pytest.raises(InputError, match=r"no scheduler to be reached \(nobody listens\)"):
        connect(address)


def test_client_that_cannot_begin_leaves_nothing_to_wait_for() -> None:
    """What is left half-built the garbage closes, which takes 20 seconds and prints a traceback that none can catch."""
    program = (
        "from worthsharing.experiments.cluster import connect\n"
        "try:\n    connect('tls://127.0.0.1:9')\nexcept ValueError as error:\n    print(error)"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "--cluster tls://127.0.0.1:9: there is no scheduler to be reached (TLS expects" in ended.stdout
    assert ended.stderr == ""


@pytest.mark.slow  # starts another two processes
def test_local_cluster_answers_as_threads_do(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["run", "be_worth_sharing", "--people", "60", "--days", "3", "--replicates", "5", "--json"]
    answers = []
    for more in ([], ["--cluster", "local", "--workers", "2"]):
        with pytest.raises(SystemExit):
            cli.main([*words, *more])
        answers.append(json.loads(capsys.readouterr().out))
    assert answers[0] == answers[1]
