"""Pairs: half of them consecutive, the others from another document, labelled as transformers expects."""

from collections import Counter

import pytest
import torch
from scipy.stats import binomtest, chisquare

from helpers.objectives.next_sentence import IS_NEXT, IS_RANDOM, Pair, make_pairs, pair_batch, split

IDS = {"cls_id": 2, "sep_id": 3, "pad_id": 0}


def documents(count, sentences=4):
    """Document d is made of sentences (d, s, s) so that every token tells where it comes from."""
    return [tuple((document, sentence) for sentence in range(sentences)) for document in range(count)]


def pairs(count=4_000, seed=0, **options):
    return make_pairs(documents(count), torch.Generator().manual_seed(seed), **options)


def test_half_of_the_pairs_are_random_and_come_from_another_document():
    made = pairs()
    random = [pair for pair in made if pair.label == IS_RANDOM]
    assert binomtest(len(random), len(made), 0.5).pvalue > 1e-4
    assert all(pair.first[0] != pair.second[0] for pair in random)
    assert all(pair.first[0] == pair.second[0] for pair in made if pair.label == IS_NEXT)


def test_true_pairs_are_whole_documents_cut_uniformly():
    true = [pair for pair in pairs() if pair.label == IS_NEXT]
    whole = [tuple(token for sentence in documents(4_000)[pair.first[0]] for token in sentence) for pair in true]
    assert all(pair.first + pair.second == text for pair, text in zip(true, whole))
    assert chisquare(list(Counter(len(pair.first) for pair in true).values())).pvalue > 1e-4


def test_random_seconds_are_right_hand_parts_of_the_same_kind():
    made = pairs()
    assert all(pair.second[-1] == 3 for pair in made)  # the last sentence of some document
    lengths = [Counter(len(pair.second) for pair in made if pair.label == label) for label in (IS_NEXT, IS_RANDOM)]
    share = [sum(length for length in count.elements()) / count.total() for count in lengths]
    assert abs(share[0] - share[1]) < 0.2  # no length gives the label away


def test_partners_are_drawn_from_all_other_documents():
    partners = Counter()
    for seed in range(300):
        made = pairs(4, seed=seed, random_share=1.0)
        partners[made[0].second[0]] += 1
    assert set(partners) == {1, 2, 3} and chisquare(list(partners.values())).pvalue > 1e-4


def test_the_generator_decides_and_documents_are_not_changed():
    given = documents(10)
    before = [tuple(document) for document in given]
    assert make_pairs(given, torch.Generator().manual_seed(3)) == pairs(10, seed=3)
    assert given == before and pairs(10, seed=4) != pairs(10, seed=3)


def test_the_label_means_what_transformers_means():
    """The library's own documentation: 0 is a continuation, 1 a random sentence."""
    from transformers import BertForPreTraining

    text = " ".join(BertForPreTraining.forward.__doc__.split())
    assert f"{IS_NEXT} indicates sequence B is a continuation" in text
    assert f"{IS_RANDOM} indicates sequence B is a random" in text


def test_a_batch_equals_what_the_tokenizer_writes():
    from helpers.tokenization import build_tokenizer

    tokenizer = build_tokenizer(["the", "cat", "sat", "."])
    texts = [("the cat", "sat ."), ("the", "cat sat . the cat")]
    ids = [tuple(tuple(tokenizer(side, add_special_tokens=False)["input_ids"]) for side in text) for text in texts]
    ours = pair_batch([Pair(*both, IS_NEXT) for both in ids], **IDS)
    theirs = tokenizer(texts, padding=True, return_tensors="pt")
    assert all(torch.equal(ours[name], theirs[name]) for name in theirs)
    assert ours["next_sentence_label"].tolist() == [0, 0]


@pytest.mark.parametrize("first, second", [((), (9,)), ((9,), ())])
def test_a_pair_with_an_empty_side_is_refused(first, second):
    with pytest.raises(ValueError, match="pair 0 has an empty side"):
        pair_batch([Pair(first, second, IS_NEXT)], **IDS)


def test_pairs_longer_than_the_model_are_refused():
    with pytest.raises(ValueError, match="133 tokens, the model has 128 positions"):
        pair_batch([Pair((9,) * 100, (9,) * 30, IS_NEXT)], **IDS)


def test_documents_that_cannot_be_paired_are_refused():
    generator = torch.Generator()
    with pytest.raises(ValueError, match="document 1 needs at least two sentences"):
        make_pairs([*documents(1), ((1, 2),)], generator)
    with pytest.raises(ValueError, match="none empty"):
        make_pairs([*documents(1), ((1, 2), ())], generator)
    with pytest.raises(ValueError, match="at least two"):
        make_pairs(documents(1), generator)
    with pytest.raises(ValueError, match="random_share 1.5"):
        make_pairs(documents(2), generator, random_share=1.5)
    with pytest.raises(ValueError, match="cannot split 4 sentences after sentence 4"):
        split(documents(1)[0], 4)
