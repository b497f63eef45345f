"""The figure of two trainings: a line for each run, a dashed floor for each question."""

from helpers.figures.two_shifts import two_shifts


def test_runs_and_floors():
    run = [(1, 7.0), (2, 3.0), (3, 1.2)]
    axis = two_shifts({"once": [run, run], "twice": [run]}, {"once": 0.9, "twice": 1.0}).axes[0]
    assert len(axis.lines) == 3 + 2
    assert [line.get_ydata()[0] for line in axis.lines if line.get_linestyle() == "--"] == [0.9, 1.0]
    assert len(axis.get_legend().get_texts()) == 3
