"""A map of attention shows its own maximum, the framed row and its numbers."""

import numpy as np
import pytest

from helpers.figures.attention_map import attention_map


def test_the_row_in_question_is_framed_and_numbered():
    values = np.array([[0.1, 0.2, 0.1], [0.3, 0.25, 0.05]])
    figure = attention_map(values, queries=["a", "b"], keys=["x", "y", "z"], row=1, title="t")
    axis = figure.axes[0]
    assert [text.get_text() for text in axis.texts] == [".30", ".25", ".05"]
    assert axis.images[0].get_clim() == (0, 0.3) and axis.patches[0].get_y() == 0.5


def test_all_rows_are_numbered_without_one_in_question_and_shapes_must_fit():
    assert len(attention_map(np.eye(2), queries=["a", "b"], keys=["x", "y"]).axes[0].texts) == 4
    assert attention_map(np.eye(1), queries=["a"], keys=["x"], ylabel="head").axes[0].get_ylabel() == "head"
    with pytest.raises(ValueError, match="2 queries and 3 keys"):
        attention_map(np.eye(2), queries=["a", "b"], keys=["x", "y", "z"])
