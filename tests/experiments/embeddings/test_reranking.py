"""Re-ranking: what is not fetched is lost; a perfect second reader finds all that was fetched."""

import dataclasses

import numpy as np
import pytest

from helpers.experiments.embeddings import reranking, runs, training
from helpers.methods.embeddings import contrastive, cross_encoder
from helpers.tasks.paraphrases import collection, paraphrase_pairs

LONG = dataclasses.replace(contrastive.RECIPE, steps=training.LONG)
SIDES = ("a", "b", "c"), ("A", "B", "C", "D")
FOUND = np.array([[0.1, 0.9, 0.8, 0.0], [0.2, 0.9, 0.1, 0.0], [0.9, 0.8, 0.1, 0.7]])


def perfect(pairs):
    return [float(one.upper() == two) for one, two in pairs]


def test_a_perfect_reader_finds_what_is_fetched_and_nothing_else():
    documents = (*SIDES[1], "E")
    found = np.hstack([FOUND, np.zeros((3, 1))])
    for count, share in ((1, 1 / 3), (2, 1 / 3), (3, 2 / 3), (5, 1.0)):
        again = reranking.reranked(found, perfect, (SIDES[0], documents), count=count)
        assert again == {"1": share, "5": share}


def test_a_reader_that_ranks_the_wrong_way_round_loses_what_was_first():
    documents = (*SIDES[1], "E")
    found = np.hstack([FOUND, np.zeros((3, 1))])
    worse = reranking.reranked(
        found, lambda pairs: [-score for score in perfect(pairs)], (SIDES[0], documents), count=2
    )
    assert worse["1"] == 0 and worse["5"] == 1 / 3


def test_a_reader_trains_on_picking_and_records_its_way():
    recipe = dataclasses.replace(reranking.RECIPE, steps=2, batch_size=4)
    model, _, curve = reranking.reader("decoder", recipe, 0, points=(1, 2))
    assert [step for step, _ in curve] == [1, 2] and all(loss > 0 for _, loss in curve)
    assert model.config.num_labels == 1


def test_a_reader_starts_from_the_weights_that_it_is_given(monkeypatch):
    recipe = dataclasses.replace(reranking.RECIPE, steps=1, batch_size=4)
    monkeypatch.setattr(cross_encoder, "train", lambda model, *a, **k: (model, []))
    body = runs.random_stack("encoder", 5)[0]
    for start in (body, runs.stack("encoder")[0]):
        given = {"body": body} if start is body else {}
        read = reranking.reader("encoder", recipe, 0, **given)[0].base_model.state_dict()
        assert all(read[name].equal(weight) for name, weight in start.state_dict().items())


def test_the_wrong_candidates_share_more_words_with_the_query_than_the_next_pairs_do():
    pairs = paraphrase_pairs("train", 200, 0)
    found, common = reranking.choices(pairs), {"hard": 0, "next": 0}
    for row, (query, texts) in enumerate(found):
        assert (query, texts[0]) == pairs[row] and len(set(texts)) == 4
        words = set(query.split())
        common["hard"] += sum(len(words & set(text.split())) for text in texts[1:])
        common["next"] += sum(len(words & set(pairs[(row + step) % 200][1].split())) for step in (1, 2, 3))
    assert common["hard"] > 1.5 * common["next"]


def test_fetched_candidates_are_among_the_nearest_of_their_block_and_share_no_text(monkeypatch):
    monkeypatch.setattr(reranking, "POOL", 40)
    pairs, asked = paraphrase_pairs("train", 100, 0), []
    place = {text: i for i, text in enumerate(dict.fromkeys(text for pair in pairs for text in pair))}
    table = np.random.default_rng(0).normal(size=(len(place), 5))

    def vectors(side):
        asked.append(len(side))
        return table[[place[text] for text in side]]

    found = reranking.fetched_choices(vectors, pairs, seed=0)
    assert asked == [40, 40, 40, 40, 20, 20] and [(query, texts[0]) for query, texts in found] == list(pairs)
    for row, (query, texts) in enumerate(found):
        block = pairs[row // 40 * 40 : row // 40 * 40 + 40]
        others = [two for one, two in block if not {one, two} & set(pairs[row])]
        near = sorted(dict.fromkeys(others), key=lambda text: -table[place[query]] @ table[place[text]])[:9]
        assert len(set(texts)) == 4 and set(texts[1:]) <= set(near)
    assert (
        found == reranking.fetched_choices(vectors, pairs, seed=0) != reranking.fetched_choices(vectors, pairs, seed=1)
    )


@pytest.mark.parametrize("wrong", ["", "fetched"])
def test_the_reader_gets_the_candidates_that_its_point_names(monkeypatch, wrong):
    chosen = []

    def reader(*a, choose, **k):
        chosen.append(choose)
        return "model", "tokenizer", []

    monkeypatch.setattr(reranking.training, "trained", lambda *a: ("body", "tokenizer", ()))
    monkeypatch.setattr(reranking.contrastive, "embed", lambda body, tokenizer, side, how: np.ones((len(side), 2)))
    monkeypatch.setattr(reranking, "reader", reader)
    monkeypatch.setattr(reranking.cross_encoder, "score", lambda model, tokenizer, pairs: np.zeros(len(pairs)))
    reranking.scores("encoder", reranking.RECIPE, 0, how="mean", bi_recipe=LONG, wrong=wrong)
    assert (chosen[0] is reranking.choices) == (wrong == "")


def test_the_loss_is_that_of_the_first_candidate_of_each_query():
    chance = cross_encoder._pick_loss(np.zeros(8))
    assert float(chance) == pytest.approx(np.log(4)) and cross_encoder._pick_loss([9.0, 0, 0, 0] * 2) < 0.01


def test_what_was_fetched_is_recorded_in_the_order_of_the_long_bi_encoder(monkeypatch):
    asked, queries = [], collection()[0]

    def trained(family, how, recipe, seed):
        asked.append((family, how, recipe.steps, seed))
        return "body", "tokenizer", ()

    def embed(body, tokenizer, side, how):
        place = {text: i for i, text in enumerate(dict.fromkeys((*queries, *collection()[1])))}
        return np.eye(1200)[[place[text] if side == queries else place[text] - 200 for text in side]]

    monkeypatch.setattr(reranking.training, "trained", trained)
    monkeypatch.setattr(reranking.contrastive, "embed", embed)
    monkeypatch.setattr(reranking, "reader", lambda *a, **k: ("model", "tokenizer", []))
    monkeypatch.setattr(reranking.cross_encoder, "score", lambda model, tokenizer, pairs: np.zeros(len(pairs)))
    found = reranking.scores("encoder", reranking.RECIPE, 0, how="mean", bi_recipe=LONG)
    assert asked == [("encoder", "mean", 300, 0)]
    assert found["fetched"] == {"1": 1.0, "5": 1.0, "10": 1.0}  # each document has its query's vector
    assert found["re-ranked"]["1"] == pytest.approx(0.1)  # ties by lot among the ten
    assert "perfect" not in found


def test_from_the_bi_encoder_the_perfect_reader_of_the_same_ten_stands_beside(monkeypatch):
    body, tokenizer = runs.random_stack("encoder", 5)
    given = []

    def reader(*a, body, **k):
        given.append(body)
        return "model", "tokenizer", []

    monkeypatch.setattr(reranking.training, "trained", lambda *a: (body, tokenizer, ()))
    monkeypatch.setattr(reranking, "reader", reader)
    monkeypatch.setattr(reranking.cross_encoder, "score", lambda model, tokenizer, pairs: np.zeros(len(pairs)))
    how = {"how": "mean", "bi_recipe": LONG, "wrong": "fetched", "start": "bi-encoder"}
    found = reranking.scores("encoder", reranking.RECIPE, 0, **how)
    assert given == [body]
    assert found["re-ranked"]["1"] < found["perfect"]["1"] <= found["fetched"]["10"]
    assert 0 < found["floor"] < np.log(4)
