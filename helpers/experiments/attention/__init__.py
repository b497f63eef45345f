"""What a bright cell of an attention map shows, what a sink does, and what a mask makes of trained weights.

Three questions, each with the control that decides it. `effect`: attention beside the measured effect of hiding each
word, on distinct texts, differences from plain nearness paired text by text. `sinks`: special tokens beside ordinary
words, by attention weights, by the length of what they carry, and by closing them. `mask_swap`: the next word asked of
pretrained and of random weights, with and without the causal mask.

The readers are course-bert and its two trainings with other seeds where they are there, three small BERTs of
`ablations` (seeds of training, too) and MiniLM on English sentences. The rows stand in data/results/attention.jsonl.
Cost on one core: effect and sinks about five seconds a point (28 points, the small models at hand), mask swap about
half a minute (12 points, and 8 tries of the rate): sixteen minutes.
"""

from __future__ import annotations

from helpers.experiments import ablations
from helpers.experiments.attention import effect, mask_swap, sinks
from helpers.experiments.attention.texts import BERTS, READERS
from helpers.experiments.runner import Experiment, Search
from helpers.models.course import is_trained

SEEDS = (0, 1, 2)
PARTS = {"effect": effect.run, "sinks": sinks.run}


def grid():
    """Both questions about attention for each reader, then the swapped masks; a seed at a time."""
    for seed in SEEDS:
        for part in PARTS:
            yield from ({"part": part, "reader": bert, "seed": seed} for bert in BERTS if is_trained(bert))
            small = {"pretraining": ablations.settings(ablations.recipe_of("base", seed))}
            yield {"part": part, "reader": "small", "seed": seed, "recipe": small}
            if part == "sinks" or seed == SEEDS[0]:  # the English texts are the same for every seed
                yield {"part": part, "reader": "minilm", "seed": seed}
    yield from mask_swap.grid()


def search(point: dict) -> Search | None:
    """The learning rate of a start of `mask_swap`."""
    return mask_swap.search(point) if point["part"] == mask_swap.PART else None


def models(point: dict) -> tuple[str, ...]:
    """The training of course-bert that is read or copied."""
    read = "course-bert" if point["part"] == mask_swap.PART else point["reader"]
    return (read,) if read in BERTS else ()


def run(point: dict) -> dict:
    """The scores of a point."""
    if point["part"] == mask_swap.PART:
        return mask_swap.run(point)
    return PARTS[point["part"]](point["reader"], seed=point["seed"])


def by_reader(part: str) -> dict:
    """The recorded rows of `effect` or `sinks` for each reader that has any, trainings of course-bert one by one."""
    rows = EXPERIMENT.frame(part=part)
    return {reader: rows[rows["reader"] == reader] for reader in READERS if reader in set(rows["reader"])}


EXPERIMENT = Experiment("attention", grid=grid, run=run, search=search, models=models)
