"""What a cell costs beside its quality: seconds of fine-tuning, seconds to answer, weights touched, memory.

The families are measured in turns in one process, so that whatever else the computer does slows all of them alike.
"""

from __future__ import annotations

import statistics
import time
from dataclasses import replace

import torch
from torch.multiprocessing.reductions import StorageWeakRef
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from helpers.experiments.tasks import record, runs, table
from helpers.methods.fine_tuned import batches

ROUNDS, STEPS = 5, 4  # measurements of which the median counts; steps of training in each of them


def cost_job(task, path=record.RECORD):
    """(identity, work) of the cost row of a task, for the cells that are recorded; None without an encoder's cell."""
    here = [c for c in table.cells(record=path) if c.task == task.name and c.model in record.present(c.family)]
    cells = {cell.family: cell for cell in here}
    if "encoder" not in cells:
        return None
    models = {f: {"model": c.model, "way": c.way, "weights": record.weights_of(c.model)} for f, c in cells.items()}
    return {"stage": "cost", "task": task.name, "models": models}, lambda: measured(task, cells)


def measured(task, cells: dict) -> dict[str, dict[str, float]]:
    """Costs of each family's cell, measured in turns."""
    rivals = {family: Rival(task, cell) for family, cell in cells.items()}
    rounds = [{family: rival.round() for family, rival in rivals.items()} for _ in range(ROUNDS)]
    return {
        family: {name: statistics.median(r[family][name] for r in rounds) for name in rounds[0][family]} | rival.fixed()
        for family, rival in rivals.items()
    }


class Rival:
    """One family's cell, trained as in the table (an untrained writer knows no end), ready to be measured."""

    def __init__(self, task, cell):
        self.task, self.cell = task, cell
        self.way = runs.way_named(task, cell.family, cell.way)
        self.train = task.examples("train") if self.way.learns else ()
        self.test = list(task.examples("test")[:32])
        recipe = replace(runs.RECIPE, learning_rate=cell.learning_rate) if self.way.learns else runs.RECIPE
        self.solver = self.way.train(task, cell.model, self.train, seed=0, recipe=recipe)
        asked = self.way.answer(task) if self.way.answer else None
        solver = self.solver
        self.answer = (lambda e: asked(solver.model, solver.tokenizer, e, 0)) if asked else solver.answer

    def round(self) -> dict[str, float]:
        """Seconds of all fine-tuning steps, of one answer, and of 32 answers in one batch."""
        one, many = (seconds(lambda e=e: self.answer(e)) for e in (self.test[:1], self.test))
        return {"fine-tuning": self.tuning() if self.way.learns else 0.0, "one example": one, "batch of 32": many}

    def tuning(self) -> float:
        """Seconds that the recipe's steps take, from a few of them; the start of a run is left out."""
        return runs.RECIPE.steps / STEPS * seconds(lambda: steps(self.solver, self.train, STEPS))

    def fixed(self) -> dict[str, float]:
        """Weights that fine-tuning changes, and the bytes of all tensors alive at the peak of one step."""
        if not self.way.learns:
            return {"parameters": 0, "memory": 0}
        return {
            "parameters": sum(weight.numel() for weight in self.solver.model.parameters()),
            "memory": peak_bytes(self.solver, self.train),
        }


def seconds(work) -> float:
    """Wall time of one call."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def steps(solver, train, count: int) -> None:
    """Some steps of training on the model of a solver, at the recipe's batch size."""
    optimizer = torch.optim.AdamW(solver.model.parameters(), lr=1e-5)
    for batch in batches(train[: count * runs.RECIPE.batch_size], runs.RECIPE.batch_size):
        solver.model(**solver.collate(batch)).loss.backward()
        optimizer.step()
        optimizer.zero_grad()


def peak_bytes(solver, train) -> int:
    """Largest number of bytes that weights and tensors take together during one step; the same on every computer.

    Counts every storage that an operation returns until it is freed; what an operation uses inside itself is not seen.
    """

    class Watch(TorchDispatchMode):
        alive: dict = {}
        peak = 0

        def __torch_dispatch__(self, function, types, args=(), kwargs=None):
            result = function(*args, **(kwargs or {}))
            for tensor in tree_leaves(result):
                if isinstance(tensor, torch.Tensor):
                    storage = tensor.untyped_storage()
                    self.alive[storage._cdata] = (StorageWeakRef(storage), storage.nbytes())
            self.alive = {name: kept for name, kept in self.alive.items() if not kept[0].expired()}
            self.peak = max(self.peak, sum(size for _, size in self.alive.values()))
            return result

    weights = sum(weight.numel() * weight.element_size() for weight in solver.model.parameters())
    with Watch() as watch:
        steps(solver, train, 1)
    return weights + watch.peak
