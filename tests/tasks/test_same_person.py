"""Pairs of errands: the names decide, nothing else tells, test pairs are distinct."""

import numpy as np
import pytest

from helpers.tasks import same_person


def test_the_names_decide_and_genders_tell_half_of_the_rest():
    asked = same_person.pairs("test", 400)
    assert same_person.exact(asked) == 1
    assert 0.65 < same_person.by_gender(asked) < 0.85
    assert 0.4 < np.mean([label for *_, label in asked]) < 0.6


def test_other_facts_tell_nothing():
    """Pairs of one person buy in the same shop as often as pairs of two."""
    shops = {"bakery", "pharmacy", "library", "market", "office", "workshop"}
    shared = {0: [], 1: []}
    for one, two, label in same_person.pairs("train", 4_000):
        sides = [shops & set(text.split()) for text in (one, two)]
        if all(sides):
            shared[label].append(bool(sides[0] & sides[1]))
    assert abs(np.mean(shared[0]) - np.mean(shared[1])) < 0.05


def test_the_seed_decides_and_test_pairs_are_distinct_and_new():
    asked = same_person.pairs("test", 300)
    assert asked == same_person.pairs("test", 500)[:300] != same_person.pairs("test", 300, 1)
    assert len(set(asked)) == 300
    texts = {text for one, two, _ in same_person.pairs("train", 2_000) for text in (one, two)}
    assert not any({one, two} & texts for one, two, _ in asked)


@pytest.mark.parametrize(
    ("work", "message"),
    [
        (lambda: same_person.pairs("test", 0), "count 0 asks for no pair"),
        (lambda: same_person.named("it was a sunny day ."), "names nobody; pass a text of the errands"),
    ],
)
def test_bad_input_is_named(work, message):
    with pytest.raises(ValueError, match=message):
        work()
