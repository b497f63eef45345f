"""Runs that differ in one thing: paired differences, a dot for each run, the mean behind it."""

import pandas as pd
import pytest

from helpers.figures.ablation_runs import against, rate_curve, run_bars

RUNS = pd.DataFrame(
    {"variant": ["5%", "5%", "15%", "15%"], "seed": [0, 1, 1, 0], "excess": [1.0, 2.0, 1.0, 0.5], "words": [1, 1, 1, 1]}
)


def test_differences_are_taken_seed_by_seed():
    table = against(RUNS, {"excess": "nats"}, "5%")
    assert table["nats"].tolist() == ["1.50", "0.75"]
    assert table.loc["5%", "nats, minus 5%"] == ""
    assert table.loc["15%", "nats, minus 5%"].startswith("-0.75 (")  # 0.5 - 1 and 1 - 2


def test_a_variant_with_fewer_runs_is_compared_over_the_seeds_that_both_have():
    table = against(RUNS.iloc[:3], {"excess": "nats"}, "5%")
    assert table["runs"].tolist() == [2, 1]
    assert table.loc["15%", "nats, minus 5%"] == "-1.00 (-inf to +inf)"
    with pytest.raises(ValueError, match="make no pairs"):
        against(RUNS.assign(seed=range(4)), {"excess": "nats"}, "5%")


def test_bars_are_means_and_every_run_is_a_dot():
    axis = run_bars(RUNS, {"excess": "nats", "words": "words"}).axes[0]
    assert [bar.get_width() for bar in axis.patches] == [1.5, 0.75]
    assert [list(line.get_xdata()) for line in axis.lines] == [[1.0, 2.0], [1.0, 0.5]]


def test_the_curve_goes_through_the_means_in_order_of_the_rates():
    mean, dots, floor = rate_curve(RUNS.iloc[::-1]).axes[0].lines
    assert list(mean.get_xdata()) == [5, 15] and list(mean.get_ydata()) == [1.5, 0.75]
    assert len(dots.get_xdata()) == 4 and set(floor.get_ydata()) == {0}
