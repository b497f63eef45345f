"""Curves over the number of labels: every run a dot, the mean a line; seeds and labels told apart."""

import numpy as np
import pandas as pd
import pytest

from helpers.figures.label_curves import label_curves, place, spread, twice_the_steps


def runs(who="PET", *, gain=0.0):
    rows = [
        {"who": who, "labels": labels, "draw": draw, "seed": seed, "fitted": 1.0}
        for labels in (4, 16)
        for draw in (0, 1)
        for seed in (0, 1)
    ]
    table = pd.DataFrame(rows)
    return table.assign(accuracy=0.6 + 0.01 * table["labels"] + 0.1 * table["draw"] + 0.02 * table["seed"] + gain)


def test_every_run_is_a_dot_and_the_line_goes_through_the_means():
    figure = label_curves({"a question": {"PET": runs()}, "names": {"right": runs()}}, exact=0.92, unknown={0: 0.5})
    first, last = figure.axes
    dots, mean, best = first.lines
    assert len(dots.get_xdata()) == 8 and list(mean.get_xdata()) == place([4, 16]).tolist()
    assert mean.get_ydata() == pytest.approx(runs().groupby("labels")["accuracy"].mean())
    assert set(best.get_ydata()) == {0.92} and best.get_linestyle() == "--"
    assert last.lines[-1].get_label() == "best that must learn the names" and last.get_ylim() == first.get_ylim()


def test_a_decoder_that_only_reads_is_dotted_and_one_that_is_trained_is_not():
    lines = label_curves({"a question": {"next word": runs(), "in context": runs()}}, exact=0.92).axes[0].lines
    trained, read = (line for line in lines if line.get_label() in ("next word", "in context"))
    assert trained.get_color() == read.get_color() and (trained.get_linestyle(), read.get_linestyle()) == ("-", ":")


def test_scatter_of_seeds_and_of_draws_are_told_apart():
    table = spread(runs())
    row = table.loc[("PET", 4)]
    assert row["other seed"] == pytest.approx(0.02 / np.sqrt(2))
    assert row["other labels"] == pytest.approx(0.1 / np.sqrt(2))
    assert row["worst run"] < row["mean"] < row["best run"]


def test_more_steps_are_compared_pair_by_pair():
    once = runs("a").query("seed == 0")
    twice = once.query("draw == 0").assign(accuracy=lambda table: table["accuracy"] + 0.05)
    table = twice_the_steps(once, twice)
    gains = ["+0.05"] * once["labels"].nunique()
    assert table.loc["a"].tolist() == ["+0.05", "+0.05 to +0.05", *gains, "1.00", "1.00"]
