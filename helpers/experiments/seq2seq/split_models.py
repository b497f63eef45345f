"""Four small models of one GPT-2 block, trained on the same split texts from random weights: `split.VARIANTS`.

Three are one stack of four blocks: under the causal mask with a loss on every word, under the same mask with a loss
behind the split alone (the control: it tells the lost targets from the rest), and with the first half read both ways.
The fourth has two blocks that read the first half under no mask and two that write the second half, with
cross-attention. All read the same texts, split at the same places, with the same recipe.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from types import SimpleNamespace

import torch

from helpers import tinytown
from helpers.evaluation import in_batches
from helpers.experiments.ablations import settings
from helpers.experiments.seq2seq import split
from helpers.experiments.seq2seq.split_batches import Texts
from helpers.models import DATA
from helpers.objectives.padding import IGNORE_INDEX
from helpers.tinytown import only
from helpers.training import checkpoints, gpt
from helpers.training.batches import Chunks, stream
from helpers.training.optimizer import optimizer_for
from helpers.training.recipe import Recipe, learning_rate
from helpers.training.step import train_step
from helpers.transformer.masks import padding, to_additive

NAME = "split"
SEEDS = (0, 1, 2)
MODELS = DATA / "models" / ".checkpoints" / "split"
RECIPE = Recipe(
    "split",
    d_model=64,
    layers=4,
    heads=4,
    feed_forward=256,
    steps=2_000,
    peak_learning_rate=2e-3,
    warmup_steps=100,
    batch_tokens=960,
    mask_rate_chunks=900,
    chunk_documents=1_024,
    precision="fp32",
)
POINTS = (
    60,
    120,
    250,
    500,
    1_000,
)  # steps at which the held-out texts are scored and a checkpoint is written, beside the last one
HELD_OUT = 200


def grid():
    """The exact numbers and the four small models, a seed at a time."""
    for seed in SEEDS:
        yield {"experiment": NAME, "variant": "exact", "seed": seed, "recipe": {"count": HELD_OUT}}
        for variant in split.VARIANTS:
            yield {"experiment": NAME, "variant": variant, "seed": seed, "recipe": settings(RECIPE)}


def search(point: dict) -> None:
    """Nothing is chosen."""


def models(point: dict) -> tuple[str, ...]:
    """No course model takes part."""
    return ()


def run(point: dict) -> dict:
    """The exact numbers, or the scores of one small model, which is trained or taken up where it stopped."""
    if point["variant"] == "exact":
        return split.exact(seed=point["seed"], **point["recipe"])
    folder = MODELS / f"{point['variant'].replace(', ', '-').replace(' ', '-')}-{point['seed']}"
    return train(point["variant"], point["seed"], folder=folder)[1]


def build(variant: str, seed: int = 0, recipe: Recipe = RECIPE):
    """An untrained model of a variant and its tokenizer: (model, tokenizer); its forward takes what `Texts` writes."""
    tokenizer = gpt.build_tokenizer(words())
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        make = TwoStacks if variant == "encoder-decoder" else gpt.build_model
        return make(recipe, tokenizer), tokenizer


def words() -> list[str]:
    """The words of the scenes that are split, in the order of the vocabulary."""
    language = only(*split.SCENES)
    used = {int(i) for s in language.scenes for t in s.templates for e in t.emissions for i in e.word_ids}
    return [word for i, word in enumerate(language.words) if i in used]


class TwoStacks(torch.nn.Module):
    """Half of the blocks read under no mask, half write and look across; one embedding for both.

    Source: Vaswani et al. 2017, "Attention Is All You Need", section 3.2.3 (the three uses of attention).
    """

    def __init__(self, recipe, tokenizer):
        super().__init__()
        half = replace(recipe, layers=recipe.layers // 2)
        self.encoder = gpt.build_model(half, tokenizer).transformer
        self.decoder = gpt.build_model(half, tokenizer, add_cross_attention=True)
        self.encoder.wte = self.decoder.transformer.wte

    def forward(self, source, source_mask, use_cache=False, **target):
        """Shapes: source, source_mask (batch, source position); target: what the decoder takes."""
        seen = padding(source_mask).expand(-1, -1, source.shape[1], -1)  # every query sees every real key
        states = self.encoder(input_ids=source, attention_mask=to_additive(seen), use_cache=False)
        across = {"encoder_hidden_states": states.last_hidden_state, "encoder_attention_mask": source_mask}
        return self.decoder(**target, **across, use_cache=use_cache)


def train(variant: str, seed: int = 0, recipe: Recipe = RECIPE, *, folder=None):
    """Train a variant from random weights, or from its newest checkpoint in `folder`: (model, scores).

    The scores: excess, nats per word above the floor on held-out second halves; curve, [[words read, excess], ...];
    targets, words and ends that were predicted while training; parameters, all, and those outside embeddings.
    """
    texts, (model, tokenizer) = Texts(variant), build(variant, seed, recipe)
    optimizer = optimizer_for(model, recipe)
    done = resumed(folder, model, optimizer, recipe)
    chunks = Chunks(replace(recipe, seed=seed), texts, tokenizer, _language())
    batches = stream(chunks, chunk=done["chunk"], position=done["position"])
    while done["step"] < recipe.steps:
        done["chunk"], place, batch = next(batches)
        words = batch.pop("words")
        rate = learning_rate(recipe, done["step"])
        train_step(model, optimizer, [batch], losses=losses, rate=rate, clip=recipe.clip)
        asked = int((batch["labels"][:, 1:] != IGNORE_INDEX).sum())
        for name, more in (("step", 1), ("words", words), ("targets", asked)):
            done[name] += more
        done["position"] = place + 1
        if done["step"] in (*POINTS, recipe.steps):
            done["curve"].append([done["words"], excess(model, tokenizer, variant)])
            save(folder, model, optimizer, recipe, done)
    scores = {"excess": done["curve"][-1][1], "curve": done["curve"], "targets": done["targets"], **sizes_of(model)}
    return model.eval(), scores


def losses(model, batch) -> dict:
    """The loss that the model computes from the labels of a batch, in nats."""
    return {"loss": model(**batch, use_cache=False).loss}


def resumed(folder, model, optimizer, recipe) -> dict:
    """What has been done so far, the state of the newest checkpoint being loaded; zeros without one.

    Raises ValueError for a checkpoint of another recipe.
    """
    saved = checkpoints.newest(folder) if folder else None
    if saved is None:
        return {"step": 0, "chunk": 0, "position": 0, "words": 0, "targets": 0, "curve": []}
    if saved["recipe"] != settings(recipe):
        raise ValueError(f"the checkpoints in {folder} were made with another recipe; delete the folder")
    model.load_state_dict(saved["model"])
    optimizer.load_state_dict(saved["optimizer"])
    return saved["done"]


def save(folder, model, optimizer, recipe, done: dict) -> None:
    """Write a checkpoint, where there is a folder for it."""
    if folder:
        state = {"step": done["step"], "model": model.state_dict(), "optimizer": optimizer.state_dict()}
        checkpoints.write(folder, {**state, "recipe": settings(recipe), "done": done})


def _language():
    """What the stream asks for documents: Tinytown, of the scenes that are split alone."""
    return SimpleNamespace(documents=partial(tinytown.documents, language=only(*split.SCENES)))


def sizes_of(model) -> dict[str, int]:
    """Parameters of all kinds, and those of the blocks alone."""
    names = {name: weight.numel() for name, weight in model.named_parameters()}
    blocks = sum(number for name, number in names.items() if "wte" not in name and "wpe" not in name)
    return {"parameters": sum(names.values()), "block parameters": blocks}


def excess(model, tokenizer, variant: str, *, count: int = HELD_OUT, seed: int = 0) -> float:
    """Nats per word, ends counted, above the exact floor on the second halves of held-out texts."""
    texts, reader = split.held_out(count, seed), Texts(variant, all_words=False)
    total, words = -sum(floor for *_, floor in texts), 0
    with torch.no_grad():
        for some in in_batches(texts, 100):
            rows = [(tokenizer.convert_tokens_to_ids(list(t)), at) for t, at, _ in some]
            batch = reader.collate(rows, tokenizer=tokenizer)
            batch.pop("words")
            asked = int((batch["labels"][:, 1:] != IGNORE_INDEX).sum())
            total, words = total + asked * float(model(**batch, use_cache=False).loss), words + asked
    return total / words
