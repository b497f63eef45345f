"""A stand-in for Tinytown with two kinds of documents, so that training is tested in seconds."""

import math
import random
from dataclasses import dataclass

ANIMALS = {"cat": "purred", "dog": "barked", "cow": "mooed", "owl": "hooted"}
WEATHER = {"rain": "wet", "snow": "white", "sun": "warm", "wind": "cold"}


@dataclass(frozen=True)
class Document:
    """A document as the trainer sees it: sentences of words."""

    sentences: tuple

    @property
    def tokens(self):
        return tuple(word for sentence in self.sentences for word in sentence)


def _texts():
    for animal, sound in ANIMALS.items():
        yield (("the", animal, "sat", "."), ("it", sound, "."))
        yield (("the", animal, "sat", "."),)
    for weather, effect in WEATHER.items():
        yield (("the", weather, "came", "."), ("all", "was", effect, "."), ("we", "slept", "."))


TEXTS = tuple(_texts())


def vocabulary():
    return sorted({word for text in TEXTS for sentence in text for word in sentence})


def documents(count, split="train", seed=0):
    rng = random.Random(f"{split} {seed}")
    return [Document(rng.choice(TEXTS)) for _ in range(count)]


def log_prob(tokens):
    return math.log(sum(Document(text).tokens == tuple(tokens) for text in TEXTS) / len(TEXTS))


def cloze_probs(tokens):
    fits = [t for t in (Document(text).tokens for text in TEXTS) if len(t) == len(tokens)]
    fits = [t for t in fits if all(shown in (None, word) for shown, word in zip(tokens, t))]
    gaps = [place for place, shown in enumerate(tokens) if shown is None]
    return [{word: sum(t[g] == word for t in fits) / len(fits) for word in {t[g] for t in fits}} for g in gaps]
