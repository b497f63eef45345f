"""Ways to judge a review after k labelled ones, each with eight recipes to choose from, a fresh head with ten.

A trained method takes the same number of steps and examples a step, about twenty readings of each of 256 reviews (as
Mosbach, Andriushchenko and Klakow 2021, "On the Stability of Fine-tuning BERT", advise); its recipes differ in the
learning rate and in one more choice. A method that reads its examples in the prompt chooses how to write them.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np
import torch
from torch.nn.functional import cross_entropy

from helpers.methods import cloze, in_context
from helpers.methods.cloze.patterns import distinct_ids
from helpers.methods.pooling import PooledClassifier
from helpers.methods.probing import body_of
from helpers.models import load_course
from helpers.models.checks import room_of
from helpers.models.encoding import encode
from helpers.objectives.padding import IGNORE_INDEX
from helpers.tasks.reviews import LABELS, reviews
from helpers.training.finetuning import FineTuning, class_probs, finetune, text_batches

STEPS, BATCH_SIZE = 600, 8
RATES = (7e-5, 2e-4, 7e-4, 2e-3)
ALL_RATES, HEAD_RATES = (2e-5, *RATES), (7e-4, 2e-3, 7e-3, 2e-2, 7e-2)  # of a fresh head: with its model, or alone
OWN_NAMES = {"good": "good", "bad": "bad"}
PET_RECIPES = tuple(
    {"learning_rate": rate, "lm_weight": weight, "steps": STEPS} for rate in RATES for weight in (0.0, 0.1)
)
HEAD_RECIPES = tuple(
    {"learning_rate": rate, "train": what, "steps": STEPS}
    for what, rates in (("all", ALL_RATES), ("head", HEAD_RATES))
    for rate in rates
)
PROMPTS = {"verdict": cloze.PATTERNS["plain"], "arrow": "{text} -> [MASK]"}
BETWEEN = {"verdict": " ", "arrow": " ; "}  # or the end mark
PROMPT_RECIPES = tuple(
    {"prompt": prompt, "between": between, "calibrated": calibrated}
    for prompt in PROMPTS
    for between in (BETWEEN[prompt], " <|endoftext|> ")
    for calibrated in (False, True)
)


@dataclass(frozen=True)
class Method:
    """One line of the figure: whose weights it uses, its recipes, and (labelled, texts, recipe, seed) -> (texts, 2)."""

    model: str
    recipes: tuple
    predict: object


@functools.cache
def source(name: str):
    """A course model and its tokenizer."""
    return load_course(name, attn_implementation="sdpa")


def unlabelled():
    """Training reviews whose label no method looks at."""
    return reviews(500, split="train", seed=7)


def _recipe(recipe) -> FineTuning:
    return FineTuning(steps=recipe["steps"], batch_size=BATCH_SIZE, learning_rate=recipe["learning_rate"])


def pet(labelled, texts, recipe, seed, *, verbalizer):
    """course-bert's own output layer at the gap, trained when there are labels: probabilities (texts, 2)."""
    model, tokenizer = source("course-bert")
    pattern = cloze.PATTERNS["plain"]
    if labelled:
        task = cloze.Pet(pattern, verbalizer, _recipe(recipe), lm_weight=recipe["lm_weight"])
        examples = [(review.text, review.label) for review in labelled]
        model, _ = cloze.train(
            model,
            tokenizer,
            examples,
            pet=task,
            unlabelled=[review.text for review in unlabelled()],
            generator=torch.Generator().manual_seed(seed),
        )
    scores = cloze.label_scores(model, tokenizer, texts, pattern=pattern, verbalizer=verbalizer)
    return np.exp(cloze.normalised(scores))


def next_word(labelled, texts, recipe, seed, *, verbalizer):
    """course-gpt trained to say the label's word behind the review, PET's loss at its next word: (texts, 2).

    The same pattern, loss, steps and recipes as `pet`; the second term is the next-word loss on unlabelled questions.
    """
    model, tokenizer = source("course-gpt")
    pattern = cloze.PATTERNS["plain"]
    if labelled:
        generator = torch.Generator().manual_seed(seed)
        ids = distinct_ids(tokenizer, verbalizer, pattern=pattern).values()
        loss = _next_word_loss([[word for (word,) in words] for words in ids], recipe)
        examples = [(_question(pattern, review.text), list(verbalizer).index(review.label)) for review in labelled]
        spare = [_question(pattern, review.text) for review in unlabelled()]

        def collate(chosen):
            batch = {"asked": dict(encode(tokenizer, [text for text, _ in chosen]))}
            if recipe["lm_weight"]:
                drawn = torch.randint(len(spare), (len(chosen),), generator=generator).tolist()
                batch["spare"] = dict(encode(tokenizer, [spare[i] for i in drawn]))
            return {**batch, "labels": torch.tensor([label for _, label in chosen])}

        model, _ = finetune(model, examples, collate=collate, generator=generator, recipe=_recipe(recipe), loss=loss)
    return in_context.label_probs(model, tokenizer, [], texts, pattern=pattern, verbalizer=verbalizer)


def _question(pattern: str, text: str) -> str:
    """The text and the pattern up to its gap, as `in_context` asks it."""
    return pattern.split(cloze.GAP)[0].replace("{text}", text).strip()


def _next_word_loss(columns, recipe):
    """PET's loss at the word that follows the question, and a share of the next-word loss, for `finetune`."""
    share = recipe["lm_weight"]

    def loss(model, batch):
        last = batch["asked"]["attention_mask"].sum(1) - 1
        vectors = body_of(model)(**batch["asked"]).last_hidden_state[torch.arange(len(last)), last]
        logits = model.get_output_embeddings()(vectors)  # of one position a text: all others are not asked
        value = (1 - share) * cloze.pet_loss(logits, batch["labels"], columns)
        if share:
            ids = batch["spare"]["input_ids"].masked_fill(batch["spare"]["attention_mask"] == 0, IGNORE_INDEX)
            logits = model(**batch["spare"]).logits[:, :-1]
            value = value + share * cross_entropy(logits.flatten(0, 1), ids[:, 1:].flatten())
        return value

    return loss


def head(labelled, texts, recipe, seed, *, model, how):
    """A fresh matrix on one vector of a text, trained when there are labels: probabilities (texts, 2)."""
    body, tokenizer = source(model)
    generator = torch.Generator().manual_seed(seed)
    classifier = PooledClassifier(body_of(body), len(LABELS), how=how, generator=generator).eval()
    collate = text_batches(tokenizer)
    if labelled:
        examples = [(review.text, LABELS.index(review.label)) for review in labelled]
        frozen = ("body.",) if recipe["train"] == "head" else ()
        classifier, _ = finetune(
            classifier, examples, collate=collate, generator=generator, recipe=_recipe(recipe), frozen=frozen
        )
    return class_probs(classifier, [(text, 0) for text in texts], collate=collate).numpy()


def prompted(labelled, texts, recipe, seed, *, verbalizer):
    """course-gpt with the labelled reviews in its prompt: probabilities (texts, 2); nothing is drawn."""
    shown = in_context.most_that_could_fit([(review.text, review.label) for review in labelled], 128)
    return _prompted(tuple(shown), tuple(texts), tuple(sorted(recipe.items())), tuple(verbalizer.items()))


def shown_in_prompt(labelled, texts, recipe) -> dict:
    """How many of the labelled reviews stand in the prompts of texts: {"shown": the mean, "least shown"}."""
    model, tokenizer = source("course-gpt")
    how = {"pattern": PROMPTS[recipe["prompt"]], "verbalizer": OWN_NAMES, "between": recipe["between"]}
    examples, room = [(review.text, review.label) for review in labelled], room_of(model, tokenizer)
    counts = [in_context.examples_that_fit(tokenizer, examples, text, room=room, **how) for text in texts]
    return {"shown": float(np.mean(counts)), "least shown": min(counts)}


@functools.lru_cache(maxsize=8)
def _prompted(shown, texts, recipe, verbalizer):
    """The same with arguments that can be remembered."""
    recipe = dict(recipe)
    probs = functools.partial(
        in_context.label_probs,
        *source("course-gpt"),
        shown,
        between=recipe["between"],
        pattern=PROMPTS[recipe["prompt"]],
        verbalizer=dict(verbalizer),
    )
    if not recipe["calibrated"]:
        return probs(texts)
    prior = cloze.label_prior(np.log(probs([review.text for review in unlabelled()[:100]])))
    return np.exp(cloze.calibrated(np.log(probs(texts)), prior))


def in_order_of_length(predict):
    """The same predictions with less padding: texts are read shortest first, and put back in their order."""

    @functools.wraps(predict)
    def shortest_first(labelled, texts, recipe, seed):
        order = np.argsort([len(text.split()) for text in texts], kind="stable")
        probs = np.empty((len(texts), len(LABELS)))
        probs[order] = predict(labelled, [texts[i] for i in order], recipe, seed)
        return probs

    return shortest_first


def _method(model, recipes, predict, /, **how):
    return Method(model, recipes, in_order_of_length(functools.partial(predict, **how)))


METHODS = {
    "PET": _method("course-bert", PET_RECIPES, pet, verbalizer=OWN_NAMES),
    "[CLS] head": _method("course-bert", HEAD_RECIPES, head, model="course-bert", how="first"),
    "mean-pool head": _method("course-bert", HEAD_RECIPES, head, model="course-bert", how="mean"),
    "last-token head": _method("course-gpt", HEAD_RECIPES, head, model="course-gpt", how="last"),
    "in context": _method("course-gpt", PROMPT_RECIPES, prompted, verbalizer=OWN_NAMES),
    "next word": _method("course-gpt", PET_RECIPES, next_word, verbalizer=OWN_NAMES),
}
