"""Two update rules: which weights each moves, and that Muon moves them as the library's does."""

import pytest
import small_language
import torch
from tiny_runs import recipe

from helpers.training.loop import fresh_model
from helpers.training.optimizer import Muon, in_blocks, optimizer_for, orthogonal


def test_weight_decay_touches_matrices_only():
    made = recipe("course-bert")
    optimizer = optimizer_for(fresh_model(made, small_language)[0], made)
    decays = {weight.ndim: group["weight_decay"] for group in optimizer.param_groups for weight in group["params"]}
    assert decays == {1: 0.0, 2: made.weight_decay}


def test_muon_moves_the_matrices_of_the_blocks_and_adamw_the_rest():
    made = recipe("course-gpt")
    model = fresh_model(made, small_language)[0]
    muon, adamw = optimizer_for(model, made).parts
    moved = {id(weight) for group in muon.param_groups for weight in group["params"]}
    names = {name for name, weight in model.named_parameters() if id(weight) in moved}
    assert len(names) == 4 * made.layers and all(".h." in name and name.endswith(".weight") for name in names)
    others = sum(len(group["params"]) for group in adamw.param_groups)
    assert others + len(names) == len(list(model.parameters()))
    assert in_blocks("block.0.wo.weight", torch.ones(2, 2)) and not in_blocks("lm_head.weight", torch.ones(2, 2))


@pytest.mark.parametrize("dtype, tolerance", [(torch.bfloat16, 1e-6), (torch.float32, 2e-2)])
def test_muon_moves_weights_as_the_library_does(dtype, tolerance):
    generator = torch.Generator().manual_seed(0)
    shapes = [(12, 12), (12, 12), (12, 20), (20, 12)]
    ours = [torch.nn.Parameter(torch.randn(shape, generator=generator)) for shape in shapes]
    theirs = [torch.nn.Parameter(weight.detach().clone()) for weight in ours]
    how = {"lr": 0.02, "weight_decay": 0.1}
    optimizers = [Muon(ours, dtype=dtype, **how), torch.optim.Muon(theirs, adjust_lr_fn="match_rms_adamw", **how)]
    for _ in range(4):
        for weight, copy in zip(ours, theirs):
            weight.grad = torch.randn(weight.shape, generator=generator)
            copy.grad = weight.grad.clone()
        for optimizer in optimizers:
            optimizer.step()
    for weight, copy in zip(ours, theirs):
        assert float((weight - copy).detach().abs().max()) < tolerance


def test_the_iteration_brings_every_singular_value_near_one():
    matrices = torch.randn(3, 16, 24, generator=torch.Generator().manual_seed(0))
    values = torch.linalg.svdvals(orthogonal(matrices, dtype=torch.float32))
    assert 0.6 < float(values.min()) and float(values.max()) < 1.3
