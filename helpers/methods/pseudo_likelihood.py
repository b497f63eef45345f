"""Scoring a text with a masked model: hide each word in turn, and add up what it costs to put it back.

Source: Salazar et al. 2020, "Masked Language Model Scoring", section 2: the pseudo-log-likelihood, here with its sign
turned round and word by word, so that the losses stand beside `tinytown.single_gap_losses`.
"""

from __future__ import annotations

import torch

from helpers.evaluation import predictions


def one_gap_losses(model, tokenizer, text):
    """-log p(token | all other tokens) of every token of a text, each hidden alone, in nats: array (tokens,).

    The minus sum is the text's pseudo-log-likelihood. Special tokens are never hidden and not scored.

    Raises ValueError for a text without tokens, or one longer than the model's positions.
    """
    encoded = tokenizer(text, return_tensors="pt", return_special_tokens_mask=True)
    special = encoded.pop("special_tokens_mask")[0].bool()
    ids = encoded["input_ids"][0]  # (position,)
    places = (~special).nonzero().flatten()  # (tokens,)
    _check(places, ids, model)
    rows = {name: value.repeat(len(places), 1) for name, value in encoded.items()}  # (tokens, position)
    each = torch.arange(len(places))
    rows["input_ids"][each, places] = tokenizer.mask_token_id
    return -predictions(model, rows)[each, places, ids[places]].numpy().astype(float)


def pseudo_log_likelihood(model, tokenizer, text) -> float:
    """Sum of log p(token | all other tokens), in nats; no log-probability of the text, see the notebook on masking."""
    return -float(one_gap_losses(model, tokenizer, text).sum())


def _check(places, ids, model):
    if not len(places):
        raise ValueError("the text has no tokens to hide; pass at least one word")
    room = model.config.max_position_embeddings
    if len(ids) > room:
        raise ValueError(f"the text has {len(ids)} tokens, the model has {room} positions; score it in parts")
