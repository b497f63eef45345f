"""Tokenizers of the whole vocabulary, and encoder-decoders of the smallest size, for tests of methods."""

from helpers import tinytown
from helpers.models.tokenizers import build_causal_tokenizer, build_text_to_text_tokenizer, build_tokenizer
from helpers.training import bart, t5
from helpers.training.recipe import Recipe

WORDS = tinytown.vocabulary()
BERT, GPT, PAIR = build_tokenizer(WORDS), build_causal_tokenizer(WORDS), build_text_to_text_tokenizer(WORDS)


def tiny(name):
    """The configuration of a T5 or BART of the smallest size, otherwise as the course builds them."""
    recipe = Recipe(name, d_model=16, layers=2, heads=2, feed_forward=16)
    return {"course-t5": t5, "course-bart": bart}[name].build_model(recipe, PAIR).config
