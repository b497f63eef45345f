"""A text as the whole language reads it: forward from the left, backward from the right, scene by scene."""

import functools
import math

import numpy as np

from helpers.tinytown.arguments import language_of
from helpers.tinytown.backward import backward, gap_words
from helpers.tinytown.compiled import GAP, Language
from helpers.tinytown.forward import ends, forward, next_words
from helpers.tinytown.language import full_language
from helpers.tinytown.matching import Fit, fits
from helpers.tinytown.single_gaps import single_gap_words
from helpers.tinytown.spelling import MASK
from helpers.tinytown.texts import ImpossibleTextError, word_ids

END = "<end>"


class SceneReading:
    """One scene's account of one text; start and end (N,) take the place of the scene's own where they are given."""

    def __init__(self, fit: Fit, *, start=None, end=None):
        self.fit, self.scene, self.ids = fit, fit.scene, fit.ids
        self.start = fit.scene.start if start is None else start
        self.end = fit.scene.end if end is None else end

    @functools.cached_property
    def left(self) -> tuple[dict, dict]:
        """begin and done of `forward`."""
        return forward(self.fit, self.start)

    @functools.cached_property
    def right(self) -> tuple[dict, dict]:
        """ahead and after of `backward`."""
        return backward(self.fit, self.end)

    def world_weights(self) -> np.ndarray:
        """Probability of each world together with the whole text, in this scene: (W,)."""
        done = self.left[1].get(len(self.ids))
        return np.zeros(self.scene.shape[1]) if done is None else self.end @ done

    def probability(self) -> float:
        """Probability of the whole text in this scene."""
        return float(self.world_weights().sum())


class Reading:
    """The whole language's account of one text: a string, or a list of words with None for each gap."""

    def __init__(self, text, language: Language | None = None):
        self.language = language_of(language, full_language)
        self.ids = word_ids(text, self.language)
        self.scenes = [SceneReading(fit) for fit in fits(self.ids, self.language)]

    def probability(self) -> float:
        """Probability of the whole text; a gap may be any word."""
        return math.fsum(s.scene.weight * s.probability() for s in self.scenes)

    def next_words(self) -> np.ndarray:
        """Joint weights (T+1, V+1) of each prefix with each next word; column V is the end of the document."""
        out = np.zeros((len(self.ids) + 1, len(self.language.words) + 1))
        for s in self.scenes:
            begin, done = s.left
            out[:, :-1] += s.scene.weight * next_words(s.fit, begin, words=len(self.language.words))
            out[:, -1] += s.scene.weight * ends(s.fit, done, s.end)
        return out

    def gaps(self) -> np.ndarray:
        """Joint weights (T, V) of the text around each gap with each word in it."""
        return self._between(gap_words, [s for s in self.scenes if s.probability()])

    def single_gaps(self) -> np.ndarray:
        """Joint weights (T, V) of the text with each word at each place, every place in turn the only gap."""
        return self._between(single_gap_words, self.scenes)

    def _between(self, weigh, scenes) -> np.ndarray:
        count = len(self.language.words)
        parts = (s.scene.weight * weigh(s.fit, s.left[0], s.right[1], words=count) for s in scenes)
        return sum(parts, np.zeros((len(self.ids), count)))

    def require_possible(self, *, whole: bool):
        """Raise ImpossibleTextError at the first word, or at the end, that no document can have here."""
        if whole and not len(self.ids):
            raise ImpossibleTextError(0, END, "cannot come first: the text is empty; write at least one sentence")
        mass = self.next_words().sum(1)
        for t, word in enumerate(self.ids):
            if mass[t + 1] == 0:
                shown = MASK if word == GAP else self.language.words[word]
                reason = f"cannot stand here in any document of {self.language.name}"
                raise ImpossibleTextError(t, shown, f"{reason}; change it or what comes before{self._elsewhere()}")
        if whole and self.probability() == 0:
            reason = f"cannot come here: no document of {self.language.name} stops at this point"
            raise ImpossibleTextError(len(self.ids), END, f"{reason}; finish the sentence{self._elsewhere()}")

    def _elsewhere(self) -> str:
        """What to add to an error about a text that the full language can write."""
        full = full_language()
        if self.language.words != full.words or self.language is full:
            return ""
        words = [None if word == GAP else full.words[word] for word in self.ids]
        possible = Reading(words, full).probability() > 0
        return ", or pass language=tinytown.full_language(), which can write this text" if possible else ""
