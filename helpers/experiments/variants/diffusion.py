"""Masked diffusion in small: an encoder that learns to fill any share of a canvas, and so can write a text.

A canvas holds the words of a text and behind them end marks up to its last place, so that the model decides how long
its text is. Legend: L places of a canvas, l of them hidden, l drawn evenly from 1 to L for every row.

Source: Sahoo et al. 2024, "Simple and Effective Masked Diffusion Language Models"; Nie et al. 2025, "Large Language
Diffusion Models" (LLaDA), where the bound is estimated by the number of hidden places.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch.nn.functional import cross_entropy

from helpers.evaluation import in_batches
from helpers.objectives.padding import IGNORE_INDEX

LENGTH = 24  # places of a canvas


def hide(canvas, count, *, generator, mask_id):
    """Hide `count[row]` random places of each row: (canvas, labels), labels -100 where nothing is hidden.

    >>> canvas = torch.tensor([[7, 8, 9]])
    >>> hidden, labels = hide(canvas, torch.tensor([3]), generator=torch.Generator().manual_seed(0), mask_id=4)
    >>> hidden.tolist(), labels.tolist()
    ([[4, 4, 4]], [[7, 8, 9]])

    Shapes: canvas (batch, L), count (batch,).
    """
    rank = torch.rand(canvas.shape, generator=generator).argsort(1).argsort(1)
    hidden = rank < count[:, None]
    return canvas.masked_fill(hidden, mask_id), canvas.masked_fill(~hidden, IGNORE_INDEX)


def canvases(rows, *, end_id, length=LENGTH):
    """Rows of word ids, each with end marks behind it up to the last place: (batch, L).

    >>> canvases([[7, 8]], end_id=5, length=4).tolist()
    [[7, 8, 5, 5]]

    Raises ValueError for a row that leaves no place for an end mark.
    """
    longest = max(map(len, rows))
    if longest >= length:
        raise ValueError(f"a text has {longest} words, a canvas of {length} places at most {length - 1}; leave it out")
    return torch.tensor([row + [end_id] * (length - len(row)) for row in rows])


def hidden_losses(logits, labels):
    """-log p of what is hidden in each row, in nats: (batch, L, vocab), (batch, L) -> (batch,)."""
    flat = cross_entropy(logits.float().transpose(1, 2), labels, reduction="none", ignore_index=IGNORE_INDEX)
    return flat.sum(1)


@dataclass(frozen=True)
class MaskedDiffusion:
    """The bound on a text's surprise as a training loss: the mean loss of the hidden places, every row counting alike.

    L / l times the sum over the hidden places is an unbiased estimate of the bound; divided by L it is this mean.
    """

    length: int = LENGTH

    def examples(self, documents, salient, *, recipe, tokenizer, generator):
        """The word ids of each document."""
        vocabulary = tokenizer.get_vocab()
        return [[vocabulary[word] for word in document.tokens] for document in documents]

    def collate(self, rows, *, recipe, tokenizer, generator, width=None):
        """Canvases with a number of places hidden that is drawn for each."""
        canvas = canvases(rows, end_id=tokenizer.eos_token_id, length=self.length)
        count = torch.randint(1, self.length + 1, (len(rows),), generator=generator)
        hidden, labels = hide(canvas, count, generator=generator, mask_id=tokenizer.mask_token_id)
        return {"input_ids": hidden, "labels": labels, "words": torch.tensor(sum(map(len, rows)))}

    def losses(self, model, batch):
        """The bound in nats per place."""
        count = (batch["labels"] != IGNORE_INDEX).sum(1)
        return {"bound": (hidden_losses(logits_of(model, batch["input_ids"]), batch["labels"]) / count).mean()}


def logits_of(model, canvas):
    """What a model says at every place of a canvas without padding: (batch, L, vocab)."""
    return model(input_ids=canvas, attention_mask=torch.ones_like(canvas)).logits


def bounds(model, rows, tokenizer, *, draws: int = 8, seed: int = 0, length: int = LENGTH):
    """An estimate of the bound on -log p of each text, in nats: (texts,).

    The numbers of hidden places are spread evenly over 1 to L, `draws` for each text.
    """
    generator, found = torch.Generator().manual_seed(seed), []
    for some in in_batches(list(rows)):
        canvas = canvases(some, end_id=tokenizer.eos_token_id, length=length).repeat_interleave(draws, 0)
        spread = (torch.arange(draws) + torch.rand(len(some), draws, generator=generator)) / draws  # one in each part
        count = (spread * length).long().flatten() + 1
        hidden, labels = hide(canvas, count, generator=generator, mask_id=tokenizer.mask_token_id)
        with torch.no_grad():
            losses = hidden_losses(logits_of(model, hidden), labels) * length / count
        found.append(losses.view(len(some), draws).mean(1))
    return torch.cat(found).double().numpy()


def still_hidden(places: int, step: int, passes: int) -> int:
    """How many places are hidden after a pass counted from 1: the same number is shown in each, up to rounding.

    >>> [still_hidden(24, step, 5) for step in range(6)]
    [24, 19, 14, 9, 4, 0]
    """
    return places * (passes - step) // passes


def written(model, tokenizer, count: int, *, passes: int, order: str, seed: int, length: int = LENGTH):
    """Texts written onto empty canvases in so many forward passes: canvases of ids (count, L).

    order: which places a pass shows, "random" ones, or those whose drawn words are the most probable ("confident").
    Words are drawn from the model's own probabilities, all places of a pass independently; what is shown stays.

    Raises ValueError for another order, or passes below 1 or above L.
    """
    if order not in ("random", "confident"):
        raise ValueError(f"order {order!r} does not exist; choose random or confident")
    if not 1 <= passes <= length:
        raise ValueError(f"passes {passes} must be 1 to {length}, the places of a canvas")
    generator = torch.Generator().manual_seed(seed)
    canvas = torch.full((count, length), tokenizer.mask_token_id)
    for step in range(1, passes + 1):
        with torch.no_grad():
            logits = logits_of(model, canvas).index_fill(-1, torch.tensor([tokenizer.mask_token_id]), -torch.inf)
        probs = logits.float().softmax(-1)
        drawn = torch.multinomial(probs.flatten(0, 1), 1, generator=generator).view(canvas.shape)
        sure = torch.rand(canvas.shape, generator=generator)
        if order == "confident":
            sure = probs.gather(-1, drawn[..., None])[..., 0]
        sure = sure.masked_fill(canvas != tokenizer.mask_token_id, 2.0)  # what is shown stays
        shown = sure.argsort(1).argsort(1) >= still_hidden(length, step, passes)
        canvas = torch.where(shown & (canvas == tokenizer.mask_token_id), drawn, canvas)
    return canvas


def texts_of(canvas, tokenizer) -> list[str]:
    """The text of each canvas up to its first end mark."""
    found = []
    for row in canvas.tolist():
        row = row[: row.index(tokenizer.eos_token_id)] if tokenizer.eos_token_id in row else row
        found.append(" ".join(tokenizer.convert_ids_to_tokens(row)))
    return found
