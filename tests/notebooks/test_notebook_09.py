"""What notebook 09 writes out is right where it can be computed; its words are what its rows say."""

import itertools
import math
import re

import numpy as np
import pytest
import torch
from books import ROOT, code_cells, markdown_cells, read, source
from transformers import AlbertConfig, AlbertModel, BertConfig, BertModel

from helpers import tinytown
from helpers.exercises import variants as exercises
from helpers.setup.ledger import decided
from helpers.transformer.parameters import count, without_weights

BOOK = read(ROOT / "notebooks" / "09_variants_and_convergence.ipynb")
PROSE = "\n".join(source(cell) for cell in markdown_cells(BOOK))


def test_it_decides_what_it_says_and_points_elsewhere_for_the_rest():
    assert [found.claim for found in decided(BOOK, "09")] == re.findall(r"Verdict on (C\d\d)", PROSE)
    assert {found.claim for found in decided(BOOK, "09")} == {"C38", "C39", "C41", "C43", "C44"}
    answers = [name for cell in code_cells(BOOK) for name in cell["metadata"].get("answers", [])]
    assert sorted(answers) == ["diffusion-cache", "new-words", "which-today"]


@pytest.mark.parametrize("text", ["the cow mooed .", "cairo is sunny ."])
def test_the_bound_of_a_perfect_reader_is_the_surprise_itself(text):
    """The mean over every number of hidden places and every choice of them, by hand."""
    language, words = tinytown.training_language(), text.split()
    ids = torch.tensor([[language.words.index(word) for word in words]])
    by_count = {}
    for mask in itertools.product((False, True), repeat=len(words)):
        if not any(mask):
            continue
        weights = tinytown.Reading([None if gap else w for w, gap in zip(words, mask)], language).gaps()
        probs = weights / np.where(mask, weights.sum(1), 1.0)[:, None]
        logits = torch.tensor(np.log(np.maximum(probs, 1e-300)))[None]
        found = exercises.text_bound(logits, ids, torch.tensor([mask]))
        by_count.setdefault(sum(mask), []).append(float(found))
    mean = np.mean([np.mean(found) for found in by_count.values()])
    length = math.log(tinytown.Reading([None] * len(words), language).probability())
    assert mean == pytest.approx(length - tinytown.log_prob(words, language=language), abs=1e-6)


def test_matrices_are_nearly_all_of_an_encoder():
    sizes = {"hidden_size": 768, "num_attention_heads": 12, "intermediate_size": 3072}
    for width, shared in ((768, False), (128, False), (768, True), (128, True)):
        config = AlbertConfig(**sizes, embedding_size=width, num_hidden_groups=1 if shared else 12)
        ours = exercises.matrix_parameters(30_000, 768, 3072, 12, width=width, shared=shared)
        assert 0.9 < ours / count(without_weights(AlbertModel, config)) < 1
    bert = exercises.matrix_parameters(30_522, 768, 3072, 12, width=768, shared=False)
    assert 0.98 < bert / count(without_weights(BertModel, BertConfig())) < 1
