"""The checks of notebook 10: right answers pass, mistakes get their diagnosis, an empty one its hint on request."""

from collections import Counter

import numpy as np
import pytest
from scipy.stats import norm

from helpers.evaluation.intervals import interval
from helpers.exercises import claims_tested as exercises
from helpers.setup.ledger import VERDICTS

OWN = [
    (exercises.check_counts, exercises.counts),
    (exercises.check_what_changed, exercises.what_changed),
    (exercises.check_outcome, exercises.outcome),
]
RIGHT = [
    *OWN,
    (exercises.check_counts, lambda verdicts: {word: sum(v == word for v in verdicts) for word in VERDICTS}),
    (exercises.check_what_changed, lambda a, b: [n for n in {**a, **b} if (n in a) != (n in b) or a[n] != b[n]]),
]


@pytest.mark.parametrize("check, answer", RIGHT)
def test_right_answers_pass(check, answer, capsys):
    assert check(answer)
    assert capsys.readouterr().out.strip().endswith(": correct")


def by(low_high):
    """An outcome by an interval of one's own."""

    def answer(differences):
        low, high = low_high(np.asarray(differences, dtype=float))
        return "above 0" if low > 0 else "below 0" if high < 0 else "includes 0"

    return answer


def narrow(d):
    if len(d) < 2:
        return -1, 1
    half = norm.ppf(0.975) * d.std(ddof=1) / len(d) ** 0.5
    return d.mean() - half, d.mean() + half


def scatter(d):
    mean, low, high = interval(d)
    return mean - (mean - low) * len(d) ** 0.5 if len(d) > 3 else low, high


def emptied(verdicts):
    found = {word: verdicts.count(word) for word in VERDICTS}
    verdicts.clear()
    return found


def one_sided(differences):
    return "above 0" if interval(differences)[1] > 0 else "includes 0"


WRONG = [
    (exercises.check_counts, emptied, "the list was changed"),
    (exercises.check_counts, lambda v: [v.count(word) for word in VERDICTS], "expected a dict"),
    (exercises.check_counts, lambda v: {w: sum(x.startswith(w) for x in v) for w in VERDICTS}, "compare whole words"),
    (exercises.check_counts, lambda v: Counter(v), "'open' is missing"),
    (exercises.check_counts, lambda v: {**exercises.counts(v), "?": 0}, "expected the words"),
    (exercises.check_counts, lambda v: {w: v.count(w) / len(v) for w in VERDICTS}, "these are shares"),
    (exercises.check_counts, lambda v: {w: v.count(w) + 1 for w in VERDICTS}, "received"),
    (exercises.check_counts, lambda v: {w: v.count(w) for w in reversed(VERDICTS)}, "in the order"),
    (exercises.check_what_changed, lambda a, b: a != b, "expected the names"),
    (exercises.check_what_changed, lambda a, b: {(n, str(a.get(n))) for n in a | b}, "pairs of name and value"),
    (exercises.check_what_changed, lambda a, b: {n for n in a if a[n] == b.get(n)}, "settings that are equal"),
    (exercises.check_what_changed, lambda a, b: {n for n in a if a[n] != b.get(n)}, "only one run has"),
    (exercises.check_what_changed, lambda a, b: {n for n in b if a.get(n) != b[n]}, "the other way round"),
    (exercises.check_what_changed, lambda a, b: {n for n in a | b if a.get(n) is not b.get(n)}, "two equal lists"),
    (exercises.check_what_changed, lambda a, b: set(a | b), "expected"),
    (exercises.check_what_changed, lambda a, b: set(a.items()) ^ set(b.items()), "your code stopped with TypeError"),
    (exercises.check_outcome, lambda d: "holds", "answer with one of"),
    (exercises.check_outcome, by(lambda d: (-d.mean(), -d.mean())), "low and high exchanged"),
    (exercises.check_outcome, lambda d: "includes 0", "above 0; received 'includes 0'"),
    (exercises.check_outcome, by(lambda d: (d.mean(), d.mean())), "the mean alone decides"),
    (exercises.check_outcome, by(lambda d: (d.min(), d.max())), "all runs have one sign"),
    (exercises.check_outcome, by(lambda d: interval(d)[1:] if len(d) > 1 else (d[0], d[0])), "one run has no scatter"),
    (exercises.check_outcome, by(narrow), "too narrow for three runs"),
    (exercises.check_outcome, by(scatter), "scatter of single runs"),
    (exercises.check_outcome, one_sided, "look at high, too"),
]


@pytest.mark.parametrize("check, answer, diagnosis", WRONG)
def test_named_mistakes_are_told(check, answer, diagnosis, capsys):
    assert not check(answer)
    assert diagnosis in capsys.readouterr().out


@pytest.mark.parametrize("check, answer", OWN)
def test_an_empty_answer_gets_its_hint_on_request_and_the_course_goes_on(check, answer, capsys):
    assert check(...).answer is answer
    line = capsys.readouterr().out
    assert "not attempted yet" in line and "hint" not in line
    check.hint()
    assert capsys.readouterr().out.startswith("hint: ")
