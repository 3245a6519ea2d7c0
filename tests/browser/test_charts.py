"""Charts under an answer: drawn from what the agents streamed, by the page alone, whatever the spec says."""

import re
from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.fakes.router_server import FakeRouter
from tests.fakes.turns import bars, chart_turn

pytestmark = pytest.mark.slow

AGES = bars("Receivables by age", 1_200_000_000, 700_000_000, 90_000_000)
PLACE = "http://evil.example"
DRAWN_BARS = ".chart-picture svg g.mark-rect.role-mark path"


def ask(page: Page, question: str = "How old are our receivables?") -> Locator:
    page.fill("#question", question)
    page.keyboard.press("Enter")
    expect(page.locator(".answer").last).to_have_attribute("data-status", "complete")
    return page.locator(".answer").last


def korean_line() -> dict[str, Any]:
    encoding = {
        "x": {"field": "x", "type": "temporal", "title": "월", "scale": {"type": "utc"}},
        "y": {"field": "y", "type": "quantitative", "title": "원"},
    }
    rows = [{"x": f"2026-{month:02}-01", "y": month * 100_000_000} for month in range(1, 5)]
    drawing = {"mark": {"type": "line", "point": True}, "encoding": encoding}
    return {"title": "월별 순매출", "spec": {"width": "container", "data": {"values": rows}, **drawing}}


def test_a_chart_is_drawn_and_drawn_again_after_a_reload(page: Page, router: FakeRouter) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    router.script(*chart_turn(AGES))
    assert not any("vega" in url for url in asked), "nothing is loaded before a chart is there"

    answer = ask(page)
    for _ in range(2):
        chart = answer.locator("figure.answer-chart")
        expect(chart).to_have_attribute("data-state", "drawn")
        expect(chart.locator(".chart-title")).to_have_text("Receivables by age")
        expect(chart.locator(DRAWN_BARS)).to_have_count(3)
        expect(chart.locator(".chart-picture svg")).to_contain_text("1B")
        expect(chart.locator(".chart-picture svg")).to_contain_text("KRW")
        expect(chart.locator("[role=graphics-document]")).to_have_attribute(
            "aria-label", "Receivables by age"
        )
        page.reload()
        answer = page.locator(".answer").last
    assert sum("vega.min.js" in url for url in asked) >= 1


def test_a_chart_is_drawn_in_its_language(page: Page, router: FakeRouter) -> None:
    router.script(*chart_turn(korean_line()))

    chart = ask(page, "월별 매출 추이를 보여줘").locator("figure.answer-chart")
    expect(chart).to_have_attribute("data-state", "drawn")
    picture = chart.locator(".chart-picture svg")
    for text in ("2월", "4억", "월", "원"):
        expect(picture).to_contain_text(text)
    expect(picture.locator("g.mark-symbol.role-mark path")).to_have_count(4)


def test_its_figures_can_be_read_as_a_table_and_saved(page: Page, router: FakeRouter, tmp_path: Path) -> None:
    router.script(*chart_turn(AGES))

    chart = ask(page).locator("figure.answer-chart")
    expect(chart).to_have_attribute("data-state", "drawn")
    chart.locator("summary").click()
    expect(chart.get_by_role("columnheader")).to_have_text(["Age", "KRW"])
    expect(chart.get_by_role("row").last).to_have_text(re.compile("60 days.*90,000,000"))
    for kind, beginning in (("PNG", b"\x89PNG"), ("SVG", b"<svg")):
        with page.expect_download() as download:
            chart.get_by_role("button", name=f"Save the chart as {kind}").click()
        assert download.value.suggested_filename == f"Receivables by age.{kind.lower()}"
        download.value.save_as(tmp_path / kind)
        saved = (tmp_path / kind).read_bytes()
        assert saved.startswith(beginning)
        assert kind == "PNG" or b"Receivables by age" in saved, "the picture alone says what it shows"


def test_a_chart_follows_the_theme_and_the_width(page: Page, router: FakeRouter) -> None:
    router.script(*chart_turn(AGES))
    ask(page)
    expect(page.locator("figure.answer-chart")).to_have_attribute("data-state", "drawn")
    label = page.locator(".chart-picture g.role-axis-label text").first
    light = label.get_attribute("fill")

    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    expect(label).not_to_have_attribute("fill", light or "")
    page.set_viewport_size({"width": 390, "height": 800})
    expect(page.locator(".chart-picture svg")).to_have_attribute(
        "width", re.compile(r"^(2\d\d|3[0-4]\d)(\.\d+)?$")
    )


BROKEN = [
    {"mark": "no such mark", "encoding": {}},
    {"transform": [{"calculate": "((", "as": "z"}], "mark": "bar", "encoding": {"x": {"field": "z"}}},
    {"mark": {"type": "image"}, "encoding": {"x": {"field": "x"}}},
    {"data": {"sequence": {"start": 0, "stop": 1e9}}, "mark": "point"},
    {"layer": "no layers"},
    {"layer": [None], "encoding": None},
]


@pytest.mark.parametrize("spec", BROKEN, ids=lambda spec: str(spec)[:30])
def test_a_chart_that_cannot_be_drawn_says_so_and_the_answer_stands(
    page: Page, router: FakeRouter, spec: dict[str, Any]
) -> None:
    router.script(*chart_turn({"title": "Broken", "spec": {"data": {"values": [{"x": 1}]}, **spec}}, AGES))

    answer = ask(page)
    broken, whole = answer.locator("figure.answer-chart").all()
    expect(broken).to_have_attribute("data-state", "failed")
    expect(broken.locator(".chart-note")).to_have_text("This chart could not be drawn.")
    whole.scroll_into_view_if_needed()
    expect(whole.locator(DRAWN_BARS)).to_have_count(3)
    expect(answer.locator(".answer-body")).to_contain_text("top performers")


def test_a_chart_fetches_nothing_and_leads_nowhere(page: Page, router: FakeRouter) -> None:
    """The gateway drops what names an address; the page itself refuses what would be made one of the rows."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    rows = [{"x": 1, "y": f"{PLACE}/row.png"}]
    fetching = [
        {"mark": "image", "encoding": {"shape": {"field": "y"}}},
        {"mark": "text", "encoding": {"text": {"field": "y"}, "tooltip": {"field": "y"}}},
        {"mark": {"type": "point", "shape": f"{PLACE}/shape.svg"}, "encoding": {"x": {"field": "x"}}},
        {"mark": "text", "encoding": {"text": {"value": f"<img src={PLACE}/text.png>"}}},
    ]
    charts = [
        {"title": f"{n}", "spec": {"data": {"values": rows}, **spec}} for n, spec in enumerate(fetching)
    ]
    router.script(*chart_turn(*charts))

    figures = ask(page).locator("figure.answer-chart")
    expect(figures).to_have_count(len(fetching))
    for figure in figures.all():
        figure.scroll_into_view_if_needed()
        expect(figure).to_have_attribute("data-state", re.compile("drawn|failed"))
    assert asked
    assert not [url for url in asked if PLACE in url]
    expect(page.locator("figure.answer-chart").locator("a, image, img, script, input")).to_have_count(0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_reviewer_sees_the_chart_that_the_person_saw(
    page: Page, router: FakeRouter, scheme: Literal["light", "dark"]
) -> None:
    router.script(*chart_turn(korean_line()))
    expect(ask(page, "월별 매출 추이를 보여줘").locator("figure.answer-chart")).to_have_attribute(
        "data-state", "drawn"
    )
    conversation = page.url.rpartition("/")[2]
    page.emulate_media(color_scheme=scheme)

    page.goto(f"/admin/conversations/conversation/{conversation}/change/")

    turn = page.get_by_role("article", name="Turn 1")
    chart = turn.locator("figure.answer-chart")
    expect(chart).to_have_attribute("data-state", "drawn")
    expect(chart.locator(".chart-title")).to_have_text("월별 순매출")
    expect(chart.locator("g.mark-symbol.role-mark path")).to_have_count(4)
    expect(chart.locator(".chart-picture svg")).to_contain_text("4억")
    label = chart.locator(".chart-picture svg text").first
    ink = turn.locator(".turn-route").evaluate("route => getComputedStyle(route).color")
    drawn = label.evaluate("text => getComputedStyle(text).fill")
    assert re.findall(r"[\d.]+", drawn) == re.findall(r"[\d.]+", ink)
    chart.locator("summary").click()
    expect(chart.get_by_role("row").last).to_contain_text("400,000,000")
    with page.expect_download() as download:
        chart.get_by_role("button", name="Save the chart as PNG").click()
    assert download.value.suggested_filename == "월별 순매출.png"
