"""Text to text with an encoder alone: a canvas of [MASK] after the source, filled word by word or a few at a time.

Fine-tuning hides a part of the target: one half of the examples a random set of words, of a size drawn uniformly, the
other half everything from a random word on. The place after the last word, and every place after it, holds the end
mark, so that the model decides how long its text is. Then two ways of filling: from left to right, one word a step;
and mask-predict, all words at once and the least certain ones again, `ROUNDS` times.

Source: Ghazvininejad et al. 2019, "Mask-Predict", sections 2 and 3 (there the length is predicted by a token of its
own); Wang and Cho 2019, "BERT has a Mouth, and It Must Speak".
"""

from __future__ import annotations

import torch

from helpers.evaluation import in_batches
from helpers.methods.fine_tuned import BATCH, fresh, tuned, word_ids, words_of
from helpers.methods.prompting import prompt_of
from helpers.models.tokenizers import END_OF_TEXT
from helpers.objectives.padding import IGNORE_INDEX, pad_rows
from helpers.tasks.task import check_training

ROUNDS = 10


def filling(task, name: str, train, *, seed: int, recipe, watch=None):
    """Fine-tune a masked model to fill canvases: a Predictor that fills from left to right."""
    check_training(task, train)
    model, tokenizer = fresh(name, "AutoModelForMaskedLM", seed=seed)
    size = 1 + max(len(word_ids(tokenizer, example.target)) for example in train)
    collate = canvas_batches(tokenizer, size=size, generator=torch.Generator().manual_seed(seed))
    model.canvas = size
    how = {"seed": seed, "recipe": recipe, "watch": watch}
    return tuned(model, tokenizer, train, collate=collate, answer=left_to_right(task), **how)


def canvas_batches(tokenizer, *, size: int, generator):
    """A function that writes examples as `[CLS] source canvas [SEP]` with a part of the target hidden and asked for."""
    end_id = tokenizer.convert_tokens_to_ids(END_OF_TEXT)

    def collate(examples):
        targets = [word_ids(tokenizer, e.target) for e in examples]
        targets = torch.tensor([t + [end_id] * (size - len(t)) for t in targets])  # (batch, size)
        hidden = hidden_places(targets.shape, generator=generator)
        shown = targets.masked_fill(hidden, tokenizer.mask_token_id)
        batch, places = laid_out(tokenizer, [prompt_of(e) for e in examples], shown)
        labels = torch.full_like(batch["input_ids"], IGNORE_INDEX)
        return {**batch, "labels": labels.scatter(1, places, targets.masked_fill(~hidden, IGNORE_INDEX))}

    return collate


def hidden_places(shape, *, generator):
    """True where a target is hidden: a random set in every other row, everything from a random place on in the others.

    >>> import torch
    >>> hidden_places((4, 5), generator=torch.Generator().manual_seed(0)).any(1).all().item()
    True
    """
    rows, size = shape
    count = torch.randint(1, size + 1, (rows, 1), generator=generator)
    rank = torch.rand(shape, generator=generator).argsort(1).argsort(1)
    suffix = torch.arange(size) >= size - count
    return torch.where(torch.arange(rows)[:, None] % 2 == 0, rank < count, suffix)


def laid_out(tokenizer, sources, canvas):
    """Batch of `[CLS] source canvas [SEP]` and where the canvas stands in each row: (batch, places (batch, size)).

    Raises ValueError when a source and its canvas are longer than the model reads.
    """
    rows = [[tokenizer.cls_token_id, *word_ids(tokenizer, source)] for source in sources]
    places = torch.tensor([len(row) for row in rows])[:, None] + torch.arange(canvas.shape[1])
    full = [row + c + [tokenizer.sep_token_id] for row, c in zip(rows, canvas.tolist())]
    return pad_rows(full, pad_id=tokenizer.pad_token_id, max_length=tokenizer.model_max_length), places


def canvas_probs(model, tokenizer, sources, canvas):
    """Probability of each token at each place of the canvas, no end at the first: (batch, size, vocab)."""
    batch, places = laid_out(tokenizer, sources, canvas)
    with torch.no_grad():
        logits = model(**batch).logits.float()
    logits = logits.gather(1, places[..., None].expand(-1, -1, logits.shape[-1]))
    logits[:, 0, tokenizer.convert_tokens_to_ids(END_OF_TEXT)] = -torch.inf  # no task's answer is empty
    return logits.softmax(-1)


def chosen(probs, sampled: bool):
    """One token a place, the most probable one or one that is drawn: ids like probs without its last axis."""
    if not sampled:
        return probs.argmax(-1)
    return torch.multinomial(probs.flatten(0, -2), 1).view(probs.shape[:-1])


def left_to_right(task):
    """Fill the first place with all others hidden, then the second, and so on; the end mark ends a text."""

    def fill(model, tokenizer, sources, canvas):
        end_id = tokenizer.convert_tokens_to_ids(END_OF_TEXT)
        for place in range(canvas.shape[1]):
            picked = chosen(canvas_probs(model, tokenizer, sources, canvas)[:, place], task.sampled)
            canvas[:, place] = picked.masked_fill((canvas[:, :place] == end_id).any(1), end_id)
            if (canvas[:, : place + 1] == end_id).any(1).all():
                break
        return canvas

    return filling_by(fill)


def mask_predict(task, *, rounds: int = ROUNDS):
    """Fill all places at once; then hide the least certain ones again and fill these, fewer in each round."""

    def fill(model, tokenizer, sources, canvas):
        size, sure = canvas.shape[1], torch.zeros(canvas.shape)
        for step in range(rounds):
            hidden = sure.argsort(1).argsort(1) < max(1, size * (rounds - step) // rounds)
            canvas = canvas.masked_fill(hidden, tokenizer.mask_token_id)
            probs = canvas_probs(model, tokenizer, sources, canvas)
            picked = chosen(probs, task.sampled)
            canvas = torch.where(hidden, picked, canvas)
            sure = torch.where(hidden, probs.gather(-1, picked[..., None])[..., 0], sure)
        return canvas

    return filling_by(fill)


def filling_by(fill):
    """An answer from `fill(model, tokenizer, sources, empty canvas) -> full canvas`."""

    def answer(model, tokenizer, examples, seed=0):
        end_id, found = tokenizer.convert_tokens_to_ids(END_OF_TEXT), []
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            for batch in in_batches(examples, BATCH):
                empty = torch.full((len(batch), model.canvas), tokenizer.mask_token_id)
                rows = fill(model, tokenizer, [prompt_of(e) for e in batch], empty)
                found += [words_of(tokenizer, row, end_id=end_id) for row in rows]
        return found

    return answer
