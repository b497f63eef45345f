"""course-t5: span corruption; the encoder reads a text with sentinels, the decoder writes the spans behind them.

Source: Raffel et al. 2020, "Exploring the Limits of Transfer Learning with a Unified Text-to-Text Transformer",
sections 2.1 and 3.1. Our departures: no dropout, and the share of hidden words falls as the masked model's does.
"""

from __future__ import annotations

from functools import partial

import torch
from transformers import T5Config, T5ForConditionalGeneration

from helpers.models.tokenizers import SENTINELS
from helpers.objectives.padding import IGNORE_INDEX
from helpers.objectives.span_corruption import corrupt, draw_spans, placement_log_prob
from helpers.training.encoder_decoder import (  # noqa: F401
    Example,
    build_tokenizer,
    collate,
    layers_of_each_stack,
    token_loss,
)

MOST_SPANS = len(SENTINELS) - 1  # the last sentinel closes the target


def build_model(recipe, tokenizer, *, attention="sdpa"):
    """A T5ForConditionalGeneration of the recipe's size, weights drawn from torch's global generator; no dropout.

    As in T5 the padding token stands in front of what the decoder writes.
    """
    layers = layers_of_each_stack(recipe)
    config = T5Config(
        vocab_size=len(tokenizer),
        d_model=recipe.d_model,
        d_kv=recipe.d_model // recipe.heads,
        d_ff=recipe.feed_forward,
        num_layers=layers,
        num_decoder_layers=layers,
        num_heads=recipe.heads,
        dropout_rate=0.0,
        pad_token_id=tokenizer.pad_token_id,
        eos_token_id=tokenizer.eos_token_id,
        decoder_start_token_id=tokenizer.pad_token_id,
        attn_implementation=attention,
    )
    return T5ForConditionalGeneration(config)


def examples(documents, salient, *, recipe, tokenizer, generator):
    """One row for each document: its words with spans behind sentinels, and the spans.

    `salient` holds for each document the places of the words to hide, each a span; where there are none spans are
    drawn.
    """
    how = {"generator": generator, "rate": recipe.mask_rate, "most": MOST_SPANS}
    spans = [
        tuple((place, place + 1) for place in places) or draw_spans(len(d.tokens), **how)
        for d, places in zip(documents, salient, strict=True)
    ]
    return [example(d, s, tokenizer=tokenizer) for d, s in zip(documents, spans)]


def example(document, spans, *, tokenizer):
    """One document with these spans hidden, as ids; both sides end in the end mark."""
    source, target = corrupt(document.tokens, spans, sentinels=SENTINELS)
    end, ids = tokenizer.eos_token_id, tokenizer.convert_tokens_to_ids
    return Example([*ids(source), end], [*ids(target), end], len(document.tokens))


def losses(model, batch):
    """Mean loss of the spans, their sentinels and the end mark, in nats per token."""
    return {"span_corruption": token_loss(model, batch)}


def validation(documents, *, recipe, tokenizer, language):
    """The documents with spans at the final rate as one batch, and the least loss that exact inference allows on it.

    Returns (batch, floor in nats per target token).
    """
    generator = torch.Generator().manual_seed(recipe.seed)
    spans = [draw_spans(len(d.tokens), generator=generator, rate=recipe.mask_rate, most=MOST_SPANS) for d in documents]
    rows = [example(d, s, tokenizer=tokenizer) for d, s in zip(documents, spans)]
    distribution = partial(placement_log_prob, rate=recipe.mask_rate, most=MOST_SPANS)
    losses = [language.unknown_spans_loss(d.tokens, s, distribution) for d, s in zip(documents, spans)]
    batch = collate(rows, recipe=recipe, tokenizer=tokenizer, generator=None)
    return batch, sum(losses) / int((batch["labels"] != IGNORE_INDEX).sum())
