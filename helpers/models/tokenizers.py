"""The one tokenizer of the course: WordPiece whose vocabulary holds every Tinytown word whole.

All families share the same ids. They differ only in what they write around a text: `[CLS] A [SEP] B [SEP]` with
segment ids for the encoder, `<|endoftext|> A` for the decoder, `A <|endoftext|>` for the encoder-decoder.

Source: WordPiece as in Devlin et al. 2019, "BERT", section 3; the end-of-text token as in Radford et al. 2019, "GPT-2".
"""

from __future__ import annotations

import string

from tokenizers import Regex, Tokenizer, decoders, normalizers, pre_tokenizers
from tokenizers.models import WordPiece
from tokenizers.processors import TemplateProcessing
from transformers import PreTrainedTokenizerBase, PreTrainedTokenizerFast

from helpers.objectives.span_corruption import SENTINELS
from helpers.tinytown.spelling import LINE_BREAK, LINE_END, word_pattern
from helpers.transformer.checks import listed, shown

MAX_LENGTH = 128
END_OF_TEXT = "<|endoftext|>"
SPECIAL_TOKENS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", END_OF_TEXT, *SENTINELS)
CONTINUED = tuple("##" + character for character in string.ascii_lowercase + string.digits + "_")
CHARACTERS = tuple(sorted(set(string.ascii_lowercase + string.digits + string.punctuation)))


def vocabulary_ids(words):
    """Number every token: special tokens, then whole words, then `##` pieces, then single characters.

    >>> ids = vocabulary_ids(["cat", "."])
    >>> ids["[PAD]"], ids["cat"] - len(SPECIAL_TOKENS), "##t" in ids
    (0, 1, True)

    Raises ValueError for a word with a space, a capital letter or no letters at all: clean the word list first.
    """
    words = listed(words, "words", least=0, of="words")
    if wrong := [word for word in words if not isinstance(word, str)]:
        raise TypeError(f"a word cannot be {shown(wrong[0])}; pass a list of words")
    words = sorted(set(words))
    bad = [word for word in words if word != word.lower() or len(word.split()) != 1 or word in SPECIAL_TOKENS]
    if bad or not words:
        raise ValueError(f"words must be lower case, without spaces and at least one; found {bad[:5] or 'none'}")
    ordered = dict.fromkeys([*SPECIAL_TOKENS, *words, *CONTINUED, *CHARACTERS])
    return {token: index for index, token in enumerate(ordered)}


def build_tokenizer(words):
    """The encoder's tokenizer: writes `[CLS] A [SEP]`, or `[CLS] A [SEP] B [SEP]` with segment ids 0 and 1.

    >>> tokenizer = build_tokenizer(["the", "cat", "sat", "."])
    >>> tokenizer.tokenize("The cats sat.")
    ['the', 'cat', '##s', 'sat', '.']
    >>> tokenizer("the cat", "sat")["token_type_ids"]
    [0, 0, 0, 0, 1, 1]
    """
    ids = vocabulary_ids(words)
    core = _word_pieces(ids, words)
    core.post_processor = TemplateProcessing(
        single="[CLS]:0 $A:0 [SEP]:0",
        pair="[CLS]:0 $A:0 [SEP]:0 $B:1 [SEP]:1",
        special_tokens=[("[CLS]", ids["[CLS]"]), ("[SEP]", ids["[SEP]"])],
    )
    return _wrap(core, ["input_ids", "token_type_ids", "attention_mask"])


def build_causal_tokenizer(words):
    """The decoder's tokenizer: the same ids, `<|endoftext|>` in front so that the first word is predicted from it.

    >>> tokenizer = build_causal_tokenizer(["the", "cat"])
    >>> tokenizer.convert_ids_to_tokens(tokenizer("the cat")["input_ids"])
    ['<|endoftext|>', 'the', 'cat']
    """
    ids = vocabulary_ids(words)
    core = _word_pieces(ids, words)
    core.post_processor = TemplateProcessing(
        single=f"{END_OF_TEXT} $A", pair=f"{END_OF_TEXT} $A $B", special_tokens=[(END_OF_TEXT, ids[END_OF_TEXT])]
    )
    return _wrap(core, ["input_ids", "attention_mask"])


def build_text_to_text_tokenizer(words):
    """The encoder-decoder's tokenizer: the same ids, `<|endoftext|>` at the end of a text, read or written.

    >>> tokenizer = build_text_to_text_tokenizer(["the", "cat"])
    >>> tokenizer.convert_ids_to_tokens(tokenizer("the <extra_id_0> cat")["input_ids"])
    ['the', '<extra_id_0>', 'cat', '<|endoftext|>']
    """
    ids = vocabulary_ids(words)
    core = _word_pieces(ids, words)
    core.post_processor = TemplateProcessing(
        single=f"$A {END_OF_TEXT}",
        pair=f"$A {END_OF_TEXT} $B {END_OF_TEXT}",
        special_tokens=[(END_OF_TEXT, ids[END_OF_TEXT])],
    )
    return _wrap(core, ["input_ids", "attention_mask"])


def word_id_range(tokenizer):
    """First and past-the-last id of the whole words: what a random replacement is drawn from.

    >>> word_id_range(build_tokenizer(["the", "cat"]))
    (22, 24)
    """
    if not isinstance(tokenizer, PreTrainedTokenizerBase) or CONTINUED[0] not in tokenizer.get_vocab():
        raise TypeError(f"tokenizer cannot be {shown(tokenizer)}; pass a course model's, or what build_tokenizer gives")
    tokens = tokenizer.convert_ids_to_tokens(range(len(tokenizer)))
    return len(SPECIAL_TOKENS), next(i for i, token in enumerate(tokens) if token.startswith("##"))


def _word_pieces(ids, words):
    core = Tokenizer(WordPiece(ids, unk_token="[UNK]", max_input_chars_per_word=1000))
    core.normalizer = normalizers.Sequence(
        [
            normalizers.Replace(Regex(LINE_END), f" {LINE_BREAK} "),
            normalizers.NFD(),
            normalizers.StripAccents(),
            normalizers.Lowercase(),
        ]
    )
    pattern = word_pattern([*words, LINE_BREAK])
    core.pre_tokenizer = pre_tokenizers.Split(Regex(pattern), behavior="removed", invert=True)
    core.decoder = decoders.WordPiece(prefix="##", cleanup=False)
    return core


def _wrap(core, model_input_names):
    return PreTrainedTokenizerFast(
        tokenizer_object=core,
        model_input_names=model_input_names,
        model_max_length=MAX_LENGTH,
        clean_up_tokenization_spaces=False,
        pad_token="[PAD]",
        unk_token="[UNK]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        mask_token="[MASK]",
        bos_token=END_OF_TEXT,
        eos_token=END_OF_TEXT,
        extra_special_tokens=list(SENTINELS),
    )
