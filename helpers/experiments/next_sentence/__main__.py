"""The command: every run that is not recorded yet, then the rows of models that are gone are dropped."""

from __future__ import annotations

import argparse
import functools

import torch
from transformers import BertForNextSentencePrediction

from helpers.experiments import ablations
from helpers.experiments.results import fingerprint
from helpers.models import load_course
from helpers.tasks import probe_questions, sentence_pairs
from helpers.tasks.sentence_pairs import RECORD
from helpers.training.finetuning import plain

SEEDS = (0, 1, 2)
ARMS = {
    "with": "base",
    "without": "without-nsp",
}  # small models of helpers.experiments.ablations, with and without the pair task


@functools.cache
def course():
    """course-bert as a next-sentence classifier: (model, tokenizer)."""
    return load_course("course-bert", model_class=BertForNextSentencePrediction)


@functools.cache
def untrained(seed):
    """A model of course-bert's shape before any training."""
    torch.manual_seed(seed)
    return BertForNextSentencePrediction(course()[0].config).eval(), course()[1]


@functools.cache
def small(arm, seed):
    """A small model of the ablations as a next-sentence classifier, or None when it has not been trained here."""
    folder = ablations.MODELS / f"{ARMS[arm]}-{seed}" / "model"
    if not (folder / "model.safetensors").exists():
        return None
    return load_course("course-bert", folder=folder, model_class=BertForNextSentencePrediction)


def solver_jobs(seeds):
    """Exact answers, bags of words, the model's own head, and heads fine-tuned for each task."""
    weights = fingerprint(course()[0])
    for seed in seeds:
        yield {"who": "exact", "seed": seed}, functools.partial(sentence_pairs.exact_scores, seed=seed)
        yield {"who": "zero-shot", "seed": seed, "weights": weights}, functools.partial(own_head, seed)
        for task in sentence_pairs.TASKS:
            for who, features in (
                ("topic", sentence_pairs.topic_features),
                ("bag of words", sentence_pairs.sided_features),
            ):
                yield {"who": who, "task": task, "seed": seed}, functools.partial(bag, task, seed, features)
        for task in sentence_pairs.TASKS:
            key = {
                "who": "fine-tuned",
                "task": task,
                "seed": seed,
                "weights": weights,
                "recipe": plain(sentence_pairs.RECIPE),
            }
            yield key, functools.partial(own_tuned, course, task, seed)


def own_head(seed):
    return sentence_pairs.scores(sentence_pairs.head_probs(*course()), seed=seed)


def bag(task, seed, features):
    examples = sentence_pairs.pairs(task, sentence_pairs.TRAINING_PAIRS, split="train", seed=seed)
    return sentence_pairs.scores(sentence_pairs.bag_of_words(examples, features=features), seed=seed)


def own_tuned(source, task, seed):
    model, tokenizer = source()
    return sentence_pairs.scores(
        sentence_pairs.head_probs(sentence_pairs.tuned(model, tokenizer, task, seed=seed), tokenizer), seed=seed
    )


def probe_jobs(seeds):
    """What a straight cut reads off course-bert's vectors, an untrained twin's, word counts, nothing; the optimum."""
    weights = fingerprint(course()[0])
    for seed in seeds:
        for name, source in (("course-bert", course), ("untrained", functools.partial(untrained, seed))):
            key = {"who": "probe", "model": name, "seed": seed, "weights": weights}
            yield key, functools.partial(probed, source, seed)
        yield {"who": "probe", "model": "word counts", "seed": seed}, functools.partial(counted, seed)
        yield {"who": "probe", "model": "nothing", "seed": seed}, functools.partial(blind, seed)
        yield {"who": "probe", "model": "exact", "seed": seed}, functools.partial(exact, seed)


def probed(source, seed):
    return probe_questions.probe_model(*source(), seed=seed)


def counted(seed):
    vectors = probe_questions.word_counts(list(course()[1].get_vocab()))
    return {question: probe_questions.probe(vectors, question, seed=seed) for question in probe_questions.QUESTIONS}


def blind(seed):
    return {
        question: probe_questions.probe(probe_questions.nothing, question, seed=seed)
        for question in probe_questions.QUESTIONS
    }


def exact(seed):
    return {question: probe_questions.optimum(question, seed=seed) for question in probe_questions.QUESTIONS}


def ablation_jobs(seeds):
    """The same probes, and two of the tasks learnt, for small models trained with and without the pair task."""
    for seed in seeds:
        for arm in ARMS:
            if (loaded := small(arm, seed)) is None:
                continue
            source, weights = functools.partial(small, arm, seed), fingerprint(loaded[0])
            yield (
                {"who": "probe", "model": arm, "seed": seed, "weights": weights},
                functools.partial(probed, source, seed),
            )
            for task in ("random", "swapped"):
                key = {
                    "who": "fine-tuned",
                    "model": arm,
                    "task": task,
                    "seed": seed,
                    "weights": weights,
                    "recipe": plain(sentence_pairs.RECIPE),
                }
                yield key, functools.partial(own_tuned, source, task, seed)


def main(arguments=None):
    """Run everything that is missing."""
    parser = argparse.ArgumentParser(prog=RECORD.command, description=__doc__)
    parser.add_argument("--seeds", nargs="+", type=int, default=list(SEEDS))
    options = parser.parse_args(arguments)
    small_jobs = list(ablation_jobs(options.seeds))
    jobs = [job for seed in options.seeds for kind in (solver_jobs, probe_jobs) for job in kind([seed])] + small_jobs
    made = RECORD.run(jobs)
    if len(small_jobs) < 3 * len(ARMS) * len(options.seeds):
        print(
            "some small models are not here: `python -m helpers.experiments.ablations` trains them, then run this again"
        )
    keys, here = [key for key, _ in jobs], {(key["model"], key["seed"]) for key, _ in small_jobs}
    dropped = RECORD.prune(lambda row: stale(row, keys, options.seeds, here))
    print(f"{made} runs made, {dropped} rows of other models or recipes dropped")


def stale(row, keys, seeds, here):
    """Whether a recorded identity is no job any more; rows of other seeds and of small models not here are kept."""
    judged = row["seed"] in seeds and (row.get("model") not in ARMS or (row["model"], row["seed"]) in here)
    return judged and row not in keys


if __name__ == "__main__":
    main()
