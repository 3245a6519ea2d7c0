"""An HTML report in a browser: served or sent on, it is set in the font that it carries."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route

from narutalk.languages import Language
from services.reports import HEADERS
from tests.unit.tools.reports.samples import content, wide_table
from tools.reports.html import render_html

pytestmark = pytest.mark.slow

ADDRESS = "http://reports.example/report.html"
SHOWN = ("h1", "h2", "dt", "dd", "p", "th", "td", "b", "figcaption", "svg text", "pre")


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A context without a manager."""
    context = browser.new_context(viewport={"width": 900, "height": 1200})
    yield context
    context.close()


def _fonts_used(page: Page, selector: str) -> set[tuple[str, bool]]:
    """Return the fonts that an element's letters are set in, and whether the page brought them."""
    session = page.context.new_cdp_session(page)
    for domain in ("DOM", "CSS"):
        session.send(f"{domain}.enable")
    root = session.send("DOM.getDocument")["root"]["nodeId"]
    node = session.send("DOM.querySelector", {"nodeId": root, "selector": selector})["nodeId"]
    fonts = session.send("CSS.getPlatformFontsForNode", {"nodeId": node})["fonts"]
    session.detach()
    return {(font["postScriptName"], font["isCustomFont"]) for font in fonts}


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("served", [True, False], ids=["served", "from a disk"])
def test_all_of_a_report_is_set_in_its_own_font(
    context: BrowserContext, tmp_path: Path, language: Language, served: bool
) -> None:
    asked: list[str] = []
    complaints: list[str] = []
    page = context.new_page()
    page.on("console", lambda message: complaints.append(message.text))
    page.on("request", lambda request: asked.append(request.url))
    file = tmp_path / "report.html"
    # Many rows and names that are too long for a line.
    file.write_bytes(render_html(content(language, wide_table(language, 12), sections=3, asked_by="김민지")))

    def serve(route: Route) -> None:
        route.fulfill(body=file.read_bytes(), headers={**HEADERS, "Content-Type": "text/html; charset=utf-8"})

    page.route(ADDRESS, serve)
    page.goto(ADDRESS if served else file.as_uri())
    page.locator("summary").first.click()

    bold = {"h1", "h2", "th", "b", "figcaption"}
    for selector in SHOWN:
        expected = "NanumGothicBold" if selector in bold else "NanumGothic"
        assert _fonts_used(page, selector) == {(expected, True)}, selector
    assert not complaints
    assert [url for url in asked if not url.startswith("data:")] == [page.url]
    wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    if not served:  # nothing runs in a page that is served
        assert page.evaluate(wide) == 0
