"""Checkpoints of a run, written so that a kill or a full disk spoils none, and the export of a finished model folder.

A checkpoint is one file, `step-00001500.pt`: one that carries this name is whole. A run keeps its two newest, and the
last one before its curriculum phase, from which a run with another curriculum can fork.
"""

from __future__ import annotations

import os
import shutil
import warnings
from contextlib import contextmanager
from pathlib import Path

import torch
from filelock import FileLock, Timeout

from helpers.training.rows import atomic_write

KEEP = 2
BEFORE_PHASE = "before-phase.pt"


@contextmanager
def locked(folder):
    """Keep a folder for this run alone; the system frees the lock when the process ends, however it ends.

    Raises RuntimeError naming the process that holds it.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / ".gitignore").write_text("*\n", encoding="utf-8")
    holder = folder / "process"
    try:
        with FileLock(folder / ".lock").acquire(timeout=0):
            holder.write_text(str(os.getpid()))
            yield
    except Timeout:
        raise RuntimeError(
            f"process {holder.read_text()} is training into {folder}; wait for it, end it, or choose another --out"
        ) from None


def write(folder, state):
    """Write a state (a dict with `step`) and drop all but the newest checkpoints; return the path."""
    path = Path(folder) / f"step-{state['step']:08d}.pt"
    with atomic_write(path) as file:
        torch.save(state, file)
    for old in [*complete(folder)[:-KEEP], *path.parent.glob("*.part")]:
        old.unlink(missing_ok=True)
    return path


def keep_before_phase(path):
    """Keep a copy of a checkpoint as the last one before the curriculum phase."""
    with atomic_write(path.with_name(BEFORE_PHASE)) as file:
        file.write(path.read_bytes())


def before_phase(folder):
    """The last checkpoint of a run before its curriculum phase.

    Raises FileNotFoundError when there is none.
    """
    path = Path(folder) / BEFORE_PHASE
    if not path.exists():
        raise FileNotFoundError(f"{path} is missing; train that model up to its curriculum phase, or leave out --fork")
    return torch.load(path, map_location="cpu", weights_only=True)


def complete(folder):
    """The complete checkpoints of a folder, oldest first."""
    return sorted(Path(folder).glob("step-*.pt"))


def newest(folder):
    """The newest checkpoint that can be read, or None; a damaged one is passed over with a warning.

    Only the run's own files are read, and only tensors and plain values from them.
    """
    for path in reversed(complete(folder)):
        try:
            return torch.load(path, map_location="cpu", weights_only=True)
        except Exception as error:  # a truncated file fails in many ways
            warnings.warn(f"{path} cannot be read ({type(error).__name__}); trying the one before", stacklevel=2)
    return None


def export(model, tokenizer, folder):
    """Save model (as fp32 safetensors) and tokenizer into a folder; each file appears only when it is complete."""
    folder = Path(folder)
    staging = folder.with_name(f".{folder.name}.{os.getpid()}.part")
    try:
        model.float().save_pretrained(staging)
        tokenizer.save_pretrained(staging)
        folder.mkdir(parents=True, exist_ok=True)
        for file in sorted(staging.iterdir()):
            os.replace(file, folder / file.name)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
