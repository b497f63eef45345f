"""Training from scratch: repeatable, resumable after a kill, exportable, the same on one process and on several."""

from dataclasses import replace

import pytest
import small_language
import torch
from tiny_runs import (
    NAMES,
    TINY,
    chunks,
    command,
    first_batch,
    paths,
    recipe,
    run,
    same,
    train,
    without_time,
)
from transformers import (
    AutoModelForCausalLM,
    AutoModelForMaskedLM,
    AutoModelForPreTraining,
    AutoTokenizer,
    GPT2LMHeadModel,
)

from helpers.training import checkpoints, log
from helpers.training.batches import stream
from helpers.training.loop import Objective, check_processes, export_newest, family_of, fresh_model
from helpers.training.optimizer import optimizer_for
from helpers.training.recipe import Recipe, learning_rate


def nothing(model, tokenizer):
    return {}


@pytest.mark.parametrize("name", NAMES[:3])
def test_a_killed_and_resumed_run_ends_with_the_weights_of_an_uninterrupted_one(tmp_path, name):
    how = {"steps": 40, "evaluation_points": 6, "batches": 2, "phase_chunks": 110, "phase_scene": "weather"}
    whole, broken = paths(tmp_path / "whole", name), paths(tmp_path / "broken", name)
    killed = run("-m", "small_training", *command(tmp_path / "broken", recipe(name, **how)), DIES_AT_EVALUATION="3")
    assert killed.returncode == -9, killed.stderr
    assert checkpoints.newest(broken.checkpoints)["step"] == 15 and not broken.model.exists()  # killed in step 20
    last = checkpoints.complete(broken.checkpoints)[-1]
    last.write_bytes(last.read_bytes()[:-100])  # as if the kill had come while it was written
    with pytest.warns(UserWarning, match="cannot be read"):
        second = train(tmp_path / "broken", name, evaluations=[nothing], **how)[0]
    assert same(train(tmp_path / "whole", name, evaluations=[nothing], **how)[0], second)
    lines = [without_time(log.read(each.record)[1]) for each in (whole, broken)]
    assert lines[0] == lines[1] and lines[0][-1]["step"] == 40


@pytest.mark.parametrize("name", NAMES)
def test_training_lowers_the_loss_and_stays_above_the_floor(tmp_path, name):
    train(tmp_path, name, steps=60, peak_learning_rate=1e-2, validation_documents=40)
    header, lines = log.read(tmp_path / f"{name}.jsonl")
    losses = [line["validation"] for line in lines]
    assert losses[-1] < 0.8 * losses[0]
    assert losses[-1] > header["floor"] > 0
    assert header["recipe"]["seed"] == 0 and lines[-1]["words"] > lines[0]["words"] > 0


def test_the_same_seed_gives_the_same_weights_and_another_seed_others(tmp_path):
    runs = [train(tmp_path / str(i), "course-gpt", seed=seed)[0] for i, seed in enumerate((0, 0, 1))]
    assert same(runs[0], runs[1])
    assert not same(runs[0], runs[2])


@pytest.mark.parametrize("name", NAMES[:2])
def test_an_exported_folder_loads_with_auto_classes_in_fp32_and_names_its_language(tmp_path, name):
    trained, _ = train(tmp_path, name)
    tokenizer = AutoTokenizer.from_pretrained(tmp_path / name)
    assert tokenizer.model_max_length == 128 and tokenizer.tokenize("the cat sat .") == ["the", "cat", "sat", "."]
    assert ("token_type_ids" in tokenizer("the cat")) == (name == "course-bert")
    auto = AutoModelForMaskedLM if name == "course-bert" else AutoModelForCausalLM
    model = AutoModelForPreTraining.from_pretrained(tmp_path / name)
    assert {weight.dtype for weight in model.parameters()} == {torch.float32}
    assert model.config.language == small_language.training_language().fingerprint()
    ids = tokenizer("the cat sat .", return_tensors="pt")
    with torch.no_grad():
        logits = auto.from_pretrained(tmp_path / name).eval()(**ids).logits
        assert torch.allclose(logits, trained.eval()(**ids)[0], atol=1e-5)


def test_export_takes_the_newest_complete_checkpoint_while_a_run_goes_on(tmp_path):
    trained, _ = train(tmp_path, "course-gpt")
    where = replace(paths(tmp_path, "course-gpt"), model=tmp_path / "early")
    (where.checkpoints / "step-00000099.1.part").write_bytes(b"half")
    with checkpoints.locked(where.checkpoints):
        assert export_newest(where, small_language) == TINY["steps"]
    assert same(GPT2LMHeadModel.from_pretrained(where.model), trained)


def test_export_without_a_checkpoint_says_what_to_do(tmp_path):
    with pytest.raises(FileNotFoundError, match="train first"):
        export_newest(paths(tmp_path, "course-gpt"), small_language)


@pytest.mark.parametrize(
    "name, before, now", [("layers", 1, 2), ("steps", 24, 30), ("mask_rate", 0.15, 0.4), ("phase_chunks", None, 9)]
)
def test_resuming_with_another_recipe_is_refused(tmp_path, name, before, now):
    train(tmp_path, "course-bert")
    with pytest.raises(ValueError, match=f"{name}={before}.*{name}={now}.*--resume never"):
        train(tmp_path, "course-bert", **{name: now})
    train(tmp_path, "course-bert", log_every=5)  # what is recorded may change


PHASE = {"phase_scene": "weather", "phase_chunk": 4, "phase_chunks": 2}


@pytest.mark.parametrize("other", [{}, {**PHASE, "phase_share": 0.25}])
def test_a_run_that_forks_before_the_phase_ends_with_the_weights_of_a_whole_run(tmp_path, other):
    taught, _ = train(tmp_path / "taught", "course-t5", **PHASE)
    where = paths(tmp_path / "taught", "course-t5").checkpoints
    assert 0 < checkpoints.before_phase(where)["progress"]["chunk"] < 4 and checkpoints.newest(where)["step"] == 24
    forked, _ = train(tmp_path / "fork", "course-t5", fork=where, **other)
    whole, _ = train(tmp_path / "whole", "course-t5", **other)
    assert same(forked, whole) and not same(forked, taught)
    header, lines = log.read(tmp_path / "fork" / "course-t5.jsonl")
    assert f"--fork {where}" in header["command"] and lines[0]["step"] > checkpoints.before_phase(where)["step"]
    start = checkpoints.before_phase(where)["progress"]
    assert header["forked"] == {"step": start["step"], "words": start["words"]}
    again, _ = train(tmp_path / "fork", "course-t5", fork=where, **other)  # goes on from its own checkpoints
    assert same(again, forked) and log.read(tmp_path / "fork" / "course-t5.jsonl")[0] == header


def test_a_fork_may_differ_in_the_curriculum_alone_and_not_in_what_has_been_read(tmp_path):
    train(tmp_path / "taught", "course-t5", **PHASE)
    where = paths(tmp_path / "taught", "course-t5").checkpoints
    with pytest.raises(ValueError, match="mask_rate=0.15.*mask_rate=0.3"):
        train(tmp_path / "fork", "course-t5", fork=where, mask_rate=0.3)
    with pytest.raises(ValueError, match="phase_chunk 1 has been read"):
        train(tmp_path / "fork", "course-t5", fork=where, **{**PHASE, "phase_chunk": 1})
    with pytest.raises(FileNotFoundError, match="train that model up to its curriculum phase"):
        train(tmp_path / "fork", "course-t5", fork=tmp_path)


class OtherLanguage:
    """The small language under another fingerprint, as after a change of one weight of its grammar."""

    def __getattr__(self, name):
        return getattr(small_language, name)

    def training_language(self):
        return self

    def fingerprint(self):
        return "another"


def test_resuming_on_another_language_is_refused(tmp_path):
    train(tmp_path, "course-gpt", steps=2)
    with pytest.raises(ValueError, match="language=.*asks for language=another.*--resume never"):
        train(tmp_path, "course-gpt", steps=2, language=OtherLanguage())
    with pytest.raises(ValueError, match="this is another; train anew"):
        export_newest(paths(tmp_path, "course-gpt"), OtherLanguage())
    model, _ = train(tmp_path, "course-gpt", steps=2, language=OtherLanguage(), resume=False)
    assert model.config.language == "another"


def test_a_second_run_into_the_same_folder_is_refused(tmp_path):
    with (
        checkpoints.locked(paths(tmp_path, "course-gpt").checkpoints),
        pytest.raises(RuntimeError, match="is training"),
    ):
        train(tmp_path, "course-gpt")


def test_a_step_is_one_update_by_the_mean_loss_of_several_batches(tmp_path, monkeypatch):
    """The oracle: one backward pass through the mean loss of all batches of a step."""
    monkeypatch.setattr(torch.cpu, "get_capabilities", dict)  # no bf16, whose rounding would hide small differences
    made = recipe("course-t5", batches=3, steps=5)
    family = family_of(made.name)
    model, _ = fresh_model(made, small_language)
    batches, optimizer, words = stream(chunks(made)[0]), optimizer_for(model.train(), made), 0
    for step in range(made.steps):
        for group in optimizer.param_groups:
            biases = len(group["params"]) == 2 and group["params"][0].shape == (32, made.heads)  # one table a stack
            group["lr"] = learning_rate(made, step) * (10 if biases else 1)
        several = [next(batches)[2] for _ in range(3)]
        sum(sum(family.losses(model, batch).values()) for batch in several).div(3).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), made.clip)
        optimizer.step()
        optimizer.zero_grad()
        words += sum(int(batch["words"]) for batch in several)
    trained = train(tmp_path, made.name, batches=3, steps=5)[0]
    weights = dict(model.named_parameters())
    assert all(torch.allclose(weight, weights[name], atol=1e-5) for name, weight in trained.named_parameters())
    last = log.read(tmp_path / f"{made.name}.jsonl")[1][-1]
    assert (last["step"], last["words"]) == (5, words)


def test_two_processes_train_as_one_does(tmp_path):
    """Each reads every second batch of a step, their losses and gradients are averaged: the curve is the recipe's."""
    how = {"steps": 6, "batches": 2, "log_every": 2, "precision": "fp32"}
    launch = ["-m", "accelerate.commands.launch", "--cpu", "--num_processes", "2", "--main_process_port", "0"]
    arguments = command(tmp_path / "two", recipe("course-bert", **how))
    launched = run(*launch, "-m", "small_training", *arguments)
    assert launched.returncode == 0, launched.stderr
    train(tmp_path / "one", "course-bert", evaluations=[nothing], **how)
    (header, one), (other, two) = (log.read(paths(tmp_path / n, "course-bert").record) for n in ("one", "two"))
    assert {**header, "command": 0, "threads": 0} == {**other, "command": 0, "threads": 0}
    assert [line["step"] for line in one] == [line["step"] for line in two] and len(one) > 3
    for line, again in zip(without_time(one), without_time(two)):
        assert line["train"] == pytest.approx(again["train"], abs=2e-5)
        assert line["validation"] == pytest.approx(again["validation"], abs=2e-5)
        assert line["words"] == again["words"]


def test_processes_that_cannot_share_out_a_step_are_told_how_many_batches_to_ask_for():
    check_processes(Recipe("course-gpt", batches=6), 3)
    with pytest.raises(ValueError, match="4 processes cannot share out batches 6 evenly; choose a multiple of 4"):
        check_processes(Recipe("course-gpt", batches=6), 4)


@pytest.mark.parametrize("name, share", [*((name, 0.5) for name in NAMES), ("course-bert", 0.0)])
def test_every_weight_has_a_gradient_in_every_batch(name, share):
    """What several processes rely on: they wait for each other at every weight."""
    model, batch = first_batch(name, pair_share=share)
    sum(Objective(model, recipe(name))(batch).values()).backward()
    assert [name for name, weight in model.named_parameters() if weight.grad is None] == []


def test_an_unknown_model_is_named_beside_the_known_ones():
    with pytest.raises(ValueError, match="'course-elmo'.*course-bert, course-gpt"):
        family_of("course-elmo")
