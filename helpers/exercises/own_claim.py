"""A claim of one's own, as a form to fill in before and after the measurement, and the faults that a form can show.

>>> plan = Design("Deeper models fill gaps better", "excess of shallow minus deep is above 0", ("above 0",),
...               changed=("layers",), held=("steps", "texts"), floor="exact inference", control="equal parameters",
...               seeds=(0, 1, 2))
>>> faults(plan)
[]
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from numbers import Integral, Real

from helpers.exercises.checks import NotAttempted, exercise, require
from helpers.exercises.claims_tested import OUTCOMES, outcome
from helpers.setup.ledger import VERDICTS

SEEDS = 3  # fewer say nothing about a scatter
OPEN, FAILS, UNDECIDED = "open", "does not hold here", "includes 0"
TEXTS = ("claim", "prediction", "floor", "control", "verdict")
TUPLES = {  # field: (what it holds, what a learner may write)
    "allows": (str, "('above 0',)"),
    "changed": (str, "('layers',)"),
    "held": (str, "('steps', 'texts')"),
    "seeds": (Integral, "(0, 1, 2)"),
    "differences": (Real, "(0.04, 0.06, 0.05)"),
}
HINT = "fill in one field after the other; leave `differences` empty and the verdict 'open' until you have measured"


@dataclass(frozen=True)
class Design:
    """How a claim is to be tested, and what came of it.

    claim: one sentence, as told; prediction: what is compared with what; allows: the outcomes (of OUTCOMES) that agree
    with the prediction; changed: the one setting that differs; held: what stays the same; floor: the best possible
    value, and how it is known; control: what shows that the changed thing does it, and not something that came with it;
    seeds: of the runs; differences: one for each seed, once measured; verdict: "open" until then, and where their
    interval includes 0, unless that was predicted.
    """

    claim: str
    prediction: str
    allows: tuple[str, ...]
    changed: tuple[str, ...]
    held: tuple[str, ...]
    floor: str
    control: str
    seeds: tuple[int, ...]
    differences: tuple[float, ...] = ()
    verdict: str = OPEN


def faults(design: Design) -> list[str]:
    """What is wrong with the form of a test, a sentence each; [] when nothing is.

    Fields that hold the wrong kind of thing come first, and alone: nothing else can be read before they are mended.
    """
    if wrong := list(_of_the_fields(design)):
        return wrong
    design = replace(design, **{name: tuple(getattr(design, name)) for name in TUPLES})
    return [*_of_the_question(design), *_of_the_setting(design), *_of_the_verdict(design)]


def _of_the_fields(design: Design) -> Iterator[str]:
    """Faults of what stands in a field: nothing yet, or another kind of thing than asked for."""
    for name in TEXTS:
        value = getattr(design, name)
        if value is None or value is ...:
            yield f"`{name}` is still empty: fill it in"
        elif not isinstance(value, str):
            yield f"`{name}` is a {type(value).__name__}: write a text in quotes"
    for name, (kind, example) in TUPLES.items():
        value = getattr(design, name)
        if value is None or value is ...:
            yield f"`{name}` is still empty: fill it in, for example {name}={example}"
        elif isinstance(value, str):
            yield f"`{name}` is the text {value!r}, not a tuple: write {name}={example}, in brackets and with a comma"
        elif not isinstance(value, Iterable):
            yield f"`{name}` is {value!r}, not a tuple: write each single one, {name}={example}"
        elif odd := [part for part in value if not isinstance(part, kind)]:
            yield f"`{name}` holds {odd[0]!r}: write it as in {name}={example}"
        elif kind is Real and not all(map(math.isfinite, value)):
            yield f"`{name}` holds a number that is not finite: give one measured difference for each seed"


def _of_the_question(design: Design) -> Iterator[str]:
    """Faults of claim and prediction."""
    if len(design.claim.split()) < 3:
        yield "no claim: write it as a sentence that somebody really says"
    if not design.prediction.strip() or not design.allows:
        yield "no prediction: say before the run which outcome the claim predicts"
    elif unknown := [name for name in design.allows if name not in OUTCOMES]:
        yield f"unknown outcome {unknown[0]!r}: choose from {', '.join(OUTCOMES)}"
    elif set(design.allows) == set(OUTCOMES):
        yield "no result could contradict the prediction: it allows all three outcomes; rule out at least one"


def _of_the_setting(design: Design) -> Iterator[str]:
    """Faults of what is changed, held, compared with, and repeated."""
    if not design.changed:
        yield "nothing is changed: then a difference is luck; name the one setting that differs"
    if len(design.changed) > 1:
        yield f"{len(design.changed)} things are changed at once ({', '.join(design.changed)}): either may be the cause"
    if both := set(design.changed) & set(design.held):
        yield f"{', '.join(sorted(both))} is changed and held fixed: it can be only one of the two"
    if not design.floor.strip():
        yield "no floor: without the best possible value nobody can say how much a difference is"
    if not design.control.strip():
        yield "no control: something that came along with the change may have done it"
    if len(set(design.seeds)) < SEEDS:
        yield f"{len(set(design.seeds))} different seed(s): at least {SEEDS} are needed to tell a difference from luck"


def _of_the_verdict(design: Design) -> Iterator[str]:
    """Faults of what was made of the measurement."""
    if design.verdict not in VERDICTS:
        yield f"unknown verdict {design.verdict!r}: choose from {', '.join(VERDICTS)}"
    elif design.verdict != OPEN and not design.differences:
        yield "a verdict before the measurement: it stays open until there are differences"
    elif design.differences and len(design.differences) != len(design.seeds):
        yield f"{len(design.differences)} differences for {len(design.seeds)} seeds: pair the runs, one for each seed"
    elif design.verdict != OPEN:
        found, said = outcome(design.differences), f"the verdict says {design.verdict!r}"
        if found == UNDECIDED and not came_true(design):
            yield (
                f"the verdict does not follow: the interval says {found!r}, {said}; "
                "what is not shown is not refuted either: the verdict stays 'open', until more seeds decide"
            )
        elif came_true(design) == (design.verdict == FAILS):
            yield f"the verdict does not follow: the interval says {found!r}, {said}"


def came_true(design: Design) -> bool:
    """Whether the measured outcome is one that the prediction allows."""
    return outcome(design.differences) in design.allows


@exercise("design", hint=HINT)
def check_design(design):
    """A Design without faults; with a claim that is still `...` it has not been attempted."""
    require(isinstance(design, Design), f"expected a Design, received a {type(design).__name__}")
    if design.claim in (None, ...):
        raise NotAttempted
    found = faults(design)
    require(not found, f"{len(found)} fault(s): " + "; ".join(found))
