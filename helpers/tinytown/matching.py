"""Which template can stand where: every template of the language laid over every position of a text at once.

Legend: E emissions, K templates, L longest template, T words of the text.
"""

import functools
from collections.abc import Sequence

import numpy as np

from helpers.tinytown.compiled import Language

GAP = -1
MASK = "[MASK]"


class ImpossibleTextError(ValueError):
    """The language cannot produce this text; ``position`` and ``word`` name the first impossible word."""

    def __init__(self, position: int, word: str, reason: str):
        super().__init__(f"word {position}, {word!r}, {reason}")
        self.position, self.word = position, word


def word_ids(text: str | Sequence[str | None], language: Language) -> np.ndarray:
    """Ids of the words (T,), with GAP for None; a string is split at spaces, and [MASK] in it is a gap.

    Raises: ImpossibleTextError for a word that is not in the vocabulary.
    """
    tokens = [None if t == MASK else t for t in text.replace("\n", " <nl> ").split()] if isinstance(text, str) else text
    for position, word in enumerate(tokens):
        if word is not None and word not in language.word_id:
            raise ImpossibleTextError(position, word, "is not a word of Tinytown; see tinytown.vocabulary()")
    return np.array([GAP if word is None else language.word_id[word] for word in tokens], dtype=int)


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


@functools.cache
def index_of(language: Language) -> Index:
    return Index(language)
