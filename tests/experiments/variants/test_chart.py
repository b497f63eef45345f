"""The chart's numbers come from recorded rows, paired by seed; what is missing says so."""

from dataclasses import replace

import pytest

from helpers.experiments import runner, variants
from helpers.experiments.registry import EXPERIMENTS
from helpers.experiments.variants import chart
from helpers.training import rows

ARROW = chart.Arrow("?", "variants", {"experiment": "p"}, {"variant": "a"}, {"variant": "b"}, "tasks.x")


@pytest.fixture
def made(tmp_path, monkeypatch):
    monkeypatch.setattr(runner, "language_here", lambda: "here")
    experiment = replace(variants.EXPERIMENT, folder=tmp_path)

    def record(scores, language="here"):
        found = [
            {"experiment": "p", "variant": v, "seed": s, "language": language, "scores": {"tasks": {"x": x}}}
            for v, values in scores.items()
            for s, x in enumerate(values)
        ]
        rows.write(experiment.path, found)
        return experiment

    return record


def test_the_number_is_the_mean_difference_by_seed(made):
    found = chart.number_of(ARROW, made({"a": [0.5, 0.7, 0.9], "b": [0.4, 0.5, 0.6]}))
    assert found["mean"] == pytest.approx(0.2) and found["low"] < 0.2 < found["high"] and found["missing"] == ""


@pytest.mark.parametrize(
    ("scores", "language", "missing"),
    [
        ({"a": [0.5, 0.7]}, "here", "no row of b"),
        ({"a": [0.5, 0.7], "b": [0.1]}, "here", "1 seeds"),
        ({"a": [0.5, None], "b": [0.1, 0.2]}, "here", "no current tasks.x of a"),
        ({"a": [0.5, 0.7], "b": [0.1, 0.2]}, "another", "no current tasks.x of a"),
    ],
)
def test_what_is_missing_is_said(scores, language, missing, made):
    found = chart.number_of(ARROW, made(scores, language))
    assert missing in found["missing"] and found["mean"] != found["mean"]


def test_draws_make_pairs_over_the_mean_of_their_heads(made, tmp_path):
    experiment = made({"a": [0.0]})
    scores = {"a": [(0, 0.5), (0, 0.7), (1, 0.8)], "b": [(0, 0.4), (1, 0.6), (1, 0.8)]}
    found = [
        {"experiment": "p", "variant": v, "draw": d, "seed": n, "language": "here", "scores": {"tasks": {"x": x}}}
        for v, runs in scores.items()
        for n, (d, x) in enumerate(runs)
    ]
    rows.write(experiment.path, found)
    assert chart.number_of(replace(ARROW, by="draw"), experiment)["mean"] == pytest.approx((0.2 + 0.1) / 2)


def test_every_arrow_asks_for_points_that_the_grid_has():
    points = {name: list(EXPERIMENTS[name].grid()) for name in {arrow.experiment for arrow in chart.ARROWS}}
    for arrow in chart.ARROWS:
        for side in (arrow.one, arrow.two):
            wanted = {**arrow.part, **side}
            there = [p for p in points[arrow.experiment] if all(p.get(name) == v for name, v in wanted.items())]
            assert len({p[arrow.by] for p in there}) >= 3, arrow.question


def test_an_experiment_that_does_not_exist_is_named(made):
    with pytest.raises(ValueError, match="asks experiment 'variants'; choose from tasks"):
        chart.table({"tasks": made({"a": [1.0]})}, [ARROW])
