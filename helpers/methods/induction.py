"""Heads that look up: how much each attention head reads what followed the same word, or the same kind, before.

An induction head, at a word that has come before, attends to the word that came behind it then. Repeat random words,
and nothing else can tell what comes next: what the head attends there is its prefix-matching score. Labelled lists ask
for more, since what must match is a kind of word: `label_attention` is the same question put to them.

Source: Olsson et al. 2022, "In-context Learning and Induction Heads", the section on prefix matching (random tokens,
repeated; the mean attention from a token to the tokens that follow the same token in earlier repeats).
"""

from __future__ import annotations

import numpy as np
import torch

from helpers.models.checks import name_of, name_unknown_words, require_causal, require_causal_model, room_of
from helpers.objectives.padding import ids_of
from helpers.transformer.checks import listed, random_source, shown, whole

ARROW = "->"
MOST = 1_000  # rows, and times that a row is written


def repeated(word_ids, *, length: int = 25, times: int = 4, count: int = 20, generator) -> list[list[int]]:
    """`count` rows of `length` different random words, each row written `times` times in a row.

    >>> repeated([7, 8], length=2, times=2, count=1, generator=torch.Generator().manual_seed(0)) in (
    ...     [[7, 8, 7, 8]], [[8, 7, 8, 7]])
    True

    Raises ValueError where there are fewer words than `length`, or a row is not repeated.
    """
    ids = ids_of(word_ids)
    random_source(generator)
    whole(count, "count", least=1, most=MOST)
    if whole(length, "length", least=1) > len(set(ids)):
        raise ValueError(f"length {length} needs as many different words, and there are {len(set(ids))}; choose less")
    whole(times, "times", least=2, most=MOST)
    words = torch.tensor(sorted(set(ids)))
    drawn = [words[torch.randperm(len(words), generator=generator)[:length]].tolist() for _ in range(count)]
    return [row * times for row in drawn]


def prefix_matching(model, rows, *, start_id: int) -> np.ndarray:
    """Prefix-matching score of every head of a causal model, from 0 to 1: (layers, heads).

    rows: lists of ids of one length, in which words come again, as `repeated` makes them; `start_id` is put in front.
    Beside it stands `uniform_matching`, the score of a head that attends everywhere alike.
    Raises ValueError for rows without a repetition, or a model that does not hand out its attention.
    """
    require_causal(model)
    ids = _rows(model, rows, whole(start_id, "start_id"))
    target = _targets(ids)  # (row, query, key)
    asked = target.any(-1)
    read = torch.stack([(heads * target[:, None]).sum(-1) for heads in _attention(model, ids)])
    # (layer, row, head, query)
    return (read * asked[None, :, None]).sum((1, 3)).div(asked.sum()).double().numpy()


def uniform_matching(rows) -> float:
    """The prefix-matching score of a head that attends to every position up to its own alike.

    >>> round(uniform_matching([[7, 8, 7, 8]]), 3)
    0.225
    """
    ids = _of_one_length(rows, -1)
    target = _targets(ids)
    share = target.sum(-1) / torch.arange(1, ids.shape[1] + 1)
    return float(share[target.any(-1)].mean())


def label_attention(model, tokenizer, lists) -> dict[str, np.ndarray]:
    """What each head reads at the last arrow of labelled lists: {"right", "wrong": (layers, heads)}, from 0 to 1.

    lists: pairs (words up to the last arrow, label that comes). "right" is the attention to the same label further
    left, "wrong" that to the other labels; a head that only looks for labels gives to both as they are frequent.
    Raises ValueError for words that do not end in an arrow, and as `prefix_matching`.
    """
    require_causal_model(model, tokenizer)
    found = {"right": [], "wrong": []}
    for words, label in require_lists(lists):
        name_unknown_words(tokenizer, [" ".join(words)])
        places = np.array([place for place, word in enumerate(words[:-1], 1) if word == ARROW], dtype=int)
        right = np.array([words[place] == label for place in places], dtype=bool)
        row = _rows(model, [tokenizer.convert_tokens_to_ids(list(words))], tokenizer.bos_token_id)
        heads = torch.stack(_attention(model, row))[:, 0, :, -1, 1:]  # (layer, head, word)
        found["right"].append(heads[:, :, places[right]].sum(-1))
        found["wrong"].append(heads[:, :, places[~right]].sum(-1))
    return {name: torch.stack(each).double().mean(0).numpy() for name, each in found.items()}


def require_lists(lists) -> list:
    """Pairs of the words of a labelled list, up to its last arrow, and the label that comes.

    >>> require_lists([("cat -> red".split(), "red")])
    Traceback (most recent call last):
    ...
    ValueError: list 0 ends in 'red'; cut it behind its last '->'
    """
    found = listed(lists, "lists", of="pairs (words, label)")
    for number, pair in enumerate(found):
        if not isinstance(pair, tuple | list) or len(pair) != 2 or not isinstance(pair[1], str):
            raise TypeError(f"list {number} cannot be {shown(pair)}; pass a pair (words, label)")
        words = listed(pair[0], f"the words of list {number}", of="words")
        if words[-1] != ARROW:
            raise ValueError(f"list {number} ends in {words[-1]!r}; cut it behind its last {ARROW!r}")
    return found


def _rows(model, rows, start_id):
    """Rows of one length behind a start mark, as a tensor of ids that the model has."""
    ids = _of_one_length(rows, start_id)
    size = getattr(getattr(model, "config", None), "vocab_size", None)
    if ids.shape[1] > room_of(model):
        raise ValueError(f"rows have {ids.shape[1] - 1} ids; give them {room_of(model) - 1} at most")
    if size and int(ids.max()) >= size:
        raise ValueError(f"id {int(ids.max())} is beyond the {size} of {name_of(model)}; use its tokenizer")
    return ids


def _of_one_length(rows, start_id):
    ids = [[start_id, *ids_of(row, number)] for number, row in enumerate(listed(rows, "rows", of="rows of ids"))]
    if len({len(row) for row in ids}) != 1:
        raise ValueError(f"rows have {sorted({len(row) - 1 for row in ids})} ids; give them one length")
    return torch.tensor(ids)


def _targets(ids):
    """Whether the key is the word behind an earlier one that equals the query's: (row, query, key).

    Raises ValueError where no word comes again.
    """
    before = torch.nn.functional.pad(ids[:, :-1], (1, 0), value=-2)  # the word in front of each key
    same = (ids[:, :, None] == before[:, None, :]) & torch.ones(ids.shape[1], ids.shape[1], dtype=torch.bool).tril()
    if not same.any((1, 2)).all():
        raise ValueError("a row holds no word twice, so nothing can be looked up; pass what repeated() gives")
    return same


def _attention(model, ids):
    """Attention of every layer, (row, head, query, key) each."""
    ids = ids.to(model.device)
    how = {"attention_mask": torch.ones_like(ids), "output_attentions": True, "use_cache": False}
    with torch.no_grad():
        found = model(input_ids=ids, **how).attentions
    if not found or found[0] is None:
        raise ValueError(f"{name_of(model)} hands out no attention; load it with attn_implementation='eager'")
    return [layer.float().cpu() for layer in found]
