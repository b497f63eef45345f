"""`make slides` writes slides to lecture from without a network, seen in Chromium at two sizes of projector."""

import os
import shutil
import subprocess

import pytest
from books import PATHS, ROOT, code_cells, markdown_cells, read, source

from helpers.setup.minutes import slide_type
from helpers.setup.site.slides import OUT

SIZES = ((1366, 768), (1920, 1080))
SHOTS = os.environ.get("COURSE_SCREENSHOTS")  # a folder: keep what the browser saw, to be looked at
SEEN = """() => {
  const page = Reveal.getCurrentSlide(), all = [...page.querySelectorAll('pre, table, img, p, li, mjx-math')];
  const parts = all.filter(part => part.offsetParent && !part.closest('details:not([open])'));
  const lowest = Math.max(0, ...parts.map(part => part.getBoundingClientRect().bottom));
  const right = Math.max(0, ...parts.map(part => part.getBoundingClientRect().right));
  const framed = [...page.querySelectorAll('pre, mjx-container[display="true"]')];
  const clipped = framed.some(part => part.scrollWidth > part.clientWidth + 2);
  return {scrolls: page.classList.contains('scrolls'), below: lowest - innerHeight, beside: right - innerWidth, clipped,
          figure: !!page.querySelector('.jp-OutputArea-output img'),
          text: page.innerText.trim().slice(0, 50), empty: !page.innerText.trim() && !page.querySelector('img'),
          size: parseFloat(getComputedStyle(page.querySelector('pre') ?? page).fontSize)};
}"""


@pytest.fixture(scope="module")
def slides():
    """The folder of freshly made slides."""
    if not shutil.which("npm"):
        pytest.skip("no npm on the PATH (Node.js 20 or newer): the slides were not made")
    done = subprocess.run(["make", "slides"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-3000:]
    return OUT


def opened(page, folder, path, size):
    page.set_default_timeout(120_000)  # a busy machine takes its time
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.goto((folder / f"{path.stem}.slides.html").as_uri())
    page.wait_for_selector("body.ready")


def walk(page):
    """What is seen of each slide, in order."""
    seen = []
    for at in range(page.evaluate("Reveal.getTotalSlides()")):
        page.evaluate("at => { const {h, v} = Reveal.getIndices(Reveal.getSlides()[at]); Reveal.slide(h, v); }", at)
        seen.append(page.evaluate(SEEN))
        if SHOTS:
            page.screenshot(path=f"{SHOTS}/{page.evaluate('document.title')[:2]}-{at:03d}.png")
    return seen


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_every_slide_is_seen_whole(path, size, slides, offline_page):
    opened(offline_page, slides, path, size)
    seen = walk(offline_page)
    assert len(seen) >= len(markdown_cells(read(path))) / 3
    assert [slide["text"] for slide in seen if slide["below"] > 2 and not slide["scrolls"]] == []
    assert [slide["text"] for slide in seen if slide["beside"] > 2 or slide["clipped"]] == []
    assert [slide for slide in seen if slide["empty"]] == []
    assert sum(slide["scrolls"] for slide in seen) <= 0.05 * len(seen)
    parted = [
        after for page, after in zip(seen, seen[1:]) if page["figure"] and after["text"].startswith("What to see")
    ]
    assert len(parted) <= max(1, 0.4 * sum(slide["figure"] for slide in seen))  # words about a figure stand below it
    assert offline_page.refused == []


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_figures_keep_their_words_equations_are_set_and_plumbing_is_gone(path, slides, offline_page):
    opened(offline_page, slides, path, SIZES[0])
    book = read(path)
    figures = [o for cell in code_cells(book) for o in cell["outputs"] if "image/png" in o.get("data", {})]
    told = offline_page.evaluate("[...document.images].map(image => image.alt).filter(alt => alt.length > 19)")
    assert len(told) >= len([1 for cell in code_cells(book) if "alt" in cell["metadata"]]) >= 1 and len(told) <= len(
        figures
    )
    assert offline_page.evaluate("document.querySelectorAll('mjx-container').length") > 0 or not any(
        "$" in source(cell) for cell in markdown_cells(book)
    )
    assert "First cell, the same in every notebook" not in offline_page.content()


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_the_lecturers_notes_are_with_their_slides_and_not_on_them(path, slides, offline_page):
    opened(offline_page, slides, path, SIZES[0])
    written = [cell for cell in markdown_cells(read(path)) if slide_type(cell) == "notes"]
    notes = offline_page.locator(".slides section > aside.notes")
    told = notes.all_text_contents()
    assert len(told) == len(written) and all("Ask the room" in text for text in told)
    assert not any(note.is_visible() for note in notes.all())
    assert offline_page.locator("aside.notes details").count() == 0
