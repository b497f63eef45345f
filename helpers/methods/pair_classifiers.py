"""Who tries to tell whether one sentence follows another: word counts with and without sides, and a model's own head.

A classifier of pairs is a function from pairs, (A, B, label) with texts, to probabilities (pairs, 2): follows, or not.
"""

import numpy as np
from sklearn.feature_extraction.text import HashingVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from helpers.objectives.next_sentence import IS_NEXT
from helpers.tasks.sentence_pairs import labels_of
from helpers.training.finetuning import class_probs, text_batches


def topic_features(pair) -> list[str]:
    """Words that meet in a pair, without saying which text each is from: the same for (A, B) and (B, A).

    >>> sorted(topic_features(("a b", "c", 0))) == sorted(topic_features(("c", "a b", 0)))
    True
    """
    first, second = set(pair[0].split()), set(pair[1].split())
    met = [" & ".join(sorted((a, b))) for a in first for b in second]
    return [*(first | second), *met, f"shared {len(first & second)}"]


def sided_features(pair) -> list[str]:
    """The words of A, the words of B, and who meets whom, told apart by side; the order inside a text is lost."""
    first, second = set(pair[0].split()), set(pair[1].split())
    met = [f"{a} > {b}" for a in first for b in second]
    return [*(f"A {word}" for word in first), *(f"B {word}" for word in second), *met, f"shared {len(first & second)}"]


def bag_of_words(examples, *, features):
    """A logistic regression on word features, fitted to pairs: a function from pairs to probabilities (pairs, 2)."""
    hashed = HashingVectorizer(analyzer=features, n_features=2**18, norm=None, alternate_sign=False, binary=True)
    model = make_pipeline(hashed, LogisticRegression(C=0.3, solver="liblinear"))
    model.fit(list(examples), labels_of(examples))
    return lambda pairs: model.predict_proba(list(pairs))


def head_probs(model, tokenizer):
    """A next-sentence classifier as a function from pairs to probabilities (pairs, 2)."""
    return lambda pairs: class_probs(model, list(pairs), collate=text_batches(tokenizer)).numpy()


def says_next(probs) -> float:
    """Share of pairs that are called consecutive."""
    return float((np.asarray(probs)[:, IS_NEXT] > 0.5).mean())
