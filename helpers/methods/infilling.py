"""Zero-shot by a word in a gap: [MASK] for the encoder, the next word for the decoder, a sentinel or a mask for two
stacks. No weight changes; the same patterns for all."""

from __future__ import annotations

import torch

from helpers.evaluation import PATTERNS, gap_log_probs, left_log_probs, written_log_probs
from helpers.methods.fine_tuned import fresh, predictor
from helpers.tasks.reviews import LABELS


def cloze(task, name: str, train=(), *, seed: int = 0, recipe=None):
    """The encoder reads both sides of the gap: a Predictor."""
    return predictor(*fresh(name, "AutoModelForMaskedLM"), by_pattern(gap_scores(gap_log_probs)))


def next_word(task, name: str, train=(), *, seed: int = 0, recipe=None):
    """The decoder reads the pattern up to the gap: a Predictor."""
    return predictor(*fresh(name, "AutoModelForCausalLM"), by_pattern(gap_scores(left_log_probs)))


def infill(task, name: str, train=(), *, seed: int = 0, recipe=None):
    """Two stacks: T5 writes the word after its sentinel, BART writes the text up to the gap: a Predictor."""
    return predictor(*fresh(name, "AutoModelForSeq2SeqLM"), by_pattern(gap_scores(written_log_probs)))


def by_pattern(scores):
    """One label for each pattern, which `scores(model, tokenizer, texts, pattern)` (texts, labels) puts first."""

    def answer(model, tokenizer, examples, seed=0):
        texts = [example.source for example in examples]
        best = [scores(model, tokenizer, texts, pattern).argmax(-1).tolist() for pattern in PATTERNS]
        return [tuple(LABELS[i] for i in row) for row in zip(*best)]

    return answer


def gap_scores(read):
    """Log-probabilities of the labels in the gap, (texts, labels), where `read` says how a model is asked for it."""

    def scores(model, tokenizer, texts, pattern):
        rows = read(model, tokenizer, [pattern.format(text=text) for text in texts])
        return torch.cat(rows)[:, tokenizer.convert_tokens_to_ids(list(LABELS))]

    return scores
