"""What the tiny models of the library do is what their masks say."""

import pytest
import torch

from helpers.experiments.variants import latest_masks


@pytest.mark.parametrize("name", latest_masks.MODELS)
@pytest.mark.parametrize(("source", "target"), [(4, 4), (5, 3), (1, 6)])
def test_influence_is_the_mask(name, source, target):
    found = latest_masks.influence(name, source=source, target=target, seed=1)
    assert torch.equal(found, latest_masks.mask_of(name, source=source, target=target))


def test_encoder_and_decoder_have_changed_places():
    first, second = (latest_masks.influence(name) for name in ("T5Gemma 2", "DiffusionGemma"))
    assert torch.equal(first[:4, :4], second[4:, 4:]) and torch.equal(first[4:, 4:], second[:4, :4])
    assert torch.equal(first, latest_masks.influence("T5"))


def test_a_model_that_does_not_exist_is_refused():
    for ask in (latest_masks.influence, lambda name: latest_masks.mask_of(name, source=1, target=1)):
        with pytest.raises(ValueError, match="'T6'; choose from T5, T5Gemma 2, DiffusionGemma"):
            ask("T6")
