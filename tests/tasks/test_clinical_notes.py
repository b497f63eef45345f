"""Notes carry the right label, split their pairs, and have exact probabilities."""

import numpy as np
import pytest

from helpers.tasks import clinical_notes
from helpers.tinytown.scenes.clinic import DRUGS, interaction


def test_held_out_pairs_cover_every_severity_and_never_occur_in_training():
    held = clinical_notes.held_out_pairs()
    assert {interaction(*pair) for pair in held} == set(clinical_notes.LABELS) and all(one < two for one, two in held)
    pairs = len(DRUGS) * (len(DRUGS) - 1) // 2
    assert 0.15 < len(held) / pairs < 0.25
    assert not held & {note.drugs for note in clinical_notes.notes("train", 200)}
    assert {note.drugs for note in clinical_notes.notes("test", 40, pairs="held out")} <= held
    with pytest.raises(ValueError, match="'other' do not exist"):
        clinical_notes.notes("test", 2, pairs="other")


def test_a_note_never_says_the_severity_and_every_other_one_names_both_drugs():
    found = clinical_notes.notes("test", 60)
    assert [note.names_both for note in found] == [True, False] * 30
    for note in found:
        words = set(note.text.split())
        assert "interaction" not in words and not words & set(clinical_notes.LABELS)
        assert clinical_notes.LABELS[note.label] == interaction(*note.drugs)
        assert (len(words & set(DRUGS)) == 2) == note.names_both


def test_exact_probabilities_are_certain_with_both_drugs_and_right_on_average_without():
    found = clinical_notes.notes("test", 200)
    probs, labels = clinical_notes.exact_probs(found), np.array([note.label for note in found])
    both = np.array([note.names_both for note in found])
    assert np.allclose(probs.sum(1), 1)
    assert (probs[both].argmax(1) == labels[both]).all() and probs[both].max(1).min() > 0.999
    assert probs[~both].max() < 0.95
    for label in range(3):
        expected, spread = probs[:, label].sum(), np.sqrt((probs[:, label] * (1 - probs[:, label])).sum())
        assert abs((labels == label).sum() - expected) < 4 * spread


def test_one_drug_known_is_a_count_over_the_others():
    text = "the patient was prescribed warfarin for thrombosis ."
    others = [interaction("warfarin", other) for other in DRUGS if other != "warfarin"]
    shares = [others.count(label) / len(others) for label in clinical_notes.LABELS]
    assert clinical_notes._posterior(text) == pytest.approx(shares)
