"""Pairs: half of them consecutive, the others from another document, labelled as transformers expects."""

from collections import Counter

import pytest
import torch
from scipy.stats import binomtest, chi2_contingency, chisquare

from helpers.objectives.next_sentence import (
    IS_NEXT,
    IS_RANDOM,
    NEGATIVES,
    Pair,
    make_pairs,
    pair_batch,
    sentence_pairs,
    split,
)

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
    from helpers.models.tokenizers import build_tokenizer

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


def single(count=4_000, seed=0, sentences=5, **options):
    return sentence_pairs(documents(count, sentences), torch.Generator().manual_seed(seed), **options)


@pytest.mark.parametrize("negatives", NEGATIVES)
def test_half_of_the_sentence_pairs_are_negatives_of_their_kind(negatives):
    made = single(negatives=negatives)
    assert binomtest(sum(pair.label == IS_RANDOM for pair in made), len(made), 0.5).pvalue > 1e-4
    for pair in made:
        (a, i), (b, k) = pair.first, pair.second
        if pair.label == IS_NEXT:
            assert (b, k) == (a, i + 1)
        elif negatives == "random":
            assert b != a and k > 0
        elif negatives == "elsewhere":
            assert b == a and i < 4 and k not in (i, i + 1)
        else:
            assert (b, k) == (a, i - 1)


def test_positives_are_the_same_for_every_kind_of_negatives():
    made = [single(negatives=negatives) for negatives in NEGATIVES]
    labels = [[pair.label for pair in row] for row in made]
    assert labels[0] == labels[1] == labels[2]
    assert all(row[0] == row[1] == row[2] for row in zip(*made) if row[0].label == IS_NEXT)


def test_neither_side_of_a_random_pair_gives_its_label_away():
    made = single(negatives="random")
    for side in ("first", "second"):
        places = [Counter(getattr(p, side)[1] for p in made if p.label == label) for label in (IS_NEXT, IS_RANDOM)]
        assert chi2_contingency([[count[place] for place in sorted(places[0])] for count in places]).pvalue > 1e-4


def test_sentences_from_elsewhere_are_drawn_uniformly():
    made = single(20_000, negatives="elsewhere", negative_share=1.0)
    drawn = Counter(pair.second[1] for pair in made if pair.first[1] == 1)
    assert set(drawn) == {0, 3, 4} and chisquare(list(drawn.values())).pvalue > 1e-4


def test_sentence_pairs_that_cannot_be_made_are_refused():
    generator = torch.Generator()
    with pytest.raises(ValueError, match="document 2 needs at least three sentences"):
        sentence_pairs([*documents(2), ((1, 2), (3, 4))], generator)
    with pytest.raises(ValueError, match="document 0 needs at least three sentences"):
        sentence_pairs([((1, 2),), *documents(2)], generator)  # a document of one sentence
    with pytest.raises(ValueError, match="none empty"):
        sentence_pairs([*documents(1), ((1, 2), (), (3, 4))], generator)
    with pytest.raises(ValueError, match="at least two"):
        sentence_pairs(documents(1), generator)
    with pytest.raises(ValueError, match="negative_share -0.1 must lie between 0 and 1"):
        sentence_pairs(documents(2), generator, negative_share=-0.1)
    with pytest.raises(ValueError, match="'far' do not exist; choose one of random, elsewhere, swapped"):
        sentence_pairs(documents(2), generator, negatives="far")
