"""Two update rules in one optimiser: Muon for the matrices inside the blocks, AdamW for everything else.

Muon replaces the momentum of a matrix by the nearest orthogonal matrix, so that every direction learns at the same
pace; embeddings, heads, biases and layer norms are not maps from vectors to vectors in that sense and keep AdamW.

Source: Jordan et al. 2024, "Muon: An optimizer for hidden layers in neural networks", as in `torch.optim.Muon`; the
scaling of its steps to AdamW's follows Liu et al. 2025, "Muon is Scalable for LLM Training", section 2.2. The library's
class multiplies in bf16 alone, which many processors can only imitate, tens of times slower: ours takes either.
"""

from __future__ import annotations

import torch

from helpers.training.recipe import precision_here

QUINTIC = (3.4445, -4.7750, 2.0315)  # coefficients of the iteration, as in torch.optim.Muon


def orthogonal(matrices, *, dtype, steps=5):
    """Nearly the nearest orthogonal matrices, by Newton-Schulz iteration: (matrix, rows, columns) with rows <= columns.

    Singular values come out between about 0.7 and 1.2, which serves an optimiser as well as exactly 1.
    """
    a, b, c = QUINTIC
    x = matrices.to(dtype)
    x = x / x.flatten(1).norm(dim=1).clamp(min=1e-7)[:, None, None]
    for _ in range(steps):
        gram = x @ x.mT
        x = torch.baddbmm(x, torch.baddbmm(gram, gram, gram, beta=b, alpha=c), x, beta=a)
    return x


class Muon(torch.optim.Optimizer):
    """Nesterov momentum, made orthogonal; matrices of one shape go through the iteration together."""

    def __init__(self, weights, *, lr, weight_decay, momentum=0.95, dtype=torch.float32):
        super().__init__(weights, {"lr": lr, "weight_decay": weight_decay, "momentum": momentum})
        self.dtype = dtype

    @torch.no_grad()
    def step(self, closure=None):
        """One update; a closure is not supported."""
        for group in self.param_groups:
            by_shape = {}
            for weight in group["params"]:
                if weight.grad is not None:
                    by_shape.setdefault(weight.shape, []).append(weight)
            for shape, weights in by_shape.items():
                stacked = torch.stack([self._momentum(weight, group["momentum"]) for weight in weights])
                wide = shape[0] <= shape[1]
                moves = orthogonal(stacked if wide else stacked.mT, dtype=self.dtype)
                for weight, move in zip(weights, moves if wide else moves.mT, strict=True):
                    weight.mul_(1 - group["lr"] * group["weight_decay"])
                    weight.add_(move, alpha=-group["lr"] * 0.2 * max(shape) ** 0.5)

    def _momentum(self, weight, momentum):
        state = self.state[weight]
        if not state:
            state["momentum_buffer"] = torch.zeros_like(weight)
        buffer = state["momentum_buffer"].lerp_(weight.grad, 1 - momentum)
        return weight.grad.lerp(buffer, momentum)


class Both(torch.optim.Optimizer):
    """Several optimisers that step together and share one list of parameter groups."""

    def __init__(self, parts):
        self.parts, self.defaults = list(parts), {}
        self.param_groups = [group for part in self.parts for group in part.param_groups]

    @property
    def state(self):
        """All state of all parts, by parameter."""
        return {key: value for part in self.parts for key, value in part.state.items()}

    def step(self, closure=None):
        """Step each part; a closure is not supported."""
        for part in self.parts:
            part.step()

    def zero_grad(self, set_to_none=True):
        """Forget the gradients of every parameter."""
        for part in self.parts:
            part.zero_grad(set_to_none)

    def state_dict(self):
        """The states of the parts, in order."""
        return {"parts": [part.state_dict() for part in self.parts]}

    def load_state_dict(self, state):
        """Restore each part and the shared list of groups."""
        for part, saved in zip(self.parts, state["parts"], strict=True):
            part.load_state_dict(saved)
        self.param_groups = [group for part in self.parts for group in part.param_groups]


def in_blocks(name, weight):
    """Whether a parameter is a matrix inside a numbered block, such as `encoder.layer.0.output.dense.weight`.

    T5's table of position biases stands in a block too, but is looked up, not multiplied with: it is none.
    """
    return weight.ndim == 2 and "bias" not in name and any(part.isdigit() for part in name.split("."))


def decayed(weights, weight_decay):
    """Groups of weights for AdamW: weight decay on matrices only."""
    return [
        {"params": [weight for weight in weights if weight.ndim >= 2], "weight_decay": weight_decay},
        {"params": [weight for weight in weights if weight.ndim < 2], "weight_decay": 0.0},
    ]


def optimizer_for(model, recipe):
    """Muon for the blocks' matrices, AdamW for the rest; weight decay, decoupled, on matrices only."""
    weights = [(name, weight) for name, weight in model.named_parameters() if weight.requires_grad]
    rest = decayed([weight for name, weight in weights if not in_blocks(name, weight)], recipe.weight_decay)
    muon = Muon(
        [weight for name, weight in weights if in_blocks(name, weight)],
        lr=recipe.peak_learning_rate,
        weight_decay=recipe.weight_decay,
        dtype=torch.bfloat16 if precision_here(recipe) == "bf16" else torch.float32,
    )
    return Both([muon, torch.optim.AdamW(rest, lr=recipe.peak_learning_rate, betas=recipe.betas, fused=True)])
