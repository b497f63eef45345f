"""Code with a word missing: filled in from both sides or completed from the left, by models as they were pretrained.

The same programs and the same hidden words in both cases; to complete, the right side is cut off. A decoder can fill in
too, at a price: it tries each candidate in the gap and reads the whole program again.
"""

from __future__ import annotations

import functools
import math

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
        if places := open_places(d.tokens):
            found.append((d.tokens, int(rng.choice(places))))
        if len(found) == count:
            return tuple(found)


def open_places(words) -> list[int]:
    """Where, between the first and the last word, no next word is as probable as `SURE` given the words before it."""
    losses = tinytown.causal_losses(words, language=tinytown.only("code"))
    unsure = [t for t in range(1, len(words) - 1) if losses[t] > -math.log(SURE) - 1e-9]  # of the word that comes
    return [t for t in unsure if max(left_probs(words, t).values()) < SURE]


def left_probs(words, at: int) -> dict[str, float]:
    """Exact probability of each word at a place given the words before it."""
    return tinytown.next_token_probs(words[:at], language=tinytown.only("code"))


def both_probs(words, at: int) -> dict[str, float]:
    """Exact probability of each word at a place given both sides."""
    seen = [None if t == at else word for t, word in enumerate(words)]
    return tinytown.cloze_probs(seen, language=tinytown.only("code"))[0]


def right(answers, found) -> float:
    """Share of hidden words that were guessed."""
    return float(np.mean([answer == words[at] for answer, (words, at) in zip(answers, found, strict=True)]))


def exact(found) -> dict[str, float]:
    """The best possible shares, from both sides and from the left."""
    sides = {"both sides": both_probs, "left side": left_probs}
    answers = {side: [best_word(probs(*problem)) for problem in found] for side, probs in sides.items()}
    return {side: right(words, found) for side, words in answers.items()}


def best_word(probs: dict[str, float]) -> str:
    """The most probable word; the end of the text is none."""
    return max((word for word in probs if word != tinytown.END), key=probs.get)


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
