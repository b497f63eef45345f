"""One small model trained while the reader waits: any single change of `one_change`, in a few hundred steps.

Question: does the run of a reader land where runs of other seeds have landed?
Changed: the part that the reader chooses. Fixed: the small recipe below. Beside it: the exact floor (excess in nats),
and where one more run is expected, given the recorded ones (`evaluation.intervals.new_run_interval`).
Cost: 40 points of about half a minute on one core.
"""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

from helpers import evaluation
from helpers.experiments.ablations import settings
from helpers.experiments.variants import changed_models, small_models
from helpers.experiments.variants.objectives import MaskedLM

NAME = "live"
SEEDS = tuple(range(5))
VARIANTS = tuple(changed_models.MAKERS)
RECIPE = replace(small_models.RECIPE, steps=400, warmup_steps=40, checkpoint_every=25)
COUNT = 100


def grid():
    """Every change with every seed."""
    for seed in SEEDS:
        for variant in VARIANTS:
            yield {"experiment": NAME, "variant": variant, "seed": seed, "recipe": settings(RECIPE)}


def train(variant: str, seed: int, *, recipe=None, watch=None):
    """Train one small encoder from random weights, in under a minute: (model, tokenizer, scores).

    The scores: excess, nats above the floor at hidden words; curve, [[words read, training loss], ...]; seconds.
    `watch`, a function of the steps done, is called after each of them.
    Raises ValueError for an unknown change, listing the known ones.
    """
    recipe = recipe or RECIPE
    model, tokenizer = changed_models.build(variant, seed, recipe)
    with tempfile.TemporaryDirectory() as folder:
        done = small_models.train(model, tokenizer, MaskedLM(), recipe, folder=Path(folder), seed=seed, watch=watch)
    excess = evaluation.masked_excess(model, tokenizer, count=COUNT)["excess"]
    return model, tokenizer, {"excess": excess, "curve": done["curve"], "seconds": done["seconds"]}


def run(point: dict) -> dict:
    """The excess of one run, and its curve; the seconds stand beside the row's scores."""
    *_, scores = train(point["variant"], point["seed"])
    return {name: scores[name] for name in ("excess", "curve")}
