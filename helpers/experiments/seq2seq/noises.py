"""BART's noises one by one: how often course-bart restores a damaged text, beside the best that can be done.

Question: is a low share the model's fault, or the damage's? Changed: the noise; held fixed: texts, model, greedy
writing. A text is restored "word for word"; scores are expected ones: the exact probability of the answer given the
damaged text, so that no answer beats the ceiling, the probability of the most probable original. It is exact for
masking, permutation and rotation. A rotation at a sentence end is a permutation too: both kinds of originals are told
apart by the noise that is known to have been used. Copying the damaged text is the floor. Cost: 400 texts x 4 noises,
3 minutes.
"""

from __future__ import annotations

import functools
import heapq
import itertools
import math

import numpy as np
import torch

from helpers import tinytown
from helpers.evaluation import in_batches
from helpers.models import load_course
from helpers.objectives import denoising
from helpers.tasks.task import stream

NAME = "noises"
SEEDS = (0, 1, 2)
COUNT, ROOM = 400, 60
SCENES = ("story", "errand", "animal", "news", "travel")
NOISES = ("nothing", "token masking", "sentence permutation", "document rotation")


def grid():
    """The ceilings and course-bart under every noise."""
    for seed in SEEDS:
        for noise in NOISES:
            for who in ("exact", "copy", "course-bart"):
                yield {"experiment": NAME, "noise": noise, "who": who, "seed": seed, "recipe": {"texts": COUNT}}


def search(point: dict) -> None:
    """Nothing is chosen."""


def models(point: dict) -> tuple[str, ...]:
    """The course model that restores."""
    return (point["who"],) if point["who"] == "course-bart" else ()


def run(point: dict) -> dict[str, float]:
    """Expected share of texts that are restored word for word."""
    damaged = problems(point["noise"], point["recipe"]["texts"], point["seed"])
    originals = [candidates(point["noise"], words) for words in damaged]
    if point["who"] == "exact":
        return {"restored": float(np.mean([max(found.values()) for found in originals]))}
    answers = [" ".join(words) for words in damaged]
    if point["who"] == "course-bart":
        answers = restored(*load_course("course-bart", attn_implementation="sdpa"), answers)
    probs = [found.get(tuple(answer.split()), 0.0) for found, answer in zip(originals, answers)]
    return {"restored": float(np.mean(probs))}


@functools.cache
def problems(noise: str, count: int, seed: int) -> tuple:
    """Damaged texts of whole sentences, the originals distinct.

    Raises ValueError for an unknown noise.
    """
    if noise not in NOISES:
        raise ValueError(f"no noise is called {noise!r}; choose one of {', '.join(NOISES)}")
    draw, seen = torch.Generator().manual_seed(seed), {}
    texts = stream(*SCENES, split="test", seed=[seed, 1210], keep=lambda d: 1 < len(d.sentences) < 6)
    for d in texts:
        if d.tokens not in seen and all(s[-1] == "." and s.count(".") == 1 for s in d.sentences):
            seen[d.tokens] = damage(noise, d.sentences, draw)
        if len(seen) == count:
            return tuple(seen.values())


def damage(noise: str, sentences, draw) -> tuple[str, ...]:
    """The words of a text after a noise."""
    tokens = [word for sentence in sentences for word in sentence]
    if noise == "token masking":
        return tuple(denoising.token_masking(tokens, generator=draw, mask="[MASK]", rate=0.15))
    if noise == "sentence permutation":
        return tuple(itertools.chain(*denoising.sentence_permutation(sentences, generator=draw)))
    return tuple(denoising.document_rotation(tokens, generator=draw)) if noise == "document rotation" else tuple(tokens)


def candidates(noise: str, damaged) -> dict[tuple, float]:
    """Original -> its exact probability given the damaged text: all of them, for masking the most probable one."""
    if noise == "nothing":
        return {tuple(damaged): 1.0}
    if noise == "token masking":
        return Masked(damaged)
    if noise == "document rotation":
        originals = {(*damaged[i:], *damaged[:i]) for i in range(len(damaged))}
    else:
        sentences = denoising.split_sentences(list(damaged))
        originals = {tuple(itertools.chain(*order)) for order in itertools.permutations(sentences)}
    probs = {original: _prob(original) for original in originals}
    total = sum(probs.values())
    return {original: prob / total for original, prob in probs.items() if prob}


class Masked(dict):
    """Originals of a text with [MASK]s: their probabilities are computed when they are asked for."""

    def __init__(self, damaged):
        self.damaged = tuple(None if word == "[MASK]" else word for word in damaged)
        self.total = math.log(_prob(self.damaged))
        best = self.damaged if None not in self.damaged else likeliest(self.damaged)
        super().__init__({best: math.exp(math.log(_prob(best)) - self.total)})

    def get(self, original, default=0.0):
        fits = len(original) == len(self.damaged) and all(
            shown in (None, word) for shown, word in zip(self.damaged, original)
        )
        prob = _prob(original) if fits else 0.0
        return math.exp(math.log(prob) - self.total) if prob else default


def likeliest(words) -> tuple[str, ...]:
    """The most probable text that fits, None being a gap: best-first over the gaps, from left to right.

    >>> likeliest(("anna", None, "to", "the", "bakery", "."))[1]
    'went'
    """
    gaps, language = [i for i, word in enumerate(words) if word is None], tinytown.only(*SCENES)
    heap = [(0.0, 0, tuple(words))]
    while True:
        cost, done, text = heapq.heappop(heap)
        if done == len(gaps):
            return text
        for word, prob in tinytown.cloze_probs(list(text), language=language)[0].items():
            if prob > 0:
                filled = (*text[: gaps[done]], word, *text[gaps[done] + 1 :])
                heapq.heappush(heap, (cost - math.log(prob), done + 1, filled))


def _prob(words) -> float:
    try:
        return math.exp(tinytown.log_prob(list(words), language=tinytown.only(*SCENES)))
    except tinytown.ImpossibleTextError:
        return 0.0


def restored(model, tokenizer, damaged) -> list[str]:
    """What a model makes of damaged texts, greedily."""
    found = []
    with torch.no_grad():
        for some in in_batches(damaged, 100):
            encoded = tokenizer(some, padding=True, return_tensors="pt")
            rows = model.generate(**encoded, do_sample=False, num_beams=1, max_new_tokens=ROOM)
            found += [tokenizer.decode(row, skip_special_tokens=True) for row in rows]
    return found
