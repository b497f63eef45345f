"""What the page that runs the models in the browser reads, made from the shipped weights: `python export.py FOLDER`.

Two ONNX graphs whose attention mask is an input, so that each model can be read under each of the three masks; the
tokenizer that both share; and the exact answers for the course's sentences (`answers.py`).
"""

from __future__ import annotations

import json
import logging
import shutil
import sys
import warnings
from pathlib import Path

import torch
from answers import exact_answers, left_readings

from helpers.figures.style import style_of
from helpers.models import DATA, load_course
from helpers.models.tokenizers import word_id_range

HERE = Path(__file__).parent
MODELS = {"course-bert": "encoder", "course-gpt": "decoder"}


class Masked(torch.nn.Module):
    """A course model as a function of the ids and of who may attend to whom.

    Shapes: input_ids (1, n); mask (query n, key n), True = may attend. Gives logits (n, vocab) and attention weights
    (layer, head, query, key).
    """

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, input_ids, mask):
        bias = torch.where(mask, 0.0, torch.finfo(torch.float32).min)[None, None]  # (1, 1, query, key)
        out = self.model(input_ids=input_ids, attention_mask=bias, output_attentions=True)
        logits = out["prediction_logits"] if "prediction_logits" in out else out["logits"]
        return logits[0], torch.cat(out["attentions"])


def export(model, path: Path, *, longest: int) -> None:
    """Write a course model as one ONNX file that takes any text of 2 to `longest` tokens."""
    example = torch.ones(1, 7, dtype=torch.long), torch.ones(7, 7, dtype=torch.bool)
    length = torch.export.Dim("length", min=2, max=longest)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter's remarks on its own parts
        torch.onnx.export(
            Masked(model),
            example,
            path,
            input_names=["input_ids", "mask"],
            output_names=["logits", "attentions"],
            dynamic_shapes={"input_ids": {1: length}, "mask": {0: length, 1: length}},
            external_data=False,
            verbose=False,
        )


def describe(model, tokenizer, *, family: str) -> dict:
    """What the page has to know of a model."""
    first, past = word_id_range(tokenizer)
    return {
        "layers": model.config.num_hidden_layers,
        "heads": model.config.num_attention_heads,
        "longest": model.config.max_position_embeddings,
        "mask": tokenizer.mask_token,
        "end": tokenizer.eos_token,
        "special": tokenizer.all_special_tokens,
        "words": tokenizer.convert_ids_to_tokens(range(first, past)),
        "firstWord": first,
        "colour": style_of(family).colour,
    }


def main(out: Path) -> None:
    """Write everything that the page reads into a folder."""
    out.mkdir(parents=True, exist_ok=True)
    models, about = {}, {}
    for name, family in MODELS.items():
        models[name], tokenizer = load_course(name)
        about[name] = describe(models[name], tokenizer, family=family)
        export(models[name], out / f"{name}.onnx", longest=about[name]["longest"])
    for file in ("tokenizer.json", "tokenizer_config.json"):  # the ids are the same for both
        shutil.copyfile(DATA / "models" / "course-bert" / file, out / f"course-bert.{file}")
    sentences = json.loads((HERE / "sentences.json").read_text(encoding="utf-8"))
    prefixes = [read for text in sentences for read in left_readings(text, models["course-gpt"], tokenizer)]
    answers = exact_answers(sentences, prefixes)
    for name, content in (("models", about), ("answers", answers)):
        (out / f"{name}.json").write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")


if __name__ == "__main__":
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)  # it misses packages that these models do not need
    main(Path(sys.argv[1]))
