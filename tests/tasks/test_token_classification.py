"""Entities: exact tags from both sides and from the left, and the score of the field."""

import numpy as np
import pytest
from seqeval.metrics import f1_score

from helpers import tinytown
from helpers.tasks import TASKS, token_classification
from helpers.tasks.task import Example


def brute_tag(words, place, side):
    """P(tag) at one place from many sampled documents that begin with, or are, the same words."""
    rng, counts = np.random.default_rng(0), {}
    for _ in range(30_000):
        d = tinytown.sample_document(rng, language=tinytown.only("news", "travel"))
        same = d.tokens == words if side == "both" else d.tokens[: place + 1] == words[: place + 1]
        if same:
            tag = token_classification.tag(d.entities[place])
            counts[tag] = counts.get(tag, 0) + 1
    return {tag: n / sum(counts.values()) for tag, n in counts.items()}, sum(counts.values())


def test_exact_tags_from_the_left_agree_with_sampling():
    words = ("may", "laughed", ".")
    sampled, count = brute_tag(words, 0, "left")
    exact = token_classification.tag_probs(words, side="left")[0]
    assert count > 300
    assert all(abs(exact[tag] - share) < 4 * 0.5 / count**0.5 for tag, share in sampled.items())


def test_exact_tags_are_probabilities_and_both_sides_know_more():
    examples = TASKS["entities"].examples("test", 60)
    for example in examples[:10]:
        for side in ("both", "left"):
            rows = token_classification.tag_probs(example.source.split(), side=side)
            assert np.allclose([sum(row.values()) for row in rows], 1)
            assert all(row[tag] > 0 for row, tag in zip(rows, example.target))
    left = token_classification.exact(examples, side="left")
    assert left["f1"] < 0.99 < TASKS["entities"].exact(examples)["f1"]
    with pytest.raises(ValueError, match="side 'right' does not exist"):
        token_classification.tag_probs(["may"], side="right")


def test_the_last_word_of_a_text_is_known_equally_well_from_the_left_where_the_text_must_end():
    words = "may laughed .".split()
    both, left = (token_classification.tag_probs(words, side=side)[-1] for side in ("both", "left"))
    assert both == pytest.approx(left)


def test_the_entity_score_is_seqevals():
    examples = [Example("may laughed .", ("B-PER", "O", "O")), Example("may grew today .", ("B-ORG", "O", "O", "O"))]
    answers = [("B-PER", "O", "O"), ("B-PER", "O", "B-LOC", "O")]
    score = token_classification.score(answers, examples)
    assert score["f1"] == pytest.approx(f1_score([list(e.target) for e in examples], [list(a) for a in answers]))
    assert score == {"f1": pytest.approx(0.4), "shared names": 0.5}
