"""Numbers do not move unless somebody says so: the measures of the bundled scenarios against a committed table.

After a change that is meant to move numbers, refresh the table and say so in CHANGELOG.md ("Numbers change: …"):
    WORTHSHARING_REFRESH=1 python -m pytest tests/golden
"""

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from worthsharing.experiments.execute import run_scenarios
from worthsharing.experiments.tables import outcomes_table
from worthsharing.sim.scenario import bundled_names, load_scenario

TABLE = Path(__file__).with_name("measures.csv")
SMALL = ("world.people=400", "clock.days=28", "leaving.p_per_promotion=0.05")
NETWORKS = ("friends", "follows")


def measured() -> pd.DataFrame:
    tables = []
    for network in NETWORKS:
        settings = (*SMALL, f"world.network={network}")
        scenarios = {name: load_scenario(name, settings=settings).scenario for name in bundled_names()}
        results = run_scenarios(scenarios, replicates=2, seed=7, workers=1)
        tables.append(outcomes_table(results).assign(network=network))
    table = pd.concat(tables)
    return table[["network", "scenario", "replicate", "measure", "value"]].reset_index(drop=True)


def test_measures_are_those_of_the_committed_table():
    now = measured()
    if os.environ.get("WORTHSHARING_REFRESH"):
        now.to_csv(TABLE, index=False, float_format="%.17g", lineterminator="\n")
        pytest.skip("the table was written anew")
    golden = pd.read_csv(TABLE)
    keys = ["network", "scenario", "replicate", "measure"]
    both = golden.merge(now, on=keys, how="outer", suffixes=("_golden", "_now"), indicator=True)
    assert (both["_merge"] == "both").all(), both[both["_merge"] != "both"]
    # bits are promised for one platform and numba version; between machines the last digits may differ
    same = np.isclose(both["value_golden"], both["value_now"], rtol=1e-9, atol=1e-12, equal_nan=True)
    assert same.all(), "numbers moved:\n" + both.loc[~same, [*keys, "value_golden", "value_now"]].to_string()
