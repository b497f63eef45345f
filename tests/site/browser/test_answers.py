"""The exact answers beside the models' own in the browser: true probabilities, for the course's own sentences."""

import importlib.util
import json

import pytest
from books import ROOT

from helpers import tinytown
from helpers.models import load_course

FOLDER = ROOT / "site" / "browser"
SENTENCES = json.loads((FOLDER / "sentences.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def answers():
    spec = importlib.util.spec_from_file_location("answers", FOLDER / "answers.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def gpt():
    return load_course("course-gpt")


def test_the_sentences_are_tinytowns_and_written_as_the_page_writes_them():
    _, tokenizer = load_course("course-bert")
    for text in SENTENCES:
        assert tinytown.unknown_words(text) == [] and "[MASK]" in text.split()
        assert " ".join(tokenizer.tokenize(text)) == text


def test_each_gap_has_the_exact_probabilities_of_both_questions(answers, gpt):
    found = answers.exact_answers(SENTENCES, [""])
    for text in SENTENCES:
        for shown, exact in zip(found["both"][text], tinytown.cloze_probs(text), strict=True):
            assert shown and all(abs(exact[word] - probability) <= 0.0005 for word, probability in shown)
            assert sum(exact.values()) - sum(exact[word] for word, _ in shown) < 0.0005 * len(exact) + 1e-9
    assert found["left"][""][0] == ["the", round(tinytown.next_token_probs("")["the"], 3)]


def test_the_left_side_is_read_with_the_models_own_words_in_the_gaps(answers, gpt):
    first, second = answers.left_readings("the patient was prescribed [MASK] for [MASK] .", *gpt)
    assert first == "the patient was prescribed"
    words = second.removeprefix(first).split()
    assert len(words) == 2 and words[1] == "for" and words[0] in tinytown.vocabulary()
    assert answers.left_readings("[MASK] is", *gpt) == [""]
    assert answers.left_readings("the cat", *gpt) == ["the cat"]


def test_a_prefix_that_the_language_cannot_write_has_no_answer(answers):
    found = answers.exact_answers(["the capital of france is [MASK] ."], ["the the", "the cat"])
    assert set(found["left"]) == {"the cat"}
