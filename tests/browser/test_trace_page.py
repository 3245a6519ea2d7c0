"""The page of a trace, used by keyboard: what is open, what is hidden, in both languages."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.slow

BEGIN = datetime(2026, 11, 16, 9, tzinfo=UTC)


def _a_run(parent: Any, name: str, *, at_ms: int, took_ms: int, **fields: Any) -> Any:
    from django_admin.tracing.models import Run

    run_id = uuid4()
    start = BEGIN + timedelta(milliseconds=at_ms)
    step = f"{start:%Y%m%dT%H%M%S%f}Z{run_id}"
    return Run.objects.create(
        id=run_id,
        trace_id=parent.trace_id if parent else run_id,
        parent_id=parent.pk if parent else None,
        dotted_order=f"{parent.dotted_order}.{step}" if parent else step,
        name=name,
        start_time=start,
        end_time=start + timedelta(milliseconds=took_ms),
        duration_ms=took_ms,
        received_at=timezone.now(),
        **{"run_type": "chain", "service": "router", "status": "success", **fields},
    )


def test_a_trace(page: Page) -> None:
    turn = _a_run(None, "turn", at_ms=0, took_ms=100, service="manager", inputs={"question": "호텔은 얼마?"})
    wrapper = _a_run(turn, "RunnableSequence", at_ms=10, took_ms=80)
    _a_run(wrapper, "search", at_ms=50, took_ms=40, run_type="tool", status="error", error="ValueError: no")

    page.goto("/dashboard/traces/")
    page.get_by_role("link", name="호텔은 얼마?").click()
    rows = page.locator(".trace-row:visible")
    expect(rows).to_have_count(2)
    bar, lane = (
        rows.last.locator(".trace-bar").bounding_box(),
        rows.last.locator(".trace-lane").bounding_box(),
    )
    assert bar is not None
    assert lane is not None
    assert (bar["x"] - lane["x"]) / lane["width"] == pytest.approx(0.5, abs=0.02)
    assert bar["width"] / lane["width"] == pytest.approx(0.4, abs=0.02)

    rows.last.locator("summary").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("ValueError: no")).to_be_visible()
    page.locator(".trace-toggle input").focus()
    page.keyboard.press("Space")
    expect(rows).to_have_count(3)

    page.context.add_cookies(
        [{"name": "narutalk_language", "value": "ko", "url": page.url.split("/dashboard")[0]}]
    )
    page.reload()
    expect(page.get_by_text("내부 단계 1개 보기")).to_be_visible()
