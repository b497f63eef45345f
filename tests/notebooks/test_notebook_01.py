"""What notebook 01 defines beyond the helpers, what its cells must decide, and the numbers that its prose leans on."""

import ast
import re
from types import SimpleNamespace

import pytest
import torch
from books import ROOT, code_cells, markdown_cells, read, said, source

from helpers.experiments import attention as experiment
from helpers.models.course import pretrainings
from helpers.objectives.padding import pad_rows
from helpers.transformer import masks

BOOK = read(ROOT / "notebooks" / "01_attention_masks.ipynb")
TESTED = {"C03", "C04", "C12", "C25"}
PROSE = "\n".join(source(cell) for cell in markdown_cells(BOOK))


@pytest.fixture(scope="module")
def notebook():
    """The functions that the notebook defines, without the rest of its cells."""
    names = {"torch": torch, "F": torch.nn.functional, "masks": masks, "bert": SimpleNamespace(bert=None)}
    names["Block"] = lambda *sizes: None  # what a default argument is made of
    for cell in code_cells(BOOK):
        for node in ast.parse(source(cell)).body:
            if isinstance(node, ast.FunctionDef):
                exec(ast.unparse(node), names)
    return SimpleNamespace(**names)


def test_the_loss_of_the_next_token_is_shifted_once(notebook):
    batch = pad_rows([[1, 2, 3], [3, 2]], pad_id=0)
    seen = {}

    def oracle(input_ids, attention_mask):
        """Says at each position what stands at the next one."""
        seen["mask"] = attention_mask
        return {"logits": 100.0 * torch.nn.functional.one_hot(input_ids.roll(-1, dims=1), 5)}

    assert float(notebook.next_token_nats(oracle, batch, masks.causal)[0]) < 1e-6
    assert seen["mask"].shape == (2, 1, 3, 3) and seen["mask"].dtype == torch.float32
    assert (seen["mask"][1, 0] == 0).int().tolist() == [[1, 0, 0], [1, 1, 0], [1, 1, 0]]


def test_hiding_each_word_hides_one_a_row(notebook):
    assert notebook.hide_each(torch.tensor([[7, 8, 9]]), 4).tolist() == [[4, 8, 9], [7, 4, 9], [7, 8, 4]]


def test_the_slope_of_an_even_row_and_of_a_sure_one(notebook):
    assert notebook.slope(torch.zeros(1, 4)) == pytest.approx(0.75)
    assert notebook.slope(torch.tensor([[0.0, 100.0]])) == pytest.approx(0.0)


def test_its_claims_are_decided_in_code_cells():
    claims = {claim for cell in code_cells(BOOK) for claim in cell["metadata"].get("claim", [])}
    assert claims == TESTED
    assert set(re.findall(r"Verdict on (C\d\d)", PROSE)) == TESTED - {"C12"}, "C12 is decided in 04"


@pytest.mark.parametrize(
    "line",
    [
        "81 of 81 cells agree with the mask",
        "course-gpt: of 81 cells 81 by nudge and 81 by gradient agree; 9 of 9 tokens",
        "river gets 0.10 of bank's attention",
        "favourites of the four heads of the last layer: river, the, muddy, the",
        "river replaced by town               sense of bank +0.1",
        "course-bert asked with [MASK] at the end: 1.78 nats (best possible without the end of a text: 1.00)",
        "[CLS]: attention weight 0.54, what it carries 0.09, effect of hiding 0.05",
        "effective one in 44% (a random word in 10%)",
        "rebuilt by hand, 12 other texts: 0.95 nats; best possible 0.93",
    ],
)
def test_what_its_cells_say_is_what_its_prose_leans_on(line):
    assert line in said(BOOK)


def test_the_recorded_numbers_of_its_prose():
    swap = experiment.EXPERIMENT.frame(part="mask swap")
    swap = swap[swap["stage"].isna()].groupby(["start", "mask"]).mean(numeric_only=True)
    both, causal, fresh = (("course-bert", "both sides"), ("course-bert", "causal"), ("random weights", "causal"))
    numbers = [swap.loc[causal, "loss.320"], swap.loc[fresh, "loss.320"], swap.loc[both, "seen.320"]]
    numbers += [swap.loc[both, "loss.320"], swap.loc[causal, "floor"]]
    assert [f"{number:.2f}" for number in numbers] == ["1.23", "1.70", "0.06", "4.39", "0.97"]
    effect = experiment.by_reader("effect")
    berts = [rows["last layer.over nearness"] for name, rows in effect.items() if name in pretrainings("course-bert")]
    least, most = min(map(min, berts)), max(map(max, berts))
    assert len(berts) == 3 and least > 0
    assert f"of all three trainings beats nearness, by {least:.2f} to {most:.2f}" in PROSE
    small = effect["small"]["last layer.over nearness"]
    assert f"{-small.max():.2f} to {-small.min():.2f}" == "0.08 to 0.29" and "0.08 to 0.29" in PROSE
    mini = experiment.EXPERIMENT.frame(part="effect", reader="minilm").iloc[0]
    assert 0 < mini["last layer.over nearness"] < mini["last layer.over nearness ci95"], "an interval with 0 in it"
    for reader, rows in experiment.by_reader("sinks").items():
        got = rows["special.last weights"] - rows["special.even"]
        assert reader == "minilm" or (rows["special over matched"].max() < 0 and got.max() < 0)
