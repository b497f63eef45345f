"""Decoding rules equal transformers' where nothing is drawn, agree in distribution where something is; bad input."""

import math

import pytest
import torch
from scipy.stats import chisquare
from transformers import GPT2Config, GPT2LMHeadModel, TopKLogitsWarper, TopPLogitsWarper

from helpers import tinytown
from helpers.methods import decoding
from helpers.models import load_course

PROMPTS = ("", "the bank of the", "the patient was", "the cat", "a : hello . b :")


@pytest.fixture(scope="module")
def course():
    return load_course("course-gpt")


@pytest.fixture(scope="module")
def small():
    """An untrained model of eleven tokens, token 1 the end, whose likely tokens are not all alike."""
    torch.manual_seed(0)
    config = GPT2Config(
        vocab_size=11,
        n_embd=16,
        n_layer=2,
        n_head=2,
        n_positions=32,
        initializer_range=0.6,
        bos_token_id=0,
        eos_token_id=1,
        pad_token_id=1,
    )
    return GPT2LMHeadModel(config).eval()


def library(model, prompt, *, end_id, **how):
    ids = torch.tensor([prompt])
    with torch.no_grad():
        rows = model.generate(ids, attention_mask=torch.ones_like(ids), pad_token_id=end_id, eos_token_id=end_id, **how)
    return [through(row[len(prompt) :], end_id) for row in rows.tolist()]


def through(row, end_id):
    return row[: row.index(end_id) + 1] if end_id in row else row


@pytest.mark.parametrize("k", [1, 3, 11, 40])
def test_top_k_is_the_librarys(k):
    logits = torch.randn(20, 11, generator=torch.Generator().manual_seed(0))
    assert torch.equal(decoding.keep_top_k(logits, k), TopKLogitsWarper(k)(None, logits))


@pytest.mark.parametrize("p", [0.05, 0.3, 0.6, 0.95, 1.0])
def test_top_p_is_the_librarys_and_the_smallest_set(p):
    logits = 2 * torch.randn(50, 11, generator=torch.Generator().manual_seed(0))
    kept = decoding.keep_top_p(logits, p)
    assert torch.equal(kept, TopPLogitsWarper(p)(None, logits))
    for row, probs in zip(kept, logits.softmax(-1)):
        held = probs[row > -math.inf]
        assert len(held) >= 1
        if p < 1:
            assert float(held.sum()) >= p - 1e-6 > float(held.sum() - held.min()) - 2e-6


def test_top_p_of_one_keeps_the_whole_tail():
    logits = 3 * torch.randn(20, 1000, generator=torch.Generator().manual_seed(0))
    probs = logits.sort(descending=True)[0].softmax(-1)
    assert (probs.cumsum(-1) - probs >= 1).any(), "no rounded sum reaches 1 early: these logits would show nothing"
    assert torch.equal(decoding.keep_top_p(logits, 1), logits)


def test_filters_leave_their_argument_and_the_survivors_as_they_are():
    logits = torch.tensor([0.1, 2.0, -1.0, 1.5])
    before = logits.clone()
    for kept in (decoding.keep_top_k(logits, 2), decoding.keep_top_p(logits, 0.7)):
        assert torch.equal(logits, before)
        assert torch.equal(kept[kept > -math.inf], logits[kept > -math.inf])


def test_temperature_sharpens_and_flattens():
    logits = torch.stack([torch.randperm(11, generator=torch.Generator().manual_seed(seed)) / 4 for seed in range(30)])
    distributions = [decoding.decoding_probs(logits, temperature=t) for t in (0.5, 1.0, 2.0)]
    entropies = [-(exact * exact.log()).sum(-1) for exact in distributions]
    assert bool((entropies[0] < entropies[1]).all() and (entropies[1] < entropies[2]).all())
    torch.testing.assert_close(distributions[1], logits.softmax(-1))
    torch.testing.assert_close(
        decoding.decoding_probs(logits, temperature=1e-3),
        torch.nn.functional.one_hot(logits.argmax(-1), 11).float(),
        atol=1e-3,
        rtol=0,
    )


@pytest.mark.parametrize("text", PROMPTS)
def test_greedy_is_the_librarys(course, text):
    model, tokenizer = course
    prompt = tokenizer(text)["input_ids"]
    ours = decoding.greedy(model, prompt, max_new_tokens=50, end_id=tokenizer.eos_token_id)
    assert [ours] == library(model, prompt, end_id=tokenizer.eos_token_id, do_sample=False, max_new_tokens=50)


@pytest.mark.parametrize("length_penalty", [0.0, 1.0, 2.0])
@pytest.mark.parametrize("beams", [1, 2, 3, 6])
@pytest.mark.parametrize("text", PROMPTS)
def test_beams_are_the_librarys(course, text, beams, length_penalty):
    model, tokenizer = course
    prompt, end = tokenizer(text)["input_ids"], tokenizer.eos_token_id
    how = {"length_penalty": length_penalty} if beams > 1 else {}
    ours = decoding.beam_search(model, prompt, beams=beams, max_new_tokens=30, end_id=end, **how)
    assert [ours] == library(model, prompt, end_id=end, do_sample=False, num_beams=beams, max_new_tokens=30, **how)


@pytest.mark.parametrize("new", [1, 2, 5])
def test_beams_that_run_into_the_limit_are_the_librarys(small, new):
    for prompt in ([0], [0, 3, 4], [7, 7]):
        ours = decoding.beam_search(small, prompt, beams=3, max_new_tokens=new, end_id=1)
        assert [ours] == library(small, prompt, end_id=1, do_sample=False, num_beams=3, max_new_tokens=new)


def test_a_beam_as_wide_as_everything_finds_the_most_probable_continuation(small):
    """All continuations of three tokens, or fewer with an end, scored one by one: the slow oracle."""
    scored = {}
    for a in range(11):
        for b in range(11) if a != 1 else [None]:
            for c in range(11) if b not in (1, None) else [None]:
                ids = [token for token in (a, b, c) if token is not None]
                with torch.no_grad():
                    logs = small(input_ids=torch.tensor([[0, *ids]])).logits[0].log_softmax(-1)
                scored[tuple(ids)] = float(sum(logs[i, token] for i, token in enumerate(ids)))
    assert abs(math.fsum(map(math.exp, scored.values())) - 1) < 1e-5
    best = decoding.beam_search(small, [0], beams=200, max_new_tokens=3, end_id=1, length_penalty=0.0)
    assert tuple(best) == max(scored, key=scored.get)


@pytest.mark.parametrize(
    "how",
    [{}, {"temperature": 0.6}, {"top_k": 3}, {"top_p": 0.7}, {"temperature": 1.4, "top_k": 6, "top_p": 0.8}],
    ids=str,
)
def test_samples_follow_the_distribution_ours_and_the_librarys(small, how):
    """Two tokens at a time: counts of ours, and of the library's, against the exact product of two distributions."""
    prompt, count = [0, 5], 3000
    with torch.no_grad():
        first = decoding.decoding_probs(small(input_ids=torch.tensor([prompt])).logits[0, -1], **how)
        rows = torch.tensor([[*prompt, token] for token in range(11)])
        second = decoding.decoding_probs(small(input_ids=rows).logits[:, -1], **how)
    exact = {(a, b): float(first[a] * second[a, b]) for a in range(11) if a != 1 for b in range(11)}
    exact[(1,)] = float(first[1])
    ours = decoding.sample(
        small, prompt, max_new_tokens=2, end_id=1, count=count, **how, generator=torch.Generator().manual_seed(0)
    )
    torch.manual_seed(0)
    settings = {"temperature": 1.0, "top_k": 0, "top_p": 1.0, **how}
    theirs = library(small, prompt, end_id=1, do_sample=True, max_new_tokens=2, num_return_sequences=count, **settings)
    for drawn in (ours, theirs):
        drawn = [tuple(row) for row in drawn]
        assert all(exact[row] > 0 for row in drawn)
        common = [key for key, p in exact.items() if p * count >= 5]
        seen = [drawn.count(key) for key in common]
        expected = [exact[key] * count for key in common]
        seen, expected = [*seen, count - sum(seen) + 1e-9], [*expected, count - sum(expected) + 1e-9]
        assert chisquare(seen, expected, sum_check=False).pvalue > 1e-3


def test_sampling_is_repeatable_and_its_rows_stop_at_the_end(small):
    how = {"max_new_tokens": 12, "end_id": 1, "count": 50}
    one, two = (decoding.sample(small, [0], generator=torch.Generator().manual_seed(4), **how) for _ in range(2))
    assert one == two
    assert all(1 not in row[:-1] and (row[-1] == 1 or len(row) == 12) for row in one)


def test_the_cache_gives_the_logits_of_the_whole_text(course):
    model, tokenizer = course
    ids = torch.randint(22, 1000, (128,), generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        whole = model(input_ids=ids[None]).logits[0]
    torch.testing.assert_close(decoding.cached_logits(model, ids), whole, atol=1e-3, rtol=0)


def test_exact_probs_are_the_languages(course):
    tokenizer, tokens = course[1], "the cat sat on the mat .".split()
    rows = decoding.exact_probs(tokens, tokenizer)
    assert rows.shape == (8, len(tokenizer))
    torch.testing.assert_close(rows.sum(-1), torch.ones(8, dtype=rows.dtype), atol=1e-9, rtol=0)
    for t in (0, 3, 7):
        exact = tinytown.next_token_probs(tokens[:t], language=tinytown.training_language())
        for word, p in exact.items():
            token = tokenizer.eos_token if word == tinytown.END else word
            assert abs(float(rows[t, tokenizer.convert_tokens_to_ids(token)]) - p) < 1e-9


def test_total_variation_is_a_distance_between_0_and_1():
    p, q, r = torch.rand(3, 40, 6, generator=torch.Generator().manual_seed(0)).softmax(-1)
    d = decoding.total_variation
    assert bool((d(p, r) <= d(p, q) + d(q, r) + 1e-6).all())
    assert torch.equal(d(p, q), d(q, p)) and float(d(p, p).abs().max()) == 0


BAD = [
    (lambda m: decoding.decoding_probs(torch.zeros(3), temperature=0), "temperature 0 must be above 0.*greedy"),
    (lambda m: decoding.decoding_probs(torch.zeros(3), temperature=-1.5), "temperature -1.5 must be above 0"),
    (lambda m: decoding.decoding_probs(torch.zeros(3), temperature=math.nan), "temperature nan must be above 0"),
    (lambda m: decoding.decoding_probs(torch.zeros(3), top_k=0), "top_k 0 leaves no token.*pass 1"),
    (lambda m: decoding.keep_top_k(torch.zeros(3), -2), "top_k -2 leaves no token"),
    (lambda m: decoding.keep_top_p(torch.zeros(3), 0), r"top_p 0 must lie in \(0, 1\]"),
    (lambda m: decoding.keep_top_p(torch.zeros(3), 1.2), r"top_p 1.2 must lie in \(0, 1\]"),
    (lambda m: decoding.beam_search(m, [0], beams=0, max_new_tokens=3, end_id=1), "beams 0 keeps no.*pass 1"),
    (lambda m: decoding.beam_search(m, [], beams=2, max_new_tokens=3, end_id=1), "the prompt is empty; begin with"),
    (lambda m: decoding.greedy(m, [], max_new_tokens=3, end_id=1), "the prompt is empty; begin with"),
    (lambda m: decoding.greedy(m, [0] * 33, max_new_tokens=1, end_id=1), "33 tokens, the model has 32 positions; keep"),
    (lambda m: decoding.greedy(m, [0] * 30, max_new_tokens=4, end_id=1), "30 prompt tokens and 4.*ask for at most 3"),
    (lambda m: decoding.greedy(m, [0], max_new_tokens=0, end_id=1), "max_new_tokens 0 asks for nothing"),
    (lambda m: decoding.cached_logits(m, []), "the prompt is empty"),
    (lambda m: decoding.sample(m, [0], max_new_tokens=2, end_id=1, generator=None, count=0), "count 0 asks for no"),
]


@pytest.mark.parametrize("call, message", BAD, ids=[message for _, message in BAD])
def test_bad_input_is_named_with_its_remedy(small, call, message):
    with pytest.raises(ValueError, match=message):
        call(small)


def test_the_last_position_can_be_read_and_one_more_token_written(small):
    assert len(decoding.greedy(small, [0] * 32, max_new_tokens=1, end_id=1)) == 1
    assert len(decoding.greedy(small, [0] * 30, max_new_tokens=3, end_id=99)) == 3
