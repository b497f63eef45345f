"""The rule that judges the printed words: bands, the encoder's lead, what borrows a decoder."""

import numpy as np
import pandas as pd
import pytest

from helpers.experiments.suitability import textbook
from helpers.experiments.suitability.textbook import (
    BANDS,
    CAN,
    NATIVELY,
    PRINTED,
    SMALL,
    VERDICTS,
    WORSE,
    alone,
    judge,
    judged,
)
from helpers.tasks import TASKS


def cell(task="classification", family="encoder", share=(0.9, 0.9, 0.9), method="head", doubts=()):
    ends = dict(zip(("share", "share_low", "share_high"), share))
    return {"task": task, "family": family, "model": family, "method": method, "doubts": doubts, **ends}


def runs(*values, family="encoder", seeds=(0, 1, 2)):
    identity = {"task": "classification", "family": family, "model": family, "method": "head"}
    return pd.DataFrame([{**identity, "seed": seed, "share": value} for seed, value in zip(seeds, values)])


def test_every_task_is_printed_and_every_word_has_a_band():
    assert list(PRINTED) == list(TASKS)
    assert {word for _, words in PRINTED.values() for word in words.values()} <= {*BANDS, WORSE, CAN, NATIVELY}
    edges = sorted(BANDS.values())
    assert all(one[1] == two[0] for one, two in zip(edges, edges[1:])) and edges[0][0] == -edges[-1][1]


@pytest.mark.parametrize(
    "word, share, verdict",
    [
        ("excellent", (0.95, 0.91, 0.99), "agrees"),
        ("excellent", (0.95, 0.85, 1.05), "open"),
        ("excellent", (0.6, 0.5, 0.7), "worse than claimed"),
        ("adequate", (0.95, 0.91, 0.99), "better than claimed"),
        (CAN, (0.95, 0.92, 0.97), "agrees"),
        (CAN, (0.3, 0.2, 0.4), "worse than claimed"),
        (CAN, (0.5, 0.4, 0.6), "open"),
        ("cannot", (0.02, -0.1, 0.09), "agrees"),
        ("cannot", (0.9, 0.89, 0.91), "better than claimed"),
        (NATIVELY, (0.0, -0.02, 0.02), "agrees"),
        ("limited", (0.05, 0.02, 0.08), "worse than claimed"),
        ("limited", (0.3, -np.inf, np.inf), "open"),
        (WORSE, (0.1, 0.01, 0.19), "agrees"),
        (WORSE, (-0.1, -0.2, -0.01), "better than claimed"),
        (WORSE, (0.0, -SMALL / 2, SMALL / 2), "better than claimed"),  # the encoder's lead is small for certain
        (WORSE, (0.0, -2 * SMALL, 2 * SMALL), "open"),
    ],
)
def test_a_word_agrees_when_the_whole_interval_lies_in_its_band(word, share, verdict):
    assert judge(word, share) == verdict and verdict in VERDICTS


def test_a_word_without_a_band_is_refused():
    with pytest.raises(ValueError, match="'fine' stands for no band of the scale; choose one of excellent"):
        judge("fine", (0.5, 0.4, 0.6))


def test_natively_is_judged_before_any_fine_tuning_on_the_same_texts(monkeypatch):
    identity = {"task": "generation", "family": "encoder", "model": "encoder", "method": "head"}
    ends = {"chance": 0.2, "optimum": 1.0}
    tuned = pd.DataFrame([{**identity, "seed": seed, "share": 0.4, **ends} for seed in range(3)])
    zero = pd.DataFrame([{**identity, "seed": seed, "score": 0.2} for seed in (2, 0, 1)])
    monkeypatch.setattr(textbook.table, "zero_steps", lambda **match: zero[(zero[list(match)] == match).all(axis=1)])
    rows = pd.DataFrame([cell("generation", share=(0.4, 0.35, 0.45), doubts=("still rising",))])
    (found,) = judged(rows, tuned).to_dict("records")
    assert (found["word"], found["share"], found["verdict"], found["doubts"]) == (NATIVELY, 0.0, "agrees", ())
    told = textbook.words_of("C30", rows, tuned)
    assert list(told["printed"]) == [NATIVELY, "–"] and list(told["measured"].str[:4]) == ["0.00", "0.40"]
    zero["score"] = 0.8
    assert judged(rows, tuned)["verdict"][0] == "better than claimed"


def test_a_table_is_judged_cell_by_cell_and_worse_seed_by_seed():
    cells = [
        cell(share=(0.96, 0.95, 0.97)),
        cell(family="decoder", doubts=("seeds disagree",)),
        cell("entities", "decoder"),
    ]
    encoder, decoder = runs(0.7, 0.8, 0.9), runs(0.6, 0.71, 0.8, family="decoder")
    found = judged(pd.DataFrame(cells), pd.concat([encoder, decoder]))
    assert list(found["word"]) == ["excellent", "worse", ""]
    assert list(found["verdict"]) == ["agrees", "agrees", "no claim"]
    assert list(found["doubts"]) == [(), ("seeds disagree",), ()]
    decoder = decoder.assign(share=[0.8, 0.6, 0.9])
    assert judged(pd.DataFrame(cells), pd.concat([encoder, decoder]))["verdict"][1] == "open"
    assert judged(pd.DataFrame(cells[1:]), decoder)["verdict"].iloc[0] == "open"  # no encoder to compare with
    with pytest.raises(ValueError, match="run both with the same seeds"):
        judged(pd.DataFrame(cells), pd.concat([encoder[:2], decoder]))


def test_the_encoder_alone_borrows_no_decoder():
    methods = [cell(method=method) for method in ("with a decoder", "mask-predict", "left to right")]
    assert list(alone(pd.DataFrame(methods))["method"]) == ["mask-predict"]
    assert alone(pd.DataFrame(methods[:1])).empty


def test_the_runs_of_a_row_are_its_own():
    both = pd.concat([runs(0.1, 0.2), runs(0.3, family="decoder")])
    assert list(textbook.runs_of(pd.Series(cell()), both)["share"]) == [0.1, 0.2]


@pytest.mark.parametrize(
    ("words", "verdict"),
    [
        (["agrees"], "holds"),
        (["agrees", "better than claimed"], "holds with a caveat"),
        (["worse than claimed", "better than claimed"], "does not hold here"),
        (["agrees", "open"], "open"),
        (["worse than claimed", "open"], "open"),
        (["agrees", "worse than claimed", "open"], "holds with a caveat"),  # whatever the open one will say
        ([True, False], "holds with a caveat"),
        ([False], "does not hold here"),
    ],
)
def test_one_rule_leads_from_words_to_a_verdict(words, verdict):
    assert textbook.verdict(words) == verdict


def test_no_words_and_unknown_words_are_refused():
    with pytest.raises(ValueError, match="a claim needs at least one cell"):
        textbook.verdict([])
    with pytest.raises(ValueError, match="'fine' is no verdict on a word"):
        textbook.verdict(["fine"])


def test_claims_are_judged_word_by_word_and_the_borrowed_decoder_for_itself():
    rows = [
        {**cell("summarisation", "encoder", (0.01, 0.0, 0.02), "left to right"), "model": "b"},
        {**cell("summarisation", "encoder", (0.7, 0.6, 0.8), "with a decoder"), "model": "b"},
        {**cell("summarisation", "decoder", (0.95, 0.92, 0.97), "prompt"), "model": "g"},
        {**cell("summarisation", "encoder-decoder", (0.95, 0.92, 0.97), "text"), "model": "t"},
    ]
    found = textbook.claims(pd.DataFrame(rows), pd.DataFrame())
    c32 = found[found["claim"] == "C32"]
    assert list(c32["word's verdict"]) == ["agrees", "agrees", "agrees"]
    assert set(c32["verdict"]) == {"holds"}
    assert found[found["claim"] == "C35"]["verdict"].tolist() == ["holds"]


def test_a_claim_is_shown_word_by_word_with_what_is_measured():
    rows = pd.DataFrame(
        [
            cell(share=(0.96, 0.95, 0.97)),
            cell(family="decoder", share=(0.9, 0.9, 0.9), doubts=("seeds disagree",)),
            cell(family="encoder-decoder", share=(0.8, 0.7, 0.9)),
            cell("entities", "encoder"),
        ]
    )
    both = pd.concat([runs(0.7, 0.8, 0.9), runs(0.6, 0.7, 0.8, family="decoder")])
    found = textbook.words_of("C26", rows, both)
    assert list(found["printed"]) == ["excellent", "worse", "–"]
    assert list(found["measured"])[1:] == ["behind by 0.10 (0.10 to 0.10)", "0.80 (0.70 to 0.90)"]
    assert list(found["verdict"]) == ["agrees", "agrees", "no claim"]
    assert list(found["doubts"]) == ["", "seeds disagree", ""]


def test_two_stacks_from_one_encoder_have_a_word_of_their_own():
    rows = pd.DataFrame(
        [cell("translation", method=method) for method in ("left to right", "with a decoder")]
        + [cell("translation", "decoder", method="prompt")]
    )
    found = textbook.words_of("C32", rows, pd.DataFrame())
    assert found.loc[("translation", "encoder", "with a decoder"), "printed"] == CAN
    assert len(found) == 3


def test_other_bands_may_change_the_verdict():
    assert sorted(textbook.STRICT) == sorted(BANDS)
    assert judge("excellent", (0.93, 0.92, 0.94)) == "agrees"
    assert judge("excellent", (0.93, 0.92, 0.94), textbook.STRICT) == "worse than claimed"
    rows = pd.DataFrame([cell("entities", share=(0.93, 0.92, 0.94))])
    assert textbook.claims(rows, pd.DataFrame())["verdict"].tolist() == ["holds"]
    assert textbook.claims(rows, pd.DataFrame(), textbook.STRICT)["verdict"].tolist() == ["does not hold here"]
