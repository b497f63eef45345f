"""The measurements run and say what they compared; no timing is judged here."""

import json

import pytest
from books import PATHS

from helpers.experiments import bench
from helpers.training.loop import FAMILIES


def test_masking_is_compared_on_the_same_texts():
    row = bench.masking(rows=4, batches=2)
    assert row["ours"] > 0 and row["theirs"] > 0 and row["ratio"] > 0 and row["unit"] == "tokens/s"


def test_tinytown_is_timed_for_each_question():
    rows = bench.inference(count=2)
    assert len(rows) == 4 and all(row["milliseconds"] > 0 for row in rows)


@pytest.mark.parametrize("name", FAMILIES)
def test_both_loops_train_on_the_same_batches(name):
    row = bench.training(name, steps=2, documents=256)
    assert row["ratio"] > 0 and row["unit"] == "words/s"


def test_a_process_that_fails_is_reported_with_its_own_words():
    with pytest.raises(RuntimeError, match="(?s)could not measure no_such_book.*No such file"):
        bench.last_line(bench.NOTEBOOK, "no_such_book")


def test_the_recorded_table_covers_what_is_here():
    recorded = json.loads(bench.OUT.read_text(encoding="utf-8"))
    named = {row["what"] for row in recorded["rows"]}
    jobs = bench.jobs()
    assert {f"notebook {path.stem}" for path in PATHS} <= named
    assert all(any(what.startswith(job) for job in jobs) for what in named)
    assert all(bench.show(row).startswith(row["what"]) for row in recorded["rows"])
