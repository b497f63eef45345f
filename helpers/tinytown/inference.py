"""The questions a learner asks of a text, answered exactly: how probable, what comes next, what stands in the gaps."""

import math

import numpy as np

from helpers.tinytown.arguments import random_source
from helpers.tinytown.compiled import GAP, Language
from helpers.tinytown.reading import END, Reading, SceneReading


def log_prob(tokens, *, language: Language | None = None) -> float:
    """Natural log of the probability of a whole document, in nats; a gap stands for any one word.

    tokens: a string in ordinary spelling with [MASK] for a gap, or a list of words with None for a gap.

    Raises: ImpossibleTextError naming the first impossible word, or all words that are not in the language.
    """
    return math.log(possible(tokens, language).probability())


def possible(tokens, language: Language | None = None) -> Reading:
    """The reading of a whole text.

    Raises: ImpossibleTextError for one that the language cannot write.
    """
    reading = Reading(tokens, language)
    if reading.probability() == 0:
        reading.require_possible(whole=True)
    return reading


def prefix_log_prob(prefix, *, language: Language | None = None) -> float:
    """Natural log of the probability that a document begins with these words, in nats.

    >>> round(prefix_log_prob("the"), 2)
    -1.22

    Raises: ImpossibleTextError as `log_prob`.
    """
    return math.log(_next_words(Reading(prefix, language)).sum())


def next_token_probs(prefix, *, language: Language | None = None) -> dict[str, float]:
    """Filtering: probability of each possible next word after ``prefix``, "<end>" for the end of the document.

    Raises: ImpossibleTextError as `log_prob`.
    """
    reading = Reading(prefix, language)
    return as_dict(_next_words(reading), (*reading.language.words, END))


def _next_words(reading: Reading) -> np.ndarray:
    weights = reading.next_words()[-1]
    if weights.sum() == 0:
        reading.require_possible(whole=False)
    return weights


def cloze_probs(tokens_with_none, *, language: Language | None = None) -> list[dict[str, float]]:
    """Smoothing: for each gap the probability of each word, given everything on both sides (other gaps unknown).

    Raises: ValueError for a text without a gap; ImpossibleTextError as `log_prob`.
    """
    reading = possible(tokens_with_none, language)
    gaps = np.flatnonzero(reading.ids == GAP)
    if not len(gaps):
        raise ValueError("the text has no gap; write [MASK] in a string, None in a list of words")
    weights = reading.gaps()
    return [as_dict(weights[t], reading.language.words) for t in gaps]


def as_dict(weights: np.ndarray, words) -> dict[str, float]:
    """Words with their normalised weights, most probable first."""
    order = [i for i in np.argsort(-weights, kind="stable") if weights[i] > 0]
    total = weights.sum()
    return {words[i]: float(weights[i] / total) for i in order}


def complete(tokens_with_none, rng: np.random.Generator = None, *, language: Language | None = None) -> list[str]:
    """Fill every gap at once: one exact sample from the language given the words that are there.

    Raises: TypeError without a generator; ImpossibleTextError as `log_prob`.
    """
    random_source(rng)
    reading = possible(tokens_with_none, language)
    shares = np.array([s.scene.weight * s.probability() for s in reading.scenes])
    ids = _fill(reading.scenes[rng.choice(len(shares), p=shares / shares.sum())], rng)
    return [reading.language.words[i] for i in ids]


def _fill(reading: SceneReading, rng) -> list[int]:
    """Sample world, nodes, templates and words forwards, each weighed by what the backward pass knows of the rest."""
    scene, ids = reading.scene, reading.ids.copy()
    ahead, after = reading.right
    world = _pick(scene.prior * (reading.start @ ahead[0]), rng)
    i, next_node = 0, reading.start
    while i < len(ids):
        node = _pick(next_node * ahead[i][:, world], rng)
        template = _pick_template(reading, i, node, world, rng)
        for j, emission in enumerate(template.emissions, start=i):
            if ids[j] == GAP:
                row = 0 if emission.row is None else emission.row[world]
                ids[j] = emission.word_ids[_pick(emission.probs[row], rng)]
        i, next_node = i + len(template), scene.step[node]
    return ids.tolist()


def _pick_template(reading: SceneReading, i: int, node: int, world: int, rng):
    """A template for the sentence of this node at word i."""
    after, kind = reading.right[1], reading.scene.kinds[node]
    options = [t for t in reading.fit.templates_at(i) if t.kind == kind and i + len(t) in after]
    weights = []
    for template in options:
        stop = i + len(template)
        likelihood = np.broadcast_to(template.likelihood(reading.ids[i:stop]), reading.scene.prior.shape)
        weights.append(likelihood[world] * after[stop][node, world])
    return options[_pick(np.array(weights), rng)]


def _pick(weights: np.ndarray, rng) -> int:
    return int(rng.choice(len(weights), p=weights / weights.sum()))
