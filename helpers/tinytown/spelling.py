"""How ordinary text is cut into words: one rule for the exact reader and for the course tokenizer.

Capitals become small letters, accents go, a line break becomes the word ``<nl>``, marks stand alone, and words of the
language such as ``->`` stay whole.
"""

import functools
import re
import unicodedata
from collections.abc import Iterable

MASK = "[MASK]"
LINE_BREAK = "<nl>"
LINE_END = r"\r?\n"


def word_pattern(words: Iterable[str]) -> str:
    """Regular expression for one word of text; words such as `->` or `<nl>` are kept whole.

    >>> re.findall(word_pattern(["->", "red"]), "tasty -> red.")
    ['tasty', '->', 'red', '.']
    """
    odd = [word for word in words if len(word) > 1 and not re.fullmatch(r"\w+", word)]
    parts = [_bounded(word) for word in sorted(odd, key=len, reverse=True)]
    return "|".join([*parts, r"\w+", r"[^\w\s]"])


def _bounded(word: str) -> str:
    before = r"(?<!\w)" if re.match(r"\w", word) else ""
    after = r"(?!\w)" if re.search(r"\w$", word) else ""
    return before + re.escape(word).replace(r"\ ", " ") + after


def normalised(text: str) -> str:
    """Text in small letters without accents, each line break written as the word ``<nl>``.

    >>> normalised("Café:\\nopen")
    'cafe: <nl> open'
    """
    letters = unicodedata.normalize("NFD", re.sub(LINE_END, f" {LINE_BREAK} ", text))
    return "".join(letter for letter in letters if not unicodedata.category(letter).startswith("M")).lower()


def split_words(text: str, words: tuple[str, ...]) -> list[str | None]:
    """The words of a text as the tokenizer finds them, None for each ``[MASK]``.

    words: those of the language, as a tuple.

    >>> split_words("The cat -> [MASK]!", ("the", "cat", "->"))
    ['the', 'cat', '->', None, '!']
    """
    found = _compiled(words).findall(normalised(text))
    return [None if word == MASK.lower() else word for word in found]


@functools.lru_cache(maxsize=16)
def _compiled(words: tuple[str, ...]) -> re.Pattern:
    return re.compile(f"{re.escape(MASK.lower())}|{word_pattern([*words, LINE_BREAK])}")
