"""Variants: an unknown one is refused by name."""

import pytest

from helpers.experiments.seq2seq import variants


def test_unknown_variants_are_refused():
    with pytest.raises(ValueError, match="no variant is called 'gpt'; choose one of: course-t5; "):
        variants.train("gpt", None, [], recipe=None)
