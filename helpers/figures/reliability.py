"""Reliability diagrams: the share of right answers over the confidence with which they were given.

Source: Guo, Pleiss, Sun and Weinberger 2017, "On Calibration of Modern Neural Networks", section 2, figure 1.
"""

from __future__ import annotations

import numpy as np

from helpers.evaluation.calibration import bins_of, expected_calibration_error
from helpers.figures.style import new_figure, style_of


def reliability_figure(series, labels, *, count: int = 10, width: float = 3.4):
    """One panel for each {name: probs}: share right over confidence, the area of a point is its number of examples.

    A name that is a family's, or begins with "exact", takes its colour.
    """
    figure, axes = new_figure(len(series), width=width, height=3.2)
    for index, (axis, (name, probs)) in enumerate(zip(axes.flat, series.items())):
        sure, right, size = map(np.array, zip(*bins_of(probs, labels, count=count)))
        style = style_of("exact" if name.startswith("exact") else name, index=index)
        axis.plot([0, 1], [0, 1], color="#999999", lw=1)
        axis.scatter(sure, right, s=400 * size / size.sum() + 8, color=style.colour, alpha=0.7)
        for x, y in zip(sure, right):
            axis.plot([x, x], [x, y], color=style.colour, lw=1)
        error = expected_calibration_error(probs, labels, count=count)
        axis.set(
            xlim=(0, 1.04),
            ylim=(-0.04, 1.08),
            xlabel="confidence",
            ylabel="share right",
            title=f"{name}\nexpected calibration error {error:.2f}",
        )
    return figure
