"""The most probable continuation that a causal model has, found for certain: what a beam only looks for.

Beginnings are continued in the order of their probability, which bounds every text behind them from above. Those below
a limit are left out; where no whole text is above the limit, it is lowered and the search begins again.

Source: Stahlberg and Byrne 2019, "On NMT Search Errors and Model Errors: Cat Got Your Tongue?": with an exact search
one can tell what the search has done wrong from what the model has.
"""

from __future__ import annotations

import math

import torch

from helpers.methods.decoding import check_prompt
from helpers.tinytown import END
from helpers.tinytown.best_first import best_first
from helpers.transformer.checks import whole

FIRST_LIMIT, LOWER = math.exp(-4), math.exp(-2)  # probability; by what it is lowered
MOST = 50_000  # beginnings that the model reads before a search is given up


def most_probable(model, prompt_ids, *, max_new_tokens, end_id, most: int = MOST) -> tuple[list[int], float]:
    """The new ids of the most probable continuation that ends within `max_new_tokens`, and its -ln p in nats.

    The end mark is one of the new ids, as in `greedy`.
    Raises ValueError for what `check_prompt` refuses, or when none is found in `most` readings of the model.
    """
    prompt = check_prompt(model, prompt_ids, max_new_tokens=max_new_tokens)
    whole(end_id, "end_id")
    left, limit = whole(most, "most", least=1), FIRST_LIMIT
    while True:
        children = _Children(model, prompt, max_new_tokens, end_id, limit)
        try:
            found = next(best_first(children, start=(), most=left), None)
        except ValueError:
            found, left = None, 0
        if found:
            return [*found[0], end_id], -math.log(found[1])
        left, limit = left - children.read, limit * LOWER
        if left < 1:
            raise ValueError(f"most {most} readings found no text that ends within {max_new_tokens} tokens; pass more")


class _Children:
    """What a model lets follow a beginning, each with its probability, those below a limit left out."""

    def __init__(self, model, prompt, longest, end_id, limit):
        self.model, self.prompt, self.longest, self.end_id, self.limit = model, prompt, longest, end_id, limit
        self.read = 0

    def __call__(self, new, probability) -> dict:
        self.read += 1
        with torch.no_grad():
            logits = self.model(input_ids=torch.tensor([[*self.prompt, *new]])).logits[0, -1]
        probs = probability * logits.double().softmax(-1)
        last = len(new) == self.longest - 1
        kept = (probs >= self.limit).nonzero()[:, 0].tolist()
        return {END if i == self.end_id else i: float(probs[i]) for i in kept if i == self.end_id or not last}
