"""The curves over the number of labels, the search for their recipes, and the control with more steps.

Changed along a curve: how many reviews are labelled. Held fixed: steps and examples a step of every training, so that
a step more is no reason for a difference, and the 500 reviews to test on. Five draws of the labelled reviews; where
something is drawn besides (the new weights of a head, the order of the batches) three seeds a draw, each run a row:
what of the spread is labels and what is luck can be told apart. In context the line ends where the prompt does.
"next word" trains course-gpt with PET's own loss, at the word behind the same question: an encoder and a decoder that
are trained alike. Beside them two exact readers. Stage "longer" doubles the steps of the heads: where it changes
nothing they had converged; "fitted" says how many of its own labelled reviews a method gets right. About 90 minutes on
one core, with twice the steps 10, the search 25.
"""

from __future__ import annotations

import numpy as np

from helpers.experiments.few_shot.methods import METHODS, STEPS, shown_in_prompt
from helpers.experiments.few_shot.scoring import scores
from helpers.experiments.runner import Search
from helpers.tasks.review_posteriors import names_known, names_unknown
from helpers.tasks.reviews import LABELS, labelled, test_reviews, validation_reviews
from helpers.training.finetuning import accuracy

LABELLED = (0, 4, 16, 64, 256)
IN_PROMPT = (0, 2, 4, 6, 8)  # as many examples as a prompt may hold
DRAWS, SEEDS = (0, 1, 2, 3, 4), (0, 1, 2)
SEARCHED_AT, SEARCH_SEEDS = {"in context": 6}, (100, 101)
OTHERS_SEARCHED_AT = 16  # labels of the search of every other method
EXACT = ("exact, names known", "exact, names unknown")
HEADS = ("[CLS] head", "mean-pool head", "last-token head")
TRAINED = ("PET", "next word", *HEADS)
LONGER_AT, LONGER_DRAWS = LABELLED[1:], (0, 1)


def points():
    """Both exact readers and every method at every number of labels; then the heads with more steps."""
    for who in EXACT:
        yield from ({"who": who, "stage": "test", "labels": k, "draw": draw} for k in LABELLED for draw in DRAWS)
    for who in METHODS:
        for count in IN_PROMPT if who == "in context" else LABELLED:
            draws = DRAWS if count else DRAWS[:1]  # without labels nothing is drawn
            for draw in draws:
                yield from (_point(who, "test", count, draw, seed) for seed in seeds_of(who, count))
    for who in HEADS:
        for count in LONGER_AT:
            yield from ({**_point(who, "longer", count, draw, 0), "steps": 2 * STEPS} for draw in LONGER_DRAWS)


def _point(who, stage, count, draw, seed) -> dict:
    return {"who": who, "stage": stage, "labels": count, "draw": draw, "seed": seed}


def seeds_of(who: str, count: int) -> tuple[int, ...]:
    """One seed where a method draws nothing: a prompt, or a question without labels."""
    return SEEDS if who in HEADS or (who in TRAINED and count) else SEEDS[:1]


def search(point: dict) -> Search | None:
    """A method's recipe is chosen on validation reviews, at one number of labels."""
    if point["who"] not in METHODS:
        return None
    count = SEARCHED_AT.get(point["who"], OTHERS_SEARCHED_AT)
    tries = {"who": point["who"], "stage": "search", "labels": count}
    return Search(tries, METHODS[point["who"]].recipes, "accuracy", seeds=SEARCH_SEEDS)


def models(point: dict) -> tuple[str, ...]:
    """The course model that a method starts from."""
    return (METHODS[point["who"]].model,) if point["who"] in METHODS else ()


def run(point: dict) -> dict:
    """The scores of a method, or of an exact reader, after so many labelled reviews.

    A search draws the labelled reviews by its seed.
    """
    tested = validation_reviews() if point["stage"] == "search" else test_reviews()
    shown = labelled(point["labels"], seed=point.get("draw", point.get("seed", 0)))
    return scores_of(point, shown, tested)


def scores_of(point: dict, shown, tested) -> dict:
    """The scores of a point once the labelled reviews are there; in context with how many of them were read."""
    texts, who = [review.text for review in tested], point["who"]
    if who in EXACT:
        return scores(names_known(texts) if who == EXACT[0] else names_unknown(texts, shown), tested)
    recipe = {**point["recipe"], **({"steps": point["steps"]} if "steps" in point else {})}
    probs = METHODS[who].predict(shown, [*texts, *(review.text for review in shown)], recipe, point["seed"])
    found = scores(probs[: len(texts)], tested)
    return found | (shown_in_prompt(shown, texts, recipe) if who == "in context" else fit(probs[len(texts) :], shown))


def fit(probs, shown) -> dict:
    """How well a method gives the labels that it was shown: share of them, and mean log-probability in nats.

    >>> fit([[0.9, 0.1]], labelled(2, seed=0)[:1])
    {'fitted': 1.0, 'fitted log_prob': -0.105}

    A training that has converged gives them all; nothing is said of a method without labels.
    """
    if not len(shown):
        return {}
    numbers = [LABELS.index(review.label) for review in shown]
    given = np.log(np.asarray(probs)[np.arange(len(shown)), numbers])
    return {"fitted": accuracy(probs, numbers), "fitted log_prob": round(float(given.mean()), 3)}
