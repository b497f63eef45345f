"""Spotting by mix: every mix with every seed, small models that are trained when they are missing."""

import pytest

from helpers.experiments import ablations, runner, spotting

SMALL = {"d_model": 16, "layers": 1, "heads": 2, "feed_forward": 32, "steps": 2, "batch_tokens": 256}


def test_every_mix_is_measured_beside_course_bert_with_every_seed():
    points = list(spotting.grid())
    assert len({str(point) for point in points}) == len(points) == 21
    for point in points:
        assert spotting.models(point) == (("course-bert",) if point["model"] == "course-bert" else ())
        assert point["model"] in ("course-bert", *ablations.GROUPS["mix"].values())
    mixes = {tuple(point["recipe"]["mix"]) for point in points if "recipe" in point}
    assert {(0.9, 0.1, 0.0), (0.9, 0.0, 0.1), (0.8, 0.1, 0.1), (1.0, 0.0, 0.0)} <= mixes


def test_a_small_model_is_measured(monkeypatch, tmp_path):
    monkeypatch.setattr(ablations, "MODELS", tmp_path)
    monkeypatch.setattr(ablations, "SIZE", ablations.SIZE | SMALL | {"chunk_documents": 64, "validation_documents": 8})
    point = next(point for point in spotting.grid() if point["model"] == "without-kept")
    scores = runner.measure(spotting.EXPERIMENT, point)["scores"]
    assert all(0 <= scores[share] <= 1 for share in ("visible", "repair", "clean"))
    assert scores["spotting"]["accuracy"] <= scores["spotting"]["optimum"] <= 1
    assert scores["spotting"]["optimum"] == pytest.approx(0.99, abs=0.03)
