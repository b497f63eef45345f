"""Ways to read attention as a guess at what a position uses, by its weights and by what they carry.

A weight says how much of a value is mixed in; the value, transformed by the output matrix, may be long or short. So the
weighted vector's length is read beside the weight.

Legend: h heads, l layers; maps are (layer, query, key). Source: Kobayashi, Kuribayashi, Yokoi and Inui 2020,
"Attention is Not Only a Weight: Analyzing Transformers with Vector Norms", EMNLP, for the norms; Abnar and Zuidema
2020, "Quantifying Attention Flow in Transformers", ACL, for rollout.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch

from helpers.transformer.attention import split_heads


@dataclass(frozen=True)
class Looks:
    """One text as a model reads it: last vectors (position, d_model), the input of each layer, and three maps."""

    last: torch.Tensor
    states: tuple
    weights: torch.Tensor  # mean over heads of the attention weight
    norms: torch.Tensor  # mean over heads of the weighted vector's length
    summed: torch.Tensor  # length of the weighted vectors' sum over heads, which is what reaches the rest of the layer


@torch.no_grad()
def read(body, ids) -> Looks:
    """Read one text (1, position) with a stack of BERT's blocks."""
    output = body(input_ids=ids, output_attentions=True, output_hidden_states=True)
    carried = [
        weighted_vectors(layer.attention, states[0], weights[0])
        for layer, states, weights in zip(body.encoder.layer, output.hidden_states, output.attentions)
    ]
    return Looks(
        output.last_hidden_state[0],
        output.hidden_states,
        torch.stack(output.attentions)[:, 0].mean(1),
        torch.stack([vectors.norm(dim=-1).mean(0) for vectors in carried]),
        torch.stack([vectors.sum(0).norm(dim=-1) for vectors in carried]),
    )


def weighted_vectors(attention, states, weights):
    """What each key hands to each query in each head: weight times (x W_V + b_V) W_O, (head, query, key, d_model).

    Summed over heads and keys, with the output's bias, they are the attention's output.
    Shapes: states (position, d_model); weights (head, query, key).
    Source: Kobayashi et al. 2020, section 2.2, their alpha f(x).
    """
    values = split_heads(attention.self.value(states), len(weights))  # (head, key, d_head)
    out = attention.output.dense.weight.unflatten(1, (len(weights), -1)).transpose(0, 1)  # (head, d_model, d_head)
    transformed = values @ out.transpose(1, 2)  # (head, key, d_model)
    return weights[..., None] * transformed[:, None]


def attention_rollout(maps):
    """Attention followed through the layers, half of it staying where it is: (layer, query, key) -> (query, key).

    >>> attention_rollout(torch.tensor([[[0.0, 1.0], [0.0, 1.0]]])).tolist()
    [[0.5, 0.5], [0.0, 1.0]]
    """
    flow = torch.eye(maps.shape[-1])
    for layer in maps:
        flow = (0.5 * layer + 0.5 * torch.eye(len(layer))) @ flow
    return flow


def ways_of_looking(looks: Looks, word: int) -> dict:
    """Guesses at what a position uses, each (position,); nearness looks at nothing and is what they have to beat."""
    distance = (torch.arange(len(looks.last)) - word).abs()
    return {
        "last layer": looks.weights[-1, word],
        "first layer": looks.weights[0, word],
        "all layers": looks.weights[:, word].mean(0),
        "rollout": attention_rollout(looks.weights)[word],
        "last layer, norms": looks.norms[-1, word],
        "all layers, norms": looks.norms[:, word].mean(0),
        "last layer, norms of the sum": looks.summed[-1, word],
        "nearness": -distance.float(),
    }
