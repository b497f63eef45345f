"""Translation: one sentence, one translation."""

import pytest

from helpers import tinytown
from helpers.tasks import translation


def test_a_sentence_has_one_translation():
    for d in tinytown.documents(4, split="test", seed=3, language=tinytown.only("translation")):
        if d.kinds == ("both",):
            english, tongue = translation.halves(" ".join(d.tokens))
            prefix = f"english : {english} tinytongue :".split()
            for word in tongue.split():
                assert tinytown.next_token_probs(prefix)[word] == pytest.approx(1)
                prefix.append(word)
