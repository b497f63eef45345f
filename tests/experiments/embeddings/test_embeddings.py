"""The embeddings' grid: searches come first, the preferred vectors alone learn degrees, and whose weights count."""

from dataclasses import replace

import pytest

from helpers.experiments import __main__ as command
from helpers.experiments import embeddings, runner
from helpers.experiments.embeddings import reranking, runs, training


@pytest.fixture
def empty(tmp_path, monkeypatch):
    """The experiment with nothing recorded, made-up weights, and runs that cost nothing."""
    monkeypatch.setattr(runner, "weights_of", lambda model: model)
    for name in ("exact_answers", "word_answers", "raw", "layers", "tuned_scores", "graded_scores"):
        monkeypatch.setattr(runs, name, lambda *a, **k: {"spearman": 0.0})
    monkeypatch.setattr(training, "run", lambda point: {"recall": 0.0})
    monkeypatch.setattr(reranking, "scores", lambda *a, **k: {"picks": 0.0})
    monkeypatch.setattr(reranking, "validation", lambda f, recipe, seed: {"loss": abs(recipe.learning_rate - 3e-4)})
    monkeypatch.setattr(runs, "tuned_validation", validation)
    monkeypatch.setattr(
        runs, "graded_validation", lambda f, h, recipe, seed: {"spearman": -abs(recipe.learning_rate - 1e-3)}
    )
    monkeypatch.setattr(embeddings, "EXPERIMENT", replace(embeddings.EXPERIMENT, folder=tmp_path))
    return embeddings.EXPERIMENT


def validation(family, how, recipe, seed, random=False):
    """A loss that is lowest at 1e-3, and for mean vectors."""
    return {"loss": abs(recipe.learning_rate - 1e-3) + (0.0 if how == "mean" else 1.0)}


def test_the_rate_and_the_reading_that_validation_prefers_are_taken(empty):
    made = command.run(empty)
    untrained, trained = 20 * (2 + 4 + 3) + 3 * 4, (3 + 3) * (4 + 3 + 2 + 2)
    assert made == untrained + trained + len(list(training.points())) == len(empty.rows())
    assert command.run(empty) == 0
    for stage in ("tuned", "scratch", "graded"):
        assert set(empty.frame(stage=stage)["recipe.learning_rate"]) == {1e-3}
    assert {family: embeddings.preferred(family) for family in embeddings.READ} == dict.fromkeys(
        embeddings.READ, "mean"
    )
    assert set(empty.frame(stage="graded")["how"]) == {"mean"}


def test_nothing_is_taught_degrees_before_every_reading_of_its_family_is_searched(empty):
    assert not [point for point in embeddings.grid() if point["stage"] == "graded"]
    command.run(empty, only=[command.condition(empty, "family=encoder")])
    assert {point["family"] for point in embeddings.grid() if point["stage"] == "graded"} == {"encoder"}


def test_random_starts_and_bounds_do_not_depend_on_weights(empty):
    for point in embeddings.grid():
        random = point["stage"] in ("bound", "random", "scratch") or point.get("start") == "random"
        expected = () if random else (runs.MODELS[point["family"]],)
        assert embeddings.models(point) == expected
        if search := embeddings.search(point):
            assert all(embeddings.models(each) == expected for each in search.tries())
