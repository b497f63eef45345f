"""What keeps the encoder low in extractive QA? Suspects, each changed alone.

Question: the encoder stays near three quarters of the way at every budget and rate that was tried (`more_steps`).
Does it fail to match the question's name, to see where one half of the passage ends, or is it one unlucky pretraining?
Changed: "names matched first" trains the body on whether two errands name the same person
(the experiment `matching`, where it ends near 1) before QA begins; "halves marked" puts [SEP] between the halves;
the others start from course-bert's other pretrainings. Held fixed: examples, steps, batch, rate, head, scoring, all as
the table has them. The table's own runs are the comparison, seed by seed.
Cost on one core: two to three minutes a run; 12 runs, 30 minutes.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import replace

from helpers.experiments import matching, tasks
from helpers.experiments.tasks import runs
from helpers.methods import heads
from helpers.methods.fine_tuned import fresh
from helpers.models.course import is_trained, pretrainings
from helpers.tasks import question_answering, same_person
from helpers.training.finetuning import FineTuning

MODEL, METHOD, TASK = "course-bert", "head", question_answering.TASK
SEEDS = range(3)
MATCHED, MARKED, OTHER = "names matched first", "halves marked", "another pretraining"
MATCHING = replace(matching.RECIPE, steps=400, learning_rate=3e-4)
MARKED_TASK = replace(
    TASK, name="questions, halves marked", draw=functools.partial(question_answering.draw, between=("[SEP]",))
)


def points() -> Iterator[dict]:
    """A point for each change, once the table's search has chosen the rate."""
    cell = {"task": TASK.name, "family": "encoder", "model": MODEL, "method": METHOD}
    recipe = tasks.EXPERIMENT.chosen(tasks.search({"stage": "test", **cell}))
    if recipe:
        others = [name for name in pretrainings(MODEL) if name != MODEL and is_trained(name)]
        for change, model in [(MATCHED, MODEL), (MARKED, MODEL), *((OTHER, name) for name in others)]:
            yield {"who": "encoder", "change": change, "model": model, "recipe": recipe}


def run(point: dict) -> dict:
    """Test scores after the change; for names matched first also "matched", the accuracy reached on test pairs."""
    task = MARKED_TASK if point["change"] == MARKED else TASK
    how = {"seed": point["seed"], "recipe": FineTuning(**point["recipe"])}
    if point["change"] != MATCHED:
        return runs.run(task, "encoder", model=point["model"], method=METHOD, **how).scores
    model, tokenizer = fresh(point["model"], heads.CLASSES[task.form], seed=point["seed"], num_labels=2)
    matcher, accuracy = matched(point["model"], point["seed"])
    model.base_model.load_state_dict(matcher.base_model.state_dict(), strict=False)  # no pooler under a span head
    train, test = (task.examples(split, seed=point["seed"]) for split in ("train", "test"))
    answers = heads.tune_head(task, model, tokenizer, train, **how).answer(test, seed=point["seed"])
    return task.score(answers, test) | {"matched": accuracy}


def matched(name: str, seed: int, recipe: FineTuning = MATCHING):
    """A classifier of pairs of errands after a short training, and its accuracy on test pairs: (model, accuracy)."""
    learnt = matching.learn(*matching.start_of(name, "pretrained", seed), recipe, seed)
    asked = same_person.pairs("test", matching.TEST, seed)
    return learnt.model, matching.accuracy(learnt.model, learnt.collate, asked)
