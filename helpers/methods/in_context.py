"""Labelled reviews written into a causal model's prompt: no weight changes, the examples are read.

Each example is the pattern with its gap filled by the label's word; the question is the pattern up to its gap. As many
examples as fit into the model's positions stand in the prompt, the first ones of the list; the others are not seen.
"""

from __future__ import annotations

import numpy as np

from helpers.evaluation import next_word_log_probs
from helpers.methods.cloze import GAP, check_pattern, words_of


def written(examples, question: str, *, pattern: str, verbalizer, between: str) -> str:
    """One prompt: the examples, then the question up to the gap.

    >>> written([("fine .", "good")], "cold .", pattern="{text} it is [MASK] .", between=" ",
    ...         verbalizer={"good": "good", "bad": "bad"})
    'fine . it is good . cold . it is'
    """
    before, after = check_pattern(pattern).split(GAP)
    words = words_of(verbalizer, [label for _, label in examples])
    shown = [(before + words[label][0] + after).replace("{text}", text) for text, label in examples]
    return between.join([*shown, before.replace("{text}", question)]).strip()


def most_that_could_fit(examples, room: int) -> list:
    """The first examples, no more than could fit if each had ten tokens: those behind them are never seen."""
    return list(examples)[: 2 * (room // 20)]


def longest_prompt(tokenizer, examples, question: str, *, room: int, **how) -> str:
    """The prompt with as many of the examples, in pairs from the front, as leave it within `room` tokens.

    Raises ValueError when not even the question fits.
    """
    for count in range(len(examples), -1, -2):
        prompt = written(examples[:count], question, **how)
        if len(tokenizer(prompt, verbose=False)["input_ids"]) <= room:
            return prompt
    raise ValueError(f"the question alone has more than {room} tokens; cut the text: {question[:60]!r}")


def label_probs(model, tokenizer, examples, texts, *, pattern: str, verbalizer, between: str = " ") -> np.ndarray:
    """Probability of each label as the next word, (texts, labels), the other words left out.

    examples: (text, label) pairs, good and bad in turn. Raises ValueError for a pattern whose gap is in front of its
    text (a causal model would be asked before it has read), or a verbalizer word of several tokens.
    """
    if pattern.index(GAP) < pattern.index("{text}"):
        raise ValueError(f"pattern {pattern!r} asks before the text; a causal model needs the gap behind it")
    ids = [tokenizer(f" {words[0]}", add_special_tokens=False)["input_ids"] for words in words_of(verbalizer).values()]
    wide = [row for row in ids if len(row) != 1]
    if wide:
        raise ValueError(f"a label's word has {len(wide[0])} tokens; choose words that are one token")
    how = {"pattern": pattern, "verbalizer": verbalizer, "between": between}
    room = min(tokenizer.model_max_length, model.config.max_position_embeddings)
    few = most_that_could_fit(examples, room)
    prompts = [longest_prompt(tokenizer, few, text, room=room, **how) for text in texts]
    scores = next_word_log_probs(model, tokenizer, prompts)[:, [row[0] for row in ids]]
    return scores.softmax(-1).numpy()
