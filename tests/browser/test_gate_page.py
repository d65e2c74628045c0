"""The page of the gate in a real browser: Chromium with its driver (see conftest.py for how to get one)."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver.chrome.webdriver import WebDriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait
from tests.unit import gate_results, gate_sinks
from tests.unit.report.test_gate_sinks import HTML
from tests.unit.report.test_sinks import PAYLOADS

from infragate.domain.redaction import Masker
from infragate.report import html

VISIBLE = "return [...document.querySelectorAll('[data-item]')].filter(e => !e.hidden && !e.closest('[hidden]')).length"


def opened(browser: WebDriver, folder: Path, text: str) -> None:
    """The page from a file, with an empty log."""
    file = folder / "page.html"
    file.write_text(text, encoding="utf-8", errors="backslashreplace")
    browser.get_log("browser")  # type: ignore[no-untyped-call]
    browser.get_log("performance")  # type: ignore[no-untyped-call]
    browser.get(file.as_uri())


def complaints(browser: WebDriver) -> list[dict[str, Any]]:
    """What the page wrote to the console: errors, and what its content policy refused."""
    entries: list[dict[str, Any]] = browser.get_log("browser")  # type: ignore[no-untyped-call]
    return entries


def requests(browser: WebDriver) -> list[str]:
    """What the page has asked for, with itself; Chromium's own first page may still be loading beside it."""
    entries = browser.get_log("performance")  # type: ignore[no-untyped-call]
    events = [json.loads(entry["message"])["message"] for entry in entries]
    sent = [event["params"] for event in events if event["method"] == "Network.requestWillBeSent"]
    return [one["request"]["url"] for one in sent if one["documentURL"] == browser.current_url]


def shown(browser: WebDriver, expected: int) -> None:
    WebDriverWait(browser, 5).until(lambda one: one.execute_script(VISIBLE) == expected)


@pytest.fixture
def page(browser: WebDriver, tmp_path: Path) -> WebDriver:
    opened(browser, tmp_path, html.page(gate_results.view()))
    return browser


def test_it_opens_without_a_complaint_and_asks_for_nothing_but_itself(page: WebDriver) -> None:
    assert complaints(page) == []
    assert requests(page) == [page.current_url]


def test_a_script_that_is_added_to_the_page_does_not_run(browser: WebDriver, tmp_path: Path) -> None:
    text = html.page(gate_results.view())
    added = (
        "<script>document.title='ran'</script><style>*{color:red}</style>"
        "<img src='https://evil.example/x' onerror=\"document.title='ran'\">"
    )
    opened(browser, tmp_path, text.replace("</main>", f"{added}</main>"))
    assert browser.title == "Gate dev: block"
    assert len([entry for entry in complaints(browser) if "Content Security Policy" in entry["message"]]) >= 3


def test_no_payload_becomes_an_element_or_runs(browser: WebDriver, tmp_path: Path) -> None:
    count = "return document.querySelectorAll('body *').length"
    opened(browser, tmp_path, gate_sinks.files("harmless", Masker())["html"])
    elements = browser.execute_script(count)
    for payload in [*PAYLOADS, *HTML]:
        opened(browser, tmp_path, gate_sinks.files(f"a {payload} b", Masker())["html"])
        assert browser.execute_script(count) == elements, payload
        assert complaints(browser) == [], payload


def test_search_and_filters_leave_what_fits_and_say_how_many(page: WebDriver) -> None:
    shown(page, 9)
    search = page.find_element(By.ID, "search")
    search.send_keys("module.alb access")
    shown(page, 1)
    assert page.find_element(By.ID, "shown").text == "1 of 9 shown"
    search.send_keys(Keys.CONTROL, "a")
    search.send_keys(Keys.DELETE)
    shown(page, 9)
    page.find_element(By.CSS_SELECTOR, "input[name=severity][value=high]").click()
    shown(page, 6)
    page.find_element(By.CSS_SELECTOR, "input[name=action][value=create]").click()
    shown(page, 5)


def test_all_of_it_works_with_the_keyboard(page: WebDriver) -> None:
    body = page.find_element(By.TAG_NAME, "body")
    body.send_keys(Keys.TAB)
    assert page.switch_to.active_element.get_attribute("class") == "skip"
    page.switch_to.active_element.send_keys(Keys.ENTER)
    assert page.switch_to.active_element.get_attribute("id") == "findings"
    page.switch_to.active_element.send_keys(Keys.TAB)
    first = page.switch_to.active_element
    outline = first.value_of_css_property("outline-style")
    first.send_keys(Keys.ENTER)
    opened_now = page.execute_script("return document.activeElement.parentElement.open")
    assert (first.tag_name, outline, opened_now) == ("summary", "solid", True)


def test_every_control_has_a_name(page: WebDriver) -> None:
    controls = page.find_elements(By.CSS_SELECTOR, "a, button, input, summary, svg, [role]")
    assert len(controls) > 20
    assert [control.tag_name for control in controls if control.is_displayed() and not control.accessible_name] == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_texts_can_be_read_in_light_and_in_dark(page: WebDriver, scheme: str) -> None:
    feature = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
    page.execute_cdp_cmd("Emulation.setEmulatedMedia", feature)
    colours = page.execute_script(
        "return ['body', '.quiet', '.blocks', '.warning', '.approved, .create', 'a[href^=https]'].map(s => getComputedStyle("
        "document.querySelector(s)).color).concat(getComputedStyle(document.body).backgroundColor)"
    )
    page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})
    *texts, ground = map(_luminance, colours)
    assert (ground < 0.1) == (scheme == "dark")
    assert all((max(text, ground) + 0.05) / (min(text, ground) + 0.05) >= 4.5 for text in texts)


def _luminance(colour: str) -> float:
    """Relative luminance, as WCAG 2 counts contrast."""
    parts = [int(part) / 255 for part in colour[colour.index("(") + 1 : -1].split(",")[:3]]
    red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_in_print_everything_is_open_and_the_tools_are_gone(page: WebDriver) -> None:
    page.execute_script(
        "addEventListener('beforeprint', () => {"
        " document.title = 'closed ' + document.querySelectorAll('details:not([open])').length })"
    )
    printed = base64.b64decode(page.execute_cdp_cmd("Page.printToPDF", {"printBackground": False})["data"])
    page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    tools = page.find_element(By.CSS_SELECTOR, ".tools").value_of_css_property("display")
    page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
    assert printed.startswith(b"%PDF")
    assert (page.title, tools) == ("closed 0", "none")
    assert page.execute_script("return document.querySelectorAll('details.item[open]').length") == 0


def test_a_large_page_is_searched_in_under_a_second(browser: WebDriver, tmp_path: Path) -> None:
    findings = [replace(gate_results.OPEN_PORT, address=f"aws_x.y[{n}]", line=n) for n in range(1, 5001)]
    opened(browser, tmp_path, html.page(gate_results.view(*findings)))
    took = browser.execute_script(
        "const box = document.querySelector('input[name=action]'), began = performance.now();"
        "document.getElementById('search').value = 'aws_x.y[77]'; box.dispatchEvent(new Event('change'));"
        "return performance.now() - began"
    )
    shown(browser, 1)
    assert took < 1000
