"""The three families, and the ways in which each of them can do a task of each form."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from helpers.methods import bi_encoder, heads, infilling, mask_predict, prompting, text_to_text
from helpers.tasks import TASKS

FAMILIES = {"encoder": ("course-bert",), "decoder": ("course-gpt",), "encoder-decoder": ("course-t5", "course-bart")}


@dataclass(frozen=True)
class Way:
    """How a task is done: `train(task, model name, examples, seed=, recipe=)` gives a Solver; `answer(task)`, where it
    is given, is another way to ask that solver's model. A way that does not learn has no recipe."""

    name: str
    train: Callable
    answer: Callable | None = None
    learns: bool = True


HEAD = Way("head", heads.head)
PROMPT = Way("prompt", prompting.prompt)
TOWERS = Way("two towers", bi_encoder.two_towers)
TEXT = Way("text", text_to_text.text_to_text)
FILLING = (
    Way("left to right", mask_predict.filling, mask_predict.left_to_right),
    Way("mask-predict", mask_predict.filling, mask_predict.mask_predict),
    Way("with a decoder", text_to_text.with_decoder),
)
WAYS = {
    "encoder": {"text": FILLING, "cloze": (Way("cloze", infilling.cloze, learns=False),)},
    "decoder": {
        "text": (PROMPT,),
        "span": (HEAD, PROMPT),
        "cloze": (Way("prompt", infilling.next_word, learns=False),),
    },
    "encoder-decoder": {
        "text": (TEXT,),
        "span": (HEAD, TEXT),
        "cloze": (Way("infilling", infilling.infill, learns=False),),
    },
}


def ways(task, family: str) -> tuple[Way, ...]:
    """The ways of a family for a task.

    Raises ValueError for an unknown family.
    """
    if family not in WAYS:
        raise ValueError(f"no family is called {family!r}; choose one of {', '.join(FAMILIES)}")
    return WAYS[family].get(task.form) or ((HEAD, TOWERS) if task.form == "pair" else (HEAD,))


def ways_of(task_name: str, family: str) -> tuple[str, ...]:
    """The names of a family's ways for a task.

    >>> ways_of("code", "encoder")
    ('left to right', 'mask-predict', 'with a decoder')
    """
    return tuple(way.name for way in ways(TASKS[task_name], family))
