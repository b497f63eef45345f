"""From next-token probabilities to text: greedy, temperature, top-k, top-p, beams, and the key-value cache.

A causal model gives one probability for each possible next token; a decoding rule turns them into a choice. Every
function takes the ids of a prompt and returns only the new tokens, the end mark included where it was chosen.

Source: Holtzman et al. 2020, "The Curious Case of Neural Text Degeneration", sections 3 and 4 (top-p, and what the
other rules do); Fan et al. 2018, "Hierarchical Neural Story Generation", section 5.1 (top-k).
"""

from __future__ import annotations

import math
import numbers

import torch

from helpers import tinytown
from helpers.models.checks import name_of, require_causal, require_tokenizer, room_of
from helpers.objectives.padding import ids_of
from helpers.transformer.checks import random_source, real, require_tensor, whole

MOST = 10_000  # continuations, or beams, that are written side by side


def keep_top_k(logits, k):
    """Logits with everything but the `k` largest at -inf; ties with the k-th are kept.

    >>> import torch
    >>> keep_top_k(torch.tensor([1.0, 3.0, 2.0]), 2).tolist()
    [-inf, 3.0, 2.0]

    Shapes: (..., vocab) in and out. Raises ValueError for k < 1.
    """
    _check_logits(logits)
    if whole(k, "top_k", least=None) < 1:
        raise ValueError(f"top_k {k} leaves no token to choose from; pass 1 (greedy) or more, None for no limit")
    k = min(int(k), logits.shape[-1])
    smallest = logits.topk(k).values[..., -1:]
    return logits.masked_fill(logits < smallest, -math.inf)


def keep_top_p(logits, p):
    """Logits of the smallest set of tokens whose probabilities reach `p` together, the others at -inf.

    The token that crosses the threshold belongs to the set, so that it is never empty.

    >>> import torch
    >>> keep_top_p(torch.tensor([0.5, 0.3, 0.2]).log(), 0.6).isfinite().tolist()
    [True, True, False]

    Shapes: (..., vocab) in and out. Raises ValueError for p outside (0, 1].
    Source: Holtzman et al. 2020, section 3.1, equation 2.
    """
    _check_logits(logits)
    if not 0 < real(p, "top_p") <= 1:
        raise ValueError(f"top_p {p} must lie in (0, 1]: 0.9 keeps the likeliest nine tenths, 1 keeps everything")
    ordered, where = logits.sort(descending=True)
    probs = ordered.softmax(-1)
    dropped = (probs.cumsum(-1) - probs >= p) & (p < 1)  # the likelier tokens alone hold p, and not by rounding
    return logits.masked_fill(dropped.scatter(-1, where, dropped), -math.inf)


def decoding_probs(logits, *, temperature=1.0, top_k=None, top_p=None):
    """The distribution that a sampler draws from: divide by the temperature, cut by top-k, then by top-p, softmax.

    >>> import torch
    >>> decoding_probs(torch.tensor([2.0, 0.0]).log().clamp(min=-9), temperature=0.5, top_k=1).tolist()
    [1.0, 0.0]

    Shapes: (..., vocab) in and out; probabilities. The order of the three is the one of transformers' `generate`.
    Raises ValueError for a temperature that is not above 0, top_k < 1 or top_p outside (0, 1].
    """
    _check_logits(logits)
    if not isinstance(temperature, numbers.Real) or not 0 < temperature < math.inf:
        raise ValueError(f"temperature {temperature} must be above 0 and finite; for the limit 0 use greedy()")
    logits = logits / temperature
    logits = logits if top_k is None else keep_top_k(logits, top_k)
    logits = logits if top_p is None else keep_top_p(logits, top_p)
    return logits.softmax(-1)


def check_prompt(model, prompt_ids, *, max_new_tokens) -> list[int]:
    """The prompt as a list of ids, once it is certain that there is something to read and room to write.

    Raises ValueError for an empty prompt, max_new_tokens < 1, a prompt longer than the model's positions, or no room
    left for the new tokens; the message says how many fit.
    """
    require_causal(model)
    prompt, room = ids_of(prompt_ids), room_of(model)
    if wide := [token for token in prompt if token >= model.config.vocab_size]:
        raise ValueError(f"id {wide[0]} is beyond the {model.config.vocab_size} of {name_of(model)}; use its tokenizer")
    if not prompt:
        raise ValueError("the prompt is empty; begin with the end-of-text token, from which a first word is predicted")
    if whole(max_new_tokens, "max_new_tokens", least=None) < 1:
        raise ValueError(f"max_new_tokens {max_new_tokens} asks for nothing; pass 1 or more")
    if len(prompt) > room:
        raise ValueError(f"the prompt has {len(prompt)} tokens, the model has {room} positions; keep its last {room}")
    if len(prompt) + max_new_tokens - 1 > room:  # the last new token is written, never read
        raise ValueError(
            f"{len(prompt)} prompt tokens and {max_new_tokens} new ones do not fit the model's {room} positions; "
            f"ask for at most {room + 1 - len(prompt)}"
        )
    return prompt


def sample(model, prompt_ids, *, max_new_tokens, end_id, generator, count=1, temperature=1.0, top_k=None, top_p=None):
    """`count` continuations, each token drawn from `decoding_probs`: a list of `count` lists of new ids.

    Raises ValueError for what `check_prompt` and `decoding_probs` refuse, or count < 1.
    """
    if whole(count, "count", least=None, most=MOST) < 1:
        raise ValueError(f"count {count} asks for no continuation; pass 1 or more")
    random_source(generator)
    decoding_probs(torch.zeros(1), temperature=temperature, top_k=top_k, top_p=top_p)

    def draw(logits):
        probs = decoding_probs(logits, temperature=temperature, top_k=top_k, top_p=top_p)
        return torch.multinomial(probs, 1, generator=generator)

    return _write(
        model,
        [check_prompt(model, prompt_ids, max_new_tokens=max_new_tokens)] * count,
        draw,
        max_new_tokens=max_new_tokens,
        end_id=end_id,
    )


def greedy(model, prompt_ids, *, max_new_tokens, end_id) -> list[int]:
    """The new ids when the most probable token is taken at every step, until the end mark or `max_new_tokens`.

    Raises ValueError for what `check_prompt` refuses.
    """
    prompt = check_prompt(model, prompt_ids, max_new_tokens=max_new_tokens)
    return _write(
        model, [prompt], lambda logits: logits.argmax(-1, keepdim=True), max_new_tokens=max_new_tokens, end_id=end_id
    )[0]


def _write(model, prompts, choose, *, max_new_tokens, end_id):
    """Continue prompts of one length by `choose`: logits (batch, vocab) -> ids (batch, 1), through the cache."""
    whole(end_id, "end_id")
    ids, cache, written = torch.tensor(prompts), None, []
    ended = torch.zeros(len(prompts), 1, dtype=torch.bool)
    while len(written) < max_new_tokens and not ended.all():
        with torch.no_grad():
            output = model(input_ids=ids, past_key_values=cache, use_cache=True)
        ids, cache = choose(output.logits[:, -1].double()), output.past_key_values
        ids = torch.where(ended, end_id, ids)
        ended = ended | (ids == end_id)
        written.append(ids)
    return [_through_end(row, end_id) for row in torch.cat(written, dim=1).tolist()]


def _through_end(row, end_id):
    return row[: row.index(end_id) + 1] if end_id in row else row


def beam_search(model, prompt_ids, *, beams, max_new_tokens, end_id, length_penalty=1.0) -> list[int]:
    """The new ids of the best continuation that a search with `beams` open hypotheses finds.

    Score of a hypothesis: its log-probability in nats, divided by (its new tokens) ** `length_penalty`. The search
    ends when `beams` hypotheses have ended and no open one scores better now, as transformers' `generate` does.

    Raises ValueError for beams < 1 and for what `check_prompt` refuses.
    """
    real(length_penalty, "length_penalty")
    whole(end_id, "end_id")
    if whole(beams, "beams", least=None, most=MOST) < 1:
        raise ValueError(f"beams {beams} keeps no hypothesis open; pass 1 (greedy) or more")
    prompt = check_prompt(model, prompt_ids, max_new_tokens=max_new_tokens)
    open_, ended = [(0.0, [])], []
    for length in range(1, max_new_tokens + 1):
        best = _extend(model, prompt, open_, 2 * beams)  # enough for `beams` open ones even if as many end
        last = length == max_new_tokens
        ended += [(total / length**length_penalty, ids) for total, ids in best[:beams] if last or ids[-1] == end_id]
        ended = sorted(ended, key=lambda pair: -pair[0])[:beams]
        open_ = [(total, ids) for total, ids in best if ids[-1] != end_id][:beams]
        if len(ended) == beams and open_[0][0] / length**length_penalty <= ended[-1][0]:
            break
    return ended[0][1]


def _extend(model, prompt, hypotheses, size):
    """The `size` best one-token extensions of all hypotheses, best first: (log-probability, new ids)."""
    with torch.no_grad():
        logits = model(input_ids=torch.tensor([prompt + ids for _, ids in hypotheses])).logits[:, -1].float()
    totals = logits.log_softmax(-1) + torch.tensor([total for total, _ in hypotheses])[:, None]
    values, places = totals.flatten().topk(min(size, totals.numel()))
    rows, tokens = places // totals.shape[1], places % totals.shape[1]
    return [
        (value, [*hypotheses[row][1], token])
        for value, row, token in zip(values.tolist(), rows.tolist(), tokens.tolist())
    ]


def cached_logits(model, ids):
    """Logits at every position when the tokens are read one at a time and keys and values are kept: (position, vocab).

    `ids` has shape (position,). Raises ValueError for what `check_prompt` refuses.
    """
    cache, found = None, []
    check_prompt(model, ids, max_new_tokens=1)
    for token in ids:
        with torch.no_grad():
            output = model(input_ids=torch.tensor([[int(token)]]), past_key_values=cache, use_cache=True)
        cache = output.past_key_values
        found.append(output.logits[0, -1])
    return torch.stack(found)


def exact_probs(tokens, tokenizer, *, language=None):
    """What the best possible reader expects after each prefix of a Tinytown text, over the tokenizer's ids.

    Row t holds the exact probabilities given the first t words; the end of the text is the end-of-text token.
    Shapes: tokens, words of a text (T,) -> probabilities (T + 1, vocab).
    """
    require_tokenizer(tokenizer)
    reading = tinytown.Reading(tokens, tinytown.training_language() if language is None else language)
    weights = torch.tensor(reading.next_words())  # (T + 1, words + 1), the last column is the end
    columns = tokenizer.convert_tokens_to_ids([*reading.language.words, tokenizer.eos_token])
    if tokenizer.unk_token_id in columns:
        word = reading.language.words[columns.index(tokenizer.unk_token_id)]
        raise ValueError(f"the tokenizer does not hold {word!r} whole; pass a course model's tokenizer")
    out = torch.zeros(len(weights), len(tokenizer), dtype=weights.dtype)
    out[:, columns] = weights / weights.sum(1, keepdim=True)
    return out


def total_variation(p, q):
    """Half the sum of absolute differences over the last axis: 0 for equal distributions, 1 for disjoint ones.

    >>> import torch
    >>> total_variation(torch.tensor([1.0, 0.0]), torch.tensor([0.5, 0.5])).item()
    0.5
    """
    for name, value in (("p", p), ("q", q)):
        require_tensor(value, name, dtype="floating", least_dims=1)
        if not ((value >= 0) & (value <= 1 + 1e-6)).all():
            raise ValueError(
                f"{name} is no distribution, it holds nan or numbers outside [0, 1]; pass logits.softmax(-1)"
            )
    if p.shape != q.shape:
        raise ValueError(f"p has shape {tuple(p.shape)}, q {tuple(q.shape)}; compare distributions over the same words")
    return (p - q).abs().sum(-1) / 2


def _check_logits(logits):
    require_tensor(logits, "logits", dtype="floating", least_dims=1)
    if logits.isnan().any() or not logits.numel():
        raise ValueError(f"logits of shape {tuple(logits.shape)} are empty or hold nan; look at what computed them")
