"""Order of sentences: exact pairs, ranking and threshold scored by hand, head starts, word counts on halves."""

import math

import numpy as np
import pytest

from helpers import tinytown
from helpers.experiments import ablations, next_sentence, sentence_order
from helpers.tasks.sentence_pairs import stories

SMALL = {"d_model": 16, "layers": 1, "heads": 2, "feed_forward": 32, "steps": 2, "batch_tokens": 256}


@pytest.fixture
def small(monkeypatch, tmp_path):
    """Small models of two steps."""
    monkeypatch.setattr(ablations, "MODELS", tmp_path)
    monkeypatch.setattr(ablations, "SIZE", ablations.SIZE | SMALL | {"chunk_documents": 64, "validation_documents": 8})
    for cached in (next_sentence.source, sentence_order.source):
        cached.cache_clear()
    yield
    for cached in (next_sentence.source, sentence_order.source):
        cached.cache_clear()


def test_every_start_is_trained_for_every_number_of_batches_and_every_head_ranks_every_kind():
    points = list(sentence_order.grid())
    assert len({str(point) for point in points}) == len(points) == 243
    starts = {(p["model"], p["task"], p["batches"], p["seed"]) for p in points if p["who"] == "head start"}
    assert len(starts) == len(sentence_order.STARTS) * 2 * len(sentence_order.BATCHES) * 3
    for point in points:
        assert sentence_order.models(point) == (("course-bert",) if point["model"] == "course-bert" else ())
        assert ("pretraining" in point.get("recipe", {})) == (
            point["model"] in {**next_sentence.SMALL, **sentence_order.FRESH}
        )
        assert point.get("recipe", {}).get("steps") == point.get("batches")


@pytest.mark.parametrize("kind", sentence_order.KINDS)
def test_pairs_carry_the_exact_probability_of_their_order(kind):
    found = sentence_order.ordered_pairs(kind, 0, 30)
    assert len(set(found)) >= 25 and all(0 <= p <= 1 for *_, p in found)
    if kind == "two sentences":  # the ratio of the document's probabilities in both orders
        for a, b, p in found[:10]:
            both = [_prob(f"{a} {b}"), _prob(f"{b} {a}")]
            assert p == pytest.approx(both[0] / sum(both))
    if kind != "single sentences":
        assert all(p > 0 for *_, p in found)  # they are drawn in their true order


def _prob(text):
    try:
        return math.exp(tinytown.log_prob(text, language=stories()))
    except tinytown.ImpossibleTextError:
        return 0.0


def test_ranking_and_threshold_are_what_one_counts_by_hand(monkeypatch):
    pairs = (("a", "b", 1.0), ("c", "d", 0.25), ("e", "f", 0.5))
    monkeypatch.setattr(sentence_order, "ordered_pairs", lambda *_: pairs)
    says = {"a b": 0.9, "b a": 0.8, "c d": 0.3, "d c": 0.2, "e f": 0.6, "f e": 0.4}

    def classifier(asked):
        follows = np.array([says[f"{a} {b}"] for a, b, _ in asked])
        return np.stack([follows, 1 - follows], 1)

    found = sentence_order.ranked(classifier, kind="halves", seed=0)
    assert found["ranking"] == pytest.approx((1 + 0.25 + 0.5) / 3) and found["optimum"] == pytest.approx(2.25 / 3)
    assert found["threshold"] == pytest.approx((1 + 0 + 0.75 + 0.25 + 0.5 + 0.5) / 6)
    assert found["decidable"] == pytest.approx(1 / 3) and found["ranking, decidable"] == 1
    assert found["says follows"] == pytest.approx({"true order": 1.5 / 3, "wrong order": 1.5 / 3})


def test_no_classifier_beats_the_optimum_and_the_exact_one_reaches_it():
    asked = sentence_order.ordered_pairs("two sentences", 1, 40)
    exact = {(a, b): p for a, b, p in asked} | {(b, a): 1 - p for a, b, p in asked}
    rng = np.random.default_rng(0)

    def knows(pairs):
        follows = np.array([exact[a, b] for a, b, _ in pairs]).clip(1e-9, 1 - 1e-9)
        return np.stack([follows, 1 - follows], 1)

    best = sentence_order.ranked(knows, kind="two sentences", seed=1, count=40)
    assert best["ranking"] == pytest.approx(best["optimum"]) and best["threshold"] <= best["optimum"] + 1e-12
    for _ in range(5):
        found = sentence_order.ranked(lambda p: rng.dirichlet((1, 1), len(p)), kind="two sentences", seed=1, count=40)
        assert found["ranking"] <= best["optimum"] and found["threshold"] <= best["optimum"]


def test_word_counts_meet_berts_own_halves(monkeypatch):
    test, posterior = sentence_order.halves(0, 40), sentence_order.halves_posterior(0, 40)
    assert sum(label for *_, label in test) == 20 and posterior.sum(1) == pytest.approx(1)
    bag = sentence_order.half_classifier("topic", 0, 300)
    found = sentence_order.choice_scores(np.log(bag(test)), posterior)
    assert 0.5 < found["accuracy"] <= found["optimum"]


def test_a_head_start_is_measured_from_each_kind_of_start(small, monkeypatch):
    monkeypatch.setattr(sentence_order, "COUNT", 20)
    points = [p for p in sentence_order.grid() if p["who"] == "head start" and p["seed"] == 0 and p["batches"] == 10]
    for model in ("with NSP", "pairs without NSP loss", "small, untrained"):
        point = next(p for p in points if p["model"] == model and p["task"] == "swapped")
        scores = sentence_order.run(point)
        assert 0.3 < scores["expected"] <= scores["optimum"] <= 1
    trained, fresh = (sentence_order.source(m, 0)[0].state_dict() for m in ("with NSP", "small, untrained"))
    assert {n: w.shape for n, w in trained.items()} == {n: w.shape for n, w in fresh.items()}
    assert not all((trained[name] == fresh[name]).all() for name in trained)
    new = sentence_order.source("with NSP, fresh head", 0)[0].state_dict()
    moved = {name.rsplit(".", 1)[0] for name in new if not (new[name] == trained[name]).all()}
    assert moved == {"bert.pooler.dense", "cls.seq_relationship"}


def test_word_counts_rank_the_halves_of_documents_above_chance_and_below_the_best():
    bag = sentence_order.half_classifier(sentence_order.BAG, 0, 600)
    found = sentence_order.ranked(bag, kind="halves", seed=0, count=60)
    assert 0.5 < found["ranking"] <= found["optimum"]


def test_what_does_not_exist_is_named():
    with pytest.raises(ValueError, match="'triples'.*halves"):
        sentence_order.ordered_pairs("triples", 0)
    with pytest.raises(ValueError, match="'elmo'.*course-bert, with NSP"):
        sentence_order.source("elmo", 0)
