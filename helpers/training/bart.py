"""course-bart: the encoder reads a text with its sentences shuffled and spans hidden, the decoder writes it whole.

Source: Lewis et al. 2020, "BART: Denoising Sequence-to-Sequence Pre-training", section 2. Our departure: no dropout.
"""

from __future__ import annotations

import torch
from transformers import BartConfig, BartForConditionalGeneration

from helpers.objectives.denoising import cover_probability, noised_sentences, start_probability
from helpers.objectives.padding import IGNORE_INDEX
from helpers.training.encoder_decoder import (  # noqa: F401
    Example,
    build_tokenizer,
    collate,
    layers_of_each_stack,
    token_loss,
)


def build_model(recipe, tokenizer, *, attention="sdpa"):
    """A BartForConditionalGeneration of the recipe's size, weights drawn from torch's global generator; no dropout.

    As in BART the end mark also stands in front of what the decoder writes.
    """
    layers, end = layers_of_each_stack(recipe), tokenizer.eos_token_id
    config = BartConfig(
        vocab_size=len(tokenizer),
        d_model=recipe.d_model,
        max_position_embeddings=recipe.positions,
        encoder_layers=layers,
        decoder_layers=layers,
        encoder_attention_heads=recipe.heads,
        decoder_attention_heads=recipe.heads,
        encoder_ffn_dim=recipe.feed_forward,
        decoder_ffn_dim=recipe.feed_forward,
        dropout=0.0,
        attention_dropout=0.0,
        activation_dropout=0.0,
        pad_token_id=tokenizer.pad_token_id,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=end,
        decoder_start_token_id=end,
        forced_eos_token_id=end,
        attn_implementation=attention,
    )
    return BartForConditionalGeneration(config)


def examples(documents, salient, *, recipe, tokenizer, generator):
    """One row for each document: its damaged text, and the text itself.

    `salient` holds for each document the places of the words to hide; where there are none the damage is drawn.
    """
    how = {"generator": generator, "mask": tokenizer.mask_token}
    noised = [
        [hidden(d.tokens, places, mask=tokenizer.mask_token)] if places else noised_sentences(d.sentences, **how)
        for d, places in zip(documents, salient, strict=True)
    ]
    return [example(d, n, tokenizer=tokenizer) for d, n in zip(documents, noised)]


def hidden(tokens, places, *, mask):
    """The words, those at some places behind a mask.

    >>> hidden("the cat sat".split(), (1,), mask="_")
    ['the', '_', 'sat']
    """
    return [mask if place in places else word for place, word in enumerate(tokens)]


def example(document, noised, *, tokenizer):
    """One document with its damaged sentences, as ids; both sides end in the end mark."""
    end, ids = tokenizer.eos_token_id, tokenizer.convert_tokens_to_ids
    source = [word for sentence in noised for word in sentence]
    return Example([*ids(source), end], [*ids(list(document.tokens)), end], len(document.tokens))


def losses(model, batch):
    """Mean loss of the whole text and its end mark, in nats per token."""
    return {"denoising": token_loss(model, batch)}


def validation(documents, *, recipe, tokenizer, language):
    """The documents, damaged, as one batch, and the least loss that exact inference allows on it.

    Returns (batch, floor in nats per target token).
    """
    generator, mask = torch.Generator().manual_seed(recipe.seed), tokenizer.mask_token
    noised = [noised_sentences(d.sentences, generator=generator, mask=mask) for d in documents]
    batch = collate(
        [example(d, n, tokenizer=tokenizer) for d, n in zip(documents, noised)],
        recipe=recipe,
        tokenizer=tokenizer,
        generator=None,
    )
    distribution = language.Noise(start_probability(), cover_probability)
    shown = [[None if word == mask else word for sentence in n for word in sentence] for n in noised]
    losses = [language.infilled_loss(d.tokens, s, distribution) for d, s in zip(documents, shown)]
    return batch, sum(losses) / int((batch["labels"] != IGNORE_INDEX).sum())
