"""Differences as rows: the numbers are written, what is certain is dark, a missing number stands in words."""

import pandas as pd

from helpers.figures.difference_rows import difference_rows

TABLE = pd.DataFrame(
    {
        "question": ["sure", "unsure", "unknown"],
        "mean": [0.2, 0.1, float("nan")],
        "low": [0.1, -0.1, float("nan")],
        "high": [0.3, 0.3, float("nan")],
        "missing": ["", "", "no row of it"],
    }
)


def test_rows_carry_their_number_and_what_is_missing_says_so():
    axis = difference_rows(TABLE, label="question", sides=("one", "two")).axes[0]
    assert [text.get_text() for text in axis.texts] == ["+0.20", "+0.10", "no row of it"]
    assert [axis.get_title("left"), axis.get_title("right")] == ["one", "two"]


def test_an_interval_that_includes_zero_has_another_colour():
    lines = [line for line in difference_rows(TABLE, label="question").axes[0].lines if line.get_marker() == "o"]
    assert lines[0].get_color() != lines[1].get_color()
