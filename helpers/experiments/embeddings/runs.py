"""Runs of the experiment: who turns texts into scores, and all the questions that those scores are put to."""

from __future__ import annotations

import functools
from itertools import islice

import numpy as np
import torch

from helpers.methods.embeddings import contrastive, geometry, graded, retrieval
from helpers.methods.fine_tuned import fresh, without_dropout
from helpers.tasks import paraphrase_posteriors, similarity
from helpers.tasks.paraphrases import collection, paraphrase_pairs
from helpers.tasks.task import SIZES, key
from helpers.training.finetuning import FineTuning

MODELS = {"encoder": "course-bert", "decoder": "course-gpt"}
READ = {"encoder": ("first", "mean"), "decoder": ("last", "mean")}  # which token's vector, by family
SHORTLIST, SHORTLISTS = 10, 100
VALIDATION = 6 * contrastive.RECIPE.batch_size


@functools.cache
def similarity_examples(seed: int = 0, split: str = "test") -> tuple:
    """Pairs of the similarity task of this seed, with their gold overlap of facts."""
    found = {key(example): example for example in islice(similarity.draw(split, seed), 2 * SIZES[split])}
    return tuple(found.values())[: SIZES[split]]  # distinct pairs


@functools.cache
def shortlists(seed: int = 0) -> tuple:
    """Hard choices: (query, ten documents), its paraphrase first, then the nine most alike by BM25."""
    queries, documents = collection(seed=seed)
    ranked = np.argsort(-retrieval.bm25(queries[:SHORTLISTS], documents), axis=1, kind="stable")
    others = [[j for j in row if j != i][: SHORTLIST - 1] for i, row in enumerate(ranked)]
    return tuple((queries[i], tuple(documents[j] for j in (i, *row))) for i, row in enumerate(others))


@functools.cache
def stack(family: str):
    """A family's pretrained stack without any head: (model, tokenizer)."""
    return fresh(MODELS[family], "AutoModel")


@functools.cache
def random_stack(family: str, seed: int):
    """The control without pretraining: the same configuration with random weights, (model, tokenizer)."""
    body, tokenizer = stack(family)
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return without_dropout(type(body)(body.config)).eval(), tokenizer


def start_of(family: str, seed: int, random: bool):
    """The stack that a training starts from: the pretrained one, or one with random weights of this seed."""
    return random_stack(family, seed) if random else stack(family)


def spearman(pair_scores, seed: int, split: str = "test") -> float:
    """Rank correlation of a score of text pairs with the gold overlap."""
    examples = similarity_examples(seed, split)
    return similarity.score(pair_scores([(e.source, e.second) for e in examples]), examples)["spearman"]


def picks(pair_scores, seed: int) -> float:
    """Share of shortlists in which the query's paraphrase has the highest score; chance is one in ten."""
    pairs = [(query, document) for query, documents in shortlists(seed) for document in documents]
    scores = np.reshape(pair_scores(pairs), (-1, SHORTLIST))
    return retrieval.recalls(scores, np.zeros(len(scores), dtype=int), (1,))["1"]


def pairwise(vectors):
    """A function from text pairs to the inner products of their vectors; `vectors` gives one for each of many texts."""

    def scores(pairs):
        texts = sorted({text for pair in pairs for text in pair})
        place, found = {text: i for i, text in enumerate(texts)}, np.asarray(vectors(texts))
        return [float(found[place[one]] @ found[place[two]]) for one, two in pairs]

    return scores


def embedding_scores(vectors, seed: int) -> dict:
    """Everything that one vector a text is asked: similarity, search, hard choices, and how the vectors lie."""
    queries, documents = (vectors(side) for side in collection(seed=seed))
    return {
        "spearman": spearman(pairwise(vectors), seed),
        "picks": picks(pairwise(vectors), seed),
        "recall": retrieval.recalls(np.asarray(queries @ documents.T)),
        "cosine": geometry.mean_cosine(documents),
        "alignment": geometry.alignment(queries, documents[: len(queries)]),
        "uniformity": geometry.uniformity(documents),
    }


def exact_answers(seed: int) -> dict:
    """The optimum of search and choice (by density ratio), the ratio's score on similarity, the loss's floor."""
    queries, documents = collection(seed=seed)
    ratio = pairwise(paraphrase_posteriors.exact_vectors)
    pairs = list(zip(queries, documents))
    return {
        "spearman": spearman(ratio, seed),
        "picks": picks(ratio, seed),
        "recall": retrieval.recalls(np.exp(paraphrase_posteriors.exact_scores(queries, documents))),
        "loss": paraphrase_posteriors.contrastive_floor(pairs, batch_size=contrastive.RECIPE.batch_size),
    }


def word_answers(seed: int) -> dict:
    """Readers that only count words: BM25 in search, the share of common words for similarity."""
    counted = [similarity.shared_words(example) for example in similarity_examples(seed)]
    return {
        "spearman": similarity.score(counted, similarity_examples(seed))["spearman"],
        "recall": retrieval.recalls(retrieval.bm25(*collection(seed=seed))),
    }


def raw(family: str, how: str, seed: int, *, random: bool = False) -> dict:
    """A stack as it is, pretrained or with random weights."""
    return embedding_scores(functools.partial(contrastive.embed, *start_of(family, seed, random), how=how), seed)


@functools.lru_cache(maxsize=6)
def tuned(family: str, how: str, recipe: FineTuning, seed: int, random: bool = False):
    """A bi-encoder after the contrastive training, of a pretrained stack or of random weights: (model, tokenizer)."""
    body, tokenizer = start_of(family, seed, random)
    pairs = paraphrase_pairs("train", recipe.steps * recipe.batch_size, seed)
    return contrastive.train(body, tokenizer, pairs, how=how, seed=seed, recipe=recipe)[0], tokenizer


def tuned_scores(family: str, how: str, recipe: FineTuning, seed: int, *, random: bool = False) -> dict:
    """All questions, and the contrastive loss on held-out pairs."""
    body, tokenizer = tuned(family, how, recipe, seed, random)
    loss = contrastive.held_out_loss(body, tokenizer, list(zip(*collection(seed=seed))), how=how)
    return {**embedding_scores(functools.partial(contrastive.embed, body, tokenizer, how=how), seed), "loss": loss}


def tuned_validation(family: str, how: str, recipe: FineTuning, seed: int, *, random: bool = False) -> dict:
    """The contrastive loss on validation pairs."""
    pairs = paraphrase_pairs("validation", VALIDATION, seed)
    return {"loss": contrastive.held_out_loss(*tuned(family, how, recipe, seed, random), pairs, how=how)}


def graded_validation(family: str, how: str, recipe: FineTuning, seed: int) -> dict:
    """The loss of a training on degrees on validation relatives, as many texts as of the contrastive loss."""
    body, tokenizer = stack(family)
    pairs = graded.relatives(recipe.steps * recipe.batch_size, seed)
    model, _ = graded.train(body, tokenizer, pairs, how=how, seed=seed, recipe=recipe)
    return {"loss": graded.held_out_loss(model, tokenizer, graded.relatives(VALIDATION, seed, "validation"), how=how)}
