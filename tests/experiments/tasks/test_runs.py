"""A run is decided by its seed."""

from helpers.experiments.tasks import runs
from helpers.methods import fine_tuned, heads
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


def test_a_search_records_its_way_and_trains_as_without_looking():
    how = {"model": "course-gpt", "method": "head", "seed": 1, "recipe": FineTuning(steps=4, batch_size=4)}
    found = runs.searched(TASKS["classification"], "decoder", **how)
    assert [step for step, _ in found["curve"]] == [1, 2, 3, 4]
    runs.trained.cache_clear()
    plain = runs.run(TASKS["classification"], "decoder", split="validation", **how).scores
    assert {name: found[name] for name in plain} == plain and found["curve"][-1][1] == plain["expected accuracy"]


def test_step_zero_changes_no_weight(monkeypatch):
    seen = []
    monkeypatch.setattr(runs, "run", lambda task, family, *, recipe, **how: seen.append(recipe) or runs.Run(*[{}] * 6))
    runs.unlearnt(TASKS["code"], "decoder", model="course-gpt", method="prompt", seed=0)
    monkeypatch.undo()
    task, kept = TASKS["classification"], {}
    model = heads.head(task, "course-gpt", task.examples("train", 200), seed=0, recipe=seen[0]).model
    again = heads.head(task, "course-gpt", task.examples("train", 200), seed=0, recipe=FineTuning(steps=3)).model
    for name, weight in again.state_dict().items():
        kept[name] = (weight == model.state_dict()[name]).all().item()
    fresh = fine_tuned.fresh("course-gpt", "AutoModelForSequenceClassification", seed=0, num_labels=2)[0]
    assert all((fresh.state_dict()[name] == weight).all() for name, weight in model.state_dict().items())
    assert not all(kept.values())
