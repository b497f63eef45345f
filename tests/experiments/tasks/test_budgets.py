"""Budgets: one a task; curves are looked at on the way, and flat or not."""

import pytest

from helpers.experiments.tasks import budgets
from helpers.tasks import TASKS


def test_every_task_has_one_budget_and_its_grid_goes_on_at_both_ends():
    assert list(budgets.BUDGETS) == list(TASKS)
    rates = (*budgets.BELOW, *budgets.RATES, *budgets.ABOVE)
    assert list(rates) == sorted(set(rates))
    found = budgets.recipes("questions", rates)
    assert [recipe["learning_rate"] for recipe in found] == list(rates)
    assert {recipe["steps"] for recipe in found} == {budgets.BUDGETS["questions"].steps}


@pytest.mark.parametrize("steps", [1, 2, 7, 300])
def test_the_last_step_is_always_looked_at(steps):
    points = budgets.points_of(steps)
    assert points[-1] == steps and points[0] >= 1 and list(points) == sorted(set(points))


@pytest.mark.parametrize(
    ("curve", "flat"),
    [
        ([[75, 0.9], [100, 0.91]], True),
        ([[75, 0.8], [100, 0.91]], False),
        ([[50, 0.95], [75, 0.7], [100, 0.9]], True),  # it has been higher before
        ([[90, 0.5], [100, 0.9]], False),  # nothing is known of the first three quarters: the first point counts
    ],
)
def test_a_curve_is_flat_when_its_last_quarter_brings_nothing(curve, flat):
    assert budgets.flattened(curve) == flat


def test_a_single_point_is_no_curve():
    with pytest.raises(ValueError, match="a curve of 1 points cannot be flat"):
        budgets.flattened([[100, 0.9]])
