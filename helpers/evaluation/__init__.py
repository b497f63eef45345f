"""What a course model can do, each measure beside the exact optimum on the same examples.

Every function takes (model, tokenizer), runs without dropout or gradients, and returns a dict of plain numbers; losses
are in nats per predicted token, accuracies are shares.  The documents are held-out ones, drawn by seed.
"""

from helpers.evaluation.causal import (
    causal_excess,
    causal_floor,
    causal_losses,
    is_valid,
    next_word_log_probs,
    valid_samples,
)
from helpers.evaluation.held_out import documents_of, gather, held_out_documents, in_batches, predictions
from helpers.evaluation.lists import k_shot, list_cloze, list_problems
from helpers.evaluation.masked import gap_log_probs, masked_excess, masked_problems, unmasked_guesses
from helpers.evaluation.pairs import follows_probs, next_sentence, pair_problems
from helpers.evaluation.prompts import PAIR_PROBES, PATTERNS, PROBES, probes, review_problems, zero_shot_pet
from helpers.evaluation.text_to_text import (
    denoising_excess,
    noised_problems,
    span_excess,
    span_problems,
    target_losses,
    written_log_probs,
)

__all__ = [
    "PAIR_PROBES",
    "PATTERNS",
    "PROBES",
    "abilities",
    "causal_excess",
    "causal_floor",
    "causal_losses",
    "denoising_excess",
    "documents_of",
    "follows_probs",
    "gather",
    "gap_log_probs",
    "held_out_documents",
    "in_batches",
    "is_valid",
    "k_shot",
    "list_cloze",
    "list_problems",
    "masked_excess",
    "masked_problems",
    "next_sentence",
    "next_word_log_probs",
    "noised_problems",
    "pair_problems",
    "predictions",
    "probes",
    "review_problems",
    "span_excess",
    "span_problems",
    "target_losses",
    "unmasked_guesses",
    "valid_samples",
    "written_log_probs",
    "zero_shot_pet",
]


def abilities(name: str) -> list:
    """Measures small enough to be taken often along a training run of ``name``, as (model, tokenizer) -> numbers."""
    families = {
        "course-gpt": {
            "excess": (causal_excess, "excess", {"count": 200}),
            "one_shot": (k_shot, "accuracy", {"shots": 1, "count": 300}),
            "four_shot": (k_shot, "accuracy", {"shots": 4, "count": 300}),
        },
        "course-bert": {
            "excess": (masked_excess, "excess", {"count": 200}),
            "zero_shot_pet": (zero_shot_pet, "accuracy", {"count": 300}),
            "next_sentence": (next_sentence, "accuracy", {"count": 300}),
            "list_cloze": (list_cloze, "accuracy", {"shots": 4, "count": 300}),
        },
        "course-t5": {
            "excess": (span_excess, "excess", {"count": 200}),
            "zero_shot_pet": (zero_shot_pet, "accuracy", {"count": 300, "read": written_log_probs}),
            "list_cloze": (list_cloze, "accuracy", {"shots": 4, "count": 300, "read": written_log_probs}),
        },
        "course-bart": {
            "excess": (denoising_excess, "excess", {"count": 200}),
            "zero_shot_pet": (zero_shot_pet, "accuracy", {"count": 300, "read": written_log_probs}),
        },
    }
    if name not in families:
        raise ValueError(f"no abilities are defined for {name!r}; known models: {', '.join(families)}")
    measured = families[name].items()
    return [
        lambda m, t, key=key, f=f, part=part, how=how: {key: f(m, t, **how)[part]} for key, (f, part, how) in measured
    ]
