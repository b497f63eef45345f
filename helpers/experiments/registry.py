"""Every recorded experiment by name, which is also the name of its file in data/results."""

from helpers.experiments.runner import Experiment

EXPERIMENTS: dict[str, Experiment] = {}
