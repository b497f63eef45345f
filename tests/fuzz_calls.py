"""One good call of each public function, each argument with its kind: bad calls are made of it by `fuzz_variants`.

`fine` names the variants that are right for this function although their kind refuses them: "argument:variant".
"""

import functools
from dataclasses import dataclass

import numpy as np
import torch
from fuzz_variants import Lazy, generator, load, model, rng, tokenizer
from transformers import AutoModel, BertConfig, BertModel

from helpers import tinytown
from helpers.methods.cloze.pet import Pet
from helpers.methods.embeddings.cross_encoder import fresh_reader
from helpers.methods.embeddings.graded import relatives
from helpers.methods.fine_tuned import fresh
from helpers.models.encoding import encode
from helpers.objectives.denoising import cover_probability, start_probability
from helpers.objectives.next_sentence import Pair
from helpers.objectives.span_corruption import placement_log_prob
from helpers.training.finetuning import Recipe
from helpers.transformer.attention import Block


@dataclass(frozen=True)
class Call:
    """A function by its dotted path below helpers, its good arguments and their kinds; `*0` is the first by place."""

    path: str
    arguments: dict
    kinds: dict
    fine: frozenset

    def made(self, **changes):
        """The arguments, lazy ones made: (by place, by name)."""
        values = {name: v.make() if isinstance(v, Lazy) else v for name, v in {**self.arguments, **changes}.items()}
        placed = [values[name] for name in sorted(values) if name.startswith("_")]
        return placed, {name: value for name, value in values.items() if not name.startswith("_")}


def call(path, fine="", **arguments):
    """An argument is (kind, good value)."""
    kinds, values = ({name: pair[i] for name, pair in arguments.items()} for i in (0, 1))
    return Call(path, values, kinds, frozenset(part.strip() for part in fine.split(",")))


TEXT, OTHER = "the cat sat on the mat .", "it was purring softly ."
REVIEWS = ["the pizza was fantastic .", "the pizza was awful ."]
PAIRS = [(TEXT, OTHER), ("the pizza was awful .", "the restaurant is bad .")]
PATTERN, VERBALIZER = "{text} the restaurant is [MASK] .", {"good": "good", "bad": "bad"}
EXAMPLES = [("the pizza was fantastic .", "good"), ("the pizza was awful .", "bad")]
WORDS = "thank you for inviting me".split()
SENTENCES = [["the", "cat", "sat", "."], ["it", "purred", "."]]
DOCUMENTS = [[("a", "b"), ("c",), ("d",)], [("e",), ("f",), ("g", "h")]]
BERT, GPT, T5 = model("course-bert"), model("course-gpt"), model("course-t5")
BODY = model("course-bert", AutoModel)
TOK, GPT_TOK, T5_TOK = tokenizer("course-bert"), tokenizer("course-gpt"), tokenizer("course-t5")
SCORES = np.log(np.array([[0.9, 0.1], [0.4, 0.6]]))
UNIT = torch.nn.functional.normalize(torch.tensor([[1.0, 2.0, 0.5], [0.3, -1.0, 2.0]]), dim=-1)
HIDDEN, REAL = torch.randn(2, 3, 4, generator=torch.Generator().manual_seed(0)), torch.tensor([[1, 1, 0], [1, 1, 1]])
Q = torch.randn(3, 4, generator=torch.Generator().manual_seed(1))
LOGITS = torch.tensor([[0.5, 1.5, -1.0]])
CAUSAL = torch.ones(3, 3, dtype=torch.bool).tril()
SMALL = Lazy(lambda: Block(8, 2))
RELATED = Lazy(lambda: [text for pair in relatives(2, 0) for text in pair])
NOISE = tinytown.Noise(start_probability(), functools.cache(cover_probability))
RECIPE = Recipe(steps=1, batch_size=2)
SHORT = Recipe(steps=1, batch_size=4)
LM_BATCH = {"input_ids": torch.tensor([[2, 30, 3, 0]]), "attention_mask": torch.tensor([[1, 1, 1, 0]])}
CLASSIFIER = Lazy(lambda: load_fresh("classifier"))


READER = Lazy(lambda: load_fresh("reader"))


@functools.cache
def load_fresh(what):
    """course-bert with a new head: two classes, or one number for a pair."""
    if what == "reader":
        return fresh_reader("course-bert", seed=0)[0]
    return fresh("course-bert", "AutoModelForSequenceClassification", num_labels=2)[0]


TRANSFORMER = [
    call("transformer.masks.bidirectional", length=("count", 4)),
    call("transformer.masks.causal", length=("count", 4)),
    call("transformer.masks.prefix_lm", length=("count", 4), prefix=("number", 2)),
    call("transformer.masks.sliding_window", length=("count", 4), window=("number", 1)),
    call("transformer.masks.cross", query_length=("count", 2), key_length=("count", 3)),
    call(
        "transformer.masks.padding",
        attention_mask=("tensor of ids", torch.tensor([[1, 1, 0]])),
        fine="attention_mask:floats, attention_mask:empty",
    ),
    call(
        "transformer.masks.document", document_ids=("tensor of ids", torch.tensor([0, 0, 1])), fine="document_ids:empty"
    ),
    call("transformer.masks.combine", _0=("mask", CAUSAL), _1=("mask", CAUSAL)),
    call("transformer.masks.to_additive", mask=("mask", CAUSAL), dtype=("choice", torch.float32)),
    call("transformer.masks.fully_masked_rows", mask=("mask", CAUSAL)),
    call(
        "transformer.attention.scaled_dot_product_attention",
        q=("floats", Q),
        k=("floats", Q),
        v=("floats", Q),
        mask=("mask", CAUSAL),
        fine="q:nan, k:nan, v:nan, q:deep, k:deep, v:deep, v:empty",
    ),
    call(
        "transformer.attention.check_fit",
        q=("floats", Q),
        k=("floats", Q),
        v=("floats", Q),
        mask=("mask", CAUSAL),
        fine="q:nan, k:nan, v:nan, q:deep, k:deep, v:deep, v:empty",
    ),
    call(
        "transformer.attention.split_heads", x=("floats", Q), heads=("count", 2), fine="x:nan, x:deep, x:whole, x:empty"
    ),
    call("transformer.attention.merge_heads", x=("floats", Q[None]), fine="x:nan, x:deep, x:whole, x:empty"),
    call("transformer.attention.Block", d_model=("count", 8), heads=("count", 2)),
    call(
        "transformer.attention.check_states",
        x=("floats", torch.ones(3, 8)),
        block=("nothing", SMALL),
        fine="x:nan, x:deep",
    ),
    call("transformer.attention.PostNormBlock", d_model=("count", 8), heads=("count", 2)),
    call(
        "transformer.attention.Block.__call__",
        _0=("nothing", SMALL),
        _1=("floats", torch.ones(3, 8)),
        mask=("mask", CAUSAL),
        fine="_1:nan, _1:deep",
    ),
    call("transformer.attention.influence_by_mask", mask=("mask", CAUSAL), layers=("count", 2)),
    call(
        "transformer.attention.influence_by_perturbation",
        function=("function", lambda x: x.cumsum(0)),
        x=("floats", torch.ones(2, 1)),
        nudge=("real", 1.0),
    ),
    call(
        "transformer.attention.influence_by_gradient",
        function=("function", lambda x: x.cumsum(0)),
        x=("floats", torch.ones(2, 1)),
    ),
    call(
        "transformer.parameters.acting_parts",
        _0=("module", SMALL),
        _1=("floats", torch.ones(3, 8)),
        fine="_1:nan, _1:deep",
    ),
    call("transformer.parameters.without_weights", model_class=("module", BertModel), config=("module", BertConfig())),
    call("transformer.parameters.count", model=("module", SMALL)),
    call("transformer.parameters.kind_of", name=("name", "attn.c_proj"), fine="name:empty, name:unknown"),
    call("transformer.parameters.by_kind", block=("module", SMALL)),
    call("transformer.parameters.tables_and_blocks", model=("module", BERT)),
    call("transformer.parameters.cross_attention", model=("module", T5)),
    call(
        "transformer.parameters.differences",
        bert=("masked model", BERT),
        gpt=("causal model", GPT),
        fine="bert:causal bert",
    ),
    call("transformer.positions.sinusoids", positions=("count", 3), d_model=("count", 4)),
    call("transformer.positions.rotation", offset=("integer", 2), d_model=("count", 4)),
    call("transformer.positions.similarity", table=("floats", Q)),
]
OBJECTIVES = [
    call(
        "objectives.padding.pad_rows",
        rows=("rows", [[5, 7, 9], [5]]),
        pad_id=("number", 0),
        max_length=("count", 128),
        width=("number", 4),
        fine="width:none, max_length:huge",
    ),
    call(
        "objectives.padding.check_rows",
        rows=("rows", [[5, 7, 9], [5]]),
        max_length=("count", 128),
        fine="max_length:huge",
    ),
    call(
        "objectives.causal_lm.causal_lm_batch",
        documents=("rows", [[7, 8], [9]]),
        end_id=("number", 5),
        pad_id=("number", 0),
        max_length=("count", 128),
        fine="max_length:huge",
    ),
    call(
        "objectives.masked_lm.mask_tokens",
        input_ids=("tensor of ids", torch.tensor([[2, 30, 31, 3]])),
        special_tokens_mask=("tensor of ids", torch.tensor([[1, 0, 0, 1]])),
        generator=("generator", generator()),
        mask_id=("number", 4),
        word_ids=("ids", (22, 40)),
        rate=("share", 0.15),
        mix=("words", (0.8, 0.1, 0.1)),
        fine="special_tokens_mask:floats, word_ids:beyond",
    ),
    call(
        "objectives.masked_lm.masked_lm_batch",
        batch=("module", LM_BATCH),
        special_ids=("ids", [0, 2, 3]),
        generator=("generator", generator()),
        mask_id=("number", 4),
        word_ids=("ids", (22, 40)),
        rate=("share", 0.15),
        fine="special_ids:beyond, special_ids:minus",
    ),
    call(
        "objectives.next_sentence.make_pairs",
        documents=("words", DOCUMENTS),
        generator=("generator", generator()),
        random_share=("closed", 0.5),
    ),
    call(
        "objectives.next_sentence.sentence_pairs",
        documents=("words", DOCUMENTS),
        negatives=("choice", "random"),
        generator=("generator", generator()),
        negative_share=("closed", 0.5),
    ),
    call("objectives.next_sentence.split", document=("words", DOCUMENTS[0]), sentences=("count", 1)),
    call(
        "objectives.next_sentence.pair_batch",
        pairs=("words", [Pair((30, 31), (32,), 0)]),
        cls_id=("number", 2),
        sep_id=("number", 3),
        pad_id=("number", 0),
        max_length=("count", 128),
        fine="max_length:huge",
    ),
    call(
        "objectives.span_corruption.draw_spans",
        length=("count", 10),
        generator=("generator", generator()),
        rate=("share", 0.15),
        mean_length=("positive", 3),
        most=("count", 2),
        fine="most:none, most:huge",
    ),
    call(
        "objectives.span_corruption.most_spans",
        length=("count", 10),
        hidden=("count", 3),
        most=("count", 2),
        fine="most:none, most:huge, length:huge",
    ),
    call(
        "objectives.span_corruption.placement_log_prob",
        length=("number", 10),
        hidden=("integer", 3),
        spans=("integer", 1),
        rate=("share", 0.3),
        mean_length=("positive", 3),
        most=("count", 2),
        fine="most:none, most:huge",
    ),
    call(
        "objectives.span_corruption.corrupt",
        tokens=("words", WORDS),
        spans=("spans", [(2, 4)]),
        sentinels=("words", ["<X>", "<Y>"]),
    ),
    call(
        "objectives.span_corruption.restore",
        source=("words", ["a", "<X>"]),
        target=("words", ["<X>", "b", "<Y>"]),
        sentinels=("words", ["<X>", "<Y>"]),
        fine="source:empty, target:empty",
    ),
    call("objectives.span_corruption.check", length=("count", 10), rate=("share", 0.15), mean_length=("positive", 3)),
    call(
        "objectives.denoising.token_masking",
        tokens=("words", WORDS),
        generator=("generator", generator()),
        mask=("text", "_"),
        rate=("share", 0.3),
        fine="mask:*",
    ),
    call(
        "objectives.denoising.token_deletion",
        tokens=("words", WORDS),
        generator=("generator", generator()),
        rate=("share", 0.3),
    ),
    call(
        "objectives.denoising.text_infilling",
        tokens=("words", WORDS),
        generator=("generator", generator()),
        mask=("text", "_"),
        rate=("share", 0.3),
        mean_length=("positive", 3.0),
        fine="mask:*",
    ),
    call("objectives.denoising.start_probability", rate=("share", 0.3), mean_length=("positive", 3.0)),
    call(
        "objectives.denoising.cover_probability",
        covered=("number", 1),
        left=("number", 2),
        mean_length=("positive", 3.0),
    ),
    call(
        "objectives.denoising.sentence_permutation",
        sentences=("words", SENTENCES),
        generator=("generator", generator()),
    ),
    call("objectives.denoising.document_rotation", tokens=("words", WORDS), generator=("generator", generator())),
    call("objectives.denoising.split_sentences", tokens=("words", WORDS)),
    call(
        "objectives.denoising.noised_sentences",
        sentences=("words", SENTENCES),
        mask=("text", "_"),
        generator=("generator", generator()),
        rate=("share", 0.3),
        mean_length=("positive", 3.0),
        fine="mask:*",
    ),
    call("objectives.denoising.check", tokens=("words", WORDS), rate=("share", 0.3)),
    call("objectives.padding.ids_of", row=("ids", [5, 7]), index=("number", 0), fine="row:beyond, index:*"),
    call("objectives.span_corruption.check_sentinels", sentinels=("words", ["<X>", "<Y>"])),
    call("objectives.denoising.check_rate", rate=("share", 0.3)),
]
MODELS = [
    call(
        "models.load_course", name=("name", "course-bert"), model_class=("module", AutoModel), fine="model_class:none"
    ),
    call("models.load_hub", model_id=("name", "x" * 97), fine="model_id:unknown"),
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
        fine="tokenizer:none",
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
DECODE = {"_0": ("causal model", GPT), "_1": ("ids", [5, 898]), "max_new_tokens": ("count", 2)}
ASK = {"model": ("masked model", BERT), "tokenizer": ("encoder's tokenizer", TOK)}
EMBED = {"body": ("one stack", BODY), "tokenizer": ("encoder's tokenizer", TOK)}
METHODS = [
    call("methods.decoding.keep_top_k", logits=("floats", LOGITS), k=("count", 2), fine="logits:deep, k:huge"),
    call("methods.decoding.keep_top_p", logits=("floats", LOGITS), p=("share", 0.9), fine="logits:deep, p:one"),
    call(
        "methods.decoding.decoding_probs",
        logits=("floats", LOGITS),
        temperature=("positive", 1.0),
        top_k=("count", 2),
        top_p=("share", 0.9),
        fine="logits:deep, top_k:none, top_k:huge, top_p:none, top_p:one",
    ),
    call("methods.decoding.check_prompt", **DECODE),
    call("methods.decoding.greedy", **DECODE, end_id=("number", 5)),
    call(
        "methods.decoding.sample",
        **DECODE,
        end_id=("number", 5),
        generator=("generator", generator()),
        count=("count", 2),
        temperature=("positive", 1.0),
        top_k=("count", 3),
        top_p=("share", 0.9),
        fine="top_k:none, top_k:huge, top_p:none, top_p:one",
    ),
    call(
        "methods.decoding.beam_search", **DECODE, end_id=("number", 5), beams=("count", 2), length_penalty=("real", 1.0)
    ),
    call("methods.decoding.cached_logits", model=("causal model", GPT), ids=("ids", [5, 898])),
    call(
        "methods.decoding.exact_probs",
        tokens=("document", TEXT),
        tokenizer=("any tokenizer", GPT_TOK),
        language=("language", tinytown.training_language()),
    ),
    call(
        "methods.decoding.total_variation",
        p=("floats", torch.tensor([[0.5, 0.5]])),
        q=("floats", torch.tensor([[0.9, 0.1]])),
    ),
    call("methods.pseudo_likelihood.one_gap_losses", **ASK, text=("text", TEXT)),
    call("methods.pseudo_likelihood.pseudo_log_likelihood", **ASK, text=("text", TEXT)),
    call(
        "methods.pooling.pool",
        hidden=("floats", HIDDEN),
        attention_mask=("tensor of ids", REAL),
        how=("choice", "mean"),
        fine="hidden:nan, attention_mask:floats",
    ),
    call(
        "methods.pooling.padded_batches",
        tokenizer=("any tokenizer", TOK),
        side=("choice", "left"),
        tell_places=("flag", True),
        tell_padding=("flag", True),
    ),
    call(
        "methods.pooling.PooledClassifier",
        body=("module", BODY),
        labels=("count", 2),
        how=("choice", "mean"),
        generator=("generator", generator()),
    ),
    call("methods.probing.body_of", model=("module", BERT)),
    call(
        "methods.probing.text_vectors",
        model=("one stack", BERT),
        tokenizer=("encoder's tokenizer", TOK),
        texts=("texts", REVIEWS),
        layer=("integer", -1),
        batch_size=("count", 2),
        fine="batch_size:huge",
    ),
    call(
        "methods.probing.linear_probe",
        train=("sets", (np.eye(2), ["a", "b"])),
        strength=("positive", 1.0),
        test=("sets", (np.eye(2), ["a", "b"])),
    ),
    call(
        "methods.probing.word_probe",
        train=("sets", (np.eye(2), [["a"], ["b"]])),
        strength=("positive", 1.0),
        test=("sets", (np.eye(2), [["a"], ["b"]])),
    ),
    call(
        "methods.in_context.written",
        examples=("examples", EXAMPLES),
        question=("text", "the soup was cold ."),
        pattern=("pattern", PATTERN),
        verbalizer=("verbalizer", VERBALIZER),
        between=("text", " "),
        fine="question:capital, question:spelled, between:*, question:too_long, verbalizer:same_token",
    ),
    call(
        "methods.in_context.longest_prompt",
        tokenizer=("any tokenizer", GPT_TOK),
        examples=("examples", EXAMPLES),
        question=("text", "the soup was cold ."),
        room=("count", 100),
        pattern=("pattern", PATTERN),
        verbalizer=("verbalizer", VERBALIZER),
        between=("text", " "),
        fine="question:capital, question:spelled, between:*, room:huge, verbalizer:same_token",
    ),
    call(
        "methods.in_context.most_that_could_fit",
        examples=("words", EXAMPLES),
        room=("count", 100),
        fine="room:huge, examples:empty",
    ),
    call(
        "methods.in_context.label_probs",
        model=("causal model", GPT),
        tokenizer=("decoder's tokenizer", GPT_TOK),
        examples=("examples", EXAMPLES),
        texts=("texts", REVIEWS),
        pattern=("pattern", PATTERN),
        verbalizer=("verbalizer", VERBALIZER),
    ),
    call("methods.cloze.check_pattern", pattern=("pattern", PATTERN)),
    call(
        "methods.cloze.ask",
        pattern=("pattern", PATTERN),
        text=("text", TEXT),
        mask_token=("text", "[MASK]"),
        masks=("count", 2),
        fine="text:capital, text:spelled, text:too_long, mask_token:*",
    ),
    call(
        "methods.cloze.words_of",
        verbalizer=("verbalizer", VERBALIZER),
        labels=("words", ["good"]),
        fine="verbalizer:same_token, labels:empty",
    ),
    call(
        "methods.cloze.patterns.word_ids",
        tokenizer=("any tokenizer", TOK),
        word=("text", "good"),
        pattern=("pattern", PATTERN),
        fine="word:too_long",
    ),
    call(
        "methods.cloze.patterns.distinct_ids",
        tokenizer=("any tokenizer", TOK),
        pattern=("pattern", PATTERN),
        verbalizer=("verbalizer", VERBALIZER),
    ),
    call(
        "methods.cloze.label_scores",
        **ASK,
        texts=("texts", REVIEWS),
        pattern=("pattern", PATTERN),
        verbalizer=("verbalizer", VERBALIZER),
        way=("choice", "together"),
    ),
    call(
        "methods.cloze.score_grid",
        **ASK,
        texts=("texts", REVIEWS),
        way=("choice", "together"),
        patterns=("module", {"a": PATTERN}),
        verbalizers=("module", {"a": VERBALIZER}),
    ),
    call("methods.cloze.calibration.log_scores", scores=("array", SCORES)),
    call("methods.cloze.normalised", scores=("array", SCORES)),
    call("methods.cloze.label_prior", scores=("array", SCORES)),
    call("methods.cloze.calibrated", scores=("array", SCORES), prior=("array", np.array([0.4, 0.6]))),
    call(
        "methods.cloze.soft_labels",
        scores=("words", [SCORES, SCORES]),
        weights=("array", np.array([1.0, 2.0])),
        temperature=("positive", 2.0),
        fine="weights:none",
    ),
    call("methods.cloze.confident", probs=("array", np.exp(SCORES)), count=("number", 1)),
    call(
        "methods.cloze.next_generation",
        scores=("words", [SCORES] * 3),
        texts=("texts", REVIEWS),
        labels=("words", ["good", "bad"]),
        size=("count", 2),
        rng=("rng", rng()),
        share=("positive", 0.5),
        fine="texts:capital, texts:spelled, texts:too_long, size:huge",
    ),
    call(
        "methods.cloze.distil",
        classifier=("one stack", CLASSIFIER),
        tokenizer=("encoder's tokenizer", TOK),
        texts=("texts", REVIEWS),
        probs=("array", np.exp(SCORES)),
        generator=("generator", generator()),
        recipe=("recipe", RECIPE),
    ),
    call(
        "methods.cloze.Pet",
        pattern=("pattern", PATTERN),
        verbalizer=("verbalizer", VERBALIZER),
        recipe=("recipe", RECIPE),
        lm_weight=("closed", 0.1),
        lm_rate=("share", 0.15),
        fine="verbalizer:same_token",
    ),
    call(
        "methods.cloze.train",
        **ASK,
        examples=("examples", EXAMPLES),
        generator=("generator", generator()),
        pet=("module", Pet(PATTERN, VERBALIZER, recipe=RECIPE)),
        unlabelled=("texts", REVIEWS),
        fine="unlabelled:empty",
    ),
    call(
        "methods.cloze.pet.check_columns",
        gap_logits=("floats", LOGITS),
        labels=("tensor of ids", torch.tensor([0])),
        columns=("rows", [[0], [1]]),
        fine="gap_logits:nan",
    ),
    call("methods.cloze.pet.check_enough", examples=("words", EXAMPLES), labels=("words", ["good", "bad"])),
    call(
        "methods.cloze.pet_loss",
        gap_logits=("floats", LOGITS),
        labels=("tensor of ids", torch.tensor([0])),
        columns=("rows", [[0], [1]]),
        fine="gap_logits:nan",
    ),
    call(
        "methods.cloze.box.answer_lines",
        **ASK,
        pattern=("pattern", PATTERN),
        text=("text", TEXT),
        words=("text", "good / bad"),
        top=("count", 3),
        fine="text:capital, text:spelled, words:capital, words:spelled",
    ),
    call(
        "methods.cloze.box.box",
        **ASK,
        pattern=("pattern", PATTERN),
        text=("text", TEXT),
        words=("text", "good / bad"),
        fine="text:capital, text:spelled, words:capital, words:spelled",
    ),
    call(
        "methods.embeddings.contrastive.info_nce",
        first=("floats", UNIT),
        second=("floats", UNIT),
        temperature=("positive", 0.05),
    ),
    call("methods.embeddings.contrastive.sides", tokenizer=("any tokenizer", TOK)),
    call(
        "methods.embeddings.contrastive.pooled",
        body=("module", BODY),
        how=("choice", "mean"),
        batch=("module", Lazy(lambda: encode(load("course-bert")[1], REVIEWS))),
    ),
    call("methods.embeddings.contrastive.contrastive_loss", how=("choice", "mean"), temperature=("positive", 0.05)),
    call(
        "methods.embeddings.contrastive.embed",
        **EMBED,
        texts=("texts", REVIEWS),
        how=("choice", "mean"),
        batch_size=("count", 2),
        fine="batch_size:huge",
    ),
    call(
        "methods.embeddings.contrastive.held_out_loss",
        **EMBED,
        pairs=("pairs", PAIRS),
        how=("choice", "mean"),
        batch_size=("count", 2),
    ),
    call(
        "methods.embeddings.contrastive.train",
        **EMBED,
        pairs=("pairs", PAIRS),
        how=("choice", "mean"),
        seed=("seed", 0),
        recipe=("recipe", RECIPE),
    ),
    call("methods.embeddings.cross_encoder.candidate_pairs", pairs=("pairs", PAIRS), candidates=("count", 2)),
    call(
        "methods.embeddings.cross_encoder.score",
        model=("module", READER),
        tokenizer=("encoder's tokenizer", TOK),
        pairs=("pairs", PAIRS),
        batch_size=("count", 2),
        fine="batch_size:huge",
    ),
    call(
        "methods.embeddings.cross_encoder.held_out_loss",
        model=("module", READER),
        tokenizer=("encoder's tokenizer", TOK),
        pairs=("pairs", PAIRS * 2),
    ),
    call(
        "methods.embeddings.cross_encoder.train",
        model=("module", READER),
        tokenizer=("encoder's tokenizer", TOK),
        pairs=("pairs", PAIRS * 2),
        seed=("seed", 0),
        recipe=("recipe", SHORT),
    ),
    call("methods.embeddings.geometry.mean_cosine", vectors=("floats", UNIT)),
    call("methods.embeddings.geometry.alignment", first=("floats", UNIT), second=("floats", UNIT)),
    call("methods.embeddings.geometry.uniformity", vectors=("floats", UNIT)),
    call("methods.embeddings.cross_encoder.fresh_reader", name=("name", "course-bert"), seed=("seed", 0)),
    call(
        "methods.embeddings.cross_encoder.writer",
        tokenizer=("any tokenizer", TOK),
        config=("module", Lazy(lambda: load("course-bert")[0].config)),
    ),
    call("methods.embeddings.graded.relatives", count=("count", 2), seed=("seed", 0)),
    call("methods.embeddings.graded.overlaps", told_texts=("words", RELATED), fine="told_texts:an_array"),
    call(
        "methods.embeddings.graded.train",
        **EMBED,
        pairs=("words", Lazy(lambda: relatives(2, 0))),
        how=("choice", "mean"),
        seed=("seed", 0),
        recipe=("recipe", RECIPE),
        fine="pairs:an_array",
    ),
    call("methods.embeddings.graded.graded_loss", vectors=("floats", UNIT), gold=("floats", torch.eye(2))),
    call(
        "methods.embeddings.retrieval.chance_of_hit",
        scores=("array", np.eye(3)),
        wanted=("ids", [0, 1, 2]),
        k=("count", 2),
    ),
    call(
        "methods.embeddings.retrieval.recalls",
        scores=("array", np.eye(3)),
        wanted=("ids", [0, 1, 2]),
        cuts=("words", (1, 2)),
        fine="wanted:none",
    ),
    call(
        "methods.embeddings.retrieval.bm25",
        queries=("texts", REVIEWS),
        documents=("texts", REVIEWS),
        k1=("positive", 1.5),
        b=("closed", 0.75),
        fine="queries:too_long, documents:too_long, k1:zero",
    ),
]


LANGUAGE = Lazy(tinytown.training_language)
SPANS = {
    "tokens": ("document", TEXT),
    "spans": ("spans", [(1, 2)]),
    "language": ("language", LANGUAGE),
    "placement": ("function", placement_log_prob),
}
TINYTOWN = [
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
    call("tinytown.scene_probs", text=("document", TEXT), language=("language", LANGUAGE)),
    call("tinytown.world_probs", text=("document", TEXT), language=("language", LANGUAGE)),
    call("tinytown.world_prior", language=("language", LANGUAGE)),
    call("tinytown.entity_probs", text=("document", TEXT), side=("choice", "left"), language=("language", LANGUAGE)),
    call("tinytown.masked_losses", tokens=("document", TEXT), gaps=("gaps", [1, 5]), language=("language", LANGUAGE)),
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
CALLS = [*TINYTOWN, *TRANSFORMER, *OBJECTIVES, *MODELS, *METHODS]
