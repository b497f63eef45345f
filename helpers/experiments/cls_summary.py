"""One verdict on "[CLS] summarises the whole input", from the probes that `next_sentence` records.

Every question is put on one scale: 0 is what is known before the text is read, 1 the best possible answer, so that
words, scene, sentiment and agreement can be compared. The rule, stated before the numbers: the claim holds if [CLS]
keeps at least nine tenths of what can be known on every question (the whole 95 % interval over seeds), it holds with a
caveat if it does so on some, and it does not hold here if on none. The mean of the word vectors stands beside it,
paired by seed, and so do models pretrained without the pair task or without its loss.

Source of the doubt: Devlin et al. 2019, "BERT", section 3.1, footnote 6: the vector is no sentence representation
before fine-tuning.
"""

from __future__ import annotations

import pandas as pd

from helpers.evaluation.intervals import intervals, paired
from helpers.experiments import next_sentence
from helpers.tasks.probe_questions import QUESTIONS

KEEPS = 0.9
VECTORS = {"first": "[CLS]", "mean": "mean of the words"}
LIMITS = {"nothing": "low", "exact": "high"}  # what is 0 and what is 1 on the scale
HOLDS, CAVEAT, FAILS = "holds", "holds with a caveat", "does not hold here"


def recorded() -> pd.DataFrame:
    """The recorded probes, one row for each model and seed.

    Raises FileNotFoundError when there are none, naming the command that makes them.
    """
    return next_sentence.EXPERIMENT.frame(who="probe")


def shares(probes: pd.DataFrame) -> pd.DataFrame:
    """The share of what can be known that each vector keeps: columns model, vector, question, seed, share.

    probes: rows as `recorded` gives them.
    Raises ValueError where a seed lacks the answers "nothing" or "exact".
    """
    limits = {name: probes[probes["model"] == name].set_index("seed") for name in LIMITS}
    found = []
    for row in probes.to_dict("records"):
        if missing := [name for name, rows in limits.items() if row["seed"] not in rows.index]:
            raise ValueError(
                f"seed {row['seed']} has no probe of {missing[0]!r}; run `{next_sentence.EXPERIMENT.command}`"
            )
        for vector, question in _measured(row):
            low, high = (limits[name].loc[row["seed"], question] for name in LIMITS)
            share = (row[f"{vector}.{question}"] - low) / (high - low)
            found.append({"model": row["model"], "vector": VECTORS[vector], "question": question, "seed": row["seed"]})
            found[-1]["share"] = share
    return pd.DataFrame(found)


def _measured(row) -> list:
    """The vectors and questions that a row has scores of."""
    names = [(vector, question) for vector in VECTORS for question in QUESTIONS]
    return [(v, q) for v, q in names if f"{v}.{q}" in row and not pd.isna(row[f"{v}.{q}"])]


def kept(table: pd.DataFrame, *, model: str = "course-bert", vector: str = "[CLS]") -> pd.DataFrame:
    """Mean share and its 95 % interval for each question, of one model's vector; `table` as `shares` gives it.

    Raises ValueError for a model or vector that was not probed, listing those that were.
    """
    rows = table[(table["model"] == model) & (table["vector"] == vector)]
    if rows.empty:
        known = ", ".join(f"{m} {v}" for m, v in table[["model", "vector"]].drop_duplicates().itertuples(index=False))
        raise ValueError(f"no probe of {model!r}, {vector!r}; choose one of {known}")
    return intervals(rows, "share", by="question")


def verdict(table: pd.DataFrame, *, model: str = "course-bert") -> tuple[str, list[str]]:
    """The verdict on the claim, and the questions on which [CLS] keeps too little for it."""
    found = kept(table, model=model)
    lacking = [question for question in found.index if found.loc[question, "low"] < KEEPS]
    if not lacking:
        return HOLDS, lacking
    return (FAILS if len(lacking) == len(found) else CAVEAT), lacking


def over(table: pd.DataFrame, one: tuple[str, str], two: tuple[str, str]) -> pd.DataFrame:
    """How much more one (model, vector) keeps than another, question by question, paired by seed: mean, low, high."""
    sides = [table[(table["model"] == model) & (table["vector"] == vector)] for model, vector in (one, two)]
    questions = [question for question in QUESTIONS if question in set(sides[0]["question"])]
    parts = [[side[side["question"] == question] for side in sides] for question in questions]
    return pd.DataFrame([paired(*pair, "share") for pair in parts], index=questions, columns=["mean", "low", "high"])
