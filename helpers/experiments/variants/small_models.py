"""Small models of any class of transformers, trained alike: one recipe, one stream of documents, one loop that resumes.

What differs between two variants is the class or its configuration, and the family: what is asked of the model. A
family is an object, or a module of `helpers.training`, with `examples`, `collate` and `losses` (see `training.gpt`).
"""

from __future__ import annotations

import time
from dataclasses import replace

import torch
from filelock import FileLock

from helpers import tinytown
from helpers.experiments.ablations import settings
from helpers.models import DATA
from helpers.training import checkpoints
from helpers.training.batches import Chunks, stream
from helpers.training.optimizer import decayed, optimizer_for
from helpers.training.recipe import Recipe, learning_rate
from helpers.training.step import train_step

MODELS = DATA / "models" / ".checkpoints" / "variants"
SEEDS = (0, 1, 2)
RECIPE = Recipe(
    "variants",
    d_model=64,
    layers=3,
    heads=4,
    feed_forward=256,
    batch_tokens=960,
    chunk_documents=1_024,
    first_mask_rate=0.15,
    pair_share=0.0,
    steps=3_000,
    peak_learning_rate=2e-3,
    warmup_steps=200,
    checkpoint_every=1_000,
    precision="fp32",
)


def adamw(model, recipe):
    """AdamW for all weights: unlike Muon it treats one joint matrix of queries, keys and values as it treats three."""
    weights = [weight for weight in model.parameters() if weight.requires_grad]
    return torch.optim.AdamW(decayed(weights, recipe.weight_decay), lr=recipe.peak_learning_rate, betas=recipe.betas)


def seeded(make, seed: int):
    """What `make()` gives when torch's random numbers begin at a seed; the numbers outside stay as they are.

    >>> bool(seeded(lambda: torch.rand(1), 3) == seeded(lambda: torch.rand(1), 3))
    True
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return make()


def folder_of(*names):
    """Where the checkpoints of a training are kept: one folder for the names of what is trained.

    >>> folder_of("languages", "own positions", 2).name
    'own-positions-2'
    """
    part, *rest = names
    return MODELS / part / "-".join(str(name).replace(", ", "-").replace(" ", "-") for name in rest)


def train(model, tokenizer, family, recipe, *, folder, optimizer=optimizer_for, language=tinytown, seed=0, watch=None):
    """Train a model, from the newest checkpoint in `folder` where there is one: what was done, as a dict.

    The model that is handed in is the one that learns. `language` offers `documents(count, split, seed)`; `optimizer`
    makes one from (model, recipe). `seed` decides which documents are read. The dict holds `step`, `words` (read so
    far), `seconds` (of the processor) and `curve`, [[words, training loss in nats], ...], a point a checkpoint.
    `watch`, a function of the steps done, is called after each of them.

    Raises ValueError for checkpoints of another recipe.
    """
    recipe = replace(recipe, seed=seed)
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / "lock"):  # two runs that need the same model train it once
        updates = optimizer(model, recipe)
        done = _resumed(folder, model, updates, recipe)
        place = {"chunk": done["chunk"], "position": done["position"]}
        batches = stream(Chunks(recipe, family, tokenizer, language), **place)
        model.train()
        started = time.process_time() - done["seconds"]
        while done["step"] < recipe.steps:
            _step(model, updates, next(batches), family, recipe, done)
            if watch:
                watch(done["step"])
            if done["step"] % recipe.checkpoint_every == 0 or done["step"] == recipe.steps:
                done["seconds"] = round(time.process_time() - started, 1)
                _save(folder, model, updates, recipe, done)
    model.eval()
    return {name: done[name] for name in ("step", "words", "seconds", "curve")}


def _step(model, updates, found, family, recipe, done):
    """One update; `done` is brought up to date."""
    chunk, place, batch = found
    rate = learning_rate(recipe, done["step"])
    (losses,) = train_step(model, updates, [batch], losses=family.losses, rate=rate, clip=recipe.clip)
    done["step"] += 1
    done["words"] += int(batch["words"])
    done["chunk"], done["position"] = chunk, place + 1
    done["losses"].append(float(sum(losses.values())))


def _save(folder, model, updates, recipe, done):
    done["curve"].append([done["words"], sum(done["losses"]) / len(done["losses"])])
    done["losses"] = []
    state = {"step": done["step"], "model": model.state_dict(), "optimizer": updates.state_dict()}
    checkpoints.write(folder, {**state, "recipe": settings(recipe), "done": done})


def _resumed(folder, model, updates, recipe) -> dict:
    """What has been done so far, the state of the newest checkpoint being loaded; zeros without one."""
    saved = checkpoints.newest(folder)
    if saved is None:
        return {"step": 0, "chunk": 0, "position": 0, "words": 0, "seconds": 0.0, "curve": [], "losses": []}
    if saved["recipe"] != settings(recipe):
        raise ValueError(f"the checkpoints in {folder} were made with another recipe; delete the folder")
    model.load_state_dict(saved["model"])
    updates.load_state_dict(saved["optimizer"])
    return saved["done"]
