"""The diagnosis of matching: who is trained from what, how a curve is read, a tiny training end to end."""

from collections import Counter

import pytest

from helpers.experiments import matching
from helpers.tasks import same_person
from helpers.training.finetuning import FineTuning


def test_every_model_meets_every_rate_and_only_pretrained_ones_depend_on_weights():
    points = list(matching.grid())
    count = Counter((p.get("model"), p.get("start")) for p in points if p["seed"] == 0)
    assert count[None, None] == 1
    assert count["course-bert", "pretrained"] == count["course-bart", "pretrained"] == len(matching.RATES)
    assert count["course-gpt", "random"] == 1 and count["course-t5", "random"] == 0
    assert {matching.models(p) for p in points if p.get("start") != "pretrained"} == {()}
    assert all(p["recipe"]["learning_rate"] == p["rate"] for p in points if p["stage"] == "test")


def test_the_bounds_stand_in_their_order():
    found = matching.run({"stage": "bound", "seed": 1, "recipe": {"test": 200}})
    assert found["chance"] < found["gender"] < found["exact"] == 1


@pytest.mark.parametrize(
    ("curve", "step"),
    [([[0, 0.5], [50, 0.95], [100, 0.6], [150, 0.9]], 150), ([[0, 0.99], [50, 0.9]], 0), ([[0, 0.4]], None)],
)
def test_a_question_is_learnt_once_a_curve_stays_up(curve, step):
    assert matching.learnt_at(curve) == step


@pytest.mark.parametrize("name", ["course-bert", "course-gpt"])
def test_a_tiny_training_gives_a_curve_and_starts_at_chance(name):
    model, tokenizer = matching.start_of(name, "random", 0)
    before = [weight.clone() for weight in model.parameters()]
    curve = matching.curve_of(model, tokenizer, FineTuning(steps=3, batch_size=4), 0, every=2, test=40)
    assert [step for step, _ in curve] == [0, 2, 3] and all(0 <= value <= 1 for _, value in curve)
    assert all((a == b).all() for a, b in zip(before, model.parameters()))


def test_a_batch_holds_both_texts_and_their_class():
    model, tokenizer = matching.start_of("course-bert", "pretrained", 0)
    (pair,) = same_person.pairs("train", 1)
    batch = matching.written(tokenizer, model.config)([pair])
    words = tokenizer.decode(batch["input_ids"][0]).split()
    assert set(pair[0].split()) | set(pair[1].split()) <= set(words) and batch["labels"].tolist() == [pair[2]]


def test_another_start_is_refused():
    with pytest.raises(ValueError, match="start 'warm' does not exist; choose pretrained or random"):
        matching.start_of("course-bert", "warm", 0)
