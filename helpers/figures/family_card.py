"""The four course models on one card, read from their configurations, weights and model cards."""

import re

import pandas as pd

from helpers.models import COURSE, DATA
from helpers.transformer.parameters import count, cross_attention

MASKS = {"course-bert": "none", "course-gpt": "causal", "course-t5": "none | causal", "course-bart": "none | causal"}
LAYERS = {
    "course-bert": lambda config: f"{config.num_hidden_layers}",
    "course-gpt": lambda config: f"{config.n_layer}",
    "course-t5": lambda config: f"{config.num_layers} + {config.num_decoder_layers}",
    "course-bart": lambda config: f"{config.encoder_layers} + {config.decoder_layers}",
}


def of_card(name: str) -> dict:
    """The rows of the section on training in a model's card: {"steps": "14,000 of ...", ...}."""
    text = (DATA / "models" / name / "README.md").read_text(encoding="utf-8")
    lines = text.split("## Training")[1].split("## Scores")[0].splitlines()
    return dict(line.strip("| ").split(" | ", 1) for line in lines if re.match(r"\| \w", line))


def family_card(models: dict) -> pd.DataFrame:
    """A column for each course model, from {name: model}: what is equal above, what differs below."""
    columns = {}
    for name, model in models.items():
        card, across = of_card(name), cross_attention(model)
        columns[name] = {
            "words read (millions)": round(int(card["data"].split()[0].replace(",", "")) / 1e6, 1),
            "steps": card["steps"].split()[0],
            "optimiser": card["optimiser"].split(" matrices, AdamW")[0].split()[0] + " + AdamW",
            "d_model": model.config.hidden_size,
            "parameters (thousands)": round(count(model) / 1e3),
            "... in cross-attention": round(across / 1e3),
            "blocks": LAYERS[name](model.config),
            "mask": MASKS[name],
            "question": COURSE[name].objective,
            "loss on held-out texts": card["loss on held-out documents"].split()[0],
            "best possible": card["loss on held-out documents"].split()[-1],
        }
    return pd.DataFrame(columns)
