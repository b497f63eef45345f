"""Summaries: the best one names what the story tells."""

from helpers.tasks import TASKS, summarisation


def test_the_best_summary_names_what_the_story_tells():
    for e in TASKS["summarisation"].examples("test", 30):
        made, wanted = summarisation.best_summary(e.source).split(), e.target.split()
        assert len(made) == len(wanted)
        assert all(a == b for i, (a, b) in enumerate(zip(made, wanted)) if i != wanted.index("found") - 1)
