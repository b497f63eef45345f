"""The parts make one experiment: each point goes to its own part."""

from helpers.experiments import seq2seq


def test_every_point_belongs_to_a_part_and_is_handed_to_it(monkeypatch):
    points = list(seq2seq.grid())
    assert (
        {point["experiment"] for point in points}
        == {"gaps", "noises", "split", "sizes", "thresholds", "doubled", "prefixes", "links"}
        == set(seq2seq.PARTS)
    )
    for name, part in seq2seq.PARTS.items():
        monkeypatch.setattr(part, "run", lambda point, name=name: {"by": name})
        point = next(point for point in points if point["experiment"] == name)
        assert seq2seq.run(point) == {"by": name} and seq2seq.models(point) == part.models(point)
        assert seq2seq.search(point) == part.search(point)
