"""The figures of sentence vectors: what is drawn for whom, and that the best possible stands beside it."""

import numpy as np
import pandas as pd
import pytest

from helpers.figures import sentence_vectors
from helpers.figures.style import STYLES


def layers(name, *rhos):
    return pd.DataFrame([{"vector": name, "layer": n, "rho": rho} for n, rho in enumerate(rhos) for rho in (rho, rho)])


def test_a_line_for_each_vector_in_its_familys_colour_between_words_and_the_best():
    rows = pd.concat([layers("encoder, mean", 0.3, 0.5), layers("decoder, last", 0.1, 0.2)])
    axis = sentence_vectors.draw_layers(rows, words=0.4).axes[0]
    encoder, decoder, words, best = axis.lines
    assert encoder.get_color() == STYLES["encoder"].colour and decoder.get_color() == STYLES["decoder"].colour
    assert encoder.get_ydata().tolist() == [0.3, 0.5] and decoder.get_linestyle() == "-."
    assert words.get_ydata()[0] == 0.4 and best.get_ydata()[0] == 1 and best.get_linestyle() == "--"


def test_strangers_are_all_pairs_but_the_paraphrases():
    unit = np.eye(4)
    axis = sentence_vectors.draw_cosines({"before": (unit[:2], unit), "after": (unit[:2], unit)}).axes[0]
    strangers, paraphrases = (sum(bar.get_height() for bar in kind) for kind in axis.containers)
    assert strangers == pytest.approx(paraphrases)  # densities
    assert axis.containers[0][15].get_height() > 0 and axis.containers[1][-1].get_height() > 0
    assert axis.get_legend_handles_labels()[1] == ["strangers (6)", "paraphrases (2)"]


def test_runs_are_dots_behind_their_mean_and_the_control_is_hollow():
    runs = {"encoder": ("encoder", "-", [[0.3, 0.6, 0.7], [0.5, 0.8, 0.9]]), "random": ("encoder", ":", [[0.1] * 3])}
    axis = sentence_vectors.draw_recall(runs, exact=[0.6, 0.9, 1.0], words=[0.2] * 3).axes[0]
    dots, mean, _, control, words, best = axis.lines
    assert dots.get_marker() == "." and mean.get_ydata() == pytest.approx([0.4, 0.7, 0.8])
    assert control.get_markerfacecolor() == "white" and best.get_ydata().tolist() == [0.6, 0.9, 1.0]
    assert words.get_label() == "BM25"


def test_steps_stand_at_equal_distances_and_runs_behind_their_mean():
    runs = {
        "encoder": ("encoder", "-", [[0.2, 0.5, 0.7], [0.4, 0.7, 0.9]]),
        "random": ("encoder", ":", [[0, 0.1, 0.2]]),
    }
    axis = sentence_vectors.draw_steps(runs, steps=[0, 15, 300], exact=0.95, words=0.5).axes[0]
    dots, mean, _, control, words, best = axis.lines
    assert mean.get_xdata().tolist() == [0, 1, 2] and mean.get_ydata() == pytest.approx([0.3, 0.6, 0.8])
    assert dots.get_marker() == "." and control.get_markerfacecolor() == "white"
    assert words.get_ydata()[0] == 0.5 and best.get_ydata()[0] == 0.95
    assert [tick.get_text() for tick in axis.get_xticklabels()] == ["0", "15", "300"]


def test_each_knob_has_its_values_in_order_and_the_usual_one_marked():
    figure = sentence_vectors.draw_knobs(
        {"batch size": {8: [0.2, 0.4], 32: [0.5]}}, exact=0.6, usual={"batch size": 32}
    )
    axis = figure.axes[0]
    assert [tick.get_text() for tick in axis.get_xticklabels()] == ["8", "32"]
    assert axis.lines[2].get_ydata() == pytest.approx([0.3, 0.5])
    assert axis.lines[-1].get_xdata()[0] == 1


def test_costs_stand_on_logarithmic_axes():
    axis = sentence_vectors.draw_costs([1, 10], {"bi-encoder": [1, 1], "cross-encoder": [1, 10]}).axes[0]
    assert (axis.get_xscale(), axis.get_yscale()) == ("log", "log") and len(axis.lines) == 2
