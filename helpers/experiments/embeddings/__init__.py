"""One vector for a whole text, and what it is good for: similarity and search, each beside its exact optimum.

The rows stand in data/results/embeddings.jsonl; `runs` puts a model to all of it, `training` changes one thing of the
contrastive training at a time and teaches degrees beside it, `reranking` trains cross-encoders. Every training has 64
texts in a step, but where the batch is what changes. The learning rate of a kind is chosen from the same few after 60
steps, by its own loss on validation texts; a grid goes on once where its best is an end. The trainings of 300 steps
take the rate of their kind and start (field "steps" of the point); a cross-encoder, which learns late, is searched with
300 steps and trained with 600 and 3,000. What is read is fixed for all long trainings: the encoder's mean and the
decoder's last token (`training.WAYS`). A seed draws the texts, the order of the batches and the random weights.

Cost on one core: bounds and stacks as they are 7 minutes, searches 8, 60 steps from both starts 5, one thing at a time
5, 300 steps on pairs 10, on degrees 8, cross-encoders 130.
"""

from __future__ import annotations

from dataclasses import replace

from helpers.experiments.embeddings import reranking, runs, training
from helpers.experiments.runner import Experiment, Search
from helpers.methods.embeddings.contrastive import RECIPE
from helpers.training.finetuning import FineTuning

SEEDS = (0, 1, 2)
DRAWS = tuple(range(20))  # of the texts, where nothing is trained
READ = runs.READ  # the ways of reading each family
RATES = {
    "tuned": (3e-4, 1e-3, 3e-3),
    "scratch": (3e-4, 1e-3, 3e-3),
    "graded": (3e-4, 1e-3, 3e-3),
    "cross": reranking.RATES,
}
BELOW, ABOVE = {"cross": 3e-5}, {"cross": 3e-3}  # beyond the ends; of the others 1e-4 and 1e-2
STARTS = {"cross": reranking.RECIPE}  # the recipe of a stage, RECIPE of the others
RANDOM = ("random", "scratch")  # stages that start from random weights
WAYS = [(family, how) for family, read in READ.items() for how in read]
CONTROLS = tuple(WAYS)  # read from random weights, too


def grid():
    """Bounds and stacks as they are, then what is trained."""
    yield from ({"stage": "bound", "who": who, "seed": seed} for seed in SEEDS for who in ("exact", "words"))
    yield from points("raw", WAYS, DRAWS)
    yield from points("tuned", WAYS)
    yield from points("random", CONTROLS, DRAWS)
    yield from points("scratch", CONTROLS)
    yield from training.points()
    if EXPERIMENT.chosen(search(tuning(*reranking.FETCHER))):
        for training_of in reranking.TRAININGS:
            yield from ({**point, **training_of} for point in points("cross", [reranking.FETCHER]))


def points(stage: str, ways, seeds=SEEDS):
    """One stage for these (family, how) with every seed."""
    return ({"stage": stage, "family": family, "how": how, "seed": seed} for family, how in ways for seed in seeds)


def tuning(family: str, how: str) -> dict:
    """What the contrastive trainings of one way of reading have in common."""
    return {"stage": "tuned", "family": family, "how": how}


def search(point: dict) -> Search | None:
    """The learning rate of a training, by its loss on validation texts, with seed 0.

    A long contrastive training takes the rate that was found for its start.
    """
    stage = point["stage"]
    if stage == "steps":
        stage = "scratch" if point["start"] == "random" else "tuned"
    if stage not in RATES:
        return None
    tries = {"stage": "search", "kind": stage, "family": point["family"], "how": point["how"]}
    low, high = BELOW.get(stage, 1e-4), ABOVE.get(stage, 1e-2)
    below, recipes, above = (
        tuple(replace(STARTS.get(stage, RECIPE), learning_rate=rate).to_dict() for rate in rates)
        for rates in ((low,), RATES[stage], (high,))
    )
    return Search(tries, recipes, "loss", lowest=True, below=below, above=above)


def models(point: dict) -> tuple[str, ...]:
    """The course model whose weights a point starts from; of random stacks the configuration alone is taken."""
    random = point.get("kind", point["stage"]) in RANDOM or point.get("start") == "random"
    return () if random or point["stage"] == "bound" else (runs.MODELS[point["family"]],)


def run(point: dict) -> dict:
    """The scores of one point."""
    stage, seed = point.get("kind", point["stage"]), point["seed"]
    if stage == "bound":
        return (runs.exact_answers if point["who"] == "exact" else runs.word_answers)(seed)
    who, random = (point["family"], point["how"]), {"random": True} if stage in RANDOM else {}
    if point["stage"] in ("steps", "graded", "change"):
        return training.run(point)
    if stage in ("raw", "random"):
        return runs.raw(*who, seed, **random)
    validation = point["stage"] == "search"
    if stage == "cross":
        recipe = FineTuning(**point["recipe"])
        recipe = replace(recipe, steps=point.get("steps", recipe.steps))
        if validation:
            return reranking.validation(who[0], recipe, seed)
        return cross(*who, recipe, seed, {name: point[name] for name in ("wrong", "start") if name in point})
    if stage == "graded":
        return runs.graded_validation(*who, FineTuning(**point["recipe"]), seed)
    measure = runs.tuned_validation if validation else runs.tuned_scores
    return measure(*who, FineTuning(**point["recipe"]), seed, **random)


def cross(family: str, how: str, recipe: FineTuning, seed: int, training_of: dict) -> dict:
    """A cross-encoder's scores beside the long bi-encoder of the recorded rate; training_of: "wrong" and "start"."""
    found = FineTuning(**EXPERIMENT.chosen(search(tuning(family, how))))
    bi_recipe = replace(found, steps=training.LONG)
    return reranking.scores(family, recipe, seed, how=how, bi_recipe=bi_recipe, **training_of)


EXPERIMENT = Experiment("embeddings", grid=grid, run=run, search=search, models=models)
