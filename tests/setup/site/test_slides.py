"""The slides' source: figures carry their words, badges are gone, each notebook is on the first page."""

import json

from books import PATHS

from helpers.setup.site import slides

FIGURE = {"output_type": "display_data", "data": {"image/png": "AAAA\n", "text/plain": "Figure"}, "metadata": {}}


def book():
    code = {"cell_type": "code", "metadata": {"alt": 'A "curve" & a line.'}, "source": "draw()", "outputs": [FIGURE]}
    badge = "# 00 · A title\n\n[![Open in Colab](badge.svg)](https://colab.example)"
    return {"cells": [{"cell_type": "markdown", "metadata": {}, "source": badge}, code]}


def test_a_figure_becomes_an_image_with_its_words():
    before = book()
    text, code = slides.for_slides(before)["cells"]
    assert text["source"] == "# 00 · A title"
    shown = code["outputs"][0]["data"]
    assert shown["text/html"] == '<img alt="A &quot;curve&quot; &amp; a line." src="data:image/png;base64,AAAA">'
    assert "image/png" not in shown
    assert before == book()  # the notebook itself is left as it was


def test_the_lecturers_notes_lie_open_and_other_folds_stay():
    fold = "<details><summary>For the lecturer (4 minutes)</summary>\n\nPoint left.\n\n</details>"
    cells = [
        {"cell_type": "markdown", "metadata": {"slideshow": {"slide_type": kind}}, "source": fold}
        for kind in ("notes", "skip")
    ]
    note, other = slides.for_slides({"cells": cells})["cells"]
    assert note["source"] == "**For the lecturer (4 minutes)**\n\nPoint left." and other["source"] == fold


def test_the_first_page_leads_to_every_notebook(tmp_path):
    titles = {path.stem: json.loads(path.read_text("utf-8"))["cells"][0]["source"][0] for path in PATHS}
    page = slides.index(titles)
    assert all(f'href="{path.stem}.slides.html"' in page for path in PATHS)
