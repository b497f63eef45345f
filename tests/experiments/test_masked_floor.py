"""The floor of BERT's own objective: the same places under both mixes, exact answers, nothing below the floor."""

import pytest
import torch
from transformers import BertConfig, BertForMaskedLM

from helpers import tinytown
from helpers.experiments import masked_floor
from helpers.models.tokenizers import build_tokenizer

TOKENIZER = build_tokenizer(tinytown.vocabulary())
FEW = {"count": 12, "seed": 0}


def tiny():
    torch.manual_seed(0)
    size = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 16}
    return BertForMaskedLM(BertConfig(vocab_size=len(TOKENIZER), **size)).eval()


def test_every_mix_is_asked_over_both_kinds_of_texts_with_every_seed():
    points = list(masked_floor.grid())
    assert len({str(point) for point in points}) == len(points) == 12
    assert all(masked_floor.models(point) == ("course-bert",) for point in points)


def test_the_same_places_are_chosen_under_both_mixes_and_only_one_shows_words_there():
    pure, mixed = (masked_floor.problems(TOKENIZER, "distinct", mix, 40, 0) for mix in masked_floor.MIXES)
    assert [chosen for _, chosen, _ in pure] == [chosen for _, chosen, _ in mixed]
    assert all(shown[place] is None for shown, chosen, _ in pure for place in chosen)
    seen = [shown[place] for shown, chosen, _ in mixed for place in chosen]
    assert 0.05 < sum(word is not None for word in seen) / len(seen) < 0.4
    documents = tinytown.distinct_documents(40, split="test", seed=[0, 1320])
    words = sum(len(d.tokens) for d in documents)
    assert len(seen) / words == pytest.approx(0.15, abs=0.04)


def test_without_random_words_the_floor_is_that_of_the_gaps():
    for shown, chosen, rows in masked_floor.problems(TOKENIZER, "distinct", "100/0/0", 12, 0):
        weights = tinytown.Reading(shown, tinytown.training_language()).gaps()[chosen]
        assert rows == pytest.approx(weights / weights.sum(1, keepdims=True), abs=1e-12)


@pytest.mark.parametrize("mix", masked_floor.MIXES)
def test_no_model_is_below_the_floor_and_the_floor_is_made_of_its_parts(mix):
    found = masked_floor.scores(tiny(), TOKENIZER, texts="as drawn", mix=mix, **FEW)
    assert found["excess"] == pytest.approx(found["loss"] - found["floor"]) and found["excess"] > 1
    asked = masked_floor.problems(TOKENIZER, "as drawn", mix, 12, 0)
    hidden = sum(shown[place] is None for shown, chosen, _ in asked for place in chosen)
    share = hidden / found["words"]
    parts = share * found["floor at [MASK]"] + (1 - share) * found.get("floor at shown words", 0.0)
    assert parts == pytest.approx(found["floor"]) and found["floor ci95"] > 0
    assert (share == 1) == (mix == "100/0/0")


def test_what_does_not_exist_is_named():
    with pytest.raises(ValueError, match="'70/20/10'.*100/0/0, 80/10/10"):
        masked_floor.problems(TOKENIZER, "distinct", "70/20/10", 3, 0)
    with pytest.raises(ValueError, match="'some'.*as drawn, distinct"):
        masked_floor.problems(TOKENIZER, "some", "100/0/0", 3, 0)
