"""Reliability diagrams."""

import numpy as np

from helpers.evaluation.calibration import bins_of, expected_calibration_error
from helpers.figures.reliability import reliability_figure


def test_the_figure_has_a_panel_a_name_and_says_the_error():
    rng = np.random.default_rng(0)
    probs = rng.dirichlet([1, 1, 1], size=200)
    labels = np.array([rng.choice(3, p=row) for row in probs])
    figure = reliability_figure({"encoder": probs, "exact": probs}, labels)
    assert [axis.get_title().split("\n")[0] for axis in figure.axes] == ["encoder", "exact"]
    assert f"{expected_calibration_error(probs, labels):.2f}" in figure.axes[0].get_title()


def test_points_stand_where_the_bins_are_and_more_examples_are_more_area():
    probs = np.array([[0.9, 0.1]] * 6 + [[0.6, 0.4]] * 2)
    labels = np.array([0, 0, 0, 0, 0, 1, 0, 1])
    (points,) = reliability_figure({"encoder": probs}, labels).axes[0].collections
    bins = bins_of(probs, labels)
    assert points.get_offsets().tolist() == [[sure, right] for sure, right, _ in bins]
    small, large = points.get_sizes()
    assert [count for *_, count in bins] == [2, 6] and large - small == 400 * (6 - 2) / 8
