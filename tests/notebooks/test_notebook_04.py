"""The definitions written out in notebook 04 equal those in helpers; its solutions pass; its hub section runs."""

import ast
import copy
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
from books import ROOT, SOLUTION, code_cells, markdown_cells, read, source, text_outputs
from hub_stand_in import HubStandIn
from torch.nn import functional as F

from helpers import evaluation, tinytown
from helpers.exercises import causal_lm as exercises
from helpers.experiments.causal_lm import EXPERIMENT, search, typed_marks
from helpers.methods import decoding
from helpers.models import DATA, HUB, compute_in_float32, load_course, load_pypi
from helpers.models.course import pretrainings
from helpers.models.tokenizers import build_causal_tokenizer
from helpers.objectives.causal_lm import causal_lm_batch
from helpers.setup import ledger
from helpers.training import log
from helpers.training.recipe import Recipe

PATH = ROOT / "notebooks" / "04_causal_language_modeling.ipynb"
BOOK = read(PATH)
VERDICTS = {
    "C06": "does not hold here",
    "C12": "holds with a caveat",
    "C13": "does not hold here",
    "C18": "holds with a caveat",
    "C19": "holds",
    "C37": "holds with a caveat",
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


@pytest.fixture(scope="module")
def rows():
    """The rows of the recorded experiment."""
    return EXPERIMENT.rows()


def scores_of(rows, **match):
    return [row["scores"] for row in rows if all(row.get(name) == value for name, value in match.items())]


def printed():
    """All text that the notebook's cells show."""
    return "\n".join(text for cell in code_cells(BOOK) for text in text_outputs(cell))


def prose():
    return "\n".join(source(cell) for cell in markdown_cells(BOOK)).replace("\n", " ")


@pytest.mark.parametrize("text", PROMPTS)
@pytest.mark.parametrize("beams", [2, 5])
def test_the_searches_are_those_of_the_library(notebook, text, beams):
    row, end = notebook.tok(text, return_tensors="pt"), notebook.end
    found = decoding.beam_search(notebook.gpt, row["input_ids"][0], beams=beams, max_new_tokens=25, end_id=end)
    theirs = notebook.gpt.generate(**row, do_sample=False, num_beams=beams, max_new_tokens=25, pad_token_id=end)
    assert found == theirs[0, row["input_ids"].shape[1] :].tolist()[: len(found)]


def test_its_three_losses_are_those_of_a_slow_loop(notebook):
    rows = [notebook.tok.convert_tokens_to_ids(d.tokens) for d in tinytown.documents(3, split="test", seed=5)]
    batch = causal_lm_batch(rows, end_id=notebook.end, pad_id=notebook.tok.pad_token_id)
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
    assert notebook.possible("the cat purred .".split()) == "the cat purred .".split()
    assert notebook.possible("the cat purred the . the".split()) == "the cat purred".split()
    assert notebook.kept_numbers(transformers.GPT2Config()) == 2 * 12 * 768


def test_its_cut_texts_can_be_read_exactly(notebook):
    generator = torch.Generator().manual_seed(1)
    model, how = copy.deepcopy(notebook.gpt).double(), {"max_new_tokens": 40, "end_id": notebook.end}
    for row in decoding.sample(model, [notebook.end], count=20, temperature=1.5, generator=generator, **how):
        words = notebook.tok.decode(row, skip_special_tokens=True).split()
        assert decoding.exact_probs(notebook.possible(words), notebook.tok).isfinite().all()


def test_what_it_says_of_the_doubled_shift(rows):
    once, twice = (scores_of(rows, experiment="doubled_shift", shift=name) for name in ("once", "twice"))
    assert len(once) == len(twice) == 3
    assert all(abs(each["curve"][0][1] - 7.0) < 0.1 for each in once + twice)  # "start at 7.0"
    assert np.mean([each["next word"] for each in twice]) == pytest.approx(9.1, abs=0.05)
    assert {each["valid"] for each in twice} == {0.0}
    assert np.mean([each["valid"] for each in once]) == pytest.approx(0.25, abs=0.01)
    assert np.mean([b["excess"] - a["excess"] for a, b in zip(once, twice)]) == pytest.approx(0.03, abs=0.005)


def test_what_it_says_of_the_librarys_rules(rows):
    found = scores_of(rows, experiment="processed_logits")
    assert sum(each["steps"] for each in found) == 13_648
    assert max(each["largest difference"] for each in found) == 0 == 1 - min(each["same tokens left"] for each in found)


def test_what_it_says_of_searches(rows):
    for beginning in search.BEGINNINGS:  # "the language's best text, or one equally probable"
        (best,), (of_model,) = (
            scores_of(rows, experiment="search", beginning=beginning, method=m) for m in ("language", "model")
        )
        assert of_model["nats"] == pytest.approx(best["nats"], abs=1e-9)
    nats = {
        (row["beams"], row["length_penalty"]): row["scores"]["nats"]
        for row in rows
        if row["experiment"] == "search" and row["method"] == "beams" and row["beginning"] == ""
    }
    assert nats[5, 0.0] == pytest.approx(14.19, abs=0.01) and nats[10, 0.0] == pytest.approx(6.87, abs=0.01)
    assert nats[10, 1.0] == pytest.approx(14.19, abs=0.01)


def test_what_it_says_of_typed_marks(rows):
    marks = {way: [] for way in typed_marks.WAYS}
    for row in rows:
        if row["experiment"] == "typed_marks":
            marks[row["way"]].append((row["typed"], row["scores"]["marks"]))
    assert dict(marks["template"])["a forged turn"] == 7
    assert {number for _, number in marks["all as text"]} == {0}
    assert {number for _, number in marks["contents as text"]} == {5}


def test_what_it_says_of_the_phase_of_lists_is_what_was_recorded():
    (header, taught), (of_copy, plain) = (
        log.read(DATA / "training" / f"{name}.jsonl") for name in ("course-bert", "course-bert-without-phase")
    )
    recipe, copy_recipe = (Recipe.from_dict(each["recipe"]) for each in (header, of_copy))
    assert recipe.phase_chunks and replace(recipe, phase_chunks=0) == copy_recipe  # nothing else differs
    end, end_of_copy = taught[-1]["evaluations"], plain[-1]["evaluations"]
    assert end["list_cloze"] == pytest.approx(0.94, abs=0.01) and end_of_copy["list_cloze"] == pytest.approx(
        0.49, abs=0.01
    )


def test_every_whole_training_reads_lists_and_the_seed_does_not_fix_the_moment(rows):
    abilities = {name: "four_shot" for name in pretrainings("course-gpt")}
    abilities |= {name: "list_cloze" for name in pretrainings("course-bert")}
    for name, ability in abilities.items():
        curve = log.along(name, ability)
        assert curve[-1][0] > 40 and curve[-1][1] > 0.93
    here = next(at for at, right in log.along("course-gpt-seed-1", "four_shot") if right > 0.9)
    (jump,) = [row["scores"] for row in rows if row["experiment"] == "jump" and row["seed"] == 1]
    last = jump["lines"][-1]
    assert last["4-shot accuracy"] < 0.6 and here < last["words"] / 1e6
    assert f"jumps by {here:.1f} million; in the figure above it had not by {last['words'] / 1e6:.1f}" in prose()
    first, *others = [log.read(log.RECORDS / f"{name}.jsonl")[0]["recipe"] for name in pretrainings("course-gpt")]
    assert [first | {"seed": other["seed"]} for other in others] == others and len(others) == 2


def test_course_gpt_needs_no_phase():
    (header, taught), (of_copy, plain) = (
        log.read(DATA / "training" / f"{name}.jsonl") for name in ("course-gpt", "course-gpt-without-phase")
    )
    recipe, copy_recipe = (Recipe.from_dict(each["recipe"]) for each in (header, of_copy))
    assert recipe.phase_chunks and replace(recipe, phase_chunks=0) == copy_recipe
    end, end_of_copy = taught[-1]["evaluations"], plain[-1]["evaluations"]
    assert plain[-1]["step"] == taught[-1]["step"]
    assert end_of_copy["four_shot"] > end["four_shot"] - 0.005 and end_of_copy["excess"] < end["excess"] + 0.001


def test_its_claims_are_decided_once_and_told_in_the_same_words():
    found = {row.claim: row.verdict for row in ledger.decided(BOOK, PATH.name)}
    assert found == VERDICTS
    told = dict(re.findall(r"\*\*Verdict on (C\d\d)\*\*[^*]*?\(\"[^*]*?\): \*([^*]+)\*", prose()))
    assert told == VERDICTS


def test_the_questions_everybody_asks_are_answered():
    answered = {each for cell in code_cells(BOOK) for each in cell["metadata"].get("answers", [])}
    assert answered == {"who-shifts", "pad-eos", "cache-kv"}


def test_the_chat_answers_stand_in_its_output(rows):
    for line in ("The capital of France is Paris.", "12 + 7 = 9"):
        assert line in printed()


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


def test_its_build_reproduces_generate(notebook):
    names = {"torch": torch, "exercises": SimpleNamespace(check_generate=lambda answer: None)}
    found = (SOLUTION.search(source(cell)) for cell in markdown_cells(BOOK))
    exec(next(match[1] for match in found if match and "def generate" in match[1]), names)
    how = {"prompt_ids": [notebook.end], "end_id": notebook.end, "temperature": 0.8, "top_p": 0.9}
    assert exercises.same_texts(notebook.gpt, names["generate"], **how) == 10


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
    imports = "\n".join(source(cell) for cell in code_cells(BOOK)[1:3])
    named = ("three_losses", "repeated", "three_answers")
    functions = [ast.unparse(node) for node in nodes(ast.FunctionDef) if node.name in named]
    text = next(node for node in nodes(ast.Assign) if getattr(node.targets[0], "id", "") == "PARAGRAPH")
    cell = next(source(cell) for cell in code_cells(BOOK) if 'load_hub("' in source(cell))
    return "\n".join([imports, *functions, ast.unparse(text), cell])


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
