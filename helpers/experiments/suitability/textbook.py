"""What is usually printed about tasks and architectures, beside what was measured, and the rule that compares the two.

A score is turned into the share of the distance from chance to the exact optimum, the same scale for every metric.
A printed word stands for a band of that scale; it agrees when the whole 95 % interval lies in its band.
"""

from __future__ import annotations

import pandas as pd

from helpers.evaluation.intervals import paired
from helpers.experiments.tasks import CELL

END = float("inf")
BANDS = {"excellent": (0.9, END), "adequate": (0.5, 0.9), "limited": (0.1, 0.5), "cannot": (-END, 0.1)}
WORSE = "worse"  # than the encoder, seed by seed
SMALL = 0.05  # of the distance from chance to the optimum: a lead that is as good as none
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
BORROWED = "with a decoder"  # a method of the encoder that is an encoder-decoder, and not the encoder alone


def judge(word: str, interval) -> str:
    """The verdict on a word, by an interval (mean, low, high): of the share, or for "worse" of the encoder's lead.

    >>> judge("excellent", (0.95, 0.92, 0.98)), judge("adequate", (0.95, 0.92, 0.98)), judge("cannot", (0.2, 0.0, 0.4))
    ('agrees', 'better than told', 'open')
    >>> judge("worse", (0.2, 0.19, 0.21)), judge("worse", (0.01, -0.02, 0.04)), judge("worse", (0.01, -0.2, 0.2))
    ('agrees', 'better than told', 'open')

    Raises ValueError for a word without a band.
    """
    _, low, high = interval
    if word == WORSE:
        return "agrees" if low > 0 else "better than told" if high < SMALL else "open"
    if word not in BANDS:
        raise ValueError(f"{word!r} stands for no band of the scale; choose one of {', '.join((*BANDS, WORSE))}")
    bottom, top = BANDS[word]
    if low >= top:
        return "better than told"
    if high < bottom:
        return "worse than told"
    return "agrees" if bottom <= low and high < top else "open"


def alone(rows: pd.DataFrame) -> pd.DataFrame:
    """Each family's best method on validation that borrows no decoder; `rows` as `tasks.table.table` gives them."""
    return rows[rows["method"] != BORROWED].drop_duplicates(["task", "family"]).reset_index(drop=True)


def judged(cells: pd.DataFrame, runs: pd.DataFrame) -> pd.DataFrame:
    """The cells (one for each task and family) with the printed `word`, "" for none, and the `verdict` on it.

    `runs` as `tasks.table.runs` gives them: "worse" is judged seed by seed, on the same examples.
    """
    words = [PRINTED[cell.task][1].get(cell.family, "") for cell in cells.itertuples()]
    verdicts = [_verdict(word, cell, cells, runs) for word, (_, cell) in zip(words, cells.iterrows())]
    return cells.assign(word=words, verdict=verdicts)


def _verdict(word, cell, cells, runs) -> str:
    if not word:
        return "not told"
    if word != WORSE:
        return judge(word, cell[["share", "share_low", "share_high"]])
    encoder = cells[(cells["task"] == cell["task"]) & (cells["family"] == "encoder")]
    if encoder.empty:
        return "open"
    return judge(word, paired(runs_of(encoder.iloc[0], runs), runs_of(cell, runs), "share"))


def runs_of(cell, runs: pd.DataFrame) -> pd.DataFrame:
    """The runs of one row of the table."""
    return runs[(runs[list(CELL)] == cell[list(CELL)]).all(axis=1)]
