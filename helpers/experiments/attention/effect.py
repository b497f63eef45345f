"""Does a bright cell show what a word uses? Attention beside the measured effect of hiding each word.

Changed: one word at a time is hidden behind [MASK]; the effect is how far the last vector of the two-sense word moves.
Held fixed: model, text, word. A way of reading attention is compared with plain nearness on the same texts (paired
differences, text by text), and the share of right first choices with that of a random word.
"""

from __future__ import annotations

import numpy as np
import torch
from scipy.stats import spearmanr

from helpers.evaluation.intervals import half_width
from helpers.experiments.attention.reading import read, ways_of_looking
from helpers.experiments.attention.texts import COUNT, position_and_ids, reader_of, texts_of
from helpers.transformer.masks import bidirectional, to_additive

NEAR = "nearness"


def each_hidden(ids, mask_id: int):
    """One row for each position of ids (1, position), with that position hidden: (position, position).

    >>> each_hidden(torch.tensor([[7, 8]]), 4).tolist()
    [[4, 8], [7, 4]]
    """
    return ids.repeat(ids.shape[1], 1).fill_diagonal_(mask_id)


@torch.no_grad()
def hiding(body, ids, word: int, mask_id: int, here):
    """How far hiding each position moves the word's last vector: (position,)."""
    return (body(input_ids=each_hidden(ids, mask_id)).last_hidden_state[:, word] - here).norm(dim=-1)


@torch.no_grad()
def cutting(body, states, word: int, here):
    """How far the word's last vector moves when its look at each position is cut in the last layer: (position,)."""
    size = states.shape[1]
    one_less = bidirectional(size).repeat(size, 1, 1, 1)  # (row, 1, query, key)
    one_less[range(size), 0, word, range(size)] = False  # row j: no look at j
    out = body.encoder.layer[-1](states.expand(size, -1, -1), attention_mask=to_additive(one_less))
    return ((out[0] if isinstance(out, tuple) else out)[:, word] - here).norm(dim=-1)


def compared(body, tokenizer, text: str) -> dict:
    """For each way of looking at one text: (rank correlation with the effect, whether its first choice is right)."""
    word, ids = position_and_ids(tokenizer, text)
    looks = read(body, ids)
    rest = [j for j in range(1, ids.shape[1] - 1) if j != word]  # without [CLS], [SEP] and the word itself
    effect = hiding(body, ids, word, tokenizer.mask_token_id, looks.last[word])[rest]
    cut = cutting(body, looks.states[-2], word, looks.last[word])[rest]
    ways = {name: way[rest] for name, way in ways_of_looking(looks, word).items()}
    found = {n: (float(spearmanr(w, effect).statistic), bool(w.argmax() == effect.argmax())) for n, w in ways.items()}
    own = ways["last layer"]
    found["last layer, its own cuts"] = float(spearmanr(own, cut).statistic), bool(own.argmax() == cut.argmax())
    found["random word"] = 0.0, 1 / len(rest)
    return found


def run(reader: str, *, seed: int, count: int = COUNT) -> dict:
    """Means over the texts for each way of looking; what it has over nearness is paired, text by text."""
    body, tokenizer = reader_of(reader, seed)
    rows = [compared(body, tokenizer, text) for text in texts_of(reader, seed, count)]
    near = np.array([row[NEAR][0] for row in rows])
    return {way: _summary(np.array([row[way] for row in rows], dtype=float), near) for way in rows[0]} | {
        "texts": len(rows)
    }


def _summary(pairs, near) -> dict:
    apart = pairs[:, 0] - near
    return {
        "correlation": float(pairs[:, 0].mean()),
        "ci95": half_width(pairs[:, 0]),
        "over nearness": float(apart.mean()),
        "over nearness ci95": half_width(apart),
        "first choice": float(pairs[:, 1].mean()),
    }
