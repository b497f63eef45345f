"""Do special tokens receive attention that does nothing? What they receive, what it carries, and closing them.

Changed: which columns are closed to every query in every layer ([CLS] and [SEP], the two neighbours of the word, random
ordinary words). Held fixed: model, text, the word whose last vector is watched. Movement divided by attention falls by
itself as more is closed, so special tokens are compared with ordinary words that received about as much attention
together, text by text; and with one to six random words, for the curve. `even` is the share of an even spread.
"""

from __future__ import annotations

import numpy as np
import torch

from helpers.evaluation.intervals import half_width
from helpers.experiments.attention.reading import read
from helpers.experiments.attention.texts import COUNT, position_and_ids, reader_of, texts_of
from helpers.transformer.masks import bidirectional, to_additive

MOST = 6  # random ordinary words that are closed together


def sets_of_columns(received, word: int, rng) -> dict:
    """The columns to close: special tokens, neighbours, random ordinary words, and as many as match the special ones.

    received (position,): the word's attention; the first and the last position are the special tokens.
    """
    last = len(received) - 1
    ordinary = rng.permutation([j for j in range(1, last) if j != word]).tolist()
    sums = np.cumsum([float(received[j]) for j in ordinary])
    nearest = int(np.abs(sums - float(received[[0, last]].sum())).argmin()) + 1
    found = {"special": [0, last], "neighbours": [j for j in (word - 1, word + 1) if 0 < j < last]}
    found |= {f"ordinary {n}": ordinary[:n] for n in range(1, MOST + 1) if n <= len(ordinary)}
    return found | {"ordinary, matched": ordinary[:nearest]}


@torch.no_grad()
def moved(body, ids, word: int, here, sets):
    """How far the word's last vector moves, in its own lengths, when each set of columns is closed: (sets,)."""
    size = ids.shape[1]
    mask = bidirectional(size).repeat(len(sets), 1, 1, 1)  # (set, 1, query, key)
    for row, columns in enumerate(sets):
        mask[row, 0, :, columns] = False
    mask |= torch.eye(size, dtype=torch.bool)  # everyone may still see itself
    closed = body(input_ids=ids.expand(len(sets), -1), attention_mask=to_additive(mask)).last_hidden_state
    return (closed[:, word] - here).norm(dim=-1) / here.norm()


def measured(body, tokenizer, text: str, rng) -> dict:
    """For each set of columns of one text: what it receives of the word's attention and of its norms, and the effect.

    Shares are means over all layers, "last" ones of the last layer alone.
    """
    word, ids = position_and_ids(tokenizer, text)
    looks = read(body, ids)
    maps = {"weights": looks.weights, "norms": looks.norms, "summed": looks.summed}
    shares = {name: rows[:, word] / rows[:, word].sum(-1, keepdim=True) for name, rows in maps.items()}  # (layer, key)
    sets = sets_of_columns(shares["weights"].mean(0), word, rng)
    moves = moved(body, ids, word, looks.last[word], list(sets.values()))
    return {
        name: {share: float(rows[:, columns].sum(-1).mean()) for share, rows in shares.items()}
        | {f"last {share}": float(rows[-1, columns].sum()) for share, rows in shares.items()}
        | {"even": len(columns) / ids.shape[1], "closed": len(columns), "moved": float(move)}
        for (name, columns), move in zip(sets.items(), moves)
    }


def run(reader: str, *, seed: int, count: int = COUNT) -> dict:
    """Means over the texts for each set of columns, and what closing special tokens moves beyond matched words."""
    body, tokenizer = reader_of(reader, seed)
    rng = np.random.default_rng([seed, 1300])
    rows = [measured(body, tokenizer, text, rng) for text in texts_of(reader, seed, count)]
    names = dict.fromkeys(name for row in rows for name in row)
    found = {name: _mean([row[name] for row in rows if name in row]) for name in names}
    apart = [row["special"]["moved"] - row["ordinary, matched"]["moved"] for row in rows]
    return {**found, "special over matched": float(np.mean(apart)), "ci95": half_width(apart), "texts": len(rows)}


def _mean(rows) -> dict:
    return {name: float(np.mean([row[name] for row in rows])) for name in rows[0]} | {"texts": len(rows)}
