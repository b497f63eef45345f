"""The training loop: plain PyTorch, on one process or, by accelerate, on several that share out a step's batches."""

from __future__ import annotations

import time
from contextlib import nullcontext
from itertools import islice

import torch
from accelerate import Accelerator
from accelerate.utils import broadcast_object_list

from helpers.training import attention_fp32, bart, bert, checkpoints, gpt, t5
from helpers.training.batches import Chunks, stream
from helpers.training.monitor import Monitor, Progress
from helpers.training.optimizer import optimizer_for
from helpers.training.recipe import CURRICULUM, MAY_CHANGE, Recipe, learning_rate, precision_here
from helpers.training.step import train_step

FAMILIES = {"course-bert": bert, "course-gpt": gpt, "course-t5": t5, "course-bart": bart}


def family_of(name):
    """The module that knows how to build and train a course model.

    Raises ValueError for an unknown name, listing the known ones.
    """
    if name not in FAMILIES:
        raise ValueError(f"no model named {name!r}; choose from {', '.join(FAMILIES)}")
    return FAMILIES[name]


def fresh_model(recipe, language, *, attention="sdpa"):
    """An untrained model and its tokenizer, the same for the same seed; the config names the language."""
    family = family_of(recipe.name)
    tokenizer = family.build_tokenizer(language.vocabulary())
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(recipe.seed)
        model = family.build_model(recipe, tokenizer, attention=attention)
    model.config.language = language.training_language().fingerprint()
    return model, tokenizer


class Objective(torch.nn.Module):
    """A model whose forward pass gives its losses, in the recipe's precision: the call that several processes share."""

    def __init__(self, model, recipe):
        super().__init__()
        self.model, self.losses = model, family_of(recipe.name).losses
        self.bf16 = precision_here(recipe) == "bf16"

    def forward(self, batch):
        with torch.autocast(batch["input_ids"].device.type, torch.bfloat16, enabled=self.bf16):
            return self.losses(self.model, batch)


def start(recipe, language):
    """What a run trains: (accelerator, objective as it shares it out, model, tokenizer)."""
    accelerator = Accelerator()  # of precision the objective takes care, whatever the launcher says
    slow = accelerator.device.type == "cpu" and precision_here(recipe) == "bf16"
    model, tokenizer = fresh_model(recipe, language, attention=attention_fp32.register() if slow else "sdpa")
    return accelerator, accelerator.prepare(Objective(model, recipe)), model, tokenizer


def pretrain(recipe, paths, *, language, evaluations=(), resume=True, workers=0, quiet=False):
    """Train a model as the recipe says, from its newest checkpoint when there is one, and save it at `paths.model`.

    Where `paths.fork` names another run and this one has no checkpoint of its own yet, it goes on from that run's last
    one before the curriculum phase, and may differ in the curriculum.

    `evaluations` are functions (model, tokenizer) -> dict of numbers; called on a logarithmic scale of steps, their
    numbers go into the record. Returns the trained model and its tokenizer.

    Each process reads every n-th batch of a step; gradients are averaged, so that the recipe alone decides the curve.
    Only the main process reads and writes files.

    Raises ValueError when the checkpoint is of another recipe or language, or when processes and batches do not fit;
    RuntimeError while another run trains into the same folder.
    """
    accelerator, objective, model, tokenizer = start(recipe, language)
    check_processes(recipe, accelerator.num_processes)
    main, optimizer, family = accelerator.is_main_process, optimizer_for(model, recipe), family_of(recipe.name)
    with checkpoints.locked(paths.checkpoints) if main else nullcontext():
        saved, free = _saved(paths, resume=resume) if main else (None, ())
        saved, free = broadcast_object_list([saved, free])
        progress = _restore(saved, recipe, model, optimizer, free=free) if saved else Progress()
        monitor = Monitor(recipe, paths, model, tokenizer, family, tuple(evaluations), quiet) if main else None
        if main:
            monitor.begin(progress, language, resumed=saved is not None and not free)
        place = {"chunk": progress.chunk, "position": progress.position}
        batches = stream(Chunks(recipe, family, tokenizer, language), workers=workers, **place)
        _train(recipe, accelerator, objective.train(), optimizer, batches, progress, monitor)
        if main:
            monitor.bar.close()
            checkpoints.export(model, tokenizer, paths.model)
    return model.eval(), tokenizer


def _train(recipe, accelerator, objective, optimizer, batches, progress, monitor):
    started = time.monotonic() - progress.seconds
    while progress.step < recipe.steps:
        read = list(islice(batches, recipe.batches))
        mine = [
            {name: value.to(accelerator.device, non_blocking=True) for name, value in batch.items()}
            for *_, batch in read[accelerator.process_index :: accelerator.num_processes]
        ]
        rate = learning_rate(recipe, progress.step)
        losses = train_step(objective, optimizer, mine, losses=torch.nn.Module.__call__, rate=rate, clip=recipe.clip)
        progress.advance(read, _mean(losses, accelerator), time.monotonic() - started)
        if monitor:
            monitor.after_step(progress, optimizer)


def _mean(losses, accelerator):
    """Mean of each named loss over the batches of a step, those of all processes."""
    table = torch.stack([torch.stack(list(values.values())) for values in losses])  # (batch, loss)
    return dict(zip(losses[0], accelerator.reduce(table.mean(0), "mean").tolist()))


def check_processes(recipe, processes):
    """Refuse a number of processes that cannot share out the batches of each step evenly, naming the remedy."""
    if recipe.batches % processes:
        raise ValueError(
            f"{processes} processes cannot share out batches {recipe.batches} evenly; choose a multiple of {processes}"
        )


def _saved(paths, *, resume):
    """What a run goes on from, and what may differ from it: its own newest checkpoint, that of a fork, or nothing."""
    own = checkpoints.newest(paths.checkpoints) if resume else None
    if own is None and paths.fork:
        return checkpoints.before_phase(paths.fork), CURRICULUM
    return own, ()


def _restore(saved, recipe, model, optimizer, *, free=()):
    before = {**saved["recipe"], "language": saved["language"]}
    now = {**recipe.to_dict(), "language": model.config.language}
    changed = sorted(n for n in {**before, **now} if before.get(n) != now.get(n) and n not in (*MAY_CHANGE, *free))
    if changed:
        raise ValueError(
            f"the checkpoint was made with {', '.join(f'{name}={before.get(name)}' for name in changed)}, this run"
            f" asks for {', '.join(f'{name}={now.get(name)}' for name in changed)};"
            " repeat the old options or pass --resume never"
        )
    if free and recipe.phase_chunks and recipe.phase_chunk <= saved["progress"]["chunk"]:
        raise ValueError(
            f"phase_chunk {recipe.phase_chunk} has been read by the run to go on from, which is at chunk"
            f" {saved['progress']['chunk']}; choose a later one, or leave out --fork"
        )
    model.load_state_dict(saved["model"])
    optimizer.load_state_dict(saved["optimizer"])
    torch.set_rng_state(saved["rng"])
    return Progress(**saved["progress"])


def export_newest(paths, language):
    """Save the newest complete checkpoint as a model folder, without training; returns its step.

    Raises FileNotFoundError when there is no checkpoint yet, ValueError when it was trained on another language.
    """
    saved = checkpoints.newest(paths.checkpoints)
    if saved is None:
        raise FileNotFoundError(f"no complete checkpoint in {paths.checkpoints}; train first, without --export")
    model, tokenizer = fresh_model(Recipe.from_dict(saved["recipe"]), language)
    if saved["language"] != model.config.language:
        raise ValueError(
            f"the checkpoint is of language {saved['language']}, this is {model.config.language}; train anew"
        )
    model.load_state_dict(saved["model"])
    checkpoints.export(model.eval(), tokenizer, paths.model)
    return saved["step"]
