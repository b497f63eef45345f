"""The evaluations taken often along a training run: few examples, for each model the questions it can be asked."""

import functools

from helpers.evaluation.causal import causal_excess, left_log_probs
from helpers.evaluation.lists import k_shot, list_cloze
from helpers.evaluation.masked import masked_excess
from helpers.evaluation.pairs import next_sentence
from helpers.evaluation.text_to_text import denoising_excess, span_excess, written_log_probs
from helpers.evaluation.zero_shot import zero_shot_pet

WRITTEN = {
    "zero_shot_pet": (zero_shot_pet, {"count": 300, "read": written_log_probs}),
    "list_cloze": (list_cloze, {"shots": 4, "count": 300, "read": written_log_probs}),
}
ALONG_TRAINING = {
    "course-gpt": {
        "excess": (causal_excess, {"count": 200}),
        "zero_shot_pet": (zero_shot_pet, {"count": 300, "read": left_log_probs}),
        "one_shot": (k_shot, {"shots": 1, "count": 300}),
        "four_shot": (k_shot, {"shots": 4, "count": 300}),
    },
    "course-bert": {
        "excess": (masked_excess, {"count": 200}),
        "zero_shot_pet": (zero_shot_pet, {"count": 300}),
        "next_sentence": (next_sentence, {"count": 300}),
        "list_cloze": (list_cloze, {"shots": 4, "count": 300}),
    },
    "course-t5": {"excess": (span_excess, {"count": 200}), **WRITTEN},
    "course-bart": {"excess": (denoising_excess, {"count": 200}), **WRITTEN},
}


def evaluations_of(name: str) -> list:
    """What is measured along a training run of ``name``: functions (model, tokenizer) -> {measure: number}.

    A loss gives its excess in nats; a choice gives its expected accuracy and, under the same name with "_log_prob", the
    expected log-probability of the right answer in nats, which grows smoothly where an accuracy may jump.
    Raises ValueError for a model without evaluations.
    """
    if not isinstance(name, str) or name not in ALONG_TRAINING:
        raise ValueError(f"no evaluations are defined for {name!r}; known models: {', '.join(ALONG_TRAINING)}")
    return [
        functools.partial(_numbers, key=key, measure=measure, how=how)
        for key, (measure, how) in ALONG_TRAINING[name].items()
    ]


def _numbers(model, tokenizer, *, key, measure, how) -> dict:
    found = measure(model, tokenizer, **how)
    if "excess" in found:
        return {key: found["excess"]}
    return {key: found["accuracy"], f"{key}_log_prob": found["log_prob"]}
