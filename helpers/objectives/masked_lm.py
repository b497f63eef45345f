"""Masked language modelling: hide some tokens, predict them from both sides.

Source: Devlin et al. 2019, "BERT", section 3.1 and appendix A.1 (15 %; 80 % [MASK], 10 % random, 10 % unchanged).
The best possible loss: `helpers.tinytown.masked_losses`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import torch

from helpers.objectives.padding import IGNORE_INDEX
from helpers.transformer.checks import listed, random_source, real, require_tensor, shown, whole

RATE = 0.15
MIX = (0.8, 0.1, 0.1)  # [MASK], a random word, the word itself


def mask_tokens(input_ids, special_tokens_mask, *, generator, mask_id, word_ids, rate=RATE, mix=MIX):
    """Choose tokens at random, corrupt them, and return (corrupted ids, labels), labels -100 where nothing is asked.

    Each token that is not special is chosen with probability `rate`. Of the chosen, the share `mix[0]` becomes
    `mask_id`, `mix[1]` a word drawn uniformly from `range(*word_ids)`, and `mix[2]` stays (but is still asked for).

    >>> import torch
    >>> ids, special = torch.tensor([[2, 30, 31, 3]]), torch.tensor([[1, 0, 0, 1]])
    >>> every = dict(generator=torch.Generator().manual_seed(0), mask_id=4, word_ids=(22, 40), rate=0.999)
    >>> corrupted, labels = mask_tokens(ids, special, mix=(1, 0, 0), **every)
    >>> corrupted.tolist(), labels.tolist()
    ([[2, 4, 4, 3]], [[-100, 30, 31, -100]])

    Shapes: input_ids, special_tokens_mask and both results (batch, position); special_tokens_mask is true where a token
    may never be chosen. The arguments are not changed.
    Raises ValueError for a rate outside (0, 1), a mix that is not three shares adding up to 1, shapes that differ, an
    empty batch or an empty range of words; the message says which and what to pass.
    """
    _check(input_ids, special_tokens_mask, word_ids=word_ids, rate=rate, mix=mix)
    random_source(generator)
    whole(mask_id, "mask_id")
    chosen = (torch.rand(input_ids.shape, generator=generator) < rate) & ~special_tokens_mask.bool()
    labels = torch.where(chosen, input_ids, IGNORE_INDEX)
    fate = torch.rand(input_ids.shape, generator=generator)
    random_words = torch.randint(*word_ids, input_ids.shape, generator=generator)
    corrupted = torch.where(chosen & (fate < mix[0] + mix[1]), random_words, input_ids)  # random, until overwritten
    corrupted = torch.where(chosen & (fate < mix[0]), mask_id, corrupted)  # [MASK]
    return corrupted, labels


def masked_lm_batch(batch, special_ids, *, generator, mask_id, word_ids, rate=RATE, mix=MIX):
    """A padded batch with its `input_ids` corrupted and `labels` added; ids in `special_ids` are never chosen.

    >>> import torch
    >>> batch = {"input_ids": torch.tensor([[2, 30, 3, 0]]), "attention_mask": torch.tensor([[1, 1, 1, 0]])}
    >>> out = masked_lm_batch(batch, [0, 2, 3], generator=torch.Generator().manual_seed(0), mask_id=4,
    ...                       word_ids=(22, 40), rate=0.999, mix=(1, 0, 0))
    >>> out["input_ids"].tolist(), out["labels"].tolist()
    ([[2, 4, 3, 0]], [[-100, 30, -100, -100]])
    """
    if not isinstance(batch, Mapping) or "input_ids" not in batch:
        raise TypeError(f"batch cannot be {shown(batch)}; pass a dict with input_ids, as pad_rows makes it")
    special_ids = [whole(id_, "a special id") for id_ in listed(special_ids, "special_ids", least=0, of="ids")]
    require_tensor(batch["input_ids"], "input_ids", dtype="whole")
    special = torch.isin(batch["input_ids"], torch.tensor(special_ids, dtype=torch.long))
    corrupted, labels = mask_tokens(
        batch["input_ids"], special, generator=generator, mask_id=mask_id, word_ids=word_ids, rate=rate, mix=mix
    )
    return {**batch, "input_ids": corrupted, "labels": labels}


def fewer_labels(labels, *, generator, share):
    """Labels of which each asks on with probability `share`; the words of the others stay hidden, unasked.

    Corruption rate and prediction rate are two numbers then: 40 % hidden and three eighths of them scored make 15 %.

    >>> labels = torch.tensor([[IGNORE_INDEX, 30, 31, IGNORE_INDEX]])
    >>> fewer_labels(labels, generator=torch.Generator().manual_seed(2), share=0.5).tolist()
    [[-100, 30, -100, -100]]

    Shapes: labels (batch, position) -> the same; the argument is not changed.
    Raises ValueError for a share outside [0, 1], or no labels.
    Source: Wettig et al. 2023, "Should You Mask 15% in Masked Language Modeling?", for the two rates.
    """
    require_tensor(labels, "labels", dtype="whole")
    random_source(generator)
    if not labels.numel():
        raise ValueError(f"labels are empty, shape {tuple(labels.shape)}; drop empty documents")
    kept = torch.rand(labels.shape, generator=generator) < real(share, "share", least=0, most=1)
    return torch.where(kept, labels, IGNORE_INDEX)


def _check(input_ids, special_tokens_mask, *, word_ids, rate, mix):
    require_tensor(input_ids, "input_ids", dtype="whole")
    require_tensor(special_tokens_mask, "special_tokens_mask")
    if not 0 < real(rate, "rate") < 1:
        raise ValueError(f"rate {rate} must lie between 0 and 1, both excluded; BERT uses {RATE}")
    mix = [real(part, "a part of mix") for part in listed(mix, "mix", least=0, of="shares")]
    if len(mix) != 3 or min(mix) < 0 or not math.isclose(sum(mix), 1, abs_tol=1e-6):
        raise ValueError(f"mix {mix} must be three shares ([MASK], random, kept) that add up to 1; BERT uses {MIX}")
    if input_ids.shape != special_tokens_mask.shape:
        raise ValueError(
            f"special_tokens_mask has shape {tuple(special_tokens_mask.shape)}, input_ids {tuple(input_ids.shape)};"
            " pass one flag for each token"
        )
    if not input_ids.numel():
        raise ValueError(f"input_ids is empty, shape {tuple(input_ids.shape)}; drop empty documents")
    if not ((special_tokens_mask == 0) | (special_tokens_mask == 1)).all():
        raise ValueError("special_tokens_mask holds other numbers than 0 and 1; pass 1 where a token is special")
    ends = [whole(id_, "a word id", least=-1) for id_ in listed(word_ids, "word_ids", least=0, of="ids")]
    if len(ends) != 2 or not 0 <= ends[0] < ends[1]:
        raise ValueError(f"word_ids {word_ids} is no range of words; pass (first id, last id + 1)")
