"""The best possible scores, by exact inference over the worlds that may have written a text.

For two texts a, b the optimum of the contrastive loss is the density ratio
    p(a, b) / (p(a) p(b)) = sum over worlds w of p(w | a) p(w | b) / p(w),
an inner product of two vectors with one number a world. So the exact optimum is a bi-encoder itself.

Source: van den Oord, Li and Vinyals 2018, "Representation learning with contrastive predictive coding", section 2.3.
"""

from __future__ import annotations

import numpy as np

from helpers import tinytown
from helpers.tasks.similarity import SCENES


def world_prior(scenes=SCENES) -> np.ndarray:
    """Probability of each world of these scenes before anything is read: (worlds,), sums to 1."""
    return np.concatenate(list(tinytown.world_prior(language=tinytown.only(*scenes)).values()))


def world_posteriors(texts, scenes=SCENES) -> np.ndarray:
    """Probability of each world once a text has been read: (texts, worlds), rows sum to 1.

    Raises ImpossibleTextError for a text that these scenes cannot write.
    """
    return np.stack([_posterior(text, scenes) for text in texts])


def _posterior(text, scenes):
    probs = tinytown.world_probs(text, language=tinytown.only(*scenes))
    return np.concatenate(list(probs.values())).astype(np.float32)


def exact_vectors(texts, scenes=SCENES) -> np.ndarray:
    """The optimal bi-encoder: p(w | text) / sqrt(p(w)) for each world, (texts, worlds)."""
    return (world_posteriors(texts, scenes) / np.sqrt(world_prior(scenes))).astype(np.float32)


def exact_scores(first, second, scenes=SCENES) -> np.ndarray:
    """Log of the density ratio of every text of `first` with every one of `second`: (first, second), in nats.

    Minus infinity where no world can have written both.
    """
    with np.errstate(divide="ignore"):
        return np.log(exact_vectors(first, scenes) @ exact_vectors(second, scenes).T).round(4)


def contrastive_floor(pairs, *, batch_size: int, scenes=SCENES) -> float:
    """The lowest mean contrastive loss on these batches of pairs that any score can be expected to have, in nats."""
    losses = []
    for start in range(0, len(pairs) - batch_size + 1, batch_size):
        scores = exact_scores(*zip(*pairs[start : start + batch_size]), scenes)
        best = scores.max(1)
        losses.append(np.log(np.exp(scores - best[:, None]).sum(1)) - (np.diag(scores) - best))
    return float(np.mean(losses))
