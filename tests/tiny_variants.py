"""Sizes that let every experiment of the variants run in seconds."""

from dataclasses import replace

from helpers.experiments.variants import small_models

SMALL = {
    "d_model": 16,
    "layers": 2,
    "heads": 2,
    "feed_forward": 16,
    "batch_tokens": 256,
    "chunk_documents": 64,
    "steps": 4,
    "checkpoint_every": 2,
}
QUICK = replace(small_models.RECIPE, **SMALL)
