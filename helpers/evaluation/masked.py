"""A masked model at hidden words, beside the floor of the same gaps, and at words that are not hidden."""

import functools

import numpy as np

from helpers import tinytown
from helpers.evaluation.held_out import held_out_documents, in_batches, predictions
from helpers.models.tokenizers import word_id_range


@functools.cache
def masked_problems(count: int, seed: int, rate: float) -> tuple:
    """Test documents with 15 % of the words hidden: (tokens, gaps, exact losses at the gaps)."""
    rng, problems = np.random.default_rng([seed, 700]), []
    for d in held_out_documents(count, seed):
        gaps = tuple(tinytown.draw_gaps(len(d.tokens), rate, rng))
        problems.append((d.tokens, gaps, tinytown.masked_losses(d.tokens, gaps)))
    return tuple(problems)


def gap_log_probs(model, tokenizer, texts):
    """Log-probabilities at every [MASK] of every text: one tensor (masks, vocab) for each text."""
    found = []
    for batch in in_batches(texts):
        encoded = tokenizer(batch, padding=True, return_tensors="pt")
        scores = predictions(model, encoded)
        masked = encoded["input_ids"] == tokenizer.mask_token_id
        found += [row[where] for row, where in zip(scores, masked, strict=True)]
    return found


def masked_excess(
    model, tokenizer, *, count: int = 500, seed: int = 0, rate: float = 0.15, without: str | None = None
) -> dict:
    """Loss of a masked model at hidden words (pure [MASK]), the exact floor of the same gaps, and the difference.

    `without` leaves one scene's documents out.
    """
    scenes = [d.scene for d in held_out_documents(count, seed)]
    problems = [p for p, scene in zip(masked_problems(count, seed, rate), scenes, strict=True) if scene != without]
    texts = [" ".join("[MASK]" if t in gaps else w for t, w in enumerate(tokens)) for tokens, gaps, _ in problems]
    losses = [
        -scores[range(len(gaps)), tokenizer.convert_tokens_to_ids([tokens[t] for t in gaps])].numpy()
        for scores, (tokens, gaps, _) in zip(gap_log_probs(model, tokenizer, texts), problems, strict=True)
    ]
    loss, floor = (float(np.concatenate(part).mean()) for part in (losses, [p[2] for p in problems]))
    return {"loss": loss, "floor": floor, "excess": loss - floor}


def unmasked_guesses(model, tokenizer, *, count=500, seed=0, rate=0.15):
    """What a masked model says where nothing is hidden, some words having been replaced by random ones.

    Returns two shares: `visible`, how often its best guess at an untouched word is that word, and `repair`, how often
    its best guess at a replaced word is the word that stood there.
    """
    rng, words = np.random.default_rng([seed, 900]), tokenizer.convert_ids_to_tokens(range(*word_id_range(tokenizer)))
    right = {"visible": [], "repair": []}
    for batch in in_batches(held_out_documents(count, seed)):
        gaps = [set(tinytown.draw_gaps(len(d.tokens), rate, rng)) for d in batch]
        texts = [
            " ".join(str(rng.choice(words)) if t in swapped else word for t, word in enumerate(d.tokens))
            for d, swapped in zip(batch, gaps)
        ]
        scores = predictions(model, tokenizer(texts, padding=True, return_tensors="pt"))
        for d, swapped, row in zip(batch, gaps, scores.argmax(-1)[:, 1:]):
            for t, (word, guess) in enumerate(zip(d.tokens, tokenizer.convert_ids_to_tokens(row.tolist()))):
                right["repair" if t in swapped else "visible"].append(guess == word)
    return {name: float(np.mean(found)) for name, found in right.items()}
