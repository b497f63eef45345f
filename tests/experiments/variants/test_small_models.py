"""One loop for all small models: it learns, it goes on where it stopped, and it refuses another recipe."""

from dataclasses import replace

import pytest
import torch
from tiny_runs import same
from tiny_variants import QUICK

from helpers.experiments.variants import same_configuration, small_models
from helpers.training import gpt


def made(folder, steps=4, **how):
    model, tokenizer = same_configuration.build("CLM", 0, QUICK)
    recipe = replace(QUICK, steps=steps)
    done = small_models.train(model, tokenizer, gpt, recipe, folder=folder, **how)
    return model, {name: value for name, value in done.items() if name != "seconds"}


class Killed(Exception):
    """In the place of a crash."""


class Dying:
    """The causal family, which dies in one of its steps."""

    def __init__(self, at):
        self.left, self.examples, self.collate = at, gpt.examples, gpt.collate

    def losses(self, model, batch):
        self.left -= 1
        if not self.left:
            raise Killed
        return gpt.losses(model, batch)


def test_a_killed_training_goes_on_where_it_stopped(tmp_path):
    whole, done = made(tmp_path / "whole")
    model, tokenizer = same_configuration.build("CLM", 0, QUICK)
    with pytest.raises(Killed):
        small_models.train(model, tokenizer, Dying(4), QUICK, folder=tmp_path / "cut")
    again, went_on = made(tmp_path / "cut")
    assert same(whole, again) and went_on == done and done["step"] == 4 and len(done["curve"]) == 2


def test_a_trained_model_is_not_trained_again(tmp_path):
    first, done = made(tmp_path)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.glob("*.pt")}
    second, again = made(tmp_path)
    assert same(first, second) and again == done
    assert {path: path.stat().st_mtime_ns for path in tmp_path.glob("*.pt")} == before


def test_checkpoints_of_another_recipe_are_refused(tmp_path):
    made(tmp_path)
    with pytest.raises(ValueError, match="another recipe; delete the folder"):
        made(tmp_path, steps=6)


def test_the_seed_decides_the_documents(tmp_path):
    first, second = (made(tmp_path / str(seed), seed=seed)[0] for seed in (0, 1))
    assert not same(first, second)


def test_seeded_leaves_the_random_numbers_outside_alone():
    torch.manual_seed(5)
    expected = torch.rand(2)
    torch.manual_seed(5)
    first = torch.rand(1)
    small_models.seeded(lambda: torch.rand(7), 3)
    assert torch.equal(torch.cat([first, torch.rand(1)]), expected)


def test_adamw_decays_matrices_alone():
    model, _ = same_configuration.build("MLM", 0, QUICK)
    groups = small_models.adamw(model, QUICK).param_groups
    assert {(w.ndim > 1, group["weight_decay"]) for group in groups for w in group["params"]} == {
        (True, QUICK.weight_decay),
        (False, 0.0),
    }
