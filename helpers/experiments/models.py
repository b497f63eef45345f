"""Score the shipped models: their numbers go into data/results/models.json and into their cards.

Every score stands beside the exact optimum on the same 500 held-out documents, pairs, reviews or lists. Scores are
expected ones under the exact posterior: none is above its optimum.
"""

import json

from helpers import evaluation
from helpers.experiments.runner import language_here, weights_of
from helpers.models import DATA, load_course, model_card
from helpers.models.course import weights_fingerprint
from helpers.models.model_card import score_table
from helpers.tasks import reviews
from helpers.training import log
from helpers.transformer.parameters import cross_attention, tables_and_blocks

RESULTS = DATA / "results" / "models.json"
ANTICOAGULANTS = "the patient was prescribed [MASK] for anticoagulation ."
MANY_REVIEWS = 2_000  # so that enough of them have a negation, or a contrast


def loss_row(found: dict) -> dict:
    """An expected loss beside its floor, in nats per predicted token; the difference is KL(exact || model)."""
    return {"model": found["loss"], "exact": found["floor"], "difference": found["excess"], "± 95 %": found["ci95"]}


def accuracy_row(found: dict) -> dict:
    """An expected accuracy beside the exact optimum, and the share of the optimum that is reached."""
    share = found["accuracy"] / found["optimum"]
    return {"model": found["accuracy"], "exact": found["optimum"], "share of exact": share, "± 95 %": found["ci95"]}


def pattern_rows(what: str, found: dict) -> dict:
    """A row for the pattern that validation chose, and one for each pattern."""
    rows = {f"{what}, pattern chosen on validation": accuracy_row(found)}
    return rows | {f"{what}, {pattern!r}": accuracy_row(row) for pattern, row in found["by_pattern"].items()}


def score_bert(model, tokenizer) -> dict:
    """Every measure of course-bert: measure -> row of numbers."""
    rows = {
        "loss, nats per masked word (15 %, pure [MASK])": loss_row(evaluation.masked_excess(model, tokenizer)),
        "loss, the lists left out": loss_row(evaluation.masked_excess(model, tokenizer, without="list")),
        "next sentence, accuracy on held-out pairs": accuracy_row(evaluation.next_sentence(model, tokenizer)),
        "4-shot label read as a cloze": accuracy_row(evaluation.list_cloze(model, tokenizer, count=500)),
    }
    distance = evaluation.gap_distance(model, tokenizer, ANTICOAGULANTS)
    rows["the two anticoagulants, total variation"] = {"model": distance["model"], "exact": 0.0}
    checks = evaluation.spot_checks(model, tokenizer)
    return (
        rows
        | verdict_rows("zero-shot PET", model, tokenizer)
        | {f"spot check: {text}": {"model": right} for text, right in checks.items()}
    )


def score_gpt(model, tokenizer) -> dict:
    """Every measure of course-gpt: measure -> row of numbers."""
    found = evaluation.valid_samples(model, tokenizer)
    rows = {
        "loss, nats per token": loss_row(evaluation.causal_excess(model, tokenizer)),
        "free samples that the grammar can produce": accuracy_row(
            {**found, "accuracy": found["valid"], "optimum": 1.0}
        ),
    }
    for shots in range(9):
        rows[f"{shots}-shot label of a list"] = accuracy_row(evaluation.k_shot(model, tokenizer, shots=shots))
    return rows | verdict_rows("zero-shot verdict", model, tokenizer, read=evaluation.left_log_probs)


def score_t5(model, tokenizer) -> dict:
    """Every measure of course-t5: measure -> row of numbers."""
    found = evaluation.span_excess(model, tokenizer)
    return {
        "loss, nats per target token (spans at 15 %)": loss_row(found),
        "loss, nats per hidden word": {"difference": found["per_word"]},
        "4-shot label written for a sentinel": written_label(model, tokenizer),
    } | written_verdicts(model, tokenizer)


def score_bart(model, tokenizer) -> dict:
    """Every measure of course-bart: measure -> row of numbers."""
    found = evaluation.denoising_excess(model, tokenizer)
    return {
        "loss, nats per target token (damaged text to whole text)": loss_row(found),
        "loss, nats per hidden word": {"difference": found["per_word"]},
        "4-shot label written for a [MASK]": written_label(model, tokenizer),
    } | written_verdicts(model, tokenizer)


def written_label(model, tokenizer) -> dict:
    """The last label of a list, as the word written for its gap."""
    return accuracy_row(evaluation.list_cloze(model, tokenizer, count=500, read=evaluation.written_log_probs))


def written_verdicts(model, tokenizer) -> dict:
    """The restaurant's verdict, never seen in training, as the word written for the gap of each pattern."""
    return verdict_rows("zero-shot verdict", model, tokenizer, read=evaluation.written_log_probs)


def verdict_rows(what: str, model, tokenizer, **how) -> dict:
    """The restaurant's verdict in every pattern, and in the chosen one on reviews with a "was not", with a "but"."""
    rows = pattern_rows(what, evaluation.zero_shot_pet(model, tokenizer, **how))
    for name in ("negation", "contrast"):
        found = evaluation.zero_shot_pet(
            model, tokenizer, count=MANY_REVIEWS, keep=lambda text, name=name: reviews.group(text) == name, **how
        )
        rows[f"{what}, {name}"] = accuracy_row(found)
    return rows


SCORED = {"course-bert": score_bert, "course-gpt": score_gpt, "course-t5": score_t5, "course-bart": score_bart}


def score(name: str) -> dict:
    """Load a shipped model and measure everything: measure -> row of numbers."""
    model, tokenizer = load_course(name, attn_implementation="sdpa")
    cross, outside = cross_attention(model), tables_and_blocks(model)[1]
    about = {"parameters outside embeddings": {"model": outside}}
    if cross:
        about["parameters outside embeddings and cross-attention"] = {"model": outside - cross}
    about["fingerprint of the weights"] = {"model": weights_fingerprint(model)}
    about["fingerprint of the language"] = {"model": model.config.language}
    return SCORED[name](model, tokenizer) | about


def shipped() -> list[str]:
    """The models that can be scored: those whose folder is there."""
    return [name for name in SCORED if (DATA / "models" / name).is_dir()]


def write_card(name: str, rows: dict) -> None:
    """Write the model's README.md from its training record and its scores."""
    record = log.read(DATA / "training" / f"{name}.jsonl")
    (DATA / "models" / name / "README.md").write_text(model_card.render(name, record, rows), encoding="utf-8")


def recorded() -> dict:
    """What models.json holds: model -> measure -> row; nothing when it is not there."""
    return json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}


def stale() -> list[str]:
    """The shipped models whose scores are missing, or of other weights or of another language."""
    kept = recorded()
    return [name for name in shipped() if not _is_current(name, kept.get(name, {}))]


def _is_current(name: str, rows: dict) -> bool:
    found = [rows.get(f"fingerprint of the {what}", {}).get("model") for what in ("weights", "language")]
    return found == [weights_of(name), language_here()]


def main(names=()) -> None:
    """Score the named models, or all that are there, and print each table."""
    unknown = [name for name in names if name not in SCORED]
    if unknown:
        raise SystemExit(f"no scores are defined for {unknown[0]!r}; choose from {', '.join(SCORED)}")
    results = recorded()
    for name in names or shipped():
        results[name] = score(name)
        write_card(name, results[name])
        print(f"\n{name}\n{score_table(results[name])}", flush=True)
    unfinished = RESULTS.with_suffix(".part")
    unfinished.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    unfinished.replace(RESULTS)
