"""A notebook shown without being run, as on GitHub: figures with their texts, equations and folded blocks arrive."""

import html
import re

import nbformat
import pytest
from books import PATHS, markdown_cells, read, source, texts_of_figures
from nbconvert import HTMLExporter

EQUATION = re.compile(r"\$\$(.+?)\$\$", re.DOTALL)


@pytest.fixture(scope="module", params=PATHS, ids=lambda path: path.stem)
def shown(request):
    """The notebook, and the page that is made of it in the plain style of a code host."""
    page, _ = HTMLExporter(template_name="classic").from_notebook_node(nbformat.read(request.param, as_version=4))
    return read(request.param), page[page.index("<body") :]


def test_every_figure_arrives_with_the_text_that_stands_for_it(shown):
    book, page = shown
    images = [image for image in re.findall(r"<img[^>]*>", page) if "data:image" in image]
    arrived = [html.unescape(re.search(r'alt="([^"]*)"', image)[1]) for image in images]
    assert arrived == texts_of_figures(book["cells"]) != []


def test_every_equation_arrives_as_it_was_written(shown):
    book, page = shown
    written = [equation for cell in markdown_cells(book) for equation in EQUATION.findall(source(cell))]
    arrived = [html.unescape(equation) for equation in EQUATION.findall(page)]
    assert written and arrived == written


def test_every_solution_is_folded_and_its_code_is_in_it(shown):
    book, page = shown
    written = sum(source(cell).count("<details>") for cell in markdown_cells(book))
    folded = re.findall(r"<details>(.+?)</details>", page, re.DOTALL)
    assert len(folded) == written > 0
    assert all("<summary>" in block and "```" not in block for block in folded)
    assert all('class="highlight' in block for block in folded if "my_" in block)
