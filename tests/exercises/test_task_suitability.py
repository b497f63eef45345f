"""Each likely mistake in the exercises on tasks and architectures is recognised and named."""

import numpy as np
import pytest
from scipy.stats import t

from helpers.exercises import task_suitability as exercises

LAST = {
    "index -1": lambda h, m: h[:, -1],
    "counting the ones": lambda h, m: h[range(len(h)), m.sum(1) - 1],
    "index 0": lambda h, m: h[:, 0],
    "first real token": lambda h, m: h[range(len(h)), m.argmax(1)],
    "mean of the real tokens": lambda h, m: (h * m[..., None]).sum(1) / m.sum(1, keepdim=True),
}
ORDERS = {
    "nothing has moved": lambda p, names, wanted: p,
    "inverse permutation": lambda p, names, wanted: p[:, [wanted.index(names[i]) for i in range(3)]],
    "columns are reversed": lambda p, names, wanted: p.flip(-1),
    "sorted by size": lambda p, names, wanted: p.sort(-1, descending=True).values,
    "taken twice": lambda p, names, wanted: p[:, [1, 1, 0]],
}


def by_bins(weigh):
    def answer(confidence, right, count):
        number = np.ceil(confidence * count - 1e-9).astype(int) - 1
        inside = [number == m for m in range(count) if (number == m).any()]
        gaps_ = np.array([confidence[b].mean() - right[b].mean() for b in inside])
        return weigh(gaps_, np.array([b.sum() for b in inside]))

    return answer


ERRORS = {
    "every bin counts alike": by_bins(lambda gap, n: np.abs(gap).mean()),
    "both signs cancel": by_bins(lambda gap, n: (gap * n).sum() / n.sum()),
    "largest distance": by_bins(lambda gap, n: np.abs(gap).max()),
    "squared distances": by_bins(lambda gap, n: np.sqrt((gap**2 * n).sum() / n.sum())),
    "sum over all examples": by_bins(lambda gap, n: (np.abs(gap) * n).sum()),
    "average inside the bins": lambda confidence, right, count: np.abs(confidence - right).mean(),
}


def around(half):
    return lambda values: (values.mean() - half(values), values.mean() + half(values))


RUNS = {
    "interval of the mean": around(lambda v: t.ppf(0.975, 3) * v.std(ddof=1) / 2),
    "1.96 is for many runs": around(lambda v: 1.96 * v.std(ddof=1) * 1.25**0.5),
    "sqrt(1 + 1/n) is missing": around(lambda v: t.ppf(0.975, 3) * v.std(ddof=1)),
    "ddof=1": around(lambda v: t.ppf(0.975, 3) * v.std() * 1.25**0.5),
    "two sides": around(lambda v: t.ppf(0.95, 3) * v.std(ddof=1) * 1.25**0.5),
    "in this order": lambda v: (1.0, 0.0),
}
WRONG = [
    (check, diagnosis, answer)
    for check, answers in (
        (exercises.check_last, LAST),
        (exercises.check_order, ORDERS),
        (exercises.check_calibration_error, ERRORS),
        (exercises.check_new_run, RUNS),
    )
    for diagnosis, answer in answers.items()
]


@pytest.mark.parametrize("check, diagnosis, answer", WRONG, ids=[diagnosis for _, diagnosis, _ in WRONG])
def test_a_wrong_answer_is_told_what_is_wrong_with_it(check, diagnosis, answer, capsys):
    check(answer)
    said = capsys.readouterr().out
    assert "not yet right" in said and diagnosis in said
