"""The next-sentence head on held-out pairs: the exact answer reaches the optimum, its opposite does not."""

from types import SimpleNamespace

import pytest
import torch

from helpers import tinytown
from helpers.evaluation.pairs import follows_probs, next_sentence, pair_problems
from helpers.models.tokenizers import build_tokenizer

COUNT = 40
TOKENIZER = build_tokenizer(tinytown.vocabulary())


class Exact(torch.nn.Module):
    """Knows the exact answer to each pair; column 0 of its logits says that B follows, as in transformers."""

    def __init__(self, problems, *, turned=False):
        super().__init__()
        self.probs, self.turned = {(first, second): prob for first, second, _, prob in problems}, turned

    def forward(self, input_ids, token_type_ids, attention_mask):
        def side(row, segments, number):
            return TOKENIZER.decode(row[segments == number], skip_special_tokens=True)

        pairs = [tuple(side(*both, number) for number in (0, 1)) for both in zip(input_ids, token_type_ids)]
        follows = torch.tensor([self.probs[pair] for pair in pairs]).double()
        logits = torch.stack([follows, 1 - follows], dim=1).clamp(min=1e-30).log()
        return SimpleNamespace(seq_relationship_logits=logits.flip(1) if self.turned else logits)


@pytest.fixture(scope="module")
def problems():
    return pair_problems(COUNT, 0, tinytown.training_language())


def test_the_exact_answer_reaches_the_optimum_and_the_opposite_one_does_not(problems):
    best = next_sentence(Exact(problems), TOKENIZER, count=COUNT)
    assert best["accuracy"] == pytest.approx(best["optimum"]) and best["optimum"] > 0.9
    assert best["log_prob"] == pytest.approx(best["optimum_log_prob"], abs=1e-5)
    worst = next_sentence(Exact(problems, turned=True), TOKENIZER, count=COUNT)
    assert worst["accuracy"] == pytest.approx(1 - best["optimum"]) and worst["log_prob"] < best["log_prob"] - 1


def test_the_probability_that_b_follows_is_the_first_column(problems):
    assert follows_probs(Exact(problems), TOKENIZER, problems) == pytest.approx(
        [prob for *_, prob in problems], abs=1e-5
    )
