"""What is no text is refused with the value and the remedy."""

import numpy as np
import pytest

from helpers import tinytown
from helpers.tinytown.texts import flat_words

ASK = {
    "log_prob": tinytown.log_prob,
    "prefix_log_prob": tinytown.prefix_log_prob,
    "next_token_probs": tinytown.next_token_probs,
    "cloze_probs": tinytown.cloze_probs,
    "complete": lambda text: tinytown.complete(text, np.random.default_rng(0)),
    "world_probs": tinytown.world_probs,
    "scene_probs": tinytown.scene_probs,
    "fact_probs": lambda text: tinytown.fact_probs(text, "overall"),
    "best_fact": lambda text: tinytown.best_fact(text, "overall"),
    "entity_probs": tinytown.entity_probs,
    "causal_losses": tinytown.causal_losses,
    "single_gap_losses": tinytown.single_gap_losses,
    "masked_losses": lambda text: tinytown.masked_losses(text, [0]),
    "span_loss": lambda text: tinytown.span_loss(text, [0]),
    "unknown_spans_loss": lambda text: tinytown.unknown_spans_loss(text, [(0, 1)], lambda *_: 0.0),
    "infilled_loss": lambda text: tinytown.infilled_loss(text, text, tinytown.Noise(0.1, lambda *_: 0.1)),
    "noised_log_prob": lambda text: tinytown.noised_log_prob(text, tinytown.Noise(0.1, lambda *_: 0.1)),
    "pair_probs": lambda text: tinytown.pair_probs(text, "it purred ."),
    "is_next_prob": lambda text: tinytown.is_next_prob(text, "it purred .", negatives="random"),
    "split_of": tinytown.split_of,
    "Reading": tinytown.Reading,
}
NO_TEXTS = (
    None,
    5,
    0.5,
    b"the cat",
    {"the": "cat"},
    {"the"},
    [["the", "cat"]],
    [3, 4],
    ["the", b"cat"],
    [("a",)],
    iter("abc"),
    np.arange(3),
    tinytown.documents(1)[0],
)


@pytest.mark.parametrize("text", NO_TEXTS, ids=lambda text: type(text).__name__)
@pytest.mark.parametrize("name", ASK)
def test_what_is_no_text_is_refused(name, text):
    with pytest.raises(TypeError, match="text cannot be|is not a text; pass its words"):
        ASK[name](text)


@pytest.mark.parametrize("name", [name for name in ASK if name != "split_of"])
def test_every_unknown_word_is_named(name):
    with pytest.raises(tinytown.ImpossibleTextError, match="word 3, 'worst', .*nor are 'ever', '!'") as caught:
        ASK[name]("this is the worst pizza ever !".replace("this is", "the pizza"))
    assert caught.value.unknown == ("worst", "ever", "!") and caught.value.position == 3


LISTED = [
    (["the", "cat", "[MASK]"], "write None for a gap"),
    (["The", "cat"], "write 'the' in a list"),
    (["the cat sat."], "write 'the', 'cat', 'sat', '.' in a list"),
    (["the", "blorg"], "see tinytown.vocabulary"),
]


@pytest.mark.parametrize(("words", "remedy"), LISTED)
def test_lists_are_strict_and_the_remedy_is_named(words, remedy):
    with pytest.raises(tinytown.ImpossibleTextError, match=remedy):
        tinytown.log_prob(words)


@pytest.mark.parametrize(
    "name",
    [
        "causal_losses",
        "single_gap_losses",
        "masked_losses",
        "span_loss",
        "unknown_spans_loss",
        "infilled_loss",
        "split_of",
    ],
)
def test_a_gap_has_no_loss(name):
    with pytest.raises(ValueError, match="word 7 is a gap"):
        ASK[name]("The cat sat on the mat. [MASK] was purring softly.")


@pytest.mark.parametrize(
    "name",
    [
        "log_prob",
        "cloze_probs",
        "complete",
        "world_probs",
        "scene_probs",
        "fact_probs",
        "best_fact",
        "entity_probs",
        "causal_losses",
        "single_gap_losses",
        "masked_losses",
        "span_loss",
    ],
)
@pytest.mark.parametrize("text", ["", " \t", [], ()])
def test_an_empty_text_is_refused(name, text):
    with pytest.raises(tinytown.ImpossibleTextError, match="the text is empty"):
        ASK[name](text)


def test_a_text_without_a_gap_has_no_cloze():
    with pytest.raises(ValueError, match=r"no gap; write \[MASK\] in a string"):
        tinytown.cloze_probs("The cat sat on the mat.")


HELD_OUT = "The pizza was fantastic. The restaurant is good."


@pytest.mark.parametrize("name", ["causal_losses", "single_gap_losses", "masked_losses", "span_loss"])
def test_a_held_out_text_names_its_word_and_the_language_meant(name):
    message = "word 6, 'restaurant', .* of Tinytown's training language; .*language=tinytown.full_language"
    with pytest.raises(tinytown.ImpossibleTextError, match=message) as caught:
        ASK[name](HELD_OUT)
    assert caught.value.position == 6
    assert np.isfinite(tinytown.causal_losses(HELD_OUT, language=tinytown.full_language())).all()


def test_a_text_that_no_language_can_write_gets_no_such_advice():
    with pytest.raises(tinytown.ImpossibleTextError) as caught:
        tinytown.causal_losses("The pizza was bank.")
    assert "full_language" not in str(caught.value)


SIDES = [
    ("the cat sat .", TypeError, "a side of a pair cannot be 'the cat sat .'"),
    (None, TypeError, "a side of a pair cannot be None"),
    ([], ValueError, "no sentence"),
    (["the", "cat", "sat", "."], ValueError, "single words"),
    ([["the", "cat", "sat", "on", "the", "mat", ".", "it", "purred", "."]], ValueError, "one sentence at a time"),
]


@pytest.mark.parametrize(("side", "error", "message"), SIDES)
@pytest.mark.parametrize("ask", [tinytown.next_sentence_prob, tinytown.order_prob])
def test_a_side_of_a_pair_is_a_list_of_sentences(ask, side, error, message):
    for pair in ((side, ["the cat sat on the mat ."]), (["the cat sat on the mat ."], side)):
        with pytest.raises(error, match=message):
            ask(*pair)


def test_sentences_may_be_strings():
    for d in [d for d in tinytown.documents(30, seed=2) if len(d.sentences) > 2][:5]:
        first, second = d.sentences[:1], d.sentences[1:]
        spelled = [" ".join(s) for s in first], [" ".join(s).capitalize() for s in second]
        assert tinytown.next_sentence_prob(*spelled) == tinytown.next_sentence_prob(first, second)
        assert tinytown.order_prob(*spelled) == tinytown.order_prob(first, second)


def test_unknown_words():
    assert tinytown.unknown_words("This is the worst pizza ever!") == ["worst", "ever", "!"]
    assert tinytown.unknown_words("The cat sat on the mat.") == [] == tinytown.unknown_words([None, "cat"])


def test_flat_words_copies_what_it_is_given():
    words = ["the", None]
    assert flat_words(words, tinytown.full_language()) == words is not flat_words(words, tinytown.full_language())
