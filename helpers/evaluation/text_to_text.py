"""An encoder-decoder at the texts it was trained to write, beside the floor of the same texts, and at a gap."""

import functools

import numpy as np
import torch

from helpers import tinytown
from helpers.evaluation.held_out import held_out_documents, in_batches, predictions
from helpers.models.tokenizers import SENTINELS
from helpers.objectives.denoising import cover_probability, noised_sentences, start_probability
from helpers.objectives.padding import IGNORE_INDEX, pad_rows
from helpers.objectives.span_corruption import corrupt, draw_spans, placement_log_prob


@functools.cache
def span_problems(count: int, seed: int) -> tuple:
    """Test documents with spans behind sentinels: (source words, target words, exact loss of the whole target)."""
    generator, problems = torch.Generator().manual_seed(700 + seed), []
    for d in held_out_documents(count, seed):
        spans = draw_spans(len(d.tokens), generator=generator)
        exact = tinytown.unknown_spans_loss(d.tokens, spans, placement_log_prob)
        problems.append((*corrupt(d.tokens, spans, sentinels=SENTINELS), exact))
    return tuple(problems)


def target_losses(model, tokenizer, pairs) -> list[np.ndarray]:
    """-log p of every token of each target and of its end, in nats, for (source words, target words, ...)."""
    found = []
    for batch in in_batches(pairs):
        sources, targets = ([_ids(tokenizer, pair[side]) for pair in batch] for side in (0, 1))
        encoded, asked = (pad_rows(rows, pad_id=tokenizer.pad_token_id) for rows in (sources, targets))
        labels = asked["input_ids"].masked_fill(asked["attention_mask"] == 0, IGNORE_INDEX)
        scores = predictions(model, {**encoded, "labels": labels}).gather(-1, asked["input_ids"][..., None])[..., 0]
        found += [-row[: len(ids)].numpy().astype(float) for row, ids in zip(scores, targets, strict=True)]
    return found


@functools.cache
def noised_problems(count: int, seed: int) -> tuple:
    """Test documents with shuffled sentences and hidden spans: (source words, target words, exact loss of the text)."""
    generator, problems = torch.Generator().manual_seed(800 + seed), []
    noise = tinytown.Noise(start_probability(), functools.cache(cover_probability))
    for d in held_out_documents(count, seed):
        noised = [w for s in noised_sentences(d.sentences, generator=generator, mask=None) for w in s]
        exact = tinytown.infilled_loss(d.tokens, noised, noise)
        problems.append((["[MASK]" if word is None else word for word in noised], d.tokens, exact))
    return tuple(problems)


def span_excess(model, tokenizer, *, count: int = 500, seed: int = 0) -> dict:
    """Loss of the hidden spans, their sentinels and the end mark on test documents, the exact floor, the difference.

    All in nats per target token; `per_word` is the difference in nats per hidden word.
    """
    problems = span_problems(count, seed)
    return _beside_floor(model, tokenizer, problems, words=sum(w not in SENTINELS for p in problems for w in p[1]))


def denoising_excess(model, tokenizer, *, count: int = 500, seed: int = 0) -> dict:
    """Loss of the whole text and its end mark, given the damaged text, on test documents, the floor, the difference.

    All in nats per target token; `per_word` is the difference in nats per word that is hidden.
    """
    problems = noised_problems(count, seed)
    return _beside_floor(
        model, tokenizer, problems, words=sum(len(p[1]) - sum(w != "[MASK]" for w in p[0]) for p in problems)
    )


def _beside_floor(model, tokenizer, problems, *, words: int) -> dict:
    losses = np.concatenate(target_losses(model, tokenizer, problems))
    exact = sum(problem[2] for problem in problems)
    loss, floor, above = losses.mean(), exact / len(losses), losses.sum() - exact
    return {"loss": float(loss), "floor": floor, "excess": float(loss - floor), "per_word": float(above / words)}


def written_log_probs(model, tokenizer, texts):
    """Log-probabilities of the word that an encoder-decoder writes for the one [MASK] of each text: (1, vocab) each.

    T5 reads a sentinel in its place and writes the word behind it; BART reads the [MASK] and writes the text up to it.
    """
    found, t5 = [], model.config.model_type == "t5"
    mask = SENTINELS[0] if t5 else tokenizer.mask_token
    for batch in in_batches(texts):
        encoded = tokenizer([text.replace("[MASK]", mask) for text in batch], padding=True, return_tensors="pt")
        before = [mask if t5 else text.split("[MASK]")[0] for text in batch]
        prefixes = [tokenizer(text, add_special_tokens=False)["input_ids"] for text in before]
        written = pad_rows(
            [[model.config.decoder_start_token_id, *ids] for ids in prefixes], pad_id=tokenizer.pad_token_id
        )
        scores = predictions(model, {**encoded, "decoder_input_ids": written["input_ids"]})
        last = torch.tensor([len(ids) for ids in prefixes])
        found += list(scores[torch.arange(len(batch)), last][:, None])
    return found


def _ids(tokenizer, words) -> list[int]:
    return [*tokenizer.convert_tokens_to_ids(list(words)), tokenizer.eos_token_id]
