"""The embeddings' grid: searches come first, long trainings take the rate of their start, and whose weights count."""

from dataclasses import replace

import pytest

from helpers.experiments import __main__ as command
from helpers.experiments import embeddings, runner
from helpers.experiments.embeddings import reranking, runs, training


@pytest.fixture
def empty(tmp_path, monkeypatch):
    """The experiment with nothing recorded, made-up weights, and runs that cost nothing."""
    monkeypatch.setattr(runner, "weights_of", lambda model: model)
    for name in ("exact_answers", "word_answers", "raw", "tuned_scores"):
        monkeypatch.setattr(runs, name, lambda *a, **k: {"spearman": 0.0})
    monkeypatch.setattr(training, "run", lambda point: {"recall": 0.0})
    monkeypatch.setattr(reranking, "scores", lambda *a, wrong="", start="", **k: {"picks": 0.0, "as": [wrong, start]})
    monkeypatch.setattr(reranking, "validation", lambda f, recipe, seed: {"loss": abs(recipe.learning_rate - 3e-4)})
    monkeypatch.setattr(runs, "tuned_validation", validation)
    monkeypatch.setattr(runs, "graded_validation", validation)
    monkeypatch.setattr(embeddings, "EXPERIMENT", replace(embeddings.EXPERIMENT, folder=tmp_path))
    return embeddings.EXPERIMENT


def validation(family, how, recipe, seed, random=False):
    """A loss that is lowest at 1e-3, from random weights at the end of the grid, 1e-2."""
    return {"loss": abs(recipe.learning_rate - (1e-2 if random else 1e-3))}


def test_the_rate_that_validation_prefers_is_taken_by_the_long_trainings_of_its_start_too(empty):
    made = command.run(empty)
    untrained, searched = 3 * 2 + len(embeddings.DRAWS) * (4 + 4), 3 * 4 + 4 * 4 + 3 * 3 + 3
    assert (
        made
        == untrained + searched + 3 * (4 + 4 + len(reranking.TRAININGS) - 1) + len(list(training.points()))
        == len(empty.rows())
    )
    assert command.run(empty) == 0
    for stage, rate in (("tuned", 1e-3), ("scratch", 1e-2), ("graded", 1e-3), ("cross", 3e-4)):
        assert set(empty.frame(stage=stage)["recipe.learning_rate"]) == {rate}
    for row in empty.rows(stage="cross"):
        assert row["scores"]["as"] == [row.get("wrong", ""), row.get("start", "")]
    for start, rate in (("pretrained", 1e-3), ("random", 1e-2)):
        long = empty.frame(stage="steps", start=start)
        assert set(long["recipe.learning_rate"]) == {rate} and set(long["steps"]) == {300}


def test_degrees_and_pairs_are_taught_with_equal_steps_to_the_same_vectors(empty):
    command.run(empty)
    alike = ["family", "how", "seed", "steps", "recipe.batch_size"]
    graded, pairs = (
        empty.frame(**of)[alike].sort_values(alike).to_numpy().tolist()
        for of in ({"stage": "graded"}, {"stage": "steps", "start": "pretrained"})
    )
    assert graded == pairs
    assert {(row[0], row[1]) for row in graded} == set(training.WAYS)


def test_no_cross_encoder_is_trained_before_the_vectors_that_fetch_are_searched(empty):
    assert not [point for point in embeddings.grid() if point["stage"] == "cross"]
    command.run(empty, only=[command.condition(empty, "stage=tuned")])
    made = [point for point in embeddings.grid() if point["stage"] == "cross"]
    assert {(point["family"], point["how"]) for point in made} == {("encoder", "mean")}
    kinds = [(None, 600, None), ("fetched", 600, None), ("fetched", 3_000, None), ("fetched", 3_000, "bi-encoder")]
    kinds += [("fetched", 9_000, "bi-encoder")]
    found = [(point.get("wrong"), point["steps"], point.get("start")) for point in made]
    assert found == [kind for kind in kinds for _ in range(3)]
    assert len({str(embeddings.search(point)) for point in made}) == 1  # the same rate for all


def test_random_starts_and_bounds_do_not_depend_on_weights(empty):
    for point in embeddings.grid():
        random = point["stage"] in ("bound", "random", "scratch") or point.get("start") == "random"
        expected = () if random else (runs.MODELS[point["family"]],)
        assert embeddings.models(point) == expected
        if search := embeddings.search(point):
            assert all(embeddings.models(each) == expected for each in search.tries())
