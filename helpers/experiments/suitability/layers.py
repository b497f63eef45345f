"""Which layer to read: a linear probe of the overall sentiment on each layer, read at one token or as a mean.

Question: is the last layer the right one to pool? Changed: the layer (0 is the embeddings); held fixed: the frozen
weights, the reviews, the probe. Beside each stand the most frequent label's share and the exact optimum.
Cost on one core: 3 seeds x 2 families x 2 ways of reading, some 5 s each, a minute in all.
"""

from __future__ import annotations

import torch
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from helpers.evaluation import in_batches
from helpers.experiments.suitability import encoder_vs_decoder
from helpers.methods.pooling import padded_batches, pool

SEEDS = range(3)
READ = {"encoder": ("first", "mean"), "decoder": ("last", "mean")}
COUNT = 2_000  # reviews that a probe learns from


def points():
    """A point for each family and way of reading; all layers are read at once."""
    what = {"recipe": {"reviews": COUNT, "probe": "logistic regression"}}
    yield from ({"who": family, "how": how, **what} for family, ways in READ.items() for how in ways)


def by_layer(stack, tokenizer, examples, *, how: str) -> list:
    """The pooled vector of each text in every layer: one array (texts, d_model) for the embeddings and each block."""
    collate, found = padded_batches(tokenizer), []
    with torch.no_grad():
        for some in in_batches(examples, 200):
            batch = collate(some)
            mask = batch.pop("pool_mask")
            del batch["labels"]
            states = stack(**batch, output_hidden_states=True).hidden_states
            found.append([pool(each, mask, how) for each in states])
    return [torch.cat(layer).numpy() for layer in zip(*found)]


def run(point: dict) -> dict:
    """Accuracy of the probe on each layer, "0" to the last, and the bounds on the same reviews."""
    made, seed, scores = encoder_vs_decoder.body(point["who"]), point["seed"], {}
    train = encoder_vs_decoder.reviews("train", seed=seed)[: point["recipe"]["reviews"]]
    test = encoder_vs_decoder.reviews("test", seed=seed)
    sides = (by_layer(*made, some, how=point["how"]) for some in (train, test))
    labels = [[label for _, label in some] for some in (train, test)]
    for layer, (learnt, asked) in enumerate(zip(*sides)):
        probe = make_pipeline(StandardScaler(), LogisticRegression(max_iter=2_000, C=0.1)).fit(learnt, labels[0])
        scores[str(layer)] = float(probe.score(asked, labels[1]))
    return {"by layer": scores, **encoder_vs_decoder.bounds(seed)}
