"""Pairs of texts: does the second follow the first?"""

import functools

import numpy as np
import torch

from helpers import tinytown
from helpers.evaluation.held_out import in_batches


@functools.cache
def pair_problems(count: int, seed: int) -> tuple:
    """Held-out pairs, every other one a real continuation: (A, B, follows, exact answer)."""
    rng = np.random.default_rng([seed, 800])
    pool = [d for d in tinytown.documents(4 * count, split="test", seed=[seed, 801]) if len(d.sentences) > 1]
    problems = []
    for i in range(count):
        halves = [
            (d.sentences[:j], d.sentences[j:])
            for d in (pool[i], pool[-1 - i])
            for j in [rng.integers(1, len(d.sentences))]
        ]
        follows = i % 2 == 0
        first, second = halves[0][0], halves[0 if follows else 1][1]
        exact = tinytown.next_sentence_prob(first, second) > 0.5
        problems.append((*(" ".join(w for s in side for w in s) for side in (first, second)), follows, exact))
    return tuple(problems)


def follows_probs(model, tokenizer, pairs) -> np.ndarray:
    """Probability that B follows A by the next-sentence head (label 0 in transformers), for (A, B) pairs: (pairs,)."""
    found = []
    for batch in in_batches(pairs):
        encoded = tokenizer([a for a, *_ in batch], [b for _, b, *_ in batch], padding=True, return_tensors="pt")
        with torch.no_grad():
            found.append(model(**encoded).seq_relationship_logits.float().softmax(-1)[:, 0])
    return torch.cat(found).numpy()


def next_sentence(model, tokenizer, *, count: int = 500, seed: int = 0) -> dict:
    """Accuracy of the next-sentence head on held-out pairs, beside the exact optimum on the same pairs."""
    problems = pair_problems(count, seed)
    said = follows_probs(model, tokenizer, problems) > 0.5
    truth, exact = (np.array([p[i] for p in problems]) for i in (2, 3))
    return {"accuracy": float((said == truth).mean()), "optimum": float((exact == truth).mean())}
