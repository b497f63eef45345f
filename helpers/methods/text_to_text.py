"""Text to text with two stacks: T5 and BART as they are, or an encoder that is given a decoder.

`with_decoder` puts course-bert's layers into both stacks and adds fresh cross-attention: the encoder "as part of a
sequence-to-sequence model".

Source: Raffel et al. 2020, "Exploring the Limits of Transfer Learning with a Unified Text-to-Text Transformer",
section 2.4; Rothe et al. 2020, "Leveraging Pre-trained Checkpoints for Sequence Generation Tasks" (BERT2BERT).
"""

from __future__ import annotations

import torch
from transformers import EncoderDecoderModel

from helpers.evaluation import in_batches
from helpers.methods.fine_tuned import BATCH, fresh, tuned, without_dropout, word_ids, words_of
from helpers.methods.prompting import prompt_of, written
from helpers.objectives.padding import IGNORE_INDEX, pad_rows
from helpers.tasks.task import check_training


def text_to_text(task, name: str, train, *, seed: int, recipe, watch=None):
    """Fine-tune an encoder-decoder to write the target of a source: a Predictor."""
    model, tokenizer = fresh(name, "AutoModelForSeq2SeqLM", seed=seed)
    return tune_pair(task, model, tokenizer, train, seed=seed, recipe=recipe, watch=watch)


def with_decoder(task, name: str, train, *, seed: int, recipe, watch=None):
    """Fine-tune an encoder that has been given a decoder: a Predictor."""
    model, tokenizer = two_stacks(name, seed=seed)
    return tune_pair(task, model, tokenizer, train, seed=seed, recipe=recipe, watch=watch)


def two_stacks(name: str, *, seed: int = 0):
    """course-bert as encoder and, with a causal mask and fresh cross-attention, as decoder: (model, tokenizer)."""
    encoder, tokenizer = fresh(name, "BertModel", seed=seed, add_pooling_layer=False)
    decoder, _ = fresh(name, "BertLMHeadModel", seed=seed, is_decoder=True, add_cross_attention=True)
    model = EncoderDecoderModel(encoder=encoder, decoder=decoder)
    for config in (model.config, model.generation_config):
        config.decoder_start_token_id, config.pad_token_id = tokenizer.cls_token_id, tokenizer.pad_token_id
        config.eos_token_id = tokenizer.sep_token_id
    return without_dropout(model).eval(), tokenizer


def tune_pair(task, model, tokenizer, train, *, seed: int, recipe, watch=None):
    """Fine-tune any model that takes a source and labels: a Predictor."""
    check_training(task, train)
    collate = source_target_batches(tokenizer, model.config)
    how = {"seed": seed, "recipe": recipe, "watch": watch}
    return tuned(model, tokenizer, train, collate=collate, answer=decoded(task), **how)


def sources(tokenizer, config, examples):
    """Batch of sources as the tokenizer writes them, with the model's end mark at the end.

    Raises ValueError for an empty source, or one that is longer than the model reads; the message says which.
    """
    texts = [prompt_of(example) for example in examples]
    if not all(text.strip() for text in texts):
        raise ValueError(f"example {[not t.strip() for t in texts].index(True)} has an empty source; leave it out")
    rows = [tokenizer(text)["input_ids"] for text in texts]
    rows = [row if row[-1] == config.eos_token_id else [*row, config.eos_token_id] for row in rows]
    return pad_rows(rows, pad_id=tokenizer.pad_token_id, max_length=tokenizer.model_max_length)


def source_target_batches(tokenizer, config):
    """A function that writes sources for the encoder and targets as labels (-100 on padding); the model shifts them."""

    def collate(examples):
        rows = [[*word_ids(tokenizer, str(e.target)), config.eos_token_id] for e in examples]
        targets = pad_rows(rows, pad_id=tokenizer.pad_token_id)
        labels = targets["input_ids"].masked_fill(targets["attention_mask"] == 0, IGNORE_INDEX)
        return {**sources(tokenizer, config, examples), "labels": labels}

    return collate


def decoded(task):
    """How two stacks answer: the decoder writes, most probable word first or, if the task says so, drawn."""

    def answer(model, tokenizer, examples, seed=0):
        found, end_id = [], model.config.eos_token_id
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            for batch in in_batches(examples, BATCH):
                encoded = sources(tokenizer, model.config, batch)
                rows = written(model, encoded, end_id=end_id, tokenizer=tokenizer, sampled=task.sampled)
                found += [words_of(tokenizer, row[1:], end_id=end_id) for row in rows]  # the first is the start mark
        return found

    return answer
