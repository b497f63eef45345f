"""Doubled reviews: two training sets of one size that differ in nothing but whether a review stands there twice."""

from collections import Counter

import pytest

from helpers.experiments.seq2seq import doubled
from helpers.tasks.task import Example

SMALL = {"seed": 0, "long": 30, "documents": 60}


def kind(example):
    return example.source.split(" :")[0]


def bare(example):
    return " ".join(word for word in example.source.split() if word not in ("english", "tinytongue", "label", ":"))


def test_both_variants_have_as_many_examples_of_each_task():
    found = {variant: doubled.training(variant, **SMALL) for variant in doubled.VARIANTS}
    assert Counter(map(kind, found["doubled"])) == Counter(map(kind, found["once"]))


def test_only_when_doubled_does_a_text_stand_under_two_prefixes():
    for variant in doubled.VARIANTS:
        prefixes = {}
        for example in doubled.training(variant, **SMALL):
            prefixes.setdefault(bare(example), set()).add(kind(example))
        assert any(len(found) == 2 for found in prefixes.values()) == (variant == "doubled")


def test_what_is_kept_for_the_test_is_in_no_short_review():
    asked = [pair for pair in doubled.reviews(60, split="train", seed=0) if doubled.about_kept(pair)]
    assert asked and not doubled.KEPT & {w for e in doubled.training("doubled", **SMALL)[60:] for w in bare(e).split()}


def test_answers_are_scored_by_what_they_say_and_by_their_form():
    pair = Example("english : a tinytongue :", "x"), Example("label : a", "good")
    found = doubled.scored([pair, pair], [["x", "good"], ["good", "x"]])
    assert found == {
        "translation": 0.5,
        "classification": 0.5,
        "both": 0.5,
        "translation's form": 0.5,
        "classification's form": 0.5,
    }


def test_an_unknown_variant_is_named():
    with pytest.raises(ValueError, match="no variant is called 'thrice'; choose one of doubled, once"):
        doubled.training("thrice", **SMALL)
