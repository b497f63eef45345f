"""The verdict without a label, of restaurants, films and hotels: what is carried over, and what was read in training?

Changed: what is reviewed; verdicts of films and hotels stand in the training texts, those of restaurants never do. Held
fixed: the model, the wording but for the thing's name. Every pattern is asked, by course-bert all nine, by course-gpt
those with the gap behind the review; raw, and calibrated on unlabelled reviews of the same thing. Beside them the exact
reader of each thing's reviews, and how often each is at least 85 % sure. Nothing is drawn. About 2 minutes.
"""

from __future__ import annotations

import functools

import numpy as np

from helpers.experiments.few_shot.methods import OWN_NAMES, in_order_of_length, source
from helpers.experiments.few_shot.scoring import scores
from helpers.methods import cloze, in_context
from helpers.tasks.review_posteriors import names_known
from helpers.tasks.reviews import THINGS, reviews, test_reviews

MODELS = {"PET": "course-bert", "in context": "course-gpt"}
EXACT = "exact, names known"
UNLABELLED = 200


def patterns_of(who: str) -> list[str]:
    """Names of the patterns that a model can be asked: a causal one needs the gap behind the text."""
    both = cloze.PATTERNS.items()
    return [name for name, text in both if who == "PET" or text.index("{text}") < text.index(cloze.GAP)]


def points():
    """The exact reader and both models, thing by thing, pattern by pattern."""
    for thing in THINGS:
        yield {"who": EXACT, "stage": "things", "thing": thing}
        for who in MODELS:
            yield from ({"who": who, "stage": "things", "thing": thing, "pattern": p} for p in patterns_of(who))


def search(point: dict) -> None:
    """Nothing is chosen."""


def models(point: dict) -> tuple[str, ...]:
    return (MODELS[point["who"]],) if point["who"] in MODELS else ()


def run(point: dict) -> dict:
    """The scores of one reader on the reviews of one thing; calibrated ones under "calibrated".

    A "model" in the point is asked in place of the reader's own: another training of it.
    """
    thing, tested = point["thing"], test_reviews(point["thing"])
    texts = [review.text for review in tested]
    if point["who"] == EXACT:
        return scores(names_known(texts, thing=thing), tested, thing=thing)
    pattern = cloze.PATTERNS[point["pattern"]].replace("restaurant", thing)
    model = point.get("model", MODELS[point["who"]])
    asked = in_order_of_length(functools.partial(READERS[point["who"]], model=model, pattern=pattern))
    probs = asked((), texts, None, None)
    spare = [review.text for review in reviews(UNLABELLED, split="train", seed=7, thing=thing)]
    prior = cloze.label_prior(np.log(asked((), spare, None, None)))
    calibrated = np.exp(cloze.calibrated(np.log(probs), prior))
    kept = ("accuracy", "log_prob", "sure")
    fixed = {name: value for name, value in scores(calibrated, tested, thing=thing).items() if name in kept}
    return {**scores(probs, tested, thing=thing), "calibrated": fixed}


def by_gap(shown, texts, recipe, seed, *, model, pattern):
    """An encoder at the gap: probabilities (texts, 2)."""
    found = cloze.label_scores(*source(model), texts, pattern=pattern, verbalizer=OWN_NAMES)
    return np.exp(cloze.normalised(found))


def by_next_word(shown, texts, recipe, seed, *, model, pattern):
    """A decoder in front of the gap: probabilities (texts, 2)."""
    return in_context.label_probs(*source(model), [], texts, pattern=pattern, verbalizer=OWN_NAMES)


READERS = {"PET": by_gap, "in context": by_next_word}
