"""The shipped models meet the promised numbers, and data/results/models.json is what the command measures."""

import json

import pytest
from huggingface_hub import ModelCard

from helpers import evaluation, tinytown
from helpers.experiments import models
from helpers.models import DATA, load_course, model_card
from helpers.models.course import weights_fingerprint
from helpers.models.model_card import score_table
from helpers.training import log

RESULTS = json.loads(models.RESULTS.read_text(encoding="utf-8"))


def row(model, start):
    return next(value for name, value in RESULTS[model].items() if name.startswith(start))


VERDICT = {"course-gpt": "zero-shot verdict", "course-bert": "zero-shot PET"} | dict.fromkeys(
    ("course-t5", "course-bart"), "zero-shot verdict"
)


@pytest.mark.parametrize("model", RESULTS)
def test_every_model_reads_a_list_and_answers_the_verdict_nearly_as_well_as_can_be(model):
    assert row(model, "4-shot label")["share of exact"] >= 0.95
    asked = {what: found for what, found in RESULTS[model].items() if what.startswith(VERDICT[model])}
    least = {what: 0.95 if what.endswith(("negation", "contrast")) else 0.97 for what in asked}
    assert len(asked) == 1 + len(evaluation.PATTERNS) + 2
    assert all(found["share of exact"] >= least[what] for what, found in asked.items())


@pytest.mark.parametrize(
    ("model", "measure", "least"), [("course-gpt", "free samples", 0.93), ("course-bert", "next sentence", 0.97)]
)
def test_samples_and_pairs_are_nearly_as_good_as_can_be(model, measure, least):
    assert row(model, measure)["share of exact"] >= least


def test_no_score_is_above_its_optimum():
    rows = {(name, measure): found for name in RESULTS for measure, found in RESULTS[name].items()}
    shares = {key: found["share of exact"] for key, found in rows.items() if "share of exact" in found}
    differences = {key: found["difference"] for key, found in rows.items() if "difference" in found}
    assert len(shares) > 25 and max(shares.values()) <= 1 + 1e-12
    assert len(differences) >= 7 and min(differences.values()) > 0


@pytest.mark.parametrize(("model", "most"), [("course-gpt", 0.02), ("course-bert", 0.04)])
def test_losses_come_as_near_to_the_floor_as_promised(model, most):
    found = row(model, "loss")
    assert 0 < found["difference"] <= most
    assert found["difference"] == pytest.approx(found["model"] - found["exact"])


def test_every_single_spot_check_comes_out_right():
    checks = {name: value["model"] for name, value in RESULTS["course-bert"].items() if name.startswith("spot check")}
    assert len(checks) == len(evaluation.SPOT_CHECKS) + len(evaluation.PAIR_SPOT_CHECKS)
    assert all(checks.values()), [name for name, right in checks.items() if not right]


@pytest.mark.parametrize("name", models.shipped())
def test_scores_are_those_of_the_shipped_weights_in_the_language_as_it_is(name):
    model, _ = load_course(name)
    assert row(name, "fingerprint of the weights")["model"] == weights_fingerprint(model)
    assert row(name, "fingerprint of the language")["model"] == tinytown.training_language().fingerprint()


TWO_STACKS = [name for name in ("course-t5", "course-bart") if name in models.shipped()]


@pytest.mark.parametrize("name", TWO_STACKS)
def test_two_stacks_come_as_near_to_the_floor_as_promised_and_fit_bert_in_size(name):
    found = row(name, "loss, nats per target token")
    assert 0 < found["difference"] <= 0.04
    size = row(name, "parameters outside embeddings and cross-attention")["model"]
    assert abs(size / row("course-bert", "parameters")["model"] - 1) < 0.05


@pytest.mark.parametrize("name", TWO_STACKS)
def test_recorded_losses_of_two_stacks_are_measured_again(name):
    """On a part of the same texts: the recorded number lies within what the smaller sample leaves open."""
    measure = {"course-t5": evaluation.span_excess, "course-bart": evaluation.denoising_excess}[name]
    found = measure(*load_course(name, attn_implementation="sdpa"), count=60)
    recorded = row(name, "loss, nats per target token")
    assert found["excess"] == pytest.approx(recorded["difference"], abs=2 * (found["ci95"] + recorded["± 95 %"]))


def test_the_family_is_matched_in_size():
    bert, gpt = (row(model, "parameters")["model"] for model in ("course-bert", "course-gpt"))
    assert abs(bert - gpt) / gpt < 0.05


def test_recorded_losses_are_measured_again():
    model, tokenizer = load_course("course-gpt", attn_implementation="sdpa")
    found = evaluation.causal_excess(model, tokenizer)
    assert found["loss"] == pytest.approx(row("course-gpt", "loss")["model"], abs=1e-3)
    assert found["floor"] == pytest.approx(row("course-gpt", "loss")["exact"], abs=1e-9)


def test_recorded_spot_checks_are_measured_again():
    model, tokenizer = load_course("course-bert", attn_implementation="sdpa")
    found = evaluation.spot_checks(model, tokenizer)
    assert {f"spot check: {name}": right for name, right in found.items()} == {
        name: value["model"] for name, value in RESULTS["course-bert"].items() if name.startswith("spot check")
    }


@pytest.mark.parametrize("name", models.shipped())
def test_cards_hold_the_recorded_scores(name):
    card = (DATA / "models" / name / "README.md").read_text(encoding="utf-8")
    assert card == model_card.render(name, log.read(DATA / "training" / f"{name}.jsonl"), RESULTS[name])
    assert score_table(RESULTS[name]) in card
    measured = {result.metric_name: result.metric_value for result in ModelCard(card).data.eval_results}
    assert measured == {
        name: pytest.approx(found["model"], abs=1e-6) for name, found in RESULTS[name].items() if "exact" in found
    }


def test_an_unknown_name_is_refused():
    with pytest.raises(SystemExit, match="course-elmo"):
        models.main(["course-elmo"])
