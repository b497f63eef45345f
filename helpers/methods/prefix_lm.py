"""A prefix-LM: the decoder's own block and weights under a third mask, the source read both ways, the target causally.

Source: Raffel et al. 2020, "T5", section 3.2.1, figure 4 (right).
"""

from __future__ import annotations

import torch

from helpers.evaluation import in_batches
from helpers.methods.fine_tuned import BATCH, fresh, tuned, words_of
from helpers.methods.prompting import ROOM, prompt_batches, prompt_of
from helpers.models.checks import require_causal_model
from helpers.models.encoding import encode
from helpers.objectives.padding import IGNORE_INDEX
from helpers.tasks.task import check_training
from helpers.transformer import masks
from helpers.transformer.checks import require_tensor, tensor, whole
from helpers.transformer.masks import to_additive


def mask(attention_mask, prefix):
    """Who sees whom in a padded batch, True = may attend: the first `prefix[b]` positions of row b see one another.

    >>> import torch
    >>> mask(torch.tensor([[1, 1, 1]]), [2]).int().tolist()
    [[[[1, 1, 0], [1, 1, 0], [1, 1, 1]]]]

    Shapes: attention_mask (batch, position) of ones and zeros, prefix (batch,) -> (batch, 1, query, key).
    Raises ValueError for a prefix outside the row, or not one prefix for each row.
    """
    require_tensor(attention_mask, "attention_mask", dims=2)
    prefix = tensor(prefix, "prefix", dims=1).tolist()
    if len(prefix) != len(attention_mask):
        raise ValueError(f"{len(prefix)} prefixes for {len(attention_mask)} rows; give one for each row")
    length = attention_mask.shape[1]
    rows = torch.stack([masks.prefix_lm(length, prefix=whole(p, "prefix")) for p in prefix])[:, None]
    return masks.combine(rows, masks.padding(attention_mask))


def to_additive_mask(attention_mask, prefix):
    """The same mask as numbers to add to the scores, which is how transformers' models take it."""
    return to_additive(mask(attention_mask, prefix))


def prefix_batches(tokenizer):
    """A function that writes examples as a causal LM's batch whose mask opens the source; labels: the target alone."""
    causal = prompt_batches(tokenizer)

    def collate(examples):
        batch = causal(examples)
        asked = batch["labels"] != IGNORE_INDEX
        prefix = asked.long().argmax(1).tolist()  # the first label is the first word of the target
        return {**batch, "attention_mask": to_additive_mask(batch["attention_mask"], prefix)}

    return collate


def prefix_prompt(task, name: str, train, *, seed: int, recipe):
    """Fine-tune a decoder to write the target of a source that it reads both ways: a Predictor."""
    check_training(task, train)
    model, tokenizer = fresh(name, "AutoModelForCausalLM", seed=seed)
    return tuned(model, tokenizer, train, collate=prefix_batches(tokenizer), answer=answers, seed=seed, recipe=recipe)


def answers(model, tokenizer, examples, seed=0) -> list[str]:
    """The most probable answers, word by word, to examples."""
    return [a for some in in_batches(examples, BATCH) for a in greedy(model, tokenizer, [prompt_of(e) for e in some])]


def greedy(model, tokenizer, texts, *, room: int = ROOM) -> list[str]:
    """What a GPT-2 writes after texts that it reads both ways, the most probable word at every step.

    The source is read once under the open mask; from then on a new word sees everything before it, which is what the
    causal mask says of the last row, so that keys and values are kept as usual.
    Raises ValueError for no texts, or one so long that `room` new tokens do not fit.
    """
    require_causal_model(model, tokenizer)
    whole(room, "room", least=1)
    encoded = encode(tokenizer, texts, model=model, side="left")
    ids, seen = encoded["input_ids"], encoded["attention_mask"]
    if ids.shape[1] + room > model.config.n_positions:
        most = model.config.n_positions - ids.shape[1]
        raise ValueError(
            f"{ids.shape[1]} tokens and {room} new ones exceed {most + ids.shape[1]} positions; ask for {most}"
        )
    end_id, cache, written = tokenizer.eos_token_id, None, []
    ended = torch.zeros(len(ids), 1, dtype=torch.bool)
    while len(written) < room and not ended.all():
        logits, cache = _step(model, ids, seen, cache)
        ids = logits.argmax(-1, keepdim=True).masked_fill(ended, end_id)
        ended, seen = ended | (ids == end_id), torch.cat([seen, torch.ones_like(ids)], 1)
        written.append(ids)
    return [words_of(tokenizer, row, end_id=end_id) for row in torch.cat(written, 1)]


def _step(model, ids, seen, cache):
    """Logits after the last token, (batch, vocab), and the cache; the first call opens the mask to all of `ids`."""
    open_ = to_additive_mask(seen, [ids.shape[1]] * len(ids)) if cache is None else seen
    places = (seen.cumsum(1) - 1).clamp(min=0)[:, -ids.shape[1] :]
    with torch.no_grad():
        output = model(input_ids=ids, attention_mask=open_, position_ids=places, past_key_values=cache, use_cache=True)
    return output.logits[:, -1], output.past_key_values
