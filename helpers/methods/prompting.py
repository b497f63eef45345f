"""Text to text with a decoder: source and target in one line, trained to write the target, asked to go on.

The loss counts the target and the end mark alone.

Source: Radford et al. 2019, "Language Models are Unsupervised Multitask Learners", section 3 (tasks as continuations).
"""

from __future__ import annotations

import torch

from helpers.evaluation import in_batches
from helpers.methods.fine_tuned import BATCH, fresh, tuned, word_ids, words_of
from helpers.models.course import quiet
from helpers.objectives.padding import IGNORE_INDEX, pad_rows
from helpers.tasks.task import check_training

ROOM = 40  # new tokens at most


def prompt_of(example) -> str:
    """What stands before the answer: the source, or a passage and then the question about it.

    >>> from helpers.tasks.task import Example
    >>> prompt_of(Example("who sat ?", "the cat", "the cat sat .", (0, 1)))
    'the cat sat . who sat ?'
    """
    return f"{example.second} {example.source}" if example.second else example.source


def prompt(task, name: str, train, *, seed: int, recipe, watch=None):
    """Fine-tune a decoder to continue prompts: a Predictor."""
    check_training(task, train)
    model, tokenizer = fresh(name, "AutoModelForCausalLM", seed=seed)
    collate, answer = prompt_batches(tokenizer), continuations(task)
    return tuned(model, tokenizer, train, collate=collate, answer=answer, seed=seed, recipe=recipe, watch=watch)


def prompt_batches(tokenizer):
    """A function that writes examples as `<|endoftext|> prompt target <|endoftext|>`; labels are -100 on the prompt."""

    def collate(examples):
        asked = [[tokenizer.bos_token_id, *word_ids(tokenizer, prompt_of(e))] for e in examples]
        told = [[*word_ids(tokenizer, e.target), tokenizer.eos_token_id] for e in examples]
        batch = pad_rows([a + t for a, t in zip(asked, told)], pad_id=tokenizer.pad_token_id)
        labels = batch["input_ids"].masked_fill(batch["attention_mask"] == 0, IGNORE_INDEX)
        before = torch.arange(labels.shape[1]) < torch.tensor([len(a) for a in asked])[:, None]
        return {**batch, "labels": labels.masked_fill(before, IGNORE_INDEX)}

    return collate


def continuations(task):
    """How a decoder answers: it goes on after the prompt, most probable word first or, if the task says so, drawn."""

    def answer(model, tokenizer, examples, seed=0):
        found = []
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            for batch in in_batches(examples, BATCH):
                texts = [prompt_of(example) for example in batch]
                encoded = tokenizer(texts, padding=True, padding_side="left", return_tensors="pt")
                rows = written(model, encoded, end_id=tokenizer.eos_token_id, tokenizer=tokenizer, sampled=task.sampled)
                width = encoded["input_ids"].shape[1]
                found += [words_of(tokenizer, row[width:], end_id=tokenizer.eos_token_id) for row in rows]
        return found

    return answer


def written(model, encoded, *, end_id: int, tokenizer, sampled: bool):
    """`generate` with nothing cut off and one beam, and at least one word: ids (batch, position).

    No task's answer is empty; an end as the first token would be drawn often, since a text may end anywhere.
    """
    how = {"do_sample": True, "top_k": 0, "top_p": 1.0, "temperature": 1.0} if sampled else {"do_sample": False}
    with quiet():
        return model.generate(
            **encoded,
            **how,
            num_beams=1,
            min_new_tokens=1,
            max_new_tokens=ROOM,
            eos_token_id=end_id,
            pad_token_id=tokenizer.pad_token_id,
        )
