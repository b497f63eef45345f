"""Reviews judged by a word in a pattern's gap, without any training for it, and single sentences to try."""

import functools
import re

import numpy as np
import torch

from helpers import tinytown
from helpers.evaluation.drawing import checked, drawn
from helpers.evaluation.expected import choice_scores
from helpers.evaluation.held_out import documents_of
from helpers.evaluation.language import measured_language
from helpers.evaluation.masked import gap_log_probs
from helpers.evaluation.pairs import follows_probs
from helpers.models.checks import require_text
from helpers.transformer.checks import listed, whole

LABELS = ("good", "bad")
PATTERNS = (
    "{text} the restaurant is [MASK] .",
    "{text} overall , the restaurant is [MASK] .",
    "{text} in short , the restaurant is [MASK] .",
    "{text} i think the restaurant is [MASK] .",
    "{text} all in all , it was a [MASK] restaurant .",
)
VALIDATION = 200  # reviews on which a pattern is chosen
SPOT_CHECKS = (  # text, the words that must stand on top of the words after them
    ("the pizza was fantastic . the restaurant is [MASK] .", ("good",), ("bad",)),
    ("the pizza was awful . the restaurant is [MASK] .", ("bad",), ("good",)),
    ("the patient was prescribed [MASK] for anticoagulation .", ("warfarin", "heparin"), None),
    ("the bank of the [MASK] was muddy .", ("river",), None),
)
PAIR_SPOT_CHECKS = (
    ("the cat sat on the mat .", "it was purring softly .", True),
    ("the cat sat on the mat .", "it was a sunny day .", False),
)


@drawn
def review_problems(count: int, seed: int, language=None, split: str = "test") -> tuple:
    """Restaurant reviews without their verdict: (text, overall sentiment, {sentiment: exact probability})."""
    language = language or tinytown.training_language()
    documents = documents_of("restaurant", count=count, seed=seed, language=language, split=split)
    return tuple(
        (" ".join(d.tokens), d.facts["overall"], tinytown.fact_probs(d.tokens, "overall", language=language))
        for d in documents
    )


@checked
def zero_shot_pet(
    model,
    tokenizer,
    *,
    patterns=PATTERNS,
    count: int = 500,
    seed: int = 0,
    read=gap_log_probs,
    language=None,
    keep=None,
) -> dict:
    """Good against bad in a pattern's gap on held-out restaurant reviews, beside the exact posterior: `choice_scores`.

    The pattern is the one that does best on validation reviews; the scores of each stand under "by_pattern".
    `read` asks the model: (model, tokenizer, texts with one [MASK]) -> log-probabilities (1, vocab) for each. `keep`
    says of a review's text whether it counts, by default all do; the pattern is chosen on all of them.
    Raises ValueError where none of the reviews counts.
    """
    language = measured_language(model, tokenizer, language)
    patterns = [one_gap(pattern) for pattern in listed(patterns, "patterns", of="patterns")]
    judged = functools.partial(_judged, model, tokenizer, read=read)
    validation = review_problems(min(whole(count, "count", least=1), VALIDATION), seed, language, "validation")
    chosen = max(patterns, key=lambda pattern: judged(pattern, validation)["accuracy"])
    reviews = [problem for problem in review_problems(count, seed, language) if keep is None or keep(problem[0])]
    if not reviews:
        raise ValueError(f"`keep` keeps none of {count} reviews; ask for more, or keep others")
    found = {pattern: judged(pattern, reviews) for pattern in patterns}
    return {**found[chosen], "pattern": chosen, "by_pattern": found}


def one_gap(pattern: str) -> str:
    """The pattern, when it has one {text} and one [MASK].

    >>> one_gap("{text} it was fine .")
    Traceback (most recent call last):
    ...
    ValueError: pattern '{text} it was fine .' needs one {text} and one [MASK], and nothing else in braces
    """
    if re.findall(r"\{.*?\}", require_text(pattern, "pattern")) != ["{text}"] or pattern.count("[MASK]") != 1:
        raise ValueError(f"pattern {pattern!r} needs one {{text}} and one [MASK], and nothing else in braces")
    return pattern


def _judged(model, tokenizer, pattern, problems, *, read) -> dict:
    """Scores of the two labels in one pattern's gap."""
    scores = torch.cat(list(read(model, tokenizer, [pattern.format(text=text) for text, *_ in problems])))
    labels = scores[:, tokenizer.convert_tokens_to_ids(list(LABELS))].double().log_softmax(-1)
    probs = np.array([[exact.get(label, 0.0) for label in LABELS] for *_, exact in problems])
    return choice_scores(labels.numpy(), probs)


def gap_distance(model, tokenizer, text: str, *, read=gap_log_probs, language=None) -> dict:
    """Total variation between a model's distribution in the one [MASK] of a text and the exact one, from 0 to 1.

    {"model": the distance, "exact": {word: probability} of the words that can stand there}. `read` as in
    `zero_shot_pet`. Raises ValueError for a text without a gap or with several.
    """
    language = measured_language(model, tokenizer, language)
    if require_text(text, "text").count("[MASK]") != 1:
        raise ValueError(f"text {text!r:.80} needs one [MASK]; it has {text.count('[MASK]')}")
    (exact,) = tinytown.cloze_probs(text, language=language)
    ((row,),) = read(model, tokenizer, [text])
    probs = row.double().exp()
    best = torch.zeros_like(probs)
    best[tokenizer.convert_tokens_to_ids(list(exact))] = torch.tensor(list(exact.values()), dtype=best.dtype)
    return {"model": float((probs - best).abs().sum() / 2), "exact": exact}


def spot_checks(model, tokenizer) -> dict:
    """Whether each single sentence, as typed and with no context around it, comes out as it must."""
    found, texts = {}, [check[0] for check in SPOT_CHECKS]
    for (text, top, below), (row,) in zip(SPOT_CHECKS, gap_log_probs(model, tokenizer, texts), strict=True):
        ranked = tokenizer.convert_ids_to_tokens(row.argsort(descending=True).tolist())
        places = [ranked.index(word) for word in top]
        found[text] = max(places) < (ranked.index(below[0]) if below else len(top))
    said = follows_probs(model, tokenizer, PAIR_SPOT_CHECKS)
    for (first, second, follows), p in zip(PAIR_SPOT_CHECKS, said, strict=True):
        found[f"{first} {second}"] = bool((p > 0.5) == follows)
    return found
