"""Checkpoints of a run, written so that a killed run loses nothing, and the export of a finished model folder.

A checkpoint is one file, `step-00001500.pt`, written under another name first and renamed when it is complete: a file
that carries the final name is whole. A run keeps its two newest.
"""

from __future__ import annotations

import os
import shutil
import warnings
from pathlib import Path

import torch

KEEP = 2


def write(folder, state):
    """Write a state (a dict with `step`) atomically and drop all but the newest checkpoints; return the path."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / ".gitignore").write_text("*\n", encoding="utf-8")
    path = folder / f"step-{state['step']:08d}.pt"
    unfinished = path.with_suffix(f".{os.getpid()}.part")
    with unfinished.open("wb") as file:
        torch.save(state, file)
        file.flush()
        os.fsync(file.fileno())
    os.replace(unfinished, path)
    for old in [*complete(folder)[:-KEEP], *folder.glob("*.part")]:
        old.unlink(missing_ok=True)
    return path


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
    shutil.rmtree(staging, ignore_errors=True)
    model.float().save_pretrained(staging)
    tokenizer.save_pretrained(staging)
    folder.mkdir(parents=True, exist_ok=True)
    for file in sorted(staging.iterdir()):
        os.replace(file, folder / file.name)
    staging.rmdir()
    return folder
