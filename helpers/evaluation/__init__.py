"""What a course model can do, each measure beside the exact optimum on the same examples.

Every measure takes (model, tokenizer), runs without dropout or gradients, and returns a dict of plain numbers. Scores
are expected ones under the exact posterior, so that no model can beat the optimum: losses in nats per predicted token,
accuracies as shares. The documents are held out, drawn by seed, no text twice. `language` takes the place of the
training language, for models that know only some of its scenes.
"""

from helpers.evaluation.along_training import evaluations_of
from helpers.evaluation.causal import (
    causal_excess,
    causal_losses,
    causal_problems,
    is_valid,
    left_log_probs,
    next_word_log_probs,
    valid_samples,
)
from helpers.evaluation.held_out import documents_of, gather, held_out_documents, in_batches, predictions
from helpers.evaluation.language import measured_language
from helpers.evaluation.lists import k_shot, list_cloze, list_problems
from helpers.evaluation.masked import gap_log_probs, masked_excess, masked_problems, unmasked_guesses
from helpers.evaluation.pairs import follows_log_probs, follows_probs, next_sentence, pair_problems
from helpers.evaluation.replaced_words import replaced_problems, spot_replaced
from helpers.evaluation.text_to_text import (
    denoising_excess,
    noised_problems,
    span_excess,
    span_problems,
    target_losses,
    written_log_probs,
)
from helpers.evaluation.zero_shot import (
    PAIR_SPOT_CHECKS,
    PATTERNS,
    SPOT_CHECKS,
    gap_distance,
    review_problems,
    spot_checks,
    zero_shot_pet,
)

__all__ = [
    "PAIR_SPOT_CHECKS",
    "PATTERNS",
    "SPOT_CHECKS",
    "causal_excess",
    "causal_losses",
    "causal_problems",
    "denoising_excess",
    "documents_of",
    "evaluations_of",
    "follows_log_probs",
    "follows_probs",
    "gap_distance",
    "gap_log_probs",
    "gather",
    "held_out_documents",
    "in_batches",
    "is_valid",
    "k_shot",
    "left_log_probs",
    "list_cloze",
    "list_problems",
    "masked_excess",
    "masked_problems",
    "measured_language",
    "next_sentence",
    "next_word_log_probs",
    "noised_problems",
    "pair_problems",
    "predictions",
    "replaced_problems",
    "review_problems",
    "span_excess",
    "span_problems",
    "spot_checks",
    "spot_replaced",
    "target_losses",
    "unmasked_guesses",
    "valid_samples",
    "written_log_probs",
    "zero_shot_pet",
]
