"""Scoring a text with a masked model: hide each word in turn, and add up what it costs to put it back.

Source: Salazar et al. 2020, "Masked Language Model Scoring", section 2: the pseudo-log-likelihood, here with its sign
turned round and word by word, so that the losses stand beside `tinytown.single_gap_losses`.
"""

from __future__ import annotations

import torch

from helpers.evaluation import predictions
from helpers.models.checks import name_unknown_words, require_fits, require_masked_model, room_of
from helpers.transformer.checks import shown


def one_gap_losses(model, tokenizer, text):
    """-log p(token | all other tokens) of every token of a text, each hidden alone, in nats: array (tokens,).

    The minus sum is the text's pseudo-log-likelihood. Special tokens are never hidden and not scored.

    Raises ValueError for a text without tokens, or one longer than the model's positions.
    """
    require_masked_model(model, tokenizer)
    if not isinstance(text, str):
        raise TypeError(f"text cannot be {shown(text)}; pass one string, the texts of a list one by one")
    ids = torch.tensor(tokenizer(text)["input_ids"])  # [CLS] tokens [SEP]
    _check(ids, room_of(model, tokenizer))
    name_unknown_words(tokenizer, [text])
    each = torch.arange(len(ids) - 2)
    rows = ids.repeat(len(each), 1)  # one row for each token
    rows[each, each + 1] = tokenizer.mask_token_id  # hidden in its own row only
    log_probs = predictions(model, {"input_ids": rows})  # (tokens, position, vocab)
    return -log_probs[each, each + 1, ids[1:-1]].double().numpy()


def pseudo_log_likelihood(model, tokenizer, text) -> float:
    """Sum of log p(token | all other tokens), in nats; no log-probability of the text, see the notebook on masking."""
    return -float(one_gap_losses(model, tokenizer, text).sum())


def _check(ids, room):
    if len(ids) < 3:
        raise ValueError("the text has no tokens to hide; pass at least one word")
    require_fits([ids], room)
