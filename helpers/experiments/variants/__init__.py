"""Variants of BERT and GPT in small: what was changed, each change alone, with seeds and beside the exact floors.

`same_configuration`: one configuration under two masks, trained in six orders.
`masked_diffusion`: an encoder that writes, its bound beside the exact entropy.
`one_change`: positions, norms, gates, shared and narrow weights, a loss on every token, each alone.
`distillation`: course-bert cut to half of its layers, what is kept and by which term.
`domain`: a model of everything but the clinic, continued on the clinic, beside the clinic alone.
`languages`: Tinytown and a copy with other words; what makes a model carry over from one to the other.
`convergence`: a decoder by prompt, an encoder that embeds, a decoder made two-sided.
`live`: a short run of any one change, for the reader to repeat.
`parts_list` and `latest_masks` are read off the library, without a training.
The rows of all parts stand in data/results/variants.jsonl.
"""

from __future__ import annotations

import pandas as pd

from helpers.experiments.runner import Experiment, Search
from helpers.experiments.variants import (
    convergence,
    distillation,
    domain,
    languages,
    live,
    masked_diffusion,
    one_change,
    same_configuration,
)

MODULES = (
    same_configuration,
    masked_diffusion,
    one_change,
    distillation,
    domain,
    languages,
    convergence,
    live,
)
PARTS = {part.NAME: part for part in MODULES}


def grid():
    """The points of all parts."""
    for part in PARTS.values():
        yield from part.grid()


def search(point: dict) -> Search | None:
    """Nothing is chosen: what is compared shares one recipe."""


def models(point: dict) -> tuple[str, ...]:
    """The course models that a point reads."""
    return getattr(PARTS[point["experiment"]], "READS", {}).get(point["variant"], ())


def run(point: dict) -> dict:
    """The scores of one point."""
    return PARTS[point["experiment"]].run(point)


EXPERIMENT = Experiment("variants", grid=grid, run=run, search=search, models=models)


def recorded(part: str) -> pd.DataFrame:
    """The recorded runs of a part, a row each: its variants as its grid names them, seeds in order.

    Raises ValueError for a part that does not exist.
    """
    if part not in PARTS:
        raise ValueError(f"no part of the variants is named {part!r}; choose from {', '.join(PARTS)}")
    order = list(dict.fromkeys(point["variant"] for point in PARTS[part].grid()))
    found = EXPERIMENT.frame(experiment=part)
    places = found["variant"].map(order.index)
    return found.assign(place=places).sort_values(["place", "seed"], kind="stable").drop(columns="place")
