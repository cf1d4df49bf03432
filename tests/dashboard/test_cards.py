"""What cards hand out."""

import pandas as pd

from worthsharing.dashboard.cards import csv_of


def test_numbers_are_handed_out_without_the_noise_of_their_last_digits() -> None:
    table = pd.DataFrame(
        {"day": [1, 2, 3], "mean": [65.44999999999997, 0.1 + 0.2, 1e-9], "low": [None, 2.0, 1e7]}
    )
    assert csv_of(table).splitlines() == ["day,mean,low", "1,65.45,", "2,0.3,2", "3,1e-09,10000000"]
