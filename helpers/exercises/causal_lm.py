"""Checks of the exercises on causal language modelling; each tells which mistake it sees."""

from __future__ import annotations

import functools

import torch
from torch.nn.functional import cross_entropy
from transformers import GPT2Config, GPT2LMHeadModel

from helpers.exercises.checks import close, exercise, require, require_shape
from helpers.methods import decoding

SHIFT = "the logits at position i speak about the token at i + 1: drop the last logits and the first label"
TOP_P = "sort, softmax, add up; drop a token when the likelier ones alone hold p already; scatter back to its place"
CACHED = "hand in one token and the last output's past_key_values; keep output.logits[0, -1] of each step"
PERPLEXITY = "sum the nats of the real tokens, divide by how many they are, and take exp once, at the very end"
NEW = "cut every row at the padded prompt's length, then at the first end mark if there is one"
GENERATE = "read the whole prompt first, then one token a step, with past_key_values; draw with torch.multinomial"
END, RULE = 4, {"temperature": 0.5, "top_p": 0.8}  # of the check of `generate`


def next_token_loss(logits, labels):
    """Mean nats of the next token; labels are unshifted, -100 where nothing is asked.

    Shapes: logits (batch, position, vocab), labels (batch, position) -> ().
    """
    said, asked = logits[:, :-1], labels[:, 1:]  # position i speaks about token i + 1
    return cross_entropy(said.flatten(0, 1), asked.flatten())


@exercise("next_token_loss", hint=SHIFT, ours=next_token_loss)
def check_next_token_loss(answer):
    """answer(logits, labels) -> mean nats of the next token; labels are unshifted, -100 where nothing is asked."""
    draw = torch.Generator().manual_seed(0)
    logits, labels = 3 * torch.randn(2, 6, 7, generator=draw), torch.randint(0, 7, (2, 6), generator=draw)
    labels[1, 3:] = -100
    kept = labels.clone()
    value = answer(logits, labels)
    require(torch.equal(labels, kept), "the labels were changed; build new tensors")
    require_shape(torch.as_tensor(value), (), hint="One number for the whole batch.")

    def nats(a, b):
        return cross_entropy(a.flatten(0, 1), b.flatten())

    right = nats(logits[:, :-1], labels[:, 1:])
    asked = int((labels[:, 1:] != -100).sum())
    rows = torch.stack([nats(logits[i : i + 1, :-1], labels[i : i + 1, 1:]) for i in range(2)]).mean()
    for mistake, diagnosis in (
        (nats(logits, labels), "not shifted: position i is asked for the token that it has just read"),
        (nats(logits[:, :-2], labels[:, 2:]), "shifted twice: position i is asked for the token at i + 2"),
        (nats(logits[:, 1:], labels[:, :-1]), "shifted the wrong way: position i is asked for the token at i - 1"),
        (right * asked / 10, "the padding was counted in the mean: divide by the labels that are not -100"),
        (right * asked, "this is the sum: divide by the number of labels that are not -100"),
        (rows, "each row was averaged first: a short text then weighs as much as a long one"),
    ):
        require(not close(value, mistake), diagnosis)
    require(close(value, right, tolerance=1e-4), f"expected {float(right):.4f} nats, received {float(value):.4f}")


@exercise("keep_top_p", hint=TOP_P, ours=decoding.keep_top_p)
def check_keep_top_p(answer):
    """answer(logits, p) -> logits of the smallest set that reaches p, the others at -inf; shape (..., vocab)."""
    probs = torch.tensor([0.1, 0.5, 0.15, 0.25])
    logits = probs.log()
    kept = logits.clone()
    value = answer(logits, 0.6)
    require(torch.equal(logits, kept), "the argument was changed; build a new tensor (masked_fill without the _)")
    require_shape(value, (4,), hint="One logit for each token.")
    value = torch.as_tensor(value, dtype=torch.float32)
    require(not (value >= 0).all(), "these are probabilities: give logits back, the dropped ones at -inf")
    require(not (value == 0).any(), "a logit of 0 is no refusal, its softmax is above 0: drop tokens with -inf")
    for mistake, diagnosis in (
        ([False, True, False, False], "off by one: the token that crosses p was dropped; the rest holds 0.5 < 0.6"),
        ([True, True, False, False], "still in sorted order: scatter the choice back to each token's own place"),
        ([False, True, True, True], "one token too many: 0.5 + 0.25 has reached 0.6 already"),
        ([True, False, True, False], "turned round: the likely tokens are dropped; what holds p already stays"),
    ):
        require(value.isfinite().tolist() != mistake, diagnosis)
    require(value.isfinite().tolist() == [False, True, False, True], "for p = 0.6 keep 0.5 and 0.25, nothing else")
    require(close(value[[1, 3]], logits[[1, 3]]), "the logits of kept tokens stay as they are; softmax comes later")
    require(answer(logits, 0.3).isfinite().any(), "p = 0.3 left nothing: the set is never empty")
    exact = answer(torch.tensor([0.5, 0.25, 0.25]).log(), 0.5).isfinite().sum()
    require(exact == 1, "one token too many: 0.5 has reached p = 0.5 (is it > where >= is meant?)")
    require(answer(logits, 1.0).isfinite().all(), "p = 1 must keep every token")
    rows = torch.stack([logits, logits.flip(0)])
    require(close(answer(rows, 0.6), torch.stack([value, value.flip(0)])), "two rows: sort each on its own (dim=-1)")


@functools.cache
def small_model():
    """A decoder of two layers with random weights, the same every time."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(11)  # weights with which every mistake of the checks shows
        config = GPT2Config(
            vocab_size=12,
            n_embd=16,
            n_layer=2,
            n_head=2,
            n_positions=64,
            initializer_range=0.5,
            bos_token_id=END,
            eos_token_id=END,
        )
        return GPT2LMHeadModel(config).eval()


class Watched:
    """A model that notes how many tokens it reads at each call, and whether a cache came along."""

    def __init__(self, model):
        self.model, self.read, self.kept = model, [], []

    def __call__(self, input_ids=None, past_key_values=None, **how):
        self.read.append(input_ids.shape[1])
        self.kept.append(past_key_values is not None)
        return self.model(input_ids=input_ids, past_key_values=past_key_values, **how)

    def __getattr__(self, name):
        return getattr(self.model, name)


@exercise("cached_logits", hint=CACHED, ours=decoding.cached_logits)
def check_cached_logits(answer):
    """answer(model, ids) -> logits at every position, read one token at a time through the cache (position, vocab)."""
    model, ids = Watched(small_model()), torch.tensor([3, 1, 4, 1, 5, 9, 2, 6])
    with torch.no_grad():
        right = small_model()(input_ids=ids[None]).logits[0]
        alone = torch.cat([small_model()(input_ids=ids[None, i : i + 1]).logits[0] for i in range(8)])
    value = answer(model, ids)
    require(getattr(value, "dim", int)() != 1, "only the last position came back: keep the logits of every step")
    require_shape(value, (8, 12), hint="One row for each token: output.logits[0, -1] of each step, then torch.stack.")
    value = value.detach()
    require(model.read != [8], "all tokens were read in one pass: hand them in one at a time")
    require(
        not close(value, alone, tolerance=1e-3),
        "each token was read alone, at position 0: hand the last output's past_key_values on",
    )
    require(
        sum(model.read) != 36 or any(model.kept),
        "right numbers, no cache: the beginning was read again at each step, 36 tokens in place of 8",
    )
    require(
        sum(model.read) == 8,
        f"{sum(model.read)} tokens were read in place of 8: with a cache, hand in the new token alone",
    )
    require(close(value, right, tolerance=1e-3), "other logits than those of one pass over all tokens")


@exercise("perplexity", hint=PERPLEXITY)
def check_perplexity(answer):
    """answer(losses, attention_mask) -> perplexity of the real tokens; both (batch, position), losses in nats."""
    losses = torch.tensor([[2.0, 0.5, 1.0, 0.3], [3.0, 7.0, 7.0, 7.0]])
    mask = torch.tensor([[1, 1, 1, 1], [1, 0, 0, 0]])
    value = answer(losses, mask)
    require_shape(torch.as_tensor(value), (), hint="One number for the whole batch.")
    mean = (losses * mask).sum() / mask.sum()
    rows = (losses * mask).sum(1) / mask.sum(1)
    for mistake, diagnosis in (
        (losses.mean().exp(), "the padding was counted: its losses must not enter the sum"),
        (((losses * mask).sum() / 8).exp(), "the padding was counted in the divisor: divide by the real tokens"),
        (mean, "this is the mean in nats: perplexity is its exponential"),
        ((losses.exp() * mask).sum() / mask.sum(), "exp came first: rare bad tokens then rule; average nats, then exp"),
        (rows.mean().exp(), "each text was averaged first: a text of one token then weighs as much as one of four"),
        (rows.exp().mean(), "a perplexity for each text, then their mean: average over tokens, take exp once"),
        ((losses * mask).sum().exp(), "exp of the sum: that is one over the probability of all texts; divide first"),
        (2**mean, "2 to the power of nats: with nats the base is e"),
        ((-mean).exp(), "the sign is turned: losses are already -log p"),
    ):
        require(not close(value, mistake, tolerance=1e-4), diagnosis)
    require(close(value, mean.exp(), tolerance=1e-4), f"expected {float(mean.exp()):.4f}, received {float(value):.4f}")


@exercise("new_tokens", hint=NEW)
def check_new_tokens(answer):
    """answer(sequences, prompts, end_id) -> one list of new ids for each row, without the end mark.

    sequences (batch, prompt + new) as `generate` returns them; prompts = {"input_ids", "attention_mask"}, padded left.
    """
    end = 2
    prompts = {
        "input_ids": torch.tensor([[end, end, 7, 8], [5, 6, 7, 8]]),
        "attention_mask": torch.tensor([[0, 0, 1, 1], [1, 1, 1, 1]]),
    }
    new = torch.tensor([[7, 9, end, end], [6, 4, 8, 9]])
    sequences = torch.cat([prompts["input_ids"], new], dim=1)
    rows = [[int(token) for token in row] for row in answer(sequences, prompts, end)]
    require(len(rows) == 2, f"expected 2 lists, one for each row; received {len(rows)}")
    first, second = rows
    require(
        first and second[:4] != [5, 6, 7, 8],
        "the prompt is still there: a reader of the decoded text would take it for the answer",
    )
    require(
        first[:2] != [7, 8],
        "the cut came too early: with padding on the left a row's prompt ends at input_ids.shape[1], "
        "not at the number of its real tokens",
    )
    require(first != [9] and second != [4, 9], "tokens of the prompt were removed wherever they occur; cut by place")
    require(first != [7, 9, end, end], "the end mark and what follows it are still there: stop at the first one")
    require(first != [7, 9, end], "the end mark itself is no text: leave it out")
    require(second != [6, 4, 8], "a row without an end mark lost its last token: it ran into the limit, keep all of it")
    require(rows == [[7, 9], [6, 4, 8, 9]], f"expected [[7, 9], [6, 4, 8, 9]], received {rows}")


def _written(ids, *, seed, limit=8, end_id=END, temperature=1.0, top_p=1.0, cut_first=False):
    """What the small model writes by a rule: new ids, the end mark included; the library's order unless `cut_first`."""
    torch.manual_seed(seed)
    new = []
    while len(new) < limit and end_id not in new:
        with torch.no_grad():
            logits = small_model()(input_ids=torch.tensor([[*ids, *new]])).logits[0, -1]
        if cut_first:
            probs = (decoding.keep_top_p(logits, top_p) / temperature).softmax(-1)
        else:
            probs = decoding.decoding_probs(logits, temperature=temperature, top_p=top_p)
        new.append(int(torch.multinomial(probs, 1)))
    return new


@exercise("generate", hint=GENERATE)
def check_generate(answer):
    """answer(model, ids, *, limit, end_id, temperature, top_p) -> new ids, those of the library's generate().

    With the same torch.manual_seed both draw the same tokens, and every token is read once.
    """
    ids, seeds = [3, 1, 7], range(12)

    def answered(model, seed):
        torch.manual_seed(seed)
        return [int(token) for token in answer(model, list(ids), limit=8, end_id=END, **RULE)]

    models = [Watched(small_model()) for _ in seeds]
    with torch.random.fork_rng(devices=[]):
        library = [_written(ids, seed=seed, **RULE) for seed in seeds]
        found = [answered(model, seed) for model, seed in zip(models, seeds)]
        wrong = {
            "the rule has no effect: divide the logits by the temperature and cut by top-p": {},
            "the temperature has no effect: divide the logits by it before you cut": {"top_p": RULE["top_p"]},
            "top-p has no effect: cut after the temperature": {"temperature": RULE["temperature"]},
            "multiplied by the temperature: divide by it": {**RULE, "temperature": 1 / RULE["temperature"]},
            "top-p came before the temperature: the library divides first, then cuts": {**RULE, "cut_first": True},
        }
        mistakes = {why: [_written(ids, seed=seed, **rule) for seed in seeds] for why, rule in wrong.items()}
    require(any(found), "nothing was written: give the new ids back as a list")
    require(not any(row[:3] == ids for row in found), "the prompt came back too: give the new ids alone")
    require(all(len(row) <= 8 for row in found), "it ran over the limit of 8 new tokens")
    require(not any(END in row[:-1] for row in found), "it wrote on after the end mark: stop there")
    endings = [row[:-1] if row[-1] == END else row for row in library]
    require(found != endings or endings == library, "the end mark is missing: generate() gives it back too")
    for why, rows in mistakes.items():
        require(found == library or found != rows, why)
    same = sum(a == b for a, b in zip(found, library))
    require(same == len(library), f"{same} of {len(library)} texts equal the library's under the same seed")
    most = max(sum(model.read) - len(row) for model, row in zip(models, found))
    require(most <= len(ids), "right texts, no cache: tokens were read again; hand in what is new alone")


def same_texts(model, answer, *, prompt_ids, end_id, seeds=range(10), limit=40, **rule) -> int:
    """In how many of the seeds `answer` and the library's `generate` write the same tokens."""
    equal, row = 0, torch.tensor([list(prompt_ids)])
    how = {"top_k": 0, "top_p": 1.0, **rule, "do_sample": True, "max_new_tokens": limit}
    for seed in seeds:
        torch.manual_seed(seed)
        ours = answer(model, list(prompt_ids), limit=limit, end_id=end_id, **rule)
        torch.manual_seed(seed)
        ids = {"input_ids": row, "attention_mask": torch.ones_like(row)}
        theirs = model.generate(**ids, **how, pad_token_id=end_id, eos_token_id=end_id)[0, row.shape[1] :].tolist()
        equal += ours == theirs
    return equal
