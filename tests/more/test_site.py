"""`make site` builds a website that needs no network: its pages and the models in the browser, seen in Chromium."""

import functools
import gzip
import os
import re
import shutil
import subprocess
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urldefrag, urljoin

import pytest
import torch
from books import PATHS, ROOT, code_cells, markdown_cells, read, source

from helpers.models import load_course
from helpers.setup.adopt import address
from helpers.setup.site.build import BUILD, packages

HTML = BUILD / "html"
PAGES = ["index", "try", "verdicts", *(f"notebooks/{path.stem}" for path in PATHS)]
SHOTS = os.environ.get("COURSE_SCREENSHOTS")  # a folder: keep what the browser saw, to be looked at
MOST_COMPRESSED = 12_000_000  # bytes that a reader's browser fetches for the two models
LONGEST_WAIT = 3.0  # seconds from the click to the first answer, on a core of its own


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *arguments):
        pass


@pytest.fixture(scope="module")
def site():
    """The address of the freshly built site."""
    if not shutil.which("npm"):
        pytest.skip("no npm on the PATH (Node.js 20 or newer): the site was not built")
    environment = {key: value for key, value in os.environ.items() if not key.startswith("MAKE")}
    done = subprocess.run(["make", "site"], cwd=ROOT, capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-3000:]
    with ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=HTML)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture
def page(offline_page):
    """A page whose network is cut, with a list of its errors."""
    offline_page.set_default_timeout(180_000)  # a busy machine takes its time
    offline_page.errors = []
    offline_page.on("pageerror", lambda error: offline_page.errors.append(str(error)))
    return offline_page


def shot(page, name):
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/site-{name.replace('/', '-')}.png", full_page=True)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_whole_with_the_network_cut(name, site, page):
    page.goto(f"{site}/{name}.html", wait_until="load")
    shot(page, name)
    images = page.evaluate("[...document.querySelectorAll('main img')].map(i => [i.src, i.alt, i.naturalWidth])")
    assert [src for src, alt, width in images if len(alt) < 10 or not width] == []
    assert page.errors == [] and page.refused == []


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_figures_equations_and_folded_blocks_of_a_notebook_arrive(path, site, page):
    page.goto(f"{site}/notebooks/{path.stem}.html")
    book = read(path)
    alts = {
        o["metadata"]["image/png"]["alt"]
        for c in code_cells(book)
        for o in c["outputs"]
        if "image/png" in o.get("metadata", {})
    }
    assert alts and alts == set(page.evaluate("[...document.querySelectorAll('.cell_output img')].map(i => i.alt)"))
    if any(re.search(r"\$[^$]+\$", source(cell)) for cell in markdown_cells(book)):
        page.wait_for_selector("mjx-container", state="attached")
    assert page.locator("mjx-merror").count() == 0
    folded = sum(source(cell).count("<details") for cell in markdown_cells(book))
    blocks = page.locator("main details:not(.hide)")
    assert blocks.count() == folded > 0
    blocks.first.locator("summary").click()
    assert blocks.first.evaluate("block => block.open && block.innerText.length") > 20


def test_every_internal_link_leads_somewhere(site, page):
    dead, ids = [], {}
    links = {}
    for name in PAGES:
        page.goto(f"{site}/{name}.html", wait_until="domcontentloaded")
        links[name] = page.evaluate("[...document.querySelectorAll('a[href]')].map(a => a.getAttribute('href'))")
        ids[name] = set(page.evaluate("[...document.querySelectorAll('[id]')].map(e => e.id)"))
    for name, targets in links.items():
        for target in targets:
            there, fragment = urldefrag(urljoin(f"/{name}.html", target))
            if re.match(r"\w+:", target):
                continue
            if not (HTML / unquote(there).lstrip("/")).exists():
                dead.append((name, target))
            elif fragment and unquote(fragment) not in ids.get(
                there.strip("/").removesuffix(".html"), {unquote(fragment)}
            ):
                dead.append((name, target))
    assert dead == []
    assert sum(len(targets) for targets in links.values()) > 200


def test_each_notebook_opens_in_colab_and_binder(site, page):
    page.goto(f"{site}/notebooks/{PATHS[0].stem}.html")
    owner_name = address().removeprefix("https://github.com/")
    targets = page.evaluate("[...document.querySelectorAll('.dropdown-launch-buttons a')].map(a => a.href)")
    assert sorted(targets) == [
        f"https://colab.research.google.com/github/{owner_name}/blob/main/notebooks/{PATHS[0].name}",
        f"https://mybinder.org/v2/gh/{owner_name}/main?urlpath=lab/tree/notebooks/{PATHS[0].name}",
    ]


def test_the_search_finds_a_word(site, page):
    page.goto(f"{site}/search.html?q=anticoagulation")
    page.wait_for_selector("#search-results li a")
    found = page.evaluate("[...document.querySelectorAll('#search-results li a')].map(a => a.href)")
    assert any("02_masked_language_modeling" in target for target in found)


@pytest.mark.parametrize("name", PAGES)
def test_nothing_sticks_out_on_a_phone(name, site, page):
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{site}/{name}.html", wait_until="load")
    shot(page, f"{name}-phone")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_code_of_a_hundred_columns_is_seen_whole_on_a_wide_screen(site, page):
    page.set_viewport_size({"width": 1920, "height": 1080})
    page.goto(f"{site}/notebooks/{PATHS[1].stem}.html")
    sticking_out = "[...document.querySelectorAll('.cell_input pre')].filter(p => p.scrollWidth > p.clientWidth)"
    wide = page.evaluate(f"{sticking_out}.map(p => Math.max(...p.innerText.split('\\n').map(line => line.length)))")
    assert [columns for columns in wide if 0 < columns <= 100] == []


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", ["index", "try", "verdicts"])
def test_axe_finds_nothing_that_a_reader_could_not_use(name, theme, site, page):
    page.goto(f"{site}/{name}.html")
    page.evaluate(f"document.documentElement.dataset.theme = '{theme}'")
    if name == "try":
        page.wait_for_function("window.courseReader")
    page.add_script_tag(path=packages() / "axe-core" / "axe.min.js")
    faults = page.evaluate("axe.run('main').then(r => r.violations.map(v => [v.id, v.nodes.map(n => n.html)]))")
    assert faults == []


# --- the models in the browser


@pytest.fixture
def models(site, page):
    """The page that runs the models, after its first answer."""
    page.goto(f"{site}/try.html")
    page.wait_for_function("window.courseReader")
    return page


def test_logits_and_attention_are_torchs(models):
    run = """([name, ids, kind, prefix]) => window.courseReader[name](ids, kind, prefix).then(out => ({
      logits: ids.map((_, k) => [...out.logits(k)]),
      attention: [...Array(out.layers).keys()].map(l => [...Array(out.heads).keys()].map(
        h => ids.map((_, q) => ids.map((_, k) => out.weight(l, h, q, k))))) }))"""
    for name in ("course-bert", "course-gpt"):
        model, tokenizer = load_course(name)
        for text in ("the bank of the [MASK] was muddy .", "zebras", "the cat sat on the mat . it was purring ." * 8):
            ids = tokenizer(text)["input_ids"]
            n = len(ids)
            causal = torch.ones(n, n).tril().bool()
            masks = {
                "bidirectional": torch.ones_like(causal),
                "causal": causal,
                "prefix": causal | (torch.arange(n) < 3),
            }
            for kind, mask in masks.items():
                bias = torch.where(mask, 0.0, torch.finfo(torch.float32).min)[None, None]
                with torch.no_grad():
                    out = model(torch.tensor([ids]), attention_mask=bias, output_attentions=True)
                ours = models.evaluate(run, [name.removeprefix("course-"), ids, kind, 3])
                torch.testing.assert_close(torch.tensor(ours["logits"]), out[0][0], atol=1e-3, rtol=0)
                torch.testing.assert_close(
                    torch.tensor(ours["attention"]), torch.cat(out.attentions), atol=1e-4, rtol=0
                )


def test_the_page_cuts_texts_as_the_tokenizer_does(models):
    _, tokenizer = load_course("course-bert")
    for text in ("The bank of the ___ was muddy.", "fantastic -> red ; awful -> Café\nx = 3", "it's (good) 12 zebras"):
        ids = models.evaluate("text => window.courseReader.split(text).ids", text)
        assert ids == tokenizer(text.replace("___", "[MASK]"))["input_ids"]


def rows(page, number, model):
    """One table of answers: (word, probabilities)."""
    table = page.locator(f"#gaps section:nth-of-type({number}) table[data-model={model}] tbody tr")
    return {
        row.locator("th").inner_text(): [float(x) for x in row.locator("td").all_inner_texts()] for row in table.all()
    }


def ask(page, text):
    """Type a text and wait for its answer."""
    page.evaluate("document.getElementById('gaps').dataset.old = 'yes'")
    page.get_by_label("A text in Tinytown's words").fill(text)
    page.wait_for_function(
        """text => window.courseReader && document.getElementById('attention').dataset.text === text""", arg=text
    )


def test_every_sentence_of_the_course_stands_beside_its_exact_answer(models):
    menu = models.get_by_label("or a sentence of the course")
    texts = menu.locator("option").all_inner_texts()
    assert len(texts) > 8
    for text in texts:
        menu.select_option(label=text)
        models.wait_for_function("text => document.getElementById('attention').dataset.text === text", arg=text)
        for number in range(1, text.count("___") + 1):
            answers = rows(models, number, "course-bert")
            assert all(len(pair) == 2 for pair in answers.values())
            assert sum(best for _, best in answers.values()) <= 1.005
            assert all(len(pair) == 2 for pair in rows(models, 1, "course-gpt").values())


def test_both_sides_beat_the_left_side_where_the_cue_is_on_the_right(models):
    ask(models, "the patient was prescribed ___ for anticoagulation .")
    both, left = rows(models, 1, "course-bert"), rows(models, 1, "course-gpt")
    assert both["warfarin"][1] == both["heparin"][1] == 0.5
    assert both["warfarin"][0] + both["heparin"][0] > 0.8
    assert max(probability for probability, _ in left.values()) < 0.3


def test_answers_do_not_stick_out_on_a_phone(models):
    models.set_viewport_size({"width": 390, "height": 844})
    ask(models, "the patient was prescribed ___ for anticoagulation .")
    assert rows(models, 1, "course-bert") and models.evaluate("document.documentElement.scrollWidth") <= 390


def test_a_free_text_has_no_exact_answer_and_its_strange_words_are_named(models):
    ask(models, "the zebra ate ___ xylophone .")
    assert (
        models.locator("#unknown").inner_text().endswith("zebra, xylophone")
        or "xylophone" in models.locator("#unknown").inner_text()
    )
    assert all(len(row) == 1 for row in rows(models, 1, "course-bert").values())
    assert "No exact answer is stored" in models.locator("#status").inner_text()
    ask(models, "the cat sat on the mat .")
    assert models.locator("#unknown").inner_text() == ""
    assert models.get_by_role("heading", name="No gap: what comes next?").is_visible()


def test_an_empty_and_an_endless_text_are_refused_in_words(models):
    box = models.get_by_label("A text in Tinytown's words")
    for text, answer in (
        ("", "Write a text first."),
        ("the cat sat . " * 40, "The text has 162 tokens; the models read 128."),
    ):
        box.fill(text)
        models.wait_for_function("answer => document.getElementById('status').innerText === answer", arg=answer)


def test_the_keyboard_alone_switches_the_masks(models):
    ask(models, "the bank of the river was muddy .")
    models.get_by_role("radio", name="bidirectional (BERT)").focus()
    shut = []
    for kind in ("bidirectional", "causal", "prefix"):
        models.wait_for_function(
            "kind => document.querySelector('#attention caption').innerText.includes(kind + ' mask')", arg=kind
        )
        shut.append(models.locator("#attention td.shut").count())
        models.keyboard.press("ArrowDown")
    n = models.locator("#attention tbody tr").count()
    assert shut[0] == 0 < shut[2] < shut[1] == n * (n - 1) // 2
    shot(models, "try-masks")


def test_the_models_are_small_and_the_first_answer_comes_soon(models):
    fetched = [*(HTML / "_static" / "browser").rglob("*")]
    assert sum(len(gzip.compress(path.read_bytes())) for path in fetched if path.is_file()) < MOST_COMPRESSED
    assert models.evaluate("performance.getEntriesByName('first answer')[0].startTime") < 1000 * LONGEST_WAIT * 2
