"""Ordinary spelling is read as the list of words that it stands for."""

import re

import numpy as np
import pytest

from helpers import tinytown
from helpers.tinytown.spelling import split_words, word_pattern

WORDS = tuple(tinytown.vocabulary())
DOCUMENTS = tinytown.documents(60, split="test", seed=21)


def respelled(tokens, rng) -> str:
    """A text as people type it: capitals, marks attached to words, several spaces, line breaks."""
    text = ""
    for word in tokens:
        word = "\n" if word == "<nl>" and rng.random() < 0.7 else word
        word = word.capitalize() if rng.random() < 0.3 else word
        attach = re.fullmatch(r"[^\w\s]", word) and text[-1:].isalnum() and rng.random() < 0.7
        text += ("" if attach or not text else " " * int(rng.integers(1, 4))) + word
    return text


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda d: d.scene)
def test_a_string_is_the_list_of_its_words(document):
    text = respelled(document.tokens, np.random.default_rng(len(document.tokens)))
    assert tuple(split_words(text, WORDS)) == document.tokens
    assert tinytown.log_prob(text) == tinytown.log_prob(document.tokens) == tinytown.log_prob(document.text)
    assert tinytown.split_of(text) == tinytown.split_of(document.tokens) == "test"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("The cat sat on the mat.", "the cat sat on the mat ."),
        ("  the\tcat\u00a0sat  ", "the cat sat"),
        ("Paris,Rome;1->red", "paris , rome ; 1 -> red"),
        ("a\r\nb\nc", "a <nl> b <nl> c"),
        ("caf\u00e9 na\u00efve", "cafe naive"),
        ("\u201cgood\u201d isn\u2019t", "\u201c good \u201d isn \u2019 t"),
        ("x==1 <nl>", "x == 1 <nl>"),
        ("", ""),
    ],
)
def test_how_a_text_is_cut(text, found):
    assert split_words(text, WORDS) == found.split()


def test_a_gap_is_written_in_either_case_and_may_touch_a_mark():
    for text in ("The [MASK] sat.", "the [mask] sat .", "the[MASK]sat."):
        assert split_words(text, WORDS) == ["the", None, "sat", "."]
    listed = tinytown.cloze_probs(["the", "pizza", "was", None, "."])
    assert tinytown.cloze_probs("The pizza was [MASK].") == listed


def test_words_that_hold_letters_and_marks_keep_their_bounds():
    assert re.findall(word_pattern(["x-ray"]), "x-ray x-rays ex-ray") == ["x-ray", "x", "-", "rays", "ex", "-", "ray"]
