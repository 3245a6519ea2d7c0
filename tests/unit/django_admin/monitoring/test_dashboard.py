"""The dashboard through HTTP: who may see it, in which words, with and without data."""

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from typing import Any
from uuid import uuid4

import httpx
import pytest
from django.core.cache import cache
from django.utils import timezone

from django_admin.accounts.models import User
from django_admin.conversations.models import Conversation, Message
from django_admin.gateway.service_health import ServiceHealth
from django_admin.monitoring.models import HealthSpan, Instance, RequestSample
from django_admin.monitoring.workers import DEAD_AFTER, do_beat, new_worker
from narutalk.identity import Role
from tests.company import free_ports
from tests.fakes.instance import FakeInstance
from tests.fakes.manager import Manager, make_user, manager_settings
from tests.fakes.router_server import FakeRouter, serve

PAGES = ("/dashboard/", "/dashboard/live")
KOREAN = {"Accept-Language": "ko"}


@pytest.fixture(autouse=True)
def _empty_cache() -> None:
    cache.clear()


@pytest.fixture
def admin(manager: Manager) -> Iterator[httpx.Client]:
    with manager.client(make_user("root", roles=[Role.ADMIN], is_staff=True)) as client:
        yield client


def _series(page: str) -> Any:
    found = re.search(r'data-series="([^"]*)"', page)
    assert found
    return json.loads(unescape(found[1]))


@pytest.mark.parametrize("path", PAGES)
def test_is_for_administrators(manager: Manager, admin: httpx.Client, path: str) -> None:
    assert admin.get(path).status_code == 200
    for role in set(Role) - {Role.ADMIN}:
        with manager.client(make_user(role.value, roles=[role])) as client:
            response = client.get(path)
            assert response.status_code == 403, role
            assert "You may not do this" in response.text
    with manager.client() as nobody:
        assert "/login/?next=" in nobody.get(path).headers["Location"]


def test_the_sidebar_offers_it_to_administrators_only(manager: Manager, admin: httpx.Client) -> None:
    assert 'href="/dashboard/"' in admin.get("/admin/").text
    staff = User.objects.create(username="staff", password="!", is_staff=True)
    with manager.client(staff) as client:
        assert 'href="/dashboard/"' not in client.get("/admin/").text


@pytest.mark.parametrize(
    ("headers", "words"),
    [
        ({}, ("Documents", "Router", "Not running", "No history yet", "15 minutes", "none failed")),
        (KOREAN, ("문서", "라우터", "실행되지 않음", "아직 기록이 없습니다", "15분", "실패 없음")),
    ],
)
def test_works_without_any_data(admin: httpx.Client, headers: dict[str, str], words: tuple[str, ...]) -> None:
    page = admin.get("/dashboard/", headers=headers).text

    for word in words:
        assert word in page
    series = _series(page)
    assert set(series["services"]) == {"manager", "router", "document", "employee", "client"}
    assert series["services"]["client"]["ok"] == [0] * 30


@pytest.mark.parametrize(
    ("headers", "words"),
    [
        ({}, ("Up", "Down", "no connection", "1 failed", "heartbeat", "gone since", "up 100 %")),
        (KOREAN, ("정상", "중단", "연결할 수 없음", "1건 실패", "초 전 신호", "사라진 시각", "정상 100 %")),
    ],
)
@pytest.mark.parametrize("path", PAGES)
def test_shows_what_is_and_what_was(
    admin: httpx.Client, router: FakeRouter, path: str, headers: dict[str, str], words: tuple[str, ...]
) -> None:
    now = timezone.now()
    seen = {"first_seen": now, "last_seen": now}
    known = Instance.objects.create(service="router", name="router", url=router.url, **seen)
    Instance.objects.create(service="client", name="client-9", url="http://gone:1", gone_at=now, **seen)
    HealthSpan.objects.create(instance=known, state="up", started_at=now - timedelta(hours=2), ended_at=now)
    RequestSample.objects.create(
        instance=known, resolution_seconds=60, started_at=now.replace(second=0, microsecond=0),
        observed_seconds=10, requests=7, errors=2, buckets=[0, 0, 0, 0, 7, *[0] * 9],
    )  # fmt: skip
    do_beat(new_worker("worker", now), now - timedelta(seconds=2))
    talk = Conversation.objects.create(user=make_user("ann"), title="x", created_at=now, updated_at=now)
    for status, created_at in (("complete", now), ("error", now), ("complete", now - timedelta(days=2))):
        Message.objects.create(
            id=uuid4(),
            conversation=talk,
            role="assistant",
            status=status,
            language="en",
            created_at=created_at,
        )

    page = admin.get(f"{path}?window=15m", headers=headers).text

    for word in words:
        assert word in page, word
    assert re.search(r"<dd><strong>2</strong>\s*<span class=\"tone-down\">1", page), "answers today"
    assert re.search(r'data-instance="router" data-state="up"', page)
    assert "client-9" in page
    assert _series(page)["services"]["router"]["errors"][-2:] in ([0, 2], [2, 0])
    assert ("hx-swap-oob" in page) == path.endswith("live")


def test_a_worker_that_does_not_beat_is_dead(admin: httpx.Client) -> None:
    now = timezone.now()
    do_beat(new_worker("worker-2", now), now - DEAD_AFTER - timedelta(seconds=1))

    page = admin.get("/dashboard/live").text

    assert "Dead" in page
    assert "worker-2" in page


@pytest.mark.parametrize(("window", "points"), [("15m", 15), ("1h", 30), ("24h", 24), ("nonsense", 30)])
def test_the_window_is_chosen(admin: httpx.Client, window: str, points: int) -> None:
    page = admin.get(f"/dashboard/?window={window}").text

    assert len(_series(page)["labels"]) == points


async def test_the_live_state_is_asked_once_for_all_who_look() -> None:
    instance = FakeInstance()
    asked = 0
    with serve(instance.application()) as url:
        async with httpx.AsyncClient(trust_env=False) as http:

            async def count(_request: httpx.Request) -> None:
                nonlocal asked
                asked += 1

            http.event_hooks = {"request": [count]}
            health = ServiceHealth(http, manager_settings(port=free_ports(5), client_urls=f"{url}/,{url}"))
            first = await health.instances()
            assert await health.instances() == first
            assert asked == 6
            states = {one.address.name: one.answer.state for one in first}
    assert states["client-1"] == states["client-2"] == "up"
    assert states["router"] == "down"
