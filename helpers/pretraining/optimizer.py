"""Two update rules in one optimiser: Muon for the matrices inside the blocks, AdamW for everything else.

Muon replaces the momentum of a matrix by the nearest orthogonal matrix, so that every direction learns at the same
pace; embeddings, heads, biases and layer norms are not maps from vectors to vectors in that sense and keep AdamW.

Source: Jordan et al. 2024, "Muon: An optimizer for hidden layers in neural networks", as in `torch.optim.Muon`; the
scaling of its steps to AdamW's follows Liu et al. 2025, "Muon is Scalable for LLM Training", section 2.2.
"""

from __future__ import annotations

import torch


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
    """Whether a parameter is a matrix inside a numbered block, such as `encoder.layer.0.output.dense.weight`."""
    return weight.ndim == 2 and any(part.isdigit() for part in name.split("."))


def optimizer_for(model, recipe):
    """Muon for the blocks' matrices, AdamW for the rest; weight decay, decoupled, on matrices only."""
    weights = [(name, weight) for name, weight in model.named_parameters() if weight.requires_grad]
    rest = [weight for name, weight in weights if not in_blocks(name, weight)]
    groups = [
        {"params": [w for w in rest if w.ndim >= 2], "weight_decay": recipe.weight_decay},
        {"params": [w for w in rest if w.ndim < 2], "weight_decay": 0.0},
    ]
    muon = torch.optim.Muon(
        [weight for name, weight in weights if in_blocks(name, weight)],
        lr=recipe.peak_learning_rate, weight_decay=recipe.weight_decay, adjust_lr_fn="match_rms_adamw",
    )  # fmt: skip
    return Both([muon, torch.optim.AdamW(groups, lr=recipe.peak_learning_rate, betas=recipe.betas, fused=True)])
