"""The examples that measures are taken on, held out and drawn by seed, and how a model is asked about them."""

import functools

import torch

from helpers import tinytown


@functools.cache
def held_out_documents(count: int, seed: int = 0) -> tuple:
    """Test documents, the same ones for every measure with this seed."""
    return tuple(tinytown.documents(count, split="test", seed=[seed, 500]))


@functools.cache
def documents_of(scene: str, count: int, seed: int = 0, longest: int = 1) -> tuple:
    """Test documents of one scene with at least ``longest`` sentences."""
    return gather(count, lambda d: d.scene == scene and len(d.sentences) >= longest, split="test", seed=[seed, 600])


def gather(count: int, keep, *, split: str, seed, block: int = 2000, language=None) -> tuple:
    """The first ``count`` documents that ``keep`` accepts, drawn in blocks with seeds [*seed, 0], [*seed, 1], ..."""
    found, number = [], 0
    while len(found) < count:
        drawn = tinytown.documents(block, split=split, seed=[*seed, number], language=language)
        found += filter(keep, drawn)
        number += 1
    return tuple(found[:count])


def predictions(model, encoded):
    """Log-probabilities (batch, position, vocab) of a padded batch; the model's own forward pass, no gradients."""
    with torch.no_grad():
        output = model(**encoded)
    return (output.logits if "logits" in output else output.prediction_logits).float().log_softmax(-1)


def in_batches(items, size: int = 64):
    """Cut a sequence into lists of at most ``size`` items."""
    return [list(items[start : start + size]) for start in range(0, len(items), size)]
