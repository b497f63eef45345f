"""Training in seconds: tiny models of the four families on the small language."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import small_language
import torch

from helpers.training.batches import Chunks
from helpers.training.loop import family_of, fresh_model, pretrain
from helpers.training.monitor import Paths
from helpers.training.recipe import Recipe, command_of

TINY = {
    "d_model": 16,
    "layers": 1,
    "heads": 2,
    "feed_forward": 32,
    "batch_tokens": 256,
    "chunk_documents": 64,
    "steps": 24,
    "warmup_steps": 4,
    "log_every": 6,
    "checkpoint_every": 5,
    "validation_documents": 8,
}
NAMES = ("course-bert", "course-gpt", "course-t5", "course-bart")
TWO_STACKS = ("course-t5", "course-bart")


def recipe(name, **changes):
    return Recipe(name, **{**TINY, "layers": 2 if name in TWO_STACKS else 1, **changes})


def paths(folder, name):
    return Paths(folder / ".checkpoints" / name, folder / f"{name}.jsonl", folder / name)


def train(folder, name, *, evaluations=(), resume=True, language=small_language, fork=None, **changes):
    how = {"language": language, "evaluations": evaluations, "resume": resume}
    return pretrain(recipe(name, **changes), replace(paths(folder, name), fork=fork), **how, quiet=True)


def command(folder, made):
    """Arguments of the command that trains by a recipe into a folder, without the program."""
    return [
        *command_of(made, threads=1).removeprefix("python -m helpers.training ").split(),
        *("--out", str(folder / made.name), "--record", str(folder / f"{made.name}.jsonl")),
    ]


def run(*words, **environment):
    """Run `python words` with the tests' modules at hand: the finished process."""
    tests = Path(__file__).parent
    places = {"PYTHONPATH": os.pathsep.join([str(tests), str(tests.parent)]), "OMP_NUM_THREADS": "1"}
    return subprocess.run(
        [sys.executable, *words], env={**os.environ, **places, **environment}, capture_output=True, text=True
    )


def chunks(made):
    """(Chunks, tokenizer) of a recipe."""
    tokenizer = fresh_model(made, small_language)[1]
    return Chunks(made, family_of(made.name), tokenizer, small_language), tokenizer


def first_batch(name, **changes):
    """An untrained model and the first batch that it reads."""
    made = recipe(name, **changes)
    return fresh_model(made, small_language)[0], chunks(made)[0][0][0]


def same(first, second):
    return all(torch.equal(a, b) for a, b in zip(first.state_dict().values(), second.state_dict().values()))


def without_time(lines):
    """Lines of a record, but for the seconds."""
    return [{name: value for name, value in line.items() if name != "seconds"} for line in lines]
