"""The measures against slow, obvious oracles, and against models whose score is known."""

import math

import numpy as np
import pytest
import torch

from helpers import measures, tinytown
from helpers.tokenization import build_causal_tokenizer, build_tokenizer

WORDS = tinytown.vocabulary()


class Oracle(torch.nn.Module):
    """A model that answers with the exact distribution: causal or smoothed, in the vocabulary of a tokenizer."""

    def __init__(self, tokenizer, *, causal):
        super().__init__()
        self.tokenizer, self.causal = tokenizer, causal
        self.language = tinytown.full_language() if not causal else tinytown.training_language()

    def row(self, ids):
        tokens = self.tokenizer.convert_ids_to_tokens(ids)
        logits = torch.full((len(ids), len(self.tokenizer)), -50.0)
        special = set(self.tokenizer.all_special_tokens) - {"[MASK]"}
        places = [t for t, token in enumerate(tokens) if token not in special]
        text = [None if tokens[t] == "[MASK]" else tokens[t] for t in places]
        if self.causal:
            for cut in range(len(text) + 1):
                for word, p in tinytown.next_token_probs(text[:cut], language=self.language).items():
                    name = self.tokenizer.eos_token if word == "<end>" else word
                    logits[cut, self.tokenizer.convert_tokens_to_ids(name)] = math.log(p)
        else:
            gaps = tinytown.cloze_probs(text) if None in text else []
            for t, probs in zip([t for t in places if tokens[t] == "[MASK]"], gaps, strict=True):
                for word, p in probs.items():
                    logits[t, self.tokenizer.convert_tokens_to_ids(word)] = math.log(p)
        return logits

    def forward(self, input_ids, **_):
        return {"logits": torch.stack([self.row(row.tolist()) for row in input_ids])}


class Output(dict):
    __getattr__ = dict.__getitem__


@pytest.fixture
def exact_gpt():
    tokenizer = build_causal_tokenizer(WORDS)
    oracle = Oracle(tokenizer, causal=True)
    return lambda **kw: Output(oracle(**kw)), tokenizer


def test_the_exact_reader_has_no_excess(exact_gpt):
    found = measures.causal_excess(*exact_gpt, count=12, seed=3)
    assert found["excess"] == pytest.approx(0, abs=1e-4) and found["floor"] > 0.3


def test_the_exact_reader_labels_lists_as_bayes_does(exact_gpt):
    found = measures.k_shot(*exact_gpt, shots=2, count=20, seed=3)
    assert found["accuracy"] == pytest.approx(found["optimum"], abs=0.11)  # ties between labels may break differently


def test_the_exact_smoother_has_no_excess_and_passes_every_cloze_probe():
    tokenizer = build_tokenizer(WORDS)
    oracle = Oracle(tokenizer, causal=False)
    model = lambda **kw: Output(oracle(**kw), seq_relationship_logits=torch.zeros(len(kw["input_ids"]), 2))  # noqa: E731
    found = measures.masked_excess(model, tokenizer, count=12, seed=3)
    assert abs(found["excess"]) < 0.02  # the smoother reads the full language, the floor is the training language's
    assert all(measures.probes(model, tokenizer)[text] for text, *_ in measures.PROBES)


def test_a_model_that_knows_nothing_is_far_from_the_floor():
    tokenizer = build_causal_tokenizer(WORDS)
    flat = lambda **kw: Output(logits=torch.zeros(*kw["input_ids"].shape, len(tokenizer)))  # noqa: E731
    assert measures.causal_excess(flat, tokenizer, count=12, seed=3)["loss"] == pytest.approx(
        math.log(len(tokenizer)), abs=1e-4
    )


def test_labelled_lists_end_just_before_a_label():
    problems = measures.list_problems(4, 30, 0)
    assert all(prefix[-1] == "->" and prefix.count("->") == 5 for prefix, _, _ in problems)
    assert {label for _, label, _ in problems} <= {"red", "blue", "green", "yellow", "black", "white"}


def test_zero_shots_leave_even_bayes_at_chance():
    optimum = np.mean([exact == label for _, label, exact in measures.list_problems(0, 300, 0)])
    assert abs(optimum - 1 / 6) < 4 * math.sqrt(1 / 6 * 5 / 6 / 300)


def test_reviews_for_the_cloze_hold_no_verdict():
    assert all("overall" not in text and "in short" not in text for text, _, _ in measures.review_problems(100, 0))


def test_pairs_are_half_real_and_the_optimum_is_high():
    problems = measures.pair_problems(100, 0)
    assert sum(p[2] for p in problems) == 50
    assert np.mean([p[2] == p[3] for p in problems]) > 0.9


@pytest.mark.parametrize(("text", "valid"), [
    ("the cat sat on the mat .", True), ("the cat sat on the", False), ("cat the .", False), ("", False),
    ("the blorg sat .", False),
])  # fmt: skip
def test_a_sample_is_valid_when_the_grammar_can_produce_it(text, valid):
    assert measures.is_valid(text) is valid


def test_unknown_models_have_no_abilities():
    with pytest.raises(ValueError, match="course-elmo"):
        measures.abilities("course-elmo")
