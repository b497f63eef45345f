"""Which template can stand where: every template of the language laid over every position of a text at once.

Legend: E emissions, K templates, L longest template, T words of the text.
"""

import functools
from dataclasses import dataclass

import numpy as np

from helpers.tinytown.compiled import GAP, CompiledScene, CompiledTemplate, Language


class Index:
    """All templates of a language as one array of emissions, padded with an emission that matches anything."""

    def __init__(self, language: Language):
        templates = [t for scene in language.scenes for t in scene.templates]
        emissions = list({id(e): e for t in templates for e in t.emissions}.values())
        number = {id(e): index for index, e in enumerate(emissions)}
        self.length = np.array([len(t.emissions) for t in templates])
        self.slots = np.full((len(templates), self.length.max()), len(emissions))
        self.support = np.zeros((len(emissions) + 1, len(language.words)), dtype=bool)
        self.support[-1] = True
        for k, template in enumerate(templates):
            self.slots[k, : len(template.emissions)] = [number[id(e)] for e in template.emissions]
        for index, emission in enumerate(emissions):
            self.support[index, emission.word_ids] = True
        bounds = np.cumsum([0] + [len(scene.templates) for scene in language.scenes])
        self.rows = [slice(a, b) for a, b in zip(bounds[:-1], bounds[1:], strict=True)]

    def match(self, ids: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """leading (K, T+1): how many words match from there on; wrong (K, T+1): how many slots do not match.

        A template that would run past the end of the text counts the missing words as wrong.
        """
        width = self.slots.shape[1]
        allowed = np.zeros((len(self.support), len(ids) + 1 + width), dtype=bool)
        allowed[:, : len(ids)] = self.support[:, ids] | (ids == GAP)
        allowed[-1] = True
        where = np.arange(len(ids) + 1)[:, None] + np.arange(width)  # (T+1, L)
        hits = allowed[self.slots[:, None, :], where]  # (K, T+1, L)
        leading = np.minimum(np.logical_and.accumulate(hits, axis=2).sum(2), self.length[:, None])
        return leading, (~hits).sum(2)


@dataclass(frozen=True, eq=False)
class Fit:
    """One scene laid over one text: which of its templates can stand where.

    ids (T,): the words; leading, wrong (K, T+1): as in `Index.match`, for the scene's own templates.
    """

    scene: CompiledScene
    ids: np.ndarray
    leading: np.ndarray
    wrong: np.ndarray

    def templates_at(self, i: int, *, errors: int = 0) -> list[CompiledTemplate]:
        """Templates that can stand at ``i`` with at most so many words wrong."""
        return [self.scene.templates[k] for k in np.flatnonzero(self.wrong[:, i] <= errors)]


@functools.cache
def index_of(language: Language) -> Index:
    """The language's templates, laid out once."""
    return Index(language)


def fits(ids: np.ndarray, language: Language) -> list[Fit]:
    """Every scene of the language laid over one text."""
    index = index_of(language)
    leading, wrong = index.match(ids)
    return [Fit(s, ids, leading[rows], wrong[rows]) for s, rows in zip(language.scenes, index.rows, strict=True)]
