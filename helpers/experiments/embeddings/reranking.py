"""A cross-encoder, and what it is for: a bi-encoder fetches ten documents, the cross-encoder orders them.

Question: does reading both texts together order the fetched documents better than the two vectors that fetched them?
Changed: how the pair is read; held fixed: pretrained model, texts a step, queries and documents. The bi-encoder is that
of 300 steps (`training`), and its own order, "fetched", is the bar to beat; its recall at 10 caps the re-ranked recall.
The wrong candidates that the cross-encoder learns from are hard ones, of two kinds: the most similar by BM25 among the
training pairs, which may give the answer away (the paraphrase is often the candidate with the fewest shared words), and
such as the bi-encoder fetches (field "wrong" of the point), at the same rate and steps. A cross-encoder has to match
words across two texts, which is learnt late (experiment `matching`): it gets 600 steps, twice the bi-encoder's, and its
held-out loss is recorded on the way. On fetched texts that is too early, so that training is also done with `LONGER`
steps and nothing else changed; then also from the bi-encoder's weights in place of the pretrained ones (field
"start") and nothing else changed; then with `LONGEST` steps. Beside all: BM25, the exact optimum (the bounds), and in
rows of that start what the exact reader makes of the same ten documents ("perfect") and of the same held-out choices
("floor").
Cost on one core: 3 rates of 300 steps, some 42 s each, 2 x 3 seeds of 600 steps, some 145 s each with their
bi-encoders, 6 of 3,000 and 3 of 9,000: 140 minutes.
"""

from __future__ import annotations

import functools
from itertools import islice

import numpy as np
from scipy.special import log_softmax

from helpers.experiments.embeddings import runs, training
from helpers.methods.embeddings import contrastive, cross_encoder, retrieval
from helpers.tasks.paraphrase_posteriors import exact_scores
from helpers.tasks.paraphrases import collection, paraphrase_pairs
from helpers.training.finetuning import FineTuning

RECIPE = FineTuning(steps=training.LONG, batch_size=8, learning_rate=3e-4)  # 8 x 4 rows of two texts: 64 texts a step
STEPS, LONGER, LONGEST = 600, 3_000, 9_000  # of the training; the rate is searched with those of the recipe
TRAININGS = (  # in which the points of the stage differ; where nothing is said, pretrained and wrong texts by BM25
    {"steps": STEPS},
    {"steps": STEPS, "wrong": "fetched"},
    {"steps": LONGER, "wrong": "fetched"},
    {"steps": LONGER, "wrong": "fetched", "start": "bi-encoder"},
    {"steps": LONGEST, "wrong": "fetched", "start": "bi-encoder"},
)
FETCHER = ("encoder", "mean")  # the bi-encoder whose documents are ordered again
RATES = (1e-4, 3e-4, 1e-3)
FETCHED = 10
VALIDATION, POOL = 96, 1_000  # queries on which the loss is measured on the way, pairs that wrong ones come from
POINTS = (75, 150, 300, 450, 600, 1_000, 1_500, 2_000, 3_000, 4_500, 6_000, 9_000)


def reader(family: str, recipe: FineTuning, seed: int, *, points=(), choose=None, body=None):
    """A cross-encoder trained to pick paraphrases among hard ones: (model, tokenizer, [[step, held-out loss], ...]).

    choose: what turns pairs into queries with candidates, `choices` if nothing is said. body: the stack whose weights
    it starts from, in place of the pretrained one.
    """
    choose, curve = choose or choices, []
    model, tokenizer = cross_encoder.fresh_reader(runs.MODELS[family], seed=seed)
    if body is not None:
        model.base_model.load_state_dict(body.state_dict())
    held_out = validation_choices(choose, seed)
    taught = choose(paraphrase_pairs("train", recipe.steps * recipe.batch_size, seed))

    def watch(step, trained):
        if step in points:
            curve.append([step, cross_encoder.held_out_loss(trained, tokenizer, held_out, candidates=flat)])

    how = {"seed": seed, "recipe": recipe, "candidates": flat, "watch": watch}
    return cross_encoder.train(model, tokenizer, taught, **how)[0], tokenizer, curve


def validation_choices(choose, seed: int) -> list[tuple]:
    """The choices on which the loss is measured on the way."""
    return choose(paraphrase_pairs("validation", POOL, seed))[:VALIDATION]


def choices(pairs) -> list[tuple]:
    """Each query with its candidates, (query, texts): its paraphrase first, then the hardest texts of other pairs."""
    wrong = training.strangers(pairs, cross_encoder.CANDIDATES - 1)
    return [(query, (own, *(pairs[j][1] for j in row))) for (query, own), row in zip(pairs, wrong)]


def fetched_choices(vectors, pairs, seed: int) -> list[tuple]:
    """The same with candidates as the search has them: three of the nine wrong texts that vectors fetch among 1,000.

    vectors: texts -> (texts, d_model); the pairs are taken in blocks of `POOL`.
    """
    rng, found = np.random.default_rng(seed), []
    for start in range(0, len(pairs), POOL):
        block = pairs[start : start + POOL]
        first, second = (np.asarray(vectors(side)) for side in zip(*block))
        for (query, own), order in zip(block, np.argsort(-(first @ second.T), axis=1, kind="stable")):
            others = (block[j][1] for j in order if not set(block[j]) & {query, own})
            wrong = list(islice(dict.fromkeys(islice(others, 5 * FETCHED)), FETCHED - 1))
            drawn = rng.choice(len(wrong), cross_encoder.CANDIDATES - 1, replace=False)
            found.append((query, (own, *(wrong[j] for j in drawn))))
    return found


def flat(chosen) -> list[tuple[str, str]]:
    """The pairs of texts of some choices, one after the other."""
    return [(query, text) for query, texts in chosen for text in texts]


def validation(family: str, recipe: FineTuning, seed: int) -> dict:
    """The held-out loss of a training, at its end and on the way."""
    curve = reader(family, recipe, seed, points=(*POINTS, recipe.steps))[2]
    return {"loss": curve[-1][1], "curve": curve}


def scores(
    family: str, recipe: FineTuning, seed: int, *, how: str, bi_recipe: FineTuning, wrong: str = "", start: str = ""
) -> dict:
    """Shortlists and re-ranked search by a cross-encoder; as "fetched" the order of the bi-encoder that fetched."""
    fetcher, words, _ = training.trained(family, how, bi_recipe, seed)
    vectors = functools.partial(contrastive.embed, fetcher, words, how=how)
    choose = functools.partial(fetched_choices, vectors, seed=seed) if wrong == "fetched" else choices
    body = fetcher if start == "bi-encoder" else None
    model, tokenizer, curve = reader(family, recipe, seed, points=POINTS, choose=choose, body=body)
    pair_scores = functools.partial(cross_encoder.score, model, tokenizer)
    sides = collection(seed=seed)
    first, second = (np.asarray(vectors(side)) for side in sides)
    by_vectors = first @ second.T
    found = {
        "picks": runs.picks(pair_scores, seed),
        "fetched": retrieval.recalls(by_vectors),
        "re-ranked": reranked(by_vectors, pair_scores, sides),
        "words": retrieval.recalls(retrieval.bm25(*sides)),
        "curve": curve,
    }
    if body is None:
        return found
    held_out = flat(validation_choices(choose, seed))
    found_by_exact = np.reshape(exact_pair_scores(held_out), (-1, cross_encoder.CANDIDATES))
    return found | {
        "perfect": reranked(by_vectors, exact_pair_scores, sides),
        "floor": float(-log_softmax(found_by_exact, axis=1)[:, 0].mean()),
    }


def exact_pair_scores(pairs) -> np.ndarray:
    """The perfect reader's score of each pair, the log of its density ratio: (pairs,), at least -1,000 nats.

    >>> told = "delta expanded yesterday ."
    >>> exact_pair_scores([(told, "delta makes cars ."), (told, "vertex makes cars .")]).round(1).tolist()
    [3.6, -1000.0]
    """
    sides = [list(dict.fromkeys(side)) for side in zip(*pairs)]
    first, second = ({text: i for i, text in enumerate(side)} for side in sides)
    table = np.maximum(exact_scores(*sides), -1e3)
    return np.array([table[first[one], second[two]] for one, two in pairs], dtype=float)


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
