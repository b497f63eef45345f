"""The command: every run that is not recorded yet, then rows of models, arms or recipes that are gone are dropped.

`--experiments cut sizes` does a part; a model that is not here is left out and named.
"""

from __future__ import annotations

import argparse
import functools

from helpers.experiments.seq2seq import records, sizes, split, split_models, thresholds
from helpers.experiments.seq2seq.variants import ARMS
from helpers.training.finetuning import plain

EXACT = {"count": 200}


def cut_jobs(models=(), seeds=records.SEEDS, record=records.RECORD):
    """The exact numbers and the four small models, a seed at a time."""
    for seed in seeds:
        yield (
            {"experiment": "cut", "who": "exact", "seed": seed, "recipe": EXACT},
            functools.partial(split.exact, seed=seed, **EXACT),
        )
        for arm in split.ARMS:
            yield split_models.key(arm, seed), functools.partial(trained, arm, seed)


def trained(arm, seed):
    """The scores of one small model."""
    return split_models.train(arm, seed)[1]


def size_jobs(models, seeds, record=records.RECORD):
    """Translation by size, for the arms of these models."""
    return sizes.jobs([name for name, arm in ARMS.items() if arm.model in models], seeds, record)


EXPERIMENTS = {"cut": cut_jobs, "sizes": size_jobs, "musts": thresholds.jobs}


def stale(row: dict) -> bool:
    """Whether a recorded identity belongs to an arm, recipe or weights that are no more.

    Rows of models that are not here are kept: another computer may have them.
    """
    kind = row["experiment"]
    if kind == "cut":
        return row not in [key for key, _ in cut_jobs(seeds=[row["seed"]])]
    model = row["model"] if kind == "musts" else ARMS[row["arm"]].model if row["arm"] in ARMS else None
    made = thresholds if kind == "musts" else sizes
    recipes = [{**plain(made.RECIPE), "learning_rate": rate} for rate in made.RATES]
    if model is None or row["recipe"] not in recipes or row.get("size", sizes.SIZES[0]) not in sizes.SIZES:
        return True
    return records.is_here(model) and row["weights"] != records.weights_of(model)


def main(arguments=None) -> None:
    """Run what is missing."""
    known = sorted({arm.model for arm in ARMS.values()})
    parser = argparse.ArgumentParser(prog=records.RECORD.command, description=__doc__)
    parser.add_argument("--experiments", nargs="+", default=list(EXPERIMENTS), choices=list(EXPERIMENTS))
    parser.add_argument("--models", nargs="+", default=known, choices=known)
    parser.add_argument("--seeds", nargs="+", type=int, default=list(records.SEEDS))
    parser.add_argument("--path", default=None, help="another file, for two commands at once")
    options = parser.parse_args(arguments)
    place = records.results.Record(options.path or records.RECORD.path, records.RECORD.command)
    made = sum(place.run(EXPERIMENTS[name](options.models, options.seeds, place)) for name in options.experiments)
    dropped = place.prune(stale)
    if missing := [model for model in options.models if not records.is_here(model)]:
        print(f"not here, so not measured: {', '.join(missing)}; run this again when they are trained")
    print(f"{made} runs made, {dropped} rows of other models or recipes dropped")


if __name__ == "__main__":
    main()
