"""More steps: nothing but their number changes."""

from helpers.experiments.suitability import more_steps
from helpers.experiments.tasks import runs


def test_only_the_number_of_steps_changes():
    longer, usual = more_steps.longer().to_dict(), runs.RECIPE.to_dict()
    assert {name for name in usual if usual[name] != longer[name]} == {"steps"}
    assert longer["steps"] == more_steps.TIMES * usual["steps"]


def test_a_point_is_asked_of_a_head_with_its_recipe(monkeypatch):
    asked = []
    monkeypatch.setattr(runs, "run", lambda *task, **how: asked.append((task, how)) or runs.Run({}, [], 0, None, 0, 0))
    point = next(iter(more_steps.points()))
    assert more_steps.run({**point, "seed": 3}) == {}
    (((task, family), how),) = asked
    assert (task.name, family) == (more_steps.ASKED[0], "encoder")
    assert how == {"method": "head", "seed": 3, "recipe": more_steps.longer()}
