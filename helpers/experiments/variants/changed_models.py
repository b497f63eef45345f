"""Small encoders that differ in one part: by the library's own classes where they have it, else by one module.

RoFormer is BERT with rotary positions; ALBERT without its sharing is BERT with one more matrix between embedding and
blocks, so that it is the base of its own two changes. RMSNorm and the gated feed-forward take the place of a module.
"""

from __future__ import annotations

import torch
from torch import nn
from transformers import (
    AlbertConfig,
    AlbertForMaskedLM,
    BertConfig,
    BertForMaskedLM,
    RoFormerConfig,
    RoFormerForMaskedLM,
)

from helpers import tinytown
from helpers.experiments.variants import small_models
from helpers.models.tokenizers import build_tokenizer

NARROW = 4  # d_model over the width of a factorised embedding


def encoder_config(config_class, recipe, tokenizer, **options):
    """The configuration of an encoder of the recipe's size, in any class that uses BERT's names; no dropout."""
    return config_class(
        vocab_size=len(tokenizer),
        hidden_size=recipe.d_model,
        num_hidden_layers=recipe.layers,
        num_attention_heads=recipe.heads,
        intermediate_size=recipe.feed_forward,
        max_position_embeddings=recipe.positions,
        hidden_act="gelu",
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
        pad_token_id=tokenizer.pad_token_id,
        **options,
    )


def bert(recipe, tokenizer, **options):
    """BERT: learned positions, layer norms behind each sum, a feed-forward network with a GELU."""
    return BertForMaskedLM(encoder_config(BertConfig, recipe, tokenizer, **options))


def rotary(recipe, tokenizer):
    """BERT with rotary positions in the place of the learned table.

    Source: Su et al. 2021, "RoFormer: Enhanced Transformer with Rotary Position Embedding", section 3.2.2.
    """
    return RoFormerForMaskedLM(encoder_config(RoFormerConfig, recipe, tokenizer, embedding_size=recipe.d_model))


def rms_norm(recipe, tokenizer):
    """BERT with root-mean-square norms: no mean is taken away, nothing is added.

    Source: Zhang and Sennrich 2019, "Root Mean Square Layer Normalization", equation 4.
    """
    model = bert(recipe, tokenizer)
    for parent in list(model.modules()):
        for name, part in list(parent.named_children()):
            if isinstance(part, nn.LayerNorm):
                setattr(parent, name, nn.RMSNorm(part.normalized_shape, eps=part.eps))
    return model


class GatedIntermediate(nn.Module):
    """The wide half of a gated feed-forward network: GELU(x W) * (x V), both without a bias.

    Source: Shazeer 2020, "GLU Variants Improve Transformer", equation 6 (GEGLU).
    """

    def __init__(self, d_model: int, width: int):
        super().__init__()
        self.gate, self.value = (nn.Linear(d_model, width, bias=False) for _ in range(2))

    def forward(self, hidden_states):
        """(batch, position, d_model) -> (batch, position, width)"""
        return nn.functional.gelu(self.gate(hidden_states)) * self.value(hidden_states)


def gated(recipe, tokenizer):
    """BERT with a gated feed-forward network, two thirds as wide, so that the parameters stay the same up to biases.

    Source of the two thirds: Shazeer 2020, section 3.1.
    """
    model, width = bert(recipe, tokenizer), 2 * recipe.feed_forward // 3
    for layer in model.bert.encoder.layer:
        layer.intermediate = GatedIntermediate(recipe.d_model, width)
        layer.output.dense = nn.Linear(width, recipe.d_model)
    for part in (part for layer in model.bert.encoder.layer for part in (layer.intermediate, layer.output.dense)):
        for weight in part.parameters():
            torch.nn.init.normal_(weight, std=0.02) if weight.ndim == 2 else torch.nn.init.zeros_(weight)
    return model


def albert(recipe, tokenizer, *, shared: bool, narrow: bool):
    """ALBERT with or without its two savings: one set of weights for all layers, and a narrow embedding.

    Source: Lan et al. 2020, "ALBERT", section 3.1.
    """
    groups = {"num_hidden_groups": 1 if shared else recipe.layers}
    width = {"embedding_size": recipe.d_model // NARROW if narrow else recipe.d_model}
    return AlbertForMaskedLM(encoder_config(AlbertConfig, recipe, tokenizer, **groups, **width))


MAKERS = {
    "BERT": bert,
    "rotary positions": rotary,
    "RMSNorm": rms_norm,
    "gated MLP": gated,
    "ALBERT, nothing shared": lambda *given: albert(*given, shared=False, narrow=False),
    "tied layers": lambda *given: albert(*given, shared=True, narrow=False),
    "factorised embedding": lambda *given: albert(*given, shared=False, narrow=True),
    "tied and factorised": lambda *given: albert(*given, shared=True, narrow=True),
}


def build(name: str, seed: int = 0, recipe=small_models.RECIPE):
    """An untrained encoder with one part changed, and its tokenizer.

    Raises ValueError for an unknown name, listing the known ones.
    """
    if name not in MAKERS:
        raise ValueError(f"no change is named {name!r}; choose from {', '.join(MAKERS)}")
    tokenizer = build_tokenizer(tinytown.vocabulary())
    return small_models.seeded(lambda: MAKERS[name](recipe, tokenizer), seed), tokenizer
