"""What a text may be: a string in ordinary spelling, or a list of words as Tinytown spells them, None for a gap."""

from collections.abc import Sequence

import numpy as np

from helpers.tinytown.compiled import GAP, Language
from helpers.tinytown.spelling import split_words

HOW = "pass a string in ordinary spelling or a flat list of words"


class ImpossibleTextError(ValueError):
    """The language cannot produce this text.

    position, word: the first impossible word; unknown: all words that the language does not have.
    """

    def __init__(self, position: int, word: str, reason: str, *, unknown: Sequence[str] = ()):
        super().__init__(f"word {position}, {word!r}, {reason}")
        self.position, self.word, self.unknown = position, word, tuple(unknown)


def shown(value) -> str:
    """A value as an error shows it: its text, cut after sixty characters, and its type.

    >>> shown(3)
    '3 (int)'
    """
    text = repr(value)
    return f"{text if len(text) <= 60 else text[:57] + '...'} ({type(value).__name__})"


def flat_words(text: str | Sequence[str | None], language: Language) -> list[str | None]:
    """The words of a text, None for a gap, whether the language has them or not.

    Raises: TypeError for anything but a string or a flat list of words.
    """
    if isinstance(text, str):
        return split_words(text, language.words)
    if hasattr(text, "tokens"):
        raise TypeError("a document is not a text; pass its words, document.tokens")
    if not isinstance(text, (list, tuple)):
        raise TypeError(f"a text cannot be {shown(text)}; {HOW}")
    for place, word in enumerate(text):
        if word is not None and not isinstance(word, str):
            raise TypeError(f"word {place} of a text cannot be {shown(word)}; {HOW}, None for a gap")
    return list(text)


def words_of(text: str | Sequence[str | None], language: Language, *, gaps: bool = True) -> list[str | None]:
    """The words of a text, None for a gap.

    Raises: the TypeError of `flat_words`; ImpossibleTextError naming all words that the language does not have;
    ValueError for a gap where ``gaps`` are not allowed.
    """
    words = flat_words(text, language)
    unknown = [t for t, word in enumerate(words) if word is not None and word not in language.word_id]
    if unknown:
        raise _unknown_words(words, unknown, language, listed=not isinstance(text, str))
    if not gaps and None in words:
        raise ValueError(f"word {words.index(None)} is a gap, and only a whole text can be asked for; write every word")
    return words


def _unknown_words(words, places, language: Language, *, listed: bool) -> ImpossibleTextError:
    """The error for words that the language does not have, with the remedy for one that is only spelled otherwise."""
    first, *others = dict.fromkeys(words[t] for t in places)
    spelled = split_words(first, language.words)
    if listed and spelled == [None]:
        remedy = "write None for a gap in a list, [MASK] in a string"
    elif listed and spelled and all(word in language.word_id for word in spelled if word is not None):
        remedy = f"write {', '.join(map(repr, spelled))} in a list, or pass the whole text as a string"
    else:
        remedy = "see tinytown.vocabulary(language)"
    nor = f", nor {'is' if len(others) == 1 else 'are'} {', '.join(map(repr, others))}" if others else ""
    return ImpossibleTextError(
        places[0], first, f"is not a word of {language.name}{nor}; {remedy}", unknown=[first, *others]
    )


def word_ids(text: str | Sequence[str | None], language: Language, *, gaps: bool = True) -> np.ndarray:
    """Ids of the words of a text (T,), with GAP for None; the errors are those of `words_of`."""
    words = words_of(text, language, gaps=gaps)
    return np.array([GAP if word is None else language.word_id[word] for word in words], dtype=int)


def sentences_of(side, language: Language) -> list[list[str | None]]:
    """The sentences of one side of a pair, each given as a string or as a list of words."""
    if not isinstance(side, (list, tuple)):
        raise TypeError(f"a side of a pair cannot be {shown(side)}; pass a list of sentences: ['the cat sat .']")
    if not side:
        raise ValueError("a side of the pair has no sentence; give at least one sentence on each side")
    if all(isinstance(part, str) and len(split_words(part, language.words)) < 2 for part in side):
        raise ValueError(f"the sentences of a side cannot be single words {shown(side)}; put one more list around them")
    return [words_of(sentence, language) for sentence in side]
