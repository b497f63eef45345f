"""How long each task is learnt: one budget a task, the same for all families, and the learning rates that are tried.

A budget is large enough when the validation curve of the best family is flat over its last quarter (`flattened`); the
searches record the curves. Extractive QA and similarity need the most: both ask for matching words of two texts, which
models learn late and then at once (see the experiment `matching`).
"""

from __future__ import annotations

from dataclasses import replace

from helpers.training.finetuning import FineTuning

RECIPE = FineTuning(steps=300, batch_size=16, learning_rate=1e-3)
BUDGETS = {
    "classification": RECIPE,
    "entities": RECIPE,
    "questions": replace(RECIPE, steps=800, batch_size=32),
    "similarity": replace(RECIPE, steps=600, batch_size=32),
    "generation": replace(RECIPE, steps=500),
    "code": replace(RECIPE, steps=500),
    "summarisation": replace(RECIPE, steps=500),
    "translation": replace(RECIPE, steps=500),
    "zero-shot": RECIPE,  # nothing is trained
}
RATES = (3e-4, 1e-3, 3e-3)
BELOW, ABOVE = (1e-4,), (1e-2,)  # tried when the best of RATES stands at this end
WORTH = 0.02  # a lead on validation that is smaller than this is not counted
SHARES = (1 / 8, 1 / 4, 1 / 2, 3 / 4, 1)  # of the steps, at which the validation examples are asked


def recipe_of(task_name: str) -> FineTuning:
    """The budget of a task; what is no task of the table (another order of its texts, say) has the short one.

    >>> recipe_of("classification").steps < recipe_of("questions").steps
    True
    """
    return BUDGETS.get(task_name, RECIPE)


def recipes(task_name: str, rates=RATES) -> tuple[dict, ...]:
    """The recipes of a task's search, or those at other learning rates."""
    return tuple(replace(recipe_of(task_name), learning_rate=rate).to_dict() for rate in rates)


def points_of(steps: int) -> tuple[int, ...]:
    """The steps at which a training of this length is looked at.

    >>> points_of(400)
    (50, 100, 200, 300, 400)
    """
    return tuple(sorted({max(1, round(share * steps)) for share in SHARES}))


def flattened(curve, worth: float = WORTH) -> bool:
    """Whether a curve [[step, score], ...] gains no more than `worth` over its last quarter.

    >>> flattened([[50, 0.2], [300, 0.88], [400, 0.89]]), flattened([[50, 0.2], [300, 0.5], [400, 0.89]])
    (True, False)

    Raises ValueError for a curve of fewer than two points.
    """
    if len(curve) < 2:
        raise ValueError(f"a curve of {len(curve)} points cannot be flat; record two or more")
    last, end = curve[-1]
    before = max((value for step, value in curve if step <= 0.75 * last), default=curve[0][1])
    return end - before <= worth
