"""The definitions written out in notebook 08 equal those in helpers; its verdicts are what the records say."""

import ast
import re
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from books import ROOT, code_cells, markdown_cells, read, source

from helpers import tinytown
from helpers.evaluation.intervals import intervals, paired
from helpers.experiments import embeddings, tasks
from helpers.experiments.embeddings import runs
from helpers.methods.embeddings import contrastive, retrieval
from helpers.methods.pooling import pool
from helpers.tasks.paraphrases import draw_pairs

BOOK = read(ROOT / "notebooks" / "08_sentence_embeddings.ipynb")
TESTED = {"C10", "C22", "C29", "C39"}


@pytest.fixture(scope="module")
def notebook():
    """The functions and the English texts that the notebook defines, without the rest of its cells."""
    names = {"torch": torch, "np": np, "pool": pool}
    for cell in code_cells(BOOK):
        for node in ast.parse(source(cell)).body:
            assigned = isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") in (
                "FIRST",
                "SECOND",
                "LINES",
                "TRIPLES",
                "HARD",
            )
            if isinstance(node, ast.FunctionDef) or assigned:
                exec(ast.unparse(node), names)
    return SimpleNamespace(**names)


def printed(start):
    """What the cell that holds this text printed."""
    cell = next(cell for cell in code_cells(BOOK) if start in source(cell))
    return "".join("".join(output.get("text", "")) for output in cell["outputs"])


def test_its_cosines_are_the_helpers(notebook):
    pairs, (body, tokenizer) = draw_pairs(8, split="train", seed=[9]), runs.stack("decoder")
    one, two = (contrastive.embed(body, tokenizer, side, how="last") for side in zip(*pairs))
    torch.testing.assert_close(notebook.cosines(body, tokenizer, pairs, "last"), (one * two).sum(1), atol=1e-5, rtol=0)


def test_its_claims_are_decided_in_code_cells():
    claims = {claim for cell in code_cells(BOOK) for claim in cell["metadata"].get("claim", [])}
    prose = "\n".join(source(cell) for cell in markdown_cells(BOOK))
    assert claims == set(re.findall(r"Verdict on (C\d\d)", prose)) == TESTED


def test_its_english_triples_are_what_it_says(notebook):
    assert len(notebook.TRIPLES) == 12 and all(len(triple) == 3 for triple in notebook.TRIPLES)
    fooled = [retrieval.bm25([one], [two, three])[0].argmax() == 1 for one, two, three in notebook.TRIPLES]
    assert sum(fooled) >= 11


def test_its_tinytown_sentences_can_be_written():
    strings = [
        node.value
        for cell in code_cells(BOOK)
        for node in ast.walk(ast.parse(source(cell)))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
    quoted = re.findall(r'["`]([^"`\n]+ \.)["`]', "\n".join(source(cell) for cell in markdown_cells(BOOK)))
    texts = [text for text in strings if re.fullmatch(r"[a-z][a-z :.]+ \.", text)]
    assert len(texts) >= 6 and "cairo is sunny ." in quoted
    assert all(np.isfinite(tinytown.log_prob(text)) for text in texts + quoted)


def recorded(stage, **match):
    return embeddings.EXPERIMENT.frame(stage=stage, **match)


def test_every_trained_vector_finds_more_than_counted_words_and_less_than_can_be_found():
    exact, words = (recorded("bound", who=who)["recall.10"].mean() for who in ("exact", "words"))
    tuned = intervals(recorded("tuned"), "recall.10", by=["family", "how"])["mean"]
    assert words < tuned.min() < tuned.max() < exact - 0.1
    own = {family: embeddings.preferred(family) for family in runs.READ}
    assert f"chosen by validation: {own}" in printed("chosen by validation:")
    gain = {}
    for family, how in embeddings.CONTROLS:  # pretraining helps, by far more where one token is read
        sides = (recorded(stage, family=family, how=how) for stage in ("tuned", "scratch"))
        gain[family, how], low, _ = paired(*sides, "recall.10")
        assert low > 0
    assert gain["decoder", "last"] > 3 * max(gain["encoder", "mean"], gain["decoder", "mean"])


def test_as_pretrained_the_mean_is_the_better_summary_and_after_training_nobody_is_ahead():
    mean, first = ({"family": "encoder", "how": how} for how in ("mean", "first"))
    for score in ("spearman", "recall.10"):
        assert paired(recorded("raw", **mean), recorded("raw", **first), score)[1] > 0
    own = [{"family": family, "how": embeddings.preferred(family)} for family in runs.READ]
    for one, two in ((mean, first), own):
        _, low, high = paired(recorded("tuned", **one), recorded("tuned", **two), "recall.10")
        assert low < 0 < high


def test_raw_no_vector_is_ahead_of_counting_words():
    words = recorded("bound", who="words")
    for family, how in embeddings.WAYS:
        mean, low, _ = paired(recorded("raw", family=family, how=how), words, "spearman")
        assert low < mean < 0


def test_a_perfect_finder_is_a_poorer_judge_of_degrees():
    ideal = recorded("bound", who="exact")
    for family, how in embeddings.WAYS:
        assert paired(recorded("tuned", family=family, how=how), ideal, "spearman")[1] > 0.02


def test_the_encoder_is_not_excellent_at_degrees_the_decoder_not_adequate_and_their_difference_is_open():
    found = intervals(recorded("graded"), "spearman", by="family")
    assert found.loc["encoder", "high"] < 0.9 and found.loc["decoder", "high"] < 0.5
    _, low, high = paired(recorded("graded", family="encoder"), recorded("graded", family="decoder"), "spearman")
    assert low < 0 < high


def test_rows_of_earlier_weights_are_shown_with_their_age():
    for shown in ("pairwise = {", "table.costs()"):
        assert tasks.EXPERIMENT.age().split(": ", 1)[1] in printed(shown)
