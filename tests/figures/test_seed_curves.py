"""Curves of recorded runs: dots for the runs, a line for their mean, the family's colour."""

import pandas as pd

from helpers.figures.seed_curves import seed_curves
from helpers.figures.style import STYLES


def test_runs_are_dots_and_means_a_line():
    runs = pd.DataFrame(
        {
            "who": ["course-gpt"] * 4 + ["other"] * 2,
            "pairs": [30, 30, 1_000, 1_000, 30, 1_000],
            "score": [0.2, 0.4, 0.9, 1.0, 0.1, 0.2],
        }
    )
    figure = seed_curves(runs, x="pairs", y="score", by="who", families={"course-gpt": "decoder"}, best=1.0)
    dots, line = figure.axes[0].lines[:2]
    assert list(dots.get_xdata()) == [0, 0, 1, 1] and [round(float(y), 2) for y in line.get_ydata()] == [0.3, 0.95]
    assert line.get_color() == STYLES["decoder"].colour
    assert [tick.get_text() for tick in figure.axes[0].get_xticklabels()] == ["30", "1,000"]
    assert figure.axes[0].get_legend_handles_labels()[1] == ["course-gpt", "other", "best possible"]
