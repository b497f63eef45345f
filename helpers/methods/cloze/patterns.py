"""Patterns and verbalizers as plain data that read as text.

A pattern is a string with {text} where the text goes and one [MASK] where the answer is read. A verbalizer maps each
label to the word, or the words, that name it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from helpers import evaluation
from helpers.models.checks import require_text, require_tokenizer
from helpers.transformer.checks import listed, shown, whole

GAP, SLOT = "[MASK]", "{text}"
MOST_MASKS = 64  # a word of more tokens fits no gap
Verbalizer = Mapping[str, str | Sequence[str]]

PATTERNS = {  # the sentences of verdicts in other reviews of the language, and three that it does not have
    **dict(zip(("plain", "overall", "in short", "i think", "all in all"), evaluation.PATTERNS)),
    "in front": "the restaurant is [MASK] . {text}",
    "it is": "{text} it is [MASK] .",
    "headline": "[MASK] restaurant : {text}",
    "what a": "{text} what a [MASK] place .",
}
VERBALIZERS = {
    "good / bad": {"good": "good", "bad": "bad"},
    "great / terrible": {"good": "great", "bad": "terrible"},
    "superb / bad": {"good": "superb", "bad": "bad"},
    "fantastic / awful": {"good": "fantastic", "bad": "awful"},
}


def check_pattern(pattern: str) -> str:
    """The pattern itself, when it has one {text} and one [MASK].

    >>> check_pattern("{text} it was fine .")
    Traceback (most recent call last):
    ...
    ValueError: pattern '{text} it was fine .' has no [MASK]; write exactly one, where the answer is to be read

    Raises ValueError for a pattern with no gap or several, or without exactly one {text}.
    """
    if not isinstance(pattern, str):
        raise TypeError(f"pattern cannot be {shown(pattern)}; pass a string such as '{{text}} it was [MASK] .'")
    for part, what in ((GAP, "where the answer is to be read"), (SLOT, "where the text is to stand")):
        count = pattern.count(part)
        if count != 1:
            raise ValueError(f"pattern {pattern!r} has {count or 'no'} {part}; write exactly one, {what}")
    return pattern


def ask(pattern: str, text: str, *, mask_token: str, masks: int = 1) -> str:
    """The pattern with the text in its place and as many mask tokens in the gap as the answer has tokens.

    >>> ask("[MASK] : {text}", "stocks fell .", mask_token="<mask>", masks=2)
    '<mask> <mask> : stocks fell .'

    Raises ValueError for a bad pattern, or a text that holds a mask token itself.
    """
    before, after = check_pattern(pattern).split(GAP)
    require_text(text)
    require_text(mask_token, "mask_token")
    whole(masks, "masks", least=1, most=MOST_MASKS)
    for token in {GAP, mask_token}:
        if token in text:
            raise ValueError(f"text {text!r} holds {token} itself, which would be a second gap; take it out")
    filled = before + " ".join([mask_token] * masks) + after
    return filled.replace(SLOT, text)


def words_of(verbalizer: Verbalizer, labels: Sequence[str] = ()) -> dict[str, tuple[str, ...]]:
    """Label -> tuple of its words, checked.

    >>> words_of({"good": ["good", "great"], "bad": "bad"})
    {'good': ('good', 'great'), 'bad': ('bad',)}

    Raises ValueError for fewer than two labels, a label without words, a word that names two labels, or one of
    `labels` that no word covers.
    """
    if not isinstance(verbalizer, Mapping):
        raise TypeError(
            f"verbalizer cannot be {shown(verbalizer)}; pass a dict such as {{'good': 'good', 'bad': 'bad'}}"
        )
    words = {
        label: (found,) if isinstance(found, str) else _several(label, found) for label, found in verbalizer.items()
    }
    if len(words) < 2:
        raise ValueError(f"the verbalizer has the labels {list(words)}; a choice needs at least two")
    for label, found in words.items():
        if not found or not all(isinstance(word, str) and word.strip() for word in found):
            raise ValueError(f"label {label!r} has no word; give it one, {{{label!r}: 'word'}}")
    every = [word for found in words.values() for word in found]
    twice = sorted({word for word in every if every.count(word) > 1})
    if twice:
        raise ValueError(f"the word {twice[0]!r} is listed twice; each word must name one label, once")
    uncovered = [label for label in listed(labels, "labels", least=0, of="labels") if label not in words]
    if uncovered:
        raise ValueError(f"no word covers the label {uncovered[0]!r}; the verbalizer has {', '.join(words)}: add it")
    return words


def _several(label, found) -> tuple:
    """The words of one label, listed."""
    return tuple(listed(found, f"the words of label {label!r}", least=0, of="words"))


def distinct_ids(tokenizer, verbalizer: Verbalizer, *, pattern: str) -> dict[str, list[list[int]]]:
    """Label -> the ids of each of its words; words that are one to the tokenizer, such as bad and Bad, are refused.

    >>> from helpers.models.tokenizers import build_tokenizer
    >>> distinct_ids(build_tokenizer(["good", "bad"]), {"good": "bad", "bad": "Bad"}, pattern="{text} [MASK]")
    Traceback (most recent call last):
    ...
    ValueError: 'bad' and 'Bad' are the same token to this tokenizer; choose words that it can tell apart
    """
    seen, found = {}, {}
    for label, words in words_of(verbalizer).items():
        found[label] = [word_ids(tokenizer, word, pattern=pattern) for word in words]
        for word, ids in zip(words, found[label]):
            if tuple(ids) in seen:
                same = "token" if len(ids) == 1 else "tokens"
                raise ValueError(
                    f"{seen[tuple(ids)]!r} and {word!r} are the same {same} to this tokenizer; "
                    "choose words that it can tell apart"
                )
            seen[tuple(ids)] = word
    return found


def word_ids(tokenizer, word: str, *, pattern: str) -> list[int]:
    """Token ids of a word as it would stand in the pattern's gap (byte-level vocabularies tell " good" from "good").

    Raises ValueError for a word that the vocabulary cannot write.
    """
    require_tokenizer(tokenizer)
    gap = check_pattern(pattern).index(GAP)
    require_text(word, "word")
    spaced = f" {word}" if gap and pattern[gap - 1].isspace() else word
    ids = tokenizer(spaced, add_special_tokens=False)["input_ids"]
    if not ids or tokenizer.unk_token_id in ids:
        raise ValueError(f"the word {word!r} is not in the tokenizer's vocabulary; choose a word that it can write")
    return ids
