"""Three tasks under one head: what is asked and where, scores beside their optimum, answers that cannot beat it."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from tiny_variants import QUICK

from helpers.experiments.variants import same_configuration, tasks

COUNTS = {"train": 60, "test": 20}


@pytest.fixture(scope="module", params=["MLM", "CLM"])
def stack(request):
    model, tokenizer = same_configuration.build(request.param, 0, QUICK)
    return model.model, tokenizer


@pytest.mark.parametrize("task", tasks.TASKS)
def test_every_label_is_possible_and_answered_in_its_place(task):
    for problem in tasks.problems(task, "test", 20, 0):
        assert problem.exact.shape == (len(problem.labels), tasks.SOURCES[task][1])
        assert np.allclose(problem.exact.sum(1), 1) and len(problem.places or (0,)) == len(problem.labels)
        assert all(row[label] > 0 for row, label in zip(problem.exact, problem.labels))
        words = problem.text.split()
        assert all(words[place] in tasks.token_classification.SHARED for place in problem.places)


@pytest.mark.parametrize("task", tasks.TASKS)
def test_no_answer_beats_the_best_possible_one(task):
    found = tasks.problems(task, "test", 20, 0)
    exact = np.concatenate([problem.exact for problem in found])
    with np.errstate(divide="ignore"):
        best = tasks.scores_of(np.log(exact), found)
    drawn = tasks.scores_of(np.log(np.random.default_rng(0).dirichlet(np.ones(exact.shape[1]), len(exact))), found)
    assert best["accuracy"] == pytest.approx(best["optimum"]) and best["chance"] <= best["optimum"]
    assert drawn["accuracy"] <= best["optimum"] and drawn["log_prob"] <= best["optimum_log_prob"]


def test_a_head_reads_the_asked_words_and_the_text_as_a_whole(stack):
    body, tokenizer = stack
    collate = tasks.batches(tokenizer)
    names, notes = (tasks.problems(task, "test", 20, 0)[:3] for task in ("entities", "interactions"))
    words = [problem.text.split()[place] for problem in names for place in problem.places]
    batch = collate(names)
    assert tokenizer.convert_ids_to_tokens(batch["input_ids"][batch["asked"]].tolist()) == words
    head = tasks.Head(body, 3, seed=0).eval()
    with torch.no_grad():
        alone = torch.cat([head(**collate([note])).logits for note in notes])
        together = head(**collate(notes)).logits
    assert torch.allclose(alone, together, atol=1e-5)  # padding does not count


def test_a_stack_is_tuned_and_scored_and_stays_as_it_was(stack):
    body, tokenizer = stack
    before = {name: value.clone() for name, value in body.state_dict().items()}
    found = tasks.scored(body, tokenizer, seed=0, recipe=replace(tasks.RECIPE, steps=2), counts=COUNTS)
    assert list(found) == list(tasks.TASKS)
    assert all(0 <= row["accuracy"] <= row["optimum"] + 1e-9 for row in found.values())
    assert all(torch.equal(before[name], value) for name, value in body.state_dict().items())


def test_a_task_that_does_not_exist_is_named():
    with pytest.raises(ValueError, match="'questions'; choose from classification"):
        tasks.problems("questions", "test", 5, 0)
