"""The record of the task table: what is to be run, in which order, and which learning rate the search has chosen."""

from __future__ import annotations

import functools
from dataclasses import replace

from helpers.experiments import results
from helpers.experiments.tasks import families, runs
from helpers.experiments.tasks.runs import RATES, RECIPE
from helpers.models import DATA, load_course
from helpers.training.finetuning import plain

RECORD = results.Record(DATA / "results" / "tasks.jsonl", "python -m helpers.tasks")
SEEDS = (0, 1, 2)
SEARCHED_WITH = 0  # the seed of the search over learning rates


def is_here(model: str) -> bool:
    """Whether a course model's weights are here."""
    return (DATA / "models" / model / "model.safetensors").exists()


def present(family: str) -> tuple[str, ...]:
    """The models of a family whose weights are here."""
    return tuple(filter(is_here, families.FAMILIES[family]))


@functools.cache
def weights_of(model: str) -> str:
    """The fingerprint of a course model as it lies on disk."""
    return results.fingerprint(load_course(model)[0])


def recipes(way) -> list:
    """The recipes that the search tries; a way that does not learn has one, None."""
    return [replace(RECIPE, learning_rate=rate) for rate in RATES] if way.learns else [None]


def key(stage: str, task, family: str, model: str, way, *, seed: int, recipe) -> dict:
    """The identity of a run's row."""
    return {
        "stage": stage,
        "task": task.name,
        "family": family,
        "model": model,
        "way": way.name,
        "weights": weights_of(model),
        "seed": seed,
        "recipe": plain(recipe) if recipe else None,
    }


def scores(task, family, model, way, *, seed, recipe, split) -> dict:
    """What a run is recorded with."""
    how = {"model": model, "way": way, "seed": seed, "recipe": recipe or RECIPE, "split": split}
    return runs.run(task, family, **how).scores


def search_jobs(task, family, model, way):
    """One validation run for each learning rate."""
    for recipe in recipes(way):
        what = {"seed": SEARCHED_WITH, "recipe": recipe}
        yield (
            key("search", task, family, model, way, **what),
            functools.partial(scores, task, family, model, way, split="validation", **what),
        )


def chosen(task, family, model, way, record=RECORD):
    """The recipe with the best score on validation, the smallest learning rate of a tie; None for a way without one.

    Raises FileNotFoundError when the search has not been recorded.
    """
    rows = record.rows(
        stage="search", task=task.name, family=family, model=model, way=way.name, weights=weights_of(model)
    )
    by_recipe = {str(row["recipe"]): row["scores"][task.metric] for row in rows}
    return max(recipes(way), key=lambda recipe: by_recipe.get(str(plain(recipe) if recipe else None), -1.0))


def test_jobs(task, family, model, way, seeds, record=RECORD):
    """One test run for each seed, with the recipe that the search has chosen."""
    recipe = chosen(task, family, model, way, record)
    for seed in seeds:
        what = {"seed": seed, "recipe": recipe}
        yield (
            key("test", task, family, model, way, **what),
            functools.partial(scores, task, family, model, way, split="test", **what),
        )


def bound_jobs(task, seeds):
    """Chance and the exact optimum on the test examples of each seed."""
    for seed in seeds:
        for who in ("exact", "chance"):
            yield (
                {"stage": "bound", "task": task.name, "who": who, "seed": seed},
                functools.partial(bound, task, who, seed),
            )


def bound(task, who: str, seed: int) -> dict:
    """The score of a reader that knows the language, or of one that does not look."""
    test = task.examples("test", seed=seed)
    if who == "exact":
        return task.exact(test)
    return task.chance(task.examples("train", seed=seed) if task.form != "cloze" else (), test)


def ways_present(task, only=tuple(families.FAMILIES), named=()):
    """(family, model, way) of everything that can be run here; `named` keeps the ways of these names alone."""
    for family in only:
        for model in present(family):
            for way in families.ways(task, family):
                if not named or way.name in named:
                    yield family, model, way


def jobs(tasks, only, seeds, record=RECORD, named=()):
    """Everything for these tasks, families and ways, a search before the tests that need its result."""
    for task in tasks:
        for family, model, way in ways_present(task, only, named):
            yield from search_jobs(task, family, model, way)
            yield from test_jobs(task, family, model, way, seeds, record)
        yield from bound_jobs(task, seeds)


def stale(row: dict, tasks: dict) -> bool:
    """Whether a recorded identity belongs to a task, way, recipe or weights that are no more.

    Rows of models that are not here are kept: another computer may have them.
    """
    if row["task"] not in tasks:
        return True
    if row["stage"] in ("bound", "cost"):
        return False
    if row["model"] not in present(row["family"]):
        return False
    ways = {way.name: way for way in families.ways(tasks[row["task"]], row["family"])}
    known = row["way"] in ways and row["recipe"] in [plain(r) if r else None for r in recipes(ways[row["way"]])]
    return not known or row["weights"] != weights_of(row["model"])
