"""Split texts: exact nats against enumeration and the chain rule; the place of the split tells nothing."""

import math

import numpy as np
import pytest
from small_language import TEXTS, Document, training_language

from helpers import tinytown
from helpers.experiments.seq2seq import split


def test_the_chain_rule_holds_at_every_split():
    tokens = "summary : simon lost his umbrella at the forest and a stranger found it .".split()
    joint = -tinytown.log_prob(tokens, language=tinytown.training_language())
    found = [split.halves(tokens, at) for at in range(1, len(tokens) + 1)]
    assert all(h.first + h.second == pytest.approx(joint, abs=1e-9) and h.joint == pytest.approx(joint) for h in found)
    assert [h.first for h in found] == sorted(h.first for h in found)


def test_the_second_half_alone_is_the_average_over_all_first_halves():
    """Every text of a small language, grouped by what stands behind the split."""
    texts = [Document(text).tokens for text in TEXTS]  # each alike
    for tokens in texts:
        for at in range(1, len(tokens) + 1):
            same = sum(text[at:] == tokens[at:] and len(text) == len(tokens) for text in texts)
            there = sum(len(text) >= at for text in texts)
            assert split.second_alone(tokens, at, language=training_language()) == pytest.approx(
                -math.log(same / there), abs=1e-9
            )


@pytest.mark.parametrize("at", [0, 4, -1])
def test_a_split_outside_the_text_is_refused(at):
    for function in (split.halves, split.second_alone):
        with pytest.raises(ValueError, match=rf"a split at {at} does not fit a text of 3 words; choose 1 to 3"):
            function(["the", "cat", "sat"], at)


def test_the_exact_numbers_belong_together():
    found = split.exact(20)
    assert found["chain"] < 1e-9 and found["crosses"] > 0
    assert found["untold"] == pytest.approx(found["first"] / (found["first"] + found["second"]))
    texts = split.held_out(20, 0)
    assert all(1 <= at <= min(len(tokens), split.LATEST) for tokens, at, _ in texts)
    behind = sum(len(tokens) + 1 - at for tokens, at, _ in texts)
    assert found["predicted"] == pytest.approx(behind / sum(len(tokens) + 1 for tokens, *_ in texts))


def test_the_place_of_the_split_tells_nothing_about_what_follows():
    """Given a split at 3, the texts are those of the language with three words or more, in the same proportions."""
    documents = tinytown.documents(4_000, split="train", seed=5, language=tinytown.only(*split.SCENES))
    drawn = np.random.default_rng(0).integers(1, split.LATEST + 1, len(documents))
    kept = [len(d.tokens) for d, at in zip(documents, drawn) if at == 3 and split.fits(d, int(at))]
    everything = [len(d.tokens) for d in documents if len(d.tokens) >= 3]
    assert abs(np.mean(kept) - np.mean(everything)) < 3 * np.std(everything) / len(kept) ** 0.5
