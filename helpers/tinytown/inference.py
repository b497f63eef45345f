"""The questions a learner asks, answered exactly: filtering, smoothing, completion, and what the facts must be."""

import math

import numpy as np

from helpers.tinytown.compiled import Language
from helpers.tinytown.matching import GAP
from helpers.tinytown.reading import END, Reading, SceneReading, product


def log_prob(tokens, *, language: Language | None = None) -> float:
    """Natural log of the probability of a whole document, in nats; None or [MASK] stands for any one word.

    Raises: ImpossibleTextError naming the first impossible word.
    """
    reading = Reading(tokens, language)
    probability = reading.probability()
    if probability == 0:
        reading.require_possible(whole=True)
    return math.log(probability)


def next_token_probs(prefix, *, language: Language | None = None) -> dict[str, float]:
    """Filtering: probability of each possible next word after ``prefix``, "<end>" for the end of the document.

    Raises: ImpossibleTextError naming the first impossible word.
    """
    reading = Reading(prefix, language)
    weights = reading.next_words()[-1]
    if weights.sum() == 0:
        reading.require_possible(whole=False)
    return as_dict(weights, (*reading.language.words, END))


def cloze_probs(tokens_with_none, *, language: Language | None = None) -> list[dict[str, float]]:
    """Smoothing: for each gap the probability of each word, given everything on both sides (other gaps unknown).

    Raises: ImpossibleTextError naming the first impossible word.
    """
    reading = Reading(tokens_with_none, language)
    if reading.probability() == 0:
        reading.require_possible(whole=True)
    weights = reading.gaps()
    return [as_dict(weights[t], reading.language.words) for t in np.flatnonzero(reading.ids == GAP)]


def fact_probs(tokens, fact: str, *, language: Language | None = None) -> dict[str, float]:
    """Exact posterior of a fact given a whole document: the best any classifier of that fact can know.

    Raises: ImpossibleTextError for an impossible text; ValueError when no scene that can write it has the fact.
    """
    reading = Reading(tokens, language)
    if reading.probability() == 0:
        reading.require_possible(whole=True)
    weights: dict[str, float] = {}
    for scene in reading.scenes:
        if fact in scene.scene.facts and scene.probability():
            per_world = scene.scene.weight * (scene.end @ scene.left[1][len(reading.ids)])
            for value in np.unique(scene.scene.facts[fact]).tolist():
                weights[value] = weights.get(value, 0.0) + float(per_world[scene.scene.facts[fact] == value].sum())
    if not weights:
        raise ValueError(f"no scene that can write this text has a fact {fact!r}; look at document.facts")
    total = math.fsum(weights.values())
    return {value: weight / total for value, weight in sorted(weights.items(), key=lambda pair: -pair[1])}


def as_dict(weights: np.ndarray, words) -> dict[str, float]:
    """Words with their normalised weights, most probable first."""
    order = [i for i in np.argsort(-weights, kind="stable") if weights[i] > 0]
    total = weights.sum()
    return {words[i]: float(weights[i] / total) for i in order}


def complete(tokens_with_none, rng: np.random.Generator, *, language: Language | None = None) -> list[str]:
    """Fill every gap at once: one exact sample from the language given the words that are there."""
    reading = Reading(tokens_with_none, language)
    if reading.probability() == 0:
        reading.require_possible(whole=True)
    shares = np.array([s.scene.weight * s.probability() for s in reading.scenes])
    ids = fill(reading.scenes[rng.choice(len(shares), p=shares / shares.sum())], rng)
    return [reading.language.words[i] for i in ids]


def fill(reading: SceneReading, rng) -> list[int]:
    """Sample world, nodes, templates and words forwards, each weighed by what the backward pass knows of the rest."""

    def pick(weights):
        return int(rng.choice(len(weights), p=weights / weights.sum()))

    scene, ids = reading.scene, reading.ids.copy()
    ahead, after = reading.right
    world = pick(scene.prior * (reading.start @ ahead[0]))
    i, law = 0, reading.start
    while i < len(ids):
        node = pick(law * ahead[i][:, world])
        options = [t for _, t in reading.fits(i) if t.kind == scene.kinds[node] and i + len(t.emissions) in after]
        weights = [
            np.broadcast_to(product(t, reading.ids[i : i + len(t.emissions)]), len(scene.prior))[world]
            * after[i + len(t.emissions)][node, world]
            for t in options
        ]
        for j, emission in enumerate(options[pick(np.array(weights))].emissions, start=i):
            if ids[j] == GAP:
                ids[j] = emission.word_ids[pick(emission.probs[0 if emission.row is None else emission.row[world]])]
            i = j + 1
        law = scene.step[node]
    return ids.tolist()
