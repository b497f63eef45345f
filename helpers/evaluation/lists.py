"""Labelled lists: learning a label from the examples in the text, read on from the left or filled in as a gap.

Notebook 04 draws the curve of `k_shot` over the number of examples; for labelled reviews see `experiments.few_shot`.
"""

import numpy as np
import torch

from helpers import tinytown
from helpers.evaluation.causal import next_word_log_probs
from helpers.evaluation.drawing import checked, drawn
from helpers.evaluation.expected import choice_scores
from helpers.evaluation.held_out import documents_of
from helpers.evaluation.language import measured_language
from helpers.evaluation.masked import gap_log_probs
from helpers.transformer.checks import whole


@drawn
def list_problems(shots: int, count: int, seed: int, language=None) -> tuple:
    """Labelled lists cut after ``shots`` items and one more word: (words, label that came, {label: probability}).

    No two begin alike; where the language has fewer such beginnings than ``count``, there are fewer.
    """
    language = language or tinytown.training_language()
    longest = whole(shots, "shots") + 1

    def cut(document):
        return document.tokens[: sum(map(len, document.sentences[:longest])) - 1]

    documents = documents_of("list", count=count, seed=seed, language=language, longest=longest, key=cut)
    return tuple(
        (cut(d), d.tokens[len(cut(d))], tinytown.next_token_probs(cut(d), language=language)) for d in documents
    )


def k_shot(model, tokenizer, *, shots: int = 4, count: int = 500, seed: int = 0, language=None) -> dict:
    """A causal model's next word as the label of a list's next item, beside exact Bayes: as `choice_scores`."""
    problems = list_problems(shots, count, seed, measured_language(model, tokenizer, language))
    scores = next_word_log_probs(model, tokenizer, [" ".join(prefix) for prefix, *_ in problems])
    return label_scores(tokenizer, scores, problems)


@checked
def list_cloze(
    model, tokenizer, *, shots: int = 4, count: int = 300, seed: int = 0, read=gap_log_probs, language=None
) -> dict:
    """The same lists with [MASK] for the last label, beside exact Bayes: as `choice_scores`.

    `read` asks the model: (model, tokenizer, texts with one [MASK]) -> log-probabilities (1, vocab) for each.
    """
    problems = list_problems(shots, count, seed, measured_language(model, tokenizer, language))
    scores = read(model, tokenizer, [" ".join(prefix) + " [MASK]" for prefix, *_ in problems])
    return label_scores(tokenizer, torch.cat(list(scores)), problems)


def label_scores(tokenizer, log_probs, problems) -> dict:
    """Scores of the best word of the whole vocabulary, log_probs (lists, vocab), as the label of each list."""
    probs = np.zeros(tuple(log_probs.shape))
    for row, (_, _, exact) in zip(probs, problems, strict=True):
        row[tokenizer.convert_tokens_to_ids(list(exact))] = list(exact.values())
    return choice_scores(log_probs.numpy(), probs)
