"""A bi-encoder taught degrees: the cosine of any two texts of a batch shall be their gold overlap of facts.

Contrastive training knows paraphrase pairs and strangers only. Here each pair of a batch has a number, so that n texts
give n (n - 1) / 2 numbers to learn from; every degree of overlap counts alike, however rare it is. Two texts drawn
alone rarely agree in most facts: batches are made of relatives, texts of two worlds that share some of their facts.

Source: the cosine trained by squared error: Reimers and Gurevych 2019, "Sentence-BERT", section 3 (regression
objective). That all pairs of a batch are used, and weighed by degree, is ours.
"""

from __future__ import annotations

import functools

import numpy as np
import torch
from torch.nn.functional import normalize

from helpers.methods.embeddings.contrastive import embed, pooled
from helpers.methods.pooling import POOLS
from helpers.models.checks import require_body
from helpers.models.encoding import encode
from helpers.tasks.paraphrases import text_of
from helpers.tasks.similarity import SCENES, overlap, told
from helpers.tinytown.language import only
from helpers.tinytown.sampling import SPLITS, sampler, uniform_stream
from helpers.training.finetuning import FineTuning, finetune
from helpers.transformer.checks import listed, one_of, require_tensor, shown, whole

PAIRS = 960


def relatives(count: int = PAIRS, seed: int = 0, split: str = "train") -> tuple:
    """Pairs of texts of one scene and one split, each text as (text, scene, told facts).

    For each pair a share is drawn, then each fact of the first world is kept in the second with that probability.
    """
    return _relatives(whole(count, "count", least=1, most=1 << 16), whole(seed, "seed"), one_of(split, "split", SPLITS))


@functools.cache
def _relatives(count: int, seed: int, split: str) -> tuple:
    rng, found = np.random.default_rng([seed, 1090]), []
    stream, uniforms_of = uniform_stream(rng), sampler(only(*SCENES)).uniforms_of
    while len(found) < count:
        scene = only(*SCENES).scenes[rng.integers(len(SCENES))]
        texts = [text_of(uniforms_of(scene.name, world), stream, split) for world in _two_worlds(scene, rng)]
        if all(texts) and texts[0] != texts[1]:
            found.append(tuple((text, scene.name, told(text, scene.name)) for text in texts))
    return tuple(found)


def _two_worlds(scene, rng) -> tuple[int, int]:
    """A world of a scene, and another that keeps some of its facts: their numbers."""
    world, share, fits = rng.choice(len(scene.prior), p=scene.prior / scene.prior.sum()), rng.random(), scene.prior > 0
    for values in scene.facts.values():
        if rng.random() < share:
            fits = fits & (values == values[world])
    prior = scene.prior * fits
    return int(world), int(rng.choice(len(prior), p=prior / prior.sum()))


def overlaps(told_texts):
    """Gold overlap of all pairs of (text, scene, told facts), 0 across scenes: (texts, texts)."""
    texts = [_told(text) for text in listed(told_texts, "told_texts", of="texts")]
    facts = {scene: len(only(scene).scenes[0].facts) for scene in {scene for _, scene, _ in texts}}
    return torch.tensor(
        [
            [overlap(one, two, facts=facts[scene]) if scene == other else 0.0 for _, other, two in texts]
            for _, scene, one in texts
        ]
    )


def graded_loss(vectors, gold):
    """Squared error of the cosines of all pairs, each degree of overlap counting alike.

    Shapes: vectors (texts, d_model), gold (texts, texts).

    >>> import torch
    >>> round(graded_loss(torch.eye(3), torch.tensor([[1.0, 0.5, 0.0], [0.5, 1.0, 0.0], [0.0, 0.0, 1.0]])).item(), 3)
    0.125
    """
    _check_gold(vectors, gold)
    rows, columns = torch.triu_indices(len(vectors), len(vectors), 1)
    unit = normalize(vectors, dim=-1)
    errors, degrees = ((unit @ unit.T - gold) ** 2)[rows, columns], gold[rows, columns]
    return torch.stack([errors[degrees == degree].mean() for degree in degrees.unique()]).mean()


def _check_gold(vectors, gold):
    require_tensor(vectors, "vectors", dtype="floating", dims=2)
    require_tensor(gold, "gold", dtype="floating", dims=2)
    if len(vectors) < 2 or not vectors.numel() or gold.shape != (len(vectors),) * 2:
        raise ValueError(f"gold of shape {tuple(gold.shape)} does not fit {len(vectors)} vectors; pass overlaps(...)")
    if gold.isnan().any() or vectors.isnan().any():
        raise ValueError("gold or vectors hold nan; look at what computed them")


def train(body, tokenizer, pairs, *, how: str, seed: int, recipe: FineTuning, watch=None):
    """Fine-tune all weights of a body on the degrees of relatives: (trained copy, the loss of each step)."""
    require_body(body, tokenizer)
    one_of(how, "how", POOLS)
    whole(seed, "seed")
    _check_pairs(pairs)

    def collate(chosen):
        texts = [text for pair in chosen for text in pair]
        written = encode(tokenizer, [text for text, *_ in texts], model=body)
        return {"texts": dict(written), "gold": overlaps(texts)}

    def loss(model, batch):
        return graded_loss(pooled(model, batch["texts"], how), batch["gold"])

    generator = torch.Generator().manual_seed(seed)
    return finetune(body, pairs, collate=collate, generator=generator, recipe=recipe, loss=loss, watch=watch)


def held_out_loss(body, tokenizer, pairs, *, how: str, batch_size: int = 32) -> float:
    """Mean loss over whole batches of relatives: the squared error of a degree, averaged over the degrees."""
    require_body(body, tokenizer)
    one_of(how, "how", POOLS)
    _check_pairs(pairs)
    if not 1 <= whole(batch_size, "batch_size") <= len(pairs):
        raise ValueError(f"batch_size {batch_size} does not fit {len(pairs)} pairs; choose 1 to {len(pairs)}")
    losses = []
    for start in range(0, len(pairs) - batch_size + 1, batch_size):
        texts = [text for pair in pairs[start : start + batch_size] for text in pair]
        vectors = embed(body, tokenizer, [text for text, *_ in texts], how=how)
        losses.append(graded_loss(vectors, overlaps(texts)).item())
    return float(np.mean(losses))


def _check_pairs(pairs) -> None:
    for pair in listed(pairs, "pairs", of="pairs of relatives"):
        [_told(text) for text in listed(pair, "a pair", least=2, of="told texts")]


def _told(text) -> tuple:
    """A text, its scene and its facts, checked."""
    parts = listed(text, "a told text", least=0, of="parts")
    if len(parts) != 3 or not all(isinstance(part, str) for part in parts[:2]):
        raise ValueError(
            f"a told text cannot be {shown(text)}; pass (text, scene, told facts), as relatives gives them"
        )
    return tuple(parts)
