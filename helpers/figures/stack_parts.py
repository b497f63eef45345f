"""What T5 and BART changed in the blocks of 2017, read off the models, as a table."""

from __future__ import annotations

import pandas as pd
import torch
from torch import nn
from transformers import T5Config, T5ForConditionalGeneration

from helpers.transformer.parameters import acting_parts

PAPER = {  # Vaswani et al. 2017, sections 3.1 to 3.5
    "positions": "sinusoids, added to the words",
    "norm": "LayerNorm",
    "norm placed": "after each part",
    "scores divided by √d_head": "yes",
    "feed-forward": "relu",
    "linear layers with a bias": "the feed-forward's",
}


def stack_parts(models: dict) -> pd.DataFrame:
    """A column for each {name: encoder-decoder} beside the paper of 2017, a row for each part that differs.

    >>> stack_parts({"T5": small_t5()}).loc["norm", "T5"]
    'RMSNorm'
    """
    return pd.DataFrame({"2017": PAPER, **{name: parts_of(model) for name, model in models.items()}})


def small_t5(**changes) -> T5ForConditionalGeneration:
    """An untrained T5 of one small block a stack, with these settings changed."""
    with torch.random.fork_rng(devices=[]):
        return T5ForConditionalGeneration(
            T5Config(vocab_size=9, d_model=8, d_kv=4, d_ff=8, num_layers=1, num_heads=2, **changes)
        ).eval()


def parts_of(model) -> dict[str, str]:
    """The rows of one model."""
    config, is_t5 = model.config, model.config.model_type == "t5"
    linear = [part for part in model.modules() if isinstance(part, nn.Linear)]
    has_mean = any(isinstance(part, nn.LayerNorm) for part in model.modules())
    return {
        "positions": "a bias by distance" if is_t5 else "learned, added to the words",
        "norm": "LayerNorm" if has_mean else "RMSNorm",
        "norm placed": "before each part" if _norm_is_first(model) else "after each part",
        "scores divided by √d_head": "no" if is_t5 else "yes",
        "feed-forward": _activation(config),
        "linear layers with a bias": f"{sum(part.bias is not None for part in linear)} of {len(linear)}",
    }


def _norm_is_first(model) -> bool:
    encoder = model.get_encoder()
    block = (encoder.block if model.config.model_type == "t5" else encoder.layers)[0]
    x = torch.zeros(1, 2, model.config.hidden_size)
    parts = acting_parts(block, x) if model.config.model_type == "t5" else acting_parts(block, x, None)
    return parts[0] == "layer norm"


def _activation(config) -> str:
    if config.model_type != "t5":
        return config.activation_function
    return "gated gelu" if config.is_gated_act else config.dense_act_fn
