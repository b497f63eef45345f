"""A language as arrays: every scene over its *worlds*, one world for each assignment of all its facts.

Legend: W worlds of a scene, N nodes (steps of its orders), V words of the vocabulary.
"""

import functools
from dataclasses import dataclass

import numpy as np

from helpers.tinytown.fingerprint import fingerprint

GAP = -1  # the id of a word that nobody has said


@dataclass(frozen=True, eq=False)
class Emission:
    """What one slot can write: word_ids (n,), probs (rows, n); row (W,) names each world's row, None when rows == 1."""

    name: str | None
    word_ids: np.ndarray
    probs: np.ndarray
    row: np.ndarray | None

    def likelihood(self, word_id: int):
        """Probability of a word in each world: (W,), or a float where the slot does not depend on the facts."""
        column = self.column.get(word_id)
        if column is None:
            return 0.0
        return self.probs[0, column] if self.row is None else self.probs[self.row, column]

    @functools.cached_property
    def column(self) -> dict[int, int]:
        return {int(word_id): column for column, word_id in enumerate(self.word_ids)}

    def predict(self, weight) -> np.ndarray:
        """Expected word weights (n,) under world weights (W,)."""
        if self.row is None:
            return self.probs[0] * weight.sum()
        return np.bincount(self.row, weight, minlength=len(self.probs)) @ self.probs


@dataclass(frozen=True, eq=False)
class CompiledTemplate:
    """One template: its slots and its probability within its kind, a float or (W,)."""

    kind: str
    emissions: tuple[Emission, ...]
    prior: float | np.ndarray

    def __len__(self) -> int:
        return len(self.emissions)

    def likelihood(self, ids, *, skip: int | None = None):
        """Probability of the template and of its words in each world, (W,) or a float.

        Gaps, and the word at slot ``skip``, may be any word: they count as 1.
        """
        weight = self.prior
        for slot, (emission, word) in enumerate(zip(self.emissions, ids, strict=True)):
            if word != GAP and slot != skip:
                weight = weight * emission.likelihood(word)
        return weight


@dataclass(frozen=True, eq=False)
class CompiledScene:
    """facts: name -> value per world; start (N,), step (N, N) and end (N,) are the chain of sentence kinds."""

    name: str
    weight: float
    facts: dict[str, np.ndarray]
    prior: np.ndarray
    templates: tuple[CompiledTemplate, ...]
    kinds: tuple[str, ...]
    start: np.ndarray
    step: np.ndarray
    end: np.ndarray
    entities: dict[str, str]

    @functools.cached_property
    def nodes_of(self) -> dict[str, np.ndarray]:
        return {kind: np.array([n for n, k in enumerate(self.kinds) if k == kind]) for kind in set(self.kinds)}

    @functools.cached_property
    def templates_of(self) -> dict[str, list[CompiledTemplate]]:
        return {kind: [t for t in self.templates if t.kind == kind] for kind in set(self.kinds)}

    @functools.cached_property
    def shape(self) -> tuple[int, int]:
        """Number of nodes and of worlds: (N, W)."""
        return len(self.kinds), len(self.prior)

    @functools.cached_property
    def most_sentences(self) -> int:
        """Sentences of the longest document: steps of the longest order."""
        reached, count = self.start > 0, 0
        while reached.any():
            reached, count = (self.step.T @ reached) > 0, count + 1
        return count

    @functools.cached_property
    def most_words(self) -> int:
        """No document of the scene has more words; every sentence leads to a later step, as its compiler sees to."""
        longest = {kind: max(map(len, templates)) for kind, templates in self.templates_of.items()}
        words = np.zeros(len(self.kinds), dtype=int)
        for node in reversed(range(len(self.kinds))):
            rest = words[self.step[node] > 0]
            words[node] = longest[self.kinds[node]] + (rest.max() if len(rest) else 0)
        return int(words.max())

    def facts_of(self, world: int) -> dict[str, str]:
        return {fact: str(values[world]) for fact, values in self.facts.items()}


@dataclass(frozen=True, eq=False)
class Language:
    """All scenes with one vocabulary; ``name`` is what errors call the language."""

    scenes: tuple[CompiledScene, ...]
    words: tuple[str, ...]
    name: str = "this language"

    def __repr__(self) -> str:
        return f"<{self.name}: {len(self.scenes)} scenes, {len(self.words)} words, {self.fingerprint()}>"

    @functools.cached_property
    def word_id(self) -> dict[str, int]:
        return {word: index for index, word in enumerate(self.words)}

    @functools.cached_property
    def most_words(self) -> int:
        """No document of the language has more words."""
        return max(scene.most_words for scene in self.scenes)

    def fingerprint(self) -> str:
        """Twelve hexadecimal digits that name the language: another weight, word or scene gives others.

        They are the same in every process and on every machine, whatever the language is called.
        """
        return self._fingerprint

    @functools.cached_property
    def _fingerprint(self) -> str:
        return fingerprint(self)
