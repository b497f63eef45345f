"""Code completion: the rest of the line that is being typed, given everything before it.

Source: exact match and edit similarity as in CodeXGLUE (Lu et al. 2021), line-level code completion.
"""

import functools
import heapq
import math

import numpy as np
from rapidfuzz.fuzz import ratio

from helpers import tinytown
from helpers.tasks.task import Example, Task, most_frequent, same_number, stream, unread

CUTS, TYPED, END_OF_LINE = (4, 24), 3, "<nl>"  # where a program may be cut; words typed of the line at most


def draw(split, seed):
    """Programs cut after the first one to three words of a line that is not the first: what stands before the cut, and
    the rest of that line.

    Where a program is cut is drawn without looking at what follows, and whether the cut counts is read off what stands
    before it: otherwise the cut itself would tell something about the answer.
    """
    rng = np.random.default_rng([seed, 1060])
    for d in stream("code", split=split, seed=[seed, 1061]):
        cut = int(rng.integers(*CUTS))
        before, rest = d.tokens[:cut], d.tokens[cut:]
        typed = before[::-1].index(END_OF_LINE) if END_OF_LINE in before else 0
        if rest and 1 <= typed <= TYPED:
            yield Example(" ".join(before), " ".join(rest[: rest.index(END_OF_LINE) + 1]))


def score(answers, examples) -> dict[str, float]:
    """Share of completions that are right to the last sign, and mean edit similarity (1: the same signs); and the share
    that is expected to be right, given what stands before, which no answers can have higher than the best ones."""
    same_number(answers, examples)
    pairs = [(answer, example.target) for answer, example in zip(answers, examples)]
    return {
        "exact match": float(np.mean([a == t for a, t in pairs])),
        "edit similarity": float(np.mean([ratio(a, t) / 100 for a, t in pairs])),
        "expected exact match": float(np.mean([line_prob(e.source, a) for a, e in zip(answers, examples)])),
    }


def chance(train, test) -> dict[str, float]:
    """The score of the most frequent completion; as "lookup" that of the most frequent one after the same last word."""
    by_word = most_frequent(train, of=lambda example: example.source.split()[-1])
    looked_up = score(list(map(by_word, test)), test)[TASK.metric]
    return score(list(map(unread(train), test)), test) | {"lookup": looked_up}


@functools.cache
def line_prob(source: str, line: str) -> float:
    """Exact probability that the line that is being typed goes on like this, to its end.

    >>> round(line_prob("x = 3 <nl> for", "x in range ( 3 ) : <nl>"), 3), line_prob("x = 3 <nl> for", "x in")
    (1.0, 0.0)
    """
    if line.split()[-1:] != [END_OF_LINE] or line.split().count(END_OF_LINE) > 1:
        return 0.0
    begun, language = source.split(), tinytown.only("code")
    try:
        whole = tinytown.prefix_log_prob(begun + line.split(), language=language)
    except tinytown.ImpossibleTextError:
        return 0.0
    return math.exp(whole - tinytown.prefix_log_prob(begun, language=language))


def likeliest_line(source: str) -> str:
    """The most probable rest of a line, by a best-first search over exact next-word probabilities.

    >>> likeliest_line("x = 3 <nl> for")
    'x in range ( 3 ) : <nl>'

    Extensions never gain probability, so that the first finished line that is taken from the heap is the best one.
    """
    open_, prefix = [(-1.0, ())], tuple(source.split())
    while True:
        weight, words = heapq.heappop(open_)
        if words and words[-1] == END_OF_LINE:
            return " ".join(words)
        for word, share in tinytown.next_token_probs(prefix + words, language=tinytown.only("code")).items():
            if word != tinytown.END:
                heapq.heappush(open_, (weight * share, (*words, word)))


def exact(test) -> dict[str, float]:
    """The score of the most probable completion: the best possible share of exact matches."""
    return score([likeliest_line(example.source) for example in test], test)


TASK = Task("code", "code completion", "text", "expected exact match", draw, score, chance, exact)
