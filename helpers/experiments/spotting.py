"""What a masked model says at words in plain sight, by the mix of its training, and whether it spots strangers.

Question: does 80/10/10 keep a model from only learning to spot replaced words, and which tenth does what? Changed: the
mix of [MASK], random and kept words in training (small models of `ablations`, otherwise the same). Measured: words
given back in texts where 15 % of the words are strangers, and the same words in clean texts, so that what strange
neighbours cost is seen apart; strangers repaired; and one stranger told from a true word, beside the exact posterior,
above which nothing can come. Course-bert stands beside them.

The rows stand in data/results/spotting.jsonl; 21 points of about a quarter of a minute on one core, the small models of
`ablations` at hand (three minutes for each that has to be trained).
"""

from __future__ import annotations

from helpers import evaluation
from helpers.experiments import ablations
from helpers.experiments.runner import Experiment
from helpers.models import load_course

SEEDS = ablations.SEEDS
COURSE = "course-bert"


def grid():
    """Course-bert, then each mix by the name of its variant, a seed at a time."""
    for seed in SEEDS:
        yield {"model": COURSE, "seed": seed}
        for variant in ablations.GROUPS["mix"].values():
            yield {"model": variant, "seed": seed, "recipe": ablations.settings(ablations.recipe_of(variant, seed))}


def models(point: dict) -> tuple[str, ...]:
    """Course-bert where it is read."""
    return (COURSE,) if point["model"] == COURSE else ()


def run(point: dict) -> dict:
    """Shares of words given back and repaired, and how often a stranger is expected to be spotted."""
    model, seed = point["model"], point["seed"]
    read = load_course(COURSE) if model == COURSE else ablations.load(model, seed)
    return {
        **evaluation.unmasked_guesses(*read, seed=seed),
        "spotting": evaluation.spot_replaced(*read, seed=seed),
    }


EXPERIMENT = Experiment("spotting", grid=grid, run=run, models=models)
