"""Each next token of a hidden span, or its end, against every text that could have been corrupted so."""

import math
from functools import partial

import numpy as np
import pytest
import torch

from helpers import tinytown
from helpers.objectives.span_corruption import corrupt, draw_spans, placement_log_prob
from helpers.tinytown import span_target_probs, unknown_spans_loss
from tests.tinytown.floors.test_losses import PLACEMENT, SENTINELS, cases, corrupted
from tests.tinytown.small_language import LANGUAGE


def enumerated(source, target):
    """P(next token | source, written so far) for each token of a target but the first mark, by adding up all texts."""
    out = np.zeros((len(target) - 1, len(LANGUAGE.words) + 1))
    for (other, written), chance in corrupted().items():
        for t in range(1, min(len(target), len(written))) if other == source else ():
            if written[:t] == target[:t]:
                out[t - 1, LANGUAGE.word_id.get(written[t], -1)] += chance
    return out / out.sum(1, keepdims=True)


@pytest.mark.parametrize(("tokens", "spans"), list(cases())[::4])
def test_every_step_against_enumeration(tokens, spans):
    found = span_target_probs(tokens, spans, PLACEMENT, language=LANGUAGE)
    source, target = map(tuple, corrupt(tokens, spans, sentinels=SENTINELS))
    assert np.allclose(found, enumerated(source, target), atol=1e-9)


def test_on_tinytown_the_steps_together_are_the_loss_of_the_whole_target():
    generator, language = torch.Generator().manual_seed(3), tinytown.training_language()
    for document in tinytown.documents(12, split="test", seed=6):
        spans = draw_spans(len(document.tokens), generator=generator)
        answers = [part for a, b in spans for part in [*(language.word_id[w] for w in document.tokens[a:b]), -1]]
        probs = span_target_probs(document.tokens, spans, placement_log_prob)
        loss = -sum(math.log(row[answer]) for row, answer in zip(probs, answers, strict=True))
        assert loss == pytest.approx(unknown_spans_loss(document.tokens, spans, placement_log_prob), abs=1e-9)
        assert np.allclose(probs.sum(1), 1)


def test_a_placement_that_never_hides_these_spans_is_refused():
    with pytest.raises(ValueError, match=r"never hides spans \[\(0, 3\)\] of 4 words"):
        never = partial(placement_log_prob, rate=0.4, mean_length=1.5, most=3)
        span_target_probs(("ann", "ate", "soup", "."), [(0, 3)], never, language=LANGUAGE)
