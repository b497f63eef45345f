"""The nine tasks: splits that share nothing, metrics equal to their definitions, answers that cannot be beaten."""

import numpy as np
import pytest

from helpers import tinytown
from helpers.tasks import TASKS
from helpers.tasks.task import key

FEW = 40


@pytest.fixture(scope="module", params=list(TASKS))
def task(request):
    return TASKS[request.param]


def test_no_text_stands_in_two_splits(task):
    splits = ["validation", "test"] if task.form == "cloze" else ["train", "validation", "test"]
    texts = [{key(example) for example in task.examples(split)} for split in splits]
    assert all(not one & two for i, one in enumerate(texts) for two in texts[:i])
    assert task.examples("test", FEW) == task.examples("test")[:FEW]


def test_texts_of_validation_and_test_are_distinct(task):
    for split in ("validation", "test"):
        found = task.examples(split)
        assert len({key(example) for example in found}) == len(found) == task.size(split)


def test_examples_fit_every_model_and_the_vocabulary(task):
    known = set(tinytown.vocabulary())
    for example in task.examples("test"):
        words = f"{example.source} {example.second}".split()
        assert len(words) < 90 and set(words) <= known and " ".join(words) == " ".join(words).strip()


def test_right_answers_score_best_and_chance_below_the_optimum(task):
    train = task.examples("train") if task.form != "cloze" else ()
    test = task.examples("test")[:150]
    exact, chance = task.exact(test), task.chance(train, test)
    assert exact.keys() <= chance.keys() and task.metric in exact
    assert chance[task.metric] < exact[task.metric] <= 1
    truth = [(e.target,) if task.form == "cloze" else e.target for e in test]
    assert task.score(truth, test)[task.metric.removeprefix("expected ")] == pytest.approx(1.0)


def test_chance_is_what_the_most_frequent_training_answer_scores(task):
    """One definition for all: no word of the question is read. Where words are looked up, it says so."""
    if task.form == "cloze" or task.sampled:
        return
    train, test = task.examples("train", 500), task.examples("test", FEW)
    words = [t for e in train for t in e.target] if task.form == "tags" else [e.target for e in train]
    same = max(dict.fromkeys(words), key=words.count)
    blind = [(same,) * len(e.target) if task.form == "tags" else same for e in test]
    assert task.score(blind, test)[task.metric] == pytest.approx(task.chance(train, test)[task.metric])


def test_too_few_answers_are_refused(task):
    with pytest.raises(ValueError, match="1 answers for 2 examples"):
        task.score([task.examples("test")[0].target], task.examples("test", 2))


EXPECTED = {"classification": "expected accuracy", "zero-shot": "expected accuracy", "code": "expected exact match"}


@pytest.mark.parametrize(("name", "score"), EXPECTED.items())
def test_no_answers_beat_the_best_ones_in_expectation(name, score):
    """Not even the drawn labels themselves, which are right every time."""
    task, rng = TASKS[name], np.random.default_rng(0)
    test = task.examples("test", 60)
    best, wrap = task.exact(test)[score], (lambda answer: (answer,)) if task.form == "cloze" else lambda answer: answer
    truth = [wrap(e.target) for e in test]
    others = [[truth[i] for i in rng.permutation(len(truth))] for _ in range(20)]
    for answers in (truth, *others, [wrap("nothing")] * len(test)):
        assert 0 <= task.score(answers, test)[score] <= best + 1e-12 < 1
    assert task.score([wrap("nothing")] * len(test), test)[score] == 0 < task.score(truth, test)[score]
