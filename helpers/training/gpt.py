"""course-gpt: causal language modelling, each document between two `<|endoftext|>`.

Source: Radford et al. 2019, "Language Models are Unsupervised Multitask Learners", section 2. Our departures: one
document a row instead of packed rows, no dropout, gelu in its exact form as in BERT.
"""

from __future__ import annotations

import torch
from transformers import GPT2Config, GPT2LMHeadModel

from helpers.models.tokenizers import build_causal_tokenizer as build_tokenizer  # noqa: F401  (part of the family)
from helpers.objectives.causal_lm import causal_lm_batch


def build_model(recipe, tokenizer, *, attention="sdpa", **options):
    """A GPT2LMHeadModel of the recipe's size, weights drawn from torch's global generator; no dropout.

    `options` go into its GPT2Config (say `add_cross_attention=True`).
    """
    config = GPT2Config(
        vocab_size=len(tokenizer),
        n_embd=recipe.d_model,
        n_layer=recipe.layers,
        n_head=recipe.heads,
        n_inner=recipe.feed_forward,
        n_positions=recipe.positions,
        activation_function="gelu",
        resid_pdrop=0.0,
        embd_pdrop=0.0,
        attn_pdrop=0.0,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
        attn_implementation=attention,
        **options,
    )
    model = GPT2LMHeadModel(config)
    model.loss_type = "ForCausalLM"  # transformers cannot tell it from the class name and would warn
    return model


def examples(documents, salient, *, recipe, tokenizer, generator):
    """Ids for each document; nothing is drawn, every word is asked for, and the two end marks come with the batch."""
    vocabulary = tokenizer.get_vocab()
    return [[vocabulary[word] for word in document.tokens] for document in documents]


def collate(rows, *, recipe, tokenizer, generator, width=None):
    """Pad examples into a batch for `losses`, plus the number of words in it."""
    batch = causal_lm_batch(
        rows, end_id=tokenizer.eos_token_id, pad_id=tokenizer.pad_token_id, max_length=recipe.positions, width=width
    )
    return {**batch, "words": torch.tensor(sum(len(row) for row in rows))}


def losses(model, batch):
    """Mean loss of the next token in nats, end of text included; the model shifts the labels itself."""
    inputs = {name: batch[name] for name in ("input_ids", "attention_mask", "labels")}
    return {"causal_lm": model(**inputs, use_cache=False).loss}


def validation(documents, *, recipe, tokenizer, language):
    """The documents as one batch, and the least loss that exact inference allows on them.

    Returns (batch, floor in nats per token): the floor is -log P(document), summed, over words plus ends of text.
    """
    rows = examples(documents, None, recipe=recipe, tokenizer=tokenizer, generator=None)
    batch = collate(rows, recipe=recipe, tokenizer=tokenizer, generator=None)
    return batch, language.entropy_floor(documents, objective="causal")
