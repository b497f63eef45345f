"""Figures keep the course's conventions: orientation, scale, labels, families, alternative text."""

import base64

import pytest
import torch
from matplotlib.image import imread

from helpers.figures import plots


def texts(labels):
    return [label.get_text() for label in labels]


def test_rows_are_queries_from_top_to_bottom_and_columns_keys():
    weights = torch.tensor([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
    axis, bar = plots.heatmap(weights, queries=["a", "b"], keys=["x", "y", "z"], title="map").axes
    image = axis.images[0]
    assert image.get_array().tolist() == weights.tolist()
    assert image.origin == "upper" and axis.get_ylim() == (1.5, -0.5)  # row 0 on top
    assert texts(axis.get_yticklabels()) == ["a", "b"] and texts(axis.get_xticklabels()) == ["x", "y", "z"]
    assert (axis.get_ylabel(), axis.get_xlabel(), axis.get_title()) == ("query", "key", "map")
    assert image.get_cmap().name == "cividis" and image.get_clim() == (0, 1) and bar.get_ylim() == (0, 1)


def test_many_panels_share_one_colour_bar_and_may_have_their_own_tokens():
    panels = {f"head {i}": torch.eye(2).bool() for i in range(5)}
    figure = plots.heatmaps(panels, queries={title: [title, "b"] for title in panels}, columns=4)
    drawn = [axis for axis in figure.axes if axis.images]
    assert [axis.get_title() for axis in drawn] == list(panels) and len(figure.axes) == 9  # 8 places and the bar
    assert texts(drawn[4].get_yticklabels()) == ["head 4", "b"]


@pytest.mark.parametrize(
    "values, queries, message",
    [
        ([[0.0, 1.5]], None, "values from 0 to 1; received shape .1, 2., 0 to 1.5"),
        ([[-0.1, 0.5]], None, "-0.1 to 0.5"),
        ([0.5, 0.5], None, r"\(query, key\) values"),
        ([[0.0, 1.0]], ["a", "b"], "2 tokens for 1 rows"),
    ],
)
def test_a_heatmap_refuses_what_it_cannot_draw(values, queries, message):
    with pytest.raises(ValueError, match=message):
        plots.heatmap(values, queries=queries)


def test_the_cells_of_a_mask_are_ruled_and_those_of_a_map_are_not():
    mask, weights = (plots.heatmap(values).axes[0] for values in ([[1, 0, 0], [1, 1, 0]], [[0.5, 0.5]]))
    assert mask.get_xticks(minor=True).tolist() == [0.5, 1.5] and mask.get_yticks(minor=True).tolist() == [0.5]
    assert len(weights.get_xticks(minor=True)) == 0


def test_families_have_one_colour_and_one_marker_and_none_is_shared():
    styles = [*plots.STYLES.values(), *plots.OTHERS]
    assert len({style.colour for style in styles}) == len({style.marker for style in styles}) == len(styles)
    for name in ("encoder", "decoder", "encoder-decoder"):
        line = plots.curves([1, 2], {name: [1.0, 2.0]}).axes[0].lines[0]
        assert (line.get_color(), line.get_marker()) == (plots.STYLES[name].colour, plots.STYLES[name].marker)
    assert plots.style_of("no family", index=1) == plots.OTHERS[1]


def test_curves_with_interval_and_exact_floor():
    figure = plots.curves(
        [1, 2, 3],
        {"encoder": [3.0, 2.0, 1.0]},
        intervals={"encoder": ([2, 1, 0], [4, 3, 2])},
        exact=0.5,
        xlabel="tokens",
        ylabel="nats",
    )
    axis = figure.axes[0]
    assert axis.lines[1].get_color() == "black" and axis.lines[1].get_linestyle() == "--"
    assert axis.lines[1].get_ydata().tolist() == [0.5] * 3
    assert len(axis.collections) == 1 and axis.collections[0].get_paths()[0].vertices[:, 1].max() == 4
    assert texts(axis.get_legend().get_texts()) == ["encoder", "exact"]


def test_bars_of_a_model_beside_the_exact_answer():
    figure = plots.distribution_bars(
        {"river": 0.6, "canal": 0.0, "town": 0.1}, {"river": 0.7, "canal": 0.2, "town": 0}, family="decoder"
    )
    axis = figure.axes[0]
    assert texts(axis.get_yticklabels()) == ["river", "canal", "town"] and axis.yaxis_inverted()
    assert [round(bar.get_width(), 3) for bar in axis.patches] == [0.6, 0, 0.1]
    assert [line.get_xdata()[0] for line in axis.lines] == [0.7, 0.2, 0]
    assert {(line.get_linestyle(), line.get_color()) for line in axis.lines} == {("--", "black")}


def test_word_bars_and_scatter_draw_what_they_are_given():
    axis = plots.word_bars(["the", "bank"], {"attention": [0.2, 0.8], "effect": [0.1, 0.5]}).axes[0]
    assert [round(bar.get_height(), 3) for bar in axis.patches] == [0.2, 0.8, 0.1, 0.5]
    assert texts(axis.get_xticklabels()) == ["the", "bank"]
    beside = {"exact": {"encoder": [0.1, 0.7]}}
    axis = plots.word_bars(["the", "bank"], {"encoder": [0.2, 0.8], "decoder": [0, 1]}, **beside).axes[0]
    assert [list(line.get_ydata()) for line in axis.lines] == [[0.1, 0.1], [0.7, 0.7], []]
    points = plots.scatter([0, 1], [2, 3], labels={1: "river"}).axes[0]
    assert points.collections[0].get_offsets().tolist() == [[0, 2], [1, 3]] and texts(points.texts) == ["river"]


def test_bars_with_intervals_and_the_exact_floor():
    axis = plots.bars(
        {"mask": 3.0, "both": 1.0}, intervals={"both": (0.5, 1.25)}, exact=0.9, families={"mask": "encoder"}
    ).axes[0]
    assert [bar.get_width() for bar in axis.patches] == [3.0, 1.0] and axis.yaxis_inverted()
    assert texts(axis.get_yticklabels()) == ["mask", "both"]
    (segment,) = axis.collections[0].get_segments()
    assert segment[:, 0].tolist() == [0.5, 1.25]
    assert any(line.get_linestyle() == "--" and line.get_xdata()[0] == 0.9 for line in axis.lines)


def test_showing_sends_a_picture_and_its_words(monkeypatch, tmp_path):
    sent = {}
    monkeypatch.setattr("helpers.figures.style.display", lambda data, **kwargs: sent.update(data=data, **kwargs))
    alt = "An identity matrix: each position sees itself."
    plots.show(plots.heatmap(torch.eye(3)), alt=alt)
    assert sent["data"]["text/plain"] == f"Figure: {alt}" and sent["metadata"] == {"image/png": {"alt": alt}}
    (tmp_path / "picture.png").write_bytes(base64.b64decode(sent["data"]["image/png"]))
    picture = imread(tmp_path / "picture.png")
    assert picture.shape[0] > 100 and picture.std() > 0.05  # something is drawn


def test_showing_without_words_is_refused():
    with pytest.raises(ValueError, match="alt text 'map' is too short"):
        plots.show(plots.heatmap([[1.0]]), alt="map")


def test_numbers_stand_in_their_own_cells_and_can_be_read_there():
    values = torch.tensor([[0.9, 0.1, 0.25], [0.3, 0.6, 0.05]])
    axis = plots.heatmap(values, numbers=True).axes[0]
    found = {text.get_position(): (text.get_text(), text.get_color()) for text in axis.texts}
    assert found == {
        (column, row): (f"{values[row, column]:.2f}", "k" if values[row, column] > 0.5 else "w")
        for row in range(2)
        for column in range(3)
    }
