"""Pair tasks and their record: solvers see the same pairs, rows are never half written, stale models' rows go."""

import numpy as np
import pytest

from helpers import tinytown
from helpers.experiments import results
from helpers.experiments.next_sentence.__main__ import stale
from helpers.experiments.results import Record
from helpers.tasks import probe_questions, sentence_pairs
from helpers.tasks.sentence_pairs import RECORD
from helpers.training.finetuning import accuracy


def test_all_three_tasks_share_their_right_pairs():
    made = [sentence_pairs.pairs(task, 60) for task in sentence_pairs.TASKS]
    assert len({tuple(p[2] for p in row) for row in made}) == 1
    assert all(len({pair[:2] for pair in row}) == 1 for row in zip(*made) if row[0][2] == 0)


def test_the_language_without_lists_is_a_language():
    language = sentence_pairs.stories()
    assert sum(scene.weight for scene in language.scenes) == pytest.approx(1)
    assert "list" not in {scene.name for scene in language.scenes}
    assert sum(tinytown.next_token_probs([], language=language).values()) == pytest.approx(1, abs=1e-9)


@pytest.mark.parametrize("task", sentence_pairs.TASKS)
def test_exact_probabilities_are_calibrated_and_beat_chance(task):
    probs, pairs = sentence_pairs.exact_probs(task, 200), sentence_pairs.pairs(task, 200)
    labels = np.array(sentence_pairs.labels_of(pairs))
    assert np.allclose(probs.sum(1), 1)
    assert abs(probs[:, 1].mean() - labels.mean()) < 4 * 0.5 / 200**0.5
    assert accuracy(probs, labels) > 0.8 and (probs[np.arange(200), labels] > 0).all()


def test_topic_features_know_no_side_and_sided_ones_do():
    pair = ("the cat sat .", "it purred .", 0)
    turned = (pair[1], pair[0], 1)
    assert sorted(sentence_pairs.topic_features(pair)) == sorted(sentence_pairs.topic_features(turned))
    assert sorted(sentence_pairs.sided_features(pair)) != sorted(sentence_pairs.sided_features(turned))


def test_the_topic_baseline_is_at_chance_on_both_orders_by_construction():
    train, test = sentence_pairs.pairs("swapped", 300, split="train"), sentence_pairs.pairs("swapped", 100)
    solve = sentence_pairs.bag_of_words(train, features=sentence_pairs.topic_features)
    both = [*((a, b, 0) for a, b, _ in test), *((b, a, 1) for a, b, _ in test)]
    assert accuracy(solve(both), sentence_pairs.labels_of(both)) == pytest.approx(0.5)


def test_a_bag_of_words_learns_the_topic():
    solve = sentence_pairs.bag_of_words(
        sentence_pairs.pairs("random", 1500, split="train"), features=sentence_pairs.topic_features
    )
    test = sentence_pairs.pairs("random", 200)
    assert accuracy(solve(test), sentence_pairs.labels_of(test)) > 0.7


def test_unknown_tasks_and_questions_are_refused():
    with pytest.raises(ValueError, match="'far' do not exist"):
        sentence_pairs.pairs("far", 10)
    with pytest.raises(ValueError, match="choose one of scene"):
        probe_questions.problems("mood", "test")


def test_agreement_is_disturbed_in_half_and_decidable():
    texts, labels = probe_questions.problems("agreement", "test", count=120)
    assert 0.3 < labels.count("wrong") / len(labels) < 0.7
    assert [probe_questions.best_agreement(text) for text in texts] == list(labels)


def test_the_optimum_of_each_question():
    few = {"train": 40, "test": 40}
    assert probe_questions.optimum("words", count=few) == 1.0 == probe_questions.optimum("agreement", count=few)
    assert (
        probe_questions.optimum("scene", count=few) > 0.9
        and 0.7 < probe_questions.optimum("sentiment", count=few) <= 1.0
    )


def test_probes_read_word_counts():
    vectors, few = probe_questions.word_counts(tinytown.vocabulary()), {"train": 300, "test": 100}
    assert probe_questions.probe(vectors, "scene", count=few) > 0.8
    assert (
        probe_questions.probe(vectors, "words", count=few)
        > 0.7
        > probe_questions.probe(probe_questions.nothing, "words", count=few)
        > 0.2
    )
    assert probe_questions.probe(probe_questions.nothing, "scene", count=few) < 0.3


def test_rows_of_other_weights_are_stale_but_not_those_of_absent_models_or_other_seeds(tmp_path):
    keys = [{"who": "zero-shot", "seed": 0, "weights": "new"}]
    old = {"who": "zero-shot", "seed": 0, "weights": "old"}
    small = {"who": "probe", "model": "with", "seed": 0, "weights": "x"}
    assert stale(old, keys, [0], set()) and not stale(keys[0], keys, [0], set())
    assert not stale({**old, "seed": 5}, keys, [0], set())
    assert not stale(small, keys, [0], set()) and stale(small, keys, [0], {("with", 0)})
    record = Record(tmp_path / "rows.jsonl", RECORD.command)
    results.write(record.path, [{**old, "scores": {}}, {**keys[0], "scores": {}}])
    assert record.prune(lambda row: stale(row, keys, [0], set())) == 1
    assert [row["weights"] for row in record.read()] == ["new"]


def test_every_recorded_row_says_how_it_was_made():
    for row in RECORD.read():
        assert row["command"] == RECORD.command and row["seed"] in (0, 1, 2) and row["scores"] and row["seconds"] >= 0
        assert row["who"] != "fine-tuned" or {"recipe", "weights"} <= row.keys()
