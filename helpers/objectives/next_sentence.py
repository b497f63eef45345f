"""Next sentence prediction: does text B follow text A, or does it come from another document?

Label 0 means "B is next", label 1 "B is random", as in transformers' BertForPreTraining.

Source: Devlin et al. 2019, "BERT", section 3.1, task 2.
The best possible answer: `helpers.tinytown.next_sentence_prob`.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch

from helpers.objectives.padding import MAX_LENGTH, ids_of, pad_rows
from helpers.transformer.checks import listed, random_source, real, shown, whole

IS_NEXT, IS_RANDOM = 0, 1


@dataclass(frozen=True)
class Pair:
    """Two texts, each a tuple of tokens or of token ids, and whether the second follows the first."""

    first: tuple
    second: tuple
    label: int


def make_pairs(documents, generator, *, random_share=0.5):
    """One pair for each document: its first sentences as A, and as B its own rest or, by chance, another one's rest.

    A document of n sentences is split after sentence j, uniform in 1..n-1. With probability `random_share` its rest is
    replaced by the rest of another document, chosen uniformly and split in the same way.

    >>> import torch
    >>> documents = [[("the", "cat", "sat"), ("it", "purred")], [("rain", "fell"), ("it", "was", "cold")]]
    >>> make_pairs(documents, torch.Generator().manual_seed(0), random_share=0.0)[0]
    Pair(first=('the', 'cat', 'sat'), second=('it', 'purred'), label=0)

    Raises ValueError for a document with fewer than two sentences or an empty one, for fewer than two documents, or
    for a share outside [0, 1].
    """
    _check(documents, random_share, generator)
    size = len(documents)
    cuts, swap, hop = torch.rand(3, size, generator=generator).tolist()
    halves = [split(document, 1 + int(cut * (len(document) - 1))) for document, cut in zip(documents, cuts)]
    pairs = []
    for index, (first, second) in enumerate(halves):
        other = (index + 1 + int(hop[index] * (size - 1))) % size  # any document but this one
        is_random = swap[index] < random_share
        pairs.append(Pair(first, halves[other][1] if is_random else second, IS_RANDOM if is_random else IS_NEXT))
    return pairs


NEGATIVES = ("random", "elsewhere", "swapped")


def sentence_pairs(documents, generator, *, negatives="random", negative_share=0.5):
    """One pair of single sentences for each document of at least three: A, and the sentence after it or a negative.

    A is drawn uniformly from all sentences but the last. With probability `negative_share` the pair is a negative:
    "random": B comes from another document's pair; "elsewhere": B is another sentence of the same document, uniformly,
    neither A nor the one after it; "swapped": the two have changed places. Positives are the same for all three.

    >>> import torch
    >>> documents = [[("a",), ("b",), ("c",)], [("d",), ("e",), ("f",)]]
    >>> generator = torch.Generator().manual_seed(0)
    >>> sentence_pairs(documents, generator, negatives="swapped", negative_share=1.0)[0]
    Pair(first=('b',), second=('a',), label=1)

    Raises ValueError for a document of fewer than three sentences or with an empty one, fewer than two documents, a
    share outside [0, 1], or an unknown kind of negatives.
    Source: Devlin et al. 2019, "BERT", section 3.1 ("random"); Lan et al. 2020, "ALBERT", section 3.1 ("swapped").
    """
    if not isinstance(negatives, str) or negatives not in NEGATIVES:
        raise ValueError(f"negatives {negatives!r} do not exist; choose one of {', '.join(NEGATIVES)}")
    _check(documents, negative_share, generator, least=3, name="negative_share")
    size = len(documents)
    places, flips, hops = torch.rand(3, size, generator=generator).tolist()
    at = [int(place * (len(document) - 1)) for place, document in zip(places, documents)]
    pairs = []
    for index, document in enumerate(documents):
        first, second = (tuple(document[at[index] + step]) for step in (0, 1))
        if flips[index] >= negative_share:
            pairs.append(Pair(first, second, IS_NEXT))
        elif negatives == "swapped":
            pairs.append(Pair(second, first, IS_RANDOM))
        elif negatives == "elsewhere":
            others = [place for place in range(len(document)) if place not in (at[index], at[index] + 1)]
            pairs.append(Pair(first, tuple(document[others[int(hops[index] * len(others))]]), IS_RANDOM))
        else:
            other = (index + 1 + int(hops[index] * (size - 1))) % size  # any document but this one
            pairs.append(Pair(first, tuple(documents[other][at[other] + 1]), IS_RANDOM))
    return pairs


def split(document, sentences):
    """A document's first `sentences` sentences and the rest, each as one tuple of tokens.

    >>> split([("a", "b"), ("c",), ("d",)], 1)
    (('a', 'b'), ('c', 'd'))
    """
    _check_sentences(document, "document")
    if not 0 < whole(sentences, "sentences", least=None) < len(document):
        raise ValueError(f"cannot split {len(document)} sentences after sentence {sentences}; choose 1 to len - 1")
    join = [token for sentence in document[:sentences] for token in sentence]
    rest = [token for sentence in document[sentences:] for token in sentence]
    return tuple(join), tuple(rest)


def pair_batch(pairs, *, cls_id, sep_id, pad_id, max_length=MAX_LENGTH):
    """Write `[CLS] A [SEP] B [SEP]` for pairs of ids, with segment ids 0 and 1, and the labels.

    >>> batch = pair_batch([Pair((30, 31), (32,), IS_NEXT)], cls_id=2, sep_id=3, pad_id=0)
    >>> batch["input_ids"].tolist(), batch["token_type_ids"].tolist(), batch["next_sentence_label"].tolist()
    ([[2, 30, 31, 3, 32, 3]], [[0, 0, 0, 0, 1, 1]], [0])

    Shapes: input_ids, attention_mask, token_type_ids (batch, position); next_sentence_label (batch,).
    Raises ValueError for a pair with an empty side or one longer than max_length.
    """
    for index, pair in enumerate(pairs := listed(pairs, "pairs", of="pairs")):
        _check_pair(index, pair)
        if not pair.first or not pair.second:
            raise ValueError(f"pair {index} has an empty side: {pair}; give both texts at least one token")
    heads = [len(pair.first) + 2 for pair in pairs]
    rows = [[cls_id, *pair.first, sep_id, *pair.second, sep_id] for pair in pairs]
    batch = pad_rows(rows, pad_id=pad_id, max_length=max_length)
    positions = torch.arange(batch["input_ids"].shape[1])
    segments = (positions >= torch.tensor(heads)[:, None]) & (batch["attention_mask"] == 1)
    labels = torch.tensor([pair.label for pair in pairs])
    return {**batch, "token_type_ids": segments.long(), "next_sentence_label": labels}


def _check_pair(index, pair):
    if not isinstance(pair, Pair):
        raise TypeError(f"pair {index} cannot be {shown(pair)}; pass Pair(first ids, second ids, label)")
    for row in (pair.first, pair.second):
        ids_of(row, index)
    if pair.label not in (IS_NEXT, IS_RANDOM):
        raise ValueError(
            f"label {shown(pair.label)} of pair {index} does not exist; {IS_NEXT} is next, {IS_RANDOM} random"
        )


def _check_sentences(document, name):
    for sentence in listed(document, name, least=0, of="sentences"):
        listed(sentence, f"a sentence of {name}", least=0, of="tokens")


def _check(documents, share, generator, *, least=2, name="random_share"):
    random_source(generator)
    for index, document in enumerate(listed(documents, "documents", least=0, of="documents")):
        _check_sentences(document, f"document {index}")
    if not 0 <= real(share, name) <= 1:
        raise ValueError(f"{name} {share} must lie between 0 and 1; BERT uses 0.5")
    if len(documents) < 2:
        raise ValueError(f"{len(documents)} document(s); random pairs need at least two")
    count = {2: "two", 3: "three"}[least]
    for index, document in enumerate(documents):
        if len(document) < least or not all(len(sentence) for sentence in document):
            raise ValueError(f"document {index} needs at least {count} sentences, none empty; found {document!r:.80}")
