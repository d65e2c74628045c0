"""The page of drift in a real browser; what it shares with the gate's page is tested there."""

from __future__ import annotations

from pathlib import Path

import pytest
from selenium.webdriver.chrome.webdriver import WebDriver
from selenium.webdriver.common.by import By
from tests.browser.test_gate_page import complaints, opened, requests, shown
from tests.unit import drift_results
from tests.unit.drift_results import run, told
from tests.unit.report.test_gate_sinks import HTML
from tests.unit.report.test_sinks import PAYLOADS

from infragate.domain.redaction import Masker
from infragate.report import drift_page

HISTORY = [
    told("prod", run(0), run(6, out_of_band=2), run(12, "error"), issue="https://github.com/acme/fileflow/issues/7"),
    told("stg", run(0, "clean"), run(6, "clean")),
]


@pytest.fixture
def page(browser: WebDriver, tmp_path: Path) -> WebDriver:
    opened(browser, tmp_path, drift_page.page(drift_results.view(told=HISTORY)))
    return browser


def test_it_opens_without_a_complaint_and_asks_for_nothing_but_itself(page: WebDriver) -> None:
    assert complaints(page) == []
    assert requests(page) == [page.current_url]


def test_no_payload_becomes_an_element_or_runs(browser: WebDriver, tmp_path: Path) -> None:
    count = "return document.querySelectorAll('body *').length"
    opened(browser, tmp_path, drift_results.files("harmless", Masker())["html"])
    elements = browser.execute_script(count)
    for payload in [*PAYLOADS, *HTML]:
        opened(browser, tmp_path, drift_results.files(f"a {payload} b", Masker())["html"])
        assert browser.execute_script(count) == elements, payload
        assert complaints(browser) == [], payload


def test_filters_hide_differences_but_never_a_stack_whose_drift_is_not_known(page: WebDriver) -> None:
    shown(page, 4)
    page.find_element(By.CSS_SELECTOR, "input[name=cause][value=unowned]").click()
    shown(page, 3)
    page.find_element(By.ID, "search").send_keys("no such thing")
    shown(page, 0)
    seen = page.find_element(By.TAG_NAME, "main").text
    assert "qa: error, its drift is not known" in seen
    assert "dev: skipped, its drift is not known" in seen


def test_every_control_and_chart_has_a_name(page: WebDriver) -> None:
    controls = page.find_elements(By.CSS_SELECTOR, "a, button, input, summary, svg, [role]")
    assert len(controls) > 15
    assert [control.tag_name for control in controls if control.is_displayed() and not control.accessible_name] == []


def test_the_charts_are_as_high_as_what_they_count(page: WebDriver) -> None:
    heights = (
        "return [...document.querySelectorAll('svg.runs')]"
        ".map(chart => [...chart.querySelectorAll('rect')].map(bar => bar.getBBox().height))"
    )
    assert page.execute_script(heights) == [[2, 26, 26], [2, 2]]
