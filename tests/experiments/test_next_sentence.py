"""The pair tasks: who is asked what, which rows depend on which weights, small models that are trained when missing."""

import pytest

from helpers.experiments import ablations, next_sentence
from helpers.tasks.sentence_pairs import NEGATIVES


def test_every_solver_and_probe_has_a_point_for_each_seed():
    points = [point for point in next_sentence.grid() if point["seed"] == 0]
    assert sum(point["who"] == "probe" for point in points) == 5 + len(next_sentence.SMALL)
    fine_tuned = [(point["model"], point["task"]) for point in points if point["who"] == "fine-tuned"]
    small = [(model, task) for model in next_sentence.SMALL for task in ("random", "swapped")]
    assert fine_tuned == [*(("course-bert", task) for task in NEGATIVES), *small]


def test_weights_count_where_course_bert_is_read_and_recipes_where_a_small_model_is():
    for point in next_sentence.grid():
        assert next_sentence.models(point) == (("course-bert",) if point.get("model") == "course-bert" else ())
        if point.get("model") in next_sentence.SMALL:
            variant = next_sentence.SMALL[point["model"]]
            made = ablations.settings(ablations.recipe_of(variant, point["seed"]))
            assert point["recipe"]["pretraining"] == made


def test_the_exact_answers_are_expected_to_be_right_most_often(monkeypatch):
    few = {"seed": 0, "count": 100}
    exact = next_sentence.scores({task: next_sentence.exact_probs(task, 100, seed=0) for task in NEGATIVES}, **few)
    blind = next_sentence.asked(lambda pairs: [[0.5, 0.5]] * len(pairs), **few)
    turned = next_sentence.asked(lambda pairs: [[0.4, 0.6]] * len(pairs), **few)
    for task in NEGATIVES:
        assert blind[task] == pytest.approx(0.5) == blind["expected"][task]
        assert exact["expected"][task] > max(blind["expected"][task], turned["expected"][task])


def test_a_small_model_that_is_missing_is_trained(monkeypatch, tmp_path):
    monkeypatch.setattr(ablations, "MODELS", tmp_path)
    small = {"d_model": 16, "layers": 1, "heads": 2, "feed_forward": 32, "steps": 2, "batch_tokens": 256}
    monkeypatch.setattr(ablations, "SIZE", ablations.SIZE | small | {"chunk_documents": 64, "validation_documents": 8})
    model, tokenizer = next_sentence.source.__wrapped__("without NSP", 0)
    assert model.config.hidden_size == 16 and (tmp_path / "without-nsp-0" / "model" / "model.safetensors").exists()
    assert model(**tokenizer(["the cat sat ."], ["it purred ."], return_tensors="pt")).logits.shape == (1, 2)
