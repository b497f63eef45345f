"""What notebook 02 defines beyond the helpers, the numbers that its prose leans on, and its hub section."""

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
from helpers.exercises.masked_lm import joint_of
from helpers.experiments import ablations, pretrainings, two_gaps
from helpers.figures.ablation_runs import against
from helpers.models import HUB, load_course
from helpers.models.tokenizers import build_tokenizer

BOOK = read(ROOT / "notebooks" / "02_masked_language_modeling.ipynb")
DECIDED = {"C15", "C16", "C17"}
PROSE = "\n".join(source(cell) for cell in markdown_cells(BOOK))
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


def test_its_joint_is_the_languages_in_either_order():
    gap = [None if word == "_" else word for word in "the capital of _ is _ .".split()]
    whole, joint = tinytown.log_prob(gap), joint_of(gap, tinytown.cloze_probs)
    mirrored = joint_of(gap[::-1], lambda t: tinytown.cloze_probs(t[::-1])[::-1])
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
    namespace = {"vocabulary": words}
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
    decided = {
        claim for cell in code_cells(BOOK) if "verdict" in cell["metadata"] for claim in cell["metadata"]["claim"]
    }
    assert decided == set(re.findall(r"Verdict on (C\d\d)", PROSE)) == DECIDED


@pytest.mark.parametrize(
    "numbers",
    [
        ("0.37", "0.41", "0.04"),  # floor, loss and excess of the objective
        ("1.60", "0.45", "0.76"),  # names, free choices, what follows from a fact
        (
            "left side 3.69, right side worth 3.69",
            "left side 3.64, right side worth 1.36",
            "'day': 0.0",
            "'degree': 1.18",
        ),
        ("settled by the left side alone (under 0.1 nats): 58 %", "course-bert gives warfarin 0.68; exact 0.50"),
        ("1.95 nats in this gap", "0.55 on average", "heparin and warfarin together 1.00"),
        ("'static: chosen once': 0.15", "'ten copies': 0.81"),
        ("less probability than a true one in 99 %", "best possible 0.998"),
        ("0.83", "0.43", "0.59", "0.93", "0.19", "0.84", "0.96", "0.95"),  # the mixes
        ("the product gives the others 0.83", "both at once : on impossible pairs 0.81"),
        ("exp(PLL) adds up to 18", "correlation 0.80", "correlation 0.96", "in 100 % of the texts"),
    ],
)
def test_its_cells_print_the_numbers_of_its_prose(numbers):
    for number in numbers:
        assert number in said(BOOK), number


def test_every_other_training_of_course_bert_leans_less():
    cards = [row for row in pretrainings.EXPERIMENT.rows() if (row["part"], row["base"]) == ("card", "course-bert")]
    shipped, *others = (row["scores"]["the two anticoagulants, total variation"]["model"] for row in cards)
    assert others and max(others) < shipped - 0.04
    assert (
        "Other trainings come closer (distances {:.2f} and {:.2f}, against {:.2f}).".format(*others, shipped) in PROSE
    )


def test_its_live_run_ends_a_little_above_the_floor():
    end, floor = re.search(r"at the end ([\d.]+); floor ([\d.]+)", said(BOOK)).groups()
    assert 0 < float(end) - float(floor) < 0.2


@pytest.mark.parametrize(
    ("group", "variant", "reference", "apart"),
    [
        ("corpus", "static", "dynamic", "+0.76 (+0.72 to +0.79)"),
        ("corpus", "ten copies", "dynamic", "+0.01 (-0.00 to +0.02)"),
        ("mix", "80/10/10", "100/0/0", "-0.01 (-0.10 to +0.07)"),
        ("mix", "80/10/10", "90/0/10", "+0.08 (+0.04 to +0.13)"),
        ("rate", "30%", "15%", "-0.10 (-0.17 to -0.03)"),
        ("rate", "40%", "15%", "-0.11 (-0.17 to -0.06)"),
        ("rate", "60%", "15%", "+0.00 (-0.10 to +0.11)"),
        ("prediction", "hide 15%", "hide 40%, score 15%", "-0.20 (-0.31 to -0.10)"),
        ("prediction", "hide 40%", "hide 40%, score 15%", "-0.31 (-0.38 to -0.24)"),
    ],
)
def test_its_prose_has_the_differences_of_the_recorded_runs(group, variant, reference, apart):
    table = against(ablations.compared(group), {"excess": "nats"}, reference)
    assert table.loc[variant, f"nats, minus {reference}"] == apart


def test_two_best_words_are_an_impossible_pair_as_often_as_its_prose_says():
    exact = two_gaps.EXPERIMENT.frame(reader="exact").groupby("gaps").mean(numeric_only=True)
    shares, tied = exact["two best words.impossible"], exact["two best words.impossible and tied"]
    assert shares["drug and purpose"] == tied["drug and purpose"] == pytest.approx(0.16, abs=0.005)
    assert shares["any two words"] == pytest.approx(0.02, abs=0.005)
    assert exact["left first.impossible"].max() == exact["surer first.impossible"].max() == 0


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
    asked, loop = (next(cell for cell in cells if cell.startswith(start)) for start in ("GAPS = ", "for model_id in"))
    script = "\n".join([imports, ast.unparse(fill), asked, loop])

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
