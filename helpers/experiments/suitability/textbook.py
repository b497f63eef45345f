"""What is usually printed about tasks and architectures, beside what was measured, and the rule that compares the two.

A score is turned into the share of the way from chance to the exact optimum, which is the same scale for every metric.
A printed word stands for a band of that scale; it agrees when the whole 95 % interval lies in its band.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import t

from helpers.experiments.results import interval
from helpers.experiments.tasks.table import bound

END = float("inf")
BANDS = {"excellent": (0.9, END), "adequate": (0.5, 0.9), "limited": (0.1, 0.5), "cannot": (-END, 0.1)}
WORSE = "worse"  # than the encoder, seed by seed
SMALL = 0.05  # of the way from chance to the optimum: a difference that is as good as none
PRINTED = {  # task: (claim, family -> word)
    "classification": ("C26", {"encoder": "excellent", "decoder": WORSE}),
    "entities": ("C27", {"encoder": "excellent"}),
    "questions": ("C28", {"encoder": "excellent"}),
    "similarity": ("C29", {"encoder": "excellent", "decoder": "adequate"}),
    "generation": ("C30", {"encoder": "cannot", "decoder": "excellent"}),
    "code": ("C31", {"encoder": "cannot", "decoder": "excellent"}),
    "summarisation": ("C32", {"encoder": "cannot", "decoder": "adequate", "encoder-decoder": "excellent"}),
    "translation": ("C32", {"encoder": "cannot", "decoder": "adequate", "encoder-decoder": "excellent"}),
    "zero-shot": ("C33", {"encoder": "limited", "decoder": "excellent"}),
}
VERDICTS = {"agrees": "✓", "better than told": "▲", "worse than told": "▼", "open": "?", "not told": "–"}
BORROWED = "with a decoder"  # a way of the encoder that is an encoder-decoder, and not the encoder alone


@dataclass(frozen=True)
class Judged:
    """One cell of the table: the printed word, the measured share of the way (mean, low, high), and the verdict."""

    task: str
    family: str
    word: str
    share: tuple[float, float, float]
    verdict: str
    doubts: tuple[str, ...] = ()


def shares(cell, *, bound=bound) -> list[float]:
    """Share of the way from chance (0) to the optimum (1) of each seed's run, on that seed's own test examples.

    `bound(task, "chance" or "exact", metric, seeds)` gives the two ends; 0.0 and 1.0 stand for those not recorded.
    Raises ValueError when chance is as good as the optimum: nothing can be learnt from such a task.
    """
    found = []
    for seed, value in enumerate(cell.values):
        worst, best = (bound(cell.task, who, cell.metric, {seed}) for who in ("chance", "exact"))
        worst, best = 0.0 if worst is None else worst, 1.0 if best is None else best
        if best - worst < 1e-6:
            known = f"chance {worst:.3g} is no less than the optimum {best:.3g}"
            raise ValueError(f"{cell.task}: {known}; use another metric")
        found.append((value - worst) / (best - worst))
    return found


def judge(word: str, share) -> str:
    """The verdict on a word given the share of the way (mean, low, high).

    >>> judge("excellent", (0.95, 0.92, 0.98)), judge("adequate", (0.95, 0.92, 0.98)), judge("cannot", (0.2, 0.0, 0.4))
    ('agrees', 'better than told', 'open')

    Raises ValueError for a word without a band.
    """
    if word not in BANDS:
        raise ValueError(f"{word!r} stands for no band of the scale; choose one of {', '.join(BANDS)}")
    (bottom, top), (_, low, high) = BANDS[word], share
    if low >= top:
        return "better than told"
    if high < bottom:
        return "worse than told"
    return "agrees" if bottom <= low and high < top else "open"


def judge_worse(other, encoder) -> str:
    """The verdict on "worse": two lists of shares, one for each seed, on the same examples seed by seed.

    >>> judge_worse([0.7, 0.71, 0.72], [0.9, 0.91, 0.92])
    'agrees'

    Raises ValueError for lists of different lengths.
    """
    if len(other) != len(encoder):
        raise ValueError(f"{len(other)} shares against {len(encoder)}; both families need the same seeds")
    _, low, high = interval([b - a for a, b in zip(other, encoder)])
    return "agrees" if low > 0 else "better than told" if high < SMALL else "open"


def alone(task: str, family: str, *, ways_of):
    """A family's best way on validation that borrows no decoder, or None; `ways_of` is `tasks.table.ways`."""
    return next((cell for cell in ways_of(task, family) if cell.way != BORROWED), None)


def judged(cells: dict, *, bound=bound) -> list[Judged]:
    """A verdict for each cell: `cells` is {(task, family): cell}; `bound` as in `shares`."""
    found = []
    for (task, family), cell in cells.items():
        word, values = PRINTED[task][1].get(family, ""), shares(cell, bound=bound)
        if not word:
            verdict = "not told"
        elif word != WORSE:
            verdict = judge(word, interval(values))
        elif (encoder := cells.get((task, "encoder"))) is None or len(encoder.values) != len(values):
            verdict = "open"
        else:
            verdict = judge_worse(values, shares(encoder, bound=bound))
        found.append(Judged(task, family, word, interval(values), verdict, tuple(cell.doubts)))
    return found


def new_run_interval(values, *, level: float = 0.95) -> tuple[float, float]:
    """Where one more run is expected, with this probability, given the runs so far (normal, Student's t).

    Wider than the interval of the mean: the new run has a scatter of its own.

    >>> [round(end, 2) for end in new_run_interval([1.0, 2.0, 3.0])]
    [-2.97, 6.97]

    Raises ValueError for fewer than two runs.
    """
    values = np.asarray(values, dtype=float)
    if len(values) < 2:
        raise ValueError(f"{len(values)} run tells nothing of the scatter; record at least two seeds")
    half = t.ppf((1 + level) / 2, len(values) - 1) * values.std(ddof=1) * (1 + 1 / len(values)) ** 0.5
    return float(values.mean() - half), float(values.mean() + half)
