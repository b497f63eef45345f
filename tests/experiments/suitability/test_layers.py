"""Probes of every layer: the last one is what the stack gives out, pooled as elsewhere."""

import numpy as np

from helpers.experiments.suitability import encoder_vs_decoder, layers
from helpers.methods.embeddings import contrastive


def test_all_layers_are_read_and_the_last_is_the_stack_itself():
    stack, tokenizer = encoder_vs_decoder.body("decoder")
    examples = encoder_vs_decoder.reviews("test", seed=0)[:5]
    found = layers.by_layer(stack, tokenizer, examples, how="mean")
    assert len(found) == stack.config.num_hidden_layers + 1 and {each.shape for each in found} == {(5, 128)}
    again = contrastive.embed(stack, tokenizer, [text for text, _ in examples], how="mean").numpy()
    unit = found[-1] / np.linalg.norm(found[-1], axis=1, keepdims=True)
    assert np.allclose(unit, again, atol=1e-5)


def test_a_probe_is_scored_on_each_layer_beside_the_bounds(monkeypatch):
    monkeypatch.setattr(encoder_vs_decoder, "COUNTS", {"train": 120, "test": 60})
    point = {"who": "encoder", "how": "first", "seed": 0, "recipe": {"reviews": 120}}
    found = layers.run(point)
    assert [int(layer) for layer in found["by layer"]] == list(range(len(found["by layer"])))
    assert found["chance"] < found["exact"] and all(0 <= value <= 1 for value in found["by layer"].values())
