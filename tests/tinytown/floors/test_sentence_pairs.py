"""Pairs of single sentences against every pair that can be made."""

import math
from collections import Counter

import pytest

from helpers import tinytown
from tests.tinytown.small_language import LANGUAGE, LONG_LANGUAGE, distribution, everything

DOCUMENTS = list(distribution())[::11]
FULL = tinytown.documents(40, split="test", seed=11)


def enumerated_pairs(language):
    """Every way to draw two sentences from every document of three or more: kind of pair -> (A, B) -> probability."""
    made, longer = {"next": Counter(), "elsewhere": Counter(), "swapped": Counter()}, 0.0
    for _, split, _, _, p in everything(language):
        n = len(split)
        longer += p if n > 2 else 0
        for i in range(n - 1 if n > 2 else 0):
            made["next"][split[i], split[i + 1]] += p / (n - 1)
            made["swapped"][split[i + 1], split[i]] += p / (n - 1)
            for k in set(range(n)) - {i, i + 1}:
                made["elsewhere"][split[i], split[k]] += p / (n - 1) / (n - 2)
    firsts, seconds = Counter(), Counter()
    for (a, b), p in made["next"].items():
        firsts[a] += p / longer
        seconds[b] += p / longer
    return {name: {pair: p / longer for pair, p in table.items()} for name, table in made.items()}, firsts, seconds


@pytest.mark.parametrize("language", [LANGUAGE, LONG_LANGUAGE], ids=["short", "long"])
def test_sentence_pairs_against_enumeration(language):
    made, firsts, seconds = enumerated_pairs(language)
    assert all(math.isclose(sum(table.values()), 1) for table in made.values())
    every = list(dict.fromkeys(pair for table in made.values() for pair in table))
    some = [*every[::11], *zip(list(firsts)[::3], list(seconds)[::2], strict=False)]
    assert sum(made["next"].get(pair, 0) == 0 for pair in some) > 5 < sum(made["next"].get(p, 0) > 0 for p in some)
    for a, b in some:
        found = tinytown.pair_probs(a, b, language=language)
        expected = {name: table.get((a, b), 0.0) for name, table in made.items()} | {"random": firsts[a] * seconds[b]}
        assert found.keys() == expected.keys()
        for name in expected:
            assert math.isclose(found[name], expected[name], rel_tol=1e-9, abs_tol=1e-15), (name, a, b)
            if name != "next" and expected["next"] + expected[name] > 0:
                answer = tinytown.is_next_prob(a, b, negatives=name, language=language)
                assert math.isclose(answer, expected["next"] / (expected["next"] + expected[name]), rel_tol=1e-9)


def test_a_pair_with_an_unknown_word_names_it():
    with pytest.raises(tinytown.ImpossibleTextError, match="zebra"):
        tinytown.pair_probs(("zebra", "."), ("she", "left", "."), language=LANGUAGE)
