"""BERT's own question answered exactly: what stood at a chosen place, when any word that is shown may be a random one.

Each word is chosen with probability `rate`; `mix` says how many of these become [MASK], become a word drawn at random,
or stay. A shown word s then stands for a word w with the weight keep [w = s] + spread, and the text is an ordinary
hidden Markov model seen through this channel: the same passes, with every template laid everywhere.

Source: Devlin et al. 2019, "BERT", section 3.1, for the corruption; the rest is Bayes' rule.
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass, replace

import numpy as np

from helpers.tinytown.arguments import language_of, places, share
from helpers.tinytown.backward import backward, standing
from helpers.tinytown.compiled import GAP, CompiledScene, CompiledTemplate, Emission, Language
from helpers.tinytown.forward import forward
from helpers.tinytown.inference import possible
from helpers.tinytown.language import training_language
from helpers.tinytown.matching import Fit
from helpers.tinytown.texts import shown, word_ids


@dataclass(frozen=True, eq=False)
class NoisyEmission(Emission):
    """A slot seen through the channel: a shown word has the weight `keep` times its probability, plus `spread`."""

    keep: float
    spread: float

    def likelihood(self, word_id: int):
        """Weight of a shown word in each world: (W,), or a float where the slot does not depend on the facts."""
        return self.keep * Emission.likelihood(self, word_id) + self.spread


def noisy(scene: CompiledScene, keep: float, spread: float) -> CompiledScene:
    """A scene whose words are seen through the channel."""

    @functools.cache
    def slot(emission):
        values = {name: getattr(emission, name) for name in ("name", "word_ids", "probs", "row")}
        return NoisyEmission(**values, keep=keep, spread=spread)

    def template(clean: CompiledTemplate):
        return replace(clean, emissions=tuple(map(slot, clean.emissions)))

    return replace(scene, templates=tuple(map(template, scene.templates)))


@functools.lru_cache(maxsize=4)
def noisy_scenes(language: Language, rate: float, mix: tuple) -> tuple[CompiledScene, ...]:
    """All scenes through the channel of a rate and a mix; without random words the scenes themselves."""
    keep, spread = 1 - rate + rate * mix[2], rate * mix[1] / len(language.words)
    return tuple(noisy(scene, keep, spread) for scene in language.scenes)


def mixed_masked_probs(
    tokens, chosen, *, rate: float = 0.15, mix=(0.8, 0.1, 0.1), language: Language | None = None
) -> np.ndarray:
    """Exact probability of the word at each chosen place, given a text as 80/10/10 left it: (places, words).

    tokens: the corrupted text, [MASK] or None for [MASK]; chosen: the places that are asked, shown or hidden. No model
    that reads the corrupted text can have a smaller expected loss there than the entropy of these rows.

    >>> words = training_language().words
    >>> row = mixed_masked_probs("the cat sat on the mat .", [1])[0]
    >>> words[row.argmax()], bool(row.max() > 0.95)
    ('cat', True)

    Raises: TypeError or ValueError for places, a rate or a mix that are none, or for a [MASK] that is not chosen;
    ImpossibleTextError for a word that the language does not have, or where no text can have become this one.
    """
    language = language_of(language, training_language)
    ids, mix = word_ids(tokens, language), shares(mix)
    chosen = places(chosen, len(ids))
    if left := sorted(set(np.flatnonzero(ids == GAP).tolist()) - set(chosen)):
        raise ValueError(f"word {left[0]} is [MASK], and only chosen words are hidden; add {left[0]} to chosen")
    found = np.zeros((len(ids), len(language.words)))
    for scene in noisy_scenes(language, share(rate, "rate"), mix):
        found += scene.weight * _chosen_words(everywhere(scene, ids), chosen, words=len(language.words))
    found = found[chosen]
    for row, place in zip(found, chosen, strict=True):
        if ids[place] != GAP:
            row *= mix[1] / len(language.words) + mix[2] * (np.arange(len(row)) == ids[place])
    if not (found.sum(1) > 0).all():
        _refuse(tokens, ids, language)
    return found / found.sum(1, keepdims=True)


def everywhere(scene: CompiledScene, ids: np.ndarray) -> Fit:
    """A scene laid over a text through the channel: every template fits wherever it does not run past the end."""
    lengths = np.array([len(template) for template in scene.templates])
    room = len(ids) - np.arange(len(ids) + 1)
    wrong = (lengths[:, None] > room).astype(int)
    return Fit(scene, ids, np.minimum(lengths[:, None], room), wrong)


def _chosen_words(fit: Fit, chosen, *, words: int) -> np.ndarray:
    """Weight of the text around each chosen place with each word that may have stood there: (T, V)."""
    out = np.zeros((len(fit.ids), words))
    begin, after = forward(fit, fit.scene.start)[0], backward(fit, fit.scene.end)[1]
    for i, template, around in standing(fit, begin, after):
        ids = fit.ids[i : i + len(template)]
        for j in (place - i for place in chosen if i <= place < i + len(template)):
            emission = template.emissions[j]
            out[i + j, emission.word_ids] += emission.predict(around * template.likelihood(ids, skip=j))
    return out


def shares(mix) -> tuple[float, float, float]:
    """Three shares ([MASK], random, kept) that add up to 1.

    Raises: TypeError for anything but a list of numbers, ValueError for others than three shares of one whole.
    """
    if not isinstance(mix, list | tuple) or not all(isinstance(m, int | float) and m == m for m in mix):
        raise TypeError(f"mix cannot be {shown(mix)}; pass three shares, such as (0.8, 0.1, 0.1)")
    if len(mix) != 3 or min(mix) < 0 or not math.isclose(sum(mix), 1, abs_tol=1e-6):
        raise ValueError(f"mix {shown(mix)} must be three shares ([MASK], random, kept) that add up to 1")
    return tuple(map(float, mix))


def _refuse(tokens, ids, language):
    """Say that no text of the language can have become this one."""
    possible([None if id_ == GAP else language.words[id_] for id_ in ids], language)
    raise ValueError(f"no text of {language.name} can have become {shown(tokens)} by this mix; pass one that can")
