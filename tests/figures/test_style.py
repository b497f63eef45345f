"""What all figures share: a style for each family, a canvas outside pyplot, alternative text that says something."""

import base64
from itertools import combinations

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch

from helpers.figures import style
from helpers.figures.style import OTHERS, STYLES, new_figure, show, style_of, to_array, to_png
from helpers.setup.alt_text import SWITCH


def test_no_two_things_share_a_colour_or_a_marker():
    styles = [*STYLES.values(), *OTHERS]
    assert all(a.colour != b.colour and a.marker != b.marker for a, b in combinations(styles, 2))


def test_a_name_that_is_no_family_takes_the_colour_of_its_number():
    assert style_of("encoder", index=3) is STYLES["encoder"]
    assert [style_of("of my own", index=i) for i in range(len(OTHERS) + 1)] == [*OTHERS, OTHERS[0]]
    assert style_of("exact").for_line() == {"color": "black", "marker": "", "linestyle": "--"}


def test_axes_are_rows_and_columns_and_pyplot_knows_nothing_of_them():
    before = plt.get_fignums()
    figure, axes = new_figure(3, rows=2, width=2.0, height=1.5)
    assert axes.shape == (2, 3) and tuple(figure.get_size_inches()) == (6.0, 3.0)
    assert plt.get_fignums() == before


def test_a_tensor_with_a_gradient_becomes_an_array():
    assert to_array(torch.tensor([1.0, 2.0], requires_grad=True)).tolist() == [1.0, 2.0]
    assert to_array(np.array([True, False])).tolist() == [1.0, 0.0]


def test_the_image_is_shown_with_its_text(monkeypatch):
    shown = []
    monkeypatch.setattr(style, "display", lambda data, **how: shown.append((data, how)))
    figure, _ = new_figure()
    alt = "a single empty axis, to be looked at"
    show(figure, alt=alt)
    (data, how), image = shown[0], to_png(figure)
    assert data["text/plain"] == f"Figure: {alt}" and how["metadata"]["image/png"]["alt"] == alt
    assert base64.b64decode(data["image/png"])[:4] == image[:4] == b"\x89PNG"


def test_where_copies_are_worked_on_the_text_reaches_the_page(monkeypatch):
    shown = []
    monkeypatch.setattr(style, "display", lambda data, **how: shown.append(data))
    monkeypatch.setenv(SWITCH, "1")
    show(new_figure()[0], alt="a single empty axis, <not> much")
    assert shown[0]["text/html"].startswith(
        '<img alt="a single empty axis, &lt;not&gt; much" src="data:image/png;base64,'
    )
    monkeypatch.delenv(SWITCH)
    show(new_figure()[0], alt="a single empty axis, <not> much")
    assert "text/html" not in shown[1]


@pytest.mark.parametrize("alt", ["", "a figure", "x" * 19, "a figure" + " " * 30])
def test_a_text_that_says_nothing_is_refused(alt):
    with pytest.raises(ValueError, match="is too short: say what is drawn"):
        show(new_figure()[0], alt=alt)
