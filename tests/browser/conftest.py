"""A real browser for the tests: named by INFRAGATE_BROWSER, or the Chromium of this machine."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.chrome.webdriver import WebDriver

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
HOW = (
    "no browser: the tests of the HTML page need Chromium and chromedriver of the same version; "
    "Debian and Ubuntu: apt-get install chromium chromium-driver; "
    "or set INFRAGATE_BROWSER to the browser (chromedriver beside it or on PATH)"
)


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebDriver]:
    """Headless, with a profile of its own."""
    program = os.environ.get("INFRAGATE_BROWSER") or next(filter(None, map(shutil.which, NAMES)), None)
    beside = str(Path(program).parent) if program else ""
    driver = shutil.which("chromedriver", path=beside) or shutil.which("chromedriver")
    if program is None or driver is None:
        pytest.fail(HOW, pytrace=False)
    options = webdriver.ChromeOptions()
    options.binary_location = program
    profile = tmp_path_factory.mktemp("profile")
    for flag in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", f"--user-data-dir={profile}"):
        options.add_argument(flag)  # no sandbox: tests run as root in containers, and the page is ours
    options.add_argument("--window-size=1200,1600")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    started = webdriver.Chrome(options=options, service=Service(driver))
    try:
        yield started
    finally:
        started.quit()
