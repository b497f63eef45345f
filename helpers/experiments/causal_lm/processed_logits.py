"""Does our sampler draw from the library's distribution?

Changed: the decoding rule. Held fixed: course-gpt and the ids that it has read. Compared, at every step of what
`generate` writes, are the probabilities of its processed logits with those of `decoding_probs`, exactly and not by
drawing: the largest difference (the floor is 0, up to rounding), and the share of steps at which both leave the same
tokens. About 1 minute on one core.
"""

from __future__ import annotations

import torch

from helpers.methods import decoding
from helpers.models import load_course

NAME = "processed_logits"
RULES = {
    "T = 1": {},
    "T = 0.7": {"temperature": 0.7},
    "T = 1.5": {"temperature": 1.5},
    "top-k 5": {"top_k": 5},
    "top-p 0.8": {"top_p": 0.8},
    "T = 0.7, top-k 20, top-p 0.9": {"temperature": 0.7, "top_k": 20, "top_p": 0.9},
}
BEGINNINGS = ("", "the bank of the", "the patient was", "the cat", "a : hello . b :")
SEEDS = (0, 1, 2)
COUNT, LONGEST = 8, 30  # texts of each beginning; new tokens


def points():
    """Every rule with every seed of what is written."""
    yield from ({"rule": rule, "seed": seed} for rule in RULES for seed in SEEDS)


def models(point: dict) -> tuple[str, ...]:
    return ("course-gpt",)


def run(point: dict) -> dict:
    """The largest difference of a probability over all steps, and the share of steps with the same tokens left."""
    model, tokenizer = load_course("course-gpt", attn_implementation="sdpa")
    torch.manual_seed(point["seed"])
    pairs = [pair for text in BEGINNINGS for pair in steps(model, tokenizer, text, RULES[point["rule"]])]
    ours, theirs = (torch.cat(side) for side in zip(*pairs))
    alike = ((ours > 0) == (theirs > 0)).all(1)
    return {
        "largest difference": float((ours - theirs).abs().max()),
        "same tokens left": float(alike.double().mean()),
        "steps": len(ours),
    }


def steps(model, tokenizer, beginning: str, rule: dict):
    """For each step of texts that `generate` writes: our probabilities and the library's, (texts, vocab) each."""
    how = {"temperature": 1.0, "top_k": 0, "top_p": 1.0, **rule}
    row = tokenizer(beginning, return_tensors="pt")
    with torch.no_grad():
        found = model.generate(
            **row,
            **how,
            do_sample=True,
            num_return_sequences=COUNT,
            max_new_tokens=LONGEST,
            pad_token_id=tokenizer.eos_token_id,
            output_scores=True,
            output_logits=True,
            return_dict_in_generate=True,
        )
    for raw, processed in zip(found.logits, found.scores, strict=True):
        yield decoding.decoding_probs(raw.float(), **rule), processed.float().softmax(-1)
