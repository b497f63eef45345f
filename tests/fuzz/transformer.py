"""A good call of each public function of transformer, each argument with its kind."""

import torch
from fuzz.calls import BERT, CAUSAL, GPT, SMALL, T5, Q, call
from transformers import BertConfig, BertModel

CALLS = [
    call("transformer.masks.bidirectional", length=("count", 4)),
    call("transformer.masks.causal", length=("count", 4)),
    call("transformer.masks.prefix_lm", length=("count", 4), prefix=("number", 2)),
    call("transformer.masks.sliding_window", length=("count", 4), window=("number", 1)),
    call("transformer.masks.cross", query_length=("count", 2), key_length=("count", 3)),
    call(
        "transformer.masks.padding",
        attention_mask=("tensor of ids", torch.tensor([[1, 1, 0]])),
        fine="attention_mask:floats, attention_mask:empty",
    ),
    call(
        "transformer.masks.document", document_ids=("tensor of ids", torch.tensor([0, 0, 1])), fine="document_ids:empty"
    ),
    call("transformer.masks.combine", _0=("mask", CAUSAL), _1=("mask", CAUSAL)),
    call("transformer.masks.to_additive", mask=("mask", CAUSAL), dtype=("choice", torch.float32)),
    call("transformer.masks.fully_masked_rows", mask=("mask", CAUSAL)),
    call(
        "transformer.attention.scaled_dot_product_attention",
        q=("floats", Q),
        k=("floats", Q),
        v=("floats", Q),
        mask=("mask", CAUSAL),
        fine="q:nan, k:nan, v:nan, q:deep, k:deep, v:deep, v:empty",
    ),
    call(
        "transformer.attention.check_fit",
        q=("floats", Q),
        k=("floats", Q),
        v=("floats", Q),
        mask=("mask", CAUSAL),
        fine="q:nan, k:nan, v:nan, q:deep, k:deep, v:deep, v:empty",
    ),
    call(
        "transformer.attention.split_heads", x=("floats", Q), heads=("count", 2), fine="x:nan, x:deep, x:whole, x:empty"
    ),
    call("transformer.attention.merge_heads", x=("floats", Q[None]), fine="x:nan, x:deep, x:whole, x:empty"),
    call("transformer.attention.Block", d_model=("count", 8), heads=("count", 2)),
    call(
        "transformer.attention.check_states",
        x=("floats", torch.ones(3, 8)),
        block=("nothing", SMALL),
        fine="x:nan, x:deep",
    ),
    call("transformer.attention.PostNormBlock", d_model=("count", 8), heads=("count", 2)),
    call(
        "transformer.attention.Block.__call__",
        _0=("nothing", SMALL),
        _1=("floats", torch.ones(3, 8)),
        mask=("mask", CAUSAL),
        fine="_1:nan, _1:deep",
    ),
    call("transformer.attention.influence_by_mask", mask=("mask", CAUSAL), layers=("count", 2)),
    call(
        "transformer.attention.influence_by_perturbation",
        function=("function", lambda x: x.cumsum(0)),
        x=("floats", torch.ones(2, 1)),
        nudge=("real", 1.0),
    ),
    call(
        "transformer.attention.influence_by_gradient",
        function=("function", lambda x: x.cumsum(0)),
        x=("floats", torch.ones(2, 1)),
    ),
    call(
        "transformer.parameters.acting_parts",
        _0=("module", SMALL),
        _1=("floats", torch.ones(3, 8)),
        fine="_1:nan, _1:deep",
    ),
    call("transformer.parameters.without_weights", model_class=("module", BertModel), config=("module", BertConfig())),
    call("transformer.parameters.count", model=("module", SMALL)),
    call("transformer.parameters.kind_of", name=("name", "attn.c_proj"), fine="name:empty, name:unknown"),
    call("transformer.parameters.by_kind", block=("module", SMALL)),
    call("transformer.parameters.tables_and_blocks", model=("module", BERT)),
    call("transformer.parameters.cross_attention", model=("module", T5)),
    call(
        "transformer.parameters.differences",
        bert=("masked model", BERT),
        gpt=("causal model", GPT),
        fine="bert:causal bert",
    ),
    call("transformer.positions.sinusoids", positions=("count", 3), d_model=("count", 4)),
    call("transformer.positions.rotation", offset=("integer", 2), d_model=("count", 4)),
    call("transformer.positions.similarity", table=("floats", Q)),
]
