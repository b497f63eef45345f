"""Filtering: the forward algorithm reads a text from the left and predicts each next word.

A hidden state is (scene, world, node, template, position).  Words inside a template are independent given the world,
so the pass steps from sentence boundary to sentence boundary and looks inside a template where a word is wanted.
A world is one assignment of all facts of a scene.  A *weight* is a joint probability: of the words read so far and of
what is named.

Source: Rabiner (1989), A tutorial on hidden Markov models, section III.A; `begin` and `done` are his alpha at sentence
boundaries.
Legend: T words, N nodes, W worlds, V words of the vocabulary.
"""

import numpy as np

from helpers.tinytown.compiled import GAP
from helpers.tinytown.matching import Fit


def forward(fit: Fit, start: np.ndarray) -> tuple[dict, dict]:
    """Joint probability of all words before a sentence boundary and of what stands there.

    begin[i] (N, W): a sentence of node n is about to start at word i of a document in world w.
    done[i] (N, W): a sentence of node n has just ended in front of word i.
    """
    scene = fit.scene
    begin, done = {0: start[:, None] * scene.prior}, {}
    for i in range(len(fit.ids) + 1):
        if i in done:
            begin[i] = scene.step.T @ done[i]
        for template in fit.templates_at(i) if i in begin else ():
            stop, nodes = i + len(template), scene.nodes_of[template.kind]
            weight = begin[i][nodes] * template.likelihood(fit.ids[i:stop])
            if weight.any():
                done.setdefault(stop, np.zeros(scene.shape))[nodes] += weight
    return begin, done


def next_words(fit: Fit, begin: dict, *, words: int) -> np.ndarray:
    """Weight of each prefix of the text with each next word: (T+1, V), zeros where only the end can come."""
    out = np.zeros((len(fit.ids) + 1, words))
    for i, starting in begin.items():
        mass = {kind: starting[nodes].sum(0) for kind, nodes in fit.scene.nodes_of.items()}  # (W,) for each kind
        for template, matched in zip(fit.scene.templates, fit.leading[:, i], strict=True):
            if mass[template.kind].any():
                _add_template(out, template, i, ids=fit.ids[i : i + matched], weight=mass[template.kind])
    return out


def _add_template(out, template, i, *, ids, weight):
    """Add the words of a template begun at i: at each slot what it may write, then the word that stands there."""
    weight = weight * template.prior
    for j, emission in enumerate(template.emissions[: len(ids) + 1]):
        out[i + j, emission.word_ids] += emission.predict(weight)
        if j < len(ids) and ids[j] != GAP:
            weight = weight * emission.likelihood(ids[j])


def ends(fit: Fit, done: dict, end: np.ndarray) -> np.ndarray:
    """Weight of each prefix as a whole document: (T+1,)."""
    out = np.zeros(len(fit.ids) + 1)
    for i, ended in done.items():
        out[i] = (end @ ended).sum()
    return out
