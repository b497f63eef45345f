"""What notebook 00 writes by hand is what the library computes."""

import numpy as np
import torch
from transformers import GPT2Config, GPT2LMHeadModel

from helpers.exercises.by_hand import attend, forward_pass, forward_step, gpt_weights
from helpers.transformer.attention import scaled_dot_product_attention


def test_one_query_attends_as_all_of_them_do():
    draw = torch.Generator().manual_seed(0)
    q, k, v = (torch.randn(5, 8, generator=draw) for _ in range(3))
    output, weights = scaled_dot_product_attention(q, k, v)
    for row in range(5):
        ours = attend(q[row], k, v)
        assert torch.allclose(ours[0], weights[row], atol=1e-6) and torch.allclose(ours[1], output[row], atol=1e-6)


def test_steps_multiply_to_the_sum_over_all_paths():
    rng = np.random.default_rng(0)
    step, writes = rng.dirichlet(np.ones(3), size=3), rng.random((4, 3))
    belief, product, matrix = np.full(3, 1 / 3), 1.0, np.full(3, 1 / 3)
    for row in writes:
        belief, probability = forward_step(belief, step, row)
        product, matrix = product * probability, (matrix @ step) * row
    assert np.isclose(product, matrix.sum()) and np.isclose(belief.sum(), 1)


def test_the_forward_pass_is_gpt_2s():
    torch.manual_seed(0)
    config = GPT2Config(
        vocab_size=13, n_positions=9, n_embd=12, n_head=3, n_layer=3, bos_token_id=None, eos_token_id=None
    )
    model, ids = GPT2LMHeadModel(config).eval(), torch.tensor([1, 5, 5, 2, 9])
    with torch.no_grad():
        logs = model(input_ids=ids[None]).logits[0, :-1].log_softmax(-1)
    right = -logs[range(4), ids[1:]]
    assert torch.allclose(forward_pass(ids, gpt_weights(model), heads=3), right, atol=1e-5)
