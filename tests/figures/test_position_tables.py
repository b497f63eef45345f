"""Position tables: the cosine by distance, and the length of each row over the longest."""

import pytest
import torch

from helpers.figures.position_tables import by_distance, draw_position_tables
from helpers.transformer.positions import sinusoids


def test_the_cosine_of_sinusoids_depends_on_the_distance_alone():
    table = sinusoids(60, 16)
    first = torch.nn.functional.cosine_similarity(table[0], table[7], dim=0).item()
    assert by_distance(table)[7] == pytest.approx(first, abs=1e-5)
    assert by_distance(table)[0] == pytest.approx(1)


def test_both_panels_draw_every_table():
    tables = {"one": sinusoids(60, 8), "two": torch.randn(60, 8, generator=torch.Generator().manual_seed(0))}
    left, right = draw_position_tables(tables, {"one": "encoder", "two": "decoder"}).axes
    assert [len(line.get_ydata()) for line in left.lines[:2]] == [31, 31]
    assert [max(line.get_ydata()) for line in right.lines] == [1, 1]
    assert right.lines[0].get_ydata() == pytest.approx([1.0] * 60)
