"""Every recorded experiment by name, which is also the name of its file in data/results."""

from helpers.experiments import ablations, embeddings, few_shot, next_sentence, seq2seq
from helpers.experiments.runner import Experiment
from helpers.experiments.suitability import grid as suitability
from helpers.experiments.tasks import grid as tasks

EXPERIMENTS: dict[str, Experiment] = {
    module.EXPERIMENT.name: module.EXPERIMENT
    for module in (few_shot, tasks, suitability, next_sentence, embeddings, seq2seq, ablations)
}
