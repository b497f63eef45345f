"""The verdict on [CLS]: one scale for all questions, a rule that no score can bend, differences by seed."""

import pandas as pd
import pytest

from helpers.experiments import cls_summary
from helpers.tasks.probe_questions import QUESTIONS

NOTHING = {"scene": 0.1, "sentiment": 0.5, "agreement": 0.5, "words": 0.3}


def probes(first, *, mean=0.95, seeds=3):
    """Rows as they are recorded; first: the share of the way from nothing to 1 that [CLS] goes on each question."""

    def scores(share):
        return {q: low + share[q] * (1 - low) for q, low in NOTHING.items()}

    rows = []
    for seed in range(seeds):
        jitter = 0.001 * seed
        vectors = {
            "first": scores({q: s - jitter for q, s in first.items()}),
            "mean": scores(dict.fromkeys(QUESTIONS, mean)),
        }
        rows.append({"model": "exact", "seed": seed, **dict.fromkeys(QUESTIONS, 1.0)})
        rows.append({"model": "nothing", "seed": seed, **NOTHING})
        rows.append(
            {"model": "course-bert", "seed": seed} | {f"{v}.{q}": s for v, by in vectors.items() for q, s in by.items()}
        )
    return pd.DataFrame(rows)


def table(**lacking):
    return cls_summary.shares(probes({q: lacking.get(q, 0.97) for q in QUESTIONS}))


def test_shares_are_what_was_put_in():
    found = cls_summary.kept(table(words=0.4))
    assert found.loc["words", "mean"] == pytest.approx(0.399) and found.loc["scene", "mean"] == pytest.approx(0.969)
    assert found.loc["words", "low"] < 0.399 < found.loc["words", "high"] and (found["runs"] == 3).all()


def test_the_verdict_follows_the_rule():
    assert cls_summary.verdict(table()) == (cls_summary.HOLDS, [])
    assert cls_summary.verdict(table(words=0.4)) == (cls_summary.CAVEAT, ["words"])
    assert cls_summary.verdict(table(**dict.fromkeys(QUESTIONS, 0.85))) == (cls_summary.FAILS, list(QUESTIONS))
    edge = cls_summary.verdict(table(scene=0.9015))  # its mean is above nine tenths, its interval is not
    assert edge == (cls_summary.CAVEAT, ["scene"])


def test_what_the_mean_keeps_beyond_cls_is_paired_by_seed():
    found = cls_summary.over(table(words=0.4), ("course-bert", "mean of the words"), ("course-bert", "[CLS]"))
    assert found.loc["words", "mean"] == pytest.approx(0.551) and found.loc["words", "low"] > 0.5
    assert found.loc["scene", "high"] < 0


def test_what_is_missing_is_named():
    with pytest.raises(ValueError, match="seed 2 has no probe of 'nothing'.*next_sentence"):
        rows = probes(dict.fromkeys(QUESTIONS, 1.0))
        cls_summary.shares(rows[~((rows["model"] == "nothing") & (rows["seed"] == 2))])
    with pytest.raises(ValueError, match=r"no probe of 'elmo'.*course-bert \[CLS\]"):
        cls_summary.kept(table(), model="elmo")
