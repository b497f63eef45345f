"""Costs: what does not learn is only asked; what learns is trained for a few steps."""

import torch

from helpers.experiments.tasks import costs
from helpers.tasks import TASKS


def test_a_cell_is_measured_without_training_where_it_does_not_learn():
    found = costs.measured(TASKS["zero-shot"], {"encoder": {"model": "course-bert", "method": "cloze"}})["encoder"]
    assert found["parameters"] == found["fine-tuning"] == 0 < found["one example"] < found["batch of 32"]


def test_what_learns_is_trained_and_its_weights_are_counted(monkeypatch):
    monkeypatch.setattr(costs, "ROUNDS", 1)
    cell = {"model": "course-gpt", "method": "head", "recipe": {"steps": 1, "batch_size": 4, "learning_rate": 1e-4}}
    found = costs.measured(TASKS["classification"], {"decoder": cell})["decoder"]
    assert list(found) == ["fine-tuning", "one example", "batch of 32", "parameters"]
    assert found["parameters"] > 900_000 and found["fine-tuning"] > found["one example"]


def test_a_few_steps_are_so_many_batches():
    seen = []

    class Predictor:
        class model:
            @staticmethod
            def parameters():
                return [weight]

            def __new__(cls, **batch):
                return type("Output", (), {"loss": (weight * 2).sum()})

        @staticmethod
        def collate(batch):
            seen.append(len(batch))
            return {}

    weight = torch.nn.Parameter(torch.ones(1))
    costs.steps(Predictor, list(range(48)), 16)
    assert seen == [16] * 3 and weight.item() < 1
