"""Several trainings of a model: those that are there are asked by their own weights, and none beats an optimum."""

import pytest

from helpers.experiments import pretrainings
from helpers.experiments.few_shot import things
from helpers.models import course
from helpers.tasks.reviews import THINGS

NAMES = (*course.pretrainings("course-bert"), *course.pretrainings("course-gpt"))


def test_a_training_that_is_not_there_is_not_asked(monkeypatch):
    for there in (NAMES, ("course-bert", "course-gpt-seed-1")):
        monkeypatch.setattr(pretrainings, "is_trained", lambda name, there=there: name in there)
        points = list(pretrainings.grid())
        assert [p["model"] for p in points if p["part"] == "card"] == list(there)
        assert len(points) == len(pretrainings.PARTS) * len(there)
        assert all(pretrainings.models(p) == (p["model"],) for p in points)
        assert all(p["seed"] == int(p["model"][-1]) for p in points if "seed" in p["model"])


@pytest.mark.parametrize(("base", "wordings"), [("course-bert", 9), ("course-gpt", 7)])
def test_every_wording_and_thing_is_asked_of_the_training_itself(base, wordings, monkeypatch):
    asked = []
    monkeypatch.setattr(things, "run", lambda point: asked.append(point) or {"accuracy": 0.5})
    point = {"model": f"{base}-seed-1", "base": base, "seed": 1}
    found = pretrainings.run({**point, "part": "wordings"})
    assert len(found) == len(asked) == wordings
    assert {(each["model"], each["thing"]) for each in asked} == {(f"{base}-seed-1", "restaurant")}
    asked.clear()
    assert list(pretrainings.run({**point, "part": "things"})) == [each["thing"] for each in asked] == list(THINGS)
    assert {(each["model"], each["pattern"]) for each in asked} == {(f"{base}-seed-1", "plain")}


def test_what_is_recorded_covers_every_training_and_no_score_beats_its_optimum():
    rows = pretrainings.EXPERIMENT.rows()
    assert {(row["model"], row["part"]) for row in rows} == {(n, part) for n in NAMES for part in pretrainings.PARTS}
    for row in rows:
        for score in row["scores"].values():
            if "accuracy" in score:
                assert score["accuracy"] <= score["optimum"]
            elif "share of exact" in score:
                assert score["model"] <= score["exact"]
            elif "difference" in score:
                assert score["difference"] >= 0
