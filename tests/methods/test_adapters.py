"""How each family does a task: batches equal their definition, filling equals slow loops, each method end to end."""

from dataclasses import replace

import pytest
import torch

from helpers import tinytown
from helpers.experiments.tasks import families, live, runs
from helpers.methods import bi_encoder, fine_tuned, heads, infilling, mask_predict, prompting, text_to_text
from helpers.models.tokenizers import build_causal_tokenizer, build_text_to_text_tokenizer, build_tokenizer
from helpers.objectives.padding import IGNORE_INDEX
from helpers.tasks import TASKS
from helpers.tasks.task import Example
from helpers.training.finetuning import Recipe

WORDS = tinytown.vocabulary()
BERT, GPT, PAIR = build_tokenizer(WORDS), build_causal_tokenizer(WORDS), build_text_to_text_tokenizer(WORDS)
QUICK = Recipe(steps=2, batch_size=4)


def tiny(name):
    """The configuration of a T5 or BART of the smallest size, otherwise as the course builds them."""
    from helpers.training import bart, t5
    from helpers.training.recipe import Recipe as Pretraining

    recipe = Pretraining(name, d_model=16, layers=2, heads=2, feed_forward=16)
    return {"course-t5": t5, "course-bart": bart}[name].build_model(recipe, PAIR).config


@pytest.fixture
def two_stacks_here(monkeypatch):
    """Untrained stand-ins for course-t5 and course-bart."""
    import transformers

    def fresh(name, class_name, *, seed=0, **options):
        config = tiny(name)
        for option, value in options.items():
            setattr(config, option, value)
        torch.manual_seed(seed)
        kind = getattr(transformers, class_name)
        model = kind.from_config(config) if class_name.startswith("Auto") else kind(config)
        return fine_tuned.without_dropout(model).eval(), PAIR

    for module in (heads, text_to_text, infilling, bi_encoder, fine_tuned):
        monkeypatch.setattr(module, "fresh", fresh)


def ends(task):
    """A training set of a handful of examples that has all labels."""
    found = {}
    for example in task.examples("train", 40):
        found.setdefault(example.target, example)
    return (*list(found.values())[:6], *task.examples("train", 8))


@pytest.mark.parametrize("name", TASKS)
@pytest.mark.parametrize("model", ["course-t5", "course-bart"])
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_an_encoder_decoder_does_every_task_end_to_end(two_stacks_here, name, model):
    task = TASKS[name]
    for method in families.methods(task, "encoder-decoder"):
        predictor = method.train(task, model, ends(task), seed=0, recipe=QUICK)
        test = task.examples("test", 3)
        assert set(task.score(predictor.answer(test), test)) >= {task.metric}
        assert len(predictor.losses) == (2 if method.learns else 0)


@pytest.mark.parametrize("family", ["encoder", "decoder"])
@pytest.mark.parametrize("name", TASKS)
def test_the_course_models_do_every_task_end_to_end(family, name):
    task = TASKS[name]
    for method in families.methods(task, family):
        predictor = method.train(task, families.FAMILIES[family][0], ends(task), seed=0, recipe=QUICK)
        answer = runs.asked(task, method, predictor)
        test = task.examples("test", 3)
        assert set(task.score(answer(test), test)) >= {task.metric}


def test_a_prompt_is_read_and_only_the_target_is_asked_for():
    batch = prompting.prompt_batches(GPT)([Example("the cat", "sat ."), Example("a", "dog")])
    words = [GPT.convert_ids_to_tokens(row) for row in batch["input_ids"].tolist()]
    assert words[0] == ["<|endoftext|>", "the", "cat", "sat", ".", "<|endoftext|>"] and words[1][4:] == ["[PAD]"] * 2
    asked = [
        [t for t, label in zip(row, labels) if label != IGNORE_INDEX]
        for row, labels in zip(words, batch["labels"].tolist())
    ]
    assert asked == [["sat", ".", "<|endoftext|>"], ["dog", "<|endoftext|>"]]


def test_a_canvas_hides_targets_and_asks_for_what_is_hidden():
    generator = torch.Generator().manual_seed(0)
    collate = mask_predict.canvas_batches(BERT, size=4, generator=generator)
    batch = collate([Example("the cat", "sat ."), Example("a", "dog")] * 3)
    for row, labels in zip(batch["input_ids"], batch["labels"]):
        masked = row == BERT.mask_token_id
        assert torch.equal(masked, labels != IGNORE_INDEX) and masked.any()
        whole = BERT.convert_ids_to_tokens(torch.where(masked, labels, row).tolist())
        assert [t for t in whole if t != "[PAD]"] in (
            ["[CLS]", "the", "cat", "sat", ".", "<|endoftext|>", "<|endoftext|>", "[SEP]"],
            ["[CLS]", "a", "dog", "<|endoftext|>", "<|endoftext|>", "<|endoftext|>", "[SEP]"],
        )


def test_hidden_places_are_random_sets_and_suffixes_of_every_size():
    hidden = mask_predict.hidden_places((400, 6), generator=torch.Generator().manual_seed(1))
    suffixes = hidden[1::2]
    assert (suffixes.int().diff(dim=1) >= 0).all() and suffixes[:, -1].all()
    assert set(hidden[0::2].sum(1).tolist()) == set(suffixes.sum(1).tolist()) == set(range(1, 7))
    assert (hidden[0::2].int().diff(dim=1) < 0).any()


class Knows(torch.nn.Module):
    """A masked model that is sure of one text, surest at its end, wherever it stands."""

    def __init__(self, text, size):
        super().__init__()
        self.canvas, self.target = size, [*fine_tuned.word_ids(BERT, text), *[5] * (size - len(text.split()))]

    def forward(self, input_ids, attention_mask):
        from transformers.modeling_outputs import MaskedLMOutput

        logits = torch.zeros(*input_ids.shape, len(BERT))
        for row, mask in zip(logits, attention_mask):
            start = int(mask.sum()) - 1 - self.canvas
            for i, token in enumerate(self.target):
                row[start + i, token] = 10.0 + i
        return MaskedLMOutput(logits=logits)


@pytest.mark.parametrize("way", [mask_predict.left_to_right, mask_predict.mask_predict])
def test_both_ways_of_filling_write_what_the_model_is_sure_of(way):
    answer = way(TASKS["code"])
    examples = [Example("x = 3 <nl> y", ""), Example("y", "")]
    assert answer(Knows("= x <nl>", 6), BERT, examples) == ["= x <nl>"] * 2


def test_mask_predict_hides_fewer_words_in_each_round(monkeypatch):
    counts, real = [], mask_predict.canvas_probs

    def watched(model, tokenizer, sources, canvas):
        counts.append(int((canvas == tokenizer.mask_token_id).sum()))
        return real(model, tokenizer, sources, canvas)

    monkeypatch.setattr(mask_predict, "canvas_probs", watched)
    mask_predict.mask_predict(TASKS["code"], rounds=5)(Knows("= x <nl>", 10), BERT, [Example("y", "")])
    assert counts == [10, 8, 6, 4, 2]


def test_the_best_span_is_the_best_of_all_short_ones():
    example = Example("who ?", "", "a b c d e f g", (0, 0))
    start, end = torch.randn(2, 7, generator=torch.Generator().manual_seed(2))
    slow = max(
        ((i, j) for i in range(7) for j in range(i, min(7, i + heads.LONGEST_SPAN))),
        key=lambda s: float(start[s[0]] + end[s[1]]),
    )
    assert heads.best_span(example, start, end) == " ".join(example.second.split()[slow[0] : slow[1] + 1])


@pytest.mark.parametrize("tokenizer", [BERT, GPT], ids=["encoder", "decoder"])
def test_spans_and_tags_point_at_their_words(tokenizer):
    examples = TASKS["questions"].examples("test", 5)
    batch = heads.span_batches(TASKS["questions"], tokenizer, None)(examples)
    for row, example in enumerate(examples):
        first, last = (int(batch[side][row]) for side in ("start_positions", "end_positions"))
        words = tokenizer.convert_ids_to_tokens(batch["input_ids"][row, first : last + 1])
        assert " ".join(words) == example.target
    tagged = TASKS["entities"].examples("test", 5)
    batch = heads.tag_batches(TASKS["entities"], tokenizer, None)(tagged)
    for row, example in enumerate(tagged):
        where = batch["labels"][row] != IGNORE_INDEX
        assert tokenizer.convert_ids_to_tokens(batch["input_ids"][row][where]) == example.source.split()
    with pytest.raises(ValueError, match="3 tokens and 1 tags"):
        heads.tag_batches(TASKS["entities"], tokenizer, None)([Example("may laughed .", ("O",))])


def test_two_texts_stay_apart_in_every_family():
    pair = [Example("the cat", 0.5, "a dog")]
    encoder = heads.pair_batches(TASKS["similarity"], BERT, None)(pair)
    decoder = heads.pair_batches(TASKS["similarity"], GPT, None)(pair)
    assert encoder["token_type_ids"][0].tolist() == [0, 0, 0, 0, 1, 1, 1]
    assert GPT.convert_ids_to_tokens(decoder["input_ids"][0])[3] == "<|endoftext|>"
    assert decoder["labels"].tolist() == [0.5]


@pytest.mark.parametrize("name", ["course-bert", "course-gpt"])
def test_the_bi_encoders_cosine_is_the_one_of_mean_states_and_ignores_padding(name):
    body, tokenizer = fine_tuned.fresh(name, "AutoModel")
    pairs = [Example("the cat sat on the mat .", 1.0, "may laughed ."), Example("may laughed .", 0.0, "may laughed .")]
    with torch.no_grad():
        one, two = (
            body(**tokenizer(text, return_tensors="pt")).last_hidden_state[0].mean(0)
            for text in (pairs[0].source, pairs[0].second)
        )
    found = bi_encoder.cosines(bi_encoder.BiEncoder(body), tokenizer, pairs)
    assert found == pytest.approx([float(torch.cosine_similarity(one, two, dim=0)), 1.0], abs=1e-4)
    batch = bi_encoder.sides(tokenizer)(pairs)
    loss = float(bi_encoder.BiEncoder(body)(**batch).loss.detach())
    assert loss == pytest.approx(((found[0] - 1) ** 2 + found[1] ** 2) / 2, abs=1e-4)


def test_the_decoder_that_an_encoder_is_given_cannot_look_ahead():
    model, tokenizer = text_to_text.two_stacks("course-bert")
    source, target = (tokenizer(text, return_tensors="pt")["input_ids"] for text in ("the cat sat .", "a dog ran ."))
    other = target.clone()
    other[0, -2:] = tokenizer.convert_tokens_to_ids("the")
    with torch.no_grad():
        one, two = (model(input_ids=source, decoder_input_ids=ids).logits for ids in (target, other))
    assert torch.allclose(one[:, :-2], two[:, :-2], atol=1e-5) and not torch.allclose(one, two, atol=1e-2)


@pytest.mark.parametrize(
    "train, name, options",
    [
        (text_to_text.with_decoder, "course-bert", {"steps": 120, "learning_rate": 1e-3}),
        (mask_predict.filling, "course-bert", {"steps": 60, "learning_rate": 1e-3}),
        (prompting.prompt, "course-gpt", {"steps": 40, "learning_rate": 1e-3}),
    ],
)
def test_every_method_of_writing_learns_a_handful_of_texts_by_their_sources(train, name, options):
    task = TASKS["translation"]
    few = task.examples("train", 4)
    predictor = train(task, name, few, seed=0, recipe=Recipe(batch_size=4, **options))
    assert predictor.answer(few) == [example.target for example in few]


def test_new_weights_follow_from_the_seed_and_nothing_is_dropped():
    heads_made = [
        fine_tuned.fresh("course-bert", "BertForTokenClassification", seed=seed, num_labels=4)[0] for seed in (0, 0, 1)
    ]
    one, same, other = (model.classifier.weight for model in heads_made)
    assert torch.equal(one, same) and not torch.equal(one, other)
    gpt, _ = fine_tuned.fresh("course-gpt", "GPT2ForTokenClassification", num_labels=4)
    assert all(module.p == 0 for module in gpt.modules() if isinstance(module, torch.nn.Dropout))


def test_a_run_is_the_same_twice_and_a_live_cell_is_a_run():
    how = {"seed": 3, "recipe": replace(QUICK, learning_rate=1e-3), "split": "validation"}
    one = runs.run(TASKS["classification"], "encoder", **how)
    runs.trained.cache_clear()
    two = runs.run(TASKS["classification"], "encoder", **how)
    assert one.losses == two.losses and one.scores == two.scores and one.seconds > 0


@pytest.mark.parametrize(
    "work, message",
    [
        (lambda: live.fine_tune("poetry", "encoder"), "no task is called 'poetry'; choose one of classification"),
        (lambda: live.fine_tune("code", "parrot"), "no family is called 'parrot'; choose one of encoder, decoder"),
        (
            lambda: live.fine_tune("code", "decoder", method="cloze", model="course-gpt", learning_rate=1e-3),
            "the decoder has no method 'cloze'' for code; choose one of prompt",
        ),
        (
            lambda: prompting.prompt(TASKS["code"], "course-gpt", [], seed=0, recipe=QUICK),
            "training set of code is empty",
        ),
        (
            lambda: mask_predict.filling(TASKS["code"], "course-bert", [], seed=0, recipe=QUICK),
            "training set of code is empty",
        ),
        (
            lambda: text_to_text.with_decoder(TASKS["code"], "course-bert", [], seed=0, recipe=QUICK),
            "set of code is empty",
        ),
    ],
)
def test_bad_input_is_named(work, message):
    with pytest.raises(ValueError, match=message):
        work()


@pytest.mark.parametrize(
    ("example", "message"),
    [
        (Example("  ", "to vino"), "example 1 has an empty source; leave it out"),
        (Example("the wine " * 80, "to vino"), "row 1 has 161 tokens, the model has 128 positions; cut the text"),
        (Example("the wine", "vino " * 160), "row 1 has 161 tokens, the model has 128 positions; cut the text"),
    ],
)
def test_a_pair_that_two_stacks_cannot_read_or_write_is_named(example, message):
    with pytest.raises(ValueError, match=message):
        text_to_text.source_target_batches(PAIR, tiny("course-bart"))([Example("the wine", "to vino"), example])
