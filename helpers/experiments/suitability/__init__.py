"""Why the table of tasks looks as it does: single causes, each changed alone and measured with seeds.

`encoder_vs_decoder` exchanges the body under a classifier, `clinical_notes` trains the drug-interaction classifier,
`left_right_context` and `question_order` move what must be known to the left or the right, `fewer_examples`,
`more_steps` and `layers` vary how much and how long is learnt and which layer is read; `question_limits` tries what may
keep the encoder low in extractive QA; `code_infilling` fills and completes code; `textbook` compares the table with
what is usually printed. Of a family with several models the first one is asked, unless a point names another.
"""

from __future__ import annotations

from collections.abc import Iterator

from helpers.experiments.runner import Experiment
from helpers.experiments.suitability import (
    clinical_notes,
    encoder_vs_decoder,
    fewer_examples,
    layers,
    left_right_context,
    more_steps,
    question_limits,
    question_order,
)
from helpers.experiments.tasks.families import FAMILIES

CAUSES = {
    "encoder_vs_decoder": encoder_vs_decoder,
    "clinical_notes": clinical_notes,
    "left_right_context": left_right_context,
    "question_order": question_order,
    "fewer_examples": fewer_examples,
    "layers": layers,
    "more_steps": more_steps,
    "question_limits": question_limits,
}
MODELS = {family: models[:1] for family, models in FAMILIES.items()} | {"pretrained": ("course-bert",)}


def grid() -> Iterator[dict]:
    """All points: the cause, who is asked, the seed, what else a cause has; a recipe where something is trained."""
    seeds = max(len(cause.SEEDS) for cause in CAUSES.values())
    for seed in range(seeds):
        for name, cause in CAUSES.items():
            if seed in cause.SEEDS:
                yield from ({"experiment": name, **point, "seed": seed} for point in cause.points())


def run(point: dict) -> dict:
    """The scores of a point."""
    return CAUSES[point["experiment"]].run(point)


def models(point: dict) -> tuple[str, ...]:
    """The course model whose weights decide the scores of a point."""
    return (point["model"],) if "model" in point else MODELS.get(point["who"], ())


EXPERIMENT = Experiment("suitability", grid=grid, run=run, models=models)
