"""Pairs of texts: does the second follow the first?"""

import numpy as np
import torch

from helpers import tinytown
from helpers.evaluation.drawing import drawn
from helpers.evaluation.expected import choice_scores
from helpers.evaluation.held_out import in_batches, parameters, require_numbers
from helpers.evaluation.language import measured_language
from helpers.models.checks import name_unknown_words, require_next_sentence_model
from helpers.models.encoding import encode
from helpers.transformer.checks import listed, whole


@drawn
def pair_problems(count: int, seed: int, language=None) -> tuple:
    """Held-out pairs, no two alike, every other one a real continuation: (A, B, follows, exact probability of it)."""
    rng = np.random.default_rng([seed, 800])
    drawn = tinytown.distinct_documents(
        6 * whole(count, "count", least=1), split="test", seed=[seed, 801], language=language
    )
    pool, problems = [d for d in drawn if len(d.sentences) > 1], {}
    for first, other in zip(pool, reversed(pool), strict=True):
        cuts = [(d.sentences, int(rng.integers(1, len(d.sentences)))) for d in (first, other)]
        follows = len(problems) % 2 == 0
        sentences, cut = cuts[0]
        rest, place = cuts[0 if follows else 1]
        sides = sentences[:cut], rest[place:]
        key = tuple(" ".join(word for sentence in side for word in sentence) for side in sides)
        if key not in problems and len(problems) < count:
            problems[key] = follows, tinytown.next_sentence_prob(*sides, language=language)
    return tuple((*sides, *answer) for sides, answer in problems.items())


def follows_log_probs(model, tokenizer, pairs):
    """Log-probabilities that B follows A and that it does not, by the next-sentence head, for (A, B, ...): (pairs, 2).

    The columns are those of transformers: label 0 means that B follows.
    Raises TypeError for a bare string; ValueError for a model without that head, or a pair too long.
    """
    require_next_sentence_model(model, tokenizer)
    found = []
    pairs = [listed(pair, "a pair", least=2, of="texts") for pair in listed(pairs, "pairs", of="pairs (A, B)")]
    name_unknown_words(tokenizer, [text for pair in pairs for text in pair[:2]])
    for batch in in_batches(pairs):
        encoded = encode(tokenizer, [a for a, *_ in batch], [b for _, b, *_ in batch], model=model)
        device = next((weight.device for weight in parameters(model)), "cpu")
        with torch.no_grad():
            output = model(**{name: value.to(device) for name, value in encoded.items()})
        found.append(require_numbers(model, output.seq_relationship_logits.float().log_softmax(-1).cpu()))
    return torch.cat(found)


def follows_probs(model, tokenizer, pairs) -> np.ndarray:
    """Probability that B follows A by the next-sentence head, for (A, B, ...) pairs: (pairs,)."""
    return follows_log_probs(model, tokenizer, pairs)[:, 0].exp().numpy()


def next_sentence(model, tokenizer, *, count: int = 500, seed: int = 0, language=None) -> dict:
    """The next-sentence head on held-out pairs, beside the exact answer to the same pairs: as `choice_scores`."""
    require_next_sentence_model(model, tokenizer)
    problems = pair_problems(count, seed, measured_language(model, tokenizer, language))
    follows = np.array([probability for *_, probability in problems])
    return choice_scores(follows_log_probs(model, tokenizer, problems).numpy(), np.stack([follows, 1 - follows], 1))
