"""Checks for the exercises of "Two siblings and their parent"; each tells which mistake it sees."""

from __future__ import annotations

import numpy as np
import torch
from torch.nn.functional import cross_entropy, gelu
from transformers import BartConfig, GPT2Config, GPT2LMHeadModel
from transformers.models.bart.modeling_bart import BartDecoderLayer, BartEncoderLayer

from helpers.exercises import by_hand
from helpers.exercises.checks import close, exercise, require, require_shape
from helpers.transformer import positions
from helpers.transformer.parameters import count, without_weights

ATTEND = (
    "scores = keys @ query / sqrt(d_head); weights = scores.softmax(-1), or exp(scores - scores.max()) / their sum; "
    "output = weights @ values"
)
FORWARD_STEP = "first move the belief through `step`, then multiply by what each state writes; the sum is p(word)"
SINUSOIDS = "angles = position times 10000 ** (-2i / d_model); sines go to columns 0, 2, 4 ..., cosines to 1, 3, 5 ..."
FORWARD_PASS = (
    "embed; per block x + attention(norm(x)), `out` included, then x + feed_forward(norm(x)); norm; "
    "times the word table's .T"
)


@exercise("attend", hint=ATTEND, ours=by_hand.attend)
def check_attend(attend) -> None:
    """attend(query, keys, values) -> (weights (position,), output (d_value,))."""
    draw = torch.Generator().manual_seed(0)
    query, keys = torch.randn(4, generator=draw), torch.randn(3, 4, generator=draw)
    values = torch.randn(3, 2, generator=draw)
    pair = attend(query, keys, values)
    require(isinstance(pair, tuple) and len(pair) == 2, "return two things: the weights and the output")
    weights, output = pair
    require_shape(weights, (3,), hint="One weight for each word.")
    raw = keys @ query
    for mistake, diagnosis in (
        (raw.softmax(-1), "the scores were not divided by the square root of d_head, here 2"),
        ((raw / 4).softmax(-1), "the scores were divided by d_head; divide by its square root, here 2"),
        (raw / 2, "these are scores; softmax makes weights of them"),
        ((raw / 2).exp(), "the weights do not add up to 1: divide by their sum"),
    ):
        require(not close(weights, mistake), diagnosis)
    right = (raw / 2).softmax(-1)
    require(close(weights, right), f"expected weights {_rounded(right)}, received {_rounded(weights)}")
    if tuple(getattr(output, "shape", ())) == (4,):
        require(not close(output, right @ keys), "this averages the keys; the values are what is averaged")
    require_shape(output, (2,), hint="One vector, as wide as a value.")
    require(not close(output, values.mean(0)), "this is the plain mean of the values: use the weights")
    require(close(output, right @ values), "the output is the sum of the values, each times its weight")
    large = attend(torch.full((4,), 100.0), 10 * torch.eye(3, 4), values)[0]
    require(bool(torch.isfinite(large).all()), "large scores overflow in exp: subtract the largest score first")


@exercise("forward_step", hint=FORWARD_STEP, ours=by_hand.forward_step)
def check_forward_step(forward_step) -> None:
    """forward_step(belief, step, writes) -> (belief after the word (state,), probability of the word)."""
    belief, writes = np.array([0.7, 0.3]), np.array([0.5, 0.2])
    step = np.array([[0.9, 0.1], [0.4, 0.6]])
    pair = forward_step(belief.copy(), step.copy(), writes.copy())
    require(isinstance(pair, tuple) and len(pair) == 2, "return two things: the new belief and p(word)")
    after, probability = pair
    require_shape(after, (2,), hint="One number for each state.")
    joint = (belief @ step) * writes
    for mistake, diagnosis in (
        (joint, "the belief does not add up to 1: divide it by its sum"),
        (belief @ step, "the word was not used yet: multiply by what each state writes"),
        (_unit(belief * writes), "the step was left out: first the state may change, then it writes"),
        (_unit((belief * writes) @ step), "first the step, then the word: you multiplied by `writes` too early"),
        (_unit((step @ belief) * writes), "the step runs from row to column: belief @ step"),
    ):
        require(not close(after, mistake), diagnosis)
    require(close(after, _unit(joint)), f"expected the belief {_rounded(_unit(joint))}, received {_rounded(after)}")
    require(not close(probability, 1.0), "p(word) is the sum *before* you divide by it")
    require(not close(probability, joint.max()), "p(word) sums over all states, not the likeliest one alone")
    require(
        not close(probability, (belief * writes).sum()), "p(word) uses the old belief: move it through the step first"
    )
    require(close(probability, joint.sum()), f"expected p(word) = {joint.sum():.3f}, received {float(probability):.3f}")


def _unit(weights):
    return weights / weights.sum()


def _rounded(values) -> list:
    return [round(float(value), 2) for value in values]


@exercise("sinusoids", hint=SINUSOIDS, ours=positions.sinusoids)
def check_sinusoids(sinusoids) -> None:
    """sinusoids(positions, d_model) -> (position, d_model), as in the paper of 2017."""
    table, right = sinusoids(30, 8), positions.sinusoids(30, 8)
    require_shape(table, (30, 8), hint="One row for each position.")
    table = table.float()
    pairs = right.unflatten(-1, (-1, 2))
    halves = torch.cat([right[:, 0::2], right[:, 1::2]], dim=1)
    angles = torch.arange(30.0)[:, None] * 10_000.0 ** (-torch.arange(4) / 8)
    slow = torch.stack([angles.sin(), angles.cos()], dim=-1).flatten(1)
    for mistake, diagnosis in (
        (halves, "all sines stand before all cosines: they take turns, column by column"),
        (pairs.flip(-1).flatten(1), "sine and cosine are swapped: the sine stands in the even column"),
        (torch.cat([right[1:], positions.sinusoids(31, 8)[30:]]), "the first position is 0, not 1"),
        (slow, "the exponent is 2i / d_model: every pair of columns counts two"),
    ):
        require(not close(table, mistake, tolerance=1e-4), diagnosis)
    require(close(table[:1], right[:1]), "position 0 has sine 0 and cosine 1 in every pair")
    require(close(table, right, tolerance=1e-4), "right at position 0 only: check the angle of each pair of columns")


LONG, SHORT = ("the", "cat", "sat", "on", "the", "mat", "."), ("it", "purred", ".")


def _reject_known_mistakes(tokens: list, segments: list) -> None:
    """Name what is wrong with an untruncated pair."""
    require(len(tokens) == len(segments), f"{len(tokens)} tokens but {len(segments)} segment ids: one for each token")
    require(tokens[0] == "[CLS]", f"the row starts with {tokens[0]!r}; BERT's rows start with [CLS]")
    require(tokens.count("[SEP]") == 2, f"{tokens.count('[SEP]')} [SEP] in the row; the second text ends with one too")
    require(tokens.count("[CLS]") == 1, "[CLS] stands once, in front of the first text only")
    middle = tokens.index("[SEP]")
    require(segments[middle] == 0, "the first [SEP] closes the first text: its segment is 0")
    require(segments[-1] == 1, "the last [SEP] closes the second text: its segment is 1")


@exercise(
    "write_pair", hint="build ['[CLS]', *first, '[SEP]', *second, '[SEP]']; before that, pop from the longer text"
)
def check_write_pair(write_pair) -> None:
    """write_pair(first, second, *, max_length) -> (tokens, segments); the longer text is cut first."""
    first, second = list(LONG), list(SHORT)
    tokens, segments = (list(part) for part in write_pair(first, second, max_length=64))
    _reject_known_mistakes(tokens, segments)
    require(
        tokens == ["[CLS]", *LONG, "[SEP]", *SHORT, "[SEP]"],
        "nothing needs cutting at max_length 64, yet words are lost",
    )
    require(segments == [0] * 9 + [1] * 4, "segments: 0 up to and with the first [SEP], 1 after it")
    require(first == list(LONG) and second == list(SHORT), "the caller's lists were changed: work on copies")
    tokens, segments = (list(part) for part in write_pair(list(LONG), list(SHORT), max_length=10))
    require(len(tokens) <= 10, f"{len(tokens)} tokens although max_length is 10: [CLS] and both [SEP] count too")
    require(tokens[-1] == "[SEP]", "the cut took the last [SEP] away: cut the texts before the marks are added")
    require(tokens[-4:-1] == list(SHORT), "the shorter text was cut; take words from the end of the longer one first")
    require(
        tokens == ["[CLS]", *LONG[:4], "[SEP]", *SHORT, "[SEP]"],
        "cut the longer text at its end, and only as far as needed",
    )
    tokens, _ = write_pair(list(LONG), list(SHORT), max_length=8)
    require(
        list(tokens) == ["[CLS]", *LONG[:3], "[SEP]", *SHORT[:2], "[SEP]"], "when both are equally long, cut the second"
    )


def _count(d_model: int, d_ff: int, *, cross_attention: bool) -> int:
    """The size of transformers' own BART block, encoder or decoder, read off its shapes."""
    sizes = {
        "encoder_ffn_dim": d_ff,
        "decoder_ffn_dim": d_ff,
        "encoder_attention_heads": 2,
        "decoder_attention_heads": 2,
    }
    return count(
        without_weights(BartDecoderLayer if cross_attention else BartEncoderLayer, BartConfig(d_model=d_model, **sizes))
    )


@exercise(
    "block_parameters", hint="four matrices (d_model, d_model) in an attention, two in the feed-forward, and all biases"
)
def check_block_parameters(block_parameters) -> None:
    """block_parameters(d_model, d_ff, *, cross_attention) -> int, equal to the library's block for any sizes."""
    for d_model, d_ff in ((128, 512), (64, 200)):
        norm, attention, biases = 2 * d_model, 4 * d_model**2 + 4 * d_model, 5 * d_model + d_ff
        plain, answer = (
            _count(d_model, d_ff, cross_attention=False),
            block_parameters(d_model, d_ff, cross_attention=False),
        )
        require(answer != plain - biases, "the biases are missing: every matrix has one, as long as its output")
        require(
            answer != plain - 2 * norm, "the two layer norms are missing: each has a gain and a bias of length d_model"
        )
        four = "attention has four matrices: queries, keys, values and the output"
        require(answer != plain - d_model**2 - d_model, four)
        require(answer != plain - d_model**2 - biases, f"{four}; and every matrix has a bias")
        require(answer == plain, f"for ({d_model}, {d_ff}) you count {answer:,}, the library's block holds {plain:,}")
        full, answer = (
            _count(d_model, d_ff, cross_attention=True),
            block_parameters(d_model, d_ff, cross_attention=True),
        )
        require(answer != plain, "cross_attention=True changes nothing yet: it adds a second attention")
        require(answer != plain + attention, "the second attention brings a layer norm of its own")
        require(answer == full, f"with cross-attention you count {answer:,}, the library's block holds {full:,}")


@exercise(
    "rotation", hint="sin(a+b) = sin a cos b + cos a sin b: a 2 x 2 block for each pair of columns, torch.block_diag"
)
def check_rotation(rotation) -> None:
    """rotation(offset, d_model) -> R with sinusoids[p + offset] = R @ sinusoids[p]."""
    table = positions.sinusoids(40, 16)
    matrix = rotation(3, 16)
    require_shape(matrix, (16, 16), hint="It maps one position vector to another.")
    matrix = matrix.float()
    moved = table[:20] @ matrix.T  # (position, d_model)
    require(
        not close(table[:20] @ matrix, table[3:23], tolerance=1e-4),
        "this turns backwards: the signs of the sines are swapped",
    )
    require(
        close(moved[:1], table[3:4], tolerance=1e-4),
        "R @ PE(0) is not PE(3): check angles, and which column is sine, which cosine",
    )
    require(
        close(moved, table[3:23], tolerance=1e-4),
        "right at position 0 only: R may not depend on the position it starts from",
    )
    back = rotation(-3, 16).float()
    require(close(table[3:23] @ back.T, table[:20], tolerance=1e-4), "a negative offset must turn back")
    require(close(matrix @ back, torch.eye(16), tolerance=1e-4), "turning forth and back must end where it began")


def _tiny_gpt() -> GPT2LMHeadModel:
    """A GPT-2 of one block with random numbers everywhere, so that each part left out is felt."""
    config = GPT2Config(
        vocab_size=11, n_positions=9, n_embd=8, n_head=2, n_layer=1, n_inner=16, bos_token_id=None, eos_token_id=None
    )
    model, draw = GPT2LMHeadModel(config).eval(), torch.Generator().manual_seed(0)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(0.7 * torch.randn(parameter.shape, generator=draw))
    return model


def _with(ids, weights, *, mistake):
    """The forward pass of one block with one named mistake."""
    x = weights["word"][ids] + (0 if mistake == "position" else weights["position"][: len(ids)])
    block = weights["blocks"][0]
    heads = 1 if mistake == "heads" else 2
    inside = x if mistake == "norm" else by_hand.norm(x, block["norm 1"])
    parts = by_hand.linear(inside, block["q k v"]).chunk(3, dim=-1)
    q, k, v = (part.unflatten(-1, (heads, -1)).transpose(0, 1) for part in parts)
    scores = q @ k.transpose(1, 2) / (1 if mistake == "scale" else q.shape[-1] ** 0.5)
    closed = torch.ones(len(ids), len(ids)).triu(1).bool() & (mistake != "mask")
    mixed = scores.masked_fill(closed, float("-inf")).softmax(-1) @ v
    joined = mixed.transpose(0, 1).flatten(1)
    out = joined if mistake == "out" else by_hand.linear(joined, block["out"])
    x = out if mistake == "residual" else x + out
    x = x + by_hand.linear(
        gelu(by_hand.linear(by_hand.norm(x, block["norm 2"]), block["up"]), approximate="tanh"), block["down"]
    )
    last = x if mistake == "last norm" else by_hand.norm(x, weights["norm"])
    logits = last @ weights["word"].T
    return cross_entropy(logits, ids, reduction="none")[1:] if mistake == "shift" else _nats(logits, ids)


def _nats(logits, ids):
    return cross_entropy(logits[:-1], ids[1:], reduction="none")


MISTAKES = {
    "position": "the position vectors are missing: word order is lost",
    "mask": "there is no causal mask: each position has read the word that it should predict",
    "scale": "the scores were not divided by the square root of the head's width",
    "heads": "the heads were not split: each head has its own softmax",
    "out": "the joined heads were not passed through the matrix `out` before they are added to x",
    "norm": "attention reads the raw rows: the layer norm stands in front of it",
    "residual": "the first residual is missing: x + attention, not attention alone",
    "last norm": "the last layer norm is missing, the one after all blocks",
    "shift": "the logits at position i speak about the token at i + 1: the labels are not shifted yet",
}


@exercise("forward_pass", hint=FORWARD_PASS, ours=by_hand.forward_pass)
def check_forward_pass(forward_pass) -> None:
    """forward_pass(ids, weights, *, heads) -> nats of each token after the first, equal to the library's GPT-2."""
    model, ids = _tiny_gpt(), torch.tensor([3, 7, 7, 1, 9, 4, 0])
    weights = by_hand.gpt_weights(model)
    with torch.no_grad():
        right = _nats(model(input_ids=ids[None]).logits[0], ids)
    nats = forward_pass(ids.clone(), weights, heads=2)
    require(not close(nats, right.mean()), "this is the mean: return one number for each token after the first")
    require(not close(nats, right.sum()), "this is the sum: return one number for each token after the first")
    require(not close(nats, -right), "the sign: nats are minus the logarithm of the probability")
    require_shape(nats, (6,), hint="Seven tokens: six of them are predicted.")
    for mistake, diagnosis in MISTAKES.items():
        require(not close(nats, _with(ids, weights, mistake=mistake), tolerance=1e-4), diagnosis)
    off = float((nats - right).abs().max())
    require(
        close(nats, right, tolerance=1e-4),
        f"your mean is {float(nats.mean()):.3f} nats, the library's {float(right.mean()):.3f} (largest gap {off:.3f})",
    )
