"""The definitions written out in notebook 07 equal those in helpers; its verdicts are what the records say."""

import ast
import json
import re
import subprocess
import sys
from functools import partial
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from books import ROOT, code_cells, markdown_cells, read, source
from hub_stand_in import HubStandIn
from torch.nn import functional as F

from helpers import tinytown
from helpers.evaluation.intervals import intervals, paired
from helpers.exercises import encoder_decoder as encoder_decoder_exercises
from helpers.experiments import tasks
from helpers.experiments.seq2seq import EXPERIMENT, sizes, split
from helpers.methods import alignment
from helpers.models import HUB
from helpers.models.tokenizers import END_OF_TEXT, SENTINELS, SPECIAL_TOKENS, build_text_to_text_tokenizer
from helpers.objectives import span_corruption
from helpers.tasks import TASKS
from helpers.tasks.task import Example
from helpers.transformer import masks

BOOK = read(ROOT / "notebooks" / "07_encoder_decoder_t5_bart.ipynb")
TESTED = {"C11", "C14", "C32", "C34", "C35"}
T5, BART = "google-t5/t5-small", "facebook/bart-base"


@pytest.fixture(scope="module")
def notebook():
    """The functions and the constants in capitals that the notebook defines, without the rest of its cells."""
    names = {
        "torch": torch,
        "np": np,
        "F": F,
        "tinytown": tinytown,
        "span_corruption": span_corruption,
        "attention_masks": masks,
        "SENTINELS": SENTINELS,
        "Example": Example,
        "TASKS": TASKS,
        "language": tinytown.training_language(),
        "end": SPECIAL_TOKENS.index(END_OF_TEXT),
    }
    for cell in code_cells(BOOK):
        for node in ast.parse(source(cell)).body:
            constant = isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") in {"FRAME", "MARKS", "RATE"}
            if isinstance(node, ast.FunctionDef) or constant:
                exec(ast.unparse(node), names)
    return SimpleNamespace(**names)


@pytest.fixture(scope="module")
def small():
    """An untrained T5 and BART with one tokenizer."""
    from transformers import BartConfig, BartForConditionalGeneration, T5Config, T5ForConditionalGeneration

    torch.manual_seed(0)
    tokenizer = build_text_to_text_tokenizer(["the", "cat", "dog", "sat", "."])
    end = tokenizer.eos_token_id
    t5 = T5ForConditionalGeneration(
        T5Config(
            vocab_size=len(tokenizer),
            d_model=16,
            d_kv=8,
            num_heads=2,
            d_ff=32,
            num_layers=1,
            eos_token_id=end,
            decoder_start_token_id=0,
            pad_token_id=0,
            initializer_factor=8.0,
        )
    ).eval()
    bart = BartForConditionalGeneration(
        BartConfig(
            vocab_size=len(tokenizer),
            d_model=16,
            encoder_layers=1,
            decoder_layers=1,
            encoder_attention_heads=2,
            decoder_attention_heads=2,
            encoder_ffn_dim=32,
            decoder_ffn_dim=32,
            max_position_embeddings=512,
            init_std=0.5,
            pad_token_id=0,
            bos_token_id=end,
            eos_token_id=end,
            decoder_start_token_id=end,
            forced_eos_token_id=None,
        )
    ).eval()
    return {"t5": t5, "bart": bart}, tokenizer


def test_its_shift_is_the_libraries_and_the_exercises(notebook, small):
    from transformers.models.bart.modeling_bart import shift_tokens_right

    labels = torch.randint(1, 20, (5, 7), generator=torch.Generator().manual_seed(0))
    labels[1, 3:] = labels[4, 6:] = -100
    assert torch.equal(notebook.shift_right(labels, 0, 0), small[0]["t5"]._shift_right(labels))
    assert torch.equal(notebook.shift_right(labels, 5, 0), shift_tokens_right(labels, 0, 5))


@pytest.mark.parametrize("name", ["t5", "bart"])
def test_its_greedy_search_is_the_librarys(notebook, small, name):
    models, tokenizer = small
    for text in ("the cat sat .", "the dog", "."):
        encoded = tokenizer(text, return_tensors="pt")
        theirs = models[name].generate(**encoded, do_sample=False, num_beams=1, max_new_tokens=12)[0].tolist()
        ours = notebook.greedy(models[name], encoded, limit=12)
        assert ours == theirs


def test_its_tiled_masks_are_the_prefix_lms(notebook):
    for s in range(1, 7):
        for t in range(1, 7):
            assert torch.equal(notebook.tiled(s, t), masks.prefix_lm(s + t, prefix=s))


def test_its_influence_is_the_mask(notebook):
    draw = torch.Generator().manual_seed(0)
    x = torch.randn(1, 5, 8, generator=draw, requires_grad=True)
    assert torch.equal(notebook.moves(x.cumsum(1)[0], x), masks.causal(5))
    assert not notebook.moves(torch.ones(3, 8, requires_grad=True), x).any()


def test_its_f1_is_the_helpers(notebook):
    rng = np.random.default_rng(0)
    for _ in range(50):
        sure = {tuple(map(int, rng.integers(0, 6, 2))) for _ in range(5)}
        possible = sure | {tuple(map(int, rng.integers(0, 6, 2))) for _ in range(5)}
        found = {(t, int(rng.integers(0, 6))) for t in range(6)} | {next(iter(sure))}
        links = alignment.Links(frozenset(sure), frozenset(possible))
        assert notebook.f1(found, sure, possible) == pytest.approx(alignment.scores(found, links)["f1"])
    assert notebook.f1({1, 2}, {2, 3}, {2, 3}) == pytest.approx(encoder_decoder_exercises.f1({1, 2}, {2, 3}))


def test_its_answers_are_compared_by_the_exact_distribution_of_the_gaps(notebook):
    """Two answers to one source: their scores differ as the exact losses of the two texts do."""
    texts = [
        f"the patient was prescribed {drug} .".split()
        for drug in ("warfarin for thrombosis", "ibuprofen for pain", "heparin for anticoagulation")
    ]
    spans, losses, scores = [(4, 7)], [], []
    for tokens in texts:
        asked, answer = notebook.corrupt(tokens, spans)
        placement = partial(span_corruption.placement_log_prob, rate=notebook.RATE)
        losses.append(tinytown.unknown_spans_loss(tokens, spans, placement))
        scores.append(notebook.exact_score(asked, answer))
    assert np.diff(scores) == pytest.approx(-np.diff(losses), abs=1e-9)
    assert notebook.exact_score(asked, [SENTINELS[0], "warfarin", "for", "pain", SENTINELS[1]]) == -np.inf
    assert notebook.exact_score(asked, [SENTINELS[1], "warfarin"]) == -np.inf  # the gap is not filled


def test_every_task_is_text_under_its_frame_and_the_text_is_the_tasks(notebook):
    for task in ("translation", "summarisation", "classification"):
        example = next(iter(TASKS[task].draw("test", 0)))
        found = notebook.as_text(task, example)
        assert found.target == example.target and notebook.bare(found.source) == notebook.bare(example.source)
    assert found.source == f"label : {example.source}"
    similar = notebook.as_text("similarity", Example("a .", 0.4, "b ."))
    assert (similar.source, similar.target) == ("count : a . # b .", "2")


def test_the_places_of_a_translations_words_are_those_of_the_task(notebook):
    example = next(iter(TASKS["translation"].draw("test", 0)))
    assert notebook.as_text("translation", example) == example


def test_an_answer_has_the_form_of_one_task(notebook):
    notebook.form.__globals__["TONGUE"] = {"to", "vino", "mala", "estis", "."}
    forms = {
        "good": "classification",
        "4": "similarity",
        "to vino mala estis .": "translation",
        "": "none",
        "tom lost his hat at the park and a child found it .": "summarisation",
        "the wine": "none",
    }
    assert {answer: notebook.form(answer) for answer in forms} == forms


def test_its_log_probability_is_minus_infinity_for_the_impossible(notebook):
    possible = " ".join(tinytown.documents(1, split="test", seed=3)[0].tokens)
    assert notebook.log_prob(possible) == tinytown.log_prob(possible, language=tinytown.training_language())
    assert notebook.log_prob("it was it was .") == -np.inf


def test_its_claims_are_decided_in_code_cells():
    claims = {claim for cell in code_cells(BOOK) for claim in cell["metadata"].get("claim", [])}
    assert claims == TESTED
    prose = "\n".join(source(cell) for cell in markdown_cells(BOOK))
    assert set(re.findall(r"Verdict on (C\d\d)", prose)) == TESTED


def hub_script():
    """What the cell on the hub's models needs, without the course models."""
    cells = [source(cell) for cell in code_cells(BOOK)]
    experiment = next(cell for cell in cells if "load_hub(model_id)" in cell)
    story = next(
        ast.unparse(node)
        for cell in cells
        for node in ast.parse(cell).body
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "STORY"
    )
    return "\n".join(["import torch\nfrom helpers.models import load_hub", story, experiment])


@pytest.fixture(scope="module")
def stand_in(small, tmp_path_factory):
    """Two small models under the real ids, at the pinned revisions."""
    folders = {T5: tmp_path_factory.mktemp("hub") / "t5", BART: tmp_path_factory.mktemp("hub") / "bart"}
    for folder, model in zip(folders.values(), small[0].values()):
        model.save_pretrained(folder)
        small[1].save_pretrained(folder)
    return folders, {model_id: HUB[model_id].revision for model_id in folders}


def test_its_hub_experiment_runs_at_the_pinned_revisions_and_a_broken_download_costs_one_line(stand_in, tmp_path):
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
        asked = [request for request in server.requests if "/resolve/" in request]
    assert len(found) == 5 and all("  ->  " in line for line in found) and "[MASK]" in found[3]
    assert asked and all(any(f"/resolve/{HUB[name].revision}/" in request for name in (T5, BART)) for request in asked)
    with HubStandIn(*stand_in, cut_after=500) as server:
        found = lines(server, tmp_path / "cut")
    assert [line.split(":")[0] for line in found] == [f"skipped {T5}", f"skipped {BART}"]


def printed(start):
    """What the cell that holds this text printed."""
    cell = next(cell for cell in code_cells(BOOK) if start in source(cell))
    return "".join("".join(output.get("text", "")) for output in cell["outputs"])


def test_what_it_says_of_pairs_is_what_its_cell_printed():
    share = dict(re.findall(r"(\S.*?) +share of pairs that cannot be: (\d\.\d\d)", printed("singly = ")))
    assert float(share["exact"]) == 0 and float(share["exact, one by one"]) >= float(share["course-bert fills"]) - 0.03
    assert f"{share['course-bert fills']} of the pairs that it would draw" in prose()
    assert f"{share['course-t5 writes']} of its pairs cannot be" in prose() and float(share["course-t5 writes"]) < 0.35


def test_behind_the_split_one_stack_is_ahead_of_two_and_the_second_half_costs_nothing_more():
    runs = EXPERIMENT.frame(experiment="split").query("variant != 'exact'")
    found = intervals(runs, "excess", by="variant")
    one_stack = [variant for variant in split.VARIANTS if variant != "encoder-decoder"]
    assert found.loc["encoder-decoder", "low"] > found.loc[one_stack, "high"].max()
    assert EXPERIMENT.frame(experiment="split", variant="exact")["chain"].max() < 1e-6


def prose():
    return "\n".join(source(cell) for cell in markdown_cells(BOOK))


def lead(variant, size):
    """How far a variant is ahead of course-gpt at so many training pairs: (mean, low, high)."""
    sides = (EXPERIMENT.frame(experiment="sizes", stage="test", variant=v, size=size) for v in (variant, "course-gpt"))
    return paired(*sides, "exact match")


def test_with_few_pairs_the_encoder_decoder_is_ahead_of_the_decoder_and_with_many_nobody():
    assert lead("course-t5", 30)[1] > 0 and lead("course-t5", 100)[1] > 0
    assert all(lead("course-t5", size)[1] <= 0 <= lead("course-t5", size)[2] for size in (300, 1_000))
    assert all(
        lead("course-gpt, prefix-LM", size)[1] < 0 < lead("course-gpt, prefix-LM", size)[2] for size in sizes.SIZES
    )


def test_all_four_models_read_equally_many_words():
    records = (ROOT / f"data/training/course-{name}.jsonl" for name in ("bert", "gpt", "t5", "bart"))
    words = [json.loads(record.read_text(encoding="utf-8").splitlines()[-1])["words"] for record in records]
    assert max(words) < 1.001 * min(words)
    assert f"{words[0] / 1e6:.1f} million words" in prose()


def test_rows_of_earlier_weights_are_shown_with_their_age():
    assert tasks.EXPERIMENT.age() in printed("notebook 06's table")
