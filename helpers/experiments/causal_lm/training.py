"""A decoder trained from random weights as course-gpt is, measured on the way; a killed run is taken up again."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection

import torch

from helpers import tinytown
from helpers.experiments.ablations import settings
from helpers.models import DATA
from helpers.training import checkpoints, gpt
from helpers.training.batches import Chunks, stream
from helpers.training.loop import start
from helpers.training.optimizer import optimizer_for
from helpers.training.recipe import learning_rate
from helpers.training.step import train_step

MODELS = DATA / "models" / ".checkpoints" / "causal_lm"


def unchanged(batch: dict) -> dict:
    """The batch as it is."""
    return batch


def train(
    recipe, *, measure: Callable, at: Collection[int], steps: int, folder, change: Callable = unchanged, source=tinytown
):
    """The first `steps` steps of a recipe for course-gpt: (model, tokenizer, [{"step", "words", "train", ...}, ...]).

    The steps, of the batches as `change` gives them, are those of `helpers.training.loop.pretrain`: with the same seed
    the weights are the same. After the steps `at`, and the last one, `measure(model, tokenizer)` adds its numbers to
    the mean training loss since the line before, in nats, and a checkpoint is written into `folder`.
    """
    accelerator, objective, model, tokenizer = start(recipe, source)
    optimizer, chunks = optimizer_for(model, recipe), Chunks(recipe, gpt, tokenizer, source)
    with checkpoints.locked(folder):
        done = resumed(folder, model, optimizer, recipe)
        batches = stream(chunks, chunk=done["chunk"], position=done["position"])
        while done["step"] < steps:
            read = list(itertools.islice(batches, recipe.batches))
            given = [{k: v.to(accelerator.device) for k, v in change(batch).items()} for *_, batch in read]
            how = {"rate": learning_rate(recipe, done["step"]), "clip": recipe.clip}
            losses = train_step(objective.train(), optimizer, given, losses=torch.nn.Module.__call__, **how)
            done = advanced(done, read, [float(loss["causal_lm"]) for loss in losses])
            if done["step"] in at or done["step"] == steps:
                done = with_line(done, measure(model.eval(), tokenizer))
                checkpoints.write(folder, state(model, optimizer, recipe, done))
    return model.eval(), tokenizer, done["lines"]


def advanced(done: dict, read, losses) -> dict:
    """What has been done, after one more step on the batches `read`, (chunk, place, batch) each."""
    words = done["words"] + sum(int(batch["words"]) for *_, batch in read)
    here = {"chunk": read[-1][0], "position": read[-1][1] + 1, "step": done["step"] + 1, "words": words}
    return {**done, **here, "losses": [*done["losses"], *losses]}


def with_line(done: dict, measured: dict) -> dict:
    """What has been done, with one more line of the record.

    >>> with_line({"step": 2, "words": 9, "losses": [3.0, 1.0], "lines": []}, {"able": 0.5})["lines"]
    [{'step': 2, 'words': 9, 'train': 2.0, 'able': 0.5}]
    """
    mean = sum(done["losses"]) / len(done["losses"])
    line = {"step": done["step"], "words": done["words"], "train": mean, **measured}
    return {**done, "losses": [], "lines": [*done["lines"], line]}


def state(model, optimizer, recipe, done: dict) -> dict:
    """What a checkpoint holds."""
    weights = {"model": model.state_dict(), "optimizer": optimizer.state_dict()}
    return {"step": done["step"], **weights, "made by": made_by(recipe, model), "done": done}


def made_by(recipe, model) -> dict:
    """What a checkpoint was trained by: the recipe, and the language that is read."""
    return {**settings(recipe), "language": model.config.language}


def resumed(folder, model, optimizer, recipe) -> dict:
    """What has been done so far, weights and optimiser being loaded; zeros without a checkpoint.

    Raises ValueError for a checkpoint of another recipe or language.
    """
    saved = checkpoints.newest(folder)
    if saved is None:
        return {"step": 0, "chunk": 0, "position": 0, "words": 0, "losses": [], "lines": []}
    if saved["made by"] != made_by(recipe, model):
        raise ValueError(f"the checkpoints in {folder} were made with another recipe or language; delete the folder")
    model.load_state_dict(saved["model"])
    optimizer.load_state_dict(saved["optimizer"])
    return saved["done"]
