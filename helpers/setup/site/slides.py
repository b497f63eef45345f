"""`make slides`: one folder of slides for all notebooks, from their stored outputs; it needs no network.

The first cell and the code of plots (cells tagged `hide-input`) are left out; figures carry their alternative text.
nbconvert writes the pages with the template in site/slides; reveal.js and MathJax come from npm, pinned, and are copied
beside them. The page itself cuts slides that are taller than the screen (site/slides/paginate.js). Standard library
only.
"""

from __future__ import annotations

import html
import json
import re
import shutil
import sys
from pathlib import Path

from helpers.setup.alt_text import alt_text, with_alt
from helpers.setup.environment import ROOT
from helpers.setup.minutes import slide_type
from helpers.setup.site import build, pages

OUT = ROOT / "build" / "slides"
LEFT_OUT = (
    "--TagRemovePreprocessor.enabled=True",
    "--TagRemovePreprocessor.remove_cell_tags=first-cell",
    "--TagRemovePreprocessor.remove_input_tags=hide-input",
)
PARTS = (
    ("reveal.js/dist", "reveal.js/dist"),
    ("reveal.js/plugin/notes", "reveal.js/plugin/notes"),
    ("reveal.js/LICENSE", "reveal.js"),
    ("mathjax/es5/tex-mml-chtml.js", "mathjax"),
    ("mathjax/es5/output/chtml/fonts/woff-v2", "mathjax/output/chtml/fonts/woff-v2"),
    ("mathjax/LICENSE", "mathjax"),
)


def for_slides(book: dict) -> dict:
    """A copy of a notebook as it is lectured from; the lecturer's notes lie open, in the view that S opens."""
    book = json.loads(json.dumps(book))
    for cell in book["cells"]:
        if cell["cell_type"] == "markdown":
            text = pages.without_badge(pages.text_of(cell))
            cell["source"] = unfolded(text) if slide_type(cell) == "notes" else text
        else:
            cell["outputs"] = [with_alt(output, alt_text(cell)) for output in cell["outputs"]]
    return book


def unfolded(text: str) -> str:
    """A folded text laid open, its summary in bold.

    >>> unfolded("<details><summary>For the lecturer</summary>\\n\\nPoint left.\\n\\n</details>")
    '**For the lecturer**\\n\\nPoint left.'
    """
    return re.sub(r"<summary>(.*?)</summary>", r"**\1**", re.sub("</?details>", "", text)).strip()


def index(titles: dict[str, str]) -> str:
    """The page from which each notebook's slides are opened: file name -> title."""
    links = "\n".join(
        f'<li><a href="{name}.slides.html">{html.escape(title)}</a></li>' for name, title in titles.items()
    )
    return (
        '<!DOCTYPE html>\n<html lang="en"><meta charset="utf-8"><title>One block, three masks: slides</title>\n'
        "<style>body {font: 24px/1.6 sans-serif; margin: 10vh 12vw}</style>\n<h1>One block, three masks</h1>\n"
        f"<ol start=0>\n{links}\n</ol>\n<p>S opens the lecturer's notes, F fills the screen, O shows all pages.</p>\n"
    )


def write(root: Path = ROOT, *, out: Path = OUT) -> Path:
    """Write the slides of all notebooks; returns the folder.

    Raises SiteError when npm or nbconvert cannot do its part.
    """
    shutil.rmtree(out, ignore_errors=True)
    source = out / "source"
    source.mkdir(parents=True)
    titles = {}
    for path in sorted((root / "notebooks").glob("*.ipynb")):
        book = json.loads(path.read_text(encoding="utf-8"))
        titles[path.stem] = pages.text_of(book["cells"][0]).splitlines()[0].lstrip("# ")
        (source / path.name).write_text(json.dumps(for_slides(book), ensure_ascii=False), encoding="utf-8")
    template = ["--template", "slides", f"--TemplateExporter.extra_template_basedirs={root / 'site'}"]
    reveal = ["--SlidesExporter.reveal_url_prefix=parts/reveal.js", "--SlidesExporter.reveal_theme=white"]
    command = [
        sys.executable,
        "-m",
        "nbconvert",
        "--to",
        "slides",
        "--log-level",
        "ERROR",
        *LEFT_OUT,
        *template,
        *reveal,
    ]
    books = sorted(source.glob("*.ipynb"))
    build.run([*command, "--output-dir", out, *books], what="nbconvert", remedy="mend the notebook that it names")
    shutil.rmtree(source)
    build.parts(root, wanted=PARTS, static=out / "parts")
    for path in sorted((root / "site" / "slides").glob("*.[jc]s*")):
        if path.suffix in (".js", ".css"):
            build.copy(path, out / "parts")
    (out / "index.html").write_text(index(titles), encoding="utf-8")
    return out


def main() -> None:
    """The command; a step that cannot be done ends it with one line."""
    try:
        folder = write()
    except build.SiteError as error:
        sys.exit(f"make slides: {error}")
    print(f"The slides stand in {folder.relative_to(ROOT)}: open index.html there, in any browser.")


if __name__ == "__main__":
    main()
