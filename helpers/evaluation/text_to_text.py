"""An encoder-decoder at the texts it was trained to write, beside the exact next-token distributions, and at a gap."""

import functools

import numpy as np
import torch

from helpers import tinytown
from helpers.evaluation.divergence import loss_scores
from helpers.evaluation.drawing import drawn
from helpers.evaluation.held_out import held_out_documents, in_batches, predictions
from helpers.evaluation.language import measured_language
from helpers.models.checks import (
    name_unknown_words,
    require_fits,
    require_masks,
    require_text_to_text_model,
    require_texts,
    room_of,
)
from helpers.models.encoding import encode
from helpers.models.tokenizers import SENTINELS
from helpers.objectives.denoising import cover_probability, noised_sentences, start_probability
from helpers.objectives.padding import IGNORE_INDEX, pad_rows
from helpers.objectives.span_corruption import corrupt, draw_spans, placement_log_prob
from helpers.transformer.checks import listed


@drawn
def span_problems(count: int, seed: int, language=None) -> tuple:
    """Test documents with spans behind sentinels: (source words, target words, exact distributions of its steps).

    Distributions: (target words + 1, V + sentinels + 1), the last column for the end mark.
    """
    language = language or tinytown.training_language()
    generator, problems = torch.Generator().manual_seed(700 + seed), []
    for d in held_out_documents(count, seed, language):
        spans = draw_spans(len(d.tokens), generator=generator)
        steps = tinytown.span_target_probs(d.tokens, spans, placement_log_prob, language=language)
        source, target = corrupt(d.tokens, spans, sentinels=SENTINELS)
        problems.append((source, target, _with_sentinels(steps, target)))
    return tuple(problems)


def _with_sentinels(steps, target) -> np.ndarray:
    """Steps of spans, whose last column is the end of a span, as the steps of a target, its marks included."""
    words, number = steps.shape[1] - 1, 0
    probs = np.zeros((len(target) + 1, words + len(SENTINELS) + 1))
    probs[0, words] = probs[-1, -1] = 1
    for row, step, before in zip(probs[1:-1], steps, target[:-1], strict=True):
        number += before in SENTINELS
        row[:words], row[words + number] = step[:-1], step[-1]
    return probs


@drawn
def noised_problems(count: int, seed: int, language=None) -> tuple:
    """Test documents with shuffled sentences and hidden spans: (source words, target words, exact distributions).

    Distributions: of each word of the text and of its end, (words + 1, V + 1).
    """
    language = language or tinytown.training_language()
    generator, problems = torch.Generator().manual_seed(800 + seed), []
    noise = tinytown.Noise(start_probability(), functools.cache(cover_probability))
    for d in held_out_documents(count, seed, language):
        noised = [w for s in noised_sentences(d.sentences, generator=generator, mask=None) for w in s]
        steps = tinytown.denoised_probs(d.tokens, noised, noise, language=language)
        problems.append((["[MASK]" if word is None else word for word in noised], d.tokens, steps))
    return tuple(problems)


def target_losses(model, tokenizer, pairs) -> list[np.ndarray]:
    """-log p of every token of each target and of its end, in nats, for (source words, target words, ...).

    Raises TypeError for a string in place of a list of words; ValueError for another kind of model, a word that the
    tokenizer does not have, or a side too long.
    """
    steps = _steps(model, tokenizer, pairs)
    return [-rows.gather(-1, answers[:, None])[:, 0].numpy().astype(float) for rows, answers in steps]


def _steps(model, tokenizer, pairs):
    """For each target the log-probabilities (words + 1, vocab) of its words and its end, and the ids that were due."""
    require_text_to_text_model(model, tokenizer)
    pairs = listed(pairs, "pairs", of="pairs (source words, target words)")
    for batch in in_batches([listed(pair, "a pair", least=2, of="sides") for pair in pairs]):
        sources, targets = ([_ids(tokenizer, pair[side]) for pair in batch] for side in (0, 1))
        for rows, what in ((sources, "source"), (targets, "target")):
            require_fits(rows, room_of(model, tokenizer), what)
        encoded, asked = (pad_rows(rows, pad_id=tokenizer.pad_token_id) for rows in (sources, targets))
        labels = asked["input_ids"].masked_fill(asked["attention_mask"] == 0, IGNORE_INDEX)
        for rows, ids in zip(predictions(model, {**encoded, "labels": labels}), targets, strict=True):
            yield rows[: len(ids)], torch.tensor(ids)


def span_excess(model, tokenizer, *, count: int = 500, seed: int = 0, language=None) -> dict:
    """Expected loss of the hidden spans of test documents, their sentinels and the end mark, the floor, and the excess.

    All in nats per target token; `per_word` is the excess in nats per hidden word.
    """
    require_text_to_text_model(model, tokenizer)
    language = measured_language(model, tokenizer, language)
    problems, names = span_problems(count, seed, language), [*language.words, *SENTINELS, tokenizer.eos_token]
    hidden = sum(word not in SENTINELS for _, target, _ in problems for word in target)
    return _beside_floor(model, tokenizer, problems, tokens=names, hidden=hidden)


def denoising_excess(model, tokenizer, *, count: int = 500, seed: int = 0, language=None) -> dict:
    """Expected loss of whole test documents and the end mark, given the damaged texts, the floor, and the excess.

    All in nats per target token; `per_word` is the excess in nats per word that is hidden.
    """
    require_text_to_text_model(model, tokenizer)
    language = measured_language(model, tokenizer, language)
    problems, names = noised_problems(count, seed, language), [*language.words, tokenizer.eos_token]
    hidden = sum(len(target) - sum(word != "[MASK]" for word in source) for source, target, _ in problems)
    return _beside_floor(model, tokenizer, problems, tokens=names, hidden=hidden)


def _beside_floor(model, tokenizer, problems, *, tokens, hidden: int) -> dict:
    rows = [rows for rows, _ in _steps(model, tokenizer, problems)]
    found = loss_scores([probs for *_, probs in problems], rows, tokenizer.convert_tokens_to_ids(tokens))
    return {**found, "per_word": found["excess"] * sum(map(len, rows)) / hidden}


def written_log_probs(model, tokenizer, texts):
    """Log-probabilities of the word that an encoder-decoder writes for the one [MASK] of each text: (1, vocab) each.

    T5 reads a sentinel in its place and writes the word behind it; BART reads the [MASK] and writes the text up to it.
    Raises TypeError for a bare string; ValueError for another kind of model, or a text without just one [MASK].
    """
    require_text_to_text_model(model, tokenizer)
    require_masks(require_texts(texts))
    name_unknown_words(tokenizer, texts)
    found, t5 = [], model.config.model_type == "t5"
    mask = SENTINELS[0] if t5 else tokenizer.mask_token
    for batch in in_batches(texts):
        encoded = encode(tokenizer, [text.replace("[MASK]", mask) for text in batch], model=model)
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
    ids = tokenizer.convert_tokens_to_ids(listed(words, "words", of="words"))
    if tokenizer.unk_token_id in ids:
        raise ValueError(f"the tokenizer does not have the word {words[ids.index(tokenizer.unk_token_id)]!r}")
    return [*ids, tokenizer.eos_token_id]
