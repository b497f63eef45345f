"""One vector for a whole text, and what it is good for: similarity and search, each beside its exact optimum.

The rows stand in data/results/embeddings.jsonl; `runs` puts a model to all of it, `training` changes one thing of the
contrastive training at a time, `reranking` trains cross-encoders. The trainings of one kind have the same steps and
texts in a step, and choose from the same learning rates on validation texts; a grid goes on once where its best is an
end. Where nothing is trained the test texts alone decide, and they are drawn `DRAWS` times.

Cost on one core: as they are 6 minutes, contrastive 12, graded 45 (300 steps of 64 texts, to convergence: the
searches record the curve), one thing at a time 24, cross-encoders 30.
"""

from __future__ import annotations

from dataclasses import replace

from helpers.experiments.embeddings import reranking, runs, training
from helpers.experiments.runner import Experiment, Search
from helpers.methods.embeddings.contrastive import RECIPE
from helpers.training.finetuning import FineTuning

SEEDS = (0, 1, 2)
DRAWS = tuple(range(20))  # test draws where nothing is trained
READ = runs.READ  # the ways of reading each family
CONTROLS = (("encoder", "mean"), ("decoder", "last"), ("decoder", "mean"))  # read from random weights, too
RATES = {
    "tuned": (3e-4, 1e-3, 3e-3),
    "scratch": (3e-4, 1e-3, 3e-3),
    "graded": (3e-4, 1e-3, 3e-3),
    "cross": reranking.RATES,
}
BELOW, ABOVE = {"cross": 3e-5}, {"cross": 3e-3}  # beyond the ends; of the others 1e-4 and 1e-2
STARTS = {"graded": runs.GRADED, "cross": reranking.RECIPE}  # the recipe of a stage, RECIPE of the others
RANDOM = ("random", "scratch")  # stages that start from random weights
WAYS = [(family, how) for family, read in READ.items() for how in read]


def grid():
    """Bounds and stacks as they are, then what is trained; degrees are taught to the preferred vectors alone."""
    yield from ({"stage": "bound", "who": who, "seed": seed} for seed in DRAWS for who in ("exact", "words"))
    yield from points("raw", WAYS, DRAWS)
    yield from points("layers", WAYS)
    yield from points("tuned", WAYS)
    yield from points("random", CONTROLS, DRAWS)
    yield from points("scratch", CONTROLS)
    searched = [
        family for family in READ if all(EXPERIMENT.chosen(search(tuning(family, how))) for how in READ[family])
    ]
    best = [(family, preferred(family)) for family in searched]
    yield from points("graded", best)
    yield from points("cross", best)
    yield from training.points()


def points(stage: str, ways, seeds=SEEDS):
    """One stage for these (family, how) with every seed."""
    return ({"stage": stage, "family": family, "how": how, "seed": seed} for family, how in ways for seed in seeds)


def tuning(family: str, how: str) -> dict:
    """What the contrastive trainings of one way of reading have in common."""
    return {"stage": "tuned", "family": family, "how": how}


def search(point: dict) -> Search | None:
    """The learning rate of a training, by its loss on validation pairs or by rank correlation, with seed 0."""
    stage = point["stage"]
    if stage not in RATES:
        return None
    tries = {"stage": "search", "kind": stage, "family": point["family"], "how": point["how"]}
    low, high = BELOW.get(stage, 1e-4), ABOVE.get(stage, 1e-2)
    below, recipes, above = (
        tuple(replace(STARTS.get(stage, RECIPE), learning_rate=rate).to_dict() for rate in rates)
        for rates in ((low,), RATES[stage], (high,))
    )
    how = {"score": "spearman"} if stage == "graded" else {"score": "loss", "lowest": True}
    return Search(tries, recipes, **how, below=below, above=above)


def preferred(family: str) -> str:
    """The way of reading a family whose best model had the lowest loss on validation pairs.

    Raises FileNotFoundError when no search is recorded.
    """
    tries = EXPERIMENT.frame(stage="search", kind="tuned", family=family)
    return tries.loc[tries["loss"].idxmin(), "how"]


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
    if stage in ("steps", "change"):
        return training.run(point)
    if stage in ("raw", "random"):
        return runs.raw(*who, seed, **random)
    if stage == "layers":
        return runs.layers(*who, seed)
    validation = point["stage"] == "search"
    if stage == "cross":
        return cross(*who, FineTuning(**point["recipe"]), seed, validation=validation)
    if stage == "graded":
        measure = runs.graded_validation if validation else runs.graded_scores
    else:
        measure = runs.tuned_validation if validation else runs.tuned_scores
    return measure(*who, FineTuning(**point["recipe"]), seed, **random)


def cross(family: str, how: str, recipe: FineTuning, seed: int, *, validation: bool) -> dict:
    """A cross-encoder's loss on validation, or its scores beside the bi-encoder of the recorded recipe."""
    if validation:
        return reranking.validation(family, recipe, seed)
    bi_recipe = FineTuning(**EXPERIMENT.chosen(search(tuning(family, how))))
    return reranking.scores(family, recipe, seed, how=how, bi_recipe=bi_recipe)


EXPERIMENT = Experiment("embeddings", grid=grid, run=run, search=search, models=models)
