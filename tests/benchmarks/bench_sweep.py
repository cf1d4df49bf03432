"""Sweeps end to end: `python tests/benchmarks/bench_sweep.py [design ...]`, all designs by default.

For each design, in a store of its own: what the forecast said, what the sweep took after it, rows a second, and how long the
finished sweep takes when the command is given again. A row is a scenario in a world, its silence included.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import tomli_w

from worthsharing.experiments.store import RunStore
from worthsharing.experiments.sweep import forecast, run_sweep
from worthsharing.experiments.sweep_design import load_plan
from worthsharing.sim.run import simulate
from worthsharing.sim.scenario import validate

PAIR = ["be_worth_sharing", "customers_as_marketing_department"]
LEVER = {"path": "brand.series.0.value", "range": [0.1, 0.9]}
QUALITY = {"path": "brand.quality", "range": [0.1, 0.9]}
HALF_LIFE = {"path": "fatigue.half_life"}


def design(people: int, days: int, points: int, replicates: int, *more: Any, **other: Any) -> dict[str, Any]:
    """Make a Latin hypercube over parameters."""
    return {
        "scenarios": PAIR,
        "settings": [f"world.people={people}", f"clock.days={days}"],
        "measures": ["reach", "backlash"],
        "method": "latin",
        "points": points,
        "replicates": replicates,
        "parameters": list(more),
        **other,
    }


RATE = {"settings": ["world.people=2000", "clock.days=60", "attention.background=rate"]}
DESIGNS: dict[str, dict[str, Any]] = {
    "what a brand does, 2,000 people × 60 days": design(2000, 60, 50, 10, LEVER),
    "the same, rate": design(2000, 60, 150, 10, LEVER, **RATE),
    "people and rules too": design(2000, 60, 100, 5, LEVER, HALF_LIFE),
    "the same, rate ": design(2000, 60, 200, 5, LEVER, HALF_LIFE, **RATE),
    "two points, many worlds": design(300, 14, 2, 400, QUALITY),
    "ten thousand small": design(100, 7, 50, 100, QUALITY, HALF_LIFE),
    "ten thousand at a thousand points": design(60, 3, 1000, 5, QUALITY, HALF_LIFE),
}


def main() -> None:
    """Print a row for each design."""
    asked = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    asked.add_argument("designs", nargs="*", metavar="design", choices=[[], *DESIGNS])
    simulate(validate({"world": {"people": 50}, "clock": {"days": 1}}, "to compile"))
    print(
        "| design | rows | forecast, s | took, s | ÷ | rows a second | again, s |\n|---|---|---|---|---|---|---|"
    )
    for name in asked.parse_args().designs or DESIGNS:
        with tempfile.TemporaryDirectory() as folder:
            print(f"| {name.strip()} | {line(DESIGNS[name], Path(folder))} |", flush=True)


def line(content: dict[str, Any], folder: Path) -> str:
    """Forecast a sweep, run it, and run it again."""
    file, kept = folder / "design.toml", folder / "store"
    file.write_text(tomli_w.dumps(content))
    plan = load_plan(str(file))
    with RunStore(kept) as store:
        began = time.perf_counter()
        expected = forecast(plan, store)
        forecast_took, began = time.perf_counter() - began, time.perf_counter()
        run_sweep(plan, store)
    took = time.perf_counter() - began
    began = time.perf_counter()
    command = [
        "from worthsharing.dashboard.cli import main; main()",
        "sweep",
        str(file),
        "--store",
        str(kept),
    ]
    subprocess.run([sys.executable, "-c", *command], check=True, capture_output=True)
    again = time.perf_counter() - began
    return (
        f"{plan.rows:,} | {expected.seconds:.1f} | {took:.1f} | {expected.seconds / took:.2f} | "
        f"{plan.rows / (forecast_took + took):.0f} | {again:.1f}"
    )


if __name__ == "__main__":
    main()
