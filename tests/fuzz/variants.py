"""What a curious learner may pass in the place of each kind of argument, and what must come of it.

Each variant makes a value out of the good one. REFUSE: a clear error is due. SAME: the result of the good value or a
clear error. EITHER: any result without nan, or a clear error.
"""

import copy
import functools
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from transformers import AutoModel, BertLMHeadModel

from helpers.models import load_course

REFUSE, SAME, EITHER = "refuse", "same", "either"
NAN, INF, HUGE = float("nan"), float("inf"), 10**9
LONG = "the cat sat on the mat . " * 40


class Lazy:
    """A value that is made anew for each call: models, tokenizers, generators."""

    def __init__(self, make):
        self.make = make


@functools.cache
def load(name, model_class=None):
    return load_course(
        name, model_class=model_class, **({"is_decoder": True} if model_class is BertLMHeadModel else {})
    )


def model(name, model_class=None):
    return Lazy(lambda: load(name, model_class)[0])


def tokenizer(name):
    return Lazy(lambda: load(name)[1])


def generator():
    return Lazy(lambda: torch.Generator().manual_seed(0))


def rng():
    return Lazy(lambda: np.random.default_rng(0))


def left(good):
    turned = copy.deepcopy(good)
    turned.padding_side = turned.truncation_side = "left"
    return turned


@dataclass(frozen=True)
class Variant:
    """One way to spoil an argument: good value -> value, and the verdict that is due."""

    name: str
    make: Any
    due: str


def fixed(due, **values):
    """Variants whose value does not depend on the good one."""
    return [Variant(name, lambda good, value=value: value, due) for name, value in values.items()]


def made(due, **makers):
    return [Variant(name, make, due) for name, make in makers.items()]


def models_of_other_kinds(*names, body=True):
    found = [Variant(name, lambda good, name=name: model(name).make(), REFUSE) for name in names]
    if body:
        found.append(Variant("body", lambda good: model("course-bert", AutoModel).make(), REFUSE))
        found.append(Variant("causal bert", lambda good: model("course-bert", BertLMHeadModel).make(), REFUSE))
    return [*found, *fixed(REFUSE, none=None, name="course-bert", number=3.7, a_class=AutoModel)]


def tokenizers_of_other_kinds(*names):
    found = [Variant(f"of {name}", lambda good, name=name: tokenizer(name).make(), REFUSE) for name in names]
    return [*found, *fixed(REFUSE, none=None, name="course-bert", number=3.7), *made(SAME, left_padding=left)]


NO_NUMBER = fixed(REFUSE, none=None, nan=NAN, inf=INF, word="many", empty="", a_list=[1], tensors=torch.ones(3))
NO_WHOLE = [*NO_NUMBER, *fixed(REFUSE, a_point=3.7, true=True)]
NO_LIST = fixed(REFUSE, none=None, number=3.7, bare_string="the cat sat on the mat .", a_dict={"a": 1})
WORDY = made(SAME, a_tuple=tuple, an_array=lambda good: np.array(good, dtype=object))


def capitals(text):
    return text[:1].upper() + text[1:]


def spelled(text):
    return capitals(text).replace(" .", ".").replace(" ,", ",")


KINDS = {
    "count": [*NO_WHOLE, *fixed(REFUSE, zero=0, minus=-1, huge=HUGE)],
    "number": [*NO_WHOLE, *fixed(REFUSE, minus=-1), *fixed(EITHER, zero=0)],
    "seed": [*NO_NUMBER[1:5], *fixed(REFUSE, minus=-1, a_point=3.7), *fixed(EITHER, huge=HUGE)],
    "integer": NO_WHOLE,
    "share": [*NO_NUMBER, *fixed(REFUSE, minus=-1, zero=0, one=1, percent=15, word_of="0.15")],
    "positive": [*NO_NUMBER, *fixed(REFUSE, minus=-1, zero=0)],
    "closed": [*NO_NUMBER, *fixed(REFUSE, minus=-1, percent=15)],
    "real": NO_NUMBER,
    "flag": fixed(REFUSE, word="yes", number=3.7, none=None),
    "generator": fixed(REFUSE, none=None, seed=0, word="seed", numpy=np.random.default_rng(0)),
    "rng": fixed(REFUSE, none=None, seed=0, word="seed", torch=torch.Generator()),
    "choice": fixed(REFUSE, none=None, empty="", unknown="nothing of the kind", number=3.7, a_list=["a"]),
    "name": fixed(REFUSE, none=None, empty="", unknown="nothing of the kind", number=3.7, a_list=["a"]),
    "function": fixed(REFUSE, none=None, word="f", number=3.7),
    "module": fixed(REFUSE, none=None, word="course-bert", number=3.7, a_list=[1]),
    "text": [
        *fixed(REFUSE, none=None, number=3.7, nan=NAN, empty="", spaces="  ", a_list=["the cat"], a_byte=b"cat"),
        *fixed(REFUSE, too_long=LONG),
        *made(SAME, capital=capitals, spelled=spelled),
        *made(EITHER, unknown_words=lambda good: f"{good} the quokka painkillered 東京 !"),
    ],
    "texts": [
        *NO_LIST,
        *fixed(
            REFUSE, empty=[], empty_text=[""], none_within=["the cat .", None], number_within=[3.7], too_long=[LONG]
        ),
        *fixed(REFUSE, nested=[["the", "cat"]]),
        *WORDY,
        *made(SAME, capital=lambda good: [capitals(t) for t in good], spelled=lambda good: [spelled(t) for t in good]),
        *made(EITHER, unknown_words=lambda good: [f"{t} the quokka painkillered 東京 !" for t in good]),
    ],
    "sets": [*NO_LIST, *fixed(REFUSE, empty=[])],
    "nothing": [],
    "few seeds": fixed(REFUSE, none=None, minus=-1, a_point=3.7, word="many"),
    "counts": fixed(REFUSE, number=3.7, whole=30, word="many", one_side={"train": 30}, few={"train": 0, "test": 0}),
    "head": fixed(REFUSE, none=None, number=3.7, beyond=(99, 0), word="0", a_list=[0, 0]),
    "frame": fixed(REFUSE, none=None, number=3.7, empty="", a_list=["the"], unknown="a quokka sat ."),
    "few": [*NO_WHOLE, *fixed(REFUSE, zero=0, minus=-1)],
    "sides": [*NO_LIST, *fixed(REFUSE, empty=[], one_part=[["the"]], strings=["the", "cat"], numbers=[3.7])],
    "patterns": [*NO_LIST, *fixed(REFUSE, empty=[], no_mask=["{text} good"], two=["{text} [MASK] [MASK]"])],
    "model at its word": fixed(REFUSE, none=None, name="course-bert", number=3.7),
    "recipe": fixed(REFUSE, word="60 steps", number=3.7, a_list=[1]),
    "words": [*NO_LIST, *fixed(REFUSE, empty=[]), *WORDY],
    "pairs": [
        *NO_LIST,
        *fixed(REFUSE, empty=[], one_part=[("the cat .",)], three_parts=[("a", "b", "c")], numbers=[(3, 4)]),
        *fixed(REFUSE, empty_text=[("", "it purred .")], strings=["the cat .", "it purred ."], none_within=[None]),
        *made(SAME, lists=lambda good: [list(pair) for pair in good]),
    ],
    "examples": [
        *NO_LIST,
        *fixed(REFUSE, one_part=[("the cat .",)], numbers=[(3, 4)], strings=["the cat ."], empty_text=[("", "good")]),
        *fixed(REFUSE, unknown_label=[("fine .", "superb"), ("cold .", "nothing")]),
    ],
    "pattern": fixed(
        REFUSE,
        none=None,
        empty="",
        number=3.7,
        no_mask="{text} it was good .",
        two_masks="{text} it was [MASK] [MASK] .",
        no_text="it was [MASK] .",
        two_texts="{text} {text} [MASK]",
    ),
    "verbalizer": fixed(
        REFUSE,
        none=None,
        empty={},
        a_list=["good", "bad"],
        word="good / bad",
        one_label={"good": "good"},
        same_word={"good": "bad", "bad": "bad"},
        same_token={"good": "bad", "bad": "Bad"},
        empty_word={"good": "good", "bad": ""},
        number={"good": 3, "bad": 4},
    ),
    "floats": [
        *fixed(REFUSE, none=None, number=3.7, word="scores", words=["a"], objects=object()),
        *made(
            REFUSE, whole=lambda good: good.long(), flat=lambda good: good.flatten()[0], deep=lambda good: good[None]
        ),
        *made(REFUSE, nan=lambda good: good * NAN, empty=lambda good: good[..., :0]),
        *made(SAME, numpy=lambda good: good.numpy(), nested=lambda good: good.tolist()),
    ],
    "array": [
        *fixed(REFUSE, none=None, word="scores", words=["a"], objects=object(), ragged=[[1.0], [1.0, 2.0]]),
        *made(REFUSE, nan=lambda good: np.full_like(good, NAN), inf=lambda good: np.full_like(good, INF)),
        *made(REFUSE, empty=lambda good: good[:0]),
        *made(SAME, torch=lambda good: torch.as_tensor(good), nested=lambda good: good.tolist()),
    ],
    "mask": [
        *fixed(REFUSE, number=3.7, word="mask", words=["a"], true=True),
        *made(REFUSE, ones=lambda good: good.long(), floats=lambda good: good.float()),
        *made(SAME, numpy=lambda good: good.numpy()),
    ],
    "rows": [
        *NO_LIST,
        *fixed(
            REFUSE, empty=[], empty_row=[[]], words=[["cat"]], points=[[3.7]], minus=[[-1]], flat=[3], strings=["cat"]
        ),
        *fixed(REFUSE, too_long=[[7] * 2000], none_within=[None]),
        *made(SAME, tuples=lambda good: tuple(map(tuple, good)), arrays=lambda good: [np.array(row) for row in good]),
        *made(SAME, tensors=lambda good: [torch.tensor(row) for row in good]),
    ],
    "ids": [
        *NO_LIST,
        *fixed(REFUSE, words=["cat"], points=[3.7], minus=[-1], nested=[[7]], none_within=[None], beyond=[HUGE]),
        *made(SAME, a_tuple=tuple, tensor=torch.tensor, array=np.array),
    ],
    "tensor of ids": [
        *fixed(REFUSE, none=None, number=3.7, word="ids", a_list=[[2, 30]]),
        *made(REFUSE, floats=lambda good: good.float(), empty=lambda good: good[:0]),
    ],
    "masked model": models_of_other_kinds("course-gpt", "course-t5", "course-bart"),
    "pair model": models_of_other_kinds("course-gpt", "course-t5", "course-bart"),
    "causal model": [
        *models_of_other_kinds("course-bert", "course-t5", "course-bart", body=False),
        Variant("body", lambda good: model("course-gpt", AutoModel).make(), REFUSE),
    ],
    "two stacks": models_of_other_kinds("course-bert", "course-gpt"),
    "one stack": models_of_other_kinds("course-t5", "course-bart", body=False),
    "encoder's tokenizer": tokenizers_of_other_kinds("course-gpt", "course-t5", "course-bart"),
    "decoder's tokenizer": tokenizers_of_other_kinds("course-bert", "course-t5", "course-bart"),
    "two stacks' tokenizer": tokenizers_of_other_kinds("course-bert", "course-gpt"),
    "any tokenizer": tokenizers_of_other_kinds(),
    "document": [  # a text of Tinytown, for the exact reader
        *fixed(REFUSE, none=None, number=3.7, nan=NAN, a_byte=b"cat", objects=[object()], nested=[["the", "cat"]]),
        *fixed(REFUSE, unknown_words="the quokka sat .", capital_in_a_list=["The", "cat"], mask_in_a_list=["[MASK]"]),
        *made(SAME, capital=capitals, spelled=spelled, spaces=lambda good: f"  {good} "),
    ],
    "word list": [
        *fixed(REFUSE, none=None, number=3.7, objects=[object()], nested=[["the", "cat"]]),
        *fixed(REFUSE, unknown_words=["the", "quokka"], capital=["The", "cat"], mask=["[MASK]"]),
        *made(SAME, a_tuple=tuple, a_string=" ".join),
        *made(EITHER, a_gap=lambda good: [*good[:-2], None, good[-1]]),
    ],
    "sentences": [
        *NO_LIST,
        *fixed(REFUSE, empty=[], unknown_words=["the quokka sat ."], none_within=[None]),
        *made(SAME, capital=lambda good: [capitals(t) for t in good], spelled=lambda good: [spelled(t) for t in good]),
    ],
    "gaps": [
        *fixed(REFUSE, none=None, number=3.7, empty=[], minus=[-1], beyond=[99], twice=[1, 1], word="1", words=["a"]),
        *made(SAME, a_tuple=tuple),
    ],
    "spans": [
        *NO_LIST,
        *fixed(REFUSE, flat=[1, 2], backwards=[(3, 2)], empty_span=[(2, 2)], beyond=[(2, 99)], three=[(1, 2, 3)]),
        *fixed(REFUSE, touching=[(1, 2), (2, 3)], points=[(1.5, 2.5)], empty=[]),
    ],
    "language": fixed(REFUSE, name="news", number=3.7, a_list=[]),
}
