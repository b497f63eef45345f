"""Sentiment: the best answer is as good as its probability."""

import numpy as np

from helpers import tinytown
from helpers.tasks import TASKS
from helpers.tasks.text_classification import best


def test_the_best_sentiment_is_as_good_as_it_claims():
    task = TASKS["classification"]
    probs = [tinytown.fact_probs(e.source, "overall") for e in task.examples("test")]
    expected, got = np.mean([max(p.values()) for p in probs]), task.exact(task.examples("test"))["expected accuracy"]
    assert abs(expected - got) < 3 * 0.5 / len(probs) ** 0.5 and 0.8 < got < 0.95
    assert all(best(e.source) == max(p, key=p.get) for e, p in zip(task.examples("test", 20), probs))


def test_counting_words_is_better_than_chance_and_no_better_than_the_optimum():
    task = TASKS["classification"]
    train, test = task.examples("train"), task.examples("test")
    ends, best_possible = task.chance(train, test), task.exact(test)["expected accuracy"]
    assert ends["expected accuracy"] + 0.2 < ends["lookup"] < best_possible
