"""Notebook 06: its definitions equal the helpers', its claims are decided, its words are what the record says."""

import ast
import itertools
import re
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from books import ROOT, code_cells, markdown_cells, read, source
from hub_stand_in import HubStandIn
from seqeval.metrics import f1_score

from helpers.evaluation.intervals import interval, paired
from helpers.experiments import suitability, tasks
from helpers.experiments.suitability import (
    encoder_vs_decoder,
    left_right_context,
    more_steps,
    question_order,
    textbook,
)
from helpers.experiments.tasks import table
from helpers.experiments.tasks.families import FAMILIES
from helpers.methods import pooling
from helpers.models import DATA
from helpers.models.tokenizers import build_tokenizer
from helpers.tasks import TASKS, clinical_notes
from helpers.training import rows

BOOK = read(ROOT / "notebooks" / "06_task_suitability.ipynb")
TESTED = {"C05", "C14", *(f"C{number}" for number in range(26, 34)), "C36"}
BIOBERT = "dmis-lab/biobert-base-cased-v1.2"


@pytest.fixture(scope="module")
def notebook():
    """The functions that the notebook defines, and its English sentences, without the rest of its cells."""
    names, wanted = {"torch": torch, "np": np}, {"GOOD", "BAD", "TASK", "english"}
    for cell in code_cells(BOOK):
        for node in ast.parse(source(cell)).body:
            assigned = isinstance(node, ast.Assign) and {getattr(t, "id", "") for t in node.targets} & wanted
            live = isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Tuple)
            if isinstance(node, ast.FunctionDef) or assigned or (live and "SEED" in ast.unparse(node)):
                exec(ast.unparse(node), names)
    return SimpleNamespace(**names)


def printed(start):
    """What the cell that holds this text printed."""
    cell = next(cell for cell in code_cells(BOOK) if start in source(cell))
    return "".join("".join(output.get("text", "")) for output in cell["outputs"])


@pytest.mark.parametrize("how", ["first", "last", "mean"])
def test_its_pooling_is_the_helpers(notebook, how):
    hidden = torch.randn(4, 5, 3, generator=torch.Generator().manual_seed(0))
    mask = torch.tensor([[1, 1, 1, 1, 1], [1, 1, 0, 0, 0], [0, 0, 0, 1, 1], [0, 1, 1, 0, 0]])
    assert torch.allclose(notebook.pooled(hidden, mask, how), pooling.pool(hidden, mask, how))


def test_its_entity_f1_is_seqevals(notebook):
    rng, tags = np.random.default_rng(0), ["O", "B-PER", "I-PER", "B-LOC", "I-LOC"]
    for _ in range(50):
        truth, answers = ([rng.choice(tags, size=7).tolist() for _ in range(4)] for _ in range(2))
        theirs = f1_score(truth, answers, zero_division=0)
        assert notebook.entity_f1(truth, answers) == pytest.approx(theirs)
    assert notebook.entity_f1(truth, truth) == 1 and notebook.entity_f1([["O"]], [["O"]]) == 0


def test_its_claims_are_decided_in_code_cells():
    claims = {claim for cell in code_cells(BOOK) for claim in cell["metadata"].get("claim", [])}
    assert claims == TESTED
    prose = "\n".join(source(cell) for cell in markdown_cells(BOOK))
    assert set(re.findall(r"Verdict on (C\d\d)", prose)) == TESTED


def score(experiment, who, name, **more):
    return suitability.EXPERIMENT.frame(experiment=experiment, who=who, **more)[name].mean()


def test_the_swap_costs_everything_at_the_first_token_and_nothing_at_the_last():
    chance, exact = (score("encoder_vs_decoder", "bounds", name) for name in ("chance", "exact"))
    read_at = {
        (f, how): score("encoder_vs_decoder", f, "as trained", how=how)
        for f in encoder_vs_decoder.FAMILIES
        for how in encoder_vs_decoder.READ
    }
    assert abs(read_at["decoder", "first"] - chance) < 0.03
    assert min(value for key, value in read_at.items() if key[0] == "encoder") > exact - 0.03
    assert abs(read_at["decoder", "last"] - read_at["encoder", "last"]) < 0.02
    columns = [("encoder", "first"), ("encoder", "last"), ("encoder", "mean"), ("decoder", "last")]
    mistakes = encoder_vs_decoder.MISTAKES
    cost = {(f, how): {name: score("encoder_vs_decoder", f, name, how=how) for name in mistakes} for f, how in columns}
    lost = {
        how: {name: row["as trained"] - value for name, value in row.items()}
        for (family, how), row in cost.items()
        if family == "encoder"
    }
    assert max(max(row.values()) for row in lost.values()) < 0.025  # two points at most
    assert all(lost[how][name] < 0.005 for how in lost for name in mistakes if "no mask" not in name)
    last = cost["decoder", "last"]
    assert last["index 0, padding left"] < chance + 0.02
    assert max(last["index -1, padding right"], last["padding left, no mask"]) < last["as trained"] - 0.2
    assert last["padding right, no mask"] == pytest.approx(last["as trained"], abs=1e-6)


def test_fresh_heads_are_at_chance_exactly_over_all_orders_and_training_reaches_new_pairs():
    answers, labels = np.random.default_rng(0).integers(3, size=(2, 50))
    orders = [np.array(some) for some in itertools.permutations(range(3))]
    assert np.mean([(some[answers] == labels).mean() for some in orders]) == pytest.approx(1 / 3)
    assert "0.3333" in printed("heads = [note_classifier.untrained_head")
    pretrained, scratch = (
        {name: score("clinical_notes", who, name) for name in ("names both", "held out", "one or none")}
        for who in ("pretrained", "from scratch")
    )
    assert min(pretrained["names both"], pretrained["held out"]) > 0.9 > 0.8 > max(scratch.values())
    assert abs(pretrained["one or none"] - score("clinical_notes", "exact", "one or none")) < 0.05
    read_as = re.findall(r"drugs: (.+?)  ", printed("for names in itertools.permutations(clinical_notes.LABELS)"))
    assert read_as == ["over 0.8", *["under 0.65"] * 5]
    assert "right under 0.1: True" in printed("for names in itertools.permutations(clinical_notes.LABELS)")


def test_the_reasons_are_what_the_record_says():
    told = {
        who: suitability.EXPERIMENT.frame(experiment="left_right_context", who=who).mean(numeric_only=True)
        for who in (*FAMILIES, "exact, left")
    }
    (left, right), alike = left_right_context.GROUPS, left_right_context.ALIKE
    assert min(told[who][left] for who in ("encoder", "decoder", "exact, left")) > 0.95
    assert told["encoder"][right] > 0.97 and told["decoder"][right] < 0.85 and told["decoder"][alike] < 0.55
    assert abs(told["decoder"][right] - told["exact, left"][right]) < 0.1
    assert min(told["encoder-decoder"][part] for part in (left, right, alike)) > 0.99
    asked = {
        (family, place): score("question_order", family, "exact match", question=place)
        for family in FAMILIES
        for place in question_order.ORDERS
    }
    assert abs(asked.pop(("decoder", "after")) - question_order.BLIND) < 0.06 and min(asked.values()) > 0.97
    told = printed("programs = code_infilling.problems")
    assert "the encoder completes almost nothing: True" in told
    rows = {
        name: dict(zip((*FAMILIES, "exact"), map(float, re.search(rf"^{name} +([\d. ]+)$", told, re.M)[1].split())))
        for name in ("complete", "fill in")
    }
    assert rows["complete"]["encoder"] <= 0.1 < rows["complete"]["encoder-decoder"]
    assert abs(rows["complete"]["encoder-decoder"] - rows["complete"]["decoder"]) < 0.15
    assert rows["fill in"]["decoder"] + 0.15 < min(rows["fill in"][who] for who in ("encoder", "encoder-decoder"))


@pytest.fixture(scope="module")
def everything():
    """The table as it is recorded."""
    return table.table()


@pytest.fixture(scope="module")
def cells(everything):
    """The rows that the notebook shows."""
    return textbook.alone(everything)


def test_the_table_is_printed_and_judged_whole(cells):
    shown, found = printed("cells, here = textbook.alone"), printed("found = textbook.judged(cells")
    assert len(cells) == len(TASKS) * len(FAMILIES)
    for cell in cells.itertuples():
        title = TASKS[cell.task].title
        assert title in shown and f"{cell.mean:.2f} ± {(cell.high - cell.low) / 2:.2f}" in shown
        assert not cell.doubts or f"! {title}, {cell.family}: " in shown
        assert found.count(f"{title} ({cell.family})") == (cell.family in textbook.PRINTED[cell.task][1])


@pytest.fixture(scope="module")
def share(cells):
    """The runs of each cell that the table shows."""
    return {(cell["task"], cell["family"]): textbook.runs_of(cell, table.runs()) for _, cell in cells.iterrows()}


def lead(share, task, one, other):
    """(mean, low, high) of the difference between two families, seed by seed."""
    return paired(share[task, one], share[task, other], "share")


def test_the_encoder_decoder_is_clearly_ahead_of_both_nowhere_and_clearly_behind_in_generation(share):
    two = ("encoder", "decoder")
    ahead = {task: min(lead(share, task, "encoder-decoder", other)[1] for other in two) for task in TASKS}
    behind = {task: max(lead(share, task, other, "encoder-decoder")[1] for other in two) for task in TASKS}
    assert [task for task in TASKS if ahead[task] > 0] == []
    assert [task for task in TASKS if behind[task] > 0] == ["generation"]
    assert lead(share, "generation", "encoder-decoder", "encoder")[1] > 0
    assert lead(share, "code", "encoder-decoder", "encoder")[1] > 0
    for task in ("entities", "summarisation", "translation", "zero-shot"):
        assert share[task, "encoder-decoder"]["share"].mean() > 0.99
    for one, other in itertools.combinations(FAMILIES, 2):
        assert all(
            lead(share, task, one, other)[1] < 0 < lead(share, task, one, other)[2]
            for task in ("classification", "questions", "similarity")
        )


def test_what_is_clear_and_what_is_open_about_the_encoder(share, everything):
    low, high = interval(share["classification", "encoder"]["share"])[1:]
    assert 0.8 < low < high < 0.9
    for task in ("generation", "code"):
        assert lead(share, task, "decoder", "encoder")[0] > 0.25
    assert lead(share, "generation", "decoder", "encoder")[1] > 0
    assert lead(share, "code", "decoder", "encoder")[1] < 0 < interval(share["code", "encoder"]["share"])[1] - 0.1
    found = everything.query("task == 'generation' and family == 'encoder'").set_index("method")
    assert share["generation", "encoder"]["method"].unique() == ["mask-predict"]
    assert found["share_low"]["mask-predict"] < 0 < found["share_high"]["mask-predict"]
    assert 0.1 < found["share_low"]["left to right"] < found["share_high"]["left to right"] < 0.2
    assert "0.18 ± 0.01" in printed("tried = table.searches()")


def test_more_steps_help_one_head_and_only_there_do_the_steps_alone_change():
    gains, same_rate, more = {}, [], suitability.EXPERIMENT.frame(experiment="more_steps")
    usual = table.runs(method="head", seed=0).set_index(["task", "family", "model"])
    for task, family in itertools.product(more_steps.ASKED, FAMILIES):
        before = usual.loc[(task, family, FAMILIES[family][0])]
        after = more.query("task == @task and who == @family")[TASKS[task].metric].item()
        gains[task, family] = after - before["score"]
        same_rate += [(task, family)] if before["learning_rate"] == more_steps.longer().learning_rate else []
    assert same_rate == [("questions", "encoder-decoder")] == [key for key, gain in gains.items() if gain > 0.05]
    assert max(gain for (task, _), gain in gains.items() if task == "similarity") < 0.01


def test_the_lines_of_who_is_ahead_are_the_records(share):
    told = printed("usual, more = table.runs(")
    for one, other in itertools.permutations(FAMILIES, 2):
        (line,) = re.findall(rf"^{one} before {other}: (.+)$", told, re.M)
        leads = {TASKS[task].title: lead(share, task, one, other) for task in TASKS}
        large = {title: (mean, low) for title, (mean, low, _) in leads.items() if mean > textbook.SMALL}
        shown = [f"{title} {mean:.2f}{'' if low > 0 else ' (open)'}" for title, (mean, low) in large.items()]
        assert line == (", ".join(shown) or "none")


def test_two_stacks_that_were_assembled_are_far_behind_those_that_were_pretrained(share, everything):
    assembled = everything[everything["method"] == textbook.BORROWED].set_index("task")["share"]
    for task in ("generation", "code", "summarisation", "translation"):
        most = 0.4 if task == "summarisation" else 0.1  # a third of the way, or next to nothing
        assert assembled[task] < most < share[task, "encoder-decoder"]["share"].mean() - 0.4


def test_what_the_models_have_read_is_told_as_it_was_recorded():
    words = {
        name: rows.read(DATA / "training" / f"{name}.jsonl")[-1]["words"] / 1e6
        for name in ("course-bert", "course-gpt", "course-t5", "course-bart")
    }
    shown = printed("million words read")
    assert all(re.search(rf"{name} +{count:.1f} ", shown) for name, count in words.items())
    assert max(words.values()) < 1.001 * min(words.values())  # "equally many words"


def test_the_rows_of_earlier_weights_are_said_to_be():
    of_table, of_more = tasks.EXPERIMENT.age(), suitability.EXPERIMENT.age(experiment="more_steps")
    assert "other weights of course-bart, course-bert, course-gpt, course-t5" in of_table
    assert of_table in printed("everything = table.table()") and of_more in printed("usual, more = table.runs(")
    assert "earlier weights" in next(source(cell) for cell in markdown_cells(BOOK) if "## 5 ·" in source(cell))


def test_the_costs_are_told_as_they_were_recorded():
    costs = table.costs()
    written, other = ["generation", "code", "summarisation", "translation"], ["decoder", "encoder-decoder"]
    assert costs.loc[(written, other), "batch of 32"].max() < 0.9
    for task in ("entities", "similarity"):  # one of its two stacks
        assert max(costs.loc[(task, "encoder-decoder"), name] for name in ("fine-tuning", "parameters")) < 0.75
    assert costs.loc[("classification", "encoder-decoder"), "fine-tuning"] > 1.1


def test_the_live_cell_is_a_run_that_was_not_recorded(notebook):
    assert notebook.TASK in TASKS and notebook.SEED not in range(5)
    assert "within 0.02 of it: True" in printed("TASK, FAMILY, SEED =")


def test_its_english_sentences_are_balanced_and_each_stands_once(notebook):
    good, bad = notebook.english
    assert len(good) == len(bad) == 24 and len({*good, *bad}) == 48 and all(good + bad)


@pytest.fixture(scope="module")
def stand_in(tmp_path_factory):
    """A small masked model under the biomedical model's id."""
    from transformers import BertConfig, BertForMaskedLM

    torch.manual_seed(0)
    tokenizer = build_tokenizer(
        [*clinical_notes.LABELS, *clinical_notes.DRUGS, "the", "interaction", "between", "and", "is", "."]
    )
    model = BertForMaskedLM(
        BertConfig(
            vocab_size=len(tokenizer), hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=32
        )
    )
    folder = tmp_path_factory.mktemp("hub") / "bert"
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return {BIOBERT: folder}, {BIOBERT: "main"}


def hub_script():
    cells = [source(cell) for cell in code_cells(BOOK)]
    experiment = next(cell for cell in cells if cell.startswith("PAIRS = "))
    imports = "import torch\nfrom helpers.tasks import clinical_notes\nfrom helpers.models import load_hub\n"
    return imports + experiment


def test_its_hub_experiment_runs_and_a_broken_download_costs_one_line(stand_in, tmp_path):
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
        return run.stdout.splitlines()

    with HubStandIn(*stand_in) as server:
        found = lines(server, tmp_path / "whole")
    distribution = re.compile(r"minor \d\.\d\d, moderate \d\.\d\d, major \d\.\d\d$")
    assert len(found) == 4 and all(map(distribution.search, found))
    with HubStandIn(*stand_in, cut_after=500) as server:
        found = lines(server, tmp_path / "cut")
    assert len(found) == 1 and found[0].startswith(f"skipped {BIOBERT}: the download did not complete (")
