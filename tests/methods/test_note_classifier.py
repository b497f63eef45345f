"""The classifier of notes opens as on the hub, and training changes a copy."""

from helpers.methods import note_classifier
from helpers.models import DATA, load_course
from helpers.tasks import clinical_notes
from helpers.training.finetuning import FineTuning


def test_the_head_is_fresh_its_names_are_told_and_training_changes_a_copy():
    folder = DATA / "models" / "course-bert"
    one, again, other = (note_classifier.untrained_head(folder, seed=seed) for seed in (0, 0, 1))
    assert one.config.id2label == clinical_notes.ID2LABEL and one.config.label2id == clinical_notes.LABEL2ID
    assert one.classifier.weight.equal(again.classifier.weight)
    assert not one.classifier.weight.equal(other.classifier.weight)
    body = "embeddings.word_embeddings.weight"
    assert one.bert.get_parameter(body).equal(other.bert.get_parameter(body))
    before = one.classifier.weight.clone()
    trained, losses = note_classifier.train(
        one,
        load_course("course-bert")[1],
        clinical_notes.notes("train", 40),
        seed=0,
        recipe=FineTuning(steps=3, batch_size=8),
    )
    assert one.classifier.weight.equal(before) and not trained.classifier.weight.equal(before) and len(losses) == 3
