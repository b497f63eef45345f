"""BART's noises: the originals of a damaged text and their exact probabilities, against plain enumeration."""

import itertools
import math

import pytest

from helpers import tinytown
from helpers.experiments.seq2seq import noises
from helpers.tinytown.scenes.errands import SHOPS

FEW = 4


@pytest.mark.parametrize("noise", ["sentence permutation", "document rotation"])
def test_the_originals_sum_to_one_and_hold_the_true_one(noise):
    for damaged in noises.problems(noise, FEW, 0):
        found = noises.candidates(noise, damaged)
        assert sum(found.values()) == pytest.approx(1) and all(sorted(text) == sorted(damaged) for text in found)


def test_the_most_probable_filling_is_that_of_all_fillings():
    words = ("anna", "bought", None, "at", "the", None, ".")
    language, best = tinytown.only(*noises.SCENES), {}
    for goods, shop in itertools.product(" ".join(SHOPS.values()).split(), ("bakery", "market", "library")):
        text = ("anna", "bought", goods, "at", "the", shop, ".")
        try:
            best[text] = tinytown.log_prob(list(text), language=language)
        except tinytown.ImpossibleTextError:
            continue
    top = max(best.values())
    assert math.log(noises._prob(noises.likeliest(words))) >= top - 1e-9


def test_no_answer_beats_the_ceiling_and_copying_is_the_floor():
    for damaged in noises.problems("token masking", FEW, 1):
        found = noises.candidates("token masking", damaged)
        assert 0 < max(found.values()) <= 1 + 1e-9
        assert found.get(tuple(damaged)) == (1.0 if "[MASK]" not in damaged else 0.0)
        assert found.get(("rain",)) == 0.0
    assert noises.run({"noise": "nothing", "who": "copy", "seed": 0, "recipe": {"texts": FEW}}) == {"restored": 1.0}


def test_an_unknown_noise_is_named():
    with pytest.raises(ValueError, match="no noise is called 'hum'; choose one of nothing, token masking"):
        noises.problems("hum", 1, 0)
