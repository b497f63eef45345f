"""The README.md of a course model, written from what was recorded: nothing in it is typed by hand.

The header that hubs and search engines read, with every score as data, is huggingface_hub's.
"""

from __future__ import annotations

from huggingface_hub import EvalResult, ModelCard, ModelCardData

CLASSES = {
    "course-bert": ("BertForPreTraining", "masked language modelling and next sentence prediction"),
    "course-gpt": ("GPT2LMHeadModel", "causal language modelling"),
    "course-t5": ("T5ForConditionalGeneration", "span corruption"),
    "course-bart": ("BartForConditionalGeneration", "text infilling and sentence permutation"),
}
TASKS = {
    "course-bert": "fill-mask",
    "course-gpt": "text-generation",
    "course-t5": "text-generation",
    "course-bart": "text-generation",
}
LANGUAGE = "fingerprint of the language"
FAMILY = (
    "Equal parameters (but for cross-attention and heads), equal documents, equal words, equal optimiser; only mask and"
    " question differ."
)


def render(name, training_record, scores) -> str:
    """The card as Markdown: what the model is, how it was trained, what it scores beside the exact optimum.

    `training_record` is (header, measured steps) as `helpers.training.log.read` gives it; `scores` maps each measure
    to a dict of numbers, such as {"model": 0.95, "exact": 0.97}; its keys become the table's columns.

    Raises KeyError for a model without a class to load it, and ValueError for a run without a measured step: train.
    """
    header, steps = training_record
    if not steps:
        raise ValueError(f"the training record of {name} has no measured step; train it first")
    class_name, objective = CLASSES[name]
    language = scores.get(LANGUAGE, {}).get("model", "unknown")
    parts = [
        f"# {name}",
        _introduction(name, class_name, objective, header),
        "## Family",
        _family(name, header["recipe"]),
        "## Training",
        _training(header, steps[-1], language),
        "## Scores",
        "Expected scores under the exact posterior of each held-out text, so that none can be above the optimum.",
        score_table(scores),
        "## Made with",
        f"```\n{header['command']}\n```",
    ]
    data = _card_data(name, scores, language)
    return str(ModelCard(f"---\n{data.to_yaml()}\n---\n\n" + "\n\n".join(parts) + "\n"))


def _card_data(name, scores, language) -> ModelCardData:
    """License, library and every measured number as data that a hub can read."""
    results = [
        EvalResult(
            task_type=TASKS[name],
            dataset_type="tinytown",
            dataset_name="Tinytown, held-out texts",
            dataset_split="test",
            dataset_revision=language,
            metric_type="accuracy" if "share of exact" in row else "loss",
            metric_name=measure,
            metric_value=round(row["model"], 6),
            metric_args={"optimum": round(row["exact"], 6)},
        )
        for measure, row in scores.items()
        if "exact" in row
    ]
    about = {"license": "mit", "library_name": "transformers", "language": "en", "pipeline_tag": TASKS[name]}
    return ModelCardData(**about, model_name=name, eval_results=results or None)


def score_table(scores) -> str:
    """A Markdown table with one row for each measure.

    >>> print(score_table({"accuracy": {"value": 0.95, "optimum": 1.0}, "loss": {"value": 0.5}}))
    | measure | value | optimum |
    |---|---|---|
    | accuracy | 0.95 | 1 |
    | loss | 0.5 | |
    """
    columns = list(dict.fromkeys(column for row in scores.values() for column in row))
    lines = ["| measure | " + " | ".join(columns) + " |", "|---" * (len(columns) + 1) + "|"]
    for measure, row in scores.items():
        cells = [_shown(row[column]) if column in row else "" for column in columns]
        lines.append("|" + "|".join(f" {cell} " if cell else " " for cell in [measure, *cells]) + "|")
    return "\n".join(lines)


def _shown(value) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _introduction(name, class_name, objective, header) -> str:
    recipe = header["recipe"]
    return (
        f"A `{class_name}` trained from scratch on Tinytown, a small English-like language whose best possible"
        f" predictions are known exactly. Objective: {objective}. {header['parameters']:,} parameters:"
        f" {_layers(name, recipe)} layers, width {recipe['d_model']}, {recipe['heads']} heads, feed-forward"
        f" {recipe['feed_forward']}, {recipe['positions']} positions. It knows Tinytown and nothing else."
        f"\n\n```python\nfrom transformers import AutoTokenizer, {class_name}\n\n"
        f'model = {class_name}.from_pretrained("data/models/{name}")\n'
        f'tokenizer = AutoTokenizer.from_pretrained("data/models/{name}")\n```'
    )


def _family(name, recipe) -> str:
    others = ", ".join(other for other in CLASSES if other != name)
    halves = f" Its {_layers(name, recipe)} layers stand beside {recipe['layers']} in a model of one stack."
    return f"One of four, with {others}. {FAMILY}" + (halves if "+" in halves else "")


def _layers(name, recipe):
    half = recipe["layers"] // 2
    return f"{half} + {half}" if CLASSES[name][0].endswith("ForConditionalGeneration") else str(recipe["layers"])


def _mask_rates(recipe):
    first, last = recipe["first_mask_rate"], recipe["mask_rate"]
    chunks = f"over {recipe['mask_rate_chunks']} chunks of {recipe['chunk_documents']:,} documents"
    return f"{first:.0%} at first, falling to {last:.0%} {chunks}"


def _phase(recipe):
    """The row about the curriculum phase, or none for a recipe without."""
    if "phase_chunks" not in recipe:
        return {}
    return {
        "curriculum phase": f"in {recipe['phase_chunks']} chunks from chunk {recipe['phase_chunk']} on"
        f" {recipe['phase_share']:.0%} of the documents are of the scene {recipe['phase_scene']!r}: for seven eighths"
        f" cut after three to {recipe['phase_sentences']} sentences, one word hidden in each; then whole"
    }


def _training(header, last, language) -> str:
    recipe = header["recipe"]
    rows = {
        "data": f"{last['words']:,} words, sampled fresh from the training split, seed {recipe['seed']}",
        "language": f"Tinytown's training language, fingerprint {language}",
        **({"words to predict": _mask_rates(recipe)} if recipe["name"] in ("course-bert", "course-t5") else {}),
        "steps": f"{recipe['steps']:,} of {recipe['batch_tokens']:,} positions each",
        **_phase(recipe),
        "optimiser": f"Muon for the blocks' matrices, AdamW (betas {tuple(recipe['betas'])}) for the rest,"
        f" weight decay {recipe['weight_decay']} on matrices,"
        f" gradients clipped at {recipe['clip']}",
        "schedule": f"{recipe['warmup_steps']:,} steps of warm-up to {recipe['peak_learning_rate']}, cosine to zero",
        "precision": f"{header.get('precision', recipe['precision'])} matrix products, fp32 weights and attention",
        "time": f"{last['seconds'] / 60:.0f} minutes on {header['device']}, {header['threads']} thread(s)",
        "loss on held-out documents": f"{last['validation']:.3f} nats per predicted token; exact floor"
        f" {last['floor']:.3f}",
        "versions": f"Python {header['python']}, torch {header['torch']}, transformers {header['transformers']}",
    }
    return "\n".join(["| | |", "|---|---|", *(f"| {name} | {value} |" for name, value in rows.items())])
