"""PET with names that say nothing of food: how much of its start is the pattern, and how much is the name?

Changed: the two words of the verbalizer, five pairs of names and each pair both ways round. Held fixed: pattern,
PET's own recipe, steps, labelled reviews. "way" says how a pair fares without labels on validation reviews: the right
way round where it is right in more than half of them, else the wrong way. Beside it the exact reader who has to learn
the names (stage "test"). About 15 minutes on one core.
"""

from __future__ import annotations

from helpers.evaluation.expected import expected_accuracy
from helpers.experiments.few_shot import curves
from helpers.experiments.few_shot.methods import in_order_of_length, pet
from helpers.experiments.few_shot.scoring import scores
from helpers.experiments.runner import Search
from helpers.tasks.review_posteriors import names_known
from helpers.tasks.reviews import labelled, test_reviews, validation_reviews

WHO = "PET, new names"
PAIRS = (("red", "blue"), ("green", "yellow"), ("cat", "dog"), ("paris", "berlin"), ("anna", "peter"))
LABELLED = (0, 16, 256)
DRAWS = (0, 1)


def points():
    """Every pair both ways round, without labels and with three draws of them."""
    for pair in PAIRS:
        for good, bad in (pair, pair[::-1]):
            for count in LABELLED:
                for draw in DRAWS if count else DRAWS[:1]:
                    point = {"who": WHO, "stage": "names", "good": good, "bad": bad}
                    yield {**point, "labels": count, "draw": draw, "seed": draw}


def search(point: dict) -> Search | None:
    """The recipe is that of PET with its own names: only the names change."""
    return curves.search({"who": "PET"})


def models(point: dict) -> tuple[str, ...]:
    return ("course-bert",)


def run(point: dict) -> dict:
    """The scores of PET with these names, and which way round they are."""
    verbalizer, tested = {"good": point["good"], "bad": point["bad"]}, test_reviews()
    shown = labelled(point["labels"], seed=point["draw"])
    judged = in_order_of_length(_with(verbalizer))
    found = scores(judged(shown, [review.text for review in tested], point["recipe"], point["seed"]), tested)
    start = zero_labels(judged, point["recipe"])
    return {**found, "start": start, "way": "right" if start > 0.5 else "wrong"}


def _with(verbalizer):
    """PET with these words."""
    return lambda shown, texts, recipe, seed: pet(shown, texts, recipe, seed, verbalizer=verbalizer)


def zero_labels(judged, recipe) -> float:
    """Expected accuracy on validation reviews without a label."""
    texts = [review.text for review in validation_reviews()]
    return expected_accuracy(judged((), texts, recipe, 0), names_known(texts))
