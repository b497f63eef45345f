"""Every recorded experiment by name, which is also the name of its file in data/results."""

from helpers.experiments import (
    ablations,
    attention,
    bench,
    causal_lm,
    embeddings,
    few_shot,
    masked_floor,
    matching,
    models,
    next_sentence,
    pretrainings,
    sentence_order,
    seq2seq,
    spotting,
    suitability,
    tasks,
    two_gaps,
    variants,
)
from helpers.experiments.runner import Experiment

EXPERIMENTS: dict[str, Experiment] = {
    module.EXPERIMENT.name: module.EXPERIMENT
    for module in (
        few_shot,
        tasks,
        suitability,
        next_sentence,
        embeddings,
        seq2seq,
        ablations,
        attention,
        masked_floor,
        two_gaps,
        sentence_order,
        spotting,
        causal_lm,
        matching,
        variants,
        pretrainings,
    )
}
WHOLE = {"models": models, "bench": bench}  # files that are not rows of a grid: each has a main() of its own
