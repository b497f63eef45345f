"""Smoothing: the backward pass reads from the right; with the forward pass it tells what stands in a gap.

Source: Rabiner (1989), A tutorial on hidden Markov models, sections III.A and III.B; `ahead` and `after` are his beta
at sentence boundaries, and the weight of a gap is his gamma, summed over the states that write the same word.
Legend: T words, N nodes, W worlds, V words of the vocabulary.
"""

import numpy as np

from helpers.tinytown.compiled import GAP
from helpers.tinytown.matching import Fit


def backward(fit: Fit, end: np.ndarray) -> tuple[dict, dict]:
    """Probability of all words from a sentence boundary on, given what stands there.

    ahead[i] (N, W): a sentence of node n starts at word i of a document in world w.
    after[i] (N, W): a sentence of node n has ended in front of word i.
    """
    scene, length = fit.scene, len(fit.ids)
    ahead, after = {}, {length: np.repeat(end[:, None], scene.shape[1], axis=1)}
    for i in reversed(range(length)):
        for template in fit.templates_at(i):
            stop, nodes = i + len(template), scene.nodes_of[template.kind]
            if stop in after:
                weight = template.likelihood(fit.ids[i:stop]) * after[stop][nodes]
                ahead.setdefault(i, np.zeros(scene.shape))[nodes] += weight
        if i in ahead:
            after[i] = scene.step @ ahead[i]
    return ahead, after


def standing(fit: Fit, begin: dict, after: dict, *, errors: int = 0):
    """Every template that can stand between two boundaries, with the joint probability of the text around it.

    Yields (place of its first word, template, weight (W,)); at most ``errors`` of its words may differ from the text.
    """
    for i, starting in begin.items():
        for template in fit.templates_at(i, errors=errors):
            stop, nodes = i + len(template), fit.scene.nodes_of[template.kind]
            if stop in after:
                around = (starting[nodes] * after[stop][nodes]).sum(0)
                if around.any():
                    yield i, template, around


def gap_words(fit: Fit, begin: dict, after: dict, *, words: int) -> np.ndarray:
    """Weight of the text with each word in each of its gaps: (T, V), zeros at words that are no gap."""
    out = np.zeros((len(fit.ids), words))
    for i, template, around in standing(fit, begin, after):
        ids = fit.ids[i : i + len(template)]
        for j in np.flatnonzero(ids == GAP):
            emission = template.emissions[j]
            out[i + j, emission.word_ids] += emission.predict(around * template.likelihood(ids, skip=j))
    return out
