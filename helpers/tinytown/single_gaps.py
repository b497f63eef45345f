"""A shortcut: every word of a text in turn as its only gap, for the price of one forward and one backward pass.

`gap_words` of T texts with one gap each gives the same rows.  Both passes stop at sentence boundaries, and a single gap
lies between two of them; so the weights of the whole text serve for all gaps.
"""

import numpy as np

from helpers.tinytown.backward import standing
from helpers.tinytown.compiled import GAP
from helpers.tinytown.matching import Fit


def single_gap_words(fit: Fit, begin: dict, after: dict, *, words: int) -> np.ndarray:
    """Weight of the text with each word at each place, all other words as they are: (T, V)."""
    out = np.zeros((len(fit.ids), words))
    for i, template, around in standing(fit, begin, after, errors=1):
        ids = fit.ids[i : i + len(template)]
        for j in _open_slots(template, ids):
            emission = template.emissions[j]
            out[i + j, emission.word_ids] += emission.predict(around * template.likelihood(ids, skip=j))
    return out


def _open_slots(template, ids) -> list[int]:
    """Slots whose word may be another: all of them where every word fits, else the one that does not fit."""
    wrong = [j for j, (e, w) in enumerate(zip(template.emissions, ids, strict=True)) if w != GAP and w not in e.column]
    return wrong or list(range(len(template)))
