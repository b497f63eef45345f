"""The drawings of pair tasks show each solver, its runs and the best possible answer."""

import numpy as np

from helpers.figures.pair_accuracy import draw_head_start, draw_solvers, draw_transfer

SOLVED = {"order": {"topic": [0.5, 0.6], "course-bert": [0.8, 0.9]}, "document": {"topic": [0.9], "course-bert": [1.0]}}


def test_a_panel_a_task_with_the_optimum_and_each_mean():
    figure = draw_solvers(SOLVED, optimum={"order": 0.92, "document": 0.99}, families={"course-bert": "encoder"})
    assert [axis.get_title() for axis in figure.axes] == ["order", "document"]
    assert [label.get_text() for label in figure.axes[0].get_yticklabels()] == ["topic", "course-bert"]
    assert [text.get_text() for text in figure.axes[0].texts] == ["0.55", "0.85"]
    assert 0.92 in [line.get_xdata()[0] for line in figure.axes[0].lines]


def test_a_line_a_start_through_the_means_of_its_runs():
    runs = {"with": {10: [0.5, 0.7], 30: [0.8, 0.9]}, "without": {10: [0.5, 0.5], 30: [0.6, 0.7]}}
    figure = draw_head_start({"order": runs}, optimum={"order": 0.92})
    lines = {line.get_label(): line for line in figure.axes[0].lines}
    np.testing.assert_allclose(lines["with"].get_ydata(), [0.6, 0.85])
    assert list(lines["without"].get_xdata()) == [10, 30] and "best possible" in lines


def test_each_accuracy_stands_in_its_cell():
    axis = draw_transfer([[0.9, 0.5], [0.6, 0.8]], ["same document", "sentence order"]).axes[0]
    assert [text.get_text() for text in axis.texts] == ["0.90", "0.50", "0.60", "0.80"]
    assert [label.get_text() for label in axis.get_yticklabels()] == ["same\ndocument", "sentence\norder"]
