"""Sentence embeddings: twins, exact scores against slow oracles, losses and measures against the field's libraries."""

import itertools

import numpy as np
import pytest
import torch
from transformers import BertConfig, BertForSequenceClassification, BertModel

from helpers import tinytown
from helpers.experiments.embeddings import RECORD, runs, summary
from helpers.experiments.embeddings import __main__ as command
from helpers.experiments.results import Record
from helpers.methods.embeddings import contrastive, cross_encoder, geometry, graded, retrieval
from helpers.models.tokenizers import build_tokenizer
from helpers.tasks import TASKS, paraphrase_posteriors, similarity
from helpers.tasks.paraphrases import collection, draw_twins, twins
from helpers.tinytown.sampling import split_of
from helpers.training.finetuning import Recipe, plain

WORDS = sorted({word for pair in draw_twins(200, split="train", seed=[1]) for text in pair for word in text.split()})


@pytest.fixture(scope="module")
def small():
    """A small encoder and its tokenizer."""
    tokenizer = build_tokenizer(WORDS)
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
        initializer_range=0.2,
    )
    return BertModel(config).eval(), tokenizer


@pytest.fixture(scope="module")
def pairs():
    return draw_twins(24, split="train", seed=[1])


# ---- twins


@pytest.mark.parametrize("split", ["train", "validation", "test"])
def test_twins_differ_are_of_their_split_and_can_be_written_in_one_world(split):
    drawn = draw_twins(12, split=split, seed=[2])
    for one, two in drawn:
        assert one != two and max(len(one.split()), len(two.split())) <= 24
        assert {split_of(one.split()), split_of(two.split())} == {split}
        assert (paraphrase_posteriors.world_posteriors([one, two]).prod(0) > 0).any()
    assert drawn == draw_twins(12, split=split, seed=[2]) != draw_twins(12, split=split, seed=[3])


def test_worlds_come_as_often_as_the_language_has_them():
    first = [one for one, _ in draw_twins(600, split="train", seed=[4], scenes=("weather", "animal"))]
    language = tinytown.only("weather", "animal")
    share = np.mean([tinytown.scene_probs(text, language=language)["animal"] > 0 for text in first])
    expected = next(scene.weight for scene in language.scenes if scene.name == "animal")
    assert abs(share - expected) < 0.08


def test_the_collection_holds_each_query_s_twin_at_its_own_place():
    queries, documents = collection(documents=20, queries=5, seed=3)
    assert list(zip(queries, documents)) == list(twins("test", 20, 3)[:5]) and len(documents) == 20


def test_no_pair_cannot_be_asked_for():
    with pytest.raises(ValueError, match="count 0 asks for no pair"):
        draw_twins(0, split="test", seed=[0])


# ---- exact scores


def test_the_posterior_is_bayes_rule_in_every_world():
    scenes = ("weather", "animal")
    language, texts = tinytown.only(*scenes), ["the cat sat on the mat .", "it was a sunny day ."]
    prior, found = paraphrase_posteriors.world_prior(scenes), paraphrase_posteriors.world_posteriors(texts, scenes)
    assert prior.sum() == pytest.approx(1) and found.sum(1) == pytest.approx(np.ones(2), abs=1e-5)
    for text, row in zip(texts, found):
        joint = []
        for scene in language.scenes:
            for world in range(len(scene.prior)):
                sole = tinytown.Reading(text, only_world(language, scene, world))
                joint.append(sole.probability() * scene.weight * scene.prior[world])
        assert row == pytest.approx(np.array(joint) / sum(joint), abs=1e-5)


def only_world(language, scene, world):
    """The language with one scene and one world."""
    from dataclasses import replace

    prior = np.zeros_like(scene.prior)
    prior[world] = 1
    return replace(language, scenes=(replace(scene, prior=prior, weight=1.0),))


def test_the_ratio_is_the_sum_over_worlds(pairs):
    first, second = zip(*pairs[:6])
    prior = paraphrase_posteriors.world_prior()
    one, two = paraphrase_posteriors.world_posteriors(first), paraphrase_posteriors.world_posteriors(second)
    slow = [[sum(p * q / w for p, q, w in zip(a, b, prior) if p and q) for b in two] for a in one]
    with np.errstate(divide="ignore"):
        np.testing.assert_allclose(paraphrase_posteriors.exact_scores(first, second), np.log(slow), atol=1e-3)


def test_nobody_beats_the_exact_ratio_at_the_contrastive_question():
    drawn = draw_twins(256, split="train", seed=[6])
    floor = paraphrase_posteriors.contrastive_floor(drawn, batch_size=32)
    vectors = torch.tensor(paraphrase_posteriors.exact_vectors([one for one, _ in drawn]))
    others = torch.tensor(paraphrase_posteriors.exact_vectors([two for _, two in drawn]))
    spoilt = contrastive.info_nce(vectors[:32], others[:32])  # the same vectors, but only their cosines
    assert 0 < floor < 0.6 and floor < float(spoilt) + 0.05


def test_an_impossible_text_is_named():
    with pytest.raises(tinytown.ImpossibleTextError):
        paraphrase_posteriors.world_posteriors(["it was it was ."])


# ---- the two losses


def test_the_contrastive_loss_is_the_one_of_sentence_transformers():
    from sentence_transformers.sentence_transformer import losses

    first, second = (torch.randn(7, 16, generator=torch.Generator().manual_seed(seed)) for seed in (0, 1))
    theirs = losses.MultipleNegativesRankingLoss(None, scale=20.0).compute_loss_from_embeddings([first, second], None)
    torch.testing.assert_close(contrastive.info_nce(first, second), theirs)


def test_the_contrastive_loss_by_hand_is_invariant_to_length_and_log_b_without_information():
    first, second = (torch.randn(5, 4, generator=torch.Generator().manual_seed(seed)) for seed in (2, 3))
    slow = []
    for i in range(5):
        scores = [float(torch.cosine_similarity(first[i], b, dim=0)) / 0.1 for b in second]
        slow.append(np.log(sum(np.exp(scores))) - scores[i])
    assert float(contrastive.info_nce(first, second, temperature=0.1)) == pytest.approx(np.mean(slow), abs=1e-4)
    torch.testing.assert_close(contrastive.info_nce(3 * first, second), contrastive.info_nce(first, second))
    assert float(contrastive.info_nce(torch.ones(8, 3), torch.ones(8, 3))) == pytest.approx(np.log(8))


@pytest.mark.parametrize(
    "bad, message",
    [(dict(temperature=0.0), "temperature 0.0 must be above 0"), (dict(count=1), "pass two or more pairs")],
)
def test_a_loss_that_cannot_be_is_refused(bad, message):
    count, options = bad.pop("count", 3), dict(bad)
    with pytest.raises(ValueError, match=message):
        contrastive.info_nce(torch.ones(count, 2), torch.ones(count, 2), **options)


def test_the_graded_loss_by_hand_counts_each_degree_alike():
    vectors, gold = torch.randn(5, 3, generator=torch.Generator().manual_seed(4)), torch.zeros(5, 5)
    gold[0, 1] = gold[1, 0] = 0.5
    errors = {0.0: [], 0.5: []}
    for i, j in itertools.combinations(range(5), 2):
        cosine = torch.cosine_similarity(vectors[i], vectors[j], dim=0)
        errors[float(gold[i, j])].append(float(cosine - gold[i, j]) ** 2)
    expected = np.mean([np.mean(part) for part in errors.values()])
    assert float(graded.graded_loss(vectors, gold)) == pytest.approx(expected, abs=1e-5)


def test_gold_overlaps_are_the_task_s_within_a_scene_and_0_across():
    lessons = [lesson for pair in graded.relatives(24) for lesson in pair]
    gold = graded.overlaps(lessons)
    assert {scene for _, scene, _ in lessons} == set(similarity.SCENES) and torch.equal(gold, gold.T)
    for (i, (_, a, one)), (j, (_, b, two)) in itertools.combinations(enumerate(lessons), 2):
        facts = len(tinytown.only(a).scenes[0].facts)
        assert gold[i, j] == pytest.approx(similarity.overlap(one, two, facts=facts) if a == b else 0.0)


@pytest.mark.parametrize("how", ["first", "mean", "last"])
def test_training_on_twins_lowers_the_loss_and_leaves_the_given_body_alone(small, pairs, how):
    body, tokenizer = small
    before = {name: weight.clone() for name, weight in body.state_dict().items()}
    recipe = Recipe(steps=15, batch_size=8, learning_rate=3e-3)
    trained, losses = contrastive.train(body, tokenizer, pairs, how=how, seed=0, recipe=recipe)
    assert np.mean(losses[-4:]) < np.mean(losses[:4])
    assert all(torch.equal(weight, before[name]) for name, weight in body.state_dict().items())
    held = [contrastive.held_out_loss(model, tokenizer, pairs, how=how, batch_size=8) for model in (trained, body)]
    assert held[0] < held[1]


def test_relatives_agree_in_some_facts_of_one_scene_and_are_training_texts():
    made = graded.relatives(60)
    assert {split_of(text.split()) for pair in made for text, *_ in pair} == {"train"}
    assert all(one[1] == two[1] and one[0] != two[0] for one, two in made)
    assert all(told == similarity.told(text, scene) for pair in made[:6] for text, scene, told in pair)
    degrees = [float(graded.overlaps(pair)[0, 1]) for pair in made]
    assert min(degrees) == 0 and max(degrees) >= 0.75 and len({round(d, 2) for d in degrees}) >= 5


def test_a_relative_s_world_is_the_one_that_was_asked_for():
    from helpers.tasks.paraphrases import text_of
    from helpers.tinytown.sampling import uniform_stream

    stream = uniform_stream(np.random.default_rng(0))
    for scene in tinytown.only(*similarity.SCENES).scenes:
        for world in (0, 7, len(scene.prior) - 1):
            text = text_of(graded._uniforms(scene, world), stream, "train")
            assert tinytown.world_probs(text, language=tinytown.only(scene.name))[scene.name][world] > 0


def test_training_on_degrees_lowers_its_loss(small):
    body, tokenizer = small
    recipe = Recipe(steps=15, batch_size=8, learning_rate=3e-3)
    _, losses = graded.train(body, tokenizer, graded.relatives(24), how="mean", seed=0, recipe=recipe)
    assert np.mean(losses[-4:]) < np.mean(losses[:4])


# ---- vectors


def test_vectors_do_not_depend_on_their_batch_and_have_length_1(small, pairs):
    texts = [text for pair in pairs for text in pair]
    together = contrastive.embed(*small, texts, how="mean", batch_size=5)
    alone = torch.cat([contrastive.embed(*small, [text], how="mean") for text in texts])
    torch.testing.assert_close(together, alone, atol=1e-5, rtol=0)
    torch.testing.assert_close(together.norm(dim=1), torch.ones(len(texts)))


@pytest.mark.parametrize("texts", [[], ["the cat .", " "]])
def test_empty_texts_are_refused(small, texts):
    with pytest.raises(ValueError, match="pass a list of 1 or more|leave empty ones out"):
        contrastive.embed(*small, texts, how="mean")


def test_vectors_of_course_bert_are_those_of_sentence_transformers(pairs):
    from sentence_transformers import SentenceTransformer

    from helpers.models import DATA
    from helpers.models.course import quiet

    with quiet():
        theirs = SentenceTransformer(str(DATA / "models" / "course-bert"), device="cpu")
    texts = [one for one, _ in pairs]
    found = contrastive.embed(*runs.stack("encoder"), texts, how="mean").numpy()
    expected = theirs.encode(texts, normalize_embeddings=True, show_progress_bar=False)
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_geometry_by_slow_loops():
    u, v = (
        torch.nn.functional.normalize(torch.randn(9, 5, generator=torch.Generator().manual_seed(s)), dim=1)
        for s in (5, 6)
    )
    strangers = list(itertools.permutations(range(9), 2))
    assert geometry.mean_cosine(u) == pytest.approx(np.mean([float(u[i] @ u[j]) for i, j in strangers]), abs=1e-5)
    slow = np.mean([float((a - b).norm() ** 2) for a, b in zip(u, v)])
    assert geometry.alignment(u, v) == pytest.approx(slow, abs=1e-5)
    slow = np.log(np.mean([np.exp(-2 * float((u[i] - u[j]).norm() ** 2)) for i, j in strangers]))
    assert geometry.uniformity(u) == pytest.approx(slow, abs=1e-4)
    assert geometry.uniformity(u[:1].repeat(4, 1)) == pytest.approx(0, abs=1e-5)


def test_geometry_refuses_long_vectors_and_single_ones():
    with pytest.raises(ValueError, match="must have length 1"):
        geometry.mean_cosine(torch.ones(3, 4))
    with pytest.raises(ValueError, match="1 vectors make no pair"):
        geometry.uniformity(torch.ones(1, 1))


# ---- search


def test_chance_of_hit_is_the_mean_over_all_orders_of_ties():
    scores, wanted = np.array([[2, 2, 1, 2, 3.0]]), [1]
    for k in range(1, 6):
        hits = []
        for order in itertools.permutations(range(5)):
            ranked = sorted(order, key=lambda column: -scores[0, column])  # stable: ties stay in this order
            hits.append(wanted[0] in ranked[:k])
        assert retrieval.chance_of_hit(scores, wanted, k)[0] == pytest.approx(np.mean(hits))


def test_recall_refuses_a_cut_beyond_the_collection():
    with pytest.raises(ValueError, match="k = 6 of 5 documents; choose 1 to 5"):
        retrieval.recalls(np.zeros((2, 5)), cuts=(6,))


def test_bm25_by_its_formula():
    documents, query, k1, b = ["a b b", "a c", "c c c d"], "b c b", 1.2, 0.5
    mean = np.mean([len(d.split()) for d in documents])
    slow = []
    for document in documents:
        total, words = 0.0, document.split()
        for word in query.split():
            n = sum(word in d.split() for d in documents)
            tf = words.count(word)
            total += np.log(1 + (3 - n + 0.5) / (n + 0.5)) * tf * (k1 + 1) / (tf + k1 * (1 - b + b * len(words) / mean))
        slow.append(total)
    assert retrieval.bm25([query], documents, k1=k1, b=b)[0] == pytest.approx(slow)
    with pytest.raises(ValueError, match="collection is empty"):
        retrieval.bm25([query], [])


# ---- cross-encoder


def test_candidates_hold_the_twin_first_and_no_text_twice():
    made = cross_encoder.candidate_pairs([(str(i), f"twin {i}") for i in range(6)], candidates=4)
    groups = [made[4 * i : 4 * i + 4] for i in range(6)]
    assert all(group[0] == (str(i), f"twin {i}") and len(set(group)) == 4 for i, group in enumerate(groups))
    with pytest.raises(ValueError, match="2 pairs cannot give 4 candidates"):
        cross_encoder.candidate_pairs([("a", "b")] * 2)


def test_a_cross_encoder_reads_both_texts_and_learns_to_pick(small, pairs):
    body, tokenizer = small
    torch.manual_seed(0)
    config = BertConfig(**{**body.config.to_dict(), "num_labels": 1})
    model = BertForSequenceClassification(config).eval()
    write = cross_encoder.writer(tokenizer, config)
    batch = write([pairs[0]])
    assert batch["token_type_ids"].max() == 1 and "labels" not in batch
    swapped = cross_encoder.score(model, tokenizer, [pairs[0], pairs[0][::-1], (pairs[0][0], pairs[1][1])])
    assert len(set(swapped.round(6))) == 3
    recipe = Recipe(steps=15, batch_size=8, learning_rate=3e-3)
    trained, losses = cross_encoder.train(model, tokenizer, pairs, seed=0, recipe=recipe)
    assert np.mean(losses[-4:]) < np.mean(losses[:4])
    held = [cross_encoder.held_out_loss(m, tokenizer, list(pairs)) for m in (trained, model)]
    assert held[0] < held[1]


# ---- the experiment


def test_its_similarity_pairs_are_those_of_the_task():
    assert runs.similarity_examples(0)[:20] == TASKS["similarity"].examples("test", 20)


def test_short_lists_hold_the_twin_first_and_hard_others():
    queries, documents = collection()
    lists = runs.shortlists()
    assert len(lists) == runs.SHORTLISTS and all(len(options) == 10 for _, options in lists)
    assert all(query == queries[i] and options[0] == documents[i] for i, (query, options) in enumerate(lists))


def test_each_training_reads_as_many_texts_in_a_step():
    read = {"tuned": 2, "scratch": 2, "graded": 2, "cross": 2 * cross_encoder.CANDIDATES}
    assert {runs.recipe_at(1e-3, stage).batch_size * texts for stage, texts in read.items()} == {64}
    assert len({runs.recipe_at(1e-3, stage).steps for stage in read}) == 1


@pytest.mark.parametrize("family", ["encoder", "decoder"])
def test_the_control_is_the_same_stack_with_random_weights_of_its_seed(family):
    body, (control, _) = runs.stack(family)[0], runs.random_stack(family, 0)
    pretrained, random = body.state_dict(), control.state_dict()
    assert {name: weight.shape for name, weight in pretrained.items()} == {
        name: weight.shape for name, weight in random.items()
    }
    matrices = [name for name, weight in random.items() if weight.dim() == 2]
    assert not any(torch.equal(random[name], pretrained[name]) for name in matrices)
    assert all(0.005 < float(random[name].std()) < 0.025 for name in matrices)  # as the configuration initialises them
    again, other = (
        made[0].state_dict() for made in (runs.random_stack.__wrapped__(family, 0), runs.random_stack(family, 1))
    )
    assert all(torch.equal(again[name], weight) for name, weight in random.items())
    assert not torch.equal(other[matrices[0]], random[matrices[0]]) and not control.training
    assert runs.start_of(family, 0, True)[0] is control and runs.start_of(family, 0, False)[0] is body


def test_every_job_s_search_stands_before_it_and_the_best_rate_is_taken(tmp_path, monkeypatch):
    record, weights = Record(tmp_path / "rows.jsonl", "test"), {"encoder": "e", "decoder": "d"}
    for name in ("exact_answers", "word_answers", "raw", "tuned_scores", "graded_scores", "reader_scores"):
        monkeypatch.setattr(runs, name, lambda *a, **k: {"spearman": 0.0})
    for name in ("tuned_validation", "reader_validation"):
        monkeypatch.setattr(runs, name, lambda *a, **k: {"loss": abs(a[-1] - 1e-3)})
    monkeypatch.setattr(runs, "graded_validation", lambda *a: {"spearman": a[-1]})
    made = record.run(command.all_jobs(weights, (0, 1), record, cross=True))
    assert made == 2 * 2 + 2 * 4 + (3 + 2) * 4 + (2 + 3 + 2) * 3 + (2 + 2) * (2 + 2)
    assert record.run(command.all_jobs(weights, (0, 1), record, cross=True)) == 0
    rates = {
        row["stage"]: row["recipe"]["learning_rate"]
        for row in record.read()
        if row["stage"] in ("tuned", "scratch", "graded", "cross")
    }
    assert rates == {"tuned": 1e-3, "scratch": 1e-3, "graded": 1e-3, "cross": 1e-3}


def test_differences_are_taken_seed_by_seed(tmp_path):
    record = Record(tmp_path / "rows.jsonl", "test")
    for seed, (one, two) in enumerate([(0.9, 0.7), (0.5, 0.2), (0.4, 0.3)]):
        for how, value in (("mean", one), ("first", two)):
            record.add(
                {"stage": "tuned", "family": "encoder", "how": how, "seed": seed, "scores": {"recall": {"10": value}}}
            )
    sides = ("encoder", "mean"), ("encoder", "first")
    found = summary.difference("tuned", *sides, score=("recall", "10"), record=record)
    assert found[0] == pytest.approx(0.2) and found[1] < 0.2 < found[2]
    rows = [{"stage": "tuned", "how": how} for how in ("mean", "first")]
    assert summary.paired(*rows, score=("recall", "10"), record=record) == found
    assert summary.by_seed(("recall", "10"), record=record, how="first") == {0: 0.7, 1: 0.2, 2: 0.3}


def test_rows_of_different_seeds_make_no_pairs(tmp_path):
    record = Record(tmp_path / "rows.jsonl", "test")
    for stage, seed in (("raw", 0), ("raw", 1), ("tuned", 0)):
        record.add({"stage": stage, "seed": seed, "scores": {"spearman": 0.5}})
    with pytest.raises(ValueError, match=r"seeds \[0, 1\] against \[0\] make no pairs"):
        summary.paired({"stage": "raw"}, {"stage": "tuned"}, score="spearman", record=record)


def test_the_record_is_whole_and_of_the_shipped_weights():
    from helpers.experiments.results import fingerprint, identity
    from helpers.models import load_course

    weights = {family: fingerprint(load_course(name)[0]) for family, name in runs.MODELS.items()}
    keys = [key for key, _ in command.all_jobs(weights)]
    recorded = [identity(row) for row in RECORD.read() if row.get("kind") != "cross"]
    assert len(keys) == len(recorded) and all(key in recorded for key in keys)
    assert {row["command"] for row in RECORD.read()} == {"python -m helpers.experiments.embeddings"}
    assert sum(row["seconds"] for row in RECORD.read()) < 20 * 60
    assert plain(contrastive.RECIPE) | {"learning_rate": 0} in [
        row["recipe"] | {"learning_rate": 0} for row in RECORD.rows(stage="tuned")
    ]
