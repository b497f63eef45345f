"""Four small models of one GPT-2 block, trained on the same cut texts from random weights: `cut.ARMS`.

Three are one stack of four blocks: under the causal mask with a loss on every word, under the same mask with a loss
behind the cut alone (the control: it tells the lost targets from the rest), and with the first half read both ways.
The fourth has two blocks that read the first half under no mask and two that write the second half, with
cross-attention. All read the same texts, cut at the same places, with the same recipe.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from types import SimpleNamespace

import torch

from helpers import tinytown
from helpers.evaluation import in_batches
from helpers.experiments.seq2seq import split
from helpers.methods import prefix_lm
from helpers.objectives.padding import IGNORE_INDEX, pad_rows
from helpers.tinytown import only
from helpers.training import gpt
from helpers.training.batches import Chunks, stream
from helpers.training.optimizer import optimizer_for
from helpers.training.recipe import Recipe, learning_rate, plain
from helpers.transformer.masks import padding, to_additive

RECIPE = Recipe(
    "cut",
    d_model=64,
    layers=4,
    heads=4,
    feed_forward=256,
    steps=500,
    warmup_steps=50,
    batch_tokens=960,
    chunk_documents=1_024,
    precision="fp32",
)
POINTS = (60, 120, 250)  # steps at which the held-out texts are scored, beside the last one
HELD_OUT = 200


class Texts:
    """What `pretraining.stream` needs to know: documents with their cuts, and how an arm writes a batch of them."""

    def __init__(self, arm: str):
        split.check_arm(arm)
        self.write = split_batch if arm == "encoder-decoder" else one_row_batch
        self.how = {} if arm == "encoder-decoder" else {"both_ways": arm == "prefix-LM", "all_words": "every" in arm}

    def examples(self, documents, *, recipe, tokenizer, generator):
        """One ((ids, split), length of the row) for each document that is long enough for the cut drawn for it."""
        ids = tokenizer.convert_tokens_to_ids
        drawn = torch.randint(1, split.LATEST + 1, (len(documents),), generator=generator).tolist()
        kept = [(document.tokens, at) for document, at in zip(documents, drawn) if split.fits(document, at)]
        return [((ids(list(tokens)), at), len(tokens) + 2) for tokens, at in kept]

    def collate(self, rows, *, tokenizer, recipe=None, generator=None, width=None):
        """Rows as a batch, with the number of words in it."""
        return {**self.write([row for row, _ in rows], tokenizer, **self.how), "words": sum(n - 2 for _, n in rows)}


def one_row_batch(rows, tokenizer, *, both_ways: bool, all_words: bool) -> dict:
    """`<|endoftext|> text <|endoftext|>`; labels everywhere, or behind the cut; the first half read both ways, or not.

    Shapes: input_ids, labels (batch, position); attention_mask (batch, position), or (batch, 1, query, key) to add.
    """
    end = tokenizer.eos_token_id
    batch = pad_rows([[end, *ids, end] for ids, _ in rows], pad_id=tokenizer.pad_token_id)
    read = torch.tensor([1 + at for _, at in rows])  # the mark and the first half
    labels = batch["input_ids"].masked_fill(batch["attention_mask"] == 0, IGNORE_INDEX)
    if not all_words:
        labels = labels.masked_fill(torch.arange(labels.shape[1]) < read[:, None], IGNORE_INDEX)
    if both_ways:
        batch["attention_mask"] = prefix_lm.to_additive_mask(batch["attention_mask"], read)
    return {**batch, "labels": labels}


def split_batch(rows, tokenizer) -> dict:
    """The first half for the encoder, `<|endoftext|> second half <|endoftext|>` for the decoder; labels as for a GPT.

    Shapes: source, source_mask (batch, source position); input_ids, attention_mask, labels (batch, position).
    """
    end, pad = tokenizer.eos_token_id, tokenizer.pad_token_id
    read = pad_rows([[end, *ids[:at]] for ids, at in rows], pad_id=pad)
    batch = pad_rows([[end, *ids[at:], end] for ids, at in rows], pad_id=pad)
    labels = batch["input_ids"].masked_fill(batch["attention_mask"] == 0, IGNORE_INDEX)
    labels[:, 0] = IGNORE_INDEX
    return {"source": read["input_ids"], "source_mask": read["attention_mask"], **batch, "labels": labels}


def build(arm: str, seed: int = 0, recipe: Recipe = RECIPE):
    """An untrained model of an arm and its tokenizer: (model, tokenizer); its forward takes what `Texts` writes.

    Raises ValueError for an unknown arm.
    """
    split.check_arm(arm)
    tokenizer = gpt.build_tokenizer(words())
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        make = two_stacks if arm == "encoder-decoder" else gpt.build_model
        return make(recipe, tokenizer), tokenizer


def words() -> list[str]:
    """The words of the scenes that are split, in the order of the vocabulary."""
    language = only(*split.SCENES)
    used = {int(i) for s in language.scenes for t in s.templates for e in t.emissions for i in e.word_ids}
    return [word for i, word in enumerate(language.words) if i in used]


def two_stacks(recipe, tokenizer):
    """Half of the blocks read under no mask, half write and look across; one embedding for both.

    Source: Vaswani et al. 2017, "Attention Is All You Need", section 3.2.3 (the three uses of attention).
    """
    half = replace(recipe, layers=recipe.layers // 2)
    reader = gpt.build_model(half, tokenizer)
    writer = gpt.build_model(half, tokenizer, add_cross_attention=True)

    class TwoStacks(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.encoder, self.decoder = reader.transformer, writer
            self.encoder.wte = self.decoder.transformer.wte

        def forward(self, source, source_mask, use_cache=False, **target):
            seen = padding(source_mask).expand(-1, -1, source.shape[1], -1)  # every query sees every real key
            states = self.encoder(input_ids=source, attention_mask=to_additive(seen), use_cache=False)
            across = {"encoder_hidden_states": states.last_hidden_state, "encoder_attention_mask": source_mask}
            return self.decoder(**target, **across, use_cache=use_cache)

    return TwoStacks()


def train(arm: str, seed: int = 0, recipe: Recipe = RECIPE):
    """Train an arm from random weights: (model, scores: excess, curve, targets, parameters).

    excess: nats per word above the floor on held-out second halves; curve: [[words read, excess], ...]; targets: words
    and ends that were predicted while training; parameters: all, and those outside embeddings.
    """
    model, tokenizer = build(arm, seed, recipe)
    optimizer, words, targets, points = optimizer_for(model, recipe), 0, 0, []
    batches = stream(Chunks(replace(recipe, seed=seed), Texts(arm), tokenizer, _language()))
    for step, (_, _, batch) in zip(range(recipe.steps), batches):
        words, targets = words + batch.pop("words"), targets + int((batch["labels"][:, 1:] != IGNORE_INDEX).sum())
        for group in optimizer.param_groups:
            group["lr"] = learning_rate(recipe, step)
        model(**batch, use_cache=False).loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), recipe.clip)
        optimizer.step()
        optimizer.zero_grad()
        if step + 1 in (*POINTS, recipe.steps):
            points.append([words, excess(model, tokenizer, arm)])
    return model.eval(), {"excess": points[-1][1], "curve": points, "targets": targets, **sizes_of(model)}


def _language():
    """What the stream asks for documents: Tinytown, of the scenes that are cut alone."""
    return SimpleNamespace(documents=partial(tinytown.documents, language=only(*split.SCENES)))


def sizes_of(model) -> dict[str, int]:
    """Parameters of all kinds, and those of the blocks alone."""
    names = {name: weight.numel() for name, weight in model.named_parameters()}
    blocks = sum(number for name, number in names.items() if "wte" not in name and "wpe" not in name)
    return {"parameters": sum(names.values()), "block parameters": blocks}


def excess(model, tokenizer, arm: str, *, count: int = HELD_OUT, seed: int = 0) -> float:
    """Nats per word, ends counted, above the exact floor on the second halves of held-out texts."""
    texts, reader = split.held_out(count, seed), Texts(arm)
    reader.how = {**reader.how, **({"all_words": False} if "all_words" in reader.how else {})}
    total, words = -sum(floor for *_, floor in texts), 0
    with torch.no_grad():
        for some in in_batches(texts, 100):
            rows = [((tokenizer.convert_tokens_to_ids(list(t)), at), len(t) + 2) for t, at, _ in some]
            batch = reader.collate(rows, tokenizer=tokenizer)
            batch.pop("words")
            asked = int((batch["labels"][:, 1:] != IGNORE_INDEX).sum())
            total, words = total + asked * float(model(**batch, use_cache=False).loss), words + asked
    return total / words


def key(arm: str, seed: int, recipe: Recipe = RECIPE) -> dict:
    """The identity of a run's row; the seed stands beside the recipe, not in it."""
    made = {name: value for name, value in plain(recipe).items() if name != "seed"}
    return {"experiment": "cut", "arm": arm, "seed": seed, "recipe": made}
