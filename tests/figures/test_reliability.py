"""Reliability diagrams."""

import numpy as np

from helpers.evaluation.calibration import expected_calibration_error
from helpers.figures.reliability import reliability_figure


def test_the_figure_has_a_panel_a_name_and_says_the_error():
    rng = np.random.default_rng(0)
    probs = rng.dirichlet([1, 1, 1], size=200)
    labels = np.array([rng.choice(3, p=row) for row in probs])
    figure = reliability_figure({"encoder": probs, "exact": probs}, labels)
    assert [axis.get_title().split("\n")[0] for axis in figure.axes] == ["encoder", "exact"]
    assert f"{expected_calibration_error(probs, labels):.2f}" in figure.axes[0].get_title()
