"""A bi-encoder: each text becomes one vector, alone; twins are pulled together, the others of the batch pushed apart.

Source: the loss with in-batch negatives: Henderson et al. 2017, "Efficient natural language response suggestion for
Smart Reply", section 4; van den Oord et al. 2018, equation 4 (InfoNCE); cosine and temperature as in Gao et al. 2021,
"SimCSE", equation 1.
Legend: B pairs of a batch, d_model.
"""

from __future__ import annotations

import torch
from torch.nn.functional import cross_entropy, normalize

from helpers.methods.pooling import pool
from helpers.training.finetuning import Recipe, finetune

TEMPERATURE = 0.05
RECIPE = Recipe(steps=60, batch_size=32, learning_rate=1e-3)


def info_nce(first, second, *, temperature: float = TEMPERATURE):
    """Mean cross-entropy of finding each text's twin among all second texts of the batch, in nats.

    Shapes: first, second (B, d_model), row i of one belongs to row i of the other.

    >>> import torch
    >>> round(info_nce(torch.eye(2), torch.eye(2), temperature=1.0).item(), 4)  # log(1 + exp(-1))
    0.3133

    Raises ValueError for a temperature that is not above 0, or fewer than two pairs: they leave no negative.
    """
    if not temperature > 0:
        raise ValueError(f"temperature {temperature} must be above 0; common values are 0.02 to 0.1")
    if len(first) != len(second) or len(first) < 2:
        raise ValueError(f"{len(first)} and {len(second)} vectors; pass two or more pairs, as many first as second")
    cosines = normalize(first, dim=-1) @ normalize(second, dim=-1).T  # (B, B)
    return cross_entropy(cosines / temperature, torch.arange(len(first)))


def sides(tokenizer):
    """A function that writes pairs of texts as two batches, "first" and "second"."""

    def collate(pairs):
        written = (
            tokenizer(list(side), padding=True, padding_side="right", return_tensors="pt") for side in zip(*pairs)
        )
        return dict(zip(("first", "second"), map(dict, written)))

    return collate


def pooled(body, batch, how: str):
    """The vector of each text of a written batch: (B, d_model)."""
    return pool(body(**batch).last_hidden_state, batch["attention_mask"], how)


def contrastive_loss(how: str, *, temperature: float = TEMPERATURE):
    """The loss of a body on a written batch of pairs, for `finetuning.finetune`."""

    def loss(body, batch):
        return info_nce(pooled(body, batch["first"], how), pooled(body, batch["second"], how), temperature=temperature)

    return loss


def train(body, tokenizer, pairs, *, how: str, seed: int, recipe: Recipe = RECIPE):
    """Fine-tune all weights of a body by the contrastive loss: (trained copy, the loss of each step in nats)."""
    generator = torch.Generator().manual_seed(seed)
    return finetune(
        body, pairs, collate=sides(tokenizer), generator=generator, recipe=recipe, loss=contrastive_loss(how)
    )


def embed(body, tokenizer, texts, *, how: str, batch_size: int = 128):
    """One vector of length 1 for each text: (texts, d_model); texts of like length are read together.

    Raises ValueError for no texts, or an empty one.
    """
    if not len(texts) or not all(text.strip() for text in texts):
        raise ValueError("every text needs at least one word, and there must be one text; leave empty ones out")
    order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
    vectors = [None] * len(texts)
    for start in range(0, len(order), batch_size):
        rows = order[start : start + batch_size]
        batch = tokenizer([texts[i] for i in rows], padding=True, padding_side="right", return_tensors="pt")
        with torch.no_grad():
            found = torch.nn.functional.normalize(pooled(body, batch, how).float(), dim=-1)
        for i, vector in zip(rows, found):
            vectors[i] = vector
    return torch.stack(vectors)


def held_out_loss(body, tokenizer, pairs, *, how: str, batch_size: int = RECIPE.batch_size) -> float:
    """Mean contrastive loss over whole batches of pairs, in nats."""
    first, second = (embed(body, tokenizer, side, how=how) for side in zip(*pairs))
    starts = range(0, len(pairs) - batch_size + 1, batch_size)
    return sum(info_nce(first[i : i + batch_size], second[i : i + batch_size]).item() for i in starts) / len(starts)
