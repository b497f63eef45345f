"""course-bert: masked language modelling on single texts and on pairs, next sentence prediction on the pairs.

Source: Devlin et al. 2019, "BERT", section 3.1. Our departure: half of the documents are read whole, without a pair.
"""

from __future__ import annotations

import torch
from torch.nn.functional import cross_entropy
from transformers import BertConfig, BertForPreTraining

from helpers.models.tokenizers import build_tokenizer, word_id_range  # noqa: F401  (build_tokenizer: part of the family)
from helpers.objectives.masked_lm import fewer_labels, masked_lm_batch
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


def examples(documents, salient, *, recipe, tokenizer, generator):
    """One (ids, start of the second segment, next-sentence label, salient places) for each document, in order.

    Documents of at least two sentences become pairs with probability `pair_share`, their second part often another's;
    the rest stay whole, label -100. `salient` holds for each document the places of the words to hide: such a document
    stays whole, and nothing else is hidden in it; where there are none the masks are drawn.
    """
    vocabulary = tokenizer.get_vocab()
    ids = [_sentences(d, vocabulary) for d in documents]
    draws = torch.rand(len(ids), generator=generator).tolist()
    rows = [_whole(d, tokenizer, salient=places) for d, places in zip(ids, salient, strict=True)]
    paired = [i for i, d in enumerate(ids) if len(d) > 1 and not salient[i] and draws[i] < recipe.pair_share]
    if len(paired) > 1:  # there is a partner to swap with
        made = make_pairs([ids[i] for i in paired], generator, random_share=recipe.random_share)
        pairs = dict(zip(paired, made))
        rows = [_pair(pairs[i], tokenizer) if i in pairs else row for i, row in enumerate(rows)]
    return rows


def _sentences(document, vocabulary):
    return [tuple(vocabulary[word] for word in sentence) for sentence in document.sentences]


def _whole(sentences, tokenizer, *, salient=()):
    row = [tokenizer.cls_token_id, *(i for sentence in sentences for i in sentence), tokenizer.sep_token_id]
    return row, len(row), IGNORE_INDEX, tuple(place + 1 for place in salient)


def _pair(pair, tokenizer):
    head = [tokenizer.cls_token_id, *pair.first, tokenizer.sep_token_id]
    return [*head, *pair.second, tokenizer.sep_token_id], len(head), pair.label, ()


def collate(rows, *, recipe, tokenizer, generator, width=None):
    """Pad examples, mark the second segment, and mask tokens: a batch for `loss`, plus the number of words in it."""
    ids = [row for row, *_ in rows]
    batch = pad_rows(ids, pad_id=tokenizer.pad_token_id, max_length=recipe.positions)
    second, related = (torch.tensor(column) for column in list(zip(*rows))[1:3])
    positions = torch.arange(batch["input_ids"].shape[1])
    batch["token_type_ids"] = ((positions >= second[:, None]) & (batch["attention_mask"] == 1)).long()
    batch["next_sentence_label"] = related if recipe.next_sentence_loss else torch.full_like(related, IGNORE_INDEX)
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
    if recipe.scored_rate:
        share = min(1.0, recipe.scored_rate / recipe.mask_rate)
        masked["labels"] = fewer_labels(masked["labels"], generator=generator, share=share)
    salient = torch.zeros_like(batch["input_ids"], dtype=torch.bool)  # (batch, position)
    for row, (*_, places) in enumerate(rows):
        salient[row, list(places)] = True
    by_choice = {
        "input_ids": torch.where(salient, tokenizer.mask_token_id, batch["input_ids"]),
        "labels": torch.where(salient, batch["input_ids"], IGNORE_INDEX),
    }
    chosen = salient.any(dim=1, keepdim=True)
    return masked | {name: torch.where(chosen, value, masked[name]) for name, value in by_choice.items()}


def losses(model, batch):
    """Mean masked-LM loss and mean next-sentence loss, in nats; equal to transformers' own sum when both are asked for.

    The vocabulary is scored at the chosen positions only, and long rows are read apart from short ones, which saves
    most of the output layer's work and of the padding.
    """
    inputs = {name: batch[name] for name in ("input_ids", "attention_mask", "token_type_ids")}
    hidden, pooled, labels, related = [], [], [], []
    for rows, width in parts(batch["attention_mask"].sum(dim=1).tolist()):
        read = model.bert(**{name: value[rows, :width] for name, value in inputs.items()})
        asked = batch["labels"][rows, :width]
        hidden.append(read.last_hidden_state[asked != IGNORE_INDEX])
        labels.append(asked[asked != IGNORE_INDEX])
        pooled.append(read.pooler_output)
        related.append(batch["next_sentence_label"][rows])
    hidden, pooled, labels, related = (torch.cat(found) for found in (hidden, pooled, labels, related))
    scores = model.cls.predictions(rounded_up(hidden)).float()[: len(hidden)]  # (chosen, vocab)
    relation = model.cls.seq_relationship(pooled).float()  # (batch, 2)
    masked = cross_entropy(scores, labels, reduction="sum") / max(1, len(labels))
    following = cross_entropy(relation, related, reduction="sum")
    return {"masked_lm": masked, "next_sentence": following / (related != IGNORE_INDEX).sum().clamp(min=1)}


def parts(lengths, *, multiple=16):
    """Rows to be read together, as (row numbers, width), so that short and long ones need little padding in all.

    >>> parts([3, 9, 3, 4], multiple=1)
    [([0, 2, 3], 4), ([1], 9)]
    >>> parts([5, 5, 5, 5], multiple=1)
    [([0, 1, 2, 3], 5)]

    One cut at most, after a multiple of rows: few different shapes, for each of which kernels must be prepared.
    """
    order = sorted(range(len(lengths)), key=lambda row: lengths[row])
    longest = lengths[order[-1]]
    cuts = range(multiple, len(order), multiple)
    best = min(cuts, key=lambda cut: cut * (lengths[order[cut - 1]] - longest), default=0)
    groups = [order[:best], order[best:]] if best and lengths[order[best - 1]] < longest else [order]
    return [(sorted(group), max(lengths[row] for row in group)) for group in groups]


def rounded_up(rows, *, multiple=64):
    """Rows of numbers, zeros below until there is a multiple of so many: few different shapes, as in `parts`."""
    return torch.nn.functional.pad(rows, (0, 0, 0, -len(rows) % multiple))


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
