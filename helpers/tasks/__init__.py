"""Nine tasks of Tinytown as data: examples by seed for three splits, a metric, chance and the exact optimum.

`TASKS` holds them by name. What a model does with a task stands in `methods`, what was measured in `experiments`.
"""

from helpers.tasks import (
    code_completion,
    generation,
    question_answering,
    similarity,
    summarisation,
    text_classification,
    token_classification,
    translation,
    zero_shot,
)

TASKS = {
    "classification": text_classification.TASK,
    "entities": token_classification.TASK,
    "questions": question_answering.TASK,
    "similarity": similarity.TASK,
    "generation": generation.TASK,
    "code": code_completion.TASK,
    "summarisation": summarisation.TASK,
    "translation": translation.TASK,
    "zero-shot": zero_shot.TASK,
}
__all__ = ["TASKS"]
