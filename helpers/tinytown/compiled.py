"""A language as arrays: every scene over its *worlds*, one world for each assignment of all its facts.

Legend: W worlds of a scene, N nodes (steps of its orders), V words of the vocabulary.
"""

import functools
from dataclasses import dataclass

import numpy as np


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

    def facts_of(self, world: int) -> dict[str, str]:
        return {fact: str(values[world]) for fact, values in self.facts.items()}


@dataclass(frozen=True, eq=False)
class Language:
    """All scenes with one vocabulary."""

    scenes: tuple[CompiledScene, ...]
    words: tuple[str, ...]

    @functools.cached_property
    def word_id(self) -> dict[str, int]:
        return {word: index for index, word in enumerate(self.words)}
