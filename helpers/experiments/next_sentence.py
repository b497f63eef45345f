"""Three tasks about pairs of sentences and who solves them; what linear probes read off the vectors of models.

The rows stand in data/results/next_sentence.jsonl. Small models of `ablations`, pretrained with and without the pair
task, are trained when they are missing.
"""

from __future__ import annotations

import functools

import torch
from transformers import BertForNextSentencePrediction

from helpers.evaluation.expected import expected_accuracy
from helpers.experiments import ablations
from helpers.experiments.runner import Experiment
from helpers.methods import pair_classifiers, probing
from helpers.models import load_course
from helpers.tasks import probe_questions
from helpers.tasks.sentence_pairs import NEGATIVES, TEST_PAIRS, TRAINING_PAIRS, exact_probs, labels_of, pairs
from helpers.training.finetuning import FineTuning, accuracy, finetune, text_batches

SEEDS = (0, 1, 2)
RECIPE = FineTuning(steps=300, batch_size=32, learning_rate=5e-4)
SMALL = {  # names of small models here and in `ablations`
    "with NSP": "base",
    "pairs without NSP loss": "pairs-without-loss",
    "without NSP": "without-nsp",
}
FEATURES = {"topic": pair_classifiers.topic_features, "bag of words": pair_classifiers.sided_features}


def grid():
    """Solvers and probes seed by seed, then the small models."""
    for seed in SEEDS:
        yield {"who": "exact", "seed": seed}
        yield {"who": "zero-shot", "model": "course-bert", "seed": seed}
        yield from ({"who": who, "task": task, "seed": seed} for task in NEGATIVES for who in FEATURES)
        yield from (tuning("course-bert", task, seed) for task in NEGATIVES)
        models = ("course-bert", "untrained", "word counts", "nothing", "exact")
        yield from ({"who": "probe", "model": model, "seed": seed} for model in models)
    for seed in SEEDS:
        for model, variant in SMALL.items():
            pretraining = {"pretraining": ablations.settings(ablations.recipe_of(variant, seed))}
            yield {"who": "probe", "model": model, "seed": seed, "recipe": pretraining}
            for task in ("random", "swapped"):
                point = tuning(model, task, seed)
                yield {**point, "recipe": {**point["recipe"], **pretraining}}


def tuning(model: str, task: str, seed: int) -> dict:
    """The point of a model fine-tuned for one task."""
    return {"who": "fine-tuned", "model": model, "task": task, "seed": seed, "recipe": RECIPE.to_dict()}


def models(point: dict) -> tuple[str, ...]:
    """The course model that a point reads."""
    return ("course-bert",) if point.get("model") == "course-bert" else ()


def run(point: dict) -> dict:
    """The scores of one point."""
    seed, model, task = point["seed"], point.get("model"), point.get("task")
    if point["who"] == "probe":
        return probe_scores(model, seed)
    if point["who"] == "exact":
        return scores({task: exact_probs(task, seed=seed) for task in NEGATIVES}, seed=seed)
    if point["who"] in FEATURES:
        examples = pairs(task, TRAINING_PAIRS, split="train", seed=seed)
        return asked(pair_classifiers.bag_of_words(examples, features=FEATURES[point["who"]]), seed=seed)
    reader, tokenizer = source(model, seed)
    if point["who"] == "fine-tuned":
        reader = fine_tuned(reader, tokenizer, task, seed=seed)
    return asked(pair_classifiers.head_probs(reader, tokenizer), seed=seed)


def asked(classifier, *, seed: int, count: int = TEST_PAIRS) -> dict:
    """The scores of a classifier of pairs on the held-out pairs of every task."""
    return scores({task: classifier(pairs(task, count, seed=seed)) for task in NEGATIVES}, seed=seed, count=count)


def scores(probs: dict, *, seed: int, count: int = TEST_PAIRS) -> dict:
    """Accuracy by task on the labels that were drawn; `expected`: the accuracy expected of the same answers.

    probs: for each task the probabilities (pairs, 2) of its test pairs.
    """
    tests = {task: labels_of(pairs(task, count, seed=seed)) for task in NEGATIVES}
    exact = {task: exact_probs(task, count, seed=seed) for task in NEGATIVES}
    drawn = {task: accuracy(probs[task], tests[task]) for task in NEGATIVES}
    return {**drawn, "expected": {task: expected_accuracy(probs[task], exact[task]) for task in NEGATIVES}}


def fine_tuned(model, tokenizer, task: str, *, seed: int, recipe: FineTuning = RECIPE, count: int = TRAINING_PAIRS):
    """A copy of a next-sentence classifier, trained for one task on training documents."""
    examples, generator = pairs(task, count, split="train", seed=seed), torch.Generator().manual_seed(seed)
    return finetune(model, examples, collate=text_batches(tokenizer), generator=generator, recipe=recipe)[0]


@functools.cache
def source(model: str, seed: int):
    """A model by its name in the rows, as a next-sentence classifier: (model, tokenizer)."""
    if model in SMALL:
        folder = ablations.folder_of(SMALL[model], seed) / "model"
        ablations.load(SMALL[model], seed)
        return load_course("course-bert", folder=folder, model_class=BertForNextSentencePrediction)
    trained, tokenizer = load_course("course-bert", model_class=BertForNextSentencePrediction)
    if model == "course-bert":
        return trained, tokenizer
    torch.manual_seed(seed)
    return BertForNextSentencePrediction(trained.config).eval(), tokenizer


def probe_scores(model: str, seed: int) -> dict:
    """What linear probes read off a model's two vectors, off word counts, off nothing; or the best possible scores."""
    if model == "exact":
        return {question: probe_questions.optimum(question, seed=seed) for question in probe_questions.QUESTIONS}
    if model in ("word counts", "nothing"):
        words = list(source("course-bert", seed)[1].get_vocab())
        vectors = probing.word_counts(words) if model == "word counts" else probing.nothing
        return {question: probing.probe(vectors, question, seed=seed) for question in probe_questions.QUESTIONS}
    return probing.probe_model(*source(model, seed), seed=seed)


EXPERIMENT = Experiment("next_sentence", grid=grid, run=run, models=models)
