"""Each next word of a text that is read damaged, against every text that could have been damaged so."""

import functools
import math

import numpy as np
import pytest

from helpers import tinytown
from helpers.objectives.denoising import cover_probability, noised_sentences, start_probability
from helpers.tinytown import denoised_probs, infilled_loss
from tests.tinytown.floors.test_denoising import NOISE, damaged_texts, given_sentences
from tests.tinytown.small_language import LANGUAGE, everything

torch = pytest.importorskip("torch")  # draws the damage; Tinytown itself needs numpy alone


def enumerated(tokens, damaged):
    """P(next word | damaged text, prefix) for every prefix of a text: (T + 1, V + 1), by adding up all texts."""
    out = np.zeros((len(tokens) + 1, len(LANGUAGE.words) + 1))
    for words, split, *_, weight in everything():
        chance = weight * given_sentences(damaged, split)
        for t in range(min(len(tokens), len(words)) + 1) if chance else ():
            if words[:t] == tokens[:t]:
                out[t, LANGUAGE.word_id[words[t]] if t < len(words) else -1] += chance
    return out / out.sum(1, keepdims=True)


@pytest.mark.parametrize(("tokens", "damaged"), list(damaged_texts(6)))
def test_every_step_against_enumeration(tokens, damaged):
    found = denoised_probs(tokens, damaged, NOISE, language=LANGUAGE)
    assert np.allclose(found, enumerated(tokens, damaged), atol=1e-9)


def test_on_tinytown_the_steps_together_are_the_loss_of_the_whole_text():
    noise = tinytown.Noise(start_probability(), functools.cache(cover_probability))
    generator, language = torch.Generator().manual_seed(2), tinytown.training_language()
    for document in tinytown.documents(30, split="test", seed=5):
        noised = [word for s in noised_sentences(document.sentences, generator=generator, mask=None) for word in s]
        probs = denoised_probs(document.tokens, noised, noise)
        answers = [*(language.word_id[word] for word in document.tokens), -1]
        loss = -sum(math.log(row[answer]) for row, answer in zip(probs, answers, strict=True))
        assert loss == pytest.approx(infilled_loss(document.tokens, noised, noise), abs=1e-8)
        assert np.allclose(probs.sum(1), 1) and (probs >= 0).all()


@pytest.mark.parametrize("damaged", [("bob", None, "."), ("ann", "ate", "soup"), ("red",)])
def test_a_text_that_cannot_be_damaged_so_is_refused(damaged):
    with pytest.raises(ValueError, match="cannot be damaged so"):
        denoised_probs(("ann", "ate", "soup", "."), damaged, NOISE, language=LANGUAGE)
