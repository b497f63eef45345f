"""Fine-tuned course models: new weights by seed, no dropout, and every method of writing learns."""

import pytest
import torch

from helpers.methods import fine_tuned, mask_predict, prompting, text_to_text
from helpers.tasks import TASKS
from helpers.training.finetuning import FineTuning


def test_new_weights_follow_from_the_seed_and_nothing_is_dropped():
    heads_made = [
        fine_tuned.fresh("course-bert", "BertForTokenClassification", seed=seed, num_labels=4)[0] for seed in (0, 0, 1)
    ]
    one, same, other = (model.classifier.weight for model in heads_made)
    assert torch.equal(one, same) and not torch.equal(one, other)
    gpt, _ = fine_tuned.fresh("course-gpt", "GPT2ForTokenClassification", num_labels=4)
    assert all(module.p == 0 for module in gpt.modules() if isinstance(module, torch.nn.Dropout))


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
    predictor = train(task, name, few, seed=0, recipe=FineTuning(batch_size=4, **options))
    assert predictor.answer(few) == [example.target for example in few]
