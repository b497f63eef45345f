"""Models kept in the 16 bits in which they are stored and computed with in 32: half the memory, the same numbers."""

import functools

import torch

from helpers.transformer.checks import shown


def compute_in_float32(model):
    """The same model, every layer of which widens its weights to float32 for the moment in which it needs them.

    Load it with `dtype="bfloat16"`. A 16-bit weight is also a 32-bit number, so the outputs are those of the model
    loaded in float32; only the time to widen is added. For evaluation, and for models of linear layers, norms and one
    table of token vectors (Llama and its like). Returns the model that was passed in, with its layers' `forward` set.

    Raises ValueError for a model that is not in 16 bits.
    """
    if not isinstance(model, torch.nn.Module) or not hasattr(model, "get_input_embeddings"):
        raise TypeError(f"model cannot be {shown(model)}; pass a model of transformers")
    if model.dtype not in (torch.bfloat16, torch.float16):
        raise ValueError(f"the model's weights are {model.dtype}; load it with dtype='bfloat16', or leave it as it is")

    def widened(layer, x):
        bias = None if layer.bias is None else layer.bias.float()
        return torch.nn.functional.linear(x, layer.weight.float(), bias)

    for module in model.modules():
        if isinstance(module, torch.nn.Linear):
            module.forward = functools.partial(widened, module)
    model.get_input_embeddings().register_forward_hook(lambda layer, ids, vectors: vectors.float())
    return model
