"""A masked model at hidden words, beside the exact distributions of the same gaps, and at words that are not hidden."""

import numpy as np

from helpers import tinytown
from helpers.evaluation.divergence import loss_scores
from helpers.evaluation.drawing import checked, drawn
from helpers.evaluation.held_out import held_out_documents, in_batches, predictions
from helpers.evaluation.language import measured_language
from helpers.models.checks import name_unknown_words, require_masked_model, require_texts
from helpers.models.encoding import encode
from helpers.models.tokenizers import word_id_range
from helpers.transformer.checks import one_of


@drawn
def masked_problems(count: int, seed: int, rate: float, language) -> tuple:
    """Test documents with words hidden: (tokens, gaps, exact probabilities of the words in the gaps, (gaps, V))."""
    rng, problems = np.random.default_rng([seed, 700]), []
    for d in held_out_documents(count, seed, language):
        gaps = tinytown.draw_gaps(len(d.tokens), rate, rng)
        words = [None if t in gaps else word for t, word in enumerate(d.tokens)]
        weights = tinytown.Reading(words, language).gaps()[gaps]
        problems.append((d.tokens, tuple(gaps), weights / weights.sum(1, keepdims=True)))
    return tuple(problems)


def gap_log_probs(model, tokenizer, texts):
    """Log-probabilities at every [MASK] of every text: one tensor (masks, vocab) for each text.

    Words that the model has never read are named in one printed line.
    Raises TypeError for a bare string; ValueError for a model without a masked head, no [MASK], or a text too long.
    """
    require_masked_model(model, tokenizer)
    name_unknown_words(tokenizer, texts)
    return gap_rows(model, tokenizer, texts)


def gap_rows(model, tokenizer, texts):
    """`gap_log_probs` of a model and texts that were checked already."""
    found = []
    for batch in in_batches(require_texts(texts)):
        encoded = encode(tokenizer, batch, model=model)
        masked = encoded["input_ids"] == tokenizer.mask_token_id
        if not masked.any(1).all():
            text = batch[int((~masked.any(1)).nonzero()[0])]
            raise ValueError(f"a text has no {tokenizer.mask_token}: {text!r:.80}; write it where the answer is read")
        found += [row[where] for row, where in zip(predictions(model, encoded), masked, strict=True)]
    return found


def masked_excess(
    model,
    tokenizer,
    *,
    count: int = 500,
    seed: int = 0,
    rate: float = 0.15,
    without: str | None = None,
    language=None,
) -> dict:
    """Expected loss of a masked model at hidden words (pure [MASK]) of test documents, its floor, and the excess.

    `without` leaves one scene's documents out.
    """
    require_masked_model(model, tokenizer)
    language = measured_language(model, tokenizer, language)
    scenes = [d.scene for d in held_out_documents(count, seed, language)]
    if without is not None:
        one_of(without, "without", [scene.name for scene in language.scenes])
    problems = masked_problems(count, seed, rate, language)
    problems = [p for p, scene in zip(problems, scenes, strict=True) if scene != without]
    texts = [" ".join("[MASK]" if t in gaps else w for t, w in enumerate(tokens)) for tokens, gaps, _ in problems]
    columns = tokenizer.convert_tokens_to_ids(list(language.words))
    return loss_scores([probs for *_, probs in problems], gap_log_probs(model, tokenizer, texts), columns)


@checked
def unmasked_guesses(model, tokenizer, *, count=500, seed=0, rate=0.15, language=None):
    """What a masked model says where nothing is hidden, some words having been replaced by random ones.

    Returns three shares: `visible`, how often its best guess at an untouched word is that word; `repair`, how often its
    best guess at a replaced word is the word that stood there; and `clean`, as `visible` and at the same places, in the
    texts without a replaced word: what it loses to strange neighbours is the difference.
    """
    require_masked_model(model, tokenizer)
    language = measured_language(model, tokenizer, language)
    rng, words = np.random.default_rng([seed, 900]), tokenizer.convert_ids_to_tokens(range(*word_id_range(tokenizer)))
    right = {"visible": [], "repair": [], "clean": []}
    for batch in in_batches(held_out_documents(count, seed, language)):
        gaps = [set(tinytown.draw_gaps(len(d.tokens), rate, rng)) for d in batch]
        texts = [
            " ".join(str(rng.choice(words)) if t in swapped else word for t, word in enumerate(d.tokens))
            for d, swapped in zip(batch, gaps)
        ]
        for shown in (texts, [" ".join(d.tokens) for d in batch]):
            for d, swapped, guesses in zip(batch, gaps, _best_words(model, tokenizer, shown)):
                for t, (word, guess) in enumerate(zip(d.tokens, guesses)):
                    kind = "repair" if t in swapped else "visible"
                    if shown is texts or kind == "visible":
                        right[kind if shown is texts else "clean"].append(guess == word)
    return {name: float(np.mean(found)) for name, found in right.items()}


def _best_words(model, tokenizer, texts):
    """The best guess at each word of each text, and at what stands behind it."""
    scores = predictions(model, encode(tokenizer, texts, model=model))
    return [tokenizer.convert_ids_to_tokens(row.tolist()) for row in scores.argmax(-1)[:, 1:]]
