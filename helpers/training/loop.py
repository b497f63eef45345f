"""The training loop: plain PyTorch, with accelerate for devices and precision."""

from __future__ import annotations

import time
from itertools import islice

import torch
from accelerate import Accelerator

from helpers.training import attention_fp32, bart, bert, checkpoints, gpt, t5
from helpers.training.batches import Chunks, stream
from helpers.training.monitor import Progress, Watch
from helpers.training.optimizer import optimizer_for
from helpers.training.recipe import MAY_CHANGE, all_steps, batches_in, from_plain, learning_rate, plain, precision_here

FAMILIES = {"course-bert": bert, "course-gpt": gpt, "course-t5": t5, "course-bart": bart}


def family_of(name):
    """The module that knows how to build and train a course model.

    Raises ValueError for an unknown name, listing the known ones.
    """
    if name not in FAMILIES:
        raise ValueError(f"no model named {name!r}; choose from {', '.join(FAMILIES)}")
    return FAMILIES[name]


def fresh_model(recipe, language, *, attention="sdpa"):
    """An untrained model and its tokenizer, the same for the same seed."""
    family = family_of(recipe.name)
    tokenizer = family.build_tokenizer(language.vocabulary())
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(recipe.seed)
        return family.build_model(recipe, tokenizer, attention=attention), tokenizer


def pretrain(recipe, places, *, language, abilities=(), resume=True, workers=0, quiet=False):
    """Train a model as the recipe says, from its newest checkpoint when there is one, and save it at `places.model`.

    `abilities` are functions (model, tokenizer) -> dict of numbers; they are called on a logarithmic scale of steps and
    their numbers go into the record. Returns the trained model and its tokenizer.
    """
    accelerator = Accelerator(mixed_precision="bf16" if precision_here(recipe) == "bf16" else "no")
    family = family_of(recipe.name)
    model, tokenizer = fresh_model(recipe, language, attention=_attention_for(accelerator, recipe))
    objective = _objective(model, family)
    objective, optimizer = accelerator.prepare(objective, optimizer_for(model, recipe))
    saved = checkpoints.newest(places.checkpoints) if resume else None
    progress = _restore(saved, recipe, model, optimizer) if saved else Progress()
    documents = language.documents(recipe.validation_documents, split="validation", seed=recipe.seed)
    held_out, floor = family.validation(documents, recipe=recipe, tokenizer=tokenizer, language=language)
    batches = stream(
        Chunks(recipe, family, tokenizer, language),
        chunk=progress.chunk,
        position=progress.position,
        rank=accelerator.process_index,
        world=accelerator.num_processes,
        workers=workers,
    )
    watch = Watch(
        recipe=recipe,
        places=places,
        losses=family.losses,
        tokenizer=tokenizer,
        held_out=held_out,
        floor=floor,
        abilities=abilities,
        accelerator=accelerator,
        quiet=quiet,
    )
    watch.begin(model, progress, resumed=saved is not None)
    model.train()
    started = time.monotonic() - progress.seconds
    while progress.step < all_steps(recipe):
        if progress.step == recipe.steps:
            optimizer.optimizer.forget()
        read = list(islice(batches, batches_in(recipe, progress.step)))
        several = [batch for _, _, batch in read]
        losses = train_step(objective, optimizer, several, recipe=recipe, step=progress.step, accelerator=accelerator)
        _advance(progress, read, losses, accelerator.num_processes)
        progress.seconds = time.monotonic() - started
        watch.after_step(model, optimizer, progress)
    watch.close()
    if accelerator.is_main_process:
        checkpoints.export(model, tokenizer, places.model)
    return model.eval(), tokenizer


def train_step(objective, optimizer, batches, *, recipe, step, accelerator):
    """One update: forward and backward for each batch, clip, step; returns each batch's losses, detached, in nats."""
    for group in optimizer.param_groups:
        group["lr"] = learning_rate(recipe, step)
    found = []
    for batch in batches:
        batch = {name: value.to(accelerator.device, non_blocking=True) for name, value in batch.items()}
        values = objective(batch)
        accelerator.backward(sum(values.values()) / len(batches))
        found.append({name: value.detach() for name, value in values.items()})
    accelerator.clip_grad_norm_(objective.parameters(), recipe.clip)
    optimizer.step()
    optimizer.zero_grad()
    return found


def _objective(model, family):
    """The model wrapped so that one forward call gives its losses: what several processes must share."""

    class Objective(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.model = model

        def forward(self, batch):
            return family.losses(self.model, batch)

    return Objective()


def _attention_for(accelerator, recipe):
    if accelerator.device.type == "cpu" and precision_here(recipe) == "bf16":
        return attention_fp32.register()
    return "sdpa"


def _advance(progress, read, losses, world):
    progress.step += 1
    for (chunk, position, batch), values in zip(read, losses, strict=True):
        progress.chunk, progress.position = chunk, position + 1
        progress.words += int(batch["words"]) * world
        progress.summed += 1
        for name, value in values.items():
            progress.sums[name] = progress.sums.get(name, 0.0) + float(value)


def _restore(saved, recipe, model, optimizer):
    before, now = saved["recipe"], plain(recipe)
    changed = sorted(n for n in {**before, **now} if before.get(n) != now.get(n) and n not in MAY_CHANGE)
    if changed:
        raise ValueError(
            f"the checkpoint was made with {', '.join(f'{name}={before.get(name)}' for name in changed)}, this run"
            f" asks for {', '.join(f'{name}={now.get(name)}' for name in changed)};"
            " repeat the old options or pass --resume never"
        )
    model.load_state_dict(saved["model"])
    optimizer.load_state_dict(saved["optimizer"])
    torch.set_rng_state(saved["rng"])
    return Progress(**saved["progress"])


def export_newest(places, language):
    """Save the newest complete checkpoint as a model folder, without training; returns its step.

    Raises FileNotFoundError when there is no checkpoint yet: train first.
    """
    saved = checkpoints.newest(places.checkpoints)
    if saved is None:
        raise FileNotFoundError(f"no complete checkpoint in {places.checkpoints}; train first, without --export")
    model, tokenizer = fresh_model(from_plain(saved["recipe"]), language)
    model.load_state_dict(saved["model"])
    checkpoints.export(model.eval(), tokenizer, places.model)
    return saved["step"]
