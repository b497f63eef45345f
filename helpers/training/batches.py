"""An endless stream of fresh documents as batches, the same for every family, resumable from two numbers.

Chunk c holds `chunk_documents` documents drawn from the training split with seed [seed, c]: no document set is ever
read twice (unless the recipe asks for a corpus of few chunks), and (chunk, position) is all a resumed run must know.
Which documents a chunk holds, which share a batch, in what order, and which words the curriculum asks for, depends on
seed and chunk alone: all models read the same documents in the same steps.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count

import numpy as np
import torch
from torch.utils.data import DataLoader

from helpers.training.recipe import at_chunk, in_phase

ENDS = 2  # marks around a document, counted when documents are gathered into batches


@dataclass(frozen=True)
class Chunks:
    """Batches by chunk number, so that worker processes can prepare chunks ahead; `chunks[c]` is a list of batches."""

    recipe: object
    family: object
    tokenizer: object
    language: object

    def __getitem__(self, chunk):
        recipe, seed, source = self.recipe, self.recipe.seed, self._source(chunk)
        documents = self.documents(chunk)
        asked = asked_places(documents, recipe=recipe, chunk=chunk, generator=chunk_generator(seed, source, 1))
        budget = recipe.batch_tokens * (recipe.phase_batch if in_phase(recipe, chunk) else 1)
        lengths = [len(document.tokens) + ENDS for document in documents]
        plan = plan_batches(lengths, budget, chunk_generator(seed, chunk, 2))
        generator = chunk_generator(seed, source if recipe.static_masks else chunk)
        how = {"recipe": at_chunk(recipe, chunk), "tokenizer": self.tokenizer, "generator": generator}
        rows = self.family.examples(documents, asked, **how)
        kept = ((width, [rows[i] for i in batch if rows[i] is not None]) for width, batch in plan)
        return [self.family.collate(batch, width=width, **how) for width, batch in kept if batch]

    def documents(self, chunk):
        """The documents of a chunk: of all scenes, or in the curriculum phase of one."""
        how = {"split": "train", "seed": [self.recipe.seed, self._source(chunk)]}
        if in_phase(self.recipe, chunk):
            how["language"] = self.language.only(self.recipe.phase_scene)
        return self.language.documents(self.recipe.chunk_documents, **how)

    def _source(self, chunk):
        return chunk % self.recipe.corpus_chunks if self.recipe.corpus_chunks else chunk


def asked_places(documents, *, recipe, chunk, generator):
    """For each document the places of the words that the curriculum hides, drawn at random; () leaves it to the family.

    In the phase every text hides a fact, such as a list's label, whose answer is certain once it is understood, and
    after its first third also a word that follows from a fact; ever after a share of the scene's texts does. Ordinary
    masking asks such words too, but a rare kind of text is then a few questions among hundreds in a batch.
    Source: the easier questions first, as in Bengio et al. 2009, "Curriculum learning".
    """
    if not recipe.phase_chunks or chunk < recipe.phase_chunk:
        return [()] * len(documents)
    share = 1.0 if in_phase(recipe, chunk) else recipe.phase_share
    follow = chunk >= recipe.phase_chunk + recipe.phase_chunks // 3
    chosen = [d.scene == recipe.phase_scene for d in documents]
    draws = torch.rand(len(documents), generator=generator).tolist()
    how = {"facts": recipe.phase_facts, "follow": follow, "generator": generator}
    return [_places(d, **how) if is_one and draw < share else () for d, is_one, draw in zip(documents, chosen, draws)]


def _places(document, *, facts, follow, generator):
    """Places of `facts` words that are facts, but of half of them at most, and with `follow` of a word that follows."""
    slots = [(place, slot) for place, slot in enumerate(document.slots) if slot]
    certain = [place for place, slot in slots if slot in document.facts]
    others = [place for place, slot in slots if slot not in document.facts]
    found = _some(certain, min(facts, -(-len(certain) // 2)), generator) + _some(others, int(follow), generator)
    return tuple(sorted(found))


def _some(places, number, generator):
    return [places[i] for i in torch.randperm(len(places), generator=generator)[:number].tolist()]


def chunk_generator(seed, chunk, *purpose):
    """A torch generator of its own for each (seed, chunk), and for each further number."""
    state = np.random.SeedSequence([seed, chunk, *purpose]).generate_state(1, np.uint64)[0]
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
