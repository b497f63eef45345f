"""The two exact readers of reviews against slow oracles."""

import numpy as np
import pytest

from helpers import tinytown
from helpers.evaluation.expected import expected_accuracy
from helpers.tasks import review_posteriors, reviews

TEXTS = ["the pizza was fantastic .", "the pizza was awful .", "the pizza was great but the waiter was terrible ."]


def test_the_reader_who_knows_the_names_is_the_languages_posterior_with_held_out_sentences_or_without():
    for text in TEXTS:
        full = tinytown.fact_probs(text.split(), "overall")
        assert review_posteriors.names_known([text])[0, 0] == pytest.approx(full["good"], abs=1e-9)


def test_the_reader_who_must_learn_the_names_is_bayes_rule_written_out():
    examples = [reviews.Review(TEXTS[0], "good"), reviews.Review(TEXTS[2], "good"), reviews.Review(TEXTS[1], "bad")]
    p = [review_posteriors.good_prob(text) for text in TEXTS]
    straight, crossed = p[0] * p[2] * (1 - p[1]), (1 - p[0]) * (1 - p[2]) * p[1]
    share = straight / (straight + crossed)
    assert review_posteriors.straight_prob(examples) == pytest.approx(share)
    right = share * p[1] + (1 - share) * (1 - p[1])
    assert review_posteriors.names_unknown([TEXTS[1]], examples)[0] == pytest.approx([right, 1 - right])


def test_without_labels_the_names_mean_nothing_and_with_many_they_are_known():
    texts = [review.text for review in reviews.test_reviews()[:60]]
    known = review_posteriors.names_known(texts)
    assert expected_accuracy(review_posteriors.names_unknown(texts, []), known) == pytest.approx(0.5)
    learnt = review_posteriors.names_unknown(texts, reviews.labelled(64, seed=0))
    assert np.allclose(known, learnt, atol=1e-6)
    turned = [reviews.Review(r.text, {"good": "bad", "bad": "good"}[r.label]) for r in reviews.labelled(64, seed=0)]
    assert np.allclose(known[:, ::-1], review_posteriors.names_unknown(texts, turned), atol=1e-6)
