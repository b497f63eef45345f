"""A stand-in for Tinytown with two kinds of documents, so that training is tested in seconds."""

import functools
import math
import random
from dataclasses import dataclass

from helpers import tinytown
from helpers.tinytown import Noise  # noqa: F401  (part of what a language offers)
from helpers.tinytown.compiling import compile_language
from helpers.tinytown.grammar import Scene, words

ANIMALS = {"cat": "purred", "dog": "barked", "cow": "mooed", "owl": "hooted"}
WEATHER = {"rain": "wet", "snow": "white", "sun": "warm", "wind": "cold"}
FACTS = ANIMALS | WEATHER  # a fact, and the word that follows from it


@dataclass(frozen=True)
class Document:
    """A document as the trainer sees it: sentences of words."""

    sentences: tuple

    @property
    def tokens(self):
        return tuple(word for sentence in self.sentences for word in sentence)

    def first(self, sentences):
        return Document(self.sentences[:sentences])

    @property
    def scene(self):
        return "animals" if set(self.tokens) & set(ANIMALS) else "weather"

    @property
    def facts(self):
        return {"one": next(word for word in self.tokens if word in FACTS)}

    @property
    def slots(self):
        follow = FACTS.values()
        return tuple("one" if word in FACTS else "of(one)" if word in follow else None for word in self.tokens)


def _texts():
    for animal, sound in ANIMALS.items():
        yield (("the", animal, "sat", "."), ("it", sound, "."))
        yield (("the", animal, "sat", "."),)
    for weather, effect in WEATHER.items():
        yield (("the", weather, "came", "."), ("all", "was", effect, "."), ("we", "slept", "."))


TEXTS = tuple(_texts())


def vocabulary():
    return sorted({word for text in TEXTS for sentence in text for word in sentence})


def only(scene):
    return tuple(text for text in TEXTS if text[0][1] in {"animals": ANIMALS, "weather": WEATHER}[scene])


def documents(count, split="train", seed=0, language=TEXTS):
    rng = random.Random(f"{split} {seed}")
    return [Document(rng.choice(language)) for _ in range(count)]


def log_prob(tokens):
    return math.log(sum(Document(text).tokens == tuple(tokens) for text in TEXTS) / len(TEXTS))


def entropy_floor(documents, objective):
    if objective != "causal":
        raise ValueError(f"objective {objective!r} is not offered here")
    return -sum(log_prob(d.tokens) for d in documents) / sum(len(d.tokens) + 1 for d in documents)


def masked_losses(tokens, gaps):
    hidden = [None if place in gaps else word for place, word in enumerate(tokens)]
    fits = [t for t in (Document(text).tokens for text in TEXTS) if len(t) == len(tokens)]
    fits = [t for t in fits if all(shown in (None, word) for shown, word in zip(hidden, t))]
    return [-math.log(sum(t[g] == tokens[g] for t in fits) / len(fits)) for g in gaps]


@functools.cache
def training_language():
    """The same texts as a language of scenes, one scene a text, for the floors that need one."""
    return compile_language(
        [
            Scene(
                name=f"text {number}",
                facts={"only": words("one")},
                tables={},
                kinds={f"s{place}": [" ".join(sentence)] for place, sentence in enumerate(text)},
                orders=[(1, " ".join(f"s{place}" for place in range(len(text))))],
                stop=0.0,
            )
            for number, text in enumerate(TEXTS)
        ]
    )


def unknown_spans_loss(tokens, spans, placement):
    return tinytown.unknown_spans_loss(tokens, spans, placement, language=training_language())


def infilled_loss(tokens, noised, noise):
    return tinytown.infilled_loss(tokens, noised, noise, language=training_language())
