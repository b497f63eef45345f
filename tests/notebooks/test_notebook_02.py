"""The definitions written out in notebook 02 equal those in helpers; its solutions pass; its hub section runs."""

import ast
import re
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest
import torch
import transformers
from books import ROOT, code_cells, markdown_cells, read, said, source
from hub_stand_in import HubStandIn

from helpers import tinytown
from helpers.models import HUB, load_course
from helpers.models.tokenizers import build_tokenizer

BOOK = read(ROOT / "notebooks" / "02_masked_language_modeling.ipynb")
DECIDED = {"C15", "C16", "C17", "C40"}
FILLERS = ("google-bert/bert-base-uncased", "dmis-lab/biobert-base-cased-v1.2")


@pytest.fixture(scope="module")
def course_bert():
    return load_course("course-bert")


@pytest.fixture(scope="module")
def notebook(course_bert):
    """The functions that the notebook defines, without the rest of its cells."""
    names = {"torch": torch, "np": np, "tinytown": tinytown, "bert": course_bert[0], "bert_tok": course_bert[1]}
    for cell in code_cells(BOOK):
        for node in ast.parse(source(cell)).body:
            if isinstance(node, ast.FunctionDef):
                exec(ast.unparse(node), names)
    return SimpleNamespace(**names)


def test_its_joint_is_the_languages_in_either_order(notebook):
    gap = [None if word == "_" else word for word in "the capital of _ is _ .".split()]
    whole, joint = tinytown.log_prob(gap), notebook.joint_of(gap, tinytown.cloze_probs)
    mirrored = notebook.joint_of(gap[::-1], lambda t: tinytown.cloze_probs(t[::-1])[::-1])
    assert len(joint) == len(mirrored) == 18 and abs(sum(joint.values()) - 1) < 1e-9
    for (country, capital), p in joint.items():
        exact = np.exp(tinytown.log_prob(f"the capital of {country} is {capital} .") - whole)
        assert p == pytest.approx(exact, rel=1e-9) == pytest.approx(mirrored[capital, country], rel=1e-9)


def test_its_word_classes_cover_every_word_and_mean_what_they_say(notebook):
    documents = tinytown.documents(300, split="test", seed=5)
    found = {(d.tokens[t], notebook.word_class(d, t)) for d in documents for t in range(len(d.tokens))}
    assert len({name for _, name in found}) == 7
    assert {name for word, name in found if word == "."} == {"marks"}
    assert ("prescribed", "other fixed words") in found and ("warfarin", "is a fact") in found


def test_its_best_guess_is_bayes_rule_by_enumeration(notebook):
    """Twenty words, each kept or replaced by a uniform one with equal probability, against the closed form."""
    words = [f"w{i}" for i in range(20)]
    namespace = {"words": words}
    for cell in code_cells(BOOK):
        for node in ast.parse(source(cell)).body:
            if getattr(node, "name", "") == "best_guess":
                exec(ast.unparse(node), namespace)
    draw = np.random.default_rng(0)
    for _ in range(50):
        p = dict(zip(words, draw.dirichlet(np.full(20, 0.05)).tolist()))
        for shown in draw.choice(words, 3):
            joint = {true: q * (0.1 * (true == shown) + 0.1 / len(words)) for true, q in p.items()}
            assert namespace["best_guess"](p, shown) == max(joint, key=joint.get)


def test_its_claims_are_decided_in_code_cells():
    claims = {claim for cell in code_cells(BOOK) for claim in cell["metadata"].get("claim", [])}
    prose = "\n".join(source(cell) for cell in markdown_cells(BOOK))
    assert claims == set(re.findall(r"Verdict on (C\d\d)", prose)) == DECIDED


def test_what_its_cells_say_is_what_its_verdicts_need():
    """Booleans that the prose leans on, read from the stored outputs."""
    printed = said(BOOK)
    for line in (
        "all four counts from one distribution (chi-square, p > 0.001): True",
        "the same generator hides the same words: True",
        "steps: less than 0.25 nats: True",
        "never below the floor: True",
        "['heparin', 'warfarin']",
        "chain rule equals P(text with both) / P(text with gaps): True",
    ):
        assert line in printed, line


@pytest.mark.parametrize(
    "variants, separated",
    [
        ("static minus dynamic", [True]),
        ("80/10/10 minus 100/0/0", [False, True, True]),
        ("15% minus 30%", [True]),
        ("15% minus 40%", [True]),
        ("30% minus 40%", [False]),
    ],
)
def test_its_prose_calls_separated_what_the_seeds_separate(variants, separated):
    found = re.findall(rf"^{variants}, 3 seeds: .*\), (not )?separated$", said(BOOK), re.MULTILINE)
    assert [not word for word in found] == separated


@pytest.fixture(scope="module")
def stand_ins(tmp_path_factory):
    """Two small masked models under the ids of the notebook's last experiment; the one with a pin at its pin."""
    words = "the patient was prescribed for bank of muddy capital france is takes against softly .".split()
    words += "warfarin ibuprofen anticoagulation pain simvastatin penicillin cholesterol infection".split()
    words += "cat dog purring barking".split()
    tokenizer, root = build_tokenizer(words), tmp_path_factory.mktemp("originals")
    config = transformers.BertConfig(
        vocab_size=len(tokenizer), hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=32
    )
    folders = {}
    for model_id in FILLERS:
        folders[model_id] = root / model_id.split("/")[1]
        transformers.BertForMaskedLM(config).save_pretrained(folders[model_id])
        tokenizer.save_pretrained(folders[model_id])
    return folders, {FILLERS[0]: HUB[FILLERS[0]].revision}


def test_its_hub_section_runs_and_a_broken_download_costs_one_line_each(stand_ins, tmp_path):
    cells = [source(cell) for cell in code_cells(BOOK)]
    imports = next(cell for cell in cells if "from helpers.models import" in cell).split("\n\nbert, ")[0]
    fill = next(n for cell in cells for n in ast.parse(cell).body if getattr(n, "name", "") == "fill")
    script = "\n".join([imports, ast.unparse(fill), next(cell for cell in cells if cell.startswith("GAPS = "))])

    def printed(server, home):
        run = subprocess.run(
            [sys.executable, "-c", script],
            cwd=ROOT,
            env=server.environment(home),
            capture_output=True,
            text=True,
            check=True,
        )
        assert "Traceback" not in run.stderr
        return run.stdout.splitlines()

    with HubStandIn(*stand_ins) as server:
        lines = printed(server, tmp_path / "whole")
        asked = {
            line.split("/resolve/")[1].split("/")[0] for line in server.requests if f"/{FILLERS[0]}/resolve/" in line
        }
    assert asked == {HUB[FILLERS[0]].revision}, "the pinned revision, and no other"
    assert [line.split(" (")[0] for line in lines if line[0] != " "] == list(FILLERS)
    fills, sums = ([line for line in lines if mark in line] for mark in (" -> ", " nats"))
    assert len(fills) == len(sums) == 6 and all(len(line.split(" -> ")[1].split()) == 5 for line in fills)
    with HubStandIn(*stand_ins, cut_after=500) as server:
        lines = printed(server, tmp_path / "cut")
    assert [line.split(":")[0] for line in lines] == [f"skipped {model_id}" for model_id in FILLERS]
