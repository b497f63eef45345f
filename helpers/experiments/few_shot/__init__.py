"""How many labels does it take? Six ways to learn a restaurant review's verdict from 0 to 256 labelled reviews.

The rows stand in data/results/few_shot.jsonl; `methods` holds the six, `helpers.tasks.review_posteriors` the two exact
readers beside them.
"""

from __future__ import annotations

import numpy as np

from helpers.evaluation.expected import expected_accuracy
from helpers.experiments.few_shot.methods import METHODS
from helpers.experiments.runner import Experiment, Search
from helpers.tasks.review_posteriors import names_known, names_unknown
from helpers.tasks.reviews import LABELS, group, labelled, test_reviews, validation_reviews
from helpers.training.finetuning import accuracy

LABELLED = (0, 4, 8, 16, 32, 64, 256)
SEEDS = (0, 1, 2, 3, 4)
SEARCHED_AT, SEARCH_SEEDS = 32, (100, 101)
EXACT = ("exact, names known", "exact, names unknown")


def grid():
    """Every method, and both exact readers, at every number of labels with every draw of them."""
    for who in (*EXACT, *METHODS):
        yield from (
            {"who": who, "stage": "test", "labels": count, "seed": seed} for count in LABELLED for seed in SEEDS
        )


def search(point: dict) -> Search | None:
    """A method's recipe is chosen on validation reviews, at one number of labels."""
    if point["who"] not in METHODS:
        return None
    tries = {"who": point["who"], "stage": "search", "labels": SEARCHED_AT}
    return Search(tries, METHODS[point["who"]].recipes, "accuracy", seeds=SEARCH_SEEDS)


def models(point: dict) -> tuple[str, ...]:
    """The course model that a method starts from."""
    return (METHODS[point["who"]].model,) if point["who"] in METHODS else ()


def run(point: dict) -> dict:
    """The scores of a method, or of an exact reader, after so many labelled reviews."""
    tested = validation_reviews() if point["stage"] == "search" else test_reviews()
    shown, texts = labelled(point["labels"], seed=point["seed"]), [review.text for review in tested]
    if point["who"] in METHODS:
        return scores(METHODS[point["who"]].predict(shown, texts, point["recipe"], point["seed"]), tested)
    known = point["who"] == EXACT[0]
    return scores(names_known(texts) if known else names_unknown(texts, shown), tested)


def scores(probs, tested) -> dict:
    """Accuracy on the labels that were drawn, on all reviews and on each group; and the accuracy expected of the same
    answers, whatever labels are drawn."""
    numbers, groups = [LABELS.index(review.label) for review in tested], np.array([group(r.text) for r in tested])
    exact = names_known([review.text for review in tested])
    found = {"accuracy": accuracy(probs, numbers), "expected": expected_accuracy(probs, exact)}
    for name in sorted(set(groups)):
        rows = np.flatnonzero(groups == name)
        found[str(name)] = accuracy(np.asarray(probs)[rows], np.array(numbers)[rows])
    return found


def chosen(who: str) -> dict:
    """The recipe that validation chose for a method, as its newest recorded run has it.

    Raises FileNotFoundError when no run of the method is recorded.
    """
    EXPERIMENT.frame(who=who, stage="test")
    return [row["recipe"] for row in EXPERIMENT.rows() if row["who"] == who and row["stage"] == "test"][-1]


EXPERIMENT = Experiment("few_shot", grid=grid, run=run, search=search, models=models)
