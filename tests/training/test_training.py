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

from helpers.models.tokenizers import SENTINELS
from helpers.objectives.span_corruption import restore
from helpers.training import checkpoints, log
from helpers.training.batches import Chunks, plan_batches, stream
from helpers.training.loop import export_newest, family_of, fresh_model, pretrain
from helpers.training.monitor import Places
from helpers.training.optimizer import Muon, in_blocks, optimizer_for, orthogonal
from helpers.training.recipe import Recipe, ability_steps, learning_rate, precision_here

TINY = {
    "d_model": 16,
    "layers": 1,
    "heads": 2,
    "feed_forward": 32,
    "batch_tokens": 256,
    "chunk_documents": 64,
    "steps": 24,
    "warmup_steps": 4,
    "log_every": 6,
    "checkpoint_every": 5,
    "validation_documents": 8,
}
NAMES = ("course-bert", "course-gpt", "course-t5", "course-bart")
TWO_STACKS = ("course-t5", "course-bart")


def sizes(name):
    return {**TINY, "layers": 2} if name in TWO_STACKS else TINY


def recipe(name, **changes):
    return Recipe(name, **{**sizes(name), **changes})


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
    options = {key.replace("_", "-"): str(value) for key, value in {**sizes(name), "steps": 60}.items()}
    words = [word for key, value in options.items() for word in (f"--{key}", value)]
    where = [
        "--out",
        str(folder / name),
        "--record",
        str(folder / f"{name}.jsonl"),
        "--language",
        "small_language",
        "--abilities",
        "",
    ]
    return [sys.executable, "-m", "helpers.training", name, "--threads", "1", *words, *where, *extra]


def environment():
    tests = Path(__file__).parents[1]
    return {**os.environ, "PYTHONPATH": os.pathsep.join([str(tests), str(tests.parent)]), "OMP_NUM_THREADS": "1"}


@pytest.mark.parametrize("name", NAMES[:3])
def test_a_killed_and_resumed_run_ends_with_the_weights_of_an_uninterrupted_one(tmp_path, name):
    from safetensors.torch import load_file

    whole, broken = tmp_path / "whole", tmp_path / "broken"
    subprocess.run(command(whole, name), env=environment(), check=True, capture_output=True)
    started = subprocess.Popen(command(broken, name), env=environment(), stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 120
    while not checkpoints.complete(broken / ".checkpoints" / name) and time.monotonic() < deadline:
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
    checkpoints.write(tmp_path, state)
    last = checkpoints.write(tmp_path, {**state, "step": 2})
    last.write_bytes(last.read_bytes()[:100])
    with pytest.warns(UserWarning, match="cannot be read"):
        assert checkpoints.newest(tmp_path)["step"] == 1


def test_only_the_two_newest_checkpoints_are_kept(tmp_path):
    for step in range(4):
        checkpoints.write(tmp_path, {"step": step})
    assert [path.name for path in checkpoints.complete(tmp_path)] == ["step-00000002.pt", "step-00000003.pt"]


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
    from helpers.training import attention_fp32

    model, batch = first_batch("course-bert")
    with torch.no_grad():
        before = model.bert(batch["input_ids"], attention_mask=batch["attention_mask"]).last_hidden_state
        model.set_attn_implementation(attention_fp32.register())
        after = model.bert(batch["input_ids"], attention_mask=batch["attention_mask"]).last_hidden_state
    assert torch.allclose(before, after, atol=1e-6)


def read_in_chunk(name, chunk):
    """The texts of a chunk, what was hidden in them put back."""
    made = recipe(name, pair_share=0.0)
    _, tokenizer = fresh_model(made, small_language)
    batches = Chunks(made, family_of(name), tokenizer, small_language)[chunk]
    key = "input_ids" if name == "course-bert" else "labels"
    if name == "course-bert":
        batches = [{key: torch.where(b["labels"] == -100, b["input_ids"], b["labels"])} for b in batches]
    if name == "course-t5":
        sentinels = tokenizer.convert_tokens_to_ids(list(SENTINELS))
        pairs = [pair for b in batches for pair in zip(b["input_ids"].tolist(), b["labels"].tolist())]
        rows = [restore(source, target, sentinels=sentinels) for source, target in pairs]
    else:
        rows = [row for b in batches for row in b[key].tolist()]
    special = set(tokenizer.all_special_ids) | {-100}
    return sorted(tuple(i for i in row if i not in special) for row in rows)


@pytest.mark.parametrize("name", NAMES)
def test_all_families_read_the_same_documents_and_no_chunk_twice(name):
    assert read_in_chunk(name, 3) == read_in_chunk("course-gpt", 3) != read_in_chunk("course-gpt", 4)


@pytest.mark.parametrize("name", TWO_STACKS)
def test_a_folder_with_two_stacks_loads_with_auto_classes_and_writes(tmp_path, name):
    from transformers import AutoModelForSeq2SeqLM, AutoTokenizer

    trained, _ = train(tmp_path, name)
    tokenizer = AutoTokenizer.from_pretrained(tmp_path / name)
    model = AutoModelForSeq2SeqLM.from_pretrained(tmp_path / name).eval()
    assert type(model) is type(trained) and {weight.dtype for weight in model.parameters()} == {torch.float32}
    ids = tokenizer(f"the {'<extra_id_0>' if name == 'course-t5' else '[MASK]'} sat .", return_tensors="pt")
    assert tokenizer.convert_ids_to_tokens(ids["input_ids"][0])[-1] == "<|endoftext|>" and len(ids["input_ids"][0]) == 5
    with torch.no_grad():
        logits = model(**ids, labels=ids["input_ids"]).logits
        assert torch.allclose(logits, trained.eval()(**ids, labels=ids["input_ids"]).logits, atol=1e-5)
    written = model.generate(**ids, max_new_tokens=12)
    start = {"course-t5": tokenizer.pad_token_id, "course-bart": tokenizer.eos_token_id}[name]
    assert written[0, 0] == start == model.config.decoder_start_token_id and written.shape[1] <= 13
    assert set(written[0].tolist()) <= set(range(len(tokenizer)))


@pytest.mark.parametrize("name", TWO_STACKS)
def test_the_second_stack_is_told_what_came_before_and_asked_for_the_next_token(name):
    model, batch = first_batch(name)
    labels = batch["labels"]
    told = torch.full_like(labels, model.config.decoder_start_token_id)
    told[:, 1:] = labels[:, :-1].masked_fill(labels[:, :-1] == -100, 0)
    logits = model(batch["input_ids"], attention_mask=batch["attention_mask"], decoder_input_ids=told).logits
    asked = labels != -100
    by_hand = -logits.log_softmax(-1)[asked].gather(-1, labels[asked][:, None]).mean()
    assert torch.allclose(next(iter(family_of(name).losses(model, batch).values())), by_hand, atol=1e-5)


@pytest.mark.parametrize("name", TWO_STACKS)
def test_padding_changes_no_loss(name):
    model, batch = first_batch(name)
    wider = {
        key: torch.nn.functional.pad(value, (0, 5), value=-100 if key == "labels" else 0)
        for key, value in batch.items()
        if value.ndim
    }
    with torch.no_grad():
        losses = [float(next(iter(family_of(name).losses(model, b).values()))) for b in (batch, wider)]
    assert losses[0] == pytest.approx(losses[1], abs=1e-5)


def test_two_stacks_fit_bert_within_five_percent_but_for_the_cross_attention():
    from helpers import tinytown
    from helpers.transformer.parameters import cross_attention, tables_and_blocks

    def outside(name):
        model = fresh_model(Recipe(name), tinytown)[0]
        return tables_and_blocks(model)[1] - cross_attention(model), cross_attention(model)

    bert, none = outside("course-bert")
    for name, extra in (("course-t5", 131_072), ("course-bart", 132_096)):
        size, cross = outside(name)
        assert abs(size / bert - 1) < 0.05 and cross == extra and not none


def test_an_odd_number_of_layers_makes_no_two_stacks():
    with pytest.raises(ValueError, match="layers 3 cannot be shared out over two stacks; choose an even number"):
        fresh_model(recipe("course-t5", layers=3), small_language)


@pytest.mark.parametrize("side", ["source", "target"])
def test_a_text_longer_than_the_positions_is_named(side):
    from helpers.training.encoder_decoder import Example, collate

    rows = [(Example(**{"source": [7, 5], "target": [7, 5], side: [7] * 200}, words=200), 202)]
    tokenizer = fresh_model(recipe("course-t5"), small_language)[1]
    with pytest.raises(ValueError, match="row 0 has 200 tokens, the model has 128 positions; cut the text"):
        collate(rows, recipe=recipe("course-t5"), tokenizer=tokenizer, generator=None)
    with pytest.raises(ValueError, match="row 0 is empty"):
        empty = [(Example(**{"source": [7], "target": [7], side: []}, words=1), 3)]
        collate(empty, recipe=recipe("course-t5"), tokenizer=tokenizer, generator=None)


def test_t5s_table_of_positions_is_left_to_adamw():
    model = fresh_model(recipe("course-t5"), small_language)[0]
    kinds = {name: in_blocks(name, weight) for name, weight in model.named_parameters() if "block.0.layer.0" in name}
    assert not any(matrix for name, matrix in kinds.items() if "relative_attention_bias" in name or "norm" in name)
    assert all(matrix for name, matrix in kinds.items() if name.endswith((".q.weight", ".k.weight", ".o.weight")))


def test_bf16_training_of_t5_keeps_its_position_biases_in_fp32():
    from helpers.training import attention_fp32

    model, batch = first_batch("course-t5")
    with torch.no_grad():
        before = float(family_of("course-t5").losses(model, batch)["span_corruption"])
        model.set_attn_implementation(attention_fp32.register())
        assert float(family_of("course-t5").losses(model, batch)["span_corruption"]) == pytest.approx(before, abs=1e-5)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            after = float(family_of("course-t5").losses(model, batch)["span_corruption"])
    assert after == pytest.approx(before, rel=0.05)


def test_t5_hides_many_words_at_first_and_fewer_later():
    made = recipe("course-t5", first_mask_rate=0.6, mask_rate=0.2, mask_rate_chunks=10, chunk_documents=200)
    chunks = Chunks(made, family_of(made.name), fresh_model(made, small_language)[1], small_language)

    def hidden(chunk):
        asked = sum(int((b["labels"] > 21).sum()) for b in chunks[chunk])  # words stand behind the 22 special tokens
        return asked / sum(int(b["words"]) for b in chunks[chunk])

    assert [hidden(chunk) for chunk in (0, 5, 10)] == pytest.approx([0.6, 0.4, 0.2], abs=0.05)


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
    cases = [({"avx2": True, "avx512_bf16": False}, "fp32"), ({"avx512_bf16": True}, "bf16"), ({}, "fp32")]
    for able, precision in cases:
        monkeypatch.setattr(torch.cpu, "get_capabilities", lambda able=able: able)
        assert precision_here(recipe("course-bert", precision="bf16")) == precision
    assert precision_here(recipe("course-bert", precision="fp32")) == "fp32"


def test_the_learning_rate_rises_then_falls_to_zero():
    made = Recipe("course-gpt", steps=1000, warmup_steps=100)
    rates = [learning_rate(made, step) for step in range(1000)]
    assert rates.index(max(rates)) in (99, 100) and max(rates) == pytest.approx(made.peak_learning_rate)
    assert rates[:100] == sorted(rates[:100]) and rates[100:] == sorted(rates[100:], reverse=True)
    assert rates[-1] < 1e-4 * made.peak_learning_rate
    more = replace(made, restart_steps=400, restart_learning_rate=1e-3)
    assert [learning_rate(more, step) for step in range(1000)] == rates
    second = [learning_rate(more, step) for step in range(1000, 1400)]
    assert second.index(max(second)) in (49, 50) and max(second) == pytest.approx(1e-3)
    assert second[:50] == sorted(second[:50]) and second[50:] == sorted(second[50:], reverse=True)


@pytest.fixture
def fp32(monkeypatch):
    """No bf16, whose rounding would hide small differences; accelerate keeps one precision a process."""
    from accelerate.state import AcceleratorState

    monkeypatch.setattr(torch.cpu, "get_capabilities", dict)
    AcceleratorState._reset_state()
    yield
    AcceleratorState._reset_state()


def test_a_second_cycle_is_fresh_steps_on_the_mean_of_several_batches(tmp_path, fp32):
    """The oracle: the first cycle's weights, a new optimiser, and one backward pass through the mean loss."""
    made = recipe("course-bert", restart_steps=5, restart_batches=3, restart_learning_rate=1e-2)
    language, family = small_language, family_of(made.name)
    model, tokenizer = pretrain(
        replace(made, restart_steps=0), places(tmp_path / "a", made.name), language=language, quiet=True
    )
    batches = stream(Chunks(made, family, tokenizer, language))
    first = [next(batches) for _ in range(made.steps)]
    optimizer = optimizer_for(model.train(), made)
    for step in range(made.steps, made.steps + 5):
        for group in optimizer.param_groups:
            group["lr"] = learning_rate(made, step)
        several = [next(batches)[2] for _ in range(3)]
        sum(sum(family.losses(model, batch).values()) for batch in several).div(3).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), made.clip)
        optimizer.step()
        optimizer.zero_grad()
        first += [(None, None, batch) for batch in several]
    again = pretrain(made, places(tmp_path / "b", made.name), language=language, quiet=True)[0]
    weights = dict(model.named_parameters())
    assert all(torch.allclose(weight, weights[name], atol=1e-5) for name, weight in again.named_parameters())
    last = log.read(tmp_path / "b" / f"{made.name}.jsonl")[1][-1]
    assert last["step"] == made.steps + 5 and last["words"] == sum(int(batch["words"]) for _, _, batch in first)


def test_a_second_cycle_resumes_where_it_was_cut(tmp_path):
    how = {"restart_steps": 6, "restart_batches": 2, "checkpoint_every": 4}
    whole, _ = train(tmp_path, "course-bert", **how)
    lines = log.read(tmp_path / "course-bert.jsonl")[1]
    before, last = checkpoints.complete(places(tmp_path, "course-bert").checkpoints)
    assert (before.stem, last.stem) == ("step-00000028", "step-00000030")
    last.unlink()
    assert same(whole, train(tmp_path, "course-bert", **how)[0])
    again = log.read(tmp_path / "course-bert.jsonl")[1]
    assert [{**line, "seconds": 0} for line in again] == [{**line, "seconds": 0} for line in lines]


def test_many_words_are_hidden_at_first_and_fewer_later():
    made = recipe("course-bert", first_mask_rate=0.8, mask_rate=0.1, mask_rate_chunks=10, chunk_documents=400)
    chunks = Chunks(made, family_of(made.name), fresh_model(made, small_language)[1], small_language)

    def hidden(chunk):
        batches = chunks[chunk]
        return sum(int((b["labels"] != -100).sum()) for b in batches) / sum(int(b["words"]) for b in batches)

    assert [hidden(chunk) for chunk in (0, 5, 10, 11)] == pytest.approx([0.8, 0.45, 0.1, 0.1], abs=0.05)


def hidden_words(batches, tokenizer):
    return {tokenizer.convert_ids_to_tokens(int(i)) for batch in batches for i in batch["labels"].unique() if i != -100}


def test_lessons_come_in_their_chunks_and_ask_for_facts_at_first():
    made = recipe(
        "course-bert",
        lessons=0.5,
        lesson_chunk=2,
        lesson_chunks=3,
        lesson_scene="weather",
        mask_rate=1e-9,
        first_mask_rate=1e-9,
    )
    family, tokenizer = family_of(made.name), fresh_model(made, small_language)[1]
    chunks = Chunks(made, family, tokenizer, small_language)
    assert [sum(len(batch["input_ids"]) for batch in chunks[chunk]) for chunk in range(6)] == [64] * 6
    weather = small_language.WEATHER
    asked = [hidden_words(chunks[chunk], tokenizer) for chunk in range(6)]
    assert asked == [set(), set(), {*weather}, {*weather, *weather.values()}, {*weather, *weather.values()}, set()]


@pytest.mark.parametrize(("facts_only", "places"), [(True, [2]), (False, [2, 7])])
def test_a_lesson_is_a_whole_text_with_a_fact_hidden_and_later_what_follows_from_it(facts_only, places):
    made = recipe("course-bert")
    family, tokenizer = family_of(made.name), fresh_model(made, small_language)[1]
    how = {"recipe": made, "tokenizer": tokenizer, "generator": torch.Generator().manual_seed(0)}
    texts = small_language.documents(60, language=small_language.only("weather"))
    lessons, others = family.lessons(texts, facts_only=facts_only, **how), family.examples(texts, **how)
    batch = family.collate(lessons + others, **how)
    assert len(lessons) == 60 and len({tuple(row.tolist()) for row in batch["labels"][60:] != -100}) > 2
    for ids, label, document in zip(batch["input_ids"][:60], batch["labels"], texts):
        hidden = (label != -100).nonzero().flatten().tolist()  # the weather, and what it made of everything
        whole = tokenizer.convert_ids_to_tokens(torch.where(label == -100, ids, label).tolist())
        assert hidden == places and (ids[hidden] == tokenizer.mask_token_id).all()
        assert whole[1 : 1 + len(document.tokens)] == list(document.tokens)
    assert (batch["next_sentence_label"][:60] == -100).all() and not batch["token_type_ids"][:60].any()


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


@pytest.mark.parametrize(
    "changes",
    [
        {"precision": "fp8"},
        {"steps": 0},
        {"batch_tokens": 5},
        {"restart_batches": 0},
        {"restart_steps": -1},
        {"lessons": 0.5},
    ],
)
def test_impossible_recipes_name_the_value(changes):
    with pytest.raises(ValueError, match=str(next(iter(changes.values())))):
        Recipe("course-gpt", **changes)


def test_an_unknown_model_is_named_beside_the_known_ones():
    with pytest.raises(ValueError, match="'course-elmo'.*course-bert, course-gpt"):
        family_of("course-elmo")
