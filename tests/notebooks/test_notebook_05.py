"""The definitions written out in notebook 05 equal those in helpers; what it says is what was recorded."""

import ast
import re
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from books import ROOT, code_cells, markdown_cells, read, source
from hub_stand_in import HubStandIn
from transformers import BertConfig, BertForMaskedLM

from helpers.evaluation.intervals import paired
from helpers.experiments import few_shot
from helpers.methods import cloze
from helpers.models import HUB, load_course
from helpers.models.tokenizers import build_tokenizer

BOOK = read(ROOT / "notebooks" / "05_pet_prompting.ipynb")
TESTED = {"C07", "C08", "C33"}
BERT = "google-bert/bert-base-uncased"
HEADS = ("[CLS] head", "mean-pool head", "last-token head")


@pytest.fixture(scope="module")
def notebook():
    """The functions that the notebook defines, without the rest of its cells."""
    bert, tok = load_course("course-bert")
    names = {"torch": torch, "np": np, "bert": bert, "tok": tok, "good": np.array([True, False])}
    for cell in code_cells(BOOK):
        for node in ast.parse(source(cell)).body:
            if isinstance(node, ast.FunctionDef):
                exec(ast.unparse(node), names)
    return SimpleNamespace(**names)


def printed(start):
    """What the cell that holds this text printed."""
    cell = next(cell for cell in code_cells(BOOK) if start in source(cell))
    return "".join("".join(output.get("text", "")) for output in cell["outputs"])


def test_its_claims_are_decided_in_code_cells():
    claims = {claim for cell in code_cells(BOOK) for claim in cell["metadata"].get("claim", [])}
    assert claims == TESTED
    prose = "\n".join(source(cell) for cell in markdown_cells(BOOK))
    assert set(re.findall(r"Verdict on (C\d\d)", prose)) == TESTED


def test_its_scores_and_its_loss_are_the_helpers(notebook):
    text, pattern = "the soup was awful .", "{text} the restaurant is [MASK] ."
    mine = notebook.word_scores(text, pattern, ["good", "bad"])
    ours = cloze.label_scores(
        notebook.bert, notebook.tok, [text], pattern=pattern, verbalizer={"good": "good", "bad": "bad"}
    )
    assert np.allclose(list(mine.values()), ours[0], atol=1e-5) and mine["bad"] > mine["good"]
    with pytest.raises(ValueError):
        notebook.word_scores(text, "{text} [MASK] [MASK] .", ["good"])
    logits, labels = torch.randn(5, 9, generator=torch.Generator().manual_seed(0)), torch.tensor([0, 1, 1, 0, 1])
    assert torch.allclose(notebook.pet_loss(logits, labels, [3, 7]), cloze.pet_loss(logits, labels, [[3], [7]]))


def test_its_accuracy_takes_the_first_column_for_good(notebook):
    scores = np.array([[0.9, 0.1], [0.2, 0.8]])
    assert notebook.accuracy(scores) == 1.0 and notebook.accuracy(scores[:, ::-1]) == 0.0


def test_its_distance_of_distributions_is_total_variation(notebook):
    assert notebook.apart({"a": 0.5, "b": 0.5}, {"a": 0.5, "c": 0.5}) == pytest.approx(0.5)


def runs(who, count):
    """The recorded test runs of a method at a number of labels."""
    return few_shot.EXPERIMENT.frame(who=who, stage="test", labels=count)


def mean(who, count):
    return runs(who, count)["accuracy"].mean()


def test_without_labels_both_prompts_are_near_the_optimum_and_heads_at_chance():
    optimum = mean("exact, names known", 0)
    assert abs(mean("PET", 0) - optimum) < 0.03 and abs(mean("in context", 0) - optimum) < 0.03
    assert all(abs(mean(who, 0) - 0.5) < 0.1 for who in HEADS)


def test_with_few_labels_pet_is_ahead_of_every_head():
    assert all(mean("PET", count) > mean(who, count) + 0.05 for count in (4, 8, 16) for who in HEADS)
    assert all(paired(runs("PET", 4), runs(who, 4), "accuracy")[1] > 0 for who in HEADS)
    assert mean("PET", 256) > mean("exact, names known", 0) - 0.03


def test_the_distilled_classifier_is_hardly_better_than_its_best_pattern():
    said = re.findall(r"(?:labels|as it is): (\d\.\d\d)", printed("cloze.distil("))
    distilled, best = map(float, said)
    assert 0 <= distilled - best < 0.03
    before, after = (
        list(map(float, re.findall(r"(?:it is|headline|what a) (\d\.\d\d)", line)))
        for line in printed("generations = [").splitlines()
    )
    gains = [new - old for old, new in zip(before, after)]
    assert max(after) - min(after) < max(before) - min(before)
    assert before.index(max(before)) == 0 and gains.index(max(gains)) == before.index(min(before)) == 2
    together = [float(value) for value in re.findall(r"together (\d\.\d\d)", printed("generations = ["))]
    assert min(after) > max(before) - 0.03 and abs(together[0] - distilled) < 0.03


def test_examples_in_the_prompt_do_not_help_and_new_names_are_a_coin():
    assert all(mean("in context", count) < mean("in context", 0) for count in few_shot.LABELLED[1:])
    assert mean("in context", 64) == pytest.approx(mean("in context", 256), abs=1e-6)
    dealt = runs("PET, new names", 0).set_index("seed")["accuracy"]
    assert dealt[0] == dealt[2] == pytest.approx(1 - dealt[1]) and abs(dealt[0] - 0.5) > 0.2


def test_what_it_says_of_wordings_is_what_its_cells_printed():
    assert "within 0.03 of the optimum: True" in printed("exact optimum")
    assert "restaurant" in printed("training texts") and printed("training texts").count("none") == 1
    worst = re.search(r"worst cell: raw (\d\.\d\d), calibrated (\d\.\d\d)", printed("worst cell"))
    assert float(worst[1]) < 0.6 < float(worst[2])
    grid = [list(map(float, re.findall(r"\d\.\d\d", line)))[:9] for line in printed("exact optimum").splitlines()[1:5]]
    optimum = float(re.search(r"optimum (\d\.\d\d)", printed("exact optimum"))[1])
    assert min(grid[0][:6]) > optimum - 0.05 > max(grid[2][1], grid[2][3]) and grid[0][6] > optimum - 0.05
    assert all(row[6] - max(row[7:]) > 0.1 for row in grid)  # one foreign sentence does well, two badly
    lines = re.findall(r"raw (\d\.\d\d) +content-free (\d\.\d\d) +unlabelled (\d\.\d\d)", printed("content-free"))
    (plain, *headline) = [tuple(map(float, line)) for line in lines]
    assert plain[0] < plain[2] <= plain[1] and all(free < as_is < spare for as_is, free, spare in headline)
    foreign, home = (
        float(value)
        for value in re.findall(r"patterns ([+-]\d\.\d\d)|sentences ([+-]\d\.\d\d)", printed("worst cell"))
        for value in value
        if value
    )
    assert foreign > 0.03 > abs(home)
    one, two = (float(value) for value in re.findall(r"no labels, .*: (\d\.\d\d)", printed("names unknown, 4")))
    assert one + two == pytest.approx(1, abs=0.03) and abs(one - 0.5) > 0.2


def test_what_it_says_of_not_is_what_its_cells_printed():
    lines = printed("exchange the verdict").splitlines()
    moves = [
        tuple(map(float, re.search(r"moves by (\d\.\d), exactly (\d\.\d)", line).groups()))
        for line in lines
        if "moves by" in line
    ]
    assert moves[0][0] > 0.5 and min(moves[0][1], moves[1][1]) > 0.6
    groups = dict(re.findall(r"(plain|negation|contrast) .*exact (\d\.\d\d)", printed("by_group = {")))
    assert float(groups["contrast"]) < min(float(groups["plain"]), float(groups["negation"]))
    readers = {
        name: tuple(map(float, values))
        for name, *values in re.findall(
            r"(\w+) .*course-bert (\d\.\d\d)  course-gpt (\d\.\d\d)  exact (\d\.\d\d)", printed("by_group = {")
        )
    }
    assert all(
        max(read) == read[2] for read in readers.values()
    )  # nobody is expected to do better than the exact reader
    assert all(min(readers[name]) > readers[name][2] - 0.02 for name in ("plain", "contrast"))
    assert 0.08 < readers["negation"][2] - readers["negation"][0] < 0.13  # "about ten points"
    assert readers["negation"][1] >= readers["negation"][2] - 0.02
    counts = re.findall(r"bert (\d) of (\d), course-gpt (\d) of (\d)", printed("def flips"))
    turned = [list(map(int, line)) for line in counts]
    (some, seven, every, _), (few, eight, most, _) = turned
    assert 0 < some < every == seven and few < eight / 2 < most < eight
    assert moves[1][0] < 0.1  # behind not, the distribution does not follow the verdict
    kept = re.findall(r"likeliest word: (True|False);.*not a type of ...: (True|False)", printed("KINDS"))
    assert len(kept) == 4 and all(pair == ("True", "True") for pair in kept)


def test_the_live_points_are_near_the_recorded_ones():
    assert printed("run here and now").count("True") == 6


def test_no_widget_is_stored():
    kinds = {kind for cell in code_cells(BOOK) for output in cell["outputs"] for kind in output.get("data", {})}
    assert kinds <= {"image/png", "text/plain"} and "asked: " in printed("box(bert")


@pytest.fixture(scope="module")
def stand_in(tmp_path_factory):
    """A small masked model under the real id, at the pinned revision."""
    folder = tmp_path_factory.mktemp("hub") / "bert"
    tokenizer = build_tokenizer(["good", "bad", "the", "restaurant", "is", "a", "robin", "not", "."])
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=512,
    )
    tokenizer.model_max_length = 512
    BertForMaskedLM(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return {BERT: folder}, {BERT: HUB[BERT].revision}


def hub_script():
    cells = [source(cell) for cell in code_cells(BOOK)]
    imports = next(cell for cell in cells if "from helpers.models import" in cell).split("bert, tok =")[0]
    measured = next(cell for cell in cells if "def accuracy" in cell)
    accuracy = next(ast.unparse(node) for node in ast.parse(measured).body if isinstance(node, ast.FunctionDef))
    english = next(cell for cell in cells if cell.startswith("GOOD ="))
    words = 'good, WORDS = None, {"good": "good", "bad": "bad"}'
    experiment = next(cell for cell in cells if cell.startswith("loaded = load_hub("))
    return "\n".join([imports, words, accuracy, english, experiment])


def test_its_hub_experiment_runs_at_the_pinned_revision_and_a_broken_download_costs_one_line(stand_in, tmp_path):
    def lines(server, home):
        run = subprocess.run(
            [sys.executable, "-c", hub_script()],
            cwd=ROOT,
            env=server.environment(home),
            capture_output=True,
            text=True,
            check=True,
        )
        assert "Traceback" not in run.stderr
        return run.stdout.splitlines()[1:]

    with HubStandIn(*stand_in) as server:
        found = lines(server, tmp_path / "whole")
        asked = [request for request in server.requests if "/resolve/" in request]
    assert sum("calibrated" in line for line in found) == 3 and sum("A robin" in line for line in found) == 2
    assert asked and all(f"/resolve/{HUB[BERT].revision}/" in request for request in asked)
    with HubStandIn(*stand_in, cut_after=500) as server:
        found = lines(server, tmp_path / "cut")
    assert len(found) == 1 and found[0].startswith(f"skipped {BERT}: the download did not complete (")
