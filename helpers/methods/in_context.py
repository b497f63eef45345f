"""Labelled reviews written into a causal model's prompt: no weight changes, the examples are read.

Each example is the pattern with its gap filled by the label's word; the question is the pattern up to its gap. As many
examples as fit into the model's positions stand in the prompt, the first ones of the list; the others are not seen.
"""

from __future__ import annotations

import numpy as np

from helpers.evaluation import next_word_log_probs
from helpers.methods.cloze.patterns import GAP, check_pattern, distinct_ids, words_of
from helpers.models.checks import (
    require_causal_model,
    require_pairs,
    require_text,
    require_texts,
    require_tokenizer,
    room_of,
)
from helpers.transformer.checks import listed, shown, whole


def written(examples, question: str, *, pattern: str, verbalizer, between: str) -> str:
    """One prompt: the examples, then the question up to the gap.

    >>> written([("fine .", "good")], "cold .", pattern="{text} it is [MASK] .", between=" ",
    ...         verbalizer={"good": "good", "bad": "bad"})
    'fine . it is good . cold . it is'
    """
    before, after = check_pattern(pattern).split(GAP)
    examples = require_pairs(examples, "examples") if listed(examples, "examples", least=0) else []
    require_text(question, "question")
    if not isinstance(between, str):
        raise TypeError(f"between cannot be {shown(between)}; pass what stands between two examples, such as ' '")
    words = words_of(verbalizer, [label for _, label in examples])
    told = [(before + words[label][0] + after).replace("{text}", text) for text, label in examples]
    return between.join([*told, before.replace("{text}", question)]).strip()


def most_that_could_fit(examples, room: int) -> list:
    """The first examples, no more than could fit if each had ten tokens: those behind them are never seen."""
    return listed(examples, "examples", least=0)[: 2 * (whole(room, "room", least=1) // 20)]


def examples_that_fit(tokenizer, examples, question: str, *, room: int, **how) -> int:
    """How many of the examples, in pairs from the front, stand in the longest prompt of at most `room` tokens.

    Raises ValueError when not even the question fits.
    """
    require_tokenizer(tokenizer)
    whole(room, "room", least=1)
    for count in range(len(listed(examples, "examples", least=0)), -1, -2):
        prompt = written(examples[:count], question, **how)
        if len(tokenizer(prompt, verbose=False)["input_ids"]) <= room:
            return count
    raise ValueError(f"the question alone has more than {room} tokens; cut the text: {question[:60]!r}")


def longest_prompt(tokenizer, examples, question: str, *, room: int, **how) -> str:
    """The prompt with as many examples as `examples_that_fit` says.

    Raises ValueError when not even the question fits.
    """
    count = examples_that_fit(tokenizer, examples, question, room=room, **how)
    return written(examples[:count], question, **how)


def label_probs(model, tokenizer, examples, texts, *, pattern: str, verbalizer, between: str = " ") -> np.ndarray:
    """Probability of each label as the next word, (texts, labels), the other words left out.

    examples: (text, label) pairs, good and bad in turn. Raises ValueError for a pattern whose gap is in front of its
    text (a causal model would be asked before it has read), or a verbalizer word of several tokens.
    """
    require_causal_model(model, tokenizer)
    texts = require_texts(texts)
    if check_pattern(pattern).index(GAP) < pattern.index("{text}"):
        raise ValueError(f"pattern {pattern!r} asks before the text; a causal model needs the gap behind it")
    ids = [rows[0] for rows in distinct_ids(tokenizer, verbalizer, pattern=pattern).values()]
    wide = [row for row in ids if len(row) != 1]
    if wide:
        raise ValueError(f"a label's word has {len(wide[0])} tokens; choose words that are one token")
    how = {"pattern": pattern, "verbalizer": verbalizer, "between": between}
    room = room_of(model, tokenizer)
    few = most_that_could_fit(examples, room)
    prompts = [longest_prompt(tokenizer, few, text, room=room, **how) for text in texts]
    scores = next_word_log_probs(model, tokenizer, prompts)[:, [row[0] for row in ids]]
    return scores.softmax(-1).numpy()
