"""A run is decided by its seed."""

from helpers.experiments.tasks import runs
from helpers.tasks import TASKS
from helpers.training.finetuning import FineTuning


def test_a_run_is_the_same_twice():
    how = {"seed": 3, "recipe": FineTuning(steps=2, batch_size=4), "split": "validation"}
    one = runs.run(TASKS["classification"], "encoder", **how)
    runs.trained.cache_clear()
    two = runs.run(TASKS["classification"], "encoder", **how)
    assert one.losses == two.losses and one.scores == two.scores and one.seconds > 0


def test_two_methods_of_one_training_share_it(monkeypatch):
    runs.trained.cache_clear()
    how = {"recipe": FineTuning(steps=1, batch_size=4), "split": "validation"}
    one = runs.run(TASKS["translation"], "encoder", method="left to right", **how)
    two = runs.run(TASKS["translation"], "encoder", method="mask-predict", **how)
    assert one.model is two.model and runs.trained.cache_info().hits == 1
