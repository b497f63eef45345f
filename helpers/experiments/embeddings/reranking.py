"""A cross-encoder that works, and what it is for: a bi-encoder fetches ten documents, the cross-encoder orders them.

Question: does reading both texts together pick the paraphrase better than two vectors? Changed: how the pair is read;
held fixed: model, shortlists, queries and documents. A cross-encoder has to match words across two texts, which is
learnt late (experiment `matching`): it gets ten times the steps of the bi-encoder, and the curve of its held-out loss
stands in the searches. Beside both: BM25, the exact optimum (the bounds), and the fetched documents' recall at 10,
which caps the re-ranked recall. Cost on one core: 2 families x (3 rates + 3 seeds) x 150 s, 30 minutes.
"""

from __future__ import annotations

import functools

import numpy as np
import torch

from helpers.experiments.embeddings import runs
from helpers.methods.embeddings import contrastive, cross_encoder, retrieval
from helpers.methods.fine_tuned import fresh
from helpers.tasks.paraphrases import collection, paraphrase_pairs
from helpers.training.finetuning import FineTuning, finetune

RECIPE = FineTuning(steps=600, batch_size=8, learning_rate=3e-4)
RATES = (1e-4, 3e-4, 1e-3)
FETCHED = 10
VALIDATION = 96  # pairs on which the loss is measured on the way
POINTS = (75, 150, 300, 450, 600)


def reader(family: str, recipe: FineTuning, seed: int, *, points=()):
    """A cross-encoder trained to pick paraphrases among four: (model, tokenizer, [[step, held-out loss], ...])."""
    model, tokenizer = fresh(runs.MODELS[family], "AutoModelForSequenceClassification", seed=seed, num_labels=1)
    write, curve = cross_encoder.writer(tokenizer, model.config), []
    held_out = paraphrase_pairs("validation", VALIDATION, seed)

    def watch(step, trained):
        if step in points:
            curve.append([step, cross_encoder.held_out_loss(trained, tokenizer, held_out)])

    trained = finetune(
        model,
        paraphrase_pairs("train", recipe.steps * recipe.batch_size, seed),
        collate=lambda chosen: write(cross_encoder.candidate_pairs(chosen)),
        generator=torch.Generator().manual_seed(seed),
        recipe=recipe,
        loss=pick_loss,
        watch=watch,
    )[0]
    return trained, tokenizer, curve


def pick_loss(model, batch):
    """Cross-entropy of the first of each row of candidates, in nats."""
    scores = model(**batch).logits.view(-1, cross_encoder.CANDIDATES)
    return torch.nn.functional.cross_entropy(scores, torch.zeros(len(scores), dtype=torch.long))


def validation(family: str, recipe: FineTuning, seed: int) -> dict:
    """The held-out loss of a training, at its end and on the way."""
    curve = reader(family, recipe, seed, points=(*POINTS, recipe.steps))[2]
    return {"loss": curve[-1][1], "curve": curve}


def scores(family: str, recipe: FineTuning, seed: int, *, how: str, bi_recipe: FineTuning) -> dict:
    """Shortlists and re-ranked search by a cross-encoder, beside the bi-encoder that fetched."""
    model, tokenizer, _ = reader(family, recipe, seed)
    pair_scores = functools.partial(cross_encoder.score, model, tokenizer)
    vectors = functools.partial(contrastive.embed, *runs.tuned(family, how, bi_recipe, seed), how=how)
    first, second = (np.asarray(vectors(side)) for side in collection(seed=seed))
    fetched = retrieval.recalls(first @ second.T)
    return {
        "picks": runs.picks(pair_scores, seed),
        "fetched": fetched,
        "re-ranked": reranked(first @ second.T, pair_scores, collection(seed=seed)),
        "words": retrieval.recalls(retrieval.bm25(*collection(seed=seed))),
    }


def reranked(found, pair_scores, sides, *, count: int = FETCHED) -> dict:
    """Recall at 1 and 5 when the first `count` documents of each query are ordered by a score of pairs.

    Shapes: found (queries, documents), the scores by which documents are fetched; query i wants document i.
    """
    queries, documents = sides
    found = np.asarray(found)
    best = np.argsort(-found, axis=1, kind="stable")[:, :count]
    pairs = [(query, documents[j]) for query, row in zip(queries, best) for j in row]
    again = np.full(found.shape, -1e9)  # what is not fetched cannot be found any more
    np.put_along_axis(again, best, np.reshape(pair_scores(pairs), best.shape), axis=1)
    hit = (best == np.arange(len(queries))[:, None]).any(1)
    at = [retrieval.chance_of_hit(again, np.arange(len(queries)), k) * hit for k in (1, 5)]
    return {"1": float(at[0].mean()), "5": float(at[1].mean())}
