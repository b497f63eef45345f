"""One vector for a whole text, and what it is good for: similarity and search, each beside its exact optimum.

The rows stand in data/results/embeddings.jsonl; `runs` puts a model to all of it. Every training has the same number of
steps and of texts read in a step; those of one kind choose from the same learning rates on validation texts.
"""

from __future__ import annotations

from dataclasses import replace

from helpers.experiments.embeddings import runs
from helpers.experiments.runner import Experiment, Search
from helpers.methods.embeddings.contrastive import RECIPE
from helpers.training.finetuning import FineTuning

SEEDS = (0, 1, 2)
READ = runs.READ  # the ways of reading each family
CONTROLS = (("encoder", "mean"), ("decoder", "last"), ("decoder", "mean"))  # read from random weights, too
RATES = {"tuned": (3e-4, 1e-3, 3e-3), "scratch": (3e-4, 1e-3, 3e-3), "graded": (3e-4, 1e-3)}
RANDOM = ("random", "scratch")  # stages that start from random weights
WAYS = [(family, how) for family, read in READ.items() for how in read]


def grid():
    """Bounds and stacks as they are, then what is trained; degrees are taught to the preferred vectors alone."""
    yield from ({"stage": "bound", "who": who, "seed": seed} for seed in SEEDS for who in ("exact", "words"))
    yield from points("raw", WAYS)
    yield from points("tuned", WAYS)
    yield from points("random", CONTROLS)
    yield from points("scratch", CONTROLS)
    searched = [
        family for family in READ if all(EXPERIMENT.chosen(search(tuning(family, how))) for how in READ[family])
    ]
    yield from points("graded", [(family, preferred(family)) for family in searched])


def points(stage: str, ways):
    """One stage for these (family, how) with every seed."""
    return ({"stage": stage, "family": family, "how": how, "seed": seed} for family, how in ways for seed in SEEDS)


def tuning(family: str, how: str) -> dict:
    """What the contrastive trainings of one way of reading have in common."""
    return {"stage": "tuned", "family": family, "how": how}


def search(point: dict) -> Search | None:
    """The learning rate of a training, by its loss on validation pairs or by rank correlation, with seed 0."""
    stage = point["stage"]
    if stage not in RATES:
        return None
    tries = {"stage": "search", "kind": stage, "family": point["family"], "how": point["how"]}
    recipes = tuple(replace(RECIPE, learning_rate=rate).to_dict() for rate in RATES[stage])
    return Search(tries, recipes, "spearman") if stage == "graded" else Search(tries, recipes, "loss", lowest=True)


def preferred(family: str) -> str:
    """The way of reading a family whose best model had the lowest loss on validation pairs.

    Raises FileNotFoundError when no search is recorded.
    """
    tries = EXPERIMENT.frame(stage="search", kind="tuned", family=family)
    return tries.loc[tries["loss"].idxmin(), "how"]


def models(point: dict) -> tuple[str, ...]:
    """The course model whose weights a point starts from; of random stacks the configuration alone is taken."""
    random = point.get("kind", point["stage"]) in RANDOM
    return () if random or point["stage"] == "bound" else (runs.MODELS[point["family"]],)


def run(point: dict) -> dict:
    """The scores of one point."""
    stage, seed = point.get("kind", point["stage"]), point["seed"]
    if stage == "bound":
        return (runs.exact_answers if point["who"] == "exact" else runs.word_answers)(seed)
    who, random = (point["family"], point["how"]), {"random": True} if stage in RANDOM else {}
    if stage in ("raw", "random"):
        return runs.raw(*who, seed, **random)
    validation = point["stage"] == "search"
    if stage == "graded":
        measure = runs.graded_validation if validation else runs.graded_scores
    else:
        measure = runs.tuned_validation if validation else runs.tuned_scores
    return measure(*who, FineTuning(**point["recipe"]), seed, **random)


EXPERIMENT = Experiment("embeddings", grid=grid, run=run, search=search, models=models)
