"""A bi-encoder: each text becomes one vector, alone; paraphrases are pulled together, the rest pushed apart.

Source: the loss with in-batch negatives: Henderson et al. 2017, "Efficient natural language response suggestion for
Smart Reply", section 4; van den Oord et al. 2018, equation 4 (InfoNCE); cosine and temperature as in Gao et al. 2021,
"SimCSE", equation 1.
Legend: B pairs of a batch, d_model.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch.nn.functional import cross_entropy, normalize

from helpers.methods.pooling import POOLS, pool
from helpers.models.checks import (
    name_unknown_words,
    require_body,
    require_model,
    require_pairs,
    require_texts,
    require_tokenizer,
)
from helpers.models.encoding import encode
from helpers.training.finetuning import FineTuning, finetune
from helpers.transformer.checks import one_of, real, require_tensor, shown, whole

TEMPERATURE = 0.05
RECIPE = FineTuning(steps=60, batch_size=32, learning_rate=1e-3)


def info_nce(first, second, *, temperature: float = TEMPERATURE):
    """Mean cross-entropy of finding each text's paraphrase among all second texts of the batch, in nats.

    Shapes: first, second (B, d_model), row i of one belongs to row i of the other.

    >>> import torch
    >>> round(info_nce(torch.eye(2), torch.eye(2), temperature=1.0).item(), 4)  # log(1 + exp(-1))
    0.3133

    Raises ValueError for a temperature that is not above 0, or fewer than two pairs: they leave no negative.
    """
    require_tensor(first, "first", dtype="floating", dims=2)
    require_tensor(second, "second", dtype="floating", dims=2)
    if not real(temperature, "temperature") > 0:
        raise ValueError(f"temperature {temperature} must be above 0; common values are 0.02 to 0.1")
    if len(first) != len(second) or len(first) < 2:
        raise ValueError(f"{len(first)} and {len(second)} vectors; pass two or more pairs, as many first as second")
    if first.shape != second.shape or first.dtype != second.dtype:
        raise ValueError(f"{shown(first)} and {shown(second)} do not fit each other; embed both sides by one model")
    if (first.isnan() | second.isnan()).any():
        raise ValueError("first or second hold nan; look at what computed them")
    cosines = normalize(first, dim=-1) @ normalize(second, dim=-1).T  # (B, B)
    return cross_entropy(cosines / temperature, torch.arange(len(first)))


def sides(tokenizer):
    """A function that writes pairs of texts as two batches, "first" and "second"."""

    require_tokenizer(tokenizer)

    def collate(pairs):
        written = (encode(tokenizer, side) for side in zip(*require_pairs(pairs)))
        return dict(zip(("first", "second"), map(dict, written)))

    return collate


def pooled(body, batch, how: str):
    """The vector of each text of a written batch: (B, d_model)."""
    require_model(body)
    if not isinstance(batch, Mapping) or "attention_mask" not in batch:
        raise TypeError(f"batch cannot be {shown(batch)}; pass encode(tokenizer, texts)")
    return pool(body(**batch).last_hidden_state, batch["attention_mask"], how)


def contrastive_loss(how: str, *, temperature: float = TEMPERATURE):
    """The loss of a body on a written batch of pairs, for `finetuning.finetune`."""

    one_of(how, "how", POOLS)
    real(temperature, "temperature", above=0)

    def loss(body, batch):
        return info_nce(pooled(body, batch["first"], how), pooled(body, batch["second"], how), temperature=temperature)

    return loss


def train(body, tokenizer, pairs, *, how: str, seed: int, recipe: FineTuning = RECIPE):
    """Fine-tune all weights of a body by the contrastive loss: (trained copy, the loss of each step in nats)."""
    require_body(body, tokenizer)
    require_pairs(pairs)
    one_of(how, "how", POOLS)
    generator = torch.Generator().manual_seed(whole(seed, "seed"))
    return finetune(
        body, pairs, collate=sides(tokenizer), generator=generator, recipe=recipe, loss=contrastive_loss(how)
    )


def embed(body, tokenizer, texts, *, how: str, batch_size: int = 128):
    """One vector of length 1 for each text: (texts, d_model); texts of like length are read together.

    Raises ValueError for no texts, or an empty one.
    """
    require_body(body, tokenizer)
    one_of(how, "how", POOLS)
    whole(batch_size, "batch_size", least=1)
    texts = require_texts(texts)
    name_unknown_words(tokenizer, texts)
    order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
    vectors = [None] * len(texts)
    for start in range(0, len(order), batch_size):
        rows = order[start : start + batch_size]
        batch = encode(tokenizer, [texts[i] for i in rows], model=body)
        with torch.no_grad():
            found = torch.nn.functional.normalize(pooled(body, batch, how).float(), dim=-1)
        for i, vector in zip(rows, found):
            vectors[i] = vector
    return torch.stack(vectors)


def held_out_loss(body, tokenizer, pairs, *, how: str, batch_size: int = RECIPE.batch_size) -> float:
    """Mean contrastive loss over whole batches of pairs, in nats."""
    pairs = require_pairs(pairs)
    if not 2 <= whole(batch_size, "batch_size") <= len(pairs):
        raise ValueError(f"batch_size {batch_size} does not fit {len(pairs)} pairs; choose 2 to {len(pairs)}")
    first, second = (embed(body, tokenizer, side, how=how) for side in zip(*pairs))
    starts = range(0, len(pairs) - batch_size + 1, batch_size)
    return sum(info_nce(first[i : i + batch_size], second[i : i + batch_size]).item() for i in starts) / len(starts)
