"""Which language a model is measured in: the one that it was trained on, or scenes of it that it knows."""

import functools

from helpers import tinytown
from helpers.evaluation.drawing import a_language
from helpers.models.checks import name_of, require_tokenizer


def measured_language(model, tokenizer, language=None):
    """The language given, or the training language, once it is certain that the model was trained to read it.

    A course model's configuration names its language by fingerprint. A model that names none is taken at its word.

    Raises ValueError for a model of another language, or a word that the tokenizer does not keep whole.
    """
    remedy = "train it again with `make models`, or measure it with language=tinytown.only(...) of scenes that it knows"
    require_tokenizer(tokenizer, model)
    a_language(language)
    if language is None:
        language = tinytown.training_language()
        known = getattr(getattr(model, "config", None), "language", None)
        if known not in (None, language.fingerprint()):
            raise ValueError(
                f"{name_of(model)} was trained on another language ({known}) than {language.name} as it is now"
                f" ({language.fingerprint()}); {remedy}"
            )
    unknown = cut_words(tokenizer, len(tokenizer), language)
    if unknown:
        raise ValueError(
            f"the tokenizer of {name_of(model)} does not keep {', '.join(map(repr, unknown[:3]))} whole, and"
            f" {language.name} writes {'it' if len(unknown) == 1 else 'them'}; {remedy}"
        )
    return language


@functools.lru_cache(maxsize=32)
def cut_words(tokenizer, size: int, language) -> tuple[str, ...]:
    """The words of the language that the tokenizer, as it is with `size` tokens, does not keep whole."""
    words = list(writable_words(language))
    found = tokenizer(words, add_special_tokens=False, verbose=False)["input_ids"]
    whole = tokenizer.convert_tokens_to_ids(words)
    return tuple(word for word, ids, id_ in zip(words, found, whole) if ids != [id_] or id_ == tokenizer.unk_token_id)


@functools.cache
def writable_words(language) -> tuple[str, ...]:
    """The words that some document of the language holds."""
    emissions = (e for scene in language.scenes for template in scene.templates for e in template.emissions)
    return tuple(language.words[i] for i in sorted({int(i) for e in emissions for i in e.word_ids}))
