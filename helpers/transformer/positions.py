"""How a transformer is told the order of its tokens: sinusoids, and the sum that enters the first block.

Legend: position, d_model.
"""

import torch

from helpers.transformer.checks import require_tensor, whole

LARGEST = 1 << 14


def sinusoids(positions: int, d_model: int):
    """The position vectors of the 2017 transformer: (position, d_model), sines in even columns, cosines in odd ones.

    >>> sinusoids(2, 4).round(decimals=2).tolist()
    [[0.0, 1.0, 0.0, 1.0], [0.8399999737739563, 0.5400000214576721, 0.009999999776482582, 1.0]]

    Columns 2i and 2i+1 turn by 10000^(-2i / d_model) radians a position.
    Raises ValueError for an odd d_model: choose an even one.
    Source: Vaswani et al. 2017, "Attention Is All You Need", section 3.5.
    """
    whole(positions, "positions", least=1, most=LARGEST)
    if whole(d_model, "d_model", least=1, most=LARGEST) % 2:
        raise ValueError(f"d_model {d_model} must be even, a sine and a cosine for each angle; pass {d_model + 1}")
    turns = 10_000.0 ** (-torch.arange(0, d_model, 2, dtype=torch.float64) / d_model)
    angles = torch.arange(positions, dtype=torch.float64)[:, None] * turns  # (position, d_model / 2)
    return torch.stack([angles.sin(), angles.cos()], dim=-1).flatten(1).float()


def rotation(offset: int, d_model: int):
    """The matrix R with `sinusoids[p + offset] = R @ sinusoids[p]` for every p: (d_model, d_model).

    >>> rotation(0, 4).tolist() == [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]]
    True

    Source: Vaswani et al. 2017, section 3.5, "for any fixed offset k, PE(pos+k) is a linear function of PE(pos)".
    """
    whole(offset, "offset", least=None, most=LARGEST)
    sine, cosine = sinusoids(abs(offset) + 1, d_model)[-1].double().reshape(-1, 2).unbind(-1)
    sine = sine if offset >= 0 else -sine
    blocks = [torch.tensor([[c, s], [-s, c]]) for s, c in zip(sine.tolist(), cosine.tolist())]
    return torch.block_diag(*blocks).float()


def similarity(table):
    """Cosine between every two rows of a position table: (position, position), between -1 and 1.

    >>> similarity(sinusoids(3, 4)).diagonal().round(decimals=3).tolist()
    [1.0, 1.0, 1.0]
    """
    require_tensor(table, "table", dtype="floating", dims=2)
    if not (table.norm(dim=-1) > 0).all():
        raise ValueError("table has a row of zeros or nan, which has no direction; leave it out")
    unit = table / table.norm(dim=-1, keepdim=True)
    return unit @ unit.T
