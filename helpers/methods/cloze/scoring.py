"""Scores of labels in a pattern's gap: the log-probability of each label's words, one or several tokens long.

A word of n tokens is read from n mask tokens. `way` says how:
"together": all at once, the product of what each mask says alone (one pass);
"surest first": fill the token that the model is surest of, look again, fill the next (n passes a text).
The second is what Schick and Schütze propose for answering: a product of marginals calls words likely whose pieces
never stand together. Labels whose words have different numbers of tokens are asked in sentences with different numbers
of gaps; calibrate before you compare them.

Source: Schick and Schütze 2021, "It's Not Just Size That Matters: Small Language Models Are Also Few-Shot Learners".
"""

from __future__ import annotations

import functools
from collections.abc import Mapping

import numpy as np

from helpers.evaluation import predictions
from helpers.evaluation.masked import gap_rows
from helpers.methods.cloze.patterns import Verbalizer, ask, check_pattern, distinct_ids, word_ids, words_of
from helpers.models.checks import name_unknown_words, require_masked_model, require_texts
from helpers.models.encoding import encode
from helpers.transformer.checks import shown

WAYS = ("surest first", "together")


def label_scores(model, tokenizer, texts, *, pattern: str, verbalizer: Verbalizer, way: str = WAYS[0]) -> np.ndarray:
    """Log-score of each label for each text, (texts, labels), in nats and in the verbalizer's order.

    A label with several words gets the mean of their probabilities, so that no label gains by having more of them. The
    labels' probabilities do not sum to one; `calibration.normalised` makes them do so.
    Raises ValueError for no texts, a bad pattern or verbalizer, an unknown way, or a text too long for the model.
    """
    verbalizers = {"the one": verbalizer}
    return score_grid(model, tokenizer, texts, patterns={"": pattern}, verbalizers=verbalizers, way=way)["", "the one"]


def score_grid(model, tokenizer, texts, *, patterns: dict, verbalizers: dict, way: str = WAYS[0]) -> dict:
    """`label_scores` of every named pattern with every named verbalizer: {(pattern, verbalizer): (texts, labels)}.

    Each pattern is read once, however many words are looked up in its gap.
    """
    require_masked_model(model, tokenizer)
    if not isinstance(way, str) or way not in WAYS:
        raise ValueError(f"no way to read a word is called {way!r}; choose one of {', '.join(WAYS)}")
    texts = require_texts(texts)
    name_unknown_words(tokenizer, texts)
    grid = {}
    for name, pattern in _named(patterns, "patterns").items():
        read = _word_reader(model, tokenizer, tuple(texts), check_pattern(pattern), way)
        for other, verbalizer in _named(verbalizers, "verbalizers").items():
            distinct_ids(tokenizer, verbalizer, pattern=pattern)
            columns = [
                np.logaddexp.reduce([read(word) for word in words], axis=0) - np.log(len(words))
                for words in words_of(verbalizer).values()
            ]
            grid[name, other] = np.stack(columns, axis=1)
    return grid


def _named(things, what: str) -> Mapping:
    """A mapping from names to things, at least one."""
    if not isinstance(things, Mapping) or not things:
        raise TypeError(f"{what} cannot be {shown(things)}; pass a dict from names to {what}")
    return things


def _word_reader(model, tokenizer, texts, pattern, way):
    """A function from a word to its log-probability in the gap of each text, (texts,)."""

    @functools.cache
    def asked(masks):
        return _short_enough(
            model, tokenizer, [ask(pattern, text, mask_token=tokenizer.mask_token, masks=masks) for text in texts]
        )

    @functools.cache
    def rows(masks):
        return gap_rows(model, tokenizer, asked(masks))

    def read(word):
        ids = word_ids(tokenizer, word, pattern=pattern)
        if way == "surest first" and len(ids) > 1:
            return np.array([_surest_first(model, tokenizer, text, ids) for text in asked(len(ids))])
        return np.array([float(row[range(len(ids)), ids].sum()) for row in rows(len(ids))])

    return read


def _surest_first(model, tokenizer, text, ids):
    """Fill the masks with the word's own tokens, always the one that the model now finds likeliest; their nats."""
    encoded = encode(tokenizer, [text], model=model)
    places = (encoded["input_ids"][0] == tokenizer.mask_token_id).nonzero()[:, 0].tolist()
    waiting, total = dict(zip(places, ids)), 0.0
    while waiting:
        logs = predictions(model, encoded)[0]  # (position, vocab)
        at = max(waiting, key=lambda place: float(logs[place, waiting[place]]))
        total += float(logs[at, waiting[at]])
        filled = encoded["input_ids"].clone()
        filled[0, at] = waiting.pop(at)
        encoded = {**encoded, "input_ids": filled}
    return total


def _short_enough(model, tokenizer, texts):
    encode(tokenizer, texts, model=model)
    return texts
