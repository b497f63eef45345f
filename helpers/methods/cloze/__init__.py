"""Cloze questions: a pattern turns a text into a sentence with a gap, a verbalizer says which words mean which label.

>>> ask("{text} it was [MASK] .", "we loved the pizza .", mask_token="[MASK]")
'we loved the pizza . it was [MASK] .'

Everything takes (model, tokenizer) of any masked language model and a learner's own patterns and words.

Source: Schick and Schütze 2021, "Exploiting Cloze Questions for Few Shot Text Classification and Natural Language
Inference"; the same authors 2021, "It's Not Just Size That Matters", for words of several tokens.
"""

from helpers.methods.cloze.calibration import calibrated, label_prior, normalised
from helpers.methods.cloze.ipet import confident, distil, next_generation, own_generation, soft_labels
from helpers.methods.cloze.patterns import GAP, PATTERNS, VERBALIZERS, ask, check_pattern, words_of
from helpers.methods.cloze.pet import Pet, pet_loss, train
from helpers.methods.cloze.scoring import WAYS, label_scores, score_grid

__all__ = [
    "GAP",
    "PATTERNS",
    "VERBALIZERS",
    "WAYS",
    "Pet",
    "ask",
    "calibrated",
    "check_pattern",
    "confident",
    "distil",
    "label_prior",
    "label_scores",
    "next_generation",
    "normalised",
    "own_generation",
    "pet_loss",
    "score_grid",
    "soft_labels",
    "train",
    "words_of",
]
