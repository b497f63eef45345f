"""What all tests share: no progress bars, and a browser whose network is cut."""

import os
import shutil

import pytest

os.environ.setdefault("TQDM_DISABLE", "1")


@pytest.fixture(scope="session")
def chromium():
    """Path of a Chromium on this machine; without one the test is skipped, or fails where one is demanded."""
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if found:
        return found
    reason = "no Chromium on the PATH (Debian: apt-get install chromium): the browser test did not run"
    if os.environ.get("COURSE_REQUIRE_BROWSER"):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture
def offline_page(chromium):
    """A Playwright page that can reach this machine and data URLs only; `offline_page.refused` lists the rest."""
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=chromium,
            args=[
                "--no-sandbox",
                "--disable-gpu",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--disable-quic",
            ],
        )
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.refused = []

        def gate(route):
            if route.request.url.startswith(("http://127.0.0.1", "http://localhost", "data:", "file:", "blob:")):
                route.continue_()
            else:
                page.refused.append(route.request.url)
                route.abort()

        page.route("**/*", gate)
        yield page
        browser.close()
