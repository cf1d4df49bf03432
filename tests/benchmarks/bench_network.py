"""Time and peak memory of making a network: `python tests/benchmarks/bench_network.py [people ...]`.

Each network is made in a process of its own, compiled code warm, so that the peak is its own.
"""

import resource
import subprocess
import sys
import time
from pathlib import Path

from worthsharing.sim.network import audience_exponent, generate, local_clustering, reciprocity


def measure(kind: str, people: int) -> None:
    """Print one line: time, peak memory and what the network is like."""
    generate(kind, 100, 1)  # type: ignore[arg-type]  # compile, or load what is compiled
    start = time.perf_counter()
    network = generate(kind, people, 1)  # type: ignore[arg-type]
    seconds = time.perf_counter() - start
    peak = (
        resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    )  # of all so far; before anything is measured
    print(
        f"{kind:8} {people:>11,} people  {seconds:8.3f} s  peak {peak:6,.0f} MiB"
        f"  mean degree {network.mean_degree:.3f}  clustering {local_clustering(network, 20_000):.3f}"
        f"  reciprocity {reciprocity(network):.3f}  exponent from 20 {audience_exponent(network):.3f}",
        flush=True,
    )


def main(arguments: list[str]) -> None:
    """Measure one network in this process, or each of several in a process of its own."""
    if len(arguments) == 2 and arguments[0] in ("friends", "follows"):
        measure(arguments[0], int(arguments[1]))
        return
    for people in arguments or ["1000000"]:
        for kind in ("friends", "follows"):
            subprocess.run([sys.executable, str(Path(__file__)), kind, str(int(float(people)))], check=True)


if __name__ == "__main__":
    main(sys.argv[1:])
