"""A causal model on whole documents: its loss beside the floor, and whether what it writes is in the language."""

import functools

import numpy as np
import torch

from helpers import tinytown
from helpers.evaluation.held_out import held_out_documents, in_batches, predictions


def causal_losses(model, tokenizer, texts) -> list[np.ndarray]:
    """-log p of every word and of the end of each text, in nats: one array (words + 1,) for each text."""
    found = []
    for batch in in_batches(texts):
        encoded = tokenizer([text + tokenizer.eos_token for text in batch], padding=True, return_tensors="pt")
        scores = predictions(model, encoded)[:, :-1].gather(-1, encoded["input_ids"][:, 1:, None])[..., 0]
        lengths = encoded["attention_mask"].sum(1) - 1
        found += [-row[:n].numpy().astype(float) for row, n in zip(torch.unbind(scores), lengths.tolist(), strict=True)]
    return found


def next_word_log_probs(model, tokenizer, prefixes):
    """log p of every word of the vocabulary as the one after each prefix, in nats: (prefixes, vocab)"""
    found = []
    for batch in in_batches(prefixes):
        encoded = tokenizer(batch, padding=True, padding_side="right", return_tensors="pt")
        last = encoded["attention_mask"].sum(1) - 1
        found.append(predictions(model, encoded)[torch.arange(len(batch)), last])
    return torch.cat(found)


def causal_excess(model, tokenizer, *, count: int = 500, seed: int = 0) -> dict:
    """Loss of a causal model on test documents, the exact floor of the same documents, and the difference."""
    documents = held_out_documents(count, seed)
    loss = float(np.concatenate(causal_losses(model, tokenizer, [" ".join(d.tokens) for d in documents])).mean())
    floor = causal_floor(count, seed)
    return {"loss": loss, "floor": floor, "excess": loss - floor}


@functools.cache
def causal_floor(count: int, seed: int) -> float:
    return tinytown.entropy_floor(held_out_documents(count, seed))


def valid_samples(model, tokenizer, *, count: int = 500, seed: int = 0) -> dict:
    """Share of free samples (temperature 1, nothing cut off) that the grammar can produce."""
    torch.manual_seed(seed)
    valid = 0
    for size in [len(part) for part in in_batches(range(count), 100)]:
        start = torch.full((size, 1), tokenizer.bos_token_id)
        rows = model.generate(
            start,
            attention_mask=torch.ones_like(start),
            do_sample=True,
            top_k=0,
            top_p=1.0,
            temperature=1.0,
            max_new_tokens=tokenizer.model_max_length - 2,
            pad_token_id=tokenizer.pad_token_id,
            eos_token_id=tokenizer.eos_token_id,
        )
        valid += sum(is_valid(tokenizer.decode(row, skip_special_tokens=True)) for row in rows)
    return {"valid": valid / count}


def is_valid(text: str) -> bool:
    """Whether the full language can produce this text as a whole document."""
    try:
        return bool(text.strip()) and tinytown.log_prob(text) < 0
    except tinytown.ImpossibleTextError:
        return False
