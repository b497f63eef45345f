"""Tinytown: a small English-like language with a known grammar, so that the best possible prediction is computable."""

from helpers.tinytown.denoising import Noise, infilled_loss, noised_log_prob
from helpers.tinytown.floors import (
    causal_losses,
    draw_gaps,
    entropy_floor,
    masked_losses,
    single_gap_losses,
    span_loss,
    unknown_spans_loss,
)
from helpers.tinytown.inference import cloze_probs, complete, fact_probs, log_prob, next_token_probs
from helpers.tinytown.language import full_language, only, training_language, vocabulary
from helpers.tinytown.matching import ImpossibleTextError
from helpers.tinytown.next_sentence import is_next_prob, next_sentence_prob, order_prob, pair_probs
from helpers.tinytown.reading import END, Reading
from helpers.tinytown.sampling import Document, documents, sample_document, split_of

__all__ = [
    "END",
    "Document",
    "ImpossibleTextError",
    "Noise",
    "Reading",
    "causal_losses",
    "cloze_probs",
    "complete",
    "documents",
    "draw_gaps",
    "entropy_floor",
    "fact_probs",
    "full_language",
    "infilled_loss",
    "is_next_prob",
    "log_prob",
    "masked_losses",
    "next_sentence_prob",
    "next_token_probs",
    "noised_log_prob",
    "only",
    "order_prob",
    "pair_probs",
    "sample_document",
    "single_gap_losses",
    "span_loss",
    "split_of",
    "training_language",
    "unknown_spans_loss",
    "vocabulary",
]
