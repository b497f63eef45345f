"""The interactive views draw in a real browser without any network, several on one page."""

import re

import pytest
import torch

from helpers.figures import attention_view

TOKENS = ["[CLS]", "the", "bank", '"quoted" & <b>', "[SEP]"]


@pytest.fixture
def attention():
    return [torch.rand(1, 3, 5, 5, generator=torch.Generator().manual_seed(n)).softmax(-1) for n in range(2)]


def test_the_page_asks_for_nothing_from_elsewhere(attention):
    for view in (attention_view.head_view(attention, TOKENS), attention_view.model_view(attention, TOKENS)):
        assert view.data.startswith("<div><iframe") and view.data.count("<") == 4  # all else is inside srcdoc, escaped
        assert not re.search(r"script[^&]*src=", view.data)


def test_two_views_on_one_page_are_drawn_with_the_network_cut(attention, offline_page, tmp_path):
    views = [
        attention_view.head_view(attention, TOKENS),
        attention_view.head_view(attention, TOKENS, layer=1),
        attention_view.model_view(attention, TOKENS),
    ]
    page = tmp_path / "page.html"
    page.write_text("<!DOCTYPE html><body>" + "".join(view.data for view in views), encoding="utf-8")
    errors = []
    offline_page.on("pageerror", lambda error: errors.append(str(error)))
    offline_page.goto(page.as_uri())
    frames = offline_page.frames[1:]
    assert len(frames) == 3
    for frame in frames:
        frame.wait_for_selector("svg", timeout=20_000)
        assert frame.locator("svg text").count() >= 2 * len(TOKENS) or frame.locator("svg line").count() > 25
    for frame in frames[:2]:
        assert TOKENS[3] in frame.locator("svg").first.text_content()  # odd characters survive
    assert frames[1].locator("#layer").input_value() == "1"
    assert errors == [] and offline_page.refused == []


def test_a_click_on_another_layer_redraws(attention, offline_page, tmp_path):
    page = tmp_path / "page.html"
    page.write_text("<!DOCTYPE html><body>" + attention_view.head_view(attention, TOKENS).data, encoding="utf-8")
    offline_page.goto(page.as_uri())
    frame = offline_page.frames[1]
    frame.wait_for_selector("svg", timeout=20_000)
    before = frame.locator("#vis").inner_html()
    frame.select_option("#layer", "1")
    assert frame.locator("#vis").inner_html() != before


@pytest.mark.parametrize(
    "attention, message",
    [
        ([], "no attention weights; load the model with attn_implementation"),
        ([None, None], "no attention weights"),
        ([torch.ones(1, 3, 4, 4)], r"layer 0 has shape \(1, 3, 4, 4\), expected \(1, head, 5, 5\)"),
        ([torch.ones(2, 3, 5, 5)], "pass one text at a time"),
    ],
)
def test_attention_that_does_not_fit_is_named(attention, message):
    with pytest.raises(ValueError, match=message):
        attention_view.head_view(attention, TOKENS)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda attention: attention[0],
            r"attention is a Tensor of shape \(.*\), .*a single tensor; pass one tensor for",
        ),
        (
            lambda attention: [layer.numpy() for layer in attention],
            "layer 0 is a ndarray of shape .*; pass a torch tensor",
        ),
        (lambda attention: 3.7, "attention cannot be 3.7 .float.; pass output.attentions"),
    ],
)
@pytest.mark.parametrize("view", [attention_view.head_view, attention_view.model_view])
def test_one_layer_and_arrays_are_named_with_what_is_due(attention, view, change, message):
    with pytest.raises(TypeError, match=message):
        view(change(attention), TOKENS)


@pytest.mark.parametrize(
    ("tokens", "message"),
    [
        ([2, 31, 3], r"tokens hold 2 \(int\), an id where a string is due; pass strings: .*convert_ids_to_tokens"),
        ("[CLS] the [SEP]", "tokens cannot be .*; pass a list of strings"),
    ],
)
def test_ids_and_a_bare_string_are_no_tokens(attention, tokens, message):
    with pytest.raises(TypeError, match=message):
        attention_view.head_view(attention, tokens)


@pytest.mark.parametrize("choice", [{"layer": 99}, {"layer": 0.5}, {"heads": [99]}, {"heads": 1}])
def test_a_layer_or_head_that_is_not_there_is_refused(attention, choice):
    with pytest.raises((TypeError, ValueError), match="pass"):
        attention_view.head_view(attention, TOKENS, **choice)


def test_a_missing_library_is_named_with_its_remedy():
    with pytest.raises(FileNotFoundError, match="pip install no-such-package"):
        attention_view._read("no_such_module_at_all", "x.js", package="no-such-package")


@pytest.fixture
def three_attentions():
    """Two layers of three heads: sources of four tokens, targets of six."""
    draw = torch.Generator().manual_seed(0)
    shapes = {"encoder": (4, 4), "decoder": (6, 6), "cross": (6, 4)}
    return {
        name: [torch.rand(1, 3, *shape, generator=draw).softmax(-1) for _ in range(2)] for name, shape in shapes.items()
    }


SOURCES, TARGETS = ["la", "casa", "<X>", "."], ["<s>", "the", "white", "house", "stood", "."]


def test_the_three_attentions_of_an_encoder_decoder_are_drawn_with_the_network_cut(
    three_attentions, offline_page, tmp_path
):
    view = attention_view.encoder_decoder_view(**three_attentions, sources=SOURCES, targets=TARGETS)
    assert not re.search(r"script[^&]*src=", view.data)
    page = tmp_path / "page.html"
    page.write_text("<!DOCTYPE html><body>" + view.data, encoding="utf-8")
    offline_page.goto(page.as_uri())
    frame = offline_page.frames[1]
    frame.wait_for_selector("svg", timeout=20_000)
    menu = frame.locator("select#filter")
    names = menu.locator("option").all_text_contents()
    assert [name.strip() for name in names] == ["Encoder", "Decoder", "Cross"]
    drawn = []
    for name in names:
        menu.select_option(label=name)
        drawn.append(frame.locator("svg").first.text_content())
    assert "casa" in drawn[0] and "house" not in drawn[0]
    assert "house" in drawn[1] and "casa" not in drawn[1]
    assert "house" in drawn[2] and "casa" in drawn[2]
    assert offline_page.refused == []


@pytest.mark.parametrize("name", ["encoder", "decoder", "cross"])
def test_which_of_the_three_does_not_fit_is_named(three_attentions, name):
    turned = {**three_attentions, name: [layer[:, :, 1:] for layer in three_attentions[name]]}
    with pytest.raises(ValueError, match=f"^{name}: layer 0 has shape"):
        attention_view.encoder_decoder_view(**turned, sources=SOURCES, targets=TARGETS)
    missing = {**three_attentions, name: [None, None]}
    with pytest.raises(ValueError, match=f"^{name}: no attention weights"):
        attention_view.encoder_decoder_view(**missing, sources=SOURCES, targets=TARGETS)
