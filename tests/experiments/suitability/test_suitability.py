"""The rule that judges the printed words, the figure, and the small experiments behind the table."""

from types import SimpleNamespace

import numpy as np
import pytest
from scipy.stats import t

from helpers.evaluation import written_log_probs
from helpers.experiments.suitability import (
    RECORD,
    code_infilling,
    encoder_vs_decoder,
    left_right_context,
    question_order,
    textbook,
)
from helpers.experiments.suitability.textbook import BANDS, PRINTED, VERDICTS, Judged
from helpers.experiments.tasks.families import FAMILIES
from helpers.figures.verdicts import verdict_figure
from helpers.models import load_course
from helpers.tasks import TASKS


def cell(task="classification", family="encoder", values=(0.9, 0.91, 0.92), **more):
    fields = {"way": "head", "doubts": (), "metric": "accuracy", **more}
    return SimpleNamespace(task=task, family=family, values=values, **fields)


def between(chance, exact):
    """Bounds that differ from seed to seed: those of seed 0, and 0.1 higher with each further seed."""
    ends = {"chance": chance, "exact": exact}
    return lambda task, who, metric, seeds: None if ends[who] is None else ends[who] + 0.1 * min(seeds)


def test_every_task_is_printed_and_every_word_has_a_band():
    assert list(PRINTED) == list(TASKS)
    assert {word for _, words in PRINTED.values() for word in words.values()} <= {*BANDS, textbook.WORSE}
    edges = sorted(BANDS.values())
    assert all(one[1] == two[0] for one, two in zip(edges, edges[1:])) and edges[0][0] == -edges[-1][1]


def test_shares_run_from_chance_to_the_optimum():
    assert textbook.shares(cell(values=(0.5, 0.9)), bound=between(0.5, 0.8)) == pytest.approx([0, 1])
    assert textbook.shares(cell(values=(0.3,)), bound=between(None, None)) == pytest.approx([0.3])
    with pytest.raises(ValueError, match="classification: chance 0.9 is no less than the optimum 0.9"):
        textbook.shares(cell(), bound=between(0.9, 0.9))


@pytest.mark.parametrize(
    "word, share, verdict",
    [
        ("excellent", (0.95, 0.91, 0.99), "agrees"),
        ("excellent", (0.95, 0.85, 1.05), "open"),
        ("excellent", (0.6, 0.5, 0.7), "worse than told"),
        ("adequate", (0.95, 0.91, 0.99), "better than told"),
        ("cannot", (0.02, -0.1, 0.09), "agrees"),
        ("cannot", (0.9, 0.89, 0.91), "better than told"),
        ("limited", (0.05, 0.02, 0.08), "worse than told"),
        ("limited", (0.3, -np.inf, np.inf), "open"),
    ],
)
def test_a_word_agrees_when_the_whole_interval_lies_in_its_band(word, share, verdict):
    assert textbook.judge(word, share) == verdict and verdict in VERDICTS
    with pytest.raises(ValueError, match="'fine' stands for no band"):
        textbook.judge("fine", share)


def test_worse_is_judged_seed_by_seed():
    encoder = [0.7, 0.8, 0.9]
    assert textbook.judge_worse([value - 0.1 for value in encoder], encoder) == "agrees"
    assert textbook.judge_worse([value + 0.01 for value in encoder], encoder) == "better than told"
    assert textbook.judge_worse([0.9, 0.8, 0.6], encoder) == "open"
    with pytest.raises(ValueError, match="need the same seeds"):
        textbook.judge_worse([0.5], encoder)


def test_a_table_is_judged_cell_by_cell():
    found = textbook.judged(
        {
            ("classification", "encoder"): cell(values=(0.96, 0.961, 0.962)),
            ("classification", "decoder"): cell(
                family="decoder", values=(0.961, 0.962, 0.963), doubts=("seeds disagree",)
            ),
            ("entities", "decoder"): cell("entities", "decoder"),
        },
        bound=between(None, None),
    )
    assert [(judged.word, judged.verdict, judged.doubts) for judged in found] == [
        ("excellent", "agrees", ()),
        ("worse", "better than told", ("seeds disagree",)),
        ("", "not told", ()),
    ]
    alone = textbook.judged({("classification", "decoder"): cell(family="decoder")}, bound=between(None, None))
    assert alone[0].verdict == "open"


def test_the_encoder_alone_borrows_no_decoder():
    ways = [cell(way="with a decoder"), cell(way="mask-predict"), cell(way="left to right")]
    assert textbook.alone("code", "encoder", ways_of=lambda task, family: ways).way == "mask-predict"
    assert textbook.alone("code", "encoder", ways_of=lambda task, family: ways[:1]) is None


def test_a_new_run_falls_into_its_interval_as_often_as_promised():
    rng, inside = np.random.default_rng(0), []
    for _ in range(4_000):
        runs = rng.normal(size=4)
        low, high = textbook.new_run_interval(runs[:3])
        inside.append(low < runs[3] < high)
    assert abs(np.mean(inside) - 0.95) < 4 * (0.95 * 0.05 / 4_000) ** 0.5
    low, high = textbook.new_run_interval([1.0, 3.0])
    assert (high - low) / 2 == pytest.approx(t.ppf(0.975, 1) * 2**0.5 * 1.5**0.5)
    with pytest.raises(ValueError, match="record at least two seeds"):
        textbook.new_run_interval([1.0])


@pytest.mark.parametrize("families", [("encoder", "decoder"), ("encoder", "decoder", "encoder-decoder")])
def test_the_figure_takes_a_third_column_when_there_is_one(families):
    found = [
        Judged("code", family, "cannot", (0.5, 0.4, 0.6), "better than told", ("seeds disagree",))
        for family in families
    ]
    left, right = verdict_figure(found, {"code": "code completion"}).axes
    assert [text.get_text().split("\n")[0] for text in right.get_xticklabels()] == list(families)
    assert [text.get_text() for text in right.texts] == ["cannot ▲ !"] * len(families)
    drawn = [line for line in left.lines if line.get_marker() == "o" and len(line.get_xdata())]
    assert {line.get_markerfacecolor() for line in drawn} == {"white"}


def test_where_no_word_is_printed_the_figure_shows_a_dash():
    found = [
        Judged("code", "encoder", "cannot", (0.5, 0.4, 0.6), "better than told"),
        Judged("code", "encoder-decoder", "", (0.8, 0.7, 0.9), "not told"),
        Judged("entities", "encoder-decoder", "", (0.8, 0.7, 0.9), "not told", ("seeds disagree",)),
    ]
    _, right = verdict_figure(found, {"code": "code completion", "entities": "named entities"}).axes
    assert [text.get_text() for text in right.texts] == ["cannot ▲", "–", "– !"]


def test_hidden_words_of_code_are_open_from_the_left_and_easier_from_both_sides():
    found = code_infilling.problems(40)
    assert found == code_infilling.problems(60)[:40]
    for words, at in found[:10]:
        law = code_infilling.left_probs(words)[at]
        assert law.sum() == pytest.approx(1) and law.max() < code_infilling.SURE
        assert sum(code_infilling.both_probs(words, at).values()) == pytest.approx(1)
    exact = code_infilling.exact(found)
    assert exact["left side"] < exact["both sides"] <= 1
    assert (
        code_infilling.in_the_gap(*load_course("course-t5"), found, read=written_log_probs)["both sides"]
        > exact["left side"]
    )
    assert code_infilling.right([words[at] for words, at in found], found) == 1


def test_cues_are_sorted_by_what_the_left_side_tells():
    groups = [group for *_, group in left_right_context.places(0)]
    assert set(groups) == set(left_right_context.GROUPS)
    both, left = (left_right_context.exact(side, seed=0) for side in ("both", "left"))
    assert both == dict.fromkeys(both, pytest.approx(1)) and left["cue on the left"] > 0.95
    assert left[left_right_context.ALIKE] < left["cue on the right"] < 0.9
    people = [tuple("B-PER" for _ in e.source.split()) for e in TASKS["entities"].examples("test")]
    assert left_right_context.by_group(people, seed=0)[left_right_context.ALIKE] <= 0.5


def test_a_journey_asks_for_one_of_two_cities_by_the_toss_of_a_coin():
    before, after = (task.examples("test", 200) for task in question_order.ORDERS.values())
    assert [(e.second, e.source, e.span) for e in after] == [(e.source, e.second, e.span) for e in before]
    assert 0.35 < np.mean(["come from" in e.source for e in before]) < 0.65
    for e in before:
        words = e.second.split()
        assert words[e.span[0]] == e.target and len(e.source) < len(e.second)
        sentence = words[: words.index(".")]
        assert sentence[sentence.index("from" if "come from" in e.source else "to") + 1] == e.target


def test_each_mistake_is_made_and_undone():
    import torch

    from helpers.methods.pooling import PooledClassifier

    stack, tokenizer = encoder_vs_decoder.body("decoder")
    classifier = PooledClassifier(stack, 2, how="last", generator=torch.Generator().manual_seed(0)).eval()
    scores = encoder_vs_decoder.mistaken(classifier, tokenizer, encoder_vs_decoder.reviews("test", seed=0)[:20])
    assert list(scores) == list(encoder_vs_decoder.MISTAKES) and classifier.how == "last"
    assert all(0 <= score <= 1 for score in scores.values())


def test_every_recorded_row_says_how_it_was_made():
    rows = RECORD.read()
    assert {row["experiment"] for row in rows} == {"swap", "notes", "cues", "order", "budget"}
    for row in rows:
        assert row["command"] == RECORD.command and row["seed"] in range(5) and row["scores"] and row["seconds"] >= 0
        trained = row["who"] in (*FAMILIES, "pretrained", "from scratch")
        assert ("recipe" in row) == trained and ("weights" in row) == (trained and row["who"] != "from scratch")
