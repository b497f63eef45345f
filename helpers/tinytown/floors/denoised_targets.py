"""What comes next when a damaged text is written down whole, word by word, and where it ends.

The reader has the damaged text, its sentences shuffled and spans of them hidden, and the words written so far.  By the
chain rule, the steps together are as probable as `infilled_loss` says.
Legend: N nodes, W worlds, T words of the whole text, V words of the vocabulary; an atom is a stretch of the damaged
text up to a word that can end a sentence, and a set of atoms is a number with one bit for each.
"""

import functools
import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from helpers.tinytown.arguments import language_of
from helpers.tinytown.compiled import GAP, CompiledScene, CompiledTemplate, Language
from helpers.tinytown.floors.denoising import STOP, Noise, aligned, atom_bounds, checked_noise
from helpers.tinytown.language import training_language
from helpers.tinytown.texts import shown, word_ids


@dataclass(frozen=True, eq=False)
class Source:
    """A run of atoms as one sentence of a template: the run's words, and its probability in each world, float or (W,).

    atoms: the set of its atoms; first: the number of its first atom; stopped: whether it ends in a full stop.
    """

    template: CompiledTemplate
    noised: tuple[int, ...]
    atoms: int
    first: int
    stopped: bool
    weight: float | np.ndarray


def denoised_probs(
    tokens: Sequence[str], noised: Sequence[str | None], noise: Noise, *, language: Language | None = None
) -> np.ndarray:
    """Exact probabilities of each next word of the whole text, given the damaged text: (T + 1, V + 1).

    Row t: after the first t words; column V: the text ends here.  tokens, noised, noise, and what is refused: as in
    `infilled_loss`.
    """
    language = language_of(language, training_language)
    checked_noise(noise)
    damaged, whole = word_ids(noised, language), word_ids(tokens, language, gaps=False)
    bounds, out = atom_bounds(damaged, language), np.zeros((len(whole) + 1, len(language.words) + 1))
    for scene in language.scenes:
        sources = _sources(scene, damaged, bounds, noise, language)
        stopped = [source for source in sources if source.stopped]
        for sign, kept, shuffled in ((1, stopped, True), (1, sources, False), (-1, stopped, False)):
            if shuffled or len(stopped) < len(sources):  # texts that are not all stopped sentences keep their order
                walk = Walk(scene, kept, len(bounds) - 1, shuffled)
                out += sign * scene.weight * walk.next_words(whole, noise, words=len(language.words))
    out[out < 1e-12 * out.sum(1, keepdims=True)] = 0  # what rounding leaves of the difference
    if not (out.any(1).all() and out[-1, -1]):
        raise ValueError(f"this text cannot be damaged so: {shown(noised)}; pass what corruption made of it")
    return out / out.sum(1, keepdims=True)


def _sources(scene: CompiledScene, damaged, bounds, noise, language) -> list[Source]:
    """Every run of whole atoms with every template of the scene that it may come from."""
    found, stop = [], language.word_id.get(STOP)
    for a, b in itertools.combinations(range(len(bounds)), 2):
        noised = tuple(damaged[bounds[a] : bounds[b]].tolist())
        visible = sum(word != GAP for word in noised)
        for t in scene.templates:
            if visible <= len(t) and noised[-1] in t.emissions[-1].column:
                weight = t.prior * aligned(noised, [e.likelihood for e in t.emissions], noise)
                if np.any(weight):
                    found.append(Source(t, noised, (1 << b) - (1 << a), a, noised[-1] == stop, weight))
    return found


class Walk:
    """All ways to say every atom once, in one scene: in their order, or shuffled, each order alike."""

    def __init__(self, scene: CompiledScene, sources, atoms: int, shuffled: bool):
        self.scene, self.sources, self.goal, self.shuffled = scene, sources, (1 << atoms) - 1, shuffled
        self.after = functools.cache(self._after)

    def open(self, atoms: int) -> list[Source]:
        """The sentences that may come next when these atoms have been said."""
        count = atoms.bit_count()
        return [s for s in self.sources if not s.atoms & atoms and (self.shuffled or s.first == count)]

    def _after(self, atoms: int, sentences: int) -> np.ndarray:
        """(N, W): probability of saying the other atoms, given the node of the last of so many sentences."""
        if atoms == self.goal:
            share = 1 / math.factorial(sentences) if self.shuffled else 1.0
            return np.repeat(share * self.scene.end[:, None], self.scene.shape[1], axis=1)
        ahead = np.zeros(self.scene.shape)
        for source in self.open(atoms):
            nodes = self.scene.nodes_of[source.template.kind]
            ahead[nodes] += source.weight * self.after(atoms | source.atoms, sentences + 1)[nodes]
        return self.scene.step @ ahead

    def next_words(self, whole, noise: Noise, *, words: int) -> np.ndarray:
        """Weight of every prefix of the whole text with each next word, or the end, given the damaged text."""
        out = np.zeros((len(whole) + 1, words + 1))
        begin = {(0, 0, 0): self.scene.start[:, None] * self.scene.prior}  # (words, sentences, atoms said)
        while begin:
            place, sentences, atoms = key = min(begin)
            starting = begin.pop(key)
            for source in self.open(atoms):
                nodes, key = self.scene.nodes_of[source.template.kind], (sentences + 1, atoms | source.atoms)
                around = starting[nodes] * self.after(*key[::-1])[nodes]
                if around.any():
                    written = _write(out[place:], source, whole[place:], noise, around.sum(0))
                    self._move(begin, out, (place + len(source.template), *key), nodes, starting[nodes] * written)
        return out

    def _move(self, begin, out, key, nodes, weight):
        """Add the weight (nodes, W) of a sentence that has just ended to what may follow: the end, a next sentence."""
        place, sentences, atoms = key
        if not np.any(weight):
            return
        done = np.zeros(self.scene.shape)
        done[nodes] = weight
        if atoms == self.goal:
            out[place, -1] += float((done * self.after(atoms, sentences)).sum())
        else:
            begin[key] = begin.get(key, 0.0) + self.scene.step.T @ done


def _write(out, source: Source, ids, noise: Noise, around):
    """Add the words of one sentence to the rows of ``out``, and return its probability if the text begins with it.

    around (W,): weight of what stands before and of everything that is yet to be said.
    """
    emissions, known = source.template.emissions, []
    weight = source.template.prior
    for j, emission in enumerate(emissions):
        rest = [e.likelihood for e in emissions[j + 1 :]]

        def fits(word, known=tuple(known), rest=rest):
            return aligned(source.noised, [*known, functools.partial(_same, word), *rest], noise)

        covered = fits(None)  # nothing visible stands for this word
        column = around * weight
        out[j, emission.word_ids] += emission.predict(column * covered)
        for word in {*source.noised} & emission.column.keys():
            out[j, word] += (column * emission.likelihood(word) * (fits(word) - covered)).sum()
        if j == len(ids) or ids[j] not in emission.column:
            return 0.0
        weight = weight * emission.likelihood(ids[j])
        known.append(functools.partial(_same, ids[j]))
    return weight * aligned(source.noised, known, noise)


def _same(word, other) -> float:
    return float(word == other)
