"""Recorded rows are drawn run by run."""

import pandas as pd

from helpers.figures.attention_effect import LINES, over_nearness, swap_curves


def test_every_run_is_a_dot_and_a_single_run_keeps_its_interval():
    many = pd.DataFrame({"last layer.over nearness": [0.1, 0.2], "last layer.over nearness ci95": [0.05, 0.05]})
    figure = over_nearness({"course-bert": many, "minilm": many[:1]}, ["last layer"])
    dots = [line for line in figure.axes[0].lines if line.get_label() in ("course-bert", "minilm")]
    assert [len(line.get_xdata()) for line in dots] == [2, 1]
    assert len(figure.axes[0].containers) == 1, "one error bar"


def test_the_curves_are_means_of_the_seeds_beside_the_floor():
    rows = [
        {
            "start": start,
            "mask": mask,
            "floor": 1.0,
            "loss.0": 9.0 + seed,
            "loss.20": 3.0,
            "seen.0": 8.0,
            "seen.20": 0.1,
        }
        for start in ("course-bert", "random weights")
        for mask in ("causal", "both sides")
        for seed in (0, 2)
    ]
    axis = swap_curves(pd.DataFrame(rows), [0, 20]).axes[0]
    assert axis.lines[0].get_ydata().tolist() == [10.0, 3.0]
    assert len(axis.get_legend().get_texts()) == len(LINES) + 1
