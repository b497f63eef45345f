"""A model kept in 16 bits and computed with in 32 says exactly what it says when it is loaded in 32."""

import copy

import pytest
import torch
import transformers

from helpers.methods import decoding
from helpers.models import compute_in_float32


@pytest.fixture(params=[False, True], ids=["without biases", "with biases"])
def stored(request):
    """A small Llama in bfloat16, its output tied to its token vectors as in SmolLM2."""
    torch.manual_seed(0)
    config = transformers.LlamaConfig(
        vocab_size=50,
        hidden_size=32,
        intermediate_size=48,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=64,
        tie_word_embeddings=True,
        attention_bias=request.param,
        mlp_bias=request.param,
        attn_implementation="eager",
    )
    model = transformers.LlamaForCausalLM(config).eval()
    for weight in model.parameters():
        torch.nn.init.normal_(weight, std=0.5)
    return model.to(torch.bfloat16)


def test_its_outputs_are_those_of_the_model_in_float32(stored):
    ids = torch.randint(0, 50, (3, 12))
    wide = copy.deepcopy(stored).float()
    with torch.no_grad():
        expected, narrow = wide(input_ids=ids).logits, stored(input_ids=ids).logits.float()
        found = compute_in_float32(stored)(input_ids=ids).logits
    assert found.dtype == torch.float32 and stored.dtype == torch.bfloat16
    torch.testing.assert_close(found, expected, atol=1e-6, rtol=1e-6)
    assert (narrow - expected).abs().max() > 1e-3  # computing in 16 bits would have been another answer


def test_it_decodes_through_the_cache_and_with_generate_as_the_wide_model_does(stored):
    prompt, wide = [3, 5, 7], copy.deepcopy(stored).float()
    model = compute_in_float32(stored)
    expected = decoding.greedy(wide, prompt, max_new_tokens=10, end_id=49)
    assert decoding.greedy(model, prompt, max_new_tokens=10, end_id=49) == expected
    rows = model.generate(
        torch.tensor([prompt]),
        attention_mask=torch.ones(1, 3, dtype=torch.long),
        do_sample=False,
        max_new_tokens=10,
        eos_token_id=49,
        pad_token_id=49,
    )
    assert rows[0, 3:].tolist() == expected


def test_a_model_in_float32_is_refused(stored):
    with pytest.raises(ValueError, match="torch.float32; load it with dtype='bfloat16'"):
        compute_in_float32(stored.float())
