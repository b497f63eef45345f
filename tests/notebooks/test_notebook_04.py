"""The definitions written out in notebook 04 equal those in helpers; its solutions pass; its hub section runs."""

import ast
import copy
import hashlib
import json
import math
import re
import subprocess
import sys
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch
import transformers
from books import ROOT, SOLUTION, code_cells, markdown_cells, read, source
from hub_stand_in import HubStandIn
from torch.nn import functional as F

from helpers import evaluation, tinytown
from helpers.methods import decoding
from helpers.models import DATA, HUB, compute_in_float32, load_course, load_pypi
from helpers.models.tokenizers import build_causal_tokenizer
from helpers.objectives.causal_lm import causal_lm_batch
from helpers.training import log
from helpers.training.recipe import Recipe

BOOK = read(ROOT / "notebooks" / "04_causal_language_modeling.ipynb")
VERDICTS = {
    "C06": "does not hold here",
    "C10": "holds with a caveat",
    "C12": "holds with a caveat",
    "C13": "does not hold here",
    "C18": "holds with a caveat",
    "C19": "holds",
    "C37": "holds",
}
PROMPTS = ("", "the bank of the", "the patient was", "we")
GPT2 = "openai-community/gpt2"


def nodes(*kinds):
    return [node for cell in code_cells(BOOK) for node in ast.parse(source(cell)).body if isinstance(node, kinds)]


@pytest.fixture(scope="module")
def notebook():
    """The functions that the notebook defines, with course-gpt, without the rest of its cells."""
    gpt, tok = load_course("course-gpt")
    names = {
        "torch": torch,
        "F": F,
        "np": np,
        "math": math,
        "hashlib": hashlib,
        "json": json,
        "copy": copy,
        "gpt": gpt,
        "tok": tok,
        "end": tok.eos_token_id,
        "language": tinytown.training_language(),
        "DATA": DATA,
        "tinytown": tinytown,
        "decoding": decoding,
        "evaluation": evaluation,
        "causal_lm_batch": causal_lm_batch,
    }
    for node in nodes(ast.FunctionDef):
        exec(ast.unparse(node), names)
    return SimpleNamespace(**names)


@pytest.mark.parametrize("text", PROMPTS)
def test_its_greedy_and_its_beams_are_the_helpers(notebook, text):
    ids, end = notebook.tok(text)["input_ids"], notebook.end
    greedy = decoding.greedy(notebook.gpt, ids, max_new_tokens=40, end_id=end)
    assert notebook.greedy(notebook.gpt, ids, 40) == greedy
    for beams in (1, 2, 4):
        ours = decoding.beam_search(notebook.gpt, ids, beams=beams, max_new_tokens=25, end_id=end)
        assert notebook.beam_search(notebook.gpt, ids, beams, 25) == ours


def test_its_next_probs_are_the_last_row_of_the_model(notebook):
    ids = notebook.tok("the cat sat on")["input_ids"]
    with torch.no_grad():
        probs = notebook.gpt(input_ids=torch.tensor([ids])).logits[0, -1].softmax(-1)
    torch.testing.assert_close(notebook.next_probs(notebook.gpt, [ids])[0].float(), probs, atol=1e-6, rtol=0)


def test_its_three_losses_are_those_of_a_slow_loop(notebook):
    batch = notebook.batch_of(tinytown.documents(3, split="test", seed=5))
    ids, tokens = batch["input_ids"], batch["attention_mask"]
    with torch.no_grad():
        logs = notebook.gpt(input_ids=ids, attention_mask=tokens).logits.log_softmax(-1)
    for shift, loss in zip((1, 2, 0), notebook.three_losses(notebook.gpt, ids, tokens), strict=True):
        asked = [
            -float(logs[row, i, ids[row, i + shift]]) for row in range(3) for i in range(int(tokens[row].sum()) - shift)
        ]
        assert abs(loss - np.mean(asked)) < 1e-3


def test_its_enumeration_finds_every_text(notebook):
    texts = list(notebook.texts_from("the capital of peru is".split()))
    assert len({tuple(text) for text in texts}) == len(texts) > 1
    assert all(math.isfinite(tinytown.log_prob(text, language=notebook.language)) for text in texts)


def test_its_fingerprint_notices_one_changed_weight(notebook):
    model = copy.deepcopy(notebook.gpt)
    before = notebook.fingerprint(model)
    assert notebook.fingerprint(copy.deepcopy(model)) == before
    with torch.no_grad():
        model.transformer.h[2].mlp.c_proj.bias[5] += 1e-6
    assert notebook.fingerprint(model) != before


def test_its_lists_are_read_as_the_evaluation_reads_them(notebook):
    for prefix, label, exact in evaluation.list_problems(8, 4, 0):
        tokens = [*prefix, label]
        model, best = notebook.label_hits(tokens)
        assert len(model) == len(best) == 9
        assert best[8] == pytest.approx(max(exact.values()))
        assert model[8] == pytest.approx(exact.get(notebook.ask(list(prefix)), 0))


def test_its_swap_exchanges_the_labels_and_nothing_else(notebook):
    tokens = "tasty -> red ; awful -> blue ; fantastic ->".split()
    assert notebook.labels_of(tokens) == {"red", "blue"}
    assert " ".join(notebook.swapped(tokens)) == "tasty -> blue ; awful -> red ; fantastic ->"
    assert notebook.swapped(notebook.swapped(tokens)) == tokens


def test_its_small_measures(notebook):
    assert notebook.repeated([1, 2, 3, 4, 1, 2, 3, 4]) == pytest.approx(0.2)
    assert notebook.repeated([1, 2]) == notebook.repeated([1, 2, 3, 4, 5]) == 0
    assert notebook.entropy(torch.tensor([[0.5, 0.5, 0.0], [1.0, 0.0, 0.0]])) == pytest.approx(math.log(2) / 2)
    words, able = notebook.recorded("course-gpt")
    assert bool((np.diff(words) > 0).all()) and all(len(values) == len(words) for values in able.values())


def test_what_it_says_of_the_phase_of_lists_is_what_was_recorded():
    (header, taught), (of_copy, plain) = (
        log.read(DATA / "training" / f"{name}.jsonl") for name in ("course-bert", "course-bert-without-phase")
    )
    recipe, copy_recipe = (Recipe.from_dict(each["recipe"]) for each in (header, of_copy))
    assert recipe.phase_chunks and replace(recipe, phase_chunks=0) == copy_recipe  # nothing else differs
    parted = of_copy["forked"]
    assert parted["words"] == next(line["words"] for line in taught if line["step"] == parted["step"])
    assert parted["step"] < plain[0]["step"] and plain[-1]["step"] == taught[-1]["step"]
    end, end_of_copy = taught[-1]["evaluations"], plain[-1]["evaluations"]
    assert end["list_cloze"] > 0.9 > 0.6 > end_of_copy["list_cloze"]
    assert end["excess"] < end_of_copy["excess"]
    shown = "".join("".join(output.get("text", "")) for cell in code_cells(BOOK) for output in cell["outputs"])
    asked, read_by_gpt = (
        float(re.search(rf"([\d.]+) million {what}", shown)[1]) for what in ("hidden labels", "of them labels")
    )
    assert asked > read_by_gpt  # "more labels than course-gpt had read when it jumped"
    taught_by = float(re.search(r"after at most ([\d.]+) million short lists", shown)[1])
    assert 0.01 < taught_by < asked / 3  # "less than a third as many labels"


def test_course_gpt_needs_no_phase():
    (header, taught), (of_copy, plain) = (
        log.read(DATA / "training" / f"{name}.jsonl") for name in ("course-gpt", "course-gpt-without-phase")
    )
    recipe, copy_recipe = (Recipe.from_dict(each["recipe"]) for each in (header, of_copy))
    assert recipe.phase_chunks and replace(recipe, phase_chunks=0) == copy_recipe
    end, end_of_copy = taught[-1]["evaluations"], plain[-1]["evaluations"]
    assert plain[-1]["step"] == taught[-1]["step"]
    assert end_of_copy["four_shot"] > end["four_shot"] - 0.005 and end_of_copy["excess"] < end["excess"] + 0.001


def test_its_claims_are_decided_in_code_cells_and_told_once_more_in_the_takeaways():
    claims = {claim for cell in code_cells(BOOK) for claim in cell["metadata"].get("claim", [])}
    assert claims == set(VERDICTS)
    prose = "\n".join(source(cell) for cell in markdown_cells(BOOK)).replace("\n", " ")
    told = dict(re.findall(r"\*\*Verdict on (C\d\d)\*\*[^*]*?\(\"[^*]*?\): \*([^*]+)\*", prose))
    assert told == VERDICTS
    table = next(source(cell) for cell in markdown_cells(BOOK) if source(cell).startswith("## Takeaways"))
    rows = dict(re.findall(r"^\| (C\d\d) .*?\| (holds with a caveat|does not hold here|holds)\b", table, re.MULTILINE))
    assert rows == VERDICTS


def test_the_chat_answers_stand_in_its_output():
    printed = "".join("".join(output.get("text", "")) for cell in code_cells(BOOK) for output in cell["outputs"])
    for line in ("The capital of France is Paris.", "12 + 7 = 9", "each choice leads by more than 0.05: True"):
        assert line in printed


def test_no_greedy_choice_of_the_chat_model_is_so_close_that_rounding_could_turn_it():
    model, tokenizer = load_pypi("smollm2", dtype="bfloat16")
    model = compute_in_float32(model)
    hamlet = ("Who wrote Hamlet?", 24, "The Bard's own son, William Shakespeare")
    for question, limit, start in (hamlet, ("What is 12 + 7?", 8, "12 + 7 = 9")):
        message = {"role": "user", "content": question}
        prompt = tokenizer.apply_chat_template([message], add_generation_prompt=True)["input_ids"]
        new = decoding.greedy(model, prompt, max_new_tokens=limit, end_id=tokenizer.eos_token_id)
        with torch.no_grad():
            best = model(input_ids=torch.tensor([[*prompt, *new]])).logits[0, len(prompt) - 1 : -1].topk(2).values
        assert tokenizer.decode(new).startswith(start)
        assert float((best[:, 0] - best[:, 1]).min()) > 0.2, question


def solutions():
    return [match[1] for cell in markdown_cells(BOOK) if (match := SOLUTION.search(source(cell)))]


def test_its_top_p_solution_is_the_helpers():
    names = {"torch": torch, "exercises": SimpleNamespace(check_top_p=lambda answer: None)}
    exec(next(text for text in solutions() if "my_top_p" in text), names)
    for seed in range(20):
        logits = 2 * torch.randn(12, generator=torch.Generator().manual_seed(seed))
        ours = names["my_top_p"](logits.softmax(-1), 0.7)
        torch.testing.assert_close(ours, decoding.decoding_probs(logits, top_p=0.7), atol=1e-6, rtol=0)


@pytest.fixture(scope="module")
def stand_in(tmp_path_factory):
    """A small model under GPT-2's id, at its pinned revision."""
    tokenizer = build_causal_tokenizer("the river had risen in night lower road was under water .".split())
    config = transformers.GPT2Config(
        vocab_size=len(tokenizer),
        n_embd=16,
        n_layer=1,
        n_head=2,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
    )
    folder = tmp_path_factory.mktemp("originals") / "gpt2"
    transformers.GPT2LMHeadModel(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return {GPT2: folder}, {GPT2: HUB[GPT2].revision}


def hub_section():
    """The import cell, what the hub cell needs, and the hub cell itself, as one script."""
    imports = next(
        source(cell)
        for cell in code_cells(BOOK)
        if "import load_hub" in source(cell) or "load_hub, load_pypi" in source(cell)
    )
    losses = next(node for node in nodes(ast.FunctionDef) if node.name == "three_losses")
    text = next(node for node in nodes(ast.Assign) if getattr(node.targets[0], "id", "") == "PARAGRAPH")
    cell = next(source(cell) for cell in code_cells(BOOK) if 'load_hub("' in source(cell))
    return "\n".join([imports, ast.unparse(losses), ast.unparse(text), cell])


def run_hub_section(server, home):
    run = subprocess.run(
        [sys.executable, "-c", hub_section()],
        cwd=ROOT,
        env=server.environment(home),
        capture_output=True,
        text=True,
        check=True,
    )
    assert "Traceback" not in run.stderr
    return run.stdout.splitlines()[1:]  # the first line is the import cell's


def test_its_hub_section_runs_at_the_pinned_revision(stand_in, tmp_path):
    with HubStandIn(*stand_in) as server:
        lines = run_hub_section(server, tmp_path)
        fetched = [request for request in server.requests if "/resolve/" in request]
    assert fetched and all(f"/resolve/{HUB[GPT2].revision}/" in request for request in fetched)
    assert [line.split()[0] for line in lines] == ["greedy:", "shifted", "a"]
    assert all(math.isfinite(float(number)) for number in re.findall(r"(\d+\.\d+)", " ".join(lines[1:])))


def test_a_download_that_breaks_off_costs_one_line(stand_in, tmp_path):
    with HubStandIn(*stand_in, cut_after=500) as server:
        lines = run_hub_section(server, tmp_path)
    assert len(lines) == 1 and lines[0].startswith(f"skipped {GPT2}: the download did not complete (")
