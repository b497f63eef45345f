"""An endless stream of fresh documents as batches, the same for every family, resumable from two numbers.

Chunk c holds `chunk_documents` documents drawn from the training split with seed [seed, c]: no document set is ever
read twice (unless the recipe asks for a corpus of few chunks), and (chunk, position) is all a resumed run must know.
Which documents a chunk holds, which share a batch, in what order, and which salient words are hidden, depends on seed
and chunk alone: all models read the same documents in the same steps.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count

import numpy as np
import torch
from torch.utils.data import DataLoader

from helpers.training.recipe import at_chunk, phase_documents, phase_lesson

ENDS = 2  # marks around a document, counted when documents are gathered into batches


@dataclass(frozen=True)
class Chunks:
    """Batches by chunk number, so that worker processes can prepare chunks ahead; `chunks[c]` is a list of batches."""

    recipe: object
    family: object
    tokenizer: object
    language: object

    def __getitem__(self, chunk):
        recipe, seed = self.recipe, self.recipe.seed
        source = self._source(chunk)
        documents = self.documents(chunk)
        salient = salient_places(documents, recipe, chunk, generator=chunk_generator(seed, source, 1))
        lengths = [len(document.tokens) + ENDS for document in documents]
        copies = recipe.corpus_chunks * recipe.mask_copies  # chunks until all is as it was
        number = chunk % copies if recipe.static_masks and copies else chunk
        plan = plan_batches(lengths, recipe.batch_tokens, chunk_generator(seed, number, 2))
        generator = chunk_generator(seed, number)
        how = {"recipe": at_chunk(recipe, chunk), "tokenizer": self.tokenizer, "generator": generator}
        rows = self.family.examples(documents, salient, **how)
        kept = ((width, [rows[i] for i in batch if rows[i] is not None]) for width, batch in plan)
        return [self.family.collate(batch, width=width, **how) for width, batch in kept if batch]

    def documents(self, chunk):
        """The documents of a chunk: of all scenes; in the curriculum phase, behind them, many of one."""
        recipe, of_phase = self.recipe, phase_documents(self.recipe, chunk)
        seed = [recipe.seed, self._source(chunk)]
        documents = list(self.language.documents(recipe.chunk_documents - of_phase, split="train", seed=seed))
        if of_phase:
            scene = self.language.only(recipe.phase_scene)
            found = self.language.documents(of_phase, split="train", seed=[*seed, 1], language=scene)
            if phase_lesson(recipe, chunk) != "whole":
                most = torch.randint(3, recipe.phase_sentences + 1, (of_phase,), generator=chunk_generator(*seed, 3))
                found = (d.first(n) for d, n in zip(found, most.tolist(), strict=True))
            documents += found
        return documents

    def _source(self, chunk):
        return chunk % self.recipe.corpus_chunks if self.recipe.corpus_chunks else chunk


def salient_places(documents, recipe, chunk, *, generator):
    """For each document the places of the words to hide, by choice; () leaves what is hidden to the family's chance.

    In the curriculum phase it is one word in each text of the phase's scene, up to the last lesson; elsewhere there is
    none. Whoever has understood the text can tell these words; chance hides such words, too, but seldom while all that
    tells them is shown.
    Source: Guu et al. 2020, "REALM", section 3.4, salient span masking.
    """
    lesson = phase_lesson(recipe, chunk)
    if lesson in (None, "whole"):
        return [()] * len(documents)
    follow = {"fact": 0.0, "follower": 1.0, "either": 0.5}[lesson]
    # Of three numbers the first decides nothing now; it is drawn so that the recorded recipes make the same batches.
    draws = torch.rand(len(documents), 3, generator=generator)[:, 1:].tolist()
    return [
        _place(d, which, of_fact=kind >= follow) if d.scene == recipe.phase_scene else ()
        for d, (which, kind) in zip(documents, draws)
    ]


def _place(document, draw, *, of_fact):
    """The place of a fact, or of a word that follows from one, drawn at random."""
    places = [i for i, slot in enumerate(document.slots) if slot and (slot in document.facts) == of_fact]
    return (places[int(draw * len(places))],) if places else ()


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
