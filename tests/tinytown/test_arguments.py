"""Everything beside the text: refused with the value and the remedy, or accepted."""

import numpy as np
import pytest

from helpers import tinytown

TEXT = "The cat sat on the mat."
RNG = np.random.default_rng(0)
WRONG = [
    (lambda: tinytown.documents(-1), ValueError, "count -1 is negative"),
    (lambda: tinytown.documents(2.5), TypeError, "count cannot be 2.5"),
    (lambda: tinytown.documents(True), TypeError, "count cannot be True"),
    (lambda: tinytown.documents("3"), TypeError, "count cannot be '3'"),
    (lambda: tinytown.documents(3, split="dev"), ValueError, "split 'dev' does not exist"),
    (lambda: tinytown.documents(3, split=None), ValueError, "split None does not exist"),
    (lambda: tinytown.documents(3, seed=None), TypeError, "seed cannot be None"),
    (lambda: tinytown.documents(3, seed=-1), ValueError, "seed -1 is negative"),
    (lambda: tinytown.documents(3, seed=[1, "a"]), TypeError, "seed cannot be 'a'"),
    (lambda: tinytown.documents(3, language="news"), TypeError, "language cannot be 'news'.*only"),
    (lambda: tinytown.distinct_documents(-1), ValueError, "count -1 is negative"),
    (lambda: tinytown.draw_gaps(10, -1, RNG), ValueError, "rate -1 is not between 0 and 1"),
    (lambda: tinytown.draw_gaps(10, 15, RNG), ValueError, "rate 15 is not between 0 and 1"),
    (lambda: tinytown.draw_gaps(10, "0.1", RNG), TypeError, "rate cannot be '0.1'"),
    (lambda: tinytown.draw_gaps(10, float("nan"), RNG), ValueError, "rate nan"),
    (lambda: tinytown.draw_gaps(0, 0.1, RNG), ValueError, "length 0 is too small"),
    (lambda: tinytown.draw_gaps(10, 0.1), TypeError, "rng cannot be None.*default_rng"),
    (lambda: tinytown.draw_gaps(10, 0.1, 0), TypeError, "rng cannot be 0 "),
    (lambda: tinytown.complete("the [MASK] sat ."), TypeError, "rng cannot be None"),
    (lambda: tinytown.sample_document(), TypeError, "rng cannot be None"),
    (lambda: tinytown.sample_document(np.random), TypeError, "rng cannot be"),
    (lambda: tinytown.masked_losses(TEXT, []), ValueError, "gaps are empty"),
    (lambda: tinytown.masked_losses(TEXT, 3), TypeError, "gaps cannot be 3"),
    (lambda: tinytown.masked_losses(TEXT, [3, 3]), ValueError, "each once"),
    (lambda: tinytown.masked_losses(TEXT, [7]), ValueError, "a text of 7 words"),
    (lambda: tinytown.span_loss(TEXT, [-1]), ValueError, "a gap -1 is negative"),
    (lambda: tinytown.span_loss(TEXT, [1.0]), TypeError, "a gap cannot be 1.0"),
    (lambda: tinytown.unknown_spans_loss(TEXT, [3], lambda *_: 0.0), TypeError, "spans cannot be"),
    (lambda: tinytown.unknown_spans_loss(TEXT, [(3, 3)], lambda *_: 0.0), ValueError, "in order and apart"),
    (lambda: tinytown.unknown_spans_loss(TEXT, [(4, 9)], lambda *_: 0.0), ValueError, "a text of 7 words"),
    (lambda: tinytown.unknown_spans_loss(TEXT, [], lambda *_: 0.0), ValueError, "spans"),
    (lambda: tinytown.unknown_spans_loss(TEXT, [(3, 4)], None), TypeError, "placement cannot be None"),
    (lambda: tinytown.span_target_probs(TEXT, [(3, 4)], 2), TypeError, "placement cannot be 2"),
    (lambda: tinytown.Noise(1.5, max), ValueError, "start 1.5 is not between 0 and 1"),
    (lambda: tinytown.Noise(0.1, 0.3), TypeError, "cover cannot be 0.3"),
    (lambda: tinytown.fact_probs(TEXT, ["mood"]), TypeError, "name of a fact cannot be"),
    (lambda: tinytown.infilled_loss(TEXT, TEXT, 0.1), TypeError, "noise cannot be 0.1"),
    (lambda: tinytown.entropy_floor([]), ValueError, "no documents"),
    (lambda: tinytown.entropy_floor(None), TypeError, "documents cannot be None"),
    (lambda: tinytown.entropy_floor([TEXT]), TypeError, "a document cannot be 'The cat"),
    (lambda: tinytown.entropy_floor(tinytown.documents(1), objective="next"), ValueError, "'next' does not exist"),
    (lambda: tinytown.fact_probs(TEXT, "mood"), ValueError, "no scene that can write this text has a fact 'mood'"),
    (lambda: tinytown.best_fact(TEXT, None), TypeError, "name of a fact cannot be None"),
    (lambda: tinytown.entity_probs(TEXT, side="right"), ValueError, "side 'right' does not exist"),
    (lambda: tinytown.is_next_prob("a", "b", negatives="other"), ValueError, "'other' does not exist"),
    (lambda: tinytown.only(), ValueError, "no scene is called ''; choose from restaurant"),
    (lambda: tinytown.only("pond"), ValueError, "no scene is called 'pond'"),
    (lambda: tinytown.only(["news"]), TypeError, "name of a scene cannot be"),
    (lambda: tinytown.vocabulary("news"), TypeError, "language cannot be 'news'"),
]


@pytest.mark.parametrize(("ask", "error", "message"), WRONG)
def test_wrong_arguments_are_refused(ask, error, message):
    with pytest.raises(error, match=message):
        ask()


LANGUAGED = (
    "log_prob",
    "prefix_log_prob",
    "next_token_probs",
    "cloze_probs",
    "world_probs",
    "scene_probs",
    "causal_losses",
    "single_gap_losses",
    "entity_probs",
    "unknown_words",
)


@pytest.mark.parametrize("name", LANGUAGED)
@pytest.mark.parametrize("language", ["news", 3, tinytown, tinytown.full_language])
def test_a_language_is_a_language(name, language):
    with pytest.raises(TypeError, match="language cannot be"):
        getattr(tinytown, name)(TEXT, language=language)


def test_numpy_numbers_and_several_seeds_are_numbers():
    drawn = tinytown.documents(np.int64(3), seed=(np.int32(4), 2))
    assert drawn == tinytown.documents(3, seed=[4, 2])
    assert tinytown.masked_losses(TEXT, np.array([1, 2])).tolist() == tinytown.masked_losses(TEXT, [1, 2]).tolist()
    assert len(tinytown.draw_gaps(10, np.float32(0.3), RNG)) == 3
