"""Patterns and verbalizers as plain data that read as text.

A pattern is a string with {text} where the text goes and one [MASK] where the answer is read. A verbalizer maps each
label to the word, or the words, that name it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from helpers import evaluation

GAP, SLOT = "[MASK]", "{text}"
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
    for token in {GAP, mask_token}:
        if token in text:
            raise ValueError(f"text {text!r} holds {token} itself, which would be a second gap; take it out")
    whole = before + " ".join([mask_token] * masks) + after
    return whole.replace(SLOT, text)


def words_of(verbalizer: Verbalizer, labels: Sequence[str] = ()) -> dict[str, tuple[str, ...]]:
    """Label -> tuple of its words, checked.

    >>> words_of({"good": ["good", "great"], "bad": "bad"})
    {'good': ('good', 'great'), 'bad': ('bad',)}

    Raises ValueError for fewer than two labels, a label without words, a word that names two labels, or one of
    `labels` that no word covers.
    """
    words = {label: (found,) if isinstance(found, str) else tuple(found) for label, found in verbalizer.items()}
    if len(words) < 2:
        raise ValueError(f"the verbalizer has the labels {list(words)}; a choice needs at least two")
    for label, found in words.items():
        if not found or not all(word.strip() for word in found):
            raise ValueError(f"label {label!r} has no word; give it one, {{{label!r}: 'word'}}")
    every = [word for found in words.values() for word in found]
    twice = sorted({word for word in every if every.count(word) > 1})
    if twice:
        raise ValueError(f"the word {twice[0]!r} is listed twice; each word must name one label, once")
    uncovered = sorted(set(labels) - set(words))
    if uncovered:
        raise ValueError(f"no word covers the label {uncovered[0]!r}; the verbalizer has {', '.join(words)}: add it")
    return words


def word_ids(tokenizer, word: str, *, pattern: str) -> list[int]:
    """Token ids of a word as it would stand in the pattern's gap (byte-level vocabularies tell " good" from "good").

    Raises ValueError for a word that the vocabulary cannot write.
    """
    gap = pattern.index(GAP)
    spaced = f" {word}" if gap and pattern[gap - 1].isspace() else word
    ids = tokenizer(spaced, add_special_tokens=False)["input_ids"]
    if not ids or tokenizer.unk_token_id in ids:
        raise ValueError(f"the word {word!r} is not in the tokenizer's vocabulary; choose a word that it can write")
    return ids
