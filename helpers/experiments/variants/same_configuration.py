"""Same configuration, two masks: does it matter what a stack is asked first, last, or only?

Question: at one budget, do hidden words, next words, or one after the other give the better reader and the better
writer? Weller et al. 2025 ("Ettin") find that switching the objective late does not close the gap; Gisserot-Boukhlef et
al. 2025 find next words first, then hidden words the best order. Where does each hold here?

Changed: the objective and with it the mask, in one of six orders of the same number of steps. Fixed: the configuration
(the library's `ModernBertForMaskedLM` and `ModernBertDecoderForCausalLM` at one tiny size have equal parameters, tensor
for tensor), the number of steps, the source of the documents, optimiser; each phase has documents, a warm-up and a
cosine of its own. AdamW for all weights, for the encoder keeps queries, keys and values in one matrix, the decoder in
three.
Beside it: both exact floors (excess in nats), the optimum of three tasks, and the best constant answer.
Cost: 18 points of about 3 minutes on one core.
"""

from __future__ import annotations

from dataclasses import replace

import torch
from transformers import (
    ModernBertConfig,
    ModernBertDecoderConfig,
    ModernBertDecoderForCausalLM,
    ModernBertForMaskedLM,
)

from helpers import evaluation, tinytown
from helpers.experiments.ablations import settings
from helpers.experiments.variants import small_models, tasks
from helpers.experiments.variants.objectives import MaskedLM
from helpers.models.tokenizers import build_causal_tokenizer, build_tokenizer
from helpers.training import gpt
from helpers.transformer.parameters import count

NAME = "same configuration"
SEEDS = small_models.SEEDS
RECIPE = replace(small_models.RECIPE, steps=4_000, feed_forward=128)
ORDERS = {  # the phases of a training: objective and share of the steps
    "MLM": (("MLM", 1.0),),
    "CLM": (("CLM", 1.0),),
    "CLM then MLM": (("CLM", 0.5), ("MLM", 0.5)),
    "MLM then CLM": (("MLM", 0.5), ("CLM", 0.5)),
    "CLM, late MLM": (("CLM", 0.875), ("MLM", 0.125)),
    "MLM, late CLM": (("MLM", 0.875), ("CLM", 0.125)),
}
CLASSES = {
    "MLM": (ModernBertForMaskedLM, ModernBertConfig, build_tokenizer, MaskedLM()),
    "CLM": (ModernBertDecoderForCausalLM, ModernBertDecoderConfig, build_causal_tokenizer, gpt),
}
COUNT = 500


def grid():
    """Every order with every seed."""
    for seed in SEEDS:
        for order in ORDERS:
            yield {"experiment": NAME, "variant": order, "seed": seed, "recipe": settings(RECIPE)}


def build(objective: str, seed: int = 0, recipe=RECIPE):
    """An untrained model for an objective and its tokenizer; every layer reads the whole text.

    Raises ValueError for an unknown objective.
    """
    if objective not in CLASSES:
        raise ValueError(f"no objective is named {objective!r}; choose MLM or CLM")
    model_class, config_class, make, _ = CLASSES[objective]
    tokenizer = make(tinytown.vocabulary())
    config = config_class(
        vocab_size=len(tokenizer),
        hidden_size=recipe.d_model,
        intermediate_size=recipe.feed_forward,
        num_hidden_layers=recipe.layers,
        num_attention_heads=recipe.heads,
        max_position_embeddings=recipe.positions,
        layer_types=["full_attention"] * recipe.layers,
        pad_token_id=tokenizer.pad_token_id,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        cls_token_id=tokenizer.cls_token_id,
        sep_token_id=tokenizer.sep_token_id,
    )
    return small_models.seeded(lambda: model_class(config), seed), tokenizer


def under_the_other_mask(model):
    """The same weights in the other class: a decoder's in an encoder, or an encoder's in a decoder.

    The two classes hold the same tensors; the encoder keeps queries, keys and values in one.
    """
    to_decoder = isinstance(model, ModernBertForMaskedLM)
    config_class, model_class = (
        (ModernBertDecoderConfig, ModernBertDecoderForCausalLM)
        if to_decoder
        else (ModernBertConfig, ModernBertForMaskedLM)
    )
    made = model_class(config_class(**_shared(model.config)))
    made.load_state_dict((_split if to_decoder else _joined)(model.state_dict()))
    return made.eval()


def _shared(config) -> dict:
    """What the two configurations have in common, beside their names."""
    ours, theirs = (set(kind().to_dict()) for kind in (ModernBertConfig, ModernBertDecoderConfig))
    left_out = {"model_type", "transformers_version", "architectures"}
    return {name: value for name, value in config.to_dict().items() if name in (ours & theirs) - left_out}


def _split(state) -> dict:
    """The encoder's tensors by the decoder's names."""
    found = {}
    for name, value in state.items():
        name = name.replace("head.", "lm_head.", 1) if name.startswith("head.") else name
        if ".attn.Wqkv." in name:
            found |= {name.replace("Wqkv", f"{k}_proj"): part for k, part in zip("qkv", value.chunk(3))}
        else:
            found[name] = value
    return found


def _joined(state) -> dict:
    """The decoder's tensors by the encoder's names."""
    found = {}
    for name, value in state.items():
        if ".attn.q_proj." in name:
            parts = [state[name.replace("q_proj", f"{k}_proj")] for k in "qkv"]
            found[name.replace("q_proj", "Wqkv")] = torch.cat(parts)
        elif ".attn.k_proj." not in name and ".attn.v_proj." not in name:
            found[name.removeprefix("lm_")] = value
    return found


def phases(order: str, recipe=RECIPE) -> list[tuple]:
    """The objectives of an order with their recipes: (objective, recipe), the steps adding up to one budget.

    >>> [(objective, made.steps) for objective, made in phases("CLM, late MLM")]
    [('CLM', 3500), ('MLM', 500)]

    Raises ValueError for an unknown order.
    """
    if order not in ORDERS:
        raise ValueError(f"no order is named {order!r}; choose from {', '.join(ORDERS)}")
    return [(objective, replace(recipe, steps=round(share * recipe.steps))) for objective, share in ORDERS[order]]


def trained(order: str, seed: int, recipe=RECIPE):
    """The model of an order, in the class of its last objective: (model, tokenizer, what was done in each phase).

    A later phase reads documents that the ones before have not read.
    """
    model, done = None, []
    for number, (objective, made) in enumerate(phases(order, recipe)):
        fresh, tokenizer = build(objective, seed, recipe)
        model = fresh if model is None else under_the_other_mask(model)
        folder, family = small_models.folder_of(NAME, order, seed, number), CLASSES[objective][3]
        how = {"folder": folder, "optimizer": small_models.adamw, "seed": seed + 1_000 * number}
        done.append(small_models.train(model, tokenizer, family, made, **how))
    return model, tokenizer, done


def both_objectives(model, tokenizer, *, counted: int = COUNT) -> dict[str, float]:
    """Nats above the floor at hidden words and at next words: of the model, and of its weights under the other mask."""
    encoder_first = isinstance(model, ModernBertForMaskedLM)
    other = under_the_other_mask(model), CLASSES["CLM" if encoder_first else "MLM"][2](tinytown.vocabulary())
    encoder, decoder = ((model, tokenizer), other) if encoder_first else (other, (model, tokenizer))
    masked = evaluation.masked_excess(*encoder, count=counted)
    causal = evaluation.causal_excess(*decoder, count=counted)
    return {"masked": masked["excess"], "causal": causal["excess"]}


def run(point: dict) -> dict:
    """Train a model in its order if need be, and score it on both objectives and three tasks."""
    model, tokenizer, done = trained(point["variant"], point["seed"], RECIPE)
    return {
        **both_objectives(model, tokenizer),
        "tasks": tasks.scored(model.model, tokenizer, seed=point["seed"]),
        "parameters": count(model),
        "words": sum(phase["words"] for phase in done),
        "curves": [phase["curve"] for phase in done],
    }
