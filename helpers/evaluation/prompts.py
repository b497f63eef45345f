"""Reviews judged by a word in a pattern's gap, without any training for it, and single sentences to try."""

import functools

import numpy as np

from helpers import tinytown
from helpers.evaluation.held_out import documents_of
from helpers.evaluation.masked import gap_log_probs
from helpers.evaluation.pairs import follows_probs

PATTERNS = (
    "{text} the restaurant is [MASK] .",
    "{text} overall , the restaurant is [MASK] .",
    "{text} in short , the restaurant is [MASK] .",
    "{text} i think the restaurant is [MASK] .",
    "{text} all in all , it was a [MASK] restaurant .",
)
PROBES = (  # text, the words that must stand on top of the words after them
    ("the pizza was fantastic . the restaurant is [MASK] .", ("good",), ("bad",)),
    ("the pizza was awful . the restaurant is [MASK] .", ("bad",), ("good",)),
    ("the patient was prescribed [MASK] for anticoagulation .", ("warfarin", "heparin"), None),
    ("the bank of the [MASK] was muddy .", ("river",), None),
)
PAIR_PROBES = (
    ("the cat sat on the mat .", "it was purring softly .", True),
    ("the cat sat on the mat .", "it was a sunny day .", False),
)


@functools.cache
def review_problems(count: int, seed: int) -> tuple:
    """Restaurant reviews without their verdict: (text, overall sentiment, exact answer in the full language)."""
    problems = []
    for d in documents_of("restaurant", count, seed):
        exact = tinytown.fact_probs(d.tokens, "overall")
        problems.append((" ".join(d.tokens), d.facts["overall"], max(exact, key=exact.get)))
    return tuple(problems)


def zero_shot_pet(model, tokenizer, *, patterns=PATTERNS, count: int = 500, seed: int = 0, read=gap_log_probs) -> dict:
    """Accuracy of good against bad in each pattern's gap on held-out restaurant reviews, beside the exact optimum.

    `read` asks the model: (model, tokenizer, texts with one [MASK]) -> log-probabilities (1, vocab) for each.
    """
    problems = review_problems(count, seed)
    good, bad = tokenizer.convert_tokens_to_ids(["good", "bad"])
    by_pattern = {}
    for pattern in patterns:
        scores = read(model, tokenizer, [pattern.format(text=text) for text, _, _ in problems])
        answers = ["good" if row[0, good] > row[0, bad] else "bad" for row in scores]
        by_pattern[pattern] = float(
            np.mean([answer == truth for answer, (_, truth, _) in zip(answers, problems, strict=True)])
        )
    optimum = float(np.mean([exact == truth for _, truth, exact in problems]))
    return {"accuracy": max(by_pattern.values()), "optimum": optimum, "by_pattern": by_pattern}


def probes(model, tokenizer) -> dict:
    """Whether each single probe, as typed and with no context around it, comes out as it must."""
    found = {}
    for (text, top, below), (row,) in zip(PROBES, gap_log_probs(model, tokenizer, [p[0] for p in PROBES]), strict=True):
        ranked = tokenizer.convert_ids_to_tokens(row.argsort(descending=True).tolist())
        places = [ranked.index(word) for word in top]
        found[text] = max(places) < (ranked.index(below[0]) if below else len(top))
    for (first, second, follows), p in zip(PAIR_PROBES, follows_probs(model, tokenizer, PAIR_PROBES), strict=True):
        found[f"{first} {second}"] = bool((p > 0.5) == follows)
    return found
