"""Checks of the exercises on verdicts, each with the course's own version; they tell which mistake they see."""

from __future__ import annotations

from collections.abc import Mapping

from helpers.evaluation.intervals import interval
from helpers.exercises.checks import close, exercise, require
from helpers.setup import ledger

COUNTS = "one entry for each word of ledger.VERDICTS, with verdicts.count(word)"
CHANGED = (
    "go over the names of both, one | two, and keep those whose values differ; .get(name) is None where it is missing"
)
OUTCOME = "mean, low, high = interval(differences); then look at low, then at high"
OUTCOMES = ("above 0", "includes 0", "below 0")


def counts(verdicts):
    """How often each of the four verdicts was given: list of words -> {word: number}."""
    return {word: verdicts.count(word) for word in ledger.VERDICTS}


def what_changed(one, two):
    """The names of the settings that differ between two runs: two dicts -> set of names."""
    return {name for name in one | two if one.get(name) != two.get(name)}


def outcome(differences):
    """Where the 95 % interval of the mean difference lies: (runs,) -> "above 0", "includes 0" or "below 0"."""
    mean, low, high = interval(differences)
    return "above 0" if low > 0 else "below 0" if high < 0 else "includes 0"


@exercise("counts", hint=COUNTS, ours=counts)
def check_counts(answer):
    """A function of a list of verdicts to {verdict: number}."""
    given = ["holds", "holds with a caveat", "holds", "does not hold here", *["holds with a caveat"] * 2]
    kept, right = list(given), counts(given)
    found = answer(given)
    require(given == kept, "the list was changed; count without taking anything out of it")
    require(isinstance(found, Mapping), f"expected a dict of numbers, received a {type(found).__name__}")
    found = dict(found)
    require(found.get("holds") != 5, "a verdict with a caveat was counted as 'holds', too: compare whole words")
    require("open" in found, "'open' is missing: it occurs 0 times here, and a zero is a result")
    require(set(found) == set(right), f"expected the words {', '.join(right)}; received {', '.join(map(str, found))}")
    require(not close(sum(found.values()), 1), "these are shares; give numbers of claims")
    require(found == right, f"expected {right}, received {found}")
    require(list(found) == list(right), "right numbers; give them in the order of ledger.VERDICTS")


@exercise("what_changed", hint=CHANGED, ours=what_changed)
def check_what_changed(answer):
    """A function of the settings of two runs to the set of names that differ."""
    one = {"model": "encoder", "steps": 500, "rate": 1e-3, "mix": [0.8, 0.1, 0.1], "seed": 0}
    two = {"model": "decoder", "steps": 500, "rate": 3e-3, "mix": [0.8, 0.1, 0.1], "seed": 0, "pairs": False}
    right, found = {"model", "rate", "pairs"}, answer(dict(one), dict(two))
    require(not isinstance(found, (bool, int)), "expected the names, not how many there are or whether there are any")
    found = set(found)
    require(not any(isinstance(name, tuple) for name in found), "these are pairs of name and value; give the names")
    require(found != {"steps", "mix", "seed"}, "these are the settings that are equal; give those that differ")
    require(found != right - {"pairs"}, "'pairs' is missing: a setting that only one run has is a difference, too")
    require(found != right | {"mix"}, "two equal lists are one setting: compare with !=, not with `is not`")
    require(found == right, f"expected {sorted(right)}, received {sorted(map(str, found))}")
    back = set(answer(dict(two), dict(one)))
    require(
        back == right, f"the other way round 'pairs' is lost: received {sorted(map(str, back))}; go over both dicts"
    )


@exercise("outcome", hint=OUTCOME, ours=outcome)
def check_outcome(answer):
    """A function of paired differences to one of OUTCOMES."""
    clear = [0.04, 0.06, 0.05]
    found = answer(clear)
    require(found in OUTCOMES, f"answer with one of {', '.join(map(repr, OUTCOMES))}; received {found!r}")
    require(found != "below 0", f"{clear} is above 0; are low and high exchanged?")
    require(found == "above 0", f"the interval of {clear} is 0.025 to 0.075, above 0; received {found!r}")
    require(
        answer([-0.06, 0.07, 0.08, 0.01]) == "includes 0",
        "the mean alone decides in your version: with -0.06 among the runs the interval includes 0",
    )
    require(
        answer([0.001, 0.02, 0.12]) == "includes 0",
        "all runs have one sign, and yet their interval includes 0: three runs far apart say little",
    )
    require(answer([0.2]) == "includes 0", "one run has no scatter: its interval is infinite and includes 0")
    require(
        answer([0.01, 0.05, 0.03]) == "includes 0",
        "your interval is too narrow for three runs: 1.96 is for many; `interval` takes Student's t (4.30)",
    )
    require(
        answer([0.01, 0.09] * 5) == "above 0",
        "your interval is the scatter of single runs; that of their mean is narrower, by the root of their number",
    )
    require(answer([-value for value in clear]) == "below 0", "right above 0, wrong below: look at high, too")
