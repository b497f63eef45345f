"""The floor of denoising: how probable a whole text is, given the text with spans hidden and sentences shuffled.

Every reading of the damaged text counts: each order of its sentences, each length of each hidden span.  Words inside
a template are independent given the world, and the end of a sentence is always visible, so the sum over lengths is
taken sentence by sentence, and the sum over orders runs over the sets of sentences already placed.
Legend: N nodes, W worlds; a piece is a run of the damaged text that may be one whole sentence.
"""

import functools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from helpers.tinytown.arguments import function, language_of, share
from helpers.tinytown.compiled import GAP, CompiledScene, Language
from helpers.tinytown.language import training_language
from helpers.tinytown.texts import shown, word_ids

STOP = "."


@dataclass(frozen=True)
class Noise:
    """How a sentence is damaged, its last word spared: a span starts in front of a word with probability ``start``.

    cover: (words covered, words left in the sentence) -> probability.  The word after a span is kept.
    """

    start: float
    cover: Callable[[int, int], float]

    def __post_init__(self):
        share(self.start, "start")
        function(self.cover, "cover")


def infilled_loss(tokens: Sequence[str], noised: Sequence[str | None], noise: Noise, *, language=None) -> float:
    """Exact -log p(whole text | damaged text), in nats; None stands for each hidden span, however long.

    The sentences of a text are shuffled, each order alike, when all of them end in a full stop; then spans are hidden.

    Raises: ValueError when the damaged text cannot come from this text.
    """
    language = language_of(language, training_language)
    checked_noise(noise)
    damaged, whole = word_ids(noised, language), word_ids(tokens, language, gaps=False)
    together = _probability(damaged, whole, noise, language)
    if not together:
        raise ValueError(f"this text cannot be damaged so: {shown(noised)}; pass what corruption made of it")
    return math.log(_probability(damaged, None, noise, language)) - math.log(together)


def noised_log_prob(noised: Sequence[str | None], noise: Noise, *, language=None) -> float:
    """Log-probability of a damaged text, over all texts that it may come from; -inf when there is none."""
    language = language_of(language, training_language)
    checked_noise(noise)
    probability = _probability(word_ids(noised, language), None, noise, language)
    return math.log(probability) if probability else -math.inf


def checked_noise(noise):
    """Refuse what is no `Noise`."""
    if not isinstance(noise, Noise):
        raise TypeError(f"noise cannot be {shown(noise)}; pass tinytown.Noise(start, cover)")


def aligned(noised, slots, noise: Noise):
    """Probability of a damaged sentence when slot j writes a word with probability ``slots[j](word)``, float or (W,).

    >>> noise = Noise(0.5, lambda covered, left: 1 / (left + 1))
    >>> the_cat_sat = [lambda word, j=j: float(word == j) for j in (7, 8, 9)]
    >>> aligned([7, GAP, 9], the_cat_sat, noise), aligned([GAP, 9], the_cat_sat, noise)
    (0.125, 0.16666666666666666)
    """
    room, weights, free = len(slots) - 1, {0: 1.0}, True
    for word in noised[:-1]:
        moved = {}
        for place, weight in weights.items():
            if word == GAP and free:
                for covered in range(room - place + 1 if place < room else 0):
                    share = weight * (noise.start * noise.cover(covered, room - place))
                    moved[place + covered] = moved.get(place + covered, 0.0) + share
            elif word != GAP and place < room:
                weight = weight * slots[place](word) * (1 - noise.start if free else 1)
                if np.any(weight):
                    moved[place + 1] = weight
        weights, free = moved, word != GAP
    return weights.get(room, 0.0) * slots[room](noised[-1])


@dataclass(frozen=True)
class Piece:
    """A run of the damaged text as one sentence: which atoms it uses, where it stands in the whole text, its weights.

    atoms: a set, one bit each; first: its first atom; begin, end: its place in the whole text, 0 if that is unknown;
    by_kind: probability of the damaged sentence in each world, for each kind of sentence that can write it.
    """

    atoms: int
    first: int
    begin: int
    end: int
    by_kind: dict


def _probability(damaged, whole, noise, language) -> float:
    """P(damaged text), or P(damaged text and whole text)."""
    bounds = atom_bounds(damaged, language)
    if bounds[-1] != len(damaged):
        return 0.0
    stop = language.word_id.get(STOP)
    return math.fsum(
        scene.weight * _in_scene(scene, _pieces(scene, damaged, bounds, whole, noise), damaged, bounds, whole, stop)
        for scene in language.scenes
    )


def atom_bounds(damaged, language: Language) -> list[int]:
    """Where a damaged text may be cut: in front of it and after each word that can end a sentence."""
    return [0, *(t + 1 for t, word in enumerate(damaged) if word in _last_words(language))]


@functools.cache
def _last_words(language: Language) -> frozenset[int]:
    """Every word that can end a sentence."""
    return frozenset(int(i) for s in language.scenes for t in s.templates for i in t.emissions[-1].word_ids)


def _in_scene(scene, pieces, damaged, bounds, whole, stop) -> float:
    """Texts whose sentences all end in a full stop are shuffled, all others keep their order."""
    goal = (1 << (len(bounds) - 1)) - 1, 0 if whole is None else len(whole)
    stopped = [p for p in pieces if damaged[bounds[p.atoms.bit_length()] - 1] == stop]
    in_order = functools.partial(_walk, scene, goal=goal, shuffled=False)
    kept = in_order(pieces) - in_order(stopped) if len(stopped) < len(pieces) else 0.0
    return kept + _walk(scene, stopped, goal=goal, shuffled=True)


def _pieces(scene: CompiledScene, damaged, bounds, whole, noise) -> list[Piece]:
    """Every run of whole atoms that may be a sentence of the scene, at every place of the whole text if it is known."""
    spoken, found = None if whole is None else _spoken(scene, whole), []
    for a in range(len(bounds) - 1):
        for b in range(a + 1, len(bounds)):
            places, noised = {}, damaged[bounds[a] : bounds[b]]
            for kind, place, weight, slots in _written(scene, noised) if spoken is None else spoken:
                _add(places, place, kind, weight * aligned(noised, slots, noise))
            found += [Piece((1 << b) - (1 << a), a, *place, by_kind) for place, by_kind in places.items()]
    return found


def _written(scene, noised):
    """Templates that a damaged sentence may come from: (kind, no place, prior, likelihood of a word at each slot)."""
    visible = int((noised != GAP).sum())
    for t in scene.templates:
        if visible <= len(t) and noised[-1] in t.emissions[-1].column:
            yield t.kind, (0, 0), t.prior, [emission.likelihood for emission in t.emissions]


def _spoken(scene, whole) -> list:
    """Sentences that stand in the whole text: (kind, (begin, end), probability, the word at each slot)."""
    found = []
    for t in scene.templates:
        for begin in range(len(whole) - len(t) + 1):
            words = whole[begin : begin + len(t)].tolist()
            if all(word in emission.column for word, emission in zip(words, t.emissions, strict=True)):
                slots = [functools.partial(_same, word) for word in words]
                found.append((t.kind, (begin, begin + len(words)), t.likelihood(words), slots))
    return found


def _same(word, other) -> float:
    return float(word == other)


def _add(found, place, kind, weight):
    if np.any(weight):
        by_kind = found.setdefault(place, {})
        by_kind[kind] = by_kind.get(kind, 0.0) + weight


def _walk(scene: CompiledScene, pieces, *, goal, shuffled: bool) -> float:
    """Probability of all ways to place every atom once: keys are (atoms placed, words written, sentences)."""
    used = functools.reduce(int.__or__, (piece.atoms for piece in pieces), 0)
    if used != goal[0]:
        return 0.0
    total, begin = 0.0, {(0, 0, 0): scene.start[:, None] * scene.prior}
    while begin:
        done = {}
        first = min(key[0].bit_count() for key in begin)
        for key in [key for key in begin if key[0].bit_count() == first]:
            starting = begin.pop(key)
            for piece in pieces:
                if piece.atoms & key[0] or piece.begin != key[1] or not (shuffled or piece.first == first):
                    continue
                place = key[0] | piece.atoms, piece.end, key[2] + 1
                ended = done.setdefault(place, np.zeros(starting.shape))
                for kind, weight in piece.by_kind.items():
                    nodes = scene.nodes_of[kind]
                    ended[nodes] += starting[nodes] * weight
        for place, ended in done.items():
            if place[:2] == goal:
                total += (scene.end @ ended).sum() / (math.factorial(place[2]) if shuffled else 1)
            elif ended.any():
                begin[place] = begin.get(place, 0.0) + scene.step.T @ ended
    return float(total)
