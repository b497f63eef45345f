"""torch's attention kernel in fp32 inside bf16 training.

On processors the bf16 backward pass of `scaled_dot_product_attention` is several times slower than the fp32 one, while
matrix products gain from bf16. Registering this variant keeps the best of both.
"""

from __future__ import annotations

import torch
from transformers import AttentionInterface, AttentionMaskInterface
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import ALL_MASK_ATTENTION_FUNCTIONS

NAME = "sdpa_fp32"


def register():
    """Make `attn_implementation="sdpa_fp32"` known to transformers and return the name; safe to repeat."""
    AttentionInterface.register(NAME, _attention)
    AttentionMaskInterface.register(NAME, ALL_MASK_ATTENTION_FUNCTIONS["sdpa"])
    return NAME


def _attention(module, query, key, value, attention_mask, *, position_bias=None, **kwargs):
    if position_bias is not None:  # T5's
        kwargs["position_bias"] = position_bias.float()
    with torch.autocast(query.device.type, enabled=False):
        return sdpa_attention_forward(module, query.float(), key.float(), value.float(), attention_mask, **kwargs)
