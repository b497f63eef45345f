"""Checks of the exercises on tasks and architectures; each tells which mistake it sees."""

from __future__ import annotations

import numpy as np
import torch
from scipy.stats import t

from helpers.exercises.checks import close, exercise, require, require_shape

LAST = "find the largest position whose mask is 1; counting the ones is right only where the padding is on the right"
ORDER = "for each wanted name look up which column carries it in this model, and take the columns in that order"
ERROR = "for each bin: how many, their mean confidence, their share right; then the weighted mean of the distances"
RUN = "t.ppf(0.975, n - 1) times the standard deviation (ddof=1) times sqrt(1 + 1/n) to both sides of the mean"


@exercise("last real token", hint=LAST)
def check_last(answer):
    """answer(hidden, attention_mask) -> (batch, d_model); (batch, position, d_model), (batch, position)."""
    hidden = torch.arange(1.0, 13.0).reshape(3, 4, 1).repeat(1, 1, 2)
    mask = torch.tensor([[1, 1, 1, 1], [1, 1, 0, 0], [0, 0, 1, 1]])
    kept = hidden.clone(), mask.clone()
    value = answer(hidden, mask)
    require(torch.equal(hidden, kept[0]) and torch.equal(mask, kept[1]), "an argument was changed; build new tensors")
    require_shape(value, (3, 2), hint="One vector for each text.")
    rows = torch.arange(3)
    for places, diagnosis in (
        (torch.tensor([3, 3, 3]), "index -1 is padding where padding stands on the right: row 1 read a padding vector"),
        (torch.tensor([3, 1, 1]), "counting the ones fails with padding on the left: row 2 read a padding vector"),
        (torch.tensor([0, 0, 0]), "that is index 0: right for [CLS], and blind in a decoder"),
        (torch.tensor([0, 0, 2]), "that is the first real token; a decoder's first token has seen nothing but itself"),
        (torch.tensor([2, 0, 2]), "one too far to the left: the last real token itself is meant"),
    ):
        require(not close(value, hidden[rows, places]), diagnosis)
    mean = (hidden * mask[..., None]).sum(1) / mask.sum(1, keepdim=True)
    require(not close(value, mean), "that is the mean of the real tokens, not the last of them")
    require(close(value, hidden[rows, torch.tensor([3, 1, 3])]), f"expected places 3, 1, 3; received {value.tolist()}")


@exercise("label order", hint=ORDER)
def check_order(answer):
    """answer(probs, id2label, wanted) -> the columns in the wanted order: (batch, labels)."""
    probs = torch.tensor([[0.7, 0.2, 0.1], [0.1, 0.3, 0.6]])
    id2label, wanted = {0: "major", 1: "minor", 2: "moderate"}, ["minor", "moderate", "major"]
    kept, names = probs.clone(), dict(id2label)
    value = answer(probs, id2label, wanted)
    require(torch.equal(probs, kept) and id2label == names, "an argument was changed; build new ones")
    require_shape(value, (2, 3), hint="The same probabilities in other columns.")
    value = torch.as_tensor(value)
    for columns, diagnosis in (
        ([0, 1, 2], "nothing has moved: this model's column 0 is 'major', read as 'minor'"),
        ([2, 0, 1], "the inverse permutation: ask where each wanted name stands, not where each column goes"),
        ([2, 1, 0], "the columns are reversed; but the model's own order is alphabetical, not falling severity"),
    ):
        require(not close(value, probs[:, columns]), diagnosis)
    require(not close(value, probs.sort(-1, descending=True).values), "sorted by size: the rows lose their labels")
    require(close(value.sum(-1), [1.0, 1.0]), "the rows no longer sum to 1: a column was taken twice")
    require(close(value, probs[:, [1, 2, 0]]), f"expected columns 1, 2, 0 of the model; received {value.tolist()}")


@exercise("expected calibration error", hint=ERROR)
def check_calibration_error(answer):
    """answer(confidence, right, count) -> a number; bins ((m - 1)/count, m/count]."""
    confidence = np.array([0.95, 0.93, 0.97, 0.91, 0.65, 0.61, 0.3, 0.52])
    right = np.array([1, 1, 0, 1, 1, 1, 0, 0])
    kept = confidence.copy()
    value = float(answer(confidence, right, 10))
    require(bool((confidence == kept).all()), "an argument was changed; build a new array")

    def bins():
        number = np.ceil(confidence * 10 - 1e-9).astype(int) - 1
        return [number == m for m in range(10) if (number == m).any()]

    gaps = [(confidence[b].mean() - right[b].mean(), b.sum()) for b in bins()]
    truth = sum(abs(gap) * n for gap, n in gaps) / len(right)
    for mistake, diagnosis in (
        (np.mean([abs(gap) for gap, _ in gaps]), "every bin counts alike here: weigh each by its number of examples"),
        (abs(sum(gap * n for gap, n in gaps)) / len(right), "distances of both signs cancel: take absolute values"),
        (sum(gap * n for gap, n in gaps) / len(right), "distances of both signs cancel: take absolute values"),
        (np.mean(np.abs(confidence - right)), "average inside the bins before taking the distance"),
        (max(abs(gap) for gap, _ in gaps), "that is the largest distance (maximum calibration error), not the mean"),
        (np.sqrt(sum(gap**2 * n for gap, n in gaps) / len(right)), "squared distances: equation 3 has absolute ones"),
        (sum(abs(gap) * n for gap, n in gaps), "this is the sum over all examples: divide by their number"),
    ):
        require(abs(value - mistake) > 1e-6, diagnosis)
    require(abs(value - truth) < 1e-6, f"expected {truth:.4f}, received {value:.4f}")
    empty = float(answer(np.array([0.9]), np.array([1]), 5))
    require(abs(empty - 0.1) < 1e-6, f"one right example at 0.9 is 0.1 off; received {empty:.4f} (empty bins: 0)")


@exercise("one more run", hint=RUN)
def check_new_run(answer):
    """answer(values) -> (low, high): where one more run falls with probability 0.95."""
    values = np.array([0.90, 0.94, 0.92, 0.96])
    kept = values.copy()
    low, high = (float(end) for end in answer(values))
    require(bool((values == kept).all()), "the argument was changed; build a new array")
    require(low < high, "give (low, high), in this order")
    n, mean, spread = 4, values.mean(), values.std(ddof=1)
    factor = t.ppf(0.975, n - 1)
    for half, diagnosis in (
        (factor * spread / n**0.5, "that is the interval of the mean; a single new run has a scatter of its own"),
        (1.96 * spread * (1 + 1 / n) ** 0.5, "1.96 is for many runs; with four, Student's t at n - 1 = 3 is 3.18"),
        (1.96 * spread, "1.96 standard deviations: too narrow for four runs, and the mean itself is uncertain"),
        (1.96 * spread / n**0.5, "that is the interval of the mean, and with 1.96 even for many runs"),
        (factor * spread, "the mean is uncertain too: the factor sqrt(1 + 1/n) is missing"),
        (factor * values.std() * (1 + 1 / n) ** 0.5, "the standard deviation needs ddof=1"),
        (t.ppf(0.95, n - 1) * spread * (1 + 1 / n) ** 0.5, "two sides: 2.5 % on each, so t.ppf(0.975, n - 1)"),
        (t.ppf(0.975, n) * spread * (1 + 1 / n) ** 0.5, "n - 1 degrees of freedom, not n"),
    ):
        require(abs((high - low) / 2 - half) > 1e-6, diagnosis)
    half = factor * spread * (1 + 1 / n) ** 0.5
    require(abs((high + low) / 2 - mean) < 1e-6, f"the middle must be the mean, {mean:.2f}")
    found = (high - low) / 2
    require(abs(found - half) < 1e-6, f"expected half a width of {half:.4f}, received {found:.4f}")
