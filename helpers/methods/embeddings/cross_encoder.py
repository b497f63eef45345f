"""A cross-encoder: reads query and document together and gives one number; nothing can be kept for the next query.

Trained to pick a text's paraphrase among a few candidates of the same batch, by a softmax over their numbers.

Source: Nogueira and Cho 2019, "Passage re-ranking with BERT" (two texts in one row, one score); the softmax over
candidates in place of two classes is ours, so that both kinds of encoder are trained on the same question.
"""

from __future__ import annotations

import contextlib
import io

import numpy as np
import torch
from transformers import PreTrainedConfig

from helpers.methods.fine_tuned import fresh
from helpers.methods.heads import pair_batches
from helpers.models.checks import name_of, require_body, require_model, require_pairs, require_tokenizer
from helpers.tasks.task import Example
from helpers.training.finetuning import FineTuning, finetune
from helpers.transformer.checks import shown, whole

CANDIDATES = 4
RECIPE = FineTuning(steps=60, batch_size=8, learning_rate=1e-3)  # 8 x 4 rows of two texts: as many texts as 32 pairs


def fresh_reader(name: str, *, seed: int):
    """A course model with a new head that gives one number for a pair: (model, tokenizer)."""
    whole(seed, "seed")
    with contextlib.redirect_stdout(io.StringIO()):
        return fresh(name, "AutoModelForSequenceClassification", seed=seed, num_labels=1)


def writer(tokenizer, config):
    """A function that writes (text, text) pairs as one batch, both texts in one row."""
    if not isinstance(config, PreTrainedConfig):
        raise TypeError(f"config cannot be {shown(config)}; pass model.config")
    collate = pair_batches(None, require_tokenizer(tokenizer), config)

    def write(pairs):
        batch = collate([Example(first, 0.0, second) for first, second in pairs])
        return {name: value for name, value in batch.items() if name != "labels"}

    return write


def candidate_pairs(pairs, *, candidates: int = CANDIDATES):
    """Each first text with its paraphrase and with the next texts' paraphrases in the batch, the right one first.

    >>> candidate_pairs([("a", "A"), ("b", "B"), ("c", "C")], candidates=2)
    [('a', 'A'), ('a', 'B'), ('b', 'B'), ('b', 'C'), ('c', 'C'), ('c', 'A')]

    Raises ValueError when the batch has fewer pairs than candidates.
    """
    pairs = require_pairs(pairs)
    if len(pairs) < whole(candidates, "candidates", least=2):
        raise ValueError(f"{len(pairs)} pairs cannot give {candidates} candidates each; pass more pairs")
    return [
        (first, pairs[(row + step) % len(pairs)][1])
        for row, (first, _) in enumerate(pairs)
        for step in range(candidates)
    ]


def train(model, tokenizer, pairs, *, seed: int, recipe: FineTuning = RECIPE, candidates=candidate_pairs, watch=None):
    """Fine-tune all weights to pick each text's paraphrase: (trained copy, the loss of each step in nats).

    candidates: what makes pairs of texts of a batch, `CANDIDATES` for each first text, the right one first.
    """
    _check(model, tokenizer)
    candidates(pairs)
    whole(seed, "seed")
    write = writer(tokenizer, model.config)

    generator = torch.Generator().manual_seed(seed)
    return finetune(
        model,
        pairs,
        collate=lambda chosen: write(candidates(chosen)),
        generator=generator,
        recipe=recipe,
        loss=lambda reader, batch: _pick_loss(reader(**batch).logits),
        watch=watch,
    )


def score(model, tokenizer, pairs, *, batch_size: int = 128) -> np.ndarray:
    """One number for each pair of texts, read together: (pairs,)."""
    _check(model, tokenizer)
    pairs = require_pairs(pairs)
    whole(batch_size, "batch_size", least=1)
    write, found = writer(tokenizer, model.config), []
    with torch.no_grad():
        for start in range(0, len(pairs), batch_size):
            found += model(**write(pairs[start : start + batch_size])).logits[:, 0].tolist()
    return np.array(found)


def held_out_loss(model, tokenizer, pairs, *, candidates=candidate_pairs) -> float:
    """Mean loss of picking the paraphrase among the candidates, in nats."""
    return float(_pick_loss(score(model, tokenizer, candidates(pairs))))


def _pick_loss(scores):
    """Cross-entropy of the first of each row of candidates, in nats; the candidates of a text one after the other."""
    rows = torch.as_tensor(scores).view(-1, CANDIDATES)
    return torch.nn.functional.cross_entropy(rows, torch.zeros(len(rows), dtype=torch.long))


def _check(model, tokenizer):
    """Refuse a model that does not give one number for a pair."""
    require_model(model)
    require_tokenizer(tokenizer, model)
    if not getattr(getattr(model, "config", None), "is_encoder_decoder", False):
        require_body(model, tokenizer)
    if getattr(getattr(model, "config", None), "num_labels", 1) != 1 or not hasattr(model, "config"):
        raise ValueError(
            f"{name_of(model)} ({type(model).__name__}) gives no single number for a pair; pass fresh_reader(...)"
        )
