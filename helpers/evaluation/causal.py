"""A causal model on whole documents: its loss beside the floor, and whether what it writes is in the language."""

import numpy as np
import torch

from helpers import tinytown
from helpers.evaluation.divergence import loss_scores
from helpers.evaluation.drawing import checked, drawn
from helpers.evaluation.held_out import held_out_documents, in_batches, predictions
from helpers.evaluation.intervals import half_width
from helpers.evaluation.language import measured_language
from helpers.models.checks import name_unknown_words, require_causal_model, require_texts
from helpers.models.encoding import encode
from helpers.transformer.checks import whole


def causal_losses(model, tokenizer, texts) -> list[np.ndarray]:
    """-log p of every word and of the end of each text, in nats: one array (words + 1,) for each text.

    Raises: as `next_word_log_probs`.
    """
    steps = _steps(model, tokenizer, texts)
    return [-rows.gather(-1, answers[:, None])[:, 0].numpy().astype(float) for rows, answers in steps]


def _steps(model, tokenizer, texts):
    """For each text the log-probabilities (words + 1, vocab) of its words and its end, and the ids that came."""
    require_causal_model(model, tokenizer)
    for batch in in_batches(without_gaps(texts)):
        encoded = encode(tokenizer, [text + tokenizer.eos_token for text in batch], model=model)
        lengths = encoded["attention_mask"].sum(1).tolist()
        for rows, ids, length in zip(predictions(model, encoded), encoded["input_ids"], lengths, strict=True):
            yield rows[: length - 1], ids[1:length]


def without_gaps(texts) -> list[str]:
    """Texts for a causal model.

    >>> without_gaps(["the [MASK] sat ."])
    Traceback (most recent call last):
    ...
    ValueError: text 0 holds [MASK], and a causal model reads no gap: 'the [MASK] sat .'; write every word
    """
    for number, text in enumerate(require_texts(texts)):
        if "[MASK]" in text:
            raise ValueError(
                f"text {number} holds [MASK], and a causal model reads no gap: {text!r:.80}; write every word"
            )
    return list(texts)


def next_word_log_probs(model, tokenizer, prefixes):
    """log p of every word of the vocabulary as the one after each prefix, in nats: (prefixes, vocab).

    Raises TypeError for a bare string; ValueError for a model that is not causal, a [MASK], or a text too long.
    """
    require_causal_model(model, tokenizer)
    name_unknown_words(tokenizer, prefixes)
    found = []
    for batch in in_batches(without_gaps(prefixes)):
        encoded = encode(tokenizer, batch, model=model)
        last = encoded["attention_mask"].sum(1) - 1
        found.append(predictions(model, encoded)[torch.arange(len(batch)), last])
    return torch.cat(found)


def left_log_probs(model, tokenizer, texts):
    """log p of every word in each text's one [MASK], in nats, as a causal model expects it from the words left of it.

    A list of (1, vocab), as `gap_log_probs` gives it for a model that reads both sides.
    Raises ValueError for a text whose [MASK] is its first word or not its only one, and as `next_word_log_probs`.
    """
    for number, text in enumerate(require_texts(texts)):
        if text.count("[MASK]") != 1 or not text.split("[MASK]")[0].strip():
            raise ValueError(
                f"text {number} needs one [MASK], behind a word that a causal model can read: {text!r:.80}"
            )
    prefixes = [text.split("[MASK]")[0].strip() for text in texts]
    return list(next_word_log_probs(model, tokenizer, prefixes)[:, None])


@drawn
def causal_problems(count: int, seed: int, language) -> tuple:
    """Test documents: (tokens, exact probabilities of each next word and of the end, (words + 1, V + 1))."""
    problems = []
    for d in held_out_documents(count, seed, language):
        weights = tinytown.Reading(d.tokens, language).next_words()
        problems.append((d.tokens, weights / weights.sum(1, keepdims=True)))
    return tuple(problems)


def causal_excess(model, tokenizer, *, count: int = 500, seed: int = 0, language=None) -> dict:
    """Expected loss of a causal model after every prefix of test documents, its floor, and the excess between them."""
    require_causal_model(model, tokenizer)
    language = measured_language(model, tokenizer, language)
    problems = causal_problems(count, seed, language)
    rows = [rows for rows, _ in _steps(model, tokenizer, [" ".join(tokens) for tokens, _ in problems])]
    columns = tokenizer.convert_tokens_to_ids([*language.words, tokenizer.eos_token])
    return loss_scores([probs for _, probs in problems], rows, columns)


@checked
def valid_samples(model, tokenizer, *, count: int = 500, seed: int = 0, language=None) -> dict:
    """Share of free samples (temperature 1, nothing cut off) that the grammar can produce, and its 95 % half-width."""
    require_causal_model(model, tokenizer)
    measured_language(model, tokenizer, language)
    torch.manual_seed(seed)
    valid = []
    for size in [len(part) for part in in_batches(range(whole(count, "count", least=1)), 100)]:
        start = torch.full((size, 1), tokenizer.bos_token_id, device=model.device)
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
        valid += [is_valid(tokenizer.decode(row, skip_special_tokens=True), language) for row in rows]
    return {"valid": float(np.mean(valid)), "ci95": half_width(valid)}


def is_valid(text: str, language=None) -> bool:
    """Whether the full language (or the one given) can produce this text as a whole document."""
    if isinstance(text, str) and not text.strip():
        return False
    try:
        return tinytown.log_prob(text, language=language) < 0
    except tinytown.ImpossibleTextError:
        return False
