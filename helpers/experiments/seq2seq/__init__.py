"""Text to text: encoder-decoders and a decoder at translation and summarisation, and running text split in two.

`thresholds`: what course-t5 and course-bart reach after fine-tuning, cross-attention beside gold links.
`sizes`: translation by the number of training pairs, for every one of `variants`, a prefix-LM among them.
`gaps`: two gaps in one pass, one after the other, or written; `noises`: BART's noises beside exact ceilings;
`doubled`: is the prefix read, or does the text give the task away? `prefixes`: three tasks, each text under each
prefix; `links`: a source word hidden from cross-attention, from all heads or from some.
`split`: running text split into an encoder's half and a decoder's half, exactly and in small models (`split_models`).
The rows of all stand in data/results/seq2seq.jsonl.
"""

from __future__ import annotations

from helpers.experiments.runner import Experiment, Search
from helpers.experiments.seq2seq import doubled, gaps, links, noises, prefixes, sizes, split_models, thresholds

PARTS = {part.NAME: part for part in (gaps, noises, split_models, sizes, thresholds, doubled, prefixes, links)}


def grid():
    """The points of all parts."""
    for part in PARTS.values():
        yield from part.grid()


def search(point: dict) -> Search | None:
    """What is chosen on validation before a point of this part is run."""
    return PARTS[point["experiment"]].search(point)


def models(point: dict) -> tuple[str, ...]:
    """The course models that a point reads."""
    return PARTS[point["experiment"]].models(point)


def run(point: dict) -> dict:
    """The scores of one point."""
    return PARTS[point["experiment"]].run(point)


EXPERIMENT = Experiment("seq2seq", grid=grid, run=run, search=search, models=models)
