"""What do the labels of the examples in a prompt do? Right ones, exchanged ones, shuffled ones, random ones.

Changed: the labels that stand behind the examples in course-gpt's prompt. Held fixed: the reviews, their order, the
wording (chosen with right labels), the reviews that are judged. The rows with right labels, and without examples, are
those of stage "test". Accuracy alone cannot show whether the labels are read: a reader that always says the same has
one half either way. So "turned" is the share of its answers that differ from those with right labels, "changed" the
share of labels that differ, and "called good" the share of reviews that it calls good. A reader who takes the names
from the prompt turns nearly all answers when the labels are exchanged. About 4 minutes on one core.

Source: Min et al. 2022, "Rethinking the Role of Demonstrations: What Makes In-Context Learning Work?", section 4
(random labels in place of the right ones).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from helpers.experiments.few_shot import curves
from helpers.experiments.few_shot.methods import METHODS
from helpers.experiments.runner import Search
from helpers.tasks.reviews import LABELS, labelled, test_reviews

WHO = "in context"
LABELLED = (4, 8)


def exchanged(shown, rng):
    """Every label replaced by the other one."""
    return [LABELS[1 - LABELS.index(review.label)] for review in shown]


def shuffled(shown, rng):
    """The same labels in a random order."""
    return [shown[place].label for place in rng.permutation(len(shown))]


def random(shown, rng):
    """Each label by the flip of a coin."""
    return [LABELS[flip] for flip in rng.integers(len(LABELS), size=len(shown))]


WRONG = {"exchanged": exchanged, "shuffled": shuffled, "random": random}


def relabelled(shown, how: str, seed: int) -> tuple:
    """The labelled reviews with other labels; the reviews and their order stay.

    Raises ValueError for an unknown way, listing the known ones.
    """
    if how not in WRONG:
        raise ValueError(f"no way to give wrong labels is called {how!r}; choose from {', '.join(WRONG)}")
    names = WRONG[how](shown, np.random.default_rng([seed, 960]))
    return tuple(replace(review, label=name) for review, name in zip(shown, names, strict=True))


def points():
    """Every way with every draw of reviews; two seeds where the labels are drawn."""
    for count in LABELLED:
        for draw in curves.DRAWS:
            for how in WRONG:
                point = {"who": WHO, "stage": "demonstrations", "examples": how, "labels": count, "draw": draw}
                seeds = curves.SEEDS[:1] if how == "exchanged" else curves.SEEDS
                yield from ({**point, "seed": seed} for seed in seeds)


def search(point: dict) -> Search | None:
    """The recipe of the right labels."""
    return curves.search({"who": WHO})


def models(point: dict) -> tuple[str, ...]:
    return ("course-gpt",)


def run(point: dict) -> dict:
    """The scores of course-gpt with wrongly labelled reviews in its prompt, and how many answers they turn."""
    right, tested = labelled(point["labels"], seed=point["draw"]), test_reviews()
    shown = relabelled(right, point["examples"], point["seed"])
    changed = np.mean([one.label != other.label for one, other in zip(right, shown, strict=True)])
    return {**curves.scores_of(point, shown, tested), "changed": float(changed), **turned(point, right, shown, tested)}


def turned(point: dict, right, shown, tested) -> dict:
    """The share of answers that the labels of `shown` turn, and the share of reviews that are then called good."""
    texts = [*(review.text for review in tested), *(review.text for review in shown)]  # as `scores_of` asks them
    answers = [
        METHODS[WHO].predict(labels, texts, point["recipe"], point["seed"])[: len(tested)].argmax(1)
        for labels in (right, shown)
    ]
    return {"turned": float(np.mean(answers[0] != answers[1])), "called good": float(np.mean(answers[1] == 0))}
