"""Training from scratch: repeatable, resumable after a kill, exportable, and on transformers' own loss."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
import small_language
import torch

from helpers.pretraining import log, snapshots
from helpers.pretraining.optimizer import Muon, in_blocks, optimizer_for, orthogonal
from helpers.pretraining.recipe import Recipe, ability_steps, learning_rate, precision_here
from helpers.pretraining.stream import Chunks, plan_batches, stream
from helpers.pretraining.training import export_newest, family_of, fresh_model, pretrain
from helpers.pretraining.watch import Places

TINY = {
    "d_model": 16, "layers": 1, "heads": 2, "feed_forward": 32, "batch_tokens": 256, "chunk_documents": 64,
    "steps": 24, "warmup_steps": 4, "log_every": 6, "checkpoint_every": 5, "validation_documents": 8,
}  # fmt: skip
NAMES = ("course-bert", "course-gpt")


def recipe(name, **changes):
    return Recipe(name, **{**TINY, **changes})


def places(folder, name):
    return Places(folder / ".checkpoints" / name, folder / f"{name}.jsonl", folder / name)


def train(folder, name, **changes):
    return pretrain(recipe(name, **changes), places(folder, name), language=small_language, quiet=True)


def first_batch(name):
    made = recipe(name)
    model, tokenizer = fresh_model(made, small_language)
    return model, Chunks(made, family_of(name), tokenizer, small_language)[0][0]


def first_pairs():
    """A model and the pairs of its first batch that has some: transformers' own loss allows no unlabelled row."""
    made = recipe("course-bert")
    model, tokenizer = fresh_model(made, small_language)
    batches = Chunks(made, family_of(made.name), tokenizer, small_language)[0]
    batch = next(batch for batch in batches if (batch["next_sentence_label"] != -100).any())
    keep = batch["next_sentence_label"] != -100
    return model, {name: value[keep] for name, value in batch.items() if value.ndim}


def same(first, second):
    return all(torch.equal(a, b) for a, b in zip(first.state_dict().values(), second.state_dict().values()))


def command(folder, name, *extra):
    options = {key.replace("_", "-"): str(value) for key, value in {**TINY, "steps": 60}.items()}
    words = [word for key, value in options.items() for word in (f"--{key}", value)]
    where = ["--out", str(folder / name), "--record", str(folder / f"{name}.jsonl"), "--language", "small_language",
             "--abilities", ""]
    return [sys.executable, "-m", "helpers.pretraining", name, "--threads", "1", *words, *where, *extra]


def environment():
    tests = Path(__file__).parent
    return {**os.environ, "PYTHONPATH": os.pathsep.join([str(tests), str(tests.parent)]), "OMP_NUM_THREADS": "1"}


@pytest.mark.parametrize("name", NAMES)
def test_a_killed_and_resumed_run_ends_with_the_weights_of_an_uninterrupted_one(tmp_path, name):
    from safetensors.torch import load_file

    whole, broken = tmp_path / "whole", tmp_path / "broken"
    subprocess.run(command(whole, name), env=environment(), check=True, capture_output=True)
    started = subprocess.Popen(command(broken, name), env=environment(), stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 120
    while not snapshots.complete(broken / ".checkpoints" / name) and time.monotonic() < deadline:
        time.sleep(0.005)
    started.send_signal(signal.SIGKILL)
    started.wait()
    assert not (broken / name).exists(), "the run ended before it could be killed"
    subprocess.run(command(broken, name), env=environment(), check=True, capture_output=True)
    first, second = (load_file(folder / name / "model.safetensors") for folder in (whole, broken))
    assert first.keys() == second.keys() and all(torch.equal(first[key], second[key]) for key in first)
    steps = [[{**line, "seconds": 0} for line in log.read(folder / f"{name}.jsonl")[1]] for folder in (whole, broken)]
    assert steps[0] == steps[1] and steps[0][-1]["step"] == 60


@pytest.mark.parametrize("name", NAMES)
def test_training_lowers_the_loss_and_stays_above_the_floor(tmp_path, name):
    train(tmp_path, name, steps=60, peak_learning_rate=1e-2)
    header, lines = log.read(tmp_path / f"{name}.jsonl")
    losses = [line["validation"] for line in lines]
    assert losses[-1] < 0.8 * losses[0]
    assert losses[-1] > header["floor"] > 0
    assert header["recipe"]["seed"] == 0 and lines[-1]["words"] > lines[0]["words"] > 0


def test_the_same_seed_gives_the_same_weights_and_another_seed_others(tmp_path):
    runs = [train(tmp_path / str(i), "course-gpt", seed=seed)[0] for i, seed in enumerate((0, 0, 1))]
    assert same(runs[0], runs[1])
    assert not same(runs[0], runs[2])


@pytest.mark.parametrize("name", NAMES)
def test_an_exported_folder_loads_with_auto_classes_in_fp32(tmp_path, name):
    from transformers import AutoModelForCausalLM, AutoModelForMaskedLM, AutoModelForPreTraining, AutoTokenizer

    trained, _ = train(tmp_path, name)
    tokenizer = AutoTokenizer.from_pretrained(tmp_path / name)
    assert tokenizer.model_max_length == 128 and tokenizer.tokenize("the cat sat .") == ["the", "cat", "sat", "."]
    assert ("token_type_ids" in tokenizer("the cat")) == (name == "course-bert")
    auto = AutoModelForMaskedLM if name == "course-bert" else AutoModelForCausalLM
    model = AutoModelForPreTraining.from_pretrained(tmp_path / name)
    assert {weight.dtype for weight in model.parameters()} == {torch.float32}
    ids = tokenizer("the cat sat .", return_tensors="pt")
    with torch.no_grad():
        logits = auto.from_pretrained(tmp_path / name).eval()(**ids).logits
        assert torch.allclose(logits, trained.eval()(**ids)[0], atol=1e-5)


def test_export_takes_the_newest_complete_checkpoint_while_a_run_goes_on(tmp_path):
    trained, _ = train(tmp_path, "course-gpt")
    where = replace(places(tmp_path, "course-gpt"), model=tmp_path / "early")
    (where.checkpoints / "step-00000099.1.part").write_bytes(b"half")
    assert export_newest(where, small_language) == TINY["steps"]
    from transformers import GPT2LMHeadModel

    assert same(GPT2LMHeadModel.from_pretrained(where.model), trained)


def test_export_without_a_checkpoint_says_what_to_do(tmp_path):
    with pytest.raises(FileNotFoundError, match="train first"):
        export_newest(places(tmp_path, "course-gpt"), small_language)


def test_a_damaged_checkpoint_is_passed_over(tmp_path):
    state = {"step": 1, "x": torch.ones(2)}
    snapshots.write(tmp_path, state)
    last = snapshots.write(tmp_path, {**state, "step": 2})
    last.write_bytes(last.read_bytes()[:100])
    with pytest.warns(UserWarning, match="cannot be read"):
        assert snapshots.newest(tmp_path)["step"] == 1


def test_only_the_two_newest_checkpoints_are_kept(tmp_path):
    for step in range(4):
        snapshots.write(tmp_path, {"step": step})
    assert [path.name for path in snapshots.complete(tmp_path)] == ["step-00000002.pt", "step-00000003.pt"]


@pytest.mark.parametrize("name, before, now", [("layers", 1, 2), ("steps", 24, 30), ("mask_rate", 0.15, 0.4)])
def test_resuming_with_another_recipe_is_refused(tmp_path, name, before, now):
    train(tmp_path, "course-bert")
    with pytest.raises(ValueError, match=f"{name}={before}.*{name}={now}.*--resume never"):
        train(tmp_path, "course-bert", **{name: now})
    train(tmp_path, "course-bert", log_every=5)  # what is recorded may change


def test_abilities_are_measured_along_the_run_and_recorded(tmp_path):
    seen = []

    def ability(model, tokenizer):
        seen.append(model.training)
        return {"answer": len(tokenizer)}

    made = recipe("course-gpt", ability_points=3)
    pretrain(made, places(tmp_path, made.name), language=small_language, abilities=[ability], quiet=True)
    lines = log.read(tmp_path / "course-gpt.jsonl")[1]
    found = {line["step"]: line["abilities"] for line in lines if "abilities" in line}
    assert set(found) == ability_steps(made) and len(seen) == 3 and not any(seen)
    assert all(value["answer"] > 22 for value in found.values())


def test_abilities_do_not_change_the_training(tmp_path):
    made = recipe("course-bert")
    loud = [lambda model, tokenizer: {"noise": float(torch.rand(()))}]
    first = pretrain(made, places(tmp_path / "a", made.name), language=small_language, abilities=loud, quiet=True)[0]
    assert same(first, train(tmp_path / "b", "course-bert")[0])


def test_the_encoder_loss_equals_transformers_own():
    model, batch = first_pairs()
    ours = sum(family_of("course-bert").losses(model, batch).values())
    assert torch.allclose(ours, model(**batch).loss, atol=1e-5)


def test_the_encoder_gradients_equal_transformers_own():
    model, batch = first_pairs()
    sum(family_of("course-bert").losses(model, batch).values()).backward()
    ours = [weight.grad.clone() for weight in model.parameters()]
    model.zero_grad()
    model(**batch).loss.backward()
    assert all(torch.allclose(a, weight.grad, atol=1e-5) for a, weight in zip(ours, model.parameters()))


def test_the_decoder_predicts_the_next_token_not_the_one_after():
    model, batch = first_batch("course-gpt")
    logits = model(batch["input_ids"], attention_mask=batch["attention_mask"]).logits
    log_probs = logits[:, :-1].log_softmax(-1).gather(-1, batch["input_ids"][:, 1:, None]).squeeze(-1)
    by_hand = -log_probs[batch["attention_mask"][:, 1:] == 1].mean()
    assert torch.allclose(family_of("course-gpt").losses(model, batch)["causal_lm"], by_hand, atol=1e-5)


def test_attention_in_fp32_changes_nothing_but_speed():
    from helpers.pretraining import attention_fp32

    model, batch = first_batch("course-bert")
    with torch.no_grad():
        before = model.bert(batch["input_ids"], attention_mask=batch["attention_mask"]).last_hidden_state
        model.set_attn_implementation(attention_fp32.register())
        after = model.bert(batch["input_ids"], attention_mask=batch["attention_mask"]).last_hidden_state
    assert torch.allclose(before, after, atol=1e-6)


def test_both_families_read_the_same_documents_and_no_chunk_twice():
    def texts(name, chunk):
        made = recipe(name, pair_share=0.0)
        _, tokenizer = fresh_model(made, small_language)
        batches = Chunks(made, family_of(name), tokenizer, small_language)[chunk]
        key = "labels" if name == "course-gpt" else "input_ids"
        special = set(tokenizer.all_special_ids) | {-100}
        if name == "course-bert":  # undo the masking
            batches = [{key: torch.where(b["labels"] == -100, b["input_ids"], b["labels"])} for b in batches]
        return sorted(tuple(i for i in row if i not in special) for b in batches for row in b[key].tolist())

    assert texts("course-bert", 3) == texts("course-gpt", 3)
    assert texts("course-gpt", 3) != texts("course-gpt", 4)


def test_the_stream_can_start_anywhere_and_is_shared_out_over_processes():
    made = recipe("course-gpt")
    chunks = Chunks(made, family_of(made.name), fresh_model(made, small_language)[1], small_language)
    run = stream(chunks)
    taken = [next(run) for _ in range(12)]
    chunk, position, batch = taken[9]
    again = next(stream(chunks, chunk=chunk, position=position))
    assert again[:2] == (chunk, position) and torch.equal(again[2]["input_ids"], batch["input_ids"])
    shares = [next(stream(chunks, rank=rank, world=2))[2]["input_ids"] for rank in range(2)]
    assert torch.equal(shares[0], taken[0][2]["input_ids"]) and torch.equal(shares[1], taken[1][2]["input_ids"])


def test_plans_hold_each_row_once_within_the_budget():
    lengths = torch.randint(5, 60, (500,), generator=torch.Generator().manual_seed(0)).tolist()
    plan = plan_batches(lengths, 400, torch.Generator().manual_seed(1))
    assert sorted(index for _, batch in plan for index in batch) == list(range(500))
    assert all(max(lengths[index] for index in batch) <= width for width, batch in plan)
    assert [width * len(batch) for width, batch in plan].count(400) >= len(plan) - 1


def test_weight_decay_touches_matrices_only():
    made = recipe("course-bert")
    optimizer = optimizer_for(fresh_model(made, small_language)[0], made)
    decays = {weight.ndim: group["weight_decay"] for group in optimizer.param_groups for weight in group["params"]}
    assert decays == {1: 0.0, 2: made.weight_decay}


def test_muon_moves_the_matrices_of_the_blocks_and_adamw_the_rest():
    made = recipe("course-gpt")
    model = fresh_model(made, small_language)[0]
    muon, adamw = optimizer_for(model, made).parts
    moved = {id(weight) for group in muon.param_groups for weight in group["params"]}
    names = {name for name, weight in model.named_parameters() if id(weight) in moved}
    assert len(names) == 4 * made.layers and all(".h." in name and name.endswith(".weight") for name in names)
    others = sum(len(group["params"]) for group in adamw.param_groups)
    assert others + len(names) == len(list(model.parameters()))
    assert in_blocks("block.0.wo.weight", torch.ones(2, 2)) and not in_blocks("lm_head.weight", torch.ones(2, 2))


@pytest.mark.parametrize("dtype, tolerance", [(torch.bfloat16, 1e-6), (torch.float32, 2e-2)])
def test_muon_moves_weights_as_the_library_does(dtype, tolerance):
    generator = torch.Generator().manual_seed(0)
    shapes = [(12, 12), (12, 12), (12, 20), (20, 12)]
    ours = [torch.nn.Parameter(torch.randn(shape, generator=generator)) for shape in shapes]
    theirs = [torch.nn.Parameter(weight.detach().clone()) for weight in ours]
    how = {"lr": 0.02, "weight_decay": 0.1}
    optimizers = [Muon(ours, dtype=dtype, **how), torch.optim.Muon(theirs, adjust_lr_fn="match_rms_adamw", **how)]
    for _ in range(4):
        for weight, twin in zip(ours, theirs):
            weight.grad = torch.randn(weight.shape, generator=generator)
            twin.grad = weight.grad.clone()
        for optimizer in optimizers:
            optimizer.step()
    for weight, twin in zip(ours, theirs):
        assert float((weight - twin).detach().abs().max()) < tolerance


def test_the_iteration_brings_every_singular_value_near_one():
    matrices = torch.randn(3, 16, 24, generator=torch.Generator().manual_seed(0))
    values = torch.linalg.svdvals(orthogonal(matrices, dtype=torch.float32))
    assert 0.6 < float(values.min()) and float(values.max()) < 1.3


def test_bf16_is_used_only_where_the_processor_multiplies_in_it(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    for able, precision in [({"avx2": True, "avx512_bf16": False}, "fp32"), ({"avx512_bf16": True}, "bf16"), ({}, "fp32")]:
        monkeypatch.setattr(torch.cpu, "get_capabilities", lambda able=able: able)
        assert precision_here(recipe("course-bert", precision="bf16")) == precision
    assert precision_here(recipe("course-bert", precision="fp32")) == "fp32"


def test_the_learning_rate_rises_then_falls_to_zero():
    made = Recipe("course-gpt", steps=1000, warmup_steps=100)
    rates = [learning_rate(made, step) for step in range(1000)]
    assert rates.index(max(rates)) in (99, 100) and max(rates) == pytest.approx(made.peak_learning_rate)
    assert rates[:100] == sorted(rates[:100]) and rates[100:] == sorted(rates[100:], reverse=True)
    assert rates[-1] < 1e-4 * made.peak_learning_rate


def test_many_words_are_hidden_at_first_and_fewer_later():
    made = recipe("course-bert", first_mask_rate=0.8, mask_rate=0.1, mask_rate_chunks=10, chunk_documents=400)
    chunks = Chunks(made, family_of(made.name), fresh_model(made, small_language)[1], small_language)

    def hidden(chunk):
        batches = chunks[chunk]
        return sum(int((b["labels"] != -100).sum()) for b in batches) / sum(int(b["words"]) for b in batches)

    assert [hidden(chunk) for chunk in (0, 5, 10, 11)] == pytest.approx([0.8, 0.45, 0.1, 0.1], abs=0.05)


def test_a_small_corpus_comes_back_with_the_same_masks_or_with_fresh_ones():
    def read(chunk, **how):
        made = recipe("course-bert", corpus_chunks=2, pair_share=0.0, **how)
        tokenizer = fresh_model(made, small_language)[1]
        batches = Chunks(made, family_of(made.name), tokenizer, small_language)[chunk]
        restored = [torch.where(b["labels"] == -100, b["input_ids"], b["labels"]).flatten() for b in batches]
        words = [i for i in torch.cat(restored).tolist() if i not in tokenizer.all_special_ids]
        return [b["labels"].tolist() for b in batches], sorted(words)

    assert read(0, static_masks=True) == read(2, static_masks=True) != read(1, static_masks=True)
    (masks, words), (later_masks, later_words) = read(0), read(2)
    assert masks != later_masks and words == later_words


def test_the_mix_of_a_recipe_reaches_the_batches():
    made = recipe("course-bert", mix=(0.0, 0.0, 1.0))
    family, tokenizer = family_of(made.name), fresh_model(made, small_language)[1]
    for batch in Chunks(made, family, tokenizer, small_language)[0]:
        chosen = batch["labels"] != -100
        assert torch.equal(batch["input_ids"][chosen], batch["labels"][chosen])


def test_a_record_cut_short_by_a_kill_is_still_read(tmp_path):
    log.start(tmp_path / "run.jsonl", {"recipe": {}})
    log.append(tmp_path / "run.jsonl", {"step": 1})
    with (tmp_path / "run.jsonl").open("a") as file:
        file.write('{"step": 2, "los')
    assert log.read(tmp_path / "run.jsonl")[1] == [{"step": 1}]
    assert json.loads((tmp_path / "run.jsonl").read_text().splitlines()[0]) == {"recipe": {}}


@pytest.mark.parametrize("changes", [{"precision": "fp8"}, {"steps": 0}, {"batch_tokens": 5}])
def test_impossible_recipes_name_the_value(changes):
    with pytest.raises(ValueError, match=str(next(iter(changes.values())))):
        Recipe("course-gpt", **changes)


def test_an_unknown_model_is_named_beside_the_known_ones():
    with pytest.raises(ValueError, match="'course-elmo'.*course-bert, course-gpt"):
        family_of("course-elmo")
