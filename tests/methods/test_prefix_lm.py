"""A decoder under the prefix-LM's mask: the mask, what it lets through, and writing, against slow definitions."""

import pytest
import torch

from helpers import tinytown
from helpers.experiments.seq2seq import variants
from helpers.methods import prefix_lm, prompting
from helpers.models.tokenizers import build_causal_tokenizer
from helpers.objectives.padding import IGNORE_INDEX
from helpers.tasks import TASKS
from helpers.tasks.task import Example
from helpers.training import gpt
from helpers.training.finetuning import FineTuning
from helpers.training.recipe import Recipe

TOKENIZER = build_causal_tokenizer(tinytown.vocabulary())
EXAMPLES = [Example("the cat sat .", "the dog ran ."), Example("the king", "the old king sat . the cat sat .")]


@pytest.fixture
def model():
    torch.manual_seed(0)
    made = gpt.build_model(Recipe("course-gpt", d_model=16, layers=2, heads=2, feed_forward=32), TOKENIZER).eval()
    for weight in made.parameters():
        weight.data.mul_(3)  # so that answers differ
    return made


def test_the_mask_against_a_loop():
    real, prefix = torch.tensor([[1, 1, 1, 1, 0], [1, 1, 1, 1, 1]]), torch.tensor([3, 1])
    found = prefix_lm.mask(real, prefix)
    for row in range(2):
        for query in range(5):
            for key in range(5):
                expected = bool(real[row, key]) and (key <= query or key < int(prefix[row]))
                assert bool(found[row, 0, query, key]) is expected
    with pytest.raises(ValueError, match="1 prefixes for 2 rows"):
        prefix_lm.mask(real, [3])
    with pytest.raises(ValueError, match="prefix 6 must lie between"):
        prefix_lm.mask(real, [3, 6])


def test_a_batch_has_the_labels_of_the_causal_one_and_a_mask_that_opens_the_source_alone():
    causal, found = prompting.prompt_batches(TOKENIZER)(EXAMPLES), prefix_lm.prefix_batches(TOKENIZER)(EXAMPLES)
    assert torch.equal(causal["labels"], found["labels"]) and torch.equal(causal["input_ids"], found["input_ids"])
    prefix = (causal["labels"] != IGNORE_INDEX).long().argmax(1)
    assert prefix.tolist() == [5, 3]  # the mark and the source
    assert torch.equal(found["attention_mask"] == 0, prefix_lm.mask(causal["attention_mask"], prefix))


def logits(model, examples):
    with torch.no_grad():
        return model(**prefix_lm.prefix_batches(TOKENIZER)(examples), use_cache=False).logits


def test_the_source_is_read_both_ways_and_the_target_is_not(model):
    before = logits(model, EXAMPLES)[0]
    source = logits(model, [Example("the cat sat ,", EXAMPLES[0].target), EXAMPLES[1]])[0]
    target = logits(model, [Example("the cat sat .", "the dog sat ."), EXAMPLES[1]])[0]
    assert ((before - source).abs().amax(-1) > 1e-6)[:9].all()  # the last word of the source reaches its first place
    moved = (before - target).abs().amax(-1) > 1e-6
    assert not moved[:7].any() and moved[7:9].all()  # "ran" stands at 7 and is seen from there on


def test_greedy_writes_what_a_forward_pass_for_each_word_writes(model):
    texts, room = ["the cat sat .", "the king", "a teacher found the ring ."], 6
    written = prefix_lm.greedy(model, TOKENIZER, texts, room=room)
    for text, answer in zip(texts, written):
        ids = TOKENIZER(text)["input_ids"]
        prefix = len(ids)
        for _ in range(room):
            opened = prefix_lm.to_additive_mask(torch.ones(1, len(ids), dtype=torch.long), [prefix])
            with torch.no_grad():
                ids.append(int(model(input_ids=torch.tensor([ids]), attention_mask=opened).logits[0, -1].argmax()))
        new = ids[prefix:]
        new = new[: new.index(TOKENIZER.eos_token_id)] if TOKENIZER.eos_token_id in new else new
        assert answer == TOKENIZER.decode([i for i in new if i not in TOKENIZER.all_special_ids])
    assert len(set(written)) > 1
    causal = [prefix_lm.greedy(model, TOKENIZER, [text], room=room)[0] for text in texts]
    assert causal == written  # alone or in a batch


def test_greedy_refuses_no_texts_and_no_room(model):
    with pytest.raises(ValueError, match="texts has 0 texts; pass a list of 1 or more"):
        prefix_lm.greedy(model, TOKENIZER, [])
    with pytest.raises(ValueError, match="4 tokens and 125 new ones exceed 128 positions"):
        prefix_lm.greedy(model, TOKENIZER, ["the cat sat"], room=125)


def test_a_variant_learns_a_handful_of_pairs_by_heart():
    task = TASKS["translation"]
    few = task.examples("train", 4)
    predictor = variants.train(
        "course-gpt, prefix-LM", task, few, recipe=FineTuning(steps=60, batch_size=4, learning_rate=3e-3)
    )
    assert predictor.losses[-1] < 0.05 < predictor.losses[0] and predictor.answer(few) == [e.target for e in few]


def test_variants_refuse_unknown_names_and_empty_sets():
    with pytest.raises(ValueError, match="no variant is called 'course-bert'.*course-gpt, prefix-LM"):
        variants.train("course-bert", TASKS["translation"], EXAMPLES, recipe=FineTuning())
    with pytest.raises(ValueError, match="training set of translation is empty"):
        variants.train("course-gpt, prefix-LM", TASKS["translation"], [], recipe=FineTuning())
