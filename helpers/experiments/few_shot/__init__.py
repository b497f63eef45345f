"""How many labels does it take? Ways to learn a restaurant review's verdict from 0 to 256 labelled reviews.

Each stage answers one question; its module says what it changes and what it holds fixed.
`search`: the recipe of each method, chosen on validation reviews. `test`: the curves over the number of labels
(`curves`). `longer`: the same heads with twice the steps. `names`: PET with names that mean nothing, either way round.
`demonstrations`: wrong labels in the prompt. `own answers`: iPET's generations against self-training. `things`: the
question without a label for restaurants, films and hotels. The rows stand in data/results/few_shot.jsonl; about 160
minutes on one core.
"""

from __future__ import annotations

from helpers.experiments.few_shot import curves, demonstrations, names, own_answers, things
from helpers.experiments.few_shot.curves import DRAWS, EXACT, IN_PROMPT, LABELLED, SEEDS
from helpers.experiments.few_shot.methods import METHODS
from helpers.experiments.runner import Experiment, Search

__all__ = ["DRAWS", "EXACT", "EXPERIMENT", "IN_PROMPT", "LABELLED", "METHODS", "SEEDS", "STAGES", "chosen"]
STAGES = {
    "search": curves,
    "test": curves,
    "longer": curves,
    "names": names,
    "demonstrations": demonstrations,
    "own answers": own_answers,
    "things": things,
}


def grid():
    """The points of all stages; those of the search come with the points that need it."""
    for part in (curves, names, demonstrations, own_answers, things):
        yield from part.points()


def part_of(point: dict):
    """The module of a point: that of its stage; the search of new names is in `names`."""
    return names if point["who"] == names.WHO else STAGES[point["stage"]]


def search(point: dict) -> Search | None:
    """A method's recipe is chosen on validation reviews, at one number of labels, once for all stages."""
    return part_of(point).search(point)


def models(point: dict) -> tuple[str, ...]:
    """The course models whose weights decide the scores."""
    return part_of(point).models(point)


def run(point: dict) -> dict:
    """The scores of one point."""
    return part_of(point).run(point)


def chosen(who: str) -> dict:
    """The recipe that validation chose for a method, as its newest recorded run has it.

    Raises FileNotFoundError when no run of the method is recorded.
    """
    stage = "names" if who == names.WHO else "test"
    EXPERIMENT.frame(who=who, stage=stage)
    return [row["recipe"] for row in EXPERIMENT.rows() if row["who"] == who and row["stage"] == stage][-1]


EXPERIMENT = Experiment("few_shot", grid=grid, run=run, search=search, models=models)
