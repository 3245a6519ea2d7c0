"""What the page shows while agents work: text that is taken back, and an agent that works on two parts."""

import pytest
from playwright.sync_api import Page, expect

from tests.fakes.router_server import FakeRouter, Gate
from tests.fakes.turns import final_event, token_events

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings(
        "ignore:Exception ignored in. <_io.FileIO:pytest.PytestUnraisableExceptionWarning"
    ),
]

FIRST, SECOND = "Which client has the highest sales?", "Which contracts does that client have?"


def ask(page: Page, question: str) -> None:
    page.fill("#question", question)
    page.keyboard.press("Enter")


def test_text_that_is_taken_back_is_gone_from_the_page(page: Page, router: FakeRouter) -> None:
    streamed, taken_back = Gate(), Gate()
    router.script(
        {"type": "agent_start", "agent": "document", "task": "hotel costs"},
        *token_events("Hotels are fr"),
        streamed,
        {"type": "reset", "agent": "employee"},
        {"type": "reset", "agent": None},
        *token_events("Up to 150,000 KRW"),
        taken_back,
        {"type": "agent_end", "agent": "document", "status": "success", "duration_ms": 5},
        final_event("Up to 150,000 KRW a night.", degraded=True),
    )
    ask(page, "What does a hotel cost?")
    body = page.locator(".answer-body").last

    expect(body).to_have_text("Hotels are fr")
    streamed.open()
    expect(body).to_have_text("Up to 150,000 KRW")
    taken_back.open()
    expect(body).to_have_text("Up to 150,000 KRW a night.")
    page.reload()
    expect(page.locator(".answer-body").last).to_have_text("Up to 150,000 KRW a night.")


def test_an_agent_that_works_twice_shows_each_part_with_its_own_tools(page: Page, router: FakeRouter) -> None:
    def part(position: int, task: str, tool: str) -> list[dict[str, object]]:
        at = {"agent": "client", "position": position}
        call = {"type": "tool", **at, "name": tool, "args": {"period": "2025"}}
        return [
            {"type": "agent_start", **at, "task": task},
            {**call, "status": "running"},
            {**call, "status": "success", "duration_ms": 7.0},
            {"type": "agent_end", **at, "status": "success", "duration_ms": 90.0},
        ]

    reports = [
        {"name": "client", "position": position, "status": "success", "duration_ms": 90.0}
        for position in (0, 1)
    ]
    first_ended = Gate()
    router.script(
        *part(0, FIRST, "top_clients"),
        first_ended,
        *part(1, SECOND, "client_contracts"),
        final_event("Hanbit has two.", agents=reports),
    )
    ask(page, "The contracts of the client with the highest sales")

    expect(page.locator(".chip[data-agent=client]")).to_have_count(1)
    first_ended.open()
    expect(page.locator(".answer-body").last).to_have_text("Hanbit has two.")
    for _ in ("as it came", "as it was stored"):
        expect(page.locator(".chip[data-agent=client]")).to_have_count(2)
        steps = page.locator(".steps > div")
        expect(steps).to_have_count(2)
        for number, (task, tool) in enumerate([(FIRST, "top_clients"), (SECOND, "client_contracts")]):
            expect(steps.nth(number)).to_contain_text(task)
            expect(steps.nth(number).locator(".step-tool code")).to_have_text([tool])
        page.reload()
        expect(page.locator(".answer-body").last).to_have_text("Hanbit has two.")
