"""The grid of the single causes: who is asked with which seeds, and whose weights decide."""

from collections import Counter

import pytest

from helpers.experiments import suitability
from helpers.experiments.suitability import clinical_notes
from helpers.tasks import clinical_notes as data


def test_the_first_seeds_of_all_causes_come_first():
    points = list(suitability.grid())
    seeds = [point["seed"] for point in points]
    assert seeds == sorted(seeds)
    count = Counter((p["experiment"], p["seed"]) for p in points)
    assert set(count) == {(name, seed) for name, cause in suitability.CAUSES.items() for seed in cause.SEEDS}
    assert len({str(sorted(point.items())) for point in points}) == len(points)


def test_what_is_trained_has_a_recipe_and_what_is_pretrained_has_weights():
    for point in suitability.grid():
        bound = point["who"].startswith("exact") or point["who"] in ("bounds", "majority")
        assert ("recipe" in point) != bound
        assert bool(suitability.models(point)) == ("recipe" in point and point["who"] != "from scratch")


def test_the_points_without_training_are_run_as_recorded():
    for row in suitability.EXPERIMENT.rows():
        if row["seed"] == 0 and row["who"] in ("exact, left", "exact", "majority"):
            assert suitability.run(row) == pytest.approx(row["scores"])


def test_scores_are_taken_on_seen_and_on_held_out_pairs():
    asked = []

    def probs_of(notes):
        asked.append({note.drugs in data.held_out_pairs() for note in notes})
        return data.exact_probs(notes)

    found = clinical_notes.judged(probs_of, seed=0)
    assert asked == [{False}, {True}] and found["names both"] == found["held out"] == 1 > found["one or none"]
