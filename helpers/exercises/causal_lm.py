"""Checks of the exercises on causal language modelling; each tells which mistake it sees."""

from __future__ import annotations

import torch
from torch.nn.functional import cross_entropy

from helpers.exercises.checks import close, exercise, require, require_shape

SHIFT = "the logits at position i speak about the token at i + 1: drop the last logits and the first label"
TOP_P = "sort, add up, and ask for each token what the likelier ones already hold: it stays while that is below p"
PERPLEXITY = "sum the nats of the real tokens, divide by how many they are, and take exp once, at the very end"
NEW = "cut every row at the padded prompt's length, then at the first end mark if there is one"


@exercise("shifted loss", hint=SHIFT)
def check_shifted_loss(answer):
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


@exercise("top-p", hint=TOP_P)
def check_top_p(answer):
    """answer(probs, p) -> the smallest set that reaches p, renormalised; probs has shape (vocab,)."""
    probs = torch.tensor([0.1, 0.5, 0.15, 0.25])
    kept = probs.clone()
    value = answer(probs, 0.6)
    require(torch.equal(probs, kept), "the argument was changed; build a new tensor")
    require_shape(value, (4,), hint="One probability for each token.")
    value = torch.as_tensor(value, dtype=torch.float32)
    require(
        not close(value, [0, 1, 0, 0]),
        "off by one: the token that crosses p was dropped; the rest holds 0.5, which is less than 0.6",
    )
    require(not close(value, [0, 0.5, 0, 0.25]), "the kept probabilities sum to 0.75: divide by their sum")
    require(
        not close(value, [2 / 3, 1 / 3, 0, 0]),
        "the probabilities come back sorted: put each at the place of its token",
    )
    require(not close(value, [0, 5 / 9, 1 / 6, 5 / 18]), "one token too many: 0.5 + 0.25 has reached 0.6 already")
    received = [round(v, 3) for v in value.tolist()]
    require(close(value, [0, 2 / 3, 0, 1 / 3]), f"expected 0, 2/3, 0, 1/3; received {received}")
    alone = torch.as_tensor(answer(probs, 0.3), dtype=torch.float32)
    some = bool(torch.isfinite(alone).all()) and float(alone.sum()) > 0.5
    require(some, "p = 0.3 left nothing: the set is never empty")
    require(close(alone, [0, 1, 0, 0]), "for p = 0.3 the likeliest token alone is enough")
    exact = torch.as_tensor(answer(torch.tensor([0.5, 0.25, 0.25]), 0.5), dtype=torch.float32)
    require(close(exact, [1, 0, 0]), "one token too many: 0.5 has reached p = 0.5 (is it > where >= is meant?)")
    require(close(answer(probs, 1.0), probs), "p = 1 must keep every token")


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


@exercise("only new tokens", hint=NEW)
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
