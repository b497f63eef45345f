"""Checks for the exercises of "Two siblings and their parent"."""

import torch
from transformers import BartConfig
from transformers.models.bart.modeling_bart import BartDecoderLayer, BartEncoderLayer

from helpers.exercises.checks import close, exercise, require, require_shape
from helpers.transformer.parameters import count, without_weights
from helpers.transformer.positions import sinusoids


@exercise(
    "embed", hint="word_table[token_ids] picks one row for each token; the position of a token is where it stands"
)
def check_embed(embed) -> None:
    """embed(token_ids, segment_ids, *, word_table, position_table, segment_table) -> (position, d_model)."""
    draw = torch.Generator().manual_seed(0)
    words, places, parts = (torch.randn(rows, 6, generator=draw) for rows in (9, 12, 2))
    ids, segments = torch.tensor([7, 2, 7, 5]), torch.tensor([0, 0, 1, 1])
    out = embed(ids, segments, word_table=words, position_table=places, segment_table=parts)
    right = words[ids] + places[:4] + parts[segments]
    if getattr(out, "shape", (0, 0))[-1] == 18:
        require(False, "18 columns: the three vectors are added, not put side by side")
    require_shape(out, (4, 6), hint="One row for each token, as wide as the tables.")
    require(
        not close(out, words[ids] + places[ids] + parts[segments]),
        "you looked positions up by token id; use 0, 1, 2 ...",
    )
    require(
        not close(out, words[ids] + places[0] + parts[segments]), "every token got position 0: index the table by place"
    )
    require(not close(out, words[ids] + places[:4]), "the segment vector is missing: both sentences look alike")
    require(not close(out, words[ids] + parts[segments]), "the position vector is missing: word order is lost")
    require(close(out, right), "expected word + position + segment, nothing scaled, nothing normalised yet")


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
        require(
            answer != plain - d_model**2 - d_model, "attention has four matrices: queries, keys, values and the output"
        )
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
    table = sinusoids(40, 16)
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
