"""What the functions that ask a model accept: the right kind of model, its own tokenizer, a list of texts that fit.

Each check returns what it was given or raises TypeError (another kind of thing) or ValueError, naming the value and the
remedy. A model of the reader's own, no class of transformers, is taken at its word.
"""

from __future__ import annotations

from pathlib import Path

from transformers import PreTrainedModel, PreTrainedTokenizerBase
from transformers.models.auto import modeling_auto

from helpers.models.tokenizers import SPECIAL_TOKENS, word_id_range
from helpers.transformer.checks import listed, shown

CAUSAL = frozenset(modeling_auto.MODEL_FOR_CAUSAL_LM_MAPPING_NAMES.values())
MASKED = frozenset(modeling_auto.MODEL_FOR_MASKED_LM_MAPPING_NAMES)
SEQ2SEQ = frozenset(modeling_auto.MODEL_FOR_SEQ_TO_SEQ_CAUSAL_LM_MAPPING_NAMES)
PAIR = "pass the {} of model, tokenizer = load_course('course-bert')"
REMEDIES = {
    "masked": ("was never asked about [MASK]", "course-bert"),
    "causal": ("was never asked for the next word", "course-gpt"),
    "text-to-text": ("does not write one text for another", "course-t5 or course-bart"),
    "next-sentence": ("has no head that tells whether B follows A", "course-bert"),
}


def name_of(model) -> str:
    """What a reader calls a model: the folder or the id that it was loaded from, or its class."""
    path = getattr(getattr(model, "config", None), "name_or_path", "") or ""
    return Path(path).name or type(model).__name__


def kind_of(model) -> str:
    """What a model of transformers answers: "masked", "causal", "text-to-text"; "vectors" without an output layer."""
    config = model.config
    if model.get_output_embeddings() is None:
        return "vectors"
    if getattr(config, "is_encoder_decoder", False):
        return "text-to-text"
    if type(model).__name__ in CAUSAL or getattr(config, "is_decoder", False):
        return "causal"
    return "masked"


def require_model(model):
    """A model, or a function in its place; a name, a class, or the pair that `load_course` gives is refused."""
    if not callable(model) or isinstance(model, type | PreTrainedTokenizerBase):
        raise TypeError(
            f"model cannot be {shown(model)}; pass the first of model, tokenizer = load_course('course-bert')"
        )
    return model


def require_tokenizer(tokenizer, model=None):
    """A tokenizer, of no more tokens than the model has vectors for."""
    if not isinstance(tokenizer, PreTrainedTokenizerBase):
        raise TypeError(f"tokenizer cannot be {shown(tokenizer)}; {PAIR.format('second')}")
    size = getattr(getattr(model, "config", None), "vocab_size", None)
    if size is not None and len(tokenizer) > size:
        raise ValueError(f"the tokenizer has {len(tokenizer)} tokens, {name_of(model)} only {size}; {_together(model)}")
    return tokenizer


def require_masked_model(model, tokenizer):
    """A model that was trained to fill in [MASK], and a tokenizer that writes marks on both sides of a text."""
    _require_kind(model, "masked")
    if require_tokenizer(tokenizer, model).mask_token_id is None:
        raise ValueError(f"the tokenizer of {name_of(model)} has no mask token; pass course-bert and its tokenizer")
    return _require_marks(model, tokenizer, front=True, back=True)


def require_causal(model):
    """A model that was trained to predict the next word."""
    _require_kind(model, "causal")
    return model


def require_causal_model(model, tokenizer):
    """A model that was trained to predict the next word, and a tokenizer that writes nothing behind a text."""
    require_causal(model)
    return _require_marks(model, tokenizer, back=False)


def require_text_to_text_model(model, tokenizer):
    """An encoder-decoder, and a tokenizer that writes its end mark behind a text."""
    _require_kind(model, "text-to-text")
    return _require_marks(model, tokenizer, back=True, end=model.config.eos_token_id)


def require_next_sentence_model(model, tokenizer):
    """A model with a next-sentence head, and the encoder's tokenizer."""
    require_model(model)
    if isinstance(model, PreTrainedModel) and not hasattr(
        model.cls if hasattr(model, "cls") else 0, "seq_relationship"
    ):
        _refuse(model, "next-sentence")
    return _require_marks(model, tokenizer, front=True, back=True)


def _require_kind(model, kind):
    """Refuse a class of transformers that answers another kind of question."""
    require_model(model)
    if isinstance(model, PreTrainedModel) and kind_of(model) != kind:
        _refuse(model, kind)


def _refuse(model, kind):
    never, instead = REMEDIES[kind]
    is_a = {"vectors": "gives vectors only"}.get(kind_of(model), f"is {kind_of(model)}")
    raise ValueError(f"{name_of(model)} ({type(model).__name__}) {is_a} and {never}; pass {instead}")


def _require_marks(model, tokenizer, *, back, front=None, end=None):
    """Refuse a tokenizer that writes other marks around a text than the model was trained with."""
    require_tokenizer(tokenizer, model)
    if not isinstance(model, PreTrainedModel):
        return None
    ids, special = tokenizer("a", verbose=False)["input_ids"], set(tokenizer.all_special_ids)
    fits = bool(ids) and (ids[-1] in special) == back and (front is None or (ids[0] in special) == front)
    if not fits or (end is not None and ids[-1] != end):
        marks = " ".join("A" if i not in special else tokenizer.convert_ids_to_tokens(i) for i in ids)
        raise ValueError(f"this tokenizer writes {marks!r}, which {name_of(model)} never read; {_together(model)}")
    return tokenizer


def _together(model):
    return f"take both from one call, model, tokenizer = load_course({name_of(model)!r})"


def require_texts(texts, name: str = "texts") -> list[str]:
    """Texts as a list of strings, at least one, each with at least one word.

    >>> require_texts("the pizza was awful .")
    Traceback (most recent call last):
    ...
    TypeError: texts cannot be 'the pizza was awful .' (str); pass a list of texts
    """
    found = listed(texts, name, of="texts")
    for number, text in enumerate(found):
        require_text(text, f"{name}[{number}]")
    return found


def require_text(text, name: str = "text") -> str:
    """One text with at least one word.

    >>> require_text(["the", "cat"])
    Traceback (most recent call last):
    ...
    TypeError: text cannot be ['the', 'cat'] (list); pass a string
    """
    if not isinstance(text, str):
        raise TypeError(f"{name} cannot be {shown(text)}; pass a string")
    if not text.strip():
        raise ValueError(f"{name} is {text!r}, without a word; leave empty ones out")
    return text


def require_pairs(pairs, name: str = "pairs", *, second=require_text) -> list[tuple]:
    """Pairs as a list of (text, text), at least one; `second` checks the other half: (value, name) -> value.

    >>> require_pairs([("the cat sat .",)])
    Traceback (most recent call last):
    ...
    ValueError: pairs[0] has 1 parts; pass two, such as ("the cat sat .", "it purred .")
    """
    found = []
    for number, pair in enumerate(listed(pairs, name, of="pairs")):
        parts = listed(pair, f"{name}[{number}]", least=0, of="two parts")
        if len(parts) != 2:
            raise ValueError(
                f'{name}[{number}] has {len(parts)} parts; pass two, such as ("the cat sat .", "it purred .")'
            )
        found.append((require_text(parts[0], f"{name}[{number}][0]"), second(parts[1], f"{name}[{number}][1]")))
    return found


def require_body(model, tokenizer):
    """One stack that gives a vector for each token, under a head or not, and its tokenizer."""
    require_model(model)
    if not isinstance(model, PreTrainedModel):
        return require_tokenizer(tokenizer, model)
    config = model.config
    if getattr(config, "is_encoder_decoder", False):
        raise ValueError(f"{name_of(model)} has two stacks; pass one of them: model.get_encoder()")
    if config.model_type in SEQ2SEQ:
        return _require_marks(model, tokenizer, back=True, end=config.eos_token_id)
    if config.model_type in MASKED:
        return _require_marks(model, tokenizer, front=True, back=True)
    return _require_marks(model, tokenizer, back=False)


def room_of(model, tokenizer=None) -> int:
    """How many tokens a model reads at once: its positions, or what its tokenizer says where it has none (T5)."""
    config = getattr(model, "config", None)
    limits = [getattr(config, name, None) for name in ("max_position_embeddings", "n_positions")]
    if "roberta" in getattr(config, "model_type", ""):  # its positions count from behind the padding token's id
        limits[0] -= config.pad_token_id + 1
    limits.append(getattr(tokenizer, "model_max_length", None))
    return min(limit for limit in [*limits, 1 << 20] if limit)


def require_fits(rows, room: int, what: str = "text") -> None:
    """Refuse rows of ids longer than `room`; the message says which and by how much.

    >>> require_fits([[1, 2], [1, 2, 3]], 2)
    Traceback (most recent call last):
    ...
    ValueError: text 1 has 3 tokens, the model reads 2 at once; cut it by at least 1
    """
    for number, row in enumerate(rows):
        if len(row) > room:
            over = len(row) - room
            raise ValueError(
                f"{what} {number} has {len(row)} tokens, the model reads {room} at once; cut it by at least {over}"
            )


def require_masks(texts, mask_token: str = "[MASK]", count: int = 1) -> None:
    """Refuse texts that do not hold the mask token exactly `count` times.

    >>> require_masks(["a [MASK] is a [MASK]"])
    Traceback (most recent call last):
    ...
    ValueError: text 0 needs one [MASK], found 2: 'a [MASK] is a [MASK]'; write it where the answer is to be read
    """
    for number, text in enumerate(texts):
        if (found := text.count(mask_token)) != count:
            wanted = "one" if count == 1 else count
            raise ValueError(
                f"text {number} needs {wanted} {mask_token}, found {found}: {text!r:.80}; "
                "write it where the answer is to be read"
            )


def unknown_words(tokenizer, texts) -> list[str]:
    """The words that a course tokenizer does not hold whole, as they were typed, each once; [] for other tokenizers.

    >>> from helpers.models.tokenizers import build_tokenizer
    >>> unknown_words(build_tokenizer(["the", "cat", "."]), ["The cat's [MASK] . wort the wort"])
    ["'", 's', 'wort']
    """
    texts = require_texts(texts)
    if not _is_course(require_tokenizer(tokenizer)):
        return []
    last, unknown, found = word_id_range(tokenizer)[1], tokenizer.unk_token_id, []
    encoded = tokenizer(texts, add_special_tokens=False, return_offsets_mapping=True, verbose=False)
    for row, (text, ids) in enumerate(zip(texts, encoded["input_ids"])):
        if max(ids, default=0) >= last or unknown in ids:
            words, spans = encoded.word_ids(row), encoded["offset_mapping"][row]
            strange = {word for id_, word in zip(ids, words) if id_ >= last or id_ == unknown}
            pieces = {word: [span for span, other in zip(spans, words) if other == word] for word in sorted(strange)}
            found += [text[spans[0][0] : spans[-1][1]] for spans in pieces.values()]
    return list(dict.fromkeys(found))


def name_unknown_words(tokenizer, texts) -> None:
    """Print one line when texts hold words that the model has never read; its answers about them are no knowledge."""
    if words := unknown_words(tokenizer, texts):
        print(f"not words of Tinytown: {', '.join(words[:8])}{', ...' if len(words) > 8 else ''}")


def _is_course(tokenizer) -> bool:
    return tokenizer.convert_tokens_to_ids(SPECIAL_TOKENS[-1]) == len(SPECIAL_TOKENS) - 1
