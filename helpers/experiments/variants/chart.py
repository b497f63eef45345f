"""A decision chart's numbers, gathered from recorded rows: each arrow with its number, or a word that none is there.

A number is the mean difference of two recorded scores, paired by seed or by draw, with its 95 % interval.
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from helpers.evaluation.intervals import paired
from helpers.experiments.runner import Experiment


@dataclass(frozen=True)
class Arrow:
    """One question of the chart: which of two recorded variants has the better score, by how much.

    experiment: the file's name; part: what all its rows share; one, two: what tells the sides apart; score: a column;
    by: what makes pairs, the seed, or the draw of the labels (then over the mean of its heads).
    """

    question: str
    experiment: str
    part: dict
    one: dict
    two: dict
    score: str
    by: str = "seed"


def _pair(name, one, two):
    return {"part": {"experiment": name}, "one": {"variant": one}, "two": {"variant": two}}


_SIXTEEN = {"experiment": "few_shot", "part": {"stage": "test", "labels": 16}, "score": "accuracy", "by": "draw"}


ARROWS = (
    Arrow(
        "Sixteen labels: a gap after the text, or a fresh head?",
        one={"who": "PET"},
        two={"who": "mean-pool head"},
        **_SIXTEEN,
    ),
    Arrow("Sixteen labels: a gap, or a decoder's next word?", one={"who": "PET"}, two={"who": "next word"}, **_SIXTEEN),
    Arrow(
        "Reviews, one budget: hidden words or next words?",
        "variants",
        **_pair("same configuration", "MLM", "CLM"),
        score="tasks.classification.accuracy",
    ),
    Arrow(
        "Names, one budget: hidden words or next words?",
        "variants",
        **_pair("same configuration", "MLM", "CLM"),
        score="tasks.entities.accuracy",
    ),
    Arrow(
        "Names: hidden words from the start, or a late switch to them?",
        "variants",
        **_pair("same configuration", "MLM", "CLM, late MLM"),
        score="tasks.entities.accuracy",
    ),
    Arrow(
        "Search by vectors, the first hit: the encoder's mean or the decoder's last?",
        "embeddings",
        part={"stage": "tuned"},
        one={"family": "encoder", "how": "mean"},
        two={"family": "decoder", "how": "last"},
        score="recall.1",
    ),
    Arrow(
        "A decoder's vectors: made two-sided first, or trained as they are?",
        "variants",
        **_pair("convergence", "contrastive", "decoder, contrastive"),
        score="similarity.cosine",
    ),
    Arrow(
        "Drugs: all layers, or half of them, distilled?",
        "variants",
        **_pair("distillation", "teacher", "distilled"),
        score="tasks.interactions.accuracy",
    ),
    Arrow(
        "Drugs, 1,000 texts of the field: continue a general model, or the field alone?",
        "variants",
        part={"experiment": "domain", "documents": 1_000},
        one={"variant": "continued"},
        two={"variant": "clinic alone"},
        score="tasks.interactions.accuracy",
    ),
)


def number_of(arrow: Arrow, experiment: Experiment) -> dict:
    """The paired difference of an arrow's two sides: mean, low, high, and `missing`, what is not recorded ("" if all).

    Rows that are out of date, and scores that a side does not have, count as missing.
    """
    nothing = dict.fromkeys(("mean", "low", "high"), float("nan"))
    sides = []
    for side in (arrow.one, arrow.two):
        try:
            rows = experiment.frame(**arrow.part, **side)
        except FileNotFoundError:
            return {**nothing, "missing": f"no row of {', '.join(map(str, side.values()))}"}
        rows = rows[rows["stale"] == ""]
        if not len(rows) or arrow.score not in rows or rows[arrow.score].isna().any():
            return {**nothing, "missing": f"no current {arrow.score} of {', '.join(map(str, side.values()))}"}
        rows = rows.groupby(arrow.by, as_index=False)[arrow.score].mean().rename(columns={arrow.by: "seed"})
        sides.append(rows)
    seeds = set(sides[0]["seed"]) & set(sides[1]["seed"])
    if len(seeds) < 2:
        return {**nothing, "missing": f"{len(seeds)} {arrow.by}s that both sides have; two are needed"}
    mean, low, high = paired(*(rows[rows["seed"].isin(seeds)] for rows in sides), arrow.score)
    return {"mean": mean, "low": low, "high": high, "missing": ""}


def table(experiments: dict[str, Experiment], arrows=ARROWS) -> pd.DataFrame:
    """One row an arrow: question, the two sides, mean difference with its interval, and what is missing.

    experiments: by name, as `registry.EXPERIMENTS`.
    Raises ValueError for an arrow that names an experiment which does not exist.
    """
    rows = []
    for arrow in arrows:
        if arrow.experiment not in experiments:
            known = ", ".join(experiments)
            raise ValueError(f"{arrow.question!r} asks experiment {arrow.experiment!r}; choose from {known}")
        sides = {"one": ", ".join(map(str, arrow.one.values())), "two": ", ".join(map(str, arrow.two.values()))}
        rows.append({"question": arrow.question, **sides, **number_of(arrow, experiments[arrow.experiment])})
    return pd.DataFrame(rows)
