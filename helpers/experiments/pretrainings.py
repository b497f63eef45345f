"""Does a finding belong to a model, or to one training of it? course-bert and course-gpt, pretrained again.

Changed: the seed of the pretraining, which draws the first weights, the documents and what is hidden. Held fixed: the
recipe with its number of words, and what is asked. Seed 0 is the model that is shipped; the others are controls
(`make control`), and without them their rows stay. Part "card": every score of the model's card. Part "wordings": the
accuracy of the restaurant's verdict in each wording, with *good* and *bad*. Part "things": the verdict on films and
hotels, too, which stands in the training texts, in the plain wording. Each score stands beside its optimum. What
attention shows is asked of the same encoders by the experiment `attention`, and how an ability grows stands in each
training's own record. Cost on one core: one minute a model.
"""

from __future__ import annotations

from helpers.experiments import models as cards
from helpers.experiments.few_shot import things
from helpers.experiments.runner import Experiment
from helpers.models import load_course
from helpers.models.course import is_trained, pretrainings
from helpers.tasks.reviews import THINGS

MODELS = {"course-bert": "PET", "course-gpt": "in context"}  # and as whom the experiment `few_shot` asks it
PARTS = ("card", "wordings", "things")


def grid():
    """All parts of every training that is there; nothing else is drawn."""
    for name in MODELS:
        for seed, model in enumerate(pretrainings(name)):
            if is_trained(model):
                yield from ({"part": part, "model": model, "base": name, "seed": seed} for part in PARTS)


def models(point: dict) -> tuple[str, ...]:
    """The training that is asked."""
    return (point["model"],)


def run(point: dict) -> dict:
    """The rows of a model's card, or what the verdict reaches: for each wording, or for each thing."""
    who, model = MODELS[point["base"]], point["model"]
    if point["part"] == "card":
        return cards.SCORED[point["base"]](*load_course(model, attn_implementation="sdpa"))
    asked = {"who": who, "model": model, "thing": "restaurant", "pattern": "plain"}
    what, values = ("pattern", things.patterns_of(who)) if point["part"] == "wordings" else ("thing", THINGS)
    return {value: things.run({**asked, what: value}) for value in values}


EXPERIMENT = Experiment("pretrainings", grid=grid, run=run, models=models)
