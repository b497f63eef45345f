"""Tinytown: a small English-like language with a known grammar, so that the best possible prediction is computable."""

from helpers.tinytown.language import full_language, training_language, vocabulary
from helpers.tinytown.sampling import Document, documents, sample_document, split_of

__all__ = ["Document", "documents", "full_language", "sample_document", "split_of", "training_language", "vocabulary"]
