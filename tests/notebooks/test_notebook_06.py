"""Notebook 06: its claims are judged by the rule from the recorded rows, and its words are what the rows say."""

import itertools
import re
import subprocess
import sys

import numpy as np
import pytest
import torch
from books import ROOT, code_cells, markdown_cells, read, source, text_outputs
from hub_stand_in import HubStandIn
from seqeval.metrics import f1_score

from helpers import tinytown
from helpers.evaluation.intervals import paired
from helpers.exercises import task_suitability as exercises
from helpers.experiments import matching, suitability, tasks
from helpers.experiments.suitability import encoder_vs_decoder, more_steps, question_order, textbook
from helpers.experiments.suitability.left_right_context import GROUPS
from helpers.experiments.tasks import families, table
from helpers.experiments.tasks.families import FAMILIES
from helpers.models import DATA
from helpers.models.tokenizers import build_tokenizer
from helpers.tasks import TASKS, clinical_notes
from helpers.training import log, rows
from helpers.training.loop import fresh_model
from helpers.training.recipe import Recipe

PATH = ROOT / "notebooks" / "06_task_suitability.ipynb"
BOOK = read(PATH)
BY_RULE = tuple(f"C{number}" for number in range(26, 33))
BIOBERT = "dmis-lab/biobert-base-cased-v1.2"


def deciding(claim):
    """The cell that decides a claim."""
    (cell,) = [c for c in code_cells(BOOK) if claim in c["metadata"].get("claim", []) and "verdict" in c["metadata"]]
    return cell


def below(cell):
    """The text under a cell."""
    cells = BOOK["cells"]
    return source(cells[cells.index(cell) + 1])


def printed(start):
    """What the cell that holds this text printed."""
    cell = next(cell for cell in code_cells(BOOK) if start in source(cell))
    return "\n".join(text_outputs(cell))


@pytest.fixture(scope="module")
def recorded():
    """The table of the three families, and all runs."""
    everything = table.table()
    return everything[everything["family"].isin(FAMILIES)], table.runs()


def test_it_decides_its_claims_and_only_shows_those_of_others():
    decided = {c for cell in code_cells(BOOK) if "verdict" in cell["metadata"] for c in cell["metadata"]["claim"]}
    assert decided == {*BY_RULE, "C36"}
    prose = "\n".join(map(source, markdown_cells(BOOK)))
    for claim, notebook in {"C05": "00", "C33": "05", "C14": "07"}.items():
        assert re.search(rf"\({claim}\)|[Cc]laim {claim}|\({claim}, ", prose) and f"[{notebook}]({notebook}_" in prose


@pytest.mark.parametrize("claim", BY_RULE)
def test_a_verdict_is_what_the_rule_makes_of_the_recorded_rows(claim, recorded):
    found = textbook.claims(*recorded)
    (verdict,) = set(found[found["claim"] == claim]["verdict"])
    cell = deciding(claim)
    assert cell["metadata"]["verdict"] == verdict
    assert f'words_of("{claim}"' in source(cell)
    shown = "\n".join(text_outputs(cell))
    for measured in textbook.words_of(claim, *recorded)["measured"]:
        assert measured.split(" (")[0] in shown
    for number in re.findall(r"\d\.\d\d", cell["metadata"]["number"]):
        assert number in shown


@pytest.mark.parametrize("claim", BY_RULE)
def test_the_text_below_a_verdict_gives_its_numbers(claim, recorded):
    told = textbook.words_of(claim, *recorded)
    first = told[told["printed"] != "–"]["measured"].iloc[0]
    assert re.search(r"-?\d\.\d\d", first)[0] in below(deciding(claim)).replace("−", "-")


def test_the_row_of_zero_shot_is_shown_and_not_decided(recorded):
    told = textbook.words_of("C33", *recorded)
    assert all(number.split(" (")[0] in printed('words_of("C33"') for number in told["measured"])


def test_the_rows_are_current_and_of_all_seeds(recorded):
    everything, runs = recorded
    assert set(everything["stale"]) == {""}
    for cell, group in runs.groupby(list(tasks.CELL)):
        assert set(group["seed"]) == set(tasks.seeds_of(*cell[:2])), cell
    assert "One budget per task, five seeds." in "\n".join(map(source, markdown_cells(BOOK)))
    for frame in (matching.EXPERIMENT.frame(stage="test"), suitability.EXPERIMENT.frame(experiment="more_steps")):
        assert frame["stale"].eq("").all()


def test_the_control_with_deeper_stacks_is_told_as_recorded(recorded):
    sides = [recorded[1].query("model == @model") for model in ("course-t5-deep", "course-t5")]
    cells = [four.groupby(["task", "method"]) for four in sides]
    twos = {cell: cells[1].get_group(cell).query("seed in @four.seed") for cell, four in cells[0]}
    leads = {cell: paired(four, twos[cell], "share") for cell, four in cells[0]}
    assert {task for task, _ in leads} == set(families.DECIDING) and all(low <= 1e-9 for _, low, _ in leads.values())
    assert [task for (task, _), (_, _, high) in leads.items() if high < -1e-9] == ["generation"]
    lasts = [rows.read(log.RECORDS / f"{name}.jsonl")[-1] for name in ("course-t5-deep", "course-t5")]
    deep, half = (f"{last['evaluations']['excess']:.3f}" for last in lasts)
    cell = next(c for c in code_cells(BOOK) if "course-t5-deep" in source(c))
    said = (
        f"{-leads['generation', 'text'][0]:.2f} behind in generation",
        f"{deep} nats, not {half}",
        "nearly twice the weights",
    )
    assert all(words in below(cell) for words in said) and deep in "\n".join(text_outputs(cell))
    sizes = [fresh_model(Recipe("course-t5", layers=layers), tinytown)[0].num_parameters() for layers in (8, 4)]
    assert 1.8 < sizes[0] / sizes[1] < 2


def test_the_bands_and_the_stricter_ones_are_compared(recorded):
    shown = printed("by_rule = {")
    for bands in (textbook.BANDS, textbook.STRICT):
        found = textbook.claims(*recorded, bands).groupby("claim")["verdict"].first()
        assert all(found[claim] in shown for claim in BY_RULE)
    ours, strict = (
        textbook.claims(*recorded, b).groupby("claim")["verdict"].first() for b in (textbook.BANDS, textbook.STRICT)
    )
    changed = [claim for claim in BY_RULE if ours[claim] != strict[claim]]
    text = next(source(cell) for cell in markdown_cells(BOOK) if "you chose the bands" in source(cell))
    assert all(claim in text for claim in changed)


def test_the_table_shows_every_cell_and_every_doubt(recorded):
    shown = printed("task_table(cells, TITLES)")
    for cell in textbook.alone(recorded[0]).itertuples():
        assert f"{cell.mean:.2f} ± {(cell.high - cell.low) / 2:.2f}" in shown
        assert not cell.doubts or f"{TASKS[cell.task].title}, {cell.family}: " in shown


def test_who_is_clearly_ahead_is_counted_from_the_rows(recorded):
    everything, runs = recorded
    cells = {(c["task"], c["family"]): c for _, c in textbook.alone(everything).iterrows()}
    leads = {
        task: paired(
            textbook.runs_of(cells[task, "encoder"], runs), textbook.runs_of(cells[task, "decoder"], runs), "share"
        )
        for task in TASKS
    }
    ahead = [TASKS[task].title for task, (mean, low, _) in leads.items() if mean > textbook.SMALL and low > 0]
    assert f"{len(ahead)} of 9 ({', '.join(ahead)})" in printed("encoder clearly ahead of decoder")
    behind = [TASKS[task].title for task, (mean, _, high) in leads.items() if mean < -textbook.SMALL and high < 0]
    assert f"{len(behind)} of 9 ({', '.join(behind)})" in printed("decoder clearly ahead of encoder")
    assert ahead == ["semantic similarity"] and behind == ["generation", "code completion"]
    level = [task for task, (mean, *_) in leads.items() if abs(mean) <= textbook.SMALL]
    assert len(level) == 6  # as the text below the figure says


def test_longer_trainings_are_told_as_they_were_measured(recorded):
    longer = suitability.EXPERIMENT.frame(experiment="more_steps")
    every = more_steps.compared(longer, *recorded).set_index(["task", "family"])
    found, others = every[every["rate"] == ""], every[every["rate"] != ""]
    text = below(next(c for c in code_cells(BOOK) if "more_steps.compared" in source(c)))
    joint = found["method"].eq("head") & (found.index.get_level_values("task") == "similarity")
    together, found = found[joint], found[~joint]
    assert all(f"{row['longer'][0]:.2f}" in text for _, row in together.iterrows())
    after = {where: row["longer"][0] for where, row in found.iterrows()}
    told = [where for where in after if where != ("generation", "encoder-decoder")]
    assert all(f"{after[where]:.2f}" in text for where in told)
    assert after["questions", "encoder"] < found.loc[("questions", "encoder"), "table"][0] + 0.02
    assert min(after["questions", "decoder"], after["questions", "encoder-decoder"]) > 0.9
    assert "natively" not in printed("more_steps.compared")  # judged before any fine-tuning
    assert set(others.index) == {("questions", "encoder")} and len(others) == 2
    assert all(high < 0.9 for *_, high in others["longer"])  # no rate makes the encoder excellent
    lead = paired(
        *(longer[(longer["method"] == "bi-encoder") & (longer["who"] == f)] for f in list(FAMILIES)[:2]), "spearman"
    )
    assert lead[0] < textbook.SMALL


def test_few_examples_put_the_families_in_the_order_of_the_text():
    few = (
        suitability.EXPERIMENT.frame(experiment="fewer_examples", size=30)
        .groupby(["task", "who"])
        .mean(numeric_only=True)
    )
    text = below(next(c for c in code_cells(BOOK) if 'experiment="fewer_examples"' in source(c)))
    for task in ("classification", "translation"):
        assert all(f"{few.loc[(task, family), TASKS[task].metric]:.2f}" in text for family in FAMILIES)
    labels, words = (few.loc[task][TASKS[task].metric] for task in ("classification", "translation"))
    assert labels.idxmin() == words.idxmax() == "encoder"


def test_costs_lie_where_the_text_puts_them():
    costs = table.costs().sort_index().drop(index="zero-shot")
    ratio = costs[["fine-tuning", "one example", "batch of 32"]].round(1).drop("encoder", level="family")
    read = ratio.loc[["classification", "entities", "questions", "similarity"]]
    text = below(next(c for c in code_cells(BOOK) if "costs = table.costs()" in source(c)))
    assert f"{read.min().min():.1f} to {read.max().max():.1f} times" in text
    written = ratio.loc[(["summarisation", "translation", "code"], "decoder"), "batch of 32"]
    assert f"{written.min():.1f} to {written.max():.1f} of the encoder's time" in text


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
    text = below(next(c for c in code_cells(BOOK) if "family_dots(runs" in source(c)))
    for how in ("first", "last"):
        assert f"{read_at['encoder', how].round(2) - read_at['decoder', how].round(2):.2f} behind" in text
    mistakes = list(encoder_vs_decoder.MISTAKES)
    made = suitability.EXPERIMENT.frame(experiment="encoder_vs_decoder").groupby(["who", "how"])[mistakes].mean()
    shown = made.loc["encoder"].loc[["first", "mean"]].round(2)
    lost = shown.rsub(shown["as trained"], axis=0).max().max()
    text = below(next(c for c in code_cells(BOOK) if "encoder_vs_decoder.MISTAKES" in source(c)))
    assert f"at most {lost:.2f}" in text
    last = made.loc[("decoder", "last")]
    assert f"{last['index 0, padding left']:.2f}" in text
    assert last["padding right, no mask"] == pytest.approx(last["as trained"], abs=1e-6)


def test_the_library_reads_the_token_that_the_text_names():
    off = dict(re.findall(r"^(\w+, [\w ]+?) +token: off by ([\d.]+)$", printed("theirs.base_model"), re.M))
    assert [name for name, value in off.items() if float(value) < 1e-3] == ["Bert, first", "GPT2, last real"]


def test_fresh_heads_are_at_chance_and_training_reaches_new_pairs():
    answers, labels = np.random.default_rng(0).integers(3, size=(2, 50))
    orders = [np.array(some) for some in itertools.permutations(range(3))]
    assert np.mean([(some[answers] == labels).mean() for some in orders]) == pytest.approx(1 / 3)
    mean = re.search(r"mean ([\d.]+);", printed("24 fresh heads"))[1]
    cell = deciding("C36")
    assert abs(float(mean) - 1 / 3) < 0.07 and mean in cell["metadata"]["number"] and mean in below(cell)
    pretrained, scratch = (
        {name: score("clinical_notes", who, name) for name in ("names both", "held out", "one or none")}
        for who in ("pretrained", "from scratch")
    )
    assert min(pretrained["names both"], pretrained["held out"]) > 0.9 > 0.8 > max(scratch.values())
    by_order = [float(right) for right in re.findall(r"([\d.]+) right", printed("itertools.permutations"))]
    assert by_order[0] > 0.8 > 0.65 > max(by_order[1:]) and min(by_order) < 0.1


def test_the_library_reports_the_weights_that_it_drew():
    shown = printed("with loading_report() as report")
    assert "classifier.weight | MISSING" in shown and "newly initialized" in shown
    (cell,) = [c for c in code_cells(BOOK) if "newly-initialized" in c["metadata"].get("answers", [])]
    assert "loading_report()" in source(cell)


def test_the_decoder_loses_where_the_cue_stands_on_the_right():
    told = suitability.EXPERIMENT.frame(experiment="left_right_context").groupby("who").mean(numeric_only=True)
    left, right = GROUPS
    assert told.loc[["encoder", "decoder", "exact, left"], left].min() > 0.95
    assert abs(told.loc["decoder", right] - told.loc["exact, left", right]) < 0.1
    assert min(told.loc["encoder", right], told.loc["encoder-decoder", right]) > 0.95 > told.loc["decoder", right] + 0.1
    text = below(next(c for c in code_cells(BOOK) if "best_is=" in source(c)))
    assert all(f"{told.loc[who, right]:.2f}" in text for who in ("encoder", "decoder", "exact, left"))


def test_only_the_decoder_minds_where_the_question_stands():
    asked = {
        (family, place): score("question_order", family, "exact match", question=place)
        for family in FAMILIES
        for place in question_order.ORDERS
    }
    assert abs(asked.pop(("decoder", "after")) - question_order.BLIND) < 0.06 and min(asked.values()) > 0.97


def test_matching_is_learnt_by_every_pretrained_model_and_by_none_from_random_weights():
    ends = matching.EXPERIMENT.frame(stage="test")
    pretrained, random = (ends[ends["start"] == start] for start in ("pretrained", "random"))
    assert pretrained["learnt at"].notna().all() and pretrained["learnt at"].min() > matching.EVERY
    assert random["learnt at"].isna().all() and set(random["rate"]) == {matching.RANDOM_AT}
    medians = pretrained.groupby(["model", "rate"])["learnt at"].median()
    text = next(source(cell) for cell in markdown_cells(BOOK) if "stays above 0.9" in source(cell))
    assert f"between {medians.min():.0f} and {medians.max():.0f} steps" in text
    berts = medians["course-bert"]
    assert f"course-bert's (guess 4) between {berts.min():.0f} and {berts.max():.0f}" in text


def test_entities_are_counted_as_seqeval_does():
    rng, names = np.random.default_rng(0), ["O", "B-PER", "I-PER", "B-LOC", "I-LOC"]
    for _ in range(50):
        truth, answers = ([rng.choice(names, size=7).tolist() for _ in range(4)] for _ in range(2))
        assert exercises.entity_f1(truth, answers) == pytest.approx(f1_score(truth, answers, zero_division=0))
    for ours, theirs in re.findall(r"F1 ([\d.]+) \(seqeval: ([\d.]+)\)", printed("seqeval: {")):
        assert ours == theirs


def test_what_the_models_have_read_is_the_same():
    words = [
        rows.read(DATA / "training" / f"{name}.jsonl")[-1]["words"] for models in FAMILIES.values() for name in models
    ]
    assert max(words) < 1.001 * min(words)


def test_the_live_cell_is_a_run_that_was_not_recorded():
    seed = int(re.search(r"FAMILY, SEED = \"\w+\", (\d+)", "\n".join(map(source, code_cells(BOOK))))[1])
    assert seed not in tasks.SEEDS


def test_its_english_sentences_are_balanced_and_each_stands_once():
    names = {"np": np}
    for cell in code_cells(BOOK):
        if source(cell).startswith(("GOOD =", "BAD =")):
            exec(source(cell), names)
    good, bad = names["english"]
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


def test_no_change_lifts_the_encoder_in_extractive_qa():
    limits = suitability.EXPERIMENT.frame(experiment="question_limits")
    as_told = table.runs(task="questions", family="encoder", method="head").rename(columns={"f1": "own"})
    as_told = as_told[as_told["seed"].isin(limits["seed"])].assign(f1=lambda rows: rows["score"])
    for change, some in limits.groupby(["change", "model"]):
        _, low, high = paired(some, as_told, "f1")
        assert low < 0 < high and some["f1"].mean() < 0.8, change
    assert limits.groupby(["change", "model"]).size().eq(3).all() and len(limits) == 12
    assert limits["matched"].mean() > 0.95 and "None of the changes above visibly helps" in below(deciding("C28"))
