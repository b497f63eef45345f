"""Four ways from a source to a target, each with a course model: two stacks, or one stack under one of two masks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from helpers.methods import prefix_lm, prompting, text_to_text


@dataclass(frozen=True)
class Arm:
    """A course model, what it is in words, and `train(task, model, examples, seed=, recipe=)`, which gives a Solver."""

    model: str
    role: str
    train: Callable


ARMS = {
    "course-t5": Arm("course-t5", "encoder-decoder", text_to_text.text_to_text),
    "course-bart": Arm("course-bart", "encoder-decoder", text_to_text.text_to_text),
    "course-gpt": Arm("course-gpt", "decoder, causal mask", prompting.prompt),
    "course-gpt, prefix-LM": Arm("course-gpt", "decoder, prefix-LM mask", prefix_lm.prefix_prompt),
}


def arm_named(name: str) -> Arm:
    """One way by name.

    Raises ValueError for an unknown name.
    """
    if name not in ARMS:
        raise ValueError(f"no arm is called {name!r}; choose one of: {'; '.join(ARMS)}")
    return ARMS[name]


def train(name: str, task, examples, *, seed: int = 0, recipe):
    """Fine-tune one way for a task: a Solver.

    Raises ValueError for an unknown arm or no examples.
    """
    arm = arm_named(name)
    return arm.train(task, arm.model, examples, seed=seed, recipe=recipe)
