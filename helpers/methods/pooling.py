"""One vector for a whole text: [CLS], the last token or the mean, and a classifier on top of it.

`PooledClassifier` reads any stack of blocks that returns `last_hidden_state`, an encoder's or a decoder's, so that one
can be put in the place of the other and everything else stays the same.
"""

from __future__ import annotations

import torch
from transformers.modeling_outputs import SequenceClassifierOutput

from helpers.models.checks import require_model, require_pairs, require_tokenizer
from helpers.models.encoding import encode
from helpers.transformer.checks import flag, one_of, random_source, require_tensor, whole

POOLS = ("first", "last", "mean", "index 0", "index -1")


def pool(hidden, attention_mask, how: str):
    """One vector for each text: (batch, position, d_model), (batch, position) -> (batch, d_model).

    "first", "last" and "mean" count real tokens only, wherever the padding stands; "index 0" and "index -1" take the
    row's ends, padding or not.

    >>> hidden = torch.tensor([[[1.0], [3.0], [9.0]]])
    >>> [pool(hidden, torch.tensor([[1, 1, 0]]), how).item() for how in POOLS]
    [1.0, 3.0, 2.0, 1.0, 9.0]

    Raises ValueError for an unknown name, or a row without a real token.
    """
    require_tensor(hidden, "hidden", dtype="floating", dims=3)
    require_tensor(attention_mask, "attention_mask", dims=2)
    if not hidden.numel():
        raise ValueError(f"hidden has shape {tuple(hidden.shape)}, without a number; pass a model's last_hidden_state")
    if attention_mask.shape != hidden.shape[:2] or not ((attention_mask == 0) | (attention_mask == 1)).all():
        shape = tuple(attention_mask.shape)
        raise ValueError(
            f"attention_mask has shape {shape}, expected {tuple(hidden.shape[:2])} of 1 and 0: the tokenizer's own"
        )
    if not isinstance(how, str) or how not in POOLS:
        raise ValueError(f"no pooling is called {how!r}; choose one of {', '.join(POOLS)}")
    real = attention_mask.bool()
    if not real.any(1).all():
        raise ValueError(f"row {int((~real.any(1)).nonzero()[0])} has no real token; its attention mask is all 0")
    if how == "mean":
        return (hidden * real[..., None]).sum(1) / real.sum(1, keepdim=True)
    return hidden[torch.arange(len(hidden)), _places(real, how)]


def _places(real, how):
    """The position to read in each row: (batch, position) -> (batch,)"""
    width = real.shape[1]
    count = torch.arange(width).expand_as(real)
    if how == "first":
        return count.masked_fill(~real, width).amin(1)
    if how == "last":
        return count.masked_fill(~real, -1).amax(1)
    return torch.full((len(real),), 0 if how == "index 0" else width - 1)


class PooledClassifier(torch.nn.Module):
    """A stack of blocks, one pooled vector, one matrix: (batch, position) -> logits (batch, labels).

    Source of the fresh matrix: Devlin et al. 2019, section 4.1; its scale is the body's own `initializer_range`.
    """

    def __init__(self, body, labels: int, *, how: str, generator):
        super().__init__()
        require_model(body)
        whole(labels, "labels", least=1, most=1 << 14)
        random_source(generator)
        one_of(how, "how", POOLS)
        self.body, self.how = body, how
        self.head = torch.nn.Linear(body.config.hidden_size, labels)
        torch.nn.init.normal_(self.head.weight, std=body.config.initializer_range, generator=generator)
        torch.nn.init.zeros_(self.head.bias)

    def forward(self, input_ids, attention_mask, labels=None, pool_mask=None, **rest):
        """`pool_mask` says which tokens are real where `attention_mask` does not (default: it does)."""
        hidden = self.body(input_ids=input_ids, attention_mask=attention_mask, **rest).last_hidden_state
        logits = self.head(pool(hidden, attention_mask if pool_mask is None else pool_mask, self.how))
        loss = None if labels is None else torch.nn.functional.cross_entropy(logits, labels)
        return SequenceClassifierOutput(loss=loss, logits=logits)


def padded_batches(tokenizer, *, side="right", tell_places=True, tell_padding=True):
    """A function that writes (text, label) examples as a batch with the padding on one side.

    tell_places: whether `position_ids` count real tokens only (they differ from the default on the left side alone);
    tell_padding: whether the mask of the attention says what is padding. `pool_mask` always does.

    >>> from helpers.models.tokenizers import build_tokenizer
    >>> batch = padded_batches(build_tokenizer(["good", "bad"]), side="left")([("good good", 1), ("bad", 0)])
    >>> batch["attention_mask"].tolist(), batch["position_ids"].tolist()
    ([[1, 1, 1, 1], [0, 1, 1, 1]], [[0, 1, 2, 3], [0, 0, 1, 2]])

    Raises ValueError for another side, or a tokenizer without a padding token.
    """
    if not isinstance(side, str) or side not in ("left", "right"):
        raise ValueError(f"side {side!r} does not exist; choose left or right")
    require_tokenizer(tokenizer)
    flag(tell_places, "tell_places")
    flag(tell_padding, "tell_padding")
    if tokenizer.pad_token is None:
        raise ValueError("the tokenizer has no padding token; set tokenizer.pad_token, for GPT-2 to its eos_token")

    def collate(examples):
        examples = require_pairs(examples, "examples", second=whole)
        batch = dict(encode(tokenizer, [text for text, _ in examples], side=side))
        real = batch["attention_mask"]
        if tell_places:
            batch["position_ids"] = (real.cumsum(1) - 1).clamp(min=0)
        if not tell_padding:
            batch["attention_mask"] = torch.ones_like(real)
        return {**batch, "pool_mask": real, "labels": torch.tensor([label for _, label in examples])}

    return collate
