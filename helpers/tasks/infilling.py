"""Zero-shot by a word in a gap: [MASK] for the encoder, the next word for the decoder, a sentinel or a mask for two
stacks. No weight changes; the same patterns for all."""

from __future__ import annotations

from helpers.measures import PATTERNS
from helpers.tasks.models import batches, fresh, solver, word_ids
from helpers.tasks.zero_shot import LABELS, filled

SENTINEL = "<extra_id_0>"


def cloze(task, name: str, train=(), *, seed: int = 0, recipe=None):
    """The encoder reads both sides of the gap: a Solver."""
    return solver(*fresh(name, "AutoModelForMaskedLM"), by_pattern(cloze_scores))


def next_word(task, name: str, train=(), *, seed: int = 0, recipe=None):
    """The decoder reads the pattern up to the gap: a Solver."""
    return solver(*fresh(name, "AutoModelForCausalLM"), by_pattern(next_scores))


def infill(task, name: str, train=(), *, seed: int = 0, recipe=None):
    """Two stacks: T5 writes the word after its sentinel, BART writes the whole text again: a Solver."""
    return solver(*fresh(name, "AutoModelForSeq2SeqLM"), by_pattern(infill_scores))


def by_pattern(scores):
    """One label for each pattern, which `scores(model, tokenizer, texts, pattern)` (texts, labels) puts first."""

    def answer(model, tokenizer, examples, seed=0):
        texts = [example.source for example in examples]
        best = [scores(model, tokenizer, texts, pattern).argmax(-1).tolist() for pattern in PATTERNS]
        return [tuple(LABELS[i] for i in row) for row in zip(*best)]

    return answer


def cloze_scores(model, tokenizer, texts, pattern):
    """Log-probabilities of the labels at [MASK]: (texts, labels)."""
    import torch

    from helpers.measures import gap_log_probs

    rows = gap_log_probs(model, tokenizer, [pattern.format(text=text) for text in texts])
    return torch.cat(rows)[:, tokenizer.convert_tokens_to_ids(list(LABELS))]


def next_scores(model, tokenizer, texts, pattern):
    """Log-probabilities of the labels after the part of the pattern that stands left of the gap: (texts, labels)."""
    import torch

    from helpers.measures import predictions

    labels, found = tokenizer.convert_tokens_to_ids(list(LABELS)), []
    for batch in batches([pattern.format(text=text).split("[MASK]")[0].strip() for text in texts]):
        encoded = tokenizer(batch, padding=True, padding_side="right", return_tensors="pt")
        last = encoded["attention_mask"].sum(1) - 1
        found.append(predictions(model, encoded)[torch.arange(len(batch)), last][:, labels])
    return torch.cat(found)


def infill_scores(model, tokenizer, texts, pattern):
    """Log-probability of what each label would make the decoder write, given the text with its gap: (texts, labels)."""
    import torch

    t5, columns = model.config.model_type == "t5", []
    gap = SENTINEL if t5 else "[MASK]"
    for label in LABELS:
        asked = [pattern.format(text=text).replace("[MASK]", gap) for text in texts]
        told = [f"{SENTINEL} {label}" if t5 else filled(text, pattern, label) for text in texts]
        parts = [target_log_probs(model, tokenizer, *zip(*batch)) for batch in batches(list(zip(asked, told)))]
        columns.append(torch.cat(parts))
    return torch.stack(columns, dim=-1)


def target_log_probs(model, tokenizer, asked, told):
    """Sum of the log-probabilities of each target given its source, in nats: (texts,)."""
    import torch

    from helpers.objectives.padding import IGNORE_INDEX, pad_rows
    from helpers.tasks.seq2seq import sources
    from helpers.tasks.task import Example

    batch = sources(tokenizer, model.config, [Example(text, None) for text in asked])
    targets = pad_rows([word_ids(tokenizer, text) for text in told], pad_id=tokenizer.pad_token_id)
    labels = targets["input_ids"].masked_fill(targets["attention_mask"] == 0, IGNORE_INDEX)
    with torch.no_grad():
        scores = model(**batch, labels=labels).logits.float().log_softmax(-1)
    picked = scores.gather(-1, targets["input_ids"][..., None])[..., 0]
    return (picked * targets["attention_mask"]).sum(1)
