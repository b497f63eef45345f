"""Counting what a model would learn, from its configuration alone: no weights are drawn, stored or downloaded."""

import re
from contextlib import ExitStack
from itertools import groupby

import torch
from transformers import BertConfig, GPT2Config, PreTrainedConfig

from helpers.transformer.checks import require_module, shown

KINDS = {  # the first pattern that fits a parameter's name decides
    "layer norm": r"(layer_?norm|norm|\bln_)",
    "cross-attention": r"(cross_?attention|encoder_attn|EncDecAttention)",
    "self-attention": r"(attention|self_attn|\battn\b|SelfAttention)",
    "feed-forward": r"",  # whatever is left
}
TABLES = r"(embedding|\bwte\b|\bwpe\b|\bshared\b|embed_tokens|embed_positions)"


def acting_parts(block, *inputs, **named) -> list[str]:
    """The parts of a block in the order in which they act on an input; neighbours of one kind count as one part.

    >>> import torch; from transformers import BertConfig
    >>> from transformers.models.bert.modeling_bert import BertLayer
    >>> config = BertConfig(hidden_size=8, num_attention_heads=2, intermediate_size=32, attn_implementation="eager")
    >>> acting_parts(BertLayer(config), torch.zeros(1, 3, 8))
    ['self-attention', 'layer norm', 'feed-forward', 'layer norm']

    A module counts when it has weights and no modules inside; its kind is read off its name (`kind_of`).
    """
    require_module(block, "block")
    order = []
    with ExitStack() as hooks:
        for name, part in block.named_modules():
            if not list(part.children()) and list(part.parameters()):
                kind = kind_of(name)
                hooks.enter_context(part.register_forward_hook(lambda *_, kind=kind: order.append(kind)))
        block(*inputs, **named)
    return [kind for kind, _ in groupby(order)]


def without_weights(model_class, config):
    """Build a model whose tensors have shapes but no storage, so that its size can be read in milliseconds.

    >>> from transformers import BertConfig, BertModel
    >>> without_weights(BertModel, BertConfig()).pooler.dense.weight.device.type
    'meta'
    """
    if not (isinstance(model_class, type) and issubclass(model_class, torch.nn.Module)):
        raise TypeError(f"model_class cannot be {shown(model_class)}; pass a class of transformers, such as BertModel")
    config_class = getattr(model_class, "config_class", None) or PreTrainedConfig  # a single layer names none
    if not isinstance(config, config_class):
        due = config_class.__name__
        raise TypeError(f"config cannot be {shown(config)}; pass a {due} for {model_class.__name__}")
    with torch.device("meta"):
        return model_class(config)


def count(model) -> int:
    """The number of learned numbers; a tensor used in two places is counted once.

    >>> import torch; count(torch.nn.Linear(3, 2))
    8
    """
    return sum(parameter.numel() for parameter in require_module(model).parameters())


def kind_of(name: str) -> str:
    """What a module or parameter of a block belongs to, by its name in transformers.

    >>> [kind_of(name) for name in ("attn.c_proj", "encoder_attn.q_proj", "ln_2", "mlp.c_fc", "output.LayerNorm")]
    ['self-attention', 'cross-attention', 'layer norm', 'feed-forward', 'layer norm']
    """
    if not isinstance(name, str):
        raise TypeError(f"name cannot be {shown(name)}; pass a module's or parameter's name")
    return next(kind for kind, pattern in KINDS.items() if re.search(pattern, name, re.IGNORECASE))


def by_kind(block) -> dict[str, int]:
    """The learned numbers of one transformer block by what they belong to.

    >>> from transformers import BertConfig
    >>> from transformers.models.bert.modeling_bert import BertLayer
    >>> by_kind(BertLayer(BertConfig(hidden_size=8, num_attention_heads=2, intermediate_size=32)))
    {'layer norm': 32, 'cross-attention': 0, 'self-attention': 288, 'feed-forward': 552}
    """
    totals = dict.fromkeys(KINDS, 0)
    for name, parameter in require_module(block, "block").named_parameters():
        totals[kind_of(name)] += parameter.numel()
    return totals


def tables_and_blocks(model) -> tuple[int, int]:
    """The learned numbers in look-up tables (words, positions, segments) and in everything else.

    >>> from transformers import GPT2Config, GPT2Model
    >>> tables_and_blocks(without_weights(GPT2Model, GPT2Config()))
    (39383808, 85056000)
    """
    require_module(model)
    tables = sum(p.numel() for name, p in model.named_parameters() if re.search(TABLES, name) and "Norm" not in name)
    return tables, count(model) - tables


def cross_attention(model) -> int:
    """The learned numbers of the attention from one stack to the other, which only an encoder-decoder has.

    >>> from transformers import T5Config, T5Model
    >>> small = T5Config(vocab_size=9, d_model=8, d_kv=4, num_heads=2, d_ff=16, num_layers=1)
    >>> cross_attention(without_weights(T5Model, small))
    256
    """
    return sum(p.numel() for name, p in require_module(model).named_parameters() if kind_of(name) == "cross-attention")


def differences(bert, gpt) -> dict[str, dict[str, tuple]]:
    """What differs between a BERT and a GPT-2 beside objective, mask and size: {group: {feature: (BERT's, GPT-2's)}}.

    >>> from transformers import BertConfig, BertForPreTraining, GPT2Config, GPT2LMHeadModel
    >>> small = {"hidden_size": 8, "num_attention_heads": 2, "num_hidden_layers": 1, "intermediate_size": 8}
    >>> bert, gpt = BertForPreTraining(BertConfig(**small)), GPT2LMHeadModel(GPT2Config(n_embd=8, n_head=2, n_layer=1))
    >>> differences(bert, gpt)["where the layer norms stand"]["in front of attention"]
    (False, True)

    Whether a part is there is read off the names of the parameters; activation and dropout are the published ones.
    """
    for model, model_type in ((bert, "bert"), (gpt, "gpt2")):
        if getattr(getattr(require_module(model), "config", None), "model_type", None) != model_type:
            raise ValueError(f"{shown(model)} stands in the place of a {model_type} model; pass (BERT, GPT-2)")
        if model.get_output_embeddings() is None:
            raise ValueError(f"{shown(model)} has no output layer; pass BertForPreTraining and GPT2LMHeadModel")
    pair, published = (bert, gpt), (BertConfig(), GPT2Config())
    tied = tuple(m.get_output_embeddings().weight is m.get_input_embeddings().weight for m in pair)
    return {
        "where the layer norms stand": {
            "on the input vectors": _has(pair, "embeddings.LayerNorm"),
            "in front of attention": tuple(block.index("self-attention") == 1 for block in _first_blocks(bert, gpt)),
            "after the last block": _has(pair, "ln_f"),
        },
        "small parts": {
            "segment table": _has(pair, "token_type"),
            "pooler": _has(pair, "pooler"),
            "extra layer before the output": _has(pair, "predictions.transform"),
            "bias on the output": tuple(model.get_output_embeddings().bias is not None for model in pair),
            "output is the word table": tied,
        },
        "choices, as published": {
            "activation": (published[0].hidden_act, published[1].activation_function),
            "dropout": (published[0].hidden_dropout_prob, published[1].resid_pdrop),
        },
    }


def _has(models, part) -> tuple[bool, ...]:
    return tuple(any(part in name for name, _ in model.named_parameters()) for model in models)


def _first_blocks(bert, gpt) -> tuple[list[str], ...]:
    """The parts of each model's first block in the order in which they act."""
    blocks, width = (bert.bert.encoder.layer[0], gpt.transformer.h[0]), (bert.config.hidden_size, gpt.config.n_embd)
    return tuple(acting_parts(block, torch.zeros(1, 2, size)) for block, size in zip(blocks, width))
