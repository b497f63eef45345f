"""What happens beside training: the progress bar, validation, abilities, the record and the checkpoints."""

from __future__ import annotations

import platform
import sys
from dataclasses import asdict, dataclass, field
from pathlib import Path

import torch
import transformers
from tqdm import tqdm

from helpers.training import checkpoints as snapshots
from helpers.training import log
from helpers.training.recipe import ability_steps, all_steps, batches_in, learning_rate, plain, precision_here


@dataclass(frozen=True)
class Places:
    """Where a run keeps its checkpoints, its record and the finished model."""

    checkpoints: Path
    record: Path
    model: Path


@dataclass
class Progress:
    """What has been done so far; together with weights and optimiser state it is all that a resumed run needs."""

    step: int = 0
    chunk: int = 0
    position: int = 0
    words: int = 0
    seconds: float = 0.0
    sums: dict = field(default_factory=dict)  # losses since the last line of the record
    summed: int = 0


@dataclass
class Watch:
    """Called after each step; only the main process writes, validates and draws."""

    recipe: object
    places: Places
    losses: object
    tokenizer: object
    held_out: dict
    floor: float
    abilities: tuple
    accelerator: object
    quiet: bool = False

    def begin(self, model, progress, *, resumed):
        """Open the record and the bar."""
        self.main = self.accelerator.is_main_process
        self.measured = ability_steps(self.recipe) if self.abilities else set()
        if self.main:
            header = header_of(self.recipe, model, self.floor)
            log.start(self.places.record, header, after=progress.step if resumed else None)
        hidden = self.quiet or not self.main
        self.bar = tqdm(
            total=all_steps(self.recipe),
            initial=progress.step,
            desc=self.recipe.name,
            unit="step",
            file=sys.stderr,
            disable=hidden,
            mininterval=2.0,
        )

    def after_step(self, model, optimizer, progress):
        """Record, measure and save when it is time; the last step always counts."""
        self.bar.update()
        step, last = progress.step, progress.step == all_steps(self.recipe)
        if not self.main:
            return
        if last or self._due(step, self.recipe.log_every) or step in self.measured:
            self._record(model, progress)
        if last or self._due(step, self.recipe.checkpoint_every):
            snapshots.write(self.places.checkpoints, state_of(model, optimizer, progress, self.recipe))

    def close(self):
        """Close the bar."""
        self.bar.close()

    def _due(self, step, batches):
        """Whether about so many batches have been read since the last time: fewer steps, where a step reads more."""
        return step % max(1, batches // batches_in(self.recipe, step)) == 0

    def _record(self, model, progress):
        validation = self._validate(model)
        train = {name: round(total / progress.summed, 5) for name, total in progress.sums.items()}
        line = {
            "step": progress.step,
            "words": progress.words,
            "seconds": round(progress.seconds, 1),
            "learning_rate": learning_rate(self.recipe, progress.step - 1),
            "train": train,
            "validation": round(validation, 5),
            "floor": round(self.floor, 5),
        }
        if progress.step in self.measured:
            line["abilities"] = self._measure(model)
        log.append(self.places.record, line)
        self.bar.set_postfix_str(f"loss {validation:.3f}, floor {self.floor:.3f} nats", refresh=False)
        progress.sums, progress.summed = {}, 0

    def _validate(self, model):
        """Loss of the main objective on the fixed held-out batch, in nats per predicted token, in fp32."""
        batch = {name: value.to(self.accelerator.device) for name, value in self.held_out.items()}
        model.eval()
        with torch.no_grad(), torch.autocast(self.accelerator.device.type, enabled=False):
            value = next(iter(self.losses(model, batch).values()))
        model.train()
        return float(value)

    def _measure(self, model):
        model.eval()
        with torch.no_grad():
            found = [ability(model, self.tokenizer) for ability in self.abilities]
        model.train()
        return {name: value for measured in found for name, value in measured.items()}


def state_of(model, optimizer, progress, recipe):
    """Everything a checkpoint holds, as tensors and plain values."""
    return {
        "step": progress.step,
        "model": model.state_dict(),
        "optimizer": optimizer.state_dict(),
        "rng": torch.get_rng_state(),
        "progress": asdict(progress),
        "recipe": plain(recipe),
    }


def header_of(recipe, model, floor):
    """First line of a record: what is trained, with what, on what."""
    return {
        "recipe": plain(recipe),
        "parameters": sum(weight.numel() for weight in model.parameters()),
        "floor": round(floor, 5),
        "command": " ".join(["python -m helpers.training", *sys.argv[1:]]),
        "torch": torch.__version__,
        "transformers": transformers.__version__,
        "python": platform.python_version(),
        "threads": torch.get_num_threads(),
        "device": "cuda" if torch.cuda.is_available() else "cpu",
        "precision": precision_here(recipe),
    }
