"""Command line: `python -m helpers.training course-bert --seed 0`.

With --export nothing is trained: the newest complete checkpoint becomes the model folder, also while a run goes on.
"""

from __future__ import annotations

import argparse
import os
from dataclasses import fields
from importlib import import_module
from pathlib import Path

import torch

from helpers.models import DATA
from helpers.training.loop import export_newest, pretrain
from helpers.training.monitor import Places
from helpers.training.recipe import Recipe

TUNABLE = tuple(
    field for field in fields(Recipe) if field.name not in ("name", "betas") and field.type in ("int", "float", "str")
)


def parser():
    """Options: one for each number of the recipe, and where things go."""
    made = argparse.ArgumentParser(prog="python -m helpers.training", description=__doc__.splitlines()[0])
    made.add_argument("name", help="course-bert, course-gpt, course-t5 or course-bart")
    kinds = {"int": int, "float": float, "str": str}
    for field in TUNABLE:
        made.add_argument(f"--{field.name.replace('_', '-')}", type=kinds[field.type], default=field.default)
    made.add_argument("--out", type=Path, help="model folder (default data/models/NAME)")
    made.add_argument("--record", type=Path, help="training record (default data/training/NAME.jsonl)")
    made.add_argument("--resume", choices=("auto", "never"), default="auto")
    made.add_argument("--threads", type=int, default=0, help="processor threads (default: torch's choice)")
    made.add_argument("--workers", type=int, default=0, help="processes that prepare documents ahead")
    made.add_argument(
        "--abilities",
        default="helpers.evaluation:evaluations_of",
        help="module:function that gives the measures taken on a logarithmic scale of steps; empty: none",
    )
    made.add_argument("--language", default="helpers.tinytown", help="module that offers documents and exact floors")
    made.add_argument("--export", action="store_true", help="only save the newest checkpoint as a model folder")
    return made


def places_for(options):
    """Where this run's files go: checkpoints lie beside the model folder, hidden and not tracked."""
    model = options.out or DATA / "models" / options.name
    record = options.record or DATA / "training" / f"{options.name}.jsonl"
    return Places(checkpoints=model.parent / ".checkpoints" / model.name, record=record, model=model)


def load_abilities(spec):
    """Find `module:function`; the function gives a list of abilities for a model name."""
    module, _, function = spec.partition(":")
    return getattr(import_module(module), function)


def main(arguments=None):
    """Train, or export."""
    options = parser().parse_args(arguments)
    if options.threads:
        os.environ["OMP_NUM_THREADS"] = str(options.threads)
        torch.set_num_threads(options.threads)
    recipe = Recipe(options.name, **{field.name: getattr(options, field.name) for field in TUNABLE})
    places, language = places_for(options), import_module(options.language)
    if options.export:
        print(f"step {export_newest(places, language)} of {options.name} saved in {places.model}")
        return
    abilities = tuple(load_abilities(options.abilities)(options.name)) if options.abilities else ()
    resume = options.resume == "auto"
    pretrain(recipe, places, language=language, abilities=abilities, resume=resume, workers=options.workers)


if __name__ == "__main__":
    main()
