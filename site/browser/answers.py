"""The exact answers that stand beside the models' own in the browser, computed once when the site is built."""

from __future__ import annotations

import torch

from helpers import tinytown
from helpers.models.tokenizers import word_id_range

DIGITS = 3  # of a probability on the page


def left_readings(text: str, model, tokenizer) -> list[str]:
    """What a left-to-right model reads before each gap of a text: its own best word stands in the gaps before.

    A gap is `[MASK]`, as a word of its own. Without a gap, the whole text is read, and the question is what follows.
    """
    first, past = word_id_range(tokenizer)
    read, found = [], []
    for word in text.split():
        if word == "[MASK]":
            found.append(" ".join(read))
            ids = torch.tensor([tokenizer(found[-1])["input_ids"]])
            with torch.no_grad():
                word = tokenizer.convert_ids_to_tokens(first + int(model(ids).logits[0, -1, first:past].argmax()))
        read.append(word)
    return found or [" ".join(read)]


def exact_answers(sentences: list[str], prefixes: list[str]) -> dict:
    """Best possible predictions: for each sentence and gap from both sides, for each prefix from the left.

    Each is a list of (word, probability), most probable first. A prefix that Tinytown cannot write has none.
    """
    left = {}
    for prefix in dict.fromkeys(prefixes):
        try:
            left[prefix] = top(tinytown.next_token_probs(prefix))
        except tinytown.ImpossibleTextError:
            continue
    both = {text: [top(gap) for gap in tinytown.cloze_probs(text)] for text in sentences if "[MASK]" in text}
    return {"sentences": sentences, "both": both, "left": left}


def top(probs: dict[str, float]) -> list[list]:
    """The words whose probability does not round to zero, most probable first.

    >>> top({"a": 0.75, "b": 0.2499, "c": 0.0001})
    [['a', 0.75], ['b', 0.25]]
    """
    rounded = ((word, round(probability, DIGITS)) for word, probability in probs.items())
    return [[word, probability] for word, probability in rounded if probability]
