"""The site's source is the notebooks and the README: figures keep their text, verdicts and glossary become pages."""

import json
import re

import pytest
from books import PATHS, ROOT, code_cells, markdown_cells, read, source

from helpers.setup.adopt import badge
from helpers.setup.site import pages


def markdown(text, **details):
    return {"cell_type": "markdown", "metadata": details, "source": text.splitlines(keepends=True)}


def code(text, *, alt=None, **details):
    outputs = [{"output_type": "display_data", "data": {"image/png": "x"}, "metadata": {"image/png": {"alt": alt}}}]
    return {"cell_type": "code", "metadata": details, "source": text, "outputs": outputs if alt else []}


BOOK = {
    "cells": [
        markdown(f"# A title\ntext\n\n{badge('ada/course', '01.ipynb')}"),
        code("import sys", tags=["first-cell"]),
        markdown("## 1 · A | B"),
        code("draw()", alt="A falling curve."),
        code("decide()", claim=["C07"], verdict="holds", number="0.42", because="It does."),
        markdown("## Glossary\n\n**nat**: a unit."),
    ]
}


def test_a_copy_has_its_alternative_text_where_myst_nb_reads_it_and_the_original_stays():
    before = json.dumps(BOOK)
    cells = pages.for_site(BOOK)["cells"]
    drawn = next(cell for cell in cells if cell["source"] == "draw()")
    assert drawn["metadata"]["mystnb"] == {"image": {"alt": "A falling curve."}}
    assert cells[0]["source"] == "# A title\ntext" and cells[1]["metadata"]["tags"] == ["first-cell", "hide-input"]
    assert json.dumps(BOOK) == before


def test_links_to_headings_lead_to_the_sites_anchors():
    book = {"cells": [markdown("see [nat](00.ipynb#Glossary) and [here](#A-part), [a paper](https://x.example#Part)")]}
    (cell,) = pages.for_site(book)["cells"]
    assert cell["source"] == "see [nat](00.ipynb#glossary) and [here](#a-part), [a paper](https://x.example#Part)"


def test_a_table_of_verdicts_that_a_notebook_shows_leads_to_the_sites_anchors():
    table = {
        "output_type": "execute_result",
        "data": {"text/markdown": ["| C07 | x | [05](05_pet.ipynb#cell-id=a) |\n"]},
    }
    (cell,) = pages.for_site({"cells": [{**code("ledger.linked(rows)"), "outputs": [table]}]})["cells"]
    assert cell["outputs"][0]["data"]["text/markdown"] == "| C07 | x | [05](05_pet.html#verdict-c07) |\n"


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_each_link_to_a_heading_of_a_notebook_leads_to_one(path):
    texts = {other.name: "\n".join(source(cell) for cell in markdown_cells(read(other))) for other in PATHS}
    for name, heading in pages.HEADING.findall(texts[path.name]):
        headings = re.findall(r"^#+ (.*)$", texts[name or path.name], re.M)
        assert heading in [found.strip().replace(" ", "-") for found in headings], (name, heading)


def test_an_anchor_for_each_claim_stands_in_front_of_its_deciding_cell():
    cells = pages.for_site(BOOK)["cells"]
    place = next(i for i, cell in enumerate(cells) if cell["source"] == "decide()")
    assert cells[place - 1]["source"] == "(verdict-c07)="


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_no_code_and_no_output_of_a_notebook_is_lost_and_no_figure_is_without_text(path):
    original, copy = read(path), pages.for_site(read(path))
    assert [source(c) for c in code_cells(copy)] == [source(c) for c in code_cells(original)]
    for shown, stored in zip(code_cells(copy), code_cells(original), strict=True):
        for output in stored["outputs"]:
            if pages.DECIDED.search(text := "".join(output.get("data", {}).get("text/markdown", ""))):
                output["data"]["text/markdown"] = pages.with_site_places(text)  # all that may differ
        assert shown["outputs"] == stored["outputs"]
    pictures = [c for c in code_cells(copy) if any("image/png" in o.get("data", {}) for o in c["outputs"])]
    assert pictures and all(len(c["metadata"]["mystnb"]["image"]["alt"]) > 20 for c in pictures)
    for cell in pictures:  # myst-nb has one text for all figures of a cell
        assert sum("image/png" in o.get("data", {}) for o in cell["outputs"]) == 1


def test_the_glossary_is_the_cells_that_say_so():
    assert pages.glossary({"x": BOOK}) == "# Glossary\n\n**nat**: a unit.\n\n"
    assert pages.glossary({"x": {"cells": [markdown("**nat**: a unit.", tags=["glossary"])]}}).endswith("a unit.\n\n")
    assert pages.glossary({"x": {"cells": [markdown("the glossary is elsewhere")]}}) is None


def test_all_pages_are_written_and_named_in_the_contents(tmp_path):
    names = pages.write(ROOT, tmp_path)
    assert {"index", "try", "verdicts", *(f"notebooks/{path.stem}" for path in PATHS)} <= set(names)
    index = (tmp_path / "index.md").read_text(encoding="utf-8")
    assert "colab-badge" not in index and all(f"\n{name}\n" in index for name in names if name != "index")
    assert (tmp_path / "data" / "cover.png").exists() and (tmp_path / "LICENSE").exists()
    assert all((tmp_path / f"{name}.md").exists() or (tmp_path / f"{name}.ipynb").exists() for name in names)
    assert "](notebooks/01_attention_masks.ipynb)" in (tmp_path / "try.md").read_text(encoding="utf-8")
