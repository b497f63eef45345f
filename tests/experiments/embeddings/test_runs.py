"""Runs: the pairs are the task's, the lists are hard, the control has the same shape and random weights."""

import pytest
import torch

from helpers.experiments.embeddings import runs
from helpers.tasks import TASKS
from helpers.tasks.paraphrases import collection


def test_its_similarity_pairs_are_those_of_the_task():
    assert runs.similarity_examples(0)[:20] == TASKS["similarity"].examples("test", 20)


def test_short_lists_hold_the_paraphrase_first_and_hard_others():
    queries, documents = collection()
    lists = runs.shortlists()
    assert len(lists) == runs.SHORTLISTS and all(len(options) == 10 for _, options in lists)
    assert all(query == queries[i] and options[0] == documents[i] for i, (query, options) in enumerate(lists))


@pytest.mark.parametrize("family", ["encoder", "decoder"])
def test_the_control_is_the_same_stack_with_random_weights_of_its_seed(family):
    body, (control, _) = runs.stack(family)[0], runs.random_stack(family, 0)
    pretrained, random = body.state_dict(), control.state_dict()
    assert {name: weight.shape for name, weight in pretrained.items()} == {
        name: weight.shape for name, weight in random.items()
    }
    matrices = [name for name, weight in random.items() if weight.dim() == 2]
    assert not any(torch.equal(random[name], pretrained[name]) for name in matrices)
    assert all(0.005 < float(random[name].std()) < 0.025 for name in matrices)  # as the configuration initialises them
    again, other = (
        made[0].state_dict() for made in (runs.random_stack.__wrapped__(family, 0), runs.random_stack(family, 1))
    )
    assert all(torch.equal(again[name], weight) for name, weight in random.items())
    assert not torch.equal(other[matrices[0]], random[matrices[0]]) and not control.training
    assert runs.start_of(family, 0, True)[0] is control and runs.start_of(family, 0, False)[0] is body


def test_the_bounds_can_be_measured():
    assert 0.5 < runs.exact_answers(0)["recall"]["1"] < 1
    assert runs.word_answers(0)["recall"]["1"] < 0.5
