"""The parts list of encoders, read off the default configurations of the library: no weights are drawn or downloaded.

A default configuration is not always the model that one thinks of: ALBERT's is the largest one (xxlarge), ELECTRA's the
small one, EuroBERT's that of 210 million.
"""

from __future__ import annotations

import pandas as pd
import transformers

from helpers.transformer.parameters import count, kind_of, tables_and_blocks, without_weights

MODELS = (
    "Bert",
    "Roberta",
    "DistilBert",
    "Albert",
    "Electra",
    "NomicBert",
    "ModernBert",
    "ModernBertDecoder",
    "EuroBert",
)


def stack_of(name: str):
    """The bare stack of a family, without a head and without weights, by its name in the library.

    >>> stack_of("DistilBert").config.n_layers
    6

    Raises ValueError for a family that the library does not have.
    """
    model_class, config_class = (getattr(transformers, name + part, None) for part in ("Model", "Config"))
    if model_class is None or config_class is None:
        raise ValueError(f"transformers {transformers.__version__} has no family {name!r}; choose one such as 'Bert'")
    return without_weights(model_class, config_class())


def parts_of(model) -> dict:
    """What a stack is built of, read off its modules and the names and shapes of its parameters.

    >>> parts = parts_of(stack_of("Bert"))
    >>> parts["positions"], parts["norm"], parts["feed-forward"], parts["biases"]
    ('learned', 'LayerNorm', 'plain', 98)
    """
    names = dict(model.named_parameters())
    classes = {type(module).__name__ for module in model.modules()}
    tables, rest = tables_and_blocks(model)
    return {
        "positions": "learned" if any("position_embeddings" in name for name in names) else _rotary(classes),
        "norm": "RMSNorm" if any("RMSNorm" in name for name in classes) else "LayerNorm",
        "feed-forward": "gated" if gated(model) else "plain",
        "biases": sum(name.endswith("bias") for name in names),
        "layers": model.config.num_hidden_layers,
        "layers with a window": _windows(model.config),
        "sets of weights": len(blocks(model)),
        "d_model": model.config.hidden_size,
        "embedding width": model.get_input_embeddings().weight.shape[1],
        "tables, millions": round(tables / 1e6, 1),
        "rest, millions": round(rest / 1e6, 1),
        "all, millions": round(count(model) / 1e6, 1),
    }


def _rotary(classes) -> str:
    return "rotary" if any("Rotary" in name for name in classes) else "none"


def _windows(config) -> int:
    return sum(kind == "sliding_attention" for kind in getattr(config, "layer_types", None) or ())


def blocks(model) -> list:
    """The blocks that have weights of their own: the children of the longest list of modules inside a stack.

    >>> len(blocks(stack_of("Albert"))), len(blocks(stack_of("Bert")))
    (1, 12)
    """
    lists = [module for module in model.modules() if type(module).__name__ == "ModuleList"]
    return list(max(lists, key=len))


def gated(model) -> bool:
    """Whether the feed-forward network multiplies two halves: twice as many numbers lead up as lead down again."""
    d_model, block = model.config.hidden_size, blocks(model)[0]
    matrices = [p for name, p in block.named_parameters() if p.ndim == 2 and kind_of(name) == "feed-forward"]
    up = sum(matrix.shape[0] for matrix in matrices if matrix.shape[1] == d_model)
    down = sum(matrix.shape[1] for matrix in matrices if matrix.shape[0] == d_model)
    return up == 2 * down


def table(models=MODELS) -> pd.DataFrame:
    """One row for each family, one column for each part."""
    return pd.DataFrame({name: parts_of(stack_of(name)) for name in models}).T
