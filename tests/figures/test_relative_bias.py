"""T5's biases by distance: what is drawn is what the model adds."""

import numpy as np
import torch

from helpers.figures.relative_bias import biases, relative_bias
from helpers.figures.stack_parts import small_t5


def test_a_line_for_each_head_through_the_biases_that_the_model_adds():
    attention = small_t5().encoder.block[0].layer[0].SelfAttention
    figure = relative_bias(attention, reach=5)
    lines = [line for line in figure.axes[0].lines if len(line.get_xdata()) == 11]
    assert len(lines) == 2 and list(lines[0].get_xdata()) == list(range(-5, 6))
    with torch.no_grad():
        table = attention.compute_bias(20, 20)[0]
    for head, line in enumerate(lines):
        assert np.allclose(line.get_ydata(), table[head, 10, 5:16].numpy())  # it depends on the distance alone
    assert biases(attention, 5).shape == (2, 11)
