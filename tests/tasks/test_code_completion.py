"""Code: the best line, its probability, and cuts that tell nothing."""

import numpy as np
import pytest

from helpers import tinytown
from helpers.tasks import TASKS
from helpers.tasks.code_completion import likeliest_line, line_prob


def test_the_probability_of_a_line_is_that_of_its_words():
    source, line, language = "x = 3 <nl> total = x", "+ 2 <nl>", tinytown.only("code")
    prefix, total = source.split(), 1.0
    for word in line.split():
        total *= tinytown.next_token_probs(prefix, language=language)[word]
        prefix.append(word)
    assert line_prob(source, line) == pytest.approx(total) and 0 < total < 1
    assert line_prob(source, "+ 2") == line_prob(source, "+ 2 <nl> <nl>") == line_prob(source, "cat <nl>") == 0


def test_the_best_line_is_the_best_of_all_lines():
    source, language = "x = 3 <nl> total = x", tinytown.only("code")
    lines = [f"{sign} {digit} <nl>" for sign in "+-" for digit in range(10)] + ["<nl>"]

    def probability(line):
        prefix, total = source.split(), 1.0
        for word in line.split():
            total *= tinytown.next_token_probs(prefix, language=language).get(word, 0.0)
            prefix.append(word)
        return total

    probs = [probability(line) for line in lines]
    assert sum(probs) == pytest.approx(1) and probability(likeliest_line(source)) == pytest.approx(max(probs))


def test_where_a_program_is_cut_tells_nothing_about_its_line():
    """The most probable line is right as often as its probability says, so that nothing can beat it."""
    examples, expected = TASKS["code"].examples("test"), []
    for e in examples:
        prefix, total = e.source.split(), 1.0
        for word in likeliest_line(e.source).split():
            total *= tinytown.next_token_probs(prefix, language=tinytown.only("code"))[word]
            prefix.append(word)
        expected.append(total)
    got = TASKS["code"].exact(examples)["exact match"]
    assert abs(got - np.mean(expected)) < 3 * 0.5 / len(examples) ** 0.5
