"""A figure's text reaches the page: stored figures become images with it, everything else stays as it is."""

from books import PATHS, code_cells, read

from helpers.setup import working_copy
from helpers.setup.alt_text import with_alt

FIGURE = {"output_type": "display_data", "data": {"image/png": "AAAA\n", "text/plain": "Figure"}, "metadata": {}}


def test_a_stored_figure_becomes_an_image_with_its_text():
    shown = with_alt(FIGURE, 'A "curve" & a line.')["data"]
    assert shown == {
        "text/plain": "Figure",
        "text/html": '<img alt="A &quot;curve&quot; &amp; a line." src="data:image/png;base64,AAAA">',
    }
    assert "image/png" in FIGURE["data"]  # the argument is left as it was


def test_without_a_text_or_a_figure_nothing_changes():
    assert with_alt(FIGURE, None) == FIGURE
    assert with_alt({"output_type": "stream", "text": "1"}, "words") == {"output_type": "stream", "text": "1"}


def test_every_figure_of_a_learners_copy_has_words(tmp_path):
    for path in PATHS:
        working_copy.copy(path, tmp_path / path.name)
        outputs = [output for cell in code_cells(read(tmp_path / path.name)) for output in cell["outputs"]]
        bare = [o for o in outputs if "image/png" in o.get("data", {})]
        images = [o for o in outputs if str(o.get("data", {}).get("text/html", "")).startswith("<img alt=")]
        assert bare == [] and images
