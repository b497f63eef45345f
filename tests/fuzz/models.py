"""A good call of each public function of models, each argument with its kind."""

from fuzz.calls import BERT, BODY, GPT, GPT_TOK, PAIRS, REVIEWS, T5, T5_TOK, TOK, call
from fuzz.variants import Lazy, load
from transformers import AutoModel

CALLS = [
    call(
        "models.load_course", name=("name", "course-bert"), model_class=("module", AutoModel), fine="model_class:none"
    ),
    call(
        "models.compute_in_float32",
        model=("module", Lazy(lambda: load("course-gpt")[0].__class__(load("course-gpt")[0].config).bfloat16())),
    ),
    call("models.tokenizers.vocabulary_ids", words=("words", ["the", "cat"])),
    call("models.tokenizers.build_tokenizer", words=("words", ["the", "cat"])),
    call("models.tokenizers.build_causal_tokenizer", words=("words", ["the", "cat"])),
    call("models.tokenizers.build_text_to_text_tokenizer", words=("words", ["the", "cat"])),
    call("models.tokenizers.word_id_range", tokenizer=("any tokenizer", TOK)),
    call("models.chat_template.render", messages=("words", [{"role": "user", "content": "hello"}])),
    call(
        "models.chat_template.only_new",
        generated=("ids", [7, 8, 9, 5, 2]),
        prompt_length=("number", 2),
        end_id=("number", 2),
        fine="generated:beyond",
    ),
    call(
        "models.encoding.encode",
        tokenizer=("any tokenizer", TOK),
        texts=("texts", REVIEWS),
        model=("module", BERT),
        fine="model:*",
    ),
    call(
        "models.checks.unknown_words", tokenizer=("any tokenizer", TOK), texts=("texts", REVIEWS), fine="texts:too_long"
    ),
    call("models.checks.require_masked_model", model=("masked model", BERT), tokenizer=("encoder's tokenizer", TOK)),
    call(
        "models.checks.require_causal_model",
        model=("causal model", GPT),
        tokenizer=("decoder's tokenizer", GPT_TOK),
    ),
    call(
        "models.checks.require_text_to_text_model",
        model=("two stacks", T5),
        tokenizer=("two stacks' tokenizer", T5_TOK),
    ),
    call(
        "models.checks.require_next_sentence_model", model=("pair model", BERT), tokenizer=("encoder's tokenizer", TOK)
    ),
    call("models.checks.require_body", model=("one stack", BODY), tokenizer=("encoder's tokenizer", TOK)),
    call("models.checks.require_texts", texts=("texts", REVIEWS), fine="texts:capital, texts:spelled, texts:too_long"),
    call("models.checks.require_pairs", pairs=("pairs", PAIRS)),
]
