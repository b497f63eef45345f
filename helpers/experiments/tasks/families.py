"""The three families, and the methods by which each of them can do a task of each form."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from helpers.methods import bi_encoder, heads, infilling, mask_predict, prompting, text_to_text
from helpers.models.course import is_trained

FAMILIES = {"encoder": ("course-bert",), "decoder": ("course-gpt",), "encoder-decoder": ("course-t5", "course-bart")}


DEEPER = {"encoder-decoder, 4+4": ("course-t5-deep",)}  # four blocks in each stack, as many for each word as the others
DECIDING = ("similarity", "generation", "code", "summarisation", "translation")  # where texts are compared or written


def families(task_name: str) -> dict[str, tuple[str, ...]]:
    """Family -> models at a task; the deeper control takes part in the tasks that decide, once it is trained."""
    there = DEEPER if task_name in DECIDING else {}
    return FAMILIES | {family: models for family, models in there.items() if all(map(is_trained, models))}


@dataclass(frozen=True)
class Method:
    """How a task is done: `train(task, model name, examples, seed=, recipe=)` gives a Predictor; `answer(task)`, where
    it is given, is another way to ask that predictor's model. A method that does not learn has no recipe."""

    name: str
    train: Callable
    answer: Callable | None = None
    learns: bool = True


HEAD = Method("head", heads.head)
PROMPT = Method("prompt", prompting.prompt)
BI_ENCODER = Method("bi-encoder", bi_encoder.bi_encoder)
TEXT = Method("text", text_to_text.text_to_text)
FILLING = (
    Method("left to right", mask_predict.filling, mask_predict.left_to_right),
    Method("mask-predict", mask_predict.filling, mask_predict.mask_predict),
    Method("with a decoder", text_to_text.with_decoder),
)
METHODS = {
    "encoder": {"text": FILLING, "cloze": (Method("cloze", infilling.cloze, learns=False),)},
    "decoder": {
        "text": (PROMPT,),
        "span": (HEAD, PROMPT),
        "cloze": (Method("prompt", infilling.next_word, learns=False),),
    },
    "encoder-decoder": {
        "text": (TEXT,),
        "span": (HEAD, TEXT),
        "cloze": (Method("infilling", infilling.infill, learns=False),),
    },
}


METHODS |= {family: METHODS[family.split(",")[0]] for family in DEEPER}


def methods(task, family: str) -> tuple[Method, ...]:
    """The methods of a family for a task.

    Raises ValueError for an unknown family.
    """
    if family not in METHODS:
        raise ValueError(f"no family is called {family!r}; choose one of {', '.join(FAMILIES)}")
    return METHODS[family].get(task.form) or ((HEAD, BI_ENCODER) if task.form == "pair" else (HEAD,))


def method_named(task, family: str, name: str | None = None) -> Method:
    """A family's method by name, the first one if no name is given.

    Raises ValueError for a method that the family does not have for this task.
    """
    found = {method.name: method for method in methods(task, family)}
    if name is not None and name not in found:
        raise ValueError(f"the {family} has no method {name!r} for {task.name}; choose one of {', '.join(found)}")
    return found[name] if name else next(iter(found.values()))
