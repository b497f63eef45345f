"""What the main process does beside training: progress bar, validation, evaluations, record, checkpoints."""

from __future__ import annotations

import platform
import sys
from dataclasses import asdict, dataclass, field
from pathlib import Path

import torch
import transformers
from tqdm import tqdm

from helpers.training import checkpoints, log
from helpers.training.recipe import command_of, evaluation_steps, learning_rate, precision_here


@dataclass(frozen=True)
class Paths:
    """Where a run keeps its checkpoints, its record and the finished model."""

    checkpoints: Path
    record: Path
    model: Path
    fork: Path | None = None  # checkpoints of a run with which this one shares everything before the curriculum phase


@dataclass
class Progress:
    """What has been done so far; together with weights and optimiser state it is all that a resumed run needs."""

    step: int = 0
    chunk: int = 0
    position: int = 0
    words: int = 0
    seconds: float = 0.0
    sums: dict = field(default_factory=dict)  # of the losses since the last line of the record
    summed: int = 0  # batches

    def advance(self, read, losses, seconds):
        """Count one step: what was read, as (chunk, position, batch), and its mean losses in nats."""
        self.step, self.seconds = self.step + 1, seconds
        self.chunk, self.position = read[-1][0], read[-1][1] + 1
        self.words += sum(int(batch["words"]) for *_, batch in read)
        self.sums = {name: self.sums.get(name, 0.0) + value * len(read) for name, value in losses.items()}
        self.summed += len(read)

    def means(self):
        """Mean losses of a batch since the last call."""
        found = {name: total / self.summed for name, total in self.sums.items()}
        self.sums, self.summed = {}, 0
        return found


@dataclass
class Monitor:
    """Called after each step with what has been done: draws, validates, measures, records and saves when it is time."""

    recipe: object
    paths: Paths
    model: object
    tokenizer: object
    family: object
    evaluations: tuple = ()
    quiet: bool = False

    def begin(self, progress, language, *, resumed):
        """Draw the held-out documents, open the record and the bar."""
        documents = language.documents(self.recipe.validation_documents, split="validation", seed=self.recipe.seed)
        how = {"recipe": self.recipe, "tokenizer": self.tokenizer, "language": language}
        self.held_out, self.floor = self.family.validation(documents, **how)
        self.measured = evaluation_steps(self.recipe) if self.evaluations else set()
        header = self._header() | (self._forked(progress) if self.paths.fork else {})
        log.start(self.paths.record, header, after=progress.step if resumed else None)
        bar = {"total": self.recipe.steps, "initial": progress.step, "desc": self.recipe.name, "unit": "step"}
        self.bar = tqdm(**bar, file=sys.stderr, disable=self.quiet, mininterval=2.0)

    def after_step(self, progress, optimizer):
        """Record, measure and save when it is time; the last step always counts."""
        self.bar.update()
        last = progress.step == self.recipe.steps
        if last or progress.step % self.recipe.log_every == 0 or progress.step in self.measured:
            self._record(progress)
        if last or progress.step % self.recipe.checkpoint_every == 0:
            path = checkpoints.write(self.paths.checkpoints, self._state(progress, optimizer))
            if self.recipe.phase_chunks and progress.chunk < self.recipe.phase_chunk:
                checkpoints.keep_before_phase(path)

    def _record(self, progress):
        line = {
            "step": progress.step,
            "words": progress.words,
            "seconds": round(progress.seconds, 1),
            "learning_rate": learning_rate(self.recipe, progress.step - 1),
            "train": {name: round(value, 5) for name, value in progress.means().items()},
            **self._measure(evaluate=progress.step in self.measured),
        }
        log.append(self.paths.record, line)
        self.bar.set_postfix_str(f"loss {line['validation']:.3f}, floor {self.floor:.3f} nats", refresh=False)

    def _measure(self, *, evaluate):
        """The main objective's loss on the held-out batch, in nats per predicted token, in fp32; the evaluations."""
        batch = {name: value.to(self.model.device) for name, value in self.held_out.items()}
        self.model.eval()
        with torch.no_grad():
            loss = float(next(iter(self.family.losses(self.model, batch).values())))
            found = {"validation": round(loss, 5), "floor": round(self.floor, 5)}
            if evaluate:
                measured = [evaluation(self.model, self.tokenizer) for evaluation in self.evaluations]
                found["evaluations"] = {name: value for numbers in measured for name, value in numbers.items()}
        self.model.train()
        return found

    def _state(self, progress, optimizer):
        """Everything a checkpoint holds, as tensors and plain values."""
        return {
            "step": progress.step,
            "model": self.model.state_dict(),
            "optimizer": optimizer.state_dict(),
            "rng": torch.get_rng_state(),
            "progress": asdict(progress),
            "recipe": self.recipe.to_dict(),
            "language": self.model.config.language,
        }

    def _forked(self, progress):
        """Where a run left another one: from its own record, once there is one."""
        before = log.read(self.paths.record)[0] if self.paths.record.exists() else {}
        return {"forked": before.get("forked", {"step": progress.step, "words": progress.words})}

    def _header(self):
        """First line of a record: what is trained, on which language, with what, on what."""
        return {
            "recipe": self.recipe.to_dict(),
            "language": self.model.config.language,
            "parameters": sum(weight.numel() for weight in self.model.parameters()),
            "floor": round(self.floor, 5),
            "command": command_of(self.recipe, threads=torch.get_num_threads(), fork=self.paths.fork),
            "torch": torch.__version__,
            "transformers": transformers.__version__,
            "python": platform.python_version(),
            "threads": torch.get_num_threads(),
            "device": self.model.device.type,
            "precision": precision_here(self.recipe),
        }
