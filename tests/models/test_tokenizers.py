"""The shared tokenizer: every word whole, any other word in pieces, and the same ids for all families."""

import string

import numpy as np
import pytest
from transformers import AutoTokenizer

from helpers import tinytown
from helpers.models.tokenizers import (
    END_OF_TEXT,
    SENTINELS,
    build_causal_tokenizer,
    build_text_to_text_tokenizer,
    build_tokenizer,
    vocabulary_ids,
    word_id_range,
)
from helpers.tinytown.spelling import split_words

WORDS = ["the", "cat", "sat", "a", "->", "<nl>", "<", ">", "==", "=", ".", ",", "?", "(", ")", "half-price", "o'clock"]


@pytest.fixture(scope="module")
def encoder():
    return build_tokenizer(WORDS)


@pytest.fixture(scope="module")
def decoder():
    return build_causal_tokenizer(WORDS)


def test_every_tinytown_word_is_one_token_and_every_document_comes_back():
    tokenizer = build_tokenizer(tinytown.vocabulary())
    assert all(tokenizer.tokenize(word) == [word] for word in tinytown.vocabulary())
    for document in tinytown.documents(200, split="validation", seed=5):
        assert tuple(tokenizer.tokenize(document.text)) == document.tokens
        ids = tokenizer(" ".join(document.tokens), add_special_tokens=False)["input_ids"]
        assert tokenizer.decode(ids) == " ".join(document.tokens)


def spelled(tokenizer, text) -> list:
    """The tokenizer's words: pieces joined, [UNK] and None as they are."""
    words = []
    for token in tokenizer.tokenize(text):
        if token.startswith("##"):
            words[-1] += token[2:]
        else:
            words.append(None if token == tokenizer.mask_token else token)
    return words


def test_any_text_is_cut_as_the_exact_reader_cuts_it(encoder):
    """Letters, marks, capitals, accents, gaps, spaces and line breaks in any order; what is not ASCII is [UNK]."""
    parts = [*string.ascii_letters, *string.digits, *string.punctuation, *" \t\n", "\r\n", "\u00e9", "\u2019", "\u201c"]
    parts += ["[MASK]", *(f" {word} " for word in WORDS), *WORDS]
    for seed in range(400):
        rng = np.random.default_rng(seed)
        text = "".join(rng.choice(parts, size=12))
        exact = [word if word is None or word.isascii() else "[UNK]" for word in split_words(text, tuple(WORDS))]
        assert spelled(encoder, text) == exact, text


def test_words_with_signs_are_kept_whole_and_only_there(encoder):
    assert encoder.tokenize("half-price -> o'clock == a<a") == ["half-price", "->", "o'clock", "==", "a", "<", "a"]
    assert encoder.tokenize("half-prices")[0] != "half-price"


def test_punctuation_that_touches_a_word_is_split_off(encoder):
    assert encoder.tokenize("The cat, (the CAT) sat.") == ["the", "cat", ",", "(", "the", "cat", ")", "sat", "."]


def test_line_breaks_become_a_word(encoder):
    assert encoder.tokenize("the\ncat\r\nsat") == ["the", "<nl>", "cat", "<nl>", "sat"]


@pytest.mark.parametrize("text", ["warfarin", "x" * 300, string.printable, "snake_case42", "{}[]|\\~`^@#$%&*"])
def test_no_ascii_text_is_unknown(encoder, text):
    assert encoder.unk_token_id not in encoder(text)["input_ids"]


def test_unknown_words_come_in_pieces_that_spell_them(encoder):
    pieces = encoder.tokenize("cats")
    assert pieces == ["cat", "##s"] and encoder.decode(encoder.convert_tokens_to_ids(pieces)) == "cats"


def test_accents_and_capitals_are_dropped(encoder):
    assert encoder.tokenize("Thé CÀT") == ["the", "cat"]


def test_special_tokens_in_the_text_are_understood(encoder):
    text = f"the [MASK] sat <extra_id_3> {END_OF_TEXT}"
    assert encoder.tokenize(text) == ["the", "[MASK]", "sat", "<extra_id_3>", END_OF_TEXT]
    assert set(SENTINELS) <= set(encoder.all_special_tokens) and encoder.pad_token_id == 0


def test_the_encoder_writes_pairs_with_segments(encoder):
    pair = encoder("the cat", "sat .")
    assert encoder.convert_ids_to_tokens(pair["input_ids"]) == ["[CLS]", "the", "cat", "[SEP]", "sat", ".", "[SEP]"]
    assert pair["token_type_ids"] == [0, 0, 0, 0, 1, 1, 1]


def test_the_decoder_opens_with_end_of_text_and_has_no_segments(encoder, decoder):
    written = decoder("the cat")
    assert decoder.convert_ids_to_tokens(written["input_ids"]) == [END_OF_TEXT, "the", "cat"]
    assert "token_type_ids" not in written
    assert decoder.bos_token == decoder.eos_token == END_OF_TEXT and decoder.pad_token == "[PAD]"
    assert encoder.get_vocab() == decoder.get_vocab()


@pytest.mark.parametrize("build", [build_tokenizer, build_causal_tokenizer, build_text_to_text_tokenizer])
def test_a_saved_folder_loads_by_itself_and_agrees(tmp_path, build):
    tokenizer = build(WORDS)
    tokenizer.save_pretrained(tmp_path)
    loaded = AutoTokenizer.from_pretrained(tmp_path)
    text = ("The cats -> sat.\nhalf-price [MASK]", "warfarin ?")
    assert loaded(*text) == tokenizer(*text)
    assert loaded.model_max_length == 128
    assert len(loaded("a " * 500, truncation=True)["input_ids"]) == 128


def test_random_words_are_drawn_from_whole_words_only(encoder):
    first, end = word_id_range(encoder)
    assert encoder.convert_ids_to_tokens(list(range(first, end))) == sorted(WORDS)


@pytest.mark.parametrize("words", [[], ["The"], ["two words"], [""], ["[MASK]"]])
def test_word_lists_that_cannot_work_are_refused(words):
    with pytest.raises(ValueError, match="words must be lower case"):
        vocabulary_ids(words)


def test_the_encoder_decoder_ends_each_text_and_writes_nothing_in_front():
    both = build_text_to_text_tokenizer(WORDS)
    for found in (both("the <extra_id_0> sat ."), both(text_target="the <extra_id_0> sat .")):
        words = both.convert_ids_to_tokens(found["input_ids"])
        assert words == ["the", "<extra_id_0>", "sat", ".", END_OF_TEXT] and "token_type_ids" not in found
    pair = both.convert_ids_to_tokens(both("a cat", "sat")["input_ids"])
    assert pair == ["a", "cat", END_OF_TEXT, "sat", END_OF_TEXT]
    assert both.get_vocab() == build_tokenizer(WORDS).get_vocab()
