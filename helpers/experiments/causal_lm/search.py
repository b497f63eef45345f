"""Does a search find the most probable text, and is it a typical one?

Changed: how course-gpt's next text is searched for: greedily, by beams of several widths, with and without dividing by
the length, or exactly. Held fixed: the model, the beginning. Beside it the optimum: the most probable text of the
language itself, by best-first search, and how probable its texts are that are drawn. An exact search in the model tells
the errors of a search from those of the model. Nothing is drawn but the typical texts. About 2 minutes on one core.
"""

from __future__ import annotations

import numpy as np
import torch

from helpers import tinytown
from helpers.methods import best_first, decoding
from helpers.models import load_course

NAME = "search"
BEGINNINGS = ("", "the cat", "the patient was", "the bank of the", "a : hello . b :")
WIDTHS = (2, 3, 5, 10, 20, 50)
PENALTIES = (0.0, 1.0)  # the power of the length by which a beam's sum is divided
LONGEST = 60  # new tokens
DRAWN = 1_000
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


def points():
    """What is typical; then for each beginning the exact searches, greedy search and the beams."""
    yield {"method": "drawn texts"}
    for beginning in BEGINNINGS:
        for method in ("language", "model", "greedy"):
            yield {"method": method, "beginning": beginning}
        for beams in WIDTHS:
            for penalty in PENALTIES:
                yield {"method": "beams", "beginning": beginning, "beams": beams, "length_penalty": penalty}


def models(point: dict) -> tuple[str, ...]:
    """The language needs no model."""
    return () if point["method"] in ("drawn texts", "language") else ("course-gpt",)


def run(point: dict) -> dict:
    """The text that is found, with its nats in the language and in the model; or the nats of drawn texts."""
    if point["method"] == "drawn texts":
        return drawn_texts()
    if point["method"] == "language":
        return in_language(point["beginning"])
    return in_model(*load_course("course-gpt", attn_implementation="sdpa"), point)


def drawn_texts(count: int = DRAWN) -> dict:
    """Nats of texts as the language draws them: mean, nats per token, quantiles."""
    texts = tinytown.documents(count, split="test", seed=42)
    nats = np.array([-tinytown.log_prob(d.tokens, language=tinytown.training_language()) for d in texts])
    tokens = sum(len(d.tokens) + 1 for d in texts)
    quantiles = {str(q): float(np.quantile(nats, q)) for q in QUANTILES}
    return {"nats": float(nats.mean()), "nats per token": float(nats.sum() / tokens), "quantiles": quantiles}


def in_language(beginning: str, count: int = 3) -> dict:
    """The most probable text that begins so, and the ones behind it."""
    words = beginning.split()
    found = tinytown.most_probable(count, prefix=words)
    before = -tinytown.prefix_log_prob(words, language=tinytown.training_language())
    texts = [{"text": " ".join(text), "nats": nats - before} for text, nats in found]
    return {**texts[0], "new tokens": len(found[0][0]) + 1 - len(words), "then": texts[1:]}


def in_model(model, tokenizer, point: dict) -> dict:
    """What a search in the model finds, its nats in the model and in the language, counted behind the beginning."""
    prompt = tokenizer(point["beginning"])["input_ids"]
    new = searched(model, prompt, point, end_id=tokenizer.eos_token_id)
    words = tokenizer.convert_ids_to_tokens([i for i in [*prompt, *new] if i != tokenizer.eos_token_id])
    return {
        "text": " ".join(words),
        "nats": exact_nats(words, point["beginning"].split()) if new[-1] == tokenizer.eos_token_id else None,
        "model nats": model_nats(model, prompt, new),
        "new tokens": len(new),
    }


def searched(model, prompt, point: dict, *, end_id: int) -> list[int]:
    """The new ids by the point's method."""
    how = {"max_new_tokens": LONGEST, "end_id": end_id}
    if point["method"] == "model":
        return best_first.most_probable(model, prompt, **how)[0]
    if point["method"] == "greedy":
        return decoding.greedy(model, prompt, **how)
    return decoding.beam_search(model, prompt, beams=point["beams"], length_penalty=point["length_penalty"], **how)


def exact_nats(words, beginning, language=None) -> float | None:
    """-ln p of a text in the language, given its beginning; None where the language cannot write it."""
    language = language or tinytown.training_language()
    try:
        text = tinytown.log_prob(words, language=language)
    except tinytown.ImpossibleTextError:
        return None
    return tinytown.prefix_log_prob(beginning, language=language) - text


def model_nats(model, prompt, new) -> float:
    """-ln p of the new ids behind a prompt, by the model."""
    with torch.no_grad():
        logs = model(input_ids=torch.tensor([[*prompt, *new]])).logits[0].double().log_softmax(-1)
    return -float(logs[len(prompt) - 1 : -1].gather(1, torch.tensor(new)[:, None]).sum())
