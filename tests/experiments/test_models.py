"""The shipped models meet the promised numbers, and data/results/models.json is what the command evaluation."""

import json

import pytest

from helpers import evaluation
from helpers.experiments import models
from helpers.models import load_course

RESULTS = json.loads(models.RESULTS.read_text(encoding="utf-8"))


def row(model, start):
    return next(value for name, value in RESULTS[model].items() if name.startswith(start))


@pytest.mark.parametrize(
    ("model", "measure", "column", "least"),
    [
        ("course-gpt", "free samples", "model", 0.90),
        ("course-gpt", "4-shot label", "share of exact", 0.90),
        ("course-bert", "zero-shot PET, best", "share of exact", 0.90),
        ("course-bert", "next sentence", "share of exact", 0.90),
        ("course-bert", "4-shot label", "share of exact", 0.90),
    ],
)
def test_accuracies_reach_what_is_promised(model, measure, column, least):
    assert row(model, measure)[column] >= least


@pytest.mark.parametrize(("model", "most"), [("course-gpt", 0.03), ("course-bert", 0.06)])
def test_losses_come_as_near_to_the_floor_as_promised(model, most):
    found = row(model, "loss")
    assert -0.02 < found["difference"] <= most
    assert found["difference"] == pytest.approx(found["model"] - found["exact"])


def test_every_single_probe_comes_out_right():
    probes = {name: value["model"] for name, value in RESULTS["course-bert"].items() if name.startswith("probe")}
    assert len(probes) == len(evaluation.PROBES) + len(evaluation.PAIR_PROBES)
    assert all(probes.values()), [name for name, right in probes.items() if not right]


TWO_STACKS = [name for name in ("course-t5", "course-bart") if name in models.shipped()]


@pytest.mark.parametrize("name", TWO_STACKS)
def test_two_stacks_come_as_near_to_the_floor_as_promised_and_fit_bert_in_size(name):
    found = row(name, "loss, nats per target token")
    assert -0.02 < found["difference"] <= 0.06
    size = row(name, "parameters outside embeddings and cross-attention")["model"]
    assert abs(size / row("course-bert", "parameters")["model"] - 1) < 0.05


@pytest.mark.parametrize("name", TWO_STACKS)
def test_recorded_losses_of_two_stacks_are_measured_again(name):
    measure = {"course-t5": evaluation.span_excess, "course-bart": evaluation.denoising_excess}[name]
    found = measure(*load_course(name, attn_implementation="sdpa"))
    recorded = row(name, "loss, nats per target token")
    assert found["loss"] == pytest.approx(recorded["model"], abs=1e-3)
    assert found["floor"] == pytest.approx(recorded["exact"], abs=1e-9)


def test_the_family_is_matched_in_size():
    bert, gpt = (row(model, "parameters")["model"] for model in ("course-bert", "course-gpt"))
    assert abs(bert - gpt) / gpt < 0.05


def test_recorded_losses_are_measured_again():
    model, tokenizer = load_course("course-gpt", attn_implementation="sdpa")
    found = evaluation.causal_excess(model, tokenizer)
    assert found["loss"] == pytest.approx(row("course-gpt", "loss")["model"], abs=1e-3)
    assert found["floor"] == pytest.approx(row("course-gpt", "loss")["exact"], abs=1e-9)


def test_recorded_probes_are_measured_again():
    model, tokenizer = load_course("course-bert", attn_implementation="sdpa")
    found = evaluation.probes(model, tokenizer)
    assert {f"probe: {name}": right for name, right in found.items()} == {
        name: value["model"] for name, value in RESULTS["course-bert"].items() if name.startswith("probe")
    }


@pytest.mark.parametrize("name", models.shipped())
def test_cards_hold_the_recorded_scores(name):
    from helpers.models import DATA
    from helpers.models.model_card import score_table

    card = (DATA / "models" / name / "README.md").read_text(encoding="utf-8")
    assert score_table(RESULTS[name]) in card


def test_an_unknown_name_is_refused():
    with pytest.raises(SystemExit, match="course-elmo"):
        models.main(["course-elmo"])
