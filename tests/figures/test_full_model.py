"""The whole transformer on one page: every decoder block is fed by the encoder."""

import pytest
from matplotlib.colors import to_rgba

from helpers.figures.full_model import PINK, draw_transformer


@pytest.mark.parametrize("blocks", [1, 2, 3])
def test_every_decoder_block_gets_an_arrow_from_the_encoder(blocks):
    axis = draw_transformer(blocks).axes[0]
    texts = [text.get_text() for text in axis.texts]
    assert texts.count("cross-attention") == texts.count("masked self-attention") == blocks
    assert texts.count("self-attention") == blocks and texts.count("feed-forward") == 2 * blocks
    arrows = [text.arrow_patch for text in axis.texts if getattr(text, "arrow_patch", None)]
    fed = [arrow for arrow in arrows if arrow.get_edgecolor() == to_rgba(PINK)]
    assert len(fed) == blocks
    assert texts.count("softmax: probabilities") == 1
