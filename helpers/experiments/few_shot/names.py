"""PET with names that say nothing of food: how much of its start is the pattern, and how much is the name?

Changed: the two words of the verbalizer, five pairs of names and each pair both ways round. Held fixed: pattern,
recipe, steps, labelled reviews. The recipe is chosen with new names, red for good and blue for bad, since PET's own
choice is the one of a model that has next to nothing to learn. Without labels the two ways round are each other's
contrary, so the five pairs are what is independent; "pair" names them, "start" is a way's accuracy without labels on
validation reviews, and "way" calls it lucky above one half, else unlucky. Two draws of 16 labels, one of 256. Beside it
the exact reader who has to learn the names (stage "test"). About 12 minutes on one core, the search 8.
"""

from __future__ import annotations

from helpers.evaluation.expected import expected_accuracy
from helpers.experiments.few_shot.curves import OTHERS_SEARCHED_AT, SEARCH_SEEDS
from helpers.experiments.few_shot.methods import PET_RECIPES, in_order_of_length, pet
from helpers.experiments.few_shot.scoring import scores
from helpers.experiments.runner import Search
from helpers.tasks.review_posteriors import names_known
from helpers.tasks.reviews import labelled, test_reviews, validation_reviews

WHO = "PET, new names"
PAIRS = (("red", "blue"), ("green", "yellow"), ("cat", "dog"), ("paris", "berlin"), ("anna", "peter"))
DRAWS = {0: (0,), 16: (0, 1), 256: (0,)}  # for each number of labels


def points():
    """Every pair both ways round, without labels, with two draws of 16, and with 256."""
    for pair in PAIRS:
        for good, bad in (pair, pair[::-1]):
            for count, draws in DRAWS.items():
                for draw in draws:
                    point = {"who": WHO, "stage": "names", "good": good, "bad": bad}
                    yield {**point, "labels": count, "draw": draw, "seed": draw}


def search(point: dict) -> Search | None:
    """One recipe for all names, chosen on validation reviews with the first pair."""
    good, bad = PAIRS[0]
    tries = {"who": WHO, "stage": "search", "labels": OTHERS_SEARCHED_AT, "good": good, "bad": bad}
    return Search(tries, PET_RECIPES, "accuracy", seeds=SEARCH_SEEDS)


def models(point: dict) -> tuple[str, ...]:
    return ("course-bert",)


def run(point: dict) -> dict:
    """The scores of PET with these names, and which way round they are; a search draws its labels by the seed."""
    searched = point["stage"] == "search"
    verbalizer = {"good": point["good"], "bad": point["bad"]}
    tested = validation_reviews() if searched else test_reviews()
    shown = labelled(point["labels"], seed=point["seed"] if searched else point["draw"])
    judged = in_order_of_length(_with(verbalizer))
    found = scores(judged(shown, [review.text for review in tested], point["recipe"], point["seed"]), tested)
    start = zero_labels(judged, point["recipe"])
    pair = " / ".join(sorted(verbalizer.values()))
    return {**found, "pair": pair, "start": start, "way": "lucky" if start > 0.5 else "unlucky"}


def _with(verbalizer):
    """PET with these words."""
    return lambda shown, texts, recipe, seed: pet(shown, texts, recipe, seed, verbalizer=verbalizer)


def zero_labels(judged, recipe) -> float:
    """Expected accuracy on validation reviews without a label."""
    texts = [review.text for review in validation_reviews()]
    return expected_accuracy(judged((), texts, recipe, 0), names_known(texts))
