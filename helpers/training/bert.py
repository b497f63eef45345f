"""course-bert: masked language modelling on single texts and on pairs, next sentence prediction on the pairs.

Source: Devlin et al. 2019, "BERT", section 3.1. Our departures: half of the documents are read whole, without a pair;
and a recipe may ask for a curriculum phase of texts of one scene with a fact hidden.
"""

from __future__ import annotations

import torch
from torch.nn.functional import cross_entropy
from transformers import BertConfig, BertForPreTraining

from helpers.models.tokenizers import build_tokenizer, word_id_range  # noqa: F401  (build_tokenizer: part of the family)
from helpers.objectives.masked_lm import masked_lm_batch
from helpers.objectives.next_sentence import make_pairs
from helpers.objectives.padding import IGNORE_INDEX, pad_rows


def build_model(recipe, tokenizer, *, attention="sdpa"):
    """A BertForPreTraining of the recipe's size, weights drawn from torch's global generator; no dropout."""
    config = BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=recipe.d_model,
        num_hidden_layers=recipe.layers,
        num_attention_heads=recipe.heads,
        intermediate_size=recipe.feed_forward,
        max_position_embeddings=recipe.positions,
        hidden_act="gelu",
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
        pad_token_id=tokenizer.pad_token_id,
        attn_implementation=attention,
    )
    return BertForPreTraining(config)


def examples(documents, *, recipe, tokenizer, generator):
    """One (ids, length of the row, start of the second segment, next-sentence label, ()) for each document.

    Documents with at least two sentences become pairs with probability `pair_share`; the rest stay whole, label -100.
    """
    vocabulary = tokenizer.get_vocab()
    ids = [_sentences(d, vocabulary) for d in documents]
    draws = torch.rand(len(ids), generator=generator).tolist()
    paired = [len(d) > 1 and draw < recipe.pair_share for d, draw in zip(ids, draws)]
    whole = [_whole(d, tokenizer) for d, is_pair in zip(ids, paired) if not is_pair]
    to_split = [d for d, is_pair in zip(ids, paired) if is_pair]
    if len(to_split) < 2:  # no partner to swap with
        return whole + [_whole(d, tokenizer) for d in to_split]
    return whole + [_pair(pair, tokenizer) for pair in make_pairs(to_split, generator)]


def _sentences(document, vocabulary):
    return [tuple(vocabulary[word] for word in sentence) for sentence in document.sentences]


def _whole(sentences, tokenizer):
    row = [tokenizer.cls_token_id, *(i for sentence in sentences for i in sentence), tokenizer.sep_token_id]
    return row, len(row), len(row), IGNORE_INDEX, ()


def _pair(pair, tokenizer):
    head = [tokenizer.cls_token_id, *pair.first, tokenizer.sep_token_id]
    row = [*head, *pair.second, tokenizer.sep_token_id]
    return row, len(row), len(head), pair.label, ()


def phase_examples(documents, *, facts_only, recipe, tokenizer, generator):
    """Rows of a curriculum phase as `examples` makes them, of whole texts; last, places to be asked for, by chance.

    One is a fact, such as a list's label, whose answer is certain once it is understood; another, unless `facts_only`,
    follows from a fact. Ordinary masking asks such words too, but a rare kind of text is then a few questions among
    hundreds in a batch.
    Source: the easier questions first, as in Bengio et al. 2009, "Curriculum learning".
    """
    vocabulary, rows = tokenizer.get_vocab(), []
    for document, draws in zip(documents, torch.rand(len(documents), 2, generator=generator).tolist()):
        slots = [(place, slot) for place, slot in enumerate(document.slots, start=1) if slot]
        facts = [place for place, slot in slots if slot in document.facts]
        follow = [] if facts_only else [place for place, slot in slots if slot not in document.facts]
        *row, _ = _whole(_sentences(document, vocabulary), tokenizer)
        asked = tuple(places[int(draw * len(places))] for places, draw in zip((facts, follow), draws) if places)
        rows.append((*row, asked))
    return rows


def collate(rows, *, recipe, tokenizer, generator, width=None):
    """Pad examples, mark the second segment, and mask tokens: a batch for `loss`, plus the number of words in it."""
    ids = [row for row, *_ in rows]
    batch = pad_rows(ids, pad_id=tokenizer.pad_token_id, max_length=recipe.positions, width=width)
    second, related = (torch.tensor(column) for column in list(zip(*rows))[2:4])
    positions = torch.arange(batch["input_ids"].shape[1])
    batch["token_type_ids"] = ((positions >= second[:, None]) & (batch["attention_mask"] == 1)).long()
    batch["next_sentence_label"] = related
    special = tokenizer.all_special_ids
    batch["words"] = (~torch.isin(batch["input_ids"], torch.tensor(special))).sum()
    masked = masked_lm_batch(
        batch,
        special,
        generator=generator,
        mask_id=tokenizer.mask_token_id,
        word_ids=word_id_range(tokenizer),
        rate=recipe.mask_rate,
        mix=recipe.mix,
    )
    asked = torch.zeros_like(batch["input_ids"], dtype=torch.bool)  # (batch, position): the places of a phase
    for row, (*_, places) in enumerate(rows):
        asked[row, list(places)] = True
    in_phase = {
        "input_ids": torch.where(asked, tokenizer.mask_token_id, batch["input_ids"]),
        "labels": torch.where(asked, batch["input_ids"], IGNORE_INDEX),
    }
    from_phase = asked.any(dim=1, keepdim=True)
    return masked | {name: torch.where(from_phase, value, masked[name]) for name, value in in_phase.items()}


def losses(model, batch):
    """Mean masked-LM loss and mean next-sentence loss, in nats; equal to transformers' own sum when both are asked for.

    The vocabulary is scored at the chosen positions only, which saves most of the output layer's work.
    """
    inputs = {name: batch[name] for name in ("input_ids", "attention_mask", "token_type_ids")}
    hidden = model.bert(**inputs)
    chosen = batch["labels"] != IGNORE_INDEX
    scores = model.cls.predictions(hidden.last_hidden_state[chosen]).float()  # (chosen, vocab)
    relation = model.cls.seq_relationship(hidden.pooler_output).float()  # (batch, 2)
    asked = batch["next_sentence_label"] != IGNORE_INDEX
    masked = cross_entropy(scores, batch["labels"][chosen], reduction="sum") / chosen.sum().clamp(min=1)
    following = cross_entropy(relation, batch["next_sentence_label"], reduction="sum") / asked.sum().clamp(min=1)
    return {"masked_lm": masked, "next_sentence": following}


def validation(documents, *, recipe, tokenizer, language):
    """A fixed batch with 15 % of the words hidden behind [MASK], and the least loss that exact inference allows on it.

    Returns (batch, floor in nats per hidden word): the floor is the mean of -log P(word | everything else visible).
    """
    generator = torch.Generator().manual_seed(recipe.seed)
    rows = [_whole([tokenizer.convert_tokens_to_ids(list(d.tokens))], tokenizer)[0] for d in documents]
    batch = pad_rows(rows, pad_id=tokenizer.pad_token_id, max_length=recipe.positions)
    batch["token_type_ids"] = torch.zeros_like(batch["input_ids"])
    batch["next_sentence_label"] = torch.full((len(rows),), IGNORE_INDEX)
    batch = masked_lm_batch(
        batch,
        tokenizer.all_special_ids,
        generator=generator,
        mask_id=tokenizer.mask_token_id,
        word_ids=word_id_range(tokenizer),
        mix=(1.0, 0.0, 0.0),
    )
    surprises = []
    for document, labels in zip(documents, batch["labels"][:, 1:]):
        gaps = (labels[: len(document.tokens)] != IGNORE_INDEX).nonzero().flatten().tolist()
        surprises += list(language.masked_losses(document.tokens, gaps)) if gaps else []
    return batch, sum(surprises) / len(surprises)
