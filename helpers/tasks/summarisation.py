"""Summarisation: the one sentence that keeps who lost what, where, and who found it, from a story and another text.

The other text (a sentence on an errand, an animal, the weather) stands before or after the story and must be passed
over.

Source: ROUGE-L as in Lin 2004, "ROUGE", section 3, by the library rouge-score.
"""

import numpy as np
from rouge_score.rouge_scorer import RougeScorer

from helpers import tinytown
from helpers.tasks.task import Example, Task, same_number, stream, unread
from helpers.tinytown.scenes.lexicon import POSSESSIVE

MARK = "summary :"
OTHERS = ("errand", "animal", "weather")
SUMMARY = "{hero} lost {their} {lost} at the {place} and a {finder} found it ."


def draw(split, seed):
    """A story that has a summary, another text beside it, and `summary :`; the target is the summary sentence."""
    rng = np.random.default_rng([seed, 1070])
    others = stream(*OTHERS, split=split, seed=[seed, 1071], keep=lambda d: len(d.sentences) == 1)

    def keep(document):
        return document.kinds[-1] == "summary" and {"go", "lose"} <= set(document.kinds)

    for d in stream("story", split=split, seed=[seed, 1072], keep=keep):
        story, other = [w for sentence in d.sentences[:-1] for w in sentence], list(next(others).tokens)
        text = story + other if rng.integers(2) else other + story
        yield Example(" ".join([*text, MARK]), " ".join(d.sentences[-1][len(MARK.split()) :]))


def score(answers, examples) -> dict[str, float]:
    """Mean ROUGE-L (F-measure over the longest common subsequence), and the share of exact matches."""
    same_number(answers, examples)
    scorer = RougeScorer(["rougeL"])
    rouge = [scorer.score(e.target, answer)["rougeL"].fmeasure for answer, e in zip(answers, examples)]
    return {
        "rouge-l": float(np.mean(rouge)),
        "exact match": float(np.mean([a == e.target for a, e in zip(answers, examples)])),
    }


def chance(train, test) -> dict[str, float]:
    """The score of the most frequent training summary: a sentence of the right form about somebody else."""
    return score(list(map(unread(train), test)), test)


def story_of(source: str) -> list[str]:
    """The sentences of a source that a story can consist of: the longest run that the story scene alone can write."""
    sentences = [f"{s} ." for s in source.removesuffix(MARK).strip().removesuffix(".").split(" . ")]
    runs = [sentences[i:j] for i in range(len(sentences)) for j in range(i + 1, len(sentences) + 1)]
    for run in sorted(runs, key=len, reverse=True):
        text = " ".join(" ".join(run).split())
        if "lost" in text.split() and _possible(text):
            return text.split()
    raise ValueError(f"{source!r} holds no story; a source is made by `draw`")


def _possible(text):
    try:
        return bool(tinytown.log_prob(text, language=tinytown.only("story")))
    except tinytown.ImpossibleTextError:
        return False


def best_summary(source: str) -> str:
    """The summary with the most probable value of each fact."""
    story, facts = story_of(source), {}
    for fact in ("hero", "place", "lost", "finder"):
        facts[fact] = tinytown.best_fact(story, fact, language=tinytown.only("story"))
    return SUMMARY.format(**facts, their=POSSESSIVE[facts["hero"]])


def exact(test) -> dict[str, float]:
    """The score of the most probable summary; a finder that the story does not tell can only be guessed."""
    return score([best_summary(example.source) for example in test], test)


TASK = Task("summarisation", "summarisation", "text", "rouge-l", draw, score, chance, exact)
