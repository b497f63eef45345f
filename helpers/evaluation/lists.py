"""Labelled lists: learning a label from the examples in the text, read on from the left or filled in as a gap."""

import functools

import numpy as np

from helpers import tinytown
from helpers.evaluation.causal import next_word_log_probs
from helpers.evaluation.held_out import documents_of
from helpers.evaluation.masked import gap_log_probs


@functools.cache
def list_problems(shots: int, count: int, seed: int) -> tuple:
    """Labelled lists cut after ``shots`` items and one more word: (prefix words, label, exact answer)."""
    problems = []
    for d in documents_of("list", count, seed, shots + 1):
        cut = sum(map(len, d.sentences[: shots + 1])) - 1
        exact = tinytown.next_token_probs(d.tokens[:cut], language=tinytown.training_language())
        problems.append((d.tokens[:cut], d.tokens[cut], max(exact, key=exact.get)))
    return tuple(problems)


def k_shot(model, tokenizer, *, shots: int = 4, count: int = 500, seed: int = 0) -> dict:
    """Accuracy of a causal model's next word as the label of a list's next item, beside exact Bayes."""
    problems = list_problems(shots, count, seed)
    scores = next_word_log_probs(model, tokenizer, [" ".join(prefix) for prefix, _, _ in problems])
    return accuracies(tokenizer, scores, problems)


def list_cloze(model, tokenizer, *, shots: int = 4, count: int = 300, seed: int = 0, read=gap_log_probs) -> dict:
    """Accuracy of a model that reads the same lists with [MASK] for the last label, beside exact Bayes.

    `read` asks the model: (model, tokenizer, texts with one [MASK]) -> log-probabilities (1, vocab) for each.
    """
    problems = list_problems(shots, count, seed)
    scores = read(model, tokenizer, [" ".join(prefix) + " [MASK]" for prefix, _, _ in problems])
    return accuracies(tokenizer, [row[0] for row in scores], problems)


def accuracies(tokenizer, scores, problems) -> dict:
    """Share of labels that are the word with the best score, beside the share that exact Bayes gets."""
    answers = tokenizer.convert_ids_to_tokens([int(row.argmax()) for row in scores])
    right = np.mean([answer == label for answer, (_, label, _) in zip(answers, problems, strict=True)])
    return {"accuracy": float(right), "optimum": float(np.mean([exact == label for _, label, exact in problems]))}
