"""Two passes over a text: the forward algorithm reads from the left, forward-backward from both sides.

A hidden state is (scene, world, node, template, position).  Words inside a template are independent given the world,
so both passes step from sentence boundary to sentence boundary and only look inside a template where a prediction is
wanted.

Source: Rabiner (1989), A tutorial on hidden Markov models, sections III.A and III.B; here `begin` and `done` are his
alpha at sentence boundaries, `ahead` and `after` his beta.
Legend: T words, N nodes, W worlds, V words of the vocabulary.
"""

import functools
import math

import numpy as np

from helpers.tinytown.compiled import CompiledScene, CompiledTemplate, Language
from helpers.tinytown.language import full_language
from helpers.tinytown.matching import GAP, ImpossibleTextError, index_of, word_ids

END = "<end>"


def product(template: CompiledTemplate, ids, *, skip: int | None = None):
    """Probability of the template and its words in each world, (W,) or a float; gaps and slot ``skip`` count as 1."""
    weight = template.prior
    for slot, (emission, word) in enumerate(zip(template.emissions, ids, strict=True)):
        if word != GAP and slot != skip:
            weight = weight * emission.likelihood(word)
    return weight


class SceneReading:
    """One scene's account of one text: boundary weights from the left and from the right."""

    def __init__(
        self, scene: CompiledScene, ids: np.ndarray, leading: np.ndarray, wrong: np.ndarray, *, start=None, end=None
    ):
        self.scene, self.ids, self.leading, self.wrong = scene, ids, leading, wrong
        self.start = scene.start if start is None else start
        self.end = scene.end if end is None else end

    def fits(self, i: int, *, errors: int = 0):
        """Templates that can stand at ``i``, with at most so many words wrong: (template number, template)."""
        return [(k, self.scene.templates[k]) for k in np.flatnonzero(self.wrong[:, i] <= errors)]

    @functools.cached_property
    def left(self) -> tuple[dict, dict]:
        """begin[i] (N, W): a sentence of node n is about to start at i; done[i]: one has just ended there."""
        size = (len(self.scene.kinds), len(self.scene.prior))
        begin, done = {0: self.start[:, None] * self.scene.prior}, {}
        for i in range(len(self.ids) + 1):
            if i in done:
                begin[i] = self.scene.step.T @ done[i]
            for _, template in self.fits(i) if i in begin else ():
                e, nodes = i + len(template.emissions), self.scene.nodes_of[template.kind]
                weight = begin[i][nodes] * product(template, self.ids[i:e])
                if weight.any():
                    done.setdefault(e, np.zeros(size))[nodes] += weight
        return begin, done

    @functools.cached_property
    def right(self) -> tuple[dict, dict]:
        """ahead[i] (N, W): probability of all words from i on if node n starts there; after[i]: if n has ended."""
        size = (len(self.scene.kinds), len(self.scene.prior))
        ahead, after = {}, {len(self.ids): np.repeat(self.end[:, None], size[1], 1)}
        for i in reversed(range(len(self.ids))):
            for _, template in self.fits(i):
                e, nodes = i + len(template.emissions), self.scene.nodes_of[template.kind]
                if e in after:
                    ahead.setdefault(i, np.zeros(size))[nodes] += product(template, self.ids[i:e]) * after[e][nodes]
            if i in ahead:
                after[i] = self.scene.step @ ahead[i]
        return ahead, after

    def probability(self) -> float:
        """Probability of the whole text in this scene."""
        done = self.left[1].get(len(self.ids))
        return 0.0 if done is None else float((self.end @ done).sum())

    def add_next_words(self, out: np.ndarray, *, skip_first: bool):
        """Filtering: add the weight of each next word after each prefix to ``out`` (T+1, V+1), last column the end."""
        begin, done = self.left
        for e, weight in done.items():
            out[e, -1] += self.scene.weight * (self.end @ weight).sum()
        for i, starting in begin.items():
            mass = {kind: starting[nodes].sum(0) for kind, nodes in self.scene.nodes_of.items()}
            for k, template in enumerate(self.scene.templates):
                if (skip_first and i == 0 and self.leading[k, 0] == 0) or not mass[template.kind].any():
                    continue
                self.add_inside(out, i, template, mass[template.kind], self.leading[k, i], skip_first and i == 0)

    def add_inside(self, out, i, template, mass, matched, skip):
        weight = mass * template.prior
        for j, emission in enumerate(template.emissions[: matched + 1]):
            if not (skip and j == 0):
                out[i + j, emission.word_ids] += self.scene.weight * emission.predict(weight)
            if j < matched and self.ids[i + j] != GAP:
                weight = weight * emission.likelihood(self.ids[i + j])

    def add_gaps(self, out: np.ndarray, *, each: bool):
        """Smoothing: add the weight of each word at each gap, given both sides, to ``out`` (T, V).

        With ``each`` every position is taken in turn as the only gap, otherwise the gaps are those of the text.
        """
        begin, after = self.left[0], self.right[1]
        for i, starting in begin.items():
            for _, template in self.fits(i, errors=int(each)):
                e, nodes = i + len(template.emissions), self.scene.nodes_of[template.kind]
                if e in after:
                    around = (starting[nodes] * after[e][nodes]).sum(0)
                    if around.any():
                        self.add_slots(out, i, template, around, each)

    def add_slots(self, out, i, template, around, each):
        ids = self.ids[i : i + len(template.emissions)]
        fits = [word == GAP or word in emission.column for word, emission in zip(ids, template.emissions, strict=True)]
        for j, emission in enumerate(template.emissions):
            if (each and all(fits[:j] + fits[j + 1 :])) or (not each and ids[j] == GAP):
                weight = around * product(template, ids, skip=j)
                out[i + j, emission.word_ids] += self.scene.weight * emission.predict(weight)


class Reading:
    """The whole language's account of one text."""

    def __init__(self, text, language: Language | None = None):
        self.language = language or full_language()
        self.ids = word_ids(text, self.language)
        index = index_of(self.language)
        leading, wrong = index.match(self.ids)
        self.scenes = [
            SceneReading(scene, self.ids, leading[rows], wrong[rows])
            for scene, rows in zip(self.language.scenes, index.rows, strict=True)
        ]

    def probability(self) -> float:
        return math.fsum(s.scene.weight * s.probability() for s in self.scenes)

    def next_words(self) -> np.ndarray:
        """Joint weights (T+1, V+1) of each prefix with each next word; column V is the end of the document."""
        out = np.zeros((len(self.ids) + 1, len(self.language.words) + 1))
        for scene in self.scenes:
            scene.add_next_words(out, skip_first=len(self.ids) > 0)
        if len(self.ids):
            out[0] = opening_words(self.language)
        return out

    def gaps(self, *, each: bool = False) -> np.ndarray:
        """Joint weights (T, V) of the text around each gap with each word in it."""
        out = np.zeros((len(self.ids), len(self.language.words)))
        for scene in self.scenes:
            scene.add_gaps(out, each=each)
        return out

    def require_possible(self, *, whole: bool):
        """Raise ImpossibleTextError at the first word, or at the end, that no document can have here."""
        mass = self.next_words().sum(1)
        for t, word in enumerate(self.ids):
            if mass[t + 1] == 0:
                shown = "[MASK]" if word == GAP else self.language.words[word]
                raise ImpossibleTextError(
                    t, shown, "cannot stand here in any document of Tinytown; change it or what comes before"
                )
        if whole and self.probability() == 0:
            raise ImpossibleTextError(
                len(self.ids), END, "cannot come here: no document of Tinytown stops at this point; finish the sentence"
            )


@functools.cache
def opening_words(language: Language) -> np.ndarray:
    """Probability of each first word (V+1,)."""
    return Reading([], language).next_words()[0]
