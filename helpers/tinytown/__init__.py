"""Tinytown: a small English-like language with a known grammar, so that the best possible prediction is computable.

It is a hidden semi-Markov model: a hidden sentence writes several words at once.  Compiled, every place inside a
sentence is a state of its own, and it becomes an ordinary hidden Markov model over (scene, world, sentence, place).

Text goes in as a string in ordinary spelling, `[MASK]` for a gap, or as a list of Tinytown's words, None for a gap.
"""

from helpers.tinytown.best_first import most_probable
from helpers.tinytown.floors.denoised_targets import denoised_probs
from helpers.tinytown.floors.denoising import Noise, infilled_loss, noised_log_prob
from helpers.tinytown.floors.losses import (
    causal_losses,
    draw_gaps,
    entropy_floor,
    masked_losses,
    single_gap_losses,
    span_loss,
    unknown_spans_loss,
)
from helpers.tinytown.floors.mixed_masking import mixed_masked_probs
from helpers.tinytown.floors.next_sentence import next_sentence_prob, order_prob
from helpers.tinytown.floors.sentence_pairs import is_next_prob, pair_probs
from helpers.tinytown.floors.span_targets import span_target_probs
from helpers.tinytown.inference import cloze_probs, complete, log_prob, next_token_probs, prefix_log_prob
from helpers.tinytown.language import full_language, only, training_language, unknown_words, vocabulary
from helpers.tinytown.posterior import best_fact, entity_probs, fact_probs, scene_probs, world_prior, world_probs
from helpers.tinytown.reading import END, Reading
from helpers.tinytown.sampling import Document, distinct_documents, documents, sample_document, split_of
from helpers.tinytown.texts import ImpossibleTextError

__all__ = [
    "END",
    "Document",
    "ImpossibleTextError",
    "Noise",
    "Reading",
    "best_fact",
    "causal_losses",
    "cloze_probs",
    "complete",
    "denoised_probs",
    "distinct_documents",
    "documents",
    "draw_gaps",
    "entity_probs",
    "entropy_floor",
    "fact_probs",
    "full_language",
    "infilled_loss",
    "is_next_prob",
    "log_prob",
    "masked_losses",
    "mixed_masked_probs",
    "most_probable",
    "next_sentence_prob",
    "next_token_probs",
    "noised_log_prob",
    "only",
    "order_prob",
    "pair_probs",
    "prefix_log_prob",
    "sample_document",
    "scene_probs",
    "single_gap_losses",
    "span_loss",
    "span_target_probs",
    "split_of",
    "training_language",
    "unknown_spans_loss",
    "unknown_words",
    "vocabulary",
    "world_prior",
    "world_probs",
]
