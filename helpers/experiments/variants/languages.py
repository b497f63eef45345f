"""Languages: does a model of two languages that share no word carry over what it learns in one to the other?

Question: multilingual BERT, fine-tuned on English, answers in other languages, though nothing ever told it which words
mean the same. What makes a small BERT of Tinytown and Faketown do so: depth, narrowness, shared special tokens, shared
positions, random words, the same order of words?

Changed: one of these at a time, and all that is shared at once. Fixed: texts (each is Tinytown or Faketown by a coin,
no text is read in both), masks, steps, optimiser.
Beside it: the exact floor of both languages; the optimum and the best constant answer of two tasks, fine-tuned in
Tinytown and asked in both; translation of words by their embeddings and of texts by their mean state (chance: one in
the number of words or texts).
Cost: 24 points of about 2.5 minutes on one core.
"""

from __future__ import annotations

from dataclasses import replace

import torch
from torch.nn.functional import normalize

from helpers import evaluation
from helpers.evaluation.divergence import loss_scores
from helpers.evaluation.language import writable_words
from helpers.experiments.ablations import settings
from helpers.experiments.variants import small_models, tasks
from helpers.experiments.variants.faketown import Bilingual, Setting, build, encoder, in_order
from helpers.methods.pooling import pool

NAME = "languages"
SEEDS = small_models.SEEDS
RECIPE = small_models.RECIPE
SETTINGS = {
    "all shared": Setting(),
    "one layer": Setting(layers=1),
    "twice as wide": Setting(d_model=2 * RECIPE.d_model),
    "own special tokens": Setting(special_tokens=False),
    "own positions": Setting(positions=False),
    "no random words": Setting(random_words=False),
    "reversed order": Setting(same_order=False),
    "nothing shared": Setting(special_tokens=False, positions=False, random_words=False),
}
TASKS = ("classification", "entities")
COUNT, TEXTS = 300, 200


def grid():
    """Every setting with every seed."""
    for seed in SEEDS:
        for variant, setting in SETTINGS.items():
            recipe = settings(setting.recipe(RECIPE))
            yield {"experiment": NAME, "variant": variant, "seed": seed, "recipe": recipe}


def setting_of(variant: str) -> Setting:
    """The setting of a name.

    Raises ValueError for an unknown one, listing the known ones.
    """
    if variant not in SETTINGS:
        raise ValueError(f"no setting is named {variant!r}; choose from {', '.join(SETTINGS)}")
    return SETTINGS[variant]


def trained(variant: str, seed: int, recipe=None):
    """A trained model of both languages: (model, tokenizer)."""
    setting, recipe = setting_of(variant), recipe or RECIPE
    model, tokenizer = build(setting, seed, recipe)
    folder = small_models.folder_of(NAME, variant, seed)
    small_models.train(model, tokenizer, Bilingual(setting), setting.recipe(recipe), folder=folder, seed=seed)
    return model, tokenizer


def turned(text: str, setting: Setting, *, fake: bool) -> str:
    """A text in the order of words of one of the languages."""
    words = text.split()
    return " ".join(in_order(["", *words, ""], setting)[1:-1]) if fake else text


def excess(model, tokenizer, setting: Setting, *, fake: bool, count: int = COUNT) -> float:
    """Nats above the floor at hidden words in one of the languages."""
    language = evaluation.measured_language(None, tokenizer)
    problems = evaluation.masked_problems(count, 0, 0.15, language)
    words = [" ".join("[MASK]" if t in gaps else w for t, w in enumerate(tokens)) for tokens, gaps, _ in problems]
    texts, rows = [turned(text, setting, fake=fake) for text in words], []
    write = encoder(setting, fake=fake)
    for batch in evaluation.in_batches(texts):
        where = tokenizer(batch, padding=True, return_tensors="pt")["input_ids"] == tokenizer.mask_token_id
        scores = evaluation.predictions(model, write(tokenizer, batch))
        rows += [row[there] for row, there in zip(scores, where, strict=True)]
    if fake and not setting.same_order:
        rows = [row.flip(0) for row in rows]
    shift = len(tokenizer) if fake else 0
    columns = [i + shift for i in tokenizer.convert_tokens_to_ids(list(language.words))]
    return loss_scores([probs for *_, probs in problems], rows, columns)["excess"]


def word_translation(model, tokenizer) -> float:
    """Share of Tinytown's words whose nearest Faketown word, by the cosine of their embeddings, is their copy."""
    language = evaluation.measured_language(None, tokenizer)
    ids = torch.tensor(tokenizer.convert_tokens_to_ids(list(writable_words(language))))
    table = model.get_input_embeddings().weight.detach()
    return nearest(table[ids], table[ids + len(tokenizer)])


def nearest(one, two) -> float:
    """Share of rows of one side whose most alike row of the other side stands at the same place.

    >>> nearest(torch.eye(3), torch.eye(3)[[0, 2, 1]])
    0.3333333432674408
    """
    found = (normalize(one, dim=-1) @ normalize(two, dim=-1).T).argmax(1)
    return (found == torch.arange(len(one))).float().mean().item()


def text_translation(model, tokenizer, setting: Setting, *, count: int = TEXTS) -> float:
    """Share of held-out texts whose nearest Faketown text, by the mean of the last states, says the same."""
    texts = [" ".join(d.tokens) for d in evaluation.held_out_documents(count, 0)]
    sides = []
    for fake in (False, True):
        write, vectors = encoder(setting, fake=fake), []
        for batch in evaluation.in_batches([turned(text, setting, fake=fake) for text in texts]):
            written = write(tokenizer, batch)
            with torch.no_grad():
                states = model.bert(**written).last_hidden_state
            vectors.append(pool(states, written["attention_mask"], "mean"))
        sides.append(torch.cat(vectors))
    return nearest(*sides)


def transfer(model, tokenizer, setting: Setting, *, seed: int, recipe=tasks.RECIPE, counts=tasks.COUNTS) -> dict:
    """Two tasks, fine-tuned in Tinytown and asked in Tinytown and in Faketown: {task: {language: scores}}."""
    found = {}
    for task in TASKS:
        how = {"seed": seed, "recipe": recipe, "counts": counts, "encoded": encoder(setting, fake=False)}
        head, _ = tasks.tuned(task, model.bert, tokenizer, **how)
        test, found[task] = tasks.problems(task, "test", counts["test"], seed), {}
        for name, fake in (("tinytown", False), ("faketown", True)):
            asked = [faked(problem, setting) if fake else problem for problem in test]
            collate = tasks.batches(tokenizer, encoder(setting, fake=fake))
            found[task][name] = tasks.scores_of(tasks.log_probs(head, collate, asked), asked)
    return found


def faked(problem, setting: Setting):
    """A problem in Faketown's order of words."""
    if setting.same_order:
        return problem
    last = len(problem.text.split()) - 1
    places = tuple(last - place for place in problem.places)[::-1]
    return replace(
        problem,
        text=turned(problem.text, setting, fake=True),
        places=places,
        labels=problem.labels[::-1],
        exact=problem.exact[::-1],
    )


def run(point: dict) -> dict:
    """Train a model of both languages if need be, and measure what one knows of the other."""
    setting, (model, tokenizer) = setting_of(point["variant"]), trained(point["variant"], point["seed"])
    return {
        "excess": excess(model, tokenizer, setting, fake=False),
        "faketown excess": excess(model, tokenizer, setting, fake=True),
        "words": word_translation(model, tokenizer),
        "texts": text_translation(model, tokenizer, setting),
        "tasks": transfer(model, tokenizer, setting, seed=point["seed"]),
    }
