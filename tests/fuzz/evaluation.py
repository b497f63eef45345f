"""A good call of each public function of evaluation, each argument with its kind."""

from fuzz.calls import GPT_TOK, OTHER, PAIRS, REVIEWS, TEXT, TOK, call
from fuzz.variants import Lazy, load, model, tokenizer

from helpers import tinytown
from helpers.evaluation import written_log_probs
from helpers.models.encoding import encode

BERT, GPT, T5, BART = (model(f"course-{name}") for name in ("bert", "gpt", "t5", "bart"))
LANGUAGE = Lazy(tinytown.training_language)
ASK = {"model": ("masked model", BERT), "tokenizer": ("encoder's tokenizer", TOK)}
NEXT = {"model": ("causal model", GPT), "tokenizer": ("decoder's tokenizer", GPT_TOK)}
WRITE = {"model": ("two stacks", T5), "tokenizer": ("two stacks' tokenizer", tokenizer("course-t5"))}
FEW = {"count": ("few", 3), "seed": ("seed", 0), "language": ("language", LANGUAGE)}
ASKED = ["the pizza was awful . the restaurant is [MASK] .", "the cat sat on the [MASK] ."]
WORDS = [(["the", "<extra_id_0>", "sat", "."], ["<extra_id_0>", "cat", "<extra_id_1>"])]
CALLS = [
    call("evaluation.gap_log_probs", **ASK, texts=("texts", ASKED)),
    call("evaluation.next_word_log_probs", **NEXT, prefixes=("texts", REVIEWS)),
    call("evaluation.left_log_probs", **NEXT, texts=("texts", ASKED)),
    call("evaluation.gap_distance", **ASK, text=("text", ASKED[1]), language=("language", LANGUAGE)),
    call("evaluation.causal_losses", **NEXT, texts=("texts", REVIEWS)),
    call("evaluation.written_log_probs", **WRITE, texts=("texts", ASKED)),
    call("evaluation.follows_probs", **ASK, pairs=("pairs", PAIRS), fine="pairs:three_parts"),
    call("evaluation.follows_log_probs", **ASK, pairs=("pairs", PAIRS), fine="pairs:three_parts"),
    call("evaluation.target_losses", **WRITE, pairs=("sides", WORDS), fine="pairs:three_parts"),
    call("evaluation.masked_excess", **ASK, **FEW, rate=("share", 0.15)),
    call("evaluation.unmasked_guesses", **ASK, **FEW, rate=("share", 0.15)),
    call("evaluation.spot_replaced", **ASK, **FEW),
    call("evaluation.replaced_problems", **FEW, split=("choice", "test")),
    call("evaluation.next_sentence", **ASK, **FEW),
    call("evaluation.causal_excess", **NEXT, **FEW),
    call("evaluation.valid_samples", **NEXT, **FEW),
    call("evaluation.k_shot", **NEXT, **FEW, shots=("few", 1), fine="shots:zero"),
    call("evaluation.list_cloze", **ASK, **FEW, shots=("few", 1), fine="shots:zero"),
    call("evaluation.list_cloze", **WRITE, count=("few", 3), read=("function", written_log_probs)),
    call("evaluation.zero_shot_pet", **ASK, **FEW, patterns=("patterns", ["{text} the restaurant is [MASK] ."])),
    call("evaluation.zero_shot_pet", **WRITE, count=("few", 3), read=("function", written_log_probs)),
    call("evaluation.span_excess", **WRITE, **FEW),
    call(
        "evaluation.denoising_excess",
        model=("two stacks", BART),
        tokenizer=("two stacks' tokenizer", tokenizer("course-bart")),
        **FEW,
    ),
    call("evaluation.spot_checks", **ASK),
    call("evaluation.evaluations_of", name=("name", "course-gpt")),
    call("evaluation.measured_language", **ASK, language=("language", LANGUAGE), fine="tokenizer:*, model:*"),
    call("evaluation.predictions", model=("model at its word", BERT), encoded=("module", Lazy(lambda: _encoded()))),
    call(
        "evaluation.in_batches",
        items=("words", REVIEWS),
        size=("count", 2),
        fine="items:bare_string, items:empty, size:huge",
    ),
    call(
        "evaluation.is_valid",
        text=("document", TEXT),
        language=("language", LANGUAGE),
        fine="text:unknown_words, text:capital_in_a_list, text:mask_in_a_list",
    ),
    call("evaluation.held_out_documents", **FEW),
    call("evaluation.documents_of", scene=("name", "restaurant"), **FEW, longest=("few", 1), split=("choice", "test")),
    call(
        "evaluation.gather",
        count=("few", 2),
        keep=("function", lambda document: True),
        split=("choice", "test"),
        seed=("sides", [0, 1]),
        block=("few", 20),
        language=("language", LANGUAGE),
        fine="seed:empty",
    ),
    call("evaluation.causal_problems", **FEW),
    call("evaluation.masked_problems", **FEW, rate=("share", 0.15)),
    call("evaluation.pair_problems", **FEW),
    call("evaluation.review_problems", **FEW, split=("choice", "test")),
    call("evaluation.list_problems", **FEW, shots=("few", 1), fine="shots:zero"),
    call("evaluation.span_problems", **FEW),
    call("evaluation.noised_problems", **FEW),
]


def _encoded():
    return encode(load("course-bert")[1], [TEXT, OTHER])
