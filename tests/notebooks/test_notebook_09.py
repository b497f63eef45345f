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
from helpers.evaluation.intervals import paired
from helpers.exercises import variants as exercises
from helpers.experiments import embeddings, suitability
from helpers.experiments.registry import EXPERIMENTS
from helpers.experiments.tasks import table as task_table
from helpers.experiments.variants import chart, masked_diffusion, recorded
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


def sides(experiment, one, two, **both):
    """The recorded runs of two variants."""
    runs = recorded(experiment)
    for name, value in both.items():
        runs = runs[runs[name] == value]
    return runs[runs["variant"] == one], runs[runs["variant"] == two]


def test_a_late_switch_costs_nats_and_no_task():
    late, whole = sides("same configuration", "CLM, late MLM", "MLM")
    assert paired(late, whole, "masked")[1] > 0.4
    for task in ("classification", "entities", "interactions"):
        _, low, high = paired(late, whole, f"tasks.{task}.accuracy")
        assert low <= 0 <= high, task
    for half in sides("same configuration", "CLM then MLM", "MLM"):
        assert half["masked"].mean() == pytest.approx(0.52, abs=0.02)


def test_a_pass_has_its_price_even_for_a_perfect_reader():
    found = masked_diffusion.by_passes(recorded("masked diffusion")).groupby(["line", "passes"])["valid"].mean()
    perfect = found["perfect reader"]
    assert perfect[1] == 0 and perfect[4] < 0.3 and perfect[24] == 1 and perfect.is_monotonic_increasing
    longer = found["surest places first, 4 × the steps"][24]
    alone = recorded("masked diffusion")["written.one a word.valid"].mean()
    assert found["random places first, 4 × the steps"][24] < longer < alone < perfect[24]
    runs = recorded("masked diffusion").groupby("variant")
    assert runs["excess"].mean()["diffusion, longer"] < 0.6 * runs["excess"].mean()["diffusion"]
    distinct = runs[["written.confident 24.distinct", "written.random 24.distinct"]].mean().loc["diffusion, longer"]
    assert distinct.iloc[0] < 0.8 < 0.9 < distinct.iloc[1]


def test_of_the_new_parts_rotary_positions_alone_help():
    for change in ("rotary positions", "RMSNorm", "gated MLP"):
        mean, low, high = paired(*sides("one change", change, "BERT"), "excess")
        assert high < 0 if change == "rotary positions" else low <= 0 <= high, change
    assert paired(*sides("live", "rotary positions", "BERT"), "excess")[1] > 0  # after 400 steps they are behind


def test_one_interval_of_electras_ladder_leaves_out_zero_and_none_is_ahead():
    runs = recorded("one change")
    of = dict(list(runs.groupby("variant")))
    found = [
        paired(of[step], of["BERT, [MASK] alone"], f"tasks.{task}.accuracy")
        for step in ("replace MLM", "all-tokens MLM", "ELECTRA 15%", "ELECTRA")
        for task in ("classification", "entities", "interactions")
    ]
    assert [high < 0 for _, _, high in found].count(True) == 1 and not any(low > 0 for _, low, _ in found)


def test_the_clinic_alone_is_ahead_in_the_task_and_all_domain_models_at_gaps():
    for score in ("tasks.interactions.accuracy", "more labels.interactions.accuracy"):
        runs = recorded("domain")
        general = runs[runs["variant"] == "general"]
        of = {name: runs[(runs["variant"] == name) & (runs["documents"] == 10_000)] for name in set(runs["variant"])}
        assert paired(of["clinic alone"], general, score)[1] > 0, score
        _, low, high = paired(of["continued"], general, score)
        assert low <= 0 <= high, score
        for name in ("clinic alone", "continued"):
            assert paired(general, of[name], "excess.clinic")[1] > 6
    assert paired(of["continued"], of["continued, pieces"], "more labels.interactions.accuracy")[1] > 0
    thousand = runs[(runs["variant"] == "continued") & (runs["documents"] == 1_000)]
    assert paired(thousand, general, "more labels.interactions.accuracy")[1] > 0
    for score in ("tasks.interactions.accuracy", "more labels.interactions.accuracy"):
        _, low, high = paired(of["continued, pieces"], runs[runs["variant"] == "general, pieces"], score)
        assert low <= 0 <= high, score
    hundred = runs[runs["documents"] == 100].groupby("variant")["excess.clinic"].mean()
    assert hundred["continued"] < hundred["clinic alone"]
    assert paired(of["continued"], general, "excess.everything else")[1] > 3


def test_names_carry_over_to_another_language_and_reviews_do_not():
    runs = recorded("languages")
    shared = runs[runs["variant"] == "all shared"]
    assert shared["tasks.entities.faketown.accuracy"].min() > 0.9
    assert (
        abs((shared["tasks.classification.faketown.accuracy"] - shared["tasks.classification.faketown.chance"]).mean())
        < 0.05
    )
    for variant in ("own positions", "reversed order", "nothing shared"):
        assert paired(*sides("languages", "all shared", variant), "tasks.entities.faketown.accuracy")[1] > 0.2, variant
    for variant in ("one layer", "twice as wide", "own special tokens", "no random words"):
        assert abs(paired(*sides("languages", "all shared", variant), "tasks.entities.faketown.accuracy")[0]) < 0.06


def test_two_of_four_encoder_tasks_are_the_decoders_as_well():
    level = {}
    for task in ("classification", "entities", "questions", "similarity"):
        best = [task_table.best(task=task, family=family).iloc[0] for family in ("encoder", "decoder")]
        runs = [task_table.runs(task=task, family=c["family"], model=c["model"], method=c["method"]) for c in best]
        level[task] = paired(*runs, "score")[1] <= 0
    assert level == {"classification": True, "entities": False, "questions": True, "similarity": False}
    for family in ("encoder", "decoder"):
        cell = task_table.best(task="classification", family=family).iloc[0]
        assert cell["mean"] == pytest.approx(cell["optimum"], abs=0.005)  # a ceiling, as the verdict says


def test_two_texts_read_together_need_more_steps_and_show_no_lead():
    for family in ("encoder", "decoder"):
        together, apart = (
            task_table.runs(task="similarity", family=family, method=how)["score"] for how in ("head", "bi-encoder")
        )
        assert together.mean() < 0.41 < apart.mean() - 0.3  # counting shared words has 0.41
    longer = suitability.EXPERIMENT.frame(experiment="more_steps", task="similarity", method="head")
    encoder, decoder = (longer[longer["who"] == family] for family in ("encoder", "decoder"))
    assert min(encoder["spearman"].min(), decoder["spearman"].min()) > 0.5
    _, low, high = paired(encoder, decoder, "spearman")
    assert low < 0 < high
    told = f"{encoder['spearman'].mean():.2f} against {decoder['spearman'].mean():.2f} after three times the steps"
    assert told in PROSE


def test_of_llm2vecs_steps_the_mask_helps_and_hidden_words_show_nothing():
    def gain(one, two):
        return paired(*sides("convergence", one, two), "similarity.cosine")

    for one, two in (
        ("no mask", "decoder"),
        ("contrastive", "masked next word"),
        ("contrastive", "decoder, contrastive"),
    ):
        assert gain(one, two)[1] > 0, (one, two)
    for one, two in (  # the mask alone has the whole mean, and an interval that three seeds leave wide
        ("no mask, contrastive", "decoder, contrastive"),
        ("contrastive", "no mask, contrastive"),
        ("masked next word", "no mask"),
        ("encoder, contrastive", "contrastive"),
    ):
        _, low, high = gain(one, two)
        assert low <= 0 <= high, (one, two)
    assert gain("no mask, contrastive", "decoder, contrastive")[0] == pytest.approx(
        gain("contrastive", "decoder, contrastive")[0], abs=0.01
    )


def test_the_chart_decides_five_rows_and_two_of_the_others_are_narrow():
    rows = chart.table(EXPERIMENTS)
    decided_rows = (rows["low"] > 0) | (rows["high"] < 0)
    narrow = ~decided_rows & (rows["high"] - rows["low"] < 0.03)
    assert [len(rows), decided_rows.sum(), narrow.sum()] == [9, 5, 2]


def test_encoders_lead_in_search_first_and_not_in_time():
    found = [
        embeddings.EXPERIMENT.frame(stage="tuned", family=family, how=how)
        for family, how in (("encoder", "mean"), ("decoder", "last"))
    ]
    assert paired(*found, "recall.1")[1] > 0 > paired(*found, "recall.10")[1]
    runs = recorded("convergence").groupby("variant")["milliseconds.one text"].median()
    assert runs["decoder"] / runs["encoder"] == pytest.approx(1, abs=0.3)
