"""Shared names by where their cue stands."""

import pytest

from helpers.experiments.suitability import left_right_context
from helpers.tasks import TASKS


def test_cues_are_sorted_by_what_the_left_side_tells():
    groups = [group for *_, group in left_right_context.places(0)]
    assert set(groups) == set(left_right_context.GROUPS)
    both, left = (left_right_context.exact(side, seed=0) for side in ("both", "left"))
    assert both == dict.fromkeys(both, pytest.approx(1)) and left["cue on the left"] > 0.95
    assert left[left_right_context.ALIKE] < left["cue on the right"] < 0.9
    people = [tuple("B-PER" for _ in e.source.split()) for e in TASKS["entities"].examples("test")]
    assert left_right_context.by_group(people, seed=0)[left_right_context.ALIKE] <= 0.5
