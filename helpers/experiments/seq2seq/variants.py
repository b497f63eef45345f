"""Four ways from a source to a target, each with a course model: two stacks, or one stack under one of two masks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from helpers.methods import prefix_lm, prompting, text_to_text


@dataclass(frozen=True)
class Variant:
    """A course model, what it is in words, and `train(task, model, examples, seed=, recipe=)`, which gives a solver."""

    model: str
    role: str
    train: Callable


VARIANTS = {
    "course-t5": Variant("course-t5", "encoder-decoder", text_to_text.text_to_text),
    "course-bart": Variant("course-bart", "encoder-decoder", text_to_text.text_to_text),
    "course-gpt": Variant("course-gpt", "decoder, causal mask", prompting.prompt),
    "course-gpt, prefix-LM": Variant("course-gpt", "decoder, prefix-LM mask", prefix_lm.prefix_prompt),
}


def train(name: str, task, examples, *, seed: int = 0, recipe):
    """Fine-tune one variant for a task: a solver.

    Raises ValueError for an unknown variant or no examples.
    """
    if name not in VARIANTS:
        raise ValueError(f"no variant is called {name!r}; choose one of: {'; '.join(VARIANTS)}")
    return VARIANTS[name].train(task, VARIANTS[name].model, examples, seed=seed, recipe=recipe)
