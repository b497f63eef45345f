"""Telling a random word from a true one, all other words being true: a masked model beside the exact posterior."""

import numpy as np

from helpers import tinytown
from helpers.evaluation.drawing import checked, drawn
from helpers.evaluation.expected import best_accuracy, expected_accuracy
from helpers.evaluation.held_out import in_batches, predictions
from helpers.evaluation.intervals import half_width
from helpers.evaluation.language import measured_language
from helpers.models.checks import require_masked_model
from helpers.models.encoding import encode


@drawn
def replaced_problems(count: int, seed: int, language=None, split: str = "test") -> tuple:
    """Distinct texts, in half of them, by chance, one word replaced by a random one: (words, place, P(replaced)).

    The place is named in each text, and P(replaced) is exact: one word in V against what the context says of this one.
    """
    language = language or tinytown.training_language()
    rng, found = np.random.default_rng([seed, 910]), []
    for document in tinytown.distinct_documents(count, split=split, seed=[seed, 911], language=language):
        words, place = list(document.tokens), int(rng.integers(len(document.tokens)))
        stranger = str(rng.choice(language.words))
        words[place] = stranger if rng.integers(2) else words[place]
        hidden = [None if t == place else word for t, word in enumerate(words)]
        weights = tinytown.Reading(hidden, language).gaps()[place]
        fits = float(weights[language.word_id[words[place]]] / weights.sum())
        found.append((tuple(words), place, 1 / (1 + fits * len(language.words))))
    return tuple(found)


@checked
def spot_replaced(model, tokenizer, *, count: int = 500, seed: int = 0, language=None) -> dict:
    """How often a masked model is expected to tell a replaced word from a true one, and the best possible share.

    It calls a word replaced where the probability that it gives to it, in plain sight, is below a threshold that is
    chosen on validation texts. "ci95" is half of the 95 % interval over texts.
    """
    require_masked_model(model, tokenizer)
    language = measured_language(model, tokenizer, language)
    asked = {split: replaced_problems(count, seed, language, split) for split in ("validation", "test")}
    doubts = {split: word_doubts(model, tokenizer, problems) for split, problems in asked.items()}
    replaced = {split: np.array([p for *_, p in problems]) for split, problems in asked.items()}
    threshold = best_threshold(doubts["validation"], replaced["validation"])
    exact = np.stack([1 - replaced["test"], replaced["test"]], 1)  # true, replaced
    called = (doubts["test"] > threshold).astype(int)
    right = exact[np.arange(len(exact)), called]
    return {
        "accuracy": expected_accuracy(np.eye(2)[called], exact),
        "optimum": best_accuracy(exact),
        "ci95": half_width(right),
    }


def word_doubts(model, tokenizer, problems) -> np.ndarray:
    """-log p of the word that is shown at the place of each problem, nothing being hidden, in nats: (problems,)."""
    found = []
    for batch in in_batches(problems):
        rows = predictions(model, encode(tokenizer, [" ".join(words) for words, *_ in batch], model=model))
        for row, (words, place, _) in zip(rows, batch, strict=True):
            found.append(-float(row[place + 1, tokenizer.convert_tokens_to_ids(words[place])]))
    return np.array(found)


def best_threshold(doubts, replaced) -> float:
    """The threshold above which calling a word replaced is right most often, P(replaced) being known.

    >>> best_threshold(np.array([0.1, 0.2, 5.0]), np.array([0.0, 0.1, 0.9]))
    2.6
    """
    order = np.argsort(doubts, kind="stable")
    doubts, replaced = np.asarray(doubts)[order], np.asarray(replaced)[order]
    below = np.concatenate([[0.0], np.cumsum(1 - replaced)])  # the first n are called true
    above = np.concatenate([np.cumsum(replaced[::-1])[::-1], [0.0]])
    edges = np.concatenate([[doubts[0] - 1], (doubts[1:] + doubts[:-1]) / 2, [doubts[-1] + 1]])
    return float(edges[int((below + above).argmax())])
