"""Texts as one padded batch, whatever state the tokenizer was left in: padding on the right, nothing cut off."""

from __future__ import annotations

from helpers.models.checks import require_fits, require_texts, require_tokenizer, room_of


def encode(tokenizer, texts, seconds=None, *, model=None, side: str = "right"):
    """Texts, or pairs of texts, as the tensors that a model takes, each (batch, position).

    >>> from helpers.models.tokenizers import build_tokenizer
    >>> tokenizer = build_tokenizer(["the", "cat"])
    >>> tokenizer.padding_side = "left"
    >>> encode(tokenizer, ["the cat", "cat"])["attention_mask"].tolist()
    [[1, 1, 1, 1], [1, 1, 1, 0]]

    Raises TypeError for a bare string or another type; ValueError for no texts, an empty text, texts and seconds of
    different numbers, or a text longer than the model (or its tokenizer) reads.
    """
    require_tokenizer(tokenizer, model)
    sides = [require_texts(texts)] + ([] if seconds is None else [require_texts(seconds, "seconds")])
    if len({len(side_) for side_ in sides}) > 1:
        raise ValueError(f"{len(sides[0])} first and {len(sides[1])} second texts; pass as many of both")
    encoded = tokenizer(*sides, padding=True, padding_side=side, truncation=False, return_tensors="pt", verbose=False)
    lengths = encoded["attention_mask"].sum(1).tolist()
    require_fits([range(length) for length in lengths], room_of(model, tokenizer))
    return encoded
