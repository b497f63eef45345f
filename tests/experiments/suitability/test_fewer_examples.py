"""Learning curves over examples: the table's methods, one recipe, as many examples as asked for."""

from helpers.experiments.suitability import fewer_examples
from helpers.experiments.tasks import families, runs
from helpers.tasks import TASKS


def test_every_family_does_each_task_by_a_method_of_the_table_with_one_recipe():
    points = list(fewer_examples.points())
    assert len(points) == 4 * 3 * len(fewer_examples.SIZES)
    for point in points:
        families.method_named(TASKS[point["task"]], point["who"], fewer_examples.ASKED[point["task"]][point["who"]])
    assert len({str(point["recipe"]) for point in points}) == 1


def test_a_run_sees_so_many_examples_and_is_tested_as_in_the_table(monkeypatch):
    seen = {}

    def train(task, model, examples, *, seed, recipe):
        seen["train"] = examples
        answer = lambda asked, seed=0: seen.setdefault("test", asked) and ["good"] * len(asked)  # noqa: E731
        return type("Predictor", (), {"answer": staticmethod(answer), "losses": [], "model": None, "tokenizer": None})

    runs.trained.cache_clear()
    method = families.Method("head", train)
    monkeypatch.setattr(runs, "method_named", lambda *given: method)
    point = next(fewer_examples.points()) | {"seed": 0}
    assert set(fewer_examples.run(point)) == {"accuracy", "expected accuracy"}
    task = TASKS["classification"]
    assert seen["train"] == task.examples("train")[: point["size"]] and seen["test"] == task.examples("test")
