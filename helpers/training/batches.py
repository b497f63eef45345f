"""An endless stream of fresh documents as batches, the same for every family, resumable from two numbers.

Chunk c holds `chunk_documents` documents drawn from the training split with seed [seed, c]: no document set is ever
read twice (unless the recipe asks for a corpus of few chunks), all models see the same chunks in the same order (unless
it asks for a curriculum phase), and (chunk, position) is all a resumed run must know.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count

import numpy as np
import torch
from torch.utils.data import DataLoader

from helpers.training.recipe import at_chunk


@dataclass(frozen=True)
class Chunks:
    """Batches by chunk number, so that worker processes can prepare chunks ahead; `chunks[c]` is a list of batches."""

    recipe: object
    family: object
    tokenizer: object
    language: object

    def __getitem__(self, chunk):
        seed, corpus = self.recipe.seed, self.recipe.corpus_chunks
        source = chunk % corpus if corpus else chunk
        generator = chunk_generator(seed, source if self.recipe.static_masks else chunk)
        how = {"recipe": at_chunk(self.recipe, chunk), "tokenizer": self.tokenizer, "generator": generator}
        special = round(how["recipe"].phase_share * self.recipe.chunk_documents)
        ordinary = self.recipe.chunk_documents - special
        documents = self.language.documents(ordinary, split="train", seed=[seed, source])
        rows = self.family.examples(documents, **how)
        if special:
            facts_only = chunk < self.recipe.phase_chunk + self.recipe.phase_chunks // 3
            rows += self.family.phase_examples(self._phase_documents(special, source), facts_only=facts_only, **how)
        plan = plan_batches([row[1] for row in rows], self.recipe.batch_tokens, generator)
        return [self.family.collate([rows[i] for i in batch], width=width, **how) for width, batch in plan]

    def _phase_documents(self, count, source):
        scene = self.language.only(self.recipe.phase_scene)
        return self.language.documents(count, split="train", seed=[self.recipe.seed, source, 1], language=scene)


def chunk_generator(seed, chunk):
    """A torch generator of its own for each (seed, chunk)."""
    state = np.random.SeedSequence([seed, chunk]).generate_state(1, np.uint64)[0]
    return torch.Generator().manual_seed(int(state >> np.uint64(1)))


def plan_batches(lengths, budget, generator, *, spread=2.0):
    """Which rows go together, as (width, row numbers): rows of nearly equal length, the batches in random order.

    A width divides the budget, and a batch holds budget / width rows: every full batch has exactly `budget` positions,
    so that the kernels, which are prepared for one shape at a time, are prepared once.

    >>> import torch
    >>> plan = plan_batches([10, 50, 11, 52], 120, torch.Generator().manual_seed(0))
    >>> sorted((width, sorted(rows)) for width, rows in plan)
    [(12, [0, 2]), (60, [1, 3])]

    Lengths are blurred by up to `spread` before sorting, so that batches are not all of one kind of document.
    """
    blurred = torch.tensor(lengths) + spread * torch.rand(len(lengths), generator=generator)
    order, plan = blurred.argsort(descending=True).tolist(), []
    while order:
        longest = max(lengths[index] for index in order[: budget // lengths[order[0]]])
        width = next(width for width in range(longest, budget + 1) if budget % width == 0)
        plan.append((width, order[: budget // width]))
        order = order[budget // width :]
    return [plan[i] for i in torch.randperm(len(plan), generator=generator).tolist()]


def stream(chunks, *, chunk=0, position=0, workers=0):
    """Yield (chunk, position, batch) for ever from a given place on.

    With workers > 0 that many processes prepare chunks ahead; the order does not change.
    """
    here = map(chunks.__getitem__, count(chunk))
    prepared = DataLoader(chunks, batch_size=None, sampler=count(chunk), num_workers=workers) if workers else here
    for number, batches in zip(count(chunk), prepared):
        for place in range(position if number == chunk else 0, len(batches)):
            yield number, place, batches[place]
