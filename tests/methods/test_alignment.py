"""The gold alignment against the facts that wrote the words, cross-attention against a forward pass, the scores."""

import numpy as np
import pytest
import torch

from helpers import tinytown
from helpers.methods import alignment
from helpers.methods.alignment import Links, gold
from helpers.models.tokenizers import build_text_to_text_tokenizer
from helpers.tasks import TASKS
from helpers.tasks.task import Example
from helpers.training import bart, t5
from helpers.training.recipe import Recipe

SOURCE = "english : the happy dog sees the king . the wine was bad . tinytongue :"
TARGET = "ta hunda gaji to rejo vidas . to vino mala estis ."
TOKENIZER = build_text_to_text_tokenizer(tinytown.vocabulary())


@pytest.fixture(params=[t5, bart], ids=["t5", "bart"])
def model(request):
    torch.manual_seed(0)
    recipe = Recipe("course-t5", d_model=16, layers=4, heads=2, feed_forward=16)
    return request.param.build_model(recipe, TOKENIZER).eval()


def fact(slot):
    """The fact behind a slot: `quality` for both "quality" and "adjective(quality)"."""
    return slot and slot.split("(")[-1].rstrip(")")


def test_gold_links_join_the_words_that_one_fact_has_written():
    language = tinytown.only("translation", "tongue_review")
    both = [d for d in tinytown.documents(400, split="test", seed=3, language=language) if d.kinds == ("both",)]
    assert len(both) > 100
    for d in both:
        cut = d.tokens.index("tinytongue") + 2
        found = gold(" ".join(d.tokens[:cut]), " ".join(d.tokens[cut:]))
        by_fact = {
            (t, s)
            for t, writes in enumerate(d.slots[cut:])
            for s, reads in enumerate(d.slots[:cut])
            if fact(reads) and fact(writes) == fact(reads)
        }
        articles = {(t, s) for t, s in by_fact if d.slots[cut + t].startswith("article")}
        others = {(t, s) for t, s in found.possible if d.tokens[s] in ("the", "was")}
        assert found.possible - others == by_fact and found.sure - others == by_fact - articles
        assert {t for t, _ in found.possible} == {t for t, w in enumerate(d.tokens[cut:]) if w != "."}


def test_gold_of_two_sentences_by_hand():
    found = gold(SOURCE, TARGET)
    assert found.sure == {(1, 4), (2, 3), (4, 7), (5, 5), (8, 10), (9, 12), (10, 11)}
    assert found.possible - found.sure == {(0, 2), (0, 4), (3, 6), (3, 7), (7, 9), (7, 10)}


def test_every_example_of_the_task_has_a_gold_alignment():
    for example in TASKS["translation"].examples("test", 100):
        found = gold(example.source, example.target)
        assert found.sure and found.sure < found.possible


def test_gold_refuses_sentences_that_do_not_pair_up_and_words_without_a_counterpart():
    with pytest.raises(ValueError, match="2 sentences .* 1 in .*must pair up"):
        gold(SOURCE, "ta hunda gaji to rejo vidas .")
    with pytest.raises(ValueError, match="'lupo' at place 4 has no counterpart"):
        gold(SOURCE, TARGET.replace("rejo", "lupo").replace("to lupo", "gaji lupo"))


def planted(truth, rows, columns, wrong=()):
    """Weights that look at one possible source word of each target word, at word 0 for `wrong` ones."""
    weights = np.full((rows, columns), 0.01)
    for t, s in truth.possible:
        weights[t, s] = 0.5
    for t in wrong:
        weights[t] = np.eye(columns)[0]
    return weights


def test_a_planted_head_is_found_and_scored_over_all_examples_together():
    examples = [Example(SOURCE, TARGET), *TASKS["translation"].examples("validation", 20)]
    maps = []
    for number, e in enumerate(examples):
        truth, rows, columns = gold(e.source, e.target), len(e.target.split()), len(e.source.split())
        good, worse = planted(truth, rows, columns), planted(truth, rows, columns, [1] if number == 0 else [])
        maps.append(np.stack([np.stack([worse, np.eye(rows, columns)]), np.stack([good, np.eye(rows, columns)])]))
    found = alignment.by_head(maps, examples)
    # an article may lie with its noun or its "the": argmax takes the first, and no sure link is lost by that
    assert found[1, 0] == {"precision": 1.0, "recall": 1.0, "f1": 1.0}
    assert max(found, key=lambda head: found[head]["f1"]) == (1, 0)
    sure = sum(len(gold(e.source, e.target).sure) for e in examples)
    assert found[0, 0]["recall"] == pytest.approx(1 - 1 / sure) and found[0, 0]["precision"] < 1
    assert found[0, 1]["f1"] < 0.3  # the diagonal


def test_the_full_stop_is_not_asked_for():
    e = Example(SOURCE, TARGET)
    truth = gold(SOURCE, TARGET)
    weights = planted(truth, 12, 15)
    elsewhere = weights.copy()
    elsewhere[6] = elsewhere[11] = np.eye(15)[14]
    scores = [alignment.by_head([w[None, None]], [e])[0, 0] for w in (weights, elsewhere)]
    assert scores[0] == scores[1] == {"precision": 1.0, "recall": 1.0, "f1": 1.0}


def test_scores_with_numbers_of_a_worked_example():
    truth = Links(frozenset({(0, 0), (1, 2)}), frozenset({(0, 0), (1, 2), (2, 1)}))
    found = alignment.scores({(0, 0), (1, 1), (2, 1)}, truth)  # two of three are possible, one of two sure ones found
    assert found == {"precision": pytest.approx(2 / 3), "recall": 0.5, "f1": pytest.approx(4 / 7)}
    with pytest.raises(ValueError, match="0 links found"):
        alignment.scores(set(), truth)


def test_cross_attention_is_the_one_of_a_forward_pass_without_padding(model):
    examples = [Example(SOURCE, TARGET), *TASKS["translation"].examples("test", 3)]
    maps = alignment.cross_attention(model, TOKENIZER, examples)
    assert model.config._attn_implementation == "sdpa"  # put back
    model.set_attn_implementation("eager")
    for e, found in zip(examples, maps):
        source = [*TOKENIZER.convert_tokens_to_ids(e.source.split()), TOKENIZER.eos_token_id]
        target = TOKENIZER.convert_tokens_to_ids(e.target.split())
        written = [model.config.decoder_start_token_id, *target[:-1]]
        with torch.no_grad():
            out = model(
                input_ids=torch.tensor([source]), decoder_input_ids=torch.tensor([written]), output_attentions=True
            )
        alone = torch.stack(out.cross_attentions, 1)[0, ..., :-1].numpy()
        assert found.shape == (2, 2, len(target), len(source) - 1) and np.allclose(found, alone, atol=1e-5)
        assert (found.sum(-1) < 1).all() and (found >= 0).all()


def test_a_row_belongs_to_the_step_that_writes_its_word(model):
    """Another word at place t of the target changes the rows behind t alone: row t is what is looked at before it."""
    words = TARGET.split()
    words[4] = "lupo"
    pair = [Example(SOURCE, TARGET), Example(SOURCE, " ".join(words))]
    one, other = alignment.cross_attention(model, TOKENIZER, pair)
    moved = np.abs(one - other).max((0, 1, 3)) > 1e-7
    assert moved.tolist() == [False] * 5 + [True] * 7


def test_agreement_and_best_head_use_one_scale(model):
    examples = TASKS["translation"].examples("validation", 10)
    head = alignment.best_head(model, TOKENIZER, examples)
    best = alignment.agreement(model, TOKENIZER, examples, head=head)
    others = [alignment.agreement(model, TOKENIZER, examples, head=(i, j))["f1"] for i in (0, 1) for j in (0, 1)]
    assert best["f1"] == max(others)
    with pytest.raises(ValueError, match=r"head \(2, 0\) does not exist.*\(1, 1\)"):
        alignment.agreement(model, TOKENIZER, examples, head=(2, 0))
    with pytest.raises(ValueError, match="no examples to look at"):
        alignment.cross_attention(model, TOKENIZER, [])
