"""The masks of T5Gemma 2 and DiffusionGemma, measured on tiny models that the library's own classes build.

Both read a source with one stack and write a target with another that looks at the source. In T5Gemma 2 the first reads
both ways and the second from the left, as in 2017; in DiffusionGemma it is the other way round: an encoder that is
causal, and a decoder that is not. Neither flag nor name is asked here: a token of the input is exchanged, and what
changes is the influence, as in `helpers.transformer.attention`.

Legend: S source positions, T target positions; row = output, column = input, source first.
"""

from __future__ import annotations

import torch
from transformers import (
    DiffusionGemmaConfig,
    DiffusionGemmaDecoderModel,
    DiffusionGemmaEncoderTextModel,
    DiffusionGemmaTextConfig,
    T5Config,
    T5Gemma2DecoderConfig,
    T5Gemma2TextConfig,
    T5Model,
)
from transformers.models.t5gemma2.modeling_t5gemma2 import T5Gemma2Decoder, T5Gemma2TextEncoder

from helpers.experiments.variants.small_models import seeded
from helpers.transformer.attention import influence_by_perturbation
from helpers.transformer.masks import bidirectional, causal, cross

WORDS, LAYERS = 40, 2
SMALL = {
    "vocab_size": WORDS,
    "hidden_size": 16,
    "intermediate_size": 16,
    "num_hidden_layers": LAYERS,
    "num_attention_heads": 2,
    "num_key_value_heads": 2,
    "head_dim": 8,
    "max_position_embeddings": 64,
    "layer_types": ["full_attention"] * LAYERS,
}


def t5():
    """T5, for comparison: (source ids, target ids) -> states of both stacks."""
    config = T5Config(vocab_size=WORDS, d_model=16, d_kv=8, d_ff=16, num_layers=LAYERS, num_heads=2, dropout_rate=0.0)
    model = T5Model(config).eval()

    def states(source, target):
        found = model(input_ids=source, decoder_input_ids=target)
        return found.encoder_last_hidden_state, found.last_hidden_state

    return states


def t5gemma2():
    """T5Gemma 2's text stacks: self- and cross-attention of the decoder are one module under one joint mask."""
    how = {**SMALL, "query_pre_attn_scalar": 8, "dropout_rate": 0.0}
    encoder, decoder = T5Gemma2TextEncoder(T5Gemma2TextConfig(**how)), T5Gemma2Decoder(T5Gemma2DecoderConfig(**how))
    encoder, decoder = encoder.eval(), decoder.eval()

    def states(source, target):
        read = encoder(input_ids=source).last_hidden_state
        return read, decoder(input_ids=target, encoder_hidden_states=read).last_hidden_state

    return states


def diffusion_gemma():
    """DiffusionGemma's text stacks: the decoder reads the encoder's keys and values, and a canvas of its own."""
    experts = {"num_experts": 1, "top_k_experts": 1, "moe_intermediate_size": 8}  # one: no token is sent elsewhere
    how = {**SMALL, **experts, "global_head_dim": 8, "num_global_key_value_heads": 2}
    code = {"attn_implementation": "eager", "experts_implementation": "eager"}
    text, own = (DiffusionGemmaTextConfig(**how, **code) for _ in range(2))  # one each: the decoder changes its own
    decoder_config = DiffusionGemmaConfig(text_config=own, **code)
    encoder, decoder = DiffusionGemmaEncoderTextModel(text).eval(), DiffusionGemmaDecoderModel(decoder_config).eval()

    def states(source, target):
        read = encoder(input_ids=source, use_cache=True)
        written = decoder(decoder_input_ids=target, past_key_values=read.past_key_values)
        return read.last_hidden_state, written.last_hidden_state

    return states


MODELS = {"T5": t5, "T5Gemma 2": t5gemma2, "DiffusionGemma": diffusion_gemma}
STACKS = {  # the masks of the first and the second stack
    "T5": (bidirectional, causal),
    "T5Gemma 2": (bidirectional, causal),
    "DiffusionGemma": (causal, bidirectional),
}


def mask_of(name: str, *, source: int, target: int):
    """Who may influence whom by the masks of both stacks: (S + T, S + T), True = may.

    >>> mask_of("DiffusionGemma", source=2, target=2).int().tolist()
    [[1, 0, 0, 0], [1, 1, 0, 0], [1, 1, 1, 1], [1, 1, 1, 1]]

    Raises ValueError for an unknown model, listing the known ones.
    """
    _check(name)
    first, second = STACKS[name]
    nothing = torch.zeros(source, target, dtype=torch.bool)
    upper = torch.cat([first(source), nothing], 1)
    return torch.cat([upper, torch.cat([cross(target, source), second(target)], 1)])


def influence(name: str, *, source: int = 4, target: int = 4, seed: int = 0):
    """Who does influence whom in a tiny model with random weights: (S + T, S + T) boolean.

    Every token is exchanged for the next one of the vocabulary, one at a time.
    Raises ValueError for an unknown model, listing the known ones.
    """
    _check(name)
    states = seeded(MODELS[name], seed)

    def outputs(ids):
        numbers = ids[:, 0].long()[None]  # (1, S + T)
        return torch.cat(states(numbers[:, :source], numbers[:, source:]), 1)[0]

    ids = 5.0 + torch.arange(source + target)[:, None]  # (S + T, 1): as numbers, for a nudge of one
    return influence_by_perturbation(outputs, ids)


def _check(name):
    if name not in MODELS:
        raise ValueError(f"no model is named {name!r}; choose from {', '.join(MODELS)}")
