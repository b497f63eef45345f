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

HEADS, START = (-1, -2, 1, 2), 4.0  # the distances at which the heads begin to look; nats on a score
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
    model = T5ForConditionalGeneration(config)
    for stack, distances in ((model.encoder, HEADS), (model.decoder, [d for d in HEADS if d < 0])):
        look_at(stack, distances)
    return model


def look_at(stack, distances):
    """Let the heads of a stack begin at a distance each: `START` more on the scores of the words so far away.

    A stack has one table of position biases for all its layers, and T5 begins with values near 0: the few heads of
    a small model then all come to look at the word before or behind, and none at a place two words away.
    """
    attention = stack.block[0].layer[0].SelfAttention
    buckets = attention._relative_position_bucket(
        torch.tensor(distances),
        bidirectional=not stack.is_decoder,
        num_buckets=attention.relative_attention_num_buckets,
        max_distance=attention.relative_attention_max_distance,
    )
    with torch.no_grad():
        for head, bucket in zip(range(attention.n_heads), buckets.tolist()):
            attention.relative_attention_bias.weight[bucket, head] += START


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
