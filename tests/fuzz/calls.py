"""Good values that calls of several rooms share, and what a call is: a function and its good arguments.

`fine` names the variants that are right for this function although their kind refuses them: "argument:variant".
"""

import functools
from dataclasses import dataclass

import numpy as np
import torch
from fuzz.variants import Lazy, model, tokenizer
from transformers import AutoModel

from helpers import tinytown
from helpers.methods.embeddings.cross_encoder import fresh_reader
from helpers.methods.embeddings.graded import relatives
from helpers.methods.fine_tuned import fresh
from helpers.objectives.denoising import cover_probability, start_probability
from helpers.training.finetuning import FineTuning
from helpers.transformer.attention import Block


@dataclass(frozen=True)
class Call:
    """A function by its dotted path below helpers, its good arguments and their kinds; `*0` is the first by place."""

    path: str
    arguments: dict
    kinds: dict
    fine: frozenset

    def made(self, **changes):
        """The arguments, lazy ones made: (by place, by name)."""
        values = {name: v.make() if isinstance(v, Lazy) else v for name, v in {**self.arguments, **changes}.items()}
        placed = [values[name] for name in sorted(values) if name.startswith("_")]
        return placed, {name: value for name, value in values.items() if not name.startswith("_")}


def call(path, fine="", **arguments):
    """An argument is (kind, good value)."""
    kinds, values = ({name: pair[i] for name, pair in arguments.items()} for i in (0, 1))
    return Call(path, values, kinds, frozenset(part.strip() for part in fine.split(",")))


TEXT, OTHER = "the cat sat on the mat .", "it was purring softly ."
REVIEWS = ["the pizza was fantastic .", "the pizza was awful ."]
PAIRS = [(TEXT, OTHER), ("the pizza was awful .", "the restaurant is bad .")]
PATTERN, VERBALIZER = "{text} the restaurant is [MASK] .", {"good": "good", "bad": "bad"}
EXAMPLES = [("the pizza was fantastic .", "good"), ("the pizza was awful .", "bad")]
WORDS = "thank you for inviting me".split()
SENTENCES = [["the", "cat", "sat", "."], ["it", "purred", "."]]
DOCUMENTS = [[("a", "b"), ("c",), ("d",)], [("e",), ("f",), ("g", "h")]]
BERT, GPT, T5 = model("course-bert"), model("course-gpt"), model("course-t5")
BODY = model("course-bert", AutoModel)
TOK, GPT_TOK, T5_TOK = tokenizer("course-bert"), tokenizer("course-gpt"), tokenizer("course-t5")
SCORES = np.log(np.array([[0.9, 0.1], [0.4, 0.6]]))
UNIT = torch.nn.functional.normalize(torch.tensor([[1.0, 2.0, 0.5], [0.3, -1.0, 2.0]]), dim=-1)
HIDDEN, REAL = torch.randn(2, 3, 4, generator=torch.Generator().manual_seed(0)), torch.tensor([[1, 1, 0], [1, 1, 1]])
Q = torch.randn(3, 4, generator=torch.Generator().manual_seed(1))
LOGITS = torch.tensor([[0.5, 1.5, -1.0]])
CAUSAL = torch.ones(3, 3, dtype=torch.bool).tril()
SMALL = Lazy(lambda: Block(8, 2))
RELATED = Lazy(lambda: [text for pair in relatives(2, 0) for text in pair])
NOISE = tinytown.Noise(start_probability(), functools.cache(cover_probability))
RECIPE = FineTuning(steps=1, batch_size=2)
SHORT = FineTuning(steps=1, batch_size=4)
LM_BATCH = {"input_ids": torch.tensor([[2, 30, 3, 0]]), "attention_mask": torch.tensor([[1, 1, 1, 0]])}
CLASSIFIER = Lazy(lambda: load_fresh("classifier"))


READER = Lazy(lambda: load_fresh("reader"))


@functools.cache
def load_fresh(what):
    """course-bert with a new head: two classes, or one number for a pair."""
    if what == "reader":
        return fresh_reader("course-bert", seed=0)[0]
    return fresh("course-bert", "AutoModelForSequenceClassification", num_labels=2)[0]
