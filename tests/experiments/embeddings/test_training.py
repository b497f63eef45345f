"""One change at a time: points differ from the usual ones in one value; hard negatives are others' texts."""

import dataclasses

import pytest

from helpers.experiments.embeddings import runs, training
from helpers.methods.embeddings import contrastive, retrieval
from helpers.tasks.paraphrases import paraphrase_pairs


def test_every_change_differs_from_the_usual_recipe_in_one_thing():
    changes = [point for point in training.points() if point["stage"] == "change"]
    for point in changes:
        differ = [name for name, value in training.USUAL.items() if point[name] != value]
        assert differ in ([], [point["what"]]) and point["recipe"]["batch_size"] == point["batch"]
    assert len(changes) == 3 * (4 + 4 + 2)


def test_a_hard_negative_is_another_pair_that_shares_more_words_than_most():
    pairs = paraphrase_pairs("train", 60, 0)
    shared = []
    for one, other in training.twos(pairs):
        assert other != one and not set(one) & set(other)
        words = set(one[0].split())
        ranks = sorted(len(words & set(second.split())) for _, second in pairs)
        shared.append(len(words & set(other[1].split())) >= ranks[len(ranks) // 2])
    assert sum(shared) > 0.9 * len(shared)


def test_hard_candidates_are_different_texts_in_order_of_their_bm25():
    pairs = paraphrase_pairs("train", 60, 0)
    scores = retrieval.bm25([one for one, _ in pairs], [two for _, two in pairs])
    for row, places in enumerate(training.strangers(pairs, 3)):
        assert len({pairs[j][1] for j in places} - set(pairs[row])) == 3 and row not in places
        assert list(scores[row, places]) == sorted(scores[row, places], reverse=True)
        left = [j for j in range(len(pairs)) if scores[row, j] > scores[row, places[-1]] and j not in places]
        assert all(pairs[j][1] in {pairs[i][1] for i in places} or set(pairs[j]) & set(pairs[row]) for j in left)


@pytest.mark.parametrize(("start", "kind"), [("random", "steps"), ("pretrained", "graded")])
def test_a_way_begins_before_the_first_step_and_ends_with_the_last(monkeypatch, start, kind):
    monkeypatch.setattr(training, "measured", lambda body, tokenizer, how, seed: (0.5, 0.75, 0.25))
    recipe = dataclasses.replace(contrastive.RECIPE, steps=17, batch_size=2)
    curve = training.trained.__wrapped__("encoder", "mean", recipe, 0, start, kind)[2]
    assert curve == ((0, 0.5, 0.75, 0.25), (15, 0.5, 0.75, 0.25), (17, 0.5, 0.75, 0.25))


def test_what_is_measured_on_the_way_is_what_is_recorded_at_the_end():
    body, tokenizer = runs.stack("encoder")
    found = runs.raw("encoder", "mean", 0)
    expected = (found["recall"]["1"], found["recall"]["10"], found["spearman"])
    assert training.measured(body, tokenizer, "mean", 0) == pytest.approx(expected)
