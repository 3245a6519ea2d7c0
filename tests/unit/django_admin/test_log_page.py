"""The logs page: who sees it, what it finds, and that it shows what was logged as text."""

import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape

import httpx
import pytest

from django_admin.monitoring import log_pages
from narutalk.identity import Role
from tests.fakes.manager import Manager, make_user
from tests.unit.django_admin.log_batches import batch, record, send

LOGS = "/dashboard/logs/"


@pytest.fixture
def operator(manager: Manager) -> Iterator[httpx.Client]:
    """A signed-in administrator's client."""
    with manager.client(make_user("olga", roles=[Role.ADMIN])) as client:
        yield client


def _events(page: httpx.Response) -> list[str]:
    assert page.status_code == 200
    found = re.findall(
        r'<span class="logs-event">(.*?)(?: <span class="logs-summary">|</span>)', page.text, re.S
    )
    return [unescape(event) for event in found]


def _address_of(page: httpx.Response, words: str) -> str:
    found = re.search(rf'href="([^"]*)"[^>]*>{words}', page.text)
    assert found, f"no link {words!r}"
    return LOGS + unescape(found[1])


def test_only_administrators_see_it(client: httpx.Client, manager: Manager, operator: httpx.Client) -> None:
    assert client.get(LOGS).status_code == 403
    with manager.client(make_user("rita", roles=[Role.REVIEWER])) as reviewer:
        assert reviewer.get(LOGS).status_code == 403
    with manager.client() as nobody:
        assert nobody.get(LOGS).status_code == 302
    assert operator.get(LOGS).status_code == 200
    assert operator.post(LOGS).status_code == 405


def test_the_newest_of_the_last_quarter_of_an_hour_come_first(operator: httpx.Client) -> None:
    minutes = (20, 10, 5, 0)
    send(operator, batch(*(record(f"{m} minutes ago", ago=timedelta(minutes=m)) for m in minutes)))

    assert _events(operator.get(LOGS)) == ["0 minutes ago", "5 minutes ago", "10 minutes ago"]
    assert len(_events(operator.get(LOGS, params={"range": "1h"}))) == 4


@pytest.mark.parametrize(
    ("search", "expected"),
    [
        ({"service": "router"}, ["routed"]),
        ({"instance": "document-2"}, ["second"]),
        ({"level": "30"}, ["failed", "slow"]),
        ({"level": "40"}, ["failed"]),
        ({"level": "10"}, ["detail", "failed", "routed", "second", "slow"]),
        ({"text": "LOW"}, ["slow"]),
        ({"text": "no such month"}, ["failed"]),
        ({"text": "failed", "service": "router"}, []),
        ({"request_id": "request-1"}, ["failed", "routed"]),
        ({"range": "custom", "since": "2001-01-01T00:00", "until": "2001-01-02T00:00"}, []),
        ({"range": "custom", "since": "2001-01-01T00:00", "level": "40"}, ["failed"]),
    ],
)
def test_it_finds(operator: httpx.Client, search: dict[str, str], expected: list[str]) -> None:
    send(operator, batch(record("routed", request_id="request-1"), service="router"))
    send(operator, batch(record("second"), instance="document-2"))
    failed = record("failed", level="error", exception="ValueError: no such month", request_id="request-1")
    send(operator, batch(failed, record("slow", level="warning"), record("detail", level="debug")))

    assert sorted(_events(operator.get(LOGS, params=search))) == expected


def test_a_request_is_read_from_its_beginning_over_all_services(operator: httpx.Client) -> None:
    for ago, service in ((3_000, "manager"), (10, "document"), (20, "router")):
        made = record(f"at {service}", ago=timedelta(seconds=ago), level="debug", request_id="request-1")
        send(operator, batch(made, record("of another", request_id="request-2"), service=service))

    overview = operator.get(LOGS)
    page = operator.get(LOGS, params={"request_id": "request-1"})

    assert _events(page) == ["at manager", "at router", "at document"], "whenever it was, at any level"
    assert "3 records in" in page.text
    assert "from document, manager, router" in page.text
    assert 'href="?request_id=request-2"' in overview.text


def test_pages_follow_each_other_without_gaps(
    operator: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    same_time = record()["timestamp"]
    send(operator, batch(*(record(f"e{number}", timestamp=same_time) for number in range(7))))
    full = log_pages.access_log_page
    monkeypatch.setattr(log_pages, "access_log_page", lambda query, after: full(query, after, limit=3))

    page = operator.get(LOGS)
    seen = _events(page)
    send(operator, batch(record("new meanwhile")))
    while "Next page" in page.text:
        page = operator.get(_address_of(page, "Next page"))
        seen += _events(page)

    assert seen == [f"e{number}" for number in reversed(range(7))]
    assert _events(operator.get(_address_of(page, "First page")))[0] == "new meanwhile"


@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "2026-11-16~-1",
        f"2026-11-16~{10**30}",
        "2026-11-16T00:00:00+00:00~x",
        "~",
        "\x00",
        "0001-01-01T00:00:00+14:00~1",
    ],
)
def test_a_broken_cursor_shows_the_first_page(operator: httpx.Client, cursor: str) -> None:
    send(operator, batch(record("a")))

    assert _events(operator.get(LOGS, params={"after": cursor})) == ["a"]


def test_what_was_logged_is_shown_as_text(operator: httpx.Client) -> None:
    evil = "<script>alert(1)</script>"
    fields = {"exception": evil, "data": {evil: evil}, "logger": evil, "request_id": evil}
    send(operator, batch(record(evil, **fields), instance=evil))  # type: ignore[arg-type]

    page = operator.get(LOGS, params={"text": evil})

    assert _events(page) == [evil]
    assert evil not in page.text
    assert page.text.count("&lt;script&gt;") >= 6


def test_losses_are_told(operator: httpx.Client) -> None:
    assert "were lost" not in operator.get(LOGS).text
    send(operator, batch(record("a"), dropped={"overflow": 41}))

    assert "41 records of this time were lost" in operator.get(LOGS).text
    assert "41 records" not in operator.get(LOGS, params={"service": "router"}).text


def test_following_is_a_switch(operator: httpx.Client) -> None:
    page = operator.get(LOGS, params={"service": "router"})
    assert "every 3s" not in page.text

    followed = operator.get(_address_of(page, r"[^<]*<span[^>]*>play_arrow</span>\s*Follow"))
    assert 'hx-trigger="every 3s' in followed.text
    assert "service=router" in followed.text
    assert "Stop following" in followed.text


@pytest.mark.parametrize(
    "search",
    [
        {"level": "11"},
        {"service": "x"},
        {"since": "soon"},
        {"since": "0001-01-01T00:00", "range": "custom"},
        {"text": "\x00"},
        {"text": "x" * 201},
        {"range": "1y"},
    ],
)
def test_a_search_that_makes_no_sense_says_so(operator: httpx.Client, search: dict[str, str]) -> None:
    page = operator.get(LOGS, params=search)

    assert page.status_code == 200
    assert "The search is not valid." in page.text
    assert 'role="alert"' in page.text


def test_it_speaks_korean(operator: httpx.Client) -> None:
    send(operator, batch(record("직원 조회", level="error"), dropped={"overflow": 5}))

    page = operator.get(LOGS, headers={"Accept-Language": "ko"}).text

    for words in ("로그", "최근 15분", "실시간 보기", "직원 조회", "오류", "유실되었습니다", "모든 서비스"):
        assert words in page
    assert "Search the logs" not in page
