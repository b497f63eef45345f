"""What notebook 01 defines beyond the helpers, and what its cells must decide."""

import ast
import copy
import re
from types import SimpleNamespace

import pytest
import torch
from books import ROOT, code_cells, markdown_cells, read, said, source

from helpers import tinytown
from helpers.objectives.padding import pad_rows
from helpers.transformer import attention, masks

BOOK = read(ROOT / "notebooks" / "01_attention_masks.ipynb")
TESTED = {"C02", "C03", "C04", "C12", "C25"}


@pytest.fixture(scope="module")
def notebook():
    """The functions and classes that the notebook defines, without the rest of its cells."""
    names = {
        "torch": torch,
        "F": torch.nn.functional,
        "attention": attention,
        "masks": masks,
        "tinytown": tinytown,
        "pad_rows": pad_rows,
        "copy": copy,
        "bert": SimpleNamespace(bert=None),
    }  # a default argument
    for cell in code_cells(BOOK):
        for node in ast.parse(source(cell)).body:
            if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
                exec(ast.unparse(node), names)
    return SimpleNamespace(**names)


@pytest.fixture(autouse=True)
def seed():
    torch.manual_seed(0)


def test_the_one_difference_is_the_row_that_sees_nothing(notebook):
    parts, nothing = torch.randn(3, 2, 4), torch.zeros(2, 2, dtype=torch.bool)
    assert bool(notebook.scaled_dot_product_attention(*parts, nothing)[0].isnan().all())
    assert attention.scaled_dot_product_attention(*parts, nothing)[0].tolist() == [[0.0] * 4] * 2


def test_rollout_is_a_distribution_and_follows_the_residual_path(notebook):
    maps = torch.randn(3, 2, 5, 5).softmax(-1)
    torch.testing.assert_close(notebook.rollout(maps).sum(-1), torch.ones(5))
    assert torch.equal(notebook.rollout(torch.eye(4).expand(3, 2, 4, 4)), torch.eye(4))


def test_the_loss_of_the_next_token_is_shifted_once(notebook):
    batch = pad_rows([[1, 2, 3], [3, 2]], pad_id=0)
    seen = {}

    def oracle(input_ids, attention_mask):
        """Says at each position what stands at the next one."""
        seen["mask"] = attention_mask
        following = input_ids.roll(-1, dims=1)
        return {"logits": 100.0 * torch.nn.functional.one_hot(following, 5)}

    mask = notebook.masks_of(batch, True)
    assert float(notebook.next_token_nats(oracle, batch, mask)) < 1e-6
    assert mask.shape == (2, 1, 3, 3) and seen["mask"].dtype == torch.float32
    assert mask[1, 0].int().tolist() == [[1, 0, 0], [1, 1, 0], [1, 1, 0]]


def test_hiding_each_word_hides_one_a_row(notebook):
    assert notebook.hide_each(torch.tensor([[7, 8, 9]]), 4).tolist() == [[4, 8, 9], [7, 4, 9], [7, 8, 4]]


def test_its_claims_are_decided_in_code_cells():
    claims = {claim for cell in code_cells(BOOK) for claim in cell["metadata"].get("claim", [])}
    assert claims == TESTED
    prose = "\n".join(source(cell) for cell in markdown_cells(BOOK))
    assert set(re.findall(r"Verdict on (C\d\d)", prose)) == TESTED


def test_what_its_cells_say_is_what_its_prose_leans_on():
    printed = said(BOOK)
    for line in (
        "bank looks most at: the at 4",
        "word with most effect: muddy",
        "fewer than half of the documents: True",
        "plain nearness agrees better with the effect than the last layer does: False",
        "so the bright cell alone shows that the model uses the word: False",
    ):
        assert line in printed, line
    assert printed.count("a look at a mark does less than a look at a neighbour: True") == 2, "course-bert and MiniLM"
