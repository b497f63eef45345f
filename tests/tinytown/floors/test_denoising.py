"""The floor of denoising against every text, every order and every span that could have led to a damaged text."""

import functools
import itertools
import math

import numpy as np
import pytest

from helpers import tinytown
from helpers.objectives.denoising import cover_probability, noised_sentences, start_probability
from helpers.tinytown import Noise, infilled_loss, noised_log_prob
from tests.tinytown.small_language import LANGUAGE, everything

torch = pytest.importorskip("torch")  # draws the damage; Tinytown itself needs numpy alone

START = 0.3
NOISE = Noise(START, functools.partial(cover_probability, mean_length=1.5))


@functools.cache
def outcomes(sentence):
    """Every way the noise can damage a sentence: {damaged: probability}, by following its draws word by word."""
    found = {}

    def read(place, free, written, chance):
        if place == len(sentence) - 1:
            key = (*written, sentence[-1])
            found[key] = found.get(key, 0.0) + chance
            return
        left = len(sentence) - 1 - place
        if free:
            for covered in range(left + 1):
                read(place + covered, False, (*written, None), chance * START * NOISE.cover(covered, left))
        read(place + 1, True, (*written, sentence[place]), chance * (1 - START if free else 1))

    read(0, True, (), 1.0)
    return found


def in_this_order(damaged, sentences):
    """P(damaged | sentences in this order), over all ways to cut the damaged text into that many parts."""
    if not sentences:
        return float(not damaged)
    return sum(
        outcomes(sentences[0]).get(damaged[:cut], 0.0) * in_this_order(damaged[cut:], sentences[1:])
        for cut in range(1, len(damaged) + 1)
    )


def given_sentences(damaged, sentences):
    if not all(sentence[-1] == "." for sentence in sentences):
        return in_this_order(damaged, sentences)
    orders = list(itertools.permutations(sentences))
    return sum(in_this_order(damaged, order) for order in orders) / len(orders)


def damaged_texts(count):
    """Texts of the small language, some with three sentences, and what became of them."""
    rows, generator = everything(), torch.Generator().manual_seed(0)
    longest = [row for row in rows if len(row[1]) == 3]
    for row in [*rows[:: len(rows) // count], *longest[:: len(longest) // count]]:
        noised = noised_sentences(row[1], generator=generator, mask=None, rate=0.4, mean_length=1.5)
        yield row[0], tuple(word for sentence in noised for word in sentence)


def test_the_outcomes_of_the_oracle_are_a_distribution():
    assert sum(outcomes(("a", "b", "a", "c", ".")).values()) == pytest.approx(1)


@pytest.mark.parametrize(("tokens", "damaged"), list(damaged_texts(6)))
def test_against_enumeration(tokens, damaged):
    alone = together = 0.0
    for words, split, *_, weight in everything():
        chance = weight * given_sentences(damaged, split)
        alone, together = alone + chance, together + chance * (words == tokens)
    assert noised_log_prob(damaged, NOISE, language=LANGUAGE) == pytest.approx(math.log(alone), abs=1e-9)
    assert infilled_loss(tokens, damaged, NOISE, language=LANGUAGE) == pytest.approx(
        math.log(alone / together), abs=1e-9
    )


def test_an_undamaged_sentence_is_certain_and_a_hidden_one_costs_its_surprise():
    tokens = ("ann", "ate", "soup", ".")
    assert infilled_loss(tokens, tokens, NOISE, language=LANGUAGE) == pytest.approx(0, abs=1e-12)
    assert infilled_loss(tokens, (None, "."), NOISE, language=LANGUAGE) > 1


def test_swapped_sentences_of_two_kinds_cost_nothing_and_two_alike_cost_their_order():
    """In the language "no" can follow "yes" only; two reports may stand in either order."""
    said = [("ann", "ate", "pie", "."), ("it", "was", "sweet", "today", ".")]
    shuffled = [word for sentence in reversed(said) for word in sentence]
    assert infilled_loss([w for s in said for w in s], shuffled, NOISE, language=LANGUAGE) == pytest.approx(0, abs=1e-9)


def test_a_text_that_cannot_be_damaged_so_is_refused():
    with pytest.raises(ValueError, match="cannot be damaged so"):
        infilled_loss(("ann", "ate", "soup", "."), ("bob", None, "."), NOISE, language=LANGUAGE)
    assert noised_log_prob(("soup", "soup", "."), NOISE, language=LANGUAGE) == -math.inf


def test_on_tinytown_a_sampled_text_is_as_probable_as_the_floor_says():
    """Mean surprise of damaged texts under two accounts: given the text and by the sum over all texts, Bayes' rule."""
    generator, noise = torch.Generator().manual_seed(1), Noise(start_probability(), functools.cache(cover_probability))
    for document in tinytown.documents(25, split="test", seed=8):
        noised = noised_sentences(document.sentences, generator=generator, mask=None)
        damaged = [word for sentence in noised for word in sentence]
        loss = infilled_loss(document.tokens, damaged, noise)
        assert np.isfinite(loss) and loss > -1e-9
        by_bayes = noised_log_prob(damaged, noise) - tinytown.log_prob(
            document.tokens, language=tinytown.training_language()
        )
        assert loss >= by_bayes - 1e-9  # P(damaged | text) is at most 1
