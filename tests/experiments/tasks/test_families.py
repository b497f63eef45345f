"""Every method of every family does its task end to end."""

import pytest
import torch
import transformers
from stand_ins import PAIR, tiny

from helpers.experiments.tasks import families, runs
from helpers.methods import bi_encoder, fine_tuned, heads, infilling, text_to_text
from helpers.tasks import TASKS
from helpers.training.finetuning import FineTuning

QUICK = FineTuning(steps=2, batch_size=4)


@pytest.fixture
def two_stacks_here(monkeypatch):
    """Untrained stand-ins for course-t5 and course-bart."""

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


def test_families_and_methods_that_do_not_exist_are_named():
    with pytest.raises(ValueError, match="no family is called 'parrot'; choose one of encoder, decoder"):
        families.methods(TASKS["code"], "parrot")
    with pytest.raises(ValueError, match="the decoder has no method 'cloze' for code; choose one of prompt"):
        families.method_named(TASKS["code"], "decoder", "cloze")
