"""A live cell: the recorded choices unless others are given."""

import pytest

from helpers.experiments.tasks import budgets, live, table


def test_the_recorded_choices_are_taken_and_others_where_they_are_given(monkeypatch):
    asked = []
    monkeypatch.setattr(live, "run", lambda task, family, **how: asked.append((task.name, family, how)))
    live.fine_tune("similarity", "decoder", seed=7)
    live.fine_tune("similarity", "decoder", method="head", learning_rate=0.5)
    live.fine_tune("zero-shot", "encoder")
    (best,) = table.best(task="similarity", family="decoder").to_dict("records")
    name, family, how = asked[0]
    assert (name, family, how["seed"]) == ("similarity", "decoder", 7)
    assert (how["method"], how["model"]) == (best["method"], best["model"])
    assert how["recipe"].learning_rate == best["learning_rate"]
    assert (asked[1][2]["method"], asked[1][2]["recipe"].learning_rate) == ("head", 0.5)
    assert asked[2][2]["recipe"] == budgets.recipe_of("zero-shot")  # nothing was searched: nothing learns


@pytest.mark.parametrize(
    ("task", "family", "more", "message"),
    [
        ("poetry", "encoder", {}, "no task is called 'poetry'; choose one of classification"),
        ("code", "parrot", {}, "no family is called 'parrot'; choose one of encoder, decoder"),
        ("code", "decoder", {"method": "cloze"}, "the decoder has no method 'cloze' for code; choose one of prompt"),
        (
            "code",
            "decoder",
            {"model": "course-elmo"},
            "no model is called 'course-elmo' here",
        ),
    ],
)
def test_what_does_not_exist_is_named(task, family, more, message):
    with pytest.raises(ValueError, match=message):
        live.fine_tune(task, family, **more)
