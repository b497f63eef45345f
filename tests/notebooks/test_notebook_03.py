"""What notebook 03 defines is what helpers hold; its traps are traps; its numbers in prose are those of its cells."""

import ast
import inspect
import re
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from books import ROOT, code_cells, markdown_cells, read, source, text_outputs
from hub_stand_in import HubStandIn

from helpers import tinytown
from helpers.evaluation.intervals import paired
from helpers.exercises import next_sentence as exercises
from helpers.experiments import ablations, cls_summary, sentence_order
from helpers.experiments import next_sentence as recorded
from helpers.models import HUB
from helpers.models.tokenizers import build_tokenizer
from helpers.objectives import next_sentence
from helpers.setup.ledger import decided
from helpers.tasks import sentence_pairs

BOOK = read(ROOT / "notebooks" / "03_next_sentence_prediction.ipynb")
TESTED = {"C20", "C21", "C22", "C40"}
BERT = "google-bert/bert-base-uncased"


@pytest.fixture(scope="module")
def notebook():
    """The functions that the notebook defines, and its English stories, without the rest of its cells."""
    names = {"torch": torch, "np": np, "tinytown": tinytown, "sentence_pairs": sentence_pairs}
    for cell in code_cells(BOOK):
        for node in ast.parse(source(cell)).body:
            assigned = isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "STORIES"
            if isinstance(node, ast.FunctionDef) or assigned:
                exec(ast.unparse(node), names)
    names["elsewhere"] = exercises.elsewhere  # the reader's own, in the notebook
    return SimpleNamespace(**names)


def documents(count, sentences=4):
    """Document d is made of sentences of one token (d, s), so that every token tells where it comes from."""
    return [tuple(((d, s),) for s in range(sentences)) for d in range(count)]


def test_the_helpers_pair_is_the_tokenizers():
    tokenizer = build_tokenizer(["the", "cat", "sat", "it", "purred", "."])
    first, second = "the cat sat .".split(), "it purred .".split()
    tokens, segments = exercises.write_pair(first, second)
    theirs = tokenizer(" ".join(first), " ".join(second))
    assert tokenizer.convert_tokens_to_ids(tokens) == theirs["input_ids"] and segments == theirs["token_type_ids"]
    ids = [tuple(tokenizer.convert_tokens_to_ids(side)) for side in (first, second)]
    ours = next_sentence.pair_batch(
        [next_sentence.Pair(*ids, 0)],
        cls_id=tokenizer.cls_token_id,
        sep_id=tokenizer.sep_token_id,
        pad_id=tokenizer.pad_token_id,
    )
    assert ours["input_ids"][0].tolist() == theirs["input_ids"] and ours["token_type_ids"][0].tolist() == segments


@pytest.mark.parametrize("kind", next_sentence.NEGATIVES)
def test_its_negatives_are_the_helpers(notebook, kind):
    given = documents(300)
    by_helper = next_sentence.sentence_pairs(
        given, torch.Generator().manual_seed(0), negatives=kind, negative_share=1.0
    )
    found = set()
    for document in given:
        for at in range(3):
            for draw in (0.0, 0.6, 0.99):
                a, b = notebook.negative(kind, document, at, other=("other",), draw=draw)
                found.add((a[0][1], b[0][1] if b != ("other",) else "other"))
    places = {(p.first[0][1], p.second[0][1] if p.second[0][0] == p.first[0][0] else "other") for p in by_helper}
    assert found == places


@pytest.fixture(scope="module")
def small_bert():
    from transformers import BertConfig, BertForNextSentencePrediction

    torch.manual_seed(0)
    tokenizer = build_tokenizer(["the", "cat", "dog", "sat", "it", "purred", "."])
    return BertForNextSentencePrediction(
        BertConfig(
            vocab_size=len(tokenizer),
            hidden_size=16,
            num_hidden_layers=2,
            num_attention_heads=2,
            intermediate_size=32,
            initializer_range=0.5,
        )
    ).eval(), tokenizer


def test_a_positional_call_lands_in_the_attention_mask(small_bert):
    model, tokenizer = small_bert
    assert list(inspect.signature(model.forward).parameters)[1] == "attention_mask"
    rows = [tokenizer(first, "it purred .", return_tensors="pt") for first in ("the cat sat .", "the dog sat .")]
    with torch.no_grad():
        placed = [model(row["input_ids"], row["token_type_ids"]).logits for row in rows]
        masked = model(input_ids=rows[0]["input_ids"], attention_mask=rows[0]["token_type_ids"]).logits
        named = [model(**row).logits for row in rows]
    torch.testing.assert_close(placed[0], masked)
    torch.testing.assert_close(placed[0], placed[1])  # what A says is not seen at all
    assert not torch.allclose(named[0], named[1], atol=1e-4) and not torch.allclose(named[0], placed[0], atol=1e-4)


def test_label_0_is_the_one_of_a_known_continuation():
    from transformers import BertForNextSentencePrediction

    from helpers.models import load_course
    from helpers.training.finetuning import class_probs, text_batches

    model, tokenizer = load_course("course-bert", model_class=BertForNextSentencePrediction)
    pairs = [
        ("the cat sat on the mat .", "it was purring softly .", 0),
        ("the cat sat on the mat .", "it was a sunny day .", 1),
    ]
    assert class_probs(model, pairs, collate=text_batches(tokenizer)).argmax(-1).tolist() == [0, 1]


def test_its_claims_are_decided_once_each_and_in_the_prose():
    found = decided(BOOK, "03")
    assert sorted(row.claim for row in found) == sorted(TESTED)
    prose = "\n".join(source(cell) for cell in markdown_cells(BOOK))
    assert re.findall(r"Verdict on (C\d\d)", prose) == [row.claim for row in found]


def printed(start):
    """What the cell that holds this text printed."""
    cell = next(cell for cell in code_cells(BOOK) if start in source(cell))
    return "\n".join(text_outputs(cell))


def said(start):
    """The markdown cell that holds this text."""
    return next(source(cell) for cell in markdown_cells(BOOK) if start in source(cell))


def test_each_number_in_prose_is_printed_by_a_cell():
    """With two decimals, before the quick questions; 0.99 defines a decidable pair."""
    there = set(re.findall(r"\d\.\d\d", "\n".join(text for cell in code_cells(BOOK) for text in text_outputs(cell))))
    cells = [source(cell) for cell in markdown_cells(BOOK)]
    prose = "\n".join(cells[: next(i for i, text in enumerate(cells) if text.startswith("## Five quick"))])
    assert set(re.findall(r"(?<![\w.])\d\.\d\d(?!\d)", prose)) - there - {"0.99"} == set()


def mean(who, score, **match):
    """Mean over the seeds of one score of the recorded rows."""
    return recorded.EXPERIMENT.frame(who=who, **match)[score].mean()


def test_a_head_for_another_document_is_no_judge_of_order_and_fine_tuning_is():
    own = {task: mean("zero-shot", task) for task in sentence_pairs.NEGATIVES}
    assert own["random"] > 0.85 and own["elsewhere"] < 0.6 and abs(own["swapped"] - 0.5) < 0.03
    for task in sentence_pairs.NEGATIVES:
        tuned = {t: mean("fine-tuned", task, model="course-bert", task=t) for t in sentence_pairs.NEGATIVES}
        assert max(tuned, key=tuned.get) == task and own[task] < tuned[task] < mean("exact", task)
    made = recorded.RECIPE.steps * recorded.RECIPE.batch_size
    assert sentence_pairs.TRAINING_PAIRS == made == 9_600


def test_the_head_ranks_order_and_its_threshold_does_not():
    rows = sentence_order.EXPERIMENT.frame(who="ranking", model="course-bert", kind="halves")
    text = said("the head *ranks* the true order")
    bag = sentence_order.EXPERIMENT.frame(who="ranking", model=sentence_order.BAG)["ranking"]
    assert f"{bag.mean():.2f} right" in text and bag.min() > rows["ranking"].max()
    columns = ("ranking", "optimum", "ranking, decidable", "threshold", "says follows.wrong order")
    for value in rows[list(columns)].mean():
        assert f"{value:.2f}" in text
    assert rows["ranking"].min() > 0.7 and rows["threshold"].max() < 0.6


def test_what_it_says_of_unrelated_pairs_is_what_its_cell_printed():
    table = printed("def best_answer")
    shares = {line.rsplit(maxsplit=2)[0].strip(): line.split()[-2:] for line in table.splitlines()[1:] if line.strip()}
    text = said("course-bert takes it almost as proof")
    for name in ("another document", "another document, same scene", "sentence order"):
        assert shares[name][0] in text
    assert float(shares["another document, same scene"][0]) > 2 * float(shares["another document"][0])


def test_cls_keeps_less_than_nine_tenths_of_sentiment_and_of_the_words():
    table = cls_summary.shares(cls_summary.recorded())
    verdict, lacking = cls_summary.verdict(table)
    found = next(row for row in decided(BOOK, "03") if row.claim == "C22")
    assert found.verdict == verdict and lacking == ["sentiment", "words"]
    for question in lacking:
        assert f"{cls_summary.kept(table).loc[question, 'mean']:.2f}" in found.number


def test_the_loss_gives_a_head_start_on_order_that_is_gone_after_300_batches():
    rows = sentence_order.EXPERIMENT.frame(who="head start", task="swapped", batches=60)
    found = rows.groupby("model")["expected"].mean()
    text = said("So mainly the *loss* gives the head start")
    for model in recorded.SMALL:
        assert f"{found[model]:.2f}" in text
    assert found["with NSP"] > 0.05 + max(found["without NSP"], found["pairs without NSP loss"])
    rows = sentence_order.EXPERIMENT.frame(who="head start", task="swapped", batches=300)
    end = rows.groupby("model")["expected"].mean()
    assert f"({end['with NSP']:.2f} against {end['without NSP']:.2f})" in text


def test_what_it_says_of_the_pair_tasks_price_is_what_was_recorded():
    rows = ablations.compared("nsp")
    arms = {name: rows[rows["variant"] == name] for name in ablations.GROUPS["nsp"]}
    found = next(row for row in decided(BOOK, "03") if row.claim == "C40")
    for name in ("with", "pairs without the loss"):
        assert f"{arms[name]['excess'].mean():.2f}" in found.number
    whole, _, high = paired(arms["without"], arms["with"], "excess")
    loss = arms["pairs without the loss"]["excess"].mean() - arms["with"]["excess"].mean()
    verdict = said("Verdict on C40")
    assert high < 0 and f"single documents brings {-whole:.2f}." in verdict and f"{-loss:.2f} nats" in verdict


def test_its_best_answer_to_berts_question_is_the_helpers_and_0_for_impossible_pairs(notebook):
    pairs = [pair for pair in sentence_pairs.pairs("random", 12) if pair[2] == 0]
    exact = [
        tinytown.is_next_prob(a.split(), b.split(), negatives="random", language=sentence_pairs.stories())
        for a, b, _ in pairs
    ]
    assert notebook.best_answer(pairs) == pytest.approx(exact)
    assert notebook.best_answer([("the acting was weak .", "we saw the film on monday .", 1)])[0] == 0


@pytest.fixture(scope="module")
def stand_in(small_bert, tmp_path_factory):
    """A small pair classifier under the real id, at the pinned revision."""
    folder = tmp_path_factory.mktemp("hub") / "bert"
    small_bert[0].save_pretrained(folder)
    small_bert[1].save_pretrained(folder)
    return {BERT: folder}, {BERT: HUB[BERT].revision}


def hub_script():
    cells = [source(cell) for cell in code_cells(BOOK)]
    imports = next(cell for cell in cells if "from helpers.models import" in cell)
    stories = [cell for cell in cells if cell.startswith(("STORIES", "def english_pairs"))]
    experiment = next(cell for cell in cells if cell.startswith("loaded = load_hub("))
    return "\n".join([imports, *stories, experiment])


def test_its_hub_experiment_runs_at_the_pinned_revision_and_a_broken_download_costs_one_line(stand_in, tmp_path):
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
        return run.stdout.splitlines()[1:]

    with HubStandIn(*stand_in) as server:
        found = lines(server, tmp_path / "whole")
        asked = [request for request in server.requests if "/resolve/" in request]
    assert [line.split("  ")[0].split(" called")[0].strip() for line in found] == [
        "B follows A",
        "another document",
        "same document",
        "sentence order",
    ]
    assert all(line.endswith("of 20") for line in found)
    assert asked and all(f"/resolve/{HUB[BERT].revision}/" in request for request in asked)
    with HubStandIn(*stand_in, cut_after=500) as server:
        found = lines(server, tmp_path / "cut")
    assert len(found) == 1 and found[0].startswith(f"skipped {BERT}: the download did not complete (")


def test_the_first_vector_knows_scene_and_agreement_and_less_of_the_words_than_an_untrained_one():
    assert (
        mean("probe", "first.agreement", model="course-bert")
        > 0.9
        > mean("probe", "first.agreement", model="untrained")
    )
    words = {model: mean("probe", "first.words", model=model) for model in ("course-bert", "untrained")}
    assert words["course-bert"] < words["untrained"] and words["course-bert"] < 2 / 3
    assert mean("probe", "mean.words", model="course-bert") > words["course-bert"]
