"""A box to type in: a pattern, a text, words for the labels, and the scores; plain print where nothing can be clicked.

The fields are shown only when they are asked for (`live=True`), so that a stored notebook holds text and no widget.
"""

from __future__ import annotations

import contextlib
import io

import ipywidgets
import numpy as np

from helpers.evaluation import gap_log_probs
from helpers.methods.cloze.calibration import normalised
from helpers.methods.cloze.patterns import GAP
from helpers.methods.cloze.scoring import label_scores
from helpers.models.checks import require_text, require_tokenizer, unknown_words
from helpers.transformer.checks import whole


def answer_lines(model, tokenizer, pattern: str, text: str, words: str, *, top: int = 5) -> list[str]:
    """What the box says of a pattern, a text and the words typed ("good / bad"): lines of text, also for an error.

    Words that the model has never read are answered and named.
    """
    try:
        require_tokenizer(tokenizer, model)
        require_text(words, "words")
        whole(top, "top", least=1, most=100)
        verbalizer = {word.strip(): word.strip() for word in words.split("/")}
        with contextlib.redirect_stdout(io.StringIO()):  # unknown words are named below
            scores = label_scores(model, tokenizer, [text], pattern=pattern, verbalizer=verbalizer)
            asked = pattern.replace("{text}", text)
            (row,) = gap_log_probs(model, tokenizer, [asked.replace(GAP, tokenizer.mask_token)])
    except (TypeError, ValueError) as error:
        return [f"cannot ask that: {error}"]
    shares, best = np.exp(normalised(scores))[0], row[0].topk(top)
    ranked = zip(best.values.exp(), best.indices)
    likeliest = ", ".join(f"{tokenizer.decode(int(number)).strip()} {p:.2f}" for p, number in ranked)
    return [
        f"asked: {asked}",
        *(
            f"{word}: p = {np.exp(score):.3f}, share {share:.2f}"
            for word, score, share in zip(verbalizer, scores[0], shares)
        ),
        f"likeliest words: {likeliest}",
        *_unknown_line(tokenizer, [asked, *verbalizer]),
    ]


def _unknown_line(tokenizer, texts) -> list[str]:
    """One line that names the words of texts which are not Tinytown's, or none."""
    words = unknown_words(tokenizer, texts)
    return [f"not words of Tinytown: {', '.join(words)}"] if words else []


def box(model, tokenizer, *, pattern: str, text: str, words: str, live: bool = False):
    """Print the answer for these defaults; with `live`, give back fields that answer anew whenever one is changed.

    Raises nothing for bad input: the answer then says what is wrong.
    """
    print("\n".join(answer_lines(model, tokenizer, pattern, text, words)))
    if not live:
        return None
    fields = [
        ipywidgets.Text(value=value, description=name, continuous_update=False, layout={"width": "90%"})
        for name, value in (("pattern", pattern), ("text", text), ("words", words))
    ]
    shown = ipywidgets.Textarea(disabled=True, rows=6, layout={"width": "90%"})

    def answer(_change=None):
        shown.value = "\n".join(answer_lines(model, tokenizer, *(field.value for field in fields)))

    for field in fields:
        field.observe(answer, names="value")
    answer()
    return ipywidgets.VBox([*fields, shown])
