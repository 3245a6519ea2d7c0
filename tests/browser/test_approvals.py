"""The card of what waits for an approval, as a person uses it."""

import pytest
from playwright.sync_api import Page, expect

from tests.fakes.router_server import FakeRouter
from tests.fakes.turns import final_event

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings(
        "ignore:Exception ignored in. <_io.FileIO:pytest.PytestUnraisableExceptionWarning"
    ),
]


@pytest.fixture
def waiting(page: Page, router: FakeRouter) -> Page:
    """A page on which the removal of a document waits, after a reload."""
    value = {
        "type": "tool_approval",
        "name": "remove_document",
        "args": {"document": "Travel policy"},
        "description": "The document “Travel policy” will be removed for everyone.",
    }
    router.script(
        {"type": "agent_start", "agent": "document", "task": "Remove it"},
        {"type": "interrupt", "agent": "document", "id": "i1", "value": value},
    )
    page.fill("#question", "Remove the travel policy")
    page.keyboard.press("Enter")
    expect(page.locator(".approval")).to_contain_text("will be removed for everyone")
    page.reload()
    expect(page.locator(".approval")).to_contain_text("will be removed for everyone")
    return page


def test_what_waits_is_approved_by_keyboard(waiting: Page, router: FakeRouter) -> None:
    router.script(final_event("It is removed."))

    waiting.locator("[data-decision=approve]").press("Enter")

    expect(waiting.locator(".answer").last).to_contain_text("It is removed.")
    expect(waiting.locator(".approval")).to_have_count(0)
    assert router.runs[-1].body["command"] == {"resume": {"i1": {"type": "approve"}}}


def test_arguments_are_edited(waiting: Page, router: FakeRouter) -> None:
    router.script(final_event("It is removed."))

    waiting.locator("[data-decision=edit]").click()
    waiting.locator(".approval input").fill("Leave policy")
    waiting.locator("[data-decision=approve]").click()

    expect(waiting.locator(".answer").last).to_contain_text("It is removed.")
    edited = {"name": "remove_document", "args": {"document": "Leave policy"}}
    assert router.runs[-1].body["command"] == {"resume": {"i1": {"type": "edit", "edited_action": edited}}}


def test_it_is_refused(waiting: Page, router: FakeRouter) -> None:
    router.script(final_event("Nothing was changed."))

    waiting.locator("[data-decision=refuse]").click()

    expect(waiting.locator(".answer").last).to_contain_text("Nothing was changed.")
    assert router.runs[-1].body["command"] == {"resume": {"i1": {"type": "reject"}}}


CHANGE = {
    "type": "tool_approval",
    "name": "update_client",
    "args": {"client": "Hanbit Clinic", "grade": "A"},
    "description": "The record of Hanbit Clinic (C0042) will be changed.",
    "changes": [
        {"field": "Grade", "before": "B", "after": "A"},
        {"field": "Note", "before": None, "after": "<b>calls back</b> on Friday"},
    ],
}
KOREAN_CHANGE = {
    **CHANGE,
    "args": {"client": "한빛의원", "grade": "A", "phone": "051-222-3333"},
    "description": "한빛의원(C0042) 거래처 정보를 변경합니다.",
    "changes": [
        {"field": "등급", "before": "B", "after": "A"},
        {"field": "전화번호", "before": "051-000-1234", "after": "051-222-3333"},
    ],
}


def _let_it_wait(page: Page, router: FakeRouter, question: str, value: object) -> None:
    router.script(
        {"type": "agent_start", "agent": "client", "task": question},
        {"type": "interrupt", "agent": "client", "id": "i1", "value": value},
    )
    page.fill("#question", question)
    page.keyboard.press("Enter")
    expect(page.locator(".approval-changes")).to_be_visible()


def test_before_and_after_stand_beside_each_other_and_arguments_only_while_editing(
    page: Page, router: FakeRouter
) -> None:
    _let_it_wait(page, router, "Change Hanbit Clinic's grade to A", CHANGE)

    assert page.locator(".approval-changes tbody tr").all_inner_texts() == [
        "Grade\tB\tA",
        "Note\t–\t<b>calls back</b> on Friday",
    ]
    expect(page.locator(".approval input").first).to_be_hidden()

    page.locator("[data-decision=edit]").click()

    expect(page.locator(".approval-changes")).to_be_hidden()
    page.get_by_role("textbox", name="Grade").fill("C")
    router.script(final_event("It is changed."))
    page.locator("[data-decision=approve]").click()
    expect(page.locator(".answer").last).to_contain_text("It is changed.")
    edited = {"name": "update_client", "args": {"client": "Hanbit Clinic", "grade": "C"}}
    assert router.runs[-1].body["command"] == {"resume": {"i1": {"type": "edit", "edited_action": edited}}}


def test_the_card_is_korean_for_who_reads_korean(page: Page, router: FakeRouter) -> None:
    page.context.add_cookies([{"name": "narutalk_language", "value": "ko", "url": page.url}])
    page.reload()
    page.wait_for_selector("html[lang=ko] body[data-ready]")
    _let_it_wait(page, router, "한빛의원 등급을 A로 바꿔줘", KOREAN_CHANGE)

    card = page.locator(".approval")
    expect(card).to_contain_text("변경 전")
    expect(card).to_contain_text("변경 후")
    page.locator("[data-decision=edit]").click()
    expect(page.get_by_role("textbox", name="거래처")).to_have_value("한빛의원")
