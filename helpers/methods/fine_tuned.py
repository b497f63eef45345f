"""Course models with the head that a task asks for, fresh where it is new, and what fine-tuning one gives back."""

from __future__ import annotations

import contextlib
import io
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field

import torch
import transformers

from helpers.models import load_course
from helpers.models.course import quiet
from helpers.training.finetuning import finetune

BATCH = 100  # examples that are answered at once


@dataclass(frozen=True)
class Predictor:
    """A fine-tuned model (or one as it was pretrained): `answer(examples, seed=0)` gives one answer an example.

    losses: of each step, in nats (or squared error for numbers); collate: examples to the batch that the model is
    trained on.
    """

    model: object
    tokenizer: object
    answer: Callable
    losses: list = field(default_factory=list)
    collate: Callable | None = None


def fresh(name: str, class_name: str, *, seed: int = 0, **options):
    """A course model as another transformers class, new weights decided by `seed`: (model, tokenizer).

    Dropout is off, in new heads too, so that all families train under the same conditions.
    """
    with torch.random.fork_rng(), contextlib.redirect_stdout(io.StringIO()):
        torch.manual_seed(seed)
        model_class = getattr(transformers, class_name)
        model, tokenizer = load_course(name, model_class=model_class, attn_implementation="sdpa", **options)
    return without_dropout(model), tokenizer


def without_dropout(model):
    """The same model with every dropout rate set to 0 (the model itself is changed: call it on one just made)."""
    for module in model.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0
    return model


def tuned(model, tokenizer, train, *, collate, answer, seed: int, recipe, watch=None) -> Predictor:
    """Fine-tune on examples; `answer(model, tokenizer, examples, seed)` is how it is asked afterwards.

    watch: a function of (steps done, Predictor so far), called after each step.
    """
    seen = watch and (lambda step, now: watch(step, predictor(now, tokenizer, answer, collate=collate)))
    with torch.random.fork_rng(), quiet(), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Version v4.12.0", category=FutureWarning)  # old checkpoints only
        torch.manual_seed(seed)
        generator = torch.Generator().manual_seed(seed)
        trained, losses = finetune(model, train, collate=collate, generator=generator, recipe=recipe, watch=seen)
    return predictor(trained, tokenizer, answer, losses=losses, collate=collate)


def predictor(model, tokenizer, answer, **more) -> Predictor:
    """A model that is asked by `answer(model, tokenizer, examples, seed)`."""
    return Predictor(model, tokenizer, lambda examples, seed=0: answer(model, tokenizer, list(examples), seed), **more)


def word_ids(tokenizer, text: str) -> list[int]:
    """Ids of a text's words without any mark around them.

    >>> from helpers.models.tokenizers import build_tokenizer
    >>> tokenizer = build_tokenizer(["the", "cat"])
    >>> tokenizer.convert_ids_to_tokens(word_ids(tokenizer, "the cat"))
    ['the', 'cat']
    """
    return tokenizer(text, add_special_tokens=False)["input_ids"]


def words_of(tokenizer, ids, *, end_id: int) -> str:
    """The text of new ids up to the end mark, special tokens left out."""
    ids = [int(i) for i in ids]
    ids = ids[: ids.index(end_id)] if end_id in ids else ids
    return tokenizer.decode([i for i in ids if i not in tokenizer.all_special_ids])
