"""The definitions written out in notebook 08 do what the helpers do; its numbers are what cells print and rows say."""

import ast
import re
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from books import ROOT, code_cells, markdown_cells, read, said, source
from torch.nn.functional import normalize

from helpers import tinytown
from helpers.evaluation.intervals import paired
from helpers.experiments import embeddings
from helpers.experiments.embeddings import runs
from helpers.methods.embeddings import contrastive, retrieval
from helpers.methods.pooling import pool
from helpers.setup.ledger import decided
from helpers.tasks import similarity

BOOK = read(ROOT / "notebooks" / "08_sentence_embeddings.ipynb")
PROSE = "\n".join(source(cell) for cell in markdown_cells(BOOK))
TEXTS = ("FIRST", "SECOND", "THIRD", "LINES", "HARD")
FUNCTIONS = ("layer_vectors", "rho", "changed")
MEAN, LAST = {"family": "encoder", "how": "mean"}, {"family": "decoder", "how": "last"}


@pytest.fixture(scope="module")
def notebook():
    """Functions and English texts that the notebook defines, without the rest of its cells."""
    names = {"torch": torch, "np": np, "pool": pool, "normalize": normalize, "similarity": similarity}
    for cell in code_cells(BOOK):
        for node in ast.parse(source(cell)).body:
            assigned = isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") in TEXTS
            if getattr(node, "name", "") in FUNCTIONS or assigned:
                exec(ast.unparse(node), names)
    return SimpleNamespace(**names)


def printed(start):
    """What the cell that holds this text printed."""
    return said({"cells": [next(cell for cell in code_cells(BOOK) if start in source(cell))]})


def recorded(stage, **match):
    return embeddings.EXPERIMENT.frame(stage=stage, **match)


def words():
    rows = recorded("bound", who="words")
    return rows[rows["seed"].isin(embeddings.SEEDS)]


def test_its_layers_end_with_the_helpers_vectors_and_its_rho_is_the_experiments(notebook):
    body, tokenizer = runs.stack("decoder")
    examples = runs.similarity_examples(0)[:40]
    texts = sorted({text for e in examples for text in (e.source, e.second)})
    layers = notebook.layer_vectors(body, tokenizer, texts, ("last",))["last"]
    helpers = contrastive.embed(body, tokenizer, texts, how="last")
    assert len(layers) == body.config.n_layer + 1
    torch.testing.assert_close(layers[-1], helpers, atol=1e-5, rtol=0)
    cosines = runs.pairwise(lambda some: contrastive.embed(body, tokenizer, some, how="last"))
    expected = similarity.score(cosines([(e.source, e.second) for e in examples]), examples)["spearman"]
    assert notebook.rho(layers[-1], texts, examples) == pytest.approx(expected, abs=0.01)


def test_whitened_vectors_have_the_same_spread_in_every_direction(notebook):
    drawn = torch.randn(200, 6, generator=torch.Generator().manual_seed(0)) * torch.arange(1.0, 7) + 3
    assert abs(float(notebook.changed(drawn, "centred").mean(0).norm())) < 0.2
    spread = torch.linalg.svdvals(notebook.changed(drawn, "whitened"))
    assert float(spread.max() / spread.min()) < 1.3


def test_it_decides_what_it_says_and_points_elsewhere_for_the_rest():
    assert [found.claim for found in decided(BOOK, "08")] == re.findall(r"Verdict on (C\d\d)", PROSE)
    assert {"C10"} <= {found.claim for found in decided(BOOK, "08")}
    assert [cell["metadata"]["answers"] for cell in code_cells(BOOK) if "answers" in cell["metadata"]] == [
        ["cosine-09"]
    ]


def test_its_english_triples_are_what_it_says(notebook):
    triples = list(zip(notebook.LINES[0::3], notebook.LINES[1::3], notebook.LINES[2::3]))
    assert len(triples) == 12 and len(set(notebook.LINES)) == 36
    assert all(retrieval.bm25([one], [two, three])[0].argmax() == 1 for one, two, three in triples)


def test_its_tinytown_sentences_can_be_written():
    strings = [
        node.value
        for cell in code_cells(BOOK)
        for node in ast.walk(ast.parse(source(cell)))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
    quoted = re.findall(r'["`]([^"`\n]+ \.)["`]', PROSE)
    texts = [text for text in strings if re.fullmatch(r"[a-z][a-z :.]+ \.", text)]
    assert len(texts) >= 6 and "cairo is sunny ." in quoted
    assert all(np.isfinite(tinytown.log_prob(text)) for text in texts + quoted)


def test_trained_vectors_find_more_than_counted_words_and_less_than_can_be_found():
    exact = recorded("bound", who="exact")["recall.10"].mean()
    tuned = recorded("tuned").groupby(["family", "how"])["recall.10"].mean()
    assert words()["recall.10"].mean() < tuned.min() < tuned.max() < exact - 0.1


def test_what_pretraining_is_worth_depends_on_the_reading():
    gain = {}
    for family, how in embeddings.CONTROLS:
        sides = (recorded(stage, family=family, how=how) for stage in ("tuned", "scratch"))
        gain[family, how], low, _ = paired(*sides, "recall.10")
        assert low > 0
    assert gain["decoder", "last"] > 3 * max(gain["encoder", "mean"], gain["decoder", "mean"])


def test_a_perfect_finder_is_a_poorer_judge_of_degrees():
    ideal = recorded("bound", who="exact")
    ideal = ideal[ideal["seed"].isin(embeddings.SEEDS)]
    for way in (MEAN, LAST):
        assert paired(recorded("tuned", **way), ideal, "spearman")[1] > 0


def numbers(text):
    return re.findall(r"(?<![\w.,])\d\.\d\d(?!\d)", text)


def test_every_decimal_in_the_text_below_an_output_was_printed():
    cells, seen = BOOK["cells"], said(BOOK)
    told = {n for before, cell in zip(cells, cells[1:]) if before.get("outputs") for n in numbers(source(cell))}
    assert {n for n in told if n not in seen} == set()
