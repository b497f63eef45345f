"""A good call of each public function of tinytown, each argument with its kind."""

from fuzz.calls import NOISE, OTHER, REVIEWS, TEXT, call
from fuzz.variants import Lazy, rng

from helpers import tinytown
from helpers.objectives.denoising import cover_probability
from helpers.objectives.span_corruption import placement_log_prob

LANGUAGE = Lazy(tinytown.training_language)
SPANS = {
    "tokens": ("document", TEXT),
    "spans": ("spans", [(1, 2)]),
    "language": ("language", LANGUAGE),
    "placement": ("function", placement_log_prob),
}
CALLS = [
    *(
        call(f"tinytown.{name}", tokens=("document", TEXT), language=("language", LANGUAGE))
        for name in ("log_prob", "causal_losses", "single_gap_losses")
    ),
    call("tinytown.log_prob", tokens=("word list", TEXT.split())),
    call("tinytown.prefix_log_prob", prefix=("document", "the cat sat"), language=("language", LANGUAGE)),
    call("tinytown.next_token_probs", prefix=("document", "the cat sat"), language=("language", LANGUAGE)),
    call(
        "tinytown.cloze_probs",
        tokens_with_none=("document", "the cat sat on the [MASK] ."),
        language=("language", LANGUAGE),
    ),
    call(
        "tinytown.complete",
        tokens_with_none=("document", "the cat sat on the [MASK] ."),
        rng=("rng", rng()),
        language=("language", LANGUAGE),
    ),
    call("tinytown.Reading", text=("document", TEXT), language=("language", LANGUAGE), fine="text:*"),
    call(
        "tinytown.fact_probs",
        text=("document", REVIEWS[0]),
        fact=("choice", "overall"),
        language=("language", LANGUAGE),
    ),
    call(
        "tinytown.best_fact", text=("document", REVIEWS[0]), fact=("choice", "overall"), language=("language", LANGUAGE)
    ),
    call(
        "tinytown.most_probable",
        count=("count", 1),
        prefix=("document", "the cat sat on the mat"),
        language=("language", LANGUAGE),
        most=("count", 500),
        fine="count:huge, most:huge",
    ),
    call("tinytown.scene_probs", text=("document", TEXT), language=("language", LANGUAGE)),
    call("tinytown.world_probs", text=("document", TEXT), language=("language", LANGUAGE)),
    call("tinytown.world_prior", language=("language", LANGUAGE)),
    call("tinytown.entity_probs", text=("document", TEXT), side=("choice", "left"), language=("language", LANGUAGE)),
    call("tinytown.masked_losses", tokens=("document", TEXT), gaps=("gaps", [1, 5]), language=("language", LANGUAGE)),
    call(
        "tinytown.mixed_masked_probs",
        tokens=("document", TEXT),
        chosen=("gaps", [1, 5]),
        rate=("share", 0.15),
        mix=("words", (0.8, 0.1, 0.1)),
        language=("language", LANGUAGE),
    ),
    call("tinytown.span_loss", tokens=("document", TEXT), gaps=("gaps", [1, 5]), language=("language", LANGUAGE)),
    call("tinytown.unknown_spans_loss", **SPANS),
    call("tinytown.span_target_probs", **SPANS),
    call("tinytown.draw_gaps", length=("number", 10), rate=("share", 0.15), rng=("rng", rng())),
    call(
        "tinytown.entropy_floor",
        documents=("words", tinytown.documents(2, seed=0)),
        seed=("seed", 0),
        objective=("choice", "masked"),
        rate=("share", 0.15),
        language=("language", LANGUAGE),
    ),
    *(
        call(
            f"tinytown.{name}",
            first=("sentences", [TEXT]),
            second=("sentences", [OTHER]),
            language=("language", LANGUAGE),
        )
        for name in ("next_sentence_prob", "order_prob")
    ),
    call("tinytown.pair_probs", first=("document", TEXT), second=("document", OTHER), language=("language", LANGUAGE)),
    call(
        "tinytown.is_next_prob",
        first=("document", TEXT),
        second=("document", OTHER),
        negatives=("choice", "random"),
        language=("language", LANGUAGE),
    ),
    call("tinytown.Noise", start=("share", 0.1), cover=("function", cover_probability)),
    call(
        "tinytown.infilled_loss",
        tokens=("document", TEXT),
        noised=("document", "the [MASK] sat on the mat ."),
        noise=("module", NOISE),
        language=("language", LANGUAGE),
    ),
    call(
        "tinytown.denoised_probs",
        tokens=("document", TEXT),
        noised=("document", "the [MASK] sat on the mat ."),
        noise=("module", NOISE),
        language=("language", LANGUAGE),
    ),
    call(
        "tinytown.noised_log_prob",
        noised=("document", "the [MASK] sat on the mat ."),
        noise=("module", NOISE),
        language=("language", LANGUAGE),
    ),
    call("tinytown.only", _0=("name", "news"), _1=("name", "travel")),
    call("tinytown.vocabulary", language=("language", LANGUAGE)),
    call(
        "tinytown.unknown_words",
        text=("document", TEXT),
        language=("language", LANGUAGE),
        fine="text:unknown_words, text:capital_in_a_list, text:mask_in_a_list",
    ),
    call(
        "tinytown.split_of",
        text=("document", TEXT),
        fine="text:unknown_words, text:capital_in_a_list, text:mask_in_a_list",
    ),
    call("tinytown.sample_document", rng=("rng", rng()), language=("language", LANGUAGE)),
    call(
        "tinytown.documents",
        count=("number", 2),
        split=("choice", "test"),
        seed=("seed", 0),
        language=("language", LANGUAGE),
    ),
    call(
        "tinytown.distinct_documents",
        count=("number", 2),
        split=("choice", "test"),
        seed=("seed", 0),
        language=("language", LANGUAGE),
    ),
]
