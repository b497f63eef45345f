"""Command line: `python -m helpers.training course-bert --seed 0`.

With --export nothing is trained: the newest complete checkpoint becomes the model folder, also while a run goes on.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

import torch

from helpers import tinytown
from helpers.evaluation import evaluations_of
from helpers.models import DATA
from helpers.training import log
from helpers.training.loop import export_newest, pretrain
from helpers.training.monitor import Paths
from helpers.training.recipe import OPTIONS, Recipe


def parser():
    """Options: one for each number of the recipe, and where things go."""
    made = argparse.ArgumentParser(prog="python -m helpers.training", description=__doc__.splitlines()[0])
    made.add_argument("name", help="course-bert, course-gpt, course-t5 or course-bart")
    kinds = {"int": int, "float": float, "str": str}
    for option in OPTIONS:
        made.add_argument(f"--{option.name.replace('_', '-')}", type=kinds[option.type], default=option.default)
    made.add_argument("--out", type=Path, help="model folder (default data/models/NAME)")
    made.add_argument("--record", type=Path, help="training record (default data/training/NAME.jsonl)")
    made.add_argument(
        "--fork", type=Path, help="checkpoints of a run with another curriculum, to go on before its phase"
    )
    made.add_argument("--resume", choices=("auto", "never"), default="auto")
    made.add_argument("--threads", type=int, default=0, help="processor threads (default: torch's choice)")
    made.add_argument("--workers", type=int, default=0, help="processes that prepare documents ahead")
    made.add_argument("--export", action="store_true", help="only save the newest checkpoint as a model folder")
    return made


def paths_of(options):
    """Where this run's files go: checkpoints lie beside the model folder, hidden and not tracked."""
    model = options.out or DATA / "models" / options.name
    record = options.record or log.RECORDS / f"{options.name}.jsonl"
    checkpoints = model.parent / ".checkpoints" / model.name
    return Paths(checkpoints=checkpoints, record=record, model=model, fork=options.fork)


def recipe_of(options):
    """The recipe that the options ask for."""
    return Recipe(options.name, **{option.name: getattr(options, option.name) for option in OPTIONS})


def main(arguments=None, *, language=tinytown, evaluations=evaluations_of):
    """Train, or export."""
    options = parser().parse_args(arguments)
    if options.threads:
        os.environ["OMP_NUM_THREADS"] = str(options.threads)
        torch.set_num_threads(options.threads)
    recipe, paths = recipe_of(options), paths_of(options)
    if options.export:
        print(f"step {export_newest(paths, language)} of {options.name} saved in {paths.model}")
        return
    how = {"language": language, "evaluations": evaluations(options.name)}
    pretrain(recipe, paths, **how, resume=options.resume == "auto", workers=options.workers)


if __name__ == "__main__":
    main()
