"""The figure and the table of how labels are learnt."""

import pytest

from helpers.figures.label_jump import early_and_late, label_jump

WORDS = {"words": [1.0, 3.0, 9.0], "prefix": [0.03, 0.03, 0.03], "right": [0.1, 0.5, 0.9]}
LEARNT = {**WORDS, "accuracy": [0.2, 0.5, 0.94], "log_prob": [-2.0, -0.9, -0.1]}
NOT = {**WORDS, "accuracy": [0.2, 0.5, 0.5], "log_prob": [-2.0, -0.9, -0.8]}


def test_a_line_for_each_run_and_the_best_possible():
    figure = label_jump([LEARNT, NOT], optimum={"accuracy": 0.94, "log_prob": -0.12}, uniform=0.03)
    accuracy, log_prob, heads = figure.axes
    assert [len(axis.lines) for axis in (accuracy, log_prob, heads)] == [3, 3, 5]
    assert log_prob.lines[-1].get_ydata() == pytest.approx([-0.12, -0.12])


def test_a_run_that_never_learns_says_so():
    table = early_and_late({"seed 0": LEARNT, "seed 1": NOT})
    assert table.loc["million words at accuracy 0.9"].tolist() == ["9.0", "not by 9.0"]
    assert table.loc["ln p, at 3 million"].tolist() == ["-0.90", "-0.90"]
    assert table.loc["right labels, at the end"].tolist() == ["0.90", "0.90"]
