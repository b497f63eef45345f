"""The shortcut for single gaps gives what the algorithm gives, one gap at a time."""

import time

import numpy as np

from helpers import tinytown
from helpers.tinytown.reading import Reading
from tests.tinytown.small_language import LANGUAGE, close, distribution

DOCUMENTS = list(distribution())[::11]
FULL = tinytown.documents(40, split="test", seed=11)


def test_every_single_gap_at_once_is_each_gap_alone():
    for tokens in [*DOCUMENTS[:10], *(d.tokens for d in FULL[:5])]:
        language = LANGUAGE if tokens in distribution() else tinytown.full_language()
        weights = Reading(tokens, language).single_gaps()
        for t in range(len(tokens)):
            alone = tinytown.cloze_probs([None if s == t else w for s, w in enumerate(tokens)], language=language)[0]
            together = {language.words[i]: w / weights[t].sum() for i, w in enumerate(weights[t]) if w}
            assert close(together, alone)


def test_the_shortcut_with_gaps_in_the_text_agrees_with_the_algorithm():
    """A text that has gaps already: the shortcut's rows there are those of the algorithm."""
    for tokens in DOCUMENTS[:20]:
        reading = Reading([None if t in (1, 3) else w for t, w in enumerate(tokens)], LANGUAGE)
        gaps = [t for t in (1, 3) if t < len(tokens)]
        assert np.allclose(reading.single_gaps()[gaps], reading.gaps()[gaps], rtol=1e-12, atol=0)


def test_both_distributions_of_forty_words_in_fifty_milliseconds():
    """One core: every next word and every single gap of forty words, the best of ten, in processor time."""
    document = next(d for d in tinytown.documents(3000, seed=3) if len(d.tokens) == 40)
    times = []
    for _ in range(10):
        start = time.process_time()
        reading = Reading(document.tokens, tinytown.training_language())
        assert reading.next_words().any() and reading.single_gaps().any()
        times.append(time.process_time() - start)
    assert min(times) < 0.05
