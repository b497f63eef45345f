"""The definitions written out in notebook 08 equal their twins in helpers; what it says is what the record says."""

import ast
import re
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from books import ROOT, code_cells, markdown_cells, read, source

from helpers import tinytown
from helpers.experiments.embeddings import RECORD, runs, summary
from helpers.methods.embeddings import contrastive, retrieval
from helpers.methods.pooling import pool
from helpers.tasks.paraphrases import draw_twins

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
    pairs, (body, tokenizer) = draw_twins(8, split="train", seed=[9]), runs.stack("decoder")
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


def mean(score, **match):
    return RECORD.summary(score=score, **match)[0]


def test_what_it_says_of_untrained_vectors_is_what_the_record_says():
    rho = {
        (family, how): mean("spearman", stage="raw", family=family, how=how)
        for family, read in runs.READ.items()
        for how in read
    }
    counted = RECORD.summary(stage="bound", who="words", score="spearman")
    assert max(rho, key=rho.get) == ("encoder", "mean") and max(rho.values()) < counted[2]
    assert rho["encoder", "mean"] > rho["encoder", "first"] > max(rho["decoder", "last"], rho["decoder", "mean"])
    sides = [dict(stage="raw", family="encoder", how=how) for how in ("mean", "first")]
    assert summary.paired(*sides, score="spearman")[1] > 0


def test_what_it_says_of_the_search_is_what_the_record_says():
    exact, words = (mean(("recall", "10"), stage="bound", who=who) for who in ("exact", "words"))
    for family, how in (("encoder", "mean"), ("decoder", "mean"), ("decoder", "last"), ("encoder", "first")):
        raw, tuned = (mean(("recall", "10"), stage=stage, family=family, how=how) for stage in ("raw", "tuned"))
        assert raw < words < tuned < exact - 0.1
    one, two = (mean(("recall", "1"), stage=stage, family="encoder", how="mean") for stage in ("raw", "tuned"))
    assert two > 2 * one and exact > 0.9
    own = {family: summary.best_read(family) for family in runs.READ}
    assert f"chosen by validation: {own}" in printed("chosen by validation:")
    assert summary.difference("tuned", ("encoder", "mean"), ("encoder", "first"), score=("recall", "10"))[1] > 0


def test_what_it_says_of_the_control_without_pretraining_is_what_the_record_says():
    tuned, scratch, random, graded = (
        {
            family: dict(stage=stage, family=family, how=how)
            for family, how in (("encoder", "mean"), ("decoder", "last"))
        }
        for stage in ("tuned", "scratch", "random", "graded")
    )
    words, tenth = dict(stage="bound", who="words"), ("recall", "10")
    gain = {family: summary.paired(tuned[family], scratch[family], score=tenth) for family in tuned}
    assert 0 < gain["encoder"][1] < gain["encoder"][0] < 0.15 and gain["decoder"][1] > 0.45
    assert summary.paired(scratch["encoder"], words, score=tenth)[1] > 0
    assert summary.paired(scratch["decoder"], words, score=tenth)[2] < 0
    means = [dict(stage=stage, family="decoder", how="mean") for stage in ("tuned", "scratch")]
    assert 0 < summary.paired(*means, score=tenth)[1] < summary.paired(*means, score=tenth)[2] < 0.15
    low, high = summary.paired(means[1], words, score=tenth)[1:]
    assert low < 0 < high < 0.1
    started = [dict(stage=stage, family="decoder", how="mean") for stage in ("random", "raw")]
    assert summary.paired(*started, score=tenth)[1] > 0
    assert summary.paired(tuned["encoder"], scratch["encoder"], score="spearman")[1] < 0  # open
    assert summary.paired(tuned["decoder"], scratch["decoder"], score="spearman")[1] > 0
    raw = dict(stage="raw", family="encoder", how="mean")
    assert all(summary.paired(raw, other, score="spearman")[1] < 0 for other in (words, random["encoder"]))
    assert mean("cosine", **random["encoder"]) > 0.9 and mean("cosine", **raw) < 0.45
    assert mean("alignment", **scratch["encoder"]) > 2 * mean("alignment", **tuned["encoder"])
    assert [summary.paired(tuned["decoder"], words, score=("recall", k))[1] > 0 for k in "1 5 10".split()] == [
        False,
        True,
        True,
    ]
    for family in tuned:
        assert summary.paired(tuned[family], dict(stage="bound", who="exact"), score="spearman")[1] > 0
        assert summary.paired(graded[family], tuned[family], score=tenth)[2] < -0.2


def test_a_perfect_twin_finder_is_a_poorer_judge_of_degrees_in_each_seed():
    ideal = {row["seed"]: row["scores"]["spearman"] for row in RECORD.rows(stage="bound", who="exact")}
    for family, how in (("encoder", "mean"), ("decoder", "last")):
        for row in RECORD.rows(stage="tuned", family=family, how=how):
            assert row["scores"]["spearman"] > ideal[row["seed"]] + 0.02
    assert max(ideal.values()) < 0.4


def test_what_it_says_of_degrees_is_what_the_record_says():
    found = {family: RECORD.summary(stage="graded", family=family, score="spearman") for family in runs.READ}
    assert found["encoder"][2] < 0.9 and all(low < 0.5 < high for _, low, high in found.values())
    difference = summary.difference("graded", ("encoder", "mean"), ("decoder", "last"), score="spearman")
    assert difference[1] < 0 < difference[0]
    sides = [
        {row["seed"]: row["scores"]["spearman"] for row in RECORD.rows(stage="graded", family=family)}
        for family in ("encoder", "decoder")
    ]
    assert all(sides[0][seed] > sides[1][seed] for seed in sides[0])
    search = summary.difference("tuned", ("encoder", "mean"), ("decoder", "last"), score=("recall", "10"))
    assert search[1] > 0


def test_the_live_training_and_the_library_agree_with_what_is_printed():
    assert printed("held = [").count("True") == 3
    assert printed("def cosine_histogram").count("comparisons") == 4
    assert printed("SentenceTransformer(str").count("True") == 2
    assert printed("def info_nce").count("True") == 2
