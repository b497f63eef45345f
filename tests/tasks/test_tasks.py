"""The nine tasks: splits that share nothing, metrics equal to their definitions, answers that cannot be beaten."""

import itertools

import numpy as np
import pytest

from helpers import tinytown
from helpers.tasks import TASKS, question_answering, similarity, summarisation, token_classification, translation
from helpers.tasks.code_completion import likeliest_line, line_prob
from helpers.tasks.generation import divergence
from helpers.tasks.task import Example, Task, check_training, key, most_frequent, same_number
from helpers.tasks.text_classification import best

FEW = 40


@pytest.fixture(scope="module", params=list(TASKS))
def task(request):
    return TASKS[request.param]


def test_no_text_stands_in_two_splits(task):
    splits = ["validation", "test"] if task.form == "cloze" else ["train", "validation", "test"]
    texts = [{key(example) for example in task.examples(split)} for split in splits]
    assert all(not one & two for i, one in enumerate(texts) for two in texts[:i])
    assert task.examples("test", FEW) == task.examples("test")[:FEW]


def test_the_seed_decides_the_examples():
    task = TASKS["code"]
    once, again = (list(itertools.islice(task.draw("test", 1), FEW)) for _ in range(2))
    assert once == again != list(itertools.islice(task.draw("test", 2), FEW))


def test_examples_fit_every_model_and_the_vocabulary(task):
    known = set(tinytown.vocabulary())
    for example in task.examples("test"):
        words = f"{example.source} {example.second}".split()
        assert len(words) < 90 and set(words) <= known and " ".join(words) == " ".join(words).strip()


def test_right_answers_score_best_and_chance_below_the_optimum(task):
    train = task.examples("train") if task.form != "cloze" else ()
    test = task.examples("test")[:150]
    exact, chance = task.exact(test), task.chance(train, test)
    assert exact.keys() <= chance.keys() and task.metric in exact
    assert chance[task.metric] < exact[task.metric] <= 1
    truth = [(e.target,) if task.form == "cloze" else e.target for e in test]
    assert task.score(truth, test)[task.metric] == pytest.approx(1.0)


def test_too_few_answers_are_refused(task):
    with pytest.raises(ValueError, match="1 answers for 2 examples"):
        task.score([task.examples("test")[0].target], task.examples("test", 2))


def test_the_best_sentiment_is_as_good_as_it_claims():
    task = TASKS["classification"]
    probs = [tinytown.fact_probs(e.source, "overall") for e in task.examples("test")]
    expected, got = np.mean([max(p.values()) for p in probs]), task.exact(task.examples("test"))["accuracy"]
    assert abs(expected - got) < 3 * 0.5 / len(probs) ** 0.5 and 0.8 < got < 0.95
    assert all(best(e.source) == max(p, key=p.get) for e, p in zip(task.examples("test", 20), probs))


EXPECTED = {"classification": "expected accuracy", "zero-shot": "expected accuracy", "code": "expected exact match"}


@pytest.mark.parametrize(("name", "score"), EXPECTED.items())
def test_no_answers_beat_the_best_ones_in_expectation(name, score):
    """Not even the drawn labels themselves, which are right every time."""
    task, rng = TASKS[name], np.random.default_rng(0)
    test = task.examples("test", 60)
    best, wrap = task.exact(test)[score], (lambda answer: (answer,)) if task.form == "cloze" else lambda answer: answer
    truth = [wrap(e.target) for e in test]
    others = [[truth[i] for i in rng.permutation(len(truth))] for _ in range(20)]
    for answers in (truth, *others, [wrap("nothing")] * len(test)):
        assert 0 <= task.score(answers, test)[score] <= best + 1e-12 < 1
    assert task.score([wrap("nothing")] * len(test), test)[score] == 0 < task.score(truth, test)[score]


def test_the_probability_of_a_line_is_that_of_its_words():
    source, line, language = "x = 3 <nl> total = x", "+ 2 <nl>", tinytown.only("code")
    prefix, total = source.split(), 1.0
    for word in line.split():
        total *= tinytown.next_token_probs(prefix, language=language)[word]
        prefix.append(word)
    assert line_prob(source, line) == pytest.approx(total) and 0 < total < 1
    assert line_prob(source, "+ 2") == line_prob(source, "+ 2 <nl> <nl>") == line_prob(source, "cat <nl>") == 0


def brute_tag(words, place, side):
    """P(tag) at one place from many sampled documents that begin with, or are, the same words."""
    rng, counts = np.random.default_rng(0), {}
    for _ in range(30_000):
        d = tinytown.sample_document(rng, language=tinytown.only("news", "travel"))
        same = d.tokens == words if side == "both" else d.tokens[: place + 1] == words[: place + 1]
        if same:
            tag = token_classification.tag(d.entities[place])
            counts[tag] = counts.get(tag, 0) + 1
    return {tag: n / sum(counts.values()) for tag, n in counts.items()}, sum(counts.values())


def test_exact_tags_from_the_left_agree_with_sampling():
    words = ("may", "laughed", ".")
    sampled, count = brute_tag(words, 0, "left")
    exact = token_classification.tag_probs(words, side="left")[0]
    assert count > 300
    assert all(abs(exact[tag] - share) < 4 * 0.5 / count**0.5 for tag, share in sampled.items())


def test_exact_tags_are_probabilities_and_both_sides_know_more():
    examples = TASKS["entities"].examples("test", 60)
    for example in examples[:10]:
        for side in ("both", "left"):
            rows = token_classification.tag_probs(example.source.split(), side=side)
            assert np.allclose([sum(row.values()) for row in rows], 1)
            assert all(row[tag] > 0 for row, tag in zip(rows, example.target))
    left = token_classification.exact(examples, side="left")
    assert left["f1"] < 0.99 < TASKS["entities"].exact(examples)["f1"]
    with pytest.raises(ValueError, match="side 'right' does not exist"):
        token_classification.tag_probs(["may"], side="right")


def test_the_last_word_of_a_text_is_known_equally_well_from_the_left_where_the_text_must_end():
    words = "may laughed .".split()
    both, left = (token_classification.tag_probs(words, side=side)[-1] for side in ("both", "left"))
    assert both == pytest.approx(left)


def test_the_entity_score_is_seqevals():
    from seqeval.metrics import f1_score

    examples = [Example("may laughed .", ("B-PER", "O", "O")), Example("may grew today .", ("B-ORG", "O", "O", "O"))]
    answers = [("B-PER", "O", "O"), ("B-PER", "O", "B-LOC", "O")]
    score = token_classification.score(answers, examples)
    assert score["f1"] == pytest.approx(f1_score([list(e.target) for e in examples], [list(a) for a in answers]))
    assert score == {"f1": pytest.approx(0.4), "shared names": 0.5}


def test_answers_stand_in_their_passage_and_follow_from_the_half_with_the_cue():
    asking = {"to", "from", "the", ".", "lost", "found", "bought"}
    for e in TASKS["questions"].examples("test", 100):
        words = e.second.split()
        assert " ".join(words[e.span[0] : e.span[1] + 1]) == e.target
        cue = [w for w in e.source.split() if w in words and w not in asking]
        assert len(cue) == 1
    turned = question_answering.turned(TASKS["questions"].examples("test", 3))
    assert [t.second for t in turned] == [e.source for e in TASKS["questions"].examples("test", 3)]


@pytest.mark.parametrize(
    "answer, truth, f1",
    [
        ("the farmer", "a farmer", 1.0),
        ("her red ring", "her ring", 0.8),
        ("", "a ring", 0.0),
        ("a", "the", 1.0),
        ("cairo", "oslo", 0.0),
    ],
)
def test_token_f1_as_squad_defines_it(answer, truth, f1):
    assert question_answering.token_f1(answer, truth) == pytest.approx(f1)


def test_what_a_text_tells_is_what_it_says():
    assert similarity.told("anna bought bread at the bakery .", "errand") == {
        "person": "anna",
        "shop": "bakery",
        "goods": "bread",
    }
    with pytest.raises(tinytown.ImpossibleTextError, match="'she', cannot stand here"):
        similarity.told("she bought bread .", "errand")
    degrees = {e.target for e in TASKS["similarity"].examples("test")}
    assert min(degrees) == 0 and max(degrees) >= 0.75 and len(degrees) > 5


def test_similarity_of_answers_that_are_all_alike_is_zero():
    examples = TASKS["similarity"].examples("test", 20)
    assert TASKS["similarity"].score([0.5] * 20, examples) == {"spearman": 0.0}


def test_the_best_line_is_the_best_of_all_lines():
    source, language = "x = 3 <nl> total = x", tinytown.only("code")
    lines = [f"{sign} {digit} <nl>" for sign in "+-" for digit in range(10)] + ["<nl>"]

    def probability(line):
        prefix, total = source.split(), 1.0
        for word in line.split():
            total *= tinytown.next_token_probs(prefix, language=language).get(word, 0.0)
            prefix.append(word)
        return total

    probs = [probability(line) for line in lines]
    assert sum(probs) == pytest.approx(1) and probability(likeliest_line(source)) == pytest.approx(max(probs))


def test_where_a_program_is_cut_tells_nothing_about_its_line():
    """The most probable line is right as often as its probability says, so that nothing can beat it."""
    examples, expected = TASKS["code"].examples("test"), []
    for e in examples:
        prefix, total = e.source.split(), 1.0
        for word in likeliest_line(e.source).split():
            total *= tinytown.next_token_probs(prefix, language=tinytown.only("code"))[word]
            prefix.append(word)
        expected.append(total)
    got = TASKS["code"].exact(examples)["exact match"]
    assert abs(got - np.mean(expected)) < 3 * 0.5 / len(examples) ** 0.5


def test_the_first_answer_of_the_right_kind_is_a_fair_rival():
    task = TASKS["questions"]
    scores = task.chance(task.examples("train"), task.examples("test"))
    assert scores["f1"] < 0.2 < 0.35 < scores["right kind"] < 0.65


def test_a_sentence_has_one_translation():
    for d in tinytown.documents(4, split="test", seed=3, language=tinytown.only("translation")):
        if d.kinds == ("both",):
            english, tongue = translation.halves(" ".join(d.tokens))
            prefix = f"english : {english} tinytongue :".split()
            for word in tongue.split():
                assert tinytown.next_token_probs(prefix)[word] == pytest.approx(1)
                prefix.append(word)


def test_the_best_summary_names_what_the_story_tells():
    for e in TASKS["summarisation"].examples("test", 30):
        made, wanted = summarisation.best_summary(e.source).split(), e.target.split()
        assert len(made) == len(wanted)
        assert all(a == b for i, (a, b) in enumerate(zip(made, wanted)) if i != wanted.index("found") - 1)


def test_divergence_is_scipys():
    from scipy.spatial.distance import jensenshannon

    assert divergence(["good good bad"], ["good bad"]) == pytest.approx(jensenshannon([2, 1], [1, 1], base=2) ** 2)
    assert divergence([""], ["good"]) == 1.0


def test_the_most_frequent_target_of_a_group_and_of_all():
    train = [Example("a x", "1"), Example("a y", "1"), Example("b z", "2")]
    guess = most_frequent(train, of=lambda e: e.source.split()[0])
    assert [guess(Example(text, None)) for text in ("a", "b", "c")] == ["1", "2", "1"]


@pytest.mark.parametrize(
    "train, message",
    [
        ([], "the training set of classification is empty; give at least one"),
        ([Example("fine .", "good")], "1 training examples cannot cover the 2 labels"),
        ([Example("fine .", "good"), Example("fine .", "fine")], "label 'fine' is none of classification's"),
        (
            [Example("fine .", "good"), Example("great .", "good")],
            "no training example of classification has the label",
        ),
    ],
)
def test_training_sets_from_which_nothing_can_be_learnt(train, message):
    with pytest.raises(ValueError, match=message):
        check_training(TASKS["classification"], train)


@pytest.mark.parametrize(
    "work, message",
    [
        (lambda: TASKS["code"].examples("dev"), "split 'dev' does not exist; choose one of train, validation, test"),
        (lambda: TASKS["code"].examples("test", 0), "count 0 asks for no example"),
        (lambda: tinytown.only("cinema"), "no scene is called 'cinema'; choose from"),
        (lambda: same_number([], []), "0 answers for 0 examples"),
        (lambda: Task("a", "a", "poem", "b", None, None, None, None), "form 'poem' does not exist"),
    ],
)
def test_bad_input_is_named(work, message):
    with pytest.raises(ValueError, match=message):
        work()
