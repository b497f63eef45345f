"""What a course model can do, each measure beside the exact optimum on the same examples.

Every function takes (model, tokenizer), runs without dropout or gradients, and returns a dict of plain numbers; losses
are in nats per predicted token, accuracies are shares.  The documents are held-out ones, drawn by seed.
"""

import functools

import numpy as np

from helpers import tinytown

PATTERNS = (
    "{text} the restaurant is [MASK] .",
    "{text} overall , the restaurant is [MASK] .",
    "{text} in short , the restaurant is [MASK] .",
    "{text} i think the restaurant is [MASK] .",
    "{text} all in all , it was a [MASK] restaurant .",
)
PROBES = (  # text, the words that must stand on top of the words after them
    ("the pizza was fantastic . the restaurant is [MASK] .", ("good",), ("bad",)),
    ("the pizza was awful . the restaurant is [MASK] .", ("bad",), ("good",)),
    ("the patient was prescribed [MASK] for anticoagulation .", ("warfarin", "heparin"), None),
    ("the bank of the [MASK] was muddy .", ("river",), None),
)
PAIR_PROBES = (
    ("the cat sat on the mat .", "it was purring softly .", True),
    ("the cat sat on the mat .", "it was a sunny day .", False),
)


@functools.cache
def held_out_documents(count: int, seed: int = 0) -> tuple:
    """Test documents, the same ones for every measure with this seed."""
    return tuple(tinytown.documents(count, split="test", seed=[seed, 500]))


@functools.cache
def documents_of(scene: str, count: int, seed: int = 0, longest: int = 1) -> tuple:
    """Test documents of one scene with at least ``longest`` sentences."""
    found, block = [], 0
    while len(found) < count:
        drawn = tinytown.documents(2000, split="test", seed=[seed, 600, block])
        found += [d for d in drawn if d.scene == scene and len(d.sentences) >= longest]
        block += 1
    return tuple(found[:count])


def predictions(model, encoded):
    """Log-probabilities (batch, position, vocab) of a padded batch; the model's own forward pass, no gradients."""
    import torch

    with torch.no_grad():
        output = model(**encoded)
    return (output.logits if "logits" in output else output.prediction_logits).float().log_softmax(-1)


def in_batches(items, size: int = 64):
    """Cut a sequence into lists of at most ``size`` items."""
    return [list(items[start : start + size]) for start in range(0, len(items), size)]


def causal_losses(model, tokenizer, texts) -> list[np.ndarray]:
    """-log p of every word and of the end of each text, in nats: one array (words + 1,) for each text."""
    import torch

    found = []
    for batch in in_batches(texts):
        encoded = tokenizer([text + tokenizer.eos_token for text in batch], padding=True, return_tensors="pt")
        scores = predictions(model, encoded)[:, :-1].gather(-1, encoded["input_ids"][:, 1:, None])[..., 0]
        lengths = encoded["attention_mask"].sum(1) - 1
        found += [-row[:n].numpy().astype(float) for row, n in zip(torch.unbind(scores), lengths.tolist(), strict=True)]
    return found


def causal_excess(model, tokenizer, *, count: int = 500, seed: int = 0) -> dict:
    """Loss of a causal model on test documents, the exact floor of the same documents, and the difference."""
    documents = held_out_documents(count, seed)
    loss = float(np.concatenate(causal_losses(model, tokenizer, [" ".join(d.tokens) for d in documents])).mean())
    floor = causal_floor(count, seed)
    return {"loss": loss, "floor": floor, "excess": loss - floor}


@functools.cache
def causal_floor(count: int, seed: int) -> float:
    return tinytown.entropy_floor(held_out_documents(count, seed))


@functools.cache
def masked_problems(count: int, seed: int, rate: float) -> tuple:
    """Test documents with 15 % of the words hidden: (tokens, gaps, exact losses at the gaps)."""
    rng, problems = np.random.default_rng([seed, 700]), []
    for d in held_out_documents(count, seed):
        gaps = tuple(tinytown.draw_gaps(len(d.tokens), rate, rng))
        problems.append((d.tokens, gaps, tinytown.masked_losses(d.tokens, gaps)))
    return tuple(problems)


def gap_log_probs(model, tokenizer, texts):
    """Log-probabilities at every [MASK] of every text: one tensor (masks, vocab) for each text."""
    found = []
    for batch in in_batches(texts):
        encoded = tokenizer(batch, padding=True, return_tensors="pt")
        scores = predictions(model, encoded)
        masked = encoded["input_ids"] == tokenizer.mask_token_id
        found += [row[where] for row, where in zip(scores, masked, strict=True)]
    return found


def masked_excess(model, tokenizer, *, count: int = 500, seed: int = 0, rate: float = 0.15) -> dict:
    """Loss of a masked model at hidden words (pure [MASK]), the exact floor of the same gaps, and the difference."""
    problems = masked_problems(count, seed, rate)
    texts = [" ".join("[MASK]" if t in gaps else w for t, w in enumerate(tokens)) for tokens, gaps, _ in problems]
    losses = [
        -scores[range(len(gaps)), tokenizer.convert_tokens_to_ids([tokens[t] for t in gaps])].numpy()
        for scores, (tokens, gaps, _) in zip(gap_log_probs(model, tokenizer, texts), problems, strict=True)
    ]
    loss, floor = (float(np.concatenate(part).mean()) for part in (losses, [p[2] for p in problems]))
    return {"loss": loss, "floor": floor, "excess": loss - floor}


def valid_samples(model, tokenizer, *, count: int = 500, seed: int = 0) -> dict:
    """Share of free samples (temperature 1, nothing cut off) that the grammar can produce."""
    import torch

    torch.manual_seed(seed)
    valid = 0
    for size in [len(part) for part in in_batches(range(count), 100)]:
        start = torch.full((size, 1), tokenizer.bos_token_id)
        rows = model.generate(
            start, attention_mask=torch.ones_like(start), do_sample=True, top_k=0, top_p=1.0, temperature=1.0,
            max_new_tokens=tokenizer.model_max_length - 2, pad_token_id=tokenizer.pad_token_id,
            eos_token_id=tokenizer.eos_token_id,
        )  # fmt: skip
        valid += sum(is_valid(tokenizer.decode(row, skip_special_tokens=True)) for row in rows)
    return {"valid": valid / count}


def is_valid(text: str) -> bool:
    """Whether the full language can produce this text as a whole document."""
    try:
        return bool(text.strip()) and tinytown.log_prob(text) < 0
    except tinytown.ImpossibleTextError:
        return False


@functools.cache
def list_problems(shots: int, count: int, seed: int) -> tuple:
    """Labelled lists cut after ``shots`` items and one more word: (prefix words, label, exact answer)."""
    problems = []
    for d in documents_of("list", count, seed, shots + 1):
        cut = sum(map(len, d.sentences[: shots + 1])) - 1
        exact = tinytown.next_token_probs(d.tokens[:cut], language=tinytown.training_language())
        problems.append((d.tokens[:cut], d.tokens[cut], max(exact, key=exact.get)))
    return tuple(problems)


def k_shot(model, tokenizer, *, shots: int = 4, count: int = 500, seed: int = 0) -> dict:
    """Accuracy of a causal model's next word as the label of a list's next item, beside exact Bayes."""
    import torch

    problems = list_problems(shots, count, seed)
    right = 0
    for batch in in_batches(problems):
        encoded = tokenizer([" ".join(prefix) for prefix, _, _ in batch], padding=True, return_tensors="pt")
        last = encoded["attention_mask"].sum(1) - 1
        answers = predictions(model, encoded)[torch.arange(len(batch)), last].argmax(-1)
        right += sum(
            tokenizer.convert_ids_to_tokens(answers.tolist())[i] == label for i, (_, label, _) in enumerate(batch)
        )
    return {"accuracy": right / count, "optimum": float(np.mean([exact == label for _, label, exact in problems]))}


def list_cloze(model, tokenizer, *, shots: int = 4, count: int = 300, seed: int = 0) -> dict:
    """Accuracy of a masked model that reads the same lists with [MASK] for the last label, beside exact Bayes."""
    problems = list_problems(shots, count, seed)
    scores = gap_log_probs(model, tokenizer, [" ".join(prefix) + " [MASK]" for prefix, _, _ in problems])
    answers = tokenizer.convert_ids_to_tokens([int(row[0].argmax()) for row in scores])
    right = np.mean([answer == label for answer, (_, label, _) in zip(answers, problems, strict=True)])
    return {"accuracy": float(right), "optimum": float(np.mean([exact == label for _, label, exact in problems]))}


@functools.cache
def review_problems(count: int, seed: int) -> tuple:
    """Restaurant reviews without their verdict: (text, overall sentiment, exact answer in the full language)."""
    problems = []
    for d in documents_of("restaurant", count, seed):
        exact = tinytown.fact_probs(d.tokens, "overall")
        problems.append((" ".join(d.tokens), d.facts["overall"], max(exact, key=exact.get)))
    return tuple(problems)


def zero_shot_pet(model, tokenizer, *, patterns=PATTERNS, count: int = 500, seed: int = 0) -> dict:
    """Accuracy of good against bad in each pattern's gap on held-out restaurant reviews, beside the exact optimum."""
    problems = review_problems(count, seed)
    good, bad = tokenizer.convert_tokens_to_ids(["good", "bad"])
    by_pattern = {}
    for pattern in patterns:
        scores = gap_log_probs(model, tokenizer, [pattern.format(text=text) for text, _, _ in problems])
        answers = ["good" if row[0, good] > row[0, bad] else "bad" for row in scores]
        by_pattern[pattern] = float(
            np.mean([answer == truth for answer, (_, truth, _) in zip(answers, problems, strict=True)])
        )
    optimum = float(np.mean([exact == truth for _, truth, exact in problems]))
    return {"accuracy": max(by_pattern.values()), "optimum": optimum, "by_pattern": by_pattern}


@functools.cache
def pair_problems(count: int, seed: int) -> tuple:
    """Held-out pairs, every other one a real continuation: (A, B, follows, exact answer)."""
    rng = np.random.default_rng([seed, 800])
    pool = [d for d in tinytown.documents(4 * count, split="test", seed=[seed, 801]) if len(d.sentences) > 1]
    problems = []
    for i in range(count):
        halves = [
            (d.sentences[:j], d.sentences[j:])
            for d in (pool[i], pool[-1 - i])
            for j in [rng.integers(1, len(d.sentences))]
        ]
        follows = i % 2 == 0
        first, second = halves[0][0], halves[0 if follows else 1][1]
        exact = tinytown.next_sentence_prob(first, second) > 0.5
        problems.append((*(" ".join(w for s in side for w in s) for side in (first, second)), follows, exact))
    return tuple(problems)


def follows_probs(model, tokenizer, pairs) -> np.ndarray:
    """Probability that B follows A by the next-sentence head (label 0 in transformers), for (A, B) pairs: (pairs,)."""
    import torch

    found = []
    for batch in in_batches(pairs):
        encoded = tokenizer([a for a, *_ in batch], [b for _, b, *_ in batch], padding=True, return_tensors="pt")
        with torch.no_grad():
            found.append(model(**encoded).seq_relationship_logits.float().softmax(-1)[:, 0])
    return torch.cat(found).numpy()


def next_sentence(model, tokenizer, *, count: int = 500, seed: int = 0) -> dict:
    """Accuracy of the next-sentence head on held-out pairs, beside the exact optimum on the same pairs."""
    problems = pair_problems(count, seed)
    said = follows_probs(model, tokenizer, problems) > 0.5
    truth, exact = (np.array([p[i] for p in problems]) for i in (2, 3))
    return {"accuracy": float((said == truth).mean()), "optimum": float((exact == truth).mean())}


def probes(model, tokenizer) -> dict:
    """Whether each single probe, as typed and with no context around it, comes out as it must."""
    found = {}
    for (text, top, below), (row,) in zip(PROBES, gap_log_probs(model, tokenizer, [p[0] for p in PROBES]), strict=True):
        ranked = tokenizer.convert_ids_to_tokens(row.argsort(descending=True).tolist())
        places = [ranked.index(word) for word in top]
        found[text] = max(places) < (ranked.index(below[0]) if below else len(top))
    for (first, second, follows), p in zip(PAIR_PROBES, follows_probs(model, tokenizer, PAIR_PROBES), strict=True):
        found[f"{first} {second}"] = bool((p > 0.5) == follows)
    return found


def abilities(name: str) -> list:
    """Measures small enough to be taken often along a training run of ``name``, as (model, tokenizer) -> numbers."""
    families = {
        "course-gpt": {
            "excess": (causal_excess, "excess", {"count": 200}),
            "one_shot": (k_shot, "accuracy", {"shots": 1, "count": 300}),
            "four_shot": (k_shot, "accuracy", {"shots": 4, "count": 300}),
        },
        "course-bert": {
            "excess": (masked_excess, "excess", {"count": 200}),
            "zero_shot_pet": (zero_shot_pet, "accuracy", {"count": 300}),
            "next_sentence": (next_sentence, "accuracy", {"count": 300}),
            "list_cloze": (list_cloze, "accuracy", {"shots": 4, "count": 300}),
        },
    }
    if name not in families:
        raise ValueError(f"no abilities are defined for {name!r}; known models: {', '.join(families)}")
    measured = families[name].items()
    return [
        lambda m, t, key=key, f=f, part=part, how=how: {key: f(m, t, **how)[part]} for key, (f, part, how) in measured
    ]
