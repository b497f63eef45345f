"""Linear probes: what can be read off a vector with a linear classifier, and no further training of the model.

A probe says that something can be read, not that the model reads it.

Source: Alain and Bengio 2017, "Understanding intermediate layers using linear classifier probes"; Conneau et al. 2018,
"What you can cram into a single $&!#* vector", for the probe that names the words of the text.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping

import numpy as np
import torch
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from helpers.models.checks import name_unknown_words, require_body, require_model, require_texts
from helpers.models.encoding import encode
from helpers.tasks.probe_questions import COUNTS, QUESTIONS, problems
from helpers.transformer.checks import finite, listed, one_of, real, shown, whole


def body_of(model):
    """The stack under a model's heads: what turns ids into vectors."""
    require_model(model)
    return getattr(model, model.base_model_prefix, model)


def text_vectors(model, tokenizer, texts, *, layer=-1, batch_size=128):
    """Two vectors a text: {"first": the first token's, "mean": the average over its words}, each (texts, d_model).

    layer: which hidden state, 0 for the embeddings, -1 for the last. Special tokens and padding stay out of the mean.
    Raises ValueError for no texts, or one without words.
    """
    require_body(model, tokenizer)
    texts = require_texts(texts)
    whole(batch_size, "batch_size", least=1)
    whole(layer, "layer", least=None)
    name_unknown_words(tokenizer, texts)
    found = {"first": [], "mean": []}
    special = torch.tensor(sorted(set(tokenizer.all_special_ids) - {tokenizer.mask_token_id}))
    for start in range(0, len(texts), batch_size):
        batch = encode(tokenizer, texts[start : start + batch_size], model=model)
        with torch.no_grad():
            states = body_of(model)(**batch, output_hidden_states=True).hidden_states
        if not -len(states) <= layer < len(states):
            raise ValueError(
                f"layer {layer} does not exist; choose 0 (embeddings) to {len(states) - 1}, or -1, the last"
            )
        hidden = states[layer].float()
        words = (~torch.isin(batch["input_ids"], special))[..., None].float()  # (batch, position, 1)
        found["first"].append(hidden[:, 0])
        found["mean"].append((hidden * words).sum(1) / words.sum(1))
    return {name: torch.cat(parts).numpy() for name, parts in found.items()}


def linear_probe(train, test, *, strength=1.0) -> float:
    """Accuracy on `test` of a logistic regression fitted to `train`, each (vectors, labels); columns are standardised.

    >>> x = np.array([[0.0], [1.0], [0.1], [0.9]])
    >>> linear_probe((x, ["no", "yes", "no", "yes"]), (x, ["no", "yes", "no", "yes"]))
    1.0

    Raises ValueError when the labels to learn from are all the same.
    """
    train, test = _sets(train, test)
    real(strength, "strength", above=0)
    if len(set(train[1])) < 2:
        raise ValueError(f"all {len(train[1])} labels are {train[1][0]!r}; a probe needs at least two classes")
    probe = make_pipeline(StandardScaler(), LogisticRegression(C=strength, max_iter=1000))
    return float(probe.fit(*train).score(*test))


def word_probe(train, test, *, strength=1.0) -> float:
    """Share of the distinct words of each text that a linear map from its vector names, on average over `test`.

    train, test: (vectors, texts as sequences of words). The map scores every word of the training texts; as many words
    are named as the text has distinct ones. Words that no training text holds cannot be named.

    >>> x = np.eye(3)
    >>> word_probe((x, [["a"], ["b"], ["c"]]), (x, [["a"], ["b"], ["c"]]), strength=100.0)
    1.0
    """
    train, test = _sets(train, test)
    real(strength, "strength", above=0)
    for text in (*train[1], *test[1]):
        listed(text, "a text", of="words")
    known = sorted({word for text in train[1] for word in text})
    number = {word: index for index, word in enumerate(known)}
    present = np.zeros((len(train[1]), len(known)))
    for row, text in enumerate(train[1]):
        present[row, [number[word] for word in text]] = 1
    centre, spread = train[0].mean(0), train[0].std(0) + 1e-6
    scores = Ridge(alpha=1 / strength).fit((train[0] - centre) / spread, present).predict((test[0] - centre) / spread)
    shares = []
    for row, text in zip(scores, test[1]):
        words = set(text)
        best = np.argsort(-row, kind="stable")[: len(words)]
        shares.append(len(words & {known[index] for index in best}) / len(words))
    return float(np.mean(shares))


def _sets(train, test):
    """Both sets as (vectors, answers), once it is certain that they fit each other."""
    sets = []
    for name, part in (("train", train), ("test", test)):
        pair = listed(part, name, least=0, of="two parts")
        if len(pair) != 2:
            raise ValueError(f"{name} has {len(pair)} parts; pass (vectors, answers)")
        vectors, answers = (
            finite(pair[0], f"vectors of {name}", dims=2),
            listed(pair[1], f"answers of {name}", of="answers"),
        )
        if len(vectors) != len(answers):
            raise ValueError(f"{name} has {len(vectors)} vectors and {len(answers)} answers; pass one for each")
        sets.append((vectors, answers))
    widths = [vectors.shape[1] for vectors, _ in sets]
    if widths[0] != widths[1] or not widths[0]:
        raise ValueError(
            f"vectors of train have {widths[0]} numbers, those of test {widths[1]}; take both from one layer"
        )
    return sets


def probe(vectors, question: str, *, seed: int = 0, count: dict | None = None) -> float:
    """Score of one question: accuracy, or the share of its words that are named.

    `vectors` turns a list of texts into one array (texts, numbers).
    """
    if not callable(vectors):
        raise TypeError(f"vectors cannot be {shown(vectors)}; pass a function of texts, such as word_counts(words)")
    one_of(question, "question", QUESTIONS)
    whole(seed, "seed")
    _check_count(count)
    sides = []
    for split in ("train", "test"):
        texts, labels = problems(question, split, count=(count or COUNTS)[split], seed=seed)
        sides.append((vectors([" ".join(text) for text in texts]), labels))
    return (word_probe if question == "words" else linear_probe)(*sides)


def probe_model(model, tokenizer, *, seed: int = 0, count: dict | None = None) -> dict:
    """All questions asked of both vectors of a model: {"first": {question: score}, "mean": {...}}."""
    whole(seed, "seed")
    _check_count(count)

    @functools.cache
    def both(texts):
        return text_vectors(model, tokenizer, texts)

    def take(which):
        return lambda texts: both(tuple(texts))[which]

    return {
        which: {question: probe(take(which), question, seed=seed, count=count) for question in QUESTIONS}
        for which in ("first", "mean")
    }


def word_counts(words):
    """Texts as counts of words, the reference that knows no order: a function for `probe`."""
    counter = CountVectorizer(
        vocabulary=require_texts(words, "words"), tokenizer=str.split, token_pattern=None, lowercase=False
    )
    return lambda texts: counter.transform(texts).toarray().astype(float)


def nothing(texts):
    """The same number for every text, for `probe`: what is known of a text before it is read."""
    return np.zeros((len(require_texts(texts)), 1))


def _check_count(count) -> None:
    """Refuse what does not say how many texts there are to learn from and to ask."""
    if count is None:
        return
    if not isinstance(count, Mapping) or set(count) != set(COUNTS):
        raise TypeError(f"count cannot be {shown(count)}; pass {{'train': 800, 'test': 300}}, or leave it out")
    for name, number in count.items():
        whole(number, f"count of {name}", least=2)
