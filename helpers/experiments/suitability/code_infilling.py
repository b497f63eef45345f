"""Code with a word missing: filled in from both sides or completed from the left, by models as they were pretrained.

The same programs and the same hidden words in both cases; to complete, the right side is cut off. A decoder can fill in
too, at a price: it tries each candidate in the gap and reads the whole program again.
"""

from __future__ import annotations

import functools

import numpy as np

from helpers import tinytown
from helpers.evaluation import causal_losses, gap_log_probs, next_word_log_probs
from helpers.tasks.task import stream

SURE = 0.9


@functools.cache
def problems(count: int, *, seed: int = 0) -> tuple:
    """(words, place of the hidden one) of programs, one a program, where the left side alone leaves the word open."""
    rng, found = np.random.default_rng([seed, 1140]), []
    for d in stream("code", split="test", seed=[seed, 1141], keep=lambda d: len(d.sentences) > 1):
        laws = left_probs(d.tokens)
        open_ = [t for t in range(1, len(d.tokens) - 1) if laws[t].max() < SURE]
        if open_:
            found.append((d.tokens, int(rng.choice(open_))))
        if len(found) == count:
            return tuple(found)


@functools.cache
def left_probs(words: tuple) -> np.ndarray:
    """Exact law of each word given the words before it, the last column for the end: (words + 1, vocab + 1)"""
    weights = tinytown.Reading(words, tinytown.only("code")).next_words()
    return weights / weights.sum(1, keepdims=True)


def both_probs(words, at: int) -> dict[str, float]:
    """Exact law of a hidden word given both sides."""
    seen = [None if t == at else word for t, word in enumerate(words)]
    return tinytown.cloze_probs(seen, language=tinytown.only("code"))[0]


def right(answers, found) -> float:
    """Share of hidden words that were guessed."""
    return float(np.mean([answer == words[at] for answer, (words, at) in zip(answers, found, strict=True)]))


def exact(found) -> dict[str, float]:
    """The best possible shares, from both sides and from the left."""
    words = tinytown.only("code").words
    both = [max(law, key=law.get) for law in (both_probs(*problem) for problem in found)]
    left = [words[left_probs(tokens)[at, :-1].argmax()] for tokens, at in found]
    return {"both sides": right(both, found), "left side": right(left, found)}


def in_the_gap(model, tokenizer, found, *, read=gap_log_probs) -> dict[str, float]:
    """Shares right of a model that is asked for the gap: with both sides, and with its right side cut off.

    `read` is how it is asked: `gap_log_probs` a masked model, `written_log_probs` two stacks.
    """
    texts = {
        "both sides": [" ".join("[MASK]" if t == at else w for t, w in enumerate(words)) for words, at in found],
        "left side": [" ".join([*words[:at], "[MASK]"]) for words, at in found],
    }
    return {
        side: right(best_words(tokenizer, [row[0] for row in read(model, tokenizer, of_side)]), found)
        for side, of_side in texts.items()
    }


def best_words(tokenizer, rows) -> list[str]:
    """The most probable token of each row of scores."""
    return tokenizer.convert_ids_to_tokens([int(row.argmax()) for row in rows])


def decoder(model, tokenizer, found, *, candidates: int = 8) -> dict[str, float]:
    """Shares right of a causal model: the next word, and the best of its candidates when each is tried in the gap."""
    left = next_word_log_probs(model, tokenizer, [" ".join(words[:at]) for words, at in found])
    tried = [tokenizer.convert_ids_to_tokens(row.topk(candidates).indices.tolist()) for row in left]
    texts = [" ".join([*words[:at], word, *words[at + 1 :]]) for (words, at), row in zip(found, tried) for word in row]
    losses = np.array([row.sum() for row in causal_losses(model, tokenizer, texts)]).reshape(len(found), candidates)
    answers = [row[best] for row, best in zip(tried, losses.argmin(1))]
    return {"left side": right(best_words(tokenizer, left), found), "each candidate tried": right(answers, found)}
