"""Notebook 07: its definitions are what they say, its verdicts are what the records say, its hub section runs."""

import ast
import json
import re
import subprocess
import sys
from types import SimpleNamespace

import pytest
import torch
from books import ROOT, code_cells, markdown_cells, read, source, text_outputs
from hub_stand_in import HubStandIn

from helpers.evaluation.intervals import paired
from helpers.exercises import encoder_decoder as exercises
from helpers.experiments.seq2seq import EXPERIMENT, gaps
from helpers.models import HUB
from helpers.models.tokenizers import END_OF_TEXT, SENTINELS, SPECIAL_TOKENS, build_text_to_text_tokenizer
from helpers.objectives import denoising
from helpers.setup import ledger
from helpers.tasks import TASKS
from helpers.tasks.task import Example
from helpers.transformer import masks

PATH = ROOT / "notebooks" / "07_encoder_decoder_t5_bart.ipynb"
BOOK = read(PATH)
VERDICTS = {
    "C11": "holds with a caveat",
    "C14": "holds with a caveat",
    "C34": "holds",
    "C35": "holds with a caveat",
}
T5, BART = "google-t5/t5-small", "facebook/bart-base"


@pytest.fixture(scope="module")
def notebook():
    """The functions and the constants in capitals that the notebook defines, without the rest of its cells."""
    names = {
        "torch": torch,
        "masks": masks,
        "SENTINELS": SENTINELS,
        "Example": Example,
        "TASKS": TASKS,
        "end": SPECIAL_TOKENS.index(END_OF_TEXT),
    }
    for cell in code_cells(BOOK):
        for node in ast.parse(source(cell)).body:
            constant = isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") in {"FRAME", "MARKS"}
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


@pytest.mark.parametrize("name", ["t5", "bart"])
def test_the_shift_of_the_exercise_is_the_libraries(small, name):
    from transformers.models.bart.modeling_bart import shift_tokens_right

    labels = torch.randint(1, 20, (5, 7), generator=torch.Generator().manual_seed(0))
    labels[1, 3:] = labels[4, 6:] = -100
    theirs = {"t5": small[0]["t5"]._shift_right, "bart": lambda rows: shift_tokens_right(rows, 0, 5)}[name](labels)
    assert torch.equal(exercises.shift_right(labels, {"t5": 0, "bart": 5}[name], 0), theirs)


def test_its_tiled_masks_are_the_prefix_lms(notebook):
    for s in range(1, 7):
        for t in range(1, 7):
            assert torch.equal(notebook.tiled(s, t), masks.prefix_lm(s + t, prefix=s))


def test_its_influence_is_the_mask(notebook):
    x = torch.randn(1, 5, 8, generator=torch.Generator().manual_seed(0), requires_grad=True)
    assert torch.equal(notebook.influence(x.cumsum(1)[0], x), masks.causal(5))


def test_the_helpers_draw_the_damage_of_the_papers_figure_2():
    text, hits = "A B C . D E .".split(), (1, 4)
    figure_2 = {
        "token_masking": ["_" if i in hits else w for i, w in enumerate(text)],
        "token_deletion": [w for i, w in enumerate(text) if i not in hits],
        "text_infilling": ["A", "_", ".", "D", "_", "E", "."],
        "document_rotation": [*text[2:], *text[:2]],
    }
    for name, damaged in figure_2.items():
        noise, how = getattr(denoising, name), {"mask": "_"} if "mask" in name or "fill" in name else {}
        drawn = (noise(text, generator=torch.Generator().manual_seed(seed), **how) for seed in range(40_000))
        assert any(found == damaged for found in drawn), name


def test_every_task_is_text_under_its_frame(notebook):
    for task in notebook.FRAME:
        example = next(iter(TASKS[task].draw("test", 0)))
        found = notebook.under_prefix(task, example.source, example.target)
        assert found.target == example.target
        bare = found.source.replace(notebook.FRAME[task].split(" {}")[0], "").replace("tinytongue :", "").strip()
        assert bare in example.source
    moved = notebook.under_prefix("classification", "english : the wine was bad . tinytongue :")
    assert moved.source == "label : the wine was bad ."


def test_an_answer_has_the_form_of_one_task(notebook):
    notebook.form.__globals__["TONGUE"] = {"to", "vino", "mala", "estis", "."}
    forms = {
        "good": "classification",
        "to vino mala estis .": "translation",
        "": "none",
        "tom lost his hat at the park and a child found it .": "summarisation",
        "the wine": "none",
    }
    assert {answer: notebook.form(answer) for answer in forms} == forms


def test_its_verdicts():
    found = ledger.decided(BOOK, PATH.name)
    assert {row.claim: row.verdict for row in found} == VERDICTS
    text = prose()
    assert set(re.findall(r"Verdict on (C\d\d)", text)) == set(VERDICTS)
    for row in found:
        assert f"**Verdict on {row.claim}**" in text


def hub_script():
    """What the cell on the hub's models needs, without the course models."""
    cells = [source(cell) for cell in code_cells(BOOK)]
    experiment = next(cell for cell in cells if "load_hub(name)" in cell)
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


def prose():
    return "\n".join(source(cell) for cell in markdown_cells(BOOK)).replace("\n", " ")


def printed():
    """All text that the notebook's cells show."""
    return "\n".join(text for cell in code_cells(BOOK) for text in text_outputs(cell))


def test_what_it_says_of_pairs_is_what_the_readers_give():
    true = gaps.exact_joint()
    share = {who: gaps.run({"who": who})["impossible"] for who in gaps.READERS if "deep" not in who}
    assert share["exact"] == 0 and true.sum() == pytest.approx(1)
    for who in ("course-bert, one pass", "course-bert, drug first", "course-t5", "exact, one by one"):
        assert f"{share[who]:.2f}" in prose(), who
    assert share["course-bert, drug first"] < share["course-t5"] < share["course-bert, one pass"]


def lead(variant, size):
    """How far a variant is ahead of course-gpt at so many training pairs: (mean, low, high)."""
    sides = (EXPERIMENT.frame(experiment="sizes", stage="test", variant=v, size=size) for v in (variant, "course-gpt"))
    return paired(*sides, "exact match")


def test_with_few_pairs_the_encoder_decoder_is_ahead_of_the_decoder_and_with_many_nobody():
    for size in (30, 100):
        mean, low, high = lead("course-t5", size)
        assert low > 0 and f"{mean:+.2f}".replace("+0", "+0") in prose()
    assert all(lead("course-t5", size)[1] <= 0 <= lead("course-t5", size)[2] for size in (300, 1_000))
    assert all(lead("course-gpt, prefix-LM", size)[1] < 0 for size in (30, 100, 300, 1_000))


def test_the_exact_split_loses_no_nat_and_the_share_it_says_is_predicted():
    exact = EXPERIMENT.frame(experiment="split", variant="exact")
    assert exact["chain"].max() < 1e-6
    for column in ("predicted", "untold"):
        assert f"{100 * exact[column].mean():.0f} %" in prose()


def test_all_four_models_read_equally_many_words():
    records = (ROOT / f"data/training/course-{name}.jsonl" for name in ("bert", "gpt", "t5", "bart"))
    words = [json.loads(record.read_text(encoding="utf-8").splitlines()[-1])["words"] for record in records]
    assert max(words) < 1.001 * min(words)
    assert f"{words[0] / 1e6:.1f} million words" in prose()


def test_the_numbers_of_its_verdicts_stand_in_an_output():
    text = printed()
    for row in ledger.decided(BOOK, PATH.name):
        numbers = re.findall(r"\d+\.\d\d", row.number)
        assert all(number in text for number in numbers), row
