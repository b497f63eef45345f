"""The definitions written out in notebook 08 do what the helpers do; its numbers are what cells print and rows say."""

import ast
import re
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from books import ROOT, code_cells, markdown_cells, read, said, source
from sklearn.feature_extraction.text import CountVectorizer
from torch.nn.functional import normalize

from helpers import tinytown
from helpers.evaluation.intervals import interval, paired
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


def recorded(stage, **match):
    return embeddings.EXPERIMENT.frame(stage=stage, **match)


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


def test_whitening_helps_random_word_vectors_as_much_as_an_untrained_network(notebook):
    gains = {"words": [], "network": []}
    for seed in (0, 1, 2):
        examples = runs.similarity_examples(seed)
        texts = sorted({text for e in examples for text in (e.source, e.second)})
        counts = torch.tensor(CountVectorizer(token_pattern=r"\S+").fit_transform(texts).toarray()).float()
        drawn = torch.randn(counts.shape[1], 128, generator=torch.Generator().manual_seed(seed))
        network = contrastive.embed(*runs.random_stack("encoder", seed), texts, how="mean")
        for name, vectors in (("words", normalize(counts @ drawn, dim=-1)), ("network", network)):
            after = notebook.rho(notebook.changed(vectors, "whitened"), texts, examples)
            gains[name].append(after - notebook.rho(vectors, texts, examples))
    assert min(map(np.mean, gains.values())) > 0.1


def test_trained_vectors_find_more_than_counted_words_and_less_than_can_be_found():
    exact, words = (recorded("bound", who=who)["recall.10"].mean() for who in ("exact", "words"))
    tuned = recorded("tuned").groupby(["family", "how"])["recall.10"].mean()
    assert words < tuned.min() < tuned.max() < exact - 0.1


def test_what_pretraining_is_worth_in_sixty_steps_depends_on_the_pooling():
    gain = {}
    for family, how in embeddings.CONTROLS:
        sides = (recorded(stage, family=family, how=how) for stage in ("tuned", "scratch"))
        gain[family, how], low, _ = paired(*sides, "recall.10")
        assert low > 0
    means = max(gain["encoder", "mean"], gain["decoder", "mean"])
    assert min(gain["decoder", "last"], gain["encoder", "first"]) > 3 * means


def test_more_steps_take_most_of_the_lead_away():
    for way in (MEAN, LAST):
        early = paired(*(recorded(stage, **way) for stage in ("tuned", "scratch")), "recall.10")[0]
        late = paired(*(recorded("steps", start=s, **way) for s in ("pretrained", "random")), "recall.10")[0]
        assert late < 0.6 * early


def test_a_perfect_finder_is_a_poorer_judge_of_degrees():
    for stage, way in (("tuned", MEAN), ("tuned", LAST), ("scratch", MEAN)):
        assert paired(recorded(stage, **way), recorded("bound", who="exact"), "spearman")[1] > 0


def test_each_loss_is_best_at_its_own_question():
    for way in (MEAN, LAST):
        sides = recorded("graded", **way), recorded("steps", start="pretrained", **way)
        assert paired(*sides, "spearman")[0] > 0.15 and paired(*sides, "recall.10")[2] < 0
        assert set(sides[0]["steps"]) == set(sides[1]["steps"]) == {300}


def test_no_trained_cross_encoder_surely_beats_the_order_and_start_and_steps_decide_most():
    rows = recorded("cross").fillna({"wrong": "BM25", "start": "course-bert"})
    runs = {kind: some for kind, some in rows.groupby(["start", "wrong", "steps"])}
    bm25, short, long, started, longest = KINDS = (
        ("course-bert", "BM25", 600),
        ("course-bert", "fetched", 600),
        ("course-bert", "fetched", 3000),
        ("bi-encoder", "fetched", 3000),
        ("bi-encoder", "fetched", 9000),
    )
    assert {kind: len(some) for kind, some in runs.items()} == dict.fromkeys(KINDS, 3)
    found = {kind: some["re-ranked.1"].mean() for kind, some in runs.items()}
    assert found[bm25] < 0.1 < found[short] < found[long] - 0.1 < found[started] - 0.2
    ahead = {kind: some["re-ranked.1"] - some["fetched.1"] for kind, some in runs.items()}
    assert all((ahead[kind] < 0).all() for kind in (bm25, short, long, started)) and interval(ahead[started])[2] < 0
    assert (ahead[longest] > 0).all() and interval(ahead[longest])[1] < 0
    assert (runs[started]["perfect.1"] > runs[started]["fetched.1"] + 0.1).all()
    loss = {kind: np.mean([curve[-1][1] for curve in some["curve"]]) for kind, some in runs.items()}
    assert runs[started]["floor"].mean() < loss[started] - 0.3 < loss[long] - 0.4 and loss[short] < np.log(4)
    assert runs[started]["floor"].mean() < loss[longest] - 0.1 < loss[started] - 0.2


def test_hard_negatives_may_tell_the_same_world_more_often_than_drawn_ones():
    shares = [int(found) for found in re.findall(r"strangers that may tell the same world: (\d+)%", said(BOOK))]
    assert len(shares) == 2 and shares[0] > 5 * shares[1]


def numbers(text):
    return re.findall(r"(?<![\w.,])\d\.\d\d(?!\d)", text)


def test_every_decimal_in_the_text_below_an_output_was_printed():
    cells, seen = BOOK["cells"], said(BOOK)
    told = {n for before, cell in zip(cells, cells[1:]) if before.get("outputs") for n in numbers(source(cell))}
    assert {n for n in told if n not in seen} == set()
