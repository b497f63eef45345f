"""What a task is: examples by seed, training sets that can be learnt from, the most frequent target."""

import itertools

import pytest

from helpers import tinytown
from helpers.tasks import TASKS
from helpers.tasks.task import Example, Task, check_training, most_frequent, same_number

FEW = 40


def test_the_seed_decides_the_examples():
    task = TASKS["code"]
    once, again = (list(itertools.islice(task.draw("test", 1), FEW)) for _ in range(2))
    assert once == again != list(itertools.islice(task.draw("test", 2), FEW))


def test_the_most_frequent_target_of_a_group_and_of_all():
    train = [Example("a x", "1"), Example("a y", "1"), Example("b z", "2")]
    guess = most_frequent(train, of=lambda e: e.source.split()[0])
    assert [guess(Example(text, None)) for text in ("a", "b", "c")] == ["1", "2", "1"]


@pytest.mark.parametrize(
    "train, message",
    [
        ([], "the training set of classification is empty; give at least one"),
        ([Example("fine .", "good")], "1 training examples cannot cover the 2 labels"),
        ([Example("fine .", "good"), Example("fine .", "fine")], "label 'fine' is none of classification's"),
        (
            [Example("fine .", "good"), Example("great .", "good")],
            "no training example of classification has the label",
        ),
    ],
)
def test_training_sets_from_which_nothing_can_be_learnt(train, message):
    with pytest.raises(ValueError, match=message):
        check_training(TASKS["classification"], train)


@pytest.mark.parametrize(
    "work, message",
    [
        (lambda: TASKS["code"].examples("dev"), "split 'dev' does not exist; choose one of train, validation, test"),
        (lambda: TASKS["code"].examples("test", 0), "count 0 asks for no example"),
        (lambda: tinytown.only("cinema"), "no scene is called 'cinema'; choose from"),
        (lambda: same_number([], []), "0 answers for 0 examples"),
        (lambda: Task("a", "a", "poem", "b", None, None, None, None), "form 'poem' does not exist"),
    ],
)
def test_bad_input_is_named(work, message):
    with pytest.raises(ValueError, match=message):
        work()
