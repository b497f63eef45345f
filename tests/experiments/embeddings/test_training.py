"""One change at a time: points differ from the usual ones in one value; hard negatives are others' texts."""

import dataclasses

from helpers.experiments.embeddings import training
from helpers.tasks.paraphrases import paraphrase_pairs


def test_every_change_differs_from_the_usual_recipe_in_one_thing():
    changes = [point for point in training.points() if point["stage"] == "change"]
    for point in changes:
        differ = [name for name, value in training.USUAL.items() if point[name] != value]
        assert differ in ([], [point["what"]]) and point["recipe"]["batch_size"] == point["batch"]
    assert len(changes) == 3 * (6 + 5 + 2)


def test_a_hard_negative_is_another_pair_that_shares_more_words_than_most():
    pairs = paraphrase_pairs("train", 60, 0)
    shared = []
    for one, other in training.twos(pairs):
        assert other != one and not set(one) & set(other)
        words = set(one[0].split())
        ranks = sorted(len(words & set(second.split())) for _, second in pairs)
        shared.append(len(words & set(other[1].split())) >= ranks[len(ranks) // 2])
    assert sum(shared) > 0.9 * len(shared)


def test_a_curve_begins_before_the_first_step(monkeypatch):
    monkeypatch.setattr(training, "recall", lambda body, tokenizer, how, seed: 0.5)
    recipe = dataclasses.replace(training.LONG, steps=2, batch_size=4)
    found = training.curve("encoder", "mean", recipe, 0, random=True, points=(1, 2))
    assert found == {"curve": [[0, 0.5], [1, 0.5], [2, 0.5]], "recall": 0.5}
